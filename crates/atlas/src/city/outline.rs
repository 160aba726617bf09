//! The outer outline: drawn by hand as a rounded shape about the districts' centre points.

use super::plane::{Km, Plane};

/// Longitude and latitude of the drawn corners, clockwise from the north-west. Schematic: a shape
/// that gives each district room, not a boundary.
const CORNERS: [(f64, f64); 31] = [
    (119.70, 31.95),
    (119.78, 32.04),
    (119.90, 32.07),
    (120.02, 32.04),
    (120.09, 31.97),
    (120.17, 31.91),
    (120.20, 31.83),
    (120.17, 31.74),
    (120.20, 31.66),
    (120.22, 31.56),
    (120.13, 31.48),
    (120.01, 31.45),
    (119.87, 31.46),
    (119.76, 31.51),
    (119.67, 31.47),
    (119.62, 31.37),
    (119.60, 31.26),
    (119.50, 31.18),
    (119.36, 31.14),
    (119.22, 31.18),
    (119.13, 31.28),
    (119.11, 31.42),
    (119.18, 31.54),
    (119.26, 31.63),
    (119.27, 31.74),
    (119.33, 31.84),
    (119.45, 31.88),
    (119.54, 31.87),
    (119.60, 31.86),
    (119.65, 31.88),
    (119.68, 31.91),
];

/// The outline as a closed ring on the plane, rounded, with exactly `area_km2` inside.
pub fn ring(plane: Plane, area_km2: f64) -> Vec<Km> {
    let mut ring: Vec<Km> = CORNERS
        .iter()
        .map(|&(lon, lat)| plane.to_km(lon, lat))
        .collect();
    for _ in 0..3 {
        ring = cut_corners(&ring);
    }
    let count = ring.len() as f64;
    let sum = ring.iter().fold(Km::default(), |s, p| Km {
        x: s.x + p.x,
        y: s.y + p.y,
    });
    let middle = Km {
        x: sum.x / count,
        y: sum.y / count,
    };
    let scale = (area_km2 / area(&ring)).sqrt();
    ring.into_iter().map(|p| middle.towards(p, scale)).collect()
}

/// Whether the ring holds the point.
pub fn holds(ring: &[Km], p: Km) -> bool {
    edges(ring).fold(false, |inside, (a, b)| {
        let crosses =
            (a.y <= p.y) != (b.y <= p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x);
        inside ^ crosses
    })
}

fn edges(ring: &[Km]) -> impl Iterator<Item = (Km, Km)> {
    ring.iter()
        .copied()
        .zip(ring.iter().copied().cycle().skip(1))
}

fn area(ring: &[Km]) -> f64 {
    let doubled: f64 = edges(ring).map(|(a, b)| a.x * b.y - b.x * a.y).sum();
    doubled.abs() / 2.0
}

/// Chaikin's corner cutting: each edge keeps its middle half.
fn cut_corners(ring: &[Km]) -> Vec<Km> {
    edges(ring)
        .flat_map(|(a, b)| [a.towards(b, 0.25), a.towards(b, 0.75)])
        .collect()
}
