//! What a case is: its stage, its clocks, who holds it, and the events that made it so.
//!
//! [`Case`] is the pure state; the row in `cases` is derived from it, and folding a case's events
//! over an empty start gives it again. Nothing in here holds people's words: those stand in rows
//! that events refer to by [`WordsId`].

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    CaseId, GridId, MediaId, Moment, OrgId, PersonId, ReporterId, RequestId, Role, SubTaskId,
    WhistleId, WordsId,
};
pub use matters::catalogue::{Evidence, Grade, Urgency, Verification};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in SQL, JSON and addresses.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads the word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// Where a case stands in its life.
    Stage {
        /// 上报: waits to be accepted.
        Reported = "reported",
        /// 受理: waits to be dispatched.
        Accepted = "accepted",
        /// 不予受理.
        Declined = "declined",
        /// 派遣: waits to be signed.
        Dispatched = "dispatched",
        /// 处理.
        Handling = "handling",
        /// 反馈: waits for a verifier.
        Handled = "handled",
        /// 核查.
        Verifying = "verifying",
        /// 待确认: the reporter may confirm or object.
        Confirming = "confirming",
        /// 结案.
        Closed = "closed",
        /// 归档.
        Archived = "archived",
        /// 挂账.
        Suspended = "suspended",
        /// 退回: waits to be dispatched again.
        Returned = "returned",
        /// 裁定.
        InRuling = "in_ruling",
        /// 合并.
        Merged = "merged",
        /// 作废.
        Voided = "voided",
    }
}

impl Stage {
    /// Whether work is still to come.
    #[must_use]
    pub fn open(self) -> bool {
        !matches!(
            self,
            Self::Declined | Self::Closed | Self::Archived | Self::Merged | Self::Voided
        )
    }

    /// Whether the case has not been handled yet (and has not left the loop).
    #[must_use]
    pub fn before_handled(self) -> bool {
        matches!(
            self,
            Self::Reported
                | Self::Accepted
                | Self::Dispatched
                | Self::Handling
                | Self::Returned
                | Self::InRuling
                | Self::Suspended
        )
    }

    /// Whether the case can still be voided: before it is closed, and not out of the loop.
    #[must_use]
    pub fn before_closed(self) -> bool {
        self.before_handled() || matches!(self, Self::Handled | Self::Verifying | Self::Confirming)
    }
}

words! {
    /// The way a report came in.
    Source {
        /// A resident, by the citizen face.
        Citizen = "citizen",
        /// A grid worker.
        Worker = "worker",
        /// A telephone call (12345).
        Call = "call",
        /// An Open311 client.
        Open311 = "open311",
        /// Another department.
        Department = "department",
        /// An inspection or spot check.
        Inspection = "inspection",
        /// A device.
        Device = "device",
    }
}

words! {
    /// What a clock measures.
    ClockKind {
        /// Report to acceptance.
        Accept = "accept",
        /// Acceptance (or return) to dispatch.
        Dispatch = "dispatch",
        /// Dispatch to signing.
        Sign = "sign",
        /// Dispatch to handled.
        Handle = "handle",
        /// Dispatch to the place being safe.
        MakeSafe = "make_safe",
        /// Dispute to ruling.
        Ruling = "ruling",
        /// Handled to verified.
        Verify = "verify",
        /// How long the reporter may object.
        Objection = "objection",
        /// How long a closed case may be reopened.
        Reopen = "reopen",
        /// From the report to the end.
        Whole = "whole",
    }
}

/// Whether a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ClockState {
    /// Runs; over at `due_at`, amber from `amber_at`.
    Running {
        /// When it is over.
        due_at: Moment,
        /// When three quarters are spent.
        amber_at: Moment,
    },
    /// Stands still with this much left.
    Paused {
        /// Since when.
        paused_at: Moment,
        /// What is left in the clock's own seconds; negative when overdue.
        remaining_s: i64,
    },
    /// Over.
    Stopped {
        /// When.
        stopped_at: Moment,
        /// Whether it was within the limit.
        met: bool,
    },
}

/// How near a running clock is to its end.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Less than three quarters spent.
    #[default]
    Ok,
    /// Three quarters spent.
    Amber,
    /// Over.
    Red,
}

