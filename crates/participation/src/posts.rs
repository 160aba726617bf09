//! Part-time recruitment: announced, applied for, reviewed by the community, confirmed by the town, published,
//! appointed, ended.

use axum::Json;
use axum::extract::State as Given;
use kernel::actor::code_range;
use kernel::limits::{From, check};
use kernel::rights::rule;
use kernel::{
    Actor, Capability, Error, FieldFault, Form, Moment, Need, Path, PersonId, Query, Result,
    RouteRule,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use staff::Service;
use staff::desk::{PersonForm, SeatForm};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::lifecycle::{self, Stage, Step};
use crate::store::posts::{self as store, Application, Moved, NewApplication, NewPost};
use crate::{State, code_hash, masked_name, missing, said};

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/public/posts", Need::Public),
    rule("POST", "/api/public/posts/{id}/applications", Need::Public),
    rule("GET", "/api/public/applications/{code}", Need::Public),
    rule(
        "POST",
        "/api/public/applications/{code}/withdraw",
        Need::Public,
    ),
    rule(
        "POST",
        "/api/public/published/{id}/objections",
        Need::Public,
    ),
    rule("GET", "/api/posts", Need::Can(Capability::KeepPeople)),
    rule("POST", "/api/posts", Need::Can(Capability::KeepPeople)),
    rule("GET", "/api/posts/{id}", Need::Can(Capability::KeepPeople)),
    rule(
        "POST",
        "/api/posts/{id}/close",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/applications/{id}/look",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/applications/{id}/review",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/applications/{id}/confirm",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/applications/{id}/appoint",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/applications/{id}/end",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/objections/{id}/look",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/objections/{id}/answer",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "GET",
        "/api/people/{id}/trainings",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/people/{id}/trainings",
        Need::Can(Capability::KeepPeople),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(open))
        .routes(routes!(apply))
        .routes(routes!(progress))
        .routes(routes!(withdraw))
        .routes(routes!(object))
        .routes(routes!(list, announce))
        .routes(routes!(page))
        .routes(routes!(close))
        .routes(routes!(look))
        .routes(routes!(review))
        .routes(routes!(confirm))
        .routes(routes!(appoint))
        .routes(routes!(end))
        .routes(routes!(look_at_objection))
        .routes(routes!(answer_objection))
        .routes(routes!(trainings, train))
}

/// Reasons an application is not taken for.
pub const REASONS: [&str; 5] = [
    "needs_unmet",
    "places_taken",
    "not_reached",
    "objection",
    "other",
];

fn with_place(state: &State, mut row: Value) -> Value {
    let area = row["area"].as_str().and_then(|a| a.parse().ok());
    if let (Some(area), Some(object)) = (area, row.as_object_mut()) {
        object.insert("place".into(), state.place(area).into());
    }
    row
}

/// Posts people can apply for now, and names published now.
#[utoipa::path(get, path = "/api/public/posts", tag = "public", responses((status = 200, body = Object)))]
async fn open(Given(state): Given<State>) -> Result<Json<Value>> {
    let now = state.now();
    let mut conn = state.staff.app.db.acquire().await?;
    let posts = store::open(&mut conn, now).await?;
    let published = store::published(&mut conn, now).await?;
    let placed = |list: Vec<Value>| -> Vec<Value> {
        list.into_iter().map(|p| with_place(&state, p)).collect()
    };
    let mut posts = placed(posts);
    // How many applied is for those who decide.
    for post in &mut posts {
        if let Some(object) = post.as_object_mut() {
            for key in ["applied", "to_review", "to_confirm", "published"] {
                object.remove(key);
            }
        }
    }
    Ok(Json(
        json!({"posts": posts, "published": placed(published)}),
    ))
}

/// What an applicant tells.
#[derive(Debug, Deserialize, ToSchema)]
struct Applying {
    /// Made by the sender; the same id twice is the same application.
    id: Uuid,
    /// The grid, by code; one of the post's.
    grid: String,
    /// 2 to 40 letters.
    name: String,
    /// Where the applicant is reached.
    phone: String,
    /// Experience, times, why; 2 to 1,000 letters.
    about: String,
    /// Whether the applicant has read what becomes of this.
    #[serde(default)]
    agreed: bool,
}

