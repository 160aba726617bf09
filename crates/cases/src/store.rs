//! Every statement that touches the domain's own tables.

pub mod handover;

use kernel::{
    CaseId, Error, EventId, GridId, MediaId, Moment, OrgId, ReporterId, Result, Role, WordsId,
};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::lifecycle;
use crate::model::{Attached, By, Case, Event, What};
use crate::row::{Key, Row};

/// Words to be kept beside an event.
#[derive(Debug, Clone)]
pub struct Words {
    /// Their id, as the event refers to them.
    pub id: WordsId,
    /// The words.
    pub text: String,
}

/// Somebody who reported or follows, sealed already.
#[derive(Debug, Clone)]
pub struct NewReporter {
    /// Their id.
    pub id: ReporterId,
    /// `reporter` or `follower`.
    pub kind: &'static str,
    /// SHA-256 of the progress code.
    pub code_hash: Vec<u8>,
    /// Sealed name.
    pub name: Option<Vec<u8>>,
    /// Sealed telephone number.
    pub phone: Option<Vec<u8>>,
    /// Keyed hash of the number.
    pub phone_hash: Option<Vec<u8>>,
    /// The handler must not see the number.
    pub hide_phone: bool,
    /// May be called back.
    pub call_back: bool,
    /// Their language.
    pub lang: &'static str,
}

/// Everything a new case writes, in one statement.
#[derive(Debug)]
pub struct Birth<'a> {
    /// The case after its first events.
    pub case: &'a Case,
    /// Those events, in order.
    pub events: &'a [Event],
    /// The reporter's words.
    pub words: &'a Words,
    /// Answers to the matter's questions, by code.
    pub answers: Option<&'a Value>,
    /// The place in words.
    pub place_text: &'a str,
    /// Category of the matter.
    pub category: Option<&'a str>,
    /// The search document, as text of a `tsvector`.
    pub search: &'a str,
    /// Likeness of the first picture.
    pub likeness: Option<i64>,
    /// Who reports; none for devices and departments.
    pub reporter: Option<&'a NewReporter>,
    /// The command's id.
    pub command: Uuid,
    /// Hash of the command's body.
    pub body_hash: &'a [u8],
    /// What the command is answered with, now and when repeated.
    pub answer: &'a Value,
    /// Whether the words and pictures are a resident's.
    pub by_reporter: bool,
}

/// How a birth ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Born {
    /// Written.
    Written,
    /// The net was swapped meanwhile; locate again.
    NetMoved,
    /// The command's id was used before.
    Repeated,
    /// The source has that external number already.
    NumberTaken,
    /// The case number was used in another century of the cycle; take the next.
    CaseNumberTaken,
}

