//! From a command to the events that follow, or a refusal.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Capability as C, Moment, OrgId, RequestId, SubTaskId, WhistleId, WordsId};
use matters::catalogue::Verification;
use uuid::Uuid;
use worktime::Calendar;

use super::clocks::{Clocks, around};
use super::command::{Command, CommandKind, Doer};
use super::may::may;
use super::refusal::Refusal as R;
use crate::model::{
    Answered, Attached, By, Case, CityRules, ClockChange, ClockKind as K, Event, Evidence,
    MatterFacts, Place, Request, RequestKind, Source, Stage, SubTask, SubTaskState, What, Whistle,
    Why,
};

/// What the rules need besides the case and the command.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The city's rules.
    pub rules: &'a CityRules,
    /// The working calendar.
    pub calendar: &'a Calendar,
    /// Facts of the case's matter, or of the one the command names.
    pub matter: Option<&'a MatterFacts>,
    /// The present instant.
    pub now: Moment,
    /// The command's id: ids of what it creates (words, requests, sub-tasks, whistles) are made of it.
    pub command: Uuid,
    /// Whether a sampled matter's case is drawn for verification: decided outside, so that rules stay pure.
    pub drawn: bool,
    /// Where a `place` command puts it, located with this net.
    pub placed: Option<(Place, i32)>,
    /// For merging: the other case and how many reporters stand behind this one.
    pub other: Option<&'a Case>,
    /// For handing over: whether the person sits in the lead unit.
    pub same_unit: bool,
    /// Why a dispatch by hand goes where it goes.
    pub why: Why,
    /// Where the rules would send it once accepted, and why.
    pub route: Option<(OrgId, Why)>,
    /// Units that the rule followed by a dispatch asks to co-handle.
    pub co: Vec<OrgId>,
    /// Whether a unit the command names is one of the grids.
    pub to_grids: bool,
}

impl Context<'_> {
    fn clocks(&self) -> Clocks<'_> {
        Clocks {
            calendar: self.calendar,
            now: self.now,
        }
    }

    /// The clock that measures the reporter's window to object.
    #[must_use]
    pub fn objection(&self, clocks: Clocks<'_>) -> ClockChange {
        clocks.start(K::Objection, true, self.rules.objection_days * 24 * 60)
    }

    /// The clocks when a case has been verified, or was not drawn: verification ends, the reporter's
    /// window begins, and the whole clock stands still, for nobody works on the case meanwhile.
    #[must_use]
    pub fn verified(&self, case: &Case, clocks: Clocks<'_>) -> Vec<ClockChange> {
        let mut changes = clocks.stop(case, &[K::Verify]);
        changes.extend(clocks.pause(case, &[K::Whole]));
        changes.push(self.objection(clocks));
        changes
    }

    fn handle_min(&self) -> i64 {
        self.matter.map_or(2400, |m| m.handle_min)
    }

    /// The whole clock: accept, dispatch, handle and verify limits together, from `from`.
    fn whole(&self, clocks: Clocks<'_>, from: Moment) -> ClockChange {
        let accept = self.matter.map_or(self.rules.accept_min, |m| m.accept_min);
        let minutes = accept + self.rules.dispatch_min + self.handle_min() + self.rules.verify_min;
        let around = around(self.matter.map(|m| m.urgency));
        clocks.start_at(K::Whole, around, from, minutes * 60)
    }

    fn is_around(&self) -> bool {
        around(self.matter.map(|m| m.urgency))
    }
}

/// What a new report holds, located and with ids made by its sender.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// The number people use.
    pub number: String,
    /// How it came.
    pub source: Source,
    /// Another system's number.
    pub external_number: Option<String>,
    /// Where, if known.
    pub place: Option<Place>,
    /// The net located with.
    pub net: i32,
    /// The community, or the city when not placed.
    pub area: i64,
    /// The reporter's words.
    pub words: WordsId,
    /// Pictures.
    pub media: Vec<Attached>,
    /// Who reports.
    pub by: By,
}

/// The events of a new report: reported; accepted and dispatched at once by rule where the matter
/// allows it and both matter and place are certain. The last event's stage may be further on.
#[must_use]
pub fn report(new: &NewReport, context: &Context<'_>) -> Vec<Event> {
    let clocks = context.clocks();
    let matter = context.matter;
    let accept = matter.map_or(context.rules.accept_min, |m| m.accept_min);
    let first = Event {
        at: context.now,
        by: new.by.clone(),
        what: What::Reported {
            number: new.number.clone(),
            source: new.source,
            external_number: new.external_number.clone(),
            matter: matter.map(|m| m.code.clone()),
            urgency: matter.map(|m| m.urgency),
            terms: matter.map(|m| m.terms),
            place: new.place.clone(),
            net: new.net,
            area: new.area,
            words: new.words,
            media: new.media.clone(),
        },
        clocks: vec![
            clocks.start(K::Accept, context.is_around(), accept.max(1)),
            context.whole(clocks, context.now),
        ],
    };
    let mut events = vec![first];
    if let (Some(matter), Some(_)) = (matter.filter(|m| m.certain), &new.place) {
        events.push(accepted(matter, By::Rule, None, context));
        if let Some((org, why)) = &context.route {
            let stop = ClockChange::Stop { clock: K::Dispatch };
            events.push(dispatched(
                *org,
                why.clone(),
                None,
                By::Rule,
                vec![stop],
                true,
                context,
            ));
            events.extend(co_handlers(*org, &[], &By::Rule, context));
        }
    }
    events
}

