//! Units over HTTP, for those who keep them and those who look one up.

use axum::Json;
use axum::extract::{DefaultBodyLimit, Multipart, State as Given};
use axum::response::Response;
use divisions::Level;
use kernel::actor::code_range;
use kernel::rights::rule;
use kernel::{
    Actor, Capability, Error, FieldFault, Form, Lang, Need, OrgId, Path, Query, Result, RouteRule,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::hours;
use crate::import::{self, UnitsSheet};
use crate::model::OrgKind;
use crate::people::{How, file, uploaded};
use crate::routes::State;
use crate::sheet;
use crate::store::people::{self as people_store, Did};
use crate::store::units::{self as store, Kept, Narrow, UnitRow};

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/orgs/all", Need::Can(Capability::ReadNet)),
    rule("GET", "/api/orgs/{id}", Need::Can(Capability::ReadNet)),
    rule("POST", "/api/orgs", Need::Can(Capability::KeepOrgs)),
    rule("PUT", "/api/orgs/{id}", Need::Can(Capability::KeepOrgs)),
    rule(
        "POST",
        "/api/orgs/{id}/close",
        Need::Can(Capability::KeepOrgs),
    ),
    rule(
        "GET",
        "/api/orgs/export.xlsx",
        Need::Can(Capability::ReadNet),
    ),
    rule("POST", "/api/orgs/import", Need::Can(Capability::KeepOrgs)),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(found))
        .routes(routes!(page, change))
        .routes(routes!(close))
        .routes(routes!(export))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(take_in))
                .layer(DefaultBodyLimit::max(sheet::MAX_BYTES + 64 * 1024)),
        )
}

/// What a list of units is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
struct Asked {
    /// Letters of a name, or a key.
    q: Option<String>,
    /// A division, twelve digits, and all below it.
    area: Option<i64>,
    /// What sort, e.g. `department`.
    #[param(value_type = Option<String>)]
    kind: Option<OrgKind>,
    /// `city`, `county`, `town` or `village`.
    level: Option<String>,
    /// Sections of this unit.
    #[param(value_type = Option<Uuid>)]
    parent: Option<OrgId>,
    /// The unit the last page ended with.
    #[param(value_type = Option<Uuid>)]
    after: Option<OrgId>,
    /// At most 200, else 50.
    limit: Option<i64>,
}

fn narrow(asked: &Asked) -> Narrow {
    Narrow {
        q: asked
            .q
            .as_deref()
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect(),
        area: asked.area.map_or((0, i64::MAX), code_range),
        kind: asked.kind,
        level: asked.level.clone(),
        parent: asked.parent,
    }
}

fn shown(state: &State, row: &UnitRow) -> Value {
    let units = state.directory.current();
    let parent = row.parent.and_then(|p| units.get(p));
    json!({
        "id": row.id, "key": row.key, "kind": row.kind, "level": row.level,
        "area": {"code": row.area.to_string(), "name": state.net.current().division_text(row.area)},
        "parent": parent.map(|u| json!({"id": u.id, "name_zh": u.name_zh, "name_en": u.name_en})),
        "name_zh": row.name_zh, "name_en": row.name_en, "phone": row.phone, "address": row.address,
        "duty_hours": row.duty_hours, "people": row.people, "sections": row.sections,
        "closed_at": row.valid_to,
    })
}

/// Units in force, by area and key, a page at a time.
#[utoipa::path(get, path = "/api/orgs/all", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn list(Given(state): Given<State>, Query(asked): Query<Asked>) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let limit = asked.limit.unwrap_or(50).clamp(1, 200);
    let mut conn = state.app.db.acquire().await?;
    kernel::error::one_of(
        "level",
        asked.level.as_deref(),
        &["city", "county", "town", "village"],
    )?;
    let (rows, total) = store::list(&mut conn, &narrow(&asked), asked.after, limit, now).await?;
    let more = i64::try_from(rows.len()).unwrap_or(0) == limit;
    let orgs: Vec<Value> = rows.iter().map(|r| shown(&state, r)).collect();
    Ok(Json(json!({
        "orgs": orgs, "total": total, "after": rows.last().filter(|_| more).map(|r| r.id),
    })))
}

