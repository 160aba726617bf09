//! The table of a case's life, row by row: who, to where, which clocks with which ends; and every refusal.
//!
//! Unless a test says otherwise it is Monday 23 November 2026, and the office is open 08:30–12:00 and
//! 13:30–18:00.

use std::collections::BTreeMap;

use kernel::{CaseId, Moment, RequestId, SubTaskId, WhistleId};
use uuid::Uuid;

use super::world::*;
use crate::lifecycle::{Clocks, Command, Refusal as R, apply, come_back, recount, timers};
use crate::model::{
    By, CaseClock, ClockKind as K, ClockState, Event, Level, Stage as S, SubTaskState, What, Why,
};

fn world() -> World {
    World::new()
}

fn us(at: Moment, micros: i64) -> Moment {
    Moment::new(
        at.stamp()
            .checked_add(jiff::SignedDuration::from_micros(micros))
            .unwrap(),
    )
}

fn ask() -> Command {
    Command::AskReporter {
        text: "哪一栋?".into(),
    }
}

fn answer() -> Command {
    Command::Answer {
        text: "三栋".into(),
        media: vec![attached("near", "photo")],
    }
}

// ── intake ──────────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_report_starts_the_accept_and_the_whole_clock() {
    let w = world();
    let p = Play::new(&w, Some("N"));
    assert_eq!(p.case.stage, S::Reported);
    assert_eq!(p.running(), ["accept", "whole"]);
    assert_eq!(p.clock(K::Accept), "2026-11-23T09:30");
    // 30 to accept, 30 to dispatch, 240 to handle, 120 to verify, in working hours.
    assert_eq!(p.clock(K::Whole), "2026-11-23T17:30");
    let whole = p.case.clock(K::Whole).unwrap();
    assert_eq!(
        whole.amber_at().map(local).as_deref(),
        Some("2026-11-23T15:45")
    );
}

#[test]
fn limits_wait_over_the_weekend_and_a_holiday_but_not_for_an_emergency() {
    let w = world();
    let p = Play::reported(&w, Some("N"), "2026-11-20T17:50", true, None);
    assert_eq!(p.clock(K::Accept), "2026-11-23T08:50");
    // The eve of National Day; 1 to 7 October are off.
    let p = Play::reported(&w, Some("N"), "2026-09-30T17:50", true, None);
    assert_eq!(p.clock(K::Accept), "2026-10-08T08:50");
    let p = Play::reported(&w, Some("E"), "2026-11-20T23:50", true, None);
    assert_eq!(p.clock(K::Dispatch), "2026-11-21T00:20");
}

#[test]
fn what_is_certain_is_accepted_and_dispatched_by_rule_in_the_same_breath() {
    let w = world();
    let why = Why::Route {
        rule: 7,
        area: COMMUNITY,
        basis: "条例".into(),
    };
    let route = Some((org(URBAN), why.clone()));
    let p = Play::reported(&w, Some("A"), "2026-11-23T09:00", true, route.clone());
    assert_eq!(p.case.stage, S::Dispatched);
    assert_eq!(p.case.lead, Some(org(URBAN)));
    assert_eq!(p.running(), ["sign", "handle", "whole"]);
    assert_eq!(p.clock(K::Handle), "2026-11-23T14:30");
    assert!(p.events[1..].iter().all(|e| e.by == By::Rule));
    assert!(matches!(&p.events[2].what, What::Dispatched { why: told, .. } if *told == why));
    // Not placed, or not certain, or nobody to send it to: as far as it goes.
    let p = Play::reported(&w, Some("A"), "2026-11-23T09:00", false, route.clone());
    assert_eq!(p.case.stage, S::Reported);
    let p = Play::reported(&w, Some("N"), "2026-11-23T09:00", true, route);
    assert_eq!(p.case.stage, S::Reported);
    let p = Play::reported(&w, Some("A"), "2026-11-23T09:00", true, None);
    assert_eq!(
        (p.case.stage, p.clock(K::Dispatch).as_str()),
        (S::Accepted, "2026-11-23T09:30")
    );
}

#[test]
fn asking_the_reporter_pauses_acceptance_once_and_an_answer_runs_it_on() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    p.at("2026-11-23T09:10").act("accept.1", ask());
    assert_eq!(p.case.stage, S::Reported);
    assert_eq!(p.clock(K::Accept), "=1200");
    assert_eq!(p.clock(K::Whole), "2026-11-23T17:30");
    p.refused("accept.1", ask(), R::AskedAlready);
    p.refused("accept.2", answer(), R::OnlyReporter);
    p.refused("follower", answer(), R::OnlyReporter);
    p.at("2026-11-23T11:50").act("reporter", answer());
    // 20 minutes were left: 10 before noon, 10 after.
    assert_eq!(p.clock(K::Accept), "2026-11-23T13:40");
    assert_eq!(p.case.media.len(), 1);
    p.refused("reporter", answer(), R::NoQuestion)
        .refused("accept.1", ask(), R::AskedAlready);
}

#[test]
fn silence_runs_acceptance_on_when_the_days_to_answer_are_over() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    p.at("2026-11-23T09:10").act("accept.1", ask());
    p.now = us(at("2026-11-26T09:10"), -1);
    // The whole clock ran out meanwhile; that is told, and it is all.
    assert_eq!(p.tick(), ["turned_amber", "ran_out"]);
    p.at("2026-11-26T09:10");
    assert_eq!(p.tick(), ["stayed_silent"]);
    assert_eq!(p.clock(K::Accept), "2026-11-26T09:30");
    assert_eq!(p.events.last().unwrap().by, By::Timer);
    p.refused("reporter", answer(), R::NoQuestion);
}

#[test]
fn accepting_stops_the_accept_clock_and_starts_dispatch() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    p.at("2026-11-23T09:10").act("accept.1", accept());
    assert_eq!(p.case.stage, S::Accepted);
    assert_eq!(p.running(), ["dispatch", "whole"]);
    assert_eq!(p.clock(K::Dispatch), "2026-11-23T09:40");
    assert!(matches!(
        p.case.clock(K::Accept).unwrap().state,
        ClockState::Stopped { met: true, .. }
    ));
    let mut late = Play::new(&w, Some("N"));
    late.at("2026-11-23T09:31").act("accept.1", accept());
    assert!(matches!(
        late.case.clock(K::Accept).unwrap().state,
        ClockState::Stopped { met: false, .. }
    ));
}

#[test]
fn accepting_as_another_matter_counts_the_whole_limit_from_the_report_anew() {
    let w = world();
    let mut p = Play::new(&w, None);
    p.refused("accept.1", accept(), R::MatterMissing);
    p.at("2026-11-23T09:10").act(
        "accept.1",
        Command::Accept {
            matter: Some("E".into()),
        },
    );
    // Round the clock from 09:00: 6 + 30 + 1440 + 120 minutes.
    assert_eq!(p.clock(K::Whole), "2026-11-24T11:36");
    assert_eq!(p.case.matter.as_deref(), Some("E"));
}

#[test]
fn accepting_goes_on_to_the_unit_the_rules_name_when_the_place_is_known() {
    let w = world();
    let why = Why::Precedent {
        case: CaseId(Uuid::from_u128(3)),
        number: "261101-00009".into(),
    };
    let mut p = Play::new(&w, Some("N"));
    p.route = Some((org(HYGIENE), why.clone()));
    p.at("2026-11-23T09:10").act("accept.1", accept());
    assert_eq!(
        (p.case.stage, p.case.lead),
        (S::Dispatched, Some(org(HYGIENE)))
    );
    assert_eq!(p.running(), ["sign", "handle", "whole"]);
    assert_eq!(p.events.last().unwrap().by, By::Rule);
    let mut p = Play::reported(&w, Some("N"), "2026-11-23T09:00", false, None);
    p.route = Some((org(HYGIENE), why));
    p.case.area = COMMUNITY;
    p.act("accept.1", accept());
    assert_eq!(p.case.stage, S::Accepted);
    p.refused("dispatch.1", dispatch(URBAN), R::PlaceMissing);
}

