//! Statements about visits and office hours, what was brought up, meetings with their decisions, and party
//! service points.

use kernel::{GridId, Moment, OrgId, PersonId, Result, Scope};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{once, rows, within};

/// The condition that a row lies in the areas ($1, $2) or grids ($3) of a scope.
fn reached(alias: &str) -> String {
    format!(
        "({} or {alias}.grid = any($3))",
        within(&format!("{alias}.area"))
    )
}

fn bound<'q>(sql: &str, scope: &Scope) -> super::Rows<'q> {
    rows(sql)
        .bind(scope.firsts())
        .bind(scope.lasts())
        .bind(scope.grids.iter().map(|g| g.0).collect::<Vec<_>>())
}

/// Visits and office hours within the scope, the newest first.
pub(crate) async fn hours(conn: &mut PgConnection, scope: &Scope) -> Result<Vec<Value>> {
    let sql = format!(
        "select h.id, h.kind, h.begins_at, h.ends_at, h.place, h.held_at, p.id as person_id, p.name as person,
            b.name as held_by, g.code as grid_code, g.name as grid, h.area::text as area
         from liaison_hours h join people p on p.id = h.person join grids g on g.id = h.grid
         left join people b on b.id = h.held_by
         where {} order by h.begins_at desc, h.id limit 300",
        reached("h")
    );
    Ok(bound(&sql, scope).fetch_all(conn).await?)
}

/// A visit or office hours to be stored.
#[derive(Debug)]
pub(crate) struct NewHours<'a> {
    pub id: Uuid,
    pub person: PersonId,
    pub grid: GridId,
    pub area: i64,
    pub kind: &'a str,
    pub begins_at: Moment,
    pub ends_at: Moment,
    pub place: &'a str,
    pub by: PersonId,
}

