//! Every statement of imports, exports and other whole readings of the net.

use std::collections::BTreeMap;

use atlas::scheme::CodeScheme;
use kernel::{Error, Moment, PersonId, Result};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use super::places::Placed;
use crate::model::{DivisionInfo, GridInfo, GridKind};
use crate::store::{current_number, division};

/// A stored grid, in force or not.
pub(crate) struct GridRow {
    pub info: GridInfo,
    pub valid_to: Option<Moment>,
    pub net_from: i32,
    pub geometry: Vec<u8>,
}

/// Number of the net, divisions with their polygons, every version of every grid.
pub(crate) type Read = (i32, Vec<(DivisionInfo, Option<Vec<u8>>)>, Vec<GridRow>);

/// Every area there is or was, in one reading.
pub(crate) async fn read_shapes(pool: &PgPool) -> Result<Read> {
    let mut tx = pool.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only")
        .execute(&mut *tx)
        .await?;
    let number = current_number(&mut tx).await?;
    let divisions = sqlx::query(
        "select code, level, parent, name, geometry, lon, lat, bounds from divisions order by code",
    )
    .try_map(division)
    .fetch_all(&mut *tx)
    .await?;
    let grids = sqlx::query(
        "select id, code, name, kind, dedicated_kind, community, lon, lat, area_m2,
                coalesce(shape_from, valid_from) as valid_from, valid_to,
                coalesce(shape_net, net_from) as net_from, geometry
         from grids
         union all
         select g.id, g.code, v.name, g.kind, g.dedicated_kind, g.community, v.lon, v.lat, v.area_m2,
                v.valid_from, v.valid_to, v.net_from, v.geometry
         from grid_versions v join grids g on g.id = v.grid
         order by code, net_from",
    )
    .try_map(grid)
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((number, divisions, grids))
}

fn grid(row: PgRow) -> sqlx::Result<GridRow> {
    Ok(GridRow {
        info: GridInfo {
            id: row.try_get("id")?,
            code: row.try_get("code")?,
            name: row.try_get("name")?,
            kind: row.try_get::<GridKind, _>("kind")?,
            dedicated_kind: row.try_get("dedicated_kind")?,
            community: row.try_get("community")?,
            lon: row.try_get("lon")?,
            lat: row.try_get("lat")?,
            area_m2: row.try_get("area_m2")?,
            valid_from: row.try_get("valid_from")?,
        },
        valid_to: row.try_get("valid_to")?,
        net_from: row.try_get("net_from")?,
        geometry: row.try_get("geometry")?,
    })
}

/// The city's scheme of grid codes; the shipped one when none is kept.
///
/// # Errors
/// When the database fails or what is kept cannot be read.
pub async fn scheme(conn: &mut PgConnection) -> Result<CodeScheme> {
    let kept: Option<Json<CodeScheme>> =
        sqlx::query_scalar("select parts from code_schemes where current limit 1")
            .fetch_optional(conn)
            .await?;
    Ok(kept.map_or_else(CodeScheme::demo, |k| k.0))
}

/// Keeps `scheme` as the city's when it has none.
///
/// # Errors
/// When the database fails.
pub async fn keep_scheme(conn: &mut PgConnection, scheme: &CodeScheme) -> Result<()> {
    sqlx::query(
        "insert into code_schemes (id, pattern, parts, current)
         select $1, $2, $3, true where not exists (select from code_schemes where current)
         on conflict (id) do nothing",
    )
    .bind(&scheme.name)
    .bind(scheme.regex())
    .bind(Json(scheme))
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives divisions that are stored their names, areas and places.
///
/// # Errors
/// When the database fails.
pub async fn put_places(
    conn: &mut PgConnection,
    all: &[Placed],
    names: &BTreeMap<i64, String>,
) -> Result<()> {
    let bound = |side: usize| all.iter().map(|p| p.bounds[side]).collect::<Vec<f64>>();
    sqlx::query(
        "update divisions d set name = coalesce(t.name, d.name), geometry = t.geometry, lon = t.lon, lat = t.lat,
                bounds = array[t.west, t.south, t.east, t.north]
         from unnest($1::bigint[], $2::text[], $3::bytea[], $4::float8[], $5::float8[],
                     $6::float8[], $7::float8[], $8::float8[], $9::float8[])
           as t (code, name, geometry, lon, lat, west, south, east, north)
         where d.code = t.code",
    )
    .bind(all.iter().map(|p| p.code).collect::<Vec<_>>())
    .bind(all.iter().map(|p| names.get(&p.code).cloned()).collect::<Vec<_>>())
    .bind(all.iter().map(Placed::wkb).collect::<Vec<_>>())
    .bind(all.iter().map(|p| p.at[0]).collect::<Vec<_>>())
    .bind(all.iter().map(|p| p.at[1]).collect::<Vec<_>>())
    .bind(bound(0))
    .bind(bound(1))
    .bind(bound(2))
    .bind(bound(3))
    .execute(conn)
    .await?;
    Ok(())
}

/// An import as kept.
#[derive(Debug, Clone)]
pub struct Import<'a> {
    /// Made by the sender.
    pub id: Uuid,
    /// What the file was taken in as.
    pub target: &'a str,
    /// SHA-256 of file and manner.
    pub hash: &'a [u8],
    /// How it was read.
    pub how: &'a Value,
    /// Who brought it; nobody at the command line.
    pub person: Option<PersonId>,
    /// When.
    pub at: Moment,
}

/// What an earlier command with this id answered, if there was one.
///
/// # Errors
/// 409 `command.id_reused` when it was another file or manner.
pub async fn answered(conn: &mut PgConnection, id: Uuid, hash: &[u8]) -> Result<Option<Value>> {
    let row = sqlx::query("select hash, answer from net_imports where id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    if row.try_get::<Vec<u8>, _>("hash")? != hash {
        return Err(Error::conflict("command.id_reused"));
    }
    Ok(Some(row.try_get::<Json<Value>, _>("answer")?.0))
}

/// Remembers an import with what it answered.
///
/// # Errors
/// When the database fails.
pub async fn keep_import(
    conn: &mut PgConnection,
    import: &Import<'_>,
    rows: usize,
    answer: &Value,
) -> Result<()> {
    sqlx::query(
        "insert into net_imports (id, target, hash, how, rows, answer, person, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(import.id)
    .bind(import.target)
    .bind(import.hash)
    .bind(Json(import.how))
    .bind(i32::try_from(rows).unwrap_or(i32::MAX))
    .bind(Json(answer))
    .bind(import.person)
    .bind(import.at)
    .execute(conn)
    .await?;
    Ok(())
}
