//! People, their seats and leave over HTTP, for those who keep them.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Multipart, State as Given};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::actor::code_range;
use kernel::rights::rule;
use kernel::{
    Actor, Capability, Error, Form, Lang, Moment, Need, OrgId, Path, PersonId, Query, Result, Role,
    RouteRule,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::desk::{self, LeaveForm, PersonForm, SeatForm};
use crate::directory::Units;
use crate::import::{self, People};
use crate::lifecycle::may_seat;
use crate::model::Service;
use crate::routes::State;
use crate::sheet::{self, XLSX};
use crate::store::people::{self as store, LeaveRow, Narrow, PersonRow, SeatRow};

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/people", Need::Can(Capability::KeepPeople)),
    rule("POST", "/api/people", Need::Can(Capability::AppointPosts)),
    rule("GET", "/api/people/{id}", Need::Can(Capability::KeepPeople)),
    rule(
        "PUT",
        "/api/people/{id}",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/people/{id}/departure",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/people/{id}/appointments",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/appointments/{id}/end",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "PUT",
        "/api/appointments/{id}",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/people/{id}/leaves",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/leaves/{id}/call-off",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "GET",
        "/api/people/export.xlsx",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/people/import",
        Need::Can(Capability::AppointPosts),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, enter))
        .routes(routes!(page, change))
        .routes(routes!(depart))
        .routes(routes!(appoint))
        .routes(routes!(end))
        .routes(routes!(change_seat))
        .routes(routes!(leave))
        .routes(routes!(call_off))
        .routes(routes!(export))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(take_in))
                .layer(DefaultBodyLimit::max(sheet::MAX_BYTES + 64 * 1024)),
        )
}

/// What a list of people is narrowed to.
#[derive(Debug, Clone, Deserialize, IntoParams)]
struct Asked {
    /// Letters of a name, or the beginning of a staff number.
    q: Option<String>,
    /// A division, twelve digits, and all below it.
    area: Option<i64>,
    /// As what.
    #[param(value_type = Option<String>)]
    role: Option<Role>,
    /// `full_time`, `part_time` or `volunteer`.
    #[param(value_type = Option<String>)]
    kind: Option<Service>,
    /// A unit.
    #[param(value_type = Option<Uuid>)]
    org: Option<OrgId>,
    /// A grid, by code.
    grid: Option<String>,
    /// `active`, `away`, `idle` or `left`.
    state: Option<String>,
    /// The person the last page ended with.
    #[param(value_type = Option<Uuid>)]
    after: Option<PersonId>,
    /// At most 200, else 50.
    limit: Option<i64>,
}

/// How somebody stands.
const STATES: [&str; 4] = ["active", "away", "idle", "left"];

fn narrow(state: &State, asked: &Asked) -> Result<Narrow> {
    kernel::error::one_of("state", asked.state.as_deref(), &STATES)?;
    let grid = match asked.grid.as_deref().filter(|g| !g.is_empty()) {
        Some(code) => Some(
            state
                .net
                .current()
                .grid_by_code(code)
                .ok_or_else(|| Error::field("grid", "grid.not_found"))?
                .id,
        ),
        None => None,
    };
    Ok(Narrow {
        q: asked
            .q
            .as_deref()
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect(),
        area: asked.area.map(code_range),
        role: asked.role,
        kind: asked.kind,
        org: asked.org,
        grid,
        state: asked.state.clone(),
    })
}

/// People of the own area, by name, a page at a time.
#[utoipa::path(get, path = "/api/people", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn list(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let limit = asked.limit.unwrap_or(50).clamp(1, 200);
    let narrow = narrow(&state, &asked)?;
    let scope = actor.scope(Capability::KeepPeople);
    let mut conn = state.app.db.acquire().await?;
    let (rows, total) = store::list(&mut conn, &scope, &narrow, asked.after, limit, now).await?;
    let ids: Vec<PersonId> = rows.iter().map(|r| r.id).collect();
    let seats = store::seats(&mut conn, &ids).await?;
    let units = state.directory.current();
    let people: Vec<Value> = rows
        .iter()
        .map(|row| {
            let held: Vec<Value> = seats
                .iter()
                .filter(|s| s.person == row.id && s.valid_to.is_none_or(|to| to > now))
                .map(|s| shown_seat(&state, &units, s, now))
                .collect();
            let mut person = shown(&units, row);
            if let Some(object) = person.as_object_mut() {
                object.insert("seats".into(), held.into());
            }
            person
        })
        .collect();
    let more = i64::try_from(rows.len()).unwrap_or(0) == limit;
    Ok(Json(json!({
        "people": people, "total": total, "after": rows.last().filter(|_| more).map(|r| r.id),
    })))
}

fn unit(units: &Units, id: Option<OrgId>) -> Value {
    id.and_then(|id| units.get(id)).map_or(
        Value::Null,
        |u| json!({"id": u.id, "name_zh": u.name_zh, "name_en": u.name_en}),
    )
}

