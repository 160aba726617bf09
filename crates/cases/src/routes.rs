//! The HTTP face: decode, authorise, one transaction, encode.

use axum::Json;
use axum::extract::State as Axum;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use kernel::rights::rule;
use kernel::{Actor, Capability, CaseId, Error, Form, Lang, MediaId, Need, Result, RouteRule};
use kernel::{Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::desk::{self, Bringer, Contact, Order, RatingForm, Receipt, Report};
use crate::model::Source;
use crate::public::{self, Probe};
use crate::row::Key;
use crate::state::State;
use crate::{reasons, store, view};

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("POST", "/api/public/reports", Need::Public),
    rule("GET", "/api/public/nearby", Need::Public),
    rule("POST", "/api/public/cases/{id}/follow", Need::Public),
    rule("GET", "/api/public/progress/{code}", Need::Public),
    rule("POST", "/api/public/progress/{code}/commands", Need::Public),
    rule("POST", "/api/cases", Need::Can(Capability::ReportCases)),
    rule("POST", "/api/cases/bulk", Need::Can(Capability::ReadCases)),
    rule("GET", "/api/cases/{id}", Need::Can(Capability::ReadCases)),
    rule(
        "POST",
        "/api/cases/{id}/commands",
        Need::Can(Capability::ReadCases),
    ),
    rule(
        "GET",
        "/api/cases/{id}/duplicates",
        Need::Can(Capability::ReadCases),
    ),
    rule(
        "GET",
        "/api/cases/{id}/units",
        Need::Can(Capability::ReadCases),
    ),
    rule(
        "POST",
        "/api/cases/{id}/reporter",
        Need::Can(Capability::SeeReporters),
    ),
    rule(
        "GET",
        "/api/cases/nearby",
        Need::Can(Capability::ReportCases),
    ),
    rule(
        "POST",
        "/api/media/{id}/blur",
        Need::Can(Capability::ReadCases),
    ),
    rule("GET", "/api/reasons", Need::Session),
    rule("GET", "/api/purposes", Need::Session),
];

/// The routes of this crate.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(crate::handover::routes())
        .routes(routes!(report_publicly))
        .routes(routes!(nearby))
        .routes(routes!(follow))
        .routes(routes!(progress))
        .routes(routes!(command_publicly))
        .routes(routes!(report))
        .routes(routes!(bulk))
        .routes(routes!(page))
        .routes(routes!(command))
        .routes(routes!(duplicates))
        .routes(routes!(units))
        .routes(routes!(reporter))
        .routes(routes!(nearby_for_staff))
        .routes(routes!(all_reasons))
        .routes(routes!(purposes))
}

/// A resident's report.
#[utoipa::path(post, path = "/api/public/reports", tag = "public", request_body = Report,
    responses((status = 201, body = Object), (status = 422, description = "The fields at fault")))]
async fn report_publicly(
    Axum(state): Axum<State>,
    lang: Lang,
    from: kernel::limits::From,
    Form(form): Form<Report>,
) -> Result<impl IntoResponse> {
    kernel::limits::check(&state.app, "report", &from, 30, 3600).await?;
    let form = Report {
        source: None,
        external_number: None,
        self_handle: None,
        ..form
    };
    let receipt = desk::report(&state, &form, Bringer::Resident(Source::Citizen, lang)).await?;
    Ok((StatusCode::CREATED, Json(for_resident(&state, &receipt))))
}

fn for_resident(state: &State, receipt: &Receipt) -> Value {
    let code = receipt.reporter.map(|r| state.app.vault.progress_code(r.0));
    let unit = view::unit(state, receipt.dispatched_to);
    let next = receipt.next_by.map(|by| match unit {
        Value::Null => json!({"what_zh": "我们会先受理并找到负责的单位",
            "what_en": "We take it on and find the unit in charge", "by": by}),
        _ => json!({"what_zh": format!("已派给{}", unit["name_zh"].as_str().unwrap_or_default()),
            "what_en": format!("Sent to {}", unit["name_en"].as_str().unwrap_or_default()), "by": by}),
    });
    json!({
        "case_id": receipt.case_id, "number": receipt.number, "progress_code": code,
        "link": code.as_ref().map(|c| format!("/p/{c}")), "grid_text": receipt.grid_text,
        "next": next, "unplaced": receipt.unplaced, "dispatched_to": unit, "stage": receipt.stage,
    })
}

