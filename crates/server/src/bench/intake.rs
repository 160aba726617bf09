//! Durable reports per second through the door, and beside it what PostgreSQL alone can do.
//!
//! Sixteen call takers and colleagues of the demo, each on a kept connection, enter reports told by telephone
//! (`POST /api/cases`): the public route counts reports per address and would refuse the seventeenth hundred.
//! Every report has a matter that may be accepted by rule and a place, so it is located, accepted and
//! dispatched before it is answered. The ceiling is pgbench with `bench/intake.sql`: the same rows into tables
//! with the same indexes, foreign keys and checks. The two take turns, twice.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use kernel::Moment;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use tokio::process::Command;
use tokio::task::JoinSet;

use super::Bench;
use super::dice::Dice;
use super::stand::Stand;
use super::times::{Times, shown};
use super::wire::{Wire, beside};

/// Who enters reports; one connection each.
pub const LOGINS: [&str; 16] = [
    "hotline.1",
    "hotline.2",
    "hotline.3",
    "hotline.4",
    "call.1",
    "call.2",
    "accept.1",
    "accept.2",
    "accept.3",
    "dispatch.1",
    "dispatch.2",
    "dispatch.3",
    "shift.1",
    "shift.2",
    "city.call.1",
    "city.call.2",
];
/// The transaction of the ceiling.
const SCRIPT: &str = include_str!("../../../../bench/intake.sql");
/// Tables it writes, in the order they refer to each other.
const TABLES: [&str; 6] = [
    "commands",
    "cases",
    "case_words",
    "case_events",
    "case_reporters",
    "case_parties",
];
/// Values of as many real cases go into the ceiling's rows.
const VARIETY: i64 = 64;

/// What people said, with the matter it is about.
#[derive(Debug)]
pub struct Said {
    /// The words.
    pub text: String,
    /// The matter's code.
    pub matter: String,
}

/// What reports are made of.
#[derive(Debug)]
pub struct Sample {
    /// Words and matters that may be accepted by rule.
    pub said: Vec<Said>,
    /// Places in the city, degrees.
    pub places: Vec<(f64, f64)>,
}

impl Sample {
    /// Sentences of `data/labelled_reports.csv` whose matter is accepted and routed by rule; places about
    /// the basic grids.
    ///
    /// # Errors
    /// When the file has none.
    pub fn draw(stand: &Stand, dice: &mut Dice) -> anyhow::Result<Self> {
        let shelf = stand.city.matters.shelf.current();
        let net = stand.city.divisions.net.current();
        let mut said = Vec::new();
        for line in include_str!("../../../../data/labelled_reports.csv").lines() {
            let mut cells = line.split(',');
            let (Some(text), Some(code)) = (cells.next(), cells.next()) else {
                continue;
            };
            if shelf.matter(code).is_some_and(|m| m.certain) {
                said.push(Said {
                    text: text.to_owned(),
                    matter: code.to_owned(),
                });
            }
        }
        ensure!(
            !said.is_empty(),
            "no labelled report is of a certain matter"
        );
        let mut places = Vec::new();
        for grid in net.grids() {
            let (lon, lat) = (
                grid.lon + (dice.unit() - 0.5) * 0.002,
                grid.lat + (dice.unit() - 0.5) * 0.002,
            );
            let routed = |at: divisions::Located| {
                let guide = stand.city.cases.guide();
                let now = stand.city.app.clock.now();
                said.iter()
                    .all(|s| guide.way(&s.matter, at.community, now).is_some())
            };
            if net.locate(lon, lat).is_some_and(routed) {
                places.push((lon, lat));
            }
        }
        ensure!(!places.is_empty(), "no place is routed");
        Ok(Self { said, places })
    }

