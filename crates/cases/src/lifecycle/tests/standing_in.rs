//! Standing in (代班): what goes to somebody away goes to the stand-in and back, and each counts as both.

use super::world::{Play, World, handle, pass};
use crate::lifecycle::{Command, Refusal as R};
use crate::model::{By, Stage as S};

/// A world in which `by` holds the seats of `away` beside the own.
fn standing_in(away: &'static str, by: &'static str) -> World {
    let mut world = World::new();
    let person = world.person(away);
    let mut seats = world.people[away].seats.clone();
    for seat in &mut seats {
        seat.of = Some(person);
    }
    if let Some(actor) = world.people.get_mut(by) {
        actor.seats.extend(seats);
    }
    world
}

#[test]
fn a_stand_in_goes_on_with_what_was_taken_and_it_stays_with_who_is_away() {
    let w = standing_in("verify.1", "x.1");
    let mut p = Play::handled(&w, "N");
    p.act("x.1", Command::Take {});
    assert_eq!(p.case.verifier, Some(w.person("verify.1")));
    let by = p.events.last().map(|e| e.by.clone());
    let Some(By::Staff { person, of, .. }) = by else {
        panic!("not by staff: {by:?}")
    };
    assert_eq!((person, of), (w.person("x.1"), Some(w.person("verify.1"))));
    // Back again: the one who was away goes on, somebody else does not.
    p.refused("verify.2", pass(), R::TakenByAnother);
    p.act("verify.1", pass());
    assert_eq!(p.case.stage, S::Confirming);
    // Taken before the leave, passed by the stand-in.
    let mut p = Play::verifying(&w, "N");
    p.act("x.1", pass());
}

#[test]
fn what_a_stand_in_signs_is_in_the_hands_of_who_is_away_and_both_had_a_hand_in_it() {
    let w = standing_in("u.1", "x.1");
    let mut p = Play::dispatched(&w, "N");
    p.act("x.1", Command::Sign {});
    assert_eq!(p.case.handler, Some(w.person("u.1")));
    for login in ["u.1", "x.1"] {
        assert!(p.case.hands.contains(&w.person(login)), "{login}");
    }
    p.act("u.1", handle());
}

#[test]
fn a_stand_in_counts_as_both_before_what_either_had_a_hand_in() {
    // The verifier stands in for the handler: what the handler did, neither verifies.
    let w = standing_in("u.1", "verify.1");
    let mut p = Play::handled(&w, "N");
    p.refused("verify.1", Command::Take {}, R::NotIndependent);
    p.act("verify.2", Command::Take {});
    // And later, when the leave is over, what the verifier did in the handler's place stays done.
    let mut p = Play::dispatched(&w, "N");
    p.act("verify.1", Command::Sign {}).act("u.1", handle());
    let own = World::new();
    let mut later = Play::handled(&own, "N");
    later.case = p.case.clone();
    later.refused("verify.1", Command::Take {}, R::NotIndependent);
    later.act("verify.2", Command::Take {});
}
