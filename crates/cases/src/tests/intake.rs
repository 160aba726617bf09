//! What comes in: checked, located with the net in force, all saved or nothing.

use kernel::Lang;
use serde_json::{Value, json};
use testkit::Browser;
use uuid::Uuid;

use super::town::*;
use crate::desk::{self, Bringer, Report};
use crate::model::Source;

const SAVED: &str = "select (select count(*) from cases) + (select count(*) from case_events)
    + (select count(*) from case_words) + (select count(*) from case_reporters)
    + (select count(*) from case_media) + (select count(*) from commands)";

fn in_chinese(mut browser: Browser) -> Browser {
    let zh = axum::http::HeaderValue::from_static("zh-CN");
    browser
        .headers
        .insert(axum::http::header::ACCEPT_LANGUAGE, zh);
    browser
}

#[tokio::test]
async fn bad_input_names_every_field_in_the_callers_language_and_saves_nothing() {
    let town = town().await;
    let good = town.about("M0102", 0, 0);
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    let strange = json!([Uuid::now_v7()]);
    for (body, field, code) in [
        (with("text", json!("x")), "text", "field.length"),
        (
            with("text", json!("长".repeat(2001))),
            "text",
            "field.length",
        ),
        (with("id", json!(Uuid::nil())), "id", "field.missing"),
        (with("matter", json!("M9999")), "matter", "matter.unknown"),
        (with("lon", Value::Null), "lon", "field.missing"),
        (with("lat", Value::Null), "lat", "field.missing"),
        (with("lon", json!(200.0)), "lon", "place.out_of_range"),
        (with("lat", json!(-91.0)), "lat", "place.out_of_range"),
        (with("lat", json!(40.0)), "lon", "place.outside_city"),
        (
            with("place_text", json!("地".repeat(201))),
            "place_text",
            "field.length",
        ),
        (with("phone", json!("not a number")), "phone", "field.phone"),
        (with("phone", json!("12")), "phone", "field.phone"),
        (with("name", json!("名".repeat(61))), "name", "field.length"),
        (with("media", strange), "media.0", "media.unknown"),
        (
            with("media", json!(vec![Uuid::now_v7(); 13])),
            "media",
            "media.too_many",
        ),
        (
            with("answers", json!({"note": "a".repeat(3000)})),
            "answers",
            "field.length",
        ),
        (with("id", json!("no id")), "id", "field.unreadable"),
        (with("lon", json!("east")), "lon", "field.unreadable"),
        (json!(["no", "form"]), "body", "field.unreadable"),
    ] {
        let answer = town
            .anybody()
            .post("/api/public/reports", body.clone())
            .await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "form.invalid"),
            "{field}: {problem}"
        );
        let faults = problem["fields"].as_array().unwrap();
        let fault = faults
            .iter()
            .find(|f| f["code"] == code)
            .unwrap_or_else(|| panic!("{code} in {problem}"));
        assert_eq!(fault["field"], field, "{problem}");
        town.wait(61);
        let english = fault["detail"].as_str().unwrap().to_owned();
        assert!(english.is_ascii() || english.contains('`'), "{english}");
        let answer = in_chinese(town.anybody())
            .post("/api/public/reports", body)
            .await;
        let chinese = answer.json()["fields"][0]["detail"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(!chinese.is_ascii() && chinese != english, "{chinese}");
    }
    // Several at once are all named.
    let mut body = with("text", json!(""));
    body["phone"] = json!("x");
    let answer = town.anybody().post("/api/public/reports", body).await;
    assert_eq!(answer.json()["fields"].as_array().unwrap().len(), 2);
    assert_eq!(town.count(SAVED).await, 0);
}