    /// A report as a call taker's page sends it.
    #[must_use]
    pub fn report(&self, dice: &mut Dice) -> String {
        let said = dice.one(&self.said);
        let (lon, lat) = *dice.one(&self.places);
        let phone = 13_900_000_000 + dice.below(99_999_999);
        json!({
            "id": uuid::Uuid::now_v7(), "text": said.text, "matter": said.matter, "lon": lon, "lat": lat,
            "place_text": null, "media": [], "source": "call", "external_number": null, "name": "演示来电人",
            "phone": phone.to_string(), "call_back": true, "hide_phone": false, "answers": {}, "self_handle": null,
        })
        .to_string()
    }
}

/// Measures.
///
/// # Errors
/// When a report is refused or not dispatched, or what was acknowledged is not all in the database.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let mut dice = Dice::new(0x1217A);
    let sample = Arc::new(Sample::draw(stand, &mut dice)?);
    let sessions = stand.sign_in(&LOGINS).await?;
    let address = stand.door.address;
    let seconds = bench.size(15, 3) as u64;
    let run = |seed, seconds| {
        let (sample, sessions) = (sample.clone(), sessions.clone());
        beside(reporting(address, sessions, sample, seed, seconds))
    };
    let mut conn = stand.conn().await?;
    let begun = kernel::Clock::default().now();
    bench.say("intake: warming up");
    let warm = run(1, seconds.min(4)).await?;
    sqlx::query("analyze").execute(&mut conn).await?;
    let ceiling = Ceiling::build(bench, stand, &mut conn, begun).await?;
    ceiling.run(2).await?;
    let (mut ours, mut theirs, mut times, mut all) =
        (Vec::new(), Vec::new(), Times::default(), warm.len());
    for turn in 0..2 {
        bench.say(&format!("intake: turn {} of 2, through the door", turn + 1));
        sqlx::query("checkpoint").execute(&mut conn).await?;
        let took = run(turn + 2, seconds).await?;
        ours.push(took.len() as f64 / seconds as f64);
        all += took.len();
        times.join(took);
        bench.say(&format!("intake: turn {} of 2, pgbench", turn + 1));
        sqlx::query("checkpoint").execute(&mut conn).await?;
        theirs.push(ceiling.run(seconds).await?);
    }
    verify(&mut conn, begun, all).await?;
    // What follows begins with no case at all.
    sqlx::raw_sql(
        "drop schema bench cascade;
         truncate cases, case_parties, case_events, case_words, case_reporters, case_media, case_ratings,
            precedents, commands",
    )
    .execute(&mut conn)
    .await?;
    report(bench, &ours, &theirs, &times, seconds);
    Ok(())
}

fn report(bench: &mut Bench, ours: &[f64], theirs: &[f64], times: &Times, seconds: u64) {
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
    let each = |rates: &[f64]| {
        let each: Vec<String> = rates.iter().map(|r| format!("{r:.0}")).collect();
        each.join(" and ")
    };
    let (own, ceiling) = (mean(ours), mean(theirs));
    let sizes = format!("16 kept connections, 2 × {seconds} s, in turns");
    bench.line(
        "intake",
        "reports entered by staff over HTTP: located, accepted and dispatched by rule, with history, clocks, outbox and search, on disk before the answer",
        &sizes,
        format!("{own:.0}/s ({})", each(ours)),
        "",
        None,
    );
    bench.line(
        "intake",
        "ceiling: pgbench, prepared, `bench/intake.sql`: the same rows, one statement per table, one transaction",
        &sizes,
        format!("{ceiling:.0}/s ({})", each(theirs)),
        "",
        None,
    );
    let ratio = own / ceiling;
    bench.line(
        "intake",
        "share of the ceiling",
        "",
        format!("{:.0} %", ratio * 100.0),
        "≥ 60 %",
        Some(ratio >= 0.6),
    );
    let p99 = times.ms(99.0);
    bench.line(
        "intake",
        "from sending a report to having its answer",
        &format!("{} reports at full load", times.len()),
        format!("p50 {} ms, p99 {} ms", shown(times.ms(50.0)), shown(p99)),
        "p99 < 50 ms",
        Some(p99 < 50.0),
    );
}

