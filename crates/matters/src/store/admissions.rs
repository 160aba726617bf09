//! Admissions, what was said of them, and what is listed.

use kernel::{Error, FieldFault, Moment, PersonId, Result};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use crate::model::{Admission, AdmissionAnswer, AdmissionState, Listing};

const COLUMNS: &str =
    "id, matter, org, area, state, form, burden, round, made_by, made_at, trial_to,
    listed_at, renew_by, reminded, ended_at";

fn admission(row: PgRow) -> sqlx::Result<Admission> {
    Ok(Admission {
        id: row.try_get("id")?,
        matter: row.try_get("matter")?,
        org: row.try_get("org")?,
        area: row.try_get("area")?,
        state: row.try_get("state")?,
        form: row.try_get::<Json<_>, _>("form")?.0,
        burden: row.try_get::<Json<_>, _>("burden")?.0,
        round: row.try_get("round")?,
        made_by: row.try_get("made_by")?,
        made_at: row.try_get("made_at")?,
        trial_to: row.try_get("trial_to")?,
        listed_at: row.try_get("listed_at")?,
        renew_by: row.try_get("renew_by")?,
        reminded: row.try_get("reminded")?,
        ended_at: row.try_get("ended_at")?,
    })
}

fn select(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("select {COLUMNS} from admissions {rest}"))
}

/// Every admission, the newest first, at most 500.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Admission>> {
    Ok(sqlx::query(select("order by made_at desc, id limit 500"))
        .try_map(admission)
        .fetch_all(conn)
        .await?)
}

/// Reads an admission and holds its row until the transaction ends; `None` where there is none.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Admission>> {
    Ok(sqlx::query(select("where id = $1 for update"))
        .bind(id)
        .try_map(admission)
        .fetch_optional(conn)
        .await?)
}

/// Reads an admission.
///
/// # Errors
/// 404 `admission.not_found`.
pub async fn find(conn: &mut PgConnection, id: Uuid) -> Result<Admission> {
    sqlx::query(select("where id = $1"))
        .bind(id)
        .try_map(admission)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("admission.not_found"))
}

/// Writes an admission, new or changed.
///
/// # Errors
/// 409 `admission.running` where one for the same matter and area runs already.
pub async fn put(conn: &mut PgConnection, a: &Admission) -> Result<()> {
    let done = sqlx::query(
        "insert into admissions (id, matter, org, area, state, form, burden, round, made_by, made_at,
           trial_to, listed_at, renew_by, reminded, ended_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (id) do update set state = excluded.state, form = excluded.form,
           burden = excluded.burden, round = excluded.round, trial_to = excluded.trial_to,
           listed_at = excluded.listed_at, renew_by = excluded.renew_by, reminded = excluded.reminded,
           ended_at = excluded.ended_at, version = admissions.version + 1",
    )
    .bind(a.id)
    .bind(&a.matter)
    .bind(a.org)
    .bind(a.area)
    .bind(a.state)
    .bind(Json(&a.form))
    .bind(Json(&a.burden))
    .bind(a.round)
    .bind(a.made_by)
    .bind(a.made_at)
    .bind(a.trial_to)
    .bind(a.listed_at)
    .bind(a.renew_by)
    .bind(a.reminded)
    .bind(a.ended_at)
    .execute(conn)
    .await;
    match done {
        Err(sqlx::Error::Database(e)) if e.constraint() == Some("admissions_running") => {
            Err(Error::conflict("admission.running"))
        }
        other => other.map(drop).map_err(Into::into),
    }
}

/// What was said of an admission in all its rounds.
///
/// # Errors
/// When the database fails.
pub async fn answers(conn: &mut PgConnection, id: Uuid) -> Result<Vec<AdmissionAnswer>> {
    Ok(sqlx::query(
        "select round, area, centre, agrees, words, person, at from admission_answers
         where admission = $1 order by at, area",
    )
    .bind(id)
    .try_map(|row: PgRow| {
        Ok(AdmissionAnswer {
            round: row.try_get("round")?,
            area: row.try_get("area")?,
            centre: row.try_get("centre")?,
            agrees: row.try_get("agrees")?,
            words: row.try_get("words")?,
            person: row.try_get("person")?,
            at: row.try_get("at")?,
        })
    })
    .fetch_all(conn)
    .await?)
}

