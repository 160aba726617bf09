//! The plane cut up by the edges of several polygons: exact faces, each knowing which polygons hold it.
//!
//! Edges are noded on the lattice: where two cross, both get the lattice point nearest to the
//! crossing, again and again until none cross. Every split makes edges that are shorter in the sum of
//! their sides and never longer together, so this ends. Whatever is then put together of faces fits
//! together vertex by vertex.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::polygon::{Polygon, Vertex, crosses, doubled_ring_area, orient};

/// An undirected edge: the smaller vertex first.
pub(crate) type Edge = (Vertex, Vertex);

/// An edge and the vertices put into it, in order from its smaller vertex.
pub(crate) type Nodes = (Edge, Vec<Vertex>);

/// A part of the plane that no edge crosses.
#[derive(Debug, Clone)]
pub(crate) struct Face {
    /// How often each source winds around it; sources that do not are left out.
    pub winding: BTreeMap<usize, i32>,
    /// Twice its area, square lattice units; zero for the face outside everything.
    pub doubled_area: i128,
}

/// The arrangement of directed edges of numbered sources.
#[derive(Debug)]
pub(crate) struct Arrangement {
    edges: Vec<Edge>,
    /// Sources of each edge with +1 where they walk it from its smaller vertex, −1 otherwise.
    users: Vec<Vec<(usize, i32)>>,
    /// Outgoing half-edges of each vertex, counter-clockwise. Half-edge `2e` leaves the smaller vertex.
    around: HashMap<Vertex, Vec<usize>>,
    /// The face to the left of each half-edge; 0 is the face outside everything.
    left: Vec<usize>,
    /// The faces; the first is the outside.
    pub faces: Vec<Face>,
    splits: HashMap<Edge, Vec<Vertex>>,
}

impl Arrangement {
    /// Cuts the plane by `edges`: `(source, from, to)`, the inside of a source to the left.
    pub fn new(edges: impl IntoIterator<Item = (usize, Vertex, Vertex)>) -> Self {
        Self::with_nodes(edges, Vec::new())
    }

    /// [`Self::new`] with these vertices put into these edges before anything else, each in order from the
    /// edge's smaller vertex. They may stand off it by half a lattice unit, as noding elsewhere puts them.
    pub fn with_nodes(
        edges: impl IntoIterator<Item = (usize, Vertex, Vertex)>,
        nodes: Vec<Nodes>,
    ) -> Self {
        let mut lines: BTreeMap<Edge, Vec<(usize, i32)>> = BTreeMap::new();
        for (source, a, b) in edges {
            if a != b {
                let (edge, sign) = undirected(a, b);
                lines.entry(edge).or_default().push((source, sign));
            }
        }
        let mut splits = HashMap::new();
        let mut cuts = nodes;
        loop {
            for (edge, points) in cuts {
                let Some(users) = lines.remove(&edge) else {
                    continue;
                };
                for part in chain(edge, &points) {
                    let (piece, sign) = undirected(part.0, part.1);
                    let more = users.iter().map(|(source, way)| (*source, way * sign));
                    lines.entry(piece).or_default().extend(more);
                }
                splits.insert(edge, points);
            }
            cuts = crossings(&lines);
            if cuts.is_empty() {
                break;
            }
        }
        let (edges, users): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        let mut made = Self {
            around: around(&edges),
            edges,
            users,
            left: Vec::new(),
            faces: Vec::new(),
            splits,
        };
        made.find_faces();
        made
    }

    fn from(&self, half: usize) -> Vertex {
        let edge = self.edges[half / 2];
        if half.is_multiple_of(2) {
            edge.0
        } else {
            edge.1
        }
    }

    fn to(&self, half: usize) -> Vertex {
        self.from(half ^ 1)
    }

    /// The first half-edge clockwise from where `half` came from that `takes` takes: it bounds the same
    /// wedge of what lies to the left.
    fn turn(&self, half: usize, takes: impl Fn(usize) -> bool) -> Option<usize> {
        let fan = self.around.get(&self.to(half))?;
        let back = fan.iter().position(|h| *h == half ^ 1)?;
        let count = fan.len();
        (1..=count)
            .map(|step| fan[(back + count - step) % count])
            .find(|h| takes(*h))
    }

    /// Walks all half-edges that `takes` takes into closed loops.
    fn loops(&self, takes: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.edges.len() * 2];
        let mut loops = Vec::new();
        for start in 0..seen.len() {
            if seen[start] || !takes(start) {
                continue;
            }
            let mut walk = Vec::new();
            let mut at = start;
            while !seen[at] {
                seen[at] = true;
                walk.push(at);
                match self.turn(at, &takes) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            loops.push(walk);
        }
        loops
    }

