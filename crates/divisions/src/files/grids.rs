//! The rows of a file as grids: checked, put on the lattice, welded, laid against one another and
//! against their communities. Nothing is stored here.

use std::collections::{BTreeMap, HashMap, HashSet};

use atlas::overlay::{area_m2, common, left_over, width_m};
use atlas::scheme::CodeScheme;
use atlas::topology::check_partition;
use atlas::weld::weld;
use atlas::{DivisionCode, Polygon, Reference, Vertex};
use layers::{Feature, Layer};

use super::columns::{Field, Mapping};
use super::report::RowFault;
use super::shape;
use super::shapes::Shapes;
use crate::model::{GridKind, Level};

/// Overlaps, gaps and what lies outside count from this area on, square metres …
const COUNTS_M2: f64 = 1.0;
/// … and this width, metres, or twice the tolerance.
const COUNTS_M: f64 = 0.5;
/// The longest name, letters.
const LONGEST_NAME: usize = 80;

/// What the file is laid against.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The areas there are, and every code ever used.
    pub shapes: &'a Shapes,
    /// How codes are written.
    pub scheme: &'a CodeScheme,
    /// Vertices nearer than this become one, metres.
    pub tolerance_m: f64,
    /// Whether communities get the outline of their grids. So the first net fits to the last digit;
    /// once a net is in force communities stay as they are.
    pub outline: bool,
}

/// A grid as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The row it stands in.
    pub row: u32,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Basic or dedicated.
    pub kind: GridKind,
    /// What a dedicated one holds.
    pub dedicated_kind: Option<String>,
    /// The community, twelve digits.
    pub community: i64,
    /// Its area.
    pub polygon: Polygon,
}

/// What would become of a file.
#[derive(Debug, Clone, Default)]
pub struct GridPlan {
    /// Every grid whose row can be read.
    pub grids: Vec<Planned>,
    /// New outlines of communities.
    pub outlines: Vec<(i64, Polygon)>,
    /// What is wrong.
    pub faults: Vec<RowFault>,
    /// Areas of gaps, overlaps and what lies outside, for the map.
    pub marked: Vec<(&'static str, Polygon)>,
}

/// Rows of a layer with the cells of named fields.
pub struct Cells<'a> {
    layer: &'a Layer,
    at: HashMap<Field, usize>,
}

impl<'a> Cells<'a> {
    /// The cells `mapping` names; a column there is not says nothing.
    #[must_use]
    pub fn new(layer: &'a Layer, mapping: &Mapping) -> Self {
        let place = |column: &String| layer.columns.iter().position(|c| c == column);
        let at = mapping
            .iter()
            .filter_map(|(field, column)| Some((*field, place(column)?)))
            .collect();
        Self { layer, at }
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &'a [Feature] {
        &self.layer.features
    }

