//! Checks that areas fit together, exact on the lattice.

use std::collections::BTreeMap;

use crate::arrangement::{Edge, undirected};
use crate::polygon::{Polygon, Vertex, orient};

/// What is wrong where areas should fit together. Indices count in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Two polygons use an edge in the same direction: they overlap there.
    Overlap {
        /// The polygons, in the order given.
        children: (usize, usize),
        /// One end of the edge.
        at: Vertex,
    },
    /// An edge has a polygon on one side, is no border of the whole, and so borders on a gap, a
    /// neighbour with other vertices, or lies outside the whole.
    Loose {
        /// The polygon.
        child: usize,
        /// One end of the edge.
        at: Vertex,
    },
    /// A border edge of the whole that no part reaches.
    Uncovered {
        /// One end of the edge.
        at: Vertex,
    },
    /// The parts' areas do not add up to the whole's (in half square lattice units).
    Area {
        /// Whole less parts.
        missing: i128,
    },
    /// The ring touches or crosses itself.
    NotSimple {
        /// Where.
        at: Vertex,
    },
}

/// Checks that `children` cover the union of `parents` exactly: no gap, no overlap, nothing outside,
/// borders equal vertex by vertex. No fault means a partition.
///
/// Every edge of a part must be met by one of a neighbour in the other direction, or be a border of
/// the whole; with equal areas and simple rings this is sufficient. Borders between several parents
/// cancel out in the same way. O(n log n) in the number of edges.
#[must_use]
pub fn check_partition<'a>(
    parents: impl IntoIterator<Item = &'a Polygon>,
    children: impl IntoIterator<Item = &'a Polygon>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut missing = 0;
    let mut whole: BTreeMap<Edge, i32> = BTreeMap::new();
    for parent in parents {
        missing += parent.doubled_area();
        for (a, b) in parent.edges() {
            let (edge, sign) = undirected(a, b);
            *whole.entry(edge).or_default() += sign;
        }
    }
    whole.retain(|_, sign| *sign != 0);
    let children: Vec<&Polygon> = children.into_iter().collect();
    missing -= children.iter().map(|c| c.doubled_area()).sum::<i128>();
    let open = unmatched(&children, &mut faults);
    for ((edge, sign), child) in open {
        if whole.get(&edge) == Some(&sign) {
            whole.remove(&edge);
        } else {
            faults.push(Fault::Loose { child, at: edge.0 });
        }
    }
    faults.extend(
        whole
            .into_keys()
            .map(|edge| Fault::Uncovered { at: edge.0 }),
    );
    if missing != 0 {
        faults.push(Fault::Area { missing });
    }
    faults
}

/// The edges that no neighbour walks in the other direction, by edge and direction.
fn unmatched(children: &[&Polygon], faults: &mut Vec<Fault>) -> BTreeMap<(Edge, i32), usize> {
    let mut open: BTreeMap<(Edge, i32), usize> = BTreeMap::new();
    for (child, polygon) in children.iter().enumerate() {
        for (a, b) in polygon.edges() {
            let (edge, sign) = undirected(a, b);
            if open.remove(&(edge, -sign)).is_some() {
                continue;
            }
            if let Some(other) = open.insert((edge, sign), child) {
                faults.push(Fault::Overlap {
                    children: (other, child),
                    at: a,
                });
            }
        }
    }
    open
}

/// Checks that no ring touches or crosses itself or another ring. Exact; a sweep over edges sorted
/// by longitude, near O(n log n) for natural borders.
#[must_use]
pub fn check_simple(polygon: &Polygon) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut vertices: Vec<Vertex> = polygon.rings().flatten().copied().collect();
    vertices.sort_unstable();
    let repeated = vertices.windows(2).filter(|w| w[0] == w[1]);
    faults.extend(repeated.map(|w| Fault::NotSimple { at: w[0] }));
    let mut edges: Vec<Edge> = polygon.edges().map(|(a, b)| undirected(a, b).0).collect();
    edges.sort_unstable();
    let mut active: Vec<Edge> = Vec::new();
    for edge in edges {
        active.retain(|other| other.1.x >= edge.0.x);
        let meets = |other: &&Edge| touch_beyond_ends(**other, edge);
        faults.extend(
            active
                .iter()
                .filter(meets)
                .map(|_| Fault::NotSimple { at: edge.0 }),
        );
        active.push(edge);
    }
    faults
}

/// Whether `inner` lies within `outer`: all its vertices inside or on the border, no edges crossing.
#[must_use]
pub fn lies_within(inner: &Polygon, outer: &Polygon) -> bool {
    let on_border = |v: Vertex| outer.edges().any(|(a, b)| on_segment(a, b, v));
    inner
        .exterior()
        .iter()
        .all(|&v| outer.holds(v) || on_border(v))
        && !inner
            .edges()
            .any(|(a, b)| outer.edges().any(|(c, d)| cross_properly(a, b, c, d)))
}

fn on_segment(a: Vertex, b: Vertex, p: Vertex) -> bool {
    orient(a, b, p) == 0
        && (a.x.min(b.x)..=a.x.max(b.x)).contains(&p.x)
        && (a.y.min(b.y)..=a.y.max(b.y)).contains(&p.y)
}

fn cross_properly(a: Vertex, b: Vertex, c: Vertex, d: Vertex) -> bool {
    let sides = |p, q, r, s| orient(p, q, r).signum() * orient(p, q, s).signum();
    sides(a, b, c, d) < 0 && sides(c, d, a, b) < 0
}

/// Whether two edges share a point that is not an end of both.
fn touch_beyond_ends(e: Edge, f: Edge) -> bool {
    let end_inside = |(a, b): Edge, p: Vertex| p != a && p != b && on_segment(a, b, p);
    cross_properly(e.0, e.1, f.0, f.1)
        || end_inside(e, f.0)
        || end_inside(e, f.1)
        || end_inside(f, e.0)
        || end_inside(f, e.1)
        || e == f
}
