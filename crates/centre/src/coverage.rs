//! Who answers for which grid, at a glance: grids without chief or worker, double posts, and how much is
//! open in each person's grids.
//!
//! For planning by those who answer for the area. People stand in order of place and name, never of load.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Given;
use kernel::actor::code_range;
use kernel::rights::rule;
use kernel::{Actor, Capability, Moment, Need, PersonId, Query, Result, RouteRule, Scope};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{FromRow, PgConnection};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::State;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/coverage", Need::Can(Capability::KeepPeople)),
    rule(
        "GET",
        "/api/coverage/map",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "GET",
        "/api/coverage/people",
        Need::Can(Capability::KeepPeople),
    ),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(map))
        .routes(routes!(people))
}

/// What can be said of a grid's people, the gravest first.
pub const STATES: [&str; 5] = ["no_worker", "no_chief", "away", "double", "covered"];

/// Basic grids of the scope ($2, $3) within an area ($4, $5) at $1, with who answers for each.
///
/// A grid has no worker when no grid worker's seat is in force there; is away when all of them are and
/// nobody stands in; is double with two full-time workers or two chiefs.
const GRIDS: &str = "
    away as (select l.person, bool_or(l.stand_in is not null) as covered, min(s.name) as stand_in from leaves l
        left join people s on s.id = l.stand_in
        where l.valid_from <= $1 and l.valid_to > $1 and l.called_off_at is null group by l.person),
    seat as (select a.person, p.name, a.role, a.kind, a.area, a.grid, w.person is not null as is_away,
            w.person is not null and not w.covered as uncovered, w.stand_in
        from appointments a join people p on p.id = a.person left join away w on w.person = a.person
        where a.role in ('grid_worker', 'grid_chief', 'volunteer', 'liaison_officer')
          and a.valid_from <= $1 and (a.valid_to is null or a.valid_to > $1)),
    worker as (select grid, count(*) filter (where kind = 'full_time') as full_time, count(*) as n,
            bool_and(uncovered) as uncovered,
            jsonb_agg(jsonb_build_object('id', person, 'name', name, 'kind', kind, 'away', is_away, 'stand_in', stand_in)
                      order by name, person) as who
        from seat where role = 'grid_worker' and grid is not null group by grid),
    chief as (select area, grid, count(*) as n,
            jsonb_agg(jsonb_build_object('id', person, 'name', name, 'away', is_away, 'stand_in', stand_in)
                      order by name, person) as who
        from seat where role = 'grid_chief' group by area, grid),
    other as (select grid, count(*) filter (where role = 'volunteer') as volunteers,
            count(*) filter (where role = 'liaison_officer') as liaison from seat where grid is not null group by grid),
    open as (select grid, count(*) as n from cases where open and grid is not null group by grid),
    covered as (select g.id, g.code, g.name, g.community, g.lon, g.lat,
            coalesce(w.who, '[]') as workers, coalesce(c.who, d.who, '[]') as chiefs,
            coalesce(o.volunteers, 0) as volunteers, coalesce(o.liaison, 0) as liaison, coalesce(n.n, 0) as open,
            case when w.n is null then 'no_worker' when c.n is null and d.n is null then 'no_chief'
                 when w.uncovered then 'away'
                 when w.full_time > 1 or coalesce(c.n, d.n) > 1 then 'double' else 'covered' end as state
        from grids g left join worker w on w.grid = g.id
        left join chief c on c.grid = g.id left join chief d on d.area = g.community and d.grid is null
        left join other o on o.grid = g.id left join open n on n.grid = g.id
        where g.kind = 'basic' and g.valid_to is null and g.community between $4 and $5
          and exists (select from unnest($2::bigint[], $3::bigint[]) s (first, last)
                      where g.community between s.first and s.last))";

/// A grid with who answers for it.
#[derive(Debug, FromRow)]
struct Covered {
    code: String,
    name: String,
    community: i64,
    lon: f64,
    lat: f64,
    workers: Value,
    chiefs: Value,
    volunteers: i64,
    liaison: i64,
    open: i64,
    state: String,
}

#[derive(Debug, Deserialize, IntoParams)]
struct Asked {
    /// A division, twelve digits, and all below it.
    area: Option<i64>,
    /// `no_worker`, `no_chief`, `away`, `double` or `covered`; else all.
    state: Option<String>,
    /// Where the last page ended.
    after: Option<String>,
    /// At most 500, else 100.
    limit: Option<i64>,
}

fn range(asked: &Asked) -> (i64, i64) {
    asked.area.map_or((0, i64::MAX), code_range)
}

