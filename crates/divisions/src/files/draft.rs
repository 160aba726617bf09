//! A file of grids against the net in force: the edits of a draft that come to what the file has.
//!
//! The file speaks for the communities it names, and there for the kinds of grids it holds at all:
//! what it does not have of them is abolished. Communities stay as they are.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use atlas::topology::check_partition;
use atlas::{DivisionCode, Polygon};

use super::desk::same;
use super::grids::{GridPlan, Planned};
use super::shapes::Shapes;
use crate::drafts::model::Edit;
use crate::model::GridKind;

/// The edits, in an order that can be carried out.
#[must_use]
pub fn edits(plan: &GridPlan, shapes: &Shapes) -> Vec<Edit> {
    let communities: BTreeSet<i64> = plan.grids.iter().map(|g| g.community).collect();
    let kinds: HashSet<GridKind> = plan.grids.iter().map(|g| g.kind).collect();
    let there: HashMap<&str, _> = shapes
        .current()
        .map(|g| (g.info.code.as_str(), g))
        .collect();
    let wanted: HashSet<&str> = plan.grids.iter().map(|g| g.code.as_str()).collect();
    let mut edits: Vec<Edit> = shapes
        .current()
        .filter(|g| communities.contains(&g.info.community) && kinds.contains(&g.info.kind))
        .filter(|g| !wanted.contains(g.info.code.as_str()))
        .map(|g| Edit::Remove { grid: g.info.id })
        .collect();
    let mut touched: BTreeSet<i64> = shapes
        .current()
        .filter(|g| {
            edits
                .iter()
                .any(|e| matches!(e, Edit::Remove { grid } if *grid == g.info.id))
        })
        .map(|g| g.info.community)
        .collect();
    for grid in &plan.grids {
        match there.get(grid.code.as_str()) {
            None => edits.push(added(grid)),
            Some(old) => {
                if !same(&old.polygon, &grid.polygon) {
                    edits.push(Edit::Redraw {
                        grid: old.info.id,
                        polygon: grid.polygon.to_geojson(),
                        follow: false,
                        snap_m: None,
                    });
                } else if old.info.name == grid.name {
                    continue;
                }
                if old.info.name != grid.name {
                    edits.push(Edit::Rename {
                        grid: old.info.id,
                        name: grid.name.clone(),
                    });
                }
            }
        }
        touched.insert(grid.community);
    }
    edits.extend(traces(plan, shapes, &touched));
    edits
}

fn added(grid: &Planned) -> Edit {
    Edit::Add {
        grid: None,
        code: Some(grid.code.clone()),
        community: grid.community.to_string(),
        grid_kind: grid.kind,
        dedicated_kind: grid.dedicated_kind.clone(),
        name: grid.name.clone(),
        polygon: grid.polygon.to_geojson(),
        snap_m: None,
    }
}

/// Communities whose grids do not meet the outline to the last vertex: what is left are traces of
/// rounding, since anything wider stopped the file before.
fn traces(plan: &GridPlan, shapes: &Shapes, touched: &BTreeSet<i64>) -> Vec<Edit> {
    let outlines: BTreeMap<i64, &Polygon> = shapes
        .divisions
        .iter()
        .filter_map(|d| Some((d.info.code, d.polygon.as_ref()?)))
        .collect();
    let loose = |community: &&i64| {
        let basic = plan.grids.iter();
        let basic = basic.filter(|g| g.kind == GridKind::Basic && g.community == **community);
        let basic: Vec<&Polygon> = basic.map(|g| &g.polygon).collect();
        let outline = outlines.get(community);
        !basic.is_empty() && outline.is_some_and(|o| !check_partition([*o], basic).is_empty())
    };
    let mend = |community: &i64| Edit::Mend {
        community: community.to_string(),
    };
    touched.iter().filter(loose).map(mend).collect()
}

/// The smallest division all communities of the file lie in.
#[must_use]
pub fn area(plan: &GridPlan) -> Option<i64> {
    let mut found: Option<DivisionCode> = None;
    for grid in &plan.grids {
        let community = DivisionCode::new(grid.community).ok()?;
        found = Some(match found {
            None => community,
            Some(mut area) => {
                while !area.covers(community) {
                    area = area.parent()?;
                }
                area
            }
        });
    }
    found.map(DivisionCode::number)
}
