//! Updates: what happened, and what the reporter says.

use serde_json::{Value, json};

use super::{KEY, World, failure, leaf, text};
use crate::store;

const PATH: &str = "/open311/v2/servicerequestupdates.json";

async fn updates(world: &World) -> Vec<Value> {
    let answer = world.client().get(PATH).await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    answer.json().as_array().unwrap().clone()
}

async fn say(world: &World, id: &str, own: &str, status: &str, words: &str) -> testkit::Answer {
    let now = world.app.clock.now().to_string();
    let form = [
        ("api_key", KEY),
        ("service_request_id", id),
        ("update_id", own),
        ("status", status),
        ("updated_datetime", now.as_str()),
        ("description", words),
    ];
    world.client().post(PATH, &form).await
}

/// Exposed garbage through to the reporter's confirmation.
async fn handled(world: &World) -> String {
    let id = world.garbage().await;
    let case = world
        .client()
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    let unit = case[0]["agency_responsible"].as_str().unwrap().to_owned();
    let login = if unit.contains("anitation") {
        "handler.hw.1"
    } else {
        "handler.cg.1"
    };
    world
        .command(login, &id, json!({"command": "sign", "body": {}}))
        .await;
    let mut media = Vec::new();
    for purpose in ["near", "far", "after"] {
        let incoming = media::desk::Incoming {
            bytes: include_bytes!("picture.png").to_vec(),
            name: None,
            areas: Vec::new(),
            by: Some(world.city.member(login).person),
            replaces: None,
        };
        let kept = media::desk::take_in(&world.state.media, incoming, true)
            .await
            .unwrap();
        media.push(json!({"id": kept["id"], "purpose": purpose}));
    }
    let body = json!({"text": "已清理", "media": media, "gps": "x"});
    world
        .command(login, &id, json!({"command": "handle", "body": body}))
        .await;
    world
        .command("verify.1", &id, json!({"command": "take", "body": {}}))
        .await;
    let body = json!({"text": "现场干净", "method": "on_site"});
    world
        .command("verify.1", &id, json!({"command": "pass", "body": body}))
        .await;
    id
}

#[tokio::test]
async fn what_happened_is_told_in_order_with_ids_that_stay() {
    let world = World::new().await;
    let id = handled(&world).await;
    let told = updates(&world).await;
    let statuses: Vec<&str> = told.iter().map(|u| u["status"].as_str().unwrap()).collect();
    assert_eq!(
        statuses,
        [
            "investigating",
            "action_scheduled",
            "in_progress",
            "in_progress",
            "in_progress"
        ]
    );
    assert!(told.iter().all(|u| u["service_request_id"] == id.as_str()));
    assert_eq!(told[3]["description"], "Handled\n已清理");
    assert!(
        told[3]["media_url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:8320/api/media/"),
        "{told:?}"
    );
    assert_eq!(told[4]["description"], "Verified\n现场干净");
    assert_eq!(updates(&world).await, told, "asked again, the same");

    let xml = text(
        &world
            .client()
            .get("/open311/v2/servicerequestupdates.xml")
            .await,
    );
    let update = "service_request_updates/request_update";
    assert_eq!(leaf(&xml, &format!("{update}/service_request_id")), id);
    assert_eq!(
        leaf(&xml, &format!("{update}/update_id")),
        told[0]["update_id"].as_str().unwrap()
    );

    let later = world.app.clock.now().plus_s(60).to_string();
    let none = world
        .client()
        .get(&format!("{PATH}?start_date={later}"))
        .await;
    assert_eq!(none.json(), json!([]));
    let (status, _, _) = failure(
        &world
            .client()
            .get(&format!(
                "{PATH}?start_date=2026-01-01T00:00:00Z&end_date=2026-12-01T00:00:00Z"
            ))
            .await,
    );
    assert_eq!(status, 400);
}

#[tokio::test]
async fn the_reporter_comments_confirms_reopens_and_the_update_comes_back_by_its_id() {
    let world = World::new().await;
    let id = handled(&world).await;
    let answer = say(&world, &id, "c-1", "OPEN", "谢谢，电话 13812345678").await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let first = answer.json()[0]["update_id"].as_str().unwrap().to_owned();
    let again = say(&world, &id, "c-1", "OPEN", "谢谢，电话 13812345678")
        .await
        .json();
    assert_eq!(again[0]["update_id"], first.as_str(), "the same update");
    let told = updates(&world).await;
    let own: Vec<&Value> = told
        .iter()
        .filter(|u| u["update_id"] == first.as_str())
        .collect();
    assert_eq!(own.len(), 1);
    assert!(
        own[0]["description"]
            .as_str()
            .unwrap()
            .ends_with("谢谢，电话 ***********")
    );
    assert_eq!(own[0]["status"], "in_progress");

    let answer = say(&world, &id, "c-2", "FIXED", "解决了").await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let got = world
        .client()
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    assert_eq!(
        (&got[0]["status"], &got[0]["status_notes"]),
        (&json!("closed"), &json!("Closed"))
    );
    let last = updates(&world).await.pop().unwrap();
    assert_eq!(last["status"], "fixed");
    assert_eq!(got[0]["updated_datetime"], last["updated_datetime"]);
    let closed = world
        .client()
        .get("/open311/v2/requests.json?status=closed")
        .await
        .json();
    assert_eq!(closed.as_array().unwrap().len(), 1);

    let answer = say(&world, &id, "c-3", "OPEN", "又有了").await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let got = world
        .client()
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    assert_eq!(got[0]["status"], "open");
    assert_eq!(updates(&world).await.pop().unwrap()["status"], "reopen");
}

