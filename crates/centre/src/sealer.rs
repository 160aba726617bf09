//! The order of events, given after commit: one sealer per city, which also chains the audit log.
//!
//! Whoever holds the city's advisory lock leads; the others pass on what their process commits and
//! wait for the lead to fall free. The lead is held on a connection of its own, on which all sealing
//! is done: when it dies, so does the lead, and nothing of it can be half done.

mod ears;
mod ledger;

use std::time::Duration;

use kernel::db::lock_key;
use kernel::{App, Error, Moment, Result};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use crate::State;
pub(crate) use ears::Ears;
use ledger::Ledger;

/// At least this long between two flushes, so that many commits share one.
const RHYTHM: Duration = Duration::from_millis(20);
/// How often the lead looks without being called, and the audit log is chained.
const BEAT: Duration = Duration::from_secs(1);
/// How often the others ask for the lead.
const ASK: Duration = Duration::from_secs(1);
/// A flush that takes longer has lost its connection.
const PATIENCE: Duration = Duration::from_secs(15);

/// The channel by which processes tell the lead that they committed.
pub(crate) fn committed(app: &App) -> String {
    format!("{}_committed", app.city.schema)
}

/// The channel by which the lead tells that it sealed.
pub(crate) fn sealed(app: &App) -> String {
    format!("{}_sealed", app.city.schema)
}

/// Seals until the task is dropped; without a database it tries again.
pub async fn run(state: State) {
    loop {
        if let Err(error) = serve(&state).await {
            tracing::warn!(
                chain = kernel::error::chain(&error),
                "the sealer steps down"
            );
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// Seals what is committed now, events and audit log. Where another process leads, it is told and
/// waited for. Answers how many events were sealed here.
///
/// # Errors
/// When the database fails, or the lead of another does not seal within ten seconds.
pub async fn seal_once(state: &State) -> Result<usize> {
    let app = &state.cases.app;
    let mut seat = Seat::open(app).await?;
    for _ in 0..1_000 {
        if seat.take(app).await? {
            let mut ledger = Ledger::open(&mut seat.conn).await?;
            let count = seat.flush(state, &mut ledger).await?;
            seat.chain(app.clock.now()).await?;
            seat.conn.close().await?;
            return Ok(count);
        }
        if !ledger::behind(&mut seat.conn).await? {
            return Ok(0);
        }
        seat.tell(&committed(app)).await?;
        sleep(Duration::from_millis(10)).await;
    }
    Err(Error::ours("sealing", "the lead does not seal"))
}

/// Waits for the lead, then leads until something fails.
async fn serve(state: &State) -> Result<()> {
    let app = &state.cases.app;
    let mut seat = Seat::open(app).await?;
    while !seat.take(app).await? {
        tokio::select! {
            () = app.committed.notified() => {
                seat.tell(&committed(app)).await?;
                sleep(RHYTHM).await;
            }
            () = sleep(ASK) => {}
        }
    }
    tracing::debug!(schema = app.city.schema, "this process seals");
    lead(state, seat).await
}

async fn lead(state: &State, mut seat: Seat) -> Result<()> {
    let app = &state.cases.app;
    let ears = Ears::open(app, committed(app));
    let mut ledger = Ledger::open(&mut seat.conn).await?;
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let called = tokio::select! {
            () = app.committed.notified() => true,
            () = ears.heard() => true,
            _ = beat.tick() => false,
        };
        let next = Instant::now() + RHYTHM;
        patiently(seat.flush(state, &mut ledger)).await?;
        if !called {
            patiently(seat.chain(app.clock.now())).await?;
        }
        sleep_until(next).await;
    }
}

async fn patiently<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, work)
        .await
        .map_err(|late| Error::ours("sealing", late))?
}

/// A connection of the sealer's own; the lead is bound to it.
struct Seat {
    conn: PgConnection,
    /// The last audit row seen, and when the log was last chained whatever was seen.
    audited: (i64, Instant),
}

impl Seat {
    async fn open(app: &App) -> Result<Self> {
        let options = (*app.db.connect_options()).clone();
        let conn = options
            .application_name("gridwork sealer")
            .connect()
            .await?;
        Ok(Self {
            conn,
            audited: (-1, Instant::now()),
        })
    }

    /// Takes the lead where it is free.
    async fn take(&mut self, app: &App) -> Result<bool> {
        Ok(sqlx::query_scalar("select pg_try_advisory_lock($1)")
            .bind(lock_key(&app.city.schema, "sealer"))
            .fetch_one(&mut self.conn)
            .await?)
    }

    async fn tell(&mut self, channel: &str) -> Result<()> {
        sqlx::query("select pg_notify($1, '')")
            .bind(channel)
            .execute(&mut self.conn)
            .await?;
        Ok(())
    }

    /// Seals every event that is committed and tells so once; answers how many.
    async fn flush(&mut self, state: &State, ledger: &mut Ledger) -> Result<usize> {
        let app = &state.cases.app;
        let mut sealed_now = 0;
        loop {
            let count = ledger.seal(&mut self.conn, app.clock.now()).await?;
            sealed_now += count;
            if count > 0 {
                state.live.wake();
                self.tell(&sealed(app)).await?;
            }
            if count < ledger::BATCH {
                ledger.keep(&mut self.conn).await?;
                return Ok(sealed_now);
            }
        }
    }

    /// Chains the audit log where rows came in. One that is committed late has a number below the
    /// last one seen: it is found within ten seconds.
    async fn chain(&mut self, now: Moment) -> Result<()> {
        let last: i64 = sqlx::query_scalar("select coalesce(max(n), 0) from audit_log")
            .fetch_one(&mut self.conn)
            .await?;
        if last == self.audited.0 && self.audited.1.elapsed() < Duration::from_secs(10) {
            return Ok(());
        }
        loop {
            let mut tx = self.conn.begin().await?;
            let count = accounts::audit::seal(&mut tx, now).await?;
            tx.commit().await?;
            if count == 0 {
                break;
            }
        }
        self.audited = (last, Instant::now());
        Ok(())
    }
}
