//! Volunteers: sign-up without an account, calls for help near by at a coarse place, hours given and confirmed,
//! a certificate of them.

use axum::Json;
use axum::extract::State as Given;
use kernel::actor::code_range;
use kernel::limits::{From, check};
use kernel::rights::rule;
use kernel::{
    Actor, Capability, Error, FieldFault, Form, Moment, Need, Path, Query, Result, RouteRule,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::lifecycle::KEPT_AFTER_END_S;
use crate::posts::{Asked, Look};
use crate::store::volunteers::{self as store, NewCall, NewVolunteer, Volunteer};
use crate::{State, code_hash, masked_name, missing, said};

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("POST", "/api/public/volunteers", Need::Public),
    rule("GET", "/api/public/volunteers/{code}", Need::Public),
    rule("POST", "/api/public/volunteers/{code}/offers", Need::Public),
    rule("POST", "/api/public/volunteers/{code}/end", Need::Public),
    rule(
        "POST",
        "/api/public/volunteers/{code}/certificate",
        Need::Public,
    ),
    rule("GET", "/api/volunteers", Need::Can(Capability::KeepPeople)),
    rule(
        "POST",
        "/api/volunteers/{id}/accept",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/volunteers/{id}/look",
        Need::Can(Capability::KeepPeople),
    ),
    rule("GET", "/api/help-calls", Need::Can(Capability::KeepPeople)),
    rule("POST", "/api/help-calls", Need::Can(Capability::KeepPeople)),
    rule(
        "POST",
        "/api/help-calls/{id}/close",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/help-offers/{id}/step",
        Need::Can(Capability::KeepPeople),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(sign_up))
        .routes(routes!(own))
        .routes(routes!(offer))
        .routes(routes!(end))
        .routes(routes!(certificate))
        .routes(routes!(list))
        .routes(routes!(accept))
        .routes(routes!(look))
        .routes(routes!(calls, call))
        .routes(routes!(close))
        .routes(routes!(step))
}

/// What people can help with.
pub const SKILLS: [&str; 8] = [
    "errands",
    "reading",
    "repairs",
    "first_aid",
    "cleaning",
    "patrol",
    "teaching",
    "languages",
];
/// When people have time.
pub const TIMES: [&str; 4] = [
    "weekday_day",
    "weekday_evening",
    "weekend_day",
    "weekend_evening",
];

/// Positions of calls are rounded to this, degrees: some 300 m, never a door.
const COARSE: f64 = 0.003;

fn coarse(degrees: f64) -> f64 {
    ((degrees / COARSE).round() * COARSE * 1e4).round() / 1e4
}

fn placed(state: &State, mut row: Value) -> Value {
    let area = row["area"].as_str().and_then(|a| a.parse().ok());
    if let (Some(area), Some(object)) = (area, row.as_object_mut()) {
        object.insert("place".into(), state.place(area).into());
    }
    row
}

/// What a volunteer tells.
#[derive(Debug, Deserialize, ToSchema)]
struct SignUp {
    /// Made by the sender; the same id twice is the same sign-up.
    id: Uuid,
    /// 2 to 40 letters.
    name: String,
    /// Where the volunteer is reached.
    phone: String,
    /// From the list, at least one.
    skills: Vec<String>,
    /// From the list, at least one.
    times: Vec<String>,
    /// The community, twelve digits.
    area: String,
    /// Whether the volunteer has read what becomes of this.
    #[serde(default)]
    agreed: bool,
}

/// Signs up; the code in the answer opens the volunteer's page.
#[utoipa::path(post, path = "/api/public/volunteers", tag = "public", request_body = SignUp,
    responses((status = 200, body = Object), (status = 409), (status = 422), (status = 429)))]
