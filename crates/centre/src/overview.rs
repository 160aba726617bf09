//! What waits for whom, by the clock, and six figures of an area against the same moment last week.

pub mod figures;
pub mod standing;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Given;
use kernel::Query;
use kernel::rights::rule;
use kernel::{Actor, Capability, Error, FieldFault, Moment, Need, Result, RouteRule};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::State;
use crate::list::filter::{Asked, Filter};
use crate::list::select::Select;
use crate::list::{count, rows};

/// Rows shown of what waits.
const SHOWN: usize = 60;
/// What waits, by the clock of its stage.
const BUCKETS: [&str; 5] = ["overdue", "within_hour", "today", "later", "paused"];

/// Who may call which route.
pub const RULES: &[RouteRule] = &[rule(
    "GET",
    "/api/overview",
    Need::Can(Capability::ReadCases),
)];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(overview))
}

/// Which area.
#[derive(Debug, Deserialize, IntoParams)]
struct Of {
    /// A division's 12-digit code; the caller's own area when left out.
    area: Option<String>,
}

/// What waits for the caller by the clock, six figures of the area within reach, cases by stage.
#[utoipa::path(get, path = "/api/overview", tag = "cases", params(Of),
    responses((status = 200, body = Object), (status = 422)))]
async fn overview(
    Given(state): Given<State>,
    actor: Actor,
    Query(of): Query<Of>,
) -> Result<Json<Value>> {
    let code = match of.area.as_deref().filter(|a| !a.is_empty()) {
        Some(said) => said.parse().map_err(|_| unknown(said))?,
        None => own_area(&state, &actor),
    };
    let area = state
        .cases
        .net
        .current()
        .division(code)
        .ok_or_else(|| unknown(&code.to_string()))?;
    let asked = Asked {
        area: Some(code.to_string()),
        ..Asked::default()
    };
    let filter = asked.read(&state)?;
    // What waits is all that waits, unless one area is asked for.
    let named = of.area.as_deref().is_some_and(|a| !a.is_empty());
    let waits = if named {
        filter.clone()
    } else {
        Filter::default()
    };
    let (asks, (by_stage, figures)) = tokio::try_join!(
        waiting(&state, &actor, waits),
        measured(&state, &actor, filter)
    )?;
    Ok(Json(json!({
        "asks": asks, "figures": figures, "by_stage": by_stage,
        "area": {"code": area.code.to_string(), "name": area.name},
    })))
}

fn unknown(said: &str) -> Error {
    Error::invalid(vec![
        FieldFault::new("area", "field.unknown").with("said", said),
    ])
}

/// The area of the first seat: its own, its grid's community, its unit's; else the city.
fn own_area(state: &State, actor: &Actor) -> i64 {
    let net = state.cases.net.current();
    let units = state.cases.units.current();
    let of = |seat: &kernel::actor::Seat| {
        seat.area
            .or_else(|| Some(net.grid(seat.grid?)?.community))
            .or_else(|| Some(units.get(seat.org?)?.area))
    };
    actor
        .seats
        .iter()
        .find_map(of)
        .unwrap_or(state.cases.app.city.code)
}

/// What waits for the caller, counted by the clock, and the first rows.
async fn waiting(state: &State, actor: &Actor, filter: Filter) -> Result<Value> {
    let mut conn = state.cases.app.db.acquire().await?;
    let filter = Filter {
        mine: true,
        ..filter
    };
    let select = Select::new(&mut conn, state, actor, Capability::ReadCases, filter).await?;
    let counts = buckets(&mut conn, state, &select).await?;
    let (ids, _) = select.page(&mut conn, None, SHOWN).await?;
    let cases = rows::rows(&mut conn, state, actor, &ids, select.now).await?;
    let mut asks = json!({"cases": cases, "total": counts.values().sum::<i64>()});
    if let Some(asks) = asks.as_object_mut() {
        asks.extend(counts.into_iter().map(|(word, n)| (word, json!(n))));
    }
    Ok(asks)
}

async fn buckets(
    conn: &mut PgConnection,
    state: &State,
    select: &Select,
) -> Result<BTreeMap<String, i64>> {
    let now = select.now;
    let hour = now.plus_s(3_600);
    let midnight = next_midnight(state, now).max(hour);
    count::each_of(conn, select, &BUCKETS, count::CAP, |bucket, sql| {
        match bucket {
            "overdue" => {
                sql.push(" and c.open and c.due_at <= ").push_bind(now);
            }
            "within_hour" => {
                sql.push(" and c.open and c.due_at > ")
                    .push_bind(now)
                    .push(" and c.due_at <= ")
                    .push_bind(hour);
            }
            "today" => {
                sql.push(" and c.open and c.due_at > ")
                    .push_bind(hour)
                    .push(" and c.due_at < ")
                    .push_bind(midnight);
            }
            // An approval asked for on a case that is over has no clock.
            "later" => {
                sql.push(" and (not c.open or c.due_at > ")
                    .push_bind(hour)
                    .push(" and c.due_at >= ")
                    .push_bind(midnight)
                    .push(")");
            }
            _ => {
                sql.push(" and c.open and c.due_at is null");
            }
        };
    })
    .await
}

/// The midnight after `now` in the city's zone.
fn next_midnight(state: &State, now: Moment) -> Moment {
    let zone = &state.cases.app.city.zone;
    now.date(zone)
        .tomorrow()
        .and_then(|d| d.to_zoned(zone.clone()))
        .map_or_else(|_| now.plus_s(86_400), |z| Moment::new(z.timestamp()))
}

async fn measured(
    state: &State,
    actor: &Actor,
    filter: Filter,
) -> Result<(BTreeMap<String, i64>, Vec<figures::Figure>)> {
    let mut conn = state.cases.app.db.acquire().await?;
    let select = Select::new(&mut conn, state, actor, Capability::ReadCases, filter).await?;
    let by_stage = count::by_stage(&mut conn, &select).await?;
    let by_stage = by_stage.into_iter().filter(|(_, n)| *n > 0).collect();
    let figures = figures::figures(&mut conn, state, &select).await?;
    Ok((by_stage, figures))
}
