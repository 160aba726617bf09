//! Statements about people, their seats and what was done with them.

use kernel::{GridId, Moment, OrgId, PersonId, Result, Role, Scope};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use crate::model::{NewAppointment, Service};

/// A person as lists show one.
#[derive(Debug, Clone, FromRow)]
pub struct PersonRow {
    /// Who.
    pub id: PersonId,
    /// The name colleagues see.
    pub name: String,
    /// The number in the house's own register.
    pub staff_no: Option<String>,
    /// 138****21
    pub phone_masked: String,
    /// The unit the person belongs to.
    pub org: Option<OrgId>,
    /// Since when the person is gone.
    pub left_at: Option<Moment>,
    /// Whether the person can sign in.
    pub account: bool,
    /// Until when the person is away now.
    pub away_until: Option<Moment>,
    /// Who stands in meanwhile.
    pub stand_in: Option<String>,
}

/// A seat as stored.
#[derive(Debug, Clone, FromRow)]
pub struct SeatRow {
    /// The appointment.
    pub id: Uuid,
    /// Whose.
    pub person: PersonId,
    /// As what.
    pub role: Role,
    /// Full-time, part-time or as a volunteer.
    pub kind: Service,
    /// For which division.
    pub area: Option<i64>,
    /// In which unit.
    pub org: Option<OrgId>,
    /// In which grid.
    pub grid: Option<GridId>,
    /// The grid's code, also of one that is gone.
    pub grid_code: Option<String>,
    /// The grid's name.
    pub grid_name: Option<String>,
    /// The division it lies in: its area, its grid's community, its unit's area.
    pub place: Option<i64>,
    /// From when.
    pub valid_from: Moment,
    /// Until when.
    pub valid_to: Option<Moment>,
    /// Why it ended.
    pub end_reason: String,
}

/// What a list of people is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// Letters of a name, or the beginning of a staff number.
    pub q: String,
    /// Codes from and to.
    pub area: Option<(i64, i64)>,
    /// As what.
    pub role: Option<Role>,
    /// How.
    pub kind: Option<Service>,
    /// In which unit.
    pub org: Option<OrgId>,
    /// In which grid.
    pub grid: Option<GridId>,
    /// `active`, `away`, `idle` or `left`; else everybody but those gone.
    pub state: Option<String>,
}

/// Where people sit: seats in force or to come, with the division each lies in.
const REACH: &str = "reach as (
    select a.person, a.role, a.kind, a.org, a.grid, coalesce(a.area, g.community, o.area) as place
    from appointments a left join grids g on g.id = a.grid left join orgs o on o.id = a.org
    where a.valid_to is null or a.valid_to > $1)";

/// What people must be: within the scope and what was asked for.
const WHERE: &str = "
    ($4 = '' or p.name ilike '%' || $4 || '%' or p.staff_no ilike $4 || '%')
    and (p.id in (select r.person from reach r, unnest($2::bigint[], $3::bigint[]) s (first, last)
                  where r.place between s.first and s.last
                    and ($5::bigint is null or r.place between $5 and $6)
                    and ($7::text is null or r.role = $7) and ($8::text is null or r.kind = $8)
                    and ($9::uuid is null or r.org = $9) and ($10::uuid is null or r.grid = $10))
         or ($7::text is null and $8::text is null and $10::uuid is null
             and not exists (select from reach r where r.person = p.id)
             and ($9::uuid is null or p.org = $9)
             and exists (select from orgs o, unnest($2::bigint[], $3::bigint[]) s (first, last)
                         where o.id = p.org and o.area between s.first and s.last
                           and ($5::bigint is null or o.area between $5 and $6))))
    and case coalesce($11, '') when 'left' then p.left_at <= $1
        when 'away' then p.left_at is null and l.person is not null
        when 'idle' then p.left_at is null and not exists (select from reach r where r.person = p.id)
        when 'active' then p.left_at is null and exists (select from reach r where r.person = p.id)
        else p.left_at is null end";

const AWAY: &str = "left join lateral (
    select l.person, l.valid_to, s.name as stand_in from leaves l left join people s on s.id = l.stand_in
    where l.person = p.id and l.valid_from <= $1 and l.valid_to > $1 and l.called_off_at is null
    order by l.valid_to desc limit 1) l on true";

