//! Two servers on one database: what a clock does happens once, and what one does the other shows.

use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Folder, Person, Server};

const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";

async fn report(person: &Person, n: usize) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let report = json!({"id": id, "text": format!("路边有一堆垃圾 {n}"), "matter": "M0101",
                        "lon": 120.0075, "lat": 31.7875, "source": "call"});
    let (status, answer) = person.post("/api/cases", &report).await.unwrap();
    assert_eq!(status, 201, "{answer}");
    assert_eq!(answer["stage"], "dispatched", "{answer}");
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_fire_once_with_two_servers_running() {
    let db = testkit::database().await;
    testkit::small_city(&db.pool).await;
    let folders = [Folder::new("one"), Folder::new("two")];
    let mut servers = Vec::new();
    for folder in &folders {
        let data = folder.0.display().to_string();
        let variables = [("DATABASE_URL", db.url.as_str()), ("GRIDWORK_KEY", KEY)];
        servers.push(Server::start(&["serve", "--data", &data], &variables).await);
    }
    let here = Person::sign_in(&servers[0].url, "call.1").await;
    let there = here.at(&servers[1].url);
    let mut cases = Vec::new();
    for n in 0..40 {
        cases.push(report(if n % 2 == 0 { &here } else { &there }, n).await);
    }
    // Past the time to sign: every case is signed by the clock, by whichever server comes first.
    let advance = json!({"advance_s": 3 * 86_400});
    let (status, _) = here.post("/api/test/clock", &advance).await.unwrap();
    assert_eq!(status, 200);
    for _ in 0..100 {
        there.get("/api/test/clock").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let waiting: i64 =
            sqlx::query_scalar("select count(*) from cases where stage = 'dispatched'")
                .fetch_one(&db.pool)
                .await
                .unwrap();
        if waiting == 0 {
            break;
        }
    }
    for id in &cases {
        let kinds: Vec<(String,)> = sqlx::query_as(
            "select kind from case_events where case_id = $1::text::uuid order by version",
        )
        .bind(id)
        .fetch_all(&db.pool)
        .await
        .unwrap();
        let signed = kinds.iter().filter(|k| k.0 == "signed").count();
        assert_eq!(signed, 1, "{kinds:?}");
        let red = kinds.iter().filter(|k| k.0 == "ran_out").count();
        assert!(
            red <= 2,
            "the handle and the whole clock ran out once each: {kinds:?}"
        );
    }
    order_is_dense(&db.pool).await;
    // Three days on nobody's session is in force.
    let there = Person::sign_in(&servers[1].url, "dispatch.1").await;
    let (_, page): (u16, Value) = there
        .get(&format!("/api/cases/{}", cases[0]))
        .await
        .unwrap();
    assert_eq!(page["case"]["stage"], "handling", "{page}");
}

/// Every event has one place in the order, and none is missing.
async fn order_is_dense(pool: &sqlx::PgPool) {
    for _ in 0..100 {
        let (events, sealed, last): (i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from case_events), (select count(*) from sealed),
                    (select coalesce(max(seq), 0) from sealed)",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if events == sealed {
            assert_eq!(sealed, last, "the order has no gap");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("some events never got their place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_takes_effect_once_and_every_server_takes_up_the_net() {
    let db = testkit::database().await;
    let city = testkit::small_city(&db.pool).await;
    let folders = [Folder::new("net-one"), Folder::new("net-two")];
    let mut servers = Vec::new();
    for folder in &folders {
        let data = folder.0.display().to_string();
        let variables = [("DATABASE_URL", db.url.as_str()), ("GRIDWORK_KEY", KEY)];
        servers.push(Server::start(&["serve", "--data", &data], &variables).await);
    }
    let keeper = Person::sign_in(&servers[0].url, "net.1").await;
    let draft = uuid::Uuid::now_v7().to_string();
    let new = json!({"id": draft, "name": "两台服务器", "area": city.district.to_string()});
    keeper.post("/api/net/drafts", &new).await.unwrap();
    let path = format!("/api/net/drafts/{draft}");
    let split = json!({"kind": "split", "grid": city.grids[0].0, "line": [[120.0055, 31.7795], [120.0055, 31.7905]]});
    let edit = json!({"id": uuid::Uuid::now_v7(), "edits": [split]});
    let (status, answer) = keeper.post(&format!("{path}/edits"), &edit).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let caller = Person::sign_in(&servers[0].url, "call.1").await;
    let there = caller.at(&servers[1].url);
    let before = report(&caller, 0).await;
    let (_, shown) = keeper.get("/api/public/city").await.unwrap();
    assert_eq!(shown["net"], city.net);
    let now = json!({"effect_at": servers_now(&keeper).await});
    let (status, answer) = keeper.post(&format!("{path}/submit"), &now).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let second = Person::sign_in(&servers[1].url, "net.2").await;
    let yes = json!({"approve": true});
    let (status, answer) = second
        .post(&format!("{path}/decision"), &yes)
        .await
        .unwrap();
    assert_eq!(status, 200, "{answer}");
    // Reports go on by both servers while it takes effect.
    let mut reports = vec![before];
    for n in 1..20 {
        reports.push(report(if n % 2 == 0 { &caller } else { &there }, n).await);
    }
    for one in [&caller, &there] {
        let mut seen = Value::Null;
        for _ in 0..100 {
            seen = one.get("/api/public/city").await.unwrap().1["net"].clone();
            if seen == city.net + 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(seen, city.net + 1, "every server has the new net");
    }
    let (nets, elsewhere): (i64, i64) = sqlx::query_as(
        "select (select count(*) from nets),
                (select count(*) from cases c join grids g on g.id = c.grid where g.valid_to is not null)",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert_eq!(nets, 2, "once");
    assert_eq!(elsewhere, 0, "no case lies in an abolished grid");
    order_is_dense(&db.pool).await;
}

/// The server's present, as it tells it.
async fn servers_now(person: &Person) -> Value {
    person.get("/api/test/clock").await.unwrap().1["now"].clone()
}
