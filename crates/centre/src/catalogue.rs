//! The catalogue kept in versions at the desk: drafts of changes that a second person puts in force,
//! what differs between versions, and grades of areas.

pub(crate) mod desk;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::extract::State as Given;
use kernel::rights::rule;
use kernel::{Actor, Capability, Form, Lang, Need, Path, Query, Result, RouteRule};
use matters::catalogue::{Matter, Question};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::State;
use crate::routing::{NewDraft, Reason};

const READ: Need = Need::Can(Capability::ReadNet);
const KEEP: Need = Need::Can(Capability::KeepMatters);
const REVIEW: Need = Need::Can(Capability::ReviewMatters);

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/matters/{code}/versions", READ),
    rule("GET", "/api/matters/drafts", READ),
    rule("POST", "/api/matters/drafts", KEEP),
    rule("GET", "/api/matters/drafts/{id}", READ),
    rule("GET", "/api/matters/drafts/{id}/changes/{code}", READ),
    rule("PUT", "/api/matters/drafts/{id}/changes/{code}", KEEP),
    rule("DELETE", "/api/matters/drafts/{id}/changes/{code}", KEEP),
    rule("PUT", "/api/matters/drafts/{id}/questions", KEEP),
    rule("POST", "/api/matters/drafts/{id}/submit", KEEP),
    rule("POST", "/api/matters/drafts/{id}/approve", REVIEW),
    rule("POST", "/api/matters/drafts/{id}/send-back", REVIEW),
    rule("POST", "/api/matters/drafts/{id}/drop", KEEP),
    rule("GET", "/api/area-grades", READ),
    rule("PUT", "/api/area-grades", KEEP),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(versions))
        .routes(routes!(drafts, begin))
        .routes(routes!(draft))
        .routes(routes!(change, put_change, drop_change))
        .routes(routes!(share))
        .routes(routes!(submit))
        .routes(routes!(approve))
        .routes(routes!(send_back))
        .routes(routes!(give_up))
        .routes(routes!(grades, set_grade))
}

/// Every version of a matter, the newest first, each with what differs from the one before.
#[utoipa::path(get, path = "/api/matters/{code}/versions", tag = "matters", params(("code" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn versions(Given(state): Given<State>, Path(code): Path<String>) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    desk::versions(&mut conn, &code).await.map(Json)
}

/// Drafts of the catalogue, the newest first.
#[utoipa::path(get, path = "/api/matters/drafts", tag = "matters", responses((status = 200, body = Object)))]
async fn drafts(Given(state): Given<State>) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    desk::drafts(&mut conn).await.map(Json)
}

/// Begins a draft.
#[utoipa::path(post, path = "/api/matters/drafts", tag = "matters", request_body = NewDraft,
    responses((status = 200, body = Object)))]
async fn begin(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Form(new): Form<NewDraft>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::begin(&mut tx, &state, &actor, &new).await?;
    let told = desk::draft(&mut tx, &state, new.id, 0, lang).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Which changes are told.
#[derive(Debug, Default, Deserialize, IntoParams)]
struct From {
    /// Changes to pass over; 50 are told.
    #[serde(default)]
    after: usize,
}

/// A draft with 50 of its changes and what differs, and the faults of the catalogue as it would be.
#[utoipa::path(get, path = "/api/matters/drafts/{id}", tag = "matters", params(("id" = String, Path), From),
    responses((status = 200, body = Object)))]
async fn draft(
    Given(state): Given<State>,
    lang: Lang,
    Path(id): Path<Uuid>,
    Query(from): Query<From>,
) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    let told = desk::draft(&mut conn, &state, id, from.after, lang);
    told.await.map(Json)
}

/// A matter as the draft has it, else as it is in force, and what differs.
#[utoipa::path(get, path = "/api/matters/drafts/{id}/changes/{code}", tag = "matters",
    params(("id" = String, Path), ("code" = String, Path)), responses((status = 200, body = Object)))]
async fn change(
    Given(state): Given<State>,
    Path((id, code)): Path<(Uuid, String)>,
) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    desk::change(&mut conn, &state, id, &code).await.map(Json)
}

/// What a matter shall say.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MatterForm {
    /// The whole matter; nothing ends it.
    #[schema(value_type = Option<Object>)]
    pub body: Option<Matter>,
}

