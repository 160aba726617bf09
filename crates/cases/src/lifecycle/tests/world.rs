//! A handful of people, units and matters, and a case that is played with them.

use std::collections::BTreeMap;

use kernel::actor::Seat;
use kernel::{
    AccountId, Actor, CaseId, GridId, MediaId, Moment, OrgId, PersonId, ReporterId, Role,
    SessionId, WordsId,
};
use uuid::Uuid;
use worktime::Calendar;

use crate::lifecycle::{
    Command, CommandKind, Context, Doer, NewReport, Refusal, apply, born, decide, report, timers,
};
use crate::model::{
    Attached, By, Case, CityRules, ClockKind, ClockState, Event, Evidence, MatterFacts, Place,
    RequestKind, Source, SubTaskState, Urgency, Verification, Why,
};
use crate::standing;

pub(super) const COMMUNITY: i64 = 320_402_001_001;
pub(super) const DISTRICT: i64 = 320_402_000_000;
pub(super) const ELSEWHERE: i64 = 320_411_000_000;

/// Units: the centre, three departments, the residents' committee and one that has nothing to do with it.
pub(super) const CENTRE: u128 = 1;
pub(super) const URBAN: u128 = 2;
pub(super) const HYGIENE: u128 = 3;
pub(super) const PARKS: u128 = 4;
pub(super) const COMMITTEE: u128 = 5;
pub(super) const OTHER: u128 = 6;
pub(super) const TOWN: u128 = 7;

pub(super) fn org(n: u128) -> OrgId {
    OrgId(Uuid::from_u128(n))
}

pub(super) fn grid() -> GridId {
    GridId(Uuid::from_u128(77))
}

/// An instant by the city's clock, e.g. `2026-11-23T09:00`.
pub(super) fn at(local: &str) -> Moment {
    let civil: jiff::civil::DateTime = local.parse().unwrap();
    let zoned = civil
        .to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap())
        .unwrap();
    Moment::new(zoned.timestamp())
}

/// The city's clock at that instant, to the minute.
pub(super) fn local(at: Moment) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    at.stamp()
        .to_zoned(zone)
        .strftime("%Y-%m-%dT%H:%M")
        .to_string()
}

#[derive(Debug)]
pub(super) struct World {
    pub rules: CityRules,
    pub calendar: Calendar,
    pub matters: BTreeMap<&'static str, MatterFacts>,
    pub people: BTreeMap<&'static str, Actor>,
}

fn matter(
    code: &str,
    urgency: Urgency,
    handle_min: i64,
    evidence: &[Evidence],
    verification: Verification,
) -> MatterFacts {
    MatterFacts {
        code: code.to_owned(),
        terms: crate::model::Terms {
            version: 1,
            grade: None,
        },
        listed: true,
        urgency,
        accept_min: 30,
        handle_min,
        make_safe_min: None,
        evidence: evidence.to_vec(),
        verification,
        self_handle: false,
        certain: false,
    }
}

