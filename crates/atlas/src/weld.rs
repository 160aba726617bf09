//! Polygons from files put on the lattice so that neighbours share their borders vertex by vertex.
//!
//! A conversion of coordinates, a rounding, or a drawing hand that missed by a little leaves vertices
//! that should be one a few centimetres apart, and vertices beside the neighbour's edge instead of on
//! it. Vertices nearer than the tolerance become one; edges take up the vertices that lie as near to
//! them. What is farther apart stays, and is found as gap or overlap.

use std::collections::HashMap;

use crate::polygon::{METRES_PER_DEGREE, Polygon, UNITS_PER_DEGREE, Vertex};

/// The most metres vertices may be moved by.
pub const MOST_M: f64 = 5.0;

/// Lengths in metres about a middle latitude; a city's grids lie near enough together for one scale.
#[derive(Debug, Clone, Copy)]
struct Scale {
    x: f64,
    y: f64,
}

impl Scale {
    fn at(lat: f64) -> Self {
        let y = METRES_PER_DEGREE / UNITS_PER_DEGREE;
        Self {
            x: y * lat.to_radians().cos().max(0.01),
            y,
        }
    }

    fn metres(self, v: Vertex) -> (f64, f64) {
        (f64::from(v.x) * self.x, f64::from(v.y) * self.y)
    }

    fn apart(self, a: Vertex, b: Vertex) -> f64 {
        let ((ax, ay), (bx, by)) = (self.metres(a), self.metres(b));
        (ax - bx).hypot(ay - by)
    }
}

/// Points in squares of one size, for finding those near.
struct Squares {
    side_m: f64,
    scale: Scale,
    held: HashMap<(i64, i64), Vec<usize>>,
}

impl Squares {
    fn new(side_m: f64, scale: Scale, points: &[Vertex]) -> Self {
        let mut squares = Self {
            side_m,
            scale,
            held: HashMap::new(),
        };
        for (n, v) in points.iter().enumerate() {
            let at = squares.square(*v);
            squares.held.entry(at).or_default().push(n);
        }
        squares
    }

    fn square(&self, v: Vertex) -> (i64, i64) {
        let (x, y) = self.scale.metres(v);
        (
            (x / self.side_m).floor() as i64,
            (y / self.side_m).floor() as i64,
        )
    }

    /// Numbers of the points in the squares between two corners and those around them.
    fn between(&self, a: Vertex, b: Vertex) -> impl Iterator<Item = usize> + '_ {
        let ((ax, ay), (bx, by)) = (self.square(a), self.square(b));
        let columns = ax.min(bx) - 1..=ax.max(bx) + 1;
        columns
            .flat_map(move |x| (ay.min(by) - 1..=ay.max(by) + 1).map(move |y| (x, y)))
            .filter_map(|at| self.held.get(&at))
            .flatten()
            .copied()
    }
}

/// Welds the polygons: in step with what is given, `None` where nothing with an area is left.
///
/// `tolerance_m` is in metres, 0..=[`MOST_M`]; 0 welds only what is equal already, and still puts
/// vertices into edges they lie on. Near O(n) in the number of vertices for natural borders.
#[must_use]
pub fn weld(polygons: &[Polygon], tolerance_m: f64) -> Vec<Option<Polygon>> {
    let tolerance_m = tolerance_m.clamp(0.0, MOST_M);
    let mut counts: HashMap<Vertex, u32> = HashMap::new();
    for v in polygons.iter().flat_map(Polygon::rings).flatten() {
        *counts.entry(*v).or_default() += 1;
    }
    let mut vertices: Vec<Vertex> = counts.keys().copied().collect();
    vertices.sort_unstable();
    let Some(middle) = vertices.get(vertices.len() / 2) else {
        return polygons.iter().cloned().map(Some).collect();
    };
    let scale = Scale::at(middle.to_lonlat().lat);
    let moved = together(&vertices, &counts, tolerance_m, scale);
    let mut kept: Vec<Vertex> = vertices.iter().map(|v| target(&moved, *v)).collect();
    kept.sort_unstable();
    kept.dedup();
    let squares = Squares::new((tolerance_m * 8.0).max(25.0), scale, &kept);
    polygons
        .iter()
        .map(|polygon| {
            let ring = |ring: &[Vertex]| {
                let ring: Vec<Vertex> = ring.iter().map(|v| target(&moved, *v)).collect();
                without_spikes(threaded(&ring, &kept, &squares, tolerance_m))
            };
            let exterior = ring(polygon.exterior());
            let holes = polygon.holes().iter().map(|h| ring(h));
            let holes = holes.filter(|h| h.len() >= 3).collect();
            Polygon::new(exterior, holes).ok()
        })
        .collect()
}