/// Writes a new case with its events, words, reporter, pictures, units and command: one statement,
/// so it is all there or nothing is, and one round trip.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut PgConnection, birth: &Birth<'_>) -> Result<Born> {
    let case = birth.case;
    let row = Row::of(case);
    let lines = Lines::of(case.id, birth.events, 0);
    let media: Vec<&Attached> = case.media.iter().collect();
    let first_event = lines.ids.first().map(|e| e.0).unwrap_or_default();
    let place = case.place.as_ref();
    let result = sqlx::query(include_str!("sql/insert_case.sql"))
        .bind(case.net)
        .bind(birth.command)
        .bind(birth.body_hash)
        .bind(case.id)
        .bind(Json(birth.answer))
        .bind(case.reported_at)
        .bind(&case.number)
        .bind(&case.matter)
        .bind(birth.category)
        .bind(case.urgency.map(|u| u.as_str()))
        .bind(case.stage.word())
        .bind(case.source.word())
        .bind(&case.external_number)
        .bind(place.map(|p| p.lon))
        .bind(place.map(|p| p.lat))
        .bind(birth.place_text)
        .bind(place.map(|p| p.basic))
        .bind(place.and_then(|p| p.dedicated))
        .bind(case.area)
        .bind(case.lead)
        .bind(row.due_at)
        .bind(row.amber_at)
        .bind(row.whole_due_at)
        .bind(row.wake_at)
        .bind(row.open)
        .bind(&row.asks)
        .bind(row.thumb)
        .bind(birth.likeness)
        .bind(case.version)
        .bind(Json(case))
        .bind(birth.search)
        .bind(birth.words.id)
        .bind(&birth.words.text)
        .bind(&lines.ids)
        .bind(&lines.versions)
        .bind(&lines.at)
        .bind(&lines.kinds)
        .bind(&lines.people)
        .bind(&lines.orgs)
        .bind(&lines.roles)
        .bind(&lines.bodies)
        .bind(birth.reporter.map(|r| r.id))
        .bind(birth.reporter.map(|r| r.kind))
        .bind(birth.reporter.map(|r| r.code_hash.as_slice()))
        .bind(birth.reporter.and_then(|r| r.name.as_deref()))
        .bind(birth.reporter.and_then(|r| r.phone.as_deref()))
        .bind(birth.reporter.and_then(|r| r.phone_hash.as_deref()))
        .bind(birth.reporter.is_some_and(|r| r.hide_phone))
        .bind(birth.reporter.is_some_and(|r| r.call_back))
        .bind(birth.reporter.map_or("zh-CN", |r| r.lang))
        .bind(media.iter().map(|a| a.id).collect::<Vec<_>>())
        .bind(media.iter().map(|a| a.purpose.as_str()).collect::<Vec<_>>())
        .bind(first_event)
        .bind(if birth.by_reporter {
            "reporter"
        } else {
            "staff"
        })
        .bind(row.parties.iter().map(|p| p.0).collect::<Vec<_>>())
        .bind(row.parties.iter().map(|p| p.1).collect::<Vec<_>>())
        .bind(case.updated_at)
        .bind(birth.answers)
        .fetch_one(conn)
        .await;
    match result {
        Ok(row) => {
            let written: i64 = row.try_get(0)?;
            Ok(if written == 1 {
                Born::Written
            } else {
                Born::NetMoved
            })
        }
        Err(error) => match constraint(&error) {
            Some("commands_pkey" | "cases_pkey" | "case_reporters_pkey") => Ok(Born::Repeated),
            Some("cases_external") => Ok(Born::NumberTaken),
            Some("cases_number_key") => Ok(Born::CaseNumberTaken),
            _ => Err(error.into()),
        },
    }
}

fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|e| e.constraint())
}

/// Events as columns.
struct Lines {
    ids: Vec<EventId>,
    versions: Vec<i32>,
    at: Vec<Moment>,
    kinds: Vec<String>,
    people: Vec<Option<Uuid>>,
    orgs: Vec<Option<Uuid>>,
    roles: Vec<Option<&'static str>>,
    bodies: Vec<Value>,
}

impl Lines {
    fn of(_case: CaseId, events: &[Event], after: i32) -> Self {
        let role = |by: &By| match by {
            By::Staff { role, .. } => Some(role_word(*role)),
            By::Reporter { .. } => Some("reporter"),
            By::Rule => Some("rule"),
            By::Timer => Some("timer"),
        };
        Self {
            ids: events.iter().map(|_| EventId::fresh()).collect(),
            versions: (after + 1..).take(events.len()).collect(),
            at: events.iter().map(|e| e.at).collect(),
            kinds: events.iter().map(|e| e.what.kind()).collect(),
            people: events.iter().map(|e| e.by.person().map(|p| p.0)).collect(),
            orgs: events.iter().map(|e| e.by.org().map(|o| o.0)).collect(),
            roles: events.iter().map(|e| role(&e.by)).collect(),
            bodies: events
                .iter()
                .map(|e| serde_json::to_value(e).unwrap_or(Value::Null))
                .collect(),
        }
    }
}

/// The word of a role in SQL.
#[must_use]
pub fn role_word(role: Role) -> &'static str {
    role.word()
}

