//! What a draft is, and what is told of it.

use kernel::{Moment, OrgId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admission::{Application, Cost};

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DraftState {
    /// Worked on.
    Draft,
    /// Waits for a second person.
    InReview,
    /// Agreed to; waits for its day.
    Approved,
    /// In force, or was.
    InForce,
    /// Given up.
    Dropped,
}

/// What is a draft of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DraftKind {
    /// Routing rules.
    Routing,
    /// Matters.
    Catalogue,
}

impl DraftKind {
    /// The word in SQL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Routing => "routing",
            Self::Catalogue => "catalogue",
        }
    }
}

/// Where an admission (事项准入) stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AdmissionState {
    /// Waits for the answers of the centre and the towns.
    Asked,
    /// Refused by the system: it asks what is known or asked elsewhere.
    RefusedByRule,
    /// Refused by the centre or a town.
    Refused,
    /// On trial.
    Trial,
    /// The trial is over; the centre decides.
    Tried,
    /// May be put on grids.
    Listed,
    /// Not renewed in time.
    Lapsed,
    /// Taken back.
    Withdrawn,
}

/// A department's request to put a matter on grids.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission {
    /// Made by who asks.
    pub id: Uuid,
    /// Code of the matter.
    pub matter: String,
    /// The department.
    pub org: OrgId,
    /// Where the grids are, twelve digits.
    pub area: i64,
    /// Where it stands.
    pub state: AdmissionState,
    /// What was asked.
    pub form: Application,
    /// What it costs.
    pub burden: Cost,
    /// Counts how often it was sent.
    pub round: i32,
    /// Who asked.
    pub made_by: PersonId,
    /// When.
    pub made_at: Moment,
    /// When the trial ends.
    pub trial_to: Option<Moment>,
    /// When it was listed.
    pub listed_at: Option<Moment>,
    /// When the listing ends unless it is renewed.
    pub renew_by: Option<Moment>,
    /// When the department was reminded of that.
    pub reminded: Option<Moment>,
    /// When it ended.
    pub ended_at: Option<Moment>,
}

/// What one party said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionAnswer {
    /// In which round.
    pub round: i32,
    /// The town, or the area of the centre.
    pub area: i64,
    /// Whether for the centre.
    pub centre: bool,
    /// Yes or no.
    pub agrees: bool,
    /// Why.
    pub words: String,
    /// Who.
    pub person: PersonId,
    /// When.
    pub at: Moment,
}

/// Where and when a matter may be put on grids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Code of the matter.
    pub matter: String,
    /// The division, twelve digits, and all within it.
    pub area: i64,
    /// From when.
    pub from_at: Moment,
    /// Until when (not included).
    pub to_at: Option<Moment>,
}

/// Changes that one person proposes and another puts in force together.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Made by who began it.
    pub id: Uuid,
    /// Of what.
    pub kind: DraftKind,
    /// In a few words.
    pub title: String,
    /// Why.
    pub note: String,
    /// Where it stands.
    pub state: DraftState,
    /// Number of the book it was begun from or last tried on.
    pub base: i32,
    /// Counts its changes.
    pub edits: i32,
    /// Who began it.
    pub made_by: PersonId,
    /// When.
    pub made_at: Moment,
    /// Who handed it in.
    pub submitted_by: Option<PersonId>,
    /// When.
    pub submitted_at: Option<Moment>,
    /// Who agreed to it, sent it back or gave it up last.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Moment>,
    /// What was said when it was sent back.
    pub reason: String,
    /// When it takes force; `None`: as soon as it is approved.
    pub effective_from: Option<Moment>,
    /// When it took force.
    pub in_force_at: Option<Moment>,
    /// The number it became.
    pub number: Option<i32>,
    /// What trying it gave.
    pub trial: Option<Value>,
}

impl Draft {
    /// A draft just begun.
    #[must_use]
    pub fn new(
        id: Uuid,
        kind: DraftKind,
        title: &str,
        base: i32,
        made_by: PersonId,
        made_at: Moment,
    ) -> Self {
        Self {
            id,
            kind,
            title: title.trim().to_owned(),
            note: String::new(),
            state: DraftState::Draft,
            base,
            edits: 0,
            made_by,
            made_at,
            submitted_by: None,
            submitted_at: None,
            decided_by: None,
            decided_at: None,
            reason: String::new(),
            effective_from: None,
            in_force_at: None,
            number: None,
            trial: None,
        }
    }
}
