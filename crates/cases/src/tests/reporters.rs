//! Who reported stays between them and whoever has a purpose, and every look is written down.

use kernel::migrate::APP_ROLE;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::town::*;

async fn reported(town: &Town, more: Value) -> Value {
    let mut body = town.about("M0102", 0, 0);
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    town.report(body).await
}

fn look(purpose: &str) -> Value {
    json!({"purpose": purpose, "note": "回访"})
}

const LOOKS: &str = "select count(*) from audit_log where what = 'reporter.seen'";

#[tokio::test]
async fn a_reporter_is_masked_until_a_purpose_is_named_and_the_look_is_written() {
    let town = town().await;
    let receipt = reported(
        &town,
        json!({"name": "演示甲", "phone": "0519-8555 0001", "call_back": true}),
    )
    .await;
    let page = town.page("dispatch.1", &receipt).await;
    assert_eq!(
        page["case"]["reporter"],
        json!({"anonymous": false, "masked_name": "演**", "masked_phone": "051****01", "hide_phone": false, "call_back": true})
    );
    let everything = page.to_string();
    assert!(!everything.contains("8555") && !everything.contains("演示甲"));
    let path = format!("/api/cases/{}/reporter", id(&receipt));
    let mut browser = town.signed_in("verify.1").await;
    let nothing = browser.post(&path, look("curiosity")).await;
    assert_eq!(
        (nothing.status, nothing.json()["fields"][0]["field"].clone()),
        (422, json!("purpose"))
    );
    assert_eq!(town.count(LOOKS).await, 0);
    let answer = browser.post(&path, look("call_back")).await;
    assert_eq!(
        answer.json(),
        json!({"name": "演示甲", "phone": "0519-8555 0001", "hidden": false})
    );
    type Written = (
        Option<Uuid>,
        Option<Uuid>,
        Option<String>,
        Vec<String>,
        bool,
        Value,
    );
    let written: Written = sqlx::query_as(
        "select person, subject, purpose, fields, ok, details from audit_log where what = 'reporter.seen'",
    )
    .fetch_one(&town.db.pool)
    .await
    .unwrap();
    assert_eq!(written.0, Some(town.city.member("verify.1").person.0));
    assert_eq!(written.1, Some(case_id(&receipt).0));
    assert_eq!(written.2.as_deref(), Some("call_back"));
    assert_eq!(
        (written.3, written.4),
        (vec!["name".to_owned(), "phone".to_owned()], true)
    );
    assert_eq!(written.5, json!({"case": id(&receipt), "note": "回访"}));
}

#[tokio::test]
async fn without_a_log_there_is_no_answer() {
    let town = town().await;
    let receipt = reported(&town, json!({"name": "演示甲", "phone": "051985550001"})).await;
    let path = format!("/api/cases/{}/reporter", id(&receipt));
    let mut browser = town.signed_in("verify.1").await;
    let mut owner = town.db.owner().await;
    let off = format!("revoke insert on audit_log from {APP_ROLE}");
    sqlx::query(AssertSqlSafe(off))
        .execute(&mut owner)
        .await
        .unwrap();
    let answer = browser.post(&path, look("case")).await;
    assert_eq!(answer.status, 500);
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(
        !said.contains("演示甲") && !said.contains("85550001"),
        "{said}"
    );
    let on = format!("grant insert on audit_log to {APP_ROLE}");
    sqlx::query(AssertSqlSafe(on))
        .execute(&mut owner)
        .await
        .unwrap();
    assert_eq!(browser.post(&path, look("case")).await.status, 200);
    assert_eq!(town.count(LOOKS).await, 1);
}

#[tokio::test]
async fn only_seats_that_may_and_within_reach_see_a_reporter() {
    let town = town().await;
    let receipt = reported(
        &town,
        json!({"name": "演示甲", "phone": "051985550001", "hide_phone": true}),
    )
    .await;
    let path = format!("/api/cases/{}/reporter", id(&receipt));
    for (login, status) in [
        ("supervisor.1", 403),
        ("shift.1", 403),
        ("lead.cg.1", 403),
        ("accept.t2", 404),
        ("handler.hw.1", 404),
        ("admin.audit", 403),
    ] {
        let answer = town.signed_in(login).await.post(&path, look("case")).await;
        assert_eq!(answer.status, status, "{login}: {}", answer.json());
    }
    assert_eq!(town.anybody().post(&path, look("case")).await.status, 401);
    assert_eq!(town.count(LOOKS).await, 0);
    // The unit that handles does not see a number its reporter hides; the verifier calls back.
    let answer = town
        .signed_in("handler.cg.1")
        .await
        .post(&path, look("case"))
        .await;
    assert_eq!(
        answer.json(),
        json!({"name": "演示甲", "phone": null, "hidden": true})
    );
    let answer = town
        .signed_in("verify.1")
        .await
        .post(&path, look("call_back"))
        .await;
    assert_eq!(answer.json()["phone"], "051985550001");
    let anonymous = town.rubble().await;
    let page = town.page("dispatch.1", &anonymous).await;
    assert_eq!(page["case"]["reporter"]["anonymous"], true);
}

