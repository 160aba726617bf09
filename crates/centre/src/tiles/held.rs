//! Open cases along the Morton curve: a tile of any zoom is one range of it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use atlas::LonLat;
use atlas::tiles::{Tile, WorldPoint};
use cases::model::{Case, Stage, Urgency};
use kernel::{CaseId, GridId, Moment, OrgId};

use super::draw::place_of;
use crate::live::Parted;

/// With more cases than this coming, going or moving at once the curve is sorted anew.
const FEW: usize = 16;
/// Units kept beside a case; the others stand in a list of their own.
const BESIDE: usize = 4;
/// No unit, no grid.
const NOBODY: u32 = u32::MAX;

/// What of a case is only looked at when it is drawn by itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    pub id: CaseId,
    pub number: String,
    pub matter: Option<String>,
    pub urgency: Option<Urgency>,
    pub at: LonLat,
    pub reported_at: Moment,
}

/// The clock people wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timed {
    /// There is none.
    None,
    /// It stands.
    Paused,
    /// It runs.
    Running {
        /// When it turns amber, in seconds since 1970.
        amber_s: i64,
        /// When it is over.
        due_s: i64,
    },
}

impl Timed {
    /// Whether the time is up at `now_s`.
    pub(super) fn over(self, now_s: i64) -> bool {
        matches!(self, Self::Running { due_s, .. } if now_s >= due_s)
    }

    /// Of this case.
    pub(super) fn of(case: &Case) -> Self {
        match case.stage_clock() {
            None => Self::None,
            Some(clock) => clock.due_at().map_or(Self::Paused, |due| Self::Running {
                amber_s: clock.amber_at().unwrap_or(due).as_second(),
                due_s: due.as_second(),
            }),
        }
    }
}

/// An open case on the map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub known: Arc<Known>,
    pub stage: Stage,
    pub area: i64,
    pub grids: [Option<GridId>; 2],
    pub orgs: Vec<OrgId>,
    pub timed: Timed,
}

/// How a case stands at a version; `None` when it is not on the map any more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub id: CaseId,
    pub version: i32,
    pub now: Option<Standing>,
}

impl Change {
    /// The case as it was read.
    pub(super) fn of(parted: &Parted) -> Self {
        let case = &parted.case;
        let place = case.place.as_ref().filter(|_| case.stage.open());
        Self {
            id: case.id,
            version: case.version,
            now: place.map(|place| Standing {
                known: Arc::new(Known {
                    id: case.id,
                    number: case.number.clone(),
                    matter: case.matter.clone(),
                    urgency: case.urgency,
                    at: LonLat {
                        lon: place.lon,
                        lat: place.lat,
                    },
                    reported_at: case.reported_at,
                }),
                stage: case.stage,
                area: case.area,
                grids: [Some(place.basic), place.dedicated],
                orgs: parted.seeing(),
                timed: Timed::of(case),
            }),
        }
    }

    /// A case that is not on the map.
    pub(super) fn gone(id: CaseId, version: i32) -> Self {
        Self {
            id,
            version,
            now: None,
        }
    }
}

/// A case as it is looked through, small and without anything to follow.
#[derive(Debug, Clone)]
pub(super) struct Pin {
    morton: u64,
    pub at: WorldPoint,
    pub area: i64,
    pub timed: Timed,
    grids: [u32; 2],
    orgs: [u32; BESIDE],
    /// Where [`BESIDE`] is not enough.
    more: bool,
    /// Place in the list of stages.
    pub stage: u8,
    pub known: Arc<Known>,
}

/// Ids as small numbers.
#[derive(Debug)]
struct Numbers<T>(HashMap<T, u32>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash + Copy> Numbers<T> {
    fn of(&mut self, id: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(NOBODY - 1);
        *self.0.entry(id).or_insert(next)
    }

    fn known(&self, ids: &[T]) -> Vec<u32> {
        ids.iter()
            .filter_map(|id| self.0.get(id).copied())
            .collect()
    }
}

/// How far somebody sees, in small numbers.
#[derive(Debug)]
pub(super) struct Sight {
    areas: Vec<(i64, i64)>,
    grids: Vec<u32>,
    orgs: Vec<u32>,
}

/// The open cases of the city.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// By place on the curve, then id.
    pins: Vec<Pin>,
    /// Place on the curve and version.
    places: HashMap<CaseId, (u64, i32)>,
    grids: Numbers<GridId>,
    orgs: Numbers<OrgId>,
    /// All units of cases with many.
    more: HashMap<CaseId, Vec<u32>>,
}

