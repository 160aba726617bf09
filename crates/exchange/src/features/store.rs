//! The one statement about cases, and the case a page begins beside.

use atlas::LatticeBox;
use kernel::{CaseId, Moment, Result};
use sqlx::{PgConnection, Row as _};

/// A case as everybody may know it.
#[derive(Debug, Clone)]
pub struct PublicCase {
    /// Its number.
    pub number: String,
    /// Its matter's code.
    pub matter: String,
    /// Where it stands.
    pub stage: String,
    /// Whether work is still to come.
    pub open: bool,
    /// The community it lies in.
    pub community: i64,
    /// Degrees east, exact: to be rounded before it is told.
    pub lon: f64,
    /// Degrees north, exact: to be rounded before it is told.
    pub lat: f64,
    /// When it was reported.
    pub reported_at: Moment,
    /// When it was closed.
    pub closed_at: Option<Moment>,
}

/// Which cases are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of these matters, all of which may be shown.
    pub matters: Vec<String>,
    /// With this number.
    pub number: Option<String>,
    /// Open, or not.
    pub open: Option<bool>,
    /// In one of these communities.
    pub communities: Option<Vec<i64>>,
    /// Reported from then.
    pub from: Option<Moment>,
    /// Reported until then.
    pub to: Option<Moment>,
    /// At rounded places in one of these.
    pub boxes: Option<Vec<LatticeBox>>,
}

/// Where a page begins: a case's time and id.
pub type Key = (Moment, CaseId);

/// Cases that fit, beside `key`: older ones with `older`, else newer ones; the nearest to it first.
///
/// # Errors
/// When the database fails.
pub async fn page(
    conn: &mut PgConnection,
    wanted: &Wanted,
    key: Option<Key>,
    older: bool,
    limit: i64,
) -> Result<Vec<PublicCase>> {
    let text = if older {
        include_str!("older_cases.sql")
    } else {
        include_str!("newer_cases.sql")
    };
    let rows = bound(sqlx::query(text), wanted)
        .bind(key.map(|k| k.0))
        .bind(key.map(|k| k.1))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(PublicCase {
                number: row.try_get("number")?,
                matter: row.try_get("matter")?,
                stage: row.try_get("stage")?,
                open: row.try_get("open")?,
                community: row.try_get("area")?,
                lon: row.try_get("lon")?,
                lat: row.try_get("lat")?,
                reported_at: row.try_get("reported_at")?,
                closed_at: row.try_get("closed_at")?,
            })
        })
        .collect()
}

/// How many cases fit, counted to `most`.
///
/// # Errors
/// When the database fails.
pub async fn count(conn: &mut PgConnection, wanted: &Wanted, most: i64) -> Result<i64> {
    let row = bound(sqlx::query(include_str!("count_cases.sql")), wanted)
        .bind(most)
        .fetch_one(conn)
        .await?;
    Ok(row.try_get(0)?)
}

/// The key of the public case with this number.
///
/// # Errors
/// When the database fails.
pub async fn key(conn: &mut PgConnection, number: &str, matters: &[String]) -> Result<Option<Key>> {
    let row = sqlx::query(
        "select reported_at, id from cases where number = $1 and matter = any($2) and lon is not null
           and stage not in ('declined', 'merged', 'voided')",
    )
    .bind(number)
    .bind(matters)
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .transpose()
}

type Statement<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// Binds $1..=$10.
fn bound<'q>(query: Statement<'q>, wanted: &'q Wanted) -> Statement<'q> {
    let side = |pick: fn(&LatticeBox) -> i32| {
        let boxes = wanted.boxes.as_ref()?;
        Some(boxes.iter().map(|b| degrees(pick(b))).collect::<Vec<f64>>())
    };
    query
        .bind(&wanted.matters)
        .bind(&wanted.number)
        .bind(wanted.open)
        .bind(&wanted.communities)
        .bind(wanted.from)
        .bind(wanted.to)
        .bind(side(|b| b.low.x))
        .bind(side(|b| b.low.y))
        .bind(side(|b| b.high.x))
        .bind(side(|b| b.high.y))
}

fn degrees(units: i32) -> f64 {
    f64::from(units) / atlas::polygon::UNITS_PER_DEGREE
}
