//! A migrated database of its own for each test, copied from one template.

use std::sync::Arc;

use jiff::tz::TimeZone;
use kernel::vault::Vault;
use kernel::{App, Clock, Named, app::City, migrate};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tokio::sync::Notify;

use crate::server;

/// The schema every test city lives in.
pub const SCHEMA: &str = "c320400";
/// The code of the test city.
pub const CITY_CODE: i64 = 320_400_000_000;

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct TestDb {
    /// Works as the app's role, in [`SCHEMA`]: cannot change what is written once.
    pub pool: PgPool,
    /// The address with which [`kernel::db::open`] gets such a pool.
    pub url: String,
    /// The address of the same database for its owner, who may do everything.
    pub owner_url: String,
    /// [`SCHEMA`].
    pub schema: &'static str,
    name: String,
    server: String,
}

/// A fresh database at the newest version, empty.
///
/// # Panics
/// When there is no server, or it does not let us create databases.
pub async fn database() -> TestDb {
    let server = tokio::task::spawn_blocking(server::address)
        .await
        .expect("the server starts");
    let template = template(&server).await;
    let name = format!("gw_test_{}", uuid::Uuid::now_v7().simple());
    let mut conn = connect(&server).await;
    // Copying waits for nobody and is refused while somebody is connected to the template.
    run(
        &mut conn,
        &format!("create database {name} template {template} strategy file_copy"),
    )
    .await;
    conn.close().await.expect("the server's connection closes");
    let owner_url = with_database(&server, &name);
    let mark = if owner_url.contains('?') { '&' } else { '?' };
    let url = format!("{owner_url}{mark}options[role]={}", migrate::APP_ROLE);
    let pool = kernel::db::open(&url, SCHEMA, 8)
        .await
        .expect("the test's database opens");
    TestDb {
        pool,
        url,
        owner_url,
        schema: SCHEMA,
        name,
        server,
    }
}

impl TestDb {
    /// What routes and jobs are given: this database, a clock of its own, a fixed key.
    #[must_use]
    pub fn app(&self) -> App {
        App {
            db: self.pool.clone(),
            clock: Clock::default(),
            city: Arc::new(City {
                code: CITY_CODE,
                schema: SCHEMA.to_owned(),
                name: Named {
                    name_zh: "常州市".to_owned(),
                    name_en: "Changzhou".to_owned(),
                },
                jurisdiction_id: "changzhou.example".to_owned(),
                schematic: true,
                zone: TimeZone::get("Asia/Shanghai").expect("the zone is bundled"),
                public_url: "http://127.0.0.1:8320".to_owned(),
            }),
            vault: Vault::new([7; 32]),
            committed: Arc::new(Notify::new()),
        }
    }

    /// A connection as the owner, in [`SCHEMA`]: for tests that tamper with what the app cannot.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn owner(&self) -> PgConnection {
        let mut conn = connect(&self.owner_url).await;
        run(&mut conn, &format!("set search_path to {SCHEMA}, public")).await;
        conn
    }
}

impl Drop for TestDb {
    /// Drops the database, also when the test failed. In a thread with a runtime of its own, since
    /// the test's may be gone.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let mut conn = connect(&server).await;
                run(
                    &mut conn,
                    &format!("drop database if exists {name} with (force)"),
                )
                .await;
            });
        });
        if dropping.join().is_err() {
            eprintln!("the database {} stays behind", self.name);
        }
    }
}

/// The name of the template, made by the first who asks; its name tells which migrations it has.
async fn template(server: &str) -> String {
    let name = format!("gw_template_{}", migrate::fingerprint());
    let mut conn = connect(server).await;
    let mut tx = conn.begin().await.expect("a transaction begins");
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(&name)
        .execute(&mut *tx)
        .await
        .expect("the template's lock");
    if !exists(&mut tx, &name).await {
        make_template(server, &name).await;
    }
    tx.commit()
        .await
        .expect("the template's lock is given back");
    name
}

async fn exists(conn: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(conn)
        .await
        .expect("the list of databases is read")
}

/// Migrates under another name first, so that a template by the right name is always whole.
async fn make_template(server: &str, name: &str) {
    let making = format!("{name}_making");
    let mut conn = connect(server).await;
    run(
        &mut conn,
        &format!("drop database if exists {making} with (force)"),
    )
    .await;
    run(
        &mut conn,
        &format!("create database {making} template template0 encoding 'UTF8'"),
    )
    .await;
    migrate::migrate(&with_database(server, &making), SCHEMA)
        .await
        .expect("the migrations run");
    run(
        &mut conn,
        &format!("alter database {making} rename to {name}"),
    )
    .await;
}

/// `url` with another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url
        .split_once('?')
        .map_or((url, None), |(b, q)| (b, Some(q)));
    let host_ends = base.find("://").map_or(0, |at| at + 3);
    let base = match base[host_ends..].find('/') {
        Some(slash) => &base[..host_ends + slash],
        None => base,
    };
    query.map_or_else(
        || format!("{base}/{name}"),
        |q| format!("{base}/{name}?{q}"),
    )
}

async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("the test server's address is readable");
    options.connect().await.expect("the test server answers")
}

/// Runs a statement made of names of our own making.
async fn run(conn: &mut PgConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(conn)
        .await;
    done.unwrap_or_else(|e| panic!("{sql}: {e}"));
}