/// A page of people in order of name, after the person `after`; and how many there are in all.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    narrow: &Narrow,
    after: Option<PersonId>,
    limit: i64,
    now: Moment,
) -> Result<(Vec<PersonRow>, i64)> {
    let page = format!(
        "with {REACH} select p.id, p.name, p.staff_no, p.phone_masked, p.org, p.left_at,
            exists (select from accounts c where c.person = p.id and c.disabled_at is null) as account,
            l.valid_to as away_until, l.stand_in
         from people p {AWAY}
         where {WHERE} and ($12::uuid is null or (p.name, p.id) > (select name, id from people where id = $12))
         order by p.name, p.id limit $13"
    );
    let count = format!("with {REACH} select count(*) from people p {AWAY} where {WHERE}");
    macro_rules! bound {
        ($query:expr) => {
            $query
                .bind(now)
                .bind(scope.firsts())
                .bind(scope.lasts())
                .bind(like(&narrow.q))
                .bind(narrow.area.map(|a| a.0))
                .bind(narrow.area.map(|a| a.1))
                .bind(narrow.role.map(Role::word))
                .bind(narrow.kind.map(Service::as_str))
                .bind(narrow.org)
                .bind(narrow.grid)
                .bind(narrow.state.as_deref())
        };
    }
    let rows = bound!(sqlx::query_as::<_, PersonRow>(sqlx::AssertSqlSafe(page)))
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *conn)
        .await?;
    let total = bound!(sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(count)))
        .fetch_one(conn)
        .await?;
    Ok((rows, total))
}

/// What a person typed, with the letters that mean something to `like` taken as they are.
fn like(q: &str) -> String {
    q.trim()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// Whether the person has the telephone number with this hash, or none where none is told.
///
/// # Errors
/// When the database fails.
pub async fn has_phone(conn: &mut PgConnection, id: PersonId, hash: Option<&[u8]>) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from people where id = $1 and phone_hash is not distinct from $2)",
    )
    .bind(id)
    .bind(hash)
    .fetch_one(conn)
    .await?)
}

