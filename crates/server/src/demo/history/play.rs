//! How a case is led through its life: who does what next and when, by chance and by plan. What may be
//! done is never decided here: every step is put to the rules, which may refuse it.

use std::collections::{BTreeMap, VecDeque};

use cases::lifecycle::{Clocks, Command, CommandKind, Refusal};
use cases::model::{
    Case, ClockKind, Event, Evidence, RequestKind, Source, Stage, SubTaskState, Urgency, What,
};
use kernel::{Capability, Moment, OrgId};
use rand::Rng;
use rand::seq::IndexedRandom;

use super::World;
use super::life::{Facts, Life, Reported};
use crate::demo::scenes::Scene;

/// What is meant to happen to a case.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// Nothing more is done once it stands here.
    pub hold: Option<Stage>,
    /// When held at handling: a request waits for its approval.
    pub asking: Option<RequestKind>,
    /// The matter it truly is, if the report did not say.
    pub matter: String,
    /// Where it truly is, if the report did not say.
    pub place: Option<cases::model::Place>,
    /// How much faster than usual everybody is (1 as usual).
    pub pace: f64,
    pub asks: bool,
    pub declines: bool,
    pub objects_decline: bool,
    pub withdraws: bool,
    pub returns: bool,
    pub disputes: bool,
    pub late: bool,
    pub suspends: bool,
    pub extends: bool,
    pub helps: bool,
    pub whistles: bool,
    pub voids: bool,
    pub excludes: bool,
    pub supervised: bool,
    pub reopens: bool,
}

/// Something to happen beside the stages.
#[derive(Debug)]
enum Side {
    Follow,
    /// Another report of the same, which is merged.
    Join(Box<Reported>),
}

#[derive(Debug, Clone)]
enum Todo {
    MakeSafe,
    HandOver,
    Ask(RequestKind),
    Answer(RequestKind, bool),
    AddSub(OrgId),
    FinishSubs,
    Whistle(Vec<OrgId>),
    SignIns,
    Conclude,
    RateUnits,
    Remind,
    Supervise,
    Note,
    Withdraw,
    Handle,
}

/// A case on its way.
pub(super) struct Player<'w> {
    world: &'w World<'w>,
    pub life: Life,
    plan: Plan,
    sides: VecDeque<(Moment, Side)>,
    agenda: VecDeque<(Moment, Todo)>,
    /// For which round of handling the agenda was made.
    round: Option<i32>,
    caller: Option<usize>,
    /// Those merged into it, and others born on the way.
    pub children: Vec<Life>,
}

const H: i64 = 3600;
const DAY: i64 = 24 * H;

fn around(case: &Case) -> bool {
    matches!(case.urgency, Some(Urgency::Emergency | Urgency::Urgent))
}

impl<'w> Player<'w> {
    pub fn new(world: &'w World<'w>, life: Life, plan: Plan) -> Self {
        Self {
            world,
            life,
            plan,
            sides: VecDeque::new(),
            agenda: VecDeque::new(),
            round: None,
            caller: None,
            children: Vec::new(),
        }
    }

    /// Others will follow the case.
    pub fn followed(mut self, times: Vec<Moment>) -> Self {
        self.sides
            .extend(times.into_iter().map(|t| (t, Side::Follow)));
        self
    }

    /// Others will report the same, each at its time; merged some minutes later.
    pub fn joined(mut self, reports: Vec<Reported>) -> Self {
        for report in reports {
            let minutes = self.life.rng.random_range(3..25);
            self.sides
                .push_back((report.at.plus_s(minutes * 60), Side::Join(Box::new(report))));
        }
        self
    }

    /// Lives until now.
    pub fn run(mut self) -> (Life, Vec<Life>) {
        self.sides.make_contiguous().sort_by_key(|s| s.0);
        for _ in 0..120 {
            if self.held() || !self.step() {
                break;
            }
        }
        self.sides(self.world.now);
        self.life.advance(self.world, self.world.now);
        self.life.tidy();
        (self.life, self.children)
    }

    fn held(&self) -> bool {
        let asked = match self.plan.asking {
            Some(kind) => self.life.case.open_request(kind).is_some(),
            None => true,
        };
        self.plan.hold == Some(self.life.case.stage) && asked
    }

    fn chance(&mut self, p: f64) -> bool {
        self.life.rng.random_bool(p.clamp(0.0, 1.0))
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        self.life.rng.random_range(from..to.max(from + 1))
    }

    /// A share of `minutes`, at this case's pace, in seconds.
    fn share(&mut self, minutes: i64, from: f64, to: f64) -> i64 {
        let share = self.life.rng.random_range(from..to) * self.plan.pace;
        let seconds = minutes.clamp(1, 100_000) as f64 * 60.0 * share;
        seconds.max(5.0) as i64
    }

    /// The moment `seconds` of the case's clock after `from`.
    fn after(&self, from: Moment, seconds: i64) -> Moment {
        let clocks = Clocks {
            calendar: &self.world.books.calendar,
            now: from,
        };
        clocks
            .after(around(&self.life.case), from, seconds)
            .0
            .plus_s(seconds % 47)
    }

    /// Residents sleep.
    fn awake(&mut self, at: Moment) -> Moment {
        let zone = &self.world.state.app.city.zone;
        let hour = at.stamp().to_zoned(zone.clone()).hour();
        if (7..22).contains(&hour) {
            return at;
        }
        let to_morning = i64::from(if hour >= 22 { 31 - hour } else { 7 - hour }) * H;
        let more = self.between(0, 2 * H);
        at.plus_s(to_morning + more)
    }

