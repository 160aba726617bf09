//! Changes of a community's grids that keep their common borders common.
//!
//! The community's own border stands fixed: it is changed by those who draw divisions. Where a new
//! border between grids ends on it, the vertex there becomes one of everybody who has that edge
//! ([`Insertion`]).

use std::collections::BTreeSet;

use crate::arrangement::{Arrangement, Edge, Nodes, undirected};
use crate::flaws::{
    Community, Mended, arrange, borders, holders, insertions, length_m, mended, neighbours, settle,
};
use crate::polygon::{Polygon, Vertex};
use crate::topology::check_simple;

/// Vertices that came into an edge. They may stand off it by half a lattice unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Insertion {
    /// One end, the smaller.
    pub a: Vertex,
    /// The other.
    pub b: Vertex,
    /// From `a` to `b`.
    pub between: Vec<Vertex>,
}

impl Insertion {
    /// `polygon` with the vertices in it; `None` when it has no such edge.
    #[must_use]
    pub fn put_into(&self, polygon: &Polygon) -> Option<Polygon> {
        let mut found = false;
        let rings: Vec<Vec<Vertex>> = polygon
            .rings()
            .map(|ring| {
                let next = ring.iter().cycle().skip(1);
                let mut out = Vec::with_capacity(ring.len() + self.between.len());
                for (v, w) in ring.iter().zip(next) {
                    out.push(*v);
                    if (*v, *w) == (self.a, self.b) {
                        out.extend(&self.between);
                        found = true;
                    } else if (*w, *v) == (self.a, self.b) {
                        out.extend(self.between.iter().rev());
                        found = true;
                    }
                }
                out
            })
            .collect();
        if !found {
            return None;
        }
        let mut rings = rings.into_iter();
        Polygon::new(rings.next()?, rings.collect()).ok()
    }
}

/// Why a shape cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReshapeError {
    /// No grid has this vertex.
    #[error("reshape.no_such_vertex")]
    NoVertex,
    /// No grid has this edge.
    #[error("reshape.no_such_edge")]
    NoEdge,
    /// The vertex or edge is of the community's own border.
    #[error("reshape.community_border")]
    CommunityBorder,
    /// Three or more borders meet there.
    #[error("reshape.junction")]
    Junction,
    /// Nothing would be left of a grid.
    #[error("reshape.nothing_left")]
    NothingLeft,
    /// The line does not divide the grid.
    #[error("reshape.line_does_not_divide")]
    NoDivision,
    /// The line divides the grid into more than eight parts.
    #[error("reshape.too_many_parts")]
    TooMany,
    /// The grids do not lie side by side.
    #[error("reshape.not_neighbours")]
    Apart,
    /// The drawn border crosses itself.
    #[error("reshape.crosses_itself")]
    Crosses,
}

/// Moves the vertex `from` of the grids that have it to `to`: all of them follow. Vertices of `fixed`
/// stand.
///
/// # Errors
/// When none has it, it is of the community's border, or a grid would vanish.
pub fn move_vertex(
    fixed: Option<&Polygon>,
    grids: &[Polygon],
    from: Vertex,
    to: Vertex,
) -> Result<Vec<(usize, Polygon)>, ReshapeError> {
    if has_vertex(fixed, from) {
        return Err(ReshapeError::CommunityBorder);
    }
    change_rings(grids, ReshapeError::NoVertex, |ring| {
        ring.contains(&from).then(|| {
            let put = |v: &Vertex| if *v == from { to } else { *v };
            ring.iter().map(put).collect()
        })
    })
}

/// Puts a vertex `at` into the edge between `a` and `b` of every grid that has it.
///
/// # Errors
/// When none has it, or it is of the community's border.
pub fn insert_vertex(
    fixed: Option<&Polygon>,
    grids: &[Polygon],
    (a, b): (Vertex, Vertex),
    at: Vertex,
) -> Result<Vec<(usize, Polygon)>, ReshapeError> {
    let edge = undirected(a, b).0;
    let stands = |p: &Polygon| p.edges().any(|(c, d)| undirected(c, d).0 == edge);
    if fixed.is_some_and(stands) {
        return Err(ReshapeError::CommunityBorder);
    }
    let insertion = Insertion {
        a: edge.0,
        b: edge.1,
        between: vec![at],
    };
    let changed: Vec<(usize, Polygon)> = grids
        .iter()
        .enumerate()
        .filter_map(|(n, g)| Some((n, insertion.put_into(g)?)))
        .collect();
    if changed.is_empty() {
        return Err(ReshapeError::NoEdge);
    }
    Ok(changed)
}

