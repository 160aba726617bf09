//! Liaison officers: visits and office hours in grids, what was brought up and answered, and the meeting 会办
//! whose decisions become cases or tasks with dates.

use axum::Json;
use axum::extract::State as Given;
use divisions::Level;
use kernel::actor::code_range;
use kernel::rights::rule;
use kernel::{
    Actor, Capability, Error, FieldFault, Form, GridId, Moment, Need, OrgId, Path, Result,
    RouteRule, Scope, Seat,
};
use serde::Deserialize;
use serde_json::{Value, json};
use staff::model::{OrgKind, Unit};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::store::liaison::{self as store, NewDecision, NewHours, NewMeeting};
use crate::{State, missing, said};

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/liaison", Need::Can(Capability::Liaise)),
    rule("POST", "/api/liaison/hours", Need::Can(Capability::Liaise)),
    rule(
        "POST",
        "/api/liaison/hours/{id}/held",
        Need::Can(Capability::Liaise),
    ),
    rule("POST", "/api/liaison/items", Need::Can(Capability::Liaise)),
    rule(
        "POST",
        "/api/liaison/items/{id}/answer",
        Need::Can(Capability::Liaise),
    ),
    rule("GET", "/api/meetings", Need::Can(Capability::Liaise)),
    rule("POST", "/api/meetings", Need::Can(Capability::KeepPeople)),
    rule("GET", "/api/meetings/{id}", Need::Can(Capability::Liaise)),
    rule(
        "POST",
        "/api/meetings/{id}/decisions",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/meetings/{id}/close",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/meeting-tasks/{id}/done",
        Need::Can(Capability::Liaise),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(plan))
        .routes(routes!(held))
        .routes(routes!(raise))
        .routes(routes!(answer))
        .routes(routes!(meetings, convene))
        .routes(routes!(meeting))
        .routes(routes!(decide))
        .routes(routes!(close))
        .routes(routes!(task_done))
}

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

fn reaches(scope: &Scope, grid: GridId, area: i64) -> bool {
    scope.holds(area) || scope.grids.contains(&grid)
}

async fn shown(state: &State, actor: &Actor) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::Liaise);
    let mut conn = state.staff.app.db.acquire().await?;
    let mut hours = placed(state, store::hours(&mut conn, &scope).await?);
    let items = placed(state, store::items(&mut conn, &scope).await?);
    let now = state.now();
    for one in &mut hours {
        let own = one["person_id"].as_str() == Some(&actor.person.0.to_string());
        let begun = one["begins_at"]
            .as_str()
            .and_then(|t| t.parse::<Moment>().ok())
            .is_some_and(|t| t <= now);
        let may = !own && begun && one["held_at"].is_null();
        if let Some(object) = one.as_object_mut() {
            object.insert("may_confirm".into(), may.into());
        }
    }
    Ok(Json(json!({"hours": hours, "items": items})))
}

/// Visits, office hours and what was brought up, within the own area or grids.
#[utoipa::path(get, path = "/api/liaison", tag = "people", responses((status = 200, body = Object)))]
async fn list(Given(state): Given<State>, actor: Actor) -> Result<Json<Value>> {
    shown(&state, &actor).await
}

/// A visit or office hours.
#[derive(Debug, Deserialize, ToSchema)]
struct Hours {
    /// Made by the sender.
    id: Uuid,
    /// The grid, by code.
    grid: String,
    /// `visit` or `office_hours`.
    kind: String,
    /// From when.
    begins_at: Moment,
    /// Until when; at most twelve hours later.
    ends_at: Moment,
    /// Where, at most 120 letters.
    #[serde(default)]
    place: String,
}

/// The grid with this code within the own area or grids.
fn grid_of(state: &State, actor: &Actor, code: &str) -> Result<divisions::GridRef> {
    let scope = actor.scope(Capability::Liaise);
    state
        .staff
        .net
        .current()
        .grid_by_code(code.trim())
        .filter(|g| reaches(&scope, g.id, g.community))
        .ok_or_else(|| Error::field("grid", "grid.not_found"))
}

/// Plans own visits or office hours.
#[utoipa::path(post, path = "/api/liaison/hours", tag = "people", request_body = Hours,
    responses((status = 200, body = Object), (status = 422)))]
