//! What belongs to grids, for when they change.

use std::collections::BTreeMap;

use kernel::{GridId, Moment, Result};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// A table of things that belong to one grid each.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// The word for its things in a report of moves.
    pub what: &'static str,
    table: &'static str,
    /// Which of them are not over at `n.now`.
    live: &'static str,
}

/// All of them.
pub const KEPT: [Kept; 4] = [
    Kept {
        what: "applications",
        table: "applications",
        live: "state in ('applied', 'recommended', 'published')",
    },
    Kept {
        what: "visits",
        table: "liaison_hours",
        live: "held_at is null and ends_at > n.now",
    },
    Kept {
        what: "liaison_items",
        table: "liaison_items",
        live: "state = 'open'",
    },
    Kept {
        what: "service_points",
        table: "party_places",
        live: "(valid_to is null or valid_to > n.now)",
    },
];

/// How many there are in each of the abolished grids, the keys of `heirs`.
pub(crate) async fn held(
    conn: &mut PgConnection,
    kept: &Kept,
    heirs: &BTreeMap<GridId, GridId>,
    now: Moment,
) -> Result<Vec<(GridId, i64)>> {
    let (table, live) = (kept.table, kept.live);
    let sql = format!(
        "select grid, count(*) from {table}, (select $2::timestamptz) n (now)
         where grid = any($1) and {live} group by grid"
    );
    let old: Vec<GridId> = heirs.keys().copied().collect();
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(old)
        .bind(now)
        .fetch_all(conn)
        .await?)
}

/// Puts those of each abolished grid into the one that takes its place; answers how many of which.
pub(crate) async fn go(
    conn: &mut PgConnection,
    kept: &Kept,
    heirs: &BTreeMap<GridId, GridId>,
    now: Moment,
) -> Result<Vec<(GridId, i64)>> {
    let (table, live) = (kept.table, kept.live);
    let sql = format!(
        "with gone as (update {table} set grid = heir.new
             from unnest($1::uuid[], $3::uuid[]) heir (old, new), (select $2::timestamptz) n (now)
             where grid = heir.old and {live} returning heir.old)
         select old, count(*) from gone group by old"
    );
    let (old, new): (Vec<GridId>, Vec<GridId>) = heirs.iter().unzip();
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(old)
        .bind(now)
        .bind(new)
        .fetch_all(conn)
        .await?)
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
