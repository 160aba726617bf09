//! GeoJSON (RFC 7946), also with the older member that names a coordinate system.

use atlas::Reference;
use serde_json::{Map, Value, json};

use crate::encoding::Encoding;
use crate::layer::{
    Budget, Cell, Column, Feature, FileFault, Geometry, Layer, LayerGuess, few_columns,
};
use crate::package::Format;
use crate::wkt::closed;

/// Reads a feature collection, a feature or a bare geometry.
///
/// # Errors
/// When it is no GeoJSON, nested too deep, or too large.
pub(crate) fn read(text: &str) -> Result<Layer, FileFault> {
    // serde_json stops at a depth of 128.
    let value: Value = serde_json::from_str(text)
        .map_err(|e| FileFault::new("layer.not_json").with("said", e.to_string()))?;
    let reference = value["crs"]["properties"]["name"]
        .as_str()
        .and_then(named_reference);
    let features: Vec<&Value> = match value["type"].as_str() {
        Some("FeatureCollection") => value["features"]
            .as_array()
            .ok_or_else(|| FileFault::new("layer.not_geojson"))?
            .iter()
            .collect(),
        Some("Feature") => vec![&value],
        Some(kind) if kind.ends_with("Polygon") || kind == "Point" => vec![&value],
        _ => return Err(FileFault::new("layer.not_geojson")),
    };
    let mut columns: Vec<String> = Vec::new();
    let nothing = Map::new();
    let mut budget = Budget::default();
    let mut rows = Vec::with_capacity(features.len());
    for (row, feature) in (1_u32..).zip(features) {
        budget.feature()?;
        let properties = feature["properties"].as_object().unwrap_or(&nothing);
        for name in properties.keys() {
            if !columns.contains(name) {
                columns.push(name.clone());
                few_columns(&columns)?;
            }
        }
        let shape = if feature["type"] == "Feature" {
            &feature["geometry"]
        } else {
            feature
        };
        rows.push((row, properties, geometry(shape, &mut budget)?));
    }
    let features = rows
        .into_iter()
        .map(|(row, properties, geometry)| Feature {
            row,
            values: columns
                .iter()
                .map(|c| properties.get(c).map_or_else(String::new, plain))
                .collect(),
            geometry,
        })
        .collect();
    Ok(Layer {
        columns,
        features,
        guess: LayerGuess {
            format: Format::GeoJson,
            encoding: Encoding::Utf8,
            encoding_declared: true,
            reference,
        },
    })
}

/// `urn:ogc:def:crs:EPSG::4490` and the like.
fn named_reference(name: &str) -> Option<Reference> {
    if name.contains("CRS84") {
        return Some(Reference::Wgs84);
    }
    let number = name.rsplit([':', '/']).next()?;
    Reference::from_epsg(number.parse().ok()?)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn geometry(value: &Value, budget: &mut Budget) -> Result<Geometry, FileFault> {
    let at = &value["coordinates"];
    let found = match value["type"].as_str() {
        None if value.is_null() => Some(Geometry::Nothing),
        Some("Point") => point(at).map(Geometry::Point),
        Some("Polygon") => rings(at).map(Geometry::Polygon),
        Some("MultiPolygon") => at
            .as_array()
            .and_then(|all| all.iter().map(rings).collect::<Option<Vec<_>>>())
            .map(Geometry::Polygons),
        Some("LineString" | "MultiLineString") => Some(Geometry::Other("LineString")),
        Some("MultiPoint") => Some(Geometry::Other("MultiPoint")),
        Some("GeometryCollection") => Some(Geometry::Other("GeometryCollection")),
        _ => None,
    };
    let points = match &found {
        Some(Geometry::Polygon(rings)) => rings.iter().map(Vec::len).sum(),
        Some(Geometry::Polygons(all)) => all.iter().flatten().map(Vec::len).sum(),
        _ => 1,
    };
    budget.points(points)?;
    Ok(found.unwrap_or(Geometry::Broken))
}

fn point(value: &Value) -> Option<[f64; 2]> {
    Some([value.get(0)?.as_f64()?, value.get(1)?.as_f64()?])
}

fn rings(value: &Value) -> Option<Vec<Vec<[f64; 2]>>> {
    let ring = |ring: &Value| ring.as_array()?.iter().map(point).collect();
    value.as_array()?.iter().map(ring).collect()
}

/// Writes a feature collection; with a system other than WGS-84 or CGCS2000 it is named in the older
/// member `crs`, as `ogr2ogr` does.
pub(crate) fn write(
    columns: &[Column],
    rows: &[(Vec<Cell>, Geometry)],
    reference: Reference,
) -> String {
    let mut out = String::from("{\"type\":\"FeatureCollection\"");
    if reference.projected()
        && let Some(number) = reference.epsg()
    {
        let crs = json!({"type": "name", "properties": {"name": format!("urn:ogc:def:crs:EPSG::{number}")}});
        out.push_str(&format!(",\"crs\":{crs}"));
    }
    out.push_str(",\"features\":[\n");
    for (n, (cells, geometry)) in rows.iter().enumerate() {
        let properties: Map<String, Value> = columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| (column.name.clone(), cell_value(cell)))
            .collect();
        let feature =
            json!({"type": "Feature", "properties": properties, "geometry": shape(geometry)});
        if n > 0 {
            out.push_str(",\n");
        }
        out.push_str(&feature.to_string());
    }
    out.push_str("\n]}\n");
    out
}

fn cell_value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) if text.is_empty() => Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Number(n) => (*n).into(),
    }
}

fn shape(geometry: &Geometry) -> Value {
    let rings = |rings: &Vec<Vec<[f64; 2]>>| -> Vec<Vec<[f64; 2]>> {
        rings.iter().map(|r| closed(r).collect()).collect()
    };
    match geometry {
        Geometry::Point(at) => json!({"type": "Point", "coordinates": at}),
        Geometry::Polygon(all) => json!({"type": "Polygon", "coordinates": rings(all)}),
        Geometry::Polygons(parts) => {
            let parts: Vec<_> = parts.iter().map(rings).collect();
            json!({"type": "MultiPolygon", "coordinates": parts})
        }
        Geometry::Nothing | Geometry::Other(_) | Geometry::Broken => Value::Null,
    }
}
