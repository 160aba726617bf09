//! What a division and a grid are, as stored and as new.

use kernel::{GridId, Moment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How high a division stands; the order is from the city down.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Level {
    /// 市
    City,
    /// 区、县
    County,
    /// 街道、镇
    Town,
    /// 社区、村
    Village,
}

impl Level {
    /// The word stored and shown in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::County => "county",
            Self::Town => "town",
            Self::Village => "village",
        }
    }

    /// The level of a 12-digit code of a city's division, read from the zeros at its end.
    #[must_use]
    pub const fn of(code: i64) -> Self {
        if code % 100_000_000 == 0 {
            Self::City
        } else if code % 1_000_000 == 0 {
            Self::County
        } else if code % 1_000 == 0 {
            Self::Town
        } else {
            Self::Village
        }
    }
}

/// The two kinds of grid (GB/T 34300-2017).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum GridKind {
    /// 基础网格: basic grids cover each community without gap or overlap.
    Basic,
    /// 专属网格: a school, park, market …, lying over basic ones.
    Dedicated,
}

impl GridKind {
    /// The word stored and shown in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Dedicated => "dedicated",
        }
    }
}

/// A division of the city, in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct DivisionInfo {
    /// Twelve digits.
    pub code: i64,
    /// How high it stands.
    pub level: Level,
    /// The division above; `None` for the city.
    pub parent: Option<i64>,
    /// The official name, Chinese.
    pub name: String,
    /// Where its label stands, degrees east.
    pub lon: f64,
    /// Where its label stands, degrees north.
    pub lat: f64,
    /// West, south, east, north, degrees.
    pub bounds: [f64; 4],
}

/// A grid of the current net, in memory, without its polygon.
#[derive(Debug, Clone, PartialEq)]
pub struct GridInfo {
    /// Its id, the same while it lives.
    pub id: GridId,
    /// Its code, never used for another grid.
    pub code: String,
    /// Its name, Chinese.
    pub name: String,
    /// Basic or dedicated.
    pub kind: GridKind,
    /// What a dedicated grid holds: `school`, `park`, …
    pub dedicated_kind: Option<String>,
    /// The community it belongs to, twelve digits.
    pub community: i64,
    /// Where its label stands, degrees east.
    pub lon: f64,
    /// Where its label stands, degrees north.
    pub lat: f64,
    /// Its area in square metres.
    pub area_m2: f64,
    /// Since when it is so.
    pub valid_from: Moment,
}

/// A division to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDivision {
    /// What it is.
    pub info: DivisionInfo,
    /// WKB polygon in EPSG:4490, lon/lat degrees.
    pub geometry: Option<Vec<u8>>,
}

/// A grid to be stored; the times come from the net it is stored with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGrid {
    /// A fresh id.
    pub id: GridId,
    /// A code never used before.
    pub code: String,
    /// Its name, Chinese.
    pub name: String,
    /// Basic or dedicated.
    pub kind: GridKind,
    /// What a dedicated grid holds; `None` for basic ones.
    pub dedicated_kind: Option<String>,
    /// The community it belongs to, twelve digits.
    pub community: i64,
    /// WKB polygon in EPSG:4490, lon/lat degrees.
    pub geometry: Vec<u8>,
    /// Where its label stands, degrees east.
    pub lon: f64,
    /// Where its label stands, degrees north.
    pub lat: f64,
    /// Its area in square metres, more than zero.
    pub area_m2: f64,
}

impl From<&atlas::city::AreaShape> for NewDivision {
    /// A division of the schematic city; the city itself stands on top.
    fn from(shape: &atlas::city::AreaShape) -> Self {
        let level = Level::of(shape.code.number());
        let (low, high) = shape.polygon.bounds();
        let (low, high) = (low.to_lonlat(), high.to_lonlat());
        let info = DivisionInfo {
            code: shape.code.number(),
            level,
            parent: (level != Level::City).then(|| shape.parent.number()),
            name: shape.name.clone(),
            lon: shape.label_point.lon,
            lat: shape.label_point.lat,
            bounds: [low.lon, low.lat, high.lon, high.lat],
        };
        Self {
            info,
            geometry: Some(atlas::polygon_to_wkb(&shape.polygon)),
        }
    }
}

impl From<&atlas::city::GridShape> for NewGrid {
    /// A grid of the schematic city, with a fresh id.
    fn from(shape: &atlas::city::GridShape) -> Self {
        Self {
            id: GridId::fresh(),
            code: shape.code.clone(),
            kind: match shape.kind {
                atlas::GridKind::Basic => GridKind::Basic,
                atlas::GridKind::Dedicated => GridKind::Dedicated,
            },
            dedicated_kind: shape.dedicated_kind.map(|k| k.as_str().to_owned()),
            community: shape.community.number(),
            name: shape.name.clone(),
            geometry: atlas::polygon_to_wkb(&shape.polygon),
            lon: shape.label_point.lon,
            lat: shape.label_point.lat,
            area_m2: shape.polygon.area_km2() * 1e6,
        }
    }
}