#[tokio::test]
async fn the_reporter_objects_or_takes_a_request_back() {
    let world = World::new().await;
    let id = handled(&world).await;
    let answer = say(&world, &id, "o-1", "REOPEN", "还没清完").await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let got = world
        .client()
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    assert_eq!(got[0]["status_notes"], "Handling");

    let id = world.garbage().await;
    let answer = say(&world, &id, "w-1", "CANCELLED", "自己清掉了").await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let got = world
        .client()
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    assert_eq!(got[0]["status"], "closed");
    assert_eq!(got[0]["status_notes"], "Voided: withdrawn by the reporter");
    let again = say(&world, &id, "w-1", "CANCELLED", "自己清掉了").await;
    assert_eq!(again.status, 200, "{}", text(&again));
}

#[tokio::test]
async fn what_is_not_the_reporters_to_say_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let id = world.garbage().await;
    let before = updates(&world).await;
    for status in [
        "CLOSED",
        "FIXED",
        "REOPEN",
        "DUPLICATE",
        "NO_FURTHER_ACTION",
        "IN_PROGRESS",
        "NOT_COUNCILS_RESPONSIBILITY",
        "INTERNAL_REFERRAL",
        "FOR_TRIAGE",
        "INVESTIGATING",
    ] {
        let (got, code, words) = failure(&say(&world, &id, status, status, "不该由我说").await);
        assert_eq!((got, code), (400, 400), "{status}: {words}");
        assert!(words.starts_with("status: "), "{words}");
    }
    // The present status with words is a comment.
    let answer = say(&world, &id, "same", "ACTION_SCHEDULED", "补充一句").await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    assert_eq!(updates(&world).await.len(), before.len() + 1);
    let (got, _, words) = failure(&say(&world, &id, "x", "SOLVED", "无此状态").await);
    assert_eq!(got, 400);
    assert!(words.contains("status"), "{words}");
    let (got, _, _) = failure(&say(&world, "000000-00000", "x", "OPEN", "无此案件").await);
    assert_eq!(got, 404);
    let (got, _, words) = failure(&say(&world, &id, "long", "OPEN", &"长".repeat(2_001)).await);
    assert_eq!(got, 400);
    assert!(words.starts_with("description"), "{words}");
}

#[tokio::test]
async fn an_update_needs_the_key_the_request_was_made_with() {
    let world = World::new().await;
    let id = world.garbage().await;
    let mut conn = world.db.pool.acquire().await.unwrap();
    store::add_key(&mut conn, "another", "another-key")
        .await
        .unwrap();
    let now = world.app.clock.now().to_string();
    for (key, status, words) in [
        ("", 403, "api_key"),
        ("wrong", 403, "api_key"),
        (
            "another-key",
            400,
            "service_request_id: this request was not made with this API key",
        ),
    ] {
        let form = [
            ("api_key", key),
            ("service_request_id", id.as_str()),
            ("update_id", "1"),
            ("status", "OPEN"),
            ("updated_datetime", now.as_str()),
            ("description", "补充"),
        ];
        let (got, _, told) = failure(&world.client().post(PATH, &form).await);
        assert_eq!(got, status, "{key}: {told}");
        assert!(told.contains(words), "{key}: {told}");
    }
    let form = [("api_key", KEY), ("service_request_id", id.as_str())];
    let (got, _, told) = failure(&world.client().post(PATH, &form).await);
    assert_eq!(got, 400);
    for missing in ["update_id", "status", "updated_datetime", "description"] {
        assert!(told.contains(missing), "{missing}: {told}");
    }
}

#[tokio::test]
async fn a_merged_request_is_as_open_as_the_one_it_was_merged_into() {
    let world = World::new().await;
    let first = world.garbage().await;
    let second = world.garbage().await;
    let mut conn = world.db.pool.acquire().await.unwrap();
    let key = cases::row::Key::Number(first.clone());
    let into = cases::store::find(&mut conn, &key).await.unwrap().id;
    let merge = json!({"command": "merge", "body": {"into": into}});
    world.command("dispatch.1", &second, merge).await;
    let got = world
        .client()
        .get(&format!("/open311/v2/requests/{second}.json"))
        .await
        .json();
    assert_eq!(got[0]["status"], "open");
    assert_eq!(
        got[0]["status_notes"],
        format!("Merged into {first}: To sign")
    );
    let told = updates(&world).await.pop().unwrap();
    assert_eq!(told["status"], "duplicate");
    assert_eq!(told["description"], format!("Merged into {first}"));
    let open = world
        .client()
        .get("/open311/v2/requests.json?status=open")
        .await
        .json();
    assert_eq!(open.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_decline_tells_its_reason() {
    let world = World::new().await;
    let [lat, long] = world.here();
    let form = [
        ("api_key", KEY),
        ("service_code", "M0107"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("description", "说不清是不是本市的事"),
    ];
    let answer = world
        .client()
        .post("/open311/v2/requests.json", &form)
        .await
        .json();
    let id = answer[0]["service_request_id"].as_str().unwrap().to_owned();
    let body = json!({"reason": "not_in_city", "note": "在邻市"});
    world
        .command("accept.1", &id, json!({"command": "decline", "body": body}))
        .await;
    let got = world
        .client()
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    assert_eq!(got[0]["status"], "closed");
    assert_eq!(got[0]["status_notes"], "Declined: Not in this city");
    let told = updates(&world).await.pop().unwrap();
    assert_eq!(told["status"], "not_councils_responsibility");
    let answer = say(&world, &id, "d-1", "REOPEN", "就在本市").await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let got = world
        .client()
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    assert_eq!(got[0]["status"], "open");
}