fn shown(units: &Units, row: &PersonRow) -> Value {
    json!({
        "id": row.id, "name": row.name, "staff_no": row.staff_no, "phone": row.phone_masked,
        "org": unit(units, row.org), "left_at": row.left_at, "account": row.account,
        "away_until": row.away_until, "stand_in": row.stand_in,
    })
}

fn shown_seat(state: &State, units: &Units, seat: &SeatRow, now: Moment) -> Value {
    let net = state.net.current();
    let (role_zh, role_en) = seat.role.name();
    let when = if seat.valid_from > now {
        "to_come"
    } else if seat.valid_to.is_none_or(|to| to > now) {
        "now"
    } else {
        "over"
    };
    json!({
        "id": seat.id, "role": seat.role, "role_zh": role_zh, "role_en": role_en, "kind": seat.kind,
        "area": seat.area.map(|a| json!({"code": a.to_string(), "name": net.division_text(a)})),
        "org": unit(units, seat.org),
        "grid": seat.grid_code.as_ref().map(|c| json!({"code": c, "name": seat.grid_name})),
        "place": seat.place.map(|p| net.division_text(p)),
        "from": seat.valid_from, "to": seat.valid_to, "when": when, "end_reason": seat.end_reason,
    })
}

fn shown_leave(leave: &LeaveRow, now: Moment) -> Value {
    let ends = leave
        .called_off_at
        .map_or(leave.valid_to, |c| c.min(leave.valid_to));
    let when = if leave.called_off_at.is_some_and(|c| c <= leave.valid_from) || ends <= now {
        "over"
    } else if leave.valid_from > now {
        "to_come"
    } else {
        "now"
    };
    json!({
        "id": leave.id, "person": {"id": leave.person, "name": leave.name},
        "stand_in": leave.stand_in.map(|s| json!({"id": s, "name": leave.stand_in_name})),
        "kind": leave.kind, "from": leave.valid_from, "to": ends,
        "called_off": leave.called_off_at.is_some(), "when": when,
    })
}

async fn shown_page(state: &State, actor: &Actor, id: PersonId) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let units: Arc<Units> = state.directory.current();
    let mut conn = state.app.db.acquire().await?;
    let (row, seats) = desk::within(&mut conn, actor, Capability::KeepPeople, &units, id, now)
        .await?
        .ok_or(Error::NotFound("person.not_found"))?;
    let leaves = store::leaves_of(&mut conn, id).await?;
    let history = store::history(&mut conn, id).await?;
    let appoints = actor.can(Capability::AppointPosts);
    let seats: Vec<Value> = seats
        .iter()
        .map(|s| {
            let mut seat = shown_seat(state, &units, s, now);
            let may = appoints && may_seat(actor, id, s.role, s.place.as_slice()).is_ok();
            if let Some(object) = seat.as_object_mut() {
                object.insert("may_end".into(), may.into());
            }
            seat
        })
        .collect();
    let mut person = shown(&units, &row);
    if let Some(object) = person.as_object_mut() {
        object.insert("seats".into(), seats.into());
        let leaves: Vec<Value> = leaves.iter().map(|l| shown_leave(l, now)).collect();
        object.insert("leaves".into(), leaves.into());
        let told: Vec<Value> = history
            .into_iter()
            .map(|(at, by, what, body)| {
                let role = serde_json::from_value::<Role>(body["role"].clone()).ok();
                let (role_zh, role_en) = role.map(Role::name).unwrap_or_default();
                json!({"at": at, "by": by, "what": what, "role_zh": role_zh, "role_en": role_en})
            })
            .collect();
        object.insert("history".into(), told.into());
        object.insert("own".into(), (actor.person == id).into());
    }
    Ok(Json(json!({"person": person})))
}

/// A person with seats, leave and what was done.
#[utoipa::path(get, path = "/api/people/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404, description = "person.not_found")))]
async fn page(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Json<Value>> {
    shown_page(&state, &actor, id).await
}

/// Enters a person.
#[utoipa::path(post, path = "/api/people", tag = "people", request_body = PersonForm,
    responses((status = 200, body = Object), (status = 422)))]
async fn enter(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<PersonForm>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    desk::keep_person(&mut tx, &state, &actor, &form, true, now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, form.id).await
}

/// What is changed of a person.
#[derive(Debug, Deserialize, ToSchema)]
struct Change {
    /// The name colleagues see.
    name: String,
    /// The number in the house's own register.
    staff_no: Option<String>,
    /// The telephone number; left out, the one known stays.
    phone: Option<String>,
    /// The unit the person belongs to; left out, it stays.
    org: Option<OrgId>,
}

/// Changes name, number, telephone or unit.
#[utoipa::path(put, path = "/api/people/{id}", tag = "people", request_body = Change, params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 422)))]
async fn change(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(form): Form<Change>,
) -> Result<Json<Value>> {
    let form = PersonForm {
        id,
        name: form.name,
        staff_no: form.staff_no,
        phone: form.phone,
        org: form.org,
    };
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    desk::keep_person(&mut tx, &state, &actor, &form, false, now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, id).await
}