    fn ring(&self, walk: &[usize]) -> Vec<Vertex> {
        walk.iter().map(|h| self.from(*h)).collect()
    }

    fn find_faces(&mut self) {
        let loops = self.loops(|_| true);
        let rings: Vec<Vec<Vertex>> = loops.iter().map(|l| self.ring(l)).collect();
        let areas: Vec<i128> = rings.iter().map(|r| doubled_ring_area(r)).collect();
        let pieces = Pieces::of(&self.edges);
        // Face 0 is the outside; each loop walked counter-clockwise is the outer border of another.
        let mut face_of = vec![0; loops.len()];
        let mut faces = vec![Face {
            winding: BTreeMap::new(),
            doubled_area: 0,
        }];
        for (at, area) in areas.iter().enumerate().filter(|a| *a.1 > 0) {
            face_of[at] = faces.len();
            faces.push(Face {
                winding: BTreeMap::new(),
                doubled_area: *area,
            });
        }
        for (at, ring) in rings.iter().enumerate().filter(|r| areas[r.0] <= 0) {
            let Some(first) = ring.iter().min() else {
                continue;
            };
            let holder = (0..rings.len())
                .filter(|o| areas[*o] > 0 && !pieces.together(rings[*o][0], *first))
                .filter(|o| ring_holds(&rings[*o], *first))
                .min_by_key(|o| areas[*o]);
            if let Some(holder) = holder {
                face_of[at] = face_of[holder];
                faces[face_of[holder]].doubled_area += areas[at];
            }
        }
        self.left = vec![0; self.edges.len() * 2];
        for (walk, face) in loops.iter().zip(&face_of) {
            for half in walk {
                self.left[*half] = *face;
            }
        }
        self.faces = faces;
        self.wind();
    }

    /// Carries windings from the outside across every edge.
    fn wind(&mut self) {
        let mut borders: Vec<Vec<usize>> = vec![Vec::new(); self.faces.len()];
        for half in 0..self.left.len() {
            borders[self.left[half]].push(half);
        }
        let mut known = vec![false; self.faces.len()];
        known[0] = true;
        let mut queue = VecDeque::from([0]);
        while let Some(face) = queue.pop_front() {
            for half in &borders[face] {
                let over = self.left[half ^ 1];
                if known[over] {
                    continue;
                }
                known[over] = true;
                let mut winding = self.faces[face].winding.clone();
                // Crossing to the left of the twin, which walks the edge the other way.
                let way = if half.is_multiple_of(2) { -1 } else { 1 };
                for (source, sign) in &self.users[half / 2] {
                    *winding.entry(*source).or_default() += way * sign;
                }
                winding.retain(|_, turns| *turns != 0);
                self.faces[over].winding = winding;
                queue.push_back(over);
            }
        }
    }

    /// Polygons of the union of the faces that `takes` takes, the largest first. Rings without area
    /// are left out.
    pub fn outline(&self, takes: impl Fn(usize) -> bool) -> Vec<Polygon> {
        let border = |half: usize| takes(self.left[half]) && !takes(self.left[half ^ 1]);
        let rings: Vec<Vec<Vertex>> = self
            .loops(border)
            .iter()
            .map(|l| self.ring(l))
            .flat_map(untouched)
            .collect();
        let (outer, inner): (Vec<_>, Vec<_>) = rings
            .into_iter()
            .filter(|r| doubled_ring_area(r) != 0)
            .partition(|r| doubled_ring_area(r) > 0);
        let mut holes: Vec<Vec<Vec<Vertex>>> = vec![Vec::new(); outer.len()];
        for hole in inner {
            let inside = |o: &usize| {
                hole.iter()
                    .find(|v| !outer[*o].contains(v))
                    .is_some_and(|v| ring_holds(&outer[*o], *v))
            };
            let holder = (0..outer.len())
                .filter(inside)
                .min_by_key(|o| doubled_ring_area(&outer[*o]));
            if let Some(holder) = holder {
                holes[holder].push(hole);
            }
        }
        let mut polygons: Vec<Polygon> = outer
            .into_iter()
            .zip(holes)
            .filter_map(|(ring, holes)| Polygon::new(ring, holes).ok())
            .collect();
        polygons.sort_by_key(|p| std::cmp::Reverse(p.doubled_area()));
        polygons
    }