/// Where to look for like reports.
#[derive(Debug, Deserialize, IntoParams)]
struct Nearby {
    /// Degrees east.
    lon: f64,
    /// Degrees north.
    lat: f64,
    /// Matter code.
    matter: Option<String>,
    /// Words so far.
    text: Option<String>,
    /// The first picture.
    media: Option<MediaId>,
}

async fn probe(state: &State, query: Nearby) -> Result<Probe> {
    let picture = match query.media {
        Some(id) => {
            let mut conn = state.app.db.acquire().await?;
            media::store::attachable(&mut conn, &[id])
                .await?
                .first()
                .and_then(|m| m.likeness)
        }
        None => None,
    };
    Ok(Probe {
        lon: query.lon,
        lat: query.lat,
        matter: query.matter.filter(|m| !m.is_empty()),
        text: query.text.unwrap_or_default(),
        picture,
        but: None,
    })
}

/// Like open reports nearby, to follow instead of reporting again. Matters about persons are left out.
#[utoipa::path(get, path = "/api/public/nearby", tag = "public", params(Nearby),
    responses((status = 200, body = Object)))]
async fn nearby(Axum(state): Axum<State>, Query(query): Query<Nearby>) -> Result<Json<Value>> {
    let probe = probe(&state, query).await?;
    let mut conn = state.app.db.acquire().await?;
    let found = public::alike(&mut conn, &state, &probe, state.app.clock.now()).await?;
    let shelf = state.shelf.current();
    let shown = |code: &Option<String>| {
        code.as_deref()
            .is_none_or(|c| shelf.matter(c).is_some_and(|m| m.shown))
    };
    let cases: Vec<Value> = found
        .iter()
        .filter(|a| shown(&a.near.case.matter))
        .take(5)
        .map(|a| {
            let case = &a.near.case;
            let thumb = case.media.iter().find(|m| m.kind == "photo").map(|m| m.id);
            json!({
                "id": case.id, "number": case.number,
                "matter": view::matter(&state, case.matter.as_deref()),
                "distance_m": a.likeness.distance_m.round(), "reported_at": case.reported_at,
                "stage": case.stage, "reporters": case.reporters,
                "thumb_url": thumb.map(|t| media::url(&state.app.vault, t, "thumb")),
                "place_text": a.near.place_text, "score": a.likeness.score,
                "because": a.likeness.because,
                "lon": case.place.as_ref().map(|p| public::coarse(p.lon)),
                "lat": case.place.as_ref().map(|p| public::coarse(p.lat)),
            })
        })
        .collect();
    Ok(Json(json!({"cases": cases})))
}

/// Like open reports nearby, for staff entering a report.
#[utoipa::path(get, path = "/api/cases/nearby", tag = "cases", params(Nearby),
    responses((status = 200, body = Object)))]
async fn nearby_for_staff(
    Axum(state): Axum<State>,
    actor: Actor,
    Query(query): Query<Nearby>,
) -> Result<Json<Value>> {
    let probe = probe(&state, query).await?;
    alike_rows(&state, &actor, &probe).await
}

async fn alike_rows(state: &State, actor: &Actor, probe: &Probe) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let mut conn = state.app.db.acquire().await?;
    let mut rows = Vec::new();
    for a in public::alike(&mut conn, state, probe, now).await? {
        if !desk::may_see(&mut conn, &a.near.case, actor).await? {
            continue;
        }
        let mut row = view::row(state, &a.near.case, &a.near.text, &a.near.place_text, now);
        if let Some(row) = row.as_object_mut() {
            row.insert("distance_m".into(), json!(a.likeness.distance_m.round()));
            row.insert("score".into(), json!(a.likeness.score));
            row.insert("because".into(), json!(a.likeness.because));
        }
        rows.push(row);
    }
    Ok(Json(json!({"cases": rows})))
}

