//! Events get their order after commit: none is left out, none comes twice, whoever leads.

use std::time::Duration;

use accounts::audit::{self, Verdict};
use kernel::{CaseId, Moment};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::wire::{Jobs, another};
use super::world::{World, world};
use crate::sealer;

/// An event of a case; answers its number. The version is far beyond what the case will reach.
async fn write(conn: &mut PgConnection, case: CaseId, version: i32, at: Moment) -> i64 {
    sqlx::query_scalar(
        "insert into case_events (id, case_id, version, at, kind, body)
         values ($1, $2, $3, $4, 'noted', '{}') returning n",
    )
    .bind(Uuid::now_v7())
    .bind(case)
    .bind(version)
    .bind(at)
    .fetch_one(conn)
    .await
    .unwrap()
}

async fn seq_of(pool: &PgPool, n: i64) -> Option<i64> {
    sqlx::query_scalar("select seq from sealed where n = $1")
        .bind(n)
        .fetch_optional(pool)
        .await
        .unwrap()
}

async fn unsealed(pool: &PgPool) -> i64 {
    sqlx::query_scalar(
        "select count(*) from case_events e where not exists (select from sealed s where s.n = e.n)",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

/// That every event is sealed and the order has no hole.
async fn assert_whole(pool: &PgPool) {
    let (events, rows, first, last): (i64, i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from case_events), count(*), coalesce(min(seq), 1), coalesce(max(seq), 0)
         from sealed",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(events, rows, "every event is sealed once");
    assert_eq!((first, last), (1, rows), "the order is dense");
}

async fn case(w: &mut World) -> CaseId {
    let (lon, lat) = w.city.place(0, 0);
    let (id, _) = w.report("call.1", json!({"lon": lon, "lat": lat})).await;
    id.parse().unwrap()
}

#[tokio::test]
async fn of_two_overlapping_transactions_the_late_one_is_sealed_behind_not_lost() {
    let mut w = world().await;
    let case = case(&mut w).await;
    let now = w.now();
    sealer::seal_once(&w.state).await.unwrap();
    let mut slow = w.db.pool.begin().await.unwrap();
    let early = write(&mut slow, case, 1_001, now).await;
    let mut fast = w.db.pool.begin().await.unwrap();
    let late = write(&mut fast, case, 1_002, now).await;
    assert!(early < late, "the slow one drew its number first");
    fast.commit().await.unwrap();
    assert_eq!(sealer::seal_once(&w.state).await.unwrap(), 1);
    assert_eq!(sealer::seal_once(&w.state).await.unwrap(), 0);
    slow.commit().await.unwrap();
    assert_eq!(sealer::seal_once(&w.state).await.unwrap(), 1);
    assert!(seq_of(&w.db.pool, early).await > seq_of(&w.db.pool, late).await);
    assert_whole(&w.db.pool).await;
}

#[tokio::test]
async fn the_running_sealer_waits_for_a_late_commit_past_rolled_back_numbers() {
    let mut w = world().await;
    let case = case(&mut w).await;
    let now = w.now();
    let mut jobs = Jobs::default();
    jobs.start(sealer::run(w.state.clone()));
    let mut slow = w.db.pool.begin().await.unwrap();
    let early = write(&mut slow, case, 1_001, now).await;
    for version in 2_000..2_020 {
        let mut tx = w.db.pool.begin().await.unwrap();
        write(&mut tx, case, version, now).await;
        if version % 2 == 0 {
            tx.commit().await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
        w.state.cases.app.committed.notify_one();
        sleep(Duration::from_millis(250)).await;
    }
    // By now the rolled back numbers have been given up, the one under way has not.
    assert_eq!(seq_of(&w.db.pool, early).await, None);
    slow.commit().await.unwrap();
    w.state.cases.app.committed.notify_one();
    let since = Instant::now();
    while seq_of(&w.db.pool, early).await.is_none() {
        assert!(since.elapsed() < Duration::from_secs(1), "sealed at once");
        sleep(Duration::from_millis(5)).await;
    }
    assert_whole(&w.db.pool).await;
    // The low-water mark moves past the rolled back numbers when nothing is under way.
    let last: i64 = sqlx::query_scalar("select max(n) from case_events")
        .fetch_one(&w.db.pool)
        .await
        .unwrap();
    let since = Instant::now();
    loop {
        let low: Option<i64> =
            sqlx::query_scalar("select (value->>'low')::bigint from settings where key = 'sealer'")
                .fetch_optional(&w.db.pool)
                .await
                .unwrap();
        if low == Some(last) {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{low:?} {last}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// The process that holds the lead, by its backend.
async fn leader(w: &World) -> Option<i32> {
    sqlx::query_scalar(
        "select a.pid from pg_stat_activity a join pg_locks l on l.pid = a.pid
         where a.datname = current_database() and a.application_name = 'gridwork sealer'
           and l.locktype = 'advisory' and l.granted",
    )
    .fetch_optional(&mut w.db.owner().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn two_processes_never_seal_twice_and_one_takes_over_from_the_other() {
    let mut w = world().await;
    let case = case(&mut w).await;
    let now = w.now();
    let other = another(&w.db, &w.state).await;
    let mut jobs = Jobs::default();
    jobs.start(sealer::run(w.state.clone()));
    jobs.start(sealer::run(other.clone()));
    let mut version = 1_000;
    for round in 0..3 {
        let writers = [&w.state, &other].map(|state| {
            version += 100;
            let (app, first) = (state.cases.app.clone(), version);
            tokio::spawn(async move {
                for version in first..first + 100 {
                    let mut tx = app.db.begin().await.unwrap();
                    write(&mut tx, case, version, now).await;
                    tx.commit().await.unwrap();
                    app.committed.notify_one();
                }
            })
        });
        let mut killed = None;
        if round > 0 {
            killed = leader(&w).await;
            let mut owner = w.db.owner().await;
            sqlx::query("select pg_terminate_backend($1)")
                .bind(killed)
                .execute(&mut owner)
                .await
                .unwrap();
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let since = Instant::now();
        while unsealed(&w.db.pool).await > 0 {
            assert!(since.elapsed() < Duration::from_secs(5), "somebody seals");
            sleep(Duration::from_millis(10)).await;
        }
        if killed.is_some() {
            assert_ne!(leader(&w).await, killed);
        }
        assert_whole(&w.db.pool).await;
    }
}

#[tokio::test]
async fn an_event_is_sealed_within_a_tenth_of_a_second_of_its_commit_in_any_process() {
    let mut w = world().await;
    let case = case(&mut w).await;
    let now = w.now();
    let other = another(&w.db, &w.state).await;
    let mut jobs = Jobs::default();
    jobs.start(sealer::run(w.state.clone()));
    sleep(Duration::from_millis(300)).await;
    jobs.start(sealer::run(other.clone()));
    sleep(Duration::from_millis(300)).await;
    let mut taken = Vec::new();
    for version in 1_000..1_040 {
        let app = [&w.state, &other][usize::try_from(version % 2).unwrap()]
            .cases
            .app
            .clone();
        let mut conn = app.db.acquire().await.unwrap();
        let n = write(&mut conn, case, version, now).await;
        app.committed.notify_one();
        let since = Instant::now();
        while seq_of(&w.db.pool, n).await.is_none() {
            sleep(Duration::from_millis(1)).await;
        }
        taken.push(since.elapsed());
    }
    taken.sort();
    eprintln!(
        "sealed after {:?} (middle), {:?} (worst)",
        taken[20], taken[39]
    );
    assert!(taken[20] < Duration::from_millis(100), "{taken:?}");
}

#[tokio::test]
async fn sealing_by_hand_is_done_when_it_answers_also_where_another_leads() {
    let mut w = world().await;
    let case = case(&mut w).await;
    let other = another(&w.db, &w.state).await;
    let mut jobs = Jobs::default();
    jobs.start(sealer::run(other));
    while leader(&w).await.is_none() {
        sleep(Duration::from_millis(10)).await;
    }
    for version in 1_000..1_010 {
        let mut conn = w.db.pool.acquire().await.unwrap();
        write(&mut conn, case, version, w.now()).await;
        sealer::seal_once(&w.state).await.unwrap();
        assert_eq!(unsealed(&w.db.pool).await, 0);
    }
    assert_whole(&w.db.pool).await;
}

#[tokio::test]
async fn the_audit_log_is_chained_within_seconds_and_nothing_sealed_can_be_changed() {
    let mut w = world().await;
    case(&mut w).await;
    let mut jobs = Jobs::default();
    jobs.start(sealer::run(w.state.clone()));
    let since = Instant::now();
    loop {
        let verdict = audit::verify(&w.db.pool).await.unwrap();
        if matches!(verdict, Verdict::Verified { rows, .. } if rows > 0) {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(4), "{verdict:?}");
        sleep(Duration::from_millis(50)).await;
    }
    for forbidden in [
        "update sealed set seq = seq + 1",
        "delete from sealed",
        "update audit_chain set seq = seq + 1",
        "delete from audit_chain",
        "update case_events set kind = 'x'",
    ] {
        let done = sqlx::query(forbidden).execute(&w.db.pool).await;
        assert!(done.is_err(), "{forbidden}");
    }
}
