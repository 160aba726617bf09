//! What time brings to matters: drafts agreed to before their day take force, trials end, listings lapse,
//! the sums of the burden follow the events, and each hour is noted what stands at its end.

use std::time::Duration;

use kernel::{Moment, Result};
use matters::model::DraftKind;

use crate::State;
use crate::overview::standing;

/// Puts every approved draft in force whose day has come; answers how many. One that cannot take
/// force stays approved and is tried again: what it stands on may have changed.
///
/// # Errors
/// When the database fails.
pub async fn take_due(state: &State, now: Moment) -> Result<usize> {
    let app = &state.cases.app;
    let mut tx = app.db.begin().await?;
    let due = matters::store::drafts::due(&mut tx, now).await?;
    tx.commit().await?;
    let mut taken = 0;
    for draft in due {
        let mut tx = app.db.begin().await?;
        let held = matters::store::drafts::lock(&mut tx, draft.kind, draft.id).await?;
        if held.state != matters::model::DraftState::Approved {
            continue;
        }
        let done = match draft.kind {
            DraftKind::Routing => crate::routing::take_force(&mut tx, &held, now).await,
            DraftKind::Catalogue => crate::catalogue::desk::take_force(&mut tx, &held, now).await,
        };
        match done {
            Ok(()) => {
                tx.commit().await?;
                taken += 1;
            }
            Err(error) => {
                let chain = kernel::error::chain(&error);
                tracing::warn!(draft = %draft.id, chain, "a draft could not take force on its day");
            }
        }
    }
    if taken > 0 {
        state.cases.shelf.refresh(&app.db).await?;
    }
    Ok(taken)
}

/// Looks every ten seconds until the task is dropped; notes each hour what stands at its end.
pub async fn run(state: State) {
    let mut beat = tokio::time::interval(Duration::from_secs(10));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut noted = None;
    loop {
        beat.tick().await;
        let now = state.cases.app.clock.now();
        let hour = standing::hour(now);
        if noted != Some(hour) {
            match standing::note(&state, now).await {
                Ok(_) => noted = Some(hour),
                Err(error) => {
                    let chain = kernel::error::chain(&error);
                    tracing::warn!(chain, "what stands could not be noted");
                }
            }
        }
        for done in [
            take_due(&state, now).await.map(drop),
            crate::admission::tick(&state, now).await.map(drop),
            crate::burden::catch_up(&state).await.map(drop),
        ] {
            if let Err(error) = done {
                let chain = kernel::error::chain(&error);
                tracing::warn!(chain, "matters could not be looked after");
            }
        }
    }
}