impl Held {
    pub(super) fn len(&self) -> usize {
        self.pins.len()
    }

    /// Takes over how cases stand, unless a later version is known.
    pub(super) fn apply(&mut self, changes: Vec<Change>) {
        let mut moves = Vec::new();
        for change in changes {
            let before = self.places.get(&change.id).copied();
            if before.is_some_and(|(_, version)| version >= change.version) {
                continue;
            }
            let pin = change.now.map(|now| self.pin(change.id, now));
            match (before, pin) {
                (Some((morton, _)), Some(pin)) if morton == pin.morton => {
                    self.places.insert(change.id, (morton, change.version));
                    if let Ok(at) = self.find(morton, change.id) {
                        self.pins[at] = pin;
                    } else {
                        moves.push((change.id, morton, Some(pin)));
                    }
                }
                (before, pin) => {
                    match &pin {
                        Some(pin) => self.places.insert(change.id, (pin.morton, change.version)),
                        None => self.places.remove(&change.id),
                    };
                    let was = before.map_or(u64::MAX, |b| b.0);
                    moves.push((change.id, was, pin));
                }
            }
        }
        if moves.len() <= FEW {
            moves
                .into_iter()
                .for_each(|(id, was, pin)| self.shift(id, was, pin));
        } else {
            self.sort_in(moves);
        }
    }

    fn find(&self, morton: u64, id: CaseId) -> Result<usize, usize> {
        self.pins
            .binary_search_by_key(&(morton, id), |p| (p.morton, p.known.id))
    }

    fn shift(&mut self, id: CaseId, was: u64, pin: Option<Pin>) {
        if let Ok(at) = self.find(was, id) {
            self.pins.remove(at);
        }
        if let Some(pin) = pin {
            match self.find(pin.morton, id) {
                Ok(at) => self.pins[at] = pin,
                Err(at) => self.pins.insert(at, pin),
            }
        }
    }

    /// The last word on a case counts where several are said at once.
    fn sort_in(&mut self, moves: Vec<(CaseId, u64, Option<Pin>)>) {
        let last: HashMap<CaseId, Option<Pin>> =
            moves.into_iter().map(|(id, _, pin)| (id, pin)).collect();
        self.pins.retain(|p| !last.contains_key(&p.known.id));
        self.pins.extend(last.into_values().flatten());
        self.pins.sort_by_key(|p| (p.morton, p.known.id));
    }

    fn pin(&mut self, id: CaseId, now: Standing) -> Pin {
        let at = WorldPoint::from(now.known.at);
        let units: Vec<u32> = now.orgs.iter().map(|o| self.orgs.of(*o)).collect();
        let mut orgs = [NOBODY; BESIDE];
        orgs.iter_mut().zip(&units).for_each(|(o, unit)| *o = *unit);
        let more = units.len() > BESIDE;
        if more {
            self.more.insert(id, units);
        } else {
            self.more.remove(&id);
        }
        Pin {
            morton: morton(at),
            at,
            area: now.area,
            timed: now.timed,
            grids: now.grids.map(|g| g.map_or(NOBODY, |g| self.grids.of(g))),
            orgs,
            more,
            stage: place_of(now.stage),
            known: now.known,
        }
    }

    /// How far somebody sees among these cases.
    pub(super) fn sight(&self, reach: &crate::live::Reach) -> Sight {
        Sight {
            areas: reach.areas.clone(),
            grids: self.grids.known(&reach.grids),
            orgs: self.orgs.known(&reach.orgs),
        }
    }

    /// Whether the case is theirs to see.
    pub(super) fn sees(&self, sight: &Sight, pin: &Pin) -> bool {
        let within = |(first, last): &(i64, i64)| *first <= pin.area && pin.area <= *last;
        sight.areas.iter().any(within)
            || sight.orgs.iter().any(|o| pin.orgs.contains(o))
            || sight.grids.iter().any(|g| pin.grids.contains(g))
            || pin.more
                && self
                    .more
                    .get(&pin.known.id)
                    .is_some_and(|all| all.iter().any(|o| sight.orgs.contains(o)))
    }