/// Stores hours; the same id twice is once.
pub(crate) async fn insert_hours(
    conn: &mut PgConnection,
    new: &NewHours<'_>,
    now: Moment,
) -> Result<()> {
    let done = sqlx::query(
        "insert into liaison_hours (id, person, grid, area, kind, begins_at, ends_at, place, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do update set id = excluded.id
         where (liaison_hours.person, liaison_hours.grid, liaison_hours.kind, liaison_hours.begins_at, liaison_hours.ends_at, liaison_hours.place)
            is not distinct from (excluded.person, excluded.grid, excluded.kind, excluded.begins_at, excluded.ends_at, excluded.place)",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(new.grid)
    .bind(new.area)
    .bind(new.kind)
    .bind(new.begins_at)
    .bind(new.ends_at)
    .bind(new.place)
    .bind(new.by)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}

/// Whose hours they are, in which grid and community, when they begin, whether they are confirmed.
pub(crate) async fn lock_hours(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(PersonId, GridId, i64, Moment, bool)>> {
    Ok(sqlx::query_as(
        "select person, grid, area, begins_at, held_at is not null from liaison_hours where id = $1 for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Confirms that hours were held.
pub(crate) async fn held(
    conn: &mut PgConnection,
    id: Uuid,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query("update liaison_hours set held_at = $2, held_by = $3 where id = $1")
        .bind(id)
        .bind(now)
        .bind(by)
        .execute(conn)
        .await?;
    Ok(())
}

/// What was brought up within the scope, what is open first.
pub(crate) async fn items(conn: &mut PgConnection, scope: &Scope) -> Result<Vec<Value>> {
    let sql = format!(
        "select i.id, i.text, i.state, i.raised_at, r.name as raised_by, i.answer, a.name as answered_by, i.answered_at,
            g.code as grid_code, g.name as grid, i.area::text as area,
            (select count(*) from meeting_items m where m.item = i.id) as meetings
         from liaison_items i join people r on r.id = i.raised_by join grids g on g.id = i.grid
         left join people a on a.id = i.answered_by
         where {} order by i.state = 'answered', i.raised_at desc, i.id limit 300",
        reached("i")
    );
    Ok(bound(&sql, scope).fetch_all(conn).await?)
}

/// Stores what was brought up; the same id twice is once.
pub(crate) async fn raise(
    conn: &mut PgConnection,
    id: Uuid,
    (grid, area): (GridId, i64),
    hours: Option<Uuid>,
    text: &str,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    let done = sqlx::query(
        "insert into liaison_items (id, grid, area, hours, text, raised_by, raised_at, state)
         values ($1, $2, $3, $4, $5, $6, $7, 'open') on conflict (id) do update set id = excluded.id
         where (liaison_items.grid, liaison_items.hours, liaison_items.text, liaison_items.raised_by)
            is not distinct from (excluded.grid, excluded.hours, excluded.text, excluded.raised_by)",
    )
    .bind(id)
    .bind(grid)
    .bind(area)
    .bind(hours)
    .bind(text)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}

/// Where an item lies and whether it is open.
pub(crate) async fn lock_item(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(GridId, i64, bool)>> {
    Ok(sqlx::query_as(
        "select grid, area, state = 'open' from liaison_items where id = $1 for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Answers an item.
pub(crate) async fn answer(
    conn: &mut PgConnection,
    id: Uuid,
    text: &str,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "update liaison_items set state = 'answered', answer = $2, answered_by = $3, answered_at = $4 where id = $1",
    )
    .bind(id)
    .bind(text)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

const MEETING: &str = "select m.id, m.title, m.held_on, m.place, m.state, m.area::text as area, c.name as convened_by,
    (select count(*) from meeting_items i where i.meeting = m.id) as items,
    (select count(*) from meeting_decisions d where d.meeting = m.id) as decisions,
    (select count(*) from meeting_decisions d where d.meeting = m.id and d.kind = 'task' and d.done_at is null) as open_tasks
    from meetings m join people c on c.id = m.convened_by";

/// Meetings within the areas of the scope, the newest first.
pub(crate) async fn meetings(conn: &mut PgConnection, scope: &Scope) -> Result<Vec<Value>> {
    let sql = format!(
        "{MEETING} where {} order by m.held_on desc limit 200",
        within("m.area")
    );
    Ok(rows(&sql)
        .bind(scope.firsts())
        .bind(scope.lasts())
        .fetch_all(conn)
        .await?)
}

/// One meeting with agenda, participants and decisions.
pub(crate) async fn meeting(conn: &mut PgConnection, id: Uuid) -> Result<Option<Value>> {
    let sql = format!(
        "select x.*,
            (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'text', i.text, 'state', i.state, 'grid', g.name)
                order by i.raised_at), '[]') from meeting_items n join liaison_items i on i.id = n.item
                join grids g on g.id = i.grid where n.meeting = x.id) as agenda,
            (select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name_zh', o.name_zh, 'name_en', o.name_en)
                order by o.name_zh), '[]') from meeting_orgs n join orgs o on o.id = n.org where n.meeting = x.id) as orgs,
            (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'text', d.text, 'kind', d.kind, 'due_on', d.due_on,
                'case_no', d.case_no, 'done_at', d.done_at, 'item', d.item,
                'org', (select jsonb_build_object('name_zh', o.name_zh, 'name_en', o.name_en) from orgs o where o.id = d.org))
                order by d.made_at), '[]') from meeting_decisions d where d.meeting = x.id) as resolved
         from ({MEETING} where m.id = $1) x"
    );
    Ok(rows(&sql).bind(id).fetch_optional(conn).await?)
}

/// A meeting's community and whether it is still called, not held; its row held.
pub(crate) async fn lock_meeting(conn: &mut PgConnection, id: Uuid) -> Result<Option<(i64, bool)>> {
    Ok(
        sqlx::query_as("select area, state = 'called' from meetings where id = $1 for update")
            .bind(id)
            .fetch_optional(conn)
            .await?,
    )
}

/// A meeting to be stored.
#[derive(Debug)]
pub(crate) struct NewMeeting<'a> {
    pub id: Uuid,
    pub area: i64,
    pub title: &'a str,
    pub held_on: Moment,
    pub place: &'a str,
    pub items: &'a [Uuid],
    pub orgs: &'a [OrgId],
    pub by: PersonId,
}

