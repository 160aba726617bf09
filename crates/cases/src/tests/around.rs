//! What is seen by whom, and the lists faces choose from.

use serde_json::{Value, json};

use super::town::*;

#[tokio::test]
async fn a_case_out_of_reach_does_not_exist() {
    let town = town().await;
    let west = town.rubble().await;
    for (login, seen) in [
        ("accept.1", true),
        ("supervisor.1", true),
        ("handler.cg.1", true),
        ("lead.cg.1", true),
        ("grid.1", true),
        ("chief.1", true),
        ("accept.t2", false),
        ("dispatch.t2", false),
        ("handler.hw.1", false),
        ("lead.hw.1", false),
        ("grid.2", false),
    ] {
        let answer = town.try_page(login, &west).await;
        assert_eq!(answer.status, if seen { 200 } else { 404 }, "{login}");
        if !seen {
            let answer = town
                .try_act(login, &west, "note", json!({"text": "我看看"}))
                .await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (404, "case.not_found"),
                "{login}"
            );
        }
    }
    for login in ["admin.system", "admin.security", "admin.audit"] {
        assert_eq!(town.try_page(login, &west).await.status, 403, "{login}");
    }
    assert_eq!(
        town.anybody()
            .get(&format!("/api/cases/{}", id(&west)))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn the_page_tells_what_i_may_do_and_why_not_the_rest() {
    let town = town().await;
    let receipt = town.report(town.about("M0110", 0, 0)).await;
    let page = town.page("accept.1", &receipt).await;
    assert_eq!(page["case"]["ask"], "accept");
    let first = &page["actions"][0];
    assert_eq!(
        (&first["command"], &first["primary"], &first["allowed"]),
        (&json!("accept"), &json!(true), &json!(true))
    );
    for action in page["actions"].as_array().unwrap() {
        let allowed = action["allowed"] == true;
        assert_eq!(action["reason"].is_null(), allowed, "{action}");
        // What is shown as allowed is not refused by the seat or the stage.
        assert!(action["label_zh"].is_string() && action["label_en"].is_string());
    }
    let page = town.page("verify.1", &receipt).await;
    let take = action(&page, "take");
    assert_eq!(
        (&take["allowed"], &take["reason_code"]),
        (&json!(false), &json!("case.not_at_this_stage"))
    );
    assert_eq!(action(&page, "accept"), &Value::Null);
}

#[tokio::test]
async fn units_are_proposed_with_the_reason_and_without_those_that_returned_it() {
    let town = town().await;
    let receipt = town.rubble().await;
    let path = format!("/api/cases/{}/units", id(&receipt));
    let units = town.signed_in("dispatch.1").await.get(&path).await.json();
    let first = &units["units"][0];
    assert_eq!(
        (&first["org"]["id"], &first["precedence"]),
        (&json!(town.urban()), &json!(0))
    );
    assert!(first["why_zh"].as_str().unwrap().contains("路由表"));
    town.act(
        "handler.cg.1",
        &receipt,
        "return",
        json!({"reason": "wrong_unit", "clause": "三"}),
    )
    .await;
    let units = town.signed_in("dispatch.1").await.get(&path).await.json();
    let left: Vec<_> = units["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| u["org"]["id"].clone())
        .collect();
    assert!(!left.contains(&json!(town.urban())), "{left:?}");
}

#[tokio::test]
async fn reasons_and_purposes_are_lists_in_both_languages() {
    let town = town().await;
    let mut browser = town.signed_in("handler.cg.1").await;
    let reasons = browser.get("/api/reasons").await.json()["reasons"].clone();
    for list in ["decline", "return", "suspend", "void", "exclude", "rating"] {
        let list = reasons[list].as_array().unwrap();
        assert!(list.len() >= 3);
        for reason in list {
            assert!(
                reason["code"].is_string()
                    && reason["name_zh"].is_string()
                    && reason["name_en"].is_string()
            );
        }
    }
    let purposes = browser.get("/api/purposes").await.json();
    assert!(
        purposes["purposes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|p| p["code"] == "call_back")
    );
    assert_eq!(town.anybody().get("/api/reasons").await.status, 401);
}

#[tokio::test]
async fn what_was_written_cannot_be_rewritten_by_the_server_itself() {
    let town = town().await;
    town.rubble().await;
    for sql in [
        "update case_events set at = now()",
        "delete from case_events",
        "update audit_log set ok = false",
        "delete from audit_log",
        "truncate case_events",
        "drop table case_events",
    ] {
        let error = sqlx::query(sql).execute(&town.db.pool).await.unwrap_err();
        let code = error
            .as_database_error()
            .and_then(|e| e.code().map(|c| c.into_owned()));
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {error}");
    }
}
