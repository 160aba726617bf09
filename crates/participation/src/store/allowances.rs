//! Statements about rates, monthly sheets, their lines and objections; what was done is read from the events
//! of cases and this crate's own tables.

use kernel::{Moment, PersonId, Result, Scope};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{once, rows, within};

/// What one piece of work is paid.
#[derive(Debug, Clone, FromRow)]
pub struct Rate {
    /// Its code.
    pub code: String,
    /// What is counted.
    pub counted: String,
    /// Cents of one piece.
    pub cents: i32,
    /// Pieces paid a month.
    pub most: Option<i32>,
}

/// Rates in force at `at`.
pub(crate) async fn rates_at(conn: &mut PgConnection, at: Moment) -> Result<Vec<Rate>> {
    Ok(sqlx::query_as(
        "select code, counted, cents, most from allowance_rates
         where valid_from <= $1 and (valid_to is null or valid_to > $1) order by code",
    )
    .bind(at)
    .fetch_all(conn)
    .await?)
}

/// Every rate as shown.
pub(crate) async fn rates(conn: &mut PgConnection) -> Result<Vec<Value>> {
    Ok(rows(
        "select code, name_zh, name_en, counted, cents, most, valid_from, valid_to from allowance_rates
         order by code",
    )
    .fetch_all(conn)
    .await?)
}

/// What somebody did in a month: how much, and the numbers or days that show it.
pub(crate) type Done = (PersonId, f64, Value);

/// Part-time workers of grids in an area at any time of the month ($1, $2 exclusive; area $3 to $4).
const WORKERS: &str =
    "worker as (select distinct a.person from appointments a join grids g on g.id = a.grid
    where a.role = 'grid_worker' and a.kind = 'part_time' and g.community between $3 and $4
      and a.valid_from < $2 and (a.valid_to is null or a.valid_to > $1))";

/// Cases handled by a worker and then passed by a verifier, or confirmed by the reporter, within the month.
///
/// The last handling before the check counts, at its first check: a confirmation after it passed does not
/// count again. What a worker reported themself is not counted: nobody is paid
/// for reporting.
const HANDLED: &str = "select w.person, count(*)::float8,
        jsonb_agg(c.number order by c.number)
    from case_events p
    join lateral (select h.person from case_events h where h.case_id = p.case_id and h.version < p.version
        and h.kind in ('handled', 'self_handled') order by h.version desc limit 1) h on true
    join worker w on w.person = h.person
    join cases c on c.id = p.case_id
    where p.kind in ('passed', 'confirmed') and p.at >= $1 and p.at < $2
      and not exists (select from case_events e where e.case_id = p.case_id and e.version < p.version
          and e.kind in ('passed', 'confirmed')
          and e.version > coalesce((select max(f.version) from case_events f where f.case_id = p.case_id
              and f.version < p.version and f.kind in ('failed', 'objected', 'reopened')), 0))
      and not exists (select from case_events r where r.case_id = p.case_id and r.kind = 'reported' and r.person = h.person)
    group by w.person";

/// Sub-tasks done in cases that were passed within the month.
const SUB_TASKS: &str = "select w.person, count(distinct c.id)::float8, jsonb_agg(distinct c.number)
    from case_events s join worker w on w.person = s.person join cases c on c.id = s.case_id
    where s.kind = 'sub_task_done' and exists (select from case_events p where p.case_id = s.case_id
        and p.kind in ('passed', 'confirmed') and p.version > s.version and p.at >= $1 and p.at < $2)
    group by w.person";

/// Visits and office hours held, confirmed by another.
const VISITS: &str =
    "select w.person, count(*)::float8, jsonb_agg(h.begins_at order by h.begins_at)
    from liaison_hours h join worker w on w.person = h.person
    where h.held_at is not null and h.begins_at >= $1 and h.begins_at < $2 group by w.person";

/// Hours of training, written down by another.
const TRAINING: &str = "select w.person, sum(t.hours)::float8, jsonb_agg(t.held_on order by t.held_on)
    from trainings t join worker w on w.person = t.person
    where t.held_on >= ($1 at time zone $5)::date and t.held_on < ($2 at time zone $5)::date group by w.person";

