//! The log cannot be rewritten unseen.

use kernel::{Moment, migrate};
use serde_json::json;
use testkit::{TestDb, database};
use uuid::Uuid;

use crate::audit::{Entry, Verdict, seal, verify, write};

/// Three links: 5, 3 and 1 rows, an hour apart.
async fn log(db: &TestDb) -> Moment {
    let start: Moment = "2026-11-24T02:00:00Z".parse().unwrap();
    let mut at = start;
    for count in [5, 3, 1] {
        let mut tx = db.pool.begin().await.unwrap();
        for n in 0..count {
            let entry = Entry::new("reporter.seen", at.plus_s(n)).on(Uuid::now_v7());
            let entry = entry.for_purpose("call_back", &["name", "phone"]);
            write(
                &mut tx,
                entry.with(json!({"n": n, "b": [1.5, null], "a": {"z": 1, "y": "好"}})),
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = db.pool.begin().await.unwrap();
        let sealed = seal(&mut tx, at.plus_s(60)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(i64::try_from(sealed).unwrap(), count);
        at = at.plus_s(3600);
    }
    start
}

async fn tamper(db: &TestDb, sql: &'static str) {
    sqlx::query(sql)
        .execute(&mut db.owner().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_untouched_log_is_verified() {
    let db = database().await;
    assert_eq!(
        verify(&db.pool).await.unwrap(),
        Verdict::Verified { rows: 0, heads: 0 }
    );
    log(&db).await;
    assert_eq!(
        verify(&db.pool).await.unwrap(),
        Verdict::Verified { rows: 9, heads: 3 }
    );
    let mut tx = db.pool.begin().await.unwrap();
    assert_eq!(
        seal(&mut tx, "2026-11-25T00:00:00Z".parse().unwrap())
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_change_of_any_field_is_seen() {
    for sql in [
        "update audit_log set person = gen_random_uuid() where n = 2",
        "update audit_log set at = at + interval '1 second' where n = 2",
        "update audit_log set purpose = 'case' where n = 2",
        "update audit_log set ok = false where n = 2",
        "update audit_log set fields = '{name}' where n = 2",
        "update audit_log set details = '{}' where n = 2",
        "update audit_log set subject = null where n = 2",
    ] {
        let db = database().await;
        log(&db).await;
        tamper(&db, sql).await;
        assert_eq!(
            verify(&db.pool).await.unwrap(),
            Verdict::Broken { at: 1, row: None },
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_removed_row_and_a_row_slipped_in_are_seen() {
    let db = database().await;
    log(&db).await;
    tamper(&db, "delete from audit_log where n = 7").await;
    assert_eq!(
        verify(&db.pool).await.unwrap(),
        Verdict::Broken {
            at: 2,
            row: Some(7)
        }
    );

    let db = database().await;
    log(&db).await;
    tamper(
        &db,
        "insert into audit_log (n, at, what, ok) overriding system value
         values (-1, '2026-11-24T02:00:01Z', 'reporter.seen', true)",
    )
    .await;
    assert_eq!(
        verify(&db.pool).await.unwrap(),
        Verdict::Broken {
            at: 3,
            row: Some(-1)
        }
    );
}

#[tokio::test]
async fn a_row_slipped_in_and_sealed_later_is_still_seen() {
    let db = database().await;
    log(&db).await;
    tamper(
        &db,
        "insert into audit_log (at, what, ok) values ('2026-11-24T02:00:01Z', 'reporter.seen', true)",
    )
    .await;
    let mut tx = db.pool.begin().await.unwrap();
    seal(&mut tx, "2026-11-24T06:00:00Z".parse().unwrap())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        verify(&db.pool).await.unwrap(),
        Verdict::Broken {
            at: 4,
            row: Some(10)
        }
    );
}

#[tokio::test]
async fn a_chain_made_anew_from_the_middle_does_not_fit() {
    let db = database().await;
    log(&db).await;
    tamper(
        &db,
        "update audit_chain set sealed_at = sealed_at + interval '1 second' where seq = 2",
    )
    .await;
    assert_eq!(
        verify(&db.pool).await.unwrap(),
        Verdict::Broken { at: 2, row: None }
    );
    let db = database().await;
    log(&db).await;
    tamper(&db, "delete from audit_chain where seq = 2").await;
    assert!(matches!(
        verify(&db.pool).await.unwrap(),
        Verdict::Broken { at: 3, .. }
    ));
}

#[tokio::test]
async fn a_row_committed_late_is_sealed_with_the_next() {
    let db = database().await;
    let now: Moment = "2026-11-24T02:00:00Z".parse().unwrap();
    let mut slow = db.pool.begin().await.unwrap();
    write(&mut slow, Entry::new("session.opened", now))
        .await
        .unwrap();
    let mut quick = db.pool.begin().await.unwrap();
    write(&mut quick, Entry::new("session.opened", now))
        .await
        .unwrap();
    quick.commit().await.unwrap();
    for (after, expected) in [(1, 1), (2, 0)] {
        let mut tx = db.pool.begin().await.unwrap();
        assert_eq!(seal(&mut tx, now.plus_s(after)).await.unwrap(), expected);
        tx.commit().await.unwrap();
    }
    slow.commit().await.unwrap();
    let mut tx = db.pool.begin().await.unwrap();
    assert_eq!(seal(&mut tx, now.plus_s(3)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(
        verify(&db.pool).await.unwrap(),
        Verdict::Verified { rows: 2, heads: 2 }
    );
}

#[tokio::test]
async fn the_apps_role_cannot_rewrite_what_is_written_once() {
    let db = database().await;
    log(&db).await;
    let columns = ["kind = 'x'", "n = 1", "what = 'x'", "last_n = 1"];
    for (table, set) in migrate::WRITTEN_ONCE.into_iter().zip(columns) {
        let statements = [
            format!("delete from {table}"),
            format!("update {table} set {set}"),
            format!("truncate {table}"),
        ];
        for sql in statements {
            let run = sqlx::query(sqlx::AssertSqlSafe(sql.clone()))
                .execute(&db.pool)
                .await;
            let refused = run.unwrap_err().to_string();
            assert!(refused.contains("permission denied"), "{sql}: {refused}");
        }
    }
    for sql in [
        "drop table audit_log",
        "alter table audit_log add column x int",
        "create table x (y int)",
        "update schema_versions set version = 9",
    ] {
        assert!(sqlx::query(sql).execute(&db.pool).await.is_err(), "{sql}");
    }
    assert_eq!(
        migrate::state(&db.pool).await.unwrap(),
        migrate::State::Current
    );
    assert_eq!(
        migrate::migrate(&db.owner_url, db.schema).await.unwrap(),
        migrate::newest()
    );
}
