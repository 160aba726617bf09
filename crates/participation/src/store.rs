//! Every statement that touches this crate's tables.

pub mod allowances;
pub mod follow;
pub mod liaison;
pub mod posts;
pub mod volunteers;

use kernel::{Error, Result, Scope};
use serde_json::Value;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{PgConnection, Postgres};
use uuid::Uuid;

/// A query whose rows are JSON objects.
pub(crate) type Rows<'q> = QueryScalar<'q, Postgres, Value, PgArguments>;

/// A query whose rows are made JSON objects. `sql` holds no outside value.
pub(crate) fn rows<'q>(sql: &str) -> Rows<'q> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select to_jsonb(t) from ({sql}) t"
    )))
}

/// What a statement did that inserts, and on a repeated id writes only where all is the same.
///
/// # Errors
/// 409 `command.id_reused` when the id is of something else.
pub(crate) fn once(done: &sqlx::postgres::PgQueryResult) -> Result<()> {
    if done.rows_affected() == 0 {
        return Err(Error::conflict("command.id_reused"));
    }
    Ok(())
}

/// Whether the row of `table` (`applications` or `volunteers`) is of somebody with this name and number.
pub(crate) async fn is_whose(
    conn: &mut PgConnection,
    table: &'static str,
    id: Uuid,
    name_masked: &str,
    phone_hash: &[u8],
) -> Result<bool> {
    let sql = format!(
        "select exists (select from {table} where id = $1 and name_masked = $2 and phone_hash = $3)"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .bind(name_masked)
        .bind(phone_hash)
        .fetch_one(conn)
        .await?)
}

/// The condition that a code column lies in the scope bound as $1 and $2.
pub(crate) fn within(column: &str) -> String {
    format!(
        "exists (select from unnest($1::bigint[], $2::bigint[]) reach (first, last)
                 where {column} between reach.first and reach.last)"
    )
}

/// A scoped list with nothing else to bind but the scope and, as $3, an area from and to ($3, $4).
pub(crate) async fn scoped(
    conn: &mut PgConnection,
    sql: &str,
    scope: &Scope,
    area: Option<(i64, i64)>,
) -> kernel::Result<Vec<Value>> {
    Ok(rows(sql)
        .bind(scope.firsts())
        .bind(scope.lasts())
        .bind(area.map_or(0, |a| a.0))
        .bind(area.map_or(i64::MAX, |a| a.1))
        .fetch_all(conn)
        .await?)
}