    /// The faces that `takes` takes, in groups that hang together across edges that `open` lets pass.
    pub fn groups(
        &self,
        takes: impl Fn(usize) -> bool,
        open: impl Fn(Edge) -> bool,
    ) -> Vec<BTreeSet<usize>> {
        let mut near: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (at, edge) in self.edges.iter().enumerate() {
            let (l, r) = (self.left[at * 2], self.left[at * 2 + 1]);
            if l != r && takes(l) && takes(r) && open(*edge) {
                near.entry(l).or_default().insert(r);
                near.entry(r).or_default().insert(l);
            }
        }
        let mut left: BTreeSet<usize> = (0..self.faces.len()).filter(|f| takes(*f)).collect();
        let mut groups = Vec::new();
        while let Some(first) = left.pop_first() {
            let mut group = BTreeSet::from([first]);
            let mut queue = vec![first];
            while let Some(face) = queue.pop() {
                for other in near.get(&face).into_iter().flatten() {
                    if left.remove(other) {
                        group.insert(*other);
                        queue.push(*other);
                    }
                }
            }
            groups.push(group);
        }
        groups
    }

    /// Every edge with the faces to its left and right, seen from its smaller vertex.
    pub fn walls(&self) -> impl Iterator<Item = (Edge, usize, usize)> + '_ {
        let sides = |at: usize| (self.left[at * 2], self.left[at * 2 + 1]);
        self.edges
            .iter()
            .enumerate()
            .map(move |(at, edge)| (*edge, sides(at).0, sides(at).1))
    }

    /// Whether `source` walks this edge.
    pub fn uses(&self, edge: Edge, source: usize) -> bool {
        self.edges
            .binary_search(&edge)
            .is_ok_and(|at| self.users[at].iter().any(|u| u.0 == source))
    }

    /// The vertices that noding put between the ends of an edge given, from its smaller vertex on.
    pub fn between(&self, edge: Edge) -> Vec<Vertex> {
        let Some(points) = self.splits.get(&edge) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for (a, b) in chain(edge, points) {
            let (piece, sign) = undirected(a, b);
            let mut inner = self.between(piece);
            if sign < 0 {
                inner.reverse();
            }
            all.extend(inner);
            if b != edge.1 {
                all.push(b);
            }
        }
        all
    }
}

/// The edge with its smaller vertex first, and +1 when that is where it was walked from.
pub(crate) fn undirected(a: Vertex, b: Vertex) -> (Edge, i32) {
    if a < b { ((a, b), 1) } else { ((b, a), -1) }
}

fn chain(edge: Edge, points: &[Vertex]) -> Vec<Edge> {
    let mut stops = vec![edge.0];
    stops.extend_from_slice(points);
    stops.push(edge.1);
    stops.windows(2).map(|w| (w[0], w[1])).collect()
}

/// A ring cut apart where it touches itself in a vertex.
fn untouched(ring: Vec<Vertex>) -> Vec<Vec<Vertex>> {
    let mut rings = Vec::new();
    let mut open: Vec<Vertex> = Vec::new();
    for v in ring {
        if let Some(at) = open.iter().position(|o| *o == v) {
            let cut: Vec<Vertex> = open.drain(at..).collect();
            rings.push(cut);
        }
        open.push(v);
    }
    rings.push(open);
    rings.retain(|r| r.len() > 2);
    rings
}

fn ring_holds(ring: &[Vertex], p: Vertex) -> bool {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .fold(false, |inside, (a, b)| inside ^ crosses(*a, *b, p))
}

fn around(edges: &[Edge]) -> HashMap<Vertex, Vec<usize>> {
    let mut around: HashMap<Vertex, Vec<usize>> = HashMap::new();
    for (at, (a, b)) in edges.iter().enumerate() {
        around.entry(*a).or_default().push(at * 2);
        around.entry(*b).or_default().push(at * 2 + 1);
    }
    let head = |half: &usize| {
        let edge = edges[half / 2];
        if half.is_multiple_of(2) {
            edge.1
        } else {
            edge.0
        }
    };
    for (v, fan) in &mut around {
        fan.sort_by(|g, h| by_angle(*v, head(g), head(h)));
    }
    around
}

/// The order of `p` and `q` around `v`, counter-clockwise from the east.
fn by_angle(v: Vertex, p: Vertex, q: Vertex) -> Ordering {
    let half = |w: Vertex| u8::from(w.y < v.y || (w.y == v.y && w.x < v.x));
    half(p).cmp(&half(q)).then_with(|| 0.cmp(&orient(v, p, q)))
}