/// Takes a vertex out of every grid that has it.
///
/// # Errors
/// When none has it, it is of the community's border, borders meet there, or a grid would vanish.
pub fn remove_vertex(
    fixed: Option<&Polygon>,
    grids: &[Polygon],
    at: Vertex,
) -> Result<Vec<(usize, Polygon)>, ReshapeError> {
    if has_vertex(fixed, at) {
        return Err(ReshapeError::CommunityBorder);
    }
    let ends: BTreeSet<Vertex> = grids
        .iter()
        .flat_map(Polygon::edges)
        .filter_map(|(a, b)| match (a == at, b == at) {
            (true, _) => Some(b),
            (_, true) => Some(a),
            _ => None,
        })
        .collect();
    if ends.len() > 2 {
        return Err(ReshapeError::Junction);
    }
    change_rings(grids, ReshapeError::NoVertex, |ring| {
        ring.contains(&at)
            .then(|| ring.iter().copied().filter(|v| *v != at).collect())
    })
}

fn has_vertex(polygon: Option<&Polygon>, at: Vertex) -> bool {
    polygon.is_some_and(|p| p.rings().flatten().any(|v| *v == at))
}

fn change_rings(
    grids: &[Polygon],
    nothing: ReshapeError,
    change: impl Fn(&[Vertex]) -> Option<Vec<Vertex>>,
) -> Result<Vec<(usize, Polygon)>, ReshapeError> {
    let mut changed = Vec::new();
    for (at, grid) in grids.iter().enumerate() {
        let mut touched = false;
        let mut rings = grid.rings().map(|ring| match change(ring) {
            Some(ring) => {
                touched = true;
                ring
            }
            None => ring.to_vec(),
        });
        let outer = rings.next().unwrap_or_default();
        let holes: Vec<Vec<Vertex>> = rings.collect();
        if touched {
            let polygon = Polygon::new(outer, holes).map_err(|_| ReshapeError::NothingLeft)?;
            changed.push((at, polygon));
        }
    }
    if changed.is_empty() {
        return Err(nothing);
    }
    Ok(changed)
}

/// What a split, a merge or a redrawing makes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reshaped {
    /// What takes the place of the grids asked for, the largest first.
    pub made: Vec<Polygon>,
    /// What it does to the others, and to the community's border.
    pub others: Mended,
}

/// Divides the basic grid `which` along `line`, whose ends lie on its border or beyond.
///
/// # Errors
/// When the line does not divide it, or into more than eight parts.
pub fn split(
    community: Community<'_>,
    which: usize,
    line: &[Vertex],
) -> Result<Reshaped, ReshapeError> {
    let grid = community.basic.get(which).ok_or(ReshapeError::NoDivision)?;
    let (cuts, nodes) = dividing(grid, line)?;
    let mark = community.basic.len() + 1;
    let edges = borders(community.outline, community.basic);
    let cuts = cuts.into_iter().map(|(a, b)| (mark, a, b));
    let plane = Arrangement::with_nodes(edges.chain(cuts), nodes);
    let (_, mut held) = holders(&plane, community.basic.len());
    let mine = |f: usize| held[f].contains(&which);
    let groups = plane.groups(mine, |edge| !plane.uses(edge, mark));
    let mut made: Vec<Polygon> = groups
        .iter()
        .flat_map(|group| plane.outline(|f| group.contains(&f)))
        .collect();
    made.sort_by_key(|p| std::cmp::Reverse(p.doubled_area()));
    match made.len() {
        0 | 1 => Err(ReshapeError::NoDivision),
        2..=8 => {
            for face in &mut held {
                face.remove(&which);
            }
            Ok(Reshaped {
                made,
                others: without(mended(community, &plane, &held), which),
            })
        }
        _ => Err(ReshapeError::TooMany),
    }
}

