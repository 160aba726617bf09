//! Allowances: a rate for each piece of work that was done and checked, counted from the record; proposed by
//! one, approved by another; every line shown to the person, who can object.

use axum::Json;
use axum::extract::State as Given;
use axum::response::Response;
use jiff::civil::Date;
use kernel::actor::code_range;
use kernel::rights::rule;
use kernel::{
    Actor, Capability, Error, Form, Lang, Moment, Need, Path, PersonId, Result, RouteRule,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use staff::sheet::Column;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::lifecycle::paid;
use crate::store::allowances::{self as store, LeftOff, NewLine, Sheet};
use crate::{State, missing, said};

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/allowances", Need::Can(Capability::KeepPeople)),
    rule("POST", "/api/allowances", Need::Can(Capability::KeepPeople)),
    rule(
        "GET",
        "/api/allowances/{id}",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/allowances/{id}/propose",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/allowances/{id}/approve",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "GET",
        "/api/allowances/{id}/payroll.xlsx",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/allowance-objections/{id}/answer",
        Need::Can(Capability::KeepPeople),
    ),
    rule("GET", "/api/my/allowances", Need::Session),
    rule("POST", "/api/my/allowances/{id}/objections", Need::Session),
    rule(
        "POST",
        "/api/my/allowance-sheets/{id}/objections",
        Need::Session,
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, compute))
        .routes(routes!(page))
        .routes(routes!(propose))
        .routes(routes!(approve))
        .routes(routes!(payroll))
        .routes(routes!(answer))
        .routes(routes!(own))
        .routes(routes!(object))
        .routes(routes!(object_left_out))
}

/// Columns of the sheet for payroll.
const PAYROLL: &[Column] = &[
    ("staff_no", "工号", "Staff number"),
    ("name", "姓名", "Name"),
    ("what", "项目", "Rate"),
    ("pieces", "件数", "Pieces"),
    ("paid", "计发", "Paid"),
    ("each", "单价（元）", "Each (yuan)"),
    ("total", "金额（元）", "Amount (yuan)"),
    ("evidence", "依据", "Evidence"),
];

fn placed(state: &State, mut row: Value) -> Value {
    let area = row["area"].as_str().and_then(|a| a.parse().ok());
    if let (Some(area), Some(object)) = (area, row.as_object_mut()) {
        object.insert("place".into(), state.place(area).into());
    }
    row
}

/// Sheets of the own area and the rates in force.
#[utoipa::path(get, path = "/api/allowances", tag = "people", responses((status = 200, body = Object)))]
async fn list(Given(state): Given<State>, actor: Actor) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::KeepPeople);
    let mut conn = state.staff.app.db.acquire().await?;
    let sheets = store::list(&mut conn, &scope).await?;
    let rates = store::rates(&mut conn).await?;
    let sheets: Vec<Value> = sheets.into_iter().map(|s| placed(&state, s)).collect();
    Ok(Json(json!({"sheets": sheets, "rates": rates})))
}

/// Which month of whose workers.
#[derive(Debug, Deserialize, ToSchema)]
struct Wanted {
    /// Made by the sender; a month of an area has one sheet.
    id: Uuid,
    /// A town or community, twelve digits.
    area: String,
    /// `2026-03`; over, or running.
    month: String,
}

/// The first instants of a month and of the next, in the city's zone.
fn span(state: &State, month: &str, now: Moment) -> Result<(String, Moment, Moment)> {
    let wrong = || Error::field("month", "allowance.month");
    let first: Date = format!("{month}-01").parse().map_err(|_| wrong())?;
    let zone = &state.staff.app.city.zone;
    let next = first
        .checked_add(jiff::Span::new().months(1))
        .map_err(|_| wrong())?;
    let begins = |day: Date| {
        day.to_zoned(zone.clone())
            .map(|z| Moment::new(z.timestamp()))
            .map_err(|_| wrong())
    };
    let (from, to) = (begins(first)?, begins(next)?);
    if from > now || first.year() < 2000 {
        return Err(wrong());
    }
    Ok((first.to_string(), from, to))
}

/// Counts a month from the record; again as long as it is not proposed.
#[utoipa::path(post, path = "/api/allowances", tag = "people", request_body = Wanted,
    responses((status = 200, body = Object), (status = 409), (status = 422)))]
