//! Signing in and out, waiting, passwords, the authenticator.

use axum::http::HeaderValue;
use serde_json::{Value, json};
use testkit::{Answer, Browser, PASSWORD};

use super::{Hall, hall};
use crate::{lifecycle, password, totp};

async fn try_in(browser: &mut Browser, login: &str, password: &str) -> Answer {
    browser
        .post(
            "/api/session",
            json!({"login": login, "password": password}),
        )
        .await
}

#[tokio::test]
async fn signing_in_opens_a_session_and_tells_who_one_is() {
    let hall = hall().await;
    let mut browser = hall.door.clone();
    let answer = try_in(&mut browser, " Accept.1 ", PASSWORD).await;
    assert_eq!(answer.status, 200);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for part in [
        "__Host-gridwork=",
        "; Path=/",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
    ] {
        assert!(cookie.contains(part), "{part}");
    }
    let me = &answer.json()["me"];
    assert_eq!(me["login"], "accept.1");
    assert_eq!(me["seats"][0]["role_zh"], "受理员");
    assert_eq!(
        me["seats"][0]["area"]["code"],
        hall.city.district.to_string()
    );
    assert_eq!(me["seats"][0]["org"]["name_zh"], "天宁区网格化服务管理中心");
    assert_eq!(me["area"]["path"].as_array().unwrap().len(), 2);
    assert_eq!((&me["home"], &me["totp"]), (&json!("desk"), &json!(false)));
    assert!(
        me["capabilities"]
            .as_array()
            .unwrap()
            .contains(&json!("accept_cases"))
    );
    assert_eq!(browser.get("/api/me").await.json(), answer.json());
    let worker = hall
        .door
        .signed_in("grid.1")
        .await
        .get("/api/me")
        .await
        .json();
    assert_eq!(worker["me"]["home"], "field");
    assert_eq!(
        worker["me"]["seats"][0]["grid"]["code"],
        hall.city.grids[0].1
    );
    assert_eq!(
        worker["me"]["area"]["code"],
        hall.city.communities[0].to_string()
    );
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select token_hash from sessions")
        .fetch_all(&hall.db.pool)
        .await
        .unwrap();
    let token = browser
        .cookie
        .unwrap()
        .split_once('=')
        .unwrap()
        .1
        .to_owned();
    assert!(
        stored
            .iter()
            .all(|h| h.len() == 32 && h != token.as_bytes())
    );
    assert_eq!(hall.logged("session.opened").await.len(), 2);
}

#[tokio::test]
async fn five_wrong_passwords_make_the_account_wait_longer_each_time() {
    let hall = hall().await;
    let mut browser = hall.door.clone();
    for _ in 0..5 {
        assert_eq!(
            try_in(&mut browser, "accept.1", "not this one")
                .await
                .code(),
            "session.wrong"
        );
    }
    let locked = try_in(&mut browser, "accept.1", PASSWORD).await;
    assert_eq!(
        (locked.status, locked.code().as_str()),
        (401, "session.locked")
    );
    let wait = locked.json()["params"]["retry_after_s"].as_i64().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    assert_eq!(locked.headers["retry-after"], wait.to_string());
    assert_eq!(try_in(&mut browser, "accept.2", PASSWORD).await.status, 200);
    hall.later(61);
    assert_eq!(
        try_in(&mut browser, "accept.1", "nor this").await.code(),
        "session.wrong"
    );
    hall.later(61);
    assert_eq!(
        try_in(&mut browser, "accept.1", PASSWORD).await.code(),
        "session.locked"
    );
    hall.later(60);
    assert_eq!(try_in(&mut browser, "accept.1", PASSWORD).await.status, 200);
    assert_eq!(
        try_in(&mut browser, "accept.1", "wrong again").await.code(),
        "session.wrong"
    );
    assert_eq!(try_in(&mut browser, "accept.1", PASSWORD).await.status, 200);
    let waits: Vec<Value> = hall
        .logged("session.locked")
        .await
        .into_iter()
        .map(|l| l.1["wait_s"].clone())
        .collect();
    assert_eq!(waits, [60, 120]);
}

#[test]
fn the_wait_doubles_up_to_an_hour() {
    let settings = crate::Settings::default();
    let waits: Vec<_> = [4, 5, 6, 10, 11, 99, i32::MAX]
        .map(|n| lifecycle::wait_s(n, &settings))
        .into();
    let expected = [
        None,
        Some(60),
        Some(120),
        Some(1920),
        Some(3600),
        Some(3600),
        Some(3600),
    ];
    assert_eq!(waits, expected);
}