/// One clock of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClock {
    /// What it measures.
    pub kind: ClockKind,
    /// When it was started (the present run, not an earlier round's).
    pub started_at: Moment,
    /// The limit in the clock's own seconds.
    pub total_s: i64,
    /// Whether it runs day and night.
    pub around: bool,
    /// Whether its end was counted over a year without holiday data.
    pub provisional: bool,
    /// Runs, stands, or is over.
    #[serde(flatten)]
    pub state: ClockState,
    /// The level already told to those concerned.
    #[serde(default)]
    pub told: Level,
    /// Since when it has run without a pause.
    pub from: Moment,
    /// What was left then, in the clock's own seconds.
    pub left_s: i64,
}

impl CaseClock {
    /// When it is over, if it runs.
    #[must_use]
    pub fn due_at(&self) -> Option<Moment> {
        match self.state {
            ClockState::Running { due_at, .. } => Some(due_at),
            _ => None,
        }
    }

    /// When it turns amber, if it runs.
    #[must_use]
    pub fn amber_at(&self) -> Option<Moment> {
        match self.state {
            ClockState::Running { amber_at, .. } => Some(amber_at),
            _ => None,
        }
    }

    /// The level at `now`: of a running clock only.
    #[must_use]
    pub fn level(&self, now: Moment) -> Level {
        match self.state {
            ClockState::Running { due_at, .. } if now >= due_at => Level::Red,
            ClockState::Running { amber_at, .. } if now >= amber_at => Level::Amber,
            _ => Level::Ok,
        }
    }
}

/// What an event does to a clock. Deadlines are counted when the event is decided, so that applying
/// it needs no calendar and a history can be replayed for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum ClockChange {
    /// Starts afresh.
    Start {
        /// Which.
        clock: ClockKind,
        /// From when it counts.
        from: Moment,
        /// The limit, in the clock's own seconds.
        total_s: i64,
        /// Day and night, or working hours.
        around: bool,
        /// Counted over a year without holiday data.
        provisional: bool,
        /// When it is over.
        due_at: Moment,
        /// When three quarters are spent.
        amber_at: Moment,
    },
    /// Ends.
    Stop {
        /// Which.
        clock: ClockKind,
    },
    /// Stands still.
    Pause {
        /// Which.
        clock: ClockKind,
        /// What is left, in the clock's own seconds.
        remaining_s: i64,
    },
    /// Runs on.
    Resume {
        /// Which.
        clock: ClockKind,
        /// The new end.
        due_at: Moment,
        /// The new amber point.
        amber_at: Moment,
    },
    /// Ends later (or is counted again after a calendar was imported).
    Move {
        /// Which.
        clock: ClockKind,
        /// The new limit.
        total_s: i64,
        /// The new end.
        due_at: Moment,
        /// The new amber point.
        amber_at: Moment,
        /// Counted over a year without holiday data.
        provisional: bool,
    },
}

/// Where it is, and whose that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees, CGCS2000.
    pub lon: f64,
    /// Degrees, CGCS2000.
    pub lat: f64,
    /// The basic grid it lies in.
    pub basic: GridId,
    /// The dedicated grid lying over it, which then owns; the basic grid is informed.
    pub dedicated: Option<GridId>,
    /// The community's 12-digit code.
    pub community: i64,
}

impl Place {
    /// The grid that owns the case.
    #[must_use]
    pub fn grid(&self) -> GridId {
        self.dedicated.unwrap_or(self.basic)
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum By {
    /// A member of staff in one of their seats.
    Staff {
        /// The person.
        person: PersonId,
        /// The unit the seat belongs to.
        org: Option<OrgId>,
        /// The seat.
        role: Role,
        /// Whose seat it is, when the person stood in for somebody away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<PersonId>,
    },
    /// The reporter or a follower, through the progress code.
    Reporter {
        /// Which of them.
        reporter: ReporterId,
    },
    /// The catalogue's rules.
    Rule,
    /// A clock.
    Timer,
}

impl By {
    /// The person, for staff.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Staff { person, .. } => Some(*person),
            _ => None,
        }
    }

    /// Whose seat was used: the person's own, or that of somebody the person stood in for.
    #[must_use]
    pub fn holder(&self) -> Option<PersonId> {
        match self {
            Self::Staff { person, of, .. } => Some(of.unwrap_or(*person)),
            _ => None,
        }
    }