impl World {
    pub(super) fn new() -> Self {
        use Evidence as E;
        use Urgency as U;
        use Verification as V;
        let mut matters = BTreeMap::new();
        let mut add = |code: &'static str, facts: MatterFacts| {
            matters.insert(code, facts);
        };
        let after = [E::PhotoNear, E::Gps, E::PhotoAfter];
        // Normal, by hand; a grid worker may put it right.
        add(
            "N",
            MatterFacts {
                self_handle: true,
                ..matter("N", U::Normal, 240, &after, V::OnSite)
            },
        );
        // The same, certain enough to go by rule.
        add(
            "A",
            MatterFacts {
                certain: true,
                ..matter("A", U::Normal, 240, &after, V::OnSite)
            },
        );
        // Asks for nothing.
        add("L", matter("L", U::Low, 960, &[], V::OnSite));
        add(
            "E",
            MatterFacts {
                accept_min: 6,
                make_safe_min: Some(120),
                certain: true,
                ..matter("E", U::Emergency, 1440, &after, V::OnSite)
            },
        );
        add("G", matter("G", U::Urgent, 480, &[], V::OnSite));
        add(
            "S",
            MatterFacts {
                self_handle: true,
                ..matter("S", U::Normal, 240, &[], V::Sampling)
            },
        );
        add("H", matter("H", U::Normal, 240, &[], V::SameHour));
        add(
            "D",
            matter(
                "D",
                U::Normal,
                240,
                &[E::Document, E::Measurement, E::Note, E::Video],
                V::CallBack,
            ),
        );
        let mut world = Self {
            rules: CityRules::default(),
            calendar: Calendar::china(),
            matters,
            people: BTreeMap::new(),
        };
        let area = Some(DISTRICT);
        let centre = Some(org(CENTRE));
        for (login, role) in [
            ("call.1", Role::CallTaker),
            ("accept.1", Role::Acceptor),
            ("accept.2", Role::Acceptor),
            ("dispatch.1", Role::Dispatcher),
            ("dispatch.2", Role::Dispatcher),
            ("shift.1", Role::ShiftSupervisor),
            ("shift.2", Role::ShiftSupervisor),
            ("verify.1", Role::Verifier),
            ("verify.2", Role::Verifier),
            ("sup.1", Role::Supervisor),
        ] {
            world.seat(login, role, area, centre, None);
        }
        for (login, unit) in [
            ("u.1", URBAN),
            ("u.2", URBAN),
            ("h.1", HYGIENE),
            ("p.1", PARKS),
            ("x.1", OTHER),
        ] {
            world.seat(login, Role::Handler, None, Some(org(unit)), None);
        }
        world.seat("u.lead", Role::UnitLead, None, Some(org(URBAN)), None);
        world.seat("h.lead", Role::UnitLead, None, Some(org(HYGIENE)), None);
        world.seat(
            "grid.1",
            Role::GridWorker,
            None,
            Some(org(COMMITTEE)),
            Some(grid()),
        );
        let far = GridId(Uuid::from_u128(78));
        world.seat(
            "grid.2",
            Role::GridWorker,
            None,
            Some(org(COMMITTEE)),
            Some(far),
        );
        world.seat(
            "chief.1",
            Role::GridChief,
            Some(COMMUNITY),
            Some(org(COMMITTEE)),
            None,
        );
        world.seat(
            "town.1",
            Role::GridChief,
            Some(320_402_001_000),
            Some(org(TOWN)),
            None,
        );
        world.seat("admin.1", Role::SystemAdmin, area, None, None);
        world.seat("accept.far", Role::Acceptor, Some(ELSEWHERE), centre, None);
        // People with two seats.
        world.seat("verify.u", Role::Verifier, area, centre, None);
        world.seat("verify.u", Role::Handler, None, Some(org(URBAN)), None);
        world.seat("shift.u", Role::ShiftSupervisor, area, centre, None);
        world.seat("shift.u", Role::Handler, None, Some(org(URBAN)), None);
        world.seat("shift.d", Role::ShiftSupervisor, area, centre, None);
        world.seat("shift.d", Role::Dispatcher, area, centre, None);
        world.seat("verify.g", Role::Verifier, area, centre, None);
        world.seat(
            "verify.g",
            Role::GridWorker,
            None,
            Some(org(COMMITTEE)),
            Some(grid()),
        );
        world.seat("verify.h", Role::Verifier, area, centre, None);
        world.seat("verify.h", Role::Handler, None, Some(org(HYGIENE)), None);
        world
    }

    /// One world for all random lives.
    pub(super) fn new_shared() -> &'static Self {
        static WORLD: std::sync::LazyLock<World> = std::sync::LazyLock::new(World::new);
        &WORLD
    }

    fn seat(
        &mut self,
        login: &'static str,
        role: Role,
        area: Option<i64>,
        org: Option<OrgId>,
        grid: Option<GridId>,
    ) {
        let n = u128::try_from(self.people.len()).unwrap() + 1000;
        let actor = self.people.entry(login).or_insert_with(|| Actor {
            account: AccountId(Uuid::from_u128(n)),
            person: PersonId(Uuid::from_u128(n)),
            session: SessionId(Uuid::from_u128(n)),
            name: login.to_owned(),
            seats: Vec::new(),
            must_change: false,
        });
        actor.seats.push(Seat {
            role,
            area,
            org,
            grid,
            of: None,
        });
    }

    pub(super) fn person(&self, login: &str) -> PersonId {
        self.people[login].person
    }

    pub(super) fn doer(&self, case: &Case, who: &str) -> Doer {
        let reporter = |follower| Doer::Reporter {
            id: ReporterId(Uuid::from_u128(9000)),
            follower,
        };
        match who {
            "reporter" => reporter(false),
            "follower" => reporter(true),
            login => standing::doer(case, &self.people[login]),
        }
    }

    /// What a command is decided with, as the desk gathers it.
    pub(super) fn context(
        &self,
        case: Option<&Case>,
        command: &Command,
        now: Moment,
    ) -> Context<'_> {
        let named = match command {
            Command::Accept { matter } => matter.as_deref(),
            Command::SetMatter { matter } => Some(matter.as_str()),
            _ => None,
        };
        let code = named.or(case.and_then(|c| c.matter.as_deref()));
        let same_unit = match (command, case.and_then(|c| c.lead)) {
            (Command::HandOver { person: Some(p) }, Some(lead)) => self
                .people
                .values()
                .any(|a| a.person == *p && a.orgs().contains(&lead)),
            _ => false,
        };
        Context {
            rules: &self.rules,
            calendar: &self.calendar,
            matter: code.and_then(|c| self.matters.get(c)),
            now,
            command: Uuid::nil(),
            drawn: true,
            placed: Some((place(), 2)),
            other: None,
            same_unit,
            why: Why::Hand,
            route: None,
            co: Vec::new(),
            to_grids: false,
        }
    }
}