/// Reads case `id` and holds its row until the transaction ends.
///
/// # Errors
/// `case.not_found`.
pub async fn lock(conn: &mut PgConnection, id: CaseId) -> Result<Case> {
    let row = sqlx::query("select state from cases where id = $1 for update")
        .bind(id)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("case.not_found"))?;
    Ok(row.try_get::<Json<Case>, _>(0)?.0)
}

/// Reads a case by id or number.
///
/// # Errors
/// `case.not_found`.
pub async fn find(conn: &mut PgConnection, key: &Key) -> Result<Case> {
    let row = match key {
        Key::Id(id) => {
            sqlx::query("select state from cases where id = $1")
                .bind(id)
                .fetch_optional(conn)
                .await?
        }
        Key::Number(number) => {
            sqlx::query("select state from cases where number = $1")
                .bind(number)
                .fetch_optional(conn)
                .await?
        }
    };
    let row = row.ok_or(Error::NotFound("case.not_found"))?;
    Ok(row.try_get::<Json<Case>, _>(0)?.0)
}

/// Reads these cases in order of id and holds their rows until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_all(conn: &mut PgConnection, ids: &[CaseId]) -> Result<Vec<Case>> {
    let ids: Vec<Uuid> = ids.iter().map(|i| i.0).collect();
    let rows = sqlx::query("select state from cases where id = any($1) order by id for update")
        .bind(ids)
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|r| Ok(r.try_get::<Json<Case>, _>(0)?.0))
        .collect()
}

/// Where a case lies.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Lying {
    /// Which.
    pub id: CaseId,
    /// Whether it is open.
    pub open: bool,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// The community.
    pub area: i64,
    /// The basic grid.
    pub grid: GridId,
    /// The dedicated grid over it.
    pub dedicated: Option<GridId>,
}

impl Lying {
    /// The grid that owns the case.
    #[must_use]
    pub fn owner(&self) -> GridId {
        self.dedicated.unwrap_or(self.grid)
    }
}

/// Placed cases of these communities that are open or may be opened again.
///
/// # Errors
/// When the database fails.
pub async fn lying_in(conn: &mut PgConnection, communities: &[i64]) -> Result<Vec<Lying>> {
    Ok(sqlx::query_as(
        "select id, open, lon, lat, area, grid, dedicated from cases
         where area = any($1) and grid is not null and lon is not null and lat is not null
           and (open or stage in ('closed', 'declined', 'merged'))",
    )
    .bind(communities)
    .fetch_all(conn)
    .await?)
}

/// What a change writes besides the case itself.
#[derive(Debug, Default)]
pub struct Beside<'a> {
    /// Words the events refer to.
    pub words: Option<&'a Words>,
    /// The place in words, when it changed.
    pub place_text: Option<&'a str>,
    /// Category of the matter, when it changed.
    pub category: Option<&'a str>,
    /// Whether pictures are a resident's.
    pub by_reporter: bool,
}