/// Who follows.
#[derive(Debug, Deserialize, ToSchema)]
struct Follow {
    /// Made by the sender.
    id: Uuid,
    /// Name.
    #[serde(default)]
    name: Option<String>,
    /// Telephone number.
    #[serde(default)]
    phone: Option<String>,
}

/// Follows an open report instead of reporting it again.
#[utoipa::path(post, path = "/api/public/cases/{id}/follow", tag = "public", request_body = Follow,
    params(("id" = CaseId, Path)), responses((status = 200, body = Object)))]
async fn follow(
    Axum(state): Axum<State>,
    lang: Lang,
    from: kernel::limits::From,
    Path(id): Path<CaseId>,
    Form(form): Form<Follow>,
) -> Result<Json<Value>> {
    kernel::limits::check(&state.app, "follow", &from, 60, 3600).await?;
    let contact = Contact {
        name: form.name.as_deref().filter(|n| !n.trim().is_empty()),
        phone: form.phone.as_deref().filter(|n| !n.trim().is_empty()),
        ..Contact::default()
    };
    let mut tx = state.app.db.begin().await?;
    let case = desk::follow(&mut tx, &state, id, form.id, contact, lang).await?;
    tx.commit().await?;
    state.app.committed.notify_one();
    let code = state.app.vault.progress_code(form.id);
    Ok(Json(
        json!({"progress_code": code, "link": format!("/p/{code}"), "number": case.number}),
    ))
}

/// The holder of a progress code as written by people: case and dashes do not matter.
async fn holder(state: &State, code: &str) -> Result<store::Reporter> {
    let letters: Vec<char> = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let tidy = letters
        .chunks(4)
        .map(|c| c.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-");
    let mut conn = state.app.db.acquire().await?;
    store::reporter_by_code(&mut conn, &kernel::vault::digest(tidy.as_bytes()))
        .await?
        .ok_or(Error::NotFound("progress.not_found"))
}

/// How a report stands, for the holder of its progress code.
#[utoipa::path(get, path = "/api/public/progress/{code}", tag = "public",
    params(("code" = String, Path)), responses((status = 200, body = Object), (status = 404)))]
async fn progress(
    Axum(state): Axum<State>,
    lang: Lang,
    from: kernel::limits::From,
    Path(code): Path<String>,
) -> Result<Json<Value>> {
    kernel::limits::check(&state.app, "progress", &from, 600, 600).await?;
    let who = holder(&state, &code).await?;
    let mut conn = state.app.db.acquire().await?;
    Ok(Json(public::progress(&mut conn, &state, &who, lang).await?))
}

/// A command as sent.
#[derive(Debug, Deserialize, ToSchema)]
struct Commanded {
    /// Made by the sender; the same id twice is the same command.
    id: Uuid,
    /// Its name.
    command: String,
    /// What it needs.
    #[serde(default)]
    #[schema(value_type = Object)]
    body: Value,
}

impl Commanded {
    fn order(self) -> Order {
        let body = if self.body.is_null() {
            json!({})
        } else {
            self.body
        };
        Order {
            id: self.id,
            command: json!({"command": self.command, "body": body}),
        }
    }
}

/// A reporter confirms, objects, answers, withdraws, reopens or rates.
#[utoipa::path(post, path = "/api/public/progress/{code}/commands", tag = "public",
    request_body = Commanded, params(("code" = String, Path)),
    responses((status = 200, body = Object), (status = 409, description = "The rule that says no")))]