    /// What a row says of a field; nothing as an empty text.
    #[must_use]
    pub fn get(&self, feature: &'a Feature, field: Field) -> &'a str {
        let cell = self.at.get(&field).and_then(|at| feature.values.get(*at));
        cell.map_or("", |c| c.trim())
    }
}

/// A fault when a text was read in the wrong encoding or holds what cannot be kept, or is too long.
pub fn bad_text(row: u32, field: Field, text: &str) -> Option<RowFault> {
    if text.contains('\u{fffd}') || text.chars().any(char::is_control) {
        return Some(RowFault::new(row, field, "import.text_unreadable"));
    }
    (text.chars().count() > LONGEST_NAME)
        .then(|| RowFault::new(row, field, "import.text_long").with("max", LONGEST_NAME))
}

/// Reads the rows of a layer as grids.
#[must_use]
pub fn plan(layer: &Layer, mapping: &Mapping, reference: Reference, given: Given<'_>) -> GridPlan {
    let mut plan = GridPlan::default();
    let cells = Cells::new(layer, mapping);
    let book = Book::new(given.shapes);
    let mut seen: HashMap<&str, u32> = HashMap::new();
    for feature in cells.rows() {
        match book.row(&cells, feature, reference, given, &mut seen) {
            Ok(grid) => plan.grids.push(grid),
            Err(faults) => plan.faults.extend(faults),
        }
    }
    if plan.grids.is_empty() && plan.faults.is_empty() {
        let fault = RowFault::new(0, Field::Code, "import.no_rows");
        plan.faults.push(fault);
    }
    fit(&mut plan, given);
    plan.faults.sort_by_key(|f| f.row);
    plan
}

/// What is known beforehand.
struct Book {
    communities: BTreeMap<i64, String>,
    by_name: HashMap<String, Vec<i64>>,
    in_force: HashMap<String, i64>,
    used: HashSet<String>,
}

impl Book {
    fn new(shapes: &Shapes) -> Self {
        let villages = shapes.divisions.iter().map(|d| &d.info);
        let villages = villages.filter(|d| d.level == Level::Village);
        let communities: BTreeMap<i64, String> =
            villages.map(|d| (d.code, d.name.clone())).collect();
        let mut by_name: HashMap<String, Vec<i64>> = HashMap::new();
        for (code, name) in &communities {
            by_name.entry(name.clone()).or_default().push(*code);
            let short = atlas::city::short_name(name).to_owned();
            if short != *name {
                by_name.entry(short).or_default().push(*code);
            }
        }
        Self {
            communities,
            by_name,
            in_force: shapes
                .current()
                .map(|g| (g.info.code.clone(), g.info.community))
                .collect(),
            used: shapes
                .grids
                .iter()
                .filter(|g| g.valid_to.is_some())
                .map(|g| g.info.code.clone())
                .collect(),
        }
    }

    fn row<'a>(
        &self,
        cells: &Cells<'a>,
        feature: &'a Feature,
        reference: Reference,
        given: Given<'_>,
        seen: &mut HashMap<&'a str, u32>,
    ) -> Result<Planned, Vec<RowFault>> {
        let row = feature.row;
        let mut faults = Vec::new();
        let code = cells.get(feature, Field::Code);
        let parsed = given.scheme.parse(code);
        if code.is_empty() {
            faults.push(RowFault::new(row, Field::Code, "import.code_missing"));
        } else if let Some(first) = seen.insert(code, row) {
            seen.insert(code, first);
            let fault = RowFault::new(row, Field::Code, "import.code_repeated");
            faults.push(fault.with("said", code).with("other", first));
        } else if self.used.contains(code) && !self.in_force.contains_key(code) {
            faults.push(RowFault::new(row, Field::Code, "import.code_used").with("said", code));
        } else if parsed.is_err() {
            let fault = RowFault::new(row, Field::Code, "import.code_scheme");
            faults.push(fault.with("said", code).with("digits", given.scheme.len()));
        }
        let coded = parsed.as_ref().ok().map(|p| p.community.number());
        let community = self.community(cells.get(feature, Field::Community), coded, row);
        let kind = kind(cells.get(feature, Field::Kind), row);
        let kind = kind.map(|said| {
            let coded = parsed.as_ref().ok().map(|p| match p.kind {
                atlas::GridKind::Basic => GridKind::Basic,
                atlas::GridKind::Dedicated => GridKind::Dedicated,
            });
            (said, coded)
        });
        let kind = match kind {
            Ok((Some(said), Some(coded))) if said != coded => {
                faults.push(RowFault::new(row, Field::Kind, "import.kind_differs"));
                said
            }
            Ok((said, coded)) => said.or(coded).unwrap_or(GridKind::Basic),
            Err(fault) => {
                faults.push(fault);
                GridKind::Basic
            }
        };
        let name = cells.get(feature, Field::Name);
        faults.extend(bad_text(row, Field::Name, name));
        let what = cells.get(feature, Field::DedicatedKind);
        faults.extend(bad_text(row, Field::DedicatedKind, what));
        let polygon = shape::polygon(&feature.geometry, reference, row);
        let (community, polygon) = match (community, polygon) {
            (Ok(community), Ok(polygon)) if faults.is_empty() => (community, polygon),
            (community, polygon) => {
                faults.extend(community.err());
                faults.extend(polygon.err());
                return Err(faults);
            }
        };
        let serial = parsed.map_or(0, |p| p.serial);
        let name = if name.is_empty() {
            let above = self.communities.get(&community).map_or("", String::as_str);
            format!("{}第{serial}网格", atlas::city::short_name(above))
        } else {
            name.to_owned()
        };
        Ok(Planned {
            row,
            code: code.to_owned(),
            name,
            dedicated_kind: (kind == GridKind::Dedicated)
                .then(|| if what.is_empty() { "other" } else { what }.to_owned()),
            kind,
            community,
            polygon,
        })
    }

