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
