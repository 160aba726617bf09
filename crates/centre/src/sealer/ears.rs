//! What other processes call out, as one bell.

use std::sync::Arc;
use std::time::Duration;

use kernel::{App, Result};
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Listens on a channel of the database as long as it lives, on a connection of its own. Many calls
/// ring once; what is called while the database is away is not heard, so nobody relies on it alone.
#[derive(Debug)]
pub(crate) struct Ears {
    bell: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Ears {
    /// Begins to listen.
    pub(crate) fn open(app: &App, channel: String) -> Self {
        let bell = Arc::new(Notify::new());
        let (app, ring) = (app.clone(), bell.clone());
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&app, &channel, &ring).await {
                    tracing::debug!(chain = kernel::error::chain(&error), "not listening");
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
        Self { bell, task }
    }

    /// Waits until something was called since the last time.
    pub(crate) async fn heard(&self) {
        self.bell.notified().await;
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(app: &App, channel: &str, bell: &Notify) -> Result<()> {
    let options = (*app.db.connect_options()).clone();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.application_name("gridwork listener"))
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(channel).await?;
    loop {
        // What was called before, or while away, may have been meant for us.
        bell.notify_one();
        listener.try_recv().await?;
    }
}
