//! The history is what the rules would have written: every row is its events replayed.

use std::collections::BTreeMap;

use cases::lifecycle;
use cases::model::{By, Case, ClockKind, Event, Level, Stage, What};
use kernel::{Capability, CaseId, Moment, OrgId, Role};
use sqlx::types::Json;
use testkit::TestDb;

use super::{Summary, write};

/// A tiny city with a supervisor's floor for the whole city, so that unplaced reports find somebody.
async fn city() -> (TestDb, cases::State, testkit::SmallCity) {
    let db = testkit::database().await;
    let city = testkit::small_city(&db.pool).await;
    let centre = city.org("city-grid-centre", city.city);
    for (n, role) in (1..).zip(["acceptor", "dispatcher", "shift_supervisor", "verifier"]) {
        let person = uuid::Uuid::now_v7();
        sqlx::query("insert into people (id, name, org, created_at) values ($1, $2, $3, now())")
            .bind(person)
            .bind(format!("演示市级{n}"))
            .bind(centre)
            .execute(&db.pool)
            .await
            .unwrap();
        sqlx::query(
            "insert into appointments (id, person, role, area, org, valid_from)
             values ($1, $1, $2, $3, $4, now() - interval '1 day')",
        )
        .bind(person)
        .bind(role)
        .bind(city.city)
        .bind(centre)
        .execute(&db.pool)
        .await
        .unwrap();
    }
    let app = db.app();
    let state = cases::State {
        net: divisions::Net::load(&db.pool).await.unwrap(),
        shelf: matters::Shelf::load(&db.pool).await.unwrap(),
        units: staff::Directory::load(&db.pool).await.unwrap(),
        books: cases::Books::load(&db.pool).await.unwrap(),
        app,
    };
    (db, state, city)
}

