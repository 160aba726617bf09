//! Every statement about elements, other systems of grids, and what they were laid against.

use atlas::{Polygon, polygon_from_wkb, polygon_to_wkb};
use kernel::{Error, GridId, Moment, Result};
use sqlx::types::Json;
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::elements::{ElementLayer, FacilityCode, PlannedElement};
use super::units::{PlannedUnit, Shared, System};
use crate::model::GridInfo;
use crate::net::CurrentNet;

/// Rows of one statement.
const BATCH: usize = 10_000;

/// How the city writes codes of facilities.
///
/// # Errors
/// When the database fails or what is kept cannot be read.
pub async fn facility_code(conn: &mut PgConnection) -> Result<FacilityCode> {
    let kept: Option<Json<FacilityCode>> =
        sqlx::query_scalar("select value from settings where key = 'facility_code'")
            .fetch_optional(conn)
            .await?;
    Ok(kept.map_or_else(FacilityCode::default, |k| k.0))
}

/// The other system with this key.
///
/// # Errors
/// 422 `import.system_unknown`.
pub async fn system(conn: &mut PgConnection, key: &str) -> Result<System> {
    let digits: Option<i32> = sqlx::query_scalar("select digits from grid_systems where key = $1")
        .bind(key)
        .fetch_optional(conn)
        .await?;
    let digits = digits.ok_or_else(|| Error::field("system", "import.system_unknown"))?;
    Ok(System {
        key: key.to_owned(),
        digits: usize::try_from(digits).unwrap_or_default(),
    })
}

/// Where an element lies: community, basic grid, dedicated grid.
type Lies = (Option<i64>, Option<GridId>, Option<GridId>);

fn lies(net: &CurrentNet, lon: f64, lat: f64) -> Lies {
    net.locate(lon, lat).map_or((None, None, None), |l| {
        (
            Some(l.community),
            Some(l.grid.id),
            l.dedicated.map(|d| d.id),
        )
    })
}

/// Stores elements of a layer, counted by `net`; those with a known code become as they are here.
///
/// # Errors
/// When the database fails.
pub async fn put_elements(
    conn: &mut PgConnection,
    layer: ElementLayer,
    new: &[PlannedElement],
    net: &CurrentNet,
    now: Moment,
) -> Result<()> {
    for batch in new.chunks(BATCH) {
        let at: Vec<Lies> = batch.iter().map(|e| lies(net, e.lon, e.lat)).collect();
        sqlx::query(
            "insert into city_elements (id, layer, code, class, name, details, lon, lat, community, grid, dedicated, at)
             select id, $2, code, class, name, details, lon, lat, community, grid, dedicated, $12
             from unnest($1::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[],
                         $9::bigint[], $10::uuid[], $11::uuid[])
               as t (id, code, class, name, details, lon, lat, community, grid, dedicated)
             on conflict (layer, code) do update set class = excluded.class, name = excluded.name,
               details = excluded.details, lon = excluded.lon, lat = excluded.lat, community = excluded.community,
               grid = excluded.grid, dedicated = excluded.dedicated, at = excluded.at",
        )
        .bind(batch.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
        .bind(layer)
        .bind(batch.iter().map(|e| e.code.as_str()).collect::<Vec<_>>())
        .bind(batch.iter().map(|e| e.class.as_str()).collect::<Vec<_>>())
        .bind(batch.iter().map(|e| e.name.as_str()).collect::<Vec<_>>())
        .bind(batch.iter().map(|e| e.details.as_str()).collect::<Vec<_>>())
        .bind(batch.iter().map(|e| e.lon).collect::<Vec<_>>())
        .bind(batch.iter().map(|e| e.lat).collect::<Vec<_>>())
        .bind(at.iter().map(|l| l.0).collect::<Vec<_>>())
        .bind(at.iter().map(|l| l.1.map(|g| g.0)).collect::<Vec<_>>())
        .bind(at.iter().map(|l| l.2.map(|g| g.0)).collect::<Vec<_>>())
        .bind(now)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Takes away elements of a layer that were not stored at `now`.
///
/// # Errors
/// When the database fails.
pub async fn drop_others(conn: &mut PgConnection, layer: ElementLayer, now: Moment) -> Result<()> {
    sqlx::query("delete from city_elements where layer = $1 and at < $2")
        .bind(layer)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many elements of the layer have one of these codes.
///
/// # Errors
/// When the database fails.
pub async fn known_elements(
    conn: &mut PgConnection,
    layer: ElementLayer,
    codes: &[&str],
) -> Result<i64> {
    Ok(
        sqlx::query_scalar(
            "select count(*) from city_elements where layer = $1 and code = any($2)",
        )
        .bind(layer)
        .bind(codes)
        .fetch_one(conn)
        .await?,
    )
}

/// With which net `what` (`elements` or `units`) was last laid against; 0 for never.
///
/// # Errors
/// When the database fails.
pub async fn followed(conn: &mut PgConnection, what: &str) -> Result<i32> {
    let net: Option<i32> = sqlx::query_scalar("select net from net_followed where what = $1")
        .bind(what)
        .fetch_optional(conn)
        .await?;
    Ok(net.unwrap_or(0))
}

/// Remembers with which net `what` was laid against.
///
/// # Errors
/// When the database fails.
pub async fn keep_followed(conn: &mut PgConnection, what: &str, net: i32) -> Result<()> {
    sqlx::query(
        "insert into net_followed (what, net) values ($1, $2)
         on conflict (what) do update set net = greatest(net_followed.net, excluded.net)",
    )
    .bind(what)
    .bind(net)
    .execute(conn)
    .await?;
    Ok(())
}

/// Holds off other servers doing the same until the transaction ends; false when one is at it.
///
/// # Errors
/// When the database fails.
pub async fn alone(conn: &mut PgConnection, what: &str) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '/beside/' || $1, 0))",
    )
    .bind(what)
    .fetch_one(conn)
    .await?)
}

