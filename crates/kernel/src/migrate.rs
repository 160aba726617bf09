//! Brings a city's schema forward, and tells whether it is.
//!
//! Forward only. All pending steps of one city run in one transaction under one lock, so a city is
//! either at the newest version or where it was. The program itself works as [`APP_ROLE`], which can
//! neither alter tables nor change what has been written into histories; only the owner migrates.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};

use crate::db::lock_key;
use crate::error::{Error, Result};
use crate::vault::digest;

/// The role the program works as.
pub const APP_ROLE: &str = "gridwork_app";

/// Tables whose rows are written once: the app's role may add to them and read them, nothing else.
pub const WRITTEN_ONCE: [&str; 6] = [
    "case_events",
    "sealed",
    "audit_log",
    "audit_chain",
    "staff_events",
    "application_events",
];

/// One step forward.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The number its file's name begins with; counts up.
    pub version: i32,
    /// The file's name in `migrations`.
    pub file: &'static str,
    /// What is run.
    pub sql: &'static str,
}

/// Steps by version and file.
macro_rules! steps {
    ($($version:literal $file:literal),* $(,)?) => {
        &[$(Step {
            version: $version,
            file: $file,
            sql: include_str!(concat!("../../../migrations/", $file)),
        }),*]
    };
}

/// Every step, oldest first.
pub const STEPS: &[Step] = steps![
    1 "0001_foundation.sql",
    2 "0002_lists.sql",
    3 "0003_matters.sql",
    4 "0004_net_files.sql",
    5 "0005_net_drafts.sql",
    6 "0006_burden.sql",
    7 "0007_people.sql",
    8 "0008_figures.sql",
];

/// Where a city's schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// At the newest version this program knows.
    Current,
    /// Older: the city answers 503 until it is migrated. 0 when it was never set up.
    Behind {
        /// The version found.
        at: i32,
    },
    /// Made by a newer program than this one, which must not write to it.
    Ahead {
        /// The version found.
        at: i32,
    },
}

/// The version the newest step leads to.
#[must_use]
pub fn newest() -> i32 {
    STEPS.last().map_or(0, |s| s.version)
}

/// A short name of what [`STEPS`] hold, for naming a template of a migrated database.
#[must_use]
pub fn fingerprint() -> String {
    let all: String = STEPS.iter().map(|s| s.sql).collect();
    digest(all.as_bytes())
        .iter()
        .take(6)
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Brings `schema` on the server at `url` to the newest version and answers the version it had.
///
/// `url` names the owner of the schema: a role that may create it, not [`APP_ROLE`]. Creates the
/// app's role when it is missing and the owner may; grants it what it needs. Safe to run again and
/// at the same time from several places.
///
/// # Errors
/// When the schema's name is not plain, a step that ran before was changed since, a step fails
/// (then nothing of it remains), or the server cannot be reached.
pub async fn migrate(url: &str, schema: &str) -> Result<i32> {
    plain(schema)?;
    let options: PgConnectOptions = url.parse()?;
    let mut conn = options
        .application_name("gridwork migrate")
        .connect()
        .await?;
    let mut tx = conn.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(lock_key(schema, "migrate"))
        .execute(&mut *tx)
        .await?;
    run(&mut tx, &format!("create schema if not exists {schema}")).await?;
    run(
        &mut tx,
        &format!("set local search_path to {schema}, public"),
    )
    .await?;
    run(&mut tx, VERSIONS_TABLE).await?;
    let had = forward(&mut tx).await?;
    grant(&mut tx, schema).await?;
    tx.commit().await?;
    conn.close().await?;
    Ok(had)
}

const VERSIONS_TABLE: &str = "create table if not exists schema_versions (
    version    int primary key,
    file       text not null,
    checksum   bytea not null,
    applied_at timestamptz not null default now()
)";

