//! Units and their people over HTTP.

use axum::Json;
use axum::extract::State as Given;
use kernel::actor::code_range;
use kernel::rights::rule;
use kernel::{Capability, Error, Need, OrgId, Result, RouteRule};
use kernel::{Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::directory::Directory;
use crate::model::{Colleague, OrgKind, Unit};
use crate::store;

/// What the routes of this crate are given.
#[derive(Debug, Clone)]
pub struct State {
    /// The city's database, clock and name.
    pub app: kernel::App,
    /// The units in force.
    pub directory: Directory,
    /// The net in force.
    pub net: divisions::Net,
}

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/orgs", Need::Can(Capability::ReadNet)),
    rule(
        "GET",
        "/api/orgs/{id}/people",
        Need::Can(Capability::ReadNet),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(orgs))
        .routes(routes!(people))
        .merge(crate::people::routes())
        .merge(crate::units::routes())
}

#[derive(Debug, Deserialize, IntoParams)]
struct Asked {
    /// Words of a name.
    q: Option<String>,
    /// Units that answer in this division or below, twelve digits.
    area: Option<i64>,
    /// At most 200, else 50.
    limit: Option<usize>,
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrgAnswer {
    id: OrgId,
    name_zh: String,
    name_en: String,
    kind: OrgKind,
    /// The division it answers in, twelve digits.
    area: String,
}

impl From<&Unit> for OrgAnswer {
    fn from(unit: &Unit) -> Self {
        Self {
            id: unit.id,
            name_zh: unit.name_zh.clone(),
            name_en: unit.name_en.clone(),
            kind: unit.kind,
            area: unit.area.to_string(),
        }
    }
}

/// Units found.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrgsAnswer {
    orgs: Vec<OrgAnswer>,
}

/// Finds units by name and area.
#[utoipa::path(get, path = "/api/orgs", tag = "staff", params(Asked), responses((status = 200, body = OrgsAnswer)))]
async fn orgs(Given(state): Given<State>, Query(asked): Query<Asked>) -> Json<OrgsAnswer> {
    let range = asked.area.map_or((i64::MIN, i64::MAX), code_range);
    let limit = asked.limit.unwrap_or(50).min(200);
    let units = state.directory.current();
    let found = units.find(asked.q.as_deref().unwrap_or_default(), range, limit);
    Json(OrgsAnswer {
        orgs: found.iter().map(|u| u.as_ref().into()).collect(),
    })
}

/// People of a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeopleAnswer {
    people: Vec<Colleague>,
}

/// Who works in a unit now.
#[utoipa::path(get, path = "/api/orgs/{id}/people", tag = "staff", params(("id" = OrgId, Path)),
    responses((status = 200, body = PeopleAnswer), (status = 404, description = "org.not_found")))]
async fn people(Given(state): Given<State>, Path(id): Path<OrgId>) -> Result<Json<PeopleAnswer>> {
    state
        .directory
        .current()
        .get(id)
        .ok_or(Error::NotFound("org.not_found"))?;
    let mut conn = state.app.db.acquire().await?;
    let people = store::people_of(&mut conn, id, state.app.clock.now()).await?;
    Ok(Json(PeopleAnswer { people }))
}