fn target(moved: &HashMap<Vertex, Vertex>, v: Vertex) -> Vertex {
    moved.get(&v).copied().unwrap_or(v)
}

/// Where each vertex that has another near it goes: to the one of them most polygons have.
fn together(
    vertices: &[Vertex],
    counts: &HashMap<Vertex, u32>,
    tolerance_m: f64,
    scale: Scale,
) -> HashMap<Vertex, Vertex> {
    let mut moved = HashMap::new();
    if tolerance_m <= 0.0 {
        return moved;
    }
    let squares = Squares::new(tolerance_m, scale, vertices);
    // Whoever most polygons have draws the others to it, so that no chain of near ones runs away.
    let mut order: Vec<usize> = (0..vertices.len()).collect();
    order.sort_by_key(|n| {
        let v = vertices[*n];
        (std::cmp::Reverse(counts.get(&v).copied()), v)
    });
    let mut taken = vec![false; vertices.len()];
    for n in order {
        if taken[n] {
            continue;
        }
        taken[n] = true;
        for other in squares.between(vertices[n], vertices[n]) {
            if !taken[other] && scale.apart(vertices[n], vertices[other]) <= tolerance_m {
                taken[other] = true;
                moved.insert(vertices[other], vertices[n]);
            }
        }
    }
    moved
}

/// The ring with the vertices that lie beside its edges put into them.
fn threaded(ring: &[Vertex], kept: &[Vertex], squares: &Squares, tolerance_m: f64) -> Vec<Vertex> {
    let mut out = Vec::with_capacity(ring.len());
    // On the lattice a vertex on an edge may lie some millimetres beside it.
    let near_m = tolerance_m.max(0.012);
    for (n, a) in ring.iter().enumerate() {
        let b = ring[(n + 1) % ring.len()];
        out.push(*a);
        let mut beside: Vec<(f64, Vertex)> = squares
            .between(*a, b)
            .map(|n| kept[n])
            .filter(|v| *v != *a && *v != b)
            .filter_map(|v| along(*a, b, v, squares.scale, near_m).map(|t| (t, v)))
            .collect();
        beside.sort_by(|l, r| l.0.total_cmp(&r.0).then(l.1.cmp(&r.1)));
        beside.dedup_by_key(|b| b.1);
        out.extend(beside.into_iter().map(|b| b.1));
    }
    out
}

/// How far along the edge the point lies, between 0 and 1, when it is as near as `near_m` to it.
fn along(a: Vertex, b: Vertex, v: Vertex, scale: Scale, near_m: f64) -> Option<f64> {
    let ((ax, ay), (bx, by), (x, y)) = (scale.metres(a), scale.metres(b), scale.metres(v));
    let (dx, dy) = (bx - ax, by - ay);
    let length2 = dx * dx + dy * dy;
    if length2 <= 0.0 {
        return None;
    }
    let t = ((x - ax) * dx + (y - ay) * dy) / length2;
    if t <= 0.0 || t >= 1.0 {
        return None;
    }
    let off = (ax + t * dx - x).hypot(ay + t * dy - y);
    (off <= near_m).then_some(t)
}