/// What part-time workers of the area did of one kind between `from` and `to`.
pub(crate) async fn done(
    conn: &mut PgConnection,
    counted: &str,
    (from, to): (Moment, Moment),
    (first, last): (i64, i64),
    zone: &str,
) -> Result<Vec<Done>> {
    let sql = match counted {
        "handled_checked" => HANDLED,
        "sub_task_checked" => SUB_TASKS,
        "visit" => VISITS,
        _ => TRAINING,
    };
    // The zone is bound in all, so that all are asked alike.
    let sql = format!("with {WORKERS}, zone as (select $5::text) {sql}");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(from)
        .bind(to)
        .bind(first)
        .bind(last)
        .bind(zone)
        .fetch_all(conn)
        .await?)
}

/// A sheet as stored.
#[derive(Debug, Clone, FromRow)]
pub struct Sheet {
    /// Which.
    pub id: Uuid,
    /// For whose workers.
    pub area: i64,
    /// `2026-03-01`.
    pub month: String,
    /// `computed`, `proposed` or `approved`.
    pub state: String,
    /// Who computed it.
    pub computed_by: PersonId,
    /// Who proposed it.
    pub proposed_by: Option<PersonId>,
}

const SHEET: &str =
    "select id, area, month::text as month, state, computed_by, proposed_by from allowance_sheets";

/// A sheet, its row held.
pub(crate) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Sheet>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SHEET} where id = $1 for update"
    )))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// The sheet of an area and month, its row held.
pub(crate) async fn lock_of(
    conn: &mut PgConnection,
    area: i64,
    month: &str,
) -> Result<Option<Sheet>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SHEET} where area = $1 and month = $2::date for update"
    )))
    .bind(area)
    .bind(month)
    .fetch_optional(conn)
    .await?)
}

/// Begins a sheet, or begins it anew.
pub(crate) async fn begin(
    conn: &mut PgConnection,
    id: Uuid,
    area: i64,
    month: &str,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into allowance_sheets (id, area, month, state, computed_by, computed_at)
         values ($1, $2, $3::date, 'computed', $4, $5)
         on conflict (id) do update set computed_by = excluded.computed_by, computed_at = excluded.computed_at",
    )
    .bind(id)
    .bind(area)
    .bind(month)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// A line to be stored.
#[derive(Debug)]
pub(crate) struct NewLine {
    pub person: PersonId,
    pub rate: String,
    pub pieces: f64,
    pub paid: f64,
    pub cents: i32,
    pub evidence: Value,
}

/// Puts what was counted in the place of the lines of a sheet. A line somebody has objected to stays, with
/// nothing on it when nothing is counted any more; what was granted by an answer stays granted.
pub(crate) async fn put_lines(
    conn: &mut PgConnection,
    sheet: Uuid,
    lines: &[NewLine],
) -> Result<()> {
    let persons: Vec<Uuid> = lines.iter().map(|l| l.person.0).collect();
    let rates: Vec<&str> = lines.iter().map(|l| l.rate.as_str()).collect();
    let gone =
        "l.sheet = $1 and (l.person, l.rate) not in (select * from unnest($2::uuid[], $3::text[]))";
    let objected = "exists (select from allowance_objections o where o.line = l.id)";
    let granted = "exists (select from allowance_objections o where o.line = l.id and o.answered_at is not null)";
    for sql in [
        format!("delete from allowance_lines l where {gone} and not {objected}"),
        format!(
            "update allowance_lines l set pieces = 0, paid = 0, evidence = '[]' where {gone} and not {granted}"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(sheet)
            .bind(&persons)
            .bind(&rates)
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "insert into allowance_lines as l (id, sheet, person, rate, pieces, paid, cents, evidence)
         select id, $1, person, rate, pieces, paid, cents, evidence
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::float8[], $6::float8[], $7::int[], $8::jsonb[])
           as t (id, person, rate, pieces, paid, cents, evidence)
         on conflict (sheet, person, rate) do update set evidence = excluded.evidence,
           pieces = case when {granted} then greatest(l.paid, excluded.pieces) else excluded.pieces end,
           paid = case when {granted} then greatest(l.paid, excluded.paid) else excluded.paid end"
    )))
    .bind(sheet)
    .bind(lines.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(&persons)
    .bind(&rates)
    .bind(lines.iter().map(|l| l.pieces).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.paid).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.cents).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.evidence.clone()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// A sheet not yet approved, of an area where somebody worked for its month, with the rates by which nothing was
