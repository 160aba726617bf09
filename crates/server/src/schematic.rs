//! The schematic city: areas drawn by seed for real codes and names.

use anyhow::{Context, anyhow};
use atlas::city::{City, generate, parse_anchors, parse_divisions};
use serde_json::{Value, json};

/// The seed of the demo.
pub const SEED: u64 = 320_400;

/// Draws the city of `seed` from the shipped divisions and anchors.
///
/// # Errors
/// When no valid net comes out; another seed may do.
pub fn city(seed: u64) -> anyhow::Result<City> {
    let divisions = parse_divisions(include_str!("../../../data/divisions.csv"));
    let anchors = parse_anchors(include_str!("../../../data/county_anchors.csv"));
    let divisions = divisions
        .map_err(|e| anyhow!("{e}"))
        .context("data/divisions.csv")?;
    let anchors = anchors
        .map_err(|e| anyhow!("{e}"))
        .context("data/county_anchors.csv")?;
    generate(&divisions, &anchors, seed)
        .map_err(|e| anyhow!("{e}"))
        .context("drawing the city")
}

/// The city as GeoJSON files, name and text. Every feature says that it is schematic.
#[must_use]
pub fn geojson(city: &City) -> [(&'static str, String); 2] {
    let divisions = city.divisions.iter().map(|d| {
        feature(
            &d.polygon,
            json!({"code": d.code.to_string(), "name": d.name, "level": d.level, "schematic": true}),
        )
    });
    let grids = city.grids.iter().map(|g| {
        feature(
            &g.polygon,
            json!({"code": g.code, "name": g.name, "kind": g.kind, "dedicated_kind": g.dedicated_kind,
                   "community": g.community.to_string(), "schematic": true}),
        )
    });
    [
        ("divisions.geojson", collection(divisions.collect())),
        ("grids.geojson", collection(grids.collect())),
    ]
}

fn collection(features: Vec<Value>) -> String {
    json!({"type": "FeatureCollection", "features": features}).to_string()
}

fn feature(polygon: &atlas::Polygon, properties: Value) -> Value {
    json!({"type": "Feature", "properties": properties, "geometry": polygon.to_geojson()})
}