fn without(mut mended: Mended, which: usize) -> Mended {
    mended.changed.retain(|c| c.0 != which);
    mended
}

/// The pieces of `line` with the grid on both sides, one part of it left and another right, and the
/// vertices that the line puts into the grid's border: where it is slanted the pieces end a little beside
/// the edges, and only at those vertices.
fn dividing(grid: &Polygon, line: &[Vertex]) -> Result<(Vec<Edge>, Vec<Nodes>), ReshapeError> {
    let border = grid.edges().map(|(a, b)| (0, a, b));
    let drawn = line.windows(2).map(|w| (1, w[0], w[1]));
    let plane = Arrangement::new(border.chain(drawn));
    let inside = |f: usize| plane.faces[f].winding.get(&0).is_some_and(|w| *w > 0);
    let cuts: Vec<Edge> = plane
        .walls()
        .filter(|(_, l, r)| l != r && inside(*l) && inside(*r))
        .map(|(edge, ..)| edge)
        .collect();
    if cuts.is_empty() {
        return Err(ReshapeError::NoDivision);
    }
    let nodes = grid
        .edges()
        .map(|(a, b)| undirected(a, b).0)
        .map(|edge| (edge, plane.between(edge)))
        .filter(|(_, between)| !between.is_empty())
        .collect();
    Ok((cuts, nodes))
}

/// Puts basic grids that lie side by side together.
///
/// # Errors
/// When they are fewer than two or do not hang together.
pub fn merge(community: Community<'_>, which: &[usize]) -> Result<Reshaped, ReshapeError> {
    let which: BTreeSet<usize> = which.iter().copied().collect();
    if which.len() < 2 || which.iter().any(|w| *w >= community.basic.len()) {
        return Err(ReshapeError::Apart);
    }
    let plane = arrange(community.outline, community.basic, []);
    let (_, held) = holders(&plane, community.basic.len());
    let mut made = plane.outline(|f| held[f].iter().any(|g| which.contains(g)));
    if made.len() != 1 {
        return Err(ReshapeError::Apart);
    }
    // Vertices on which nobody's border but the vanished one stood stay where they are: harmless.
    made.truncate(1);
    let mut others = mended(community, &plane, &held);
    others.changed.retain(|c| !which.contains(&c.0));
    Ok(Reshaped { made, others })
}

/// Draws the basic grid `which` anew as `drawn`, cut off at the community's border. Its neighbours
/// follow: they lose what it takes and get what it leaves, each part going to the neighbour with the
/// longest common border.
///
/// # Errors
/// When the drawn border crosses itself, or nothing of it lies in the community.
pub fn redraw(
    community: Community<'_>,
    which: usize,
    drawn: &Polygon,
) -> Result<Reshaped, ReshapeError> {
    if !check_simple(drawn).is_empty() {
        return Err(ReshapeError::Crosses);
    }
    let count = community.basic.len();
    let mark = count + 1;
    let plane = arrange(
        community.outline,
        community.basic,
        drawn.edges().map(|(a, b)| (mark, a, b)),
    );
    let (inside, mut held) = holders(&plane, count);
    let taken = |f: usize| plane.faces[f].winding.contains_key(&mark);
    let mut left: BTreeSet<usize> = BTreeSet::new();
    for face in 1..held.len() {
        if taken(face) {
            held[face] = inside[face].then_some(which).into_iter().collect();
        } else if held[face].remove(&which) && held[face].is_empty() && inside[face] {
            left.insert(face);
        }
    }
    for group in plane.groups(|f| left.contains(&f), |_| true) {
        let near = neighbours(&plane, &held, &group);
        // With no neighbour but itself it keeps what it had.
        let owner = near.iter().find(|n| **n != which).copied().unwrap_or(which);
        for face in group {
            held[face].insert(owner);
        }
    }
    settle(&plane, &inside, &mut held, 0.05);
    let mut made = plane.outline(|f| held[f].contains(&which));
    made.truncate(1);
    if made.is_empty() {
        return Err(ReshapeError::NothingLeft);
    }
    Ok(Reshaped {
        made,
        others: without(mended(community, &plane, &held), which),
    })
}

