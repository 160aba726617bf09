//! Every statement that touches divisions, nets and grids.

use kernel::{Error, GridId, Moment, PersonId, Result};
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};

use crate::model::{DivisionInfo, GridInfo, GridKind, Level, NewDivision, NewGrid};

/// A stored division with its polygon (WKB).
pub(crate) type DivisionShape = (DivisionInfo, Option<Vec<u8>>);
/// A stored grid with its polygon (WKB).
pub(crate) type GridShape = (GridInfo, Vec<u8>);

/// The number of the current net; 0 when there is none yet.
///
/// # Errors
/// When the database fails.
pub async fn current_number(conn: &mut PgConnection) -> Result<i32> {
    Ok(
        sqlx::query_scalar("select coalesce(max(number), 0) from nets")
            .fetch_one(conn)
            .await?,
    )
}

/// Refuses unless `number` is the current net, and keeps it so until the transaction ends.
///
/// Whoever files a case by a place calls this in the transaction that files it: [`begin_net`] waits
/// for the transactions that hold this, so a case is never filed with a net already replaced.
///
/// # Errors
/// 409 `net.changed`.
pub async fn check_current(conn: &mut PgConnection, number: i32) -> Result<()> {
    sqlx::query(
        "select pg_advisory_xact_lock_shared(hashtextextended(current_schema() || '/net', 0))",
    )
    .execute(&mut *conn)
    .await?;
    if current_number(conn).await? == number {
        Ok(())
    } else {
        Err(Error::conflict("net.changed"))
    }
}

/// Refuses unless `number` is the current net, and keeps it so until the transaction ends. Unlike
/// [`check_current`] it does not wait for a swap, so that who holds rows may call it.
///
/// # Errors
/// 409 `net.changed`, also while the net is being swapped.
pub async fn stands(conn: &mut PgConnection, number: i32) -> Result<()> {
    let stands: bool = sqlx::query_scalar("select net_stands($1)")
        .bind(number)
        .fetch_one(conn)
        .await?;
    if stands {
        Ok(())
    } else {
        Err(Error::conflict("net.changed"))
    }
}

/// Names of these grids.
///
/// # Errors
/// When the database fails.
pub async fn grid_names(
    conn: &mut PgConnection,
    grids: &[GridId],
) -> Result<std::collections::HashMap<GridId, String>> {
    let ids: Vec<_> = grids.iter().map(|g| g.0).collect();
    let rows: Vec<(GridId, String)> =
        sqlx::query_as("select id, name from grids where id = any($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().collect())
}

/// Begins the next version of the net and answers its number; waits for cases being filed.
///
/// # Errors
/// When the database fails.
pub async fn begin_net(
    conn: &mut PgConnection,
    by: Option<PersonId>,
    what: &str,
    now: Moment,
) -> Result<i32> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended(current_schema() || '/net', 0))")
        .execute(&mut *conn)
        .await?;
    Ok(sqlx::query_scalar(
        "insert into nets (number, made_at, made_by, what)
         select coalesce(max(number), 0) + 1, $1, $2, $3 from nets returning number",
    )
    .bind(now)
    .bind(by)
    .bind(what)
    .fetch_one(conn)
    .await?)
}

