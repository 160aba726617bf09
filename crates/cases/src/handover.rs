//! 交接单: what somebody leaves behind in a grid. Who takes over signs first, then who hands over; with the
//! second signature the cases the one has in hand go to the other.

use axum::Json;
use axum::extract::State as Axum;
use kernel::rights::rule;
use kernel::{Actor, Capability, Error, Form, Need, Path, PersonId, Result, RouteRule};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::desk::{self, Order};
use crate::model::SubTaskState;
use crate::row::Key;
use crate::state::State;
use crate::store::handover::{self as store, Handover, NewHandover};
use crate::view;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/handovers", Need::Session),
    rule("POST", "/api/handovers", Need::Can(Capability::KeepPeople)),
    rule("GET", "/api/handovers/{id}", Need::Session),
    rule("POST", "/api/handovers/{id}/sign", Need::Session),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, draw_up))
        .routes(routes!(page))
        .routes(routes!(sign))
}

fn shown(state: &State, actor: &Actor, h: &Handover, whole: bool) -> Value {
    let signs = if h.signed_to_at.is_none() {
        h.to_person
    } else {
        h.from_person
    };
    let open = h.signed_to_at.is_none() || h.signed_from_at.is_none();
    let mut row = json!({
        "id": h.id, "grid": {"code": h.grid_code, "name": h.grid_name},
        "place": state.net.current().division_text(h.area),
        "from": {"id": h.from_person, "name": h.from_name}, "to": {"id": h.to_person, "name": h.to_name},
        "made_at": h.made_at, "signed_from_at": h.signed_from_at, "signed_to_at": h.signed_to_at,
        "cases": h.sheet["cases"].as_array().map_or(0, Vec::len),
        "may_sign": open && signs == actor.person,
    });
    if whole && let Some(object) = row.as_object_mut() {
        object.insert("notes".into(), h.notes.clone().into());
        object.insert("sheet".into(), h.sheet.clone());
    }
    row
}

fn sees(actor: &Actor, h: &Handover) -> bool {
    [h.from_person, h.to_person].contains(&actor.person)
        || actor.scope(Capability::KeepPeople).holds(h.area)
}

/// Sheets of the own area and those one signs oneself, the newest first.
#[utoipa::path(get, path = "/api/handovers", tag = "people", responses((status = 200, body = Object)))]
async fn list(Axum(state): Axum<State>, actor: Actor) -> Result<Json<Value>> {
    let mut conn = state.app.db.acquire().await?;
    let scope = actor.scope(Capability::KeepPeople);
    let rows = store::list(&mut conn, &scope, actor.person).await?;
    let list: Vec<Value> = rows
        .iter()
        .map(|h| shown(&state, &actor, h, false))
        .collect();
    Ok(Json(json!({"handovers": list})))
}

/// A sheet to be drawn up.
#[derive(Debug, Deserialize, ToSchema)]
struct Sheet {
    /// Made by the sender; the same id twice is the same sheet.
    id: Uuid,
    /// The grid, by code.
    grid: String,
    /// Who hands over.
    from: PersonId,
    /// Who takes over.
    to: PersonId,
    /// What else there is to know, at most 2,000 letters.
    #[serde(default)]
    notes: String,
}

/// Draws a sheet up: open cases and sub-tasks of the grid as they stand now.
#[utoipa::path(post, path = "/api/handovers", tag = "people", request_body = Sheet,
    responses((status = 200, body = Object), (status = 404), (status = 422)))]
