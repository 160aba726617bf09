//! Polygons on the integer lattice of 10⁻⁷ degree.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::coords::LonLat;

/// Lattice units in one degree.
pub const UNITS_PER_DEGREE: f64 = 1e7;
/// Metres along a meridian in one degree (mean), for short distances.
pub(crate) const METRES_PER_DEGREE: f64 = 111_195.080;

/// A point of the lattice: longitude and latitude in units of 10⁻⁷ degree (about 1 cm).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Vertex {
    /// Longitude × 10⁷.
    pub x: i32,
    /// Latitude × 10⁷.
    pub y: i32,
}

impl Vertex {
    /// The position in degrees.
    #[must_use]
    pub fn to_lonlat(self) -> LonLat {
        LonLat {
            lon: f64::from(self.x) / UNITS_PER_DEGREE,
            lat: f64::from(self.y) / UNITS_PER_DEGREE,
        }
    }
}

impl From<LonLat> for Vertex {
    /// The nearest lattice point (at most 6 mm away).
    fn from(p: LonLat) -> Self {
        Self {
            x: (p.lon * UNITS_PER_DEGREE).round() as i32,
            y: (p.lat * UNITS_PER_DEGREE).round() as i32,
        }
    }
}

/// Twice the signed area of the triangle `a b c`: positive when `c` lies left of `a → b`. Exact.
#[must_use]
pub fn orient(a: Vertex, b: Vertex, c: Vertex) -> i128 {
    let (ax, ay) = (i128::from(a.x), i128::from(a.y));
    let (bx, by) = (i128::from(b.x), i128::from(b.y));
    (bx - ax) * (i128::from(c.y) - ay) - (by - ay) * (i128::from(c.x) - ax)
}

/// A polygon: an outer ring counter-clockwise and holes clockwise, rings open (the first vertex is
/// not repeated at the end), at least three distinct vertices each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawPolygon")]
pub struct Polygon {
    exterior: Vec<Vertex>,
    holes: Vec<Vec<Vertex>>,
}

#[derive(Deserialize)]
struct RawPolygon {
    exterior: Vec<Vertex>,
    holes: Vec<Vec<Vertex>>,
}

impl TryFrom<RawPolygon> for Polygon {
    type Error = PolygonError;
    fn try_from(raw: RawPolygon) -> Result<Self, PolygonError> {
        Self::new(raw.exterior, raw.holes)
    }
}

/// Why rings do not make a polygon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolygonError {
    /// Fewer than three distinct vertices, or no area.
    #[error("polygon.degenerate_ring")]
    Degenerate,
    /// The JSON is not a GeoJSON polygon with numbers in range.
    #[error("polygon.not_a_geojson_polygon")]
    NotGeoJson,
}

impl Polygon {
    /// A polygon from rings in either direction, open or closed; repeated vertices are dropped.
    ///
    /// Self-intersection is not checked here; see [`crate::topology::check_simple`].
    ///
    /// # Errors
    /// When a ring has no area.
    pub fn new(exterior: Vec<Vertex>, holes: Vec<Vec<Vertex>>) -> Result<Self, PolygonError> {
        let exterior = ring(exterior, true)?;
        let holes = holes
            .into_iter()
            .map(|h| ring(h, false))
            .collect::<Result<_, _>>()?;
        Ok(Self { exterior, holes })
    }

    /// The outer ring, counter-clockwise, open.
    #[must_use]
    pub fn exterior(&self) -> &[Vertex] {
        &self.exterior
    }

    /// The holes, clockwise, open.
    #[must_use]
    pub fn holes(&self) -> &[Vec<Vertex>] {
        &self.holes
    }

    /// All rings, the outer one first.
    pub fn rings(&self) -> impl Iterator<Item = &[Vertex]> {
        std::iter::once(self.exterior.as_slice()).chain(self.holes.iter().map(Vec::as_slice))
    }

    /// All directed edges; the inside lies to the left.
    pub fn edges(&self) -> impl Iterator<Item = (Vertex, Vertex)> {
        self.rings()
            .flat_map(|r| r.iter().copied().zip(r.iter().copied().cycle().skip(1)))
    }

    /// South-west and north-east corner of the bounding box.
    #[must_use]
    pub fn bounds(&self) -> (Vertex, Vertex) {
        let mut low = Vertex {
            x: i32::MAX,
            y: i32::MAX,
        };
        let mut high = Vertex {
            x: i32::MIN,
            y: i32::MIN,
        };
        for v in &self.exterior {
            low = Vertex {
                x: low.x.min(v.x),
                y: low.y.min(v.y),
            };
            high = Vertex {
                x: high.x.max(v.x),
                y: high.y.max(v.y),
            };
        }
        (low, high)
    }

