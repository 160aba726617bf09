//! What belongs to grids, for when they change.

use kernel::{GridId, Moment, Result};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// A table of things that belong to one grid each.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// The word for its things in a report of moves.
    pub what: &'static str,
    table: &'static str,
    /// Which of them are not over at `$2`.
    live: &'static str,
}

/// All of them.
pub const KEPT: [Kept; 4] = [
    Kept {
        what: "applications",
        table: "applications",
        live: "state in ('applied', 'recommended', 'published') and $2::timestamptz is not null",
    },
    Kept {
        what: "visits",
        table: "liaison_hours",
        live: "held_at is null and ends_at > $2",
    },
    Kept {
        what: "liaison_items",
        table: "liaison_items",
        live: "state = 'open' and $2::timestamptz is not null",
    },
    Kept {
        what: "service_points",
        table: "party_places",
        live: "(valid_to is null or valid_to > $2)",
    },
];

/// How many there are in each of these grids.
pub(crate) async fn held(
    conn: &mut PgConnection,
    kept: &Kept,
    grids: &[GridId],
    now: Moment,
) -> Result<Vec<(GridId, i64)>> {
    let (table, live) = (kept.table, kept.live);
    let sql =
        format!("select grid, count(*) from {table} where grid = any($1) and {live} group by grid");
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(grids)
        .bind(now)
        .fetch_all(conn)
        .await?)
}

/// Puts those of one grid into another; answers how many.
pub(crate) async fn go(
    conn: &mut PgConnection,
    kept: &Kept,
    from: GridId,
    to: GridId,
    now: Moment,
) -> Result<i64> {
    let (table, live) = (kept.table, kept.live);
    let sql = format!("update {table} set grid = $3 where grid = $1 and {live}");
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(from)
        .bind(now)
        .bind(to)
        .execute(conn)
        .await?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}

/// Posts for any of these grids that are open or have applications under way, with all their grids;
/// locked.
pub(crate) async fn posts(
    conn: &mut PgConnection,
    grids: &[GridId],
) -> Result<Vec<(Uuid, Vec<GridId>)>> {
    Ok(sqlx::query_as(
        "select id, grids from posts p where grids && $1 and (state = 'open' or exists
           (select from applications a where a.post = p.id and a.state in ('applied', 'recommended', 'published')))
         order by id for update",
    )
    .bind(grids)
    .fetch_all(conn)
    .await?)
}

/// Writes a post's grids.
pub(crate) async fn put_grids(conn: &mut PgConnection, post: Uuid, grids: &[GridId]) -> Result<()> {
    sqlx::query("update posts set grids = $2 where id = $1")
        .bind(post)
        .bind(grids)
        .execute(conn)
        .await?;
    Ok(())
}
