//! Open pages hear of what they may see, at once, without a gap and once.

use std::collections::BTreeSet;
use std::time::Duration;

use cases::model::Case;
use kernel::{Actor, CaseId, SessionId};
use serde_json::{Value, json};
use sqlx::types::Json;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::wire::{Served, another, serve};
use super::world::{MEMBERS, World, world};
use crate::live::{Handed, Hub, Reach, Told, Variant, Whose};
use crate::sealer;

async fn report(w: &mut World, community: u8) -> String {
    let (lon, lat) = w.city.place(community, 0);
    let form = json!({"lon": lon, "lat": lat, "matter": "M0102"});
    w.report("call.1", form).await.0
}

fn seqs(messages: &[Value]) -> Vec<i64> {
    messages
        .iter()
        .filter(|m| m["type"] == "event")
        .map(|m| m["seq"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn an_event_in_reach_arrives_within_a_second_and_one_out_of_reach_does_not() {
    let mut w = world().await;
    let served = serve(&w.state).await;
    let mut centre = served.page(&mut w, "dispatch.1", None).await;
    let mut east = served.page(&mut w, "dispatch.t2", None).await;
    let mut unit = served.page(&mut w, "handler.cg.1", None).await;
    let mut other_unit = served.page(&mut w, "handler.hw.1", None).await;
    let mut worker = served.page(&mut w, "grid.1", None).await;
    for page in [
        &mut centre,
        &mut east,
        &mut unit,
        &mut other_unit,
        &mut worker,
    ] {
        assert_eq!(page.next().await["type"], "hello");
    }
    centre
        .say(r#"{"view":{"bbox":[119.9,31.7,120.1,31.9],"case":null}}"#)
        .await;
    let id = report(&mut w, 0).await;
    // Reported, accepted and dispatched by rule.
    for page in [&mut centre, &mut unit, &mut worker] {
        let said = page.next().await;
        assert_eq!(said["type"], "event");
        assert_eq!(said["kind"], "reported");
        assert_eq!(said["case"]["id"], id);
        assert_eq!(said["case"]["stage"], "dispatched");
        assert_eq!(said["case"]["matter_code"], "M0102");
        assert!(said["case"]["holder"]["name_zh"].is_string());
        assert!(said["case"]["due_at"].is_string());
        assert_eq!(said["title_en"], "Reported");
        let rest = page.all().await;
        assert_eq!(rest.last().unwrap()["kind"], "dispatched");
    }
    east.silence().await;
    other_unit.silence().await;
    report(&mut w, 3).await;
    assert_eq!(east.next().await["kind"], "reported");
    assert_eq!(unit.next().await["kind"], "reported");
    worker.silence().await;
    other_unit.silence().await;
}

#[tokio::test]
async fn a_page_hears_of_a_case_exactly_when_its_person_may_open_it() {
    let mut w = world().await;
    w.many(24, 8).await;
    let rows: Vec<(CaseId, Json<Case>)> = sqlx::query_as("select id, state from cases")
        .fetch_all(&w.db.pool)
        .await
        .unwrap();
    let mut conn = w.db.pool.acquire().await.unwrap();
    let mut seen = 0;
    for login in MEMBERS {
        let actor = actor(&mut w, login).await;
        let reach = Reach::of(&actor);
        for (id, case) in &rows {
            let parties: Vec<(Uuid, String)> =
                sqlx::query_as("select org, part from case_parties where case_id = $1")
                    .bind(id)
                    .fetch_all(&mut *conn)
                    .await
                    .unwrap();
            let place = case.place.as_ref();
            let whose = Whose {
                area: case.area,
                grids: [place.map(|p| p.basic), place.and_then(|p| p.dedicated)],
                orgs: parties
                    .iter()
                    .filter(|p| p.1 != "former")
                    .map(|p| p.0.into())
                    .collect(),
            };
            let page = cases::desk::seen_until(&mut conn, case, &actor)
                .await
                .unwrap();
            let whole = page == Some(i32::MAX);
            assert_eq!(reach.sees(&whose), whole, "{login} {}", case.number);
            seen += usize::from(whole);
        }
    }
    assert!(seen > 50 && seen < rows.len() * MEMBERS.len());
}

type SeatRow = (kernel::Role, Option<i64>, Option<Uuid>, Option<Uuid>);

/// The person behind a login with the seats they hold.
async fn actor(w: &mut World, login: &str) -> Actor {
    let member = w.city.member(login).clone();
    let rows: Vec<SeatRow> =
        sqlx::query_as("select role, area, org, grid from appointments where person = $1")
            .bind(member.person)
            .fetch_all(&w.db.pool)
            .await
            .unwrap();
    Actor {
        account: member.account,
        person: member.person,
        session: SessionId::fresh(),
        name: login.to_owned(),
        seats: rows
            .into_iter()
            .map(|(role, area, org, grid)| kernel::Seat {
                role,
                area,
                org: org.map(Into::into),
                grid: grid.map(Into::into),
                of: None,
            })
            .collect(),
        must_change: false,
    }
}

/// Listens in short stretches, resuming each time where it was cut; answers what it heard.
async fn cut_again_and_again(served: &Served, w: &mut World, until: Instant) -> Vec<i64> {
    let mut heard = Vec::new();
    let mut since = None;
    while Instant::now() < until {
        let mut page = served.page(w, "supervisor.1", since).await;
        let hello = page.next().await;
        assert_eq!(hello["type"], "hello");
        since = since.or(hello["seq"].as_i64());
        let stretch = Instant::now() + Duration::from_millis(120);
        while Instant::now() < stretch {
            if let Ok(said) = page.within(Duration::from_millis(30)).await {
                assert_eq!(said["type"], "event", "{said}");
                since = said["seq"].as_i64();
                heard.extend(since);
            }
        }
    }
    let mut page = served.page(w, "supervisor.1", since).await;
    heard.extend(seqs(&page.all().await));
    heard
}

#[tokio::test]
async fn a_page_cut_again_and_again_misses_nothing_and_hears_nothing_twice() {
    let mut w = world().await;
    let served = serve(&w.state).await;
    let cases = w.state.cases.clone();
    let places: Vec<_> = (0..4).map(|c| w.city.place(c, 1)).collect();
    let until = Instant::now() + Duration::from_secs(3);
    let writing = tokio::spawn(async move {
        let mut n = 0;
        while Instant::now() < until {
            let (lon, lat) = places[n % 4];
            let report = cases::desk::Report {
                id: Uuid::now_v7(),
                text: "沿河步道堆了杂物".into(),
                lon: Some(lon),
                lat: Some(lat),
                ..Default::default()
            };
            let who =
                cases::desk::Bringer::Resident(cases::model::Source::Citizen, kernel::Lang::Zh);
            cases::desk::report(&cases, &report, who).await.unwrap();
            n += 1;
            sleep(Duration::from_millis(7)).await;
        }
        n
    });
    let heard = cut_again_and_again(&served, &mut w, until).await;
    let written = writing.await.unwrap();
    assert!(written > 50, "events went on: {written}");
    let first = *heard.first().unwrap();
    let whole: Vec<i64> = (first..first + i64::try_from(heard.len()).unwrap()).collect();
    assert_eq!(heard, whole, "in order, without a gap, once");
    sealer::seal_once(&w.state).await.unwrap();
    let top: i64 = sqlx::query_scalar("select max(seq) from sealed")
        .fetch_one(&w.db.pool)
        .await
        .unwrap();
    assert_eq!(heard.last(), Some(&top), "up to the last");
}

#[tokio::test]
async fn what_was_missed_is_told_by_a_process_that_has_just_started() {
    let mut w = world().await;
    for community in 0..4 {
        report(&mut w, community).await;
    }
    sealer::seal_once(&w.state).await.unwrap();
    let other = another(&w.db, &w.state).await;
    let served = serve(&other).await;
    let mut page = served.page(&mut w, "supervisor.1", Some(2)).await;
    let said = page.all().await;
    assert_eq!(said[0]["type"], "hello");
    let top = said[0]["seq"].as_i64().unwrap();
    assert_eq!(seqs(&said), (3..=top).collect::<Vec<_>>());
    let mut page = served.page(&mut w, "dispatch.t2", Some(0)).await;
    let east = page.all().await;
    assert_eq!(seqs(&east).len(), usize::try_from(top / 2).unwrap());
    assert!(
        east.iter()
            .skip(1)
            .all(|m| m["case"]["lon"].as_f64().unwrap() > 120.02),
        "only the east"
    );
}

#[tokio::test]
async fn events_written_by_one_process_are_heard_at_another() {
    let mut w = world().await;
    let other = another(&w.db, &w.state).await;
    let _here = serve(&w.state).await;
    let there = serve(&other).await;
    let mut page = there.page(&mut w, "supervisor.1", None).await;
    assert_eq!(page.next().await["type"], "hello");
    for _ in 0..5 {
        sleep(Duration::from_millis(300)).await;
        let since = Instant::now();
        report(&mut w, 1).await;
        assert_eq!(page.next().await["kind"], "reported");
        eprintln!("heard at the other process after {:?}", since.elapsed());
        page.all().await;
    }
}

#[tokio::test]
async fn what_the_database_has_never_said_is_answered_with_lost() {
    let mut w = world().await;
    report(&mut w, 0).await;
    sealer::seal_once(&w.state).await.unwrap();
    let served = serve(&w.state).await;
    let mut page = served.page(&mut w, "dispatch.1", Some(1_000_000)).await;
    let hello = page.next().await;
    let lost = page.next().await;
    assert_eq!(lost, json!({"type": "lost", "from": hello["seq"]}));
    report(&mut w, 0).await;
    assert_eq!(page.next().await["kind"], "reported");
}

#[tokio::test]
async fn a_former_holder_hears_of_the_return_and_nothing_after() {
    let mut w = world().await;
    let served = serve(&w.state).await;
    let id = report(&mut w, 0).await;
    let mut unit = served.page(&mut w, "handler.cg.1", Some(0)).await;
    unit.all().await;
    let body = json!({"reason": "wrong_unit", "clause": "第五条", "note": "不属本单位"});
    assert_eq!(w.command("handler.cg.1", &id, "return", body).await, 200);
    let said = unit.all().await;
    assert_eq!(said.last().unwrap()["kind"], "returned");
    let sanitation = w.city.org("district-sanitation", w.city.district);
    let body = json!({"org": sanitation, "note": "请尽快处理"});
    assert_eq!(w.command("dispatch.1", &id, "redispatch", body).await, 200);
    unit.silence().await;
    let mut new_unit = served.page(&mut w, "handler.hw.1", Some(0)).await;
    assert_eq!(new_unit.all().await.last().unwrap()["kind"], "dispatched");
    // Missed or not, it is told the case as it was when it was given back.
    let mut again = served.page(&mut w, "lead.cg.1", Some(0)).await;
    let said = again.all().await;
    let last = said.last().unwrap();
    assert_eq!(last["kind"], "returned");
    assert_eq!(last["case"]["stage"], "returned");
    let fresh = another(&w.db, &w.state).await;
    let served = serve(&fresh).await;
    let mut again = served.page(&mut w, "lead.cg.1", Some(0)).await;
    let said = again.all().await;
    let last = said.last().unwrap();
    assert_eq!(last["kind"], "returned");
    assert_eq!(last["case"]["stage"], "returned", "not as it stands now");
    assert!(last["case"]["holder"].is_null() || last["case"]["holder"]["id"] != json!(sanitation));
}

#[tokio::test]
async fn who_may_not_see_cases_or_comes_from_elsewhere_is_not_let_in() {
    let mut w = world().await;
    let served = serve(&w.state).await;
    assert_eq!(served.knock(None, None, None).await.err(), Some(401));
    let admin = w.as_("admin.audit").await.cookie.clone();
    let knocked = served.knock(admin.as_deref(), None, None).await;
    assert_eq!(knocked.err(), Some(403));
    let cookie = w.as_("dispatch.1").await.cookie.clone();
    let from = Some("https://elsewhere.example");
    let knocked = served.knock(cookie.as_deref(), from, None).await;
    assert_eq!(knocked.err(), Some(403));
    assert!(served.knock(cookie.as_deref(), None, None).await.is_ok());
    let plain = w.as_("dispatch.1").await.get("/api/live").await;
    assert_eq!(
        (plain.status, plain.code().as_str()),
        (422, "live.no_socket")
    );
}

#[tokio::test]
async fn a_page_closes_within_five_seconds_when_its_session_ends() {
    let mut w = world().await;
    let served = serve(&w.state).await;
    let mut out = served.page(&mut w, "dispatch.1", None).await;
    let mut disabled = served.page(&mut w, "dispatch.2", None).await;
    let mut expired = served.page(&mut w, "shift.1", None).await;
    let mut dismissed = served.page(&mut w, "verify.1", None).await;
    let mut stays = served.page(&mut w, "accept.1", None).await;
    for page in [
        &mut out,
        &mut disabled,
        &mut expired,
        &mut dismissed,
        &mut stays,
    ] {
        assert_eq!(page.next().await["type"], "hello");
    }
    let ended = w
        .as_("dispatch.1")
        .await
        .delete("/api/sessions", None)
        .await;
    assert!(ended.status < 300, "{:?}", ended.body);
    let mut owner = w.db.owner().await;
    for (sql, who) in [
        (
            "update accounts set disabled_at = now() where id = $1",
            "dispatch.2",
        ),
        (
            "update sessions set expires_at = now() where account = $1",
            "shift.1",
        ),
        (
            "update appointments set valid_to = now() where person = (select person from accounts where id = $1)",
            "verify.1",
        ),
    ] {
        sqlx::query(sql)
            .bind(w.city.member(who).account)
            .execute(&mut owner)
            .await
            .unwrap();
    }
    let since = Instant::now();
    for page in [&mut out, &mut disabled, &mut expired, &mut dismissed] {
        assert_eq!(page.within(Duration::from_secs(5)).await, Err(true));
    }
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
    stays.silence().await;
    assert_eq!(w.state.live.pages(), 1);
}

fn told(seq: i64, area: i64) -> Told {
    Told {
        seq,
        now: Variant {
            text: format!("{seq}").into(),
            whose: Whose {
                area,
                ..Whose::default()
            },
        },
        then: None,
    }
}

#[tokio::test]
async fn a_page_that_does_not_keep_up_is_told_that_it_lost_and_goes_on() {
    let hub = Hub::default();
    hub.begin(0);
    let reach = Reach {
        areas: vec![(1, 9)],
        ..Reach::default()
    };
    let mut slow = hub.join(SessionId::fresh(), reach.clone());
    let mut other = hub.join(
        SessionId::fresh(),
        Reach {
            areas: vec![(10, 19)],
            ..reach
        },
    );
    hub.tell((1..=1_000).map(|seq| told(seq, 5)).collect());
    assert_eq!(slow.next().await, Some(Handed::Lost));
    assert_eq!(hub.head(), 1_000);
    assert_eq!(slow.ready(), None);
    assert_eq!(
        other.ready(),
        None,
        "what is not theirs fills nobody's queue"
    );
    hub.tell(vec![told(1_001, 5), told(1_002, 15)]);
    assert_eq!(slow.next().await, Some(Handed::Event(1_001, "1001".into())));
    assert_eq!(
        other.next().await,
        Some(Handed::Event(1_002, "1002".into()))
    );
    let keys: BTreeSet<usize> = [hub.pages()].into();
    drop((slow, other));
    assert_eq!((keys, hub.pages()), ([2].into(), 0));
}