/// Stores a meeting with its agenda and who is called; the same id twice is once. Whether every item is an
/// open one of the area, and every unit is known.
pub(crate) async fn convene(
    conn: &mut PgConnection,
    new: &NewMeeting<'_>,
    range: (i64, i64),
    now: Moment,
) -> Result<(bool, bool)> {
    let there: bool = sqlx::query_scalar("select exists (select from meetings where id = $1)")
        .bind(new.id)
        .fetch_one(&mut *conn)
        .await?;
    let done = sqlx::query(
        "insert into meetings (id, area, title, held_on, place, state, convened_by, made_at)
         values ($1, $2, $3, $4, $5, 'called', $6, $7) on conflict (id) do update set id = excluded.id
         where (meetings.area, meetings.title, meetings.held_on, meetings.place, meetings.convened_by)
            is not distinct from (excluded.area, excluded.title, excluded.held_on, excluded.place, excluded.convened_by)",
    )
    .bind(new.id)
    .bind(new.area)
    .bind(new.title)
    .bind(new.held_on)
    .bind(new.place)
    .bind(new.by)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    once(&done)?;
    if there {
        return Ok((true, true));
    }
    let items = sqlx::query(
        "insert into meeting_items (meeting, item) select $1, id from liaison_items
         where id = any($2) and state = 'open' and area between $3 and $4",
    )
    .bind(new.id)
    .bind(new.items)
    .bind(range.0)
    .bind(range.1)
    .execute(&mut *conn)
    .await?;
    let orgs: Vec<Uuid> = new.orgs.iter().map(|o| o.0).collect();
    let called = sqlx::query(
        "insert into meeting_orgs (meeting, org) select $1, id from orgs where id = any($2)",
    )
    .bind(new.id)
    .bind(&orgs)
    .execute(conn)
    .await?;
    let all = |wanted: &[Uuid], done: u64| {
        let wanted: std::collections::BTreeSet<_> = wanted.iter().collect();
        u64::try_from(wanted.len()) == Ok(done)
    };
    Ok((
        all(new.items, items.rows_affected()),
        all(&orgs, called.rows_affected()),
    ))
}

/// Whether the item stands on the meeting's agenda.
pub(crate) async fn on_agenda(conn: &mut PgConnection, meeting: Uuid, item: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from meeting_items where meeting = $1 and item = $2)",
    )
    .bind(meeting)
    .bind(item)
    .fetch_one(conn)
    .await?)
}

/// A decision to be stored.
#[derive(Debug)]
pub(crate) struct NewDecision<'a> {
    pub id: Uuid,
    pub meeting: Uuid,
    pub item: Option<Uuid>,
    pub text: &'a str,
    pub kind: &'a str,
    pub org: Option<OrgId>,
    pub due_on: jiff::civil::Date,
    pub case_no: Option<&'a str>,
    pub by: PersonId,
}

/// Stores a decision; the same id twice is once.
pub(crate) async fn decide(
    conn: &mut PgConnection,
    new: &NewDecision<'_>,
    now: Moment,
) -> Result<()> {
    let done = sqlx::query(
        "insert into meeting_decisions (id, meeting, item, text, kind, org, due_on, case_no, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7::text::date, $8, $9, $10) on conflict (id) do update set id = excluded.id
         where (meeting_decisions.meeting, meeting_decisions.item, meeting_decisions.text, meeting_decisions.kind, meeting_decisions.org, meeting_decisions.due_on, meeting_decisions.case_no)
            is not distinct from (excluded.meeting, excluded.item, excluded.text, excluded.kind, excluded.org, excluded.due_on, excluded.case_no)",
    )
    .bind(new.id)
    .bind(new.meeting)
    .bind(new.item)
    .bind(new.text)
    .bind(new.kind)
    .bind(new.org)
    .bind(new.due_on.to_string())
    .bind(new.case_no)
    .bind(new.by)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}

/// Whether there is a case with this number in the area.
pub(crate) async fn case_there(
    conn: &mut PgConnection,
    number: &str,
    (first, last): (i64, i64),
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from cases where number = $1 and area between $2 and $3)",
    )
    .bind(number)
    .bind(first)
    .bind(last)
    .fetch_one(conn)
    .await?)
}

