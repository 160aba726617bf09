//! Admission (事项准入) at the desk: departments ask, the system weighs and refuses what is known already,
//! centre and towns answer, what is listed is renewed every year or lapses.

mod desk;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::extract::State as Given;
use kernel::rights::rule;
use kernel::{Actor, Capability, Form, Need, OrgId, Path, Result, RouteRule};
use matters::admission::Application;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::State;
pub use desk::tick;

const READ: Need = Need::Can(Capability::ReadNet);
const ASK: Need = Need::Can(Capability::AskAdmission);
const ANSWER: Need = Need::Can(Capability::AnswerAdmission);

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/admissions", READ),
    rule("POST", "/api/admissions", ASK),
    rule("POST", "/api/admissions/weigh", ASK),
    rule("GET", "/api/admissions/{id}", READ),
    rule("POST", "/api/admissions/{id}/answer", ANSWER),
    rule("POST", "/api/admissions/{id}/list", ANSWER),
    rule("POST", "/api/admissions/{id}/renew", ANSWER),
    rule("POST", "/api/admissions/{id}/withdraw", READ),
    rule("GET", "/api/grid-listings", READ),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(admissions, ask))
        .routes(routes!(weigh))
        .routes(routes!(admission))
        .routes(routes!(answer))
        .routes(routes!(list))
        .routes(routes!(renew))
        .routes(routes!(withdraw))
        .routes(routes!(listings))
}

/// Every application, the newest first, and what each waits for from the caller.
#[utoipa::path(get, path = "/api/admissions", tag = "matters", responses((status = 200, body = Object)))]
async fn admissions(Given(state): Given<State>, actor: Actor) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    desk::all(&mut conn, &state, &actor).await.map(Json)
}

/// An application.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Asked {
    /// Made by the sender; the same id again mends what was refused.
    pub id: Uuid,
    /// Code of the matter.
    pub matter: String,
    /// The unit that asks.
    pub org: OrgId,
    /// Where the grids are, twelve digits.
    pub area: String,
    /// What is asked.
    pub form: Application,
}

/// Asks for a matter to be put on grids. Where it asks what is known or asked elsewhere it is refused
/// by the system at once, which shows where, and may be mended.
#[utoipa::path(post, path = "/api/admissions", tag = "matters", request_body = Asked,
    responses((status = 200, body = Object), (status = 422), (status = 409)))]
async fn ask(
    Given(state): Given<State>,
    actor: Actor,
    Form(asked): Form<Asked>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::ask(&mut tx, &state, &actor, &asked).await?;
    let told = desk::one(&mut tx, &state, &actor, asked.id).await?;
    tx.commit().await?;
    Ok(Json(told))
}

/// What an application would cost and where it asks what is known, without sending it.
#[utoipa::path(post, path = "/api/admissions/weigh", tag = "matters", request_body = Asked,
    responses((status = 200, body = Object), (status = 422)))]
async fn weigh(
    Given(state): Given<State>,
    actor: Actor,
    Form(asked): Form<Asked>,
) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    desk::weigh(&mut conn, &state, &actor, &asked)
        .await
        .map(Json)
}

/// An application with its costs, conflicts, answers and history.
#[utoipa::path(get, path = "/api/admissions/{id}", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn admission(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    desk::one(&mut conn, &state, &actor, id).await.map(Json)
}

/// What a party says.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AnswerForm {
    /// Yes or no.
    pub agrees: bool,
    /// Why, at most 500 letters; needed for a no.
    #[serde(default)]
    pub words: String,
    /// The town, twelve digits; nothing: the centre.
    pub town: Option<String>,
}

/// Answers for the centre or a town.
#[utoipa::path(post, path = "/api/admissions/{id}/answer", tag = "matters", params(("id" = String, Path)),
    request_body = AnswerForm, responses((status = 200, body = Object), (status = 409)))]
async fn answer(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<AnswerForm>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::answer(&mut tx, &state, &actor, id, &form).await?;
    let told = desk::one(&mut tx, &state, &actor, id).await?;
    tx.commit().await?;
    state.cases.shelf.refresh(&state.cases.app.db).await?;
    Ok(Json(told))
}

/// Lists a matter after its trial, for a year.
#[utoipa::path(post, path = "/api/admissions/{id}/list", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn list(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::list(&mut tx, &state, &actor, id).await?;
    let told = desk::one(&mut tx, &state, &actor, id).await?;
    tx.commit().await?;
    state.cases.shelf.refresh(&state.cases.app.db).await?;
    Ok(Json(told))
}

/// Lists a matter for another year, within the last 45 days.
#[utoipa::path(post, path = "/api/admissions/{id}/renew", tag = "matters", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409)))]
async fn renew(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::renew(&mut tx, &state, &actor, id).await?;
    let told = desk::one(&mut tx, &state, &actor, id).await?;
    tx.commit().await?;
    state.cases.shelf.refresh(&state.cases.app.db).await?;
    Ok(Json(told))
}

/// Why it is taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WithdrawForm {
    /// 2 to 500 letters.
    pub reason: String,
}

/// Takes an application or a listing back: the department its own, the centre any of its area.
#[utoipa::path(post, path = "/api/admissions/{id}/withdraw", tag = "matters", params(("id" = String, Path)),
    request_body = WithdrawForm, responses((status = 200, body = Object), (status = 409)))]
async fn withdraw(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<WithdrawForm>,
) -> Result<Json<Value>> {
    let mut tx = state.cases.app.db.begin().await?;
    desk::withdraw(&mut tx, &state, &actor, id, &form.reason).await?;
    let told = desk::one(&mut tx, &state, &actor, id).await?;
    tx.commit().await?;
    state.cases.shelf.refresh(&state.cases.app.db).await?;
    Ok(Json(told))
}

/// What may be put on grids now, by matter.
#[utoipa::path(get, path = "/api/grid-listings", tag = "matters", responses((status = 200, body = Object)))]
async fn listings(Given(state): Given<State>) -> Result<Json<Value>> {
    desk::listings(&state).await.map(Json)
}
