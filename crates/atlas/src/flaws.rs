//! What is wrong with the grids of a community, where and how large, and how it can be put right.
//!
//! Basic grids must cover their community without gap or overlap; dedicated grids lie in it and not
//! over each other; a grid does not cross itself and is no sliver. All is decided on the lattice, with
//! no tolerance: what fits does so to the last digit.

use std::collections::{BTreeMap, BTreeSet};

use crate::arrangement::{Arrangement, Edge, undirected};
use crate::polygon::{METRES_PER_DEGREE, Polygon, UNITS_PER_DEGREE, Vertex};
use crate::reshape::Insertion;
use crate::topology::{check_partition, check_simple, lies_within};

/// A basic grid narrower than this in the mean (twice its area by its border), metres, is a sliver.
pub const SLIVER_M: f64 = 3.0;
/// Gaps, overlaps and overhangs narrower than this in the mean, metres, come from borders that nearly
/// meet; they may be closed by snapping.
pub const NEAR_M: f64 = 1.0;

/// A community with its grids. Grids are numbered as they stand here, basic ones first.
#[derive(Debug, Clone, Copy)]
pub struct Community<'a> {
    /// Its border.
    pub outline: &'a Polygon,
    /// Basic grids.
    pub basic: &'a [Polygon],
    /// Dedicated grids.
    pub dedicated: &'a [Polygon],
}

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlawKind {
    /// A part of the community in no basic grid.
    Gap,
    /// A part in two or more basic grids.
    Overlap,
    /// A part of a basic grid outside the community.
    Outside,
    /// A border that touches or crosses itself.
    SelfCrossing,
    /// A basic grid with hardly any width.
    Sliver,
    /// A part of a dedicated grid outside the community.
    DedicatedOutside,
    /// A part in two dedicated grids.
    DedicatedOverlap,
}

impl FlawKind {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Overlap => "overlap",
            Self::Outside => "outside",
            Self::SelfCrossing => "self_crossing",
            Self::Sliver => "sliver",
            Self::DedicatedOutside => "dedicated_outside",
            Self::DedicatedOverlap => "dedicated_overlap",
        }
    }
}

/// How a fault can be put right. Numbers are the community's, see [`Community`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repair {
    /// The gap becomes part of this grid.
    Give {
        /// Which.
        to: usize,
    },
    /// The overlap is taken from this grid.
    Cut {
        /// Which.
        from: usize,
    },
    /// What lies outside the community is cut off.
    Clip {
        /// Which.
        grid: usize,
    },
    /// Only the largest part that the border winds around properly is kept.
    Untangle {
        /// Which.
        grid: usize,
    },
    /// The sliver becomes part of this neighbour.
    Join {
        /// The neighbour.
        into: usize,
    },
    /// Vertices that nearly meet are put together, and what is left between them is given away.
    Snap,
}

impl Repair {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Give { .. } => "give",
            Self::Cut { .. } => "cut",
            Self::Clip { .. } => "clip",
            Self::Untangle { .. } => "untangle",
            Self::Join { .. } => "join",
            Self::Snap => "snap",
        }
    }

    /// The grid it is about, if it is about one.
    #[must_use]
    pub const fn grid(self) -> Option<usize> {
        match self {
            Self::Give { to } => Some(to),
            Self::Cut { from } => Some(from),
            Self::Clip { grid } | Self::Untangle { grid } => Some(grid),
            Self::Join { into } => Some(into),
            Self::Snap => None,
        }
    }
}

/// One fault of a community's grids.
#[derive(Debug, Clone, PartialEq)]
pub struct Flaw {
    /// What kind.
    pub kind: FlawKind,
    /// The grids at fault, by the community's numbers; for a gap none.
    pub grids: Vec<usize>,
    /// The place as a polygon, where it has an area.
    pub area: Option<Polygon>,
    /// A vertex of the place.
    pub at: Vertex,
    /// Its area, m².
    pub area_m2: f64,
    /// Its mean width, metres.
    pub width_m: f64,
    /// What can be done, the best first.
    pub repairs: Vec<Repair>,
}