/// Stores divisions in one statement; parents may stand in the same batch.
///
/// # Errors
/// When a code is there already or a parent is not.
pub async fn insert_divisions(conn: &mut PgConnection, new: &[NewDivision]) -> Result<()> {
    let infos = || new.iter().map(|d| &d.info);
    let bound = |side: usize| infos().map(|d| d.bounds[side]).collect::<Vec<f64>>();
    sqlx::query(
        "insert into divisions (code, level, parent, name, geometry, lon, lat, bounds)
         select code, level, parent, name, geometry, lon, lat, array[west, south, east, north]
         from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bytea[], $6::float8[],
                     $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::float8[])
           as t (code, level, parent, name, geometry, lon, lat, west, south, east, north)",
    )
    .bind(infos().map(|d| d.code).collect::<Vec<_>>())
    .bind(infos().map(|d| d.level.as_str()).collect::<Vec<_>>())
    .bind(infos().map(|d| d.parent).collect::<Vec<_>>())
    .bind(infos().map(|d| d.name.as_str()).collect::<Vec<_>>())
    .bind(
        new.iter()
            .map(|d| d.geometry.as_deref())
            .collect::<Vec<_>>(),
    )
    .bind(infos().map(|d| d.lon).collect::<Vec<_>>())
    .bind(infos().map(|d| d.lat).collect::<Vec<_>>())
    .bind(bound(0))
    .bind(bound(1))
    .bind(bound(2))
    .bind(bound(3))
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores grids of the net `number`, valid from `now`, in one statement.
///
/// # Errors
/// When a code was used before or a community is unknown.
pub async fn insert_grids(
    conn: &mut PgConnection,
    number: i32,
    new: &[NewGrid],
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into grids (id, code, kind, dedicated_kind, community, name, geometry, lon, lat,
                            area_m2, valid_from, net_from)
         select id, code, kind, dedicated_kind, community, name, geometry, lon, lat, area_m2, $11, $12
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                     $7::bytea[], $8::float8[], $9::float8[], $10::float8[])
           as t (id, code, kind, dedicated_kind, community, name, geometry, lon, lat, area_m2)",
    )
    .bind(new.iter().map(|g| g.id.0).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.code.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.kind.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.dedicated_kind.as_deref()).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.community).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.name.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.geometry.as_slice()).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.lon).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.lat).collect::<Vec<_>>())
    .bind(new.iter().map(|g| g.area_m2).collect::<Vec<_>>())
    .bind(now)
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends these grids at `now`: `number` is the first net without them.
///
/// # Errors
/// When the database fails.
pub async fn end_grids(
    conn: &mut PgConnection,
    number: i32,
    grids: &[GridId],
    now: Moment,
) -> Result<()> {
    let ids: Vec<_> = grids.iter().map(|g| g.0).collect();
    sqlx::query(
        "update grids set valid_to = $2, net_to = $3 where id = any($1) and valid_to is null",
    )
    .bind(ids)
    .bind(now)
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}

/// The current net as one consistent reading: its number, all divisions, all grids in force.
pub(crate) async fn read_net(pool: &PgPool) -> Result<(i32, Vec<DivisionShape>, Vec<GridShape>)> {
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
        "select id, code, name, kind, dedicated_kind, community, lon, lat, area_m2, valid_from, geometry
         from grids where valid_to is null order by code",
    )
    .try_map(|row: PgRow| Ok((grid(&row)?, row.try_get("geometry")?)))
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((number, divisions, grids))
}

/// The divisions of today with the grids of the net `number`, as one consistent reading.
pub(crate) async fn read_past(
    pool: &PgPool,
    number: i32,
) -> Result<(Vec<DivisionShape>, Vec<GridShape>)> {
    let mut tx = pool.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only")
        .execute(&mut *tx)
        .await?;
    let divisions = sqlx::query(
        "select code, level, parent, name, geometry, lon, lat, bounds from divisions order by code",
    )
    .try_map(division)
    .fetch_all(&mut *tx)
    .await?;
    let grids = sqlx::query(
        "select id, code, name, kind, dedicated_kind, community, lon, lat, area_m2, valid_from, geometry
         from grids where net_from <= $1 and (net_to is null or net_to > $1)
           and coalesce(shape_net, net_from) <= $1
         union all
         select g.id, g.code, v.name, g.kind, g.dedicated_kind, g.community, v.lon, v.lat, v.area_m2,
                g.valid_from, v.geometry
         from grid_versions v join grids g on g.id = v.grid
         where v.net_from <= $1 and v.net_to > $1
         order by code",
    )
    .bind(number)
    .try_map(|row: PgRow| Ok((grid(&row)?, row.try_get("geometry")?)))
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((divisions, grids))
}

