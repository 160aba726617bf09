//! Shared borders as arcs: each is simplified once, so neighbours stay neighbours at every zoom.

use std::collections::HashMap;

use super::mercator::{MAX_ZOOM, WorldPoint, unit_at};
use crate::polygon::{Polygon, Vertex};

/// A detail smaller than this many tile units (half a pixel of a 512-pixel tile) is left out.
const DETAIL_UNITS: f64 = 4.0;

/// A corner of a border and the first zoom at which it is drawn.
#[derive(Clone, Copy)]
pub struct Corner {
    pub at: WorldPoint,
    pub from_zoom: u8,
}

/// A piece of border between two places where borders meet, as part of a ring.
#[derive(Clone, Copy)]
pub struct Step {
    arc: u32,
    backwards: bool,
}

/// The borders of one layer's areas.
#[derive(Default)]
pub struct Arcs {
    corners: Vec<Corner>,
    /// Where each arc begins in `corners`; one more at the end.
    starts: Vec<u32>,
}

impl Arcs {
    /// Takes the areas' borders apart; for each polygon its rings in steps.
    pub fn build(polygons: &[&Polygon]) -> (Self, Vec<Vec<Vec<Step>>>) {
        let mut cutter = Cutter::new(polygons);
        let rings = polygons
            .iter()
            .map(|p| p.rings().map(|ring| cutter.cut(ring)).collect())
            .collect();
        (cutter.arcs, rings)
    }

    /// The corners of a ring drawn at zoom `z`, open.
    pub fn ring(&self, steps: &[Step], z: u8) -> Vec<WorldPoint> {
        let mut ring = Vec::new();
        for step in steps {
            let span = self.starts[step.arc as usize] as usize
                ..self.starts[step.arc as usize + 1] as usize;
            let shown = |c: &&Corner| c.from_zoom <= z;
            // The end of a step is left out: it is the beginning of the next one.
            match &self.corners[span] {
                [_, rest @ ..] if step.backwards => {
                    ring.extend(rest.iter().rev().filter(shown).map(|c| c.at));
                }
                [rest @ .., _] => ring.extend(rest.iter().filter(shown).map(|c| c.at)),
                [] => {}
            }
        }
        ring
    }

    fn add(&mut self, vertices: &[Vertex]) -> u32 {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        let from = self.corners.len();
        let corner = |v: &Vertex| Corner {
            at: v.to_lonlat().into(),
            from_zoom: 0,
        };
        self.corners.extend(vertices.iter().map(corner));
        rank(&mut self.corners[from..]);
        self.starts.push(self.corners.len() as u32);
        self.starts.len() as u32 - 2
    }
}

/// Cuts rings where borders meet and finds arcs again by their first edge.
struct Cutter {
    arcs: Arcs,
    /// The first two neighbours on borders; `None` where a third was met.
    neighbours: HashMap<Vertex, Option<[Vertex; 2]>>,
    known: HashMap<(Vertex, Vertex), Step>,
}

impl Cutter {
    fn new(polygons: &[&Polygon]) -> Self {
        let mut neighbours: HashMap<Vertex, Option<[Vertex; 2]>> = HashMap::new();
        for ring in polygons.iter().flat_map(|p| p.rings()) {
            let count = ring.len();
            for i in 0..count {
                let pair = [ring[(i + count - 1) % count], ring[(i + 1) % count]];
                let entry = neighbours.entry(ring[i]).or_insert(Some(pair));
                if entry.is_some_and(|known| pair.iter().any(|n| !known.contains(n))) {
                    *entry = None;
                }
            }
        }
        Self {
            arcs: Arcs::default(),
            neighbours,
            known: HashMap::new(),
        }
    }

    fn is_meeting(&self, v: Vertex) -> bool {
        self.neighbours.get(&v).is_some_and(Option::is_none)
    }

    fn cut(&mut self, ring: &[Vertex]) -> Vec<Step> {
        let count = ring.len();
        let smallest = || (0..count).min_by_key(|&i| ring[i]).unwrap_or_default();
        let start = (0..count)
            .find(|&i| self.is_meeting(ring[i]))
            .unwrap_or_else(smallest);
        let mut steps = Vec::new();
        let mut piece = vec![ring[start]];
        for i in 1..=count {
            let v = ring[(start + i) % count];
            piece.push(v);
            if i == count || self.is_meeting(v) {
                steps.push(self.step(&piece));
                piece = vec![v];
            }
        }
        steps
    }

    fn step(&mut self, piece: &[Vertex]) -> Step {
        let count = piece.len();
        if let Some(&known) = self.known.get(&(piece[0], piece[1])) {
            return known;
        }
        let arc = self.arcs.add(piece);
        self.known.insert(
            (piece[count - 1], piece[count - 2]),
            Step {
                arc,
                backwards: true,
            },
        );
        let step = Step {
            arc,
            backwards: false,
        };
        self.known.insert((piece[0], piece[1]), step);
        step
    }
}

/// Sets from which zoom each inner corner is drawn (Douglas–Peucker, nested: a corner is not drawn
/// before the ones it leans on).
fn rank(corners: &mut [Corner]) {
    let mut open = vec![(0, corners.len() - 1, 0_u8)];
    while let Some((from, to, at_least)) = open.pop() {
        let (a, b) = (corners[from].at, corners[to].at);
        let distance = |i: usize| (squared_distance(corners[i].at, a, b), i);
        let farthest = (from + 1..to)
            .map(distance)
            .max_by(|p, q| p.0.total_cmp(&q.0));
        let Some((square, middle)) = farthest else {
            continue;
        };
        let zoom = first_zoom(square.sqrt()).max(at_least);
        corners[middle].from_zoom = zoom;
        open.push((from, middle, zoom));
        open.push((middle, to, zoom));
    }
}

fn first_zoom(world_units: f64) -> u8 {
    let seen = |z: &u8| world_units >= DETAIL_UNITS * unit_at(*z);
    (0..MAX_ZOOM).find(seen).unwrap_or(MAX_ZOOM)
}

/// From `p` to the segment `a b`, in world units.
fn squared_distance(p: WorldPoint, a: WorldPoint, b: WorldPoint) -> f64 {
    let from_a = |q: WorldPoint| {
        (
            f64::from(q.x) - f64::from(a.x),
            f64::from(q.y) - f64::from(a.y),
        )
    };
    let ((px, py), (bx, by)) = (from_a(p), from_a(b));
    let length = bx * bx + by * by;
    let t = if length > 0.0 {
        ((px * bx + py * by) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (dx, dy) = (px - t * bx, py - t * by);
    dx * dx + dy * dy
}
