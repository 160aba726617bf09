//! The clock that a test moves. Only in builds with the feature `controlled-clock`.

use axum::Json;
use axum::extract::State;
use kernel::rights::rule;
use kernel::{App, Form, Need, Result, RouteRule};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/test/clock", Need::Public),
    rule("POST", "/api/test/clock", Need::Public),
];

/// The routes that move the clock.
pub fn routes() -> OpenApiRouter<cases::State> {
    OpenApiRouter::new().routes(routes!(read, advance))
}

const KEY: &str = "test_clock_offset_us";

/// Takes over how far another process has moved the clock.
///
/// # Errors
/// When the database fails.
pub async fn catch_up(app: &App) -> Result<()> {
    let row: Option<(Value,)> = sqlx::query_as("select value from settings where key = $1")
        .bind(KEY)
        .fetch_optional(&app.db)
        .await?;
    if let Some(offset) = row.and_then(|r| r.0.as_i64()) {
        app.clock.set_offset_us(offset);
    }
    Ok(())
}

/// What time it is for this server.
#[utoipa::path(get, path = "/api/test/clock", tag = "test", responses((status = 200, body = Object)))]
async fn read(State(state): State<cases::State>) -> Result<Json<Value>> {
    catch_up(&state.app).await?;
    Ok(Json(json!({"now": state.app.clock.now()})))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Advance {
    /// Seconds ahead.
    advance_s: i64,
}

/// Moves the clock ahead and fires what is due before it answers.
#[utoipa::path(post, path = "/api/test/clock", tag = "test", request_body = Advance,
    responses((status = 200, body = Object)))]
async fn advance(
    State(state): State<cases::State>,
    Form(form): Form<Advance>,
) -> Result<Json<Value>> {
    catch_up(&state.app).await?;
    let offset = state.app.clock.offset_us() + form.advance_s.max(0) * 1_000_000;
    sqlx::query(
        "insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = $2",
    )
    .bind(KEY)
    .bind(json!(offset))
    .execute(&state.app.db)
    .await?;
    state.app.clock.set_offset_us(offset);
    let now = state.app.clock.now();
    let fired = cases::jobs::fire(&state, now).await?;
    Ok(Json(json!({"now": now, "fired": fired})))
}
