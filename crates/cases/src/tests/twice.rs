//! The same command twice is one command; two commands at once are one after the other.

use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::town::*;

#[tokio::test]
async fn the_same_report_twice_answers_the_same_and_another_body_is_refused() {
    let town = town().await;
    let body = town.about("M0102", 0, 0);
    let first = town.report(body.clone()).await;
    town.wait(10);
    assert_eq!(town.report(body.clone()).await, first);
    let mut other = body;
    other["text"] = json!("完全不同的内容");
    let answer = town.anybody().post("/api/public/reports", other).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "command.id_reused")
    );
    assert_eq!(town.count("select count(*) from cases").await, 1);
}

#[tokio::test]
async fn fifty_repeats_of_a_report_at_once_make_one_case() {
    let town = town().await;
    let browser = town.signed_in("call.1").await;
    let mut body = town.about("M0102", 0, 0);
    body["source"] = json!("call");
    body["external_number"] = json!("8-1");
    let answers = join_all((0..50).map(|_| {
        let (mut browser, body) = (browser.clone(), body.clone());
        tokio::spawn(async move { browser.post("/api/cases", body).await })
    }))
    .await;
    let numbers: std::collections::BTreeSet<String> = answers
        .into_iter()
        .map(|a| {
            let answer = a.unwrap();
            assert_eq!(answer.status, 201, "{}", answer.json());
            answer.json()["number"].to_string()
        })
        .collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(town.count("select count(*) from cases").await, 1);
    assert_eq!(town.count("select count(*) from case_events").await, 3);
    town.sound().await;
}

#[tokio::test]
async fn fifty_repeats_of_a_command_at_once_have_one_effect_and_one_answer() {
    let town = town().await;
    let receipt = town.rubble().await;
    let browser = town.signed_in("handler.cg.1").await;
    let order = json!({"id": Uuid::now_v7(), "command": "sign", "body": {}});
    let path = format!("/api/cases/{}/commands", id(&receipt));
    let answers = join_all((0..50).map(|_| {
        let (mut browser, order, path) = (browser.clone(), order.clone(), path.clone());
        tokio::spawn(async move { browser.post(&path, order).await })
    }))
    .await;
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.status, answer.json()["case"]["version"].clone()),
            (200, json!(4)),
            "{}",
            answer.json()
        );
    }
    assert_eq!(
        town.history(&receipt).await,
        ["reported", "accepted", "dispatched", "signed"]
    );
    // The same id with another body, or on another case, is refused.
    let mut browser = browser.clone();
    let other = json!({"id": order["id"], "command": "note", "body": {"text": "不同"}});
    assert_eq!(browser.post(&path, other).await.code(), "command.id_reused");
    let second = town.rubble().await;
    let elsewhere = format!("/api/cases/{}/commands", id(&second));
    assert_eq!(
        browser.post(&elsewhere, order).await.code(),
        "command.id_reused"
    );
}

#[tokio::test]
async fn of_two_commands_at_once_one_is_done_and_one_is_told_why_not() {
    let town = town().await;
    let receipt = town.rubble().await;
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    town.handle("handler.cg.1", &receipt).await;
    let path = format!("/api/cases/{}/commands", id(&receipt));
    let (first, second) = (
        town.signed_in("verify.1").await,
        town.signed_in("verify.2").await,
    );
    let take = |mut browser: testkit::Browser| {
        let path = path.clone();
        let order = json!({"id": Uuid::now_v7(), "command": "take", "body": {}});
        tokio::spawn(async move { browser.post(&path, order).await })
    };
    let (one, two) = tokio::join!(take(first), take(second));
    let mut told = [one.unwrap(), two.unwrap()].map(|a| (a.status, a.code()));
    told.sort();
    assert_eq!(
        told,
        [
            (200, String::new()),
            (409, "case.not_at_this_stage".to_owned())
        ]
    );
    town.sound().await;
}