    /// The cases of a tile.
    pub(super) fn within(&self, tile: Tile) -> &[Pin] {
        let corner = |v: u32| v.checked_shl(32 - u32::from(tile.z())).unwrap_or_default();
        let first = morton(WorldPoint {
            x: corner(tile.x()),
            y: corner(tile.y()),
        });
        let own = |pin: &Pin| cell(pin, tile.z());
        let wanted = first
            .checked_shr(64 - 2 * u32::from(tile.z()))
            .unwrap_or_default();
        let from = self.pins.partition_point(|p| own(p) < wanted);
        let rest = self.pins.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|p| own(p) == wanted))
            .unwrap_or_default()
    }

    /// The newest cases in the bounds (west, south, east, north) of matters that may be shown.
    pub(super) fn newest_within(
        &self,
        bounds: [f64; 4],
        most: usize,
        shown: impl Fn(&str) -> bool,
    ) -> Vec<(Arc<Known>, Stage)> {
        let [west, south, east, north] = bounds;
        let inside = |p: &&Pin| {
            let at = p.known.at;
            (west..=east).contains(&at.lon) && (south..=north).contains(&at.lat)
        };
        let mut may: HashMap<&str, bool> = HashMap::new();
        let mut found: Vec<&Pin> = Vec::new();
        for tile in covering(bounds) {
            for pin in self.within(tile).iter().filter(inside) {
                let Some(matter) = pin.known.matter.as_deref() else {
                    continue;
                };
                if *may.entry(matter).or_insert_with(|| shown(matter)) {
                    found.push(pin);
                }
            }
        }
        let newest = |p: &&Pin| std::cmp::Reverse((p.known.reported_at, p.known.id));
        if found.len() > most {
            found.select_nth_unstable_by_key(most, newest);
            found.truncate(most);
        }
        found.sort_unstable_by_key(newest);
        found
            .into_iter()
            .filter_map(|p| Some((p.known.clone(), super::stage_at(p.stage)?)))
            .collect()
    }
}

/// The cell of a zoom a case lies in, as the beginning of its place on the curve.
pub(super) fn cell(pin: &Pin, zoom: u8) -> u64 {
    pin.morton
        .checked_shr(64 - 2 * u32::from(zoom))
        .unwrap_or_default()
}

/// At most four tiles that cover the bounds.
fn covering([west, south, east, north]: [f64; 4]) -> Vec<Tile> {
    let corner = |z, lon, lat| Tile::holding(z, LonLat { lon, lat });
    for z in (0..=17).rev() {
        let (Some(first), Some(last)) = (corner(z, west, north), corner(z, east, south)) else {
            continue;
        };
        if last.x().saturating_sub(first.x()) > 1 || last.y().saturating_sub(first.y()) > 1 {
            continue;
        }
        return (first.x()..=last.x())
            .flat_map(|x| (first.y()..=last.y()).filter_map(move |y| Tile::new(z, x, y)))
            .collect();
    }
    Vec::new()
}

/// The colour word of a running clock at `now_s`, as [`cases::view::level`] has it.
pub(super) fn level(timed: Timed, now_s: i64) -> &'static str {
    match timed {
        Timed::None => "none",
        Timed::Paused => "paused",
        running if running.over(now_s) => "red",
        Timed::Running { amber_s, .. } if now_s >= amber_s => "amber",
        Timed::Running { .. } => "ok",
    }
}

/// Interleaves the bits of column and row, the row's higher.
fn morton(p: WorldPoint) -> u64 {
    spread(p.x) | spread(p.y) << 1
}

fn spread(v: u32) -> u64 {
    let v = u64::from(v);
    let v = (v | v << 16) & 0x0000_FFFF_0000_FFFF;
    let v = (v | v << 8) & 0x00FF_00FF_00FF_00FF;
    let v = (v | v << 4) & 0x0F0F_0F0F_0F0F_0F0F;
    let v = (v | v << 2) & 0x3333_3333_3333_3333;
    (v | v << 1) & 0x5555_5555_5555_5555
}