async fn compute(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Wanted>,
) -> Result<Json<Value>> {
    let now = state.now();
    let scope = actor.scope(Capability::KeepPeople);
    let area: i64 = form
        .area
        .trim()
        .parse()
        .ok()
        .filter(|a| state.staff.net.current().division(*a).is_some())
        .ok_or_else(|| Error::field("area", "division.not_found"))?;
    let range = code_range(area);
    if !scope
        .areas
        .iter()
        .any(|(f, l)| *f <= range.0 && range.1 <= *l)
    {
        return Err(Error::field("area", "appointment.out_of_area"));
    }
    let mut tx = state.staff.app.db.begin().await?;
    let at = (area, form.month.trim());
    let id = count(&mut tx, &state, form.id, at, actor.person, now).await?;
    tx.commit().await?;
    shown(&state, &actor, id).await
}

/// Counts a month (`2026-03`) of an area into its sheet, which is made as `id` when there is none, and
/// answers the sheet.
///
/// # Errors
/// 422 on `month`; 409 `allowance.proposed` when the sheet was proposed.
pub async fn count(
    conn: &mut PgConnection,
    state: &State,
    id: Uuid,
    (area, month): (i64, &str),
    by: PersonId,
    now: Moment,
) -> Result<Uuid> {
    let (month, from, to) = span(state, month, now)?;
    let range = code_range(area);
    let id = match store::lock_of(conn, area, &month).await? {
        Some(before) if before.state != "computed" => {
            return Err(Error::conflict("allowance.proposed"));
        }
        Some(before) => before.id,
        None => id,
    };
    store::begin(conn, id, area, &month, by, now).await?;
    let zone = &state.staff.app.city.zone;
    let zone = zone.iana_name().unwrap_or("Asia/Shanghai").to_owned();
    let mut lines = Vec::new();
    for rate in store::rates_at(conn, from).await? {
        let done = store::done(conn, &rate.counted, (from, to), range, &zone).await?;
        lines.extend(done.into_iter().map(|(person, pieces, evidence)| NewLine {
            person,
            rate: rate.code.clone(),
            pieces,
            paid: paid(pieces, rate.most),
            cents: rate.cents,
            evidence,
        }));
    }
    store::put_lines(conn, id, &lines).await?;
    Ok(id)
}

async fn held(
    conn: &mut PgConnection,
    actor: &Actor,
    capability: Capability,
    id: Uuid,
) -> Result<Sheet> {
    store::lock(conn, id)
        .await?
        .filter(|s| actor.scope(capability).holds(s.area))
        .ok_or_else(|| missing("allowance.not_found"))
}

async fn shown(state: &State, actor: &Actor, id: Uuid) -> Result<Json<Value>> {
    let mut conn = state.staff.app.db.acquire().await?;
    let sheet = held(&mut conn, actor, Capability::KeepPeople, id).await?;
    let lines = store::lines(&mut conn, id).await?;
    let approves = actor.scope(Capability::AppointPosts).holds(sheet.area)
        && sheet.state == "proposed"
        && !made_by(&sheet, actor);
    Ok(Json(json!({
        "sheet": {"id": sheet.id, "area": sheet.area.to_string(), "place": state.place(sheet.area),
                  "month": sheet.month, "state": sheet.state, "may_approve": approves},
        "lines": lines,
    })))
}

fn made_by(sheet: &Sheet, actor: &Actor) -> bool {
    let persons = actor.persons();
    persons.contains(&sheet.computed_by) || sheet.proposed_by.is_some_and(|p| persons.contains(&p))
}

/// A sheet with every line.
#[utoipa::path(get, path = "/api/allowances/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn page(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    shown(&state, &actor, id).await
}

/// Proposes the sheet of a month that is over.
#[utoipa::path(post, path = "/api/allowances/{id}/propose", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn propose(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let sheet = held(&mut tx, &actor, Capability::KeepPeople, id).await?;
    if sheet.state != "computed" {
        return Err(Error::conflict("allowance.proposed"));
    }
    let month = sheet.month.get(..7).unwrap_or_default();
    let (_, _, to) = span(&state, month, now)?;
    if to > now {
        return Err(Error::conflict("allowance.month_runs"));
    }
    store::advance(&mut tx, id, false, actor.person, now).await?;
    tx.commit().await?;
    shown(&state, &actor, id).await
}