#[tokio::test]
async fn residents_report_what_is_theirs_to_report_and_staff_not_in_a_residents_name() {
    let town = town().await;
    let not_public: String =
        sqlx::query_scalar("select code from matters where not public order by code limit 1")
            .fetch_one(&town.db.pool)
            .await
            .unwrap();
    let answer = town
        .anybody()
        .post("/api/public/reports", town.about(&not_public, 0, 0))
        .await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["code"].clone()),
        (422, json!("matter.not_public"))
    );
    let mut body = town.about("M0102", 0, 0);
    body["source"] = json!("citizen");
    let answer = town
        .signed_in("call.1")
        .await
        .post("/api/cases", body.clone())
        .await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("source"))
    );
    body["source"] = json!("call");
    // A handler of another unit may report too; an administrator may not.
    assert_eq!(
        town.signed_in("handler.hw.1")
            .await
            .post("/api/cases", body.clone())
            .await
            .status,
        201
    );
    assert_eq!(
        town.signed_in("admin.system")
            .await
            .post("/api/cases", body.clone())
            .await
            .status,
        403
    );
    assert_eq!(town.anybody().post("/api/cases", body).await.status, 401);
}

#[tokio::test]
async fn a_dedicated_grid_owns_and_the_basic_grid_is_informed() {
    let town = town().await;
    let (lon, lat) = town.city.school();
    let mut body = town.about("M0102", 0, 0);
    (body["lon"], body["lat"]) = (json!(lon), json!(lat));
    let receipt = town.report(body).await;
    let page = town.page("dispatch.1", &receipt).await;
    let place = &page["case"]["place"];
    assert_eq!(place["dedicated"]["code"], json!(town.city.dedicated.1));
    assert_eq!(place["informed_grid"]["code"], json!(town.city.grids[0].1));
    assert_eq!(page["case"]["grid"]["code"], json!(town.city.dedicated.1));
}

#[tokio::test]
async fn what_cannot_be_placed_waits_for_somebody_to_put_it_on_the_map() {
    let town = town().await;
    let body = json!({"id": Uuid::now_v7(), "text": "老电影院后面有一堆垃圾", "matter": "M0102", "place_text": "老电影院"});
    let receipt = town.report(body).await;
    assert_eq!(
        (&receipt["unplaced"], &receipt["stage"]),
        (&json!(true), &json!("reported"))
    );
    // It belongs to the city until then: the district's seats do not see it.
    assert_eq!(town.try_page("accept.1", &receipt).await.status, 404);
    assert_eq!(
        town.page("supervisor.1", &receipt).await["case"]["place"],
        Value::Null
    );
    // A seat of the city puts it on the map; then it is the district's.
    let now = town.now();
    let city_seat = staff::NewAppointment {
        id: Uuid::now_v7(),
        person: town.city.member("dispatch.2").person,
        role: kernel::Role::Dispatcher,
        area: Some(town.city.city),
        org: town.city.member("dispatch.2").org,
        grid: None,
        from: now.plus_s(-60),
        to: None,
        kind: staff::Service::FullTime,
        by: None,
    };
    let mut tx = town.db.pool.begin().await.unwrap();
    staff::desk::appoint(&mut tx, &[city_seat], now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (lon, lat) = town.city.place(1, 0);
    let outside = town
        .try_act(
            "dispatch.2",
            &receipt,
            "place",
            json!({"lon": 100.0, "lat": 20.0}),
        )
        .await;
    assert_eq!(
        (outside.status, outside.json()["fields"][0]["code"].clone()),
        (422, json!("place.outside_city"))
    );
    let page = town
        .act(
            "dispatch.2",
            &receipt,
            "place",
            json!({"lon": lon, "lat": lat, "place_text": "水岸菜场"}),
        )
        .await;
    assert_eq!(page["case"]["place_text"], "水岸菜场");
    let page = town.act("accept.1", &receipt, "accept", json!({})).await;
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["lead"]["id"]),
        (&json!("dispatched"), &json!(town.urban()))
    );
    town.sound().await;
}

