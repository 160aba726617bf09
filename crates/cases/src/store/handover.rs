//! Statements about handover sheets.

use kernel::{CaseId, GridId, Moment, PersonId, Result, Scope};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A sheet as stored.
#[derive(Debug, Clone, FromRow)]
pub struct Handover {
    /// Which.
    pub id: Uuid,
    /// The grid's code.
    pub grid_code: String,
    /// The grid's name.
    pub grid_name: String,
    /// The grid.
    pub grid: GridId,
    /// Its community.
    pub area: i64,
    /// Who hands over.
    pub from_person: PersonId,
    /// Their name.
    pub from_name: String,
    /// Who takes over.
    pub to_person: PersonId,
    /// Their name.
    pub to_name: String,
    /// What else there is to know.
    pub notes: String,
    /// Open cases and sub-tasks as they stood.
    pub sheet: Value,
    /// When it was drawn up.
    pub made_at: Moment,
    /// When who hands over signed.
    pub signed_from_at: Option<Moment>,
    /// When who takes over signed.
    pub signed_to_at: Option<Moment>,
}

const HANDOVER: &str = "select h.id, g.code as grid_code, g.name as grid_name, h.grid, h.area, h.from_person,
    f.name as from_name, h.to_person, t.name as to_name, h.notes, h.sheet, h.made_at, h.signed_from_at, h.signed_to_at
    from handovers h join grids g on g.id = h.grid join people f on f.id = h.from_person
    join people t on t.id = h.to_person";

/// Sheets of an area, or those `person` signs, the newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    person: PersonId,
) -> Result<Vec<Handover>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{HANDOVER} where h.from_person = $3 or h.to_person = $3
            or exists (select from unnest($1::bigint[], $2::bigint[]) s (first, last)
                       where h.area between s.first and s.last)
         order by h.made_at desc limit 100"
    )))
    .bind(scope.firsts())
    .bind(scope.lasts())
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// One sheet, its row held.
pub(crate) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Handover>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{HANDOVER} where h.id = $1 for update of h"
    )))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// A sheet to be stored.
#[derive(Debug)]
pub(crate) struct NewHandover<'a> {
    pub id: Uuid,
    pub grid: GridId,
    pub area: i64,
    pub from: PersonId,
    pub to: PersonId,
    pub notes: &'a str,
    pub sheet: &'a Value,
    pub by: PersonId,
}

/// Stores a sheet.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    new: &NewHandover<'_>,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into handovers (id, grid, area, from_person, to_person, notes, sheet, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.grid)
    .bind(new.area)
    .bind(new.from)
    .bind(new.to)
    .bind(new.notes)
    .bind(new.sheet)
    .bind(new.by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a signature of who takes over (`receiver`) or of who hands over.
pub(crate) async fn sign(
    conn: &mut PgConnection,
    id: Uuid,
    receiver: bool,
    now: Moment,
) -> Result<()> {
    let sql = if receiver {
        "update handovers set signed_to_at = $2 where id = $1"
    } else {
        "update handovers set signed_from_at = $2 where id = $1"
    };
    sqlx::query(sql).bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// Open cases of a grid, by number, and who has each in hand.
pub(crate) async fn open_in(
    conn: &mut PgConnection,
    grid: GridId,
) -> Result<Vec<(CaseId, String, Option<PersonId>)>> {
    Ok(sqlx::query_as(
        "select id, number, handler from cases where (grid = $1 or dedicated = $1) and open
         order by reported_at, id limit 1000",
    )
    .bind(grid)
    .fetch_all(conn)
    .await?)
}