/// counted for the person.
#[derive(Debug, FromRow)]
pub(crate) struct LeftOff {
    pub id: Uuid,
    pub area: i64,
    /// The community the person worked in.
    pub community: i64,
    pub month: String,
    pub state: String,
    /// `{"code", "name_zh", "name_en"}` each.
    pub rates: Value,
}

/// Sheets not yet approved of the months somebody worked in, wherever they are of.
pub(crate) async fn left_off(conn: &mut PgConnection, person: PersonId) -> Result<Vec<LeftOff>> {
    Ok(sqlx::query_as(
        "select s.id, s.area, w.community, s.month::text as month, s.state,
            jsonb_agg(jsonb_build_object('code', r.code, 'name_zh', r.name_zh, 'name_en', r.name_en)
                order by r.code) as rates
         from allowance_sheets s
         join lateral (select distinct g.community from appointments a join grids g on g.id = a.grid
            where a.person = $1 and a.role = 'grid_worker' and a.kind = 'part_time' and a.valid_from < s.month + interval '1 month'
              and (a.valid_to is null or a.valid_to > s.month)) w on true
         join allowance_rates r on r.valid_from <= s.month and (r.valid_to is null or r.valid_to > s.month)
         where s.state <> 'approved'
           and not exists (select from allowance_lines l where l.sheet = s.id and l.person = $1 and l.rate = r.code)
         group by s.id, w.community order by s.month desc, s.id limit 1000",
    )
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// A line of a sheet on which nothing was counted for somebody, to object to.
pub(crate) async fn empty_line(
    conn: &mut PgConnection,
    sheet: Uuid,
    person: PersonId,
    rate: &str,
) -> Result<Uuid> {
    Ok(sqlx::query_scalar(
        "insert into allowance_lines (id, sheet, person, rate, pieces, paid, cents, evidence)
         select $1, $2, $3, code, 0, 0, cents, '[]' from allowance_rates where code = $4
         returning id",
    )
    .bind(Uuid::now_v7())
    .bind(sheet)
    .bind(person)
    .bind(rate)
    .fetch_one(conn)
    .await?)
}

/// Sheets of the scope, the newest month first.
pub(crate) async fn list(conn: &mut PgConnection, scope: &Scope) -> Result<Vec<Value>> {
    Ok(rows(&format!(
        "select s.id, s.area::text as area, s.month, s.state, s.computed_at, c.name as computed_by, p.name as proposed_by,
            s.proposed_at, a.name as approved_by, s.approved_at,
            (select count(distinct l.person) from allowance_lines l where l.sheet = s.id) as people,
            (select coalesce(sum(round(l.paid * l.cents)), 0)::bigint from allowance_lines l where l.sheet = s.id) as total_cents,
            (select count(*) from allowance_objections o join allowance_lines l on l.id = o.line
             where l.sheet = s.id and o.answered_at is null) as objections
         from allowance_sheets s join people c on c.id = s.computed_by
         left join people p on p.id = s.proposed_by left join people a on a.id = s.approved_by
         where {} order by s.month desc, s.area limit 200",
        within("s.area")
    ))
    .bind(scope.firsts())
    .bind(scope.lasts())
    .fetch_all(conn)
    .await?)
}

const LINE: &str = "select l.id, l.sheet, l.person as person_id, p.name as person, p.staff_no, l.rate, r.name_zh, r.name_en,
    r.counted, l.pieces, l.paid, l.cents, round(l.paid * l.cents)::bigint as total_cents, l.evidence,
    s.month, s.state, s.area::text as area,
    (select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'text', o.text, 'made_at', o.made_at, 'answer', o.answer,
        'answered_at', o.answered_at) order by o.made_at), '[]') from allowance_objections o where o.line = l.id) as objections
    from allowance_lines l join allowance_sheets s on s.id = l.sheet join people p on p.id = l.person
    join allowance_rates r on r.code = l.rate";

