//! Promises of the catalogue in the database and over HTTP.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use testkit::{Browser, TestDb, behind_the_door, database, small_city};

use super::{RULES, State, routes};
use crate::catalogue::Catalogue;
use crate::{Shelf, store};

async fn door(db: &TestDb) -> (Browser, Shelf) {
    let app = db.app();
    let shelf = Shelf::load(&db.pool).await.unwrap();
    let state = State {
        app: app.clone(),
        shelf: shelf.clone(),
    };
    let router = routes().with_state(state).into();
    (
        Browser::new(behind_the_door(&app, router, &[RULES]).await),
        shelf,
    )
}

#[tokio::test]
async fn what_is_stored_of_a_matter_comes_back_whole() {
    let db = database().await;
    small_city(&db.pool).await;
    let shelf = Shelf::load(&db.pool).await.unwrap().current();
    let shipped = Catalogue::standard().unwrap();
    assert_eq!(shelf.catalogue.len(), shipped.len());
    for matter in shipped.matters() {
        assert_eq!(shelf.matter(&matter.code), Some(matter));
    }
}

#[tokio::test]
async fn the_narrowest_unit_comes_first_and_only_those_of_the_place() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let shelf = Shelf::load(&db.pool).await.unwrap().current();
    let urban = shelf.route("M0102", city.communities[0]);
    let found: Vec<_> = urban.iter().map(|r| r.body.org).collect();
    let here = city.org("district-urban", city.district);
    assert_eq!(found, [here, city.org("city-urban", city.city)]);
    assert!(urban[0].id > 0);
    for matter in shelf.catalogue.matters() {
        for community in city.communities {
            let found = shelf.route(&matter.code, community);
            assert!(!found.is_empty(), "{} {community}", matter.code);
        }
    }
    let elsewhere = shelf.route("M0102", 320_404_001_001);
    assert_eq!(
        elsewhere.iter().map(|r| r.body.org).collect::<Vec<_>>(),
        [city.org("city-urban", city.city)]
    );
    assert!(shelf.route("M9999", city.communities[0]).is_empty());
}

#[tokio::test]
async fn precedence_decides_within_an_area_and_may_be_changed() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let shelf = Shelf::load(&db.pool).await.unwrap();
    let parks = city.org("district-parks", city.district);
    let rule = |precedence| store::NewRule {
        matter: "M0102".to_owned(),
        area: city.district,
        org: parks,
        precedence,
        basis: "区政府会议纪要（演示）".to_owned(),
    };
    let mut conn = db.pool.acquire().await.unwrap();
    for (precedence, first) in [(200, true), (0, false)] {
        store::put_rules(&mut conn, &[rule(precedence)])
            .await
            .unwrap();
        shelf.reload(&db.pool).await.unwrap();
        let current = shelf.current();
        let best = current.route("M0102", city.communities[3]);
        assert_eq!(best[0].body.org == parks, first);
    }
}

#[tokio::test]
async fn residents_see_and_are_suggested_public_matters_only() {
    let db = database().await;
    small_city(&db.pool).await;
    let (mut browser, shelf) = door(&db).await;
    let answer = browser.get("/api/public/matters").await.json();
    let matters: Vec<&Value> = answer["categories"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|c| c["matters"].as_array().unwrap())
        .collect();
    assert_eq!(matters.len(), shelf.current().catalogue.public().count());
    assert_eq!(
        matters[0]["questions"][0]["values"][0]["name_en"],
        "A bag or two"
    );
    let form = json!({"text": "小区门口垃圾成堆，没人清"});
    let answer = browser
        .post("/api/public/suggest-matter", form.clone())
        .await
        .json();
    let suggestions = answer["suggestions"].as_array().unwrap();
    assert_eq!(suggestions[0]["code"], "M0101");
    assert!(suggestions.len() <= 5 && !suggestions[0]["because"].as_array().unwrap().is_empty());
    assert_eq!(
        browser
            .post("/api/matters/suggest", form.clone())
            .await
            .status,
        401
    );
    let mut desk = browser.signed_in("call.1").await;
    assert_eq!(desk.post("/api/matters/suggest", form).await.status, 200);
    let long = json!({"text": "好".repeat(2_001)});
    let answer = desk.post("/api/matters/suggest", long).await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("text"))
    );
    let whole = desk.get("/api/matters").await.json();
    assert_eq!(whole["categories"][0]["matters"][0]["handle_minutes"], 240);
}

