//! Versions of matters, drafted changes of the catalogue, grades of areas.

use std::collections::HashMap;

use kernel::{Error, Moment, PersonId, Result};
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use crate::catalogue::{Grade, Matter};

/// A version of a matter as it was put in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The whole matter.
    pub matter: Matter,
    /// Whether the matter ended with it.
    pub ended: bool,
    /// Since when.
    pub since: Moment,
    /// The draft it came by.
    pub draft: Option<Uuid>,
}

/// A drafted change: the whole matter as it shall be, or its end.
#[derive(Debug, Clone, PartialEq)]
pub struct MatterChange {
    /// Its code.
    pub code: String,
    /// As it shall be; `None` ends it.
    pub body: Option<Matter>,
    /// The version it was changed from; `None`: it is new.
    pub base: Option<i32>,
    /// Who changed it.
    pub by: PersonId,
    /// When.
    pub at: Moment,
}

fn version(row: PgRow) -> sqlx::Result<Version> {
    let number: i32 = row.try_get("version")?;
    let mut matter = row.try_get::<Json<Matter>, _>("body")?.0;
    matter.version = u32::try_from(number).unwrap_or(1);
    Ok(Version {
        matter,
        ended: row.try_get("ended")?,
        since: row.try_get("since")?,
        draft: row.try_get("draft")?,
    })
}

/// Every version of a matter, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of(conn: &mut PgConnection, code: &str) -> Result<Vec<Version>> {
    Ok(sqlx::query(
        "select version, body, ended, since, draft from matter_versions
         where matter = $1 order by version desc",
    )
    .bind(code)
    .try_map(version)
    .fetch_all(conn)
    .await?)
}

/// Versions that are no longer in force: what cases accepted before still follow.
///
/// # Errors
/// When the database fails.
pub async fn past(db: impl PgExecutor<'_>) -> Result<Vec<Matter>> {
    let found = sqlx::query(
        "select v.version, v.body, v.ended, v.since, v.draft from matter_versions v
         join matters m on m.code = v.matter
         where not v.ended and (v.version < m.version or m.valid_to is not null)",
    )
    .try_map(version)
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().map(|v| v.matter).collect())
}

/// The version of each of these matters, and whether it is in force.
///
/// # Errors
/// When the database fails.
pub async fn numbers(
    conn: &mut PgConnection,
    codes: &[&str],
) -> Result<HashMap<String, (i32, bool)>> {
    let rows: Vec<(String, i32, bool)> =
        sqlx::query_as("select code, version, valid_to is null from matters where code = any($1)")
            .bind(codes)
            .fetch_all(conn)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(code, n, here)| (code, (n, here)))
        .collect())
}

/// Puts these matters in force: each that says something else than before gets its next version, new
/// codes are added, what ended before is in force again. Matters not named stay as they are. Answers
/// how many changed.
///
/// # Errors
/// When the database fails; the last guard is its checks.
pub async fn put(
    conn: &mut PgConnection,
    matters: &[Matter],
    now: Moment,
    draft: Option<Uuid>,
) -> Result<usize> {
    let codes: Vec<&str> = matters.iter().map(|m| m.code.as_str()).collect();
    let known = numbers(conn, &codes).await?;
    let before = sqlx::query(
        "select v.version, v.body, v.ended, v.since, v.draft from matter_versions v
         join matters m on m.code = v.matter and m.version = v.version where v.matter = any($1)",
    )
    .bind(&codes)
    .try_map(version)
    .fetch_all(&mut *conn)
    .await?;
    let before: HashMap<String, Version> = before
        .into_iter()
        .map(|v| (v.matter.code.clone(), v))
        .collect();
    let mut fresh: Vec<Matter> = Vec::new();
    for matter in matters {
        let same = before.get(&matter.code);
        let same = same.is_some_and(|v| !v.ended && v.matter.says_the_same(matter));
        let last = known.get(&matter.code).copied();
        if same && last.is_some_and(|(_, in_force)| in_force) {
            continue;
        }
        let next = last.map_or(1, |(n, _)| n + 1);
        fresh.push(Matter {
            version: u32::try_from(next).unwrap_or(1),
            ..matter.clone()
        });
    }
    for matter in &fresh {
        super::put_matter(conn, matter).await?;
    }
    keep(conn, &fresh, false, now, draft).await?;
    Ok(fresh.len())
}