/// Sub-tasks for the units that the rule asks to help the lead, but for those that have one already.
fn co_handlers(lead: OrgId, given: &[SubTask], by: &By, context: &Context<'_>) -> Vec<Event> {
    let seconds = context.handle_min() * 60;
    let (due_at, _) = context
        .clocks()
        .after(context.is_around(), context.now, seconds);
    let asked = |org: &&OrgId| **org != lead && !given.iter().any(|task| task.org == **org);
    let mut events = Vec::new();
    for (org, n) in context.co.iter().filter(asked).zip(0_u32..) {
        let name = [context.command.as_bytes().as_slice(), &n.to_be_bytes()].concat();
        let sub_task = SubTask {
            id: SubTaskId(Uuid::new_v5(&org.0, &name)),
            org: *org,
            words: None,
            due_at,
            state: SubTaskState::Open,
            result: None,
        };
        events.push(Event {
            at: context.now,
            by: by.clone(),
            what: What::SubTaskAdded { sub_task },
            clocks: Vec::new(),
        });
    }
    events
}

fn accepted(matter: &MatterFacts, by: By, case: Option<&Case>, context: &Context<'_>) -> Event {
    let clocks = context.clocks();
    let round = around(Some(matter.urgency));
    let mut changes = vec![
        ClockChange::Stop { clock: K::Accept },
        clocks.start(K::Dispatch, round, context.rules.dispatch_min),
    ];
    // The matter decides the whole limit; it counts from the report.
    if let Some(case) = case.filter(|c| c.matter.as_deref() != Some(matter.code.as_str())) {
        changes.push(context.whole(clocks, case.reported_at));
    }
    Event {
        at: context.now,
        by,
        what: What::Accepted {
            matter: matter.code.clone(),
            urgency: matter.urgency,
            terms: Some(matter.terms),
        },
        clocks: changes,
    }
}

fn dispatched(
    org: OrgId,
    why: Why,
    words: Option<WordsId>,
    by: By,
    mut changes: Vec<ClockChange>,
    fresh_safe: bool,
    context: &Context<'_>,
) -> Event {
    changes.extend(handle_clocks(context, fresh_safe));
    Event {
        at: context.now,
        by,
        what: What::Dispatched { org, why, words },
        clocks: changes,
    }
}

/// The clocks that start when a unit is given a case.
fn handle_clocks(context: &Context<'_>, make_safe: bool) -> Vec<ClockChange> {
    let clocks = context.clocks();
    let mut changes = vec![
        clocks.start(K::Handle, context.is_around(), context.handle_min()),
        clocks.start(K::Sign, context.is_around(), context.rules.sign_min),
    ];
    if let Some(minutes) = context
        .matter
        .and_then(|m| m.make_safe_min)
        .filter(|_| make_safe)
    {
        changes.push(clocks.start(K::MakeSafe, true, minutes));
    }
    changes
}

/// The clocks when a case closes: all stop; the window to reopen starts.
#[must_use]
pub fn stop_for_close(case: &Case, context: &Context<'_>, clocks: Clocks<'_>) -> Vec<ClockChange> {
    let mut changes = clocks.stop_all(case);
    changes.push(clocks.start(K::Reopen, true, context.rules.reopen_days * 24 * 60));
    changes
}

/// Decides `command` by `doer` on `case`.
///
/// # Errors
/// The rule that says no; nothing happened.
pub fn decide(
    case: &Case,
    command: &Command,
    doer: &Doer,
    context: &Context<'_>,
) -> Result<Vec<Event>, R> {
    may(case, command.kind(), doer, context)?;
    // What is not listed is put on grids by nobody. What is not known yet cannot be listed.
    let listed = context.matter.is_some_and(|m| m.listed);
    if context.to_grids && !listed {
        return Err(R::NotListed);
    }
    let told = Told {
        case,
        command,
        doer,
        context,
        clocks: context.clocks(),
    };
    match command.kind().group() {
        Group::Intake => told.intake(),
        Group::Units => told.units(),
        Group::Requests => told.requests(),
        Group::Work => told.work(),
        Group::Verdicts => told.verdicts(),
        Group::Together => told.together(),
        Group::Beside => told.beside(),
    }
}

enum Group {
    Intake,
    Units,
    Requests,
    Work,
    Verdicts,
    Together,
    Beside,
}