async fn sign_up(
    Given(state): Given<State>,
    from: From,
    Form(form): Form<SignUp>,
) -> Result<Json<Value>> {
    let app = &state.staff.app;
    check(app, "volunteer", &from, 20, 3600).await?;
    let now = state.now();
    // As with applications: the id sent makes the code, the volunteer that staff see has another.
    let own = app.vault.derived("volunteer", form.id);
    let code = app.vault.code("volunteer", form.id);
    let mut faults = Vec::new();
    let name = said("name", &form.name, 2, 40).unwrap_or_else(|f| {
        faults.push(f);
        String::new()
    });
    let listed = |chosen: &[String], list: &[&str]| {
        !chosen.is_empty()
            && chosen.len() <= list.len()
            && chosen.iter().all(|c| list.contains(&c.as_str()))
    };
    if !listed(&form.skills, &SKILLS) {
        faults.push(FieldFault::new("skills", "volunteer.skills"));
    }
    if !listed(&form.times, &TIMES) {
        faults.push(FieldFault::new("times", "volunteer.times"));
    }
    if !form.agreed {
        faults.push(FieldFault::new("agreed", "application.agree"));
    }
    let area: Option<i64> = form.area.trim().parse().ok();
    let net = state.staff.net.current();
    let area = area.filter(|a| {
        net.division(*a)
            .is_some_and(|d| d.level == divisions::Level::Village)
    });
    if area.is_none() {
        faults.push(FieldFault::new("area", "division.not_found"));
    }
    let phone = match staff::desk::phone(app, &form.phone) {
        Ok(Some(phone)) => Some(phone),
        _ => {
            faults.push(FieldFault::new("phone", "phone.unreadable"));
            None
        }
    };
    let (Some(area), Some((phone_sealed, phone_masked, phone_hash)), true) =
        (area, phone, faults.is_empty())
    else {
        return Err(Error::invalid(faults));
    };
    let mut tx = app.db.begin().await?;
    if let Some(before) = store::lock_by_code(&mut tx, &code_hash(&code)).await? {
        return if crate::store::is_whose(
            &mut tx,
            "volunteers",
            before.id,
            &masked_name(&name),
            &phone_hash,
        )
        .await?
        {
            Ok(Json(json!({"code": code})))
        } else {
            Err(Error::conflict("command.id_reused"))
        };
    }
    let new = NewVolunteer {
        id: own,
        code_hash: code_hash(&code),
        name_sealed: app.vault.seal(&name)?,
        name_masked: masked_name(&name),
        phone_sealed,
        phone_masked,
        phone_hash,
        skills: &form.skills,
        times: &form.times,
        area,
    };
    if !store::insert(&mut tx, &new, now).await? {
        return Err(Error::conflict("volunteer.twice"));
    }
    tx.commit().await?;
    Ok(Json(json!({"code": code})))
}

async fn by_code(
    conn: &mut PgConnection,
    state: &State,
    from: &From,
    code: &str,
) -> Result<Volunteer> {
    check(&state.staff.app, "volunteer-code", from, 120, 3600).await?;
    store::lock_by_code(conn, &code_hash(code))
        .await?
        .ok_or_else(|| missing("volunteer.not_found"))
}

/// The codes of the town a community lies in.
fn town(area: i64) -> (i64, i64) {
    code_range(area - area % 1_000)
}

async fn shown(conn: &mut PgConnection, state: &State, v: &Volunteer) -> Result<Json<Value>> {
    let row = store::own(conn, v.id)
        .await?
        .ok_or_else(|| missing("volunteer.not_found"))?;
    let mut row = placed(state, row);
    let calls = if v.state == "accepted" {
        store::calls_near(conn, v.id, town(v.area), state.now()).await?
    } else {
        Vec::new()
    };
    let calls: Vec<Value> = calls.into_iter().map(|c| placed(state, c)).collect();
    let given = store::given(conn, v.id).await?;
    if let Some(object) = row.as_object_mut() {
        object.insert("calls".into(), calls.into());
        object.insert("given".into(), given.into());
    }
    Ok(Json(json!({"volunteer": row})))
}

/// A volunteer's page: calls near by, hours given.
#[utoipa::path(get, path = "/api/public/volunteers/{code}", tag = "public", params(("code" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn own(
    Given(state): Given<State>,
    from: From,
    Path(code): Path<String>,
) -> Result<Json<Value>> {
    let mut conn = state.staff.app.db.acquire().await?;
    let v = by_code(&mut conn, &state, &from, &code).await?;
    shown(&mut conn, &state, &v).await
}

/// Which call.
#[derive(Debug, Deserialize, ToSchema)]
struct Offer {
    /// The call.
    call: Uuid,
}

