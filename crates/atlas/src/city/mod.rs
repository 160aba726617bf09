//! The schematic demo city: areas for real division codes and names, made by seed.
//!
//! No openly licensed boundaries of towns, villages or grids exist, so the demo city draws its own.
//! They are **schematic** and must be shown as such. The method: a mesh of some fifty thousand small
//! cells, denser where the city is dense, inside a hand-made outline; districts by capacity-balanced
//! power diagram around their centre points; below that, each set of cells is halved again and again
//! until each town, community and grid has its own; borders are smoothed by moving mesh vertices
//! only as far as the mesh stays planar. Every border is a chain of mesh edges, so all levels fit
//! together exactly. Only operations that IEEE 754 rounds exactly are used (+ − × ÷ √), so a seed
//! gives the same city on every machine.

mod dedicated;
mod districts;
mod field;
mod mesh;
mod outline;
mod plan;
mod plane;
mod seeded;
mod shapes;
mod slicing;
mod smoothing;

use serde::{Deserialize, Serialize};

use crate::codes::{DivisionCode, Level};
use crate::coords::LonLat;
use crate::polygon::Polygon;
use crate::scheme::GridKind;

pub use plan::short_name;

/// Basic grids of the demo city.
pub const BASIC_GRIDS: usize = 4_962;
/// Dedicated grids of the demo city.
pub const DEDICATED_GRIDS: usize = 1_295;

/// How often a net is begun anew, with another stream of numbers, when a shape comes out broken.
const ATTEMPTS: u64 = 8;

/// One administrative division, as in `data/divisions.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Division {
    /// Twelve digits.
    pub code: DivisionCode,
    /// City, county, town or village.
    pub level: Level,
    /// The division above.
    #[serde(rename = "parent_code")]
    pub parent: DivisionCode,
    /// The official name, Chinese.
    pub name: String,
}

/// Centre point and area of a district, as in `data/county_anchors.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// The district's code.
    pub code: DivisionCode,
    /// The district's name, Chinese.
    pub name: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Square kilometres.
    pub area_km2: f64,
}

/// A division with its schematic area.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaShape {
    /// Twelve digits.
    pub code: DivisionCode,
    /// City, county, town or village.
    pub level: Level,
    /// The division above.
    pub parent: DivisionCode,
    /// The official name, Chinese.
    pub name: String,
    /// One ring, no holes.
    pub polygon: Polygon,
    /// A point well inside.
    pub label_point: LonLat,
}

/// What a dedicated grid holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DedicatedKind {
    /// 学校
    School,
    /// 银行
    Bank,
    /// 医院
    Hospital,
    /// 市场
    Market,
    /// 公园
    Park,
}

impl DedicatedKind {
    /// The word used in JSON and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Bank => "bank",
            Self::Hospital => "hospital",
            Self::Market => "market",
            Self::Park => "park",
        }
    }
}

/// A grid of the demo net.
#[derive(Debug, Clone, PartialEq)]
pub struct GridShape {
    /// In the demo scheme, see [`crate::scheme::CodeScheme::demo`].
    pub code: String,
    /// Basic or dedicated.
    pub kind: GridKind,
    /// What a dedicated grid holds; `None` for basic grids.
    pub dedicated_kind: Option<DedicatedKind>,
    /// The community or village it belongs to.
    pub community: DivisionCode,
    /// Chinese, synthetic.
    pub name: String,
    /// One ring, no holes.
    pub polygon: Polygon,
    /// A point well inside.
    pub label_point: LonLat,
}

/// The demo city, in order of code; grids: basic first, then dedicated.
#[derive(Debug, Clone, PartialEq)]
pub struct City {
    /// City, districts, towns and communities, each level after the one above.
    pub divisions: Vec<AreaShape>,
    /// [`BASIC_GRIDS`] basic grids, then [`DEDICATED_GRIDS`] dedicated ones.
    pub grids: Vec<GridShape>,
}

/// Why no city could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CityError {
    /// A line of a table cannot be read; the number counts from 1.
    #[error("city.bad_line")]
    Line(usize),
    /// The divisions have no city, or more than one.
    #[error("city.not_one_city")]
    NotOneCity,
    /// A division's parent is not in the list, or a district has no anchor, or no community.
    #[error("city.incomplete")]
    Incomplete(DivisionCode),
    /// More communities than basic grids.
    #[error("city.too_many_communities")]
    TooManyCommunities,
    /// Every attempt broke a shape; another seed may do.
    #[error("city.no_valid_net")]
    NoValidNet,
}

/// Reads `data/divisions.csv`: `code,level,parent_code,name`, no quoting, a heading line.
///
/// # Errors
/// [`CityError::Line`] with the first line that cannot be read.
pub fn parse_divisions(text: &str) -> Result<Vec<Division>, CityError> {
    parse_lines(text, |fields: [&str; 4]| {
        let [code, level, parent, name] = fields;
        let level = match level {
            "city" => Level::City,
            "county" => Level::County,
            "town" => Level::Town,
            "village" => Level::Village,
            _ => return None,
        };
        let (code, parent) = (code.parse().ok()?, parent.parse().ok()?);
        Some(Division {
            code,
            level,
            parent,
            name: name.to_owned(),
        })
    })
}

/// Reads `data/county_anchors.csv`: `code,name,lon,lat,area_km2`, no quoting, a heading line.
///
/// # Errors
/// [`CityError::Line`] with the first line that cannot be read.
pub fn parse_anchors(text: &str) -> Result<Vec<Anchor>, CityError> {
    parse_lines(text, |fields: [&str; 5]| {
        let [code, name, lon, lat, area] = fields;
        Some(Anchor {
            code: code.parse().ok()?,
            name: name.to_owned(),
            lon: lon.parse().ok()?,
            lat: lat.parse().ok()?,
            area_km2: area.parse().ok().filter(|a| *a > 0.0)?,
        })
    })
}

fn parse_lines<const N: usize, T>(
    text: &str,
    read: impl Fn([&str; N]) -> Option<T>,
) -> Result<Vec<T>, CityError> {
    let lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .skip(1);
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| {
            let fields: Vec<&str> = line.trim_end().split(',').collect();
            fields
                .try_into()
                .ok()
                .and_then(&read)
                .ok_or(CityError::Line(i + 1))
        })
        .collect()
}

/// Makes the schematic city: the same for the same input and seed.
///
/// Towns whose name tells a prison (监狱) and their communities are left out. Every basic grid lies in
/// its community, basic grids cover the city without gap or overlap, each dedicated grid lies in one
/// community. Takes about a second.
///
/// # Errors
/// When the tables do not fit together, or (not seen) no attempt gives valid shapes.
pub fn generate(divisions: &[Division], anchors: &[Anchor], seed: u64) -> Result<City, CityError> {
    let plan = plan::Plan::new(divisions, anchors, seed)?;
    (0..ATTEMPTS)
        .find_map(|attempt| draw(&plan, seed, attempt))
        .ok_or(CityError::NoValidNet)
}

/// One attempt: `None` when a shape came out broken.
fn draw(plan: &plan::Plan, seed: u64, attempt: u64) -> Option<City> {
    let mut random = seeded::Seeded::new(seed, attempt);
    let field = field::Field::new(plan, &mut random);
    let mut mesh = mesh::Mesh::new(&field, &mut random)?;
    let owners = slicing::assign(plan, &field, &mesh, &mut random)?;
    smoothing::smooth(&mut mesh, &owners.grid);
    let mut city = shapes::draw(plan, &mesh, &owners)?;
    dedicated::lay(plan, &mesh, &owners, &mut city, &mut random)?;
    Some(city)
}
