//! The guard and the mark against forged requests.

use axum::http::HeaderValue;
use serde_json::json;
use testkit::PASSWORD;

use super::{RULES, TRIED, hall};
use crate::{Guard, State, routes};

#[tokio::test]
async fn each_need_is_asked_before_the_handler() {
    let hall = hall().await;
    let mut stranger = hall.door.clone();
    assert_eq!(stranger.get("/try/public").await.status, 200);
    assert_eq!(stranger.get("/try/session").await.code(), "session.missing");
    assert_eq!(stranger.get("/try/rules/7").await.status, 401);
    assert_eq!(stranger.get("/try/nothing").await.status, 404);
    let mut acceptor = stranger.signed_in("accept.1").await;
    assert_eq!(acceptor.get("/try/session").await.body, "演示 accept.1");
    let refused = acceptor.get("/try/rules/7").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "right.missing")
    );
    let shift = stranger
        .signed_in("shift.1")
        .await
        .get("/try/rules/7")
        .await;
    assert_eq!(shift.status, 200);
    let logged = hall.logged("right.refused").await;
    assert_eq!(
        logged,
        [(false, json!({"method": "GET", "path": "/try/rules/{id}"}))]
    );
}

#[tokio::test]
async fn a_route_no_table_names_is_closed_and_found_before_starting() {
    let hall = hall().await;
    let mut shift = hall.door.signed_in("shift.1").await;
    assert_eq!(shift.get("/try/unnamed").await.status, 403);
    let net = divisions::Net::load(&hall.db.pool).await.unwrap();
    let directory = staff::Directory::load(&hall.db.pool).await.unwrap();
    let state = State::new(hall.app.clone(), net, directory, crate::Settings::default());
    let document = routes().to_openapi();
    let whole = Guard::new(state.clone(), &[RULES]).unwrap();
    assert_eq!(whole.unnamed(&document), Vec::<String>::new());
    let short = Guard::new(state.clone(), &[&RULES[1..]]).unwrap();
    assert_eq!(short.unnamed(&document), ["POST /api/session"]);
    assert!(Guard::new(state, &[RULES, TRIED, RULES]).is_err());
}

#[tokio::test]
async fn a_changing_request_with_a_session_needs_the_mark_and_our_own_origin() {
    let hall = hall().await;
    let mut browser = hall.door.signed_in("accept.1").await;
    let origin = |o: &'static str| HeaderValue::from_static(o);
    browser
        .headers
        .insert("origin", origin("https://city.test"));
    assert_eq!(browser.post("/try/public", json!({})).await.status, 200);
    browser
        .headers
        .insert("origin", origin("https://elsewhere.test"));
    assert_eq!(
        browser.post("/try/public", json!({})).await.code(),
        "csrf.missing"
    );
    assert_eq!(browser.get("/try/public").await.status, 200);
    browser.headers.insert("origin", origin("null"));
    assert_eq!(
        browser.post("/try/public", json!({})).await.code(),
        "csrf.missing"
    );
    browser.headers.remove("origin");
    browser.headers.remove("x-gridwork");
    assert_eq!(
        browser.post("/try/public", json!({})).await.code(),
        "csrf.missing"
    );
    assert_eq!(browser.get("/try/session").await.status, 200);
    browser.cookie = None;
    assert_eq!(browser.post("/try/public", json!({})).await.status, 200);
    let form = json!({"login": "accept.1", "password": PASSWORD});
    assert_eq!(
        browser.post("/api/session", form).await.code(),
        "csrf.missing"
    );
}

#[tokio::test]
async fn a_page_elsewhere_cannot_open_a_socket_with_the_session() {
    let hall = hall().await;
    let mut browser = hall.door.signed_in("accept.1").await;
    browser.headers.remove("x-gridwork");
    let header = |o: &'static str| HeaderValue::from_static(o);
    browser.headers.insert("upgrade", header("websocket"));
    browser
        .headers
        .insert("origin", header("https://city.test"));
    assert_eq!(browser.get("/try/session").await.status, 200);
    browser
        .headers
        .insert("origin", header("https://elsewhere.test"));
    assert_eq!(browser.get("/try/session").await.code(), "csrf.missing");
}