/// Applies for a post, without an account; the code in the answer opens the application's page.
#[utoipa::path(post, path = "/api/public/posts/{id}/applications", tag = "public", request_body = Applying,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422), (status = 429)))]
async fn apply(
    Given(state): Given<State>,
    from: From,
    Path(id): Path<Uuid>,
    Form(form): Form<Applying>,
) -> Result<Json<Value>> {
    let app = &state.staff.app;
    check(app, "apply", &from, 20, 3600).await?;
    let now = state.now();
    let mut tx = app.db.begin().await?;
    let post = store::lock(&mut tx, id)
        .await?
        .ok_or_else(|| missing("post.not_found"))?;
    // The id sent makes the code, so it is theirs alone; the application that others see has another.
    let own = app.vault.derived("application", form.id);
    let code = app.vault.code("application", form.id);
    let mut faults = Vec::new();
    let mut read = |field: &str, text: &str, min, max| {
        said(field, text, min, max).unwrap_or_else(|fault| {
            faults.push(fault);
            String::new()
        })
    };
    let name = read("name", &form.name, 2, 40);
    let about = read("about", &form.about, 2, 1000);
    if !form.agreed {
        faults.push(FieldFault::new("agreed", "application.agree"));
    }
    if form.id.is_nil() {
        faults.push(FieldFault::new("id", "field.missing"));
    }
    let grid = state.staff.net.current().grid_by_code(form.grid.trim());
    let grid = grid.filter(|g| post.grids.contains(&g.id));
    if grid.is_none() {
        faults.push(FieldFault::new("grid", "grid.not_found"));
    }
    let phone = match staff::desk::phone(app, &form.phone) {
        Ok(Some(phone)) => Some(phone),
        Ok(None) => {
            faults.push(FieldFault::new("phone", "field.missing"));
            None
        }
        Err(_) => {
            faults.push(FieldFault::new("phone", "phone.unreadable"));
            None
        }
    };
    let (Some(grid), Some((phone_sealed, phone_masked, phone_hash)), true) =
        (grid, phone, faults.is_empty())
    else {
        return Err(Error::invalid(faults));
    };
    if let Some(before) = store::lock_by_code(&mut tx, &code_hash(&code)).await? {
        let same = before.post == id
            && crate::store::is_whose(
                &mut tx,
                "applications",
                before.id,
                &masked_name(&name),
                &phone_hash,
            )
            .await?;
        return if same {
            Ok(Json(json!({"code": code})))
        } else {
            Err(Error::conflict("command.id_reused"))
        };
    }
    if post.state != "open" || post.apply_until <= now {
        return Err(Error::conflict("post.closed"));
    }
    let new = NewApplication {
        id: own,
        post: id,
        grid: grid.id,
        code_hash: code_hash(&code),
        name_sealed: app.vault.seal(&name)?,
        name_masked: masked_name(&name),
        phone_sealed,
        phone_masked,
        phone_hash,
        about_sealed: app.vault.seal(&about)?,
    };
    if !store::insert_application(&mut tx, &new, now).await? {
        return Err(Error::conflict("application.twice"));
    }
    store::note(&mut tx, own, None, "applied", &json!({}), now).await?;
    tx.commit().await?;
    Ok(Json(json!({"code": code})))
}

async fn shown_progress(state: &State, conn: &mut PgConnection, id: Uuid) -> Result<Value> {
    let row = store::progress(conn, id)
        .await?
        .ok_or_else(|| missing("application.not_found"))?;
    let mut row = with_place(state, row);
    let story = store::story(conn, id).await?;
    if let Some(object) = row.as_object_mut() {
        object.insert("story".into(), story.into());
    }
    Ok(row)
}

/// Where an application stands, by its code.
#[utoipa::path(get, path = "/api/public/applications/{code}", tag = "public", params(("code" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn progress(
    Given(state): Given<State>,
    from: From,
    Path(code): Path<String>,
) -> Result<Json<Value>> {
    check(&state.staff.app, "application-code", &from, 60, 3600).await?;
    let mut conn = state.staff.app.db.acquire().await?;
    let a = store::lock_by_code(&mut conn, &code_hash(&code))
        .await?
        .ok_or_else(|| missing("application.not_found"))?;
    let row = shown_progress(&state, &mut conn, a.id).await?;
    Ok(Json(json!({"application": row})))
}