    /// In whose place it was done, if in somebody's.
    #[must_use]
    pub fn of(&self) -> Option<PersonId> {
        match self {
            Self::Staff { of, .. } => *of,
            _ => None,
        }
    }

    /// The unit, for staff.
    #[must_use]
    pub fn org(&self) -> Option<OrgId> {
        match self {
            Self::Staff { org, .. } => *org,
            _ => None,
        }
    }
}

/// A picture, document or video attached for a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attached {
    /// Which.
    pub id: MediaId,
    /// `near`, `far`, `ref`, `before`, `after` or `other`.
    pub purpose: String,
    /// `photo`, `document` or `video`; set from what was uploaded, never by the sender.
    #[serde(default)]
    pub kind: String,
}

words! {
    /// What another person must approve.
    RequestKind {
        /// 挂账.
        Suspend = "suspend",
        /// 延期.
        Extend = "extend",
        /// 作废.
        Void = "void",
        /// 剔除 from figures.
        Exclude = "exclude",
    }
}

/// Open, or decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// Waits.
    Open,
    /// Yes.
    Approved,
    /// No.
    Refused,
}

/// Something asked about a case that another person must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Which.
    pub id: RequestId,
    /// What for.
    pub kind: RequestKind,
    /// Who asked.
    pub person: PersonId,
    /// In whose place, if the asker stood in for somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<PersonId>,
    /// For which unit.
    pub org: Option<OrgId>,
    /// When.
    pub at: Moment,
    /// The public reason class.
    pub reason: String,
    /// Suspended until, or the new end asked for.
    pub until: Option<Moment>,
    /// Their words.
    pub words: Option<WordsId>,
    /// Open, or decided.
    pub state: Answered,
}

/// Where a sub-task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubTaskState {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// Declined by the co-handler.
    Declined,
}

/// Work on a case by a unit that does not lead it (协办).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubTask {
    /// Which.
    pub id: SubTaskId,
    /// The co-handling unit.
    pub org: OrgId,
    /// What is asked of it.
    pub words: Option<WordsId>,
    /// When it should be done.
    pub due_at: Moment,
    /// Open, done or declined.
    pub state: SubTaskState,
    /// What came of it.
    pub result: Option<WordsId>,
}

/// Departments called to a place by a time (吹哨报到).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whistle {
    /// Which.
    pub id: WhistleId,
    /// The unit that called.
    pub caller: OrgId,
    /// Where and what for.
    pub words: Option<WordsId>,
    /// By when to be there.
    pub arrive_by: Moment,
    /// When the caller signed in on site.
    pub caller_signed_at: Option<Moment>,
    /// Who was called, and when each signed in.
    pub called: BTreeMap<OrgId, Option<Moment>>,
    /// The one conclusion.
    pub conclusion: Option<WordsId>,
    /// The caller's rating of each, 1–5.
    pub ratings: BTreeMap<OrgId, u8>,
}

/// A question to the reporter, for which the accept clock stands still, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What was asked.
    pub words: WordsId,
    /// When.
    pub at: Moment,
    /// Silence after this runs the clock on.
    pub until: Moment,
    /// Whether it was answered or ran out.
    pub over: bool,
}

/// What a merge or a suspension leaves behind, to come back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The stage before.
    pub stage: Stage,
    /// Which clocks ran.
    pub running: Vec<ClockKind>,
}

/// By which version of its matter a case goes, and as what grade of area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The matter's version.
    pub version: u32,
    /// The grade of the place when it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
}