#[test]
fn declining_stops_all_clocks_and_opens_the_window_to_object() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    p.at("2026-11-23T09:10").act("accept.1", decline());
    assert_eq!(p.case.stage, S::Declined);
    assert_eq!(p.running(), ["objection"]);
    assert_eq!(p.clock(K::Objection), "2026-11-30T09:10");
    p.refused("accept.1", accept(), R::NotAtThisStage);
}

#[test]
fn after_an_objection_another_officer_decides_and_once_is_enough() {
    let w = world();
    let object = || Command::ObjectDecline {
        words: "真的有".into(),
    };
    let mut p = Play::new(&w, Some("N"));
    p.at("2026-11-23T09:10").act("accept.1", decline());
    p.refused("accept.1", object(), R::OnlyReporter);
    p.at("2026-11-24T09:00").act("reporter", object());
    assert_eq!(p.case.stage, S::Reported);
    assert_eq!(p.running(), ["accept", "whole"]);
    assert_eq!(p.clock(K::Accept), "2026-11-24T09:30");
    assert_eq!(p.clock(K::Whole), "2026-11-24T17:30");
    p.refused("accept.1", accept(), R::AnotherMustDecide);
    p.refused("accept.1", decline(), R::AnotherMustDecide);
    p.at("2026-11-24T09:10").act("accept.2", decline());
    p.refused("reporter", object(), R::ObjectedAlready);
}

#[test]
fn the_window_to_object_to_a_decline_ends_exactly_when_it_ends_and_then_it_is_archived() {
    let w = world();
    let object = || Command::ObjectDecline {
        words: String::new(),
    };
    let mut p = Play::new(&w, Some("N"));
    p.at("2026-11-23T09:10").act("accept.1", decline());
    let end = at("2026-11-30T09:10");
    p.now = us(end, -1);
    assert!(p.decided("reporter", &object()).is_ok());
    assert_eq!(p.tick(), Vec::<String>::new());
    p.now = end;
    p.refused("reporter", object(), R::WindowOver);
    assert_eq!(p.tick(), ["archived"]);
    assert_eq!((p.case.stage, p.running().len()), (S::Archived, 0));
}

#[test]
fn place_and_matter_are_corrected_by_the_centre_until_a_unit_has_it() {
    let w = world();
    let set = |code: &str| Command::SetMatter {
        matter: code.into(),
    };
    let place = Command::Place {
        lon: 119.97,
        lat: 31.78,
        place_text: None,
    };
    let mut p = Play::reported(&w, None, "2026-11-23T09:00", false, None);
    p.case.area = COMMUNITY;
    p.refused("verify.1", set("L"), R::NotYourSeat).refused(
        "verify.1",
        place.clone(),
        R::NotYourSeat,
    );
    p.act("dispatch.1", set("L")).act("accept.1", place.clone());
    assert_eq!(p.case.urgency, Some(crate::model::Urgency::Low));
    assert_eq!((p.case.net, p.case.place.is_some()), (2, true));
    // 30 + 30 + 960 + 120 working minutes from the report.
    assert_eq!(p.clock(K::Whole), "2026-11-25T12:00");
    let mut p = Play::dispatched(&w, "N");
    p.refused("accept.1", set("L"), R::NotAtThisStage).refused(
        "accept.1",
        place,
        R::NotAtThisStage,
    );
}

// ── units ───────────────────────────────────────────────────────────────────────────────────────

#[test]
fn dispatching_starts_handling_and_signing() {
    let w = world();
    let p = Play::dispatched(&w, "N");
    assert_eq!(
        (p.case.stage, p.case.lead),
        (S::Dispatched, Some(org(URBAN)))
    );
    assert_eq!(p.running(), ["sign", "handle", "whole"]);
    assert_eq!(p.clock(K::Sign), "2026-11-23T09:50");
    assert_eq!(p.clock(K::Handle), "2026-11-23T14:50");
    assert_eq!(
        p.case.dispatched_by.as_ref().unwrap().person(),
        Some(w.person("dispatch.1"))
    );
}

#[test]
fn only_the_dispatch_seat_in_the_area_dispatches() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    p.refused("dispatch.1", dispatch(URBAN), R::NotAtThisStage);
    p.act("accept.1", accept());
    for who in [
        "accept.1",
        "shift.1",
        "verify.1",
        "u.1",
        "call.1",
        "accept.far",
        "admin.1",
    ] {
        p.refused(who, dispatch(URBAN), R::NotYourSeat);
    }
    p.refused("reporter", dispatch(URBAN), R::NotYourSeat);
    p.refused("follower", dispatch(URBAN), R::OnlyReporter);
    p.refused(
        "dispatch.1",
        Command::Dispatch {
            org: None,
            note: String::new(),
        },
        R::HeldByAnother,
    );
    p.case.matter = None;
    p.refused("dispatch.1", dispatch(URBAN), R::MatterMissing);
}

#[test]
fn signing_makes_the_unit_lead_and_its_signer_the_handler() {
    let w = world();
    let mut p = Play::dispatched(&w, "N");
    p.refused("h.1", Command::Sign {}, R::NotYourSeat);
    p.refused("accept.1", Command::Sign {}, R::NotYourSeat);
    p.at("2026-11-23T09:30").act("u.1", Command::Sign {});
    assert_eq!(
        (p.case.stage, p.case.handler),
        (S::Handling, Some(w.person("u.1")))
    );
    assert_eq!(p.running(), ["handle", "whole"]);
    p.refused("u.1", Command::Sign {}, R::NotAtThisStage);
}

#[test]
fn a_unit_that_says_nothing_has_signed_when_the_time_to_sign_is_over() {
    let w = world();
    let mut p = Play::dispatched(&w, "N");
    p.now = us(at("2026-11-23T09:50"), -1);
    assert!(p.tick().is_empty());
    p.at("2026-11-23T10:30");
    assert_eq!(p.tick(), ["signed"]);
    assert_eq!((p.case.stage, p.case.handler), (S::Handling, None));
    // Dated when it was due, not when somebody looked.
    assert_eq!(local(p.events.last().unwrap().at), "2026-11-23T09:50");
}

#[test]
fn a_case_is_handed_over_inside_the_unit_only() {
    let w = world();
    let over = |who: &str| Command::HandOver {
        person: Some(w.person(who)),
    };
    let mut p = Play::handling(&w, "N");
    p.refused("u.1", over("h.1"), R::HeldByAnother);
    p.refused("u.1", Command::HandOver { person: None }, R::HeldByAnother);
    p.refused("u.2", over("u.2"), R::NotYourSeat);
    p.refused("h.1", over("u.2"), R::NotYourSeat);
    p.act("u.1", over("u.2"));
    assert_eq!(p.case.handler, Some(w.person("u.2")));
    p.refused("u.1", over("u.1"), R::NotYourSeat);
    p.act("u.lead", over("u.1"));
    assert!(p.case.hands.contains(&w.person("u.2")));
}

#[test]
fn returning_stops_the_handle_clock_and_starts_dispatch() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    p.at("2026-11-23T10:00").act("u.1", give_back());
    assert_eq!((p.case.stage, p.case.lead), (S::Returned, None));
    assert_eq!(p.running(), ["dispatch", "whole"]);
    assert_eq!(p.clock(K::Dispatch), "2026-11-23T10:30");
    assert_eq!(p.clock(K::Whole), "2026-11-23T17:30");
}

