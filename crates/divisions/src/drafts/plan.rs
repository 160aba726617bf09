//! What a draft makes of the net: today's grids of some communities with the draft's changes upon them.
//! Pure.

use std::collections::{BTreeMap, BTreeSet};

use atlas::flaws::{self, Community, Flaw, Repair};
use atlas::reshape::{self, Insertion};
use atlas::scheme::{CodeScheme, SerialOrder};
use atlas::{DivisionCode, Polygon, Vertex};
use kernel::vault::digest;
use kernel::{Error, GridId, Result};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::model::{Change, DraftGrid, Edit, Position, vertex};
use crate::model::GridKind;

/// Lines of splits are drawn out by so much, metres, so that one that ends on a border reaches it.
const REACH_M: f64 = 1.0;

/// Some communities with their grids, before and after.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Grids in force, by id.
    pub base: BTreeMap<GridId, DraftGrid>,
    /// Grids as the draft has them, by id.
    pub grids: BTreeMap<GridId, DraftGrid>,
    /// Borders of the communities.
    pub outlines: BTreeMap<i64, Polygon>,
    /// Vertices that come into communities' borders, in order.
    pub inserted: Vec<Insertion>,
    /// Grids that the draft changes or abolishes and that are not there any more.
    pub lost: BTreeSet<GridId>,
}

/// A fault of the net as drawn.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Fault {
    /// The same as long as the fault is.
    pub id: String,
    /// `gap`, `overlap`, `outside`, `self_crossing`, `sliver`, `dedicated_outside`, `dedicated_overlap`,
    /// `lost` (the grid is not there any more), `code_taken`, `code_unfit`.
    pub kind: &'static str,
    /// The community, twelve digits.
    pub community: String,
    /// The grids at fault.
    pub grids: Vec<GridShort>,
    /// The place as GeoJSON polygon.
    #[schema(value_type = Option<Object>)]
    pub geometry: Option<Value>,
    /// A point of it, longitude and latitude.
    pub at: Option<Position>,
    /// Its area.
    pub area_m2: f64,
    /// Its mean width.
    pub width_m: f64,
    /// What can be done, the best first.
    pub repairs: Vec<Offer>,
}

/// A grid by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GridShort {
    /// Which.
    pub id: GridId,
    /// Its code, once it has one.
    pub code: Option<String>,
    /// Its name.
    pub name: String,
}

impl From<&DraftGrid> for GridShort {
    fn from(grid: &DraftGrid) -> Self {
        Self {
            id: grid.id,
            code: grid.code.clone(),
            name: grid.name.clone(),
        }
    }
}

/// A repair offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Offer {
    /// `give`, `cut`, `clip`, `untangle`, `join` or `snap`.
    pub how: &'static str,
    /// The grid it is about.
    pub grid: Option<GridShort>,
}

/// A community's grids in atlas' order: basic ones by id, then dedicated ones.
struct Held<'a> {
    outline: &'a Polygon,
    ids: Vec<GridId>,
    basic: Vec<Polygon>,
    dedicated: Vec<Polygon>,
}

impl Held<'_> {
    fn view(&self) -> Community<'_> {
        Community {
            outline: self.outline,
            basic: &self.basic,
            dedicated: &self.dedicated,
        }
    }

    fn kind(&self, kind: GridKind) -> (&[Polygon], &[GridId]) {
        let (basic, dedicated) = self.ids.split_at(self.basic.len());
        match kind {
            GridKind::Basic => (&self.basic, basic),
            GridKind::Dedicated => (&self.dedicated, dedicated),
        }
    }

    fn number(&self, id: GridId) -> Option<usize> {
        self.ids.iter().position(|i| *i == id)
    }
}

impl Plan {
    /// Today's net: `base` are the grids in force of the communities in `outlines`.
    #[must_use]
    pub fn new(base: Vec<DraftGrid>, outlines: BTreeMap<i64, Polygon>) -> Self {
        let base: BTreeMap<GridId, DraftGrid> = base.into_iter().map(|g| (g.id, g)).collect();
        Self {
            grids: base.clone(),
            base,
            outlines,
            ..Self::default()
        }
    }