#[tokio::test]
async fn an_external_number_is_unique_per_source() {
    let town = town().await;
    let mut call = town.signed_in("call.1").await;
    let body = |source: &str| {
        let mut body = town.about("M0102", 0, 0);
        body["source"] = json!(source);
        body["external_number"] = json!(" 2026-0815 ");
        body
    };
    let first = call.post("/api/cases", body("call")).await;
    assert_eq!(first.status, 201);
    let again = call.post("/api/cases", body("call")).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (409, "report.external_number_taken")
    );
    assert_eq!(again.json()["params"]["number"], first.json()["number"]);
    assert!(
        again.json()["detail"]
            .as_str()
            .unwrap()
            .contains(first.json()["number"].as_str().unwrap())
    );
    assert_eq!(
        call.post("/api/cases", body("department")).await.status,
        201
    );
    assert_eq!(town.count("select count(*) from cases").await, 2);
}

#[tokio::test]
async fn a_worker_reports_and_puts_right_in_one_go_or_not_at_all() {
    let town = town().await;
    let after = town.picture_by("grid.1", 5).await;
    let body = |matter: &str, community: u8, media: Value| {
        let mut body = town.about(matter, community, 0);
        body["source"] = json!("worker");
        body["self_handle"] = json!({"text": "当场清理", "media": media});
        body
    };
    let mut worker = town.signed_in("grid.1").await;
    // Not allowed for this matter, outside the own grid, without evidence: nothing is saved.
    let photo = json!([{"id": after, "purpose": "after"}]);
    for (wrong, code) in [
        (body("M0102", 0, photo.clone()), "case.not_self_handled"),
        (body("M0101", 1, photo.clone()), "case.not_found"),
        (body("M0101", 0, json!([])), "case.evidence_missing"),
    ] {
        let answer = worker.post("/api/cases", wrong).await;
        assert_eq!(answer.code(), code, "{}", answer.json());
        assert_eq!(town.count(SAVED).await, 0, "{code}");
    }
    let right = body("M0101", 0, photo);
    let answer = worker.post("/api/cases", right.clone()).await;
    assert_eq!(
        (answer.status, answer.json()["stage"].clone()),
        (201, json!("handled")),
        "{}",
        answer.json()
    );
    let again = worker.post("/api/cases", right).await;
    assert_eq!(again.json()["number"], answer.json()["number"]);
    assert_eq!(
        town.history(&answer.json()).await,
        ["reported", "self_handled"]
    );
    town.refused(
        "grid.1",
        &answer.json(),
        "take",
        json!({}),
        "case.not_your_seat",
    )
    .await;
    town.sound().await;
}

