//! Statements about volunteers, calls for help and hours given.

use kernel::{Moment, PersonId, Result, Scope};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{once, rows, scoped, within};

/// A volunteer as the rules need one.
#[derive(Debug, Clone, FromRow)]
pub struct Volunteer {
    /// Which.
    pub id: Uuid,
    /// Their community.
    pub area: i64,
    /// `offered`, `accepted` or `ended`.
    pub state: String,
    /// The name, sealed.
    pub name_sealed: Option<Vec<u8>>,
    /// The number, sealed.
    pub phone_sealed: Option<Vec<u8>>,
}

const VOLUNTEER: &str = "select id, area, state, name_sealed, phone_sealed from volunteers";

/// A volunteer, the row held.
pub(crate) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Volunteer>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{VOLUNTEER} where id = $1 for update"
    )))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// The volunteer with this code, the row held.
pub(crate) async fn lock_by_code(
    conn: &mut PgConnection,
    hash: &[u8],
) -> Result<Option<Volunteer>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{VOLUNTEER} where code_hash = $1 for update"
    )))
    .bind(hash)
    .fetch_optional(conn)
    .await?)
}

/// A volunteer to be stored.
#[derive(Debug)]
pub(crate) struct NewVolunteer<'a> {
    pub id: Uuid,
    pub code_hash: Vec<u8>,
    pub name_sealed: Vec<u8>,
    pub name_masked: String,
    pub phone_sealed: Vec<u8>,
    pub phone_masked: String,
    pub phone_hash: Vec<u8>,
    pub skills: &'a [String],
    pub times: &'a [String],
    pub area: i64,
}

/// Stores a volunteer; `false` when the number has signed up already.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    new: &NewVolunteer<'_>,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into volunteers (id, code_hash, name_sealed, name_masked, phone_sealed, phone_masked, phone_hash,
            skills, times, area, state, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'offered', $11) on conflict do nothing",
    )
    .bind(new.id)
    .bind(&new.code_hash)
    .bind(&new.name_sealed)
    .bind(&new.name_masked)
    .bind(&new.phone_sealed)
    .bind(&new.phone_masked)
    .bind(&new.phone_hash)
    .bind(new.skills)
    .bind(new.times)
    .bind(new.area)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Volunteers of the scope, masked; those who wait first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    area: Option<(i64, i64)>,
) -> Result<Vec<Value>> {
    let sql = format!(
        "select v.id, v.name_masked as name, v.phone_masked as phone, v.skills, v.times, v.area::text as area, v.state,
            v.made_at, v.accepted_at,
            (select coalesce(sum(g.hours), 0) from help_given g where g.volunteer = v.id and g.state = 'confirmed') as hours
         from volunteers v where {} and v.area between $3 and $4 and v.erased_at is null and v.state <> 'ended'
         order by v.state = 'accepted', v.made_at desc limit 300",
        within("v.area")
    );
    scoped(conn, &sql, scope, area).await
}