/// `grids` and the community's border noded together: where borders run along each other they get each
/// other's vertices.
#[must_use]
pub fn node(community: Community<'_>) -> Mended {
    let plane = arrange(community.outline, community.basic, []);
    let (_, held) = holders(&plane, community.basic.len());
    let mut done = mended(community, &plane, &held);
    done.inserted = insertions(community.outline, &plane);
    done
}

/// How much ground each old polygon shares with each new one: `(old, new, m²)`, only where they share
/// any.
#[must_use]
pub fn shares(old: &[&Polygon], new: &[&Polygon]) -> Vec<(usize, usize, f64)> {
    let all = old.iter().chain(new).enumerate();
    let plane = Arrangement::new(all.flat_map(|(s, p)| p.edges().map(move |(a, b)| (s, a, b))));
    let scale = old.first().map_or(0.0, |p| square_metres(p));
    let mut ground: std::collections::BTreeMap<(usize, usize), i128> = Default::default();
    for face in plane.faces.iter().skip(1) {
        let holds = |s: &usize| face.winding.get(s).is_some_and(|w| *w > 0);
        for o in (0..old.len()).filter(holds) {
            for n in (old.len()..old.len() + new.len()).filter(holds) {
                *ground.entry((o, n - old.len())).or_default() += face.doubled_area;
            }
        }
    }
    ground
        .into_iter()
        .map(|((o, n), doubled)| (o, n, doubled as f64 / 2.0 * scale))
        .collect()
}

/// Square metres of one square lattice unit where the polygon lies.
fn square_metres(polygon: &Polygon) -> f64 {
    let doubled = polygon.doubled_area() as f64;
    if doubled > 0.0 {
        crate::flaws::area_m2(polygon) * 2.0 / doubled
    } else {
        0.0
    }
}

/// `line` with both ends drawn out by `more_m` metres in the direction they have.
#[must_use]
pub fn drawn_out(line: &[Vertex], more_m: f64) -> Vec<Vertex> {
    let mut out = line.to_vec();
    let beyond = |inner: Vertex, end: Vertex| {
        let length = length_m(inner, end);
        let t = if length > 0.0 { more_m / length } else { 0.0 };
        let go = |a: i32, b: i32| (f64::from(b) + (f64::from(b) - f64::from(a)) * t).round() as i32;
        Vertex {
            x: go(inner.x, end.x),
            y: go(inner.y, end.y),
        }
    };
    if let [first, second, ..] = line {
        out.insert(0, beyond(*second, *first));
    }
    if let [.., before, last] = line {
        out.push(beyond(*before, *last));
    }
    out
}

/// A point well inside the polygon, for its label: on the middle of the widest stretch of a
/// horizontal line, of eleven tried.
#[must_use]
pub fn label_point(polygon: &Polygon) -> Vertex {
    let (low, high) = polygon.bounds();
    let mut best = (0.0, low);
    for n in 1..12_i64 {
        let y = i64::from(low.y) + (i64::from(high.y) - i64::from(low.y)) * n / 12;
        let y = y as f64 + 0.5;
        let mut xs: Vec<f64> = polygon
            .edges()
            .filter(|(a, b)| (f64::from(a.y) < y) != (f64::from(b.y) < y))
            .map(|(a, b)| {
                let t = (y - f64::from(a.y)) / (f64::from(b.y) - f64::from(a.y));
                f64::from(a.x) + t * (f64::from(b.x) - f64::from(a.x))
            })
            .collect();
        xs.sort_by(f64::total_cmp);
        for pair in xs.chunks_exact(2) {
            // Lines near the middle are preferred where they are nearly as wide.
            let middle = 1.0 - 0.2 * ((n as f64 - 6.0) / 6.0).abs();
            let width = (pair[1] - pair[0]) * middle;
            if width > best.0 {
                let at = Vertex {
                    x: ((pair[0] + pair[1]) / 2.0).round() as i32,
                    y: y as i32,
                };
                best = (width, at);
            }
        }
    }
    best.1
}