pub(super) fn place() -> Place {
    Place {
        lon: 119.97,
        lat: 31.78,
        basic: grid(),
        dedicated: None,
        community: COMMUNITY,
    }
}

pub(super) fn after() -> Attached {
    attached("after", "photo")
}

pub(super) fn attached(purpose: &str, kind: &str) -> Attached {
    Attached {
        id: MediaId(Uuid::from_u128(500)),
        purpose: purpose.to_owned(),
        kind: kind.to_owned(),
    }
}

/// A case being played: its state, its events, and what time it is.
#[derive(Debug, Clone)]
pub(super) struct Play<'a> {
    pub world: &'a World,
    pub case: Case,
    pub events: Vec<Event>,
    pub now: Moment,
    pub drawn: bool,
    pub route: Option<(OrgId, Why)>,
    pub other: Option<Case>,
    serial: u128,
}

impl<'a> Play<'a> {
    /// A report at 09:00 on Monday 23 November 2026.
    pub(super) fn new(world: &'a World, matter: Option<&str>) -> Self {
        Self::reported(world, matter, "2026-11-23T09:00", true, None)
    }

    pub(super) fn reported(
        world: &'a World,
        matter: Option<&str>,
        when: &str,
        placed: bool,
        route: Option<(OrgId, Why)>,
    ) -> Self {
        let now = at(when);
        let mut context = world.context(None, &Command::Take {}, now);
        context.matter = matter.map(|m| &world.matters[m]);
        context.route = route;
        let id = CaseId(Uuid::from_u128(1));
        let new = NewReport {
            number: "261123-00001".to_owned(),
            source: Source::Citizen,
            external_number: None,
            place: placed.then(place),
            net: 1,
            area: if placed { COMMUNITY } else { 320_400_000_000 },
            words: WordsId(id.0),
            media: Vec::new(),
            by: By::Reporter {
                reporter: ReporterId(Uuid::from_u128(9000)),
            },
        };
        let events = report(&new, &context);
        let first = born(id, &events[0]).unwrap();
        let case = events[1..].iter().fold(first, apply);
        Self {
            world,
            case,
            events,
            now,
            drawn: true,
            route: None,
            other: None,
            serial: 100,
        }
    }

    pub(super) fn at(&mut self, when: &str) -> &mut Self {
        self.now = at(when);
        self
    }

    pub(super) fn decided(&self, who: &str, command: &Command) -> Result<Vec<Event>, Refusal> {
        let mut context = self.world.context(Some(&self.case), command, self.now);
        context.command = Uuid::from_u128(self.serial);
        context.drawn = self.drawn;
        context.route = self.route.clone();
        context.other = self.other.as_ref();
        let doer = self.world.doer(&self.case, who);
        decide(&self.case, command, &doer, &context)
    }

    pub(super) fn try_act(&mut self, who: &str, command: &Command) -> Result<(), Refusal> {
        let events = self.decided(who, command)?;
        self.serial += 1;
        for event in events {
            self.take(event);
        }
        Ok(())
    }

    /// The next command has another id.
    pub(super) fn renumber(&mut self) {
        self.serial += 1;
    }

    pub(super) fn take(&mut self, event: Event) {
        self.case = apply(self.case.clone(), &event);
        self.events.push(event);
    }