/// Finds the grid of every element anew; answers how many moved.
///
/// # Errors
/// When the database fails.
pub async fn recount(conn: &mut PgConnection, net: &CurrentNet) -> Result<u64> {
    let mut moved = 0;
    let mut after = Uuid::nil();
    loop {
        let rows = sqlx::query(
            "select id, lon, lat, community, grid, dedicated from city_elements where id > $1 order by id limit $2",
        )
        .bind(after)
        .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = rows.last() else {
            return Ok(moved);
        };
        after = last.try_get("id")?;
        let mut changed: Vec<(Uuid, Lies)> = Vec::new();
        for row in &rows {
            let before: Lies = (
                row.try_get("community")?,
                row.try_get("grid")?,
                row.try_get("dedicated")?,
            );
            let now = lies(net, row.try_get("lon")?, row.try_get("lat")?);
            if before != now {
                changed.push((row.try_get("id")?, now));
            }
        }
        moved += sqlx::query(
            "update city_elements e set community = t.community, grid = t.grid, dedicated = t.dedicated
             from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[]) as t (id, community, grid, dedicated)
             where e.id = t.id",
        )
        .bind(changed.iter().map(|c| c.0).collect::<Vec<_>>())
        .bind(changed.iter().map(|c| c.1.0).collect::<Vec<_>>())
        .bind(changed.iter().map(|c| c.1.1.map(|g| g.0)).collect::<Vec<_>>())
        .bind(changed.iter().map(|c| c.1.2.map(|g| g.0)).collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?
        .rows_affected();
    }
}

/// An element as shown.
#[derive(Debug, Clone)]
pub struct Element {
    /// Its layer.
    pub layer: ElementLayer,
    /// Its code.
    pub code: String,
    /// Its class.
    pub class: String,
    /// Its name.
    pub name: String,
    /// More about it.
    pub details: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// The community it lies in.
    pub community: Option<i64>,
    /// The basic grid it lies in.
    pub grid: Option<GridId>,
}

fn element(row: &PgRow) -> sqlx::Result<Element> {
    Ok(Element {
        layer: row.try_get("layer")?,
        code: row.try_get("code")?,
        class: row.try_get("class")?,
        name: row.try_get("name")?,
        details: row.try_get("details")?,
        lon: row.try_get("lon")?,
        lat: row.try_get("lat")?,
        community: row.try_get("community")?,
        grid: row.try_get("grid")?,
    })
}

/// Elements in a part of the map (west, south, east, north), of these layers, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn elements_in(
    conn: &mut PgConnection,
    bounds: [f64; 4],
    layers: &[ElementLayer],
    limit: i64,
) -> Result<Vec<Element>> {
    let words: Vec<&str> = layers.iter().map(|l| l.as_str()).collect();
    let rows = sqlx::query(
        "select layer, code, class, name, details, lon, lat, community, grid from city_elements
         where layer = any($1) and lon between $2 and $4 and lat between $3 and $5 order by layer, code limit $6",
    )
    .bind(words)
    .bind(bounds[0])
    .bind(bounds[1])
    .bind(bounds[2])
    .bind(bounds[3])
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.iter().map(element).collect::<sqlx::Result<_>>()?)
}

