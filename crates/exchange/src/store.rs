//! Every statement of this crate: keys and tokens, its own; cases and their events, read only.

use cases::model::{Case, Event};
use kernel::vault::digest;
use kernel::{CaseId, EventId, Moment, Result, WordsId};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

/// An API key in force.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Key {
    /// Which.
    pub id: Uuid,
    /// Whether it may file requests and updates.
    pub may_post: bool,
}

/// Adds an API key for `name`, which may post; the key itself is not kept, only its hash. The same
/// key twice is one key.
///
/// # Errors
/// When the database fails.
pub async fn add_key(conn: &mut PgConnection, name: &str, key: &str) -> Result<()> {
    sqlx::query(
        "insert into api_keys (id, key_hash, name, may_post, created_at)
         values ($1, $2, $3, true, now()) on conflict (key_hash) do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(digest(key.as_bytes()))
    .bind(name)
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes an API key invalid from `at` on. False when there is no such key in force.
///
/// # Errors
/// When the database fails.
pub async fn revoke_key(conn: &mut PgConnection, key: &str, at: Moment) -> Result<bool> {
    let done = sqlx::query(
        "update api_keys set revoked_at = $2 where key_hash = $1 and revoked_at is null",
    )
    .bind(digest(key.as_bytes()))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The key in force that reads so.
///
/// # Errors
/// When the database fails.
pub async fn find_key(conn: &mut PgConnection, key: &str) -> Result<Option<Key>> {
    Ok(sqlx::query_as(
        "select id, may_post from api_keys where key_hash = $1 and revoked_at is null",
    )
    .bind(digest(key.as_bytes()))
    .fetch_optional(conn)
    .await?)
}

/// Whom to write to and where to ask for a key, from the settings `open311`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Contact {
    /// How to reach the people who run it.
    pub contact: Option<String>,
    /// How to get a key.
    pub key_service: Option<String>,
}

/// The city's words for discovery.
///
/// # Errors
/// When the database fails.
pub async fn contact(conn: &mut PgConnection) -> Result<Contact> {
    let row = sqlx::query("select value from settings where key = 'open311'")
        .fetch_optional(conn)
        .await?;
    Ok(match row {
        Some(row) => {
            serde_json::from_value(row.try_get::<Json<Value>, _>(0)?.0).unwrap_or_default()
        }
        None => Contact::default(),
    })
}

/// Notes that `token` stands for a case. Written before the case itself, so that a case that was
/// taken in always has it.
///
/// # Errors
/// When the database fails.
pub async fn keep_token(
    conn: &mut PgConnection,
    token: &str,
    case: CaseId,
    at: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into open311_tokens (token, case_id, made_at) values ($1, $2, $3)
         on conflict (token) do nothing",
    )
    .bind(token)
    .bind(case)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets a token whose case was not taken in.
///
/// # Errors
/// When the database fails.
pub async fn drop_token(conn: &mut PgConnection, token: &str) -> Result<()> {
    sqlx::query("delete from open311_tokens where token = $1")
        .bind(token)
        .execute(conn)
        .await?;
    Ok(())
}

/// The number of the case a token stands for.
///
/// # Errors
/// When the database fails.
pub async fn number_of_token(conn: &mut PgConnection, token: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "select c.number from open311_tokens t join cases c on c.id = t.case_id where t.token = $1",
    )
    .bind(token)
    .fetch_optional(conn)
    .await?)
}

/// Cases that any of these tokens stands for.
///
/// # Errors
/// When the database fails.
pub async fn cases_of_tokens(conn: &mut PgConnection, tokens: &[String]) -> Result<Vec<CaseId>> {
    Ok(
        sqlx::query_scalar("select case_id from open311_tokens where token = any($1)")
            .bind(tokens)
            .fetch_all(conn)
            .await?,
    )
}

/// Which cases are asked for.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Of these matters.
    pub matters: Vec<String>,
    /// These numbers only.
    pub numbers: Option<Vec<String>>,
    /// Open (or closed) ones only.
    pub open: Option<bool>,
    /// Reported from this instant to that.
    pub reported: Option<(Moment, Moment)>,
    /// Changed from this instant to that.
    pub updated: Option<(Moment, Moment)>,
    /// Degrees east and north, and metres.
    pub nearby: Option<(f64, f64, f64)>,
    /// At most so many.
    pub limit: i64,
    /// After so many.
    pub offset: i64,
}

/// A case as it is told.
#[derive(Debug, Clone)]
pub struct Found {
    /// The case.
    pub case: Case,
    /// The place in words.
    pub place_text: String,
    /// The reporter's words, unless erased.
    pub text: Option<String>,
    /// Answers to the matter's questions.
    pub answers: Option<Value>,
    /// When it last changed; when it was closed, for one that is.
    pub updated_at: Moment,
    /// The case it was merged into.
    pub primary: Option<Case>,
}

