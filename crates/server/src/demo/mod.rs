//! The demo: a schematic city with a year behind it, in an empty folder.

mod accounts;
mod beside;
pub(crate) mod city;
mod drafts;
pub mod history;
mod matters;
mod people;
pub mod scenes;
pub(crate) mod staff;
mod taking_part;

use std::time::Instant;

use anyhow::Context;
use kernel::migrate;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row};

use crate::boot::{City, told};
use crate::home::{self, Home};
use crate::serve::Door;
use crate::settings::Settings;

pub use accounts::{API_KEY, PASSWORD, json as accounts_json};

/// Cases of the year.
pub const CASES: usize = 20_000;
/// Days of history before the day of the start.
const DAYS: i64 = 366;

/// How large the demo is, and which.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Cases of the year.
    pub cases: usize,
    /// Seed of net and history.
    pub seed: u64,
}

/// `gridwork demo`: fills an empty database, then serves until told to stop.
///
/// # Errors
/// When the address is taken, PostgreSQL cannot be started, or the city cannot be made.
pub async fn run(settings: &Settings, size: Size) -> anyhow::Result<()> {
    let door = Door::open(&settings.listen).await?;
    let started = Instant::now();
    let mut say = |line: &str| eprintln!("» [{:>5.1} s] {line}", started.elapsed().as_secs_f64());
    let home = Home::open(settings, &mut say).await?;
    let owner = home.owner_url.clone().unwrap_or_else(|| home.url.clone());
    let schema = settings.schema();
    let mut conn = connect(&owner, &schema).await?;
    if !finished(&mut conn).await? {
        begin_anew(&mut conn, &owner, &schema, &mut say).await?;
        fill(settings, &mut conn, &home.url, size, &mut say).await?;
    }
    conn.close().await?;
    say("opening the city 打开城市");
    let city = City::open(settings, &home.url).await?;
    home::run(settings, door, home, city, |address| {
        say("ready 就绪");
        welcome(address);
    })
    .await
}

fn welcome(address: &str) {
    println!("ready {address}");
    println!();
    println!("  居民端 citizen   {address}/");
    println!("  坐席   desk      {address}/desk");
    println!("  网格通 field     {address}/field");
    println!("  接口   API       {address}/api/docs  ·  Open311 {address}/open311/discovery.json");
    println!();
    print!("{}", accounts::table());
    println!();
    println!("Ctrl-C 停止 stops everything.");
}

/// A connection of the owner in the city's schema.
async fn connect(url: &str, schema: &str) -> anyhow::Result<PgConnection> {
    let options: PgConnectOptions = url.parse()?;
    let path = format!("{schema},public");
    let options = options.options([("search_path", path.as_str()), ("timezone", "UTC")]);
    options.connect().await.context("the database")
}

/// Whether an earlier start made the whole demo.
async fn finished(conn: &mut PgConnection) -> anyhow::Result<bool> {
    let row = sqlx::query("select exists (select from settings where key = 'demo_finished')")
        .fetch_one(conn)
        .await?;
    Ok(row.try_get(0)?)
}

/// What a start that was broken off left behind is taken away: nobody was let in before it was whole.
async fn begin_anew(
    conn: &mut PgConnection,
    owner: &str,
    schema: &str,
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    let row = sqlx::query("select exists (select from settings where key = 'demo_begun')")
        .fetch_one(&mut *conn)
        .await?;
    if row.try_get(0)? {
        say("an earlier start was broken off: beginning anew 上次未完成，重新开始");
        let drop = format!("drop schema {schema} cascade");
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&mut *conn)
            .await?;
        migrate::migrate(owner, schema).await.map_err(told)?;
    } else {
        let any: bool = sqlx::query_scalar("select exists (select from divisions)")
            .fetch_one(&mut *conn)
            .await?;
        anyhow::ensure!(!any, "{schema} holds a city already, and it is no demo");
    }
    mark(conn, "demo_begun").await
}

async fn mark(conn: &mut PgConnection, key: &str) -> anyhow::Result<()> {
    sqlx::query(
        "insert into settings (key, value) values ($1, 'true') on conflict (key) do nothing",
    )
    .bind(key)
    .execute(conn)
    .await?;
    Ok(())
}

async fn fill(
    settings: &Settings,
    conn: &mut PgConnection,
    url: &str,
    size: Size,
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    let now = kernel::Clock::default().now();
    let since = now.plus_s(-(DAYS + 30) * 86_400);
    let mut tx = conn.begin().await?;
    say("drawing the schematic net 绘制示意网格");
    let grids = city::lay(&mut tx, size.seed, since).await?;
    say("founding units, keeping matters and routes 建立单位、事项与路由");
    let units = staff::found(&mut tx).await?;
    say("appointing people 任命人员");
    let people = staff::appoint(&mut tx, &units, &grids, since).await?;
    exchange::store::add_key(&mut tx, "demo", accounts::API_KEY)
        .await
        .map_err(told)?;
    if size.cases > 0 {
        // Before the first case of the year, so that every case lies in the net it was reported in.
        drafts::in_force(&mut tx, since.plus_s(20 * 86_400)).await?;
    }
    tx.commit().await?;
    say(&format!(
        "{} grids, {} units, {people} people",
        grids.len(),
        units.len()
    ));
    let city = City::open(settings, url).await?;
    say("placing premises, facilities and unit grids 布设单位、部件与单元网格");
    let (elements, units) = beside::lay(&city, size.seed, since).await?;
    say(&format!("{elements} elements, {units} unit grids"));
    let done = play(&city, now, size, say).await;
    city.app.db.close().await;
    done?;
    if size.cases > 0 {
        let mut tx = conn.begin().await?;
        drafts::waiting(&mut tx, now).await?;
        tx.commit().await?;
    }
    sqlx::query("analyze").execute(&mut *conn).await?;
    mark(conn, "demo_finished").await
}

/// Plays the year; none is asked for by those who fill the city themselves.
async fn play(
    city: &City,
    now: kernel::Moment,
    size: Size,
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    if size.cases == 0 {
        return Ok(());
    }
    let played = history::write(
        &city.cases,
        &city.media.files,
        now,
        size.cases,
        size.seed,
        say,
    )
    .await?;
    say("matters: drafts, admissions and the burden of the year 事项：草案、准入与负担");
    matters::write(city, now).await?;
    say(&format!(
        "{} cases, {} events, {} pictures 一年案件已生成",
        played.cases, played.events, played.pictures
    ));
    people::enliven(city, now).await?;
    taking_part::enliven(city, now).await?;
    say("people numbered, away and standing in 人员、请假与代班已生成");
    Ok(())
}
