//! Random lives: many actors do what comes to mind, clocks run, and what must hold holds at every step.

use std::collections::BTreeSet;

use kernel::{Moment, OrgId, PersonId};
use proptest::prelude::*;

use super::matrix::in_the_table;
use super::world::*;
use crate::lifecycle::{Command, CommandKind, apply, born, come_back, timers};
use crate::model::{By, Case, ClockKind as K, Event, Level, Stage as S, What};

const ACTORS: &[&str] = &[
    "call.1",
    "accept.1",
    "accept.2",
    "dispatch.1",
    "dispatch.2",
    "shift.1",
    "shift.2",
    "shift.u",
    "shift.d",
    "verify.1",
    "verify.2",
    "verify.u",
    "verify.g",
    "verify.h",
    "u.1",
    "u.2",
    "u.lead",
    "h.1",
    "h.lead",
    "p.1",
    "x.1",
    "grid.1",
    "grid.2",
    "chief.1",
    "town.1",
    "sup.1",
    "admin.1",
    "accept.far",
    "reporter",
    "reporter",
    "follower",
];

/// Something that happens next.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody asks for something; most is refused.
    Ask {
        who: usize,
        kind: usize,
        pick: usize,
    },
    /// One of the things somebody may do now is done.
    Do { which: usize, pick: usize },
    /// Time passes, and timers fire.
    Wait { minutes: i64 },
    /// The server is away: time passes, and no timer fires.
    Away { minutes: i64 },
    /// The primary falls away.
    Fall,
}

fn step() -> impl Strategy<Value = Step> {
    let picks = 0_usize..60;
    prop_oneof![
        2 => (0..ACTORS.len(), 0..CommandKind::ALL.len(), picks.clone())
            .prop_map(|(who, kind, pick)| Step::Ask { who, kind, pick }),
        8 => (any::<usize>(), picks).prop_map(|(which, pick)| Step::Do { which, pick }),
        2 => (1_i64..600).prop_map(|minutes| Step::Wait { minutes }),
        1 => (1_i64..40_000).prop_map(|minutes| Step::Wait { minutes }),
        1 => (1_i64..5_000).prop_map(|minutes| Step::Away { minutes }),
        1 => Just(Step::Fall),
    ]
}

/// A life: its first matter, whether it is placed, whether it is drawn, and what happens.
fn life() -> impl Strategy<Value = (Option<&'static str>, bool, bool, Vec<Step>)> {
    let matter = prop_oneof![
        1 => Just(None),
        8 => prop::sample::select(vec!["N", "A", "L", "E", "G", "S", "H"]).prop_map(Some),
    ];
    (
        matter,
        prop::bool::weighted(0.9),
        any::<bool>(),
        prop::collection::vec(step(), 1..60),
    )
}

/// Everything somebody may do now with these bodies. Notes and the like are left out: they would
/// crowd out what moves the case.
fn permitted(play: &Play<'_>, pick: usize) -> Vec<(&'static str, Command)> {
    let dull = |k: &CommandKind| {
        use CommandKind as C;
        matches!(
            k,
            C::Note | C::Remind | C::Supervise | C::RequestExclude | C::Withdraw | C::RequestVoid
        ) && !pick.is_multiple_of(7)
    };
    let mut all = Vec::new();
    for kind in CommandKind::ALL.iter().filter(|k| !dull(k)) {
        let command = sample(*kind, play, pick);
        for who in ACTORS {
            if play.decided(who, &command).is_ok() {
                all.push((*who, command.clone()));
            }
        }
    }
    all
}

/// What an observer who reads the events and nothing else knows: who had a hand in it, who asked what.
#[derive(Debug, Default)]
struct Witness {
    people: BTreeSet<PersonId>,
    units: BTreeSet<OrgId>,
    asked: Vec<(kernel::RequestId, PersonId)>,
    dispatched_by: Option<PersonId>,
}

