//! What lists and counts need of a case, derived from its pure state at every write.

use kernel::{CaseId, MediaId, Moment, OrgId};

use crate::lifecycle::timers;
use crate::model::{Answered, Case, RequestKind, Stage, SubTaskState};

/// The derived columns of a `cases` row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Of the stage clock, when it runs.
    pub due_at: Option<Moment>,
    /// Of the stage clock, when it runs.
    pub amber_at: Option<Moment>,
    /// Of the whole clock, when it runs.
    pub whole_due_at: Option<Moment>,
    /// When the next timer fires.
    pub wake_at: Option<Moment>,
    /// Whether work is still to come.
    pub open: bool,
    /// The verbs waited for.
    pub asks: Vec<&'static str>,
    /// Units with a part in it: which, and which part.
    pub parties: Vec<(OrgId, &'static str)>,
    /// The picture shown in lists.
    pub thumb: Option<MediaId>,
}

impl Row {
    /// Derives the columns.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let clock = case.stage_clock();
        Self {
            due_at: clock.and_then(|c| c.due_at()),
            amber_at: clock.and_then(|c| c.amber_at()),
            whole_due_at: case
                .clock(crate::model::ClockKind::Whole)
                .and_then(|c| c.due_at()),
            wake_at: timers::next(case),
            open: case.stage.open(),
            asks: asks(case),
            parties: parties(case),
            thumb: case.media.iter().find(|a| a.kind == "photo").map(|a| a.id),
        }
    }
}

/// What is waited for, and by the verb from whom.
#[must_use]
pub fn asks(case: &Case) -> Vec<&'static str> {
    let waits_for_reporter = case.question.as_ref().is_some_and(|q| !q.over);
    let mut asks: Vec<&'static str> = match case.stage {
        Stage::Reported if !waits_for_reporter => vec!["accept"],
        Stage::Accepted => vec!["dispatch"],
        Stage::Dispatched => vec!["sign"],
        Stage::Handling => vec!["handle"],
        Stage::Handled if case.drawn != Some(false) => vec!["take"],
        Stage::Verifying => vec!["verify"],
        Stage::Returned => vec!["redispatch"],
        Stage::InRuling => vec!["rule"],
        _ => Vec::new(),
    };
    let can_be_answered = |kind| match kind {
        RequestKind::Suspend | RequestKind::Extend => case.stage == Stage::Handling,
        RequestKind::Void => case.stage.before_closed(),
        RequestKind::Exclude => true,
    };
    let open = |r: &&crate::model::Request| r.state == Answered::Open && can_be_answered(r.kind);
    for request in case.requests.iter().filter(open) {
        asks.push(match request.kind {
            RequestKind::Suspend => "approve_suspend",
            RequestKind::Extend => "approve_extend",
            RequestKind::Void => "approve_void",
            RequestKind::Exclude => "approve_exclude",
        });
    }
    if case.stage.before_handled() && case.sub_tasks.iter().any(|t| t.state == SubTaskState::Open) {
        asks.push("sub_task");
    }
    if case.stage.before_closed() && case.whistles.iter().any(|w| w.conclusion.is_none()) {
        asks.push("whistle");
    }
    asks
}

fn parties(case: &Case) -> Vec<(OrgId, &'static str)> {
    let mut parties: Vec<(OrgId, &'static str)> =
        case.lead.map(|o| (o, "lead")).into_iter().collect();
    parties.extend(case.sub_tasks.iter().map(|t| (t.org, "co")));
    for whistle in &case.whistles {
        parties.extend(whistle.called.keys().map(|o| (*o, "called")));
        parties.push((whistle.caller, "called"));
    }
    parties.extend(
        case.units
            .iter()
            .filter(|o| case.lead != Some(**o) && !case.sub_tasks.iter().any(|t| t.org == **o))
            .map(|o| (*o, "former")),
    );
    parties.sort_unstable();
    parties.dedup();
    parties
}

/// Identifies a case by id or by number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "String")]
pub enum Key {
    /// By id.
    Id(CaseId),
    /// By the number people use.
    Number(String),
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        // No number holds a NUL, and PostgreSQL does not take one.
        let text = text.replace('\0', "");
        text.parse().map_or(Self::Number(text), Self::Id)
    }
}
