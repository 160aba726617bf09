//! Elements and other systems are laid against the net again when another is in force.

use std::time::Duration;

use kernel::{App, Result};

use super::{store, units};
use crate::files::Shapes;
use crate::files::desk::on_a_thread;
use crate::net::Net;

/// How often it is looked whether another net is in force.
const EVERY: Duration = Duration::from_secs(20);

/// Follows the net for as long as the server runs; one server of several does the work.
pub async fn run(app: App, net: Net) {
    let mut beat = tokio::time::interval(EVERY);
    loop {
        beat.tick().await;
        if let Err(error) = follow(&app, &net).await {
            let chain = kernel::error::chain(&error);
            tracing::warn!(chain, "elements did not follow the net");
        }
    }
}

/// Lays elements and units against the net in force, unless they were already. Answers how many
/// elements changed their grid.
///
/// # Errors
/// When the database fails.
pub async fn follow(app: &App, net: &Net) -> Result<u64> {
    let current = net.current();
    let mut moved = 0;
    let mut tx = app.db.begin().await?;
    if store::followed(&mut tx, "elements").await? < current.number
        && store::alone(&mut tx, "elements").await?
    {
        moved = store::recount(&mut tx, &current).await?;
        store::keep_followed(&mut tx, "elements", current.number).await?;
        tx.commit().await?;
        tracing::info!(moved, net = current.number, "elements were counted again");
    }
    let mut tx = app.db.begin().await?;
    if store::followed(&mut tx, "units").await? < current.number
        && store::alone(&mut tx, "units").await?
    {
        let all = store::units(&mut tx, None).await?;
        let shapes = Shapes::read(&app.db).await?;
        let number = shapes.number;
        let all: Vec<_> = all.into_iter().map(|u| (u.id, u.polygon)).collect();
        let ids: Vec<_> = all.iter().map(|u| u.0).collect();
        let shared = on_a_thread(move || units::relate(&all, &shapes)).await?;
        store::put_overlaps(&mut tx, &ids, &shared).await?;
        store::keep_followed(&mut tx, "units", number).await?;
        tx.commit().await?;
    }
    Ok(moved)
}