impl Witness {
    /// Judges an event by what was known before it, then learns from it.
    fn see(&mut self, world: &World, event: &Event) -> Result<(), TestCaseError> {
        let judged = matches!(
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
        if let (true, Some(person)) = (judged, event.by.person()) {
            prop_assert!(
                !self.people.contains(&person),
                "judged by who had a hand in it: {event:?}"
            );
            let actor = world.people.values().find(|a| a.person == person).unwrap();
            let unit = actor.orgs().into_iter().find(|o| self.units.contains(o));
            prop_assert!(unit.is_none(), "judged by somebody of {unit:?}: {event:?}");
        }
        let answered = match &event.what {
            What::Suspended { request, .. }
            | What::Extended { request }
            | What::Voided { request, .. }
            | What::Excluded { request, .. }
            | What::RequestRefused { request, .. } => Some(*request),
            _ => None,
        };
        if let Some(request) = answered {
            let asker = self.asked.iter().find(|a| a.0 == request).unwrap().1;
            prop_assert_ne!(Some(asker), event.by.person(), "{:?}", event);
        }
        if matches!(event.what, What::Ruled { .. }) {
            prop_assert_ne!(self.dispatched_by, event.by.person(), "{:?}", event);
        }
        match &event.what {
            What::Dispatched { org, .. } => {
                self.units.insert(*org);
                self.dispatched_by = event.by.person();
            }
            What::Ruled { org, .. } => drop(self.units.insert(*org)),
            What::SubTaskAdded { sub_task } => drop(self.units.insert(sub_task.org)),
            What::SelfHandled { org, .. } => {
                self.units.insert(*org);
                self.people.extend(event.by.person());
            }
            What::Reopened { .. } => self.dispatched_by = event.by.person(),
            What::Signed { .. }
            | What::Handled { .. }
            | What::SubTaskDone { .. }
            | What::MadeSafe { .. }
            | What::Returned { .. } => self.people.extend(event.by.person()),
            What::HandedOver { person } => drop(self.people.insert(*person)),
            What::Requested { request } => self.asked.push((request.id, request.person)),
            _ => {}
        }
        Ok(())
    }
}

fn replayed(events: &[Event]) -> Case {
    let id = kernel::CaseId(uuid::Uuid::from_u128(1));
    let first = born(id, &events[0]).unwrap();
    events[1..].iter().fold(first, apply)
}

/// The clocks that may run at a stage, besides the whole and the make-safe clock.
fn clocks_of(stage: S) -> &'static [K] {
    match stage {
        S::Reported => &[K::Accept],
        S::Accepted | S::Returned => &[K::Dispatch],
        S::Dispatched => &[K::Sign, K::Handle],
        S::Handling => &[K::Handle],
        S::InRuling => &[K::Ruling],
        S::Handled | S::Verifying => &[K::Verify],
        S::Confirming | S::Declined => &[K::Objection],
        S::Closed => &[K::Reopen],
        S::Suspended | S::Merged | S::Archived | S::Voided => &[],
    }
}