/// What a repair or a change of shape makes of a community's grids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mended {
    /// Grids with another border, by number; `None` when nothing is left of it.
    pub changed: Vec<(usize, Option<Polygon>)>,
    /// Vertices that came into edges of the community's own border: whoever else has such an edge must
    /// get them too.
    pub inserted: Vec<Insertion>,
}

/// Width of a long thin area in the mean, metres: twice the area by the border.
#[must_use]
pub fn mean_width_m(polygon: &Polygon) -> f64 {
    let border: f64 = polygon.edges().map(|(a, b)| length_m(a, b)).sum();
    if border > 0.0 {
        2.0 * area_m2(polygon) / border
    } else {
        0.0
    }
}

/// The polygon's area, m².
#[must_use]
pub fn area_m2(polygon: &Polygon) -> f64 {
    polygon.area_km2() * 1e6
}

/// Metres between two vertices, for short distances.
#[must_use]
pub fn length_m(a: Vertex, b: Vertex) -> f64 {
    let lat = (f64::from(a.y) + f64::from(b.y)) / 2.0 / UNITS_PER_DEGREE;
    let metre = METRES_PER_DEGREE / UNITS_PER_DEGREE;
    let x = (f64::from(b.x) - f64::from(a.x)) * metre * lat.to_radians().cos();
    let y = (f64::from(b.y) - f64::from(a.y)) * metre;
    x.hypot(y)
}

/// Every fault of the community's grids, the largest first. None means: the basic grids cover the
/// community exactly and the dedicated ones lie in it, side by side.
///
/// A community without any basic grid has one gap, itself. O(n log n) where all fits, and near O(n²) in
/// the edges of this one community where something does not.
#[must_use]
pub fn check(community: Community<'_>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let simple = self_crossings(community, &mut flaws);
    let fits = simple && check_partition([community.outline], community.basic).is_empty();
    if !fits {
        basic_flaws(community, &mut flaws);
    }
    slivers(community, &mut flaws);
    dedicated_flaws(community, &mut flaws);
    flaws.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2));
    flaws
}

/// [`check`] of many communities, on all processors; in the order given.
#[must_use]
pub fn check_all(communities: &[Community<'_>]) -> Vec<Vec<Flaw>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = communities.len().div_ceil(workers).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = communities
            .chunks(share)
            .map(|part| scope.spawn(|| part.iter().map(|c| check(*c)).collect::<Vec<_>>()))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_default())
            .collect()
    })
}

/// The source number of the outline; grids stand behind it.
const OUTLINE: usize = 0;

fn source(grid: usize) -> usize {
    grid + 1
}

/// The arrangement of the outline and these grids.
pub(crate) fn arrange(
    outline: &Polygon,
    grids: &[Polygon],
    more: impl IntoIterator<Item = (usize, Vertex, Vertex)>,
) -> Arrangement {
    Arrangement::new(borders(outline, grids).chain(more))
}

/// The edges of the outline and these grids with their sources.
pub(crate) fn borders<'a>(
    outline: &'a Polygon,
    grids: &'a [Polygon],
) -> impl Iterator<Item = (usize, Vertex, Vertex)> + 'a {
    let border = outline.edges().map(|(a, b)| (OUTLINE, a, b));
    let grids = grids
        .iter()
        .enumerate()
        .flat_map(|(at, g)| g.edges().map(move |(a, b)| (source(at), a, b)));
    border.chain(grids)
}

/// Which grids hold each face (wind around it counter-clockwise), and whether the community does.
pub(crate) fn holders(plane: &Arrangement, grids: usize) -> (Vec<bool>, Vec<BTreeSet<usize>>) {
    let inside = plane
        .faces
        .iter()
        .map(|f| f.winding.contains_key(&OUTLINE))
        .collect();
    let held = |f: &crate::arrangement::Face| {
        f.winding
            .iter()
            .filter(|(s, turns)| **s != OUTLINE && **s <= grids && **turns > 0)
            .map(|(s, _)| s - 1)
            .collect()
    };
    (inside, plane.faces.iter().map(held).collect())
}