#[tokio::test]
async fn looks_are_counted_and_end_for_the_day() {
    let town = town().await;
    let receipt = reported(&town, json!({"name": "演示甲"})).await;
    let path = format!("/api/cases/{}/reporter", id(&receipt));
    let mut browser = town.signed_in("verify.1").await;
    for _ in 0..100 {
        assert_eq!(browser.post(&path, look("case")).await.status, 200);
    }
    assert_eq!(browser.post(&path, look("case")).await.status, 429);
    assert_eq!(town.count(LOOKS).await, 100);
}

#[tokio::test]
async fn a_name_or_number_is_stored_sealed_and_no_event_holds_a_word() {
    let town = town().await;
    let receipt = reported(
        &town,
        json!({"name": "演示甲", "phone": "051985550001", "text": "井边有一堆渣土没人管"}),
    )
    .await;
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    town.act(
        "handler.cg.1",
        &receipt,
        "note",
        json!({"text": "明早八点出车"}),
    )
    .await;
    let rows: Vec<String> = sqlx::query_scalar(
        "select body::text from case_events union all select state::text from cases
         union all select answer::text from commands",
    )
    .fetch_all(&town.db.pool)
    .await
    .unwrap();
    for row in rows {
        for word in ["演示甲", "85550001", "渣土", "出车"] {
            assert!(!row.contains(word), "{word} in {row}");
        }
    }
    let sealed: Vec<u8> = sqlx::query_scalar("select phone_sealed from case_reporters")
        .fetch_one(&town.db.pool)
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("85550001"));
}

#[tokio::test]
async fn a_progress_code_opens_its_own_report_however_it_is_written_and_nothing_else_does() {
    let town = town().await;
    let receipt = town.rubble().await;
    let code = receipt["progress_code"].as_str().unwrap();
    let loose = code.to_lowercase().replace('-', "");
    let answer = town
        .anybody()
        .get(&format!("/api/public/progress/{loose}"))
        .await;
    assert_eq!(answer.json()["number"], receipt["number"]);
    for wrong in [
        "AAAA-AAAA-AAAA",
        receipt["number"].as_str().unwrap(),
        id(&receipt),
    ] {
        let answer = town
            .anybody()
            .get(&format!("/api/public/progress/{wrong}"))
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "progress.not_found"),
            "{wrong}"
        );
    }
    // Words between units stay inside; what is told to the reporter is told.
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    town.act(
        "handler.cg.1",
        &receipt,
        "note",
        json!({"text": "内部：人手不够"}),
    )
    .await;
    town.act(
        "handler.cg.1",
        &receipt,
        "note",
        json!({"text": "明天上午清运", "public": true}),
    )
    .await;
    let progress = town.progress(&receipt).await.to_string();
    assert!(progress.contains("明天上午清运") && !progress.contains("人手不够"));
    assert!(!progress.contains("演示 handler"));
}

#[tokio::test]
async fn a_follower_gets_a_code_of_their_own_and_may_look_but_not_decide() {
    let town = town().await;
    let receipt = town.rubble().await;
    let path = format!("/api/public/cases/{}/follow", id(&receipt));
    let form = json!({"id": Uuid::now_v7(), "phone": "051985550002"});
    let answer = town.anybody().post(&path, form.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let follower = answer.json();
    assert_ne!(follower["progress_code"], receipt["progress_code"]);
    assert_eq!(town.anybody().post(&path, form).await.json(), follower);
    assert_eq!(town.progress(&follower).await["followers"], 1);
    assert_eq!(town.progress(&follower).await["follower"], true);
    for command in ["withdraw", "confirm"] {
        let answer = town.reporter(&follower, command, json!({})).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "case.only_reporter")
        );
    }
    assert_eq!(town.history(&receipt).await.last().unwrap(), "followed");
    town.sound().await;
}

#[tokio::test]
async fn nobody_gets_anothers_progress_code_by_naming_their_id() {
    let town = town().await;
    let receipt = town.rubble().await;
    // A case's id is shown to whoever looks for like reports nearby; it is no key to its reporter.
    let path = format!("/api/public/cases/{}/follow", id(&receipt));
    let answer = town
        .anybody()
        .post(&path, json!({"id": id(&receipt)}))
        .await;
    assert_eq!(answer.status, 200);
    assert_ne!(answer.json()["progress_code"], receipt["progress_code"]);
    let other = town.rubble().await;
    let follow = json!({"id": Uuid::now_v7()});
    assert_eq!(town.anybody().post(&path, follow.clone()).await.status, 200);
    let elsewhere = format!("/api/public/cases/{}/follow", id(&other));
    assert_eq!(
        town.anybody().post(&elsewhere, follow).await.code(),
        "command.id_reused"
    );
}