/// What must hold of a case at rest.
fn check(case: &Case, events: &[Event]) -> Result<(), TestCaseError> {
    prop_assert_eq!(usize::try_from(case.version).unwrap(), events.len());
    prop_assert_eq!(&replayed(events), case);
    let running: Vec<K> = case
        .clocks
        .iter()
        .filter(|c| c.due_at().is_some())
        .map(|c| c.kind)
        .collect();
    for kind in &running {
        let beside = matches!(kind, K::Whole | K::MakeSafe);
        prop_assert!(
            beside || clocks_of(case.stage).contains(kind),
            "{kind:?} runs at {:?}",
            case.stage
        );
    }
    let outside = !case.stage.open() || matches!(case.stage, S::Suspended | S::Confirming);
    prop_assert!(
        !outside || running.len() <= 1,
        "{running:?} at {:?}",
        case.stage
    );
    // Where people wait for something, the clock that measures it runs (or stands for a question).
    let asked = case.question.as_ref().is_some_and(|q| !q.over);
    for kind in clocks_of(case.stage) {
        let stands = *kind == K::Accept && asked;
        prop_assert!(
            stands || running.contains(kind),
            "{kind:?} does not run at {:?}",
            case.stage
        );
    }
    // One clock of a kind.
    let kinds: BTreeSet<K> = case.clocks.iter().map(|c| c.kind).collect();
    prop_assert_eq!(kinds.len(), case.clocks.len());
    prop_assert!(case.returns <= 1 && case.reopens <= 2 && case.extensions <= 1);
    let at_a_unit = matches!(
        case.stage,
        S::Dispatched | S::Handling | S::Suspended | S::Handled | S::Verifying
    );
    prop_assert!(!at_a_unit || case.lead.is_some());
    prop_assert_eq!(case.merged_into.is_some(), case.stage == S::Merged);
    let finished = matches!(
        case.stage,
        S::Declined | S::Closed | S::Archived | S::Voided
    );
    prop_assert_eq!(case.closed_at.is_some(), finished);
    Ok(())
}

/// The earliest moment at which a clock, a question or a suspension calls; told from the case alone.
fn earliest(case: &Case) -> Option<Moment> {
    let mut all = Vec::new();
    for clock in &case.clocks {
        let acts = matches!(clock.kind, K::Sign | K::Objection | K::Reopen);
        match (acts, clock.told) {
            (true, _) | (false, Level::Amber) => all.extend(clock.due_at()),
            (false, Level::Ok) => all.extend(clock.amber_at()),
            (false, Level::Red) => {}
        }
    }
    let question = case
        .question
        .as_ref()
        .filter(|q| !q.over && case.stage == S::Reported);
    all.extend(question.map(|q| q.until));
    all.extend(case.suspended_until.filter(|_| case.stage == S::Suspended));
    all.extend((case.stage == S::Handled && case.drawn == Some(false)).then_some(case.updated_at));
    all.into_iter().min()
}

struct Life<'a> {
    play: Play<'a>,
    witness: Witness,
}

impl Life<'_> {
    /// Takes an event of `events`, checked against the table and by the witness.
    fn take(&mut self, event: Event) -> Result<(), TestCaseError> {
        let from = self.play.case.stage;
        let before = self.play.case.updated_at;
        prop_assert!(
            event.at >= before,
            "an event is dated before the one it follows: {event:?}"
        );
        self.witness.see(self.play.world, &event)?;
        let written = serde_json::to_value(&event).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Event>(written).unwrap(), &event);
        self.play.take(event.clone());
        let to = self.play.case.stage;
        prop_assert!(
            in_the_table(from, &event, to),
            "{from:?} {:?} {to:?}",
            event.what
        );
        Ok(())
    }

    /// Fires what is due, the earliest first, until nothing is.
    fn fire(&mut self) -> Result<(), TestCaseError> {
        for fired in 0.. {
            prop_assert!(fired < 60, "timers never come to rest");
            let next = timers::next(&self.play.case);
            prop_assert_eq!(next, earliest(&self.play.case));
            let Some(event) = self.play.due() else {
                prop_assert!(next.is_none_or(|at| at > self.play.now));
                return Ok(());
            };
            let due = next.unwrap().max(self.play.case.updated_at);
            prop_assert_eq!(event.at, due);
            prop_assert_eq!(&event.by, &By::Timer);
            self.take(event)?;
        }
        Ok(())
    }

    fn act(&mut self, who: &str, command: &Command) -> Result<bool, TestCaseError> {
        // What the clocks did comes first, as at the desk.
        self.fire()?;
        let Ok(events) = self.play.decided(who, command) else {
            return Ok(false);
        };
        prop_assert!(!events.is_empty());
        for event in events {
            prop_assert_eq!(event.at, self.play.now);
            self.take(event)?;
        }
        self.play.renumber();
        Ok(true)
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let (before, was) = (self.play.events.clone(), self.play.case.clone());
        match step {
            Step::Ask { who, kind, pick } => {
                let command = sample(CommandKind::ALL[*kind], &self.play, *pick);
                self.act(ACTORS[*who], &command)?;
            }
            Step::Do { which, pick } => {
                self.fire()?;
                let all = permitted(&self.play, *pick);
                if !all.is_empty() {
                    let (who, command) = &all[which % all.len()];
                    prop_assert!(self.act(who, command)?);
                }
            }
            Step::Wait { minutes } => {
                self.play.now = self.play.now.plus_s(minutes * 60);
                self.fire()?;
            }
            Step::Away { minutes } => self.play.now = self.play.now.plus_s(minutes * 60),
            Step::Fall => {
                if self.play.case.stage == S::Merged {
                    let context = self.play.world.context(
                        Some(&self.play.case),
                        &Command::Take {},
                        self.play.now,
                    );
                    let event = come_back(&self.play.case, &context);
                    self.take(event)?;
                }
            }
        }
        // A history only grows.
        prop_assert_eq!(&before[..], &self.play.events[..before.len()]);
        if self.play.events.len() == before.len() {
            prop_assert_eq!(&was, &self.play.case);
        }
        check(&self.play.case, &self.play.events)
    }
}

