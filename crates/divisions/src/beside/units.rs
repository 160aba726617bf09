//! Grids of another system from the rows of a file, and how they lie over the net's.

use std::collections::{HashMap, HashSet};

use atlas::overlay::{area_m2, common};
use atlas::{Polygon, Reference};
use kernel::GridId;
use layers::Layer;
use uuid::Uuid;

use crate::files::columns::{Field, Mapping};
use crate::files::grids::{Cells, bad_text};
use crate::files::report::RowFault;
use crate::files::shape;
use crate::files::shapes::Shapes;
use crate::model::{GridKind, Level};

/// Less in common than this, square metres, is a trace of rounding.
const COUNTS_M2: f64 = 1.0;

/// Another system of grids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Its key.
    pub key: String,
    /// Digits of a code, the community's twelve first.
    pub digits: usize,
}

/// A grid of another system as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedUnit {
    /// The row it stands in.
    pub row: u32,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The community, twelve digits.
    pub community: i64,
    /// Its area.
    pub polygon: Polygon,
}

/// What would become of a file.
#[derive(Debug, Clone)]
pub struct UnitPlan {
    /// Which system it is; its grids are replaced whole.
    pub system: System,
    /// Every grid whose row can be read.
    pub units: Vec<PlannedUnit>,
    /// What is wrong.
    pub faults: Vec<RowFault>,
}

/// Reads the rows of a layer as grids of `system`.
#[must_use]
pub fn plan(
    layer: &Layer,
    mapping: &Mapping,
    reference: Reference,
    shapes: &Shapes,
    system: System,
) -> UnitPlan {
    let cells = Cells::new(layer, mapping);
    let villages = shapes.divisions.iter().map(|d| &d.info);
    let villages = villages.filter(|d| d.level == Level::Village);
    let communities: HashSet<i64> = villages.map(|d| d.code).collect();
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let (mut units, mut faults) = (Vec::new(), Vec::new());
    for feature in cells.rows() {
        let row = feature.row;
        let mut wrong = Vec::new();
        let code = cells.get(feature, Field::Code);
        let digits = code.len() == system.digits && code.bytes().all(|b| b.is_ascii_digit());
        let community: i64 = code.get(..12).and_then(|c| c.parse().ok()).unwrap_or(0);
        if code.is_empty() {
            wrong.push(RowFault::new(row, Field::Code, "import.code_missing"));
        } else if let Some(first) = seen.insert(code, row) {
            seen.insert(code, first);
            let fault = RowFault::new(row, Field::Code, "import.code_repeated");
            wrong.push(fault.with("said", code).with("other", first));
        } else if !digits {
            let fault = RowFault::new(row, Field::Code, "import.code_scheme");
            wrong.push(fault.with("said", code).with("digits", system.digits));
        } else if !communities.contains(&community) {
            let fault = RowFault::new(row, Field::Community, "import.community_unknown");
            wrong.push(fault.with("said", community.to_string()));
        }
        let name = cells.get(feature, Field::Name);
        wrong.extend(bad_text(row, Field::Name, name));
        match shape::polygon(&feature.geometry, reference, row) {
            Ok(polygon) => {
                wrong.extend(shape::crossing(&polygon, row));
                if wrong.is_empty() {
                    units.push(PlannedUnit {
                        row,
                        code: code.to_owned(),
                        name: if name.is_empty() { code } else { name }.to_owned(),
                        community,
                        polygon,
                    });
                }
            }
            Err(fault) => wrong.push(fault),
        }
        faults.extend(wrong);
    }
    if units.is_empty() && faults.is_empty() {
        faults.push(RowFault::new(0, Field::Code, "import.no_rows"));
    }
    UnitPlan {
        system,
        units,
        faults,
    }
}

/// What a grid of another system and one of the net have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// The other system's.
    pub unit: Uuid,
    /// The net's.
    pub grid: GridId,
    /// Of the ground.
    pub area_m2: f64,
    /// Of the other's area, 0..=1.
    pub share_of_unit: f64,
    /// Of the net's, 0..=1.
    pub share_of_grid: f64,
}

/// Lays units over the basic grids in force. Near O(n log n) in their number; a second or two for a
/// city.
#[must_use]
pub fn relate(units: &[(Uuid, Polygon)], shapes: &Shapes) -> Vec<Shared> {
    let grids: Vec<_> = shapes
        .current()
        .filter(|g| g.info.kind == GridKind::Basic)
        .map(|g| (g.info.id, &g.polygon, g.polygon.bounds()))
        .collect();
    let mut by_west: Vec<usize> = (0..grids.len()).collect();
    by_west.sort_by_key(|n| grids[*n].2.0.x);
    let widest = grids
        .iter()
        .map(|g| i64::from(g.2.1.x) - i64::from(g.2.0.x))
        .max()
        .unwrap_or(0);
    let mut shared = Vec::new();
    for (id, unit) in units {
        let (low, high) = unit.bounds();
        let start =
            by_west.partition_point(|n| i64::from(grids[*n].2.0.x) < i64::from(low.x) - widest);
        let near = by_west[start..]
            .iter()
            .map(|n| &grids[*n])
            .take_while(|g| g.2.0.x <= high.x)
            .filter(|g| g.2.1.x >= low.x && g.2.0.y <= high.y && g.2.1.y >= low.y);
        for (grid, polygon, _) in near {
            let area = area_m2(&common(unit, polygon));
            if area < COUNTS_M2 {
                continue;
            }
            let share = |of: &Polygon| (area / (of.area_km2() * 1e6)).min(1.0);
            shared.push(Shared {
                unit: *id,
                grid: *grid,
                area_m2: area,
                share_of_unit: share(unit),
                share_of_grid: share(polygon),
            });
        }
    }
    shared
}
