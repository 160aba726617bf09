//! Party building in grids: branches and service points with address, services and hours, and the officer who
//! answers for each. Nobody's membership is kept.

use axum::Json;
use axum::extract::State as Given;
use kernel::actor::code_range;
use kernel::rights::rule;
use kernel::{
    Actor, Capability, Error, FieldFault, Form, Need, Path, PersonId, Query, Result, RouteRule,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::posts::Asked;
use crate::store::liaison::{self as store, NewPlace};
use crate::{State, missing, said};

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/public/service-points", Need::Public),
    rule("GET", "/api/party-places", Need::Can(Capability::ReadNet)),
    rule("POST", "/api/party-places", Need::Can(Capability::KeepOrgs)),
    rule(
        "POST",
        "/api/party-places/{id}/close",
        Need::Can(Capability::KeepOrgs),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(public))
        .routes(routes!(list, keep))
        .routes(routes!(close))
}

/// What is offered at a place.
pub const SERVICES: [&str; 6] = [
    "enquiries",
    "agency",
    "mediation",
    "volunteering",
    "reading",
    "rest",
];

fn placed(state: &State, list: Vec<Value>) -> Vec<Value> {
    list.into_iter()
        .map(|mut row| {
            let area = row["area"].as_str().and_then(|a| a.parse().ok());
            if let (Some(area), Some(object)) = (area, row.as_object_mut()) {
                object.insert("area_name".into(), state.place(area).into());
            }
            row
        })
        .collect()
}

/// Service points residents may go to.
#[utoipa::path(get, path = "/api/public/service-points", tag = "public", params(Asked), responses((status = 200, body = Object)))]
async fn public(Given(state): Given<State>, Query(asked): Query<Asked>) -> Result<Json<Value>> {
    let range = asked.area.map_or((0, i64::MAX), code_range);
    let mut conn = state.staff.app.db.acquire().await?;
    let list = placed(&state, store::service_points(&mut conn, range).await?);
    Ok(Json(json!({"places": list})))
}

/// Branches and service points in an area.
#[utoipa::path(get, path = "/api/party-places", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn list(Given(state): Given<State>, Query(asked): Query<Asked>) -> Result<Json<Value>> {
    let range = asked.area.map_or((0, i64::MAX), code_range);
    let mut conn = state.staff.app.db.acquire().await?;
    let list = placed(&state, store::places(&mut conn, range).await?);
    Ok(Json(json!({"places": list})))
}

/// A branch or service point.
#[derive(Debug, Deserialize, ToSchema)]
struct Place {
    /// Made by the sender; one known is changed.
    id: Uuid,
    /// `branch` or `service_point`.
    kind: String,
    /// 2 to 60 letters.
    name_zh: String,
    /// English, when there is one.
    #[serde(default)]
    name_en: String,
    /// The grid, by code.
    grid: String,
    /// At most 120 letters.
    #[serde(default)]
    address: String,
    /// From the list.
    #[serde(default)]
    services: Vec<String>,
    /// As a unit's duty hours.
    #[serde(default)]
    hours: String,
    /// The place's own telephone.
    #[serde(default)]
    phone: String,
    /// The officer who answers for it.
    #[serde(default)]
    liaison: Option<PersonId>,
}

/// Enters or changes a place.
#[utoipa::path(post, path = "/api/party-places", tag = "people", request_body = Place,
    responses((status = 200, body = Object), (status = 422)))]
async fn keep(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Place>,
) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::KeepOrgs);
    let mut faults = Vec::new();
    let mut read = |field: &str, text: &str, min, max| {
        said(field, text, min, max).unwrap_or_else(|fault| {
            faults.push(fault);
            String::new()
        })
    };
    let name_zh = read("name_zh", &form.name_zh, 2, 60);
    let name_en = read("name_en", &form.name_en, 0, 120);
    let address = read("address", &form.address, 0, 120);
    let phone = read("phone", &form.phone, 0, 40);
    if !["branch", "service_point"].contains(&form.kind.as_str()) {
        faults.push(FieldFault::new("kind", "party_place.kind"));
    }
    if !form.services.iter().all(|s| SERVICES.contains(&s.as_str())) {
        faults.push(FieldFault::new("services", "party_place.services"));
    }
    let hours = staff::hours::tidy(&form.hours);
    if hours.is_none() {
        faults.push(FieldFault::new("hours", "hours.unreadable"));
    }
    let net = state.staff.net.current();
    let grid = net
        .grid_by_code(form.grid.trim())
        .filter(|g| scope.holds(g.community));
    if grid.is_none() {
        faults.push(FieldFault::new("grid", "grid.not_found"));
    }
    let (Some(grid), Some(hours), true) = (grid, hours, faults.is_empty()) else {
        return Err(Error::invalid(faults));
    };
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    if let Some(liaison) = form.liaison
        && staff::store::people::find(&mut tx, liaison, now)
            .await?
            .is_none()
    {
        return Err(Error::field("liaison", "person.not_found"));
    }
    if let Some(area) = store::place_area(&mut tx, form.id).await?
        && !scope.holds(area)
    {
        return Err(Error::conflict("command.id_reused"));
    }
    let new = NewPlace {
        id: form.id,
        kind: form.kind,
        name_zh,
        name_en,
        grid: grid.id,
        area: grid.community,
        address,
        services: form.services,
        hours,
        phone,
        liaison: form.liaison,
        by: actor.person,
    };
    store::keep_place(&mut tx, &new, now).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Takes a place out of use.
#[utoipa::path(post, path = "/api/party-places/{id}/close", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn close(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.staff.app.db.begin().await?;
    store::place_area(&mut tx, id)
        .await?
        .filter(|a| actor.scope(Capability::KeepOrgs).holds(*a))
        .ok_or_else(|| missing("party_place.not_found"))?;
    store::close_place(&mut tx, id, state.now()).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}
