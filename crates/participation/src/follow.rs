//! What takes part in a grid follows the net: to the grid that got most of the abolished one's ground.

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
        Box::pin(async move {
            let mut tally = Tally::default();
            for kept in store::KEPT {
                for (from, count) in store::held(conn, &kept, &ended(swap), swap.now).await? {
                    if let Some(to) = swap.successors(from).first() {
                        tally.add_many(kept.what, from, *to, count);
                    }
                }
            }
            posts(conn, swap, &mut tally, false).await?;
            Ok(tally.moves())
        })
    }

    fn follow<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        swap: &'a Swap,
    ) -> BoxFuture<'a, Result<Vec<Move>>> {
        Box::pin(async move {
            let mut tally = Tally::default();
            for kept in store::KEPT {
                for from in &swap.ended {
                    if let Some(to) = swap.successors(*from).first() {
                        let count = store::go(conn, &kept, *from, *to, swap.now).await?;
                        tally.add_many(kept.what, *from, *to, count);
                    }
                }
            }
            posts(conn, swap, &mut tally, true).await?;
            Ok(tally.moves())
        })
    }
}

fn ended(swap: &Swap) -> Vec<GridId> {
    swap.ended.iter().copied().collect()
}

/// Posts name several grids at once.
async fn posts(conn: &mut PgConnection, swap: &Swap, tally: &mut Tally, write: bool) -> Result<()> {
    for (post, grids) in store::posts(conn, &ended(swap)).await? {
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
        let mut seen = std::collections::BTreeSet::new();
        after.retain(|grid| seen.insert(*grid));
        if write {
            store::put_grids(conn, post, &after).await?;
        }
    }
    Ok(())
}