async fn command_publicly(
    Axum(state): Axum<State>,
    lang: Lang,
    from: kernel::limits::From,
    Path(code): Path<String>,
    Form(form): Form<Commanded>,
) -> Result<Json<Value>> {
    kernel::limits::check(&state.app, "progress-command", &from, 60, 600).await?;
    let who = holder(&state, &code).await?;
    let mut tx = state.app.db.begin().await?;
    if form.command == "rate" {
        let rating: RatingForm = serde_json::from_value(form.body.clone())
            .map_err(|e| Error::field("body", "field.unreadable").with("said", e.to_string()))?;
        // Rated twice with the same id is the same rating.
        if store::rating(&mut tx, who.case_id, Some(who.id))
            .await?
            .is_none()
        {
            desk::rate(&mut tx, &state, &who, form.id, &rating).await?;
        }
    } else {
        desk::reporter_command(&mut tx, &state, &who, &form.order()).await?;
    }
    tx.commit().await?;
    state.app.committed.notify_one();
    let mut conn = state.app.db.acquire().await?;
    Ok(Json(public::progress(&mut conn, &state, &who, lang).await?))
}

/// A report entered by staff: a telephone call, a worker, an inspection.
#[utoipa::path(post, path = "/api/cases", tag = "cases", request_body = Report,
    responses((status = 201, body = Object), (status = 409), (status = 422)))]
async fn report(
    Axum(state): Axum<State>,
    actor: Actor,
    Form(form): Form<Report>,
) -> Result<impl IntoResponse> {
    let receipt = desk::report(&state, &form, Bringer::Staff(&actor)).await?;
    Ok((StatusCode::CREATED, Json(for_resident(&state, &receipt))))
}

/// One case, its story, and what this person may do.
#[utoipa::path(get, path = "/api/cases/{id}", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn page(
    Axum(state): Axum<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Key>,
) -> Result<Json<Value>> {
    let mut conn = state.app.db.acquire().await?;
    let case = store::find(&mut conn, &id).await?;
    shown(&mut conn, &state, case, &actor, lang).await
}

async fn shown(
    conn: &mut sqlx::PgConnection,
    state: &State,
    case: crate::model::Case,
    actor: &Actor,
    lang: Lang,
) -> Result<Json<Value>> {
    let until = desk::seen_until(conn, &case, actor)
        .await?
        .ok_or(Error::NotFound("case.not_found"))?;
    Ok(Json(
        view::page(conn, state, case, actor, until, lang).await?,
    ))
}

/// A command on a case.
#[utoipa::path(post, path = "/api/cases/{id}/commands", tag = "cases", request_body = Commanded,
    params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 409, description = "The rule that says no")))]
async fn command(
    Axum(state): Axum<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Key>,
    Form(form): Form<Commanded>,
) -> Result<Json<Value>> {
    let ruling = form.command == "rule";
    let mut tx = state.app.db.begin().await?;
    let case = desk::command(&mut tx, &state, &actor, &id, &form.order()).await?;
    tx.commit().await?;
    state.app.committed.notify_one();
    if ruling {
        state.books.reload(&state.app.db).await?;
    }
    let mut conn = state.app.db.acquire().await?;
    shown(&mut conn, &state, case, &actor, lang).await
}

/// The same command on many cases.
#[derive(Debug, Deserialize, ToSchema)]
struct Bulk {
    /// Made by the sender.
    id: Uuid,
    /// `dispatch`, `remind` or `accept`.
    command: String,
    /// Which.
    cases: Vec<CaseId>,
    /// What it needs. A dispatch without a unit goes where the rules say.
    #[serde(default)]
    #[schema(value_type = Object)]
    body: Value,
}

/// The same command on up to 200 cases; each stands for itself, and what is refused says why.
#[utoipa::path(post, path = "/api/cases/bulk", tag = "cases", request_body = Bulk,
    responses((status = 200, body = Object)))]
async fn bulk(
    Axum(state): Axum<State>,
    actor: Actor,
    lang: Lang,
    Form(form): Form<Bulk>,
) -> Result<Json<Value>> {
    if !matches!(form.command.as_str(), "dispatch" | "remind" | "accept") {
        return Err(Error::field("command", "bulk.command"));
    }
    if form.cases.len() > 200 {
        return Err(Error::field("cases", "bulk.too_many"));
    }
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for id in &form.cases {
        match one_of_many(&state, &actor, &form, *id).await {
            Ok(()) => done.push(*id),
            Err(error @ Error::Ours(..)) => return Err(error),
            Err(error) => {
                let problem = error.problem(lang, None);
                let mut conn = state.app.db.acquire().await?;
                let number = store::numbers(&mut conn, &[*id]).await?.remove(id);
                refused.push(json!({"id": id, "number": number, "code": error.code(),
                                    "reason": problem["detail"]}));
            }
        }
    }
    state.app.committed.notify_one();
    Ok(Json(json!({"done": done, "refused": refused})))
}