/// The meeting of a decision that is a task not yet done.
pub(crate) async fn lock_task(conn: &mut PgConnection, id: Uuid) -> Result<Option<(Uuid, bool)>> {
    Ok(sqlx::query_as(
        "select meeting, done_at is not null from meeting_decisions where id = $1 and kind = 'task' for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Notes that a task is done.
pub(crate) async fn task_done(
    conn: &mut PgConnection,
    id: Uuid,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query("update meeting_decisions set done_at = $2, done_by = $3 where id = $1")
        .bind(id)
        .bind(now)
        .bind(by)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that a meeting was held: items that led to a decision are answered by it.
pub(crate) async fn close(
    conn: &mut PgConnection,
    id: Uuid,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query("update meetings set state = 'held', closed_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "update liaison_items i set state = 'answered', answered_by = $2, answered_at = $3,
            answer = (select string_agg(d.text, '；' order by d.made_at) from meeting_decisions d
                      where d.meeting = $1 and d.item = i.id)
         where i.state = 'open' and exists (select from meeting_decisions d where d.meeting = $1 and d.item = i.id)",
    )
    .bind(id)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

const PLACE: &str = "select p.id, p.kind, p.name_zh, p.name_en, p.address, p.services, p.hours, p.phone, p.area::text as area,
    g.code as grid_code, g.name as grid, g.lon, g.lat, l.id as liaison_id, l.name as liaison
    from party_places p join grids g on g.id = p.grid left join people l on l.id = p.liaison where p.valid_to is null";

/// Branches and service points in an area, by community and name.
pub(crate) async fn places(
    conn: &mut PgConnection,
    (first, last): (i64, i64),
) -> Result<Vec<Value>> {
    Ok(rows(&format!(
        "{PLACE} and p.area between $1 and $2 order by p.area, p.name_zh limit 1000"
    ))
    .bind(first)
    .bind(last)
    .fetch_all(conn)
    .await?)
}

/// Service points residents may go to: no colleague's name.
pub(crate) async fn service_points(
    conn: &mut PgConnection,
    (first, last): (i64, i64),
) -> Result<Vec<Value>> {
    Ok(rows(
        "select p.id, p.name_zh, p.name_en, p.address, p.services, p.hours, p.phone, p.area::text as area, g.name as grid,
            g.lon, g.lat
         from party_places p join grids g on g.id = p.grid where p.valid_to is null and p.kind = 'service_point'
           and p.area between $1 and $2 order by p.area, p.name_zh limit 300",
    )
    .bind(first)
    .bind(last)
    .fetch_all(conn)
    .await?)
}

/// A place to be stored.
#[derive(Debug)]
pub(crate) struct NewPlace {
    pub id: Uuid,
    pub kind: String,
    pub name_zh: String,
    pub name_en: String,
    pub grid: GridId,
    pub area: i64,
    pub address: String,
    pub services: Vec<String>,
    pub hours: String,
    pub phone: String,
    pub liaison: Option<PersonId>,
    pub by: PersonId,
}

/// Stores a place or changes it.
pub(crate) async fn keep_place(conn: &mut PgConnection, new: &NewPlace, now: Moment) -> Result<()> {
    sqlx::query(
        "insert into party_places (id, kind, name_zh, name_en, grid, area, address, services, hours, phone, liaison, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (id) do update set kind = excluded.kind, name_zh = excluded.name_zh, name_en = excluded.name_en,
            grid = excluded.grid, area = excluded.area, address = excluded.address, services = excluded.services,
            hours = excluded.hours, phone = excluded.phone, liaison = excluded.liaison",
    )
    .bind(new.id)
    .bind(&new.kind)
    .bind(&new.name_zh)
    .bind(&new.name_en)
    .bind(new.grid)
    .bind(new.area)
    .bind(&new.address)
    .bind(&new.services)
    .bind(&new.hours)
    .bind(&new.phone)
    .bind(new.liaison)
    .bind(new.by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The community of a place in use.
pub(crate) async fn place_area(conn: &mut PgConnection, id: Uuid) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "select area from party_places where id = $1 and valid_to is null for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Takes a place out of use.
pub(crate) async fn close_place(conn: &mut PgConnection, id: Uuid, now: Moment) -> Result<()> {
    sqlx::query("update party_places set valid_to = $2 where id = $1")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}
