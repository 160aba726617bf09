//! The rows of a file as divisions of all levels: codes, names and what lies above them, with or
//! without areas. Nothing is stored here.

use std::collections::{BTreeMap, HashMap};

use atlas::{DivisionCode, Polygon, Reference};
use layers::{Feature, Layer};

use super::columns::{Field, Mapping};
use super::grids::{Cells, bad_text};
use super::report::RowFault;
use super::shape;
use super::shapes::Shapes;
use crate::model::Level;

/// A division as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedArea {
    /// The row it stands in.
    pub row: u32,
    /// Twelve digits.
    pub code: i64,
    /// Its name.
    pub name: String,
    /// How high it stands.
    pub level: Level,
    /// What lies above; `None` for the city.
    pub parent: Option<i64>,
    /// Its area, if the file has it.
    pub polygon: Option<Polygon>,
}

/// What would become of a file.
#[derive(Debug, Clone, Default)]
pub struct AreaPlan {
    /// Every division whose row can be read, the highest first.
    pub areas: Vec<PlannedArea>,
    /// What is wrong.
    pub faults: Vec<RowFault>,
}

/// Reads the rows of a layer as divisions of the city `city` (twelve digits).
#[must_use]
pub fn plan(
    layer: &Layer,
    mapping: &Mapping,
    reference: Reference,
    shapes: &Shapes,
    city: i64,
) -> AreaPlan {
    let mut plan = AreaPlan::default();
    let cells = Cells::new(layer, mapping);
    let mut seen: HashMap<i64, u32> = HashMap::new();
    for feature in cells.rows() {
        match row(&cells, feature, reference, city, &mut seen) {
            Ok((area, notes)) => {
                plan.areas.push(area);
                plan.faults.extend(notes);
            }
            Err(faults) => plan.faults.extend(faults),
        }
    }
    if plan.areas.is_empty() && plan.faults.is_empty() {
        plan.faults
            .push(RowFault::new(0, Field::Code, "import.no_rows"));
    }
    let there: BTreeMap<i64, Level> = shapes
        .divisions
        .iter()
        .map(|d| (d.info.code, d.info.level))
        .chain(plan.areas.iter().map(|a| (a.code, a.level)))
        .collect();
    for area in &plan.areas {
        if let Some(parent) = area.parent
            && there.get(&parent).is_none_or(|level| *level >= area.level)
            // Other rows of the same cause would say it again and again.
            && !seen.is_empty()
        {
            let fault = RowFault::new(area.row, Field::Parent, "import.parent_unknown");
            plan.faults.push(fault.with("said", parent.to_string()));
        }
    }
    in_force(&mut plan, shapes);
    plan.areas.sort_by_key(|a| (a.level, a.code));
    plan.faults.sort_by_key(|f| f.row);
    plan
}

/// Divisions with grids in force do not change by a file: the net would no longer fit.
fn in_force(plan: &mut AreaPlan, shapes: &Shapes) {
    if shapes.current().next().is_none() {
        return;
    }
    let known: HashMap<i64, &super::shapes::AreaShape> =
        shapes.divisions.iter().map(|d| (d.info.code, d)).collect();
    for area in &plan.areas {
        let Some(there) = known.get(&area.code) else {
            continue;
        };
        if area.parent.is_some() && area.parent != there.info.parent {
            let fault = RowFault::new(area.row, Field::Parent, "import.parent_in_force");
            plan.faults.push(fault.with("said", area.code.to_string()));
        }
        let moved = area
            .polygon
            .as_ref()
            .zip(there.polygon.as_ref())
            .is_some_and(|(new, old)| new != old);
        if moved {
            let fault = RowFault::shape(area.row, "import.division_in_force");
            plan.faults.push(fault.with("said", area.code.to_string()));
        }
    }
}

fn row(
    cells: &Cells<'_>,
    feature: &Feature,
    reference: Reference,
    city: i64,
    seen: &mut HashMap<i64, u32>,
) -> Result<(PlannedArea, Vec<RowFault>), Vec<RowFault>> {
    let row = feature.row;
    let (mut faults, mut notes) = (Vec::new(), Vec::new());
    let said = cells.get(feature, Field::Code);
    let code = twelve(said);
    let Some(code) = code else {
        let key = if said.is_empty() {
            "import.code_missing"
        } else {
            "import.division_code"
        };
        return Err(vec![
            RowFault::new(row, Field::Code, key).with("said", said),
        ]);
    };
    let level = Level::of(code);
    if code / 100_000_000 != city / 100_000_000 || (level == Level::City && code != city) {
        let fault = RowFault::new(row, Field::Code, "import.division_elsewhere");
        faults.push(fault.with("said", said).with("city", city.to_string()));
    }
    if let Some(first) = seen.insert(code, row) {
        seen.insert(code, first);
        let fault = RowFault::new(row, Field::Code, "import.code_repeated");
        faults.push(fault.with("said", said).with("other", first));
    }
    let name = cells.get(feature, Field::Name);
    if name.is_empty() {
        faults.push(RowFault::new(row, Field::Name, "import.name_missing"));
    }
    faults.extend(bad_text(row, Field::Name, name));
    let own = DivisionCode::new(code).ok().and_then(DivisionCode::parent);
    let above = cells.get(feature, Field::Parent);
    let parent = match (level, above) {
        (Level::City, _) => None,
        (_, "") => own.map(DivisionCode::number),
        (_, said) => match twelve(said) {
            Some(parent) => Some(parent),
            None => {
                let fault = RowFault::new(row, Field::Parent, "import.parent_unknown");
                faults.push(fault.with("said", said));
                None
            }
        },
    };
    let polygon = match &feature.geometry {
        layers::Geometry::Nothing | layers::Geometry::Point(_) => None,
        other => match shape::largest(other, reference, row) {
            Ok((polygon, parts)) => {
                faults.extend(shape::crossing(&polygon, row));
                if parts > 1 {
                    let note = RowFault::shape(row, "import.largest_part").note();
                    notes.push(note.with("parts", parts));
                }
                Some(polygon)
            }
            Err(fault) => {
                faults.push(fault);
                None
            }
        },
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let area = PlannedArea {
        row,
        code,
        name: name.to_owned(),
        level,
        parent,
        polygon,
    };
    Ok((area, notes))
}

/// A code of 4, 6, 9 or 12 digits as twelve.
fn twelve(text: &str) -> Option<i64> {
    if !matches!(text.len(), 4 | 6 | 9 | 12) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let code: i64 = format!("{text:0<12}").parse().ok()?;
    DivisionCode::new(code).ok().map(DivisionCode::number)
}
