//! What people ask of a case, and who asks.

use std::collections::BTreeMap;

use kernel::{
    Capability, CaseId, GridId, Moment, OrgId, PersonId, ReporterId, RequestId, Role, SubTaskId,
    WhistleId,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{Attached, By, Verification};

macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident = $word:literal { $($(#[$fdoc:meta])* $field:ident: $ty:ty),* $(,)? })*) => {
        /// A command with its body, as sent in `{command, body}`.
        #[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
        #[serde(tag = "command", content = "body", rename_all = "snake_case")]
        pub enum Command {
            $($(#[$doc])* $variant { $($(#[$fdoc])* #[serde(default)] $field: $ty),* },)*
        }

        /// A command without its body.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum CommandKind { $($(#[$doc])* $variant),* }

        impl CommandKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in JSON.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl Command {
            /// Which command it is.
            #[must_use]
            pub fn kind(&self) -> CommandKind {
                match self { $(Self::$variant { .. } => CommandKind::$variant),* }
            }
        }
    };
}

commands! {
    /// Ask the reporter, once.
    AskReporter = "ask_reporter" { /** The question. */ text: String }
    /// The reporter answers.
    Answer = "answer" { /** The answer. */ text: String, /** Pictures. */ media: Vec<Attached> }
    /// Accept.
    Accept = "accept" { /** As this matter. */ matter: Option<String> }
    /// Decline.
    Decline = "decline" { /** From the list. */ reason: String, /** In words. */ note: String }
    /// The reporter objects to a decline.
    ObjectDecline = "object_decline" { /** In words. */ words: String }
    /// Dispatch.
    Dispatch = "dispatch" { /** To. */ org: Option<OrgId>, /** To the unit. */ note: String }
    /// Sign.
    Sign = "sign" { }
    /// Return, once.
    Return = "return" {
        /** From the list. */ reason: String, /** The clause. */ clause: String,
        /** Who instead. */ suggested_org: Option<OrgId>, /** In words. */ note: String,
    }
    /// Dispatch again to another unit.
    Redispatch = "redispatch" { /** To. */ org: Option<OrgId>, /** To the unit. */ note: String }
    /// Dispute after the return was used.
    Dispute = "dispute" { /** From the list. */ reason: String, /** In words. */ note: String }
    /// Rule.
    Rule = "rule" { /** Who must handle. */ org: Option<OrgId>, /** The clause. */ clause: String, /** In words. */ note: String }
    /// Ask to suspend.
    RequestSuspend = "request_suspend" { /** From the list. */ reason: String, /** Until. */ until: Option<Moment>, /** In words. */ note: String }
    /// Approve it.
    ApproveSuspend = "approve_suspend" { /** Which. */ request: Option<RequestId> }
    /// Refuse it.
    RefuseSuspend = "refuse_suspend" { /** Which. */ request: Option<RequestId>, /** In words. */ note: String }
    /// Run on.
    Resume = "resume" { /** In words. */ note: String }
    /// Ask for more time, before the limit.
    RequestExtend = "request_extend" { /** Why. */ reason: String, /** The new end. */ until: Option<Moment>, /** Or this many hours of the case's clock more. */ hours: Option<u32>, /** In words. */ note: String }
    /// Approve it.
    ApproveExtend = "approve_extend" { /** Which. */ request: Option<RequestId> }
    /// Refuse it.
    RefuseExtend = "refuse_extend" { /** Which. */ request: Option<RequestId>, /** In words. */ note: String }
    /// The place is safe.
    MakeSafe = "make_safe" { /** In words. */ text: String, /** Pictures. */ media: Vec<Attached> }
    /// Handled.
    Handle = "handle" {
        /** What was done. */ text: String, /** Evidence. */ media: Vec<Attached>,
        /** Evidence told in words, by token. */ evidence: BTreeMap<String, String>,
    }
    /// Put right on the spot.
    SelfHandle = "self_handle" {
        /** What was done. */ text: String, /** Evidence. */ media: Vec<Attached>,
        /** Evidence told in words, by token. */ evidence: BTreeMap<String, String>,
    }
    /// Take for verification.
    Take = "take" { }
    /// Good.
    Pass = "pass" { /** In words. */ text: String, /** Pictures. */ media: Vec<Attached>, /** How. */ method: Option<String> }
    /// Not good.
    Fail = "fail" { /** In words. */ text: String, /** Pictures. */ media: Vec<Attached> }
    /// The reporter says it is solved.
    Confirm = "confirm" { }
    /// The reporter says it is not.
    Object = "object" { /** Why. */ reason: String, /** In words. */ words: String, /** Pictures. */ media: Vec<Attached> }
    /// Open again.
    Reopen = "reopen" { /** In words. */ words: String, /** Pictures. */ media: Vec<Attached> }
    /// The same as another.
    Merge = "merge" { /** Which. */ into: Option<CaseId> }
    /// Not the same after all.
    Unmerge = "unmerge" { }
    /// The reporter takes it back.
    Withdraw = "withdraw" { }
    /// Ask to void.
    RequestVoid = "request_void" { /** Public reason class. */ reason: String, /** In words. */ note: String }
    /// Approve it.
    ApproveVoid = "approve_void" { /** Which. */ request: Option<RequestId> }
    /// Refuse it.
    RefuseVoid = "refuse_void" { /** Which. */ request: Option<RequestId>, /** In words. */ note: String }
    /// Ask to exclude from figures.
    RequestExclude = "request_exclude" { /** Public reason class. */ reason: String, /** In words. */ note: String }
    /// Approve it.
    ApproveExclude = "approve_exclude" { /** Which. */ request: Option<RequestId> }
    /// Refuse it.
    RefuseExclude = "refuse_exclude" { /** Which. */ request: Option<RequestId>, /** In words. */ note: String }
    /// 催办.
    Remind = "remind" { /** In words. */ text: String }
    /// 督办.
    Supervise = "supervise" { /** In words. */ text: String, /** 1 town to 3 city. */ level: Option<i16> }
    /// Ask a unit to help.
    AddSubTask = "add_sub_task" { /** Whom. */ org: Option<OrgId>, /** What. */ what: String, /** Within, hours of the case's clock. */ hours: Option<u32> }
    /// A co-handler will not.
    DeclineSubTask = "decline_sub_task" { /** Which. */ sub_task: Option<SubTaskId>, /** Why. */ reason: String }
    /// A co-handler did.
    FinishSubTask = "finish_sub_task" { /** Which. */ sub_task: Option<SubTaskId>, /** In words. */ text: String, /** Evidence. */ media: Vec<Attached> }
    /// Call departments to a place.
    Whistle = "whistle" { /** Whom. */ orgs: Vec<OrgId>, /** Where. */ place_text: String, /** By when. */ arrive_by: Option<Moment>, /** What for. */ what: String }
    /// Sign in on site.
    WhistleSignIn = "whistle_sign_in" { /** Which. */ whistle: Option<WhistleId> }
    /// One conclusion.
    WhistleConclude = "whistle_conclude" { /** Which. */ whistle: Option<WhistleId>, /** In words. */ text: String }
    /// The caller rates a department.
    WhistleRate = "whistle_rate" { /** Which. */ whistle: Option<WhistleId>, /** Whom. */ org: Option<OrgId>, /** 1–5. */ stars: u8, /** In words. */ words: String }
    /// Hand over inside the unit.
    HandOver = "hand_over" { /** To. */ person: Option<PersonId> }
    /// Put on the map.
    Place = "place" { /** Degrees. */ lon: f64, /** Degrees. */ lat: f64, /** In words. */ place_text: Option<String> }
    /// Another matter.
    SetMatter = "set_matter" { /** Which. */ matter: String }
    /// A note.
    Note = "note" { /** In words. */ text: String, /** Shown to the reporter. */ public: bool, /** Pictures. */ media: Vec<Attached> }
}

impl Command {
    /// The verification method named, if any.
    #[must_use]
    pub fn method(&self) -> Option<Verification> {
        match self {
            Self::Pass {
                method: Some(m), ..
            } => Verification::parse(m),
            _ => None,
        }
    }

    /// People's words in the body, if there are any.
    #[must_use]
    pub fn said(&self) -> Option<&str> {
        let text: &str = match self {
            Self::AskReporter { text }
            | Self::Answer { text, .. }
            | Self::MakeSafe { text, .. }
            | Self::Handle { text, .. }
            | Self::SelfHandle { text, .. }
            | Self::Pass { text, .. }
            | Self::Fail { text, .. }
            | Self::Remind { text }
            | Self::Supervise { text, .. }
            | Self::FinishSubTask { text, .. }
            | Self::WhistleConclude { text, .. }
            | Self::Note { text, .. } => text,
            Self::Decline { note, .. }
            | Self::Dispatch { note, .. }
            | Self::Return { note, .. }
            | Self::Redispatch { note, .. }
            | Self::Dispute { note, .. }
            | Self::Rule { note, .. }
            | Self::RequestSuspend { note, .. }
            | Self::RefuseSuspend { note, .. }
            | Self::Resume { note }
            | Self::RequestExtend { note, .. }
            | Self::RefuseExtend { note, .. }
            | Self::RequestVoid { note, .. }
            | Self::RefuseVoid { note, .. }
            | Self::RequestExclude { note, .. }
            | Self::RefuseExclude { note, .. } => note,
            Self::ObjectDecline { words }
            | Self::Object { words, .. }
            | Self::Reopen { words, .. }
            | Self::WhistleRate { words, .. } => words,
            Self::AddSubTask { what, .. } | Self::Whistle { what, .. } => what,
            Self::DeclineSubTask { reason, .. } => reason,
            _ => "",
        };
        let text = text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The pictures, documents and videos in the body.
    #[must_use]
    pub fn media(&self) -> &[Attached] {
        match self {
            Self::Answer { media, .. }
            | Self::MakeSafe { media, .. }
            | Self::Handle { media, .. }
            | Self::SelfHandle { media, .. }
            | Self::Pass { media, .. }
            | Self::Fail { media, .. }
            | Self::Object { media, .. }
            | Self::Reopen { media, .. }
            | Self::FinishSubTask { media, .. }
            | Self::Note { media, .. } => media,
            _ => &[],
        }
    }
}

/// What a seat lets one do, as what, for which unit, and whose seat it is when another's.
pub type Acting = (Capability, Role, Option<OrgId>, Option<PersonId>);

/// A member of staff before a case: who they are and what they may do *here*.
#[derive(Debug, Clone, PartialEq)]
pub struct Staff {
    /// The person.
    pub person: PersonId,
    /// The person and everybody the person stands in for: each counts where people are compared.
    pub persons: Vec<PersonId>,
    /// Capabilities of seats whose area holds the case (or, for unit seats, of seats in units that
    /// have a part in it), with the seat's role and unit, and whose it is when another's.
    pub acting: Vec<Acting>,
    /// Every unit the person belongs to.
    pub orgs: Vec<OrgId>,
    /// Grids the person works.
    pub grids: Vec<GridId>,
}

impl Staff {
    /// The role and unit by which the person may act with `capability` here.
    #[must_use]
    pub fn seat(&self, capability: Capability) -> Option<(Role, Option<OrgId>)> {
        self.acting
            .iter()
            .find(|(c, ..)| *c == capability)
            .map(|(_, role, org, _)| (*role, *org))
    }

    /// The unit seat with `capability` in `org`.
    #[must_use]
    pub fn seat_in(&self, capability: Capability, org: OrgId) -> Option<(Role, Option<OrgId>)> {
        self.acting
            .iter()
            .find(|(c, _, o, _)| *c == capability && *o == Some(org))
            .map(|(_, role, o, _)| (*role, *o))
    }

    /// Whether `person` is this one, or somebody this one stands in for.
    #[must_use]
    pub fn is(&self, person: PersonId) -> bool {
        self.persons.contains(&person)
    }
}

/// Who stands before the case.
#[derive(Debug, Clone, PartialEq)]
pub enum Doer {
    /// Staff.
    Staff(Staff),
    /// The reporter (or a follower, who may not command).
    Reporter {
        /// Which.
        id: ReporterId,
        /// Whether it is a follower only.
        follower: bool,
    },
}

impl Doer {
    /// As recorded in the event: with the seat that carries `capability` in `org` (or anywhere).
    #[must_use]
    pub fn by(&self, capability: Capability, org: Option<OrgId>) -> By {
        match self {
            Self::Reporter { id, .. } => By::Reporter { reporter: *id },
            Self::Staff(staff) => {
                let can =
                    |a: &&(Capability, Role, Option<OrgId>, Option<PersonId>)| a.0 == capability;
                let all = &staff.acting;
                let seat = org
                    .and_then(|o| all.iter().filter(can).find(|a| a.2 == Some(o)))
                    .or_else(|| all.iter().find(can))
                    .or_else(|| all.first());
                By::Staff {
                    person: staff.person,
                    org: seat.and_then(|s| s.2),
                    role: seat.map_or(Role::Handler, |s| s.1),
                    of: seat.and_then(|s| s.3),
                }
            }
        }
    }
}
