//! The file of a grid 网格要素: its cases, people, matters and units at a glance.

use axum::Json;
use axum::extract::State as Given;
use kernel::rights::rule;
use kernel::{Capability, Error, GridId, Moment, Need, Path, Result, Role, RouteRule};
use serde::Serialize;
use sqlx::{PgConnection, Row};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::State;

/// Seconds of the year cases are counted over.
const YEAR_S: i64 = 365 * 86_400;

/// What each route needs.
pub const RULES: &[RouteRule] = &[rule(
    "GET",
    "/api/grids/{code}/file",
    Need::Can(Capability::ReadNet),
)];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(file))
}

/// How often a matter came up.
#[derive(Debug, Serialize, ToSchema)]
struct MatterCount {
    code: String,
    name_zh: String,
    name_en: String,
    count: i64,
}

/// Somebody who answers for the grid.
#[derive(Debug, Serialize, ToSchema)]
struct Post {
    name: String,
    role_zh: &'static str,
    role_en: &'static str,
    since: Moment,
}

/// A unit of the grid's community.
#[derive(Debug, Serialize, ToSchema)]
struct UnitName {
    name_zh: String,
    name_en: String,
}

/// The file of a grid. Counts only: what single cases say is asked of the list, by who may.
#[derive(Debug, Serialize, ToSchema)]
struct FileAnswer {
    /// Cases open.
    open: i64,
    /// Of those, past their time.
    overdue: i64,
    /// Cases closed within a year.
    closed_year: i64,
    /// Of those, the share closed in time, 0 to 1; null when none was.
    on_time: Option<f64>,
    /// What came up most within a year.
    matters: Vec<MatterCount>,
    people: Vec<Post>,
    orgs: Vec<UnitName>,
}

/// A grid's cases, people, matters and units.
#[utoipa::path(get, path = "/api/grids/{code}/file", tag = "files", params(("code" = String, Path)),
    responses((status = 200, body = FileAnswer), (status = 404, description = "grid.not_found")))]
async fn file(Given(state): Given<State>, Path(code): Path<String>) -> Result<Json<FileAnswer>> {
    let app = &state.cases.app;
    let net = state.cases.net.current();
    let grid = net
        .grid_by_code(&code)
        .ok_or(Error::NotFound("grid.not_found"))?;
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let mut answer = counts(&mut conn, grid.id, now).await?;
    let shelf = state.cases.shelf.current();
    for (code, count) in matters(&mut conn, grid.id, now).await? {
        let name = shelf.matter(&code).map(|m| m.name.clone());
        let name = name.unwrap_or_else(|| matters::catalogue::Bilingual::new(&code, &code));
        answer.matters.push(MatterCount {
            code,
            name_zh: name.zh,
            name_en: name.en,
            count,
        });
    }
    answer.people = people(&mut conn, grid.id, grid.community, now).await?;
    answer.orgs = orgs(&mut conn, grid.community).await?;
    Ok(Json(answer))
}

async fn counts(conn: &mut PgConnection, grid: GridId, now: Moment) -> Result<FileAnswer> {
    let row = sqlx::query(
        "select count(*) filter (where open) as open,
                count(*) filter (where open and due_at < $2) as overdue,
                count(*) filter (where closed_at >= $3) as closed,
                count(*) filter (where closed_at >= $3 and on_time and not excluded) as met,
                count(*) filter (where closed_at >= $3 and on_time is not null and not excluded) as counted
         from cases where (grid = $1 or dedicated = $1) and (open or closed_at >= $3)",
    )
    .bind(grid)
    .bind(now)
    .bind(now.plus_s(-YEAR_S))
    .fetch_one(conn)
    .await?;
    let (met, counted): (i64, i64) = (row.try_get("met")?, row.try_get("counted")?);
    Ok(FileAnswer {
        open: row.try_get("open")?,
        overdue: row.try_get("overdue")?,
        closed_year: row.try_get("closed")?,
        on_time: (counted > 0).then(|| met as f64 / counted as f64),
        matters: Vec::new(),
        people: Vec::new(),
        orgs: Vec::new(),
    })
}

async fn matters(conn: &mut PgConnection, grid: GridId, now: Moment) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(
        "select matter, count(*) from cases
         where (grid = $1 or dedicated = $1) and reported_at >= $2 and matter is not null
           and stage not in ('merged', 'voided', 'declined')
         group by matter order by count(*) desc, matter limit 6",
    )
    .bind(grid)
    .bind(now.plus_s(-YEAR_S))
    .fetch_all(conn)
    .await?)
}

async fn people(
    conn: &mut PgConnection,
    grid: GridId,
    community: i64,
    now: Moment,
) -> Result<Vec<Post>> {
    let rows: Vec<(String, Role, Moment)> = sqlx::query_as(
        "select p.name, a.role, a.valid_from from appointments a join people p on p.id = a.person
         where (a.grid = $1 or (a.role = 'grid_chief' and a.area = $2))
           and a.valid_from <= $3 and (a.valid_to is null or a.valid_to > $3)
         order by a.role, a.valid_from, p.name limit 50",
    )
    .bind(grid)
    .bind(community)
    .bind(now)
    .fetch_all(conn)
    .await?;
    let post = |(name, role, since): (String, Role, Moment)| Post {
        name,
        role_zh: role.name().0,
        role_en: role.name().1,
        since,
    };
    Ok(rows.into_iter().map(post).collect())
}

async fn orgs(conn: &mut PgConnection, community: i64) -> Result<Vec<UnitName>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name_zh, name_en from orgs where area = $1 and valid_to is null order by name_zh limit 20",
    )
    .bind(community)
    .fetch_all(conn)
    .await?;
    let named = |(name_zh, name_en)| UnitName { name_zh, name_en };
    Ok(rows.into_iter().map(named).collect())
}