/// A net as listed.
#[derive(Debug, Clone)]
pub struct NetLine {
    /// Its number.
    pub number: i32,
    /// Since when it was in force.
    pub made_at: Moment,
    /// What it was made for.
    pub what: String,
}

/// All nets, the latest first; at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn nets(conn: &mut PgConnection, limit: i64) -> Result<Vec<NetLine>> {
    let rows: Vec<(i32, Moment, String)> =
        sqlx::query_as("select number, made_at, what from nets order by number desc limit $1")
            .bind(limit)
            .fetch_all(conn)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(number, made_at, what)| NetLine {
            number,
            made_at,
            what,
        })
        .collect())
}

/// The number of the net in force at `at`; `None` before the first.
///
/// # Errors
/// When the database fails.
pub async fn number_at(conn: &mut PgConnection, at: Moment) -> Result<Option<i32>> {
    Ok(
        sqlx::query_scalar("select max(number) from nets where made_at <= $1")
            .bind(at)
            .fetch_one(conn)
            .await?,
    )
}

/// One state of a grid: from when to when it had this name and border.
#[derive(Debug, Clone)]
pub struct Version {
    /// The first net in which it was so.
    pub net_from: i32,
    /// The first in which it was not; `None` while it is.
    pub net_to: Option<i32>,
    /// Since when.
    pub valid_from: Moment,
    /// Until when.
    pub valid_to: Option<Moment>,
    /// Its name then.
    pub name: String,
    /// Its area then.
    pub area_m2: f64,
    /// WKB.
    pub geometry: Vec<u8>,
}

/// A grid's kin: which it was made of, or which were made of it.
#[derive(Debug, Clone)]
pub struct Kin {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The net in which one became the other.
    pub net: i32,
    /// When.
    pub at: Moment,
    /// Of the old grid's ground, what the new one has.
    pub area_m2: f64,
    /// Of the old grid's area, 0..1.
    pub share: f64,
}

/// A grid's history.
#[derive(Debug, Clone)]
pub struct GridHistory {
    /// The grid as it is or last was.
    pub grid: GridInfo,
    /// Since when it is no more.
    pub valid_to: Option<Moment>,
    /// All its states, the latest first.
    pub versions: Vec<Version>,
    /// What it was made of.
    pub from: Vec<Kin>,
    /// What it became.
    pub into: Vec<Kin>,
}

/// The history of the grid with this code, in force or not.
///
/// # Errors
/// 404 `grid.not_found`.
pub async fn grid_history(conn: &mut PgConnection, code: &str) -> Result<GridHistory> {
    let row = sqlx::query(
        "select id, code, name, kind, dedicated_kind, community, lon, lat, area_m2, valid_from, valid_to
         from grids where code = $1",
    )
    .bind(code)
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound("grid.not_found"))?;
    let info = grid(&row)?;
    let versions = sqlx::query(
        "select coalesce(shape_net, net_from) as net_from, net_to,
                coalesce(shape_from, valid_from) as valid_from, valid_to, name, area_m2, geometry
         from grids where id = $1
         union all
         select net_from, net_to, valid_from, valid_to, name, area_m2, geometry
         from grid_versions where grid = $1
         order by net_from desc",
    )
    .bind(info.id)
    .try_map(|row: PgRow| {
        Ok(Version {
            net_from: row.try_get("net_from")?,
            net_to: row.try_get("net_to")?,
            valid_from: row.try_get("valid_from")?,
            valid_to: row.try_get("valid_to")?,
            name: row.try_get("name")?,
            area_m2: row.try_get("area_m2")?,
            geometry: row.try_get("geometry")?,
        })
    })
    .fetch_all(&mut *conn)
    .await?;
    let from = kin(
        conn,
        "select g.code, g.name, l.net, n.made_at, l.area_m2, l.share
         from grid_lineage l join grids g on g.id = l.old join nets n on n.number = l.net
         where l.new = $1 order by l.area_m2 desc",
        info.id,
    )
    .await?;
    let into = kin(
        conn,
        "select g.code, g.name, l.net, n.made_at, l.area_m2, l.share
         from grid_lineage l join grids g on g.id = l.new join nets n on n.number = l.net
         where l.old = $1 order by l.area_m2 desc",
        info.id,
    )
    .await?;
    Ok(GridHistory {
        valid_to: row.try_get("valid_to")?,
        grid: info,
        versions,
        from,
        into,
    })
}

