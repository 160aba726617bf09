//! The current net in memory, replaced whole when it changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use kernel::{GridId, Result};
use sqlx::PgPool;

use crate::ground::Ground;
use crate::model::{DivisionInfo, GridInfo, Level};
use crate::places::{Gazetteer, Place, join};
use crate::store::{self, DivisionShape, GridShape};
use crate::tiles::Tiles;

/// A grid of the current net.
pub type GridRef = Arc<GridInfo>;

/// The net in force, shared by all; cheap to clone. Every clone sees a reload.
#[derive(Debug, Clone)]
pub struct Net {
    current: Arc<RwLock<Arc<CurrentNet>>>,
    /// Nets of the past asked for last, the latest last.
    past: Arc<Mutex<Vec<Arc<CurrentNet>>>>,
}

/// Nets of the past held in memory.
const PAST: usize = 2;

/// One version of the net.
#[derive(Debug)]
pub struct CurrentNet {
    /// Its number; 0 when no net was ever made.
    pub number: i32,
    /// Map tiles of divisions and grids.
    pub tiles: Tiles,
    divisions: BTreeMap<i64, Arc<DivisionInfo>>,
    grids: HashMap<GridId, GridRef>,
    by_code: HashMap<String, GridRef>,
    ground: Ground,
    gazetteer: Gazetteer,
}

/// Where a point lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The basic grid.
    pub grid: GridRef,
    /// The dedicated grid over it, which then owns.
    pub dedicated: Option<GridRef>,
    /// The community, twelve digits.
    pub community: i64,
    /// Metres to the nearest border of the basic grid.
    pub border_m: f64,
}

impl Net {
    /// Reads the current net from the database. Takes well under a second for 6,257 grids.
    ///
    /// # Errors
    /// When the database fails or a stored polygon cannot be read.
    pub async fn load(pool: &PgPool) -> Result<Self> {
        let current = CurrentNet::read(pool).await?;
        Ok(Self {
            current: Arc::new(RwLock::new(Arc::new(current))),
            past: Arc::default(),
        })
    }

    /// Reads the net again and puts it in the place of the one held.
    ///
    /// # Errors
    /// As [`Net::load`]; then the one held stays.
    pub async fn reload(&self, pool: &PgPool) -> Result<()> {
        let fresh = Arc::new(CurrentNet::read(pool).await?);
        let before = std::mem::replace(
            &mut *self.current.write().unwrap_or_else(PoisonError::into_inner),
            fresh,
        );
        // Nobody who locates waits for the old one to be cleared away.
        drop(before);
        Ok(())
    }

    /// The net in force. Hold it for one request, not longer.
    #[must_use]
    pub fn current(&self) -> Arc<CurrentNet> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Net {
    /// The net `number`: the one in force or one of the past, which is read and kept for a while. `None`
    /// when there never was one. Communities stand in it as they are today.
    ///
    /// # Errors
    /// As [`Net::load`].
    pub async fn numbered(&self, pool: &PgPool, number: i32) -> Result<Option<Arc<CurrentNet>>> {
        let current = self.current();
        if number == current.number {
            return Ok(Some(current));
        }
        if number < 1 || number > current.number {
            return Ok(None);
        }
        let held = {
            let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
            past.iter().find(|n| n.number == number).cloned()
        };
        if held.is_some() {
            return Ok(held);
        }
        let read = Arc::new(CurrentNet::read_past(pool, number).await?);
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.retain(|n| n.number != number);
        if past.len() >= PAST {
            past.remove(0);
        }
        past.push(read.clone());
        Ok(Some(read))
    }
}

impl CurrentNet {
    async fn read_past(pool: &PgPool, number: i32) -> Result<Self> {
        let (divisions, grids) = store::read_past(pool, number).await?;
        tokio::task::spawn_blocking(move || Self::build(number, divisions, grids))
            .await
            .map_err(|e| kernel::Error::ours("building a net of the past", e))?
    }

    async fn read(pool: &PgPool) -> Result<Self> {
        let (number, divisions, grids) = store::read_net(pool).await?;
        tokio::task::spawn_blocking(move || Self::build(number, divisions, grids))
            .await
            .map_err(|e| kernel::Error::ours("building the net", e))?
    }

