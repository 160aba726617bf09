//! Drafts of the net over HTTP.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State as Given};
use axum::http::StatusCode;
use kernel::{Actor, Capability, DraftId, Error, Form, Moment, Path, Query, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::desk;
use super::model::{Draft, Edit, NetDraftState, NewNetDraft};
use super::plan::number_of;
use super::show::{self, CommunityDrawn, Comparison, DraftAnswer, StepAnswer};
use super::store::{self, Wanted};
use crate::model::Level;
use crate::net::CurrentNet;
use crate::routes::State;

/// A step of a whole city's grids with their borders.
const BODY: usize = 64 << 20;

pub(crate) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(one))
        .routes(routes!(community))
        .routes(routes!(comparison))
        .routes(routes!(edit))
        .layer(DefaultBodyLimit::max(BODY))
        .routes(routes!(cursor))
        .routes(routes!(submit))
        .routes(routes!(decide))
        .routes(routes!(take_back))
        .routes(routes!(rebase))
        .routes(routes!(withdraw))
        .routes(routes!(undo))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Asked {
    /// Only drafts in this state.
    state: Option<NetDraftState>,
    /// Words of the name.
    q: Option<String>,
    /// `next` of the page before.
    before: Option<String>,
    /// At most 100, else 30.
    limit: Option<i64>,
}

/// A page of drafts.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftsPage {
    drafts: Vec<DraftAnswer>,
    /// Where the next page begins; none on the last.
    next: Option<String>,
}

/// Drafts in the caller's area, the one changed last first.
#[utoipa::path(get, path = "/api/net/drafts", tag = "net", params(Asked), responses((status = 200, body = DraftsPage)))]
async fn list(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<DraftsPage>> {
    let scope = actor.scope(Capability::ReadNet);
    let limit = asked.limit.unwrap_or(30).clamp(1, 100);
    let before = asked.before.as_deref().map(page).transpose()?;
    let wanted = Wanted {
        state: asked.state,
        firsts: scope.firsts(),
        lasts: scope.lasts(),
        words: asked
            .q
            .map(|q| q.trim().chars().take(80).collect::<String>())
            .filter(|q| !q.is_empty()),
        before,
        limit: limit + 1,
    };
    let mut conn = state.app.db.acquire().await?;
    let mut found = store::list(&mut conn, &wanted).await?;
    let more = i64::try_from(found.len()).unwrap_or_default() > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let next = found
        .last()
        .filter(|_| more)
        .map(|d| format!("{}~{}", d.updated_at, d.id));
    let net = state.net.current();
    Ok(Json(DraftsPage {
        drafts: show::drafts(&mut conn, &net, &actor, found).await?,
        next,
    }))
}

fn page(before: &str) -> Result<(Moment, DraftId)> {
    before
        .split_once('~')
        .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)))
        .ok_or_else(|| Error::field("before", "net_draft.no_such_page"))
}

/// A draft with its steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftPage {
    draft: DraftAnswer,
    steps: Vec<StepAnswer>,
}

async fn answer(
    conn: &mut sqlx::PgConnection,
    net: &CurrentNet,
    actor: &Actor,
    draft: Draft,
) -> Result<DraftPage> {
    let steps = show::steps(conn, &draft).await?;
    let mut drafts = show::drafts(conn, net, actor, vec![draft]).await?;
    let draft = drafts.pop().ok_or(Error::NotFound("net_draft.not_found"))?;
    Ok(DraftPage { draft, steps })
}

/// Opens a draft.
#[utoipa::path(post, path = "/api/net/drafts", tag = "net", request_body = NewNetDraft,
    responses((status = 201, body = DraftPage), (status = 403, description = "net_draft.out_of_area"),
              (status = 409, description = "command.id_reused"), (status = 422, description = "fields")))]
async fn open(
    Given(state): Given<State>,
    actor: Actor,
    Form(new): Form<NewNetDraft>,
) -> Result<(StatusCode, Json<DraftPage>)> {
    let mut tx = state.app.db.begin().await?;
    let draft = desk::open(&mut tx, &actor, &new, state.app.clock.now()).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(page)))
}

/// A draft.
#[utoipa::path(get, path = "/api/net/drafts/{id}", tag = "net", params(("id" = DraftId, Path)),
    responses((status = 200, body = DraftPage), (status = 404, description = "net_draft.not_found")))]
async fn one(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
) -> Result<Json<DraftPage>> {
    let mut conn = state.app.db.acquire().await?;
    let draft = desk::seen(&mut conn, &actor, id).await?;
    let net = state.net.current();
    Ok(Json(answer(&mut conn, &net, &actor, draft).await?))
}