/// Writes what `events` made of a case: its row, its events, words, pictures and units.
///
/// `before` is the case as locked; `after` the case with all events applied.
///
/// # Errors
/// When the database fails or the row was not locked at `before`'s version.
pub async fn record(
    conn: &mut PgConnection,
    before: &Case,
    after: &Case,
    events: &[Event],
    beside: &Beside<'_>,
) -> Result<()> {
    let row = Row::of(after);
    let lines = Lines::of(after.id, events, before.version);
    let fresh: Vec<&Attached> = after
        .media
        .iter()
        .filter(|a| !before.media.iter().any(|b| b.id == a.id))
        .collect();
    let last_event = lines.ids.last().map(|e| e.0).unwrap_or_default();
    let place = after.place.as_ref();
    let lead_changed = before.lead != after.lead;
    let written = sqlx::query(include_str!("sql/record_case.sql"))
        .bind(after.id)
        .bind(before.version)
        .bind(&after.matter)
        .bind(beside.category)
        .bind(after.urgency.map(|u| u.as_str()))
        .bind(after.stage.word())
        .bind(place.map(|p| p.lon))
        .bind(place.map(|p| p.lat))
        .bind(beside.place_text)
        .bind(after.net)
        .bind(place.map(|p| p.basic))
        .bind(place.and_then(|p| p.dedicated))
        .bind(after.area)
        .bind(after.lead)
        .bind(after.handler)
        .bind(after.updated_at)
        .bind(after.closed_at)
        .bind(row.due_at)
        .bind(row.amber_at)
        .bind(row.whole_due_at)
        .bind(row.wake_at)
        .bind(row.open)
        .bind(after.supervision > 0)
        .bind(after.reminders)
        .bind(after.rework)
        .bind(after.returns)
        .bind(after.reporters)
        .bind(after.merged_into)
        .bind(after.excluded)
        .bind(&row.asks)
        .bind(row.thumb)
        .bind(after.version)
        .bind(Json(after))
        .bind(&lines.ids)
        .bind(&lines.versions)
        .bind(&lines.at)
        .bind(&lines.kinds)
        .bind(&lines.people)
        .bind(&lines.orgs)
        .bind(&lines.roles)
        .bind(&lines.bodies)
        .bind(beside.words.map(|w| w.id))
        .bind(beside.words.map(|w| w.text.as_str()))
        .bind(fresh.iter().map(|a| a.id).collect::<Vec<_>>())
        .bind(fresh.iter().map(|a| a.purpose.as_str()).collect::<Vec<_>>())
        .bind(last_event)
        .bind(if beside.by_reporter {
            "reporter"
        } else {
            "staff"
        })
        .bind(row.parties.iter().map(|p| p.0).collect::<Vec<_>>())
        .bind(row.parties.iter().map(|p| p.1).collect::<Vec<_>>())
        .bind(lead_changed)
        .fetch_one(conn)
        .await?;
    if written.try_get::<i64, _>(0)? == 1 {
        Ok(())
    } else {
        Err(Error::conflict("case.changed_meanwhile"))
    }
}

/// A command that was carried out before.
#[derive(Debug, Clone)]
pub struct Done {
    /// Hash of its body.
    pub body_hash: Vec<u8>,
    /// On which case.
    pub case: Option<CaseId>,
    /// What was answered.
    pub answer: Value,
}

/// The command with this id, if it was carried out before.
///
/// # Errors
/// When the database fails.
pub async fn command(conn: &mut PgConnection, id: Uuid) -> Result<Option<Done>> {
    let row = sqlx::query("select body_hash, case_id, answer from commands where id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(|r| {
        Ok(Done {
            body_hash: r.try_get(0)?,
            case: r.try_get(1)?,
            answer: r.try_get::<Json<Value>, _>(2)?.0,
        })
    })
    .transpose()
}

/// Remembers a command. False when its id was taken meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn keep_command(
    conn: &mut PgConnection,
    id: Uuid,
    body_hash: &[u8],
    case: CaseId,
    answer: &Value,
    at: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into commands (id, body_hash, case_id, answer, at) values ($1, $2, $3, $4, $5)
         on conflict (id) do nothing",
    )
    .bind(id)
    .bind(body_hash)
    .bind(case)
    .bind(Json(answer))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether this follower of this case is there already.
///
/// # Errors
/// When the database fails.
pub async fn follows(conn: &mut PgConnection, case: CaseId, id: ReporterId) -> Result<bool> {
    let row = sqlx::query(
        "select exists (select from case_reporters
         where id = $1 and case_id = $2 and kind = 'follower')",
    )
    .bind(id)
    .bind(case)
    .fetch_one(conn)
    .await?;
    Ok(row.try_get(0)?)
}

