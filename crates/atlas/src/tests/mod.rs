//! What the crate promises, on small nets and on the whole demo city.

mod city;
mod codes;
mod coords;
mod net;
mod reshape;
mod tiles;

use std::sync::OnceLock;

use crate::city::{Anchor, City, Division, generate, parse_anchors, parse_divisions};
use crate::polygon::{Polygon, Vertex};

const DIVISIONS: &str = include_str!("../../../../data/divisions.csv");
const ANCHORS: &str = include_str!("../../../../data/county_anchors.csv");

fn tables() -> (Vec<Division>, Vec<Anchor>) {
    (
        parse_divisions(DIVISIONS).unwrap(),
        parse_anchors(ANCHORS).unwrap(),
    )
}

/// The demo city, made once for all tests.
fn demo() -> &'static City {
    static CITY: OnceLock<City> = OnceLock::new();
    CITY.get_or_init(|| {
        let (divisions, anchors) = tables();
        generate(&divisions, &anchors, 1).unwrap()
    })
}

fn polygon(ring: &[(i32, i32)]) -> Polygon {
    Polygon::new(
        ring.iter().map(|&(x, y)| Vertex { x, y }).collect(),
        Vec::new(),
    )
    .unwrap()
}