#[tokio::test]
async fn reports_and_commands_at_once_give_every_case_its_own_number_and_whole_history() {
    let town = town().await;
    let browser = town.signed_in("call.1").await;
    let answers = join_all((0..60).map(|n| {
        let (mut browser, mut body) = (browser.clone(), town.about("M0102", n % 4, n % 2));
        body["source"] = json!("call");
        tokio::spawn(async move { browser.post("/api/cases", body).await })
    }))
    .await;
    let receipts: Vec<_> = answers.into_iter().map(|a| a.unwrap().json()).collect();
    let numbers: std::collections::BTreeSet<_> =
        receipts.iter().map(|r| r["number"].to_string()).collect();
    assert_eq!(numbers.len(), 60);
    let handler = town.signed_in("handler.cg.1").await;
    let all = receipts.iter().flat_map(|r| {
        ["sign", "note"].map(|command| {
            let (mut handler, path) = (handler.clone(), format!("/api/cases/{}/commands", id(r)));
            let order = json!({"id": Uuid::now_v7(), "command": command, "body": {"text": "同时"}});
            tokio::spawn(async move { handler.post(&path, order).await.status })
        })
    });
    let statuses: Vec<u16> = join_all(all)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(statuses.iter().all(|s| *s == 200), "{statuses:?}");
    town.sound().await;
}

#[tokio::test]
async fn in_bulk_each_case_stands_for_itself_and_what_is_refused_says_why() {
    let town = town().await;
    let (a, b) = (
        town.report(town.about("M0110", 0, 0)).await,
        town.report(town.about("M0110", 1, 0)).await,
    );
    let done = town.rubble().await;
    let east = town.report(town.about("M0110", 3, 0)).await;
    let mut officer = town.signed_in("accept.t2").await;
    let order = |cases: Vec<&str>, command: &str| json!({"id": Uuid::now_v7(), "command": command, "cases": cases, "body": {}});
    let answer = officer
        .post("/api/cases/bulk", order(vec![id(&a), id(&east)], "accept"))
        .await
        .json();
    assert_eq!(answer["done"], json!([id(&east)]));
    assert_eq!(
        (&answer["refused"][0]["id"], &answer["refused"][0]["code"]),
        (&json!(id(&a)), &json!("case.not_found"))
    );
    let mut officer = town.signed_in("accept.1").await;
    let bulk = order(vec![id(&a), id(&b), id(&done)], "accept");
    let answer = officer.post("/api/cases/bulk", bulk.clone()).await.json();
    assert_eq!(answer["done"], json!([id(&a), id(&b)]));
    assert_eq!(answer["refused"][0]["number"], done["number"]);
    assert_eq!(answer["refused"][0]["code"], "case.not_at_this_stage");
    assert!(answer["refused"][0]["reason"].as_str().unwrap().len() > 10);
    // Repeated, it has happened once.
    let again = officer.post("/api/cases/bulk", bulk).await.json();
    assert_eq!(again["done"], json!([id(&a), id(&b)]));
    assert_eq!(
        town.history(&a).await,
        ["reported", "accepted", "dispatched"]
    );
    let mut watcher = town.signed_in("dispatch.1").await;
    let answer = watcher
        .post("/api/cases/bulk", order(vec![id(&a), id(&b)], "remind"))
        .await
        .json();
    assert_eq!(answer["done"].as_array().unwrap().len(), 2);
    let answer = watcher
        .post("/api/cases/bulk", order(vec![id(&a)], "request_void"))
        .await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("command"))
    );
    let many: Vec<String> = (0..201).map(|_| Uuid::now_v7().to_string()).collect();
    let answer = watcher
        .post(
            "/api/cases/bulk",
            order(many.iter().map(String::as_str).collect(), "remind"),
        )
        .await;
    assert_eq!(answer.json()["fields"][0]["code"], "bulk.too_many");
    town.sound().await;
}

#[tokio::test]
async fn a_command_that_does_not_exist_or_cannot_be_read_names_the_field() {
    let town = town().await;
    let receipt = town.rubble().await;
    let answer = town
        .try_act("dispatch.1", &receipt, "teleport", json!({}))
        .await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("command"))
    );
    let answer = town
        .try_act(
            "dispatch.1",
            &receipt,
            "supervise",
            json!({"text": "急", "level": "high"}),
        )
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "form.invalid")
    );
    let answer = town
        .try_act(
            "dispatch.1",
            &receipt,
            "remind",
            json!({"text": "长".repeat(2001)}),
        )
        .await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("text"))
    );
    assert_eq!(town.history(&receipt).await.len(), 3);
}