#[tokio::test]
async fn a_report_with_the_id_of_somebody_who_follows_a_case_is_refused() {
    let town = town().await;
    let receipt = town.rubble().await;
    let taken = Uuid::now_v7();
    let path = format!("/api/public/cases/{}/follow", id(&receipt));
    let followed = town.anybody().post(&path, json!({"id": taken})).await;
    assert_eq!(followed.status, 200);
    let mut form = town.about("M0102", 0, 0);
    form["id"] = json!(taken);
    let answer = town.anybody().post("/api/public/reports", form).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "command.id_reused")
    );
}

#[tokio::test]
async fn matters_about_persons_are_neither_shown_nearby_nor_followed() {
    let town = town().await;
    let receipt = town.report(town.about("M0401", 0, 0)).await;
    let (lon, lat) = town.city.place(0, 0);
    let found = town
        .anybody()
        .get(&format!(
            "/api/public/nearby?lon={lon}&lat={lat}&matter=M0401"
        ))
        .await;
    assert_eq!(found.json(), json!({"cases": []}));
    let path = format!("/api/public/cases/{}/follow", id(&receipt));
    assert_eq!(
        town.anybody()
            .post(&path, json!({"id": Uuid::now_v7()}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn what_the_public_can_read_of_a_case_does_not_give_its_progress_code() {
    let town = town().await;
    let body = town.about("M0102", 0, 0);
    let receipt = town.report(body.clone()).await;
    assert_ne!(
        receipt["case_id"], body["id"],
        "the case has an id of its own"
    );
    // The same report sent by somebody who knows all of it but its secret id.
    let mut copied = body.clone();
    copied["id"] = receipt["case_id"].clone();
    let answer = town.anybody().post("/api/public/reports", copied).await;
    assert_ne!(answer.json()["progress_code"], receipt["progress_code"]);
    // Its own sender is answered as the first time.
    assert_eq!(town.report(body).await, receipt);
}

#[tokio::test]
async fn a_follower_reads_neither_words_nor_questions_nor_the_reporters_pictures() {
    let town = town().await;
    let photo = town.picture(3).await;
    let receipt = reported(
        &town,
        json!({"text": "我是演示 13800000000 垃圾在门口", "media": [photo]}),
    )
    .await;
    let path = format!("/api/public/cases/{}/follow", id(&receipt));
    let form = json!({"id": Uuid::now_v7()});
    let follower = town.anybody().post(&path, form).await.json();
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    town.handle("handler.cg.1", &receipt).await;
    let hidden = town.picture_by("handler.cg.1", 5).await;
    let note = json!({"text": "内部", "public": false, "media": [hidden]});
    town.act("handler.cg.1", &receipt, "note", note).await;
    let seen = town.progress(&follower).await;
    assert_eq!(seen["text"], "");
    let told = seen.to_string();
    assert!(
        !told.contains("13800000000") && !told.contains(photo.as_str().unwrap()),
        "{told}"
    );
    assert_ne!(seen["lat"], town.progress(&receipt).await["lat"]);
    for whose in [&follower, &receipt] {
        let seen = town.progress(whose).await.to_string();
        assert!(
            !seen.contains(hidden.as_str().unwrap()),
            "an internal note's picture: {seen}"
        );
    }
    let own = town.progress(&receipt).await.to_string();
    assert!(own.contains("13800000000") && own.contains(photo.as_str().unwrap()));
}

#[tokio::test]
async fn what_cannot_be_kept_or_read_is_refused_by_name() {
    let town = town().await;
    let mut body = town.about("M0102", 0, 0);
    body["text"] = json!("垃圾\u{0}堆");
    let answer = town.anybody().post("/api/public/reports", body).await;
    let faults = answer.json()["fields"].clone();
    assert_eq!(
        (answer.status, &faults[0]["field"], &faults[0]["code"]),
        (422, &json!("text"), &json!("field.control"))
    );
    let mut staff = town.signed_in("dispatch.1").await;
    assert_eq!(staff.get("/api/cases/%00").await.status, 404);
    let answer = town.anybody().get("/api/public/nearby?lon=120").await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("lat"))
    );
    let answer = town
        .anybody()
        .post("/api/public/cases/x/follow", json!({}))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (404, "route.not_found")
    );
}
