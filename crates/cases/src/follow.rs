//! Cases follow the net: those that lie in another grid after it changed are put there.

use divisions::drafts::follow::{Spot, Tally};
use divisions::drafts::{Move, Swap};
use futures_util::future::BoxFuture;
use kernel::{GridId, Result};
use sqlx::PgConnection;

use crate::lifecycle;
use crate::model::{By, Case, Event, Place, What};
use crate::store::{self, Beside, Lying};

/// Moves cases. Those still open are counted as `open_cases`, those that may yet be opened again (closed,
/// declined or merged) as `closed_cases`; archived and voided ones stay where they were.
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
            for (case, spot) in moving(conn, swap).await? {
                if case.owner() != owner(spot) {
                    tally.add(word(case.open), case.owner(), owner(spot));
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
            let found = moving(conn, swap).await?;
            let ids: Vec<_> = found.iter().map(|f| f.0.id).collect();
            let names = divisions::store::grid_names(
                conn,
                &found
                    .iter()
                    .flat_map(|f| [f.1.basic, owner(f.1)])
                    .collect::<Vec<_>>(),
            )
            .await?;
            let mut tally = Tally::default();
            for case in store::lock_all(conn, &ids).await? {
                let Some((place, spot)) = case.place.as_ref().and_then(|p| {
                    let spot = spot(swap, p.community, p.lon, p.lat, p.basic)?;
                    Some((p.clone(), spot))
                }) else {
                    continue;
                };
                let told = if place.grid() == owner(spot) {
                    // Only the basic grid below, which is informed, is another.
                    spot.basic
                } else {
                    tally.add(word(case.stage.open()), place.grid(), owner(spot));
                    owner(spot)
                };
                let name = names.get(&told).cloned().unwrap_or_default();
                put(conn, swap, &case, place, spot, name).await?;
            }
            Ok(tally.moves())
        })
    }
}

/// Writes that the case lies in the grids of `spot`.
async fn put(
    conn: &mut PgConnection,
    swap: &Swap,
    case: &Case,
    place: Place,
    spot: Spot,
    name: String,
) -> Result<()> {
    let event = Event {
        // A report may have come in after the swap began, before it had the net to itself.
        at: swap.now.max(case.updated_at),
        by: By::Rule,
        what: What::Regridded {
            place: Place {
                basic: spot.basic,
                dedicated: spot.dedicated,
                ..place
            },
            net: swap.number,
            name,
        },
        clocks: Vec::new(),
    };
    let after = lifecycle::apply(case.clone(), &event);
    store::record(conn, case, &after, &[event], &Beside::default()).await
}

fn word(open: bool) -> &'static str {
    if open { "open_cases" } else { "closed_cases" }
}

fn owner(spot: Spot) -> GridId {
    spot.dedicated.unwrap_or(spot.basic)
}

/// Cases of the swap's communities that lie elsewhere after it.
async fn moving(conn: &mut PgConnection, swap: &Swap) -> Result<Vec<(Lying, Spot)>> {
    let lying = store::lying_in(conn, &swap.communities).await?;
    Ok(lying
        .into_iter()
        .filter_map(|case| {
            let spot = spot(swap, case.area, case.lon, case.lat, case.grid)?;
            let same = spot.basic == case.grid && spot.dedicated == case.dedicated;
            (!same).then_some((case, spot))
        })
        .collect())
}

/// The grids at a place; where none is found, the grid it was in or that one's first successor, so that
/// no case is left without.
fn spot(swap: &Swap, community: i64, lon: f64, lat: f64, was: GridId) -> Option<Spot> {
    swap.locate(community, lon, lat).or_else(|| {
        let basic = if swap.has(was) {
            was
        } else {
            swap.successors(was).first().copied()?
        };
        Some(Spot {
            basic,
            dedicated: None,
        })
    })
}