/// Moves a volunteer to `accepted` or `ended`.
pub(crate) async fn advance(
    conn: &mut PgConnection,
    id: Uuid,
    by: Option<PersonId>,
    erase_at: Option<Moment>,
    now: Moment,
) -> Result<()> {
    let sql = if by.is_some() {
        "update volunteers set state = 'accepted', accepted_by = $2, accepted_at = $4, erase_at = $3 where id = $1"
    } else {
        "update volunteers set state = 'ended', ended_at = $4, accepted_by = coalesce($2, accepted_by), erase_at = $3 where id = $1"
    };
    sqlx::query(sql)
        .bind(id)
        .bind(by)
        .bind(erase_at)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// A volunteer's own page.
pub(crate) async fn own(conn: &mut PgConnection, id: Uuid) -> Result<Option<Value>> {
    Ok(rows(
        "select v.state, v.skills, v.times, v.area::text as area, v.made_at, v.accepted_at, v.name_masked as name,
            (select coalesce(sum(g.hours), 0) from help_given g where g.volunteer = v.id and g.state = 'confirmed') as hours
         from volunteers v where v.id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

const CALL: &str = "select c.id, c.title, c.what, c.skill, c.area::text as area, c.lon, c.lat, c.begins_at, c.ends_at, c.wanted,
    c.state, (select count(*) from help_given g where g.call = c.id and g.state in ('taken', 'confirmed')) as taken
    from help_calls c";

/// Open calls in a town, each with where the volunteer stands to it.
pub(crate) async fn calls_near(
    conn: &mut PgConnection,
    volunteer: Uuid,
    (first, last): (i64, i64),
    now: Moment,
) -> Result<Vec<Value>> {
    Ok(rows(&format!(
        "select x.*, (select g.state from help_given g where g.call = x.id and g.volunteer = $1) as mine
         from ({CALL} where c.state = 'open' and c.ends_at > $4 and c.area between $2 and $3) x
         order by x.begins_at, x.id limit 50"
    ))
    .bind(volunteer)
    .bind(first)
    .bind(last)
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// Help a volunteer gave, confirmed, the newest first: what the certificate lists.
pub(crate) async fn given(conn: &mut PgConnection, volunteer: Uuid) -> Result<Vec<Value>> {
    Ok(rows(
        "select c.title, c.begins_at, g.hours, c.area::text as area from help_given g join help_calls c on c.id = g.call
         where g.volunteer = $1 and g.state = 'confirmed' order by c.begins_at desc",
    )
    .bind(volunteer)
    .fetch_all(conn)
    .await?)
}

/// Calls of the scope with who offered, masked; the newest first.
pub(crate) async fn calls(
    conn: &mut PgConnection,
    scope: &Scope,
    area: Option<(i64, i64)>,
) -> Result<Vec<Value>> {
    let sql = format!(
        "select x.*, (select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'volunteer', v.id, 'name', v.name_masked,
                'state', g.state, 'hours', g.hours) order by g.offered_at), '[]')
             from help_given g join volunteers v on v.id = g.volunteer where g.call = x.id) as offers
         from ({CALL} where {} and c.area between $3 and $4) x order by x.begins_at desc limit 200",
        within("c.area")
    );
    scoped(conn, &sql, scope, area).await
}

/// A call to be stored.
#[derive(Debug)]
pub(crate) struct NewCall<'a> {
    pub id: Uuid,
    pub title: &'a str,
    pub what: &'a str,
    pub skill: &'a str,
    pub area: i64,
    pub lon: f64,
    pub lat: f64,
    pub begins_at: Moment,
    pub ends_at: Moment,
    pub wanted: i32,
    pub by: PersonId,
}

/// Stores a call; the same id twice is once.
pub(crate) async fn insert_call(
    conn: &mut PgConnection,
    new: &NewCall<'_>,
    now: Moment,
) -> Result<()> {
    let done = sqlx::query(
        "insert into help_calls (id, title, what, skill, area, lon, lat, begins_at, ends_at, wanted, state, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12) on conflict (id) do update set id = excluded.id
         where (help_calls.title, help_calls.what, help_calls.skill, help_calls.area, help_calls.begins_at, help_calls.ends_at, help_calls.wanted, help_calls.made_by)
            is not distinct from (excluded.title, excluded.what, excluded.skill, excluded.area, excluded.begins_at, excluded.ends_at, excluded.wanted, excluded.made_by)",
    )
    .bind(new.id)
    .bind(new.title)
    .bind(new.what)
    .bind(new.skill)
    .bind(new.area)
    .bind(new.lon)
    .bind(new.lat)
    .bind(new.begins_at)
    .bind(new.ends_at)
    .bind(new.wanted)
    .bind(new.by)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}

/// Where a call is, when it ends, whether it is open, how many more are wanted; its row held.
pub(crate) async fn lock_call(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(i64, Moment, bool, i64)>> {
    Ok(sqlx::query_as(
        "select area, ends_at, state = 'open', wanted - (select count(*) from help_given g
            where g.call = c.id and g.state in ('taken', 'confirmed')) from help_calls c where id = $1 for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Closes a call.
pub(crate) async fn close_call(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query("update help_calls set state = 'closed' where id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// A volunteer offers help; twice is once.
pub(crate) async fn offer(
    conn: &mut PgConnection,
    call: Uuid,
    volunteer: Uuid,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into help_given (id, call, volunteer, state, offered_at) values ($1, $2, $3, 'offered', $4)
         on conflict (call, volunteer) do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(call)
    .bind(volunteer)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The call of an offer, and where it stands; its row held.
pub(crate) async fn lock_offer(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(Uuid, String)>> {
    Ok(
        sqlx::query_as("select call, state from help_given where id = $1 for update")
            .bind(id)
            .fetch_optional(conn)
            .await?,
    )
}

/// Moves an offer on.
pub(crate) async fn step_offer(
    conn: &mut PgConnection,
    id: Uuid,
    state: &str,
    hours: Option<f64>,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "update help_given set state = $2, hours = $3,
            confirmed_by = case when $2 = 'confirmed' then $4::uuid end,
            confirmed_at = case when $2 = 'confirmed' then $5::timestamptz end
         where id = $1",
    )
    .bind(id)
    .bind(state)
    .bind(hours)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
