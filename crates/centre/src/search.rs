//! The palette's search: cases, grids, divisions, units and pages by what is typed.

use axum::Json;
use axum::extract::State as Given;
use kernel::Query;
use kernel::rights::rule;
use kernel::{Actor, Capability, CaseId, Error, FieldFault, Need, Result, RouteRule};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::State;
use crate::list::filter::{Filter, Sort};
use crate::list::rows;
use crate::list::select::Select;

/// Most of each kind.
const MOST: usize = 8;
/// Longest search, in letters.
const LONGEST: usize = 200;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[rule("GET", "/api/search", Need::Can(Capability::ReadNet))];

/// Pages of the desk: path, names.
const PAGES: [(&str, &str, &str); 7] = [
    ("/desk", "总览", "Overview"),
    ("/desk/cases", "案件", "Cases"),
    ("/desk/map", "地图", "Map"),
    ("/desk/grids", "网格", "Grids"),
    ("/desk/matters", "事项", "Matters"),
    ("/desk/cases/new", "登记", "New case"),
    ("/desk/account", "账号", "Account"),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
struct Typed {
    /// As typed.
    #[serde(default)]
    q: String,
}

/// Whatever answers what was typed, at most eight of each kind.
#[utoipa::path(get, path = "/api/search", tag = "cases", params(Typed),
    responses((status = 200, body = Object)))]
async fn search(
    Given(state): Given<State>,
    actor: Actor,
    Query(typed): Query<Typed>,
) -> Result<Json<Value>> {
    let q = typed.q.trim();
    if q.chars().count() > LONGEST {
        return Err(Error::invalid(vec![
            FieldFault::new("q", "text.too_long").with("most", LONGEST),
        ]));
    }
    if q.is_empty() {
        return Ok(Json(
            json!({"cases": [], "grids": [], "divisions": [], "orgs": [], "pages": []}),
        ));
    }
    let (grids, divisions) = places(&state, q);
    Ok(Json(json!({
        "cases": cases(&state, &actor, q).await?,
        "grids": grids, "divisions": divisions, "orgs": orgs(&state, q), "pages": pages(q),
    })))
}

async fn cases(state: &State, actor: &Actor, q: &str) -> Result<Vec<Value>> {
    if !actor.can(Capability::ReadCases) {
        return Ok(Vec::new());
    }
    let mut conn = state.cases.app.db.acquire().await?;
    let filter = Filter {
        words: Some(cases::search::query(q)),
        sort: Sort::Reported,
        ..Filter::default()
    };
    let select = Select::new(&mut conn, state, actor, Capability::ReadCases, filter).await?;
    let (ids, _): (Vec<CaseId>, _) = select.page(&mut conn, None, MOST).await?;
    let found = rows::held(&mut conn, state, actor, &ids).await?;
    Ok(found
        .iter()
        .map(|h| {
            json!({
                "id": h.case.id, "number": h.case.number, "stage": h.case.stage,
                "matter": cases::view::matter(&state.cases, h.case.matter.as_deref()),
                "place_text": h.place_text,
            })
        })
        .collect())
}

/// Grids and divisions that answer.
fn places(state: &State, q: &str) -> (Vec<Value>, Vec<Value>) {
    let found = state.cases.net.current().find_places(q, 12 * MOST);
    let shown = |wanted: &[&str]| {
        found
            .iter()
            .filter(|p| wanted.contains(&p.kind))
            .take(MOST)
            .map(|p| json!({"code": p.code, "name": p.text, "lon": p.lon, "lat": p.lat}))
            .collect()
    };
    (
        shown(&["grid", "dedicated"]),
        shown(&["city", "district", "town", "community"]),
    )
}

fn orgs(state: &State, q: &str) -> Vec<Value> {
    let units = state.cases.units.current();
    units
        .find(q, (0, i64::MAX), MOST)
        .iter()
        .map(|u| json!({"id": u.id, "name_zh": u.name_zh, "name_en": u.name_en, "kind": u.kind}))
        .collect()
}

fn pages(q: &str) -> Vec<Value> {
    let q = q.to_lowercase();
    PAGES
        .iter()
        .filter(|p| p.1.contains(&q) || p.2.to_lowercase().contains(&q))
        .map(|p| json!({"path": p.0, "name_zh": p.1, "name_en": p.2}))
        .collect()
}
