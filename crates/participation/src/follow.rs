//! What takes part in a grid follows the net: to the grid that got most of the abolished one's ground.

use std::collections::{BTreeMap, BTreeSet};

use divisions::drafts::follow::Tally;
use divisions::drafts::{Move, Swap};
use futures_util::future::BoxFuture;
use kernel::{GridId, Result};
use sqlx::PgConnection;

use crate::store::follow as store;

/// Moves open posts with the applications for them, visits to come, questions not answered yet and
/// service points. A post may be for several grids: it is then for all that took an abolished one's
/// place. What is over stays where it was, and so does what stood in a dedicated grid given up.
#[derive(Debug, Clone, Copy)]
pub struct Follower;

impl divisions::Follower for Follower {
    fn would<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        swap: &'a Swap,
    ) -> BoxFuture<'a, Result<Vec<Move>>> {
        Box::pin(moves(conn, swap, false))
    }

    fn follow<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        swap: &'a Swap,
    ) -> BoxFuture<'a, Result<Vec<Move>>> {
        Box::pin(moves(conn, swap, true))
    }
}

/// What moves; written where `write` says so.
async fn moves(conn: &mut PgConnection, swap: &Swap, write: bool) -> Result<Vec<Move>> {
    let mut tally = Tally::default();
    let heirs: BTreeMap<GridId, GridId> = swap
        .ended
        .iter()
        .filter_map(|old| Some((*old, *swap.successors(*old).first()?)))
        .collect();
    for kept in store::KEPT {
        let counts = if write {
            store::go(conn, &kept, &heirs, swap.now).await?
        } else {
            store::held(conn, &kept, &heirs, swap.now).await?
        };
        for (from, count) in counts {
            tally.add_many(kept.what, from, heirs[&from], count);
        }
    }
    posts(conn, swap, &mut tally, write).await?;
    Ok(tally.moves())
}

/// Posts name several grids at once.
async fn posts(conn: &mut PgConnection, swap: &Swap, tally: &mut Tally, write: bool) -> Result<()> {
    let ended: Vec<GridId> = swap.ended.iter().copied().collect();
    for (post, grids) in store::posts(conn, &ended).await? {
        let mut after: Vec<GridId> = Vec::new();
        for grid in grids {
            let to = if swap.ended.contains(&grid) {
                swap.successors(grid)
            } else {
                Vec::new()
            };
            if to.is_empty() {
                after.push(grid);
            }
            for one in to {
                tally.add("posts", grid, one);
                after.push(one);
            }
        }
        let mut seen = BTreeSet::new();
        after.retain(|grid| seen.insert(*grid));
        if write {
            store::put_grids(conn, post, &after).await?;
        }
    }
    Ok(())
}