/// Approves what another person counted and proposed, once every objection is answered.
#[utoipa::path(post, path = "/api/allowances/{id}/approve", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn approve(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Value>> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let sheet = held(&mut tx, &actor, Capability::AppointPosts, id).await?;
    if sheet.state != "proposed" {
        return Err(Error::conflict("allowance.not_proposed"));
    }
    if made_by(&sheet, &actor) {
        return Err(Error::conflict("allowance.same_person"));
    }
    if store::open_objections(&mut tx, id).await? > 0 {
        return Err(Error::conflict("allowance.objections_open"));
    }
    store::advance(&mut tx, id, true, actor.person, now).await?;
    let entry = accounts::audit::Entry::of(&actor, "allowance.approved", now).on(id);
    accounts::audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    shown(&state, &actor, id).await
}

fn yuan(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The approved sheet for payroll, who took it at its foot; logged.
#[utoipa::path(get, path = "/api/allowances/{id}/payroll.xlsx", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = staff::sheet::XLSX), (status = 404), (status = 409)))]
async fn payroll(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let sheet = held(&mut tx, &actor, Capability::AppointPosts, id).await?;
    if sheet.state != "approved" {
        return Err(Error::conflict("allowance.not_approved"));
    }
    let lines = store::lines(&mut tx, id).await?;
    let entry = accounts::audit::Entry::of(&actor, "allowance.taken", now)
        .on(id)
        .for_purpose("payroll", &["name", "amount"]);
    accounts::audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let number = |v: &Value| v.as_f64().map(|n| n.to_string()).unwrap_or_default();
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|l| {
            let evidence: Vec<String> = l["evidence"]
                .as_array()
                .into_iter()
                .flatten()
                .map(text)
                .collect();
            let name = lang.pick("name_zh", "name_en");
            vec![
                text(&l["staff_no"]),
                text(&l["person"]),
                text(&l[name]),
                number(&l["pieces"]),
                number(&l["paid"]),
                yuan(l["cents"].as_i64().unwrap_or_default()),
                yuan(l["total_cents"].as_i64().unwrap_or_default()),
                evidence.join(" "),
            ]
        })
        .collect();
    let day = now.date(&state.staff.app.city.zone);
    let foot = format!("{} {day} {id}", actor.name);
    let title = lang.pick("补贴", "Allowances");
    staff::people::file("allowances.xlsx", title, lang, PAYROLL, rows, Some(foot)).await
}

/// Every line of one's own, and the sheets that are not approved yet with what was not counted on them.
#[utoipa::path(get, path = "/api/my/allowances", tag = "people", responses((status = 200, body = Object)))]
async fn own(Given(state): Given<State>, actor: Actor) -> Result<Json<Value>> {
    let mut conn = state.staff.app.db.acquire().await?;
    shown_to(&mut conn, &state, &actor).await
}

async fn shown_to(conn: &mut PgConnection, state: &State, actor: &Actor) -> Result<Json<Value>> {
    let lines = store::own(conn, actor.person).await?;
    let lines: Vec<Value> = lines.into_iter().map(|l| placed(state, l)).collect();
    let sheets = left_off(conn, actor.person).await?;
    let sheets: Vec<Value> = sheets
        .into_iter()
        .map(|s| {
            json!({"id": s.id, "place": state.place(s.area), "month": s.month, "state": s.state, "rates": s.rates})
        })
        .collect();
    Ok(Json(json!({"lines": lines, "sheets": sheets})))
}

/// Sheets not yet approved of areas where somebody worked that month, each once.
async fn left_off(conn: &mut PgConnection, person: PersonId) -> Result<Vec<LeftOff>> {
    let mut sheets = store::left_off(conn, person).await?;
    sheets.retain(|s| {
        let (first, last) = code_range(s.area);
        (first..=last).contains(&s.community)
    });
    sheets.dedup_by_key(|s| s.id);
    Ok(sheets)
}

/// An objection to a line.
#[derive(Debug, Deserialize, ToSchema)]
struct Objecting {
    /// Made by the sender.
    id: Uuid,
    /// 5 to 500 letters.
    text: String,
}

