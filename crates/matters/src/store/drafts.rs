//! Drafts of routing and catalogue, and the numbers of what is in force.

use kernel::{Error, Moment, PersonId, Result};
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use crate::model::{Draft, DraftKind, DraftState};

const COLUMNS: &str = "id, kind, title, note, state, base, edits, made_by, made_at, submitted_by,
    submitted_at, decided_by, decided_at, reason, effective_from, in_force_at, number, trial";

fn draft(row: PgRow) -> sqlx::Result<Draft> {
    Ok(Draft {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        title: row.try_get("title")?,
        note: row.try_get("note")?,
        state: row.try_get("state")?,
        base: row.try_get("base")?,
        edits: row.try_get("edits")?,
        made_by: row.try_get("made_by")?,
        made_at: row.try_get("made_at")?,
        submitted_by: row.try_get("submitted_by")?,
        submitted_at: row.try_get("submitted_at")?,
        decided_by: row.try_get("decided_by")?,
        decided_at: row.try_get("decided_at")?,
        reason: row.try_get("reason")?,
        effective_from: row.try_get("effective_from")?,
        in_force_at: row.try_get("in_force_at")?,
        number: row.try_get("number")?,
        trial: row.try_get("trial")?,
    })
}

fn select(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("select {COLUMNS} from matter_drafts {rest}"))
}

/// Begins a draft. The same id again is the same draft.
///
/// # Errors
/// 409 `command.id_reused` when the id is another's.
pub async fn begin(conn: &mut PgConnection, new: &Draft) -> Result<()> {
    sqlx::query(
        "insert into matter_drafts (id, kind, title, note, state, base, made_by, made_at, effective_from)
         values ($1, $2, $3, $4, 'draft', $5, $6, $7, $8) on conflict (id) do nothing",
    )
    .bind(new.id)
    .bind(new.kind)
    .bind(&new.title)
    .bind(&new.note)
    .bind(new.base)
    .bind(new.made_by)
    .bind(new.made_at)
    .bind(new.effective_from)
    .execute(&mut *conn)
    .await?;
    let kept = lock(conn, new.kind, new.id)
        .await
        .map_err(|_| Error::conflict("command.id_reused"))?;
    if kept.made_by == new.made_by && kept.title == new.title && kept.note == new.note {
        Ok(())
    } else {
        Err(Error::conflict("command.id_reused"))
    }
}

/// Reads a draft and holds its row until the transaction ends.
///
/// # Errors
/// 404 `draft.not_found`.
pub async fn lock(conn: &mut PgConnection, kind: DraftKind, id: Uuid) -> Result<Draft> {
    sqlx::query(select("where id = $1 and kind = $2 for update"))
        .bind(id)
        .bind(kind)
        .try_map(draft)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("draft.not_found"))
}

/// Reads a draft.
///
/// # Errors
/// 404 `draft.not_found`.
pub async fn find(conn: &mut PgConnection, kind: DraftKind, id: Uuid) -> Result<Draft> {
    sqlx::query(select("where id = $1 and kind = $2"))
        .bind(id)
        .bind(kind)
        .try_map(draft)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("draft.not_found"))
}

/// Drafts of a kind, the newest first, at most 200, each with the number of its changes.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, kind: DraftKind) -> Result<Vec<(Draft, i64)>> {
    let counted = match kind {
        DraftKind::Routing => {
            "(select count(*) from routing_changes c where c.draft = matter_drafts.id)"
        }
        DraftKind::Catalogue => {
            "(select count(*) from matter_changes c where c.draft = matter_drafts.id)"
        }
    };
    let sql = format!(
        "select {COLUMNS}, {counted} as changes from matter_drafts
         where kind = $1 order by made_at desc, id limit 200"
    );
    Ok(sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(kind)
        .try_map(|row: PgRow| {
            let changes = row.try_get("changes")?;
            Ok((draft(row)?, changes))
        })
        .fetch_all(conn)
        .await?)
}

/// Counts that a draft was changed.
///
/// # Errors
/// When the database fails.
pub async fn edited(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query("update matter_drafts set edits = edits + 1 where id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps what trying a draft gave, and on which number it was tried.
///
/// # Errors
/// When the database fails.
pub async fn tried(conn: &mut PgConnection, id: Uuid, base: i32, trial: &Value) -> Result<()> {
    sqlx::query("update matter_drafts set base = $2, trial = $3 where id = $1")
        .bind(id)
        .bind(base)
        .bind(trial)
        .execute(conn)
        .await?;
    Ok(())
}

/// A draft handed in.
///
/// # Errors
/// When the database fails.
pub async fn submitted(conn: &mut PgConnection, id: Uuid, by: PersonId, now: Moment) -> Result<()> {
    sqlx::query(
        "update matter_drafts set state = 'in_review', submitted_by = $2, submitted_at = $3, reason = ''
         where id = $1",
    )
    .bind(id)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// A draft agreed to, sent back or given up.
///
/// # Errors
/// When the database fails.
pub async fn decided(
    conn: &mut PgConnection,
    id: Uuid,
    state: DraftState,
    reason: &str,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "update matter_drafts set state = $2, reason = $3, decided_by = $4, decided_at = $5
         where id = $1",
    )
    .bind(id)
    .bind(state)
    .bind(reason)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The number in force of a kind; held until the transaction ends where `hold`, so that two drafts
/// take force one after the other.
///
/// # Errors
/// When the database fails.
pub async fn number(conn: &mut PgConnection, kind: DraftKind, hold: bool) -> Result<i32> {
    if hold {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended(current_schema() || $1, 0))")
            .bind(format!("/book/{}", kind.word()))
            .execute(&mut *conn)
            .await?;
    }
    Ok(
        sqlx::query_scalar("select max(number) from matter_books where kind = $1")
            .bind(kind)
            .fetch_one(conn)
            .await?,
    )
}

/// A draft takes force: the book gets its next number, which is answered.
///
/// # Errors
/// When the database fails.
pub async fn in_force(conn: &mut PgConnection, draft: &Draft, now: Moment) -> Result<i32> {
    let next = number(conn, draft.kind, true).await? + 1;
    sqlx::query("insert into matter_books (kind, number, draft, at) values ($1, $2, $3, $4)")
        .bind(draft.kind)
        .bind(next)
        .bind(draft.id)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "update matter_drafts set state = 'in_force', in_force_at = $2, number = $3 where id = $1",
    )
    .bind(draft.id)
    .bind(now)
    .bind(next)
    .execute(conn)
    .await?;
    Ok(next)
}

/// Approved drafts whose day has come, held until the transaction ends; those another server is at
/// are left to it.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut PgConnection, now: Moment) -> Result<Vec<Draft>> {
    Ok(sqlx::query(select(
        "where state = 'approved' and coalesce(effective_from, $1) <= $1
         order by effective_from, id for update skip locked",
    ))
    .bind(now)
    .try_map(draft)
    .fetch_all(conn)
    .await?)
}

/// What changes whenever catalogue, routing or listings do: servers read anew when it differs.
///
/// # Errors
/// When the database fails.
pub async fn stamp(db: impl PgExecutor<'_>) -> Result<String> {
    Ok(sqlx::query_scalar(
        "select concat_ws('/',
            (select max(number) from matter_books where kind = 'routing'),
            (select max(number) from matter_books where kind = 'catalogue'),
            (select count(*) from grid_listings),
            (select count(*) from grid_listings where to_at is not null),
            (select max(to_at) from grid_listings),
            (select max(at) from area_grades))",
    )
    .fetch_one(db)
    .await?)
}