#[test]
fn a_case_may_be_returned_for_four_working_hours_and_not_a_second_longer() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    // Dispatched 09:20: 160 minutes before noon, 80 after 13:30.
    p.at("2026-11-23T14:50");
    assert!(p.decided("u.1", &give_back()).is_ok());
    p.now = p.now.plus_s(1);
    p.refused("u.1", give_back(), R::ReturnWindowOver);
    let mut p = Play::new(&w, Some("E"));
    p.at("2026-11-23T09:20").act("dispatch.1", dispatch(URBAN));
    p.at("2026-11-23T09:30").act("u.1", Command::Sign {});
    p.at("2026-11-23T13:20");
    assert!(p.decided("u.1", &give_back()).is_ok());
    p.now = p.now.plus_s(1);
    p.refused("u.1", give_back(), R::ReturnWindowOver);
}

#[test]
fn a_case_is_returned_once_then_disputed() {
    let w = world();
    let mut p = Play::dispatched(&w, "N");
    p.refused("u.1", dispute(), R::ReturnFirst);
    p.act("u.1", give_back());
    p.refused("dispatch.1", redispatch(URBAN), R::UnitReturnedIt);
    p.refused("accept.1", redispatch(HYGIENE), R::NotYourSeat);
    p.at("2026-11-23T09:40")
        .act("dispatch.2", redispatch(HYGIENE));
    assert_eq!(
        (p.case.stage, p.case.lead),
        (S::Dispatched, Some(org(HYGIENE)))
    );
    assert_eq!(p.running(), ["sign", "handle", "whole"]);
    // A fresh limit; the whole limit runs on.
    assert_eq!(p.clock(K::Handle), "2026-11-23T15:10");
    assert_eq!(p.clock(K::Whole), "2026-11-23T17:30");
    p.refused("h.1", give_back(), R::ReturnsSpent);
    p.refused("u.1", dispute(), R::NotYourSeat);
    p.act("h.1", dispute());
    assert_eq!(p.case.stage, S::InRuling);
}

#[test]
fn a_dispute_stops_handling_and_starts_one_working_day_for_the_ruling() {
    let w = world();
    let p = Play::in_ruling(&w, "N");
    assert_eq!(p.running(), ["ruling", "whole"]);
    assert_eq!(p.clock(K::Ruling), "2026-11-24T10:00");
}

#[test]
fn a_ruling_binds_and_only_who_did_not_dispatch_rules() {
    let w = world();
    let mut p = Play::return_used(&w, "N");
    p.act("u.1", dispute());
    p.refused("dispatch.1", rule(URBAN), R::NotYourSeat);
    p.refused("shift.u", rule(HYGIENE), R::NotIndependent);
    p.refused(
        "shift.1",
        Command::Rule {
            org: None,
            clause: String::new(),
            note: String::new(),
        },
        R::HeldByAnother,
    );
    p.at("2026-11-23T14:00").act("shift.1", rule(PARKS));
    assert_eq!(
        (p.case.stage, p.case.lead, p.case.binding),
        (S::Dispatched, Some(org(PARKS)), true)
    );
    assert_eq!(p.running(), ["sign", "handle", "whole"]);
    // Four working hours from 14:00.
    assert_eq!(p.clock(K::Handle), "2026-11-23T18:00");
    p.refused("p.1", give_back(), R::BoundByRuling)
        .refused("p.1", dispute(), R::BoundByRuling);
    // Who dispatched does not rule on it.
    let mut p = Play::new(&w, Some("N"));
    p.act("accept.1", accept())
        .act("dispatch.1", dispatch(PARKS))
        .act("p.1", give_back());
    p.act("shift.d", redispatch(URBAN)).act("u.1", dispute());
    p.refused("shift.d", rule(URBAN), R::SamePerson)
        .act("shift.2", rule(URBAN));
}

#[test]
fn a_handling_that_another_unit_holds_is_not_theirs() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    // Helping gives a seat here, but not the lead.
    p.act("u.1", sub_task(HYGIENE));
    for command in [
        give_back(),
        handle(),
        ask_extend(1),
        ask_suspend("2026-12-01T09:00"),
    ] {
        p.refused("h.1", command, R::HeldByAnother);
    }
    p.refused("p.1", handle(), R::NotYourSeat);
}

// ── more time ───────────────────────────────────────────────────────────────────────────────────

#[test]
fn a_suspension_is_approved_by_another_and_stops_stage_and_whole() {
    let w = world();
    let approve = || Command::ApproveSuspend { request: None };
    let mut p = Play::handling(&w, "N");
    p.refused("shift.1", approve(), R::NoRequest);
    p.refused("u.1", ask_suspend("2026-11-23T09:30"), R::TimePassed);
    p.at("2026-11-23T09:40")
        .act("u.1", ask_suspend("2026-12-01T09:00"));
    assert_eq!(p.running(), ["handle", "whole"]);
    p.refused("u.1", ask_suspend("2026-12-01T09:00"), R::RequestOpen);
    p.refused("u.1", approve(), R::NotYourSeat)
        .refused("dispatch.1", approve(), R::NotYourSeat);
    p.refused("shift.u", approve(), R::NotIndependent);
    let stranger = Some(RequestId(Uuid::from_u128(999_999)));
    p.refused(
        "shift.1",
        Command::ApproveSuspend { request: stranger },
        R::NoRequest,
    );
    p.at("2026-11-23T10:00").act("shift.1", approve());
    assert_eq!((p.case.stage, p.running().len()), (S::Suspended, 0));
    // 120 minutes to noon and 80 after it; the whole limit ends 17:30.
    assert_eq!(
        (p.clock(K::Handle), p.clock(K::Whole)),
        ("=12000".into(), "=21600".into())
    );
    p.refused("u.1", handle(), R::NotAtThisStage);
}

#[test]
fn a_suspended_case_runs_on_with_what_was_left() {
    let w = world();
    let resume = || Command::Resume {
        note: String::new(),
    };
    for who in ["u.1", "shift.1"] {
        let mut p = Play::suspended(&w, "N");
        p.refused("h.1", resume(), R::NotYourSeat);
        p.at("2026-11-24T09:00").act(who, resume());
        assert_eq!(p.case.stage, S::Handling);
        assert_eq!(p.clock(K::Handle), "2026-11-24T13:50");
        assert_eq!(p.clock(K::Whole), "2026-11-24T16:30");
        p.refused(who, resume(), R::NotAtThisStage);
    }
    let mut p = Play::suspended(&w, "N");
    p.now = us(at("2026-12-01T09:00"), -1);
    assert!(p.tick().is_empty());
    p.at("2026-12-01T09:00");
    assert_eq!(p.tick(), ["resumed"]);
    assert_eq!(p.clock(K::Handle), "2026-12-01T13:50");
}

#[test]
fn a_suspension_asked_for_too_short_a_time_lapses() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    p.at("2026-11-23T09:40")
        .act("u.1", ask_suspend("2026-11-23T10:00"));
    p.at("2026-11-23T10:00").refused(
        "shift.1",
        Command::ApproveSuspend { request: None },
        R::TimePassed,
    );
    p.act(
        "shift.1",
        Command::RefuseSuspend {
            request: None,
            note: String::new(),
        },
    );
    assert!(!waits(&p.case, crate::model::RequestKind::Suspend));
}