/// One person as lists show one.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, id: PersonId, now: Moment) -> Result<Option<PersonRow>> {
    let one = format!(
        "select p.id, p.name, p.staff_no, p.phone_masked, p.org, p.left_at,
            exists (select from accounts c where c.person = p.id and c.disabled_at is null) as account,
            l.valid_to as away_until, l.stand_in
         from people p {AWAY} where p.id = $2"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(one))
        .bind(now)
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// Seats of these people, in force, to come or over, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn seats(conn: &mut PgConnection, people: &[PersonId]) -> Result<Vec<SeatRow>> {
    Ok(sqlx::query_as(
        "select a.id, a.person, a.role, a.kind, a.area, a.org, a.grid, g.code as grid_code,
            g.name as grid_name, coalesce(a.area, g.community, o.area) as place,
            a.valid_from, a.valid_to, a.end_reason
         from appointments a left join grids g on g.id = a.grid left join orgs o on o.id = a.org
         where a.person = any($1) order by a.person, a.valid_from desc, a.id",
    )
    .bind(people.iter().map(|p| p.0).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?)
}

/// One seat, its row held until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_seat(conn: &mut PgConnection, id: Uuid) -> Result<Option<SeatRow>> {
    Ok(sqlx::query_as(
        "select a.id, a.person, a.role, a.kind, a.area, a.org, a.grid, g.code as grid_code,
            g.name as grid_name, coalesce(a.area, g.community, o.area) as place,
            a.valid_from, a.valid_to, a.end_reason
         from appointments a left join grids g on g.id = a.grid left join orgs o on o.id = a.org
         where a.id = $1 for update of a",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Ends a seat at `at`, or never lets it begin when that lies before its beginning.
pub(crate) async fn end_seat(
    conn: &mut PgConnection,
    seat: &SeatRow,
    at: Moment,
    by: Option<PersonId>,
    reason: &str,
) -> Result<()> {
    if at <= seat.valid_from {
        sqlx::query("delete from appointments where id = $1")
            .bind(seat.id)
            .execute(conn)
            .await?;
        return Ok(());
    }
    sqlx::query(
        "update appointments set valid_to = $2, ended_by = $3, end_reason = $4 where id = $1",
    )
    .bind(seat.id)
    .bind(at)
    .bind(by)
    .bind(reason)
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes until when and how a seat is served.
pub(crate) async fn change_seat(
    conn: &mut PgConnection,
    id: Uuid,
    to: Option<Moment>,
    kind: Service,
) -> Result<()> {
    sqlx::query("update appointments set valid_to = $2, kind = $3 where id = $1")
        .bind(id)
        .bind(to)
        .bind(kind)
        .execute(conn)
        .await?;
    Ok(())
}

/// A telephone number as it is kept: sealed, masked, keyed hash.
pub type Phone = (Vec<u8>, String, Vec<u8>);

/// A line of a person's history: when, by whom, what, the rest.
pub(crate) type Line = (Moment, Option<String>, String, Value);

/// What is kept of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Who.
    pub id: PersonId,
    /// The number in the house's own register.
    pub staff_no: Option<String>,
    /// The name colleagues see.
    pub name: String,
    /// The unit the person belongs to.
    pub org: Option<OrgId>,
    /// The number, sealed; its masked form; its keyed hash.
    pub phone: Option<Phone>,
}

/// Stores people or changes those known by id; a telephone number that is not told stays.
///
/// # Errors
/// When a staff number is somebody else's.
pub async fn keep(conn: &mut PgConnection, people: &[Kept], now: Moment) -> Result<()> {
    sqlx::query(
        "insert into people (id, staff_no, name, org, phone_sealed, phone_masked, phone_hash, created_at)
         select id, staff_no, name, org, sealed, coalesce(masked, ''), hash, $8
         from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::text[], $7::bytea[])
           as t (id, staff_no, name, org, sealed, masked, hash)
         on conflict (id) do update set staff_no = excluded.staff_no, name = excluded.name,
           org = excluded.org, left_at = null,
           phone_sealed = coalesce(excluded.phone_sealed, people.phone_sealed),
           phone_masked = coalesce(nullif(excluded.phone_masked, ''), people.phone_masked),
           phone_hash = coalesce(excluded.phone_hash, people.phone_hash)",
    )
    .bind(people.iter().map(|p| p.id.0).collect::<Vec<_>>())
    .bind(people.iter().map(|p| p.staff_no.as_deref()).collect::<Vec<_>>())
    .bind(people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>())
    .bind(people.iter().map(|p| p.org.map(|o| o.0)).collect::<Vec<_>>())
    .bind(people.iter().map(|p| p.phone.as_ref().map(|f| f.0.as_slice())).collect::<Vec<_>>())
    .bind(people.iter().map(|p| p.phone.as_ref().map(|f| f.1.as_str())).collect::<Vec<_>>())
    .bind(people.iter().map(|p| p.phone.as_ref().map(|f| f.2.as_slice())).collect::<Vec<_>>())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a person is gone.
pub(crate) async fn depart(conn: &mut PgConnection, id: PersonId, at: Moment) -> Result<()> {
    sqlx::query("update people set left_at = $2 where id = $1")
        .bind(id)
        .bind(at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The sealed telephone number of a person; `None` when nobody, or none is known.
///
/// # Errors
/// When the database fails.
pub async fn sealed_phone(conn: &mut PgConnection, id: PersonId) -> Result<Option<Vec<u8>>> {
    let found: Option<Option<Vec<u8>>> =
        sqlx::query_scalar("select phone_sealed from people where id = $1")
            .bind(id)
            .fetch_optional(conn)
            .await?;
    Ok(found.flatten())
}

/// Somebody known by staff number.
#[derive(Debug, Clone, FromRow)]
pub struct Known {
    /// Who.
    pub id: PersonId,
    /// The staff number.
    pub staff_no: String,
    /// The name.
    pub name: String,
    /// The unit.
    pub org: Option<OrgId>,
    /// The keyed hash of the number.
    pub phone_hash: Option<Vec<u8>>,
    /// Since when the person is gone.
    pub left_at: Option<Moment>,
}

/// Everybody with one of these staff numbers.
pub(crate) async fn known(conn: &mut PgConnection, numbers: &[&str]) -> Result<Vec<Known>> {
    Ok(sqlx::query_as(
        "select id, staff_no, name, org, phone_hash, left_at from people where staff_no = any($1)",
    )
    .bind(numbers)
    .fetch_all(conn)
    .await?)
}

/// Whose staff number this is.
pub(crate) async fn owner_of_number(
    conn: &mut PgConnection,
    number: &str,
) -> Result<Option<PersonId>> {
    Ok(
        sqlx::query_scalar("select id from people where staff_no = $1")
            .bind(number)
            .fetch_optional(conn)
            .await?,
    )
}

/// Changes how and until when seats are served, many at once.
pub(crate) async fn change_seats(
    conn: &mut PgConnection,
    changes: &[(Uuid, Option<Moment>, Service)],
) -> Result<()> {
    sqlx::query(
        "update appointments a set valid_to = t.valid_to, kind = t.kind
         from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as t (id, valid_to, kind)
         where a.id = t.id",
    )
    .bind(changes.iter().map(|c| c.0).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.1).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.2.as_str()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Something that was done with people, seats or units.
#[derive(Debug, Clone)]
pub struct Did {
    /// What, e.g. `appointed`.
    pub what: &'static str,
    /// With whom.
    pub person: Option<PersonId>,
    /// With which unit.
    pub org: Option<OrgId>,
    /// The rest; no personal text.
    pub body: Value,
}

/// Writes the history, in the transaction of what is done.
///
/// # Errors
/// When the database fails.
pub async fn note(
    conn: &mut PgConnection,
    by: Option<PersonId>,
    did: &[Did],
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into staff_events (id, at, by_person, what, person, org, body)
         select id, $1, $2, what, person, org, body
         from unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::jsonb[])
           as t (id, what, person, org, body)",
    )
    .bind(now)
    .bind(by)
    .bind(did.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(did.iter().map(|d| d.what).collect::<Vec<_>>())
    .bind(
        did.iter()
            .map(|d| d.person.map(|p| p.0))
            .collect::<Vec<_>>(),
    )
    .bind(did.iter().map(|d| d.org.map(|o| o.0)).collect::<Vec<_>>())
    .bind(did.iter().map(|d| d.body.clone()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// What was done with a person, the newest first: when, by whom, what, and the rest.
pub(crate) async fn history(conn: &mut PgConnection, person: PersonId) -> Result<Vec<Line>> {
    let rows = sqlx::query(
        "select e.at, b.name, e.what, e.body from staff_events e left join people b on b.id = e.by_person
         where e.person = $1 order by e.at desc, e.id desc limit 100",
    )
    .bind(person)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|r| {
            Ok((
                r.try_get("at")?,
                r.try_get("name")?,
                r.try_get("what")?,
                r.try_get("body")?,
            ))
        })
        .collect()
}

/// Whether an appointment with this id is there, and whether it is this one.
pub(crate) async fn same_seat(
    conn: &mut PgConnection,
    new: &NewAppointment,
) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar(
        "select person = $2 and role = $3 and area is not distinct from $4
            and org is not distinct from $5 and grid is not distinct from $6
         from appointments where id = $1",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(new.role)
    .bind(new.area)
    .bind(new.org)
    .bind(new.grid)
    .fetch_optional(conn)
    .await?)
}

/// A leave as stored.
#[derive(Debug, Clone, FromRow)]
pub struct LeaveRow {
    /// Which.
    pub id: Uuid,
    /// Who is away.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// Who stands in.
    pub stand_in: Option<PersonId>,
    /// The stand-in's name.
    pub stand_in_name: Option<String>,
    /// Why: annual, sick, training, family, other.
    pub kind: String,
    /// From when.
    pub valid_from: Moment,
    /// Until when.
    pub valid_to: Moment,
    /// When it was called off.
    pub called_off_at: Option<Moment>,
}

const LEAVE: &str = "select l.id, l.person, p.name, l.stand_in, s.name as stand_in_name, l.kind,
    l.valid_from, l.valid_to, l.called_off_at
    from leaves l join people p on p.id = l.person left join people s on s.id = l.stand_in";

/// Leaves of a person, and those in which the person stands in, the newest first.
pub(crate) async fn leaves_of(conn: &mut PgConnection, person: PersonId) -> Result<Vec<LeaveRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LEAVE} where l.person = $1 or l.stand_in = $1 order by l.valid_from desc limit 50"
    )))
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// A leave, its row held.
pub(crate) async fn lock_leave(conn: &mut PgConnection, id: Uuid) -> Result<Option<LeaveRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LEAVE} where l.id = $1 for update of l"
    )))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Leaves not called off that touch the span and in which one of the people is away or stands in.