    fn build(number: i32, divisions: Vec<DivisionShape>, grids: Vec<GridShape>) -> Result<Self> {
        let (divisions, areas): (Vec<_>, Vec<_>) = divisions
            .into_iter()
            .map(|(d, wkb)| (Arc::new(d), wkb))
            .unzip();
        let (grids, shapes): (Vec<GridRef>, Vec<_>) =
            grids.into_iter().map(|(g, wkb)| (Arc::new(g), wkb)).unzip();
        let of_code: BTreeMap<_, _> = divisions.iter().map(|d| (d.code, d.clone())).collect();
        // Side by side: a swap of the net should be over soon.
        let (gazetteer, built) = std::thread::scope(|scope| {
            let names =
                scope.spawn(|| Gazetteer::new(&of_code, &grids, |code| text_of(&of_code, code)));
            let built = crate::ground::build(&divisions, areas, &grids, shapes);
            (names.join(), built)
        });
        let (ground, tiles) = built?;
        let gazetteer =
            gazetteer.map_err(|_| kernel::Error::ours("naming the net", "a thread broke off"))?;
        Ok(Self {
            number,
            tiles,
            grids: grids.iter().map(|g| (g.id, g.clone())).collect(),
            by_code: grids.iter().map(|g| (g.code.clone(), g.clone())).collect(),
            divisions: of_code,
            ground,
            gazetteer,
        })
    }

    /// Which grids hold the point; `None` outside the city or for numbers that are no place.
    #[must_use]
    pub fn locate(&self, lon: f64, lat: f64) -> Option<Located> {
        let found = self.ground.locate(lon, lat)?;
        Some(Located {
            community: found.grid.community,
            grid: found.grid,
            dedicated: found.dedicated,
            border_m: found.border_m,
        })
    }

    /// The grid with this id, if it is in force.
    #[must_use]
    pub fn grid(&self, id: GridId) -> Option<GridRef> {
        self.grids.get(&id).cloned()
    }

    /// The grid with this code, if it is in force.
    #[must_use]
    pub fn grid_by_code(&self, code: &str) -> Option<GridRef> {
        self.by_code.get(code).cloned()
    }

    /// All grids in force, in no order.
    pub fn grids(&self) -> impl Iterator<Item = &GridRef> {
        self.grids.values()
    }

    /// All divisions, in order of code.
    pub fn divisions(&self) -> impl Iterator<Item = &Arc<DivisionInfo>> {
        self.divisions.values()
    }

    /// The division with this code.
    #[must_use]
    pub fn division(&self, code: i64) -> Option<Arc<DivisionInfo>> {
        self.divisions.get(&code).cloned()
    }

    /// Divisions directly below `parent`, in order of code.
    #[must_use]
    pub fn below(&self, parent: i64) -> Vec<Arc<DivisionInfo>> {
        self.divisions
            .values()
            .filter(|d| d.parent == Some(parent))
            .cloned()
            .collect()
    }

    /// Codes of all communities, in order.
    #[must_use]
    pub fn communities(&self) -> Vec<i64> {
        let all = self.divisions.values();
        all.filter(|d| d.level == Level::Village)
            .map(|d| d.code)
            .collect()
    }

    /// The city itself: the only division with none above.
    #[must_use]
    pub fn city(&self) -> Option<Arc<DivisionInfo>> {
        self.divisions
            .values()
            .find(|d| d.level == Level::City)
            .cloned()
    }

    /// The division with this code and all above it, the city first; empty when unknown.
    #[must_use]
    pub fn path(&self, code: i64) -> Vec<Arc<DivisionInfo>> {
        let mut path = path(&self.divisions, code);
        path.reverse();
        path
    }

    /// What people call a division: `天宁区雕庄街道朝阳花园社区`, without the city's own name.
    #[must_use]
    pub fn division_text(&self, code: i64) -> String {
        text_of(&self.divisions, code)
    }

    /// What people call the place: the dedicated grid if there is one, else the basic grid.
    #[must_use]
    pub fn place_text(&self, at: &Located) -> String {
        let grid = at.dedicated.as_ref().unwrap_or(&at.grid);
        join(&self.division_text(at.community), &grid.name)
    }

    /// At most `limit` places whose names answer `query`, the best first.
    #[must_use]
    pub fn find_places(&self, query: &str, limit: usize) -> Vec<Place> {
        self.gazetteer.find(query, limit)
    }
}

/// The division and all above it, from the bottom up.
fn path(divisions: &BTreeMap<i64, Arc<DivisionInfo>>, code: i64) -> Vec<Arc<DivisionInfo>> {
    let above = |d: &Arc<DivisionInfo>| d.parent.and_then(|p| divisions.get(&p).cloned());
    std::iter::successors(divisions.get(&code).cloned(), above)
        .take(8)
        .collect()
}

fn text_of(divisions: &BTreeMap<i64, Arc<DivisionInfo>>, code: i64) -> String {
    let path = path(divisions, code);
    match path.as_slice() {
        [city] => city.name.clone(),
        path => path
            .iter()
            .rev()
            .filter(|d| d.level != Level::City)
            .fold(String::new(), |text, d| join(&text, spoken(d))),
    }
}

/// A division's name as people say it: communities without the word committee.
pub(crate) fn spoken(division: &DivisionInfo) -> &str {
    match division.level {
        Level::Village => atlas::city::short_name(&division.name),
        _ => &division.name,
    }
}