/// Which vertices hang together by edges.
struct Pieces {
    of: HashMap<Vertex, usize>,
    above: Vec<usize>,
}

impl Pieces {
    fn of(edges: &[Edge]) -> Self {
        let mut pieces = Self {
            of: HashMap::new(),
            above: Vec::new(),
        };
        for (a, b) in edges {
            let (a, b) = (pieces.number(*a), pieces.number(*b));
            let (a, b) = (pieces.top(a), pieces.top(b));
            pieces.above[a] = b;
        }
        pieces
    }

    fn number(&mut self, v: Vertex) -> usize {
        let fresh = self.above.len();
        let number = *self.of.entry(v).or_insert(fresh);
        if number == fresh {
            self.above.push(fresh);
        }
        number
    }

    fn top(&self, mut n: usize) -> usize {
        while self.above[n] != n {
            n = self.above[n];
        }
        n
    }

    fn together(&self, a: Vertex, b: Vertex) -> bool {
        let top = |v: Vertex| self.of.get(&v).map(|n| self.top(*n));
        top(a) == top(b)
    }
}

/// Where edges meet other than in common ends: points to be put into each, in order from its smaller
/// vertex.
fn crossings(lines: &BTreeMap<Edge, Vec<(usize, i32)>>) -> Vec<(Edge, Vec<Vertex>)> {
    let mut cuts: BTreeMap<Edge, BTreeSet<Vertex>> = BTreeMap::new();
    // In order of their smaller vertex, that is of longitude: a sweep.
    let mut active: Vec<Edge> = Vec::new();
    for edge in lines.keys() {
        active.retain(|other| other.1.x >= edge.0.x);
        let (low, high) = (edge.0.y.min(edge.1.y), edge.0.y.max(edge.1.y));
        for other in &active {
            if other.0.y.max(other.1.y) < low || other.0.y.min(other.1.y) > high {
                continue;
            }
            for (cut, at) in meeting(*edge, *other) {
                cuts.entry(cut).or_default().insert(at);
            }
        }
        active.push(*edge);
    }
    cuts.into_iter()
        .map(|(edge, points)| {
            let mut points: Vec<Vertex> = points.into_iter().collect();
            let along = |p: &Vertex| {
                let way = |a: i32, b: i32| i128::from(b) - i128::from(a);
                way(edge.0.x, p.x) * way(edge.0.x, edge.1.x)
                    + way(edge.0.y, p.y) * way(edge.0.y, edge.1.y)
            };
            points.sort_by_key(along);
            (edge, points)
        })
        .collect()
}

/// Which of two edges must be cut, and where.
fn meeting(e: Edge, f: Edge) -> Vec<(Edge, Vertex)> {
    let mut cuts = Vec::new();
    let inside = |edge: Edge, p: Vertex| {
        p != edge.0
            && p != edge.1
            && orient(edge.0, edge.1, p) == 0
            && (edge.0.x..=edge.1.x).contains(&p.x)
            && (edge.0.y.min(edge.1.y)..=edge.0.y.max(edge.1.y)).contains(&p.y)
    };
    for (edge, other) in [(e, f), (f, e)] {
        for p in [other.0, other.1] {
            if inside(edge, p) {
                cuts.push((edge, p));
            }
        }
    }
    let sides = |e: Edge, f: Edge| orient(e.0, e.1, f.0).signum() * orient(e.0, e.1, f.1).signum();
    if sides(e, f) < 0 && sides(f, e) < 0 {
        let p = crossing(e, f);
        for edge in [e, f] {
            if p != edge.0 && p != edge.1 {
                cuts.push((edge, p));
            }
        }
    }
    cuts
}

/// The lattice point nearest to where two edges cross.
fn crossing(e: Edge, f: Edge) -> Vertex {
    // How far along `e`, as a fraction: the areas that its ends span with `f`.
    let (from, to) = (orient(f.0, f.1, e.0), orient(f.0, f.1, e.1));
    let whole = from - to;
    let along = |a: i32, b: i32| {
        let way = from * (i128::from(b) - i128::from(a));
        let (way, whole) = if whole < 0 {
            (-way, -whole)
        } else {
            (way, whole)
        };
        let step = (2 * way + whole).div_euclid(2 * whole);
        a.saturating_add(i32::try_from(step).unwrap_or_default())
    };
    Vertex {
        x: along(e.0.x, e.1.x),
        y: along(e.0.y, e.1.y),
    }
}