/// The whole state of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// The number people use, `YYMMDD-NNNNN`.
    pub number: String,
    /// Events so far.
    pub version: i32,
    /// Where it stands.
    pub stage: Stage,
    /// How it came in.
    pub source: Source,
    /// The number another system gave it, unique per source.
    pub external_number: Option<String>,
    /// Whose matter it is, once known.
    pub matter: Option<String>,
    /// How pressing; follows the matter.
    pub urgency: Option<Urgency>,
    /// By which version of the matter it goes: later changes of the catalogue do not reach it.
    #[serde(default)]
    pub terms: Option<Terms>,
    /// Where it is, once placed.
    pub place: Option<Place>,
    /// The net it was located with.
    pub net: i32,
    /// The community's code when placed, else the city's.
    pub area: i64,
    /// When it was reported.
    pub reported_at: Moment,
    /// When the last event was.
    pub updated_at: Moment,
    /// When it was last closed.
    pub closed_at: Option<Moment>,
    /// When the lead was last given it.
    pub dispatched_at: Option<Moment>,
    /// Who last dispatched it (a person, or the rule).
    pub dispatched_by: Option<By>,
    /// Who accepted or declined it last.
    pub decided_by: Option<PersonId>,
    /// In whose place the decider stood in, if in somebody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_for: Option<PersonId>,
    /// The lead unit.
    pub lead: Option<OrgId>,
    /// Who in it has the case.
    pub handler: Option<PersonId>,
    /// Who verifies.
    pub verifier: Option<PersonId>,
    /// Every person that led, co-handled or self-handled; they may not verify, rule or approve.
    pub hands: BTreeSet<PersonId>,
    /// Every unit that led, co-handled or self-handled.
    pub units: BTreeSet<OrgId>,
    /// Units that returned it since it was last opened.
    pub returned_by: BTreeSet<OrgId>,
    /// Returns used since it was last opened (at most one).
    pub returns: i16,
    /// A ruling binds it.
    pub binding: bool,
    /// Times it was sent back.
    pub rework: i16,
    /// Times it was reopened.
    pub reopens: i16,
    /// Extensions granted since it was last dispatched.
    pub extensions: i16,
    /// Whether the place was made safe since it was last opened.
    pub made_safe: bool,
    /// For matters verified by sampling: whether it was drawn.
    pub drawn: Option<bool>,
    /// Clocks, one of a kind.
    pub clocks: Vec<CaseClock>,
    /// Co-handling.
    pub sub_tasks: Vec<SubTask>,
    /// What waits for approval, and what was decided.
    pub requests: Vec<Request>,
    /// Calls to a place.
    pub whistles: Vec<Whistle>,
    /// The question to the reporter.
    pub question: Option<Question>,
    /// Whether a decline has been objected to.
    pub decline_objected: bool,
    /// The case it was merged into.
    pub merged_into: Option<CaseId>,
    /// What it comes back to from a merge or suspension.
    pub before: Option<Before>,
    /// Suspended until.
    pub suspended_until: Option<Moment>,
    /// Reminders so far.
    pub reminders: i16,
    /// Under supervision (督办), and how high: 0 none.
    pub supervision: i16,
    /// Excluded from figures.
    pub excluded: bool,
    /// Attached pictures, documents and videos.
    pub media: Vec<Attached>,
    /// Evidence told in words since the last dispatch.
    pub told: BTreeSet<Evidence>,
    /// Reporters and followers.
    pub reporters: i32,
}

impl Case {
    /// The clock of this kind.
    #[must_use]
    pub fn clock(&self, kind: ClockKind) -> Option<&CaseClock> {
        self.clocks.iter().find(|c| c.kind == kind)
    }

    /// The running clock of the present stage: the one whose end people wait for.
    #[must_use]
    pub fn stage_clock(&self) -> Option<&CaseClock> {
        use ClockKind as K;
        let order: &[ClockKind] = match self.stage {
            Stage::Reported => &[K::Accept],
            Stage::Accepted | Stage::Returned => &[K::Dispatch],
            Stage::Dispatched => &[K::Sign],
            Stage::Handling | Stage::Suspended => &[K::MakeSafe, K::Handle],
            Stage::InRuling => &[K::Ruling],
            Stage::Handled | Stage::Verifying => &[K::Verify],
            Stage::Confirming => &[K::Objection],
            _ => &[],
        };
        order
            .iter()
            .filter_map(|k| self.clock(*k))
            .filter(|c| !matches!(c.state, ClockState::Stopped { .. }))
            .min_by_key(|c| c.due_at())
    }

    /// The request of this id.
    #[must_use]
    pub fn request(&self, id: RequestId) -> Option<&Request> {
        self.requests.iter().find(|r| r.id == id)
    }

    /// The open request of this kind.
    #[must_use]
    pub fn open_request(&self, kind: RequestKind) -> Option<&Request> {
        self.requests
            .iter()
            .find(|r| r.kind == kind && r.state == Answered::Open)
    }
}

/// One thing that happened: who, when, what, and what it did to the clocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: By,
    /// What.
    pub what: What,
    /// The clocks it started, stopped, paused or moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockChange>,
}

