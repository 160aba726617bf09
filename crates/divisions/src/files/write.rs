//! Areas into files.

use atlas::{Polygon, Reference, Vertex};
use kernel::{Error, Result};
use layers::{Cell, Column, Encoding, Format, Geometry};

use super::columns::Target;
use super::shapes::Shapes;
use crate::beside::ElementLayer;
use crate::beside::store::{Element, Unit};
use crate::model::Level;
use crate::net::CurrentNet;

/// How a file is to be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// The format.
    pub format: Format,
    /// The coordinate system.
    pub reference: Reference,
    /// How texts are written, where the format leaves a choice.
    pub encoding: Encoding,
}

/// A row of a file.
pub type Row = (Vec<Cell>, Geometry);

pub(crate) fn columns(names: &[(&str, bool)]) -> Vec<Column> {
    names
        .iter()
        .map(|(name, number)| Column {
            name: (*name).to_owned(),
            number: *number,
        })
        .collect()
}

pub(crate) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// Numbers with as many places as keep every vertex on its own lattice point.
fn rounded(reference: Reference, p: [f64; 2]) -> [f64; 2] {
    let places = if reference.projected() { 1e4 } else { 1e9 };
    p.map(|n| (n * places).round() / places)
}

/// A polygon in the numbers of `reference`.
#[must_use]
pub fn geometry(polygon: &Polygon, reference: Reference) -> Geometry {
    let ring = |ring: &[Vertex]| {
        let numbers = ring.iter().map(|v| reference.numbers(v.to_lonlat()));
        numbers.map(|p| rounded(reference, p)).collect()
    };
    Geometry::Polygon(polygon.rings().map(ring).collect())
}

/// A point in the numbers of `reference`.
#[must_use]
pub fn point(lon: f64, lat: f64, reference: Reference) -> Geometry {
    let at = reference.numbers(atlas::LonLat { lon, lat });
    Geometry::Point(rounded(reference, at))
}

fn divisions(shapes: &Shapes, reference: Reference) -> (Vec<Column>, Vec<Row>) {
    let names = columns(&[
        ("code", false),
        ("name", false),
        ("level", false),
        ("parent", false),
    ]);
    let row = |d: &super::shapes::AreaShape| {
        let parent = d.info.parent.map_or_else(String::new, |p| p.to_string());
        let cells = vec![
            text(d.info.code.to_string()),
            text(d.info.name.as_str()),
            text(d.info.level.as_str()),
            text(parent),
        ];
        let shape = d.polygon.as_ref();
        let shape = shape.map_or(Geometry::Nothing, |p| geometry(p, reference));
        (cells, shape)
    };
    (names, shapes.divisions.iter().map(row).collect())
}

fn grids(shapes: &Shapes, net: &CurrentNet, reference: Reference) -> (Vec<Column>, Vec<Row>) {
    let names = columns(&[
        ("code", false),
        ("name", false),
        ("kind", false),
        ("dedicated_kind", false),
        ("community", false),
        ("community_name", false),
        ("town", false),
        ("district", false),
        ("area_m2", true),
        ("valid_from", false),
    ]);
    let row = |g: &super::shapes::GridVersion| {
        let path = net.path(g.info.community);
        let above = |level: Level| {
            let found = path.iter().find(|d| d.level == level);
            found.map_or_else(String::new, |d| d.name.clone())
        };
        let cells = vec![
            text(g.info.code.as_str()),
            text(g.info.name.as_str()),
            text(g.info.kind.as_str()),
            text(g.info.dedicated_kind.as_deref().unwrap_or_default()),
            text(g.info.community.to_string()),
            text(above(Level::Village)),
            text(above(Level::Town)),
            text(above(Level::County)),
            Cell::Number((g.info.area_m2 * 100.0).round() / 100.0),
            text(g.info.valid_from.to_string()),
        ];
        (cells, geometry(&g.polygon, reference))
    };
    (names, shapes.current().map(row).collect())
}

/// Divisions or the grids in force as a file.
///
/// # Errors
/// When the writer fails.
pub fn net(shapes: &Shapes, net: &CurrentNet, target: Target, wanted: Wanted) -> Result<Vec<u8>> {
    let (columns, rows) = match target {
        Target::Divisions => divisions(shapes, wanted.reference),
        _ => grids(shapes, net, wanted.reference),
    };
    written(target.as_str(), &columns, &rows, wanted)
}

pub(crate) fn written(
    name: &str,
    columns: &[Column],
    rows: &[Row],
    wanted: Wanted,
) -> Result<Vec<u8>> {
    layers::write(
        name,
        columns,
        rows,
        wanted.format,
        wanted.reference,
        wanted.encoding,
    )
    .map_err(|e| Error::ours("writing a file of areas", e))
}

/// Grids of another system as a file.
///
/// # Errors
/// When the writer fails.
pub fn units(units: &[Unit], wanted: Wanted) -> Result<Vec<u8>> {
    let names = columns(&[
        ("code", false),
        ("name", false),
        ("community", false),
        ("area_m2", true),
    ]);
    let row = |u: &Unit| {
        let cells = vec![
            text(u.code.as_str()),
            text(u.name.as_str()),
            text(u.community.to_string()),
            Cell::Number((u.area_m2 * 100.0).round() / 100.0),
        ];
        (cells, geometry(&u.polygon, wanted.reference))
    };
    let rows: Vec<Row> = units.iter().map(row).collect();
    written("units", &names, &rows, wanted)
}

/// Elements of a layer as a file.
///
/// # Errors
/// When the writer fails.
pub fn elements(
    layer: ElementLayer,
    elements: &[Element],
    net: &CurrentNet,
    wanted: Wanted,
) -> Result<Vec<u8>> {
    let names = columns(&[
        ("code", false),
        ("name", false),
        ("class", false),
        ("details", false),
        ("community", false),
        ("grid", false),
    ]);
    let row = |e: &Element| {
        let grid = e.grid.and_then(|g| net.grid(g));
        let cells = vec![
            text(e.code.as_str()),
            text(e.name.as_str()),
            text(e.class.as_str()),
            text(e.details.as_str()),
            text(e.community.map_or_else(String::new, |c| c.to_string())),
            text(grid.map_or_else(String::new, |g| g.code.clone())),
        ];
        (cells, point(e.lon, e.lat, wanted.reference))
    };
    let rows: Vec<Row> = elements.iter().map(row).collect();
    written(layer.as_str(), &names, &rows, wanted)
}
