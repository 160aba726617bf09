//! Where divisions lie that a file brings no area for: as what lies in them, else as what they lie in.

use std::collections::BTreeMap;

use atlas::overlay::united;
use atlas::{Polygon, polygon_to_wkb};

use super::shape::label_point;
use crate::model::Level;

/// Of a city whose files hold no area at all, the map shows the country.
const NOWHERE: [f64; 4] = [73.0, 18.0, 135.0, 54.0];

/// A division as it is to be placed.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Twelve digits.
    pub code: i64,
    /// How high it stands.
    pub level: Level,
    /// What it lies in.
    pub parent: Option<i64>,
    /// Its area, as known; after [`place`] also that of what lies in it.
    pub polygon: Option<Polygon>,
    /// Whether the area comes from a file and not from what lies in it.
    pub given: bool,
    /// Degrees east and north of its label.
    pub at: [f64; 2],
    /// West, south, east, north, degrees.
    pub bounds: [f64; 4],
}

impl Placed {
    /// A division not yet placed.
    #[must_use]
    pub fn new(code: i64, level: Level, parent: Option<i64>, polygon: Option<Polygon>) -> Self {
        Self {
            code,
            level,
            parent,
            given: polygon.is_some(),
            polygon,
            at: [0.0; 2],
            bounds: NOWHERE,
        }
    }

    /// The area as stored.
    #[must_use]
    pub fn wkb(&self) -> Option<Vec<u8>> {
        self.polygon.as_ref().map(polygon_to_wkb)
    }
}

/// Places all divisions of a city, in whatever order they come. One that has no area gets that of all
/// divisions in it, when they all have one and it is a single piece.
pub fn place(all: &mut [Placed]) {
    all.sort_by_key(|p| (p.level, p.code));
    let number: BTreeMap<i64, usize> = all.iter().enumerate().map(|(n, p)| (p.code, n)).collect();
    let mut below: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (n, placed) in all.iter().enumerate() {
        if let Some(parent) = placed.parent.and_then(|p| number.get(&p)) {
            below.entry(*parent).or_default().push(n);
        }
    }
    let mut known = vec![false; all.len()];
    // From below upwards.
    for n in (0..all.len()).rev() {
        let children = below.get(&n).map_or(&[][..], Vec::as_slice);
        if all[n].polygon.is_none() && !children.is_empty() {
            let parts: Vec<&Polygon> = children
                .iter()
                .filter_map(|c| all[*c].polygon.as_ref())
                .collect();
            let mut whole = if parts.len() == children.len() {
                united(parts)
            } else {
                Vec::new()
            };
            if whole.len() == 1 {
                all[n].polygon = whole.pop();
            }
        }
        if let Some(polygon) = &all[n].polygon {
            let (low, high) = polygon.bounds();
            let (low, high) = (low.to_lonlat(), high.to_lonlat());
            let at = label_point(polygon);
            all[n].bounds = [low.lon, low.lat, high.lon, high.lat];
            all[n].at = [at.lon, at.lat];
            known[n] = true;
        } else if let Some(bounds) = around(
            children
                .iter()
                .filter(|c| known[**c])
                .map(|c| all[*c].bounds),
        ) {
            all[n].bounds = bounds;
            all[n].at = middle(bounds);
            known[n] = true;
        }
    }
    // And from above downwards, for what nothing lies in.
    for n in 0..all.len() {
        if known[n] {
            continue;
        }
        let above = all[n].parent.and_then(|p| number.get(&p)).copied();
        all[n].bounds = above.map_or(NOWHERE, |a| all[a].bounds);
        all[n].at = middle(all[n].bounds);
    }
}

fn around(bounds: impl Iterator<Item = [f64; 4]>) -> Option<[f64; 4]> {
    bounds.reduce(|a, b| {
        [
            a[0].min(b[0]),
            a[1].min(b[1]),
            a[2].max(b[2]),
            a[3].max(b[3]),
        ]
    })
}

fn middle([west, south, east, north]: [f64; 4]) -> [f64; 2] {
    [(west + east) / 2.0, (south + north) / 2.0]
}
