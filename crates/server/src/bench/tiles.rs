//! Vector tiles of areas and of open cases, drawn in this process: each tile once, none from what is kept.

use std::collections::HashSet;
use std::time::Instant;

use atlas::LonLat;
use atlas::tiles::Tile;
use centre::live::Reach;
use centre::tiles::{Colours, Look, Stages, Tiles};

use super::Bench;
use super::stand::Stand;
use super::times::{Times, shown};
use crate::boot::told;

/// Zooms a map shows.
const ZOOMS: std::ops::RangeInclusive<u8> = 6..=18;

/// Measures.
///
/// # Errors
/// When the net or the cases cannot be read.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let net = &stand.city.divisions.net;
    let mut drawn: Vec<(u8, Times)> = ZOOMS.map(|z| (z, Times::default())).collect();
    let rounds = bench.size(5, 2);
    for _ in 0..rounds {
        // A fresh net has drawn nothing yet.
        net.reload(&stand.city.app.db).await.map_err(told)?;
        let current = net.current();
        let places: Vec<LonLat> = current
            .grids()
            .map(|g| LonLat {
                lon: g.lon,
                lat: g.lat,
            })
            .collect();
        for (z, times) in &mut drawn {
            for tile in tiles(*z, &places) {
                let begun = Instant::now();
                let bytes = current.tiles.encode(tile.z(), tile.x(), tile.y());
                times.push(begun.elapsed());
                std::hint::black_box(bytes.len());
            }
        }
    }
    let grids = net.current().grids().count();
    tell(
        bench,
        "districts, towns, communities, grids with their labels",
        &format!("{grids} grids, every tile that holds one, drawn {rounds} times"),
        &drawn,
    );
    cases(bench, stand).await
}

async fn cases(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let app = &stand.city.app;
    let held = Tiles::default();
    let begun = Instant::now();
    held.load(&app.db).await.map_err(told)?;
    let loaded = begun.elapsed().as_secs_f64() * 1000.0;
    let look = Look {
        reach: Reach {
            areas: vec![kernel::actor::code_range(app.city.code)],
            ..Reach::default()
        },
        stages: Stages::of::<&str>(&[]),
        colours: Colours::of::<&str>(&[]),
    };
    let places: Vec<LonLat> = stand
        .city
        .divisions
        .net
        .current()
        .grids()
        .map(|g| LonLat {
            lon: g.lon,
            lat: g.lat,
        })
        .collect();
    let rounds = bench.size(5, 2);
    let mut drawn: Vec<(u8, Times)> = ZOOMS.map(|z| (z, Times::default())).collect();
    for _ in 0..rounds {
        for (z, times) in &mut drawn {
            for tile in tiles(*z, &places) {
                let begun = Instant::now();
                let bytes = held.encode(tile.z(), tile.x(), tile.y(), &look, app.clock.now());
                times.push(begun.elapsed());
                std::hint::black_box(bytes.len());
            }
        }
    }
    let sizes = format!(
        "{} open cases seen by a city-wide seat, every tile that holds a grid, drawn {rounds} times; read from the database once in {} ms",
        held.len(),
        shown(loaded)
    );
    tell(bench, "open cases, single or counted", &sizes, &drawn);
    Ok(())
}

/// Every tile of a zoom that holds one of the places.
fn tiles(z: u8, places: &[LonLat]) -> Vec<Tile> {
    let mut seen = HashSet::new();
    places
        .iter()
        .filter_map(|at| Tile::holding(z, *at))
        .filter(|tile| seen.insert((tile.x(), tile.y())))
        .collect()
}

fn tell(bench: &mut Bench, what: &str, sizes: &str, drawn: &[(u8, Times)]) {
    let each: Vec<String> = drawn
        .iter()
        .map(|(z, times)| format!("z{z} {}", shown(times.ms(99.0))))
        .collect();
    let worst = drawn
        .iter()
        .map(|(_, times)| times.ms(99.0))
        .fold(0.0, f64::max);
    bench.line(
        "tiles",
        what,
        sizes,
        format!("p99 ms: {}", each.join(", ")),
        "p99 < 10 ms at every zoom",
        Some(worst < 10.0),
    );
}