fn live(
    matter: Option<&str>,
    placed: bool,
    drawn: bool,
    steps: &[Step],
) -> Result<Case, TestCaseError> {
    let world = World::new_shared();
    let why = crate::model::Why::Route {
        rule: 1,
        area: COMMUNITY,
        basis: String::new(),
    };
    let route = Some((org(URBAN), why));
    let mut play = Play::reported(world, matter, "2026-11-23T09:00", placed, route.clone());
    // Unplaced reports belong to the city, whose seats are not played here.
    play.case.area = COMMUNITY;
    if let What::Reported { area, .. } = &mut play.events[0].what {
        *area = COMMUNITY;
    }
    play.drawn = drawn;
    play.route = drawn.then_some(route).flatten();
    play.other = Some(other(world));
    let mut life = Life {
        play,
        witness: Witness::default(),
    };
    for event in &life.play.events {
        life.witness.see(world, event)?;
    }
    for step in steps {
        life.step(step)?;
    }
    let written = serde_json::to_value(&life.play.case).unwrap();
    prop_assert_eq!(
        &serde_json::from_value::<Case>(written).unwrap(),
        &life.play.case
    );
    // Left alone for a year nothing is asked of the clocks any more, and they have come to rest.
    life.play.now = life.play.now.plus_s(400 * 86_400);
    life.fire()?;
    prop_assert_eq!(timers::next(&life.play.case), None);
    check(&life.play.case, &life.play.events)?;
    Ok(life.play.case)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_do_what_must_hold_holds((matter, placed, drawn, steps) in life()) {
        live(matter, placed, drawn, &steps)?;
    }
}

#[test]
fn random_lives_reach_every_stage() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut seen = BTreeSet::new();
    for _ in 0..400 {
        let (matter, placed, drawn, steps) = life().new_tree(&mut runner).unwrap().current();
        let world = World::new_shared();
        let mut play = Play::reported(world, matter, "2026-11-23T09:00", placed, None);
        play.case.area = COMMUNITY;
        play.drawn = drawn;
        play.other = Some(other(world));
        let mut life = Life {
            play,
            witness: Witness::default(),
        };
        for step in &steps {
            if let Step::Do { which, pick } = step {
                life.fire().unwrap();
                let all = permitted(&life.play, *pick);
                if !all.is_empty() {
                    let (who, command) = &all[which % all.len()];
                    life.act(who, command).unwrap();
                }
            } else if let Step::Wait { minutes } = step {
                life.play.now = life.play.now.plus_s(minutes * 60);
                life.fire().unwrap();
            }
            seen.insert(life.play.case.stage.word());
        }
    }
    let all: BTreeSet<_> = S::ALL.iter().map(|s| s.word()).collect();
    assert_eq!(seen, all);
}
