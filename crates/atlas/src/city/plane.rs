//! A flat plane in kilometres about the city, good enough to draw on.

use crate::coords::LonLat;
use crate::polygon::Vertex;

/// Kilometres in a degree of latitude.
const KM_PER_DEGREE: f64 = 111.195;

/// A point of the plane: kilometres east and north of the origin.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Km {
    pub x: f64,
    pub y: f64,
}

impl Km {
    pub fn squared_distance(self, other: Self) -> f64 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        dx * dx + dy * dy
    }

    pub fn towards(self, other: Self, share: f64) -> Self {
        Self {
            x: self.x + (other.x - self.x) * share,
            y: self.y + (other.y - self.y) * share,
        }
    }
}

/// Where the plane touches the earth.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    origin: LonLat,
    km_per_degree_east: f64,
}

impl Plane {
    pub fn new(origin: LonLat) -> Self {
        Self {
            origin,
            km_per_degree_east: KM_PER_DEGREE * cosine(origin.lat),
        }
    }

    pub fn to_km(self, lon: f64, lat: f64) -> Km {
        Km {
            x: (lon - self.origin.lon) * self.km_per_degree_east,
            y: (lat - self.origin.lat) * KM_PER_DEGREE,
        }
    }

    pub fn to_vertex(self, p: Km) -> Vertex {
        Vertex::from(LonLat {
            lon: self.origin.lon + p.x / self.km_per_degree_east,
            lat: self.origin.lat + p.y / KM_PER_DEGREE,
        })
    }
}

/// The cosine of an angle in degrees by its series: `f64::cos` may differ between machines.
fn cosine(degrees: f64) -> f64 {
    let square = degrees.to_radians() * degrees.to_radians();
    let terms = (1..=10).rev().map(|k| f64::from((2 * k - 1) * (2 * k)));
    terms.fold(1.0, |tail, divisor| 1.0 - square / divisor * tail)
}