/// Takes an application back; what was told is erased within days.
#[utoipa::path(post, path = "/api/public/applications/{code}/withdraw", tag = "public", params(("code" = String, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn withdraw(
    Given(state): Given<State>,
    from: From,
    Path(code): Path<String>,
) -> Result<Json<Value>> {
    check(&state.staff.app, "application-code", &from, 60, 3600).await?;
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let a = store::lock_by_code(&mut tx, &code_hash(&code))
        .await?
        .ok_or_else(|| missing("application.not_found"))?;
    let moved = Moved::default();
    take(&mut tx, &a, Step::Withdraw, &[], None, moved, now).await?;
    let row = shown_progress(&state, &mut tx, a.id).await?;
    tx.commit().await?;
    Ok(Json(json!({"application": row})))
}

/// An objection to a name published.
#[derive(Debug, Deserialize, ToSchema)]
struct Objecting {
    /// Made by the sender.
    id: Uuid,
    /// Why; 5 to 1,000 letters.
    text: String,
}

/// Objects to a name published. The words are sealed and read only by those who decide.
#[utoipa::path(post, path = "/api/public/published/{id}/objections", tag = "public", request_body = Objecting,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 422), (status = 429)))]
async fn object(
    Given(state): Given<State>,
    from: From,
    Path(id): Path<Uuid>,
    Form(form): Form<Objecting>,
) -> Result<Json<Value>> {
    check(&state.staff.app, "object", &from, 10, 3600).await?;
    let text = said("text", &form.text, 5, 1000).map_err(|f| Error::invalid(vec![f]))?;
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let a = store::lock_application(&mut tx, id)
        .await?
        .filter(|a| a.state == Stage::Published && a.published_until.is_some_and(|u| u > now))
        .ok_or_else(|| missing("application.not_found"))?;
    let sealed = state.staff.app.vault.seal(&text)?;
    store::object(&mut tx, form.id, a.id, &sealed, now).await?;
    store::note(&mut tx, a.id, None, "objected", &json!({}), now).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// What a list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// A division, twelve digits, and all below it.
    pub(crate) area: Option<i64>,
}

/// Posts of the own area, the newest first.
#[utoipa::path(get, path = "/api/posts", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn list(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::KeepPeople);
    let mut conn = state.staff.app.db.acquire().await?;
    let posts = store::list(&mut conn, &scope, asked.area.map(code_range)).await?;
    let posts: Vec<Value> = posts.into_iter().map(|p| with_place(&state, p)).collect();
    Ok(Json(json!({"posts": posts})))
}

/// A post to be announced.
#[derive(Debug, Deserialize, ToSchema)]
struct Announcement {
    /// Made by the sender.
    id: Uuid,
    /// 2 to 60 letters.
    title_zh: String,
    /// English, when there is one.
    #[serde(default)]
    title_en: String,
    /// The grids, by code; all of one community.
    grids: Vec<String>,
    /// How many are wanted.
    places: i32,
    /// What is to be done; 5 to 1,000 letters.
    duties: String,
    /// Who is wanted.
    #[serde(default)]
    needs: String,
    /// What is paid, in words.
    #[serde(default)]
    allowance: String,
    /// Until when people apply.
    apply_until: Moment,
    /// How many days a name is published, 1 to 60; else 5.
    #[serde(default)]
    publish_days: Option<i16>,
}

/// Announces a post for grids of one community.
#[utoipa::path(post, path = "/api/posts", tag = "people", request_body = Announcement,
    responses((status = 200, body = Object), (status = 422)))]
