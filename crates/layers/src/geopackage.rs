//! GeoPackage (OGC 12-128r18): a SQLite file with tables of features.

use atlas::Reference;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, MAIN_DB, OpenFlags, ToSql};

use crate::encoding::Encoding;
use crate::layer::{
    Budget, Cell, Column, Feature, FileFault, Geometry, Layer, LayerGuess, few_columns,
};
use crate::package::Format;
use crate::wkb::{self, Walk};

fn broken(error: rusqlite::Error) -> FileFault {
    FileFault::new("layer.not_geopackage").with("said", error.to_string())
}

/// A name as SQL wants it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Opens the bytes as a database in memory that trusts nothing in it: no function with effects runs
/// from its schema, nothing is written, no view or trigger is asked.
fn open(bytes: &[u8]) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_in_memory_with_flags(flags)?;
    conn.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), true)?;
    conn.execute_batch(
        "pragma trusted_schema = off; pragma query_only = on; pragma cell_size_check = on;",
    )?;
    Ok(conn)
}

/// Reads the layer with this name, or the only one.
///
/// # Errors
/// When it is no GeoPackage, has several layers and none is named, or is too large.
pub(crate) fn read(bytes: &[u8], layer: Option<&str>) -> Result<Layer, FileFault> {
    let conn = open(bytes).map_err(broken)?;
    let mut known = conn
        .prepare(
            "select g.table_name, g.column_name, g.srs_id from gpkg_geometry_columns g
             join gpkg_contents c on c.table_name = g.table_name
             join sqlite_master m on m.name = g.table_name and m.type = 'table'
             where c.data_type = 'features' order by g.table_name limit 100",
        )
        .map_err(broken)?;
    let named = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let tables: Vec<(String, String, i64)> = known
        .query_map([], named)
        .and_then(Iterator::collect)
        .map_err(broken)?;
    let table = chosen(&tables, layer)?;
    rows(&conn, table)
}

fn chosen<'a>(
    tables: &'a [(String, String, i64)],
    layer: Option<&str>,
) -> Result<&'a (String, String, i64), FileFault> {
    match (tables, layer) {
        ([], _) => Err(FileFault::new("layer.empty")),
        (_, Some(name)) => {
            let found = tables.iter().find(|t| t.0 == name);
            found.ok_or_else(|| FileFault::new("layer.no_such_layer").with("layer", name))
        }
        ([only], None) => Ok(only),
        (several, None) => {
            let names: Vec<&str> = several.iter().map(|t| t.0.as_str()).collect();
            Err(FileFault::new("layer.several").with("layers", names.join(", ")))
        }
    }
}

fn rows(
    conn: &Connection,
    (table, shape, srs): &(String, String, i64),
) -> Result<Layer, FileFault> {
    let mut columns: Vec<String> = Vec::new();
    let mut info = conn
        .prepare("select name from pragma_table_info(?1)")
        .map_err(broken)?;
    let names = info
        .query_map([table], |row| row.get::<_, String>(0))
        .map_err(broken)?;
    for name in names {
        let name = name.map_err(broken)?;
        if name != *shape {
            columns.push(name);
        }
    }
    few_columns(&columns)?;
    let wanted: Vec<String> = columns.iter().map(|c| quoted(c)).collect();
    let text = format!(
        "select {}{}{} from {} limit {}",
        quoted(shape),
        if wanted.is_empty() { "" } else { ", " },
        wanted.join(", "),
        quoted(table),
        crate::MOST_FEATURES + 1
    );
    let mut query = conn.prepare(&text).map_err(broken)?;
    let mut found = query.query([]).map_err(broken)?;
    let mut budget = Budget::default();
    let mut features = Vec::new();
    let mut row_number = 0;
    while let Some(row) = found.next().map_err(broken)? {
        budget.feature()?;
        row_number += 1;
        let geometry = match row.get_ref(0).map_err(broken)? {
            ValueRef::Null => Geometry::Nothing,
            ValueRef::Blob(blob) => match standard(blob) {
                Some(bytes) => wkb::parse(bytes, &mut budget)?,
                None => Geometry::Broken,
            },
            _ => Geometry::Broken,
        };
        let mut values = Vec::with_capacity(columns.len());
        for at in 1..=columns.len() {
            values.push(plain(row.get_ref(at).map_err(broken)?));
        }
        features.push(Feature {
            row: row_number,
            values,
            geometry,
        });
    }
    Ok(Layer {
        columns,
        features,
        guess: LayerGuess {
            format: Format::GeoPackage,
            encoding: Encoding::Utf8,
            encoding_declared: true,
            reference: reference(conn, *srs),
        },
    })
}

fn plain(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => String::new(),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(n) => n.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).trim().to_owned(),
    }
}

/// The well-known binary behind the header: `GP`, version, flags, number of the system, envelope.
fn standard(blob: &[u8]) -> Option<&[u8]> {
    let mut walk = Walk { rest: blob };
    if walk.take::<2>()? != *b"GP" {
        return None;
    }
    let [_, flags] = walk.take::<2>()?;
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    walk.rest.get(4 + envelope..)
}