    /// Whether the polygon holds `p`, exact, by the half-open rule: of polygons that share borders
    /// exactly, each point on a shared border is held by exactly one.
    ///
    /// The rule takes the point as moved by an infinitely small step to the east and a yet smaller
    /// one to the north; a point on an outer border can so fall outside.
    #[must_use]
    pub fn holds(&self, p: Vertex) -> bool {
        self.edges()
            .fold(false, |inside, (a, b)| inside ^ crosses(a, b, p))
    }

    /// Area in square lattice units, doubled, exact.
    #[must_use]
    pub fn doubled_area(&self) -> i128 {
        self.rings().map(doubled_ring_area).sum()
    }

    /// Area in square kilometres, on the sphere about the polygon's middle latitude.
    #[must_use]
    pub fn area_km2(&self) -> f64 {
        let (low, high) = self.bounds();
        let lat = (f64::from(low.y) + f64::from(high.y)) / 2.0 / UNITS_PER_DEGREE;
        let km = METRES_PER_DEGREE / 1000.0 / UNITS_PER_DEGREE;
        self.doubled_area() as f64 / 2.0 * km * km * lat.to_radians().cos()
    }

    /// The GeoJSON geometry: `{"type": "Polygon", "coordinates": […]}`, rings closed.
    #[must_use]
    pub fn to_geojson(&self) -> Value {
        let rings: Vec<Vec<[f64; 2]>> = self
            .rings()
            .map(|r| {
                let closed = r.iter().chain(r.first());
                closed
                    .map(|v| v.to_lonlat())
                    .map(|p| [p.lon, p.lat])
                    .collect()
            })
            .collect();
        json!({ "type": "Polygon", "coordinates": rings })
    }

    /// Reads a GeoJSON polygon, or a multi-polygon of one part.
    ///
    /// # Errors
    /// When the value is neither, a number is out of range, or a ring has no area.
    pub fn from_geojson(value: &Value) -> Result<Self, PolygonError> {
        let coordinates = match value["type"].as_str() {
            Some("Polygon") => &value["coordinates"],
            Some("MultiPolygon")
                if value["coordinates"]
                    .as_array()
                    .is_some_and(|a| a.len() == 1) =>
            {
                &value["coordinates"][0]
            }
            _ => return Err(PolygonError::NotGeoJson),
        };
        let rings = coordinates.as_array().ok_or(PolygonError::NotGeoJson)?;
        let mut rings = rings.iter().map(ring_from_json);
        let exterior = rings.next().ok_or(PolygonError::NotGeoJson)??;
        Self::new(exterior, rings.collect::<Result<_, _>>()?)
    }
}

fn ring_from_json(value: &Value) -> Result<Vec<Vertex>, PolygonError> {
    let points = value.as_array().ok_or(PolygonError::NotGeoJson)?;
    let vertex = |p: &Value| {
        let (lon, lat) = (p[0].as_f64()?, p[1].as_f64()?);
        LonLat::new(lon, lat).ok().map(Vertex::from)
    };
    points
        .iter()
        .map(|p| vertex(p).ok_or(PolygonError::NotGeoJson))
        .collect()
}

/// Whether the ray from `p` to the east crosses the edge, by the half-open rule, exact.
#[inline]
pub(crate) fn crosses(a: Vertex, b: Vertex, p: Vertex) -> bool {
    if (a.y <= p.y) == (b.y <= p.y) {
        return false;
    }
    let (low, high) = if a.y < b.y { (a, b) } else { (b, a) };
    // Differences of i32 fit 33 bits, so products 66: i128 only where i64 could overflow.
    let (ux, uy) = (
        i64::from(high.x) - i64::from(low.x),
        i64::from(high.y) - i64::from(low.y),
    );
    let (vx, vy) = (
        i64::from(p.x) - i64::from(low.x),
        i64::from(p.y) - i64::from(low.y),
    );
    if [ux, uy, vx, vy].iter().all(|d| d.unsigned_abs() < 1 << 31) {
        ux * vy > uy * vx
    } else {
        i128::from(ux) * i128::from(vy) > i128::from(uy) * i128::from(vx)
    }
}

/// Twice the signed area of an open ring: positive when counter-clockwise.
pub(crate) fn doubled_ring_area(ring: &[Vertex]) -> i128 {
    let next = ring.iter().cycle().skip(1);
    let cross = |a: &Vertex, b: &Vertex| {
        i128::from(a.x) * i128::from(b.y) - i128::from(b.x) * i128::from(a.y)
    };
    ring.iter().zip(next).map(|(a, b)| cross(a, b)).sum()
}

fn ring(mut vertices: Vec<Vertex>, counter_clockwise: bool) -> Result<Vec<Vertex>, PolygonError> {
    vertices.dedup();
    while vertices.len() > 1 && vertices.first() == vertices.last() {
        vertices.pop();
    }
    let area = doubled_ring_area(&vertices);
    if vertices.len() < 3 || area == 0 {
        return Err(PolygonError::Degenerate);
    }
    if (area > 0) != counter_clockwise {
        vertices.reverse();
    }
    Ok(vertices)
}