/// Lines of a sheet, by person.
pub(crate) async fn lines(conn: &mut PgConnection, sheet: Uuid) -> Result<Vec<Value>> {
    Ok(rows(&format!(
        "{LINE} where l.sheet = $1 order by p.name, p.id, l.rate"
    ))
    .bind(sheet)
    .fetch_all(conn)
    .await?)
}

/// Every line of a person, the newest month first.
pub(crate) async fn own(conn: &mut PgConnection, person: PersonId) -> Result<Vec<Value>> {
    Ok(rows(&format!(
        "{LINE} where l.person = $1 order by s.month desc, l.rate limit 500"
    ))
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// Proposes or approves.
pub(crate) async fn advance(
    conn: &mut PgConnection,
    id: Uuid,
    approved: bool,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    let sql = if approved {
        "update allowance_sheets set state = 'approved', approved_by = $2, approved_at = $3 where id = $1"
    } else {
        "update allowance_sheets set state = 'proposed', proposed_by = $2, proposed_at = $3 where id = $1"
    };
    sqlx::query(sql)
        .bind(id)
        .bind(by)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose line it is, its sheet, how many pieces.
pub(crate) async fn line(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(PersonId, Uuid, f64)>> {
    Ok(
        sqlx::query_as(
            "select person, sheet, pieces from allowance_lines where id = $1 for update",
        )
        .bind(id)
        .fetch_optional(conn)
        .await?,
    )
}

/// Stores an objection; the same id twice is once.
pub(crate) async fn object(
    conn: &mut PgConnection,
    id: Uuid,
    line: Uuid,
    text: &str,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    let done = sqlx::query(
        "insert into allowance_objections (id, line, text, made_by, made_at)
         values ($1, $2, $3, $4, $5) on conflict (id) do update set id = excluded.id
         where (allowance_objections.line, allowance_objections.text, allowance_objections.made_by)
            is not distinct from (excluded.line, excluded.text, excluded.made_by)",
    )
    .bind(id)
    .bind(line)
    .bind(text)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}

/// Whether the person has made this objection before.
pub(crate) async fn is_objected(
    conn: &mut PgConnection,
    id: Uuid,
    person: PersonId,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from allowance_objections where id = $1 and made_by = $2)",
    )
    .bind(id)
    .bind(person)
    .fetch_one(conn)
    .await?)
}

/// The line an objection is about, who made it, whether it is answered.
pub(crate) async fn objection(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(Uuid, PersonId, bool)>> {
    Ok(sqlx::query_as(
        "select line, made_by, answered_at is not null from allowance_objections where id = $1 for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Answers an objection, and changes what is paid where a number is given.
pub(crate) async fn answer(
    conn: &mut PgConnection,
    (id, line): (Uuid, Uuid),
    answer: &str,
    paid: Option<f64>,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "update allowance_objections set answer = $2, answered_by = $3, answered_at = $4 where id = $1",
    )
    .bind(id)
    .bind(answer)
    .bind(by)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    if let Some(paid) = paid {
        sqlx::query(
            "update allowance_lines set paid = $2, pieces = greatest(pieces, $2) where id = $1",
        )
        .bind(line)
        .bind(paid)
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Objections of a sheet that wait for an answer.
pub(crate) async fn open_objections(conn: &mut PgConnection, sheet: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select count(*) from allowance_objections o join allowance_lines l on l.id = o.line
         where l.sheet = $1 and o.answered_at is null",
    )
    .bind(sheet)
    .fetch_one(conn)
    .await?)
}