    /// Waits until `at`; false when that is not yet.
    fn wait(&mut self, at: Moment) -> bool {
        if at >= self.world.now {
            return false;
        }
        self.sides(at);
        self.life.advance(self.world, at);
        true
    }

    /// The first of `people` whom the rules let do it, does it.
    fn someone(
        &mut self,
        at: Moment,
        people: &[usize],
        command: &Command,
        more: &Facts<'_>,
    ) -> Option<usize> {
        let world = self.world;
        for person in people.iter().take(12) {
            let doer = world.roster.doer(*person, &self.life.case);
            match self.life.act(world, at, &doer, command, more.clone()) {
                Ok(()) => return Some(*person),
                // Another person would be told the same.
                Err(Refusal::NotAtThisStage | Refusal::EvidenceMissing | Refusal::TimePassed) => {
                    return None;
                }
                Err(_) => {}
            }
        }
        None
    }

    fn seats(&mut self, capability: Capability) -> Vec<usize> {
        self.world
            .roster
            .of_area(capability, self.life.case.area, &mut self.life.rng)
    }

    /// Those who handle for the lead unit; who has it in hand comes first.
    fn unit(&mut self) -> Vec<usize> {
        let Some(lead) = self.life.case.lead else {
            return Vec::new();
        };
        let mut people = self.world.roster.of_unit(lead, &mut self.life.rng);
        let handler = self.life.case.handler;
        people.sort_by_key(|p| Some(self.world.roster.actor(*p).person) != handler);
        people
    }

    fn says(&mut self, part: &str) -> String {
        self.world.texts.any(part, &mut self.life.rng)
    }

    fn by_reporter(&mut self, at: Moment, command: &Command) -> bool {
        let Some(doer) = self.life.reporter() else {
            return false;
        };
        self.life
            .act(self.world, at, &doer, command, Facts::default())
            .is_ok()
    }

    /// One step further; false when nothing more happens until now.
    fn step(&mut self) -> bool {
        match self.life.case.stage {
            Stage::Reported => self.reported(),
            Stage::Accepted => self.accepted(),
            Stage::Declined => self.declined(),
            Stage::Dispatched => self.dispatched(),
            Stage::Handling => self.handling(),
            Stage::Handled => self.handled(),
            Stage::Verifying => self.verifying(),
            Stage::Confirming => self.confirming(),
            Stage::Closed => self.closed(),
            Stage::Suspended => self.suspended(),
            Stage::Returned => self.returned(),
            Stage::InRuling => self.in_ruling(),
            Stage::Archived | Stage::Merged | Stage::Voided => false,
        }
    }

    // ── intake ──────────────────────────────────────────────────────────────────────────────────

    fn reported(&mut self) -> bool {
        if let Some(question) = self.life.case.question.as_ref().filter(|q| !q.over) {
            let (asked, until) = (question.at, question.until);
            if self.life.reporter().is_some() && self.chance(0.7) {
                let seconds = self.between(H / 2, 2 * DAY);
                let at = self.awake(asked.plus_s(seconds));
                if at < until {
                    let text = self.says("answer");
                    return self.wait(at)
                        && self.by_reporter(
                            at,
                            &Command::Answer {
                                text,
                                media: Vec::new(),
                            },
                        );
                }
            }
            return self.wait(until);
        }
        let limit = self.facts(|f| f.accept_min, self.world.books.rules.accept_min);
        let (from, to) = if self.chance(0.07) {
            (1.05, 2.6)
        } else {
            (0.08, 0.85)
        };
        let seconds = self.share(limit, from, to);
        let at = self.after(self.life.at(), seconds);
        if !self.wait(at) {
            return false;
        }
        if self.life.case.stage != Stage::Reported {
            return true;
        }
        let people = self.seats(Capability::AcceptCases);
        if std::mem::take(&mut self.plan.asks) && self.life.reporter().is_some() {
            let text = self.says("ask");
            let command = Command::AskReporter { text };
            return self
                .someone(at, &people, &command, &Facts::default())
                .is_some();
        }
        if self.plan.declines && !self.has_joined() {
            return self.decline(at, &people);
        }
        self.accept(at, &people)
    }

    fn has_joined(&self) -> bool {
        !self.children.is_empty() || self.sides.iter().any(|s| matches!(s.1, Side::Join(_)))
    }

    fn decline(&mut self, at: Moment, people: &[usize]) -> bool {
        self.plan.declines = false;
        let reasons = [
            "not_in_catalogue",
            "not_in_city",
            "duplicate_closed",
            "no_facts",
            "private_matter",
        ];
        let reason = *reasons.choose(&mut self.life.rng).unwrap_or(&"no_facts");
        let note = self.says(&format!("decline_{reason}"));
        let command = Command::Decline {
            reason: reason.to_owned(),
            note,
        };
        self.someone(at, people, &command, &Facts::default())
            .is_some()
    }

    fn accept(&mut self, at: Moment, people: &[usize]) -> bool {
        let own = self.life.case.matter.clone();
        let matter = own.is_none().then(|| self.plan.matter.clone());
        let more = Facts {
            matter: matter.clone(),
            routed: true,
            ..Facts::default()
        };
        self.someone(at, people, &Command::Accept { matter }, &more)
            .is_some()
    }