/// Changes a matter in a draft, or changes it again; nothing in `body` ends it.
#[utoipa::path(put, path = "/api/matters/drafts/{id}/changes/{code}", tag = "matters",
    params(("id" = String, Path), ("code" = String, Path)), request_body = MatterForm,
    responses((status = 200, body = Object), (status = 422)))]
async fn put_change(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path((id, code)): Path<(Uuid, String)>,
    Form(form): Form<MatterForm>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::put_change(&mut tx, &state, &actor, id, &code, form.body, lang).await?;
    let told = desk::draft(&mut tx, &state, id, 0, lang).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Takes a matter out of a draft.
#[utoipa::path(delete, path = "/api/matters/drafts/{id}/changes/{code}", tag = "matters",
    params(("id" = String, Path), ("code" = String, Path)), responses((status = 200, body = Object)))]
async fn drop_change(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path((id, code)): Path<(Uuid, String)>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::drop_change(&mut tx, &state, &actor, id, &code).await?;
    let told = desk::draft(&mut tx, &state, id, 0, lang).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// A question that several matters share.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SharedForm {
    /// As it shall be asked; its code names it.
    #[schema(value_type = Object)]
    pub question: Question,
    /// Codes of further matters that shall ask it.
    #[serde(default)]
    pub matters: Vec<String>,
}

/// Asks a shared question differently in every matter that shares it, and of further ones: its next version.
#[utoipa::path(put, path = "/api/matters/drafts/{id}/questions", tag = "matters", params(("id" = String, Path)),
    request_body = SharedForm, responses((status = 200, body = Object), (status = 422)))]
async fn share(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Uuid>,
    Form(form): Form<SharedForm>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::share(&mut tx, &state, &actor, id, &form, lang).await?;
    let told = desk::draft(&mut tx, &state, id, 0, lang).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Hands a draft to a second person.
#[utoipa::path(post, path = "/api/matters/drafts/{id}/submit", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn submit(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::submit(&mut tx, &state, &actor, id).await?;
    let told = desk::draft(&mut tx, &state, id, 0, lang).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Agrees to a draft; it takes force at once or on its day.
#[utoipa::path(post, path = "/api/matters/drafts/{id}/approve", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn approve(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::approve(&mut tx, &state, &actor, id).await?;
    tx.commit().await?;
    state.cases.shelf.refresh(&state.cases.app.db).await?;
    let mut conn = state.cases.app.db.acquire().await?;
    let told = desk::draft(&mut conn, &state, id, 0, lang);
    told.await.map(Json)
}

/// Sends a draft back to who made it.
#[utoipa::path(post, path = "/api/matters/drafts/{id}/send-back", tag = "matters", params(("id" = String, Path)),
    request_body = Reason, responses((status = 200, body = Object), (status = 409)))]
async fn send_back(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Uuid>,
    Form(form): Form<Reason>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::send_back(&mut tx, &state, &actor, id, &form.reason).await?;
    let told = desk::draft(&mut tx, &state, id, 0, lang).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Gives a draft up.
#[utoipa::path(post, path = "/api/matters/drafts/{id}/drop", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn give_up(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::give_up(&mut tx, &state, &actor, id).await?;
    let told = desk::draft(&mut tx, &state, id, 0, lang).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// Grades of areas.
#[utoipa::path(get, path = "/api/area-grades", tag = "matters", responses((status = 200, body = Object)))]
async fn grades(Given(state): Given<State>) -> Result<Json<Value>> {
    desk::grades(&state).await.map(Json)
}

/// A grade for an area.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GradeForm {
    /// Twelve digits.
    pub area: String,
    /// `A`, `B` or `C`; nothing takes the grade away.
    pub grade: Option<String>,
}

/// Sets the grade of an area. Cases accepted before keep theirs.
#[utoipa::path(put, path = "/api/area-grades", tag = "matters", request_body = GradeForm,
    responses((status = 200, body = Object), (status = 422)))]
async fn set_grade(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<GradeForm>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::set_grade(&mut tx, &state, &actor, &form).await?;
    tx.commit().await?;
    state.cases.shelf.reload(&state.cases.app.db).await?;
    desk::grades(&state).await.map(Json)
}
