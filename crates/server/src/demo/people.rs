//! Life among the demo's people: numbers, contacts, sections, leave with stand-ins, vacant and double posts.

use anyhow::anyhow;
use divisions::Level;
use kernel::{Moment, OrgId, PersonId};
use sqlx::PgConnection;
use staff::OrgKind;
use staff::store::people::{Kept, keep};
use staff::store::units::{self, Kept as Unit};

use crate::boot::{City, told};

const DAY_S: i64 = 86_400;

/// Fills in what a city of some years has beside its seats.
///
/// # Errors
/// When the database fails.
pub async fn enliven(city: &City, now: Moment) -> anyhow::Result<()> {
    let mut tx = city.app.db.begin().await?;
    number_people(city, &mut tx, now).await?;
    give_contacts(&mut tx, now).await?;
    found_sections(&mut tx, now).await?;
    vary_service(&mut tx, now).await?;
    send_on_leave(&mut tx, now).await?;
    tx.commit().await?;
    city.staff
        .directory
        .reload(&city.app.db)
        .await
        .map_err(told)?;
    Ok(())
}

/// Staff numbers by rule, and telephone numbers of a range given to nobody.
async fn number_people(city: &City, conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    let people: Vec<(PersonId, String, Option<OrgId>)> =
        sqlx::query_as("select id, name, org from people order by id")
            .fetch_all(&mut *conn)
            .await?;
    let mut kept = Vec::with_capacity(people.len());
    for (n, (id, name, org)) in (1..).zip(people) {
        let phone = format!("100{n:08}");
        kept.push(Kept {
            id,
            staff_no: Some(format!("D{n:05}")),
            name,
            org,
            phone: staff::desk::phone(&city.app, &phone).map_err(told)?,
        });
    }
    for chunk in kept.chunks(3_000) {
        keep(conn, chunk, now).await.map_err(told)?;
    }
    Ok(())
}

/// Offices' numbers and hours; centres and police are there day and night.
async fn give_contacts(conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    sqlx::query(
        "update orgs o set phone = '0519-00' || lpad((r.n % 1000000)::text, 6, '0'),
            address = coalesce((select d.name from divisions d where d.code = o.area), '') || '（示意）',
            duty_hours = case when o.kind = 'centre' or o.key like '%police%' or o.key like '%fire%'
                then '1-7 00:00-24:00' when o.level = 'village' then '1-5 08:30-17:30; 6 09:00-12:00'
                else '1-5 09:00-12:00,13:30-17:30' end,
            updated_at = $1
         from (select id, row_number() over (order by area, key) as n from orgs) r where r.id = o.id",
    )
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Sections inside the departments of the first district.
async fn found_sections(conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    let above: Vec<(OrgId, i64, String, String)> = sqlx::query_as(
        "select id, area, name_zh, name_en from orgs where kind = 'department' and level = 'county'
           and area = (select min(area) from orgs where level = 'county') order by key limit 6",
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut sections = Vec::new();
    for (parent, area, zh, en) in above {
        for (n, (name_zh, name_en)) in (1..).zip([
            ("办公室", "General Office"),
            ("业务科", "Operations Section"),
        ]) {
            let id = OrgId::fresh();
            sections.push(Unit {
                id,
                key: format!("section-{}", id.0.simple()),
                kind: OrgKind::Section,
                level: Level::of(area),
                area,
                parent: Some(parent),
                name_zh: format!("{zh}{name_zh}"),
                name_en: format!("{name_en}, {en}"),
                phone: format!("0519-000000{n:02}"),
                address: String::new(),
                duty_hours: "1-5 09:00-12:00,13:30-17:30".to_owned(),
            });
        }
    }
    units::keep(conn, &sections, now).await.map_err(told)
}

/// Some workers are part-time (`grid.2` is), some grids have lost theirs, some have two. The first communities
/// of each town, where the stories play, stay whole.
async fn vary_service(conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    const OTHERS: &str = "worker as (select a.id, a.person, a.org, a.grid, g.community,
            row_number() over (order by g.code, a.id) as n
        from appointments a join grids g on g.id = a.grid
        where a.role = 'grid_worker' and a.valid_to is null and g.community % 1000 > 2)";
    let run = |sql: &str| sqlx::AssertSqlSafe(format!("with {OTHERS} {sql}"));
    sqlx::query(run(
        "update appointments set kind = 'part_time' where id in (select id from worker where n % 5 = 0)",
    ))
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "update appointments set kind = 'part_time'
         where role = 'grid_worker' and person = (select person from accounts where login = 'grid.2')",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(run(
        "update appointments set valid_to = $1, end_reason = '任期届满'
         where id in (select id from worker where n % 41 = 7)",
    ))
    .bind(now.plus_s(-20 * DAY_S))
    .execute(&mut *conn)
    .await?;
    // A neighbour helps out in the grid as a second full-time worker.
    sqlx::query(run(
        "insert into appointments (id, person, role, org, grid, valid_from, kind, made_at)
         select gen_random_uuid(), w.person, 'grid_worker', w.org, v.grid, $1, 'full_time', $1
         from worker w join worker v on v.n = w.n + 1 and v.community = w.community
         where w.n % 97 = 11",
    ))
    .bind(now.plus_s(-40 * DAY_S))
    .execute(&mut *conn)
    .await?;
    // A community between two chiefs.
    sqlx::query(
        "update appointments set valid_to = $1, end_reason = '轮岗' where role = 'grid_chief'
           and valid_to is null and area % 1000 > 2 and area in
             (select area from (select area, row_number() over (order by area) as n from appointments
                where role = 'grid_chief') c where c.n % 53 = 19)",
    )
    .bind(now.plus_s(-9 * DAY_S))
    .execute(conn)
    .await?;
    Ok(())
}

/// Leave running now, over and to come; most with a colleague of the same community standing in.
async fn send_on_leave(conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    let made_by: Option<PersonId> = sqlx::query_scalar(
        "select person from appointments where role = 'people_keeper' order by area, id limit 1",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let made_by = made_by.ok_or_else(|| anyhow!("the demo has no people keeper"))?;
    sqlx::query(
        "with worker as (select a.person, g.community, row_number() over (order by g.code, a.id) as n,
                lead(a.person) over (partition by g.community order by g.code, a.id) as neighbour
            from appointments a join grids g on g.id = a.grid
            where a.role = 'grid_worker' and (a.valid_to is null or a.valid_to > $2) and g.community % 1000 > 2)
         insert into leaves (id, person, stand_in, kind, valid_from, valid_to, made_by, made_at)
         select gen_random_uuid(), person, case when n % 4 = 1 then null else neighbour end,
                (array['annual', 'sick', 'training', 'family'])[1 + n % 4],
                $2::timestamptz + make_interval(days => (case n % 3 when 0 then -2 when 1 then -30 else 5 end)::int),
                $2::timestamptz + make_interval(days => (case n % 3 when 0 then 4 when 1 then -25 else 9 end)::int),
                $1, $2::timestamptz - interval '35 days'
         from worker where n % 23 = 3 and neighbour is distinct from person",
    )
    .bind(made_by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
