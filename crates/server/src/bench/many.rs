//! A million cases: the demo's year as the rules decided it, copied.
//!
//! A copy has an id, a number and a minute of its own; everything else (stage, clocks, units, words, search
//! document) is its original's. One in ten is open. Copies have no events and no timer, for neither lists nor
//! tiles read them.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::Bench;
use super::stand::Stand;
use crate::boot::told;
use crate::demo;
use crate::schematic;

/// Of how many cases one is open.
const OPEN_OF: usize = 10;

/// A year of the demo's history.
///
/// # Errors
/// When the database fails.
pub async fn history(bench: &Bench, stand: &Stand) -> anyhow::Result<()> {
    let count = bench.size(demo::CASES, 2_000);
    let now = kernel::Clock::default().now();
    let files = media::Files::open(&stand.settings.data.join("media"))
        .await
        .map_err(told)?;
    let mut say = |line: &str| bench.say(line);
    let state = &stand.city.cases;
    demo::history::write(state, &files, now, count, schematic::SEED, &mut say).await?;
    let mut conn = stand.conn().await?;
    sqlx::query("vacuum analyze").execute(&mut conn).await?;
    Ok(())
}

/// How many cases there are to be.
pub fn cases(bench: &Bench) -> usize {
    bench.size(1_000_000, 50_000)
}

/// Copies the cases there are until there are [`cases`].
///
/// # Errors
/// When the database fails.
pub async fn copy(bench: &Bench, stand: &Stand) -> anyhow::Result<()> {
    let mut conn = stand.conn().await?;
    let wanted = i64::try_from(cases(bench))?;
    bench.say(&format!("copying to {wanted} cases"));
    sqlx::raw_sql(TEMPLATES).execute(&mut conn).await?;
    let there: i64 = sqlx::query_scalar("select count(*) from cases")
        .fetch_one(&mut conn)
        .await?;
    sqlx::query(COPIES)
        .bind(wanted - there)
        .bind(i64::try_from(OPEN_OF)?)
        .execute(&mut conn)
        .await?;
    let indexes = indexes(&mut conn).await?;
    // The copies refer to what their originals refer to: nothing is left to be checked.
    sqlx::raw_sql("set session_replication_role = replica")
        .execute(&mut conn)
        .await?;
    for (name, _) in &indexes {
        sqlx::raw_sql(AssertSqlSafe(format!("drop index {name}")))
            .execute(&mut conn)
            .await?;
    }
    let columns = columns(&mut conn).await?;
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let values: Vec<String> = columns.iter().map(|c| value(c)).collect();
    let insert = format!(
        "insert into cases ({}) select {} from bench_copies c join cases t on t.id = c.original",
        names.join(", "),
        values.join(", ")
    );
    sqlx::raw_sql(AssertSqlSafe(insert))
        .execute(&mut conn)
        .await?;
    sqlx::raw_sql(BESIDE).execute(&mut conn).await?;
    bench.say("building indexes");
    for (_, definition) in indexes {
        sqlx::raw_sql(AssertSqlSafe(definition))
            .execute(&mut conn)
            .await?;
    }
    sqlx::raw_sql("drop table bench_copies; drop table bench_templates; set session_replication_role = default")
        .execute(&mut conn)
        .await?;
    bench.say("vacuum and analyze");
    for what in ["vacuum analyze", "checkpoint"] {
        sqlx::query(what).execute(&mut conn).await?;
    }
    let row = sqlx::query(
        "select count(*), count(*) filter (where open), pg_total_relation_size('cases') / 1048576 from cases",
    )
    .fetch_one(&mut conn)
    .await?;
    let (all, open, mb): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    bench.say(&format!(
        "{all} cases, {open} open, {mb} MB with their indexes"
    ));
    anyhow::ensure!(
        all == wanted && open * 20 > all,
        "too few cases are open to copy"
    );
    Ok(())
}

const TEMPLATES: &str = "
    create unlogged table bench_templates as
    select id, open, reported_at, row_number() over (partition by open order by id) - 1 as n,
        count(*) over (partition by open) as many
    from cases";

const COPIES: &str = "
    create unlogged table bench_copies as
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(i::text), 1, 19))::uuid as id,
        original, shift,
        day || '-' || (100000 + row_number() over (partition by day order by at))::text as number
    from (
        select i, t.id as original, s.shift, t.reported_at + s.shift as at,
            to_char((t.reported_at + s.shift) at time zone 'Asia/Shanghai', 'YYMMDD') as day
        from generate_series(1, $1) i
        cross join lateral (select (i * 7919 % 43200) * interval '-1 second' as shift) s
        join bench_templates t on t.open = (i % $2 = 0) and t.n = i / $2 % t.many
    ) g";

const BESIDE: &str = "
    insert into case_words (id, case_id, text, answers, at)
    select c.id, c.id, w.text, w.answers, w.at + c.shift
    from bench_copies c join case_words w on w.id = c.original;
    insert into case_parties (case_id, org, part, until_n)
    select c.id, p.org, p.part, p.until_n
    from bench_copies c join case_parties p on p.case_id = c.original;";

/// A column of a copy: `c` is the copy, `t` its original.
fn value(column: &str) -> String {
    match column {
        "id" | "number" => format!("c.{column}"),
        "external_number" | "wake_at" => "null".to_owned(),
        "state" => "t.state || jsonb_build_object('id', c.id, 'number', c.number)".to_owned(),
        "search" => "ts_delete(t.search, string_to_array(t.number, '-')) \
             || format('''%s'':1 ''%s'':2', split_part(c.number, '-', 1), split_part(c.number, '-', 2))::tsvector"
            .to_owned(),
        at if at.ends_with("_at") => format!("t.{at} + c.shift"),
        other => format!("t.{other}"),
    }
}

async fn columns(conn: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select attname::text from pg_attribute
         where attrelid = 'cases'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
         order by attnum",
    )
    .fetch_all(conn)
    .await?)
}

/// Indexes that are no constraints, with their definitions: built after the rows are there.
async fn indexes(conn: &mut PgConnection) -> anyhow::Result<Vec<(String, String)>> {
    Ok(sqlx::query_as(
        "select indexname::text, indexdef from pg_indexes
         where schemaname = current_schema() and tablename in ('cases', 'case_words', 'case_parties')
            and indexname not in (select conname from pg_constraint
                where connamespace = current_schema()::regnamespace)",
    )
    .fetch_all(conn)
    .await?)
}