async fn one_of_many(state: &State, actor: &Actor, form: &Bulk, id: CaseId) -> Result<()> {
    let mut body = if form.body.is_null() {
        json!({})
    } else {
        form.body.clone()
    };
    let mut tx = state.app.db.begin().await?;
    if form.command == "dispatch" && body.get("org").is_none_or(Value::is_null) {
        let case = store::find(&mut tx, &Key::Id(id)).await?;
        let route = case
            .matter
            .as_deref()
            .and_then(|m| state.way(m, case.area, state.app.clock.now()));
        let way = route.ok_or_else(|| Error::conflict("dispatch.no_route"))?;
        body["org"] = json!(way.org);
    }
    let order = Order {
        id: Uuid::new_v5(&form.id, id.0.as_bytes()),
        command: json!({"command": form.command, "body": body}),
    };
    desk::command(&mut tx, state, actor, &Key::Id(id), &order).await?;
    tx.commit().await?;
    Ok(())
}

/// Cases that may be the same as this one.
#[utoipa::path(get, path = "/api/cases/{id}/duplicates", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
async fn duplicates(
    Axum(state): Axum<State>,
    actor: Actor,
    Path(id): Path<Key>,
) -> Result<Json<Value>> {
    let mut conn = state.app.db.acquire().await?;
    let case = visible(&mut conn, &actor, &id).await?;
    let Some(place) = &case.place else {
        return Ok(Json(json!({"cases": []})));
    };
    let words = store::words(&mut conn, case.id).await?;
    let ids: Vec<MediaId> = case.media.iter().map(|m| m.id).collect();
    let picture = media::store::attachable(&mut conn, &ids)
        .await?
        .iter()
        .find_map(|m| m.likeness);
    let probe = Probe {
        lon: place.lon,
        lat: place.lat,
        matter: case.matter.clone(),
        text: words
            .get(&kernel::WordsId(case.id.0))
            .cloned()
            .unwrap_or_default(),
        picture,
        but: Some(case.id),
    };
    drop(conn);
    alike_rows(&state, &actor, &probe).await
}

async fn visible(
    conn: &mut sqlx::PgConnection,
    actor: &Actor,
    id: &Key,
) -> Result<crate::model::Case> {
    let case = store::find(conn, id).await?;
    if desk::may_see(conn, &case, actor).await? {
        Ok(case)
    } else {
        Err(Error::NotFound("case.not_found"))
    }
}

/// Units this case could go to, the rules' choice first, each with the reason.
#[utoipa::path(get, path = "/api/cases/{id}/units", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
async fn units(Axum(state): Axum<State>, actor: Actor, Path(id): Path<Key>) -> Result<Json<Value>> {
    let mut conn = state.app.db.acquire().await?;
    let case = visible(&mut conn, &actor, &id).await?;
    let Some(matter) = case.matter.as_deref() else {
        return Ok(Json(json!({"units": []})));
    };
    let names = crate::story::Names {
        units: &state.units.current(),
        people: Default::default(),
        shelf: &state.shelf.current(),
        net: &state.net.current(),
        words: Default::default(),
        numbers: Default::default(),
    };
    let hours = state.facts_of(&case).map(|m| m.handle_min / 60);
    let ways = state.guide().ways(matter, case.area, state.app.clock.now());
    let units: Vec<Value> = ways
        .into_iter()
        .filter(|way| !case.returned_by.contains(&way.org))
        .enumerate()
        .map(|(i, way)| {
            let (why_zh, why_en) = crate::story::why_text(&way.why, &names);
            let co: Vec<Value> = way.co.iter().map(|o| view::unit(&state, Some(*o))).collect();
            json!({"org": view::unit(&state, Some(way.org)), "co": co, "why_zh": why_zh, "why_en": why_en,
                   "precedence": i, "hours": hours})
        })
        .collect();
    Ok(Json(json!({"units": units})))
}