/// Grids of the own area with who answers for each, in order of code; and how many are in each state.
#[utoipa::path(get, path = "/api/coverage", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn list(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let now = state.cases.app.clock.now();
    let scope = actor.scope(Capability::KeepPeople);
    kernel::error::one_of("state", asked.state.as_deref(), &STATES)?;
    let limit = asked.limit.unwrap_or(100).clamp(1, 500);
    let mut conn = state.cases.app.db.acquire().await?;
    let sql = format!(
        "with {GRIDS} select code, name, community, lon, lat, workers, chiefs, volunteers, liaison, open, state
         from covered where ($6::text is null or state = $6) and ($7::text is null or code > $7)
         order by code limit $8"
    );
    let rows: Vec<Covered> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(now)
        .bind(scope.firsts())
        .bind(scope.lasts())
        .bind(range(&asked).0)
        .bind(range(&asked).1)
        .bind(asked.state.as_deref())
        .bind(asked.after.as_deref())
        .bind(limit)
        .fetch_all(&mut *conn)
        .await?;
    let counts = counts(&mut conn, &scope, range(&asked), now).await?;
    let more = i64::try_from(rows.len()).unwrap_or(0) == limit;
    let after = rows.last().filter(|_| more).map(|r| r.code.clone());
    let net = state.cases.net.current();
    let grids: Vec<Value> = rows
        .into_iter()
        .map(|r| {
            json!({
                "code": r.code, "name": r.name, "place": net.division_text(r.community),
                "lon": r.lon, "lat": r.lat, "workers": r.workers, "chiefs": r.chiefs,
                "volunteers": r.volunteers, "liaison": r.liaison, "open": r.open, "state": r.state,
            })
        })
        .collect();
    Ok(Json(
        json!({"grids": grids, "counts": counts, "after": after}),
    ))
}

async fn counts(
    conn: &mut PgConnection,
    scope: &Scope,
    (first, last): (i64, i64),
    now: Moment,
) -> Result<BTreeMap<String, i64>> {
    let sql = format!("with {GRIDS} select state, count(*) from covered group by state");
    let rows: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(now)
        .bind(scope.firsts())
        .bind(scope.lasts())
        .bind(first)
        .bind(last)
        .fetch_all(conn)
        .await?;
    let mut counts: BTreeMap<String, i64> = STATES.iter().map(|s| ((*s).to_owned(), 0)).collect();
    counts.extend(rows);
    Ok(counts)
}

/// The grids of the own area in each state as code, longitude, latitude, for colouring the map.
#[utoipa::path(get, path = "/api/coverage/map", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn map(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let now = state.cases.app.clock.now();
    let scope = actor.scope(Capability::KeepPeople);
    let mut conn = state.cases.app.db.acquire().await?;
    let sql = format!(
        "with {GRIDS} select state,
            jsonb_agg(jsonb_build_array(code, round(lon::numeric, 4), round(lat::numeric, 4)) order by code)
         from covered group by state"
    );
    let rows: Vec<(String, Value)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(now)
        .bind(scope.firsts())
        .bind(scope.lasts())
        .bind(range(&asked).0)
        .bind(range(&asked).1)
        .fetch_all(&mut *conn)
        .await?;
    let states: BTreeMap<String, Value> = rows.into_iter().collect();
    Ok(Json(json!({"states": states})))
}

/// Somebody with posts in grids, and what is open there.
#[derive(Debug, FromRow)]
struct Loaded {
    id: PersonId,
    name: String,
    grids: Vec<String>,
    place: i64,
    open: i64,
    in_hand: i64,
    away: bool,
    /// The first of the grids' codes.
    code: String,
}

/// Grid workers of the own area with the grids of each and what is open in them, in order of place and name.
#[utoipa::path(get, path = "/api/coverage/people", tag = "people", params(Asked), responses((status = 200, body = Object)))]
async fn people(
    Given(state): Given<State>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>> {
    let now = state.cases.app.clock.now();
    let scope = actor.scope(Capability::KeepPeople);
    let limit = asked.limit.unwrap_or(100).clamp(1, 500);
    let mut conn = state.cases.app.db.acquire().await?;
    let sql = format!(
        "with {GRIDS},
         load as (select s.person as id, s.name, array_agg(c.name order by c.code) as grids, min(c.community) as place,
                sum(c.open)::bigint as open, bool_or(s.is_away) as away, min(c.code) as code
            from seat s join covered c on c.id = s.grid where s.role = 'grid_worker' group by s.person, s.name)
         select l.id, l.name, l.grids, l.place, l.open, l.away, l.code,
                (select count(*) from cases k where k.open and k.handler = l.id) as in_hand
         from load l where ($6::text is null or l.code || l.id::text > $6)
         order by l.code || l.id::text limit $7"
    );
    let rows: Vec<Loaded> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(now)
        .bind(scope.firsts())
        .bind(scope.lasts())
        .bind(range(&asked).0)
        .bind(range(&asked).1)
        .bind(asked.after.as_deref())
        .bind(limit)
        .fetch_all(&mut *conn)
        .await?;
    let net = state.cases.net.current();
    let more = i64::try_from(rows.len()).unwrap_or(0) == limit;
    let people: Vec<Value> = rows
        .iter()
        .map(|r| {
            json!({"id": r.id, "name": r.name, "grids": r.grids, "place": net.division_text(r.place),
                   "open": r.open, "in_hand": r.in_hand, "away": r.away})
        })
        .collect();
    let last = rows
        .last()
        .filter(|_| more)
        .map(|l| format!("{}{}", l.code, l.id));
    Ok(Json(json!({"people": people, "after": last})))
}
