//! What the crate promises, on small nets and on the whole demo city.

mod city;
mod codes;
mod coords;
mod net;
mod reference;
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

/// Basic grids of the first thirty communities of the demo city.
pub(crate) fn demo_net() -> Vec<Polygon> {
    let city = demo();
    let mut communities: Vec<_> = city.grids.iter().map(|g| g.community).collect();
    communities.dedup();
    communities.truncate(30);
    let basic = |g: &&crate::city::GridShape| {
        g.kind == crate::GridKind::Basic && communities.contains(&g.community)
    };
    let found = city.grids.iter().filter(basic);
    found.map(|g| g.polygon.clone()).collect()
}

fn polygon(ring: &[(i32, i32)]) -> Polygon {
    Polygon::new(
        ring.iter().map(|&(x, y)| Vertex { x, y }).collect(),
        Vec::new(),
    )
    .unwrap()
}
