//! The clocks fire from the database: once, whoever runs, and as if nobody had ever been away.

use serde_json::json;

use super::town::*;
use crate::jobs;

#[tokio::test]
async fn several_servers_fire_each_timer_once() {
    let town = town().await;
    for n in 0..25 {
        town.report(town.about("M0110", n % 4, n % 2)).await;
    }
    let mut servers = Vec::new();
    for _ in 0..4 {
        let mut app = town.app.clone();
        app.db = kernel::db::open(&town.db.url, town.db.schema, 4)
            .await
            .unwrap();
        servers.push(state(&app).await);
    }
    // Long enough for every clock of every case to turn amber and run out.
    town.wait(60 * 24 * 60);
    let now = town.now();
    let tasks: Vec<_> = servers
        .into_iter()
        .map(|s| tokio::spawn(async move { jobs::fire(&s, now).await.unwrap() }))
        .collect();
    let mut fired = 0;
    for task in tasks {
        fired += task.await.unwrap();
    }
    assert_eq!(fired, 25 * 4);
    let by_timer = "select count(*) from case_events where role = 'timer'";
    assert_eq!(town.count(by_timer).await, 100);
    assert_eq!(
        town.count("select count(*) from cases where wake_at is not null")
            .await,
        0
    );
    assert_eq!(town.fire().await, 0);
    town.sound().await;
}

#[tokio::test]
async fn a_unit_that_says_nothing_has_signed_and_a_report_nobody_objects_to_is_archived_in_the_end()
{
    let town = town().await;
    let receipt = town.rubble().await;
    let page = town.page("dispatch.1", &receipt).await;
    town.go(moment(&clock(&page, "sign")["due_at"]));
    assert_eq!(town.fire().await, 1);
    assert_eq!(
        town.page("handler.cg.1", &receipt).await["case"]["stage"],
        "handling"
    );
    town.handle("handler.cg.1", &receipt).await;
    town.verify(&receipt).await;
    town.wait(60 * 24 * 60);
    town.fire().await;
    let page = town.page("dispatch.1", &receipt).await;
    assert_eq!(page["case"]["stage"], "archived");
    let told: Vec<_> = town
        .history(&receipt)
        .await
        .into_iter()
        .rev()
        .take(2)
        .collect();
    assert_eq!(told, ["archived", "silence_confirmed"]);
    town.sound().await;
}

#[tokio::test]
async fn what_fell_due_while_no_timer_ran_comes_before_the_next_command() {
    let town = town().await;
    let receipt = town.rubble().await;
    town.wait(60 * 24);
    // Nobody signed and no timer ran; the unit works as if it had.
    town.act("handler.cg.1", &receipt, "note", json!({"text": "已到场"}))
        .await;
    let story = town.history(&receipt).await;
    assert_eq!(story[3], "signed");
    assert_eq!(story.last().unwrap(), "noted");
    // Too late is too late, whether a timer fired or not.
    town.handle("handler.cg.1", &receipt).await;
    town.verify(&receipt).await;
    town.wait(7 * 24 * 60);
    let answer = town
        .reporter(&receipt, "object", json!({"words": "还在"}))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "case.not_at_this_stage")
    );
    // What is refused leaves nothing behind.
    assert_eq!(town.history(&receipt).await.last().unwrap(), "passed");
    // The refused command may still be letting go of the row, which a timer then passes over.
    for _ in 0..100 {
        if town.fire().await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(
        town.history(&receipt).await.last().unwrap(),
        "silence_confirmed"
    );
    town.sound().await;
}

#[tokio::test]
async fn deadlines_are_counted_again_when_a_year_of_holidays_is_imported() {
    let town = town().await;
    // A year that has not been published: the first working day after its New Year.
    let year = 2031_i16;
    let zone = town.app.city.zone.clone();
    let eve = jiff::civil::date(year, 1, 2)
        .at(9, 0, 0, 0)
        .to_zoned(zone)
        .unwrap();
    town.go(kernel::Moment::new(eve.timestamp()));
    let receipt = town.report(town.about("M0110", 0, 0)).await;
    let page = town.page("accept.1", &receipt).await;
    let before = clock(&page, "accept").clone();
    assert_eq!(before["provisional"], true);
    sqlx::query(
        "insert into calendar_days (day, kind, name_zh) values ('2031-01-02', 'holiday', '元旦')",
    )
    .execute(&mut town.db.owner().await)
    .await
    .unwrap();
    assert_eq!(town.state.recount().await.unwrap(), 1);
    let page = town.page("accept.1", &receipt).await;
    let after = clock(&page, "accept");
    assert_eq!(after["provisional"], false);
    assert!(moment(&after["due_at"]) > moment(&before["due_at"]));
    assert_eq!(town.history(&receipt).await, ["reported", "recounted"]);
    assert_eq!(town.state.recount().await.unwrap(), 0);
    town.sound().await;
}