async fn draw_up(
    Axum(state): Axum<State>,
    actor: Actor,
    Form(form): Form<Sheet>,
) -> Result<Json<Value>> {
    let scope = actor.scope(Capability::KeepPeople);
    let grid = state
        .net
        .current()
        .grid_by_code(form.grid.trim())
        .filter(|g| scope.holds(g.community))
        .ok_or_else(|| Error::field("grid", "grid.not_found"))?;
    if form.from == form.to {
        return Err(Error::field("to", "handover.oneself"));
    }
    let notes = form.notes.trim();
    if notes.chars().count() > 2000 {
        let fault = kernel::FieldFault::new("notes", "field.length");
        return Err(Error::invalid(vec![fault.with("min", 0).with("max", 2000)]));
    }
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    if let Some(before) = store::lock(&mut tx, form.id).await? {
        let same =
            (before.grid, before.from_person, before.to_person) == (grid.id, form.from, form.to);
        return if same && sees(&actor, &before) {
            Ok(Json(
                json!({"handover": shown(&state, &actor, &before, true)}),
            ))
        } else {
            Err(Error::conflict("command.id_reused"))
        };
    }
    // A sheet tells their names: both must be people of the own area.
    let units = state.units.current();
    for (field, person) in [("from", form.from), ("to", form.to)] {
        let capability = Capability::KeepPeople;
        let seen = staff::desk::within(&mut tx, &actor, capability, &units, person, now).await?;
        if seen.is_none() {
            return Err(Error::field(field, "person.not_found"));
        }
    }
    let mut cases = Vec::new();
    let mut tasks = Vec::new();
    for (id, number, handler) in store::open_in(&mut tx, grid.id).await? {
        let case = crate::store::find(&mut tx, &Key::Id(id)).await?;
        let due = case.stage_clock().and_then(crate::model::CaseClock::due_at);
        let (stage_zh, stage_en) = view::stage_name(case.stage);
        cases.push(json!({
            "number": number, "matter": view::matter(&state, case.matter.as_deref()),
            "stage": case.stage, "stage_zh": stage_zh, "stage_en": stage_en, "due_at": due,
            "in_hand": handler == Some(form.from), "holder": view::unit(&state, case.lead),
        }));
        let open = case
            .sub_tasks
            .iter()
            .filter(|t| t.state == SubTaskState::Open);
        tasks.extend(
            open.map(|t| json!({"number": number, "org": view::unit(&state, Some(t.org))})),
        );
    }
    let sheet = json!({"cases": cases, "sub_tasks": tasks, "at": now});
    let new = NewHandover {
        id: form.id,
        grid: grid.id,
        area: grid.community,
        from: form.from,
        to: form.to,
        notes,
        sheet: &sheet,
        by: actor.person,
    };
    store::insert(&mut tx, &new, now).await?;
    let made = store::lock(&mut tx, form.id)
        .await?
        .ok_or(Error::NotFound("handover.not_found"))?;
    tx.commit().await?;
    Ok(Json(
        json!({"handover": shown(&state, &actor, &made, true)}),
    ))
}

/// A sheet.
#[utoipa::path(get, path = "/api/handovers/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn page(Axum(state): Axum<State>, actor: Actor, Path(id): Path<Uuid>) -> Result<Json<Value>> {
    let mut conn = state.app.db.acquire().await?;
    let h = store::lock(&mut conn, id)
        .await?
        .filter(|h| sees(&actor, h))
        .ok_or(Error::NotFound("handover.not_found"))?;
    Ok(Json(json!({"handover": shown(&state, &actor, &h, true)})))
}

/// Signs. With the second signature what the one has in hand goes to the other; what the rules do not let
/// go stays and is named.
#[utoipa::path(post, path = "/api/handovers/{id}/sign", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn sign(Axum(state): Axum<State>, actor: Actor, Path(id): Path<Uuid>) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let h = store::lock(&mut tx, id)
        .await?
        .filter(|h| sees(&actor, h))
        .ok_or(Error::NotFound("handover.not_found"))?;
    let receives = h.to_person == actor.person;
    if !receives && h.from_person != actor.person {
        return Err(Error::conflict("handover.not_yours"));
    }
    let mut stayed = Vec::new();
    if receives {
        if h.signed_to_at.is_none() {
            store::sign(&mut tx, id, true, now).await?;
        }
    } else if h.signed_to_at.is_none() {
        return Err(Error::conflict("handover.receiver_first"));
    } else if h.signed_from_at.is_none() {
        store::sign(&mut tx, id, false, now).await?;
        for (case, number, handler) in store::open_in(&mut tx, h.grid).await? {
            if handler != Some(actor.person) {
                continue;
            }
            let order = Order {
                id: state.app.vault.derived("handover", xor(id, case.0)),
                command: json!({"command": "hand_over", "body": {"person": h.to_person}}),
            };
            match desk::command(&mut tx, &state, &actor, &Key::Id(case), &order).await {
                Ok(_) => {}
                Err(Error::Refused { code, .. }) => {
                    stayed.push(json!({"number": number, "code": code}));
                }
                Err(other) => return Err(other),
            }
        }
    }
    let after = store::lock(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("handover.not_found"))?;
    tx.commit().await?;
    state.app.committed.notify_one();
    Ok(Json(
        json!({"handover": shown(&state, &actor, &after, true), "stayed": stayed}),
    ))
}

/// One id of two: a command per sheet and case.
fn xor(a: Uuid, b: Uuid) -> Uuid {
    Uuid::from_u128(a.as_u128() ^ b.as_u128())
}