/// Offers help with a call near by.
#[utoipa::path(post, path = "/api/public/volunteers/{code}/offers", tag = "public", request_body = Offer,
    params(("code" = String, Path)), responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn offer(
    Given(state): Given<State>,
    from: From,
    Path(code): Path<String>,
    Form(form): Form<Offer>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let v = by_code(&mut tx, &state, &from, &code).await?;
    if v.state != "accepted" {
        return Err(Error::conflict("volunteer.not_accepted"));
    }
    let (first, last) = town(v.area);
    let (_, ends, open, left) = store::lock_call(&mut tx, form.call)
        .await?
        .filter(|c| (first..=last).contains(&c.0))
        .ok_or_else(|| missing("help_call.not_found"))?;
    if !open || ends <= now || left <= 0 {
        return Err(Error::conflict("help_call.closed"));
    }
    store::offer(&mut tx, form.call, v.id, now).await?;
    let answer = shown(&mut tx, &state, &v).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Ends being a volunteer; what was told is erased within days.
#[utoipa::path(post, path = "/api/public/volunteers/{code}/end", tag = "public", params(("code" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn end(
    Given(state): Given<State>,
    from: From,
    Path(code): Path<String>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let v = by_code(&mut tx, &state, &from, &code).await?;
    if v.state != "ended" {
        let erase = Some(now.plus_s(KEPT_AFTER_END_S));
        store::advance(&mut tx, v.id, None, erase, now).await?;
    }
    let after = store::lock(&mut tx, v.id)
        .await?
        .ok_or_else(|| missing("volunteer.not_found"))?;
    let answer = shown(&mut tx, &state, &after).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The certificate of hours confirmed, with the volunteer's name, for printing. Only the code opens it.
#[utoipa::path(post, path = "/api/public/volunteers/{code}/certificate", tag = "public", params(("code" = String, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn certificate(
    Given(state): Given<State>,
    from: From,
    Path(code): Path<String>,
) -> Result<Json<Value>> {
    let mut conn = state.staff.app.db.acquire().await?;
    let v = by_code(&mut conn, &state, &from, &code).await?;
    let given = store::given(&mut conn, v.id).await?;
    if given.is_empty() {
        return Err(Error::conflict("volunteer.no_hours"));
    }
    let name = v
        .name_sealed
        .as_deref()
        .map(|s| state.staff.app.vault.open(s))
        .transpose()?;
    let hours: f64 = given.iter().filter_map(|g| g["hours"].as_f64()).sum();
    let given: Vec<Value> = given.into_iter().map(|g| placed(&state, g)).collect();
    let city = &state.staff.app.city.name;
    Ok(Json(json!({
        "name": name, "hours": hours, "given": given, "place": state.place(v.area), "at": state.now(),
        "city_zh": city.name_zh, "city_en": city.name_en,
    })))
}

/// Volunteers of the own area, masked.
#[utoipa::path(get, path = "/api/volunteers", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn list(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::KeepPeople);
    let mut conn = state.staff.app.db.acquire().await?;
    let list = store::list(&mut conn, &scope, asked.area.map(code_range)).await?;
    let list: Vec<Value> = list.into_iter().map(|v| placed(&state, v)).collect();
    Ok(Json(json!({"volunteers": list})))
}

async fn held(conn: &mut PgConnection, actor: &Actor, id: Uuid) -> Result<Volunteer> {
    store::lock(conn, id)
        .await?
        .filter(|v| actor.scope(Capability::KeepPeople).holds(v.area))
        .ok_or_else(|| missing("volunteer.not_found"))
}

/// Yes or no.
#[derive(Debug, Deserialize, ToSchema)]
struct Verdict {
    /// Whether the volunteer is accepted.
    yes: bool,
}

/// Accepts a volunteer, or does not: then what was told is erased within days.
#[utoipa::path(post, path = "/api/volunteers/{id}/accept", tag = "people", request_body = Verdict,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn accept(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Verdict>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let v = held(&mut tx, &actor, id).await?;
    if v.state == "ended" {
        return Err(Error::conflict("volunteer.ended"));
    }
    if form.yes {
        store::advance(&mut tx, id, Some(actor.person), None, now).await?;
    } else {
        let erase = Some(now.plus_s(KEPT_AFTER_END_S));
        store::advance(&mut tx, id, None, erase, now).await?;
    }
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// A volunteer's name and number, for a purpose; logged before it is answered.
#[utoipa::path(post, path = "/api/volunteers/{id}/look", tag = "people", request_body = Look,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 429)))]
async fn look(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Look>,
) -> Result<Json<Value>> {
    let note = form.count(&state, &actor).await?;
    let vault = &state.staff.app.vault;
    let mut tx = state.staff.app.db.begin().await?;
    let v = held(&mut tx, &actor, id).await?;
    let open = |sealed: &Option<Vec<u8>>| sealed.as_deref().map(|s| vault.open(s)).transpose();
    let (name, phone) = (open(&v.name_sealed)?, open(&v.phone_sealed)?);
    let entry = accounts::audit::Entry::of(&actor, "volunteer.seen", state.now())
        .on(id)
        .for_purpose(&form.purpose, &["name", "phone"])
        .with(json!({"note": note}));
    accounts::audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(json!({"name": name, "phone": phone})))
}

/// Calls for help of the own area, with who offered.
#[utoipa::path(get, path = "/api/help-calls", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn calls(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::KeepPeople);
    let mut conn = state.staff.app.db.acquire().await?;
    let list = store::calls(&mut conn, &scope, asked.area.map(code_range)).await?;
    let list: Vec<Value> = list.into_iter().map(|c| placed(&state, c)).collect();
    Ok(Json(json!({"calls": list})))
}