async fn announce(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Announcement>,
) -> Result<Json<Value>> {
    let now = state.now();
    let net = state.staff.net.current();
    let scope = actor.scope(Capability::KeepPeople);
    let mut faults = Vec::new();
    let mut read = |field: &str, text: &str, min, max| {
        said(field, text, min, max).unwrap_or_else(|fault| {
            faults.push(fault);
            String::new()
        })
    };
    let title_zh = read("title_zh", &form.title_zh, 2, 60);
    let title_en = read("title_en", &form.title_en, 0, 120);
    let duties = read("duties", &form.duties, 5, 1000);
    let needs = read("needs", &form.needs, 0, 1000);
    let allowance = read("allowance", &form.allowance, 0, 500);
    let grids: Option<Vec<_>> = form
        .grids
        .iter()
        .map(|code| net.grid_by_code(code.trim()))
        .collect();
    let grids = grids.unwrap_or_default();
    let area = grids.first().map(|g| g.community);
    if grids.is_empty() || grids.iter().any(|g| Some(g.community) != area) {
        faults.push(FieldFault::new("grids", "post.grids"));
    } else if area.is_some_and(|a| !scope.holds(a)) {
        faults.push(FieldFault::new("grids", "appointment.out_of_area"));
    }
    if !(1..=200).contains(&form.places) {
        let fault = FieldFault::new("places", "post.places");
        faults.push(fault);
    }
    if form.apply_until <= now {
        faults.push(FieldFault::new("apply_until", "post.over_already"));
    }
    let days = form.publish_days.unwrap_or(5);
    if !(1..=60).contains(&days) {
        faults.push(FieldFault::new("publish_days", "post.publish_days"));
    }
    let (Some(area), true) = (area, faults.is_empty()) else {
        return Err(Error::invalid(faults));
    };
    let new = NewPost {
        id: form.id,
        title_zh,
        title_en,
        area,
        grids: grids.iter().map(|g| g.id).collect(),
        places: form.places,
        duties,
        needs,
        allowance,
        apply_until: form.apply_until,
        publish_days: days,
        by: actor.person,
    };
    let mut tx = state.staff.app.db.begin().await?;
    store::insert(&mut tx, &new, now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, form.id).await
}

async fn shown_page(state: &State, actor: &Actor, id: Uuid) -> Result<Json<Value>> {
    let mut conn = state.staff.app.db.acquire().await?;
    let post = store::lock(&mut conn, id)
        .await?
        .filter(|p| actor.scope(Capability::KeepPeople).holds(p.area))
        .ok_or_else(|| missing("post.not_found"))?;
    let shown = store::shown(&mut conn, id)
        .await?
        .ok_or_else(|| missing("post.not_found"))?;
    let applications = store::applications(&mut conn, id).await?;
    let confirms = actor.scope(Capability::AppointPosts).holds(post.area);
    Ok(Json(json!({
        "post": with_place(state, shown), "applications": applications, "may_confirm": confirms,
    })))
}

/// A post with its applications, masked.
#[utoipa::path(get, path = "/api/posts/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn page(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    shown_page(&state, &actor, id).await
}

/// Closes a post: nobody applies any more; applications go on.
#[utoipa::path(post, path = "/api/posts/{id}/close", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn close(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.staff.app.db.begin().await?;
    store::lock(&mut tx, id)
        .await?
        .filter(|p| actor.scope(Capability::KeepPeople).holds(p.area))
        .ok_or_else(|| missing("post.not_found"))?;
    store::close(&mut tx, id).await?;
    tx.commit().await?;
    shown_page(&state, &actor, id).await
}

/// An application in the area of a capability, its row held.
async fn held(
    conn: &mut PgConnection,
    actor: &Actor,
    capability: Capability,
    id: Uuid,
) -> Result<Application> {
    store::lock_application(conn, id)
        .await?
        .filter(|a| actor.scope(capability).holds(a.area))
        .ok_or_else(|| missing("application.not_found"))
}

/// Takes a step by the rules and writes it down.
async fn take(
    conn: &mut PgConnection,
    a: &Application,
    step: Step,
    persons: &[PersonId],
    by: Option<PersonId>,
    moved: Moved<'_>,
    now: Moment,
) -> Result<()> {
    let facts = store::facts(conn, a).await?;
    let stage = lifecycle::lead(a.state, step, &facts, persons, now)?;
    let moved = Moved {
        erase_at: lifecycle::erase_at(stage, now),
        ..moved
    };
    store::step(conn, a.id, stage, &moved, now).await?;
    let what = serde_json::to_value(stage)?;
    let body = json!({"reason": moved.reason});
    store::note(
        conn,
        a.id,
        by,
        what.as_str().unwrap_or_default(),
        &body,
        now,
    )
    .await
}

