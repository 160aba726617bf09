//! Appointments follow the net: who works an abolished grid works those that took its place.

use divisions::drafts::follow::Tally;
use divisions::drafts::{Move, Swap};
use futures_util::future::BoxFuture;
use kernel::{GridId, Result};
use sqlx::PgConnection;

use crate::store::{self, Held};

/// Moves appointments, in force or to come. Each goes to every grid that got a twentieth of the
/// abolished one's ground, so that none of them is without those who knew it; where none did (a
/// dedicated grid given up) it ends.
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
            for (held, to) in moving(conn, swap).await? {
                for grid in to {
                    tally.add("appointments", held.grid, grid);
                }
            }
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
            for (held, to) in moving(conn, swap).await? {
                store::leave_grid(conn, held.id, &to, swap.now).await?;
                for grid in to {
                    tally.add("appointments", held.grid, grid);
                }
            }
            Ok(tally.moves())
        })
    }
}

async fn moving(conn: &mut PgConnection, swap: &Swap) -> Result<Vec<(Held, Vec<GridId>)>> {
    let ended: Vec<GridId> = swap.ended.iter().copied().collect();
    let held = store::held_in(conn, &ended, swap.now).await?;
    Ok(held
        .into_iter()
        .map(|h| {
            let to = swap.successors(h.grid);
            (h, to)
        })
        .collect())
}
