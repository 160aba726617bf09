//! The work list: filters, counts, export.
//!
//! [`filter`] reads the address; [`reach`] says how far the caller sees and [`mine`] what waits for
//! them; [`select`] makes the statement and reads pages by [`key`]; [`count`] counts to a thousand;
//! [`common`] judges how common searched words are; [`rows`] shows cases as their pages would;
//! [`export`] writes them into a spreadsheet.

pub mod common;
mod conditions;
pub mod count;
pub mod export;
pub mod filter;
pub mod key;
pub mod mine;
pub mod reach;
pub mod rows;
pub mod select;

use accounts::audit;
use axum::Json;
use axum::extract::State as Given;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kernel::Query;
use kernel::rights::rule;
use kernel::{Actor, Capability, CaseId, Error, Lang, Moment, Need, Result, RouteRule};
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::State;
use count::Counts;
use filter::Asked;
use key::Key;
use select::Select;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/cases", Need::Can(Capability::ReadCases)),
    rule("GET", "/api/cases/counts", Need::Can(Capability::ReadCases)),
    rule(
        "GET",
        "/api/cases/export.xlsx",
        Need::Can(Capability::ExportCases),
    ),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(counted))
        .routes(routes!(exported))
}

/// How far events are sealed.
///
/// # Errors
/// When the database fails.
pub async fn sealed(conn: &mut PgConnection) -> Result<i64> {
    Ok(
        sqlx::query_scalar("select coalesce(max(seq), 0) from sealed")
            .fetch_one(conn)
            .await?,
    )
}

/// Cases within reach under the filter, a page at a time.
#[utoipa::path(get, path = "/api/cases", tag = "cases", params(Asked),
    responses((status = 200, body = Object), (status = 422, description = "The filters at fault")))]
async fn list(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let filter = asked.read(&state)?;
    let rows = asked.rows()?;
    let after = asked.after.as_deref().filter(|a| !a.is_empty());
    let after = after.map(|a| Key::read(a, filter.sort)).transpose()?;
    let mut conn = state.cases.app.db.acquire().await?;
    // Read first: what happens between is told once more, never missed.
    let seq = sealed(&mut conn).await?;
    let select = Select::new(&mut conn, &state, &actor, Capability::ReadCases, filter).await?;
    let (ids, next) = select.page(&mut conn, after, rows).await?;
    let cases = rows::rows(&mut conn, &state, &actor, &ids, select.now).await?;
    Ok(Json(
        json!({"cases": cases, "next": next.map(Key::word), "seq": seq}),
    ))
}

/// How many cases there are under the filter, whole and in groups; exact to 1,000.
#[utoipa::path(get, path = "/api/cases/counts", tag = "cases", params(Asked),
    responses((status = 200, body = Counts), (status = 422, description = "The filters at fault")))]
async fn counted(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Counts>> {
    let filter = asked.read(&state)?;
    let mut conn = state.cases.app.db.acquire().await?;
    let select = Select::new(&mut conn, &state, &actor, Capability::ReadCases, filter).await?;
    // Given back first: counting takes as many as it needs.
    drop(conn);
    Ok(Json(count::counts(&state.cases.app.db, &select).await?))
}

/// The list as a spreadsheet, at most 20,000 rows. That it was taken is written to the audit log.
#[utoipa::path(get, path = "/api/cases/export.xlsx", tag = "cases", params(Asked),
    responses((status = 200, content_type = export::XLSX)))]
async fn exported(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let filter = asked.read(&state)?;
    let mut tx = state.cases.app.db.begin().await?;
    let select = Select::new(&mut tx, &state, &actor, Capability::ExportCases, filter).await?;
    let (ids, next) = select.page(&mut tx, None, export::MOST).await?;
    let lines = lines(&mut tx, &state, &actor, &ids, select.now).await?;
    let entry = audit::Entry::of(&actor, "cases.exported", select.now).with(json!({
        "rows": lines.len(), "more": next.is_some(), "filter": told(&asked),
    }));
    audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    let bytes = tokio::task::spawn_blocking(move || export::workbook(&lines, lang))
        .await
        .map_err(|e| Error::ours("writing a spreadsheet", e))??;
    let day = select.now.date(&state.cases.app.city.zone);
    let name = format!("attachment; filename=\"cases-{day}.xlsx\"");
    let headers = [
        (header::CONTENT_TYPE, export::XLSX.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes).into_response())
}

/// The filter as logged: without words that were searched for, which may name a person.
fn told(asked: &Asked) -> Value {
    json!({
        "searched": asked.q.as_deref().is_some_and(|q| !q.is_empty()),
        "stage": asked.stage, "matter": asked.matter, "source": asked.source, "area": asked.area,
        "org": asked.org, "level": asked.level, "mine": asked.mine, "ask": asked.ask,
        "urgency": asked.urgency, "from": asked.from, "to": asked.to, "grid": asked.grid,
        "supervised": asked.supervised, "bbox": asked.bbox,
    })
}

/// Rows as exported: with times in the city's zone.
async fn lines(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    ids: &[CaseId],
    now: Moment,
) -> Result<Vec<Value>> {
    let zone = &state.cases.app.city.zone;
    let local = |at: Option<&Value>| {
        let at: Option<Moment> = at.and_then(Value::as_str).and_then(|t| t.parse().ok());
        at.map(|m| {
            m.stamp()
                .to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        })
    };
    let mut lines = Vec::with_capacity(ids.len());
    for part in ids.chunks(500) {
        for mut row in rows::rows(conn, state, actor, part, now).await? {
            let reported = local(row.get("reported_at"));
            let updated = local(row.get("updated_at"));
            let due = local(row.pointer("/clock/due_at"));
            if let Some(row) = row.as_object_mut() {
                row.insert("reported_local".into(), json!(reported));
                row.insert("updated_local".into(), json!(updated));
                row.insert("due_local".into(), json!(due));
            }
            lines.push(row);
        }
    }
    Ok(lines)
}