/// Why somebody is looked at.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Look {
    /// `review` or `contact`.
    pub(crate) purpose: String,
    /// At most 200 letters.
    #[serde(default)]
    pub(crate) note: String,
}

impl Look {
    /// Refuses a purpose that is not on the list, and counts the look.
    ///
    /// # Errors
    /// 422 `person.purpose`; 429.
    pub(crate) async fn count(&self, state: &State, actor: &Actor) -> Result<String> {
        if !["review", "contact"].contains(&self.purpose.as_str()) {
            return Err(Error::field("purpose", "person.purpose"));
        }
        let budget = From(actor.account.to_string());
        check(&state.staff.app, "person-look", &budget, 100, 86_400).await?;
        Ok(self.note.chars().take(200).collect())
    }
}

/// What an applicant told, for a purpose; logged before it is answered.
#[utoipa::path(post, path = "/api/applications/{id}/look", tag = "people", request_body = Look,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 429)))]
async fn look(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Look>,
) -> Result<Json<Value>> {
    let note = form.count(&state, &actor).await?;
    let app = &state.staff.app;
    let mut tx = app.db.begin().await?;
    let a = held(&mut tx, &actor, Capability::KeepPeople, id).await?;
    let open = |sealed: &Option<Vec<u8>>| sealed.as_deref().map(|s| app.vault.open(s)).transpose();
    let (name, phone, about) = (
        open(&a.name_sealed)?,
        open(&a.phone_sealed)?,
        open(&a.about_sealed)?,
    );
    if name.is_none() {
        return Err(Error::conflict("application.erased"));
    }
    let entry = accounts::audit::Entry::of(&actor, "applicant.seen", state.now())
        .on(id)
        .for_purpose(&form.purpose, &["name", "phone", "about"])
        .with(json!({"note": note}));
    accounts::audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(json!({"name": name, "phone": phone, "about": about})))
}

/// Yes, or no with a reason from the list.
#[derive(Debug, Deserialize, ToSchema)]
struct Verdict {
    /// Whether the applicant goes on.
    yes: bool,
    /// `needs_unmet`, `places_taken`, `not_reached`, `objection` or `other`, when not.
    #[serde(default)]
    reason: String,
}

impl Verdict {
    fn checked(&self) -> Result<&str> {
        if self.yes {
            Ok("")
        } else if REASONS.contains(&self.reason.as_str()) {
            Ok(&self.reason)
        } else {
            Err(Error::field("reason", "application.reason"))
        }
    }
}

/// The community recommends, or does not.
#[utoipa::path(post, path = "/api/applications/{id}/review", tag = "people", request_body = Verdict,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn review(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Verdict>,
) -> Result<Json<Value>> {
    let reason = form.checked()?;
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let a = held(&mut tx, &actor, Capability::KeepPeople, id).await?;
    // Once the community has recommended, the town decides.
    if a.state != Stage::Applied {
        return Err(lifecycle::Refusal::NotAtThisStage.into());
    }
    let step = if form.yes {
        Step::Recommend
    } else {
        Step::Decline
    };
    let moved = Moved {
        reviewed_by: Some(actor.person),
        reason,
        ..Moved::default()
    };
    take(
        &mut tx,
        &a,
        step,
        &actor.persons(),
        Some(actor.person),
        moved,
        now,
    )
    .await?;
    tx.commit().await?;
    shown_page(&state, &actor, a.post).await
}

/// The town confirms what the community recommended, by another person; the name is published. Or not.
#[utoipa::path(post, path = "/api/applications/{id}/confirm", tag = "people", request_body = Verdict,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn confirm(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Verdict>,
) -> Result<Json<Value>> {
    let reason = form.checked()?;
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let a = held(&mut tx, &actor, Capability::AppointPosts, id).await?;
    let (step, moved) = if form.yes {
        let until = now.plus_s(i64::from(a.publish_days) * 86_400);
        let moved = Moved {
            confirmed_by: Some(actor.person),
            published_until: Some(until),
            ..Moved::default()
        };
        (Step::Confirm, moved)
    } else {
        let moved = Moved {
            reason,
            ..Moved::default()
        };
        (Step::Decline, moved)
    };
    take(
        &mut tx,
        &a,
        step,
        &actor.persons(),
        Some(actor.person),
        moved,
        now,
    )
    .await?;
    tx.commit().await?;
    shown_page(&state, &actor, a.post).await
}