fn self_crossings(community: Community<'_>, flaws: &mut Vec<Flaw>) -> bool {
    let grids = community.basic.iter().chain(community.dedicated);
    let mut simple = true;
    for (at, grid) in grids.enumerate() {
        let Some(first) = check_simple(grid).into_iter().next() else {
            continue;
        };
        simple &= at >= community.basic.len();
        let crate::topology::Fault::NotSimple { at: vertex } = first else {
            continue;
        };
        let plane = Arrangement::new(grid.edges().map(|(a, b)| (0, a, b)));
        let odd = plane.outline(|f| plane.faces[f].winding.values().any(|w| *w != 1));
        let area = odd.into_iter().next();
        flaws.push(Flaw {
            kind: FlawKind::SelfCrossing,
            grids: vec![at],
            area_m2: area.as_ref().map_or(0.0, area_m2),
            width_m: area.as_ref().map_or(0.0, mean_width_m),
            area,
            at: vertex,
            repairs: vec![Repair::Untangle { grid: at }],
        });
    }
    simple
}

fn basic_flaws(community: Community<'_>, flaws: &mut Vec<Flaw>) {
    let count = community.basic.len();
    let plane = arrange(community.outline, community.basic, []);
    let (inside, held) = holders(&plane, count);
    for (kind, grids, group) in faulty(&plane, &inside, &held) {
        for area in plane.outline(|f| group.contains(&f)) {
            let width_m = mean_width_m(&area);
            let mut repairs = match kind {
                FlawKind::Gap => neighbours(&plane, &held, &group)
                    .into_iter()
                    .map(|to| Repair::Give { to })
                    .collect(),
                FlawKind::Overlap => smaller_share_first(community, &grids)
                    .into_iter()
                    .map(|from| Repair::Cut { from })
                    .collect(),
                _ => grids
                    .iter()
                    .map(|grid| Repair::Clip { grid: *grid })
                    .collect::<Vec<_>>(),
            };
            if width_m < NEAR_M && count > 0 {
                repairs.push(Repair::Snap);
            }
            flaws.push(Flaw {
                kind,
                grids: grids.iter().copied().collect(),
                at: area.exterior()[0],
                area_m2: area_m2(&area),
                width_m,
                area: Some(area),
                repairs,
            });
        }
    }
}

type Fault = (FlawKind, BTreeSet<usize>, BTreeSet<usize>);

/// Faces at fault, in groups that hang together and are at fault alike.
fn faulty(plane: &Arrangement, inside: &[bool], held: &[BTreeSet<usize>]) -> Vec<Fault> {
    let mut alike: BTreeMap<(FlawKind, BTreeSet<usize>), Vec<usize>> = BTreeMap::new();
    for face in 1..plane.faces.len() {
        let kind = match (inside[face], held[face].len()) {
            (true, 0) => FlawKind::Gap,
            (true, 1) | (false, 0) => continue,
            (true, _) => FlawKind::Overlap,
            (false, _) => FlawKind::Outside,
        };
        alike
            .entry((kind, held[face].clone()))
            .or_default()
            .push(face);
    }
    let mut faults = Vec::new();
    for ((kind, grids), faces) in alike {
        for group in plane.groups(|f| faces.contains(&f), |_| true) {
            faults.push((kind, grids.clone(), group));
        }
    }
    faults
}

/// Grids around a group of faces, that with the longest common border first.
pub(crate) fn neighbours(
    plane: &Arrangement,
    held: &[BTreeSet<usize>],
    group: &BTreeSet<usize>,
) -> Vec<usize> {
    let mut shared: BTreeMap<usize, f64> = BTreeMap::new();
    for ((a, b), l, r) in plane.walls() {
        let over = match (group.contains(&l), group.contains(&r)) {
            (true, false) => r,
            (false, true) => l,
            _ => continue,
        };
        for grid in &held[over] {
            *shared.entry(*grid).or_default() += length_m(a, b);
        }
    }
    let mut grids: Vec<(usize, f64)> = shared.into_iter().collect();
    grids.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    grids.into_iter().map(|g| g.0).collect()
}