    fn accepted(&mut self) -> bool {
        let limit = self.world.books.rules.dispatch_min;
        let (from, to) = if self.chance(0.08) {
            (1.05, 2.0)
        } else {
            (0.1, 0.8)
        };
        let seconds = self.share(limit, from, to);
        let at = self.after(self.life.at(), seconds);
        if !self.wait(at) {
            return false;
        }
        let people = self.seats(Capability::DispatchCases);
        if self.life.case.place.is_none() {
            let Some(place) = self.plan.place.clone() else {
                return false;
            };
            let command = Command::Place {
                lon: place.lon,
                lat: place.lat,
                place_text: None,
            };
            let placed = Some((place, self.world.net.number));
            let more = Facts {
                placed,
                ..Facts::default()
            };
            return self.someone(at, &people, &command, &more).is_some();
        }
        let matter = self.life.case.matter.clone().unwrap_or_default();
        let route = self
            .world
            .route(&matter, self.life.case.area, at)
            .map(|r| r.0);
        let Some(org) = route.or_else(|| self.another_unit()) else {
            return false;
        };
        let note = if self.chance(0.5) {
            self.says("dispatch")
        } else {
            String::new()
        };
        let more = Facts {
            org: Some(org),
            ..Facts::default()
        };
        self.someone(
            at,
            &people,
            &Command::Dispatch {
                org: Some(org),
                note,
            },
            &more,
        )
        .is_some()
    }

    fn declined(&mut self) -> bool {
        let window = self
            .life
            .case
            .clock(ClockKind::Objection)
            .and_then(|c| c.due_at());
        if std::mem::take(&mut self.plan.objects_decline) && self.life.reporter().is_some() {
            let seconds = self.between(2 * H, 4 * DAY);
            let at = self.awake(self.life.at().plus_s(seconds));
            let words = self.says("decline_object");
            return self.wait(at) && self.by_reporter(at, &Command::ObjectDecline { words });
        }
        window.is_some_and(|due| self.wait(due))
    }

    // ── units ───────────────────────────────────────────────────────────────────────────────────

    /// A unit with people that could have it instead of the present one.
    fn another_unit(&mut self) -> Option<OrgId> {
        let world = self.world;
        let case = &self.life.case;
        let matter = case.matter.as_deref().unwrap_or_default();
        let area = case.area;
        let areas = [
            area,
            area - area % 1_000,
            area - area % 1_000_000,
            world.city,
        ];
        let keys = [
            "district-urban",
            "district-roads",
            "district-sanitation",
            "town-office",
            "city-urban",
            "district-housing",
            "district-parks",
        ];
        let routed = world
            .shelf
            .route(matter, area)
            .into_iter()
            .map(|r| r.body.org);
        let named = keys.iter().flat_map(|k| {
            areas
                .iter()
                .filter_map(|a| world.units.by_key_area(k, *a).map(|u| u.id))
        });
        let fits = |org: &OrgId| {
            world.roster.staffed(*org)
                && case.lead != Some(*org)
                && !case.returned_by.contains(org)
                && !case.units.contains(org)
        };
        let found: Vec<OrgId> = routed.chain(named).filter(fits).take(4).collect();
        found.choose(&mut self.life.rng).copied()
    }

    fn dispatched(&mut self) -> bool {
        let people = self.unit();
        if self.gives_back(&people) {
            return self.give_back(people);
        }
        let due = self
            .life
            .case
            .clock(ClockKind::Sign)
            .and_then(|c| c.due_at());
        let Some(due) = due else {
            return false;
        };
        if !people.is_empty() && self.chance(0.6) {
            let limit = self.world.books.rules.sign_min;
            let seconds = self.share(limit, 0.06, 0.9);
            let at = self.after(self.life.at(), seconds);
            if at < due {
                if !self.wait(at) {
                    return false;
                }
                return self
                    .someone(at, &people, &Command::Sign {}, &Facts::default())
                    .is_some()
                    || self.wait(due);
            }
        }
        self.wait(due)
    }

    fn gives_back(&self, people: &[usize]) -> bool {
        let case = &self.life.case;
        let meant =
            (self.plan.returns && case.returns == 0) || (self.plan.disputes && case.returns > 0);
        meant && !case.binding && !people.is_empty()
    }

    /// Returns it, or disputes it when the return was used.
    fn give_back(&mut self, people: Vec<usize>) -> bool {
        let reasons = [
            "wrong_area",
            "wrong_unit",
            "wrong_matter",
            "overlapping_duty",
        ];
        let reason = (*reasons.choose(&mut self.life.rng).unwrap_or(&"wrong_unit")).to_owned();
        let seconds = self.share(180, 0.05, 0.9).min(200 * 60);
        let at = self.after(self.life.at(), seconds);
        if !self.wait(at) {
            return false;
        }
        let command = if self.life.case.returns == 0 {
            self.plan.returns = false;
            let suggested_org = if self.chance(0.6) {
                self.another_unit()
            } else {
                None
            };
            Command::Return {
                reason,
                clause: self.says("clause"),
                suggested_org,
                note: self.says("return"),
            }
        } else {
            self.plan.disputes = false;
            Command::Dispute {
                reason,
                note: self.says("dispute"),
            }
        };
        // Refused, it goes on as if nobody had tried.
        let _ = self.someone(at, &people, &command, &Facts::default());
        true
    }

    fn returned(&mut self) -> bool {
        let limit = self.world.books.rules.dispatch_min;
        let (from, to) = if self.chance(0.12) {
            (1.05, 2.5)
        } else {
            (0.15, 0.9)
        };
        let seconds = self.share(limit, from, to);
        let at = self.after(self.life.at(), seconds);
        let Some(org) = self.another_unit() else {
            return false;
        };
        if !self.wait(at) {
            return false;
        }
        let people = self.seats(Capability::DispatchCases);
        let note = self.says("redispatch");
        let more = Facts {
            org: Some(org),
            ..Facts::default()
        };
        self.someone(
            at,
            &people,
            &Command::Redispatch {
                org: Some(org),
                note,
            },
            &more,
        )
        .is_some()
    }