    #[track_caller]
    pub(super) fn act(&mut self, who: &str, command: Command) -> &mut Self {
        if let Err(refusal) = self.try_act(who, &command) {
            panic!("{who} {command:?} at {:?}: {refusal:?}", self.case.stage);
        }
        self
    }

    #[track_caller]
    pub(super) fn refused(&mut self, who: &str, command: Command, why: Refusal) -> &mut Self {
        assert_eq!(
            self.decided(who, &command),
            Err(why),
            "{who} {command:?} at {:?}",
            self.case.stage
        );
        self
    }

    /// Fires every timer due by now; answers what happened.
    pub(super) fn tick(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(event) = self.due() {
            told.push(event.what.kind());
            self.take(event);
            assert!(told.len() < 50, "timers never come to rest: {told:?}");
        }
        told
    }

    pub(super) fn due(&self) -> Option<Event> {
        let context = self
            .world
            .context(Some(&self.case), &Command::Take {}, self.now);
        timers::due(&self.case, &context, self.now)
    }

    /// When the clock is over by the city's clock; `-` when it does not run, `=N` when it stands with
    /// N seconds left.
    pub(super) fn clock(&self, kind: ClockKind) -> String {
        match self.case.clock(kind).map(|c| c.state) {
            Some(ClockState::Running { due_at, .. }) => local(due_at),
            Some(ClockState::Paused { remaining_s, .. }) => format!("={remaining_s}"),
            _ => "-".to_owned(),
        }
    }

    /// The clocks that run.
    pub(super) fn running(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self
            .case
            .clocks
            .iter()
            .filter(|c| c.due_at().is_some())
            .map(|c| c.kind)
            .collect();
        kinds.sort_unstable();
        kinds.into_iter().map(ClockKind::word).collect()
    }

    // ── where most plays begin ──

    /// Dispatched to urban management at 09:20, by hand.
    pub(super) fn dispatched(world: &'a World, matter: &str) -> Self {
        let mut play = Self::new(world, Some(matter));
        if play.case.stage == crate::model::Stage::Reported {
            play.at("2026-11-23T09:10").act("accept.1", accept());
        }
        play.at("2026-11-23T09:20")
            .act("dispatch.1", dispatch(URBAN));
        play
    }

    /// Signed by u.1 at 09:30.
    pub(super) fn handling(world: &'a World, matter: &str) -> Self {
        let mut play = Self::dispatched(world, matter);
        play.at("2026-11-23T09:30").act("u.1", Command::Sign {});
        play
    }

    /// Returned by parks, dispatched again to urban management, signed at 09:50.
    pub(super) fn return_used(world: &'a World, matter: &str) -> Self {
        let mut play = Self::new(world, Some(matter));
        play.at("2026-11-23T09:10").act("accept.1", accept());
        play.at("2026-11-23T09:20")
            .act("dispatch.1", dispatch(PARKS));
        play.at("2026-11-23T09:30").act("p.1", give_back());
        play.at("2026-11-23T09:40")
            .act("dispatch.1", redispatch(URBAN));
        play.at("2026-11-23T09:50").act("u.1", Command::Sign {});
        play
    }

    pub(super) fn in_ruling(world: &'a World, matter: &str) -> Self {
        let mut play = Self::return_used(world, matter);
        play.at("2026-11-23T10:00").act("u.1", dispute());
        play
    }

    /// Handled at 11:00.
    pub(super) fn handled(world: &'a World, matter: &str) -> Self {
        let mut play = Self::handling(world, matter);
        play.at("2026-11-23T11:00").act("u.1", handle());
        play
    }

    pub(super) fn verifying(world: &'a World, matter: &str) -> Self {
        let mut play = Self::handled(world, matter);
        play.at("2026-11-23T11:10")
            .act("verify.1", Command::Take {});
        play
    }

    /// Passed at 11:30.
    pub(super) fn confirming(world: &'a World, matter: &str) -> Self {
        let mut play = Self::verifying(world, matter);
        play.at("2026-11-23T11:30").act("verify.1", pass());
        play
    }

    /// Confirmed at 11:40.
    pub(super) fn closed(world: &'a World, matter: &str) -> Self {
        let mut play = Self::confirming(world, matter);
        play.at("2026-11-23T11:40")
            .act("reporter", Command::Confirm {});
        play
    }

