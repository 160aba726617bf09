//! Duplicates are proposed by what is alike, merged by a person, and every reporter stays informed.

use serde_json::{Value, json};
use uuid::Uuid;

use super::town::*;

async fn twins(town: &Town) -> (Value, Value) {
    let photo = town.picture(7).await;
    let again = town.picture(7).await;
    let mut first = town.about("M0102", 0, 0);
    first["media"] = json!([photo]);
    let mut second = town.about("M0102", 0, 0);
    second["text"] = json!("小区边上有人倒了建筑垃圾");
    second["media"] = json!([again]);
    let first = town.report(first).await;
    town.wait(3);
    (first, town.report(second).await)
}

#[tokio::test]
async fn like_reports_are_proposed_with_what_is_alike() {
    let town = town().await;
    let (first, second) = twins(&town).await;
    let far = town.report(town.about("M0102", 1, 1)).await;
    let path = format!("/api/cases/{}/duplicates", id(&second));
    let found = town.signed_in("accept.1").await.get(&path).await.json();
    let found = found["cases"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["id"], first["case_id"]);
    let because: Vec<_> = found[0]["because"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b.as_str().unwrap())
        .collect();
    for reason in ["place", "matter", "time", "picture"] {
        assert!(because.contains(&reason), "{because:?}");
    }
    assert_ne!(found[0]["id"], far["case_id"]);
    // Before sending: the same, without words or names of others.
    let (lon, lat) = town.city.place(0, 0);
    let nearby = town.anybody().get(&format!("/api/public/nearby?lon={lon}&lat={lat}&matter=M0102&text=%E5%BB%BA%E7%AD%91%E5%9E%83%E5%9C%BE")).await.json();
    assert_eq!(nearby["cases"].as_array().unwrap().len(), 2);
    assert_eq!(nearby["cases"][0]["text"], Value::Null);
    // A case out of reach tells nothing.
    assert_eq!(
        town.signed_in("accept.t2").await.get(&path).await.status,
        404
    );
}

#[tokio::test]
async fn a_merged_report_shows_its_primarys_progress_and_can_be_taken_out_again() {
    let town = town().await;
    let (first, second) = twins(&town).await;
    let page = town
        .act("dispatch.1", &second, "merge", json!({"into": id(&first)}))
        .await;
    assert_eq!(
        (
            &page["case"]["stage"],
            &page["case"]["merged_into"]["number"]
        ),
        (&json!("merged"), &first["number"])
    );
    let primary = town.page("dispatch.1", &first).await;
    assert_eq!(
        (
            &primary["case"]["reporters"],
            &primary["case"]["merged"][0]["id"]
        ),
        (&json!(2), &second["case_id"])
    );
    town.act("handler.cg.1", &first, "sign", json!({})).await;
    let progress = town.progress(&second).await;
    assert_eq!(
        (&progress["stage"], &progress["merged_into"]),
        (&json!("handling"), &first["number"])
    );
    assert_eq!(progress["number"], second["number"]);
    town.act("accept.1", &second, "unmerge", json!({})).await;
    assert_eq!(town.progress(&second).await["stage"], "dispatched");
    assert_eq!(
        town.page("dispatch.1", &first).await["case"]["reporters"],
        1
    );
    assert_eq!(
        town.history(&first).await[3..],
        ["joined", "signed", "left"]
    );
    town.sound().await;
}

#[tokio::test]
async fn a_chain_of_merges_shows_where_the_work_is_done() {
    let town = town().await;
    let (first, second) = twins(&town).await;
    let third = town.rubble().await;
    town.act("dispatch.1", &second, "merge", json!({"into": id(&first)}))
        .await;
    town.refused(
        "dispatch.1",
        &third,
        "merge",
        json!({"into": id(&second)}),
        "case.merge_target",
    )
    .await;
    town.refused(
        "dispatch.1",
        &first,
        "merge",
        json!({"into": id(&first)}),
        "case.merge_target",
    )
    .await;
    town.act("dispatch.1", &first, "merge", json!({"into": id(&third)}))
        .await;
    assert_eq!(
        town.page("dispatch.1", &third).await["case"]["reporters"],
        3
    );
    let progress = town.progress(&second).await;
    assert_eq!(
        (&progress["merged_into"], &progress["stage"]),
        (&third["number"], &json!("dispatched"))
    );
    town.sound().await;
}

#[tokio::test]
async fn when_the_primary_is_voided_those_merged_into_it_come_back_to_reported() {
    let town = town().await;
    let (first, second) = twins(&town).await;
    town.act("dispatch.1", &second, "merge", json!({"into": id(&first)}))
        .await;
    town.act(
        "dispatch.1",
        &first,
        "request_void",
        json!({"reason": "mistaken_entry"}),
    )
    .await;
    town.refused(
        "dispatch.1",
        &first,
        "approve_void",
        json!({}),
        "case.not_your_seat",
    )
    .await;
    town.act("shift.1", &first, "approve_void", json!({})).await;
    let page = town.page("accept.1", &second).await;
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["merged_into"]),
        (&json!("reported"), &Value::Null)
    );
    assert_eq!(clock(&page, "accept")["state"], "running");
    assert_eq!(town.progress(&first).await["stage"], "voided");
    town.sound().await;
}

#[tokio::test]
async fn two_merges_into_each_other_at_once_leave_one_primary() {
    let town = town().await;
    let (first, second) = twins(&town).await;
    let browser = town.signed_in("dispatch.1").await;
    let merge = |from: &Value, into: &Value| {
        let mut browser = browser.clone();
        let path = format!("/api/cases/{}/commands", id(from));
        let order = json!({"id": Uuid::now_v7(), "command": "merge", "body": {"into": id(into)}});
        tokio::spawn(async move { browser.post(&path, order).await.status })
    };
    let (one, two) = tokio::join!(merge(&first, &second), merge(&second, &first));
    let mut statuses = [one.unwrap(), two.unwrap()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(
        town.count("select count(*) from cases where stage = 'merged'")
            .await,
        1
    );
    town.sound().await;
}