    fn in_ruling(&mut self) -> bool {
        let limit = self.world.books.rules.ruling_min;
        let seconds = self.share(limit, 0.15, 0.9);
        let at = self.after(self.life.at(), seconds);
        if !self.wait(at) {
            return false;
        }
        let earlier: Vec<OrgId> = self.life.case.units.iter().copied().collect();
        let staffed = |o: &&OrgId| self.world.roster.staffed(**o);
        let options: Vec<OrgId> = earlier.iter().filter(staffed).copied().collect();
        let Some(org) = options
            .choose(&mut self.life.rng)
            .copied()
            .or(self.life.case.lead)
        else {
            return false;
        };
        let (clause, note) = (self.says("clause"), self.says("rule"));
        let people = self.seats(Capability::RuleCases);
        let more = Facts {
            org: Some(org),
            ..Facts::default()
        };
        let command = Command::Rule {
            org: Some(org),
            clause,
            note,
        };
        self.someone(at, &people, &command, &more).is_some()
    }

    // ── work ────────────────────────────────────────────────────────────────────────────────────

    fn handling(&mut self) -> bool {
        let people = self.unit();
        if people.is_empty() {
            return false;
        }
        if self.gives_back(&people) {
            return self.give_back(people);
        }
        let round = i32::from(self.life.case.rework) * 16
            + i32::from(self.life.case.reopens) * 256
            + i32::from(self.life.case.returns);
        if self.round != Some(round) || self.agenda.is_empty() {
            self.agenda = self.intend(&people);
            self.round = Some(round);
        }
        let Some((at, todo)) = self.agenda.pop_front() else {
            return false;
        };
        let at = at.max(self.life.at().plus_s(1));
        if !self.wait(at) {
            return false;
        }
        if self.life.case.stage == Stage::Handling {
            let done = self.carry_out(at, &todo, &people);
            if !done && matches!(todo, Todo::Handle) {
                return false;
            }
        }
        true
    }

    fn facts<T>(&self, f: impl Fn(&cases::model::MatterFacts) -> T, otherwise: T) -> T {
        self.life.facts(self.world).map_or(otherwise, |m| f(&m))
    }

    /// What the unit will do, and when.
    fn intend(&mut self, people: &[usize]) -> VecDeque<(Moment, Todo)> {
        let now = self.life.at();
        let clock = self.life.case.clock(ClockKind::Handle);
        let due = clock.and_then(|c| c.due_at()).unwrap_or(now);
        let total = clock.map_or(2400, |c| c.total_s / 60).max(10);
        let emergency = self.life.case.urgency == Some(Urgency::Emergency);
        let late = std::mem::take(&mut self.plan.late) && self.plan.hold.is_none();
        let share = if late {
            self.share(total, 1.05, 1.9)
        } else {
            self.share(total, 0.12, 0.93)
        };
        let mut handle = self.after(now, share);
        let mut list: Vec<(Moment, Todo)> = Vec::new();
        if let Some(kind) = self.plan.asking {
            let seconds = self.share(total, 0.1, 0.4);
            list.push((self.after(now, seconds), Todo::Ask(kind)));
        }
        let safe_by = self
            .life
            .case
            .clock(ClockKind::MakeSafe)
            .filter(|_| !self.life.case.made_safe)
            .and_then(|c| c.due_at());
        if let Some(safe_by) = safe_by {
            let left = safe_by.since_s(now).max(120);
            let (from, to) = if self.chance(0.05) {
                (1.1, 1.8)
            } else {
                (0.15, 0.9)
            };
            let share = self.life.rng.random_range(from..to);
            let at = now.plus_s((left as f64 * share) as i64);
            list.push((at, Todo::MakeSafe));
            handle = handle.max(at.plus_s(600));
        }
        if people.len() > 1 && self.chance(0.06) {
            let seconds = self.share(total, 0.02, 0.1);
            list.push((self.after(now, seconds), Todo::HandOver));
        }
        if self.chance(0.10) {
            let seconds = self.share(total, 0.05, 0.4);
            list.push((self.after(now, seconds), Todo::Note));
        }
        if std::mem::take(&mut self.plan.helps)
            && let Some(org) = self.another_unit()
        {
            let add = self.share(total, 0.02, 0.12);
            let finish = self.share(total, 0.3, 0.7);
            list.push((self.after(now, add), Todo::AddSub(org)));
            let at = self.after(now, add + finish);
            list.push((at, Todo::FinishSubs));
            handle = handle.max(at.plus_s(900));
        }
        if !emergency && total >= 900 && std::mem::take(&mut self.plan.suspends) {
            let ask = self.share(total, 0.05, 0.3);
            let at = self.after(now, ask);
            list.push((at, Todo::Ask(RequestKind::Suspend)));
            let seconds = self.share(120, 0.3, 1.5);
            let yes = self.plan.hold.is_some() || self.chance(0.85);
            let answer = self.after(at, seconds);
            list.push((answer, Todo::Answer(RequestKind::Suspend, yes)));
            handle = handle.max(answer.plus_s(600));
        }
        if !emergency && std::mem::take(&mut self.plan.extends) {
            let ask = self.share(total, 0.5, 0.8);
            let at = self.after(now, ask);
            let seconds = self.share(120, 0.2, 1.2);
            let answer = self.after(at, seconds);
            if answer < due {
                let yes = self.chance(0.8);
                list.push((at, Todo::Ask(RequestKind::Extend)));
                list.push((answer, Todo::Answer(RequestKind::Extend, yes)));
                let more = self.share(total, 0.85, 1.25);
                handle = self.after(now, more).max(answer.plus_s(600));
            }
        }
        if std::mem::take(&mut self.plan.whistles) {
            self.intend_whistle(now, total, &mut handle, &mut list);
        }
        for (planned, kind) in [
            (
                std::mem::take(&mut self.plan.voids) && !self.has_joined(),
                RequestKind::Void,
            ),
            (
                std::mem::take(&mut self.plan.excludes),
                RequestKind::Exclude,
            ),
        ] {
            if planned {
                let ask = self.share(total, 0.05, 0.5);
                let at = self.after(now, ask);
                let seconds = self.share(180, 0.2, 1.2);
                let yes = self.chance(0.85);
                let answer = self.after(at, seconds);
                list.push((at, Todo::Ask(kind)));
                list.push((answer, Todo::Answer(kind, yes)));
                handle = handle.max(answer.plus_s(600));
            }
        }
        if std::mem::take(&mut self.plan.withdraws) && !self.has_joined() {
            let seconds = self.share(total, 0.05, 0.5);
            list.push((self.after(now, seconds), Todo::Withdraw));
        }
        if handle > due {
            let remind = due.plus_s(self.between(600, 3 * H));
            if remind < handle && self.chance(0.6) {
                list.push((remind, Todo::Remind));
            }
            let supervise = due.plus_s(self.between(3 * H, DAY));
            if supervise < handle && (self.plan.supervised || self.chance(0.35)) {
                list.push((supervise, Todo::Supervise));
            }
        } else if std::mem::take(&mut self.plan.supervised) {
            let seconds = self.share(total, 0.3, 0.6);
            list.push((self.after(now, seconds), Todo::Supervise));
        }
        list.push((handle, Todo::Handle));
        list.sort_by_key(|l| l.0);
        // What comes after handling never comes.
        let end = list
            .iter()
            .position(|l| matches!(l.1, Todo::Handle))
            .unwrap_or(0);
        list.truncate(end + 1);
        list.into()
    }