/// A call for help.
#[derive(Debug, Deserialize, ToSchema)]
struct Call {
    /// Made by the sender.
    id: Uuid,
    /// 2 to 60 letters; nobody's name.
    title: String,
    /// 2 to 500 letters; nothing private about who is helped.
    what: String,
    /// From the list.
    skill: String,
    /// The grid, by code; the place shown is rounded to some 300 m.
    grid: String,
    /// From when.
    begins_at: Moment,
    /// Until when.
    ends_at: Moment,
    /// How many are wanted, 1 to 100.
    wanted: i32,
}

/// Calls for help.
#[utoipa::path(post, path = "/api/help-calls", tag = "people", request_body = Call,
    responses((status = 200, body = Object), (status = 422)))]
async fn call(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Call>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut faults = Vec::new();
    let mut read = |field: &str, text: &str, min, max| {
        said(field, text, min, max).unwrap_or_else(|fault| {
            faults.push(fault);
            String::new()
        })
    };
    let title = read("title", &form.title, 2, 60);
    let what = read("what", &form.what, 2, 500);
    if !SKILLS.contains(&form.skill.as_str()) {
        faults.push(FieldFault::new("skill", "volunteer.skills"));
    }
    if form.ends_at <= form.begins_at || form.ends_at <= now {
        faults.push(FieldFault::new("ends_at", "help_call.ends"));
    }
    if !(1..=100).contains(&form.wanted) {
        faults.push(FieldFault::new("wanted", "post.places"));
    }
    let scope = actor.scope(Capability::KeepPeople);
    let net = state.staff.net.current();
    let grid = net
        .grid_by_code(form.grid.trim())
        .filter(|g| scope.holds(g.community));
    if grid.is_none() {
        faults.push(FieldFault::new("grid", "grid.not_found"));
    }
    let (Some(grid), true) = (grid, faults.is_empty()) else {
        return Err(Error::invalid(faults));
    };
    let new = NewCall {
        id: form.id,
        title: &title,
        what: &what,
        skill: &form.skill,
        area: grid.community,
        lon: coarse(grid.lon),
        lat: coarse(grid.lat),
        begins_at: form.begins_at,
        ends_at: form.ends_at,
        wanted: form.wanted,
        by: actor.person,
    };
    let mut tx = state.staff.app.db.begin().await?;
    store::insert_call(&mut tx, &new, now).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Closes a call.
#[utoipa::path(post, path = "/api/help-calls/{id}/close", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn close(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let mut tx = state.staff.app.db.begin().await?;
    store::lock_call(&mut tx, id)
        .await?
        .filter(|c| actor.scope(Capability::KeepPeople).holds(c.0))
        .ok_or_else(|| missing("help_call.not_found"))?;
    store::close_call(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// What becomes of an offer.
#[derive(Debug, Deserialize, ToSchema)]
struct OfferStep {
    /// `taken`, `declined`, or `confirmed` with the hours given.
    state: String,
    /// Hours given, more than 0, at most 24.
    #[serde(default)]
    hours: Option<f64>,
}

/// Takes an offer, declines it, or confirms the hours given.
#[utoipa::path(post, path = "/api/help-offers/{id}/step", tag = "people", request_body = OfferStep,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn step(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<OfferStep>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let (call, at) = store::lock_offer(&mut tx, id)
        .await?
        .ok_or_else(|| missing("help_call.not_found"))?;
    let (_, _, _, left) = store::lock_call(&mut tx, call)
        .await?
        .filter(|c| actor.scope(Capability::KeepPeople).holds(c.0))
        .ok_or_else(|| missing("help_call.not_found"))?;
    match (at.as_str(), form.state.as_str()) {
        ("offered", "taken") if left <= 0 => return Err(Error::conflict("help_call.closed")),
        ("offered", "taken" | "declined") | ("taken", "declined") => {
            store::step_offer(&mut tx, id, &form.state, None, actor.person, now).await?;
        }
        ("taken", "confirmed") => {
            let hours = form.hours.filter(|h| *h > 0.0 && *h <= 24.0);
            if hours.is_none() {
                return Err(Error::field("hours", "hours.out_of_range"));
            }
            store::step_offer(&mut tx, id, "confirmed", hours, actor.person, now).await?;
        }
        _ => return Err(Error::conflict("help_offer.not_at_this_stage")),
    }
    tx.commit().await?;
    Ok(Json(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calls_place_is_coarse() {
        for degrees in [119.97432, 31.81299, 0.0014] {
            let rounded = coarse(degrees);
            assert!((rounded - degrees).abs() <= COARSE / 2.0 + 1e-4);
            assert!((rounded / COARSE - (rounded / COARSE).round()).abs() < 1e-6);
        }
    }
}
