//! Routing kept as data at the desk: what is in force, drafts of changes, tried on past cases by the
//! code that dispatches, and put in force by a second person.

pub(crate) mod answers;
pub(crate) mod desk;
#[cfg(test)]
mod tests;
pub mod trial;

use axum::Json;
use axum::extract::State as Given;
use kernel::rights::rule;
use kernel::{Actor, Capability, Form, Moment, Need, OrgId, Path, Query, Result, RouteRule};
use matters::routing::table::Times;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::State;
pub use desk::take_force;

const READ: Need = Need::Can(Capability::ReadNet);
const KEEP: Need = Need::Can(Capability::KeepMatters);
const REVIEW: Need = Need::Can(Capability::ReviewMatters);

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/routing/rules", READ),
    rule("GET", "/api/routing/way", READ),
    rule("GET", "/api/routing/drafts", READ),
    rule("POST", "/api/routing/drafts", KEEP),
    rule("GET", "/api/routing/drafts/{id}", READ),
    rule("POST", "/api/routing/drafts/{id}/changes", KEEP),
    rule("DELETE", "/api/routing/drafts/{id}/changes/{change}", KEEP),
    rule("POST", "/api/routing/drafts/{id}/complete", KEEP),
    rule("POST", "/api/routing/drafts/{id}/trial", KEEP),
    rule("GET", "/api/routing/drafts/{id}/trial", REVIEW),
    rule("POST", "/api/routing/drafts/{id}/submit", KEEP),
    rule("POST", "/api/routing/drafts/{id}/approve", REVIEW),
    rule("POST", "/api/routing/drafts/{id}/send-back", REVIEW),
    rule("POST", "/api/routing/drafts/{id}/drop", KEEP),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(rules))
        .routes(routes!(way))
        .routes(routes!(drafts, begin))
        .routes(routes!(draft))
        .routes(routes!(change))
        .routes(routes!(drop_change))
        .routes(routes!(complete))
        .routes(routes!(try_on, trial_of))
        .routes(routes!(submit))
        .routes(routes!(approve))
        .routes(routes!(send_back))
        .routes(routes!(give_up))
}

/// Which rules.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub struct Wanted {
    /// Code of a matter.
    pub matter: Option<String>,
    /// Twelve digits: rules made for this division, and for those within it.
    pub area: Option<String>,
    /// A unit that leads or co-handles.
    pub org: Option<OrgId>,
    /// Rules to pass over.
    #[serde(default)]
    pub after: usize,
    /// At most so many, 1 to 200; 100 when left out.
    pub limit: Option<usize>,
}

/// Rules in force, by matter, then area.
#[utoipa::path(get, path = "/api/routing/rules", tag = "matters", params(Wanted),
    responses((status = 200, body = Object)))]
async fn rules(Given(state): Given<State>, Query(wanted): Query<Wanted>) -> Result<Json<Value>> {
    desk::rules(&state, &wanted).await.map(Json)
}

/// A place and moment to route for.
#[derive(Debug, Deserialize, IntoParams)]
pub struct At {
    /// Code of a matter.
    pub matter: String,
    /// Twelve digits of a community (or wider).
    pub area: String,
    /// When; now when left out.
    #[param(value_type = Option<String>)]
    pub at: Option<Moment>,
}

/// Where a matter goes at a place and moment, with the whole chain of fallbacks.
#[utoipa::path(get, path = "/api/routing/way", tag = "matters", params(At),
    responses((status = 200, body = Object)))]
async fn way(Given(state): Given<State>, Query(at): Query<At>) -> Result<Json<Value>> {
    desk::way(&state, &at).map(Json)
}

/// Drafts of routing, the newest first.
#[utoipa::path(get, path = "/api/routing/drafts", tag = "matters", responses((status = 200, body = Object)))]
async fn drafts(Given(state): Given<State>) -> Result<Json<Value>> {
    desk::drafts(&state).await.map(Json)
}

/// A draft to begin.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewDraft {
    /// Made by the sender; the same id twice is the same draft.
    pub id: Uuid,
    /// What it is about, 2 to 60 letters.
    pub title: String,
    /// Why, at most 500 letters.
    #[serde(default)]
    pub note: String,
    /// When it shall take force; at once when left out.
    #[schema(value_type = Option<String>)]
    pub effective_from: Option<Moment>,
}

/// Begins a draft.
#[utoipa::path(post, path = "/api/routing/drafts", tag = "matters", request_body = NewDraft,
    responses((status = 200, body = Object)))]