/// The larger grid loses less of itself, so it is cut first.
fn smaller_share_first(community: Community<'_>, grids: &BTreeSet<usize>) -> Vec<usize> {
    let mut grids: Vec<usize> = grids.iter().copied().collect();
    let area = |g: &usize| community.basic.get(*g).map_or(0, Polygon::doubled_area);
    grids.sort_by_key(|g| std::cmp::Reverse(area(g)));
    grids
}

fn slivers(community: Community<'_>, flaws: &mut Vec<Flaw>) {
    for (at, grid) in community.basic.iter().enumerate() {
        let width_m = mean_width_m(grid);
        if width_m >= SLIVER_M {
            continue;
        }
        let plane = arrange(community.outline, community.basic, []);
        let (_, held) = holders(&plane, community.basic.len());
        let group = (0..held.len()).filter(|f| held[*f].contains(&at)).collect();
        let near = neighbours(&plane, &held, &group);
        flaws.push(Flaw {
            kind: FlawKind::Sliver,
            grids: vec![at],
            area: Some(grid.clone()),
            at: grid.exterior()[0],
            area_m2: area_m2(grid),
            width_m,
            repairs: near
                .into_iter()
                .filter(|g| *g != at)
                .map(|into| Repair::Join { into })
                .collect(),
        });
    }
}

fn dedicated_flaws(community: Community<'_>, flaws: &mut Vec<Flaw>) {
    let first = community.basic.len();
    for (at, grid) in community.dedicated.iter().enumerate() {
        if !lies_within(grid, community.outline) {
            dedicated_outside(community.outline, grid, first + at, flaws);
        }
        for (more, other) in community.dedicated.iter().enumerate().skip(at + 1) {
            if boxes_meet(grid, other) {
                dedicated_overlap([grid, other], [first + at, first + more], flaws);
            }
        }
    }
}

fn boxes_meet(a: &Polygon, b: &Polygon) -> bool {
    let ((al, ah), (bl, bh)) = (a.bounds(), b.bounds());
    al.x <= bh.x && bl.x <= ah.x && al.y <= bh.y && bl.y <= ah.y
}

fn dedicated_outside(outline: &Polygon, grid: &Polygon, number: usize, flaws: &mut Vec<Flaw>) {
    let plane = arrange(outline, std::slice::from_ref(grid), []);
    let (inside, held) = holders(&plane, 1);
    for area in plane.outline(|f| !inside[f] && !held[f].is_empty()) {
        flaws.push(Flaw {
            kind: FlawKind::DedicatedOutside,
            grids: vec![number],
            at: area.exterior()[0],
            area_m2: area_m2(&area),
            width_m: mean_width_m(&area),
            area: Some(area),
            repairs: vec![Repair::Clip { grid: number }],
        });
    }
}

fn dedicated_overlap(pair: [&Polygon; 2], numbers: [usize; 2], flaws: &mut Vec<Flaw>) {
    let edges = pair
        .iter()
        .enumerate()
        .flat_map(|(at, p)| p.edges().map(move |(a, b)| (at, a, b)));
    let plane = Arrangement::new(edges);
    for area in plane.outline(|f| plane.faces[f].winding.len() == 2) {
        flaws.push(Flaw {
            kind: FlawKind::DedicatedOverlap,
            grids: numbers.to_vec(),
            at: area.exterior()[0],
            area_m2: area_m2(&area),
            width_m: mean_width_m(&area),
            area: Some(area),
            repairs: numbers.map(|from| Repair::Cut { from }).to_vec(),
        });
    }
}

/// Carries out one repair of a fault that [`check`] found in these very grids.
///
/// Where a grid falls apart, its largest part is kept and the rest becomes a gap.
#[must_use]
pub fn repair(community: Community<'_>, flaw: &Flaw, how: Repair) -> Mended {
    let dedicated = |grid: usize| grid >= community.basic.len();
    match how {
        Repair::Cut { from } if dedicated(from) => cut_dedicated(community, flaw, from),
        Repair::Clip { grid } | Repair::Untangle { grid } if dedicated(grid) => {
            clip_dedicated(community, grid)
        }
        Repair::Snap => snap(community),
        _ => reassign(community, flaw, how),
    }
}