    /// The community of a row: as it says, else as its code says; both must agree.
    fn community(&self, said: &str, coded: Option<i64>, row: u32) -> Result<i64, RowFault> {
        let fault = |code| RowFault::new(row, Field::Community, code).with("said", said);
        let by_code = said
            .parse::<i64>()
            .ok()
            .filter(|c| DivisionCode::new(*c).is_ok());
        let found = match (said, by_code) {
            ("", _) => coded.ok_or_else(|| fault("import.community_missing"))?,
            (_, Some(code)) => code,
            (name, None) => match self.by_name.get(name).map(Vec::as_slice) {
                Some([only]) => *only,
                Some(several) => coded
                    .filter(|c| several.contains(c))
                    .ok_or_else(|| fault("import.community_ambiguous"))?,
                None => return Err(fault("import.community_unknown")),
            },
        };
        if !self.communities.contains_key(&found) {
            let fault = RowFault::new(row, Field::Community, "import.community_unknown");
            return Err(fault.with("said", found.to_string()));
        }
        match coded {
            Some(coded) if coded != found => Err(fault("import.community_differs")),
            _ => Ok(found),
        }
    }
}

fn kind(said: &str, row: u32) -> Result<Option<GridKind>, RowFault> {
    match said.to_lowercase().as_str() {
        "" => Ok(None),
        "basic" | "基础" | "基础网格" | "普通网格" | "1" => Ok(Some(GridKind::Basic)),
        "dedicated" | "专属" | "专属网格" | "专门网格" | "2" => {
            Ok(Some(GridKind::Dedicated))
        }
        _ => Err(RowFault::new(row, Field::Kind, "import.kind_unknown").with("said", said)),
    }
}

/// Welds the grids and finds what does not fit.
fn fit(plan: &mut GridPlan, given: Given<'_>) {
    let outlines: BTreeMap<i64, &Polygon> = given
        .shapes
        .divisions
        .iter()
        .filter_map(|d| Some((d.info.code, d.polygon.as_ref()?)))
        .collect();
    weld_together(plan, given, &outlines);
    for grid in &plan.grids {
        plan.faults.extend(shape::crossing(&grid.polygon, grid.row));
    }
    let broken: HashSet<u32> = plan
        .faults
        .iter()
        .filter(|f| f.code == "import.shape_crosses")
        .map(|f| f.row)
        .collect();
    overlaps(plan, given, &broken);
    let mut by_community: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (n, grid) in plan.grids.iter().enumerate() {
        by_community.entry(grid.community).or_default().push(n);
    }
    // A community with a row that cannot be read has a hole for that reason, which is told already.
    let whole = plan.faults.iter().all(|f| f.row == 0);
    for (code, members) in by_community {
        community(
            plan,
            given,
            code,
            &members,
            outlines.get(&code).copied(),
            whole,
        );
    }
}