    pub(super) fn suspended(world: &'a World, matter: &str) -> Self {
        let mut play = Self::handling(world, matter);
        play.at("2026-11-23T09:40")
            .act("u.1", ask_suspend("2026-12-01T09:00"));
        play.at("2026-11-23T10:00")
            .act("shift.1", Command::ApproveSuspend { request: None });
        play
    }

    pub(super) fn merged(world: &'a World) -> Self {
        let mut play = Self::handling(world, "N");
        play.other = Some(other(world));
        play.at("2026-11-23T10:00").act("dispatch.1", merge());
        play
    }
}

/// Another open case.
pub(super) fn other(world: &World) -> Case {
    let mut other = Play::new(world, Some("N")).case;
    other.id = CaseId(Uuid::from_u128(2));
    other
}

// ── commands ──

pub(super) fn accept() -> Command {
    Command::Accept { matter: None }
}

pub(super) fn dispatch(to: u128) -> Command {
    Command::Dispatch {
        org: Some(org(to)),
        note: String::new(),
    }
}

pub(super) fn redispatch(to: u128) -> Command {
    Command::Redispatch {
        org: Some(org(to)),
        note: String::new(),
    }
}

pub(super) fn give_back() -> Command {
    Command::Return {
        reason: "wrong_unit".into(),
        clause: "第三条".into(),
        suggested_org: None,
        note: String::new(),
    }
}

pub(super) fn dispute() -> Command {
    Command::Dispute {
        reason: "wrong_unit".into(),
        note: String::new(),
    }
}

pub(super) fn rule(to: u128) -> Command {
    Command::Rule {
        org: Some(org(to)),
        clause: "第五条".into(),
        note: String::new(),
    }
}

pub(super) fn handle() -> Command {
    Command::Handle {
        text: "已清理".into(),
        media: vec![after()],
        evidence: BTreeMap::new(),
    }
}

pub(super) fn self_handle() -> Command {
    Command::SelfHandle {
        text: "当场处理".into(),
        media: vec![after()],
        evidence: BTreeMap::new(),
    }
}

pub(super) fn pass() -> Command {
    Command::Pass {
        text: "干净了".into(),
        media: Vec::new(),
        method: None,
    }
}

pub(super) fn fail() -> Command {
    Command::Fail {
        text: "还有".into(),
        media: Vec::new(),
    }
}

pub(super) fn object() -> Command {
    Command::Object {
        reason: String::new(),
        words: "还在".into(),
        media: Vec::new(),
    }
}

pub(super) fn reopen() -> Command {
    Command::Reopen {
        words: "又来了".into(),
        media: Vec::new(),
    }
}

pub(super) fn decline() -> Command {
    Command::Decline {
        reason: "no_facts".into(),
        note: String::new(),
    }
}

pub(super) fn ask_suspend(until: &str) -> Command {
    Command::RequestSuspend {
        reason: "season".into(),
        until: Some(at(until)),
        note: String::new(),
    }
}

pub(super) fn ask_extend(hours: u32) -> Command {
    Command::RequestExtend {
        reason: "parts".into(),
        until: None,
        hours: Some(hours),
        note: String::new(),
    }
}

pub(super) fn ask_void() -> Command {
    Command::RequestVoid {
        reason: "test_entry".into(),
        note: String::new(),
    }
}

pub(super) fn ask_exclude() -> Command {
    Command::RequestExclude {
        reason: "force_majeure".into(),
        note: String::new(),
    }
}

pub(super) fn merge() -> Command {
    Command::Merge {
        into: Some(CaseId(Uuid::from_u128(2))),
    }
}

pub(super) fn sub_task(to: u128) -> Command {
    Command::AddSubTask {
        org: Some(org(to)),
        what: "请协助".into(),
        hours: None,
    }
}

pub(super) fn finish() -> Command {
    Command::FinishSubTask {
        sub_task: None,
        text: "好了".into(),
        media: Vec::new(),
    }
}

pub(super) fn decline_sub_task() -> Command {
    Command::DeclineSubTask {
        sub_task: None,
        reason: "没有人".into(),
    }
}

pub(super) fn whistle(to: &[u128], by: Moment) -> Command {
    Command::Whistle {
        orgs: to.iter().map(|o| org(*o)).collect(),
        place_text: "桥下".into(),
        arrive_by: Some(by),
        what: "会商".into(),
    }
}

pub(super) fn conclude() -> Command {
    Command::WhistleConclude {
        whistle: None,
        text: "由城管牵头".into(),
    }
}

