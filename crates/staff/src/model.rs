//! What a unit, a person and an appointment are.

use divisions::Level;
use kernel::{GridId, Moment, OrgId, PersonId, Role};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What sort of organisation a unit is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize, sqlx::Type, ToSchema,
)]
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
    /// 科室: a section inside another unit.
    Section,
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
            Self::Section => "section",
        }
    }

    /// All kinds with their names, Chinese and English.
    pub const NAMES: [(Self, &'static str, &'static str); 7] = [
        (Self::Department, "职能部门", "Department"),
        (Self::Operator, "作业单位", "Operator"),
        (Self::Centre, "中心", "Centre"),
        (Self::Town, "街道（镇）", "Town"),
        (Self::Community, "社区（村）", "Community"),
        (Self::GridStation, "网格站", "Grid station"),
        (Self::Section, "科室", "Section"),
    ];

    /// The kind of this word or name.
    #[must_use]
    pub fn parse(said: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find(|(kind, zh, en)| {
                kind.as_str() == said || *zh == said || en.eq_ignore_ascii_case(said)
            })
            .map(|n| n.0)
    }
}

/// How somebody serves in a seat.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    Serialize,
    serde::Deserialize,
    sqlx::Type,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Service {
    /// 专职
    #[default]
    FullTime,
    /// 兼职
    PartTime,
    /// 志愿
    Volunteer,
}

impl Service {
    /// All with their names, Chinese and English.
    pub const NAMES: [(Self, &'static str, &'static str); 3] = [
        (Self::FullTime, "专职", "Full-time"),
        (Self::PartTime, "兼职", "Part-time"),
        (Self::Volunteer, "志愿", "Volunteer"),
    ];

    /// The word stored and shown in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FullTime => "full_time",
            Self::PartTime => "part_time",
            Self::Volunteer => "volunteer",
        }
    }

    /// The kind of service of this word or name.
    #[must_use]
    pub fn parse(said: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find(|(kind, zh, en)| {
                kind.as_str() == said || *zh == said || en.eq_ignore_ascii_case(said)
            })
            .map(|n| n.0)
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
    /// Full-time, part-time or as a volunteer.
    pub kind: Service,
    /// Who appoints; `None` for the command line.
    pub by: Option<PersonId>,
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