fn weld_together(plan: &mut GridPlan, given: Given<'_>, outlines: &BTreeMap<i64, &Polygon>) {
    let communities: HashSet<i64> = plan.grids.iter().map(|g| g.community).collect();
    let mut all: Vec<Polygon> = plan.grids.iter().map(|g| g.polygon.clone()).collect();
    // Borders that stay as they are come first among equals: the vertices of outlines count.
    if !given.outline {
        let fixed = outlines
            .iter()
            .filter(|(code, _)| communities.contains(code));
        for (_, outline) in fixed {
            // Four times, so that no grid's vertices outweigh a border that is in force.
            all.extend(std::iter::repeat_n((*outline).clone(), 4));
        }
    }
    let mut welded = weld(&all, given.tolerance_m).into_iter();
    let fitting = fitting(plan, given, outlines);
    let mut kept = Vec::with_capacity(plan.grids.len());
    for mut grid in std::mem::take(&mut plan.grids) {
        match welded.next().flatten() {
            _ if fitting.contains(&grid.community) => kept.push(grid),
            Some(polygon) => {
                grid.polygon = polygon;
                kept.push(grid);
            }
            None => plan
                .faults
                .push(RowFault::shape(grid.row, "import.shape_degenerate")),
        }
    }
    plan.grids = kept;
}

/// Communities in force whose grids in the file fit them and one another to the last digit: welding would
/// only move what need not move, such as two true vertices that lie near each other.
fn fitting(plan: &GridPlan, given: Given<'_>, outlines: &BTreeMap<i64, &Polygon>) -> HashSet<i64> {
    if given.outline {
        return HashSet::new();
    }
    let mut basic: BTreeMap<i64, Vec<Polygon>> = BTreeMap::new();
    for grid in plan.grids.iter().filter(|g| g.kind == GridKind::Basic) {
        let of = basic.entry(grid.community).or_default();
        of.push(grid.polygon.clone());
    }
    let fits = |(code, grids): &(i64, Vec<Polygon>)| {
        outlines
            .get(code)
            .is_some_and(|outline| check_partition([*outline], grids).is_empty())
    };
    basic.into_iter().filter(fits).map(|b| b.0).collect()
}

/// Parts that are more than a trace of rounding.
fn wide(parts: Vec<Polygon>, given: Given<'_>) -> Vec<Polygon> {
    let least_m = COUNTS_M.max(given.tolerance_m * 2.0);
    let counts = |p: &Polygon| p.area_km2() * 1e6 >= COUNTS_M2 && width_m(p) >= least_m;
    parts.into_iter().filter(counts).collect()
}

fn overlaps(plan: &mut GridPlan, given: Given<'_>, broken: &HashSet<u32>) {
    // Grids all of whose edges are walked the other way by a neighbour need no closer look, unless
    // one of the others lies over them; then the other's edges are not.
    let mut edges: HashMap<(Vertex, Vertex), i32> = HashMap::new();
    for grid in plan.grids.iter().filter(|g| g.kind == GridKind::Basic) {
        for (a, b) in grid.polygon.edges() {
            *edges.entry((a, b)).or_default() += 1;
        }
    }
    let settled = |g: &Planned| {
        g.kind == GridKind::Basic
            && g.polygon
                .edges()
                .all(|(a, b)| edges.get(&(a, b)) == Some(&1) && edges.get(&(b, a)) == Some(&1))
    };
    let settled: Vec<bool> = plan.grids.iter().map(settled).collect();
    let bounds: Vec<_> = plan.grids.iter().map(|g| g.polygon.bounds()).collect();
    let mut order: Vec<usize> = (0..plan.grids.len()).collect();
    order.sort_by_key(|n| bounds[*n].0.x);
    let mut active: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for n in order {
        let (low, high) = bounds[n];
        active.retain(|other| bounds[*other].1.x >= low.x);
        for &other in &active {
            let (a, b) = (&plan.grids[n], &plan.grids[other]);
            let apart = bounds[other].1.y < low.y || bounds[other].0.y > high.y;
            let skip = apart
                || a.kind != b.kind
                || (settled[n] && settled[other])
                || broken.contains(&a.row)
                || broken.contains(&b.row);
            if skip {
                continue;
            }
            let parts = wide(common(&a.polygon, &b.polygon), given);
            if !parts.is_empty() {
                found.push((a.row.max(b.row), a.row.min(b.row), n, other, parts));
            }
        }
        active.push(n);
    }
    for (row, with, a, b, parts) in found {
        let other = if plan.grids[a].row == with { a } else { b };
        let fault = RowFault::shape(row, "import.overlaps")
            .with("other", with)
            .with("code", plan.grids[other].code.as_str())
            .with("area_m2", area_m2(&parts).round() as i64);
        plan.faults.push(fault);
        plan.marked
            .extend(parts.into_iter().map(|p| ("overlap", p)));
    }
}

