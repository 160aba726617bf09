//! Pages of divisions and grids, from memory.

use std::sync::Arc;

use atlas::{LatticeBox, Polygon, Vertex};
use divisions::files::{AreaShape, GridVersion, Shapes};
use divisions::{CurrentNet, Level};
use serde_json::{Value, json};

use super::asked::{Asked, Beside};
use super::crs::Crs;
use super::document::Page;
use super::fault::Fault;

/// A page of divisions by code.
///
/// # Errors
/// 400 when the page begins beside a feature there is not.
pub fn divisions(shapes: &Shapes, asked: &Asked) -> Result<Page, Fault> {
    let fit = |d: &&AreaShape| {
        asked.fits("code", &d.info.code.to_string())
            && asked.fits("name", &d.info.name)
            && asked.fits("level", d.info.level.as_str())
            && asked.fits("parent", &parent(d))
            && touches(asked, d.polygon.as_ref())
    };
    let found: Vec<&AreaShape> = shapes.divisions.iter().filter(fit).collect();
    page(&found, asked, |d| d.info.code.to_string(), division)
}

fn parent(division: &AreaShape) -> String {
    let parent = division.info.parent;
    parent.map_or_else(String::new, |p| p.to_string())
}

/// A division as a feature.
#[must_use]
pub fn division(d: &AreaShape, crs: Crs) -> Value {
    let info = &d.info;
    json!({
        "type": "Feature",
        "id": info.code.to_string(),
        "geometry": d.polygon.as_ref().map(|p| polygon(p, crs)),
        "properties": {
            "code": info.code.to_string(),
            "name": info.name,
            "level": info.level,
            "parent": info.parent.map(|p| p.to_string()),
            "lon": info.lon,
            "lat": info.lat,
        },
    })
}

/// A page of grids by code: those in force, or those of the span asked for.
///
/// # Errors
/// 400 when the page begins beside a feature there is not.
pub fn grids(shapes: &Shapes, net: &Arc<CurrentNet>, asked: &Asked) -> Result<Page, Fault> {
    let fit = |g: &&GridVersion| {
        let above = above(net, g.info.community);
        let in_time = match asked.span {
            Some(span) => span.meets(g.info.valid_from, g.valid_to),
            None => g.valid_to.is_none(),
        };
        in_time
            && asked.fits("code", &g.info.code)
            && asked.fits("name", &g.info.name)
            && asked.fits("kind", g.info.kind.as_str())
            && asked.fits(
                "dedicated_kind",
                g.info.dedicated_kind.as_deref().unwrap_or_default(),
            )
            && asked.fits("community", &g.info.community.to_string())
            && asked.fits("community_name", &above[2].1)
            && asked.fits("town", &above[1].0)
            && asked.fits("district", &above[0].0)
            && touches(asked, Some(&g.polygon))
    };
    let found: Vec<&GridVersion> = shapes.grids.iter().filter(fit).collect();
    page(&found, asked, grid_id, |g, crs| grid(g, net, crs))
}

/// A grid in force goes by its code, one that is no more by code and the net it came with.
#[must_use]
pub fn grid_id(grid: &GridVersion) -> String {
    match grid.valid_to {
        None => grid.info.code.clone(),
        Some(_) => format!("{}@{}", grid.info.code, grid.net_from),
    }
}

/// District, town and community of a community: code and name, empty when there is none.
fn above(net: &CurrentNet, community: i64) -> [(String, String); 3] {
    let path = net.path(community);
    [Level::County, Level::Town, Level::Village].map(|level| {
        let found = path.iter().find(|d| d.level == level);
        found.map_or_else(Default::default, |d| (d.code.to_string(), d.name.clone()))
    })
}

/// A grid as a feature.
#[must_use]
pub fn grid(g: &GridVersion, net: &CurrentNet, crs: Crs) -> Value {
    let info = &g.info;
    let [district, town, community] = above(net, info.community);
    json!({
        "type": "Feature",
        "id": grid_id(g),
        "geometry": polygon(&g.polygon, crs),
        "properties": {
            "code": info.code,
            "name": info.name,
            "kind": info.kind,
            "dedicated_kind": info.dedicated_kind,
            "community": info.community.to_string(),
            "community_name": community.1,
            "town": town.0,
            "district": district.0,
            "area_m2": info.area_m2.round(),
            "valid_from": info.valid_from,
            "valid_to": g.valid_to,
            "net": g.net_from,
        },
    })
}

fn touches(asked: &Asked, polygon: Option<&Polygon>) -> bool {
    let Some(boxes) = &asked.boxes else {
        return true;
    };
    let touch = |b: &LatticeBox| polygon.is_some_and(|p| b.touches(p));
    boxes.iter().any(touch)
}

fn polygon(polygon: &Polygon, crs: Crs) -> Value {
    let ring = |ring: &[Vertex]| -> Vec<[f64; 2]> {
        let closed = ring.iter().chain(ring.first());
        closed.map(|v| crs.vertex(*v)).collect()
    };
    let rings: Vec<Vec<[f64; 2]>> = polygon.rings().map(ring).collect();
    json!({"type": "Polygon", "coordinates": rings})
}

/// The page of `found`, which is in order of `id`.
fn page<T>(
    found: &[&T],
    asked: &Asked,
    id: impl Fn(&T) -> String,
    feature: impl Fn(&T, Crs) -> Value,
) -> Result<Page, Fault> {
    let place = |key: &str, name: &str| {
        let at = found.iter().position(|t| id(t) == key);
        at.ok_or_else(|| Fault::Parameter(name.to_owned(), "ogc.page_gone"))
    };
    let (start, end) = match &asked.beside {
        Beside::Start => (0, asked.limit),
        Beside::After(key) => {
            let at = place(key, "after")? + 1;
            (at, at + asked.limit)
        }
        Beside::Before(key) => {
            let at = place(key, "before")?;
            (at.saturating_sub(asked.limit), at)
        }
    };
    let end = end.min(found.len());
    let shown = found.get(start..end).unwrap_or_default();
    Ok(Page {
        matched: Some(found.len()),
        next: (end < found.len())
            .then(|| shown.last().map(|t| id(t)))
            .flatten(),
        previous: (start > 0).then(|| shown.first().map(|t| id(t))).flatten(),
        features: shown.iter().map(|t| feature(t, asked.crs)).collect(),
    })
}