/// Cases asked for, the newest first. A merged case is as open as the one it was merged into.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, wanted: &Wanted) -> Result<Vec<Found>> {
    let (lon, lat, radius) = wanted.nearby.unzip3();
    let rows = sqlx::query(include_str!("sql/find_cases.sql"))
        .bind(&wanted.matters)
        .bind(&wanted.numbers)
        .bind(wanted.open)
        .bind(wanted.reported.map(|w| w.0))
        .bind(wanted.reported.map(|w| w.1))
        .bind(wanted.updated.map(|w| w.0))
        .bind(wanted.updated.map(|w| w.1))
        .bind(lon)
        .bind(lat)
        .bind(radius)
        .bind(wanted.limit)
        .bind(wanted.offset)
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Found {
                case: row.try_get::<Json<Case>, _>("state")?.0,
                place_text: row.try_get("place_text")?,
                text: row.try_get("text")?,
                answers: row
                    .try_get::<Option<Json<Value>>, _>("answers")?
                    .map(|j| j.0),
                updated_at: row.try_get("told_at")?,
                primary: row
                    .try_get::<Option<Json<Case>>, _>("primary_state")?
                    .map(|j| j.0),
            })
        })
        .collect()
}

/// `Option<(a, b, c)>` as three options.
trait Unzip3<A, B, C> {
    fn unzip3(self) -> (Option<A>, Option<B>, Option<C>);
}

impl<A, B, C> Unzip3<A, B, C> for Option<(A, B, C)> {
    fn unzip3(self) -> (Option<A>, Option<B>, Option<C>) {
        match self {
            Some((a, b, c)) => (Some(a), Some(b), Some(c)),
            None => (None, None, None),
        }
    }
}

/// Why a case was declined or voided: its last event of these kinds.
///
/// # Errors
/// When the database fails.
pub async fn endings(
    conn: &mut PgConnection,
    cases: &[CaseId],
) -> Result<std::collections::HashMap<CaseId, Event>> {
    let rows = sqlx::query(
        "select distinct on (case_id) case_id, body from case_events
         where case_id = any($1) and kind in ('declined', 'voided', 'withdrawn')
         order by case_id, version desc",
    )
    .bind(cases)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get::<Json<Event>, _>(1)?.0)))
        .collect()
}

/// An event with what its telling needs.
#[derive(Debug, Clone)]
pub struct Told {
    /// The event's id.
    pub id: EventId,
    /// What, when, who.
    pub event: Event,
    /// The case as it is now.
    pub case: Case,
    /// The last event up to this one that changed where the case stands.
    pub standing: Option<Event>,
    /// The words it refers to, unless erased.
    pub said: Option<String>,
}

/// Events of these kinds, of cases of these matters, in this window, the oldest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn events(
    conn: &mut PgConnection,
    matters: &[String],
    kinds: &[&str],
    standing: &[&str],
    window: (Moment, Moment),
    limit: i64,
) -> Result<Vec<Told>> {
    let rows = sqlx::query(include_str!("sql/told_events.sql"))
        .bind(matters)
        .bind(kinds)
        .bind(standing)
        .bind(window.0)
        .bind(window.1)
        .bind(limit)
        .bind(None::<Vec<CaseId>>)
        .fetch_all(conn)
        .await?;
    rows.iter().map(told).collect()
}

/// Events of these kinds of these cases, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn events_of(
    conn: &mut PgConnection,
    cases: &[CaseId],
    matters: &[String],
    kinds: &[&str],
    standing: &[&str],
) -> Result<Vec<Told>> {
    let rows = sqlx::query(include_str!("sql/told_events.sql"))
        .bind(matters)
        .bind(kinds)
        .bind(standing)
        .bind(None::<Moment>)
        .bind(None::<Moment>)
        .bind(None::<i64>)
        .bind(Some(cases))
        .fetch_all(conn)
        .await?;
    rows.iter().map(told).collect()
}

fn told(row: &sqlx::postgres::PgRow) -> Result<Told> {
    Ok(Told {
        id: row.try_get("id")?,
        event: row.try_get::<Json<Event>, _>("body")?.0,
        case: row.try_get::<Json<Case>, _>("state")?.0,
        standing: row
            .try_get::<Option<Json<Event>>, _>("standing")?
            .map(|j| j.0),
        said: row.try_get("said")?,
    })
}

/// The event of a case that refers to these words.
///
/// # Errors
/// When the database fails.
pub async fn event_with_words(
    conn: &mut PgConnection,
    case: CaseId,
    words: WordsId,
) -> Result<Option<EventId>> {
    Ok(sqlx::query_scalar(
        "select id from case_events
         where case_id = $1 and body -> 'what' ->> 'words' = $2 order by version limit 1",
    )
    .bind(case)
    .bind(words.0.to_string())
    .fetch_optional(conn)
    .await?)
}

/// When the net or the catalogue last changed, as far as is kept.
///
/// # Errors
/// When the database fails.
pub async fn changed_at(conn: &mut PgConnection) -> Result<Option<Moment>> {
    Ok(sqlx::query_scalar(
        "select greatest((select max(made_at) from nets), (select max(valid_to) from matters))",
    )
    .fetch_one(conn)
    .await?)
}
