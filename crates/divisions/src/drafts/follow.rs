//! Those who must follow the net: cases, appointments, and whatever else belongs to grids.
//!
//! They live in crates above this one and are handed in when the city is put together. In the
//! transaction of the swap each moves what it holds, and tells how many went from where to where.

use std::collections::BTreeSet;
use std::sync::Arc;

use atlas::{LonLat, Polygon, Vertex};
use futures_util::future::BoxFuture;
use kernel::{GridId, Moment, Result};
use sqlx::PgConnection;

use super::plan::Plan;
use crate::model::GridKind;

/// Lattice units tried around a point that no grid of its community holds: it lies on a border.
const AROUND: [(i32, i32); 8] = [
    (2, 0),
    (-2, 0),
    (0, 2),
    (0, -2),
    (2, 2),
    (-2, 2),
    (2, -2),
    (-2, -2),
];
/// An abolished grid's successors have at least this share of its ground.
const SHARE: f64 = 0.05;

/// The grids of some communities change, all at once.
#[derive(Debug, Clone)]
pub struct Swap {
    /// The new net's number; that of the net in force when only asked what would move.
    pub number: i32,
    /// When.
    pub now: Moment,
    /// The communities whose grids change.
    pub communities: Vec<i64>,
    /// Grids abolished.
    pub ended: BTreeSet<GridId>,
    /// (old, new, m², share of the old), kinds apart.
    pub shares: Vec<(GridId, GridId, f64, f64)>,
    ground: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    id: GridId,
    kind: GridKind,
    community: i64,
    polygon: Polygon,
}

/// The grids at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The basic grid.
    pub basic: GridId,
    /// The dedicated one over it.
    pub dedicated: Option<GridId>,
}

impl Swap {
    /// The change that `plan` is, in `communities`.
    #[must_use]
    pub fn of(plan: &Plan, number: i32, now: Moment) -> Self {
        let mut grids: Vec<_> = plan.grids.values().collect();
        grids.sort_by(|a, b| a.code.cmp(&b.code));
        Self {
            number,
            now,
            communities: plan.outlines.keys().copied().collect(),
            ended: plan.ended().map(|g| g.id).collect(),
            shares: plan.shares(),
            ground: grids
                .into_iter()
                .map(|g| Piece {
                    id: g.id,
                    kind: g.kind,
                    community: g.community,
                    polygon: g.polygon.clone(),
                })
                .collect(),
        }
    }

    /// The grids of `community` at a place, degrees; `None` when it has no basic grid there.
    #[must_use]
    pub fn locate(&self, community: i64, lon: f64, lat: f64) -> Option<Spot> {
        let point = Vertex::from(LonLat::new(lon, lat).ok()?);
        let near = AROUND.iter().map(|(dx, dy)| Vertex {
            x: point.x.saturating_add(*dx),
            y: point.y.saturating_add(*dy),
        });
        std::iter::once(point).chain(near).find_map(|p| {
            let at = |kind| {
                self.ground
                    .iter()
                    .filter(move |g| g.community == community && g.kind == kind)
                    .find(|g| g.polygon.holds(p))
                    .map(|g| g.id)
            };
            Some(Spot {
                basic: at(GridKind::Basic)?,
                dedicated: at(GridKind::Dedicated),
            })
        })
    }

    /// Who takes an abolished grid's place: every grid that gets a twentieth of its ground, the greatest
    /// share first, and at least the greatest.
    #[must_use]
    pub fn successors(&self, old: GridId) -> Vec<GridId> {
        let mut after: Vec<(GridId, f64)> = self
            .shares
            .iter()
            .filter(|s| s.0 == old)
            .map(|s| (s.1, s.3))
            .collect();
        after.sort_by(|a, b| b.1.total_cmp(&a.1));
        after
            .iter()
            .enumerate()
            .filter(|(n, s)| *n == 0 || s.1 >= SHARE)
            .map(|(_, s)| s.0)
            .collect()
    }

    /// Whether the grid is one of the new net, in the communities that change.
    #[must_use]
    pub fn has(&self, id: GridId) -> bool {
        self.ground.iter().any(|g| g.id == id)
    }
}

/// So many things go from one grid to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What: `open_cases`, `closed_cases`, `appointments`, `applications`, `posts`, `visits`,
    /// `liaison_items`, `service_points`.
    pub what: &'static str,
    /// From.
    pub from: GridId,
    /// To.
    pub to: GridId,
    /// How many.
    pub count: i64,
}

/// Counts what went from where to where.
#[derive(Debug, Default)]
pub struct Tally(std::collections::BTreeMap<(&'static str, GridId, GridId), i64>);

impl Tally {
    /// One more.
    pub fn add(&mut self, what: &'static str, from: GridId, to: GridId) {
        self.add_many(what, from, to, 1);
    }

    /// `count` more; none leave no trace.
    pub fn add_many(&mut self, what: &'static str, from: GridId, to: GridId, count: i64) {
        if count > 0 {
            *self.0.entry((what, from, to)).or_default() += count;
        }
    }

    /// The sums.
    #[must_use]
    pub fn moves(self) -> Vec<Move> {
        self.0
            .into_iter()
            .map(|((what, from, to), count)| Move {
                what,
                from,
                to,
                count,
            })
            .collect()
    }
}

/// Somebody whose things belong to grids.
pub trait Follower: std::fmt::Debug + Send + Sync {
    /// What would move. Writes nothing.
    fn would<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        swap: &'a Swap,
    ) -> BoxFuture<'a, Result<Vec<Move>>>;

    /// Moves what must move, in the transaction of the swap. The new grids are there already.
    fn follow<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        swap: &'a Swap,
    ) -> BoxFuture<'a, Result<Vec<Move>>>;
}

/// All who follow, in the order in which they do.
pub type Followers = Arc<Vec<Arc<dyn Follower>>>;