/// Every session reports on a connection of its own for `seconds`.
pub async fn reporting(
    address: SocketAddr,
    sessions: Vec<String>,
    sample: Arc<Sample>,
    seed: u64,
    seconds: u64,
) -> anyhow::Result<Times> {
    let mut clients = JoinSet::new();
    let end = Instant::now() + Duration::from_secs(seconds);
    for (n, session) in (0_u64..).zip(sessions) {
        let sample = sample.clone();
        clients.spawn(async move {
            let mut wire = Wire::open(address, &session).await?;
            let mut dice = Dice::new(seed * 1000 + n);
            let mut times = Times::default();
            while Instant::now() < end {
                let body = sample.report(&mut dice);
                let begun = Instant::now();
                let answer = wire.post("/api/cases", body.as_bytes()).await?;
                times.push(begun.elapsed());
                let text = answer.text();
                let sent = answer.status == 201 && text.contains("\"stage\":\"dispatched\"");
                ensure!(sent, "not dispatched: {} {text}", answer.status);
            }
            anyhow::Ok(times)
        });
    }
    let mut all = Times::default();
    while let Some(times) = clients.join_next().await {
        all.join(times??);
    }
    Ok(all)
}

/// What was acknowledged since `begun` is there, each report with everything it should have.
async fn verify(conn: &mut PgConnection, begun: Moment, acknowledged: usize) -> anyhow::Result<()> {
    let row = sqlx::query(
        "with fresh as materialized (
            select id from cases
            where reported_at >= $1 and stage = 'dispatched' and lead is not null and due_at is not null
        )
        select (select count(*) from fresh),
            (select count(*) from case_words where case_id in (select id from fresh)),
            (select count(*) from commands where case_id in (select id from fresh)),
            (select count(*) from case_reporters where case_id in (select id from fresh)),
            (select count(*) from case_parties where part = 'lead' and case_id in (select id from fresh)),
            (select count(*) from case_events where case_id in (select id from fresh))",
    )
    .bind(begun)
    .fetch_one(conn)
    .await?;
    let reports = i64::try_from(acknowledged)?;
    for (at, each) in [1, 1, 1, 1, 1, 3].into_iter().enumerate() {
        let there: i64 = row.try_get(at)?;
        ensure!(
            there == each * reports,
            "{reports} reports were acknowledged, but {there} rows are in table {at}"
        );
    }
    Ok(())
}

/// pgbench with its tables.
struct Ceiling {
    program: std::path::PathBuf,
    script: std::path::PathBuf,
    url: String,
    path: String,
    values: Vec<(&'static str, String)>,
}

impl Ceiling {
    /// Makes the tables like the city's, and takes values from cases that were just reported.
    async fn build(
        bench: &Bench,
        stand: &Stand,
        conn: &mut PgConnection,
        begun: Moment,
    ) -> anyhow::Result<Self> {
        let schema = stand.settings.schema();
        like_tables(conn, &schema).await?;
        let script = bench.folder.join("intake.sql");
        std::fs::write(&script, SCRIPT)?;
        let binaries = private_postgres::Binaries::find().context("no PostgreSQL was found")?;
        let program = binaries.folder.join("pgbench");
        ensure!(program.exists(), "{} is not there", program.display());
        Ok(Self {
            program,
            script,
            url: stand.owner.clone(),
            path: format!("-csearch_path=bench,{schema},public"),
            values: values(conn, begun).await?,
        })
    }