/// How the new colleague is entered.
#[derive(Debug, Deserialize, ToSchema)]
struct Entering {
    /// The person's id, made by the sender.
    person: PersonId,
    /// The appointment's id, made by the sender.
    appointment: Uuid,
    /// The number in the house's own register.
    #[serde(default)]
    staff_no: Option<String>,
    /// Until when.
    #[serde(default)]
    to: Option<Moment>,
}

/// The publication is over: the applicant becomes a part-time worker of the grid.
#[utoipa::path(post, path = "/api/applications/{id}/appoint", tag = "people", request_body = Entering,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn appoint(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Entering>,
) -> Result<Json<Value>> {
    let app = &state.staff.app;
    let now = state.now();
    let mut tx = app.db.begin().await?;
    let a = held(&mut tx, &actor, Capability::AppointPosts, id).await?;
    if a.state == Stage::Appointed && a.person == Some(form.person) {
        tx.rollback().await?;
        return shown_page(&state, &actor, a.post).await;
    }
    let moved = Moved {
        person: Some(form.person),
        ..Moved::default()
    };
    let open = |sealed: &Option<Vec<u8>>| sealed.as_deref().map(|s| app.vault.open(s)).transpose();
    let (Some(name), phone) = (open(&a.name_sealed)?, open(&a.phone_sealed)?) else {
        return Err(Error::conflict("application.erased"));
    };
    let net = state.staff.net.current();
    let grid = net
        .grid(a.grid)
        .ok_or_else(|| Error::conflict("application.grid_gone"))?;
    let units = state.staff.directory.current();
    let unit = units
        .by_key_area("community-committee", grid.community)
        .or_else(|| units.all().find(|u| u.area == grid.community).cloned())
        .ok_or_else(|| Error::conflict("application.no_unit"))?;
    let person = PersonForm {
        id: form.person,
        name,
        staff_no: form.staff_no,
        phone,
        org: Some(unit.id),
    };
    staff::desk::keep_person(&mut tx, &state.staff, &actor, &person, true, now).await?;
    let seat = SeatForm {
        id: form.appointment,
        role: kernel::Role::GridWorker,
        kind: Service::PartTime,
        area: None,
        org: Some(unit.id),
        grid: Some(grid.code.clone()),
        from: None,
        to: form.to,
    };
    staff::desk::seat(&mut tx, &state.staff, &actor, form.person, &seat, now).await?;
    take(
        &mut tx,
        &a,
        Step::Appoint,
        &actor.persons(),
        Some(actor.person),
        moved,
        now,
    )
    .await?;
    let entry = accounts::audit::Entry::of(&actor, "applicant.appointed", now)
        .on(id)
        .for_purpose("appointment", &["name", "phone"]);
    accounts::audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    shown_page(&state, &actor, a.post).await
}

/// The post is over: the person's part-time seats in its grid end.
#[utoipa::path(post, path = "/api/applications/{id}/end", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn end(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let a = held(&mut tx, &actor, Capability::AppointPosts, id).await?;
    take(
        &mut tx,
        &a,
        Step::End,
        &actor.persons(),
        Some(actor.person),
        Moved::default(),
        now,
    )
    .await?;
    if let Some(person) = a.person {
        let seats = staff::store::people::seats(&mut tx, &[person]).await?;
        let ours = seats.iter().filter(|s| {
            s.grid == Some(a.grid)
                && s.kind == Service::PartTime
                && s.valid_to.is_none_or(|to| to > now)
        });
        for seat in ours {
            staff::desk::end_seat(&mut tx, &actor, seat.id, None, "", now).await?;
        }
    }
    tx.commit().await?;
    shown_page(&state, &actor, a.post).await
}