/// Adds a follower. False when the id was taken before.
///
/// # Errors
/// When the database fails.
pub async fn add_follower(
    conn: &mut PgConnection,
    case: CaseId,
    new: &NewReporter,
    at: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into case_reporters (id, case_id, kind, code_hash, name_sealed, phone_sealed,
           phone_hash, hide_phone, call_back, lang, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
    )
    .bind(new.id)
    .bind(case)
    .bind(new.kind)
    .bind(&new.code_hash)
    .bind(&new.name)
    .bind(&new.phone)
    .bind(&new.phone_hash)
    .bind(new.hide_phone)
    .bind(new.call_back)
    .bind(new.lang)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A reporter or follower as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Reporter {
    /// Which.
    pub id: ReporterId,
    /// Of which case.
    pub case_id: CaseId,
    /// `reporter` or `follower`.
    pub kind: String,
    /// Sealed name.
    pub name_sealed: Option<Vec<u8>>,
    /// Sealed telephone number.
    pub phone_sealed: Option<Vec<u8>>,
    /// The handler must not see the number.
    pub hide_phone: bool,
    /// May be called back.
    pub call_back: bool,
}

/// Who holds the progress code with this hash.
///
/// # Errors
/// When the database fails.
pub async fn reporter_by_code(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<Reporter>> {
    Ok(sqlx::query_as(
        "select id, case_id, kind, name_sealed, phone_sealed, hide_phone, call_back
         from case_reporters where code_hash = $1",
    )
    .bind(hash)
    .fetch_optional(conn)
    .await?)
}

/// The first reporter of a case, if a resident reported it.
///
/// # Errors
/// When the database fails.
pub async fn reporter_of(conn: &mut PgConnection, case: CaseId) -> Result<Option<Reporter>> {
    Ok(sqlx::query_as(
        "select id, case_id, kind, name_sealed, phone_sealed, hide_phone, call_back
         from case_reporters where case_id = $1 and kind = 'reporter' order by made_at limit 1",
    )
    .bind(case)
    .fetch_optional(conn)
    .await?)
}

/// An event as stored.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its id.
    pub id: EventId,
    /// Of the case after it.
    pub version: i32,
    /// What, when, who.
    pub event: Event,
}

/// A case's events, oldest first, up to version `until`.
///
/// # Errors
/// When the database fails.
pub async fn events(conn: &mut PgConnection, case: CaseId, until: i32) -> Result<Vec<Line>> {
    let rows = sqlx::query(
        "select id, version, body from case_events
         where case_id = $1 and version <= $2 order by version",
    )
    .bind(case)
    .bind(until)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Line {
                id: r.try_get(0)?,
                version: r.try_get(1)?,
                event: r.try_get::<Json<Event>, _>(2)?.0,
            })
        })
        .collect()
}

/// A case's words that have not been erased.
///
/// # Errors
/// When the database fails.
pub async fn words(
    conn: &mut PgConnection,
    case: CaseId,
) -> Result<std::collections::HashMap<WordsId, String>> {
    let rows =
        sqlx::query("select id, text from case_words where case_id = $1 and text is not null")
            .bind(case)
            .fetch_all(conn)
            .await?;
    rows.into_iter()
        .map(|r| Ok((r.try_get(0)?, r.try_get(1)?)))
        .collect()
}

/// The answers to the matter's questions given with the report.
///
/// # Errors
/// When the database fails.
pub async fn answers(conn: &mut PgConnection, case: CaseId) -> Result<Value> {
    let row = sqlx::query(
        "select answers from case_words where case_id = $1 and answers is not null limit 1",
    )
    .bind(case)
    .fetch_optional(conn)
    .await?;
    Ok(match row {
        Some(row) => row.try_get::<Json<Value>, _>(0)?.0,
        None => json!({}),
    })
}

/// What a case's row holds beside its pure state.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Extra {
    /// The place in words.
    pub place_text: String,
    /// The last sealed sequence number.
    pub seq: i64,
}