/// What happened. The variant's name is the event's kind in SQL and JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum What {
    /// It came in.
    Reported {
        /// The number people use.
        number: String,
        /// How.
        source: Source,
        /// Another system's number.
        external_number: Option<String>,
        /// The matter, if known.
        matter: Option<String>,
        /// Its urgency.
        urgency: Option<Urgency>,
        /// By which version of the matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<Terms>,
        /// Where, if known.
        place: Option<Place>,
        /// The net located with.
        net: i32,
        /// Community or city.
        area: i64,
        /// Their words.
        words: WordsId,
        /// Pictures.
        media: Vec<Attached>,
    },
    /// The reporter was asked.
    Asked {
        /// What.
        words: WordsId,
        /// Silence until then runs the clock on.
        until: Moment,
    },
    /// The reporter answered.
    Answered {
        /// What.
        words: WordsId,
        /// Pictures.
        media: Vec<Attached>,
    },
    /// The reporter stayed silent.
    StayedSilent,
    /// Accepted.
    Accepted {
        /// As this matter.
        matter: String,
        /// Of this urgency.
        urgency: Urgency,
        /// By which version of the matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<Terms>,
    },
    /// Declined.
    Declined {
        /// From the list.
        reason: String,
        /// In words.
        words: Option<WordsId>,
    },
    /// The reporter objected to the decline.
    DeclineObjected {
        /// In words.
        words: Option<WordsId>,
    },
    /// Given to a unit.
    Dispatched {
        /// To.
        org: OrgId,
        /// Why here: the facts that decided.
        why: Why,
        /// A note to the unit.
        words: Option<WordsId>,
    },
    /// The unit took it.
    Signed {
        /// Who in the unit.
        handler: Option<PersonId>,
    },
    /// The unit gave it back.
    Returned {
        /// From the list.
        reason: String,
        /// The clause it stands on.
        clause: String,
        /// Who it says should have it.
        suggested: Option<OrgId>,
        /// In words.
        words: Option<WordsId>,
    },
    /// A unit disputes it after the return was used.
    Disputed {
        /// From the list.
        reason: String,
        /// In words.
        words: Option<WordsId>,
    },
    /// Ruled, binding.
    Ruled {
        /// Who must handle.
        org: OrgId,
        /// The clause.
        clause: String,
        /// In words.
        words: Option<WordsId>,
    },
    /// Asked for something another person must approve.
    Requested {
        /// The request.
        request: Request,
    },
    /// Said no to a request.
    RequestRefused {
        /// Which.
        request: RequestId,
        /// In words.
        words: Option<WordsId>,
    },
    /// Suspended.
    Suspended {
        /// The request approved.
        request: RequestId,
        /// Until.
        until: Moment,
    },
    /// Runs on.
    Resumed {
        /// In words.
        words: Option<WordsId>,
    },
    /// More time was granted.
    Extended {
        /// The request approved.
        request: RequestId,
    },
    /// The place is safe.
    MadeSafe {
        /// In words.
        words: Option<WordsId>,
        /// Pictures.
        media: Vec<Attached>,
    },
    /// Handled.
    Handled {
        /// In words.
        words: Option<WordsId>,
        /// Evidence.
        media: Vec<Attached>,
        /// Evidence told in words.
        told: BTreeSet<Evidence>,
        /// For sampling: whether it is drawn for verification.
        drawn: Option<bool>,
    },
    /// Put right on the spot by the grid's worker.
    SelfHandled {
        /// By the worker's unit.
        org: OrgId,
        /// As this matter.
        matter: String,
        /// Of this urgency.
        urgency: Urgency,
        /// By which version of the matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<Terms>,
        /// In words.
        words: Option<WordsId>,
        /// Evidence.
        media: Vec<Attached>,
        /// Evidence told in words.
        told: BTreeSet<Evidence>,
        /// For sampling.
        drawn: Option<bool>,
    },
    /// A verifier took it.
    Taken,
    /// Not drawn by sampling.
    NotDrawn,
    /// Verified.
    Passed {
        /// How: `on_site`, `same_hour`, `call_back`, `sampling`.
        method: Verification,
        /// In words.
        words: Option<WordsId>,
        /// Pictures.
        media: Vec<Attached>,
    },
    /// Not good.
    Failed {
        /// In words.
        words: Option<WordsId>,
        /// Pictures.
        media: Vec<Attached>,
    },
    /// The reporter says it is solved.
    Confirmed,
    /// Nobody objected in time.
    SilenceConfirmed,
    /// The reporter says it is not.
    Objected {
        /// In words.
        words: Option<WordsId>,
        /// Pictures.
        media: Vec<Attached>,
    },
    /// Opened again.
    Reopened {
        /// In words.
        words: Option<WordsId>,
        /// Pictures.
        #[serde(default)]
        media: Vec<Attached>,
    },
    /// Put away.
    Archived,
    /// The same as another.
    Merged {
        /// Which.
        into: CaseId,
    },
    /// Not the same after all.
    Unmerged,
    /// The case it was merged into was declined or voided: it stands for itself again.
    CameBack,
    /// Another case was merged into this one.
    Joined {
        /// Which.
        case: CaseId,
        /// Its reporters and followers.
        reporters: i32,
    },
    /// One merged into this one was taken out.
    Left {
        /// Which.
        case: CaseId,
        /// Its reporters and followers.
        reporters: i32,
    },
    /// The reporter took it back.
    Withdrawn,
    /// Void.
    Voided {
        /// The request approved.
        request: RequestId,
        /// The public reason class.
        reason: String,
    },
    /// Excluded from figures.
    Excluded {
        /// The request approved.
        request: RequestId,
        /// The public reason class.
        reason: String,
    },
    /// 催办.
    Reminded {
        /// In words.
        words: Option<WordsId>,
    },
    /// 督办.
    Supervised {
        /// How high, 1 town to 3 city.
        level: i16,
        /// In words.
        words: Option<WordsId>,
    },
    /// A clock turned amber.
    TurnedAmber {
        /// Which.
        clock: ClockKind,
    },
    /// A clock ran out; who watches is raised, not who holds.
    RanOut {
        /// Which.
        clock: ClockKind,
    },
    /// A unit was asked to help.
    SubTaskAdded {
        /// The sub-task.
        sub_task: SubTask,
    },
    /// It will not, once.
    SubTaskDeclined {
        /// Which.
        sub_task: SubTaskId,
        /// In words.
        words: Option<WordsId>,
    },
    /// It did.
    SubTaskDone {
        /// Which.
        sub_task: SubTaskId,
        /// In words.
        words: Option<WordsId>,
        /// Evidence.
        media: Vec<Attached>,
    },
    /// Departments were called to a place.
    Whistled {
        /// The call.
        whistle: Whistle,
    },
    /// Somebody signed in on site.
    WhistleSignedIn {
        /// Which.
        whistle: WhistleId,
        /// Whose.
        org: OrgId,
    },
    /// One conclusion was reached.
    WhistleConcluded {
        /// Which.
        whistle: WhistleId,
        /// In words.
        words: WordsId,
    },
    /// The caller rated a department.
    WhistleRated {
        /// Which.
        whistle: WhistleId,
        /// Whom.
        org: OrgId,
        /// 1–5.
        stars: u8,
        /// In words.
        words: Option<WordsId>,
    },
    /// Handed over inside the unit.
    HandedOver {
        /// To.
        person: PersonId,
    },
    /// Put on the map, or moved.
    Placed {
        /// Where.
        place: Place,
        /// The net located with.
        net: i32,
    },
    /// The net changed: the place stands, the grid it lies in is another.
    Regridded {
        /// Where, with the grids of the new net.
        place: Place,
        /// The new net.
        net: i32,
        /// The name of the grid that now owns it.
        name: String,
    },
    /// Found to be another matter.
    MatterSet {
        /// Which.
        matter: String,
        /// Of this urgency.
        urgency: Urgency,
        /// By which version of the matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<Terms>,
    },
    /// A note.
    Noted {
        /// In words.
        words: WordsId,
        /// Whether the reporter sees it.
        public: bool,
        /// Pictures.
        media: Vec<Attached>,
    },
    /// Somebody follows it.
    Followed {
        /// Who.
        reporter: ReporterId,
    },
    /// The reporter rated it; the stars stand in `case_ratings`.
    Rated {
        /// Who.
        reporter: ReporterId,
    },
    /// Deadlines were counted again after a calendar was imported.
    Recounted,
    /// A picture was replaced by a blurred one.
    Blurred {
        /// The old.
        old: MediaId,
        /// The new.
        new: MediaId,
    },
}