#[test]
fn an_extension_is_asked_before_the_limit_and_moves_it_when_granted() {
    let w = world();
    let approve = || Command::ApproveExtend { request: None };
    let mut p = Play::handling(&w, "N");
    p.now = us(at("2026-11-23T14:50"), -1);
    p.act("u.1", ask_extend(8));
    // Asking stops nothing.
    assert_eq!(p.clock(K::Handle), "2026-11-23T14:50");
    p.refused("u.1", ask_extend(8), R::RequestOpen);
    p.refused("shift.u", approve(), R::NotIndependent);
    p.act("shift.1", approve());
    // One working day more, on both clocks.
    assert_eq!(p.clock(K::Handle), "2026-11-24T14:50");
    assert_eq!(p.clock(K::Whole), "2026-11-24T17:30");
    assert_eq!(p.case.clock(K::Handle).unwrap().total_s, 720 * 60);
    p.refused("u.1", ask_extend(1), R::ExtensionsSpent);
}

#[test]
fn an_extension_is_not_asked_at_the_limit_nor_for_a_time_before_it() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    let to = |when: &str| Command::RequestExtend {
        reason: String::new(),
        until: Some(at(when)),
        hours: None,
        note: String::new(),
    };
    p.refused("u.1", to("2026-11-23T14:50"), R::TimePassed);
    p.refused(
        "u.1",
        Command::RequestExtend {
            reason: String::new(),
            until: None,
            hours: None,
            note: String::new(),
        },
        R::TimePassed,
    );
    assert!(p.decided("u.1", &to("2026-11-23T15:00")).is_ok());
    p.at("2026-11-23T14:50")
        .refused("u.1", ask_extend(8), R::LimitOver);
}

#[test]
fn a_refused_extension_may_be_asked_again_and_a_late_grant_is_told_anew() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    p.act("u.1", ask_extend(2));
    p.act(
        "shift.1",
        Command::RefuseExtend {
            request: None,
            note: "不必".into(),
        },
    );
    p.refused(
        "shift.1",
        Command::RefuseExtend {
            request: None,
            note: String::new(),
        },
        R::NoRequest,
    );
    p.act("u.1", ask_extend(2));
    p.at("2026-11-23T15:00");
    assert_eq!(p.tick(), ["turned_amber", "ran_out"]);
    p.act("shift.1", Command::ApproveExtend { request: None });
    assert_eq!(p.clock(K::Handle), "2026-11-23T16:50");
    p.at("2026-11-23T17:00");
    assert_eq!(p.tick(), ["turned_amber", "ran_out"]);
}

#[test]
fn an_emergency_can_be_neither_extended_nor_suspended() {
    let w = world();
    let mut p = Play::handling(&w, "E");
    p.refused("u.1", ask_extend(1), R::EmergencyRunsOn);
    p.refused("u.1", ask_suspend("2026-12-01T09:00"), R::EmergencyRunsOn);
    // Urgent matters run day and night too, but may be.
    let mut p = Play::handling(&w, "G");
    assert_eq!(p.clock(K::Handle), "2026-11-23T17:20");
    p.act("u.1", ask_extend(1))
        .act("u.1", ask_suspend("2026-12-01T09:00"));
}

#[test]
fn making_safe_stops_its_own_clock_only_and_may_be_done_by_the_grids_worker() {
    let w = world();
    let safe = || Command::MakeSafe {
        text: "已围挡".into(),
        media: vec![attached("before", "photo")],
    };
    let mut p = Play::dispatched(&w, "E");
    assert_eq!(p.clock(K::MakeSafe), "2026-11-23T11:20");
    p.refused("u.1", safe(), R::NotAtThisStage);
    p.at("2026-11-23T09:30").act("u.1", Command::Sign {});
    p.refused("grid.2", safe(), R::NotYourSeat)
        .refused("verify.1", safe(), R::NotYourSeat);
    p.act("grid.1", safe());
    assert_eq!(p.running(), ["handle", "whole"]);
    p.refused("u.1", safe(), R::NothingToMakeSafe);
    // The unit's own people may too; then the worker has no hand in it.
    let mut p = Play::handling(&w, "E");
    p.act("u.1", safe());
    assert!(p.case.made_safe && !p.case.units.contains(&org(COMMITTEE)));
    Play::handling(&w, "N").refused("u.1", safe(), R::NothingToMakeSafe);
}

#[test]
fn a_place_to_be_made_safe_is_so_while_units_disagree() {
    let w = world();
    let mut p = Play::dispatched(&w, "E");
    p.at("2026-11-23T09:30").act("u.1", give_back());
    assert_eq!(p.running(), ["dispatch", "make_safe", "whole"]);
    p.at("2026-11-23T09:40")
        .act("dispatch.1", redispatch(HYGIENE));
    // Not afresh: the danger has been there since the first dispatch.
    assert_eq!(p.clock(K::MakeSafe), "2026-11-23T11:20");
}

// ── handling and verifying ──────────────────────────────────────────────────────────────────────

#[test]
fn handling_stops_the_handle_clock_and_starts_verification() {
    let w = world();
    let p = Play::handled(&w, "N");
    assert_eq!(p.case.stage, S::Handled);
    assert_eq!(p.running(), ["verify", "whole"]);
    // Handled at 11:00; two working hours.
    assert_eq!(p.clock(K::Verify), "2026-11-23T14:30");
}

#[test]
fn nothing_counts_as_handled_without_the_evidence_the_matter_asks_for() {
    let w = world();
    let with = |media, evidence: &[(&str, &str)], text: &str| Command::Handle {
        text: text.into(),
        media,
        evidence: evidence
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    };
    let mut p = Play::handling(&w, "N");
    p.refused("u.1", with(vec![], &[], "好了"), R::EvidenceMissing);
    p.refused(
        "u.1",
        with(vec![attached("near", "photo")], &[], "好了"),
        R::EvidenceMissing,
    );
    p.refused(
        "u.1",
        with(vec![attached("after", "document")], &[], "好了"),
        R::EvidenceMissing,
    );
    assert!(p.decided("u.1", &with(vec![after()], &[], "好了")).is_ok());
    let mut p = Play::handling(&w, "D");
    let video = attached("other", "video");
    let document = attached("other", "document");
    let measured = ("measurement", "0.3 m");
    assert!(
        p.decided(
            "u.1",
            &with(vec![video.clone(), document.clone()], &[measured], "好了")
        )
        .is_ok()
    );
    assert!(
        p.decided(
            "u.1",
            &with(
                vec![video.clone()],
                &[measured, ("document", "第 12 号")],
                "好了"
            )
        )
        .is_ok()
    );
    p.refused(
        "u.1",
        with(
            vec![video.clone(), document.clone()],
            &[("measurement", "  ")],
            "好了",
        ),
        R::EvidenceMissing,
    );
    p.refused(
        "u.1",
        with(vec![video.clone(), document.clone()], &[measured], " "),
        R::EvidenceMissing,
    );
    p.refused(
        "u.1",
        with(vec![document], &[measured], "好了"),
        R::EvidenceMissing,
    );
    p.refused(
        "u.1",
        with(vec![video], &[measured], "好了"),
        R::EvidenceMissing,
    );
}

#[test]
fn helping_units_work_in_sub_tasks_and_the_lead_handles_when_all_are_done() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    p.refused("u.1", sub_task(URBAN), R::SameUnit);
    p.refused(
        "u.1",
        Command::AddSubTask {
            org: None,
            what: String::new(),
            hours: None,
        },
        R::HeldByAnother,
    );
    p.refused("x.1", sub_task(HYGIENE), R::NotYourSeat);
    p.refused("h.1", finish(), R::NoSubTask);
    p.at("2026-11-23T10:00").act(
        "u.1",
        Command::AddSubTask {
            org: Some(org(HYGIENE)),
            what: "清运".into(),
            hours: Some(2),
        },
    );
    assert_eq!(local(p.case.sub_tasks[0].due_at), "2026-11-23T12:00");
    p.act("dispatch.1", sub_task(PARKS));
    assert!(sub_tasks_open(&p.case));
    p.refused("u.1", handle(), R::SubTasksOpen);
    p.refused("u.1", finish(), R::NoSubTask);
    let theirs = Some(p.case.sub_tasks[1].id);
    p.refused(
        "h.1",
        Command::FinishSubTask {
            sub_task: theirs,
            text: String::new(),
            media: vec![],
        },
        R::NoSubTask,
    );
    let nobodys = Some(SubTaskId(Uuid::from_u128(12_345)));
    p.refused(
        "h.1",
        Command::FinishSubTask {
            sub_task: nobodys,
            text: String::new(),
            media: vec![],
        },
        R::NoSubTask,
    );
    p.act("h.1", finish()).act("p.1", decline_sub_task());
    assert_eq!(
        p.case.sub_tasks.iter().map(|t| t.state).collect::<Vec<_>>(),
        [SubTaskState::Done, SubTaskState::Declined]
    );
    p.act("u.1", handle());
}