pub(crate) async fn leaves_touching(
    conn: &mut PgConnection,
    people: &[PersonId],
    from: Moment,
    to: Moment,
) -> Result<Vec<LeaveRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LEAVE} where (l.person = any($1) or l.stand_in = any($1)) and l.called_off_at is null
           and l.valid_from < $3 and l.valid_to > $2"
    )))
    .bind(people.iter().map(|p| p.0).collect::<Vec<_>>())
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await?)
}

/// A leave to be stored.
#[derive(Debug, Clone)]
pub struct NewLeave {
    /// A fresh id.
    pub id: Uuid,
    /// Who is away.
    pub person: PersonId,
    /// Who stands in.
    pub stand_in: Option<PersonId>,
    /// Why.
    pub kind: String,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
    /// Who says so.
    pub by: PersonId,
}

/// Stores a leave.
pub(crate) async fn insert_leave(
    conn: &mut PgConnection,
    new: &NewLeave,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into leaves (id, person, stand_in, kind, valid_from, valid_to, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(new.stand_in)
    .bind(&new.kind)
    .bind(new.from)
    .bind(new.to)
    .bind(new.by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Calls a leave off.
pub(crate) async fn call_off(conn: &mut PgConnection, id: Uuid, at: Moment) -> Result<()> {
    sqlx::query("update leaves set called_off_at = $2 where id = $1")
        .bind(id)
        .bind(at)
        .execute(conn)
        .await?;
    Ok(())
}
