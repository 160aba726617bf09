//! The worker's day: what is to be handled, verified or helped with, by the clock.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State as Given;
use cases::model::Case;
use kernel::Query;
use kernel::rights::rule;
use kernel::{Actor, Capability, CaseId, Moment, Need, Result, RouteRule};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::State;
use crate::list::filter::Filter;
use crate::list::rows;
use crate::list::select::Select;

/// Most tasks of a day.
const MOST: usize = 100;
/// The verbs a worker answers on the way.
const VERBS: [&str; 5] = ["sign", "handle", "take", "verify", "sub_task"];

/// Who may call which route.
pub const RULES: &[RouteRule] = &[rule(
    "GET",
    "/api/field/today",
    Need::Can(Capability::ReadCases),
)];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(today))
}

/// Where the worker stands.
#[derive(Debug, Deserialize, IntoParams)]
struct Here {
    /// Degrees east.
    lon: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
}

/// What is to be done today, by the clock, with the way there when `lon` and `lat` are given.
///
/// Cases a colleague has taken are left out. Where the worker stands is not kept.
#[utoipa::path(get, path = "/api/field/today", tag = "field", params(Here),
    responses((status = 200, body = Object)))]
async fn today(
    Given(state): Given<State>,
    actor: Actor,
    Query(here): Query<Here>,
) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    let filter = Filter {
        mine: true,
        asks: VERBS.to_vec(),
        ..Filter::default()
    };
    let select = Select::new(&mut conn, &state, &actor, Capability::ReadCases, filter).await?;
    let now = select.now;
    let (ids, _): (Vec<CaseId>, _) = select.page(&mut conn, None, 2 * MOST).await?;
    let mut held = rows::held(&mut conn, &state, &actor, &ids).await?;
    let mine = actor.persons();
    held.retain(|h| h.case.handler.is_none_or(|p| mine.contains(&p)) || helps(&h.case, &actor));
    held.truncate(MOST);
    let mut tasks = rows::shown(&mut conn, &state, &actor, &held, now).await?;
    let here = here.lon.zip(here.lat);
    for (task, h) in tasks.iter_mut().zip(&held) {
        let metres = here.zip(h.case.place.as_ref()).map(|(here, place)| {
            let from = atlas::LonLat {
                lon: here.0,
                lat: here.1,
            };
            from.distance_m(atlas::LonLat {
                lon: place.lon,
                lat: place.lat,
            })
            .round()
        });
        let kind = match task["ask"].as_str() {
            Some("take" | "verify") => "verify",
            Some("sub_task") => "sub_task",
            _ => "handle",
        };
        if let Some(task) = task.as_object_mut() {
            task.insert("distance_m".into(), json!(metres));
            task.insert("kind".into(), json!(kind));
        }
    }
    Ok(Json(json!({
        "tasks": tasks, "grids": grids(&state, &actor),
        "done_today": done_today(&mut conn, &state, &actor, now).await?,
    })))
}

/// Whether a unit of the person, which does not lead, is to help, or the person verifies.
fn helps(case: &Case, actor: &Actor) -> bool {
    let orgs = actor.orgs();
    case.lead.is_none_or(|lead| !orgs.contains(&lead))
}

/// The grids of the person's seats; for the chief of a community all of its basic ones.
fn grids(state: &State, actor: &Actor) -> Vec<Value> {
    let net = state.cases.net.current();
    let mut seen = HashSet::new();
    let mut grids = Vec::new();
    for seat in &actor.seats {
        if let Some(grid) = seat.grid.and_then(|g| net.grid(g)) {
            grids.push(grid);
        } else if seat.role == kernel::Role::GridChief {
            let mut below: Vec<_> = net
                .grids()
                .filter(|g| Some(g.community) == seat.area && g.kind == divisions::GridKind::Basic)
                .cloned()
                .collect();
            below.sort_by(|a, b| a.code.cmp(&b.code));
            grids.extend(below);
        }
    }
    grids
        .iter()
        .filter(|g| seen.insert(g.id))
        .map(|g| json!({"code": g.code, "name": g.name}))
        .collect()
}

/// Cases the person finished a step of since midnight.
async fn done_today(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    now: Moment,
) -> Result<i64> {
    let midnight = now.start_of_day(&state.cases.app.city.zone);
    Ok(sqlx::query_scalar(
        "select count(distinct case_id) from case_events
         where person = $1 and at >= $2
           and kind in ('handled', 'self_handled', 'sub_task_done', 'passed', 'failed')",
    )
    .bind(actor.person)
    .bind(midnight)
    .fetch_one(conn)
    .await?)
}