struct Written {
    db: TestDb,
    state: cases::State,
    summary: Summary,
    now: Moment,
    folder: std::path::PathBuf,
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn written(count: usize) -> Written {
    let (db, state, _) = city().await;
    let folder = std::env::temp_dir().join(format!("gridwork-history-{}", uuid::Uuid::now_v7()));
    let files = media::Files::open(&folder).await.unwrap();
    // A weekday afternoon, so that working clocks run.
    let now: Moment = "2026-07-15T07:20:00Z".parse().unwrap();
    let mut said = |_: &str| {};
    let summary = write(&state, &files, now, count, 7, &mut said)
        .await
        .unwrap();
    Written {
        db,
        state,
        summary,
        now,
        folder,
    }
}

async fn all(w: &Written) -> Vec<(Case, Vec<Event>)> {
    let rows: Vec<(CaseId, Json<Case>)> =
        sqlx::query_as("select id, state from cases order by reported_at, id")
            .fetch_all(&w.db.pool)
            .await
            .unwrap();
    let mut conn = w.db.pool.acquire().await.unwrap();
    let mut all = Vec::new();
    for (id, state) in rows {
        let lines = cases::store::events(&mut conn, id, i32::MAX).await.unwrap();
        all.push((state.0, lines.into_iter().map(|l| l.event).collect()));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_history_replays_to_its_row_and_keeps_the_rules() {
    let w = written(600).await;
    println!("{:#?}", w.summary);
    assert!(w.summary.refusals.is_empty(), "{:?}", w.summary.refusals);
    assert!(w.summary.cases >= 580);
    let mut conn = w.db.pool.acquire().await.unwrap();
    let all = all(&w).await;
    let mut stages: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for (case, events) in &all {
        let replayed = cases::store::replay(&mut conn, case.id).await.unwrap();
        assert_eq!(replayed.as_ref(), Some(case), "{}", case.number);
        *stages.entry(case.stage.word()).or_default() += 1;
        keeps_time(case, events, w.now);
        is_independent(case, events);
        clocks_agree(case, w.now);
        for event in events {
            *kinds.entry(event.what.kind()).or_default() += 1;
        }
    }
    println!("{kinds:#?}");
    for stage in Stage::ALL {
        assert!(
            stages.contains_key(stage.word()),
            "no case is {}",
            stage.word()
        );
    }
    for kind in [
        "asked",
        "declined",
        "decline_objected",
        "returned",
        "disputed",
        "ruled",
        "extended",
        "suspended",
        "resumed",
        "made_safe",
        "handled",
        "self_handled",
        "not_drawn",
        "failed",
        "objected",
        "confirmed",
        "silence_confirmed",
        "reopened",
        "merged",
        "joined",
        "withdrawn",
        "voided",
        "reminded",
        "supervised",
        "turned_amber",
        "ran_out",
        "sub_task_done",
        "whistled",
        "handed_over",
        "placed",
        "noted",
        "followed",
        "rated",
        "archived",
    ] {
        assert!(kinds.contains_key(kind), "nothing was {kind}");
    }
    nothing_is_due(&w, &all);
    rows_are_derived(&w, &all).await;
    is_sealed_in_order(&w).await;
    goes_on_live(&w).await;
}

/// Events are in order of time and none is to come.
fn keeps_time(case: &Case, events: &[Event], now: Moment) {
    assert_eq!(events.first().map(|e| e.at), Some(case.reported_at));
    assert_eq!(i32::try_from(events.len()).unwrap(), case.version);
    for pair in events.windows(2) {
        assert!(pair[0].at <= pair[1].at, "{}: {pair:?}", case.number);
    }
    assert!(events.iter().all(|e| e.at <= now), "{}", case.number);
}

/// Whoever judges had no hand in it, nor their unit.
fn is_independent(case: &Case, events: &[Event]) {
    let mut so_far = lifecycle::born(case.id, &events[0]).unwrap();
    for event in &events[1..] {
        let judges = matches!(
            event.what,
            What::Taken
                | What::Passed { .. }
                | What::Failed { .. }
                | What::Ruled { .. }
                | What::Suspended { .. }
                | What::Extended { .. }
                | What::Voided { .. }
                | What::Excluded { .. }
                | What::RequestRefused { .. }
        );
        if let (
            true,
            By::Staff {
                person, org, role, ..
            },
        ) = (judges, &event.by)
        {
            assert!(!so_far.hands.contains(person), "{}", case.number);
            assert!(
                org.is_none_or(|o: OrgId| !so_far.units.contains(&o)),
                "{}",
                case.number
            );
            let needed = if *role == Role::Verifier {
                Capability::VerifyCases
            } else {
                Capability::RuleCases
            };
            assert!(role.capabilities().contains(&needed));
        }
        so_far = lifecycle::apply(so_far, event);
    }
}

/// Running clocks belong to the stage; closed cases have none running but the window to reopen.
fn clocks_agree(case: &Case, now: Moment) {
    let running: Vec<ClockKind> = case
        .clocks
        .iter()
        .filter(|c| c.due_at().is_some())
        .map(|c| c.kind)
        .collect();
    match case.stage {
        Stage::Archived | Stage::Voided | Stage::Suspended | Stage::Merged => {
            assert!(running.is_empty(), "{}: {running:?}", case.number);
        }
        Stage::Closed => assert_eq!(running, [ClockKind::Reopen]),
        Stage::Confirming | Stage::Declined => assert!(running.contains(&ClockKind::Objection)),
        _ => assert!(running.contains(&ClockKind::Whole) || case.rework + case.reopens > 0),
    }
    for clock in &case.clocks {
        let tells = !matches!(
            clock.kind,
            ClockKind::Sign | ClockKind::Objection | ClockKind::Reopen
        );
        if tells && clock.due_at().is_some() {
            assert!(clock.told >= clock.level(now), "{}: {clock:?}", case.number);
        } else if clock.due_at().is_some() {
            assert_ne!(clock.level(now), Level::Red, "{}", case.number);
        }
    }
}

/// No timer waits for a server to look: what was due is written.
fn nothing_is_due(w: &Written, all: &[(Case, Vec<Event>)]) {
    for (case, _) in all {
        let next = lifecycle::timers::next(case);
        assert!(
            next.is_none_or(|at| at > w.now),
            "{}: {next:?}",
            case.number
        );
    }
}

/// The columns lists read are those the store would derive, and the words are found.
async fn rows_are_derived(w: &Written, all: &[(Case, Vec<Event>)]) {
    for (case, _) in all {
        let row = cases::row::Row::of(case);
        let same: bool = sqlx::query_scalar(
            "select stage = $2 and open = $3 and wake_at is not distinct from $4
               and due_at is not distinct from $5 and asks = $6 and version = $7
               and lead is not distinct from $8 and number = $9 and reporters = $10
               and merged_into is not distinct from $11
             from cases where id = $1",
        )
        .bind(case.id)
        .bind(case.stage.word())
        .bind(row.open)
        .bind(row.wake_at)
        .bind(row.due_at)
        .bind(&row.asks)
        .bind(case.version)
        .bind(case.lead)
        .bind(&case.number)
        .bind(case.reporters)
        .bind(case.merged_into)
        .fetch_one(&w.db.pool)
        .await
        .unwrap();
        assert!(same, "{}", case.number);
    }
    let found: i64 = sqlx::query_scalar("select count(*) from cases where search @@ $1::tsquery")
        .bind(cases::search::query("垃圾").text)
        .fetch_one(&w.db.pool)
        .await
        .unwrap();
    assert!(found > 5);
    let pictured: i64 = sqlx::query_scalar(
        "select count(*) from cases c where thumb is not null
           and not exists (select from media m where m.id = c.thumb)",
    )
    .fetch_one(&w.db.pool)
    .await
    .unwrap();
    assert_eq!(pictured, 0);
    for (stored, thumb) in
        sqlx::query_as::<_, (String, Option<String>)>("select stored, thumb from media")
            .fetch_all(&w.db.pool)
            .await
            .unwrap()
    {
        for name in [Some(stored), thumb].into_iter().flatten() {
            assert!(w.folder.join(&name[..2]).join(&name).exists(), "{name}");
        }
    }
}

/// Every event has its number, in order of time.
async fn is_sealed_in_order(w: &Written) {
    let (events, sealed, disorder): (i64, i64, i64) = sqlx::query_as(
        "with told as (
           select e.at, lag(e.at) over (order by s.seq) as before
           from sealed s join case_events e on e.n = s.n)
         select (select count(*) from case_events), (select count(*) from sealed),
           (select count(*) from told where before > at)",
    )
    .fetch_one(&w.db.pool)
    .await
    .unwrap();
    assert_eq!(events, sealed);
    assert_eq!(disorder, 0);
    assert_eq!(usize::try_from(events).unwrap(), w.summary.events);
}

/// After the history a report comes in as ever, with a number of its own, and timers fire.
async fn goes_on_live(w: &Written) {
    let report = cases::desk::Report {
        id: uuid::Uuid::now_v7(),
        text: "桥头垃圾桶满了".to_owned(),
        ..cases::desk::Report::default()
    };
    let who = cases::desk::Bringer::Resident(cases::model::Source::Citizen, kernel::Lang::Zh);
    let receipt = cases::desk::report(&w.state, &report, who).await.unwrap();
    let twice: i64 =
        sqlx::query_scalar("select count(*) from cases where right(number, 5) = right($1, 5)")
            .bind(&receipt.number)
            .fetch_one(&w.db.pool)
            .await
            .unwrap();
    assert_eq!(twice, 1);
    let later = w.now.plus_s(3 * 86_400);
    assert!(cases::jobs::fire(&w.state, later).await.unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_plays_the_same_year() {
    let (_db, state, _) = city().await;
    let now: Moment = "2026-07-15T07:20:00Z".parse().unwrap();
    let mut played = Vec::new();
    for _ in 0..2 {
        let world = super::world(&state, now, 11).await.unwrap();
        let (_, lives) = super::play_all(world, 150);
        played.push(lives.into_iter().map(|l| l.events).collect::<Vec<_>>());
    }
    assert_eq!(played[0], played[1]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: 20,000 cases, to be run alone"]
async fn a_year_of_twenty_thousand_is_written_in_under_a_minute() {
    let begun = std::time::Instant::now();
    let w = written(20_000).await;
    let took = begun.elapsed();
    println!("{took:?}\n{:#?}", w.summary);
    assert!(took.as_secs() < 60, "{took:?}");
}
