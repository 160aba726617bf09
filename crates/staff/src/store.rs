//! Every statement that touches organisations, people and appointments.

pub mod people;
pub mod units;

use divisions::Level;
use kernel::{GridId, Moment, OrgId, PersonId, Result, Role};
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};

use crate::model::{Colleague, NewAppointment, NewOrg, NewPerson, OrgKind, Unit};

/// Reads every unit in force, in order of area and key.
pub(crate) async fn units(pool: &PgPool) -> Result<Vec<Unit>> {
    Ok(sqlx::query(
        "select id, key, kind, level, area, parent, name_zh, name_en
         from orgs where valid_to is null order by area, key",
    )
    .try_map(unit)
    .fetch_all(pool)
    .await?)
}

fn unit(row: PgRow) -> sqlx::Result<Unit> {
    Ok(Unit {
        id: row.try_get("id")?,
        key: row.try_get("key")?,
        kind: row.try_get::<OrgKind, _>("kind")?,
        level: row.try_get::<Level, _>("level")?,
        area: row.try_get("area")?,
        parent: row.try_get("parent")?,
        name_zh: row.try_get("name_zh")?,
        name_en: row.try_get("name_en")?,
    })
}

/// Stores units in one statement; parents may stand in the same batch.
///
/// # Errors
/// When a key is there already in an area, or a parent is not.
pub async fn insert_orgs(conn: &mut PgConnection, new: &[NewOrg]) -> Result<()> {
    sqlx::query(
        "insert into orgs (id, key, kind, level, area, parent, name_zh, name_en)
         select id, key, kind, level, area, parent, name_zh, name_en
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::uuid[],
                     $7::text[], $8::text[])
           as t (id, key, kind, level, area, parent, name_zh, name_en)",
    )
    .bind(new.iter().map(|o| o.id.0).collect::<Vec<_>>())
    .bind(new.iter().map(|o| o.key.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|o| o.kind.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|o| o.level.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|o| o.area).collect::<Vec<_>>())
    .bind(
        new.iter()
            .map(|o| o.parent.map(|p| p.0))
            .collect::<Vec<_>>(),
    )
    .bind(new.iter().map(|o| o.name_zh.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|o| o.name_en.as_str()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores people in one statement.
///
/// # Errors
/// When an id is there already or a unit is not.
pub async fn insert_people(conn: &mut PgConnection, new: &[NewPerson], now: Moment) -> Result<()> {
    sqlx::query(
        "insert into people (id, name, org, created_at)
         select id, name, org, $4 from unnest($1::uuid[], $2::text[], $3::uuid[]) as t (id, name, org)",
    )
    .bind(new.iter().map(|p| p.id.0).collect::<Vec<_>>())
    .bind(new.iter().map(|p| p.name.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|p| p.org.map(|o| o.0)).collect::<Vec<_>>())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores appointments in one statement; the rules are [`crate::desk::appoint`]'s.
pub(crate) async fn insert_appointments(
    conn: &mut PgConnection,
    new: &[NewAppointment],
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into appointments (id, person, role, area, org, grid, valid_from, valid_to, kind, made_by, made_at)
         select id, person, role, area, org, grid, valid_from, valid_to, kind, made_by, $11
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::uuid[],
                     $7::timestamptz[], $8::timestamptz[], $9::text[], $10::uuid[])
           as t (id, person, role, area, org, grid, valid_from, valid_to, kind, made_by)",
    )
    .bind(new.iter().map(|a| a.id).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.person.0).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.role.word()).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.area).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.org.map(|o| o.0)).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.grid.map(|g| g.0)).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.from).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.to).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.kind.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.by.map(|p| p.0)).collect::<Vec<_>>())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks these people's rows until the transaction ends, so that two appointments of one person
