//! The timers: what the clocks do of themselves, from the database, once, whoever runs.

use std::time::Duration;

use kernel::{Moment, Result};
use uuid::Uuid;

use crate::desk;
use crate::lifecycle::{self, timers};
use crate::model::Event;
use crate::state::State;
use crate::store::{self, Beside};

/// Cases one round takes at most.
const ROUND: i64 = 64;

/// Fires every timer that is due at `now`. Returns how many events were written.
///
/// Rows are taken with `for update skip locked`, so that several servers share the work and each
/// timer fires once; a server that dies in between leaves its rows as they were.
///
/// # Errors
/// When the database fails.
pub async fn fire(state: &State, now: Moment) -> Result<usize> {
    let mut fired = 0;
    loop {
        let round = fire_round(state, now).await?;
        fired += round;
        if round == 0 {
            return Ok(fired);
        }
        state.app.committed.notify_one();
    }
}

async fn fire_round(state: &State, now: Moment) -> Result<usize> {
    let books = state.books.current();
    let mut tx = state.app.db.begin().await?;
    let mut fired = 0;
    for case in store::due(&mut tx, now, ROUND).await? {
        let facts = state.facts_of(&case);
        let context = desk::context(&books, facts.as_ref(), now, Uuid::nil());
        let mut after = case.clone();
        let mut events: Vec<Event> = Vec::new();
        while let Some(event) = timers::due(&after, &context, now) {
            after = lifecycle::apply(after, &event);
            events.push(event);
        }
        if events.is_empty() {
            tracing::error!(case = %case.id, "a timer is due but nothing follows");
            store::sleep(&mut tx, case.id).await?;
            continue;
        }
        store::record(&mut tx, &case, &after, &events, &Beside::default()).await?;
        fired += events.len();
    }
    tx.commit().await?;
    Ok(fired)
}

async fn reread_all(state: &State) -> Result<()> {
    state.books.reload(&state.app.db).await?;
    state.shelf.refresh(&state.app.db).await.map(drop)
}

/// Fires timers twice a second until the task is dropped; a failing database is tried again.
pub async fn run(state: State) {
    let mut beat = tokio::time::interval(Duration::from_millis(500));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut reread = 0_u32;
    loop {
        beat.tick().await;
        if let Err(error) = fire(&state, state.app.clock.now()).await {
            tracing::warn!(
                chain = kernel::error::chain(&error),
                "timers could not fire"
            );
        }
        reread += 1;
        // Rulings, and changes of catalogue and routing, made by another server are learnt within two seconds.
        if reread.is_multiple_of(4)
            && let Err(error) = reread_all(&state).await
        {
            tracing::warn!(
                chain = kernel::error::chain(&error),
                "the books could not be read"
            );
        }
    }
}
