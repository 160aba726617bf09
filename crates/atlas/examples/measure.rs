//! Measures the crate on the demo city: generation, index, point → grid, tiles.
//!
//! `cargo run --release -p atlas --example measure [seed] [geojson-file]`; the optional file gets all
//! shapes, to look at them.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use atlas::city::{City, generate, parse_anchors, parse_divisions};
use atlas::tiles::{Area, AreaLayer, Crowding, MapPoint, PointLayer, Tile};
use atlas::{GridKind, Level, LonLat, NetIndex, Polygon};

const POINTS: usize = 4_000_000;
const CASES: usize = 100_000;
const STAGES: [&str; 5] = ["accept", "dispatch", "handling", "check", "close"];

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let seed = args.next().map_or(Ok(1), |s| s.parse())?;
    let city = make_city(seed)?;
    if let Some(path) = args.next() {
        write_geojson(&city, &path)?;
    }
    measure_locate(&city);
    measure_areas(&city);
    measure_points(&city);
    Ok(())
}

fn make_city(seed: u64) -> Result<City, Failure> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let divisions = parse_divisions(&std::fs::read_to_string(data.join("divisions.csv"))?)?;
    let anchors = parse_anchors(&std::fs::read_to_string(data.join("county_anchors.csv"))?)?;
    let start = Instant::now();
    let city = generate(&divisions, &anchors, seed)?;
    let corners: usize = city.grids.iter().map(|g| g.polygon.exterior().len()).sum();
    println!(
        "city: {:.2?}, {} grids, {corners} corners",
        start.elapsed(),
        city.grids.len()
    );
    Ok(city)
}

fn write_geojson(city: &City, path: &str) -> Result<(), Failure> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let divisions = city
        .divisions
        .iter()
        .map(|d| (d.level.as_str(), &d.name, &d.polygon));
    let grids = city
        .grids
        .iter()
        .map(|g| (g.kind.as_str(), &g.name, &g.polygon));
    let feature = |(level, name, polygon): (&str, &String, &Polygon)| {
        serde_json::json!({
            "type": "Feature",
            "properties": { "level": level, "name": name, "km2": polygon.area_km2() },
            "geometry": polygon.to_geojson(),
        })
    };
    let features: Vec<_> = divisions.chain(grids).map(feature).collect();
    let all = serde_json::json!({ "type": "FeatureCollection", "features": features });
    Ok(writeln!(file, "{all}")?)
}

/// A small generator of its own, so that the measurement needs no further crate.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Points about random grids: dense where grids are dense.
    fn clustered(&mut self, city: &City, count: usize) -> Vec<LonLat> {
        (0..count)
            .map(|_| {
                let grid = (self.unit() * city.grids.len() as f64) as usize;
                let at = city.grids[grid].label_point;
                LonLat {
                    lon: at.lon + (self.unit() - 0.5) * 0.006,
                    lat: at.lat + (self.unit() - 0.5) * 0.006,
                }
            })
            .collect()
    }
}

fn measure_locate(city: &City) {
    let start = Instant::now();
    let grids = (0..)
        .zip(&city.grids)
        .map(|(id, g)| (id, g.kind, &g.polygon));
    let index = NetIndex::build(1, grids);
    println!(
        "index of {} grids: built in {:.1?}",
        index.len(),
        start.elapsed()
    );
    let mut dice = Dice(0x5EED);
    let clustered = dice.clustered(city, POINTS);
    let (low, high) = city.divisions[0].polygon.bounds();
    let (low, high) = (low.to_lonlat(), high.to_lonlat());
    let uniform: Vec<LonLat> = (0..POINTS)
        .map(|_| LonLat {
            lon: low.lon + dice.unit() * (high.lon - low.lon),
            lat: low.lat + dice.unit() * (high.lat - low.lat),
        })
        .collect();
    for (name, points) in [("clustered", clustered), ("uniform", uniform)] {
        let start = Instant::now();
        let found = points
            .iter()
            .filter(|p| index.locate(**p).basic.is_some())
            .count();
        let rate = points.len() as f64 / start.elapsed().as_secs_f64() / 1e6;
        println!(
            "locate {name}: {rate:.2} million points/s, {found} of {} inside",
            points.len()
        );
    }
}

fn measure_areas(city: &City) {
    let start = Instant::now();
    let mut layers: Vec<AreaLayer> = [
        ("cities", Level::City, 0..=20),
        ("districts", Level::County, 0..=20),
        ("towns", Level::Town, 7..=20),
        ("communities", Level::Village, 8..=20),
    ]
    .into_iter()
    .map(|(name, level, zooms)| {
        let areas = city
            .divisions
            .iter()
            .filter(|d| d.level == level)
            .map(|d| Area {
                id: d.code.number() as u64,
                polygon: &d.polygon,
                label_point: Some(d.label_point),
                props: vec![
                    ("name", d.name.as_str().into()),
                    ("code", d.code.to_string().into()),
                ],
            });
        AreaLayer::build(name, zooms, areas)
    })
    .collect();
    for (name, kind) in [
        ("grids", GridKind::Basic),
        ("dedicated", GridKind::Dedicated),
    ] {
        let grids = (0..).zip(&city.grids).filter(|(_, g)| g.kind == kind);
        let areas = grids.map(|(id, g)| Area {
            id,
            polygon: &g.polygon,
            label_point: Some(g.label_point),
            props: vec![
                ("name", g.name.as_str().into()),
                ("code", g.code.as_str().into()),
            ],
        });
        layers.push(AreaLayer::build(name, 0..=20, areas));
    }
    println!("area layers: built in {:.1?}", start.elapsed());
    measure_tiles("areas", city, |z, x, y| {
        layers.iter().flat_map(|l| l.encode(z, x, y)).collect()
    });
}

fn measure_points(city: &City) {
    let places = Dice(0xCA5E).clustered(city, CASES);
    let start = Instant::now();
    let points = (0..).zip(&places).map(|(id, at): (u64, _)| MapPoint {
        id,
        at: *at,
        stage: STAGES[id as usize % STAGES.len()],
        overdue: id % 11 == 0,
        props: vec![("number", format!("261124-{id:05}").into())],
    });
    let layer = PointLayer::build("cases", Crowding::default(), points);
    println!("{} cases: built in {:.1?}", layer.len(), start.elapsed());
    measure_tiles("cases", city, |z, x, y| layer.encode(z, x, y));
}

/// Encodes tiles where the grids are, dense places more often, at each zoom.
fn measure_tiles(name: &str, city: &City, encode: impl Fn(u8, u32, u32) -> Vec<u8>) {
    for z in 6..=18 {
        let tiles = city
            .grids
            .iter()
            .step_by(13)
            .filter_map(|g| Tile::holding(z, g.label_point));
        let mut runs: Vec<(Duration, usize)> = tiles
            .map(|tile| {
                let start = Instant::now();
                let bytes = encode(tile.z(), tile.x(), tile.y());
                (start.elapsed(), bytes.len())
            })
            .collect();
        runs.sort_unstable();
        let largest = runs.iter().map(|r| r.1).max().unwrap_or_default();
        let rank = |percent: usize| runs[(runs.len() - 1) * percent / 100].0;
        println!(
            "{name} z{z}: p50 {:.2?}, p99 {:.2?}, ≤ {largest} bytes",
            rank(50),
            rank(99)
        );
    }
}