/// are made one after the other.
pub(crate) async fn lock_people(conn: &mut PgConnection, people: &[PersonId]) -> Result<()> {
    let ids: Vec<_> = people.iter().map(|p| p.0).collect();
    sqlx::query("select id from people where id = any($1) order by id for update")
        .bind(ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// Roles these people hold at `now` or will hold later.
pub(crate) async fn roles_held(
    conn: &mut PgConnection,
    people: &[PersonId],
    now: Moment,
) -> Result<Vec<(PersonId, Role)>> {
    let ids: Vec<_> = people.iter().map(|p| p.0).collect();
    Ok(sqlx::query_as(
        "select distinct person, role from appointments
         where person = any($1) and (valid_to is null or valid_to > $2)",
    )
    .bind(ids)
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// Ends an appointment at `now`; answers whose it was, `None` when there is none in force.
pub(crate) async fn end_appointment(
    conn: &mut PgConnection,
    id: uuid::Uuid,
    now: Moment,
) -> Result<Option<PersonId>> {
    Ok(sqlx::query_scalar(
        "update appointments set valid_to = $2
         where id = $1 and valid_from < $2 and (valid_to is null or valid_to > $2) returning person",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(conn)
    .await?)
}

/// Who works in a unit at `now`, in order of role and name.
///
/// # Errors
/// When the database fails.
pub async fn people_of(conn: &mut PgConnection, org: OrgId, now: Moment) -> Result<Vec<Colleague>> {
    let rows: Vec<(PersonId, String, Role)> = sqlx::query_as(
        "select distinct p.id, p.name, a.role from appointments a join people p on p.id = a.person
         where a.org = $1 and a.valid_from <= $2 and (a.valid_to is null or a.valid_to > $2)
         order by a.role, p.name, p.id",
    )
    .bind(org)
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, name, role)| Colleague { id, name, role })
        .collect())
}

/// Whether the person holds a seat in the unit at `now`.
///
/// # Errors
/// When the database fails.
pub async fn works_in(
    conn: &mut PgConnection,
    person: PersonId,
    org: OrgId,
    now: Moment,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from appointments where person = $1 and org = $2
           and valid_from <= $3 and (valid_to is null or valid_to > $3))",
    )
    .bind(person)
    .bind(org)
    .bind(now)
    .fetch_one(conn)
    .await?)
}

/// The names of these people.
///
/// # Errors
/// When the database fails.
pub async fn names_of(
    conn: &mut PgConnection,
    people: &[PersonId],
) -> Result<Vec<(PersonId, String)>> {
    let ids: Vec<_> = people.iter().map(|p| p.0).collect();
    Ok(
        sqlx::query_as("select id, name from people where id = any($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?,
    )
}

/// An appointment to a grid.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Held {
    /// Which.
    pub id: uuid::Uuid,
    /// The grid.
    pub grid: GridId,
}

/// Appointments to these grids that are in force at `now` or will be.
pub(crate) async fn held_in(
    conn: &mut PgConnection,
    grids: &[GridId],
    now: Moment,
) -> Result<Vec<Held>> {
    let ids: Vec<_> = grids.iter().map(|g| g.0).collect();
    Ok(sqlx::query_as(
        "select id, grid from appointments
         where grid = any($1) and (valid_to is null or valid_to > $2) order by id",
    )
    .bind(ids)
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// Ends an appointment to a grid at `now` and makes the like to each grid of `to` where the person has
/// none yet. One that has not begun is made anew altogether.
pub(crate) async fn leave_grid(
    conn: &mut PgConnection,
    id: uuid::Uuid,
    to: &[GridId],
    now: Moment,
) -> Result<()> {
    let grids: Vec<_> = to.iter().map(|g| g.0).collect();
    let fresh: Vec<_> = to.iter().map(|_| uuid::Uuid::now_v7()).collect();
    sqlx::query(
        "insert into appointments (id, person, role, area, org, grid, valid_from, valid_to)
         select t.id, a.person, a.role, a.area, a.org, t.grid, greatest(a.valid_from, $4), a.valid_to
         from appointments a, unnest($2::uuid[], $3::uuid[]) as t (id, grid)
         where a.id = $1 and not exists (
           select from appointments b
           where b.person = a.person and b.role = a.role and b.grid = t.grid
             and (b.valid_to is null or b.valid_to > $4))",
    )
    .bind(id)
    .bind(fresh)
    .bind(grids)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    sqlx::query("update appointments set valid_to = $2 where id = $1 and valid_from < $2")
        .bind(id)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query("delete from appointments where id = $1 and valid_from >= $2")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}