#[test]
fn a_helping_unit_may_decline_once() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    p.act("u.1", sub_task(HYGIENE))
        .act("h.1", decline_sub_task())
        .act("u.1", sub_task(HYGIENE));
    p.refused("h.1", decline_sub_task(), R::SubTaskDeclinedBefore)
        .act("h.1", finish());
}

#[test]
fn a_grid_worker_puts_right_what_lies_in_the_own_grid_and_is_then_not_its_judge() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    p.refused("grid.2", self_handle(), R::NotYourSeat);
    p.refused("u.1", self_handle(), R::NotYourSeat);
    p.at("2026-11-23T09:15").act("grid.1", self_handle());
    assert_eq!(
        (p.case.stage, p.case.lead),
        (S::Handled, Some(org(COMMITTEE)))
    );
    assert_eq!(p.running(), ["verify", "whole"]);
    assert_eq!(p.clock(K::Verify), "2026-11-23T11:15");
    p.refused("verify.g", Command::Take {}, R::NotIndependent);
    // From accepted as well; not when a unit has it.
    let mut p = Play::new(&w, Some("N"));
    p.act("accept.1", accept()).act("grid.1", self_handle());
    Play::dispatched(&w, "N").refused("grid.1", self_handle(), R::NotAtThisStage);
    // Only matters that allow it, with the evidence, placed.
    Play::new(&w, Some("L")).refused("grid.1", self_handle(), R::NotSelfHandled);
    Play::new(&w, None).refused("grid.1", self_handle(), R::MatterMissing);
    let bare = Command::SelfHandle {
        text: "好".into(),
        media: vec![],
        evidence: BTreeMap::new(),
    };
    Play::new(&w, Some("N")).refused("grid.1", bare, R::EvidenceMissing);
    // The community's chief sees it, but works no grid.
    Play::new(&w, Some("N")).refused("chief.1", self_handle(), R::NotYourGrid);
    let mut p = Play::reported(&w, Some("N"), "2026-11-23T09:00", false, None);
    p.case.area = COMMUNITY;
    p.refused("chief.1", self_handle(), R::PlaceMissing);
}

#[test]
fn neither_person_nor_unit_with_a_hand_in_it_verifies() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    p.act("u.1", sub_task(HYGIENE)).act("h.1", finish());
    p.act("u.1", handle());
    p.refused("verify.u", Command::Take {}, R::NotIndependent);
    p.refused("verify.h", Command::Take {}, R::NotIndependent);
    p.refused("u.1", Command::Take {}, R::NotYourSeat);
    p.act("verify.1", Command::Take {});
    assert_eq!(p.case.stage, S::Verifying);
    assert_eq!(p.running(), ["verify", "whole"]);
    p.refused("verify.2", pass(), R::TakenByAnother)
        .refused("verify.2", fail(), R::TakenByAnother);
    p.refused("verify.1", Command::Take {}, R::NotAtThisStage);
    // A unit that gave it back had a hand in it too.
    let mut p = Play::new(&w, Some("N"));
    p.act("accept.1", accept())
        .act("dispatch.1", dispatch(HYGIENE))
        .act("h.1", give_back());
    p.act("dispatch.1", redispatch(URBAN))
        .act("u.1", Command::Sign {})
        .act("u.1", handle());
    p.refused("verify.h", Command::Take {}, R::NotIndependent);
}

#[test]
fn passing_stops_verification_and_gives_the_reporter_seven_days() {
    let w = world();
    let p = Play::confirming(&w, "N");
    assert_eq!(p.case.stage, S::Confirming);
    assert_eq!(p.running(), ["objection"]);
    assert_eq!(p.clock(K::Objection), "2026-11-30T11:30");
    // Nobody works on it meanwhile: half an hour to noon and four hours after are left.
    assert_eq!(p.clock(K::Whole), "=16200");
}

#[test]
fn failing_sends_it_back_with_half_the_limit() {
    let w = world();
    let mut p = Play::verifying(&w, "N");
    p.at("2026-11-23T11:30").act("verify.1", fail());
    assert_eq!((p.case.stage, p.case.rework), (S::Handling, 1));
    assert_eq!(p.running(), ["handle", "whole"]);
    // 120 minutes from 11:30.
    assert_eq!(p.clock(K::Handle), "2026-11-23T15:00");
    // Evidence is asked for again, and any verifier takes it next time.
    let bare = Command::Handle {
        text: "好".into(),
        media: vec![],
        evidence: BTreeMap::new(),
    };
    p.refused("u.1", bare, R::EvidenceMissing);
    p.act("u.1", handle()).act("verify.2", Command::Take {});
}

#[test]
fn a_same_hour_check_passes_within_an_hour_of_the_time_of_day_of_the_report() {
    let w = world();
    let mut p = Play::reported(&w, Some("H"), "2026-11-23T08:40", true, None);
    p.act("accept.1", accept())
        .act("dispatch.1", dispatch(URBAN))
        .act("u.1", Command::Sign {});
    p.at("2026-11-23T09:00")
        .act("u.1", handle())
        .act("verify.1", Command::Take {});
    p.at("2026-11-23T09:40");
    assert!(p.decided("verify.1", &pass()).is_ok());
    p.now = p.now.plus_s(1);
    p.refused("verify.1", pass(), R::NotTheSameHour);
    assert!(p.decided("verify.1", &fail()).is_ok());
    p.at("2026-11-25T07:40");
    assert!(p.decided("verify.1", &pass()).is_ok());
    p.now = p.now.plus_s(-1);
    p.refused("verify.1", pass(), R::NotTheSameHour);
    // Over midnight too.
    let mut p = Play::reported(&w, Some("H"), "2026-11-23T23:50", true, None);
    p.act("accept.1", accept())
        .act("dispatch.1", dispatch(URBAN))
        .act("u.1", Command::Sign {});
    p.act("u.1", handle()).act("verify.1", Command::Take {});
    p.at("2026-11-25T00:10").act("verify.1", pass());
}

#[test]
fn what_is_not_drawn_goes_on_to_the_reporter_and_the_decision_is_recorded() {
    let w = world();
    let mut p = Play::handling(&w, "S");
    p.drawn = false;
    p.at("2026-11-23T11:00").act("u.1", handle());
    assert_eq!((p.case.stage, p.case.drawn), (S::Handled, Some(false)));
    p.refused("verify.1", Command::Take {}, R::NotDrawn);
    assert_eq!(timers::next(&p.case), Some(p.now));
    assert_eq!(p.tick(), ["not_drawn"]);
    assert_eq!(p.case.stage, S::Confirming);
    assert_eq!(p.running(), ["objection"]);
    assert_eq!(p.clock(K::Objection), "2026-11-30T11:00");
    p.at("2026-11-23T12:00").act("reporter", object());
    assert_eq!((p.case.stage, p.case.drawn), (S::Handling, None));
    // Drawn ones wait for a verifier; matters that are not sampled are never drawn or not.
    let mut p = Play::handling(&w, "S");
    p.act("u.1", handle());
    assert_eq!(p.case.drawn, Some(true));
    assert!(p.tick().is_empty());
    p.act("verify.1", Command::Take {});
    assert_eq!(Play::handled(&w, "N").case.drawn, None);
    // Put right alone: the same sampling.
    let mut p = Play::new(&w, Some("S"));
    p.drawn = false;
    p.act("grid.1", self_handle());
    assert_eq!(p.tick(), ["not_drawn"]);
}