/// The system by its EPSG number, else by its definition.
fn reference(conn: &Connection, srs: i64) -> Option<Reference> {
    let text = "select lower(organization), organization_coordsys_id, definition
                from gpkg_spatial_ref_sys where srs_id = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, i64>(1)?,
            row.get::<_, String>(2)?,
        ))
    };
    let (by, number, definition) = conn.query_row(text, [srs], read).ok()?;
    let number = u32::try_from(number).ok().filter(|_| by == "epsg");
    number
        .and_then(Reference::from_epsg)
        .or_else(|| Reference::from_wkt(&definition))
}

/// Our own number for systems no register knows.
const UNKNOWN_SRS: i64 = -1;

/// Writes a GeoPackage of one layer named `name`.
pub(crate) fn write(
    name: &str,
    columns: &[Column],
    rows: &[(Vec<Cell>, Geometry)],
    reference: Reference,
) -> Result<Vec<u8>, FileFault> {
    let wrong =
        |e: rusqlite::Error| FileFault::new("layer.not_written").with("said", e.to_string());
    let mut conn = Connection::open_in_memory().map_err(wrong)?;
    let points = rows.iter().any(|r| matches!(r.1, Geometry::Point(_)));
    let kind = if points { "POINT" } else { "POLYGON" };
    let srs = reference.epsg().map_or(UNKNOWN_SRS, i64::from);
    conn.execute_batch(include_str!("geopackage.sql"))
        .map_err(wrong)?;
    if let (Some(number), Some(text)) = (reference.epsg(), reference.wkt())
        && number != 4326
    {
        let row: [&dyn ToSql; 3] = [&reference.to_string(), &number, &text];
        conn.execute(
            "insert into gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition)
             values (?1, ?2, 'EPSG', ?2, ?3)",
            &row[..],
        )
        .map_err(wrong)?;
    }
    let defined: Vec<String> = columns
        .iter()
        .map(|c| {
            let kind = if c.number { "real" } else { "text" };
            format!(", {} {kind}", quoted(&c.name))
        })
        .collect();
    let table = quoted(name);
    let make = format!(
        "create table {table} (fid integer primary key autoincrement not null, geom {kind}{})",
        defined.concat()
    );
    conn.execute_batch(&make).map_err(wrong)?;
    let bounds = bounds(rows);
    let contents: [&dyn ToSql; 6] = [&name, &bounds[0], &bounds[1], &bounds[2], &bounds[3], &srs];
    conn.execute(
        "insert into gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)
         values (?1, 'features', ?1, ?2, ?3, ?4, ?5, ?6)",
        &contents[..],
    )
    .map_err(wrong)?;
    let geometry: [&dyn ToSql; 3] = [&name, &kind, &srs];
    conn.execute(
        "insert into gpkg_geometry_columns values (?1, 'geom', ?2, ?3, 0, 0)",
        &geometry[..],
    )
    .map_err(wrong)?;
    let tx = conn.transaction().map_err(wrong)?;
    {
        let slots: Vec<String> = (0..=columns.len()).map(|n| format!("?{}", n + 1)).collect();
        let names: Vec<String> = columns.iter().map(|c| quoted(&c.name)).collect();
        let names = [vec!["geom".to_owned()], names].concat();
        let text = format!(
            "insert into {table} ({}) values ({})",
            names.join(", "),
            slots.join(", ")
        );
        let mut insert = tx.prepare(&text).map_err(wrong)?;
        for (cells, geometry) in rows {
            let shape = blob(geometry, srs).map_or(Value::Null, Value::Blob);
            let values = std::iter::once(shape).chain(cells.iter().map(stored));
            insert
                .execute(rusqlite::params_from_iter(values))
                .map_err(wrong)?;
        }
    }
    tx.commit().map_err(wrong)?;
    let bytes = conn.serialize(MAIN_DB).map_err(wrong)?;
    Ok(bytes.to_vec())
}

fn stored(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) if text.is_empty() => Value::Null,
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Number(n) => Value::Real(*n),
    }
}

/// Header without an envelope, then well-known binary.
fn blob(geometry: &Geometry, srs: i64) -> Option<Vec<u8>> {
    let bytes = wkb::bytes(geometry)?;
    let srs = i32::try_from(srs).unwrap_or(-1);
    let mut out = vec![b'G', b'P', 0, 1];
    out.extend(srs.to_le_bytes());
    out.extend(bytes);
    Some(out)
}

fn bounds(rows: &[(Vec<Cell>, Geometry)]) -> [f64; 4] {
    let mut found = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    let mut add = |[x, y]: [f64; 2]| {
        found = [
            found[0].min(x),
            found[1].min(y),
            found[2].max(x),
            found[3].max(y),
        ];
    };
    for (_, geometry) in rows {
        match geometry {
            Geometry::Point(p) => add(*p),
            Geometry::Polygon(rings) => rings.iter().flatten().for_each(|p| add(*p)),
            Geometry::Polygons(all) => all.iter().flatten().flatten().for_each(|p| add(*p)),
            _ => {}
        }
    }
    found
}
