//! Erases what applicants and volunteers told once it has outlived its use, and says how much.

use std::time::Duration;

use kernel::Result;

use crate::State;
use crate::store::posts;

/// Erases what is due; answers how many applications and volunteers. Each sweep that erased anything is in
/// the audit log.
///
/// # Errors
/// When the database fails: then nothing was erased.
pub async fn erase(state: &State) -> Result<(u64, u64)> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let (applications, volunteers) = posts::erase(&mut tx, now).await?;
    if applications + volunteers > 0 {
        let details = serde_json::json!({"applications": applications, "volunteers": volunteers});
        let entry = accounts::audit::Entry::new("people.erased", now).with(details);
        accounts::audit::write(&mut tx, entry).await?;
        tracing::info!(applications, volunteers, "what outlived its use was erased");
    }
    tx.commit().await?;
    Ok((applications, volunteers))
}

/// Erases once an hour until the task is dropped.
pub async fn run(state: State) {
    let mut beat = tokio::time::interval(Duration::from_secs(3600));
    loop {
        beat.tick().await;
        if let Err(error) = erase(&state).await {
            tracing::warn!(chain = kernel::error::chain(&error), "nothing was erased");
        }
    }
}