// ── the end ─────────────────────────────────────────────────────────────────────────────────────

#[test]
fn confirming_closes_and_stops_all_but_the_window_to_reopen() {
    let w = world();
    let mut p = Play::confirming(&w, "N");
    p.refused("verify.1", Command::Confirm {}, R::OnlyReporter);
    p.refused("follower", Command::Confirm {}, R::OnlyReporter);
    p.at("2026-11-23T11:40")
        .act("reporter", Command::Confirm {});
    assert_eq!((p.case.stage, p.case.closed_at), (S::Closed, Some(p.now)));
    assert_eq!(p.running(), ["reopen"]);
    assert_eq!(p.clock(K::Reopen), "2026-12-08T11:40");
    assert!(matches!(
        p.case.clock(K::Whole).unwrap().state,
        ClockState::Stopped { met: true, .. }
    ));
}

#[test]
fn silence_closes_when_the_seven_days_are_over_and_not_before() {
    let w = world();
    let mut p = Play::confirming(&w, "N");
    p.now = us(at("2026-11-30T11:30"), -1);
    assert!(p.tick().is_empty());
    assert!(p.decided("reporter", &object()).is_ok());
    p.at("2026-11-30T11:30")
        .refused("reporter", object(), R::WindowOver);
    p.refused("reporter", Command::Confirm {}, R::WindowOver);
    assert_eq!(p.tick(), ["silence_confirmed"]);
    assert_eq!(p.case.stage, S::Closed);
    assert_eq!(p.clock(K::Reopen), "2026-12-15T11:30");
}

#[test]
fn an_objection_sends_it_back_with_half_the_limit_and_the_whole_clock_runs_on() {
    let w = world();
    let mut p = Play::confirming(&w, "N");
    p.refused("follower", object(), R::OnlyReporter);
    p.at("2026-11-24T09:00").act("reporter", object());
    assert_eq!((p.case.stage, p.case.rework), (S::Handling, 1));
    assert_eq!(p.running(), ["handle", "whole"]);
    assert_eq!(p.clock(K::Handle), "2026-11-24T11:00");
    // 270 minutes were left.
    assert_eq!(p.clock(K::Whole), "2026-11-24T15:00");
}

#[test]
fn a_closed_case_is_reopened_twice_at_most_within_fifteen_days() {
    let w = world();
    let mut p = Play::closed(&w, "N");
    p.refused("follower", reopen(), R::OnlyReporter);
    p.refused("dispatch.1", reopen(), R::NotYourSeat);
    p.now = us(at("2026-12-08T11:40"), -1);
    assert!(p.decided("reporter", &reopen()).is_ok());
    p.at("2026-12-08T11:40")
        .refused("reporter", reopen(), R::WindowOver)
        .refused("shift.1", reopen(), R::WindowOver);
    for (time, who) in [(1, "reporter"), (2, "shift.1")] {
        p.at("2026-11-24T09:00").act(who, reopen());
        assert_eq!(
            (p.case.stage, p.case.reopens, p.case.lead),
            (S::Dispatched, time, Some(org(URBAN)))
        );
        assert_eq!(p.running(), ["sign", "handle", "whole"]);
        assert_eq!(p.clock(K::Handle), "2026-11-24T14:30");
        assert_eq!(p.clock(K::Whole), "2026-11-24T17:30");
        p.act("u.1", Command::Sign {})
            .act("u.1", handle())
            .act("verify.1", Command::Take {});
        p.act("verify.1", pass())
            .act("reporter", Command::Confirm {});
    }
    p.refused("reporter", reopen(), R::ReopensSpent)
        .refused("shift.1", reopen(), R::ReopensSpent);
}

#[test]
fn after_reopening_the_return_may_be_used_anew_and_an_emergency_is_made_safe_anew() {
    let w = world();
    let mut p = Play::return_used(&w, "N");
    p.act("u.1", handle())
        .act("verify.1", Command::Take {})
        .act("verify.1", pass());
    p.act("reporter", Command::Confirm {})
        .act("reporter", reopen());
    assert_eq!(p.case.returns, 0);
    p.act("u.1", give_back())
        .act("dispatch.1", redispatch(PARKS));
    let mut p = Play::handling(&w, "E");
    p.act(
        "u.1",
        Command::MakeSafe {
            text: "围".into(),
            media: vec![],
        },
    );
    p.act("u.1", handle())
        .act("verify.1", Command::Take {})
        .act("verify.1", pass());
    p.act("reporter", Command::Confirm {})
        .at("2026-11-25T09:00")
        .act("reporter", reopen());
    assert_eq!(
        (p.case.made_safe, p.clock(K::MakeSafe).as_str()),
        (false, "2026-11-25T11:00")
    );
    // Who reopened it does not rule on it.
    let mut p = Play::closed(&w, "N");
    p.act("shift.1", reopen())
        .act("u.1", give_back())
        .act("dispatch.1", redispatch(PARKS));
    p.act("p.1", dispute()).act("shift.1", rule(PARKS));
    let mut p = Play::closed(&w, "N");
    p.act("shift.1", reopen());
    p.case.returns = 1;
    p.act("u.1", dispute())
        .refused("shift.1", rule(PARKS), R::SamePerson);
}

#[test]
fn a_closed_case_is_archived_when_the_window_is_over_and_stays_so() {
    let w = world();
    let mut p = Play::closed(&w, "N");
    p.at("2027-01-01T00:00");
    assert_eq!(p.tick(), ["archived"]);
    assert_eq!(local(p.events.last().unwrap().at), "2026-12-08T11:40");
    assert_eq!(
        (p.case.stage, p.running().len(), timers::next(&p.case)),
        (S::Archived, 0, None)
    );
    p.refused("reporter", reopen(), R::NotAtThisStage).refused(
        "shift.1",
        reopen(),
        R::NotAtThisStage,
    );
}

#[test]
fn a_reporter_withdraws_before_it_is_handled() {
    let w = world();
    for mut p in [
        Play::new(&w, Some("N")),
        Play::handling(&w, "N"),
        Play::suspended(&w, "N"),
        Play::in_ruling(&w, "N"),
    ] {
        p.refused("follower", Command::Withdraw {}, R::OnlyReporter);
        p.refused("accept.1", Command::Withdraw {}, R::OnlyReporter);
        p.act("reporter", Command::Withdraw {});
        assert_eq!((p.case.stage, p.running().len()), (S::Voided, 0));
    }
    Play::handled(&w, "N").refused("reporter", Command::Withdraw {}, R::NotAtThisStage);
    Play::merged(&w).refused("reporter", Command::Withdraw {}, R::NotAtThisStage);
}