async fn kin(conn: &mut PgConnection, sql: &'static str, id: GridId) -> Result<Vec<Kin>> {
    let rows: Vec<(String, String, i32, Moment, f64, f64)> =
        sqlx::query_as(sql).bind(id).fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|(code, name, net, at, area_m2, share)| Kin {
            code,
            name,
            net,
            at,
            area_m2,
            share,
        })
        .collect())
}

/// A division's row with its polygon.
pub(crate) fn division(row: PgRow) -> sqlx::Result<DivisionShape> {
    let bounds: Vec<f64> = row.try_get("bounds")?;
    let bounds = bounds.try_into().map_err(|_| sqlx::Error::ColumnDecode {
        index: "bounds".into(),
        source: "a division's bounds are four numbers".into(),
    })?;
    let info = DivisionInfo {
        code: row.try_get("code")?,
        level: row.try_get::<Level, _>("level")?,
        parent: row.try_get("parent")?,
        name: row.try_get("name")?,
        lon: row.try_get("lon")?,
        lat: row.try_get("lat")?,
        bounds,
    };
    Ok((info, row.try_get("geometry")?))
}

fn grid(row: &PgRow) -> sqlx::Result<GridInfo> {
    Ok(GridInfo {
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
    })
}

/// A grid's page: who answers for it and how much is open there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GridFace {
    /// The polygon as WKB.
    pub geometry: Vec<u8>,
    /// The grid chief's name.
    pub chief: Option<String>,
    /// The names of the grid's workers.
    pub workers: Vec<String>,
    /// Cases open in the grid.
    pub open: i64,
}

/// Reads what the page of one grid shows beside the net itself.
///
/// The one reading of this crate that joins other domains' tables (people, cases); it writes none.
///
/// # Errors
/// 404 `grid.not_found`.
pub async fn grid_face(
    conn: &mut PgConnection,
    grid: GridId,
    community: i64,
    now: Moment,
) -> Result<GridFace> {
    let geometry: Option<Vec<u8>> = sqlx::query_scalar("select geometry from grids where id = $1")
        .bind(grid)
        .fetch_optional(&mut *conn)
        .await?;
    let posts: Vec<(String, String)> = sqlx::query_as(
        "select a.role, p.name from appointments a join people p on p.id = a.person
         where (a.grid = $1 or (a.role = 'grid_chief' and a.area = $2))
           and a.valid_from <= $3 and (a.valid_to is null or a.valid_to > $3)
         order by a.role, a.grid nulls last, a.valid_from, p.name",
    )
    .bind(grid)
    .bind(community)
    .bind(now)
    .fetch_all(&mut *conn)
    .await?;
    let open = sqlx::query_scalar(
        "select count(*) from cases where open and (grid = $1 or dedicated = $1)",
    )
    .bind(grid)
    .fetch_one(conn)
    .await?;
    let named = |role: &'static str| {
        posts
            .iter()
            .filter(move |p| p.0 == role)
            .map(|p| p.1.clone())
    };
    let (chief, workers) = (named("grid_chief").next(), named("grid_worker").collect());
    let geometry = geometry.ok_or(Error::NotFound("grid.not_found"))?;
    Ok(GridFace {
        geometry,
        chief,
        workers,
        open,
    })
}