/// Somebody leaves the house: every seat ends.
#[utoipa::path(post, path = "/api/people/{id}/departure", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn depart(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    desk::depart(&mut tx, &state, &actor, id, now).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Gives a seat.
#[utoipa::path(post, path = "/api/people/{id}/appointments", tag = "people", request_body = SeatForm,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn appoint(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(form): Form<SeatForm>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    desk::seat(&mut tx, &state, &actor, id, &form, now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, id).await
}

/// When and why a seat ends.
#[derive(Debug, Deserialize, ToSchema)]
struct End {
    /// Now when left out.
    at: Option<Moment>,
    /// At most 200 letters.
    #[serde(default)]
    reason: String,
}

/// Ends a seat.
#[utoipa::path(post, path = "/api/appointments/{id}/end", tag = "people", request_body = End,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn end(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<End>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    desk::end_seat(&mut tx, &actor, id, form.at, &form.reason, now).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Until when and how a seat is served.
#[derive(Debug, Deserialize, ToSchema)]
struct SeatChange {
    /// Until when; without an end when left out.
    to: Option<Moment>,
    /// Full-time, part-time or as a volunteer.
    kind: Service,
}

/// Changes until when and how a seat is served.
#[utoipa::path(put, path = "/api/appointments/{id}", tag = "people", request_body = SeatChange,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn change_seat(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<SeatChange>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    let person = desk::change_seat(&mut tx, &actor, id, form.to, form.kind, now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, person).await
}

/// Enters that somebody is away, and who stands in.
#[utoipa::path(post, path = "/api/people/{id}/leaves", tag = "people", request_body = LeaveForm,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn leave(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(form): Form<LeaveForm>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    desk::leave(&mut tx, &state, &actor, id, &form, now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, id).await
}

/// Somebody is back before the time, or does not go.
#[utoipa::path(post, path = "/api/leaves/{id}/call-off", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn call_off(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    let person = desk::call_off(&mut tx, &state, &actor, id, now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, person).await
}

/// Most people of one file.
const MOST: i64 = 50_000;

/// People of the own area with their seats as a spreadsheet, telephone numbers masked; its rows can be
/// put back by `import`, where a masked number changes nothing.
#[utoipa::path(get, path = "/api/people/export.xlsx", tag = "people", params(Asked),
    responses((status = 200, content_type = XLSX)))]
async fn export(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = state.app.clock.now();
    let narrow = narrow(&state, &asked)?;
    let scope = actor.scope(Capability::KeepPeople);
    let mut conn = state.app.db.acquire().await?;
    let (rows, _) = store::list(&mut conn, &scope, &narrow, None, MOST, now).await?;
    let ids: Vec<PersonId> = rows.iter().map(|r| r.id).collect();
    let seats = store::seats(&mut conn, &ids).await?;
    drop(conn);
    let units = state.directory.current();
    let lines = import::people_lines(&state, &units, &rows, &seats, lang, now, |row| {
        row.phone_masked.clone()
    });
    file(
        "people.xlsx",
        lang.pick("人员", "People"),
        lang,
        import::PEOPLE,
        lines,
        None,
    )
    .await
}

/// A spreadsheet as an answer.
///
/// # Errors
/// When it cannot be written.
pub async fn file(
    name: &'static str,
    title: &'static str,
    lang: Lang,
    columns: &'static [sheet::Column],
    lines: Vec<Vec<String>>,
    foot: Option<String>,
) -> Result<Response> {
    let bytes = tokio::task::spawn_blocking(move || {
        sheet::write(title, lang, columns, &lines, foot.as_deref())
    })
    .await
    .map_err(|e| Error::ours("writing a spreadsheet", e))??;
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, XLSX.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

/// How a sheet is taken.
#[derive(Debug, Deserialize, IntoParams)]
pub struct How {
    /// Whether only to tell what would happen.
    #[serde(default)]
    pub try_only: bool,
}

/// Puts a sheet of people and their seats (xlsx or CSV, the part `file`) in: all rows or none. The same
/// sheet again changes nothing.
#[utoipa::path(post, path = "/api/people/import", tag = "people", params(How),
    request_body(content_type = "multipart/form-data", description = "the part `file`"),
    responses((status = 200, body = import::Report), (status = 413, description = "form.too_large")))]
async fn take_in(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Query(how): Query<How>,
    parts: Multipart,
) -> Result<Json<import::Report>> {
    let bytes = uploaded(parts).await?;
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let report = People {
        state: &state,
        actor: Some(&actor),
        lang,
        now,
    }
    .take_in(&mut tx, bytes.to_vec(), how.try_only)
    .await?;
    tx.commit().await?;
    Ok(Json(report))
}

/// The part `file` of the form.
///
/// # Errors
/// 413 `form.too_large`; 422 on `file`.
pub async fn uploaded(mut parts: Multipart) -> Result<Bytes> {
    let unreadable = |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "form.too_large")
        } else {
            Error::field("file", "file.unreadable")
        }
    };
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        if part.name() == Some("file") {
            return part.bytes().await.map_err(unreadable);
        }
    }
    Err(Error::field("file", "file.missing"))
}