impl What {
    /// The event's kind in SQL and JSON.
    #[must_use]
    pub fn kind(&self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.get("kind").and_then(|k| k.as_str().map(str::to_owned)))
            .unwrap_or_default()
    }
}

/// Why a case was sent where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Why {
    /// A line of the routing table.
    Route {
        /// Its number.
        rule: i32,
        /// The area it is written for.
        area: i64,
        /// What it stands on.
        basis: String,
    },
    /// A ruling on a like case.
    Precedent {
        /// The case ruled on.
        case: CaseId,
        /// Its number.
        number: String,
    },
    /// A person decided.
    Hand,
}

/// Facts about the matter that the rules need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterFacts {
    /// Its code.
    pub code: String,
    /// Of which version, and for what grade of area.
    pub terms: Terms,
    /// Whether it may be put on grids there and then.
    pub listed: bool,
    /// How pressing.
    pub urgency: Urgency,
    /// Limit to accept, minutes.
    pub accept_min: i64,
    /// Limit to handle, minutes of its clock.
    pub handle_min: i64,
    /// Limit to make safe, minutes day and night.
    pub make_safe_min: Option<i64>,
    /// What must be shown.
    pub evidence: Vec<Evidence>,
    /// How it is verified.
    pub verification: Verification,
    /// Whether a grid worker may put it right at once.
    pub self_handle: bool,
    /// Whether it may be accepted by rule.
    pub certain: bool,
}

