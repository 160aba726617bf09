//! Approved drafts take effect at their date, once, by whichever server comes first; and every server
//! takes up a net that another made.

use std::time::Duration;

use kernel::{Moment, Result};
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::effect::{self, Outcome};
use super::store;
use crate::routes::State;

/// How often is looked for drafts that are due, and for a net made elsewhere.
const BEAT: Duration = Duration::from_millis(500);
/// After a draft that could not take effect for a fault of ours, so long is waited.
const REST: Duration = Duration::from_secs(10);

/// Lets every draft that is due at `now` take effect. Answers how many did.
///
/// A draft is held by its row, so that of several servers one does it; a server that dies in between
/// leaves everything as it was.
///
/// # Errors
/// When the database or a follower fails; what is done before that stays.
pub async fn fire(state: &State, now: Moment) -> Result<usize> {
    let mut done = 0;
    loop {
        let mut tx = state.app.db.begin().await?;
        let Some(id) = store::due(&mut tx, now).await? else {
            return Ok(done);
        };
        let outcome = effect::take(&mut tx, &state.followers, id, now).await?;
        tx.commit().await?;
        match outcome {
            Outcome::InForce(number) => {
                state.net.reload(&state.app.db).await?;
                state.app.committed.notify_one();
                tracing::info!(draft = %id, number, "a draft of the net took effect");
                done += 1;
            }
            Outcome::Held(code) => tracing::warn!(draft = %id, code, "a draft did not take effect"),
        }
    }
}

/// Takes up the net in the database where it is another than the one held.
///
/// # Errors
/// When the database fails.
pub async fn catch_up(state: &State) -> Result<()> {
    let mut conn = state.app.db.acquire().await?;
    let number = crate::store::current_number(&mut conn).await?;
    drop(conn);
    if number != state.net.current().number {
        state.net.reload(&state.app.db).await?;
    }
    Ok(())
}

/// Looks twice a second, and whenever another server calls out, until the task is dropped.
pub async fn run(state: State) {
    let bell = std::sync::Arc::new(tokio::sync::Notify::new());
    let ear = tokio::spawn(listen(state.clone(), bell.clone()));
    let _stop = Stop(ear);
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rest = Instant::now();
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            () = bell.notified() => {}
        }
        if let Err(error) = catch_up(&state).await {
            tracing::warn!(
                chain = kernel::error::chain(&error),
                "the net was not looked for"
            );
        }
        if Instant::now() < rest {
            continue;
        }
        if let Err(error) = fire(&state, state.app.clock.now()).await {
            rest = Instant::now() + REST;
            tracing::error!(
                chain = kernel::error::chain(&error),
                "a draft of the net could not take effect"
            );
        }
    }
}

/// Ends a task with its owner.
struct Stop(tokio::task::JoinHandle<()>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Rings the bell when a server tells that it changed the net. What is told while the database is away is
/// not heard; the beat finds it.
async fn listen(state: State, bell: std::sync::Arc<tokio::sync::Notify>) {
    loop {
        if let Err(error) = hear(&state, &bell).await {
            tracing::debug!(chain = kernel::error::chain(&error), "not listening");
        }
        sleep(BEAT).await;
    }
}

async fn hear(state: &State, bell: &tokio::sync::Notify) -> Result<()> {
    let options = (*state.app.db.connect_options()).clone();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.application_name("gridwork net listener"))
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener
        .listen(&format!("{}_net", state.app.city.schema))
        .await?;
    loop {
        listener.try_recv().await?;
        bell.notify_one();
    }
}
