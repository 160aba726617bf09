//! From a file's numbers to polygons and points of the lattice.

use atlas::topology::check_simple;
use atlas::{LonLat, Polygon, Reference, Vertex};
use layers::Geometry;

use super::report::RowFault;

/// The most vertices of one polygon.
const MOST_VERTICES: usize = 50_000;

fn ring(numbers: &[[f64; 2]], reference: Reference) -> Option<Vec<Vertex>> {
    numbers
        .iter()
        .map(|p| reference.position(*p).ok().map(Vertex::from))
        .collect()
}

fn rings(all: &[Vec<[f64; 2]>], reference: Reference, row: u32) -> Result<Polygon, RowFault> {
    let count: usize = all.iter().map(Vec::len).sum();
    if count > MOST_VERTICES {
        let fault = RowFault::shape(row, "import.shape_too_many_points");
        return Err(fault.with("points", count).with("most", MOST_VERTICES));
    }
    let out_of_range = || RowFault::shape(row, "import.shape_out_of_range");
    let mut rings = all.iter().map(|r| ring(r, reference));
    let outer = rings
        .next()
        .ok_or_else(|| RowFault::shape(row, "import.shape_missing"))?
        .ok_or_else(out_of_range)?;
    let holes: Option<Vec<_>> = rings.collect();
    Polygon::new(outer, holes.ok_or_else(out_of_range)?)
        .map_err(|_| RowFault::shape(row, "import.shape_degenerate"))
}

fn kind(geometry: &Geometry) -> Option<&'static str> {
    match geometry {
        Geometry::Point(_) => Some("Point"),
        Geometry::Polygon(_) => Some("Polygon"),
        Geometry::Polygons(_) => Some("MultiPolygon"),
        Geometry::Other(kind) => Some(kind),
        Geometry::Nothing | Geometry::Broken => None,
    }
}

fn wrong_kind(geometry: &Geometry, row: u32, wanted: &'static str) -> RowFault {
    match geometry {
        Geometry::Nothing => RowFault::shape(row, "import.shape_missing"),
        Geometry::Broken => RowFault::shape(row, "import.shape_broken"),
        other => RowFault::shape(row, "import.shape_kind")
            .with("said", kind(other).unwrap_or_default())
            .with("wanted", wanted),
    }
}

/// The single polygon of a row; not yet checked for crossing itself.
///
/// # Errors
/// What is wrong with it.
pub fn polygon(geometry: &Geometry, reference: Reference, row: u32) -> Result<Polygon, RowFault> {
    match geometry {
        Geometry::Polygon(all) => rings(all, reference, row),
        Geometry::Polygons(parts) => match parts.as_slice() {
            [only] => rings(only, reference, row),
            [] => Err(RowFault::shape(row, "import.shape_missing")),
            several => Err(RowFault::shape(row, "import.shape_parts").with("parts", several.len())),
        },
        other => Err(wrong_kind(other, row, "Polygon")),
    }
}

/// The largest polygon of a row, and how many there were.
///
/// # Errors
/// What is wrong with them.
pub fn largest(
    geometry: &Geometry,
    reference: Reference,
    row: u32,
) -> Result<(Polygon, usize), RowFault> {
    let Geometry::Polygons(parts) = geometry else {
        return Ok((polygon(geometry, reference, row)?, 1));
    };
    let made = parts.iter().map(|p| rings(p, reference, row));
    let made: Vec<Polygon> = made.collect::<Result<_, _>>()?;
    let count = made.len();
    let largest = made.into_iter().max_by_key(Polygon::doubled_area);
    largest
        .map(|p| (p, count))
        .ok_or_else(|| RowFault::shape(row, "import.shape_missing"))
}

/// The point of a row.
///
/// # Errors
/// What is wrong with it.
pub fn point(geometry: &Geometry, reference: Reference, row: u32) -> Result<LonLat, RowFault> {
    match geometry {
        Geometry::Point(at) => reference
            .position(*at)
            .map_err(|_| RowFault::shape(row, "import.shape_out_of_range")),
        other => Err(wrong_kind(other, row, "Point")),
    }
}

/// A fault when the polygon touches or crosses itself, with the place.
#[must_use]
pub fn crossing(polygon: &Polygon, row: u32) -> Option<RowFault> {
    let faults = check_simple(polygon);
    let atlas::topology::Fault::NotSimple { at } = faults.first()? else {
        return None;
    };
    let at = at.to_lonlat();
    let fault = RowFault::shape(row, "import.shape_crosses");
    Some(fault.with("lon", at.lon).with("lat", at.lat))
}

/// A point inside the polygon, for its label: the middle of the widest stretch of a parallel through
/// its middle, or of another nearby.
#[must_use]
pub fn label_point(polygon: &Polygon) -> LonLat {
    let (low, high) = polygon.bounds();
    let height = i64::from(high.y) - i64::from(low.y);
    let mut best: Option<(i64, Vertex)> = None;
    for part in [4_i64, 3, 5, 2, 6] {
        let y = i64::from(low.y) + height * part / 8;
        let mut crossings: Vec<i64> = polygon
            .edges()
            .filter_map(|(a, b)| {
                let (ay, by) = (i64::from(a.y), i64::from(b.y));
                if (ay <= y) == (by <= y) {
                    return None;
                }
                let (ax, bx) = (i128::from(a.x), i128::from(b.x));
                let x = ax + (bx - ax) * i128::from(y - ay) / i128::from(by - ay);
                i64::try_from(x).ok()
            })
            .collect();
        crossings.sort_unstable();
        for pair in crossings.chunks_exact(2) {
            let &[west, east] = pair else { continue };
            let middle = Vertex {
                x: i32::try_from((west + east) / 2).unwrap_or(low.x),
                y: i32::try_from(y).unwrap_or(low.y),
            };
            if best.is_none_or(|(width, _)| east - west > width) {
                best = Some((east - west, middle));
            }
        }
        // The middle will do unless it is narrow.
        if best.is_some_and(|(width, _)| width * 3 > i64::from(high.x) - i64::from(low.x)) {
            break;
        }
    }
    best.map_or(low, |(_, at)| at).to_lonlat()
}