/// Keeps what a party said.
///
/// # Errors
/// When the database fails.
pub async fn answer(conn: &mut PgConnection, id: Uuid, a: &AdmissionAnswer) -> Result<()> {
    sqlx::query(
        "insert into admission_answers (admission, round, area, centre, agrees, words, person, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(a.round)
    .bind(a.area)
    .bind(a.centre)
    .bind(a.agrees)
    .bind(&a.words)
    .bind(a.person)
    .bind(a.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a line of an admission's history.
///
/// # Errors
/// When the database fails.
pub async fn record(
    conn: &mut PgConnection,
    id: Uuid,
    kind: &str,
    person: Option<PersonId>,
    body: &Value,
    at: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into admission_events (id, admission, at, kind, person, body)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(Uuid::now_v7())
    .bind(id)
    .bind(at)
    .bind(kind)
    .bind(person)
    .bind(body)
    .execute(conn)
    .await?;
    Ok(())
}

/// A line of an admission's history: when, what, who, and what of it.
pub type Line = (Moment, String, Option<PersonId>, Value);

/// The history of an admission, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn history(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Line>> {
    Ok(sqlx::query_as(
        "select at, kind, person, body from admission_events where admission = $1 order by at, id",
    )
    .bind(id)
    .fetch_all(conn)
    .await?)
}

/// Admissions in one of these states, held until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn in_states(
    conn: &mut PgConnection,
    states: &[AdmissionState],
) -> Result<Vec<Admission>> {
    let words: Vec<String> = states
        .iter()
        .filter_map(|s| serde_json::to_value(s).ok()?.as_str().map(str::to_owned))
        .collect();
    Ok(sqlx::query(select(
        "where state = any($1) order by id for update skip locked",
    ))
    .bind(words)
    .try_map(admission)
    .fetch_all(conn)
    .await?)
}

/// Everything that is or was listed, but for what ended more than a year ago.
///
/// # Errors
/// When the database fails.
pub async fn listings(db: impl PgExecutor<'_>) -> Result<Vec<Listing>> {
    Ok(
        sqlx::query("select matter, area, from_at, to_at from grid_listings")
            .try_map(|row: PgRow| {
                Ok(Listing {
                    matter: row.try_get("matter")?,
                    area: row.try_get("area")?,
                    from_at: row.try_get("from_at")?,
                    to_at: row.try_get("to_at")?,
                })
            })
            .fetch_all(db)
            .await?,
    )
}

/// Lists a matter by an admission, or moves the end of its listing.
///
/// # Errors
/// When the database fails.
pub async fn list_by(
    conn: &mut PgConnection,
    a: &Admission,
    from: Moment,
    to: Option<Moment>,
) -> Result<()> {
    sqlx::query(
        "insert into grid_listings (id, matter, area, from_at, to_at, admission)
         values ($1, $2, $3, $4, $5, $1)
         on conflict (id) do update set to_at = greatest(excluded.to_at, grid_listings.from_at)",
    )
    .bind(a.id)
    .bind(&a.matter)
    .bind(a.area)
    .bind(from)
    .bind(to)
    .execute(conn)
    .await?;
    Ok(())
}

/// [`list_founding`] for a city that is being set up: only while nobody has asked for an admission. Answers
/// how many are newly listed.
///
/// # Errors
/// `form.invalid` without the name of the decision, 409 `admission.past_founding`, or the database fails.
pub async fn found(
    conn: &mut PgConnection,
    matters: &[&str],
    area: i64,
    decision: &str,
) -> Result<u64> {
    let decision = decision.trim();
    if decision.chars().count() < 2 {
        return Err(Error::invalid(vec![FieldFault::new(
            "decision",
            "field.missing",
        )]));
    }
    let asked: bool = sqlx::query_scalar("select exists (select from admissions)")
        .fetch_one(&mut *conn)
        .await?;
    if asked {
        return Err(Error::conflict("admission.past_founding"));
    }
    list_founding(conn, matters, area, decision).await
}

/// Lists matters that a city had admitted before this program came, for a whole area. Answers how many
/// were not listed there.
///
/// # Errors
/// When the database fails.
pub async fn list_founding(
    conn: &mut PgConnection,
    matters: &[&str],
    area: i64,
    basis: &str,
) -> Result<u64> {
    let done = sqlx::query(
        "insert into grid_listings (id, matter, area, from_at, basis)
         select gen_random_uuid(), t.matter, $2, $3, $4 from unnest($1::text[]) as t (matter)
         where not exists (select from grid_listings l
                           where l.matter = t.matter and l.area = $2 and l.to_at is null)",
    )
    .bind(matters)
    .bind(area)
    .bind(super::beginning())
    .bind(basis)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Ends every listing of a matter in exactly this area at `now`.
///
/// # Errors
/// When the database fails.
pub async fn end_listings(
    conn: &mut PgConnection,
    matter: &str,
    area: i64,
    now: Moment,
) -> Result<u64> {
    let done = sqlx::query(
        "update grid_listings set to_at = greatest($3, from_at)
         where matter = $1 and area = $2 and coalesce(to_at, 'infinity') > $3",
    )
    .bind(matter)
    .bind(area)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