/// A community with its grids as the draft has them, and the grids around it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommunityPage {
    community: CommunityDrawn,
    /// Neighbouring communities; their faults are left out.
    around: Vec<CommunityDrawn>,
}

/// The communities whose boxes touch that of `code`.
fn around(net: &CurrentNet, code: i64) -> Vec<i64> {
    let Some(own) = net.division(code) else {
        return Vec::new();
    };
    let [west, south, east, north] = own.bounds;
    let mut near: Vec<i64> = net
        .divisions()
        .filter(|d| d.level == Level::Village && d.code != code)
        .filter(|d| {
            let [w, s, e, n] = d.bounds;
            w <= east && e >= west && s <= north && n >= south
        })
        .map(|d| d.code)
        .collect();
    near.truncate(40);
    near
}

/// The grids of a community as the draft has them, with their faults, and those of its neighbours.
#[utoipa::path(get, path = "/api/net/drafts/{id}/communities/{community}", tag = "net",
    params(("id" = DraftId, Path), ("community" = String, Path)),
    responses((status = 200, body = CommunityPage), (status = 404, description = "net_draft.not_found")))]
async fn community(
    Given(state): Given<State>,
    actor: Actor,
    Path((id, code)): Path<(DraftId, String)>,
) -> Result<Json<CommunityPage>> {
    let mut conn = state.app.db.acquire().await?;
    let draft = desk::seen(&mut conn, &actor, id).await?;
    let code = number_of(&code)?;
    let net = state.net.current();
    let near = around(&net, code);
    let mut wanted = near.clone();
    wanted.push(code);
    let plan = desk::plan(&mut conn, &draft, &wanted).await?;
    let community = show::community(&net, &plan, code)
        .ok_or_else(|| Error::field("community", "net_draft.community_unknown"))?;
    let around = near
        .into_iter()
        .filter_map(|c| show::bare(&net, &plan, c))
        .collect();
    Ok(Json(CommunityPage { community, around }))
}

/// The draft beside today's net: what is added, removed and changed, and what would move.
#[utoipa::path(get, path = "/api/net/drafts/{id}/comparison", tag = "net", params(("id" = DraftId, Path)),
    responses((status = 200, body = Comparison), (status = 404, description = "net_draft.not_found")))]
async fn comparison(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
) -> Result<Json<Comparison>> {
    let mut conn = state.app.db.acquire().await?;
    let draft = desk::seen(&mut conn, &actor, id).await?;
    let now = state.app.clock.now();
    Ok(Json(
        show::compare(&mut conn, &state.followers, &draft, now).await?,
    ))
}

#[derive(Debug, Deserialize, ToSchema)]
struct EditForm {
    /// The command's id, made by the sender.
    id: Uuid,
    /// The edits, 1 to 20,000; one step.
    edits: Vec<Edit>,
    /// The version of the draft they were made on: when it is another by now, nothing is done.
    #[serde(default)]
    version: Option<i32>,
}

/// A draft after an edit.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditAnswer {
    draft: DraftAnswer,
    steps: Vec<StepAnswer>,
    /// The communities touched, at most twenty, with grids and faults.
    communities: Vec<CommunityDrawn>,
}

/// Edits the draft: all edits or none, as one step.
#[utoipa::path(post, path = "/api/net/drafts/{id}/edits", tag = "net", params(("id" = DraftId, Path)), request_body = EditForm,
    responses((status = 200, body = EditAnswer), (status = 403, description = "net_draft.out_of_area"),
              (status = 404, description = "net_draft.not_found"),
              (status = 409, description = "net_draft.not_now, net_draft.changed"),
              (status = 422, description = "fields")))]
async fn edit(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
    Form(form): Form<EditForm>,
) -> Result<Json<EditAnswer>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    let command = desk::Command {
        id: form.id,
        seen: form.version,
    };
    let done = desk::put_edits(&mut tx, &actor, id, command, &form.edits, now).await?;
    let net = state.net.current();
    let page = answer(&mut tx, &net, &actor, done.draft).await?;
    tx.commit().await?;
    Ok(Json(EditAnswer {
        draft: page.draft,
        steps: page.steps,
        communities: done
            .touched
            .iter()
            .take(20)
            .filter_map(|c| show::community(&net, &done.plan, *c))
            .collect(),
    }))
}

#[derive(Debug, Deserialize, ToSchema)]
struct CursorForm {
    /// So many steps count from now on: fewer undo, more do again.
    to: i32,
    /// The version of the draft that was seen: when it is another by now, nothing is done.
    #[serde(default)]
    version: Option<i32>,
}