async fn shown_page(state: &State, actor: &Actor, id: OrgId) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let mut conn = state.app.db.acquire().await?;
    let row = store::lock(&mut conn, id, now)
        .await?
        .ok_or(Error::NotFound("org.not_found"))?;
    let below = Narrow {
        area: (0, i64::MAX),
        parent: Some(id),
        ..Narrow::default()
    };
    let (sections, _) = store::list(&mut conn, &below, None, 200, now).await?;
    let people = crate::store::people_of(&mut conn, id, now).await?;
    let people: Vec<Value> = people
        .iter()
        .map(|p| {
            let (role_zh, role_en) = p.role.name();
            json!({"id": p.id, "name": p.name, "role_zh": role_zh, "role_en": role_en})
        })
        .collect();
    let mut org = shown(state, &row);
    if let Some(object) = org.as_object_mut() {
        let sections: Vec<Value> = sections.iter().map(|r| shown(state, r)).collect();
        object.insert("below".into(), sections.into());
        object.insert("staff".into(), people.into());
        let may = actor.scope(Capability::KeepOrgs).holds(row.area);
        object.insert("may_change".into(), may.into());
    }
    Ok(Json(json!({"org": org})))
}

/// A unit with its sections and people.
#[utoipa::path(get, path = "/api/orgs/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404, description = "org.not_found")))]
async fn page(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<OrgId>,
) -> Result<Json<Value>> {
    shown_page(&state, &actor, id).await
}

/// What is told of a unit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UnitForm {
    /// Made by the sender for a new unit.
    #[serde(default)]
    pub id: Option<OrgId>,
    /// The kind of work, e.g. `district-urban`; one unit per key and area. Fixed once founded; for a
    /// section left out.
    #[serde(default)]
    pub key: String,
    /// What sort of organisation it is.
    pub kind: OrgKind,
    /// The division it answers in, twelve digits; a section's is its unit's.
    #[serde(default)]
    pub area: String,
    /// The unit above.
    #[serde(default)]
    pub parent: Option<OrgId>,
    /// Chinese.
    pub name_zh: String,
    /// English; the Chinese one when empty.
    #[serde(default)]
    pub name_en: String,
    /// The office's own telephone.
    #[serde(default)]
    pub phone: String,
    /// Where it is.
    #[serde(default)]
    pub address: String,
    /// `1-5 08:30-12:00,14:00-17:30; 6 09:00-12:00`.
    #[serde(default)]
    pub duty_hours: String,
}

/// What a form says of a unit, checked; `before` is the unit as it stands.
fn checked(
    state: &State,
    actor: &Actor,
    id: OrgId,
    form: &UnitForm,
    before: Option<&UnitRow>,
) -> Result<Kept> {
    let units = state.directory.current();
    let mut faults = Vec::new();
    let mut long = |field: &str, text: &str, min: usize, max: usize| {
        let letters = text.trim().chars().count();
        if !(min..=max).contains(&letters) {
            let fault = FieldFault::new(field, "field.length");
            faults.push(fault.with("min", min).with("max", max));
        }
    };
    long("name_zh", &form.name_zh, 2, 60);
    long("name_en", &form.name_en, 0, 120);
    long("phone", &form.phone, 0, 40);
    long("address", &form.address, 0, 120);
    let parent = form.parent.map(|p| units.get(p));
    if matches!(parent, Some(None)) || form.parent == Some(id) {
        faults.push(FieldFault::new("parent", "org.not_found"));
    }
    if form.kind == OrgKind::Section && form.parent.is_none() {
        faults.push(FieldFault::new("parent", "org.section_of_none"));
    }
    let above = parent.flatten();
    let area = match (before, &above, form.kind) {
        (Some(before), _, _) => Some(before.area),
        (None, Some(above), OrgKind::Section) => Some(above.area),
        _ => form.area.trim().parse().ok(),
    };
    let area = area.filter(|a| state.net.current().division(*a).is_some());
    if area.is_none() {
        faults.push(FieldFault::new("area", "division.not_found"));
    }
    let scope = actor.scope(Capability::KeepOrgs);
    if area.is_some_and(|a| !scope.holds(a)) {
        faults.push(FieldFault::new("area", "appointment.out_of_area"));
    }
    let key = match (before, form.kind) {
        (Some(before), _) => before.key.clone(),
        (None, OrgKind::Section) => format!("section-{}", id.0.simple()),
        (None, _) => form.key.trim().to_owned(),
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !(2..=60).contains(&key.len()) || !key.chars().all(plain) {
        faults.push(FieldFault::new("key", "org.key"));
    }
    let taken = area.and_then(|a| units.by_key_area(&key, a));
    if taken.is_some_and(|u| u.id != id) {
        faults.push(FieldFault::new("key", "org.key_taken"));
    }
    let duty_hours = hours::tidy(&form.duty_hours);
    if duty_hours.is_none() {
        faults.push(FieldFault::new("duty_hours", "hours.unreadable"));
    }
    let (Some(area), Some(duty_hours), true) = (area, duty_hours, faults.is_empty()) else {
        return Err(Error::invalid(faults));
    };
    let said = |text: &str| text.trim().to_owned();
    Ok(Kept {
        id,
        key,
        kind: form.kind,
        level: Level::of(area),
        area,
        parent: form.parent,
        name_zh: said(&form.name_zh),
        name_en: if form.name_en.trim().is_empty() {
            said(&form.name_zh)
        } else {
            said(&form.name_en)
        },
        phone: said(&form.phone),
        address: said(&form.address),
        duty_hours,
    })
}

async fn keep(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: OrgId,
    form: &UnitForm,
    new: bool,
) -> Result<()> {
    let now = state.app.clock.now();
    let before = store::lock(conn, id, now).await?;
    if !new && before.is_none() {
        return Err(Error::NotFound("org.not_found"));
    }
    let kept = checked(state, actor, id, form, before.as_ref())?;
    if new
        && before
            .as_ref()
            .is_some_and(|b| (&b.key, b.area) != (&kept.key, kept.area))
    {
        return Err(Error::conflict("command.id_reused"));
    }
    store::keep(conn, std::slice::from_ref(&kept), now).await?;
    let did = Did {
        what: if before.is_none() {
            "founded"
        } else {
            "unit_changed"
        },
        person: None,
        org: Some(id),
        body: json!({}),
    };
    people_store::note(conn, Some(actor.person), &[did], now).await
}

/// Founds a unit or a section.
#[utoipa::path(post, path = "/api/orgs", tag = "people", request_body = UnitForm,
    responses((status = 200, body = Object), (status = 422)))]