/// Objects to a line of one's own, until the sheet is approved.
#[utoipa::path(post, path = "/api/my/allowances/{id}/objections", tag = "people", request_body = Objecting,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn object(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Objecting>,
) -> Result<Json<Value>> {
    let text = said("text", &form.text, 5, 500).map_err(|f| Error::invalid(vec![f]))?;
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let (_, sheet, _) = store::line(&mut tx, id)
        .await?
        .filter(|l| l.0 == actor.person)
        .ok_or_else(|| missing("allowance.not_found"))?;
    let sheet = store::lock(&mut tx, sheet)
        .await?
        .ok_or_else(|| missing("allowance.not_found"))?;
    if sheet.state == "approved" {
        return Err(Error::conflict("allowance.approved"));
    }
    store::object(&mut tx, form.id, id, &text, actor.person, now).await?;
    let shown = shown_to(&mut tx, &state, &actor).await?;
    tx.commit().await?;
    Ok(shown)
}

/// An objection that something was not counted at all.
#[derive(Debug, Deserialize, ToSchema)]
struct LeftOut {
    /// Made by the sender.
    id: Uuid,
    /// By which rate it should have been.
    rate: String,
    /// 5 to 500 letters.
    text: String,
}

/// Objects that nothing was counted for oneself by a rate, until the sheet is approved.
#[utoipa::path(post, path = "/api/my/allowance-sheets/{id}/objections", tag = "people", request_body = LeftOut,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn object_left_out(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<LeftOut>,
) -> Result<Json<Value>> {
    let text = said("text", &form.text, 5, 500).map_err(|f| Error::invalid(vec![f]))?;
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    if !store::is_objected(&mut tx, form.id, actor.person).await? {
        let sheet = store::lock(&mut tx, id)
            .await?
            .ok_or_else(|| missing("allowance.not_found"))?;
        let sheets = left_off(&mut tx, actor.person).await?;
        let Some(open) = sheets.iter().find(|s| s.id == sheet.id) else {
            return Err(missing("allowance.not_found"));
        };
        let rates = open.rates.as_array().map_or(&[][..], Vec::as_slice);
        if !rates.iter().any(|r| r["code"] == form.rate.as_str()) {
            return Err(Error::field("rate", "allowance.rate_counted"));
        }
        let line = store::empty_line(&mut tx, sheet.id, actor.person, &form.rate).await?;
        store::object(&mut tx, form.id, line, &text, actor.person, now).await?;
    }
    let shown = shown_to(&mut tx, &state, &actor).await?;
    tx.commit().await?;
    Ok(shown)
}

/// What is answered, and what is paid instead.
#[derive(Debug, Deserialize, ToSchema)]
struct Answer {
    /// 2 to 500 letters.
    answer: String,
    /// How many pieces are paid, when the objection is right.
    #[serde(default)]
    paid: Option<f64>,
}

/// Answers an objection; never one's own.
#[utoipa::path(post, path = "/api/allowance-objections/{id}/answer", tag = "people", request_body = Answer,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn answer(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Answer>,
) -> Result<Json<Value>> {
    let text = said("answer", &form.answer, 2, 500).map_err(|f| Error::invalid(vec![f]))?;
    if form.paid.is_some_and(|p| !(0.0..=10_000.0).contains(&p)) {
        return Err(Error::field("paid", "hours.out_of_range"));
    }
    let now = state.now();
    let mut tx = state.staff.app.db.begin().await?;
    let (line, made_by, answered) = store::objection(&mut tx, id)
        .await?
        .ok_or_else(|| missing("objection.not_found"))?;
    let (_, sheet, _) = store::line(&mut tx, line)
        .await?
        .ok_or_else(|| missing("objection.not_found"))?;
    let sheet = held(&mut tx, &actor, Capability::KeepPeople, sheet)
        .await
        .map_err(|_| missing("objection.not_found"))?;
    if actor.persons().contains(&made_by) {
        return Err(Error::conflict("appointment.own"));
    }
    if answered || sheet.state == "approved" {
        return Err(Error::conflict("objection.answered"));
    }
    store::answer(&mut tx, (id, line), &text, form.paid, actor.person, now).await?;
    tx.commit().await?;
    shown(&state, &actor, sheet.id).await
}