    fn intend_whistle(
        &mut self,
        now: Moment,
        total: i64,
        handle: &mut Moment,
        list: &mut Vec<(Moment, Todo)>,
    ) {
        let mut called: Vec<OrgId> = self.life.case.lead.into_iter().collect();
        for _ in 0..2 {
            called.extend(self.another_unit().filter(|o| !called.contains(o)));
        }
        let seconds = self.share(total, 0.05, 0.2);
        let at = self.after(now, seconds);
        list.push((at, Todo::Whistle(called)));
        let sign = at.plus_s(self.between(20 * 60, 55 * 60));
        list.push((sign, Todo::SignIns));
        let conclude = sign.plus_s(self.between(20 * 60, 2 * H));
        list.push((conclude, Todo::Conclude));
        let rate = conclude.plus_s(self.between(H / 2, 5 * H));
        list.push((rate, Todo::RateUnits));
        *handle = (*handle).max(rate.plus_s(600));
    }

    fn carry_out(&mut self, at: Moment, todo: &Todo, people: &[usize]) -> bool {
        match todo {
            Todo::Handle => self.handle(at, people),
            Todo::MakeSafe => {
                let command = Command::MakeSafe {
                    text: self.says("safe"),
                    media: Vec::new(),
                };
                self.someone(at, people, &command, &Facts::default())
                    .is_some()
            }
            Todo::HandOver => {
                let other = people
                    .iter()
                    .rev()
                    .map(|p| self.world.roster.actor(*p).person);
                let person = other
                    .into_iter()
                    .find(|p| Some(*p) != self.life.case.handler);
                let more = Facts {
                    same_unit: true,
                    ..Facts::default()
                };
                self.someone(at, people, &Command::HandOver { person }, &more)
                    .is_some()
            }
            Todo::Note => {
                let public = self.chance(0.6);
                let text = self.says(if public { "note_public" } else { "note" });
                let command = Command::Note {
                    text,
                    public,
                    media: Vec::new(),
                };
                self.someone(at, people, &command, &Facts::default())
                    .is_some()
            }
            Todo::Ask(kind) => self.ask(at, *kind, people),
            Todo::Answer(kind, yes) => self.answer(at, *kind, *yes),
            Todo::AddSub(org) => {
                let command = Command::AddSubTask {
                    org: Some(*org),
                    what: self.says("subtask"),
                    hours: None,
                };
                let more = Facts {
                    org: Some(*org),
                    ..Facts::default()
                };
                self.someone(at, people, &command, &more).is_some()
            }
            Todo::FinishSubs => self.finish_subs(at),
            Todo::Whistle(orgs) => self.whistle(at, orgs),
            Todo::SignIns => self.sign_ins(at),
            Todo::Conclude => {
                let command = Command::WhistleConclude {
                    whistle: None,
                    text: self.says("conclude"),
                };
                let caller: Vec<usize> = self.caller.into_iter().collect();
                self.someone(at, &caller, &command, &Facts::default())
                    .is_some()
            }
            Todo::RateUnits => self.rate_units(at),
            Todo::Remind => {
                let watchers = self.seats(Capability::WatchCases);
                let command = Command::Remind {
                    text: self.says("remind"),
                };
                self.someone(at, &watchers, &command, &Facts::default())
                    .is_some()
            }
            Todo::Supervise => {
                let watchers = self.seats(Capability::WatchCases);
                let level = Some(self.life.rng.random_range(1..=2));
                let command = Command::Supervise {
                    text: self.says("supervise"),
                    level,
                };
                self.someone(at, &watchers, &command, &Facts::default())
                    .is_some()
            }
            Todo::Withdraw => self.by_reporter(at, &Command::Withdraw {}),
        }
    }