#[tokio::test]
async fn what_people_chose_is_remembered_as_counts_of_words() {
    let db = database().await;
    small_city(&db.pool).await;
    let shelf = Shelf::load(&db.pool).await.unwrap();
    let mut conn = db.pool.acquire().await.unwrap();
    for _ in 0..3 {
        shelf
            .remember(&mut conn, "阿波罗雕像掉漆", "M0102")
            .await
            .unwrap();
    }
    shelf
        .remember(&mut conn, "阿波罗雕像掉漆", "M9999")
        .await
        .unwrap();
    shelf.reload(&db.pool).await.unwrap();
    let rows = store::memory(&db.pool).await.unwrap();
    assert!(rows.len() > 1 && rows.iter().all(|r| r.count == 3 && r.code == "M0102"));
    assert!(!shelf.current().suggester.memory().is_empty());
}

async fn upload(browser: &mut Browser, query: &str, file: &[u8]) -> Value {
    let mark = "part-of-a-test";
    let mut body = format!(
        "--{mark}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xlsx\"\r\n\r\n"
    )
    .into_bytes();
    body.extend(file);
    body.extend(format!("\r\n--{mark}--\r\n").into_bytes());
    let request = Request::post(format!("/api/admin/matters/import{query}"))
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={mark}"),
        )
        .body(Body::from(body))
        .unwrap();
    browser.request(request).await.json()
}

#[tokio::test]
async fn the_catalogue_is_taken_out_changed_and_put_back() {
    let db = database().await;
    small_city(&db.pool).await;
    let (browser, shelf) = door(&db).await;
    let mut dispatcher = browser.signed_in("dispatch.1").await;
    assert_eq!(
        dispatcher
            .get("/api/admin/matters/template.xlsx")
            .await
            .code(),
        "right.missing"
    );
    let mut keeper = browser.signed_in("admin.system").await;
    let sheet = keeper.get("/api/admin/matters/template.xlsx").await;
    assert_eq!(sheet.status, 200);
    let count = shelf.current().catalogue.len();
    let draft = "?draft=01900000-0000-7000-8000-000000000001&title=2026";
    let whole = format!("{draft}&replace=true");
    // Taken out and put back it says the same: nothing is changed, no draft is begun.
    let answer = upload(&mut keeper, &whole, &sheet.body).await;
    assert_eq!(answer["errors"], json!([]), "{answer}");
    assert_eq!(
        (&answer["accepted"], &answer["changed"], &answer["draft"]),
        (&json!(count), &json!(0), &Value::Null)
    );

    let heading = "code,category_zh,category_en,name_zh,name_en,department,accept_hours,handle_hours,urgency,evidence,closing_rule,public\n";
    let right = "M0101,市容环境,City appearance and sanitation,暴露垃圾,Litter,环卫作业单位(sanitation operator),0.5,8,normal,photo_near,清除 / removed,yes\n";
    let wrong = "M0102,市容环境,City appearance and sanitation,渣土,Spoil,城市管理(urban management),x,8,whenever,photo_near,清除 / removed,yes\n";
    let both = format!("{heading}{right}{wrong}");
    let answer = upload(&mut keeper, draft, both.as_bytes()).await;
    assert_eq!(
        (&answer["draft"], &answer["accepted"]),
        (&Value::Null, &json!(0))
    );
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{answer}");
    assert!(errors.iter().all(|e| e["row"] == 3), "{answer}");
    assert!(
        errors
            .iter()
            .any(|e| e["column"] == "accept_hours" && e["code"] == "bad_number")
    );
    let some = format!("{whole}&on_error=take_the_rest");
    let answer = upload(&mut keeper, &some, both.as_bytes()).await;
    assert_eq!(
        (
            &answer["changed"],
            &answer["ended"],
            answer["draft"].is_string()
        ),
        (&json!(1), &json!(0), true)
    );
    let only = format!("{heading}{right}");
    let answer = upload(&mut keeper, &whole, only.as_bytes()).await;
    assert_eq!(answer["ended"], count - 1);
    // Nothing is in force before a second person agrees.
    shelf.reload(&db.pool).await.unwrap();
    assert_eq!(shelf.current().catalogue.len(), count);
    assert_eq!(shelf.current().matter("M0101").unwrap().handle_minutes, 240);
}
