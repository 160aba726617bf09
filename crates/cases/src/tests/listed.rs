//! What is not listed cannot be put on grids, by anybody, by any way in.

use serde_json::json;
use uuid::Uuid;

use super::town::{Town, town};

/// A matter whose route ends at the community, taken off the list.
const MATTER: &str = "M0509";

async fn unlisted() -> Town {
    let town = town().await;
    let mut conn = town.db.pool.acquire().await.unwrap();
    let now = town.state.app.clock.now();
    for matter in [MATTER, "M0101", "M0102"] {
        matters::store::admissions::end_listings(&mut conn, matter, town.city.city, now)
            .await
            .unwrap();
    }
    town.state.shelf.reload(&town.db.pool).await.unwrap();
    town
}

/// Units of communities that have any part in a case.
async fn on_grids(town: &Town) -> i64 {
    sqlx::query_scalar(
        "select count(*) from case_parties p join orgs o on o.id = p.org where o.level = 'village'",
    )
    .fetch_one(&town.db.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn no_rule_and_no_person_puts_on_a_grid_what_is_not_listed() {
    let town = unlisted().await;
    let committee = town
        .city
        .org("community-committee", town.city.communities[0]);
    // By rule, by every way in: it goes past the community or waits for a dispatcher.
    let mut reports = Vec::new();
    for (login, source) in [
        ("call.1", "call"),
        ("call.1", "department"),
        ("grid.1", "worker"),
        ("call.1", "inspection"),
    ] {
        let mut report = town.about(MATTER, 0, 0);
        report["source"] = json!(source);
        let answer = town.signed_in(login).await.post("/api/cases", report).await;
        assert_eq!(answer.status, 201, "{login} {source} {:?}", answer.body);
        reports.push(answer.json());
    }
    let mut report = town.about("M0102", 0, 0);
    report["id"] = json!(Uuid::now_v7());
    let answer = town.anybody().post("/api/public/reports", report).await;
    assert_eq!(answer.status, 201);
    assert_eq!(on_grids(&town).await, 0);

    // By hand: dispatched, called, asked to help.
    let town_case = town.report(town.about("M0102", 0, 0)).await;
    let help = json!({"org": committee, "what": "帮忙看一下"});
    town.act("handler.cg.1", &town_case, "sign", json!({}))
        .await;
    for login in ["handler.cg.1", "dispatch.1"] {
        town.refused(
            login,
            &town_case,
            "add_sub_task",
            help.clone(),
            "case.not_listed",
        )
        .await;
    }
    let reason = json!({"reason": "wrong_unit", "clause": "第 1 条"});
    town.act("handler.cg.1", &town_case, "return", reason).await;
    let there = json!({"org": committee});
    town.refused(
        "dispatch.1",
        &town_case,
        "redispatch",
        there.clone(),
        "case.not_listed",
    )
    .await;
    let dispute = json!({"reason": "overlapping_duty", "note": "请裁定"});
    town.act(
        "dispatch.1",
        &town_case,
        "redispatch",
        json!({"org": town.sanitation()}),
    )
    .await;
    town.act("handler.hw.1", &town_case, "sign", json!({}))
        .await;
    town.act("handler.hw.1", &town_case, "dispute", dispute)
        .await;
    let rule = json!({"org": committee, "clause": "第 2 条"});
    town.refused("shift.1", &town_case, "rule", rule, "case.not_listed")
        .await;
    // Accepted with nobody to go to: a dispatcher cannot send it there either, one or many at a time.
    let waiting = &reports[0];
    let accepted = town
        .act("accept.1", waiting, "accept", json!({"matter": MATTER}))
        .await;
    assert_eq!(
        accepted["case"]["stage"], "accepted",
        "no unit of the community is sent it"
    );
    town.refused("dispatch.1", waiting, "dispatch", there, "case.not_listed")
        .await;
    let many = json!({"id": Uuid::now_v7(), "command": "dispatch", "cases": [waiting["case_id"]],
        "body": {"org": committee}});
    let answer = town
        .signed_in("dispatch.1")
        .await
        .post("/api/cases/bulk", many)
        .await;
    assert!(
        answer.json().to_string().contains("case.not_listed"),
        "{}",
        answer.json()
    );
    assert_eq!(on_grids(&town).await, 0);

    // A worker is not made to put it right alone either.
    let mut own = town.about("M0101", 0, 0);
    own["self_handle"] = json!({"text": "已清理"});
    let answer = town.signed_in("grid.1").await.post("/api/cases", own).await;
    assert_eq!(answer.code(), "case.not_listed", "{:?}", answer.json());
    assert_eq!(on_grids(&town).await, 0);
}