#[test]
fn voiding_takes_two_people_and_a_reason_class() {
    let w = world();
    let approve = || Command::ApproveVoid { request: None };
    let mut p = Play::handling(&w, "N");
    p.refused("shift.1", approve(), R::NoRequest)
        .refused("verify.1", ask_void(), R::NotYourSeat);
    p.act("shift.1", ask_void());
    p.refused("u.1", ask_void(), R::RequestOpen);
    p.refused("shift.1", approve(), R::SamePerson)
        .refused("shift.u", approve(), R::NotIndependent);
    p.refused("dispatch.1", approve(), R::NotYourSeat);
    p.act("shift.2", approve());
    assert_eq!((p.case.stage, p.running().len()), (S::Voided, 0));
    assert!(
        matches!(&p.events.last().unwrap().what, What::Voided { reason, .. } if reason == "test_entry")
    );
    // The unit that leads may ask; refused, it goes on.
    let mut p = Play::confirming(&w, "N");
    p.act("u.1", ask_void()).act(
        "shift.1",
        Command::RefuseVoid {
            request: None,
            note: String::new(),
        },
    );
    assert_eq!(p.case.stage, S::Confirming);
    Play::closed(&w, "N").refused("shift.1", ask_void(), R::NotAtThisStage);
    // A request nobody answered does not outlive the closing.
    let mut p = Play::confirming(&w, "N");
    p.act("accept.1", ask_void())
        .act("reporter", Command::Confirm {});
    p.refused("shift.1", approve(), R::NotAtThisStage);
    assert!(!waits(&p.case, crate::model::RequestKind::Void));
}

#[test]
fn exclusion_from_figures_takes_two_people_and_changes_no_stage() {
    let w = world();
    let approve = || Command::ApproveExclude { request: None };
    for mut p in [Play::handling(&w, "N"), Play::closed(&w, "N")] {
        let stage = p.case.stage;
        p.refused("verify.1", ask_exclude(), R::NotYourSeat);
        p.act("u.1", ask_exclude())
            .refused("shift.1", ask_exclude(), R::RequestOpen);
        p.refused("shift.u", approve(), R::NotIndependent)
            .act("shift.1", approve());
        assert_eq!((p.case.stage, p.case.excluded), (stage, true));
        p.refused("u.1", ask_exclude(), R::ExcludedAlready);
    }
    let mut p = Play::handling(&w, "N");
    p.act("shift.1", ask_exclude())
        .refused("shift.1", approve(), R::SamePerson);
    p.act(
        "shift.2",
        Command::RefuseExclude {
            request: None,
            note: String::new(),
        },
    );
    assert!(!p.case.excluded);
    Play::merged(&w).refused("shift.1", ask_exclude(), R::NotAtThisStage);
}

// ── merging ─────────────────────────────────────────────────────────────────────────────────────

#[test]
fn merging_stops_the_clocks_and_unmerging_goes_back_to_the_stage_before() {
    let w = world();
    let mut p = Play::merged(&w);
    assert_eq!((p.case.stage, p.running().len()), (S::Merged, 0));
    assert_eq!(p.case.merged_into, Some(CaseId(Uuid::from_u128(2))));
    for who in ["verify.1", "u.1", "shift.1"] {
        p.refused(who, Command::Unmerge {}, R::NotYourSeat);
    }
    p.refused("u.1", handle(), R::NotAtThisStage);
    p.at("2026-11-24T09:00")
        .act("accept.1", Command::Unmerge {});
    assert_eq!((p.case.stage, p.case.merged_into), (S::Handling, None));
    // Merged at 10:00 with 200 minutes to go.
    assert_eq!(p.clock(K::Handle), "2026-11-24T13:50");
    p.refused("accept.1", Command::Unmerge {}, R::NotAtThisStage);
}

#[test]
fn a_suspended_case_taken_out_of_a_merge_is_suspended_still_and_resumes_after_the_last_event() {
    let w = world();
    let mut p = Play::suspended(&w, "N");
    p.other = Some(other(&w));
    p.act("dispatch.1", merge());
    p.at("2026-12-05T09:00");
    assert!(p.tick().is_empty());
    p.act("dispatch.1", Command::Unmerge {});
    assert_eq!(p.case.stage, S::Suspended);
    // Its day has passed meanwhile: at once, and no event is dated before the one it follows.
    assert_eq!(p.tick(), ["resumed"]);
    assert_eq!(p.events.last().unwrap().at, at("2026-12-05T09:00"));
    assert_eq!(p.clock(K::Handle), "2026-12-07T11:50");
}

#[test]
fn a_case_is_merged_only_into_one_that_stands_for_itself() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    p.refused("accept.1", merge(), R::MergeTarget);
    for (change, fits) in [
        (S::Reported, true),
        (S::Confirming, true),
        (S::Closed, true),
        (S::Declined, false),
        (S::Voided, false),
        (S::Archived, false),
    ] {
        let mut target = other(&w);
        target.stage = change;
        p.other = Some(target);
        assert_eq!(p.decided("accept.1", &merge()).is_ok(), fits, "{change:?}");
    }
    let mut itself = other(&w);
    itself.id = p.case.id;
    p.other = Some(itself);
    p.refused("accept.1", merge(), R::MergeTarget);
    let mut merged = other(&w);
    (merged.stage, merged.merged_into) = (S::Merged, Some(p.case.id));
    p.other = Some(merged);
    p.refused("accept.1", merge(), R::MergeTarget);
    p.refused("verify.1", merge(), R::NotYourSeat)
        .refused("u.1", merge(), R::NotYourSeat);
    let mut p = Play::handled(&w, "N");
    p.other = Some(other(&w));
    p.refused("accept.1", merge(), R::NotAtThisStage);
}

#[test]
fn when_its_primary_falls_away_a_merged_case_begins_anew() {
    let w = world();
    let mut p = Play::return_used(&w, "N");
    p.other = Some(other(&w));
    p.act("dispatch.1", merge());
    p.at("2026-11-24T09:00");
    let context = w.context(Some(&p.case), &Command::Take {}, p.now);
    let event = come_back(&p.case, &context);
    p.case = apply(p.case.clone(), &event);
    assert_eq!(
        (p.case.stage, p.case.lead, p.case.merged_into),
        (S::Reported, None, None)
    );
    assert_eq!(p.running(), ["accept", "whole"]);
    assert_eq!(p.clock(K::Accept), "2026-11-24T09:30");
    p.act("accept.1", accept())
        .act("dispatch.1", dispatch(PARKS))
        .act("p.1", give_back());
}

// ── beside the stage ────────────────────────────────────────────────────────────────────────────

#[test]
fn clocks_turn_amber_at_three_quarters_and_red_at_the_end_each_told_once() {
    let w = world();
    let mut p = Play::new(&w, Some("N"));
    // 30 minutes: amber after 22 minutes and a half.
    p.now = us(p.now.plus_s(1350), -1);
    assert!(p.tick().is_empty());
    p.now = us(p.now, 1);
    assert_eq!(p.tick(), ["turned_amber"]);
    p.at("2026-11-23T09:30");
    assert_eq!(p.case.clock(K::Accept).unwrap().level(p.now), Level::Red);
    assert_eq!(p.tick(), ["ran_out"]);
    assert_eq!(p.case.supervision, 1);
    assert!(p.tick().is_empty());
    // The whole clock raises it to the district; who holds it does not change.
    p.at("2026-11-23T17:30");
    assert_eq!(p.tick(), ["turned_amber", "ran_out"]);
    assert_eq!(
        (p.case.supervision, p.case.stage, p.case.lead),
        (2, S::Reported, None)
    );
}

#[test]
fn a_server_that_was_away_writes_the_history_it_would_have_written() {
    let w = world();
    let mut slow = Play::dispatched(&w, "N");
    let mut steady = slow.clone();
    slow.at("2026-12-24T00:00").tick();
    while steady.now < slow.now {
        steady.now = steady.now.plus_s(1800);
        steady.tick();
    }
    assert_eq!(slow.events, steady.events);
    assert_eq!(slow.case, steady.case);
}