async fn plan(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Hours>,
) -> Result<Json<Value>> {
    let grid = grid_of(&state, &actor, &form.grid)?;
    if !["visit", "office_hours"].contains(&form.kind.as_str()) {
        return Err(Error::field("kind", "liaison.kind"));
    }
    let lasts = form.ends_at.since_s(form.begins_at);
    if !(1..=12 * 3600).contains(&lasts) {
        return Err(Error::field("ends_at", "liaison.ends"));
    }
    let place = said("place", &form.place, 0, 120).map_err(|f| Error::invalid(vec![f]))?;
    let new = NewHours {
        id: form.id,
        person: actor.person,
        grid: grid.id,
        area: grid.community,
        kind: &form.kind,
        begins_at: form.begins_at,
        ends_at: form.ends_at,
        place: &place,
        by: actor.person,
    };
    let mut tx = state.staff.app.db.begin().await?;
    store::insert_hours(&mut tx, &new, state.now()).await?;
    tx.commit().await?;
    shown(&state, &actor).await
}

/// Confirms that somebody else's hours were held.
#[utoipa::path(post, path = "/api/liaison/hours/{id}/held", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn held(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let now = state.now();
    let scope = actor.scope(Capability::Liaise);
    let mut tx = state.staff.app.db.begin().await?;
    let (person, _, _, begins, confirmed) = store::lock_hours(&mut tx, id)
        .await?
        .filter(|h| reaches(&scope, h.1, h.2))
        .ok_or_else(|| missing("liaison.not_found"))?;
    if actor.persons().contains(&person) {
        return Err(Error::conflict("liaison.own"));
    }
    if begins > now {
        return Err(Error::conflict("liaison.to_come"));
    }
    if !confirmed {
        store::held(&mut tx, id, actor.person, now).await?;
    }
    tx.commit().await?;
    shown(&state, &actor).await
}

/// Something brought up.
#[derive(Debug, Deserialize, ToSchema)]
struct Item {
    /// Made by the sender.
    id: Uuid,
    /// The grid, by code.
    grid: String,
    /// 5 to 500 letters; nothing private about residents.
    text: String,
    /// At which visit.
    #[serde(default)]
    hours: Option<Uuid>,
}

/// Writes down what was brought up.
#[utoipa::path(post, path = "/api/liaison/items", tag = "people", request_body = Item,
    responses((status = 200, body = Object), (status = 404), (status = 422)))]
async fn raise(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Item>,
) -> Result<Json<Value>> {
    let grid = grid_of(&state, &actor, &form.grid)?;
    let text = said("text", &form.text, 5, 500).map_err(|f| Error::invalid(vec![f]))?;
    let mut tx = state.staff.app.db.begin().await?;
    if let Some(hours) = form.hours {
        store::lock_hours(&mut tx, hours)
            .await?
            .filter(|h| h.1 == grid.id)
            .ok_or_else(|| Error::field("hours", "liaison.not_found"))?;
    }
    let at = (grid.id, grid.community);
    store::raise(
        &mut tx,
        form.id,
        at,
        form.hours,
        &text,
        actor.person,
        state.now(),
    )
    .await?;
    tx.commit().await?;
    shown(&state, &actor).await
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
struct Said {
    /// 2 to 500 letters.
    text: String,
}

/// Answers what was brought up.
#[utoipa::path(post, path = "/api/liaison/items/{id}/answer", tag = "people", request_body = Said,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn answer(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Said>,
) -> Result<Json<Value>> {
    let text = said("text", &form.text, 2, 500).map_err(|f| Error::invalid(vec![f]))?;
    let scope = actor.scope(Capability::Liaise);
    let mut tx = state.staff.app.db.begin().await?;
    let (_, _, open) = store::lock_item(&mut tx, id)
        .await?
        .filter(|i| reaches(&scope, i.0, i.1))
        .ok_or_else(|| missing("liaison.not_found"))?;
    if !open {
        return Err(Error::conflict("liaison.answered"));
    }
    store::answer(&mut tx, id, &text, actor.person, state.now()).await?;
    tx.commit().await?;
    shown(&state, &actor).await
}

