//! What a unit, a person and an appointment are.

use divisions::Level;
use kernel::{GridId, Moment, OrgId, PersonId, Role};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What sort of organisation a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OrgKind {
    /// 职能部门: a department of the city or a district.
    Department,
    /// 作业单位: an operator that works for one.
    Operator,
    /// 指挥中心: the centre that accepts, dispatches and verifies.
    Centre,
    /// 街道、镇
    Town,
    /// 社区、村
    Community,
    /// 网格站: the grid workers of a community.
    GridStation,
}

impl OrgKind {
    /// The word stored and shown in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Operator => "operator",
            Self::Centre => "centre",
            Self::Town => "town",
            Self::Community => "community",
            Self::GridStation => "grid_station",
        }
    }
}

/// A unit in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: OrgId,
    /// The kind of work it answers for, e.g. `urban_management`; one unit per key and area.
    pub key: String,
    /// What sort of organisation it is.
    pub kind: OrgKind,
    /// The level of the area it answers in.
    pub level: Level,
    /// The division it answers in, twelve digits.
    pub area: i64,
    /// The unit above.
    pub parent: Option<OrgId>,
    /// Its name, Chinese.
    pub name_zh: String,
    /// Its name, English.
    pub name_en: String,
}

/// A unit to be stored.
pub type NewOrg = Unit;

/// A person to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// A fresh id.
    pub id: PersonId,
    /// The name colleagues see.
    pub name: String,
    /// The unit the person belongs to.
    pub org: Option<OrgId>,
}

/// An appointment to be stored. At least one of area, unit and grid is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAppointment {
    /// A fresh id.
    pub id: Uuid,
    /// Who.
    pub person: PersonId,
    /// As what.
    pub role: Role,
    /// For which division, twelve digits.
    pub area: Option<i64>,
    /// In which unit.
    pub org: Option<OrgId>,
    /// In which grid.
    pub grid: Option<GridId>,
    /// From when.
    pub from: Moment,
    /// Until when, not included; `None` for no end.
    pub to: Option<Moment>,
}

/// A person of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Colleague {
    /// Who.
    pub id: PersonId,
    /// The name colleagues see.
    pub name: String,
    /// What the person is there.
    pub role: Role,
}