/// Every element of a layer, by code.
///
/// # Errors
/// When the database fails.
pub async fn elements_of(conn: &mut PgConnection, layer: ElementLayer) -> Result<Vec<Element>> {
    let rows = sqlx::query(
        "select layer, code, class, name, details, lon, lat, community, grid from city_elements
         where layer = $1 order by code",
    )
    .bind(layer)
    .fetch_all(conn)
    .await?;
    Ok(rows.iter().map(element).collect::<sqlx::Result<_>>()?)
}

/// How many elements of each layer and class lie in a grid, basic or dedicated; the most first.
///
/// # Errors
/// When the database fails.
pub async fn counts(
    conn: &mut PgConnection,
    grid: GridId,
) -> Result<Vec<(ElementLayer, String, i64)>> {
    Ok(sqlx::query_as(
        "select layer, class, count(*) from city_elements where grid = $1 or dedicated = $1
         group by layer, class order by layer, count(*) desc, class",
    )
    .bind(grid)
    .fetch_all(conn)
    .await?)
}

/// A stored grid of another system.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its id.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The community, twelve digits.
    pub community: i64,
    /// Its area in square metres.
    pub area_m2: f64,
    /// Its area.
    pub polygon: Polygon,
}

/// Replaces all grids of a system.
///
/// # Errors
/// When the database fails.
pub async fn put_units(
    conn: &mut PgConnection,
    system: &str,
    new: &[PlannedUnit],
    now: Moment,
) -> Result<Vec<(Uuid, Polygon)>> {
    sqlx::query("delete from unit_grids where system = $1")
        .bind(system)
        .execute(&mut *conn)
        .await?;
    let made: Vec<(Uuid, Polygon)> = new
        .iter()
        .map(|u| (Uuid::now_v7(), u.polygon.clone()))
        .collect();
    let labels: Vec<_> = new
        .iter()
        .map(|u| crate::files::shape::label_point(&u.polygon))
        .collect();
    sqlx::query(
        "insert into unit_grids (id, system, code, community, name, geometry, lon, lat, area_m2)
         select id, $2, code, community, name, geometry, lon, lat, area_m2
         from unnest($1::uuid[], $3::text[], $4::bigint[], $5::text[], $6::bytea[], $7::float8[], $8::float8[],
                     $9::float8[]) as t (id, code, community, name, geometry, lon, lat, area_m2)",
    )
    .bind(made.iter().map(|m| m.0).collect::<Vec<_>>())
    .bind(system)
    .bind(new.iter().map(|u| u.code.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|u| u.community).collect::<Vec<_>>())
    .bind(new.iter().map(|u| u.name.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|u| polygon_to_wkb(&u.polygon)).collect::<Vec<_>>())
    .bind(labels.iter().map(|l| l.lon).collect::<Vec<_>>())
    .bind(labels.iter().map(|l| l.lat).collect::<Vec<_>>())
    .bind(new.iter().map(|u| u.polygon.area_km2() * 1e6).collect::<Vec<_>>())
    .execute(&mut *conn)
    .await?;
    sqlx::query("update grid_systems set made_at = $2 where key = $1")
        .bind(system)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(made)
}

/// Every grid of a system, by code; of all systems without one.
///
/// # Errors
/// When the database fails.
pub async fn units(conn: &mut PgConnection, system: Option<&str>) -> Result<Vec<Unit>> {
    let rows = sqlx::query(
        "select id, code, name, community, area_m2, geometry from unit_grids
         where $1::text is null or system = $1 order by system, code",
    )
    .bind(system)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let wkb: Vec<u8> = row.try_get("geometry")?;
            Ok(Unit {
                id: row.try_get("id")?,
                code: row.try_get("code")?,
                name: row.try_get("name")?,
                community: row.try_get("community")?,
                area_m2: row.try_get("area_m2")?,
                polygon: polygon_from_wkb(&wkb)
                    .map_err(|e| Error::ours("reading a unit grid", e))?,
            })
        })
        .collect()
}