impl CommandKind {
    fn group(self) -> Group {
        use CommandKind as M;
        match self {
            M::AskReporter
            | M::Answer
            | M::Accept
            | M::Decline
            | M::ObjectDecline
            | M::Place
            | M::SetMatter => Group::Intake,
            M::Dispatch
            | M::Sign
            | M::Return
            | M::Redispatch
            | M::Dispute
            | M::Rule
            | M::HandOver => Group::Units,
            M::RequestSuspend
            | M::ApproveSuspend
            | M::RefuseSuspend
            | M::Resume
            | M::RequestExtend
            | M::ApproveExtend
            | M::RefuseExtend
            | M::RequestVoid
            | M::ApproveVoid
            | M::RefuseVoid
            | M::RequestExclude
            | M::ApproveExclude
            | M::RefuseExclude => Group::Requests,
            M::MakeSafe | M::Handle | M::SelfHandle => Group::Work,
            M::Take | M::Pass | M::Fail | M::Confirm | M::Object | M::Reopen | M::Withdraw => {
                Group::Verdicts
            }
            M::AddSubTask
            | M::DeclineSubTask
            | M::FinishSubTask
            | M::Whistle
            | M::WhistleSignIn
            | M::WhistleConclude
            | M::WhistleRate => Group::Together,
            M::Merge | M::Unmerge | M::Remind | M::Supervise | M::Note => Group::Beside,
        }
    }
}

/// A permitted command before its case.
struct Told<'a> {
    case: &'a Case,
    command: &'a Command,
    doer: &'a Doer,
    context: &'a Context<'a>,
    clocks: Clocks<'a>,
}

type Decided = Result<Vec<Event>, R>;