/// Lays a community's grids against its outline, and finds the new one.
fn community(
    plan: &mut GridPlan,
    given: Given<'_>,
    code: i64,
    members: &[usize],
    outline: Option<&Polygon>,
    whole: bool,
) {
    let basic: Vec<&Polygon> = members
        .iter()
        .filter_map(|n| plan.grids.get(*n))
        .filter(|g| g.kind == GridKind::Basic)
        .map(|g| &g.polygon)
        .collect();
    let mut faults = Vec::new();
    let mut marked = Vec::new();
    if let Some(outline) = outline {
        for grid in members.iter().filter_map(|n| plan.grids.get(*n)) {
            let outside = wide(left_over(&grid.polygon, [outline]), given);
            if !outside.is_empty() {
                let fault = RowFault::shape(grid.row, "import.outside_community");
                faults.push(fault.with("area_m2", area_m2(&outside).round() as i64));
                marked.extend(outside.into_iter().map(|p| ("outside", p)));
            }
        }
        if whole && !basic.is_empty() {
            let gaps = wide(left_over(outline, basic.iter().copied()), given);
            for gap in gaps {
                let at = shape::label_point(&gap);
                let fault = RowFault::shape(0, "import.gap")
                    .with("community", code.to_string())
                    .with("area_m2", (gap.area_km2() * 1e6).round() as i64)
                    .with("lon", at.lon)
                    .with("lat", at.lat);
                faults.push(fault);
                marked.push(("gap", gap));
            }
        }
    }
    if given.outline && whole && !basic.is_empty() {
        match outer_ring(&basic) {
            Some(outline) => plan.outlines.push((code, outline)),
            None => faults.push(
                RowFault::shape(0, "import.community_parts")
                    .with("community", code.to_string())
                    .note(),
            ),
        }
    }
    plan.faults.extend(faults);
    plan.marked.extend(marked);
}

/// The border of polygons that share theirs vertex by vertex, when it is one ring with or without
/// holes: the edges none of them walks the other way.
fn outer_ring(parts: &[&Polygon]) -> Option<Polygon> {
    let mut open: HashMap<Vertex, Vec<Vertex>> = HashMap::new();
    let all: HashSet<(Vertex, Vertex)> = parts.iter().flat_map(|p| p.edges()).collect();
    let mut left = 0_usize;
    for (a, b) in &all {
        if !all.contains(&(*b, *a)) {
            open.entry(*a).or_default().push(*b);
            left += 1;
        }
    }
    // A vertex two parts of the border meet in would make it touch itself.
    if open.values().any(|to| to.len() != 1) {
        return None;
    }
    let mut rings: Vec<Vec<Vertex>> = Vec::new();
    let mut starts: Vec<Vertex> = open.keys().copied().collect();
    starts.sort_unstable();
    let mut seen: HashSet<Vertex> = HashSet::new();
    for start in starts {
        if seen.contains(&start) {
            continue;
        }
        let mut ring = Vec::new();
        let mut at = start;
        while seen.insert(at) {
            ring.push(at);
            at = *open.get(&at)?.first()?;
        }
        left = left.saturating_sub(ring.len());
        rings.push(ring);
    }
    if left > 0 {
        return None;
    }
    let area = |ring: &[Vertex]| -> i128 {
        let next = ring.iter().cycle().skip(1);
        let cross = |(a, b): (&Vertex, &Vertex)| {
            i128::from(a.x) * i128::from(b.y) - i128::from(b.x) * i128::from(a.y)
        };
        ring.iter().zip(next).map(cross).sum()
    };
    let (mut outer, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|r| area(r) > 0);
    if outer.len() != 1 {
        return None;
    }
    Polygon::new(outer.remove(0), holes).ok()
}