async fn keep(
    conn: &mut PgConnection,
    matters: &[Matter],
    ended: bool,
    now: Moment,
    draft: Option<Uuid>,
) -> Result<()> {
    let numbers: Vec<i32> = matters
        .iter()
        .map(|m| i32::try_from(m.version).map_err(|e| Error::ours("numbering a version", e)))
        .collect::<Result<_>>()?;
    sqlx::query(
        "insert into matter_versions (matter, version, body, ended, since, draft)
         select t.matter, t.version, t.body, $4, $5, $6
         from unnest($1::text[], $2::int[], $3::jsonb[]) as t (matter, version, body)",
    )
    .bind(matters.iter().map(|m| m.code.as_str()).collect::<Vec<_>>())
    .bind(numbers)
    .bind(matters.iter().map(Json).collect::<Vec<_>>())
    .bind(ended)
    .bind(now)
    .bind(draft)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends these matters at `now`: no new case gets them, old cases keep them.
///
/// # Errors
/// When the database fails.
pub async fn end(
    conn: &mut PgConnection,
    matters: &[Matter],
    now: Moment,
    draft: Option<Uuid>,
) -> Result<()> {
    let ended: Vec<Matter> = matters
        .iter()
        .map(|m| Matter {
            version: m.version + 1,
            ..m.clone()
        })
        .collect();
    sqlx::query(
        "update matters set valid_to = $2, version = version + 1
         where code = any($1) and valid_to is null",
    )
    .bind(ended.iter().map(|m| m.code.as_str()).collect::<Vec<_>>())
    .bind(now)
    .execute(&mut *conn)
    .await?;
    keep(conn, &ended, true, now, draft).await
}

/// The changes of a draft, by code.
///
/// # Errors
/// When the database fails.
pub async fn changes(conn: &mut PgConnection, draft: Uuid) -> Result<Vec<MatterChange>> {
    Ok(sqlx::query(
        "select matter, body, base, by, at from matter_changes where draft = $1 order by matter",
    )
    .bind(draft)
    .try_map(|row: PgRow| {
        let body: Option<Json<Matter>> = row.try_get("body")?;
        Ok(MatterChange {
            code: row.try_get("matter")?,
            body: body.map(|b| b.0),
            base: row.try_get("base")?,
            by: row.try_get("by")?,
            at: row.try_get("at")?,
        })
    })
    .fetch_all(conn)
    .await?)
}

/// Puts changes into a draft in one statement; a matter changed before is changed again.
///
/// # Errors
/// When the database fails.
pub async fn put_changes(
    conn: &mut PgConnection,
    draft: Uuid,
    changes: &[MatterChange],
) -> Result<()> {
    sqlx::query(
        "insert into matter_changes (draft, matter, body, base, by, at)
         select $1, t.matter, t.body, t.base, t.by, t.at
         from unnest($2::text[], $3::jsonb[], $4::int[], $5::uuid[], $6::timestamptz[])
           as t (matter, body, base, by, at)
         on conflict (draft, matter) do update
           set body = excluded.body, base = excluded.base, by = excluded.by, at = excluded.at",
    )
    .bind(draft)
    .bind(changes.iter().map(|c| c.code.as_str()).collect::<Vec<_>>())
    .bind(
        changes
            .iter()
            .map(|c| c.body.as_ref().map(Json))
            .collect::<Vec<_>>(),
    )
    .bind(changes.iter().map(|c| c.base).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.by).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the change of a matter out of a draft; answers whether it was there.
///
/// # Errors
/// When the database fails.
pub async fn drop_change(conn: &mut PgConnection, draft: Uuid, code: &str) -> Result<bool> {
    let done = sqlx::query("delete from matter_changes where draft = $1 and matter = $2")
        .bind(draft)
        .bind(code)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The grades of areas.
///
/// # Errors
/// When the database fails.
pub async fn grades(db: impl PgExecutor<'_>) -> Result<HashMap<i64, Grade>> {
    let rows: Vec<(i64, String)> = sqlx::query_as("select area, grade from area_grades")
        .fetch_all(db)
        .await?;
    let read = |(area, word): (i64, String)| Some((area, Grade::parse(&word)?));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Sets the grade of an area; `None` takes it away. Cases accepted before keep theirs.
///
/// # Errors
/// When the database fails.
pub async fn set_grade(
    conn: &mut PgConnection,
    area: i64,
    grade: Option<Grade>,
    by: Option<PersonId>,
    now: Moment,
) -> Result<()> {
    match grade {
        Some(grade) => sqlx::query(
            "insert into area_grades (area, grade, at, by) values ($1, $2, $3, $4)
             on conflict (area) do update
               set grade = excluded.grade, at = excluded.at, by = excluded.by",
        )
        .bind(area)
        .bind(grade.as_str())
        .bind(now)
        .bind(by),
        None => sqlx::query("delete from area_grades where area = $1").bind(area),
    }
    .execute(conn)
    .await?;
    Ok(())
}
