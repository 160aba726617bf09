//! Limits against abuse, counted in the database so that they hold over several servers.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::app::App;
use crate::error::{Error, Result};

/// Who is counted: an address, or an account. Put into the request by the server's outermost layer,
/// which alone knows whether a proxy may be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From(pub String);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> std::result::Result<Self, Self::Rejection> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self("unknown".into())))
    }
}

/// Counts one more `what` by `who` in the present window of `seconds`.
///
/// # Errors
/// 429 `limit.reached` with `retry_after_s` when there were `max` already.
pub async fn check(app: &App, what: &str, who: &From, max: i32, seconds: i64) -> Result<()> {
    let now = app.clock.now();
    let start = now.as_second() - now.as_second().rem_euclid(seconds);
    let window = now.plus_s(start - now.as_second());
    // Addresses are kept as keyed hashes: a limit needs no list of who came.
    let key = app.vault.blind("limit", &format!("{what}/{}", who.0));
    let key = format!("{what}/{}", hex(&key));
    let (count,): (i32,) = sqlx::query_as(
        "insert into limits (key, window_at, count) values ($1, to_timestamp($2), 1)
         on conflict (key, window_at) do update set count = limits.count + 1 returning count",
    )
    .bind(&key)
    .bind(start)
    .fetch_one(&app.db)
    .await?;
    if count <= max {
        return Ok(());
    }
    let left = seconds - now.since_s(window).clamp(0, seconds);
    Err(
        Error::refused(StatusCode::TOO_MANY_REQUESTS, "limit.reached")
            .with("retry_after_s", left.max(1)),
    )
}

/// Forgets windows that are over.
///
/// # Errors
/// When the database fails.
pub async fn sweep(app: &App) -> Result<()> {
    sqlx::query("delete from limits where window_at < $1")
        .bind(app.clock.now().plus_s(-2 * 86_400))
        .execute(&app.db)
        .await?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(12).map(|b| format!("{b:02x}")).collect()
}