#[tokio::test]
async fn an_unknown_login_is_met_as_a_known_one() {
    let hall = hall().await;
    let mut browser = hall.door.clone();
    for _ in 0..5 {
        assert_eq!(
            try_in(&mut browser, "nobody", "not this one").await.code(),
            "session.wrong"
        );
    }
    assert_eq!(
        try_in(&mut browser, "nobody", "not this one").await.code(),
        "session.locked"
    );
    let accounts: i64 =
        sqlx::query_scalar("select count(*) from audit_log where what = 'session.failed'")
            .fetch_one(&hall.db.pool)
            .await
            .unwrap();
    assert_eq!(accounts, 6);
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_waits_alone() {
    let hall = hall().await;
    let mut browser = hall.door.clone();
    let from = |a: &'static str| HeaderValue::from_static(a);
    browser
        .headers
        .insert("x-forwarded-for", from("1.1.1.1, 203.0.113.9"));
    for n in 0..50 {
        try_in(&mut browser, &format!("guess.{n}"), "not this one").await;
    }
    let refused = try_in(&mut browser, "accept.1", PASSWORD).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "limit.reached")
    );
    browser
        .headers
        .insert("x-forwarded-for", from("1.1.1.1, 203.0.113.10"));
    assert_eq!(try_in(&mut browser, "accept.1", PASSWORD).await.status, 200);
    browser
        .headers
        .insert("x-forwarded-for", from("203.0.113.9"));
    hall.later(600);
    assert_eq!(try_in(&mut browser, "accept.1", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn signing_out_ends_this_session_and_everywhere_ends_all() {
    let hall = hall().await;
    let mut one = hall.door.signed_in("accept.1").await;
    let mut two = hall.door.signed_in("accept.1").await;
    let mut three = hall.door.signed_in("accept.1").await;
    let kept = one.cookie.clone();
    let list = two.get("/api/sessions").await.json();
    let list = list["sessions"].as_array().unwrap();
    assert_eq!(
        (
            list.len(),
            list.iter().filter(|s| s["current"] == true).count()
        ),
        (3, 1)
    );
    assert_eq!(one.delete("/api/session", None).await.status, 200);
    assert_eq!(one.cookie, None);
    one.cookie = kept;
    assert_eq!(one.get("/api/me").await.status, 401);
    assert_eq!(two.get("/api/me").await.status, 200);
    assert_eq!(three.delete("/api/sessions", None).await.status, 200);
    assert_eq!(two.get("/api/me").await.status, 401);
    assert_eq!(hall.logged("session.closed").await.len(), 2);
}

#[tokio::test]
async fn a_desk_session_ends_idle_or_after_its_day_and_a_field_session_lasts_a_week() {
    let hall = hall().await;
    let mut desk = hall.door.signed_in("accept.1").await;
    let mut field = hall.door.signed_in("grid.1").await;
    hall.later(29 * 60);
    assert_eq!(desk.get("/api/me").await.status, 200);
    hall.later(29 * 60);
    assert_eq!(desk.get("/api/me").await.status, 200);
    hall.later(30 * 60);
    assert_eq!(desk.get("/api/me").await.status, 401);
    let mut desk = hall.door.signed_in("accept.1").await;
    for _ in 0..29 {
        hall.later(25 * 60);
        desk.get("/api/me").await;
    }
    assert_eq!(desk.get("/api/me").await.status, 401);
    hall.later(5 * 86_400);
    assert_eq!(field.get("/api/me").await.status, 200);
    hall.later(2 * 86_400);
    assert_eq!(field.get("/api/me").await.status, 401);
}

#[tokio::test]
async fn an_appointment_that_ends_takes_its_rights_within_seconds() {
    let hall = hall().await;
    let mut shift = hall.door.signed_in("shift.1").await;
    assert_eq!(shift.get("/try/rules/1").await.status, 200);
    let person = hall.city.member("shift.1").person;
    let now = hall.app.clock.now();
    sqlx::query("update appointments set valid_to = $2 where person = $1")
        .bind(person)
        .bind(now)
        .execute(&hall.db.pool)
        .await
        .unwrap();
    hall.later(6);
    assert_eq!(shift.get("/try/rules/1").await.status, 403);
    assert_eq!(shift.get("/api/me").await.json()["me"]["seats"], json!([]));
}

#[tokio::test]
async fn a_new_password_is_checked_and_ends_the_other_sessions() {
    let hall = hall().await;
    let mut one = hall.door.signed_in("accept.1").await;
    let mut two = hall.door.signed_in("accept.1").await;
    let change = |old: &str, new: &str| json!({"old": old, "new": new});
    for (new, code) in [
        ("short", "password.too_short"),
        ("accept.1.2", "password.is_login"),
        ("Password123", "password.common"),
        ("aaaaaaaaaaaa", "password.common"),
    ] {
        let answer = one
            .post("/api/me/password", change(PASSWORD, new))
            .await
            .json();
        assert_eq!(answer["fields"][0]["code"], code);
    }
    let long = "好".repeat(129);
    let answer = one
        .post("/api/me/password", change(PASSWORD, &long))
        .await
        .json();
    assert_eq!(answer["fields"][0]["params"]["most"], 128);
    let new = "一个又长又好记的口令";
    let answer = one
        .post("/api/me/password", change("not it at all", new))
        .await
        .json();
    assert_eq!(
        (&answer["fields"][0]["field"], &answer["fields"][0]["code"]),
        (&json!("old"), &json!("password.wrong"))
    );
    assert_eq!(
        one.post("/api/me/password", change(PASSWORD, new))
            .await
            .status,
        200
    );
    assert_eq!(one.get("/api/me").await.status, 200);
    assert_eq!(two.get("/api/me").await.status, 401);
    assert_eq!(
        try_in(&mut two, "accept.1", PASSWORD).await.code(),
        "session.wrong"
    );
    assert_eq!(try_in(&mut two, "accept.1", new).await.status, 200);
    assert_eq!(
        hall.logged("password.changed").await,
        [(true, json!({"sessions_ended": 1}))]
    );
}

#[test]
fn a_hash_is_argon2id_at_full_cost_and_only_its_password_fits() {
    let hash = password::hash("gridwork-demo-2026", password::Cost::Full).unwrap();
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    assert!(password::fits("gridwork-demo-2026", &hash));
    assert!(!password::fits("gridwork-demo-2027", &hash));
    assert!(!password::fits("", "not a hash"));
    assert!(password::check_new("gridwork-demo-2026", "accept.1").is_ok());
}

async fn enrol(hall: &Hall, browser: &mut Browser) -> String {
    let answer = browser.post("/api/me/totp", json!({})).await.json();
    let secret = answer["secret"].as_str().unwrap().to_owned();
    assert!(
        answer["otpauth_url"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/Gridwork%20Changzhou:")
    );
    let wrong = browser
        .put("/api/me/totp", json!({"code": "12345"}))
        .await
        .json();
    assert_eq!(wrong["fields"][0]["code"], "totp.wrong");
    let code = totp::code_at(&secret, hall.app.clock.now()).unwrap();
    assert_eq!(
        browser
            .put("/api/me/totp", json!({"code": code}))
            .await
            .status,
        200
    );
    secret
}

#[tokio::test]
async fn with_an_authenticator_signing_in_takes_a_code_and_a_code_works_once() {
    let hall = hall().await;
    let mut browser = hall.door.signed_in("accept.1").await;
    assert_eq!(
        browser
            .put("/api/me/totp", json!({"code": "1"}))
            .await
            .code(),
        "totp.not_begun"
    );
    let secret = enrol(&hall, &mut browser).await;
    assert_eq!(
        browser.post("/api/me/totp", json!({})).await.code(),
        "totp.enrolled"
    );
    assert_eq!(browser.get("/api/me").await.json()["me"]["totp"], true);
    let mut other = hall.door.clone();
    let form =
        |code: Option<&str>| json!({"login": "accept.1", "password": PASSWORD, "code": code});
    let used = totp::code_at(&secret, hall.app.clock.now()).unwrap();
    assert_eq!(
        other.post("/api/session", form(None)).await.code(),
        "session.totp_needed"
    );
    assert_eq!(
        other.post("/api/session", form(Some(&used))).await.code(),
        "session.totp_wrong"
    );
    hall.later(60);
    let code = totp::code_at(&secret, hall.app.clock.now()).unwrap();
    assert_eq!(
        other.post("/api/session", form(Some(&code))).await.status,
        200
    );
    assert_eq!(
        other.post("/api/session", form(Some(&code))).await.code(),
        "session.totp_wrong"
    );
    let sealed: Vec<u8> =
        sqlx::query_scalar("select totp_secret from accounts where login = 'accept.1'")
            .fetch_one(&hall.db.pool)
            .await
            .unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains(&secret));
    let wrong = browser
        .delete("/api/me/totp", Some(json!({"password": "no"})))
        .await;
    assert_eq!(wrong.json()["fields"][0]["code"], "password.wrong");
    let right = browser
        .delete("/api/me/totp", Some(json!({"password": PASSWORD})))
        .await;
    assert_eq!(right.status, 200);
    assert_eq!(other.post("/api/session", form(None)).await.status, 200);
    for what in ["totp.begun", "totp.confirmed", "totp.removed"] {
        assert_eq!(hall.logged(what).await.len(), 1, "{what}");
    }
}

#[tokio::test]
async fn a_closed_account_neither_signs_in_nor_goes_on() {
    let hall = hall().await;
    let mut browser = hall.door.signed_in("accept.1").await;
    sqlx::query("update accounts set disabled_at = $1 where login = 'accept.1'")
        .bind(hall.app.clock.now())
        .execute(&hall.db.pool)
        .await
        .unwrap();
    hall.later(6);
    assert_eq!(browser.get("/api/me").await.status, 401);
    assert_eq!(
        try_in(&mut browser, "accept.1", PASSWORD).await.code(),
        "session.wrong"
    );
}