/// Whether `area` holds the face: tried at a point inside it would need fractions, so the area is made
/// part of the arrangement instead.
fn reassign(community: Community<'_>, flaw: &Flaw, how: Repair) -> Mended {
    let count = community.basic.len();
    let marked = source(count);
    let mark = flaw
        .area
        .iter()
        .flat_map(Polygon::edges)
        .map(|(a, b)| (marked, a, b));
    let plane = arrange(community.outline, community.basic, mark);
    let (inside, mut held) = holders(&plane, count);
    for face in 1..plane.faces.len() {
        let here = plane.faces[face].winding.contains_key(&marked);
        match how {
            Repair::Give { to } if here && inside[face] => {
                held[face].insert(to);
            }
            Repair::Cut { from } if here => {
                held[face].remove(&from);
            }
            Repair::Clip { grid } if !inside[face] => {
                held[face].remove(&grid);
            }
            Repair::Join { into } if flaw.grids.iter().any(|g| held[face].remove(g)) => {
                held[face].insert(into);
            }
            _ => {}
        }
    }
    mended(community, &plane, &held)
}

/// The grids as `held` has them, compared with those there were.
pub(crate) fn mended(
    community: Community<'_>,
    plane: &Arrangement,
    held: &[BTreeSet<usize>],
) -> Mended {
    let mut changed = Vec::new();
    for (at, before) in community.basic.iter().enumerate() {
        let after = plane.outline(|f| held[f].contains(&at)).into_iter().next();
        if after.as_ref().is_none_or(|a| !same(a, before)) {
            changed.push((at, after));
        }
    }
    Mended {
        changed,
        inserted: insertions(community.outline, plane),
    }
}

/// What noding put into the edges of the community's border.
pub(crate) fn insertions(outline: &Polygon, plane: &Arrangement) -> Vec<Insertion> {
    let edges: BTreeSet<Edge> = outline.edges().map(|(a, b)| undirected(a, b).0).collect();
    edges
        .into_iter()
        .map(|edge| Insertion {
            a: edge.0,
            b: edge.1,
            between: plane.between(edge),
        })
        .filter(|i| !i.between.is_empty())
        .collect()
}

/// Whether two polygons are the same, wherever their rings begin.
#[must_use]
pub fn same(a: &Polygon, b: &Polygon) -> bool {
    let edges = |p: &Polygon| p.edges().collect::<BTreeSet<_>>();
    a == b || edges(a) == edges(b)
}

fn cut_dedicated(community: Community<'_>, flaw: &Flaw, from: usize) -> Mended {
    let at = from - community.basic.len();
    let Some((grid, area)) = community.dedicated.get(at).zip(flaw.area.as_ref()) else {
        return Mended::default();
    };
    let edges = [grid, area]
        .into_iter()
        .enumerate()
        .flat_map(|(s, p)| p.edges().map(move |(a, b)| (s, a, b)));
    let plane = Arrangement::new(edges);
    let only = |f: usize| {
        let winding = &plane.faces[f].winding;
        winding.contains_key(&0) && !winding.contains_key(&1)
    };
    Mended {
        changed: vec![(from, plane.outline(only).into_iter().next())],
        inserted: Vec::new(),
    }
}

fn clip_dedicated(community: Community<'_>, number: usize) -> Mended {
    let Some(grid) = community.dedicated.get(number - community.basic.len()) else {
        return Mended::default();
    };
    Mended {
        changed: vec![(number, clipped(community.outline, grid))],
        inserted: Vec::new(),
    }
}

/// The largest part of `grid` inside `outline`. It need not have the outline's vertices.
#[must_use]
pub fn clipped(outline: &Polygon, grid: &Polygon) -> Option<Polygon> {
    let plane = arrange(outline, std::slice::from_ref(grid), []);
    let (inside, held) = holders(&plane, 1);
    plane
        .outline(|f| inside[f] && !held[f].is_empty())
        .into_iter()
        .next()
}