    fn ask(&mut self, at: Moment, kind: RequestKind, people: &[usize]) -> bool {
        let choose = |list: &[&'static str], player: &mut Self| {
            list.choose(&mut player.life.rng)
                .copied()
                .unwrap_or_default()
        };
        match kind {
            RequestKind::Suspend => {
                let reason = choose(&["season", "needs_funds", "needs_design", "court"], self);
                let note = self.says(&format!("suspend_{reason}"));
                let days = self.between(8, 45);
                let until = Some(if self.plan.hold == Some(Stage::Suspended) {
                    self.world.now.plus_s(days * DAY)
                } else {
                    at.plus_s(days * DAY)
                });
                let reason = reason.to_owned();
                let command = Command::RequestSuspend {
                    reason,
                    until,
                    note,
                };
                self.someone(at, people, &command, &Facts::default())
                    .is_some()
            }
            RequestKind::Extend => {
                let note = self.says("extend");
                let hours = Some(self.life.rng.random_range(4..25));
                let reason = String::new();
                let command = Command::RequestExtend {
                    reason,
                    until: None,
                    hours,
                    note,
                };
                self.someone(at, people, &command, &Facts::default())
                    .is_some()
            }
            RequestKind::Void => {
                let reason = choose(&["test_entry", "mistaken_entry", "malicious"], self);
                let note = self.says(&format!("void_{reason}"));
                let seats = self.seats(Capability::DispatchCases);
                let command = Command::RequestVoid {
                    reason: reason.to_owned(),
                    note,
                };
                self.someone(at, &seats, &command, &Facts::default())
                    .is_some()
            }
            RequestKind::Exclude => {
                let list = ["force_majeure", "law_forbids", "reporter_refuses"];
                let reason = choose(&list, self);
                let note = self.says(&format!("exclude_{reason}"));
                let command = Command::RequestExclude {
                    reason: reason.to_owned(),
                    note,
                };
                self.someone(at, people, &command, &Facts::default())
                    .is_some()
            }
        }
    }

    fn answer(&mut self, at: Moment, kind: RequestKind, yes: bool) -> bool {
        let seats = self.seats(Capability::RuleCases);
        let note = self.says("refuse");
        let command = match (kind, yes) {
            (RequestKind::Suspend, true) => Command::ApproveSuspend { request: None },
            (RequestKind::Suspend, false) => Command::RefuseSuspend {
                request: None,
                note,
            },
            (RequestKind::Extend, true) => Command::ApproveExtend { request: None },
            (RequestKind::Extend, false) => Command::RefuseExtend {
                request: None,
                note,
            },
            (RequestKind::Void, true) => Command::ApproveVoid { request: None },
            (RequestKind::Void, false) => Command::RefuseVoid {
                request: None,
                note,
            },
            (RequestKind::Exclude, true) => Command::ApproveExclude { request: None },
            (RequestKind::Exclude, false) => Command::RefuseExclude {
                request: None,
                note,
            },
        };
        self.someone(at, &seats, &command, &Facts::default())
            .is_some()
    }

    fn finish_subs(&mut self, at: Moment) -> bool {
        let open: Vec<(kernel::SubTaskId, OrgId)> = self
            .life
            .case
            .sub_tasks
            .iter()
            .filter(|t| t.state == SubTaskState::Open)
            .map(|t| (t.id, t.org))
            .collect();
        let mut done = true;
        for (id, org) in open {
            let people = self.world.roster.of_unit(org, &mut self.life.rng);
            let command = if self.chance(0.1) {
                Command::DeclineSubTask {
                    sub_task: Some(id),
                    reason: self.says("subdecline"),
                }
            } else {
                let text = self.says("subdone");
                Command::FinishSubTask {
                    sub_task: Some(id),
                    text,
                    media: Vec::new(),
                }
            };
            done &= self
                .someone(at, &people, &command, &Facts::default())
                .is_some();
        }
        done
    }

    fn whistle(&mut self, at: Moment, orgs: &[OrgId]) -> bool {
        let callers = self.seats(Capability::Whistle);
        let command = Command::Whistle {
            orgs: orgs.to_vec(),
            place_text: self.life.place_text.clone(),
            arrive_by: Some(at.plus_s(H)),
            what: self.says("whistle"),
        };
        self.caller = self.someone(at, &callers, &command, &Facts::default());
        self.caller.is_some()
    }

    fn sign_ins(&mut self, at: Moment) -> bool {
        let called: Vec<OrgId> = self
            .life
            .case
            .whistles
            .last()
            .map(|w| w.called.keys().copied().collect())
            .unwrap_or_default();
        let mut here: Vec<Vec<usize>> = vec![self.caller.into_iter().collect()];
        for org in called {
            here.push(self.world.roster.of_unit(org, &mut self.life.rng));
        }
        let mut signed = 0;
        for (n, people) in (0_i64..).zip(here) {
            let command = Command::WhistleSignIn { whistle: None };
            let found = self.someone(at.plus_s(n * 4), &people, &command, &Facts::default());
            signed += usize::from(found.is_some());
        }
        signed > 1
    }

    fn rate_units(&mut self, at: Moment) -> bool {
        let Some(whistle) = self.life.case.whistles.last() else {
            return false;
        };
        let came: Vec<OrgId> = whistle
            .called
            .iter()
            .filter(|(_, signed)| signed.is_some())
            .map(|(org, _)| *org)
            .collect();
        let caller: Vec<usize> = self.caller.into_iter().collect();
        for org in came {
            let stars = self.life.rng.random_range(3..=5);
            let command = Command::WhistleRate {
                whistle: None,
                org: Some(org),
                stars,
                words: String::new(),
            };
            let _ = self.someone(at, &caller, &command, &Facts::default());
        }
        true
    }