impl From<&matters::catalogue::Matter> for MatterFacts {
    fn from(m: &matters::catalogue::Matter) -> Self {
        Self::at(m, None, true)
    }
}

impl MatterFacts {
    /// The facts in an area of this grade, where the matter is `listed` for grids or not.
    #[must_use]
    pub fn at(m: &matters::catalogue::Matter, grade: Option<Grade>, listed: bool) -> Self {
        let limits = m.limits(grade);
        Self {
            code: m.code.clone(),
            terms: Terms {
                version: m.version,
                grade,
            },
            listed,
            urgency: m.urgency,
            accept_min: i64::from(limits.accept_minutes),
            handle_min: i64::from(limits.handle_minutes),
            make_safe_min: m.make_safe_minutes.map(i64::from),
            evidence: m.evidence.clone(),
            verification: m.verification,
            self_handle: m.self_handle_allowed,
            certain: m.certain,
        }
    }
}

/// The city's rules for a case's life: all data, with `design` 4's defaults. Minutes are of the
/// matter's clock, days are calendar days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CityRules {
    /// Limit to accept when the matter is not known.
    pub accept_min: i64,
    /// Limit to dispatch.
    pub dispatch_min: i64,
    /// After this the unit has signed without saying so.
    pub sign_min: i64,
    /// How long after dispatch a unit may return.
    pub return_within_min: i64,
    /// Limit to rule.
    pub ruling_min: i64,
    /// Limit to verify.
    pub verify_min: i64,
    /// How long a reporter may answer a question.
    pub answer_days: i64,
    /// How long a reporter may object.
    pub objection_days: i64,
    /// How long a closed case may be reopened.
    pub reopen_days: i64,
    /// How often.
    pub max_reopens: i16,
    /// Extensions per dispatch.
    pub max_extensions: i16,
    /// How far off a suspension may end.
    pub max_suspend_days: i64,
    /// How far off an extended limit or a sub-task's may lie.
    pub max_extend_days: i64,
    /// How far off departments may be called to a place.
    pub max_whistle_days: i64,
    /// Share of handled cases of sampled matters that is verified, 0–1.
    pub sampling_rate: f64,
}

impl Default for CityRules {
    fn default() -> Self {
        Self {
            accept_min: 30,
            dispatch_min: 30,
            sign_min: 30,
            return_within_min: 240,
            ruling_min: 480,
            verify_min: 120,
            answer_days: 3,
            objection_days: 7,
            reopen_days: 15,
            max_reopens: 2,
            max_extensions: 1,
            max_suspend_days: 180,
            max_extend_days: 90,
            max_whistle_days: 14,
            sampling_rate: 0.2,
        }
    }
}