/// Puts vertices that nearly meet together and gives away what is left between them.
fn snap(community: Community<'_>) -> Mended {
    let mut fixed: Vec<Vertex> = community.outline.rings().flatten().copied().collect();
    let mut grids: Vec<Polygon> = Vec::new();
    for grid in community.basic {
        let ring = |r: &[Vertex]| r.iter().map(|v| near(&fixed, *v)).collect::<Vec<_>>();
        let rings: Vec<Vec<Vertex>> = grid.rings().map(ring).collect();
        let mut rings = rings.into_iter();
        let moved = rings
            .next()
            .and_then(|outer| Polygon::new(outer, rings.collect()).ok())
            .unwrap_or_else(|| grid.clone());
        fixed.extend(moved.rings().flatten());
        fixed.sort_unstable();
        fixed.dedup();
        grids.push(moved);
    }
    let snapped = Community {
        basic: &grids,
        ..community
    };
    let plane = arrange(snapped.outline, snapped.basic, []);
    let (inside, mut held) = holders(&plane, grids.len());
    settle(&plane, &inside, &mut held, NEAR_M);
    mended(community, &plane, &held)
}

/// Gives every gap narrower than `width_m` to the neighbour with the longest common border, every such
/// overlap to the first of its grids, and takes away every such overhang.
pub(crate) fn settle(
    plane: &Arrangement,
    inside: &[bool],
    held: &mut [BTreeSet<usize>],
    width_m: f64,
) {
    for (kind, grids, group) in faulty(plane, inside, held) {
        let narrow = plane
            .outline(|f| group.contains(&f))
            .iter()
            .all(|p| mean_width_m(p) < width_m);
        if !narrow {
            continue;
        }
        let owner = match kind {
            FlawKind::Gap => neighbours(plane, held, &group).first().copied(),
            FlawKind::Overlap => grids.first().copied(),
            _ => None,
        };
        for face in &group {
            held[*face] = owner.into_iter().collect();
        }
    }
}

/// The vertex of `fixed` (sorted) nearest to `v`, if it lies within [`NEAR_M`] of it.
fn near(fixed: &[Vertex], v: Vertex) -> Vertex {
    fixed
        .iter()
        .map(|f| (length_m(*f, v), *f))
        .filter(|f| f.0 <= NEAR_M)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(v, |f| f.1)
}

/// Repairs a community until nothing is found any more or nothing changes: each fault by the best
/// repair offered. Answers basic grids first, then dedicated ones, in step with the community;
/// `None` where nothing is left of a grid.
#[must_use]
pub fn mend(community: Community<'_>) -> (Vec<Option<Polygon>>, Vec<Insertion>) {
    let basics = community.basic.len();
    let mut outline = community.outline.clone();
    let mut grids: Vec<Option<Polygon>> = community
        .basic
        .iter()
        .chain(community.dedicated)
        .cloned()
        .map(Some)
        .collect();
    let mut inserted = Vec::new();
    for _ in 0..200 {
        // Numbers of those that are left.
        let alive: Vec<usize> = (0..grids.len()).filter(|g| grids[*g].is_some()).collect();
        let here: Vec<Polygon> = alive.iter().filter_map(|g| grids[*g].clone()).collect();
        let first = alive.iter().filter(|g| **g < basics).count();
        let (basic, dedicated) = here.split_at(first);
        let now = Community {
            outline: &outline,
            basic,
            dedicated,
        };
        let flaws = check(now);
        let Some((flaw, how)) = flaws
            .iter()
            .find_map(|f| f.repairs.first().map(|how| (f, *how)))
        else {
            break;
        };
        let done = repair(now, flaw, how);
        if done.changed.is_empty() && done.inserted.is_empty() {
            break;
        }
        for (number, after) in done.changed {
            grids[alive[number]] = after;
        }
        for insertion in done.inserted {
            outline = insertion.put_into(&outline).unwrap_or(outline);
            inserted.push(insertion);
        }
    }
    (grids, inserted)
}