/// What a case's row holds beside its pure state, and how far events are sealed.
///
/// # Errors
/// When the database fails.
pub async fn extra(conn: &mut PgConnection, case: CaseId) -> Result<Extra> {
    Ok(sqlx::query_as(
        "select place_text, coalesce((select max(seq) from sealed), 0) as seq
         from cases where id = $1",
    )
    .bind(case)
    .fetch_one(conn)
    .await?)
}

/// A picture, document or video of a case.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CaseMedia {
    /// Which.
    pub media: MediaId,
    /// What for.
    pub purpose: String,
    /// With which event.
    pub event_id: EventId,
    /// The case's version then.
    pub version: i32,
    /// `reporter` or `staff`.
    pub by_kind: String,
}

/// Pictures, documents and videos of a case up to version `until`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn media(conn: &mut PgConnection, case: CaseId, until: i32) -> Result<Vec<CaseMedia>> {
    Ok(sqlx::query_as(
        "select media, purpose, event_id, version, by_kind from case_media
         where case_id = $1 and version <= $2 order by version, media",
    )
    .bind(case)
    .bind(until)
    .fetch_all(conn)
    .await?)
}

/// Puts a blurred picture in the place of the old one.
///
/// # Errors
/// When the database fails.
pub async fn replace_media(
    conn: &mut PgConnection,
    case: CaseId,
    old: MediaId,
    new: MediaId,
) -> Result<()> {
    sqlx::query("update case_media set media = $3 where case_id = $1 and media = $2")
        .bind(case)
        .bind(old)
        .bind(new)
        .execute(&mut *conn)
        .await?;
    sqlx::query("update cases set thumb = $3 where id = $1 and thumb = $2")
        .bind(case)
        .bind(old)
        .bind(new)
        .execute(conn)
        .await?;
    Ok(())
}

/// Those of `media` that hang at a case other than `case`.
///
/// # Errors
/// When the database fails.
pub async fn attached_elsewhere(
    conn: &mut PgConnection,
    media: &[MediaId],
    case: Option<CaseId>,
) -> Result<Vec<MediaId>> {
    let rows = sqlx::query(
        "select distinct media from case_media where media = any($1) and case_id is distinct from $2",
    )
    .bind(media)
    .bind(case)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
}

/// The case a picture belongs to.
///
/// # Errors
/// When the database fails.
pub async fn case_of_media(conn: &mut PgConnection, media: MediaId) -> Result<Option<CaseId>> {
    let row = sqlx::query("select case_id from case_media where media = $1 limit 1")
        .bind(media)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|r| r.try_get(0)).transpose()?)
}

/// Which part of a case's history a unit may see: up to the returned version; `None` when it has no part.
///
/// # Errors
/// When the database fails.
pub async fn seen_until(
    conn: &mut PgConnection,
    case: CaseId,
    orgs: &[OrgId],
) -> Result<Option<i32>> {
    let row = sqlx::query(
        "select max(case when part = 'former' then coalesce(until_n, 2147483647) else 2147483647 end)
         from case_parties where case_id = $1 and org = any($2)",
    )
    .bind(case)
    .bind(orgs)
    .fetch_one(conn)
    .await?;
    Ok(row.try_get(0)?)
}

/// Ids of cases merged into `case`.
///
/// # Errors
/// When the database fails.
pub async fn merged_into(conn: &mut PgConnection, case: CaseId) -> Result<Vec<CaseId>> {
    let rows = sqlx::query("select id from cases where merged_into = $1 order by reported_at")
        .bind(case)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(|r| Ok(r.try_get(0)?)).collect()
}

/// Cases whose timer is due, earliest first; rows another server holds are passed over.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut PgConnection, now: Moment, limit: i64) -> Result<Vec<Case>> {
    let rows = sqlx::query(
        "select state from cases where wake_at <= $1 order by wake_at limit $2
         for update skip locked",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| Ok(r.try_get::<Json<Case>, _>(0)?.0))
        .collect()
}