/// Runs the steps not yet run; answers the version found.
async fn forward(conn: &mut PgConnection) -> Result<i32> {
    let done: Vec<(i32, Vec<u8>)> =
        sqlx::query_as("select version, checksum from schema_versions order by version")
            .fetch_all(&mut *conn)
            .await?;
    let had = done.last().map_or(0, |d| d.0);
    for step in STEPS {
        let checksum = digest(step.sql.as_bytes());
        match done.iter().find(|d| d.0 == step.version) {
            Some((_, before)) if *before != checksum => {
                return Err(Error::ours(
                    "migrating",
                    format!("{} was changed after it ran", step.file),
                ));
            }
            Some(_) => continue,
            None => {}
        }
        run(conn, step.sql).await?;
        sqlx::query("insert into schema_versions (version, file, checksum) values ($1, $2, $3)")
            .bind(step.version)
            .bind(step.file)
            .bind(checksum)
            .execute(&mut *conn)
            .await?;
    }
    Ok(had)
}

/// Makes the app's role where the owner may, and gives it reading and writing but of histories' past.
async fn grant(conn: &mut PgConnection, schema: &str) -> Result<()> {
    run(conn, "do $$ begin
        if not exists (select from pg_roles where rolname = 'gridwork_app') then
            create role gridwork_app login nosuperuser nocreatedb nocreaterole noinherit;
        end if;
    exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then raise notice 'role gridwork_app is missing and cannot be made';
    end $$").await?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_roles where rolname = 'gridwork_app')")
            .fetch_one(&mut *conn)
            .await?;
    if !there {
        tracing::warn!(
            role = APP_ROLE,
            "the app's role is missing; histories are not guarded"
        );
        return Ok(());
    }
    let once = WRITTEN_ONCE.join(", ");
    run(
        conn,
        &format!(
            "grant usage on schema {schema} to {APP_ROLE};
         grant select, insert, update, delete on all tables in schema {schema} to {APP_ROLE};
         grant usage, select on all sequences in schema {schema} to {APP_ROLE};
         revoke insert, update, delete, truncate on schema_versions from {APP_ROLE};
         revoke update, delete, truncate on {once} from {APP_ROLE};"
        ),
    )
    .await
}

/// Whether the schema the pool works in is at the newest version.
///
/// # Errors
/// When the server cannot be reached.
pub async fn state(pool: &PgPool) -> Result<State> {
    let known: bool = sqlx::query_scalar(
        "select exists (select from information_schema.tables
         where table_schema = current_schema() and table_name = 'schema_versions')",
    )
    .fetch_one(pool)
    .await?;
    if !known {
        return Ok(State::Behind { at: 0 });
    }
    let at: i32 = sqlx::query_scalar("select coalesce(max(version), 0) from schema_versions")
        .fetch_one(pool)
        .await?;
    Ok(match at.cmp(&newest()) {
        std::cmp::Ordering::Less => State::Behind { at },
        std::cmp::Ordering::Equal => State::Current,
        std::cmp::Ordering::Greater => State::Ahead { at },
    })
}

/// Runs statements that hold no outside value but a schema name [`plain`] let through.
async fn run(conn: &mut PgConnection, sql: &str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(conn)
        .await?;
    Ok(())
}

/// A schema's name is written into statements, so it must be plain.
fn plain(schema: &str) -> Result<()> {
    let starts = schema.starts_with(|c: char| c.is_ascii_lowercase());
    let goes_on = schema
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if starts && goes_on && schema.len() <= 40 {
        Ok(())
    } else {
        Err(Error::ours(
            "migrating",
            format!("`{schema}` is not a plain schema name"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_migrations_is_a_step_in_order() {
        let mut files: Vec<String> =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations"))
                .unwrap()
                .map(|f| f.unwrap().file_name().into_string().unwrap())
                .filter(|f| f.ends_with(".sql"))
                .collect();
        files.sort();
        assert_eq!(files, STEPS.iter().map(|s| s.file).collect::<Vec<_>>());
        for step in STEPS {
            assert!(step.file.starts_with(&format!("{:04}_", step.version)));
        }
        assert!(STEPS.is_sorted_by_key(|s| s.version));
    }

    #[test]
    fn a_schema_name_that_could_carry_sql_is_refused() {
        for name in ["", "C320400", "c;drop", "1c", "c 1", "c\"", &"c".repeat(41)] {
            assert!(plain(name).is_err(), "{name}");
        }
        assert!(plain("c320400").is_ok());
    }
}
