//! What takes part in a grid, when the grid is split.

use std::sync::Arc;

use kernel::GridId;
use serde_json::json;
use testkit::{Browser, behind_the_door};
use uuid::Uuid;

use super::hall;
use crate::follow::Follower;

#[tokio::test]
async fn posts_applications_questions_and_service_points_are_in_grids_in_force_after_a_split() {
    let hall = hall().await;
    let (old, code) = hall.city.grids[0].clone();
    let now = hall.app.clock.now();
    let mut chief = hall.door.signed_in("chief.1").await;
    let post = hall.post(&mut chief, 1).await;
    let mut resident = hall.door.clone();
    let path = format!("/api/public/posts/{post}/applications");
    let applied = resident.post(&path, hall.applying("13800001111")).await;
    assert_eq!(applied.status, 200, "{:?}", applied.body);
    let mut officer = hall.door.signed_in("liaison.1").await;
    let hours = |from: i64| json!({"id": Uuid::now_v7(), "grid": code, "kind": "visit", "begins_at": now.plus_s(from), "ends_at": now.plus_s(from + 3600)});
    for plan in [hours(-90_000), hours(90_000)] {
        let planned = officer.post("/api/liaison/hours", plan).await;
        assert_eq!(planned.status, 200, "{:?}", planned.body);
    }
    let raised = json!({"id": Uuid::now_v7(), "grid": code, "text": "楼道灯坏了三周"});
    let raised = officer.post("/api/liaison/items", raised).await;
    assert_eq!(raised.status, 200, "{:?}", raised.body);

    let state = divisions::State {
        app: hall.app.clone(),
        net: hall.state.staff.net.clone(),
        followers: Arc::new(vec![Arc::new(Follower)]),
    };
    let router = divisions::routes().with_state(state.clone()).into();
    let door = Browser::new(behind_the_door(&hall.app, router, &[divisions::RULES]).await);
    let mut keeper = door.signed_in("net.1").await;
    let draft = Uuid::now_v7();
    let form = json!({"id": draft, "name": "拆分", "area": hall.city.district.to_string()});
    assert_eq!(keeper.post("/api/net/drafts", form).await.status, 201);
    let at = format!("/api/net/drafts/{draft}");
    // A little beside the middle: the western part is the larger.
    let split = json!({"kind": "split", "grid": old, "line": [[120.0065, 31.7795], [120.0065, 31.7905]], "names": ["西", "东"]});
    let edits = json!({"id": Uuid::now_v7(), "edits": [split]});
    let edited = keeper.post(&format!("{at}/edits"), edits).await;
    assert_eq!(edited.status, 200, "{:?}", edited.body);
    let expected = json!({"applications": 1, "liaison_items": 1, "posts": 2, "visits": 1});
    let told = |moves: &serde_json::Value| {
        let mut sums = std::collections::BTreeMap::<String, i64>::new();
        for one in moves.as_array().into_iter().flatten() {
            *sums
                .entry(one["what"].as_str().unwrap().to_owned())
                .or_default() += one["count"].as_i64().unwrap();
        }
        json!(sums)
    };
    let seen = keeper.get(&format!("{at}/comparison")).await.json();
    assert_eq!(told(&seen["moves"]), expected);
    let submitted = keeper
        .post(
            &format!("{at}/submit"),
            json!({"effect_at": now.plus_s(60)}),
        )
        .await;
    assert_eq!(submitted.status, 200, "{:?}", submitted.body);
    let mut second = door.signed_in("net.2").await;
    let approved = second
        .post(&format!("{at}/decision"), json!({"approve": true}))
        .await;
    assert_eq!(approved.status, 200, "{:?}", approved.body);
    assert_eq!(
        divisions::drafts::jobs::fire(&state, now.plus_s(61))
            .await
            .unwrap(),
        1
    );
    let page = keeper.get(&at).await.json();
    assert_eq!(told(&page["draft"]["report"]["moves"]), expected);

    let west: GridId =
        sqlx::query_scalar("select id from grids where name = '西' and valid_to is null")
            .fetch_one(&hall.db.pool)
            .await
            .unwrap();
    let grids: Vec<GridId> = sqlx::query_scalar("select unnest(grids) from posts")
        .fetch_all(&hall.db.pool)
        .await
        .unwrap();
    assert_eq!(
        (grids.len(), grids.contains(&west), grids.contains(&old)),
        (3, true, false)
    );
    for (what, sql) in [
        ("application", "select grid from applications"),
        ("question", "select grid from liaison_items"),
        (
            "visit to come",
            "select grid from liaison_hours order by begins_at desc limit 1",
        ),
    ] {
        let grid: GridId = sqlx::query_scalar(sql)
            .fetch_one(&hall.db.pool)
            .await
            .unwrap();
        assert_eq!(grid, west, "{what}");
    }
    let past: GridId =
        sqlx::query_scalar("select grid from liaison_hours order by begins_at limit 1")
            .fetch_one(&hall.db.pool)
            .await
            .unwrap();
    assert_eq!(past, old, "a visit that was");
    let post = chief.get(&format!("/api/posts/{post}")).await;
    assert_eq!(post.status, 200, "{:?}", post.body);
}