/// Stores what units have in common with the net; what was known of these units before goes.
///
/// # Errors
/// When the database fails.
pub async fn put_overlaps(
    conn: &mut PgConnection,
    units: &[Uuid],
    shared: &[Shared],
) -> Result<()> {
    sqlx::query("delete from unit_overlaps where unit = any($1)")
        .bind(units)
        .execute(&mut *conn)
        .await?;
    for batch in shared.chunks(BATCH) {
        sqlx::query(
            "insert into unit_overlaps (unit, grid, area_m2, share_of_unit, share_of_grid)
             select unit, grid, area_m2, share_of_unit, share_of_grid
             from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[], $5::float8[])
               as t (unit, grid, area_m2, share_of_unit, share_of_grid)",
        )
        .bind(batch.iter().map(|s| s.unit).collect::<Vec<_>>())
        .bind(batch.iter().map(|s| s.grid.0).collect::<Vec<_>>())
        .bind(batch.iter().map(|s| s.area_m2).collect::<Vec<_>>())
        .bind(batch.iter().map(|s| s.share_of_unit).collect::<Vec<_>>())
        .bind(batch.iter().map(|s| s.share_of_grid).collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// A grid of another system that lies over one of the net.
#[derive(Debug, Clone)]
pub struct Over {
    /// The system's name, Chinese and English.
    pub system: (String, String),
    /// The other's code.
    pub code: String,
    /// The other's name.
    pub name: String,
    /// What both have in common, square metres.
    pub area_m2: f64,
    /// Of the other's area, 0..=1.
    pub share_of_unit: f64,
    /// Of this grid's, 0..=1.
    pub share_of_grid: f64,
}

/// Grids of other systems over a grid of the net, the most of it first.
///
/// # Errors
/// When the database fails.
pub async fn over(conn: &mut PgConnection, grid: GridId) -> Result<Vec<Over>> {
    let rows = sqlx::query(
        "select s.name_zh, s.name_en, u.code, u.name, o.area_m2, o.share_of_unit, o.share_of_grid
         from unit_overlaps o join unit_grids u on u.id = o.unit join grid_systems s on s.key = u.system
         where o.grid = $1 order by u.system, o.area_m2 desc, u.code limit 200",
    )
    .bind(grid)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Over {
                system: (row.try_get("name_zh")?, row.try_get("name_en")?),
                code: row.try_get("code")?,
                name: row.try_get("name")?,
                area_m2: row.try_get("area_m2")?,
                share_of_unit: row.try_get("share_of_unit")?,
                share_of_grid: row.try_get("share_of_grid")?,
            })
        })
        .collect()
}

/// Grids that border on `grid`, with the metres of border they share, the longest first. Looked for
/// among those of its kind whose label stands within twice the grid's own reach.
///
/// # Errors
/// When the database fails.
pub async fn neighbours(
    conn: &mut PgConnection,
    grid: &GridInfo,
) -> Result<Vec<(String, String, f64)>> {
    // A neighbour's label is as far away as both are wide; grids of a city differ less than that.
    let reach = (grid.area_m2.sqrt() / 111_000.0 * 4.0).max(0.02);
    let rows = sqlx::query(
        "select id, code, name, geometry from grids where valid_to is null and kind = $1
           and lon between $2 - $4 and $2 + $4 and lat between $3 - $4 and $3 + $4",
    )
    .bind(grid.kind)
    .bind(grid.lon)
    .bind(grid.lat)
    .bind(reach)
    .fetch_all(conn)
    .await?;
    let read = |row: &PgRow| -> Result<(GridId, String, String, Polygon)> {
        let wkb: Vec<u8> = row.try_get("geometry")?;
        let polygon =
            polygon_from_wkb(&wkb).map_err(|e| Error::ours("reading a grid's polygon", e))?;
        Ok((
            row.try_get("id")?,
            row.try_get("code")?,
            row.try_get("name")?,
            polygon,
        ))
    };
    let all: Vec<_> = rows.iter().map(read).collect::<Result<_>>()?;
    let Some(own) = all.iter().find(|g| g.0 == grid.id) else {
        return Ok(Vec::new());
    };
    let edges: std::collections::HashSet<_> = own.3.edges().map(|(a, b)| (b, a)).collect();
    let mut found: Vec<(String, String, f64)> = all
        .iter()
        .filter(|g| g.0 != grid.id)
        .filter_map(|(_, code, name, polygon)| {
            let shared = polygon.edges().filter(|e| edges.contains(e));
            let metres: f64 = shared
                .map(|(a, b)| a.to_lonlat().distance_m(b.to_lonlat()))
                .sum();
            (metres > 0.0).then(|| (code.clone(), name.clone(), metres.round()))
        })
        .collect();
    found.sort_by(|a, b| b.2.total_cmp(&a.2));
    Ok(found)
}