/// `polygon` with the vertices that `outline` has gained since on edges they shared: where it goes
/// straight from one vertex of the outline to another, and the outline goes there by vertices no more
/// than two lattice units off, it goes by them too.
#[must_use]
pub fn fitted(polygon: &Polygon, outline: &Polygon) -> Polygon {
    let mut fitted = polygon.clone();
    for (a, b) in polygon.edges() {
        for ring in outline.rings() {
            let place = |v: Vertex| ring.iter().position(|r| *r == v);
            let (Some(from), Some(to)) = (place(a), place(b)) else {
                continue;
            };
            let count = ring.len();
            for step in [1, count - 1] {
                let mut between = Vec::new();
                let mut at = (from + step) % count;
                while at != to && off_by(a, b, ring[at]) <= 2.0 {
                    between.push(ring[at]);
                    at = (at + step) % count;
                }
                if at != to || between.is_empty() {
                    continue;
                }
                let ((low, high), way) = undirected(a, b);
                if way < 0 {
                    between.reverse();
                }
                let insertion = Insertion {
                    a: low,
                    b: high,
                    between,
                };
                fitted = insertion.put_into(&fitted).unwrap_or(fitted);
                break;
            }
        }
    }
    fitted
}

/// How far `p` lies from the segment `a b`, lattice units; infinite beyond its ends.
fn off_by(a: Vertex, b: Vertex, p: Vertex) -> f64 {
    let way = |from: i32, to: i32| f64::from(to) - f64::from(from);
    let (ux, uy) = (way(a.x, b.x), way(a.y, b.y));
    let (vx, vy) = (way(a.x, p.x), way(a.y, p.y));
    let along = (ux * vx + uy * vy) / (ux * ux + uy * uy);
    if (0.0..=1.0).contains(&along) {
        (ux * vy - uy * vx).abs() / ux.hypot(uy)
    } else {
        f64::INFINITY
    }
}

/// `drawn` with every vertex that lies within `reach_m` metres of one in `fixed` put there, and every
/// other that lies so near an edge of `borders` put onto the edge.
#[must_use]
pub fn snapped(drawn: &[Vertex], borders: &[&Polygon], reach_m: f64) -> Vec<Vertex> {
    let to = |v: Vertex| {
        let ends = borders.iter().flat_map(|p| p.rings().flatten().copied());
        let vertex = ends
            .map(|e| (length_m(e, v), e))
            .filter(|e| e.0 <= reach_m)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let edge = || {
            borders
                .iter()
                .flat_map(|p| p.edges())
                .map(|(a, b)| foot(a, b, v))
                .map(|f| (length_m(f, v), f))
                .filter(|f| f.0 <= reach_m)
                .min_by(|a, b| a.0.total_cmp(&b.0))
        };
        vertex.or_else(edge).map_or(v, |found| found.1)
    };
    let mut out: Vec<Vertex> = drawn.iter().map(|v| to(*v)).collect();
    out.dedup();
    out
}

/// The lattice point nearest to where the perpendicular from `p` meets the edge.
fn foot(a: Vertex, b: Vertex, p: Vertex) -> Vertex {
    let lat = f64::from(a.y) / crate::polygon::UNITS_PER_DEGREE;
    let k = lat.to_radians().cos();
    let way = |from: i32, to: i32| f64::from(to) - f64::from(from);
    let (ux, uy) = (way(a.x, b.x) * k, way(a.y, b.y));
    let (vx, vy) = (way(a.x, p.x) * k, way(a.y, p.y));
    let length = ux * ux + uy * uy;
    let t = if length > 0.0 {
        ((ux * vx + uy * vy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    Vertex {
        x: (f64::from(a.x) + t * way(a.x, b.x)).round() as i32,
        y: (f64::from(a.y) + t * way(a.y, b.y)).round() as i32,
    }
}