/// Why somebody looks.
#[derive(Debug, Deserialize, ToSchema)]
struct Look {
    /// From `/api/purposes`.
    purpose: String,
    /// In words.
    #[serde(default)]
    note: String,
}

/// Purposes a reporter may be looked at for, Chinese and English.
const PURPOSES: &[(&str, &str, &str)] = &[
    ("case", "办理本案", "To deal with this case"),
    ("call_back", "回访", "To call back"),
    ("correction", "更正信息", "To correct what was noted"),
];

/// The reporter's name and number, for a purpose; logged before it is answered, counted per day.
#[utoipa::path(post, path = "/api/cases/{id}/reporter", tag = "cases", request_body = Look,
    params(("id" = String, Path)), responses((status = 200, body = Object), (status = 403), (status = 429)))]
async fn reporter(
    Axum(state): Axum<State>,
    actor: Actor,
    Path(id): Path<Key>,
    Form(form): Form<Look>,
) -> Result<Json<Value>> {
    if !PURPOSES.iter().any(|p| p.0 == form.purpose) {
        return Err(Error::field("purpose", "reporter.purpose"));
    }
    let mut conn = state.app.db.acquire().await?;
    let case = visible(&mut conn, &actor, &id).await?;
    drop(conn);
    if !view::may_see_reporter(&case, &actor) {
        return Err(Error::forbidden("right.missing"));
    }
    let budget = kernel::limits::From(actor.account.to_string());
    kernel::limits::check(&state.app, "reporter-look", &budget, 100, 86_400).await?;
    let mut tx = state.app.db.begin().await?;
    let who = store::reporter_of(&mut tx, case.id)
        .await?
        .ok_or(Error::NotFound("reporter.not_found"))?;
    // The handler's unit does not see a number the reporter asked to hide.
    let leads = case.lead.is_some_and(|o| actor.orgs().contains(&o));
    let hidden = who.hide_phone && leads;
    let open = |sealed: &Option<Vec<u8>>| {
        sealed
            .as_deref()
            .map(|s| state.app.vault.open(s))
            .transpose()
    };
    let name = open(&who.name_sealed)?;
    let phone = if hidden {
        None
    } else {
        open(&who.phone_sealed)?
    };
    let mut fields = Vec::new();
    fields.extend(name.is_some().then_some("name"));
    fields.extend(phone.is_some().then_some("phone"));
    let note: String = form.note.chars().take(200).collect();
    let entry = accounts::audit::Entry::of(&actor, "reporter.seen", state.app.clock.now())
        .on(case.id.0)
        .for_purpose(&form.purpose, &fields)
        .with(json!({"case": case.id, "note": note}));
    accounts::audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(
        json!({"name": name, "phone": phone, "hidden": hidden}),
    ))
}

/// The lists reasons are chosen from.
#[utoipa::path(get, path = "/api/reasons", tag = "cases", responses((status = 200, body = Object)))]
async fn all_reasons() -> Json<Value> {
    let mut lists = serde_json::Map::new();
    for (list, code, zh, en, good) in reasons::REASONS {
        let entry = lists.entry(*list).or_insert_with(|| json!([]));
        if let Some(entry) = entry.as_array_mut() {
            entry.push(json!({"code": code, "name_zh": zh, "name_en": en, "good": good}));
        }
    }
    Json(json!({"reasons": lists}))
}

/// What a reporter may be looked at for.
#[utoipa::path(get, path = "/api/purposes", tag = "cases", responses((status = 200, body = Object)))]
async fn purposes() -> Json<Value> {
    let list: Vec<Value> = PURPOSES
        .iter()
        .map(|(c, zh, en)| json!({"code": c, "name_zh": zh, "name_en": en}))
        .collect();
    Json(json!({"purposes": list}))
}