/// A ruling that later like cases follow.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Precedent {
    /// The case ruled on.
    pub case_id: CaseId,
    /// Its number.
    pub number: String,
    /// Of which matter.
    pub matter: String,
    /// In which area it binds.
    pub area: i64,
    /// Who must handle.
    pub org: OrgId,
    /// The clause.
    pub clause: String,
    /// When it was ruled.
    pub made_at: Moment,
}

/// Every precedent in force, the newest last.
///
/// # Errors
/// When the database fails.
pub async fn precedents(conn: &mut PgConnection) -> Result<Vec<Precedent>> {
    Ok(sqlx::query_as(
        "select p.case_id, c.number, p.matter, p.area, p.org, p.clause, p.made_at
         from precedents p join cases c on c.id = p.case_id
         where p.valid_to is null order by p.made_at",
    )
    .fetch_all(conn)
    .await?)
}

/// Makes a ruling a precedent for its matter and area; an earlier one for the same ends.
///
/// # Errors
/// When the database fails.
pub async fn set_precedent(
    conn: &mut PgConnection,
    case: &Case,
    org: OrgId,
    clause: &str,
    at: Moment,
) -> Result<()> {
    let Some(matter) = &case.matter else {
        return Ok(());
    };
    sqlx::query(
        "update precedents set valid_to = $3 where matter = $1 and area = $2 and valid_to is null",
    )
    .bind(matter)
    .bind(case.area)
    .bind(at)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "insert into precedents (id, case_id, matter, area, org, clause, made_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(Uuid::now_v7())
    .bind(case.id)
    .bind(matter)
    .bind(case.area)
    .bind(org)
    .bind(clause)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A reporter's rating.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Rating {
    /// 1–5.
    pub stars: i16,
    /// Reason codes.
    pub reasons: Vec<String>,
    /// In words.
    pub words: Option<WordsId>,
}

/// The newest rating of a case, or the one by `reporter`.
///
/// # Errors
/// When the database fails.
pub async fn rating(
    conn: &mut PgConnection,
    case: CaseId,
    reporter: Option<ReporterId>,
) -> Result<Option<Rating>> {
    Ok(sqlx::query_as(
        "select stars, reasons, words from case_ratings
         where case_id = $1 and ($2::uuid is null or reporter = $2) order by at desc limit 1",
    )
    .bind(case)
    .bind(reporter)
    .fetch_optional(conn)
    .await?)
}

/// Keeps a rating; each reporter rates once. False when they have.
///
/// # Errors
/// When the database fails.
pub async fn rate(
    conn: &mut PgConnection,
    case: CaseId,
    reporter: ReporterId,
    rating: &Rating,
    at: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into case_ratings (id, case_id, reporter, stars, reasons, words, at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (case_id, reporter) do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(case)
    .bind(reporter)
    .bind(rating.stars)
    .bind(&rating.reasons)
    .bind(rating.words)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A case near a point, for proposing duplicates.
#[derive(Debug, Clone)]
pub struct Near {
    /// The case.
    pub case: Case,
    /// The place in words.
    pub place_text: String,
    /// Likeness of its first picture.
    pub likeness: Option<i64>,
    /// Its first words.
    pub text: String,
}

/// Open cases in a box reported since `since`, newest first, at most 200.
///
/// `bounds`: west, south, east, north in degrees.
///
/// # Errors
/// When the database fails.
pub async fn near(
    conn: &mut PgConnection,
    communities: &[i64],
    bounds: [f64; 4],
    since: Moment,
) -> Result<Vec<Near>> {
    let rows = sqlx::query(include_str!("sql/near.sql"))
        .bind(communities)
        .bind(bounds[0])
        .bind(bounds[1])
        .bind(bounds[2])
        .bind(bounds[3])
        .bind(since)
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Near {
                case: r.try_get::<Json<Case>, _>(0)?.0,
                place_text: r.try_get(1)?,
                likeness: r.try_get(2)?,
                text: r.try_get::<Option<String>, _>(3)?.unwrap_or_default(),
            })
        })
        .collect()
}