/// Undoes steps or does them again.
#[utoipa::path(post, path = "/api/net/drafts/{id}/cursor", tag = "net", params(("id" = DraftId, Path)), request_body = CursorForm,
    responses((status = 200, body = DraftPage), (status = 409, description = "net_draft.not_now, net_draft.changed"), (status = 422, description = "net_draft.no_such_step")))]
async fn cursor(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
    Form(form): Form<CursorForm>,
) -> Result<Json<DraftPage>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    let draft = desk::move_cursor(&mut tx, &actor, id, (form.to, form.version), now).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok(Json(page))
}

#[derive(Debug, Deserialize, ToSchema)]
struct SubmitForm {
    /// When it shall take effect; not in the past.
    effect_at: Moment,
}

/// Hands the draft in for approval by somebody else.
#[utoipa::path(post, path = "/api/net/drafts/{id}/submit", tag = "net", params(("id" = DraftId, Path)), request_body = SubmitForm,
    responses((status = 200, body = DraftPage),
              (status = 409, description = "net_draft.not_now, net_draft.empty, net_draft.base_moved, net_draft.faulty"),
              (status = 422, description = "net_draft.effect_in_past")))]
async fn submit(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
    Form(form): Form<SubmitForm>,
) -> Result<Json<DraftPage>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    let draft = desk::submit(&mut tx, &actor, id, form.effect_at, now).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok(Json(page))
}

#[derive(Debug, Deserialize, ToSchema)]
struct DecisionForm {
    /// Or refuse.
    approve: bool,
    /// In words; a refusal needs them.
    #[serde(default)]
    words: String,
}

/// Approves or refuses a draft that others drew and submitted.
#[utoipa::path(post, path = "/api/net/drafts/{id}/decision", tag = "net", params(("id" = DraftId, Path)), request_body = DecisionForm,
    responses((status = 200, body = DraftPage), (status = 403, description = "net_draft.same_person"),
              (status = 409, description = "net_draft.not_now, net_draft.base_moved, net_draft.faulty"),
              (status = 422, description = "net_draft.words_missing")))]
async fn decide(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
    Form(form): Form<DecisionForm>,
) -> Result<Json<DraftPage>> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    let draft = desk::decide(&mut tx, &actor, id, form.approve, &form.words, now).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok(Json(page))
}

/// Takes a submitted or approved draft back to be drawn on.
#[utoipa::path(post, path = "/api/net/drafts/{id}/take-back", tag = "net", params(("id" = DraftId, Path)),
    responses((status = 200, body = DraftPage), (status = 409, description = "net_draft.not_now")))]
async fn take_back(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
) -> Result<Json<DraftPage>> {
    let mut tx = state.app.db.begin().await?;
    let draft = desk::take_back(&mut tx, &actor, id, state.app.clock.now()).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok(Json(page))
}

/// Lays the draft upon today's net, after that moved on under it.
#[utoipa::path(post, path = "/api/net/drafts/{id}/rebase", tag = "net", params(("id" = DraftId, Path)),
    responses((status = 200, body = DraftPage), (status = 409, description = "net_draft.not_now")))]
async fn rebase(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
) -> Result<Json<DraftPage>> {
    let mut tx = state.app.db.begin().await?;
    let draft = desk::rebase(&mut tx, &actor, id, state.app.clock.now()).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok(Json(page))
}

/// Gives the draft up.
#[utoipa::path(post, path = "/api/net/drafts/{id}/withdraw", tag = "net", params(("id" = DraftId, Path)),
    responses((status = 200, body = DraftPage), (status = 409, description = "net_draft.not_now")))]
async fn withdraw(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
) -> Result<Json<DraftPage>> {
    let mut tx = state.app.db.begin().await?;
    let draft = desk::withdraw(&mut tx, &actor, id, state.app.clock.now()).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok(Json(page))
}

#[derive(Debug, Deserialize, ToSchema)]
struct UndoForm {
    /// Id of the counter-draft, made by the sender.
    id: DraftId,
    /// What people call it, 1 to 80 characters.
    name: String,
}

/// Opens a counter-draft that makes the grids again what they were before this draft took effect.
#[utoipa::path(post, path = "/api/net/drafts/{id}/undo", tag = "net", params(("id" = DraftId, Path)), request_body = UndoForm,
    responses((status = 201, body = DraftPage), (status = 409, description = "net_draft.not_now"), (status = 422, description = "fields")))]
async fn undo(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<DraftId>,
    Form(form): Form<UndoForm>,
) -> Result<(StatusCode, Json<DraftPage>)> {
    let mut tx = state.app.db.begin().await?;
    let now = state.app.clock.now();
    let draft = desk::counter(&mut tx, &actor, id, form.id, &form.name, now).await?;
    let page = answer(&mut tx, &state.net.current(), &actor, draft).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(page)))
}