/// Takes out vertices that follow themselves and edges that are walked to and fro.
fn without_spikes(ring: Vec<Vertex>) -> Vec<Vertex> {
    let mut out: Vec<Vertex> = Vec::with_capacity(ring.len());
    for v in ring {
        match out.as_slice() {
            [.., last] if *last == v => {}
            [.., before, _] if *before == v => {
                out.pop();
            }
            _ => out.push(v),
        }
    }
    loop {
        let count = out.len();
        match out.as_slice() {
            [first, .., last] if first == last => {
                out.pop();
            }
            [first, second, .., last] if second == last && count > 2 => {
                let _ = first;
                out.remove(0);
            }
            [first, .., before, _] if before == first && count > 2 => {
                out.pop();
            }
            _ => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coords::LonLat;
    use crate::reference::Reference;
    use crate::topology::check_partition;

    fn v(x: i32, y: i32) -> Vertex {
        Vertex {
            x: 1_199_000_000 + x,
            y: 317_000_000 + y,
        }
    }

    fn polygon(points: &[(i32, i32)]) -> Polygon {
        Polygon::new(points.iter().map(|p| v(p.0, p.1)).collect(), Vec::new()).unwrap()
    }

    #[test]
    fn vertices_a_little_apart_become_one_and_edges_take_up_what_lies_on_them() {
        // Two small squares beside a tall one whose edge has no vertex at their corner, all a few
        // lattice units off.
        let low = polygon(&[(0, 0), (10_000, 3), (9_997, 10_000), (0, 10_000)]);
        let high = polygon(&[(4, 10_002), (10_000, 9_998), (10_000, 20_000), (0, 20_000)]);
        let tall = polygon(&[(10_002, 0), (20_000, 0), (20_000, 20_000), (9_999, 20_003)]);
        let whole = polygon(&[(0, 0), (20_000, 0), (20_000, 20_000), (0, 20_000)]);
        let welded = weld(&[low, high, tall, whole], 0.2);
        let welded: Vec<Polygon> = welded.into_iter().map(Option::unwrap).collect();
        let (whole, parts) = welded.split_last().unwrap();
        assert_eq!(check_partition([whole], parts), []);
    }

    #[test]
    fn what_is_farther_apart_than_the_tolerance_stays() {
        let left = polygon(&[(0, 0), (10_000, 0), (10_000, 10_000), (0, 10_000)]);
        let right = polygon(&[(10_300, 0), (20_000, 0), (20_000, 10_000), (10_300, 10_000)]);
        let both = [left, right];
        let welded = weld(&both, 1.0);
        assert_eq!(welded, both.map(Some));
    }

    #[test]
    fn a_polygon_thinner_than_the_tolerance_is_gone() {
        let thin = polygon(&[(0, 0), (10_000, 0), (10_000, 4), (0, 4)]);
        assert_eq!(weld(&[thin], 0.2), vec![None]);
    }

    #[test]
    fn a_net_that_went_through_another_system_fits_together_again() {
        let city = crate::tests::demo_net();
        for name in ["gcj02", "bd09", "gk-120"] {
            let system: Reference = name.parse().unwrap();
            let there = |p: &Polygon| {
                let ring = |r: &[Vertex]| -> Vec<Vertex> {
                    r.iter()
                        .map(|v| {
                            let [x, y] = system.numbers(v.to_lonlat());
                            // As a file with six (for metres three) places says it.
                            let places = if system.projected() { 1e3 } else { 1e6 };
                            let [x, y] = [x, y].map(|n| (n * places).round() / places);
                            let back: LonLat = system.position([x, y]).unwrap();
                            Vertex::from(back)
                        })
                        .collect()
                };
                Polygon::new(ring(p.exterior()), Vec::new()).unwrap()
            };
            let moved: Vec<Polygon> = city.iter().map(there).collect();
            let welded = weld(&moved, 0.3);
            let welded: Vec<Polygon> = welded.into_iter().map(Option::unwrap).collect();
            // Without a whole to compare with, only the outer border may be loose.
            let before = check_partition([], &city).len();
            let after = check_partition([], &welded).len();
            assert_eq!(before, after, "{name}");
        }
    }
}