pub(super) fn rate(to: u128, stars: u8) -> Command {
    Command::WhistleRate {
        whistle: None,
        org: Some(org(to)),
        stars,
        words: String::new(),
    }
}

/// A command of this kind with a body that fits the case, one of several by `pick`.
pub(super) fn sample(kind: CommandKind, play: &Play<'_>, pick: usize) -> Command {
    use CommandKind as K;
    let unit = [URBAN, HYGIENE, PARKS][pick % 3];
    let codes = ["N", "L", "E", "G", "S", "H"];
    let case = &play.case;
    let later = play
        .now
        .plus_s(3600 * (1 + i64::try_from(pick % 60).unwrap()));
    let text = || "说明".to_owned();
    match kind {
        K::AskReporter => Command::AskReporter { text: text() },
        K::Answer => Command::Answer {
            text: text(),
            media: Vec::new(),
        },
        K::Accept => Command::Accept {
            matter: (pick.is_multiple_of(2) || case.matter.is_none())
                .then(|| codes[pick / 2 % 6].to_owned()),
        },
        K::Decline => decline(),
        K::ObjectDecline => Command::ObjectDecline { words: text() },
        K::Dispatch => dispatch(unit),
        K::Sign => Command::Sign {},
        K::Return => give_back(),
        K::Redispatch => redispatch(unit),
        K::Dispute => dispute(),
        K::Rule => rule(unit),
        K::RequestSuspend => Command::RequestSuspend {
            reason: "season".into(),
            until: Some(later),
            note: text(),
        },
        K::ApproveSuspend => Command::ApproveSuspend { request: None },
        K::RefuseSuspend => Command::RefuseSuspend {
            request: None,
            note: text(),
        },
        K::Resume => Command::Resume { note: text() },
        K::RequestExtend => ask_extend(u32::try_from(pick % 24).unwrap() + 1),
        K::ApproveExtend => Command::ApproveExtend { request: None },
        K::RefuseExtend => Command::RefuseExtend {
            request: None,
            note: text(),
        },
        K::MakeSafe => Command::MakeSafe {
            text: text(),
            media: Vec::new(),
        },
        K::Handle => handle(),
        K::SelfHandle => self_handle(),
        K::Take => Command::Take {},
        K::Pass => pass(),
        K::Fail => fail(),
        K::Confirm => Command::Confirm {},
        K::Object => object(),
        K::Reopen => reopen(),
        K::Merge => merge(),
        K::Unmerge => Command::Unmerge {},
        K::Withdraw => Command::Withdraw {},
        K::RequestVoid => ask_void(),
        K::ApproveVoid => Command::ApproveVoid { request: None },
        K::RefuseVoid => Command::RefuseVoid {
            request: None,
            note: text(),
        },
        K::RequestExclude => ask_exclude(),
        K::ApproveExclude => Command::ApproveExclude { request: None },
        K::RefuseExclude => Command::RefuseExclude {
            request: None,
            note: text(),
        },
        K::Remind => Command::Remind { text: text() },
        K::Supervise => Command::Supervise {
            text: text(),
            level: Some(2),
        },
        K::AddSubTask => sub_task([HYGIENE, PARKS, OTHER][pick % 3]),
        K::DeclineSubTask => decline_sub_task(),
        K::FinishSubTask => finish(),
        K::Whistle => whistle(&[HYGIENE, PARKS], later),
        K::WhistleSignIn => Command::WhistleSignIn { whistle: None },
        K::WhistleConclude => conclude(),
        K::WhistleRate => rate([HYGIENE, PARKS][pick % 2], 4),
        K::HandOver => Command::HandOver {
            person: Some(play.world.person(["u.2", "u.lead", "h.lead"][pick % 3])),
        },
        K::Place => Command::Place {
            lon: 119.97,
            lat: 31.78,
            place_text: None,
        },
        K::SetMatter => Command::SetMatter {
            matter: codes[pick % 6].to_owned(),
        },
        K::Note => Command::Note {
            text: text(),
            public: pick.is_multiple_of(2),
            media: Vec::new(),
        },
    }
}

/// Whether somebody still has something to do for another unit.
pub(super) fn sub_tasks_open(case: &Case) -> bool {
    case.sub_tasks.iter().any(|t| t.state == SubTaskState::Open)
}

/// Whether such a request waits.
pub(super) fn waits(case: &Case, kind: RequestKind) -> bool {
    case.open_request(kind).is_some()
}