/// An objection whose application lies in the own area.
async fn objection(
    conn: &mut PgConnection,
    actor: &Actor,
    id: Uuid,
) -> Result<(Application, Option<Vec<u8>>, Option<bool>)> {
    let (application, text, upheld) = store::objection(conn, id)
        .await?
        .ok_or_else(|| missing("objection.not_found"))?;
    let a = held(conn, actor, Capability::AppointPosts, application)
        .await
        .map_err(|_| missing("objection.not_found"))?;
    Ok((a, text, upheld))
}

/// The words of an objection, for whoever decides; logged.
#[utoipa::path(post, path = "/api/objections/{id}/look", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn look_at_objection(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.staff.app.db.begin().await?;
    let (_, text, _) = objection(&mut tx, &actor, id).await?;
    let text = text
        .as_deref()
        .map(|s| state.staff.app.vault.open(s))
        .transpose()?;
    let entry = accounts::audit::Entry::of(&actor, "objection.seen", state.now())
        .on(id)
        .for_purpose("review", &["text"]);
    accounts::audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(json!({"text": text})))
}

/// Whether an objection is upheld.
#[derive(Debug, Deserialize, ToSchema)]
struct Answer {
    /// Whether it is upheld: then nobody is appointed on this application.
    upheld: bool,
}

/// Answers an objection.
#[utoipa::path(post, path = "/api/objections/{id}/answer", tag = "people", request_body = Answer,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn answer_objection(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Answer>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let (a, _, upheld) = objection(&mut tx, &actor, id).await?;
    if upheld.is_some() {
        return Err(Error::conflict("objection.answered"));
    }
    store::answer_objection(&mut tx, id, form.upheld, actor.person, now).await?;
    let what = if form.upheld {
        "objection_upheld"
    } else {
        "objection_dismissed"
    };
    store::note(&mut tx, a.id, Some(actor.person), what, &json!({}), now).await?;
    tx.commit().await?;
    shown_page(&state, &actor, a.post).await
}

async fn in_area(state: &State, actor: &Actor, id: PersonId) -> Result<()> {
    let units = state.staff.directory.current();
    let mut conn = state.staff.app.db.acquire().await?;
    staff::desk::within(
        &mut conn,
        actor,
        Capability::KeepPeople,
        &units,
        id,
        state.now(),
    )
    .await?
    .map(|_| ())
    .ok_or_else(|| missing("person.not_found"))
}

/// Trainings of a person.
#[utoipa::path(get, path = "/api/people/{id}/trainings", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn trainings(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Json<Value>> {
    in_area(&state, &actor, id).await?;
    let mut conn = state.staff.app.db.acquire().await?;
    let list = store::trainings(&mut conn, id).await?;
    Ok(Json(json!({"trainings": list})))
}

/// A training held.
#[derive(Debug, Deserialize, ToSchema)]
struct Training {
    /// Made by the sender.
    id: Uuid,
    /// What about; 2 to 120 letters.
    what: String,
    /// The day, `2026-03-01`; not in the future.
    held_on: String,
    /// More than 0, at most 200.
    hours: f64,
}

/// Writes down that somebody was trained.
#[utoipa::path(post, path = "/api/people/{id}/trainings", tag = "people", request_body = Training,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 422)))]
async fn train(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(form): Form<Training>,
) -> Result<Json<Value>> {
    in_area(&state, &actor, id).await?;
    if actor.persons().contains(&id) {
        return Err(Error::conflict("appointment.own"));
    }
    let now = state.now();
    let what = said("what", &form.what, 2, 120).map_err(|f| Error::invalid(vec![f]))?;
    let today = now.date(&state.staff.app.city.zone);
    let held_on: jiff::civil::Date = form
        .held_on
        .parse()
        .ok()
        .filter(|d| *d <= today)
        .ok_or_else(|| Error::field("held_on", "day.unreadable"))?;
    if !(form.hours > 0.0 && form.hours <= 200.0) {
        return Err(Error::field("hours", "hours.out_of_range"));
    }
    let mut tx = state.staff.app.db.begin().await?;
    let told = (what.as_str(), held_on, form.hours);
    store::train(&mut tx, form.id, id, told, actor.person, now).await?;
    let list = store::trainings(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(json!({"trainings": list})))
}
