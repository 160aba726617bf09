//! What a draft is, the edits told to it, and the changes they come to.

use atlas::reshape::Insertion;
use atlas::{LonLat, Polygon, Vertex};
use kernel::{DraftId, GridId, Moment, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::GridKind;

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum NetDraftState {
    /// Being drawn.
    Drawing,
    /// Waits for a second person.
    Submitted,
    /// Waits for its date.
    Approved,
    /// Took effect.
    InForce,
    /// Given up.
    Withdrawn,
}

impl NetDraftState {
    /// The word stored and shown in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drawing => "drawing",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::InForce => "in_force",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A draft to be opened.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewNetDraft {
    /// Made by the sender; the same id twice is the same draft.
    pub id: DraftId,
    /// What people call it, 1 to 80 characters.
    pub name: String,
    /// What it is for, at most 500 characters.
    #[serde(default)]
    pub what: String,
    /// The division it is about, twelve digits; every grid it touches lies in it.
    pub area: String,
}

/// A draft as stored, without its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Which.
    pub id: DraftId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub what: String,
    /// The division it is about, twelve digits.
    pub area: i64,
    /// Communities whose grids its edits touch.
    pub communities: Vec<i64>,
    /// The net it was last compared with.
    pub base: i32,
    /// Where it stands.
    pub state: NetDraftState,
    /// Steps made, undone ones among them.
    pub steps: i32,
    /// Steps that count.
    pub cursor: i32,
    /// Counts every change of the draft.
    pub version: i32,
    /// When it shall take effect.
    pub effect_at: Option<Moment>,
    /// Who opened it.
    pub made_by: PersonId,
    /// When.
    pub made_at: Moment,
    /// Everybody who ever edited it.
    pub editors: Vec<PersonId>,
    /// Who submitted it.
    pub submitted_by: Option<PersonId>,
    /// When.
    pub submitted_at: Option<Moment>,
    /// Who approved or refused it last.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Whether the last decision was a refusal.
    pub refused: bool,
    /// The last decision in words.
    pub decision: String,
    /// Why it did not take effect at its date: a code.
    pub held: Option<String>,
    /// The net it made.
    pub net: Option<i32>,
    /// The draft it undoes.
    pub undoes: Option<DraftId>,
    /// What moved when it took effect.
    pub report: Option<Value>,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// A grid as a draft has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftGrid {
    /// Its id: that of the grid in force, or a fresh one.
    pub id: GridId,
    /// Its code, once it has one.
    pub code: Option<String>,
    /// Whether the draft makes it, so that it is in no net yet.
    #[serde(default)]
    pub made: bool,
    /// Basic or dedicated.
    pub kind: GridKind,
    /// What a dedicated grid holds.
    pub dedicated_kind: Option<String>,
    /// The community it belongs to, twelve digits.
    pub community: i64,
    /// Its name, Chinese.
    pub name: String,
    /// Its area.
    pub polygon: Polygon,
}

/// What a step changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Change {
    /// The grid is from now on so.
    Put {
        /// How.
        grid: DraftGrid,
    },
    /// The grid is abolished.
    Drop {
        /// Which.
        grid: GridId,
        /// Its community.
        community: i64,
    },
    /// Vertices come into an edge of a community's border, wherever it is.
    Insert {
        /// Where.
        insertion: Insertion,
    },
}

/// A position as told: longitude, latitude, degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Position(pub [f64; 2]);

/// The lattice point of a told position; `None` when it is no place.
pub(crate) fn vertex(p: Position) -> Option<Vertex> {
    LonLat::new(p.0[0], p.0[1]).ok().map(Vertex::from)
}

/// One edit of the net, as told. Positions are longitude, latitude in degrees; polygons GeoJSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Edit {
    /// A new grid, taken as it is drawn.
    Add {
        /// Made by the sender; without it the server makes one.
        #[serde(default)]
        grid: Option<GridId>,
        /// A code of the city's scheme never used before; without it the next free one is given when the
        /// draft takes effect.
        #[serde(default)]
        code: Option<String>,
        /// The community, twelve digits.
        community: String,
        /// `basic` or `dedicated`.
        grid_kind: GridKind,
        /// What a dedicated grid holds: `school`, `park`, …
        #[serde(default)]
        dedicated_kind: Option<String>,
        /// Its name, 1 to 80 characters.
        name: String,
        /// GeoJSON polygon.
        #[schema(value_type = Object)]
        polygon: Value,
        /// Vertices within so many metres of others are put there; none when missing.
        #[serde(default)]
        snap_m: Option<f64>,
    },
    /// A grid drawn anew.
    Redraw {
        /// Which.
        grid: GridId,
        /// GeoJSON polygon.
        #[schema(value_type = Object)]
        polygon: Value,
        /// Whether its neighbours follow: they lose what it takes and get what it leaves. Otherwise it is
        /// taken as drawn.
        #[serde(default)]
        follow: bool,
        /// Vertices within so many metres of others are put there; none when missing.
        #[serde(default)]
        snap_m: Option<f64>,
    },
    /// A grid is abolished; what it had is left open.
    Remove {
        /// Which.
        grid: GridId,
    },
    /// A grid is called otherwise.
    Rename {
        /// Which.
        grid: GridId,
        /// Its name, 1 to 80 characters.
        name: String,
    },
    /// A vertex of a border moves, and all grids of the kind that have it follow.
    MoveVertex {
        /// The community, twelve digits.
        community: String,
        /// `basic` or `dedicated`.
        grid_kind: GridKind,
        /// Where it is.
        from: Position,
        /// Where it goes.
        to: Position,
        /// Put onto a vertex or border within so many metres; none when missing.
        #[serde(default)]
        snap_m: Option<f64>,
    },
    /// A border gets a vertex.
    InsertVertex {
        /// The community, twelve digits.
        community: String,
        /// `basic` or `dedicated`.
        grid_kind: GridKind,
        /// One end of the edge.
        a: Position,
        /// The other.
        b: Position,
        /// Where the vertex comes.
        at: Position,
    },
    /// A border loses a vertex.
    RemoveVertex {
        /// The community, twelve digits.
        community: String,
        /// `basic` or `dedicated`.
        grid_kind: GridKind,
        /// Which.
        at: Position,
    },
    /// A basic grid is divided along a line; the parts are new grids.
    Split {
        /// Which.
        grid: GridId,
        /// From border to border.
        line: Vec<Position>,
        /// Names of the parts from west to east, as codes are given; made from the old name where missing.
        #[serde(default)]
        names: Vec<String>,
    },
    /// Basic grids side by side become one new grid.
    Merge {
        /// Which.
        grids: Vec<GridId>,
        /// Its name; without it that of the largest.
        #[serde(default)]
        name: Option<String>,
    },
    /// One of the repairs offered for a fault.
    Repair {
        /// The community, twelve digits.
        community: String,
        /// The fault's id.
        fault: String,
        /// `give`, `cut`, `clip`, `untangle`, `join` or `snap`.
        how: String,
        /// The grid it is about.
        #[serde(default)]
        grid: Option<GridId>,
    },
    /// All faults of a community that can be, by the best repair of each.
    Mend {
        /// The community, twelve digits.
        community: String,
    },
}