    /// Transactions per second over `seconds`.
    async fn run(&self, seconds: u64) -> anyhow::Result<f64> {
        let mut command = Command::new(&self.program);
        command
            .args(["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T"])
            .arg(seconds.to_string())
            .arg("-f")
            .arg(&self.script)
            .env("PGOPTIONS", &self.path)
            .current_dir(self.script.parent().unwrap_or(Path::new(".")))
            .stdin(Stdio::null());
        for (name, value) in &self.values {
            command.arg("-D").arg(format!("{name}={value}"));
        }
        let out = command.arg(&self.url).output().await.context("pgbench")?;
        let said = String::from_utf8_lossy(&out.stdout);
        ensure!(
            out.status.success() && said.contains("number of failed transactions: 0 "),
            "pgbench: {said}{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let tps = said.lines().find_map(|l| l.strip_prefix("tps = "));
        tps.and_then(|t| t.split(' ').next()?.parse().ok())
            .with_context(|| format!("pgbench said no rate: {said}"))
    }
}

/// Tables in the schema `bench` with the same columns, checks, indexes and foreign keys.
async fn like_tables(conn: &mut PgConnection, schema: &str) -> anyhow::Result<()> {
    sqlx::raw_sql(
        "drop schema if exists bench cascade; create schema bench; create sequence bench.numbers;",
    )
    .execute(&mut *conn)
    .await?;
    for table in TABLES {
        let sql = format!("create table bench.{table} (like {schema}.{table} including all)");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *conn)
            .await?;
    }
    let keys = sqlx::query(
        "select r.relname::text, pg_get_constraintdef(c.oid)
         from pg_constraint c join pg_class r on r.oid = c.conrelid
         where c.contype = 'f' and c.connamespace = current_schema()::regnamespace and r.relname = any($1)",
    )
    .bind(TABLES.as_slice())
    .fetch_all(&mut *conn)
    .await?;
    // The tables of the bench are found first, those it does not have in the city's schema.
    let mut sql = format!("set search_path = bench, {schema}, public;");
    for key in keys {
        let (table, definition): (String, String) = (key.try_get(0)?, key.try_get(1)?);
        sql.push_str(&format!("alter table bench.{table} add {definition};"));
    }
    sql.push_str(&format!("set search_path = {schema}, public;"));
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

/// The script's variables: ids and areas of several cases, everything else of the one of middle length.
async fn values(
    conn: &mut PgConnection,
    begun: Moment,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let row = sqlx::query(
        "with several as (
            select grid, area, lead from cases where reported_at >= $2 order by id limit $1
        ), middle as (
            select c.*, percent_rank() over (order by length(c.state::text)) as rank from cases c
            where c.reported_at >= $2
        ), one as (
            select * from middle where rank >= 0.5 order by rank limit 1
        )
        select
            (select array_agg(grid)::text from several) as grids,
            (select array_agg(area)::text from several) as areas,
            (select array_agg(lead)::text from several) as leads,
            one.matter, one.category, one.urgency, one.source, one.lon::text, one.lat::text, one.place_text,
            one.net::text, one.state::text as state, one.search::text as search,
            (select w.text from case_words w where w.case_id = one.id) as words,
            (select o.answer::text from commands o where o.case_id = one.id) as answer,
            (select e.body::text from case_events e where e.case_id = one.id and e.version = 1) as first,
            (select e.body::text from case_events e where e.case_id = one.id and e.version = 2) as second,
            (select e.body::text from case_events e where e.case_id = one.id and e.version = 3) as third,
            (select e.person::text from case_events e where e.case_id = one.id and e.version = 1) as person,
            (select e.org::text from case_events e where e.case_id = one.id and e.version = 1) as org,
            (select r.name_sealed::text from case_reporters r where r.case_id = one.id) as name,
            (select r.phone_sealed::text from case_reporters r where r.case_id = one.id) as phone
        from one",
    )
    .bind(VARIETY)
    .bind(begun)
    .fetch_one(conn)
    .await?;
    [
        "grids",
        "areas",
        "leads",
        "matter",
        "category",
        "urgency",
        "source",
        "lon",
        "lat",
        "place_text",
        "net",
        "state",
        "search",
        "words",
        "answer",
        "first",
        "second",
        "third",
        "person",
        "org",
        "name",
        "phone",
    ]
    .into_iter()
    .map(|name| {
        let value: Option<String> = row.try_get(name)?;
        Ok((
            name,
            value.with_context(|| format!("no {name} in a reported case"))?,
        ))
    })
    .collect()
}