/// The next `count` case serials, for numbers made without a round trip each.
///
/// # Errors
/// When the database fails.
pub async fn serials(conn: &mut PgConnection, count: i32) -> Result<Vec<i32>> {
    let rows = sqlx::query("select nextval('case_number')::int from generate_series(1, $1)")
        .bind(count)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(|r| Ok(r.try_get(0)?)).collect()
}

/// The number of the case that has this external number.
///
/// # Errors
/// When the database fails.
pub async fn number_of_external(
    conn: &mut PgConnection,
    source: &str,
    external: &str,
) -> Result<Option<String>> {
    let row = sqlx::query("select number from cases where source = $1 and external_number = $2")
        .bind(source)
        .bind(external)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|r| r.try_get(0)).transpose()?)
}

/// The city's rules as set, or the defaults.
///
/// # Errors
/// When the database fails.
pub async fn rules(conn: &mut PgConnection) -> Result<crate::model::CityRules> {
    let row = sqlx::query("select value from settings where key = 'case_rules'")
        .fetch_optional(conn)
        .await?;
    Ok(match row {
        Some(row) => row.try_get::<Json<crate::model::CityRules>, _>(0)?.0,
        None => crate::model::CityRules::default(),
    })
}

/// Holidays and made-up working days imported into this city, as CSV rows `date,kind,name_zh,name_en`.
///
/// # Errors
/// When the database fails.
pub async fn calendar_days(conn: &mut PgConnection) -> Result<Vec<(i32, String)>> {
    let rows = sqlx::query(
        "select extract(year from day)::int, day::text || ',' || kind || ',' || name_zh || ',' || name_en
         from calendar_days order by day",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| Ok((r.try_get(0)?, r.try_get(1)?)))
        .collect()
}

/// Replays a case's events; what comes out must equal its row's state.
///
/// # Errors
/// When the database fails.
pub async fn replay(conn: &mut PgConnection, id: CaseId) -> Result<Option<Case>> {
    let lines = events(conn, id, i32::MAX).await?;
    let mut case = None;
    for line in &lines {
        case = match case {
            None => lifecycle::born(id, &line.event),
            Some(case) => Some(lifecycle::apply(case, &line.event)),
        };
    }
    Ok(case)
}

/// Whether an event says more about the case than a reporter's own act.
#[must_use]
pub fn is_reporter(event: &Event) -> bool {
    matches!(event.by, By::Reporter { .. }) || matches!(event.what, What::Reported { .. })
}

/// The state of a row as JSON, for tests and diagnosis.
///
/// # Errors
/// When the database fails.
pub async fn state_json(conn: &mut PgConnection, id: CaseId) -> Result<Value> {
    let row = sqlx::query("select state from cases where id = $1")
        .bind(id)
        .fetch_one(conn)
        .await?;
    Ok(row
        .try_get::<Json<Value>, _>(0)
        .map_or(json!(null), |j| j.0))
}

/// Ids of all open cases with a provisional clock.
///
/// # Errors
/// When the database fails.
pub async fn open_ids(pool: &sqlx::PgPool) -> Result<Vec<CaseId>> {
    let rows = sqlx::query(
        "select id from cases where open and state @> '{\"clocks\": [{\"provisional\": true}]}'",
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|r| Ok(r.try_get(0)?)).collect()
}

/// Numbers of these cases.
///
/// # Errors
/// When the database fails.
pub async fn numbers(
    conn: &mut PgConnection,
    ids: &[CaseId],
) -> Result<std::collections::HashMap<CaseId, String>> {
    if ids.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    let rows = sqlx::query("select id, number from cases where id = any($1)")
        .bind(ids)
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|r| Ok((r.try_get(0)?, r.try_get(1)?)))
        .collect()
}

/// Stops a case's timer from coming up again until the case changes.
///
/// # Errors
/// When the database fails.
pub async fn sleep(conn: &mut PgConnection, id: CaseId) -> Result<()> {
    sqlx::query("update cases set wake_at = null where id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}
