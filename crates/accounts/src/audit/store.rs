//! Every statement that touches the audit log and its chain. There is no update and no delete.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use kernel::{Moment, Result};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Entry;

pub(super) async fn insert(conn: &mut PgConnection, entry: Entry) -> Result<()> {
    sqlx::query(
        "insert into audit_log (at, account, person, org, what, ok, subject, purpose, fields, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(entry.at)
    .bind(entry.account)
    .bind(entry.person)
    .bind(entry.org)
    .bind(entry.what)
    .bind(entry.ok)
    .bind(entry.subject)
    .bind(entry.purpose)
    .bind(entry.fields)
    .bind(Json(entry.details))
    .execute(conn)
    .await?;
    Ok(())
}

/// A row as it stands in the log.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(super) struct Row {
    pub n: i64,
    pub at: Moment,
    pub account: Option<Uuid>,
    pub person: Option<Uuid>,
    pub org: Option<Uuid>,
    pub what: String,
    pub ok: bool,
    pub subject: Option<Uuid>,
    pub purpose: Option<String>,
    pub fields: Vec<String>,
    pub details: Json<Value>,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(super) struct Link {
    pub seq: i64,
    pub first_n: i64,
    pub last_n: i64,
    pub root: Vec<u8>,
    pub head: Vec<u8>,
    pub sealed_at: Moment,
    pub rows: Vec<i64>,
}

/// Whether this transaction is now the one that seals; the others leave it to that one.
pub(super) async fn lead(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '/audit', 0))",
    )
    .fetch_one(conn)
    .await?)
}

/// The last link.
pub(super) async fn last(conn: &mut PgConnection) -> Result<Option<Link>> {
    Ok(sqlx::query_as(
        "select seq, first_n, last_n, root, head, sealed_at, rows from audit_chain
         order by seq desc limit 1",
    )
    .fetch_optional(conn)
    .await?)
}

/// At most `limit` rows no link holds, in order. Numbers are given before commit, so a row may come
/// late: the look goes back `late` numbers before the last one sealed.
pub(super) async fn unchained(
    conn: &mut PgConnection,
    last_n: i64,
    late: i64,
    limit: i64,
) -> Result<Vec<Row>> {
    Ok(sqlx::query_as(
        "select l.n, l.at, l.account, l.person, l.org, l.what, l.ok, l.subject, l.purpose, l.fields, l.details
         from audit_log l
         where l.n > $1 - $2
           and l.n not in (select unnest(c.rows) from audit_chain c where c.last_n > $1 - $2)
         order by l.n limit $3",
    )
    .bind(last_n)
    .bind(late)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

pub(super) async fn insert_link(conn: &mut PgConnection, link: &Link) -> Result<()> {
    sqlx::query(
        "insert into audit_chain (seq, first_n, last_n, root, head, sealed_at, rows)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(link.seq)
    .bind(link.first_n)
    .bind(link.last_n)
    .bind(&link.root)
    .bind(&link.head)
    .bind(link.sealed_at)
    .bind(&link.rows)
    .execute(conn)
    .await?;
    Ok(())
}

/// All links, in order.
pub(super) fn links(pool: &PgPool) -> BoxStream<'_, Result<Link>> {
    sqlx::query_as(
        "select seq, first_n, last_n, root, head, sealed_at, rows from audit_chain order by seq",
    )
    .fetch(pool)
    .map_err(kernel::Error::from)
    .boxed()
}

/// The rows with these numbers, in order.
pub(super) async fn rows(pool: &PgPool, numbers: &[i64]) -> Result<Vec<Row>> {
    Ok(sqlx::query_as(
        "select n, at, account, person, org, what, ok, subject, purpose, fields, details
         from audit_log where n = any($1) order by n",
    )
    .bind(numbers)
    .fetch_all(pool)
    .await?)
}

/// How many rows are older than `before`.
pub(super) async fn count_before(pool: &PgPool, before: Moment) -> Result<i64> {
    Ok(
        sqlx::query_scalar("select count(*) from audit_log where at < $1")
            .bind(before)
            .fetch_one(pool)
            .await?,
    )
}

/// The first row no link holds that is older than `before`. Reads all of the log and the chain.
pub(super) async fn stray(pool: &PgPool, before: Moment) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "select min(n) from audit_log
         where at < $1 and n not in (select unnest(rows) from audit_chain)",
    )
    .bind(before)
    .fetch_one(pool)
    .await?)
}