    /// What the matter asks to be shown, and the words.
    fn evidence(
        &mut self,
        at: Moment,
        by: Option<kernel::PersonId>,
    ) -> (
        String,
        Vec<cases::model::Attached>,
        BTreeMap<String, String>,
    ) {
        let code = self
            .life
            .case
            .matter
            .clone()
            .unwrap_or_else(|| self.plan.matter.clone());
        let needed = self
            .world
            .facts
            .get(&code)
            .map(|f| f.evidence.clone())
            .unwrap_or_default();
        let (mut media, mut told) = (Vec::new(), BTreeMap::new());
        let scene = Scene::of(&code);
        for token in needed {
            match token {
                Evidence::PhotoAfter => media.push(self.life.wish(at, "photo", scene, true, by)),
                Evidence::Video => media.push(self.life.wish(at, "video", scene, true, by)),
                Evidence::Measurement
                | Evidence::Checklist
                | Evidence::Signature
                | Evidence::Consent
                | Evidence::Call
                | Evidence::Document => {
                    let word = token.as_str();
                    told.insert(word.to_owned(), self.says(&format!("evidence_{word}")));
                }
                _ => {}
            }
        }
        let text = self.world.texts.of(&code, "done", "", &mut self.life.rng);
        let text = if text.is_empty() {
            self.says("subdone")
        } else {
            text
        };
        (text, media, told)
    }

    fn handle(&mut self, at: Moment, people: &[usize]) -> bool {
        if self
            .life
            .case
            .sub_tasks
            .iter()
            .any(|t| t.state == SubTaskState::Open)
        {
            self.finish_subs(at);
        }
        let by = people.first().map(|p| self.world.roster.actor(*p).person);
        let (text, media, evidence) = self.evidence(at, by);
        let command = Command::Handle {
            text,
            media,
            evidence,
        };
        self.someone(at, people, &command, &Facts::default())
            .is_some()
    }

    /// The worker of the grid puts it right on the spot.
    pub fn self_handle(&mut self, worker: usize) -> bool {
        let at = self.life.at();
        let by = Some(self.world.roster.actor(worker).person);
        let (text, media, evidence) = self.evidence(at, by);
        let command = Command::SelfHandle {
            text,
            media,
            evidence,
        };
        self.someone(at, &[worker], &command, &Facts::default())
            .is_some()
    }

    fn suspended(&mut self) -> bool {
        let until = self.life.case.suspended_until.unwrap_or(self.world.now);
        if self.plan.hold == Some(Stage::Suspended) {
            return false;
        }
        if self.chance(0.5) {
            let whole = until.since_s(self.life.at()).max(2 * H);
            let at = self.life.at().plus_s(self.between(H, whole));
            if !self.wait(at) {
                return false;
            }
            let (people, note) = (self.unit(), self.says("resume"));
            let command = Command::Resume { note };
            if self
                .someone(at, &people, &command, &Facts::default())
                .is_some()
            {
                return true;
            }
        }
        self.wait(until)
    }

    // ── verdicts ────────────────────────────────────────────────────────────────────────────────

    fn handled(&mut self) -> bool {
        if self.life.case.drawn == Some(false) {
            let at = self.life.at();
            self.life.advance(self.world, at);
            return self.life.case.stage != Stage::Handled;
        }
        let limit = self.world.books.rules.verify_min;
        let (from, to) = if self.chance(0.06) {
            (0.9, 1.6)
        } else {
            (0.08, 0.6)
        };
        let seconds = self.share(limit, from, to);
        let at = self.after(self.life.at(), seconds);
        if !self.wait(at) {
            return false;
        }
        let people = self.seats(Capability::VerifyCases);
        self.someone(at, &people, &Command::Take {}, &Facts::default())
            .is_some()
    }

    fn verifying(&mut self) -> bool {
        let facts = self.life.facts(self.world);
        let way = facts.map(|f| f.verification);
        let limit = self.world.books.rules.verify_min;
        let seconds = self.share(limit, 0.08, 0.35);
        let mut at = self.after(self.life.at(), seconds);
        if way == Some(cases::model::Verification::SameHour) {
            // The next time of day that is near the report's.
            let apart = at.since_s(self.life.case.reported_at).rem_euclid(DAY);
            let near = apart.min(DAY - apart) <= 3000;
            if !near {
                at = at.plus_s(DAY - apart + self.between(-2400, 2400));
            }
        }
        if !self.wait(at) {
            return false;
        }
        let verifier = self
            .life
            .case
            .verifier
            .and_then(|p| self.world.roster.position(p));
        let people: Vec<usize> = verifier.into_iter().collect();
        let call = way == Some(cases::model::Verification::CallBack);
        let fails = self.life.case.rework < 2 && self.chance(0.06);
        let command = match (fails, call) {
            (true, true) => Command::Fail {
                text: self.says("fail_call"),
                media: Vec::new(),
            },
            (true, false) => Command::Fail {
                text: self.says("fail"),
                media: Vec::new(),
            },
            (false, _) => Command::Pass {
                text: self.says(if call { "pass_call" } else { "pass" }),
                media: Vec::new(),
                method: None,
            },
        };
        self.someone(at, &people, &command, &Facts::default())
            .is_some()
    }

    fn confirming(&mut self) -> bool {
        let window = self
            .life
            .case
            .clock(ClockKind::Objection)
            .and_then(|c| c.due_at());
        let Some(due) = window else {
            return false;
        };
        if self.life.reporter().is_some() {
            let objects = self.life.case.rework < 2 && self.chance(0.035);
            if objects || self.chance(0.45) {
                let seconds = self.between(H / 2, 4 * DAY);
                let at = self.awake(self.life.at().plus_s(seconds));
                if at < due {
                    if !self.wait(at) {
                        return false;
                    }
                    let command = if objects {
                        let (reason, words) = (String::new(), self.says("object"));
                        Command::Object {
                            reason,
                            words,
                            media: Vec::new(),
                        }
                    } else {
                        Command::Confirm {}
                    };
                    return self.by_reporter(at, &command) || self.wait(due);
                }
            }
        }
        self.wait(due)
    }