impl Told<'_> {
    fn words(&self) -> Option<WordsId> {
        self.command.said().map(|_| WordsId(self.context.command))
    }

    fn said(&self) -> WordsId {
        WordsId(self.context.command)
    }

    fn media(&self) -> Vec<Attached> {
        self.command.media().to_vec()
    }

    fn one(&self, by: By, what: What, clocks: Vec<ClockChange>) -> Decided {
        Ok(vec![Event {
            at: self.context.now,
            by,
            what,
            clocks,
        }])
    }

    fn by(&self, capability: C) -> By {
        self.doer.by(capability, None)
    }

    fn by_lead(&self) -> By {
        self.doer.by(C::HandleCases, self.case.lead)
    }

    fn intake(&self) -> Decided {
        let accept = self.by(C::AcceptCases);
        match self.command {
            Command::AskReporter { .. } => {
                let until = self
                    .context
                    .now
                    .plus_s(self.context.rules.answer_days * 86_400);
                let pause = self.clocks.pause(self.case, &[K::Accept]);
                self.one(
                    accept,
                    What::Asked {
                        words: self.said(),
                        until,
                    },
                    pause,
                )
            }
            Command::Answer { .. } => {
                let resume = self.clocks.resume(self.case, &[K::Accept]);
                let what = What::Answered {
                    words: self.said(),
                    media: self.media(),
                };
                self.one(self.by(C::ReadCases), what, resume)
            }
            Command::Accept { .. } => {
                let matter = self.context.matter.ok_or(R::MatterMissing)?;
                let mut events = vec![accepted(matter, accept, Some(self.case), self.context)];
                self.dispatch_by_rule(&mut events);
                Ok(events)
            }
            Command::Decline { reason, .. } => {
                let mut changes = self.clocks.stop_all(self.case);
                changes.push(self.context.objection(self.clocks));
                let what = What::Declined {
                    reason: reason.clone(),
                    words: self.words(),
                };
                self.one(accept, what, changes)
            }
            Command::ObjectDecline { .. } => {
                let mut changes = self.clocks.stop(self.case, &[K::Objection]);
                let minutes = self
                    .context
                    .matter
                    .map_or(self.context.rules.accept_min, |m| m.accept_min);
                changes.push(self.clocks.start(
                    K::Accept,
                    self.context.is_around(),
                    minutes.max(1),
                ));
                changes.push(self.context.whole(self.clocks, self.context.now));
                self.one(
                    accept,
                    What::DeclineObjected {
                        words: self.words(),
                    },
                    changes,
                )
            }
            _ => self.corrected(),
        }
    }

    /// Accepted and certain of place: on to the unit by rule, in the same breath.
    fn dispatch_by_rule(&self, events: &mut Vec<Event>) {
        if let (Some(_), Some((org, why))) = (&self.case.place, &self.context.route) {
            let stop = vec![ClockChange::Stop { clock: K::Dispatch }];
            let safe = !self.case.made_safe;
            events.push(dispatched(
                *org,
                why.clone(),
                None,
                By::Rule,
                stop,
                safe,
                self.context,
            ));
            let given = &self.case.sub_tasks;
            events.extend(co_handlers(*org, given, &By::Rule, self.context));
        }
    }

    fn corrected(&self) -> Decided {
        let capability = if matches!(self.doer, Doer::Staff(s) if s.seat(C::AcceptCases).is_some())
        {
            C::AcceptCases
        } else {
            C::DispatchCases
        };
        let by = self.by(capability);
        match self.command {
            Command::SetMatter { .. } => {
                let matter = self.context.matter.ok_or(R::MatterMissing)?;
                let whole = self.context.whole(self.clocks, self.case.reported_at);
                let what = What::MatterSet {
                    matter: matter.code.clone(),
                    urgency: matter.urgency,
                    terms: Some(matter.terms),
                };
                self.one(by, what, vec![whole])
            }
            _ => {
                let (place, net) = self.context.placed.clone().ok_or(R::PlaceMissing)?;
                self.one(by, What::Placed { place, net }, Vec::new())
            }
        }
    }

    fn units(&self) -> Decided {
        match self.command {
            Command::Dispatch { org, .. } => {
                let org = org.ok_or(R::HeldByAnother)?;
                let stop = self.clocks.stop(self.case, &[K::Dispatch]);
                let safe = !self.case.made_safe;
                let by = self.by(C::DispatchCases);
                Ok(self.given_to(org, by, stop, safe))
            }
            Command::Redispatch { org, .. } => {
                let org = org.ok_or(R::HeldByAnother)?;
                if self.case.returned_by.contains(&org) {
                    return Err(R::UnitReturnedIt);
                }
                let stop = self.clocks.stop(self.case, &[K::Dispatch]);
                let by = self.by(C::DispatchCases);
                let safe = !self.case.made_safe && self.case.clock(K::MakeSafe).is_none();
                Ok(self.given_to(org, by, stop, safe))
            }
            Command::Sign {} => {
                let handler = self.by_lead().holder();
                let stop = self.clocks.stop(self.case, &[K::Sign]);
                self.one(self.by_lead(), What::Signed { handler }, stop)
            }
            Command::Return {
                reason,
                clause,
                suggested_org,
                ..
            } => {
                let mut changes = self.clocks.stop(self.case, &[K::Handle, K::Sign]);
                let minutes = self.context.rules.dispatch_min;
                changes.push(
                    self.clocks
                        .start(K::Dispatch, self.context.is_around(), minutes),
                );
                let what = What::Returned {
                    reason: reason.clone(),
                    clause: clause.clone(),
                    suggested: *suggested_org,
                    words: self.words(),
                };
                self.one(self.by_lead(), what, changes)
            }
            Command::Dispute { reason, .. } => {
                let mut changes = self.clocks.stop(self.case, &[K::Handle, K::Sign]);
                let minutes = self.context.rules.ruling_min;
                changes.push(
                    self.clocks
                        .start(K::Ruling, self.context.is_around(), minutes),
                );
                let what = What::Disputed {
                    reason: reason.clone(),
                    words: self.words(),
                };
                self.one(self.by_lead(), what, changes)
            }
            Command::Rule { org, clause, .. } => {
                let org = org.ok_or(R::HeldByAnother)?;
                let mut changes = self.clocks.stop(self.case, &[K::Ruling]);
                changes.extend(handle_clocks(self.context, false));
                let what = What::Ruled {
                    org,
                    clause: clause.clone(),
                    words: self.words(),
                };
                self.one(self.by(C::RuleCases), what, changes)
            }
            Command::HandOver { person } => {
                let person = person
                    .filter(|_| self.context.same_unit)
                    .ok_or(R::HeldByAnother)?;
                self.one(self.by_lead(), What::HandedOver { person }, Vec::new())
            }
            _ => Err(R::NotAtThisStage),
        }
    }

    /// Dispatched by a person; where that is also what the rule says, its co-handlers get sub-tasks.
    fn given_to(&self, org: OrgId, by: By, stop: Vec<ClockChange>, safe: bool) -> Vec<Event> {
        let why = self.context.why.clone();
        let given = dispatched(org, why, self.words(), by, stop, safe, self.context);
        let mut events = vec![given];
        let before = &self.case.sub_tasks;
        events.extend(co_handlers(org, before, &By::Rule, self.context));
        events
    }

    fn ask(&self, kind: RequestKind, reason: &str, until: Option<Moment>, by: By) -> Decided {
        let person = by.person().ok_or(R::NotYourSeat)?;
        let of = by.of();
        let request = Request {
            id: RequestId(self.context.command),
            kind,
            person,
            of,
            org: by.org(),
            at: self.context.now,
            reason: reason.to_owned(),
            until,
            words: self.words(),
            state: Answered::Open,
        };
        self.one(by, What::Requested { request }, Vec::new())
    }

    /// The open request of `kind`; if the command names one, it must be that.
    fn open(&self, kind: RequestKind, named: Option<RequestId>) -> Result<&Request, R> {
        let open = self.case.open_request(kind).ok_or(R::NoRequest)?;
        if named.is_some_and(|id| id != open.id) {
            Err(R::NoRequest)
        } else {
            Ok(open)
        }
    }

    fn requests(&self) -> Decided {
        let approve = self.by(C::RuleCases);
        let rules = self.context.rules;
        let later = |until: Option<Moment>| {
            let until = until.filter(|u| *u > self.context.now);
            self.within(until.ok_or(R::TimePassed)?, rules.max_suspend_days)
        };
        match self.command {
            Command::RequestSuspend { reason, until, .. } => self.ask(
                RequestKind::Suspend,
                reason,
                Some(later(*until)?),
                self.by_lead(),
            ),
            Command::RequestExtend {
                reason,
                until,
                hours,
                ..
            } => {
                let until = self.longer(*until, *hours)?;
                self.ask(RequestKind::Extend, reason, Some(until), self.by_lead())
            }
            Command::RequestVoid { reason, .. } => {
                self.ask(RequestKind::Void, reason, None, self.by_any())
            }
            Command::RequestExclude { reason, .. } => {
                self.ask(RequestKind::Exclude, reason, None, self.by_any())
            }
            Command::ApproveSuspend { request } => {
                let open = self.open(RequestKind::Suspend, *request)?;
                let until = later(open.until)?;
                let pause = self.clocks.pause(self.case, K::ALL);
                self.one(
                    approve,
                    What::Suspended {
                        request: open.id,
                        until,
                    },
                    pause,
                )
            }
            Command::ApproveExtend { request } => self.extended(approve, *request),
            Command::ApproveVoid { request } => {
                let open = self.open(RequestKind::Void, *request)?;
                let what = What::Voided {
                    request: open.id,
                    reason: open.reason.clone(),
                };
                self.one(approve, what, self.clocks.stop_all(self.case))
            }
            Command::ApproveExclude { request } => {
                let open = self.open(RequestKind::Exclude, *request)?;
                let what = What::Excluded {
                    request: open.id,
                    reason: open.reason.clone(),
                };
                self.one(approve, what, Vec::new())
            }
            Command::RefuseSuspend { request, .. } => self.refuse(RequestKind::Suspend, *request),
            Command::RefuseExtend { request, .. } => self.refuse(RequestKind::Extend, *request),
            Command::RefuseVoid { request, .. } => self.refuse(RequestKind::Void, *request),
            Command::RefuseExclude { request, .. } => self.refuse(RequestKind::Exclude, *request),
            Command::Resume { .. } => {
                let by = match self.doer {
                    Doer::Staff(s) if s.seat(C::RuleCases).is_some() => approve,
                    _ => self.by_lead(),
                };
                let resume = self.clocks.resume(self.case, K::ALL);
                self.one(
                    by,
                    What::Resumed {
                        words: self.words(),
                    },
                    resume,
                )
            }
            _ => Err(R::NotAtThisStage),
        }
    }

    /// The seat for asking: the lead unit's if the caller leads, else the centre's.
    fn by_any(&self) -> By {
        let Doer::Staff(staff) = self.doer else {
            return self.by(C::ReadCases);
        };
        match self.case.lead {
            Some(lead) if staff.seat_in(C::HandleCases, lead).is_some() => self.by_lead(),
            _ => [
                C::AcceptCases,
                C::DispatchCases,
                C::RuleCases,
                C::WatchCases,
            ]
            .into_iter()
            .find(|c| staff.seat(*c).is_some())
            .map_or_else(|| self.by(C::ReadCases), |c| self.by(c)),
        }
    }

    fn longer(&self, until: Option<Moment>, hours: Option<u32>) -> Result<Moment, R> {
        let clock = self.case.clock(K::Handle).ok_or(R::NotAtThisStage)?;
        let due = clock.due_at().ok_or(R::NotAtThisStage)?;
        let most = self.context.rules.max_extend_days;
        let by_hours = match hours {
            Some(hours) if i64::from(hours) > most * 24 => return Err(R::TooFar),
            Some(hours) => Some(
                self.clocks
                    .after(clock.around, due, i64::from(hours) * 3600)
                    .0,
            ),
            None => None,
        };
        let until = until.or(by_hours).filter(|u| *u > due);
        self.within(until.ok_or(R::TimePassed)?, most)
    }

    /// `until`, unless it lies more than `days` ahead.
    fn within(&self, until: Moment, days: i64) -> Result<Moment, R> {
        let last = self.context.now.plus_s(days * 86_400);
        if until > last {
            Err(R::TooFar)
        } else {
            Ok(until)
        }
    }

    fn extended(&self, by: By, request: Option<RequestId>) -> Decided {
        let open = self.open(RequestKind::Extend, request)?;
        let clock = self.case.clock(K::Handle).ok_or(R::NotAtThisStage)?;
        let due = clock.due_at().ok_or(R::NotAtThisStage)?;
        let until = open.until.filter(|u| *u > due).ok_or(R::TimePassed)?;
        let more = self.clocks.between_s(clock.around, due, until);
        let moved = self.clocks.extend(clock, more).into_iter();
        let whole = self.case.clock(K::Whole).and_then(|c| {
            self.clocks
                .extend(c, self.clocks.between_s(c.around, due, until))
        });
        self.one(
            by,
            What::Extended { request: open.id },
            moved.chain(whole).collect(),
        )
    }

    fn refuse(&self, kind: RequestKind, request: Option<RequestId>) -> Decided {
        let open = self.open(kind, request)?;
        let what = What::RequestRefused {
            request: open.id,
            words: self.words(),
        };
        self.one(self.by(C::RuleCases), what, Vec::new())
    }

    fn work(&self) -> Decided {
        match self.command {
            Command::MakeSafe { .. } => {
                let stop = self.clocks.stop(self.case, &[K::MakeSafe]);
                let what = What::MadeSafe {
                    words: self.words(),
                    media: self.media(),
                };
                let leads = matches!((self.doer, self.case.lead), (Doer::Staff(s), Some(lead))
                    if s.seat_in(C::HandleCases, lead).is_some());
                let by = if leads {
                    self.by_lead()
                } else {
                    self.by(C::WorkGrid)
                };
                self.one(by, what, stop)
            }
            Command::Handle { evidence, .. } => {
                let told = self.evidence(evidence)?;
                let mut changes = self
                    .clocks
                    .stop(self.case, &[K::Handle, K::MakeSafe, K::Sign]);
                changes.push(self.verify_clock());
                let what = What::Handled {
                    words: self.words(),
                    media: self.media(),
                    told,
                    drawn: self.drawn(),
                };
                self.one(self.by_lead(), what, changes)
            }
            Command::SelfHandle { evidence, .. } => {
                let told = self.evidence(evidence)?;
                let by = self.by(C::WorkGrid);
                let org = by.org().ok_or(R::NotYourSeat)?;
                let matter = self.context.matter.ok_or(R::MatterMissing)?;
                let mut changes = self.clocks.stop(self.case, &[K::Accept, K::Dispatch]);
                changes.push(self.verify_clock());
                let what = What::SelfHandled {
                    org,
                    matter: matter.code.clone(),
                    urgency: matter.urgency,
                    terms: Some(matter.terms),
                    words: self.words(),
                    media: self.media(),
                    told,
                    drawn: self.drawn(),
                };
                self.one(by, what, changes)
            }
            _ => Err(R::NotAtThisStage),
        }
    }

    fn verify_clock(&self) -> ClockChange {
        self.clocks.start(
            K::Verify,
            self.context.is_around(),
            self.context.rules.verify_min,
        )
    }

    /// Sampled matters are drawn or not; all others are always verified.
    fn drawn(&self) -> Option<bool> {
        let sampled = self.context.matter.map(|m| m.verification) == Some(Verification::Sampling);
        sampled.then_some(self.context.drawn)
    }

    /// Checks that what the matter asks for at handling is there; returns what was told in words.
    fn evidence(&self, told: &BTreeMap<String, String>) -> Result<BTreeSet<Evidence>, R> {
        let told: BTreeSet<Evidence> = told
            .iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .filter_map(|(token, _)| Evidence::parse(token))
            .collect();
        let media = self.command.media();
        let needed = self
            .context
            .matter
            .map_or(&[][..], |m| m.evidence.as_slice());
        let said = self.command.said().is_some();
        let there = |token: Evidence| match token {
            Evidence::PhotoAfter => media
                .iter()
                .any(|a| a.purpose == "after" && a.kind == "photo"),
            Evidence::Video => media
                .iter()
                .chain(&self.case.media)
                .any(|a| a.kind == "video"),
            Evidence::Document => {
                told.contains(&token) || media.iter().any(|a| a.kind == "document")
            }
            Evidence::Note => said,
            // Told in words, or shown in a picture or document.
            Evidence::Measurement
            | Evidence::Checklist
            | Evidence::Signature
            | Evidence::Consent
            | Evidence::Call => told.contains(&token),
            // Asked of the reporter; never a reason to refuse a handling.
            _ => true,
        };
        if needed.iter().all(|token| there(*token)) {
            Ok(told)
        } else {
            Err(R::EvidenceMissing)
        }
    }

    fn verdicts(&self) -> Decided {
        let verify = self.by(C::VerifyCases);
        let reporter = self.by(C::ReadCases);
        match self.command {
            Command::Take {} => self.one(verify, What::Taken, Vec::new()),
            Command::Pass { .. } => {
                self.seen()?;
                let changes = self.context.verified(self.case, self.clocks);
                let method = self.method()?;
                let what = What::Passed {
                    method,
                    words: self.words(),
                    media: self.media(),
                };
                self.one(verify, what, changes)
            }
            Command::Fail { .. } => {
                self.seen()?;
                let what = What::Failed {
                    words: self.words(),
                    media: self.media(),
                };
                self.one(verify, what, self.half_again(&[K::Verify]))
            }
            Command::Confirm {} => {
                let stop = stop_for_close(self.case, self.context, self.clocks);
                self.one(reporter, What::Confirmed, stop)
            }
            Command::Object { .. } => {
                let what = What::Objected {
                    words: self.words(),
                    media: self.media(),
                };
                let mut changes = self.half_again(&[K::Objection]);
                changes.extend(self.clocks.resume(self.case, &[K::Whole]));
                self.one(reporter, what, changes)
            }
            Command::Reopen { .. } => {
                let by = match self.doer {
                    Doer::Staff(_) => self.by(C::RuleCases),
                    Doer::Reporter { .. } => reporter,
                };
                let mut changes = self.clocks.stop(self.case, &[K::Reopen]);
                changes.extend(handle_clocks(self.context, true));
                changes.push(self.context.whole(self.clocks, self.context.now));
                self.one(
                    by,
                    What::Reopened {
                        words: self.words(),
                        media: self.media(),
                    },
                    changes,
                )
            }
            Command::Withdraw {} => {
                self.one(reporter, What::Withdrawn, self.clocks.stop_all(self.case))
            }
            _ => Err(R::NotAtThisStage),
        }
    }

    /// A verdict says what was found, or shows it.
    fn seen(&self) -> Result<(), R> {
        if self.command.said().is_none() && self.command.media().is_empty() {
            return Err(R::VerdictWithoutWords);
        }
        Ok(())
    }

    /// How it was checked: as the matter asks, or more strictly. What is drawn by sampling may be checked
    /// in any way, and a call-back that reaches nobody is made good by going there.
    fn method(&self) -> Result<Verification, R> {
        use Verification as V;
        let asked = self.context.matter.map_or(V::OnSite, |m| m.verification);
        let said = self.command.method().unwrap_or(asked);
        let fits = match asked {
            V::Sampling => true,
            V::CallBack => said != V::Sampling,
            V::OnSite => matches!(said, V::OnSite | V::SameHour),
            V::SameHour => said == V::SameHour,
        };
        if fits { Ok(said) } else { Err(R::MethodWeaker) }
    }

    /// Rework: half the handle limit, at least a minute.
    fn half_again(&self, over: &[K]) -> Vec<ClockChange> {
        let mut changes = self.clocks.stop(self.case, over);
        let seconds = (self.context.handle_min() * 30).max(60);
        let now = self.context.now;
        changes.push(
            self.clocks
                .start_at(K::Handle, self.context.is_around(), now, seconds),
        );
        changes
    }

    fn together(&self) -> Decided {
        match self.command {
            Command::AddSubTask { org, hours, .. } => self.sub_task(*org, *hours),
            Command::DeclineSubTask { sub_task, .. } => {
                let task = self.my_sub_task(*sub_task)?;
                let before = self
                    .case
                    .sub_tasks
                    .iter()
                    .any(|t| t.org == task.org && t.state == SubTaskState::Declined);
                if before {
                    return Err(R::SubTaskDeclinedBefore);
                }
                let by = self.doer.by(C::HandleCases, Some(task.org));
                let what = What::SubTaskDeclined {
                    sub_task: task.id,
                    words: self.words(),
                };
                self.one(by, what, Vec::new())
            }
            Command::FinishSubTask { sub_task, .. } => {
                let task = self.my_sub_task(*sub_task)?;
                let by = self.doer.by(C::HandleCases, Some(task.org));
                let what = What::SubTaskDone {
                    sub_task: task.id,
                    words: self.words(),
                    media: self.media(),
                };
                self.one(by, what, Vec::new())
            }
            _ => self.whistle(),
        }
    }

    fn sub_task(&self, org: Option<OrgId>, hours: Option<u32>) -> Decided {
        let org = org.ok_or(R::HeldByAnother)?;
        if self.case.lead == Some(org) {
            return Err(R::SameUnit);
        }
        let most = self.context.rules.max_extend_days * 24;
        if hours.is_some_and(|h| i64::from(h) > most) {
            return Err(R::TooFar);
        }
        let seconds = hours.map_or(self.context.handle_min() * 60, |h| i64::from(h) * 3600);
        let (due_at, _) = self
            .clocks
            .after(self.context.is_around(), self.context.now, seconds);
        let sub_task = SubTask {
            id: SubTaskId(self.context.command),
            org,
            words: self.words(),
            due_at,
            state: SubTaskState::Open,
            result: None,
        };
        let leads = matches!((self.doer, self.case.lead), (Doer::Staff(s), Some(lead))
            if s.seat_in(C::HandleCases, lead).is_some());
        let by = if leads {
            self.by_lead()
        } else {
            self.by(C::DispatchCases)
        };
        self.one(by, What::SubTaskAdded { sub_task }, Vec::new())
    }

    /// The caller's open sub-task; the one named, or the only one.
    fn my_sub_task(&self, named: Option<SubTaskId>) -> Result<&SubTask, R> {
        let Doer::Staff(staff) = self.doer else {
            return Err(R::NotYourSeat);
        };
        self.case
            .sub_tasks
            .iter()
            .filter(|t| t.state == SubTaskState::Open && named.is_none_or(|id| id == t.id))
            .find(|t| staff.seat_in(C::HandleCases, t.org).is_some())
            .ok_or(R::NoSubTask)
    }

    fn whistle(&self) -> Decided {
        let by = self.by(C::Whistle);
        match self.command {
            Command::Whistle {
                orgs, arrive_by, ..
            } => {
                let caller = by.org().ok_or(R::NotYourSeat)?;
                let arrive_by = arrive_by
                    .filter(|t| *t > self.context.now)
                    .ok_or(R::TimePassed)?;
                let arrive_by = self.within(arrive_by, self.context.rules.max_whistle_days)?;
                let called: BTreeMap<_, _> = orgs
                    .iter()
                    .filter(|o| **o != caller)
                    .map(|o| (*o, None))
                    .collect();
                if called.is_empty() {
                    return Err(R::WhistleStep);
                }
                let whistle = Whistle {
                    id: WhistleId(self.context.command),
                    caller,
                    words: self.words(),
                    arrive_by,
                    caller_signed_at: None,
                    called,
                    conclusion: None,
                    ratings: BTreeMap::new(),
                };
                self.one(by, What::Whistled { whistle }, Vec::new())
            }
            Command::WhistleSignIn { whistle } => self.signed_in(*whistle),
            Command::WhistleConclude { whistle, .. } => {
                let w = self.called(*whistle, |w| w.conclusion.is_none())?;
                let both = w.caller_signed_at.is_some() && w.called.values().any(Option::is_some);
                if !both || w.conclusion.is_some() || self.words().is_none() {
                    return Err(R::WhistleStep);
                }
                let what = What::WhistleConcluded {
                    whistle: w.id,
                    words: self.said(),
                };
                self.one(by, what, Vec::new())
            }
            Command::WhistleRate {
                whistle,
                org,
                stars,
                ..
            } => {
                let w = self.called(*whistle, |w| w.conclusion.is_some())?;
                let org = org
                    .filter(|o| w.called.contains_key(o))
                    .ok_or(R::WhistleStep)?;
                let fit = (1..=5).contains(stars) && !w.ratings.contains_key(&org);
                if !fit || w.conclusion.is_none() {
                    return Err(R::WhistleStep);
                }
                let what = What::WhistleRated {
                    whistle: w.id,
                    org,
                    stars: *stars,
                    words: self.words(),
                };
                self.one(by, what, Vec::new())
            }
            _ => Err(R::WhistleStep),
        }
    }

    /// The doer's own call at the step that `fits`: the one named, or the newest.
    fn called(
        &self,
        named: Option<WhistleId>,
        fits: impl Fn(&Whistle) -> bool,
    ) -> Result<&Whistle, R> {
        let Doer::Staff(staff) = self.doer else {
            return Err(R::NotYourSeat);
        };
        self.case
            .whistles
            .iter()
            .rev()
            .filter(|w| staff.orgs.contains(&w.caller) && fits(w))
            .find(|w| named.is_none_or(|id| id == w.id))
            .ok_or(R::WhistleStep)
    }

    fn signed_in(&self, named: Option<WhistleId>) -> Decided {
        let Doer::Staff(staff) = self.doer else {
            return Err(R::NotYourSeat);
        };
        let waits = |w: &Whistle, o: OrgId| {
            (w.caller == o && w.caller_signed_at.is_none())
                || w.called.get(&o).is_some_and(Option::is_none)
        };
        let (w, org) = self
            .case
            .whistles
            .iter()
            .rev()
            .filter(|w| w.conclusion.is_none() && named.is_none_or(|id| id == w.id))
            .find_map(|w| {
                let org = staff.orgs.iter().find(|o| waits(w, **o))?;
                Some((w, *org))
            })
            .ok_or(R::WhistleStep)?;
        let by = self.doer.by(C::ReadCases, Some(org));
        self.one(by, What::WhistleSignedIn { whistle: w.id, org }, Vec::new())
    }

    fn beside(&self) -> Decided {
        let either = match self.doer {
            Doer::Staff(s) if s.seat(C::AcceptCases).is_some() => C::AcceptCases,
            _ => C::DispatchCases,
        };
        match self.command {
            Command::Remind { .. } => {
                let what = What::Reminded {
                    words: self.words(),
                };
                self.one(self.by(C::WatchCases), what, Vec::new())
            }
            Command::Supervise { level, .. } => {
                let level = level.unwrap_or(1).clamp(1, 3);
                let what = What::Supervised {
                    level,
                    words: self.words(),
                };
                self.one(self.by(C::WatchCases), what, Vec::new())
            }
            Command::Note { public, .. } => {
                let what = What::Noted {
                    words: self.said(),
                    public: *public,
                    media: self.media(),
                };
                self.one(self.by(C::ReadCases), what, Vec::new())
            }
            Command::Merge { .. } => {
                let other = self.context.other.ok_or(R::MergeTarget)?;
                let fit = other.id != self.case.id
                    && other.merged_into.is_none()
                    && (other.stage.open() || other.stage == Stage::Closed);
                if !fit {
                    return Err(R::MergeTarget);
                }
                let pause = self.clocks.pause(self.case, K::ALL);
                self.one(self.by(either), What::Merged { into: other.id }, pause)
            }
            _ => {
                let running = self
                    .case
                    .before
                    .as_ref()
                    .map(|b| b.running.clone())
                    .unwrap_or_default();
                let resume = self.clocks.resume(self.case, &running);
                self.one(self.by(either), What::Unmerged, resume)
            }
        }
    }
}

/// What becomes of a case merged into one that was declined or voided: it stands for itself again.
#[must_use]
pub fn come_back(case: &Case, context: &Context<'_>) -> Event {
    let clocks = context.clocks();
    let minutes = context
        .matter
        .map_or(context.rules.accept_min, |m| m.accept_min);
    let mut changes = clocks.stop(
        case,
        &[K::Dispatch, K::Sign, K::Handle, K::MakeSafe, K::Ruling],
    );
    changes.extend(clocks.resume(case, &[K::Whole]));
    changes.push(clocks.start(K::Accept, context.is_around(), minutes.max(1)));
    Event {
        at: context.now,
        by: By::Rule,
        what: What::CameBack,
        clocks: changes,
    }
}