async fn begin(
    Given(state): Given<State>,
    actor: Actor,
    Form(new): Form<NewDraft>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::begin(&mut tx, &state, &actor, &new).await?;
    let told = desk::draft(&mut tx, &state, new.id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// A draft with its changes, what they replace, and where it would leave a matter without a unit.
#[utoipa::path(get, path = "/api/routing/drafts/{id}", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
async fn draft(Given(state): Given<State>, Path(id): Path<Uuid>) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    desk::draft(&mut conn, &state, id).await.map(Json)
}

/// What a rule shall say.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RuleForm {
    /// Code of the matter.
    pub matter: String,
    /// Twelve digits.
    pub area: String,
    /// The unit that leads.
    pub org: OrgId,
    /// Units that co-handle, at most 5.
    #[serde(default)]
    pub co: Vec<OrgId>,
    /// -1000 to 1000; the greater goes first in its area.
    #[serde(default)]
    pub precedence: i32,
    /// When it holds: `from_min`, `to_min` (minutes of the day), `days` (1 to 7), `first`, `last` (dates).
    #[serde(default)]
    #[schema(value_type = Object)]
    pub times: Times,
    /// Whether it goes before older rulings.
    #[serde(default)]
    pub over_rulings: bool,
    /// What it rests on, at most 200 letters.
    #[serde(default)]
    pub basis: String,
}

/// A change of the draft.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ChangeForm {
    /// Made by the sender; the same id again changes the change.
    pub id: Uuid,
    /// The rule in force that is replaced or ended.
    pub rule: Option<i32>,
    /// What is put in its place; nothing ends it.
    pub put: Option<RuleForm>,
}

/// Adds a change to a draft, or changes it again.
#[utoipa::path(post, path = "/api/routing/drafts/{id}/changes", tag = "matters", params(("id" = String, Path)),
    request_body = ChangeForm, responses((status = 200, body = Object), (status = 422)))]
async fn change(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<ChangeForm>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::change(&mut tx, &state, &actor, id, &form).await?;
    let told = desk::draft(&mut tx, &state, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Takes a change out of a draft.
#[utoipa::path(delete, path = "/api/routing/drafts/{id}/changes/{change}", tag = "matters",
    params(("id" = String, Path), ("change" = String, Path)), responses((status = 200, body = Object)))]
async fn drop_change(
    Given(state): Given<State>,
    actor: Actor,
    Path((id, change)): Path<(Uuid, Uuid)>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::drop_change(&mut tx, &state, &actor, id, change).await?;
    let told = desk::draft(&mut tx, &state, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// A unit that answers where nobody else does.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Fallback {
    /// The unit.
    pub org: OrgId,
}

/// Adds a rule of last resort for the whole city to every matter that would have no unit somewhere.
#[utoipa::path(post, path = "/api/routing/drafts/{id}/complete", tag = "matters", params(("id" = String, Path)),
    request_body = Fallback, responses((status = 200, body = Object)))]
async fn complete(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Fallback>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::complete(&mut tx, &state, &actor, id, form.org).await?;
    let told = desk::draft(&mut tx, &state, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Which past cases.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema, IntoParams)]
pub struct Past {
    /// Reported from; 30 days ago when left out.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub from: Option<Moment>,
    /// Reported before; now when left out. At most 400 days after `from`.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    pub to: Option<Moment>,
}

/// Tries a draft on past cases and keeps what it gave with it.
#[utoipa::path(post, path = "/api/routing/drafts/{id}/trial", tag = "matters", params(("id" = String, Path)),
    request_body = Past, responses((status = 200, body = Object)))]
async fn try_on(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(past): Form<Past>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    let told = desk::try_on(&mut tx, &state, &actor, id, past, true).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// What trying a draft gives now, for who reviews it.
#[utoipa::path(get, path = "/api/routing/drafts/{id}/trial", tag = "matters",
    params(("id" = String, Path), Past), responses((status = 200, body = Object)))]
async fn trial_of(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Query(past): Query<Past>,
) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    let told = desk::try_on(&mut conn, &state, &actor, id, past, false);
    told.await.map(Json)
}

/// Hands a draft to a second person.
#[utoipa::path(post, path = "/api/routing/drafts/{id}/submit", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn submit(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::submit(&mut tx, &state, &actor, id).await?;
    let told = desk::draft(&mut tx, &state, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Agrees to a draft; it takes force at once or on its day.
#[utoipa::path(post, path = "/api/routing/drafts/{id}/approve", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn approve(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::approve(&mut tx, &state, &actor, id).await?;
    tx.commit().await?;
    state.cases.shelf.refresh(&state.cases.app.db).await?;
    let mut conn = state.cases.app.db.acquire().await?;
    desk::draft(&mut conn, &state, id).await.map(Json)
}

/// Why a draft is sent back.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Reason {
    /// 2 to 500 letters.
    pub reason: String,
}

/// Sends a draft back to who made it.
#[utoipa::path(post, path = "/api/routing/drafts/{id}/send-back", tag = "matters", params(("id" = String, Path)),
    request_body = Reason, responses((status = 200, body = Object), (status = 409)))]
async fn send_back(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Reason>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::send_back(&mut tx, &state, &actor, id, &form.reason).await?;
    let told = desk::draft(&mut tx, &state, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Gives a draft up.
#[utoipa::path(post, path = "/api/routing/drafts/{id}/drop", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn give_up(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::give_up(&mut tx, &state, &actor, id).await?;
    let told = desk::draft(&mut tx, &state, id).await?;
    tx.commit().await?;
    Ok(Json(told))
}