    fn closed(&mut self) -> bool {
        let Some(due) = self
            .life
            .case
            .clock(ClockKind::Reopen)
            .and_then(|c| c.due_at())
        else {
            return false;
        };
        if self.life.rated.is_none() && self.life.reporter().is_some() && self.chance(0.42) {
            let seconds = self.between(600, 5 * DAY);
            let at = self.awake(self.life.at().plus_s(seconds));
            if !self.wait(at) {
                return false;
            }
            if self.life.case.stage == Stage::Closed {
                self.rate(at);
            }
        }
        if std::mem::take(&mut self.plan.reopens) {
            let seconds = self.between(DAY, 11 * DAY);
            let at = self.awake(self.life.at().plus_s(seconds));
            if at < due {
                if !self.wait(at) {
                    return false;
                }
                let command = Command::Reopen {
                    words: self.says("reopen"),
                    media: Vec::new(),
                };
                if self.life.reporter().is_some() {
                    return self.by_reporter(at, &command) || self.wait(due);
                }
                let people = self.seats(Capability::RuleCases);
                return self
                    .someone(at, &people, &command, &Facts::default())
                    .is_some()
                    || self.wait(due);
            }
        }
        self.wait(due)
    }

    fn rate(&mut self, at: Moment) {
        let late = self
            .life
            .events
            .iter()
            .any(|e| matches!(&e.what, What::RanOut { clock } if *clock == ClockKind::Handle));
        let poor = late || self.life.case.rework > 0 || self.life.case.reopens > 0;
        let bad = self.chance(if poor { 0.5 } else { 0.08 });
        let stars = if bad {
            self.life.rng.random_range(1..=3)
        } else if self.chance(0.75) {
            5
        } else {
            4
        };
        let reasons: &[&'static str] = if bad {
            &["slow", "not_solved", "no_contact", "came_back", "rude"]
        } else {
            &["quick", "polite", "solved", "explained"]
        };
        let count = self.life.rng.random_range(0..=2);
        let chosen = reasons
            .choose_multiple(&mut self.life.rng, count)
            .copied()
            .collect();
        let text = self
            .chance(0.35)
            .then(|| self.says(if bad { "rate_bad" } else { "rate_good" }));
        self.life.rate(at, stars, chosen, text);
    }

    // ── beside ──────────────────────────────────────────────────────────────────────────────────

    /// What happens beside the stages until `to`.
    fn sides(&mut self, to: Moment) {
        while self.sides.front().is_some_and(|s| s.0 <= to) {
            let Some((at, side)) = self.sides.pop_front() else {
                return;
            };
            if at < self.life.at() {
                continue;
            }
            self.life.advance(self.world, at);
            match side {
                Side::Follow => {
                    if self.life.case.stage.open() {
                        self.life.follow(at);
                    }
                }
                Side::Join(report) => self.join(at, *report),
            }
        }
    }

    fn join(&mut self, at: Moment, report: Reported) {
        use rand::SeedableRng;
        let stage = self.life.case.stage;
        if !stage.open() && stage != Stage::Closed {
            return;
        }
        let rng = rand_chacha::ChaCha8Rng::from_rng(&mut self.life.rng);
        let Some(mut child) = Life::born(self.world, report, rng) else {
            return;
        };
        child.advance(self.world, at);
        let people =
            self.world
                .roster
                .of_area(Capability::AcceptCases, child.case.area, &mut child.rng);
        let command = Command::Merge {
            into: Some(self.life.case.id),
        };
        for person in people.iter().take(4) {
            let doer = self.world.roster.doer(*person, &child.case);
            let more = Facts {
                other: Some(&self.life.case),
                ..Facts::default()
            };
            if child.act(self.world, at, &doer, &command, more).is_ok() {
                let what = What::Joined {
                    case: child.case.id,
                    reporters: child.case.reporters,
                };
                let by = child.events.last().map(|e| e.by.clone());
                if let Some(by) = by {
                    self.life.record(
                        vec![Event {
                            at,
                            by,
                            what,
                            clocks: Vec::new(),
                        }],
                        None,
                        false,
                    );
                }
                break;
            }
        }
        if child.case.stage == Stage::Merged {
            child.tidy();
            self.children.push(child);
        } else {
            let plan = Plan {
                pace: 1.0,
                ..self.plan.clone()
            };
            let plan = Plan {
                hold: None,
                asking: None,
                voids: false,
                ..plan
            };
            let (child, _) = Player::new(self.world, child, plan).run();
            self.children.push(child);
        }
    }
}

/// How a report of `kind` came, by chance.
pub(super) fn source(public: bool, rng: &mut impl Rng) -> Source {
    let roll = rng.random_range(0..1000);
    match (public, roll) {
        (false, 0..750) => Source::Worker,
        (false, 750..900) => Source::Inspection,
        (false, _) => Source::Department,
        (true, 0..390) => Source::Citizen,
        (true, 390..660) => Source::Call,
        (true, 660..880) => Source::Worker,
        (true, 880..940) => Source::Inspection,
        (true, 940..975) => Source::Open311,
        (true, _) => Source::Department,
    }
}

/// Refusals that say a step was tried out of turn; all others point at a fault of the player.
pub(super) fn expected(kind: CommandKind, refusal: Refusal) -> bool {
    let _ = kind;
    matches!(
        refusal,
        Refusal::NotIndependent
            | Refusal::NotYourSeat
            | Refusal::HeldByAnother
            | Refusal::AnotherMustDecide
            | Refusal::SamePerson
    )
}