/// Meetings of the own area.
#[utoipa::path(get, path = "/api/meetings", tag = "people", responses((status = 200, body = Object)))]
async fn meetings(Given(state): Given<State>, actor: Actor) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::Liaise);
    let mut conn = state.staff.app.db.acquire().await?;
    let list = placed(&state, store::meetings(&mut conn, &scope).await?);
    Ok(Json(json!({"meetings": list})))
}

/// A meeting to be called.
#[derive(Debug, Deserialize, ToSchema)]
struct Call {
    /// Made by the sender.
    id: Uuid,
    /// A town or community, twelve digits.
    area: String,
    /// 2 to 80 letters.
    title: String,
    /// When.
    held_on: Moment,
    /// Where, at most 120 letters.
    #[serde(default)]
    place: String,
    /// Open items it is about.
    #[serde(default)]
    items: Vec<Uuid>,
    /// Units called.
    #[serde(default)]
    orgs: Vec<OrgId>,
}

/// Calls a meeting on open items.
#[utoipa::path(post, path = "/api/meetings", tag = "people", request_body = Call,
    responses((status = 200, body = Object), (status = 422)))]
async fn convene(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Call>,
) -> Result<Json<Value>> {
    let mut faults: Vec<FieldFault> = Vec::new();
    let title = said("title", &form.title, 2, 80).unwrap_or_else(|f| {
        faults.push(f);
        String::new()
    });
    let place = said("place", &form.place, 0, 120).unwrap_or_else(|f| {
        faults.push(f);
        String::new()
    });
    let area: Option<i64> = form.area.trim().parse().ok();
    let area = area.filter(|a| state.staff.net.current().division(*a).is_some());
    if !area.is_some_and(|a| actor.scope(Capability::KeepPeople).holds(a)) {
        faults.push(FieldFault::new("area", "appointment.out_of_area"));
    }
    let (Some(area), true) = (area, faults.is_empty()) else {
        return Err(Error::invalid(faults));
    };
    let new = NewMeeting {
        id: form.id,
        area,
        title: &title,
        held_on: form.held_on,
        place: &place,
        items: &form.items,
        orgs: &form.orgs,
        by: actor.person,
    };
    let mut tx = state.staff.app.db.begin().await?;
    let (items, orgs) = store::convene(&mut tx, &new, code_range(area), state.now()).await?;
    if !items {
        faults.push(FieldFault::new("items", "meeting.item_not_open"));
    }
    if !orgs {
        faults.push(FieldFault::new("orgs", "org.not_found"));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    tx.commit().await?;
    one(&state, &actor, form.id).await
}

async fn one(state: &State, actor: &Actor, id: Uuid) -> Result<Json<Value>> {
    let mut conn = state.staff.app.db.acquire().await?;
    let (area, _) = store::lock_meeting(&mut conn, id)
        .await?
        .filter(|m| actor.scope(Capability::Liaise).holds(m.0))
        .ok_or_else(|| missing("meeting.not_found"))?;
    let row = store::meeting(&mut conn, id)
        .await?
        .ok_or_else(|| missing("meeting.not_found"))?;
    let mut row = placed(state, vec![row]).pop().unwrap_or_default();
    let keeps = actor.scope(Capability::KeepPeople).holds(area);
    if let Some(object) = row.as_object_mut() {
        object.insert("may_keep".into(), keeps.into());
    }
    Ok(Json(json!({"meeting": row})))
}

/// A meeting with agenda, participants and decisions.
#[utoipa::path(get, path = "/api/meetings/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn meeting(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    one(&state, &actor, id).await
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
struct Decision {
    /// Made by the sender.
    id: Uuid,
    /// The item it answers.
    #[serde(default)]
    item: Option<Uuid>,
    /// 2 to 300 letters.
    text: String,
    /// `case`, filed by the ordinary way in and named by its number, or `task`.
    kind: String,
    /// Which unit does it. A community and its grid station get tasks of their own people only; others ask
    /// them by cases of listed matters.
    #[serde(default)]
    org: Option<OrgId>,
    /// By which day, `2026-03-01`.
    due_on: String,
    /// The number of the case it became.
    #[serde(default)]
    case_no: Option<String>,
}

/// Whether the person may give the unit a task. What is asked of communities and their grids from above goes
/// through the admission of matters; only the community itself gives its own people tasks.
fn may_task(actor: &Actor, org: &Unit) -> bool {
    let of_grids = match org.kind {
        OrgKind::Community | OrgKind::GridStation => true,
        OrgKind::Department => org.level == Level::Village,
        OrgKind::Operator | OrgKind::Centre | OrgKind::Town | OrgKind::Section => false,
    };
    let own = |seat: &Seat| seat.org == Some(org.id) || seat.area == Some(org.area);
    !of_grids || actor.seats.iter().any(own)
}

/// Writes a decision down.
#[utoipa::path(post, path = "/api/meetings/{id}/decisions", tag = "people", request_body = Decision,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn decide(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Decision>,
) -> Result<Json<Value>> {
    let text = said("text", &form.text, 2, 300).map_err(|f| Error::invalid(vec![f]))?;
    let due_on = form
        .due_on
        .trim()
        .parse()
        .map_err(|_| Error::field("due_on", "day.unreadable"))?;
    if !["case", "task"].contains(&form.kind.as_str()) {
        return Err(Error::field("kind", "meeting.kind"));
    }
    let mut tx = state.staff.app.db.begin().await?;
    let (area, called) = store::lock_meeting(&mut tx, id)
        .await?
        .filter(|m| actor.scope(Capability::KeepPeople).holds(m.0))
        .ok_or_else(|| missing("meeting.not_found"))?;
    if !called {
        return Err(Error::conflict("meeting.held"));
    }
    let case_no = form
        .case_no
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty());
    if form.kind == "case" {
        let there = match case_no {
            Some(number) => store::case_there(&mut tx, number, code_range(area)).await?,
            None => false,
        };
        if !there {
            return Err(Error::field("case_no", "meeting.no_case"));
        }
    }
    let directory = state.staff.directory.current();
    let org = form.org.map(|org| directory.get(org));
    match &org {
        Some(None) => return Err(Error::field("org", "org.not_found")),
        None if form.kind == "task" => return Err(Error::field("org", "org.not_found")),
        Some(Some(org)) if form.kind == "task" && !may_task(&actor, org) => {
            return Err(Error::field("org", "meeting.task_for_grids"));
        }
        _ => {}
    }
    if let Some(item) = form.item
        && !store::on_agenda(&mut tx, id, item).await?
    {
        return Err(Error::field("item", "meeting.not_on_agenda"));
    }
    let new = NewDecision {
        id: form.id,
        meeting: id,
        item: form.item,
        text: &text,
        kind: &form.kind,
        org: form.org,
        due_on,
        case_no: case_no.filter(|_| form.kind == "case"),
        by: actor.person,
    };
    store::decide(&mut tx, &new, state.now()).await?;
    tx.commit().await?;
    one(&state, &actor, id).await
}

/// The meeting was held: items that led to a decision are answered by it.
#[utoipa::path(post, path = "/api/meetings/{id}/close", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn close(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.staff.app.db.begin().await?;
    let (_, called) = store::lock_meeting(&mut tx, id)
        .await?
        .filter(|m| actor.scope(Capability::KeepPeople).holds(m.0))
        .ok_or_else(|| missing("meeting.not_found"))?;
    if called {
        store::close(&mut tx, id, actor.person, state.now()).await?;
    }
    tx.commit().await?;
    one(&state, &actor, id).await
}

/// A task is done.
#[utoipa::path(post, path = "/api/meeting-tasks/{id}/done", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn task_done(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.staff.app.db.begin().await?;
    let (meeting, done) = store::lock_task(&mut tx, id)
        .await?
        .ok_or_else(|| missing("meeting.not_found"))?;
    store::lock_meeting(&mut tx, meeting)
        .await?
        .filter(|m| actor.scope(Capability::Liaise).holds(m.0))
        .ok_or_else(|| missing("meeting.not_found"))?;
    if !done {
        store::task_done(&mut tx, id, actor.person, state.now()).await?;
    }
    tx.commit().await?;
    one(&state, &actor, meeting).await
}