#[tokio::test]
async fn a_case_is_never_filed_with_a_net_that_was_replaced() {
    let town = town().await;
    let (lon, lat) = town.city.school();
    let report = |text: &str| Report {
        id: Uuid::now_v7(),
        text: text.to_owned(),
        matter: Some("M0102".to_owned()),
        lon: Some(lon),
        lat: Some(lat),
        ..Report::default()
    };
    // Replaced already, and this server has not heard of it.
    let now = town.now();
    let mut tx = town.db.pool.begin().await.unwrap();
    let number = divisions::store::begin_net(&mut tx, None, "without the school", now)
        .await
        .unwrap();
    divisions::store::end_grids(&mut tx, number, &[town.city.dedicated.0], now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(
        town.state
            .net
            .current()
            .locate(lon, lat)
            .unwrap()
            .dedicated
            .is_some()
    );
    let by = Bringer::Resident(Source::Citizen, Lang::Zh);
    let receipt = desk::report(&town.state, &report("换网之后"), by)
        .await
        .unwrap();
    let mut conn = town.db.pool.acquire().await.unwrap();
    let case = crate::store::find(&mut conn, &crate::row::Key::Id(receipt.case_id))
        .await
        .unwrap();
    assert_eq!(
        (case.net, case.place.as_ref().unwrap().dedicated),
        (number, None)
    );
    // Being replaced just now: the report waits, and is filed by the new net.
    let mut tx = town.db.pool.begin().await.unwrap();
    let next = divisions::store::begin_net(&mut tx, None, "the next", now)
        .await
        .unwrap();
    let (state, form) = (town.state.clone(), report("正在换网"));
    let filing = tokio::spawn(async move {
        desk::report(&state, &form, Bringer::Resident(Source::Citizen, Lang::Zh)).await
    });
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert!(!filing.is_finished());
    tx.commit().await.unwrap();
    let receipt = filing.await.unwrap().unwrap();
    let case = crate::store::find(&mut conn, &crate::row::Key::Id(receipt.case_id))
        .await
        .unwrap();
    assert_eq!(case.net, next);
    town.sound().await;
}

#[tokio::test]
async fn a_case_has_the_days_date_in_its_number_and_is_found_by_it() {
    let town = town().await;
    let receipt = town.rubble().await;
    let number = receipt["number"].as_str().unwrap();
    let day = town.now().date(&town.app.city.zone);
    assert!(
        number.starts_with(&day.strftime("%y%m%d-").to_string()),
        "{number}"
    );
    let page = town
        .signed_in("accept.1")
        .await
        .get(&format!("/api/cases/{number}"))
        .await;
    assert_eq!(page.json()["case"]["id"], receipt["case_id"]);
    let none = town
        .signed_in("accept.1")
        .await
        .get("/api/cases/250101-00001")
        .await;
    assert_eq!((none.status, none.code().as_str()), (404, "case.not_found"));
}

#[tokio::test]
async fn too_many_reports_from_one_address_are_told_to_wait() {
    let town = town().await;
    for _ in 0..30 {
        town.rubble().await;
    }
    let answer = town
        .anybody()
        .post("/api/public/reports", town.about("M0102", 0, 0))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (429, "limit.reached")
    );
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_resident_answers_what_the_matter_must_be_told_but_an_emergency_waits_for_nothing() {
    let town = town().await;
    let mut resident = town.anybody();
    let cracked = town.about("M0306", 0, 0);
    let answer = resident.post("/api/public/reports", cracked.clone()).await;
    assert_eq!(answer.status, 422, "{:?}", answer.body);
    assert_eq!(answer.json()["fields"][0]["field"], "answers.occupied");
    let mut told = cracked;
    told["answers"] = json!({"occupied": "yes"});
    assert_eq!(resident.post("/api/public/reports", told).await.status, 201);
    let trapped = town.about("M0309", 1, 0);
    assert_eq!(
        resident.post("/api/public/reports", trapped).await.status,
        201
    );
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused_whoever_brings_it() {
    let town = town().await;
    let about = |answers: Value| {
        let mut report = town.about("M0306", 0, 0);
        report["answers"] = answers;
        report
    };
    let mut resident = town.anybody();
    let wrong = json!({"occupied": "perhaps"});
    let answer = resident
        .post("/api/public/reports", about(wrong.clone()))
        .await;
    let fault = answer.json()["fields"][0].clone();
    assert_eq!(
        (answer.status, &fault["field"], &fault["code"]),
        (
            422,
            &json!("answers.occupied"),
            &json!("answers.not_listed")
        )
    );
    for login in ["call.1", "grid.1"] {
        let mut staff = town.door.signed_in(login).await;
        let answer = staff.post("/api/cases", about(wrong.clone())).await;
        assert_eq!(answer.status, 422, "{login}");
        assert_eq!(answer.json()["fields"][0]["code"], "answers.not_listed");
        let unknown = about(json!({"never_asked": "x"}));
        let answer = staff.post("/api/cases", unknown).await;
        assert_eq!(answer.json()["fields"][0]["code"], "answers.unknown");
        let mut of_nothing = about(json!({"occupied": "yes"}));
        of_nothing["matter"] = Value::Null;
        let answer = staff.post("/api/cases", of_nothing).await;
        assert_eq!(answer.json()["fields"][0]["code"], "answers.no_matter");
        // What is not known may be left out.
        assert_eq!(staff.post("/api/cases", about(json!({}))).await.status, 201);
    }
    let right = about(json!({"occupied": "yes"}));
    assert_eq!(
        resident.post("/api/public/reports", right).await.status,
        201
    );
}