    /// Lays a change upon it. One of a community that is not held is passed over.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Put { grid } => {
                if !self.outlines.contains_key(&grid.community) {
                } else if grid.made || self.grids.contains_key(&grid.id) {
                    self.grids.insert(grid.id, grid.clone());
                } else {
                    self.lost.insert(grid.id);
                }
            }
            Change::Drop { grid, community } => {
                if self.outlines.contains_key(community) && self.grids.remove(grid).is_none() {
                    self.lost.insert(*grid);
                }
            }
            Change::Insert { insertion } => self.insert(insertion),
        }
    }

    fn insert(&mut self, insertion: &Insertion) {
        for outline in self.outlines.values_mut() {
            if let Some(with) = insertion.put_into(outline) {
                *outline = with;
            }
        }
        for grid in self.grids.values_mut() {
            if let Some(with) = insertion.put_into(&grid.polygon) {
                grid.polygon = with;
            }
        }
        self.inserted.push(insertion.clone());
    }

    fn held(&self, community: i64) -> Result<Held<'_>> {
        let outline = self
            .outlines
            .get(&community)
            .ok_or_else(|| Error::field("community", "net_draft.community_unknown"))?;
        let of = |kind| {
            let own = move |g: &&DraftGrid| g.community == community && g.kind == kind;
            self.grids.values().filter(own)
        };
        let ids = of(GridKind::Basic)
            .chain(of(GridKind::Dedicated))
            .map(|g| g.id)
            .collect();
        Ok(Held {
            outline,
            ids,
            basic: of(GridKind::Basic).map(|g| g.polygon.clone()).collect(),
            dedicated: of(GridKind::Dedicated).map(|g| g.polygon.clone()).collect(),
        })
    }

    /// Every fault of a community, the largest first.
    #[must_use]
    pub fn faults(&self, community: i64) -> Vec<Fault> {
        let Ok(held) = self.held(community) else {
            return Vec::new();
        };
        let mut faults = self.lost_of(community);
        faults.extend(
            flaws::check(held.view())
                .iter()
                .map(|flaw| self.fault(community, &held, flaw)),
        );
        faults
    }

    /// Every fault of every community held, on all processors.
    #[must_use]
    pub fn all_faults(&self) -> Vec<Fault> {
        let held: Vec<(i64, Held<'_>)> = self
            .outlines
            .keys()
            .filter_map(|c| Some((*c, self.held(*c).ok()?)))
            .collect();
        let views: Vec<Community<'_>> = held.iter().map(|h| h.1.view()).collect();
        let mut faults = self.lost_of(0);
        for ((community, held), found) in held.iter().zip(flaws::check_all(&views)) {
            faults.extend(found.iter().map(|f| self.fault(*community, held, f)));
        }
        faults
    }

    /// Grids lost; of all communities, since nothing but the id is known of them.
    fn lost_of(&self, community: i64) -> Vec<Fault> {
        let fault = |id: &GridId| Fault {
            id: key(&["lost", &id.to_string()]),
            kind: "lost",
            community: community.to_string(),
            grids: vec![GridShort {
                id: *id,
                code: None,
                name: String::new(),
            }],
            geometry: None,
            at: None,
            area_m2: 0.0,
            width_m: 0.0,
            repairs: Vec::new(),
        };
        self.lost.iter().map(fault).collect()
    }

    fn short(&self, id: Option<&GridId>) -> Option<GridShort> {
        self.grids.get(id?).map(GridShort::from)
    }

    fn fault(&self, community: i64, held: &Held<'_>, flaw: &Flaw) -> Fault {
        let at = flaw.at.to_lonlat();
        Fault {
            id: fault_id(community, held, flaw),
            kind: flaw.kind.as_str(),
            community: community.to_string(),
            grids: flaw
                .grids
                .iter()
                .filter_map(|g| self.short(held.ids.get(*g)))
                .collect(),
            geometry: flaw.area.as_ref().map(Polygon::to_geojson),
            at: Some(Position([at.lon, at.lat])),
            area_m2: flaw.area_m2,
            width_m: flaw.width_m,
            repairs: flaw
                .repairs
                .iter()
                .map(|r| Offer {
                    how: r.as_str(),
                    grid: r.grid().and_then(|g| self.short(held.ids.get(g))),
                })
                .collect(),
        }
    }

    /// Faults of the codes that the draft's new grids bring with them. `used` are all codes ever given in
    /// these communities.
    #[must_use]
    pub fn code_faults(&self, scheme: &CodeScheme, used: &BTreeSet<String>) -> Vec<Fault> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut faults = Vec::new();
        for grid in self.grids.values().filter(|g| g.made) {
            let Some(code) = grid.code.as_deref() else {
                continue;
            };
            let fits = scheme.parse(code).is_ok_and(|parts| {
                parts.community.number() == grid.community && same_kind(parts.kind, grid.kind)
            });
            let kind = match (fits, used.contains(code) || !seen.insert(code)) {
                (false, _) => "code_unfit",
                (true, true) => "code_taken",
                (true, false) => continue,
            };
            let at = grid.polygon.exterior().first().map(|v| v.to_lonlat());
            faults.push(Fault {
                id: key(&[kind, &grid.id.to_string()]),
                kind,
                community: grid.community.to_string(),
                grids: vec![grid.into()],
                geometry: None,
                at: at.map(|p| Position([p.lon, p.lat])),
                area_m2: 0.0,
                width_m: 0.0,
                repairs: Vec::new(),
            });
        }
        faults
    }

    /// Codes for the new grids that brought none: the next serials of their community and kind, in the
    /// scheme's order. `used` are all codes ever given there; none of them is given again.
    ///
    /// # Errors
    /// 409 `net_draft.no_serial_left`; ours when a community's code is none.
    pub fn codes(
        &self,
        scheme: &CodeScheme,
        used: &BTreeSet<String>,
    ) -> Result<BTreeMap<GridId, String>> {
        let mut groups: BTreeMap<(i64, &str), Vec<&DraftGrid>> = BTreeMap::new();
        let brought: BTreeSet<&str> = self
            .grids
            .values()
            .filter_map(|g| g.code.as_deref())
            .collect();
        for grid in self.grids.values().filter(|g| g.made && g.code.is_none()) {
            groups
                .entry((grid.community, grid.kind.as_str()))
                .or_default()
                .push(grid);
        }
        let mut codes = BTreeMap::new();
        for ((community, _), grids) in groups {
            let kind = kind_of(grids[0].kind);
            let mut serial = used
                .iter()
                .map(String::as_str)
                .chain(brought.iter().copied())
                .filter_map(|c| scheme.parse(c).ok())
                .filter(|c| c.community.number() == community && c.kind == kind)
                .map(|c| c.serial)
                .max()
                .unwrap_or(0);
            let places: Vec<Vertex> = grids
                .iter()
                .map(|g| reshape::label_point(&g.polygon))
                .collect();
            let division = DivisionCode::new(community)
                .map_err(|e| Error::ours("reading a community's code", e))?;
            for at in scheme.order.sorted(&places) {
                serial += 1;
                let code = scheme
                    .compose(division, kind, serial)
                    .map_err(|_| Error::conflict("net_draft.no_serial_left"))?;
                codes.insert(grids[at].id, code);
            }
        }
        Ok(codes)
    }

    /// What an edit comes to, laid upon the plan already.
    ///
    /// # Errors
    /// 422 naming the field, 404 `grid.not_found`, 409 `net_draft.fault_gone`.
    pub fn act(&mut self, edit: &Edit) -> Result<Vec<Change>> {
        let changes = self.changes(edit)?;
        for change in &changes {
            self.apply(change);
        }
        Ok(changes)
    }

    fn changes(&self, edit: &Edit) -> Result<Vec<Change>> {
        match edit {
            Edit::Add { .. } => self.add(edit),
            Edit::Redraw {
                grid,
                polygon,
                follow,
                snap_m,
            } => self.redraw(*grid, polygon, *follow, *snap_m),
            Edit::Remove { grid } => Ok(vec![drop_of(self.grid(*grid)?)]),
            Edit::Rename { grid, name } => {
                let mut grid = self.grid(*grid)?.clone();
                grid.name = named(name)?;
                Ok(vec![Change::Put { grid }])
            }
            Edit::MoveVertex { .. } | Edit::InsertVertex { .. } | Edit::RemoveVertex { .. } => {
                self.vertices(edit)
            }
            Edit::Split { grid, line, names } => self.split(*grid, line, names),
            Edit::Merge { grids, name } => self.merge(grids, name.as_deref()),
            Edit::Repair {
                community,
                fault,
                how,
                grid,
            } => self.repair(number_of(community)?, fault, how, *grid),
            Edit::Mend { community } => self.mend(number_of(community)?),
        }
    }

    /// The grid with this id, as the draft has it.
    ///
    /// # Errors
    /// 404 `grid.not_found`.
    pub fn grid(&self, id: GridId) -> Result<&DraftGrid> {
        self.grids.get(&id).ok_or(Error::NotFound("grid.not_found"))
    }

    fn add(&self, edit: &Edit) -> Result<Vec<Change>> {
        let Edit::Add {
            grid,
            code,
            community,
            grid_kind,
            dedicated_kind,
            name,
            polygon,
            snap_m,
        } = edit
        else {
            return Ok(Vec::new());
        };
        let id = grid.unwrap_or_else(GridId::fresh);
        if self.grids.contains_key(&id) {
            return Err(Error::field("grid", "net_draft.grid_there"));
        }
        if !self.outlines.contains_key(&number_of(community)?) {
            return Err(Error::field("community", "net_draft.community_unknown"));
        }
        let holds = dedicated_kind
            .as_deref()
            .map(str::trim)
            .filter(|k| !k.is_empty());
        let dedicated_kind = match (grid_kind, holds) {
            (GridKind::Dedicated, None) => Some("other".to_owned()),
            (GridKind::Dedicated, Some(kind)) if kind.chars().count() > 40 => {
                return Err(Error::field("dedicated_kind", "net_draft.name_length"));
            }
            (GridKind::Dedicated, Some(kind)) => Some(kind.to_owned()),
            (GridKind::Basic, _) => None,
        };
        Ok(vec![Change::Put {
            grid: DraftGrid {
                id,
                code: code
                    .as_deref()
                    .map(str::trim)
                    .filter(|c| !c.is_empty())
                    .map(str::to_owned),
                made: true,
                kind: *grid_kind,
                dedicated_kind,
                community: number_of(community)?,
                name: named(name)?,
                polygon: self.drawn(polygon, number_of(community)?, *snap_m)?,
            },
        }])
    }

    /// A drawn polygon, put onto the community's borders where it nearly meets them.
    fn drawn(&self, polygon: &Value, community: i64, snap_m: Option<f64>) -> Result<Polygon> {
        let unfit = || Error::field("polygon", "net_draft.no_polygon");
        let polygon = Polygon::from_geojson(polygon).map_err(|_| unfit())?;
        if polygon.rings().map(<[Vertex]>::len).sum::<usize>() > VERTICES {
            return Err(unfit());
        }
        let Some(reach) = reach(snap_m)? else {
            return Ok(polygon);
        };
        let held = self.held(community)?;
        let borders: Vec<&Polygon> = held.basic.iter().chain([held.outline]).collect();
        let ring = |r: &[Vertex]| reshape::snapped(r, &borders, reach);
        let mut rings = polygon.rings().map(ring);
        let outer = rings.next().unwrap_or_default();
        Polygon::new(outer, rings.collect()).map_err(|_| unfit())
    }

    fn redraw(
        &self,
        id: GridId,
        polygon: &Value,
        follow: bool,
        snap_m: Option<f64>,
    ) -> Result<Vec<Change>> {
        let grid = self.grid(id)?;
        let held = self.held(grid.community)?;
        let polygon = self.drawn(polygon, grid.community, snap_m)?;
        let number = held.number(id).ok_or(Error::NotFound("grid.not_found"))?;
        if !follow {
            return Ok(vec![put(grid, polygon)]);
        }
        if grid.kind == GridKind::Dedicated {
            let inside = flaws::clipped(held.outline, &polygon)
                .ok_or_else(|| Error::field("polygon", "reshape.nothing_left"))?;
            return Ok(vec![put(grid, inside)]);
        }
        let done =
            reshape::redraw(held.view(), number, &polygon).map_err(|e| refused("polygon", e))?;
        let mut changes = self.mended(&held, done.others);
        changes.extend(done.made.into_iter().next().map(|p| put(grid, p)));
        Ok(changes)
    }

    /// What atlas changed, as changes: vertices of the border first.
    fn mended(&self, held: &Held<'_>, mended: flaws::Mended) -> Vec<Change> {
        let inserted = mended
            .inserted
            .into_iter()
            .map(|insertion| Change::Insert { insertion });
        let changed = mended.changed.into_iter().filter_map(|(at, after)| {
            let grid = self.grids.get(held.ids.get(at)?)?;
            Some(match after {
                Some(polygon) => put(grid, polygon),
                None => drop_of(grid),
            })
        });
        inserted.chain(changed).collect()
    }

    fn vertices(&self, edit: &Edit) -> Result<Vec<Change>> {
        let (community, kind) = match edit {
            Edit::MoveVertex {
                community,
                grid_kind,
                ..
            }
            | Edit::InsertVertex {
                community,
                grid_kind,
                ..
            }
            | Edit::RemoveVertex {
                community,
                grid_kind,
                ..
            } => (number_of(community)?, *grid_kind),
            _ => return Ok(Vec::new()),
        };
        let held = self.held(community)?;
        let (grids, ids) = held.kind(kind);
        // A dedicated grid may leave the community's border; a basic one's vertices there are everybody's.
        let fixed = (kind == GridKind::Basic).then_some(held.outline);
        let changed = match edit {
            Edit::MoveVertex {
                from, to, snap_m, ..
            } => {
                let (from, to) = (place("from", *from)?, place("to", *to)?);
                let others: Vec<&Polygon> = grids
                    .iter()
                    .filter(|g| !g.rings().flatten().any(|v| *v == from))
                    .chain([held.outline])
                    .collect();
                let to = match reach(*snap_m)? {
                    Some(reach) => reshape::snapped(&[to], &others, reach)
                        .first()
                        .copied()
                        .unwrap_or(to),
                    None => to,
                };
                reshape::move_vertex(fixed, grids, from, to).map_err(|e| refused("from", e))?
            }
            Edit::InsertVertex { a, b, at, .. } => {
                let edge = (place("a", *a)?, place("b", *b)?);
                reshape::insert_vertex(fixed, grids, edge, place("at", *at)?)
                    .map_err(|e| refused("at", e))?
            }
            Edit::RemoveVertex { at, .. } => {
                reshape::remove_vertex(fixed, grids, place("at", *at)?)
                    .map_err(|e| refused("at", e))?
            }
            _ => Vec::new(),
        };
        Ok(changed
            .into_iter()
            .filter_map(|(at, polygon)| Some(put(self.grids.get(ids.get(at)?)?, polygon)))
            .collect())
    }

    fn basic(&self, id: GridId, field: &'static str) -> Result<&DraftGrid> {
        let grid = self.grid(id)?;
        if grid.kind == GridKind::Basic {
            Ok(grid)
        } else {
            Err(Error::field(field, "net_draft.only_basic"))
        }
    }

    fn split(&self, id: GridId, line: &[Position], names: &[String]) -> Result<Vec<Change>> {
        let grid = self.basic(id, "grid")?;
        let held = self.held(grid.community)?;
        if !(2..=200).contains(&line.len()) {
            return Err(Error::field("line", "net_draft.line_too_short"));
        }
        let line: Vec<Vertex> = line
            .iter()
            .map(|p| place("line", *p))
            .collect::<Result<_>>()?;
        let number = held.number(id).ok_or(Error::NotFound("grid.not_found"))?;
        let line = reshape::drawn_out(&line, REACH_M);
        let done = reshape::split(held.view(), number, &line).map_err(|e| refused("line", e))?;
        let mut changes = self.mended(&held, done.others);
        changes.push(drop_of(grid));
        // Named in the order in which codes are given, so that the first part has the first code.
        let places: Vec<Vertex> = done.made.iter().map(reshape::label_point).collect();
        for (n, at) in SerialOrder::default()
            .sorted(&places)
            .into_iter()
            .enumerate()
        {
            let polygon = done.made[at].clone();
            let name = match names.get(n) {
                Some(name) => named(name)?,
                None => format!("{}（{}）", grid.name, n + 1),
            };
            changes.push(Change::Put {
                grid: fresh(grid, name, polygon),
            });
        }
        Ok(changes)
    }

    fn merge(&self, ids: &[GridId], name: Option<&str>) -> Result<Vec<Change>> {
        let grids: Vec<&DraftGrid> = ids
            .iter()
            .map(|id| self.basic(*id, "grids"))
            .collect::<Result<_>>()?;
        let Some(largest) = grids.iter().max_by_key(|g| g.polygon.doubled_area()) else {
            return Err(Error::field("grids", "reshape.not_neighbours"));
        };
        if grids.iter().any(|g| g.community != largest.community) {
            return Err(Error::field("grids", "net_draft.one_community"));
        }
        let held = self.held(largest.community)?;
        let numbers: Vec<usize> = ids.iter().filter_map(|id| held.number(*id)).collect();
        let done = reshape::merge(held.view(), &numbers).map_err(|e| refused("grids", e))?;
        let name = match name {
            Some(name) => named(name)?,
            None => largest.name.clone(),
        };
        let mut changes = self.mended(&held, done.others);
        changes.extend(grids.iter().map(|g| drop_of(g)));
        changes.extend(done.made.into_iter().map(|polygon| Change::Put {
            grid: fresh(largest, name.clone(), polygon),
        }));
        Ok(changes)
    }

    fn repair(
        &self,
        community: i64,
        fault: &str,
        how: &str,
        grid: Option<GridId>,
    ) -> Result<Vec<Change>> {
        let held = self.held(community)?;
        let flaws = flaws::check(held.view());
        let flaw = flaws
            .iter()
            .find(|f| fault_id(community, &held, f) == fault)
            .ok_or_else(|| Error::conflict("net_draft.fault_gone"))?;
        let about = |r: &Repair| r.grid().and_then(|g| held.ids.get(g)).copied();
        let how = flaw
            .repairs
            .iter()
            .find(|r| r.as_str() == how && (grid.is_none() || about(r) == grid))
            .ok_or_else(|| Error::field("how", "net_draft.repair_unknown"))?;
        Ok(self.mended(&held, flaws::repair(held.view(), flaw, *how)))
    }

    fn mend(&self, community: i64) -> Result<Vec<Change>> {
        let held = self.held(community)?;
        let (after, inserted) = flaws::mend(held.view());
        let before = held.basic.iter().chain(&held.dedicated);
        let changed = after
            .into_iter()
            .zip(before)
            .enumerate()
            .filter(|(_, (after, before))| after.as_ref().is_none_or(|a| !flaws::same(a, before)))
            .map(|(at, (after, _))| (at, after))
            .collect();
        Ok(self.mended(&held, flaws::Mended { changed, inserted }))
    }

    /// Grids abolished.
    pub fn ended(&self) -> impl Iterator<Item = &DraftGrid> {
        self.base
            .values()
            .filter(|g| !self.grids.contains_key(&g.id))
    }

    /// Grids that are new.
    pub fn made(&self) -> impl Iterator<Item = &DraftGrid> {
        self.grids.values().filter(|g| g.made)
    }

    /// Grids that are called otherwise or have another border: before and after.
    pub fn changed(&self) -> impl Iterator<Item = (&DraftGrid, &DraftGrid)> {
        self.grids.values().filter_map(|after| {
            let before = self.base.get(&after.id)?;
            let other = before.name != after.name || !flaws::same(&before.polygon, &after.polygon);
            other.then_some((before, after))
        })
    }

    /// How much ground each grid in force shares with each of the draft, only in communities where
    /// anything changes: (old, new, m², share of the old). Kinds do not mix.
    #[must_use]
    pub fn shares(&self) -> Vec<(GridId, GridId, f64, f64)> {
        let touched: BTreeSet<i64> = self
            .ended()
            .chain(self.made())
            .chain(self.changed().map(|c| c.1))
            .map(|g| g.community)
            .collect();
        let mut shares = Vec::new();
        for community in touched {
            for kind in [GridKind::Basic, GridKind::Dedicated] {
                let own = |g: &&DraftGrid| g.community == community && g.kind == kind;
                let old: Vec<&DraftGrid> = self.base.values().filter(own).collect();
                let new: Vec<&DraftGrid> = self.grids.values().filter(own).collect();
                let polygons = |grids: &[&DraftGrid]| -> Vec<Polygon> {
                    grids.iter().map(|g| g.polygon.clone()).collect()
                };
                let (before, after) = (polygons(&old), polygons(&new));
                let before: Vec<&Polygon> = before.iter().collect();
                let after: Vec<&Polygon> = after.iter().collect();
                for (o, n, area) in reshape::shares(&before, &after) {
                    let whole = flaws::area_m2(&old[o].polygon);
                    shares.push((old[o].id, new[n].id, area, (area / whole).min(1.0)));
                }
            }
        }
        shares
    }
}

