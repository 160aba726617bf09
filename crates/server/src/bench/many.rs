//! A million cases: the demo's year as the rules decided it, copied.
//!
//! A copy has an id, a number and a minute of its own; everything else (stage, clocks, units, words, search
//! document) is its original's. One in fifty is open: what a city takes in within a few days. Copies have no
//! events and no timer, for neither lists nor tiles read them.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::Bench;
use super::stand::Stand;
use crate::boot::told;
use crate::demo::history::write;
use crate::schematic;

/// Of how many cases one is open.
const OPEN_OF: usize = 50;
/// Where the serials of copies begin; those of original cases are less.
const SERIALS: i64 = 100_000;

/// A year of the demo's history.
///
/// # Errors
/// When the database fails.
pub async fn history(bench: &Bench, stand: &Stand) -> anyhow::Result<()> {
    let count = bench.size(6_000, 2_000);
    let now = kernel::Clock::default().now();
    let files = media::Files::open(&stand.settings.data.join("media"))
        .await
        .map_err(told)?;
    let mut say = |line: &str| bench.say(line);
    let state = &stand.city.cases;
    write(state, &files, now, count, schematic::SEED, &mut say).await?;
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
    let there: i64 = sqlx::query_scalar("select count(*) from cases")
        .fetch_one(&mut conn)
        .await?;
    plan(&mut conn, wanted - there, OPEN_OF, SERIALS).await?;
    let indexes = indexes(&mut conn).await?;
    for (name, _) in &indexes {
        sqlx::raw_sql(AssertSqlSafe(format!("drop index {name}")))
            .execute(&mut conn)
            .await?;
    }
    insert(&mut conn, &mut stand.conn().await?).await?;
    bench.say("building indexes");
    for (_, definition) in indexes {
        sqlx::raw_sql(AssertSqlSafe(definition))
            .execute(&mut conn)
            .await?;
    }
    settle(bench, &mut conn).await?;
    anyhow::ensure!(
        there > 0 && open(&mut conn).await? >= wanted / 100,
        "too few cases are open to copy"
    );
    Ok(())
}

/// How many open cases the map is to show.
pub fn on_the_map(bench: &Bench) -> usize {
    bench.size(100_000, 5_000)
}

/// Copies open cases until there are [`on_the_map`].
///
/// # Errors
/// When the database fails.
pub async fn copy_open(bench: &Bench, stand: &Stand) -> anyhow::Result<()> {
    let mut conn = stand.conn().await?;
    let wanted = i64::try_from(on_the_map(bench))?;
    bench.say(&format!("copying to {wanted} open cases"));
    let missing = (wanted - open(&mut conn).await?).max(0);
    plan(&mut conn, missing, 1, 5 * SERIALS).await?;
    insert(&mut conn, &mut stand.conn().await?).await?;
    settle(bench, &mut conn).await
}

async fn open(conn: &mut PgConnection) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from cases where open")
        .fetch_one(conn)
        .await?)
}

/// Decides which copies there will be: `count`, one of `open_of` of an open case.
async fn plan(
    conn: &mut PgConnection,
    count: i64,
    open_of: usize,
    serials: i64,
) -> anyhow::Result<()> {
    sqlx::raw_sql(TEMPLATES).execute(&mut *conn).await?;
    sqlx::query(COPIES)
        .bind(count)
        .bind(i64::try_from(open_of)?)
        .bind(serials)
        .execute(&mut *conn)
        .await?;
    sqlx::raw_sql("analyze bench_copies").execute(conn).await?;
    Ok(())
}

/// Writes the copies, half on each connection.
async fn insert(conn: &mut PgConnection, other: &mut PgConnection) -> anyhow::Result<()> {
    let columns = columns(&mut *conn).await?;
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let values: Vec<String> = columns.iter().map(|c| value(c)).collect();
    let insert = format!(
        "insert into cases ({}) select {} from bench_copies c join cases t on t.id = c.original
         where c.n % 2 = ",
        names.join(", "),
        values.join(", ")
    );
    tokio::try_join!(
        unchecked(conn, format!("{insert} 0; {WORDS}")),
        unchecked(other, format!("{insert} 1; {PARTIES}")),
    )?;
    Ok(())
}

/// Leaves the tables as a city's are: vacuumed, analysed, on disk.
async fn settle(bench: &Bench, conn: &mut PgConnection) -> anyhow::Result<()> {
    bench.say("vacuum and analyze");
    sqlx::raw_sql("drop table bench_copies")
        .execute(&mut *conn)
        .await?;
    for what in ["vacuum analyze", "checkpoint"] {
        sqlx::query(what).execute(&mut *conn).await?;
    }
    let row = sqlx::query(
        "select count(*), count(*) filter (where open), pg_total_relation_size('cases') / 1048576 from cases",
    )
    .fetch_one(conn)
    .await?;
    let (all, open, mb): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    bench.say(&format!(
        "{all} cases, {open} open, {mb} MB with their indexes"
    ));
    Ok(())
}

const TEMPLATES: &str = "
    create unlogged table if not exists bench_templates as
    select id, open, reported_at, row_number() over (partition by open order by id) - 1 as n
    from cases;
    analyze bench_templates";

const COPIES: &str = "
    create unlogged table bench_copies as
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(i || '/' || $3::bigint), 1, 19))::uuid as id,
        original, shift, i as n,
        day || '-' || ($3::bigint + row_number() over (partition by day order by at))::text as number
    from (
        select i, t.id as original, s.shift, t.reported_at + s.shift as at,
            to_char((t.reported_at + s.shift) at time zone 'Asia/Shanghai', 'YYMMDD') as day
        from generate_series(1, $1) i
        cross join (
            select count(*) filter (where open) as open, count(*) filter (where not open) as shut
            from bench_templates
        ) m
        cross join lateral (select (i * 7919 % 43200) * interval '-1 second' as shift) s
        join bench_templates t on t.open = (i % $2 = 0) and t.n = i / $2 % case when i % $2 = 0 then m.open else m.shut end
    ) g";

const WORDS: &str = "
    insert into case_words (id, case_id, text, answers, at)
    select c.id, c.id, w.text, w.answers, w.at + c.shift
    from bench_copies c join case_words w on w.id = c.original;";

const PARTIES: &str = "
    insert into case_parties (case_id, org, part, until_n)
    select c.id, p.org, p.part, p.until_n
    from bench_copies c join case_parties p on p.case_id = c.original;";

/// Runs statements without checking references: copies refer to what their originals refer to.
async fn unchecked(conn: &mut PgConnection, sql: String) -> anyhow::Result<()> {
    let sql =
        format!("set session_replication_role = replica; {sql}; reset session_replication_role");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

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