#[test]
fn reminders_and_supervision_stand_beside_the_stage() {
    let w = world();
    let remind = || Command::Remind {
        text: "请尽快".into(),
    };
    let supervise = |level| Command::Supervise {
        text: "限期".into(),
        level,
    };
    let mut p = Play::handling(&w, "N");
    p.refused("u.1", remind(), R::NotYourSeat)
        .refused("accept.1", remind(), R::NotYourSeat);
    p.act("dispatch.1", remind())
        .act("sup.1", remind())
        .act("sup.1", supervise(Some(2)))
        .act("shift.1", supervise(None));
    assert_eq!(
        (p.case.reminders, p.case.supervision, p.case.stage),
        (2, 2, S::Handling)
    );
    p.act("sup.1", supervise(Some(9)));
    assert_eq!(p.case.supervision, 3);
    Play::closed(&w, "N").refused("sup.1", remind(), R::NotAtThisStage);
}

#[test]
fn notes_are_written_by_whoever_sees_the_case_and_by_nobody_else() {
    let w = world();
    let note = || Command::Note {
        text: "看过".into(),
        public: true,
        media: vec![],
    };
    for mut p in [Play::new(&w, Some("N")), Play::closed(&w, "N")] {
        p.act("accept.1", note())
            .act("grid.1", note())
            .act("verify.1", note());
        p.refused("x.1", note(), R::NotYourSeat)
            .refused("accept.far", note(), R::NotYourSeat);
        p.refused("admin.1", note(), R::NotYourSeat)
            .refused("reporter", note(), R::NotYourSeat);
    }
}

#[test]
fn a_whistle_calls_departments_both_sides_sign_in_one_conclusion_and_the_town_rates() {
    let w = world();
    let sign_in = || Command::WhistleSignIn { whistle: None };
    let mut p = Play::handling(&w, "N");
    let by = at("2026-11-23T15:00");
    p.refused("u.1", whistle(&[HYGIENE], by), R::NotYourSeat);
    p.refused(
        "town.1",
        whistle(&[HYGIENE], at("2026-11-23T09:30")),
        R::TimePassed,
    );
    p.refused("town.1", whistle(&[], by), R::WhistleStep)
        .refused("town.1", whistle(&[TOWN], by), R::WhistleStep);
    p.refused("h.1", sign_in(), R::WhistleStep);
    p.act("town.1", whistle(&[HYGIENE, PARKS, TOWN], by));
    assert_eq!(p.case.stage, S::Handling);
    p.refused("town.1", conclude(), R::WhistleStep)
        .refused("x.1", sign_in(), R::WhistleStep);
    p.act("h.1", sign_in())
        .refused("h.1", sign_in(), R::WhistleStep);
    p.refused("town.1", conclude(), R::WhistleStep);
    p.act("town.1", sign_in());
    p.refused("town.1", rate(HYGIENE, 5), R::WhistleStep);
    p.refused(
        "town.1",
        Command::WhistleConclude {
            whistle: None,
            text: " ".into(),
        },
        R::WhistleStep,
    );
    p.refused("chief.1", conclude(), R::WhistleStep);
    p.act("town.1", conclude())
        .refused("town.1", conclude(), R::WhistleStep);
    p.refused("town.1", rate(URBAN, 5), R::WhistleStep).refused(
        "town.1",
        rate(HYGIENE, 6),
        R::WhistleStep,
    );
    p.act("town.1", rate(HYGIENE, 5))
        .refused("town.1", rate(HYGIENE, 4), R::WhistleStep);
    p.act("town.1", rate(PARKS, 2));
    Play::closed(&w, "N").refused("town.1", whistle(&[HYGIENE], by), R::NotAtThisStage);
}

#[test]
fn nobody_concludes_or_rates_a_call_of_somebody_else() {
    let w = world();
    let sign_in = |id| Command::WhistleSignIn { whistle: id };
    let mut p = Play::handling(&w, "N");
    let by = at("2026-11-23T15:00");
    p.act("town.1", whistle(&[HYGIENE], by))
        .act("chief.1", whistle(&[HYGIENE, PARKS], by));
    let ids: Vec<Option<WhistleId>> = p.case.whistles.iter().map(|w| Some(w.id)).collect();
    p.act("h.1", sign_in(ids[0])).act("h.1", sign_in(None));
    assert!(
        p.case
            .whistles
            .iter()
            .all(|w| w.called[&org(HYGIENE)].is_some())
    );
    p.act("town.1", sign_in(None)).act("chief.1", sign_in(None));
    let theirs = Command::WhistleConclude {
        whistle: ids[1],
        text: "好".into(),
    };
    p.refused("town.1", theirs, R::WhistleStep);
    p.act("town.1", conclude());
    assert!(p.case.whistles[0].conclusion.is_some() && p.case.whistles[1].conclusion.is_none());
    p.refused("town.1", rate(PARKS, 3), R::WhistleStep);
}

#[test]
fn deadlines_of_a_year_without_holidays_are_provisional_and_counted_again_when_it_is_known() {
    let w = world();
    let p = Play::reported(&w, Some("N"), "2027-09-30T17:50", true, None);
    let accept = p.case.clock(K::Accept).unwrap();
    assert!(accept.provisional);
    assert_eq!(p.clock(K::Accept), "2027-10-01T08:50");
    let csv = "date,kind,name_zh,name_en\n2027-10-01,holiday,国庆节,National Day\n";
    let notice = worktime::Calendar::parse_csv(2027, csv).unwrap();
    let known = w.calendar.with_notice(notice);
    let clocks = Clocks {
        calendar: &known,
        now: p.now,
    };
    let changes = recount(&p.case, clocks);
    let event = Event {
        at: p.now,
        by: By::Rule,
        what: What::Recounted,
        clocks: changes,
    };
    let case = apply(p.case.clone(), &event);
    let accept: &CaseClock = case.clock(K::Accept).unwrap();
    assert_eq!(
        (accept.due_at().map(local).as_deref(), accept.provisional),
        (Some("2027-10-04T08:50"), false)
    );
    assert!(recount(&case, clocks).is_empty());
    // What was counted over known years stays.
    assert!(recount(&Play::new(&w, Some("N")).case, clocks).is_empty());
}

#[test]
fn no_time_is_further_off_than_the_city_allows() {
    let w = world();
    let mut p = Play::handling(&w, "N");
    p.refused("u.1", ask_suspend("2027-12-01T09:00"), R::TooFar)
        .refused("u.1", ask_extend(24 * 91), R::TooFar)
        .refused("u.1", ask_extend(u32::MAX), R::TooFar)
        .refused(
            "town.1",
            whistle(&[HYGIENE], at("2027-01-01T09:00")),
            R::TooFar,
        );
    let help = Command::AddSubTask {
        org: Some(org(PARKS)),
        what: "修枝".into(),
        hours: Some(u32::MAX),
    };
    p.refused("u.1", help, R::TooFar);
}

#[test]
fn a_verdict_says_what_was_found_and_is_reached_as_strictly_as_the_matter_asks() {
    let w = world();
    let verdict = |method: Option<&str>, text: &str| Command::Pass {
        text: text.into(),
        media: Vec::new(),
        method: method.map(str::to_owned),
    };
    let mut p = Play::verifying(&w, "N");
    let nothing = Command::Fail {
        text: " ".into(),
        media: Vec::new(),
    };
    p.refused("verify.1", verdict(None, ""), R::VerdictWithoutWords)
        .refused("verify.1", nothing, R::VerdictWithoutWords)
        .refused(
            "verify.1",
            verdict(Some("call_back"), "好了"),
            R::MethodWeaker,
        )
        .refused(
            "verify.1",
            verdict(Some("sampling"), "好了"),
            R::MethodWeaker,
        );
    p.act("verify.1", verdict(Some("on_site"), "好了"));
}