fn kind_of(kind: GridKind) -> atlas::GridKind {
    match kind {
        GridKind::Basic => atlas::GridKind::Basic,
        GridKind::Dedicated => atlas::GridKind::Dedicated,
    }
}

fn same_kind(parsed: atlas::GridKind, kind: GridKind) -> bool {
    parsed == kind_of(kind)
}

fn fault_id(community: i64, held: &Held<'_>, flaw: &Flaw) -> String {
    let grids: Vec<String> = flaw
        .grids
        .iter()
        .filter_map(|g| held.ids.get(*g))
        .map(ToString::to_string)
        .collect();
    let area = flaw.area.as_ref().map_or(0, Polygon::doubled_area);
    key(&[
        &community.to_string(),
        flaw.kind.as_str(),
        &grids.join(","),
        &format!("{},{},{area}", flaw.at.x, flaw.at.y),
    ])
}

fn key(parts: &[&str]) -> String {
    let hash = digest(parts.join("/").as_bytes());
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn put(grid: &DraftGrid, polygon: Polygon) -> Change {
    Change::Put {
        grid: DraftGrid {
            polygon,
            ..grid.clone()
        },
    }
}

fn drop_of(grid: &DraftGrid) -> Change {
    Change::Drop {
        grid: grid.id,
        community: grid.community,
    }
}

/// A new grid like `grid`.
fn fresh(grid: &DraftGrid, name: String, polygon: Polygon) -> DraftGrid {
    DraftGrid {
        id: GridId::fresh(),
        code: None,
        made: true,
        name,
        polygon,
        ..grid.clone()
    }
}

/// A community's code as told.
///
/// # Errors
/// 422 `code.unreadable` on `community`.
pub(crate) fn number_of(community: &str) -> Result<i64> {
    community
        .parse::<DivisionCode>()
        .map(DivisionCode::number)
        .map_err(|_| Error::field("community", "net_draft.community_unknown"))
}

fn named(name: &str) -> Result<String> {
    let name = name.trim();
    if (1..=80).contains(&name.chars().count()) {
        Ok(name.to_owned())
    } else {
        Err(Error::field("name", "net_draft.name_length"))
    }
}

fn place(field: &'static str, p: Position) -> Result<Vertex> {
    vertex(p).ok_or_else(|| Error::field(field, "place.out_of_range"))
}

fn reach(snap_m: Option<f64>) -> Result<Option<f64>> {
    match snap_m {
        Some(m) if !(0.0..=100.0).contains(&m) => {
            Err(Error::field("snap_m", "net_draft.snap_out_of_range"))
        }
        Some(m) if m > 0.0 => Ok(Some(m)),
        _ => Ok(None),
    }
}

/// Most vertices a drawn polygon may have.
const VERTICES: usize = 20_000;

/// Atlas' refusal as the caller's.
fn refused(field: &'static str, error: reshape::ReshapeError) -> Error {
    use reshape::ReshapeError as R;
    match error {
        R::NoVertex => Error::field(field, "reshape.no_such_vertex"),
        R::NoEdge => Error::field(field, "reshape.no_such_edge"),
        R::CommunityBorder => Error::field(field, "reshape.community_border"),
        R::Junction => Error::field(field, "reshape.junction"),
        R::NothingLeft => Error::field(field, "reshape.nothing_left"),
        R::NoDivision => Error::field(field, "reshape.line_does_not_divide"),
        R::TooMany => Error::field(field, "reshape.too_many_parts"),
        R::Apart => Error::field(field, "reshape.not_neighbours"),
        R::Crosses => Error::field(field, "reshape.crosses_itself"),
    }
}