async fn found(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<UnitForm>,
) -> Result<Json<Value>> {
    let Some(id) = form.id else {
        return Err(Error::field("id", "field.missing"));
    };
    let mut tx = state.app.db.begin().await?;
    keep(&mut tx, &state, &actor, id, &form, true).await?;
    tx.commit().await?;
    state.directory.reload(&state.app.db).await?;
    shown_page(&state, &actor, id).await
}

/// Changes a unit's names, contacts and hours.
#[utoipa::path(put, path = "/api/orgs/{id}", tag = "people", request_body = UnitForm, params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 422)))]
async fn change(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<OrgId>,
    Form(form): Form<UnitForm>,
) -> Result<Json<Value>> {
    let mut tx = state.app.db.begin().await?;
    keep(&mut tx, &state, &actor, id, &form, false).await?;
    tx.commit().await?;
    state.directory.reload(&state.app.db).await?;
    shown_page(&state, &actor, id).await
}

/// Closes a unit to which nothing is bound any more.
#[utoipa::path(post, path = "/api/orgs/{id}/close", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn close(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<OrgId>,
) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let unit = store::lock(&mut tx, id, now)
        .await?
        .filter(|u| actor.scope(Capability::KeepOrgs).holds(u.area))
        .ok_or(Error::NotFound("org.not_found"))?;
    if unit.valid_to.is_none() {
        match store::bound(&mut tx, id, now).await? {
            (true, ..) => return Err(Error::conflict("org.has_people")),
            (_, true, ..) => return Err(Error::conflict("org.has_sections")),
            (_, _, true, _) => return Err(Error::conflict("org.has_cases")),
            (_, _, _, true) => return Err(Error::conflict("org.has_routes")),
            _ => {}
        }
        store::close(&mut tx, id, now).await?;
        let did = Did {
            what: "closed",
            person: None,
            org: Some(id),
            body: json!({}),
        };
        people_store::note(&mut tx, Some(actor.person), &[did], now).await?;
        tx.commit().await?;
        state.directory.reload(&state.app.db).await?;
    }
    Ok(Json(json!({})))
}

/// Units in force as a spreadsheet that can be put back by `import`.
#[utoipa::path(get, path = "/api/orgs/export.xlsx", tag = "people", params(Asked),
    responses((status = 200, content_type = crate::sheet::XLSX)))]
async fn export(
    Given(state): Given<State>,
    lang: Lang,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = state.app.clock.now();
    let mut conn = state.app.db.acquire().await?;
    let (rows, _) = store::list(&mut conn, &narrow(&asked), None, 50_000, now).await?;
    drop(conn);
    let lines = import::unit_lines(&state, &rows, lang);
    file(
        "orgs.xlsx",
        lang.pick("单位", "Organisations"),
        lang,
        import::UNITS,
        lines,
        None,
    )
    .await
}

/// Puts a sheet of units (xlsx or CSV, the part `file`) in: all rows or none. The same sheet again
/// changes nothing.
#[utoipa::path(post, path = "/api/orgs/import", tag = "people", params(How),
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
    let report = UnitsSheet {
        state: &state,
        actor: Some(&actor),
        lang,
        now,
    }
    .take_in(&mut tx, bytes.to_vec(), how.try_only)
    .await?;
    tx.commit().await?;
    if report.stored {
        state.directory.reload(&state.app.db).await?;
    }
    Ok(Json(report))
}
