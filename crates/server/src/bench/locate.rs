//! Point → grid on the full net: how fast on one core, whether exact at the borders, how fast a net is swapped.

use std::hint::black_box;
use std::time::Instant;

use anyhow::ensure;
use atlas::city::City;
use atlas::polygon::Vertex;
use atlas::{GridKind, LonLat, NetIndex};

use super::Bench;
use super::dice::Dice;
use super::stand::Stand;
use super::times::{Times, shown};
use crate::boot::told;
use crate::schematic;

/// Half the width of a cluster about a grid's label point, degrees: some 300 m.
const SPREAD: f64 = 0.003;

/// Points about random grids: dense where grids are dense.
pub fn clustered(city: &City, dice: &mut Dice) -> LonLat {
    let at = dice.one(&city.grids).label_point;
    LonLat {
        lon: at.lon + (dice.unit() - 0.5) * 2.0 * SPREAD,
        lat: at.lat + (dice.unit() - 0.5) * 2.0 * SPREAD,
    }
}

/// Measures.
///
/// # Errors
/// When the net cannot be read, or a point on a border is in no grid or in two.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let city = schematic::city(schematic::SEED)?;
    let begun = Instant::now();
    let grids = (0..).zip(&city.grids).map(|(n, g)| (n, g.kind, &g.polygon));
    let index = NetIndex::build(1, grids);
    let built = begun.elapsed().as_secs_f64() * 1000.0;
    let count = bench.size(8_000_000, 1_000_000);
    let mut dice = Dice::new(0x5EED);
    let points: Vec<LonLat> = (0..count).map(|_| clustered(&city, &mut dice)).collect();
    let sizes = format!(
        "{} grids, {count} points clustered about grids, one core",
        city.grids.len()
    );
    let rate = (0..3)
        .map(|_| per_second(&points, |p| index.locate(p).basic.is_some()))
        .fold(0.0, f64::max);
    bench.line(
        "locate",
        "point → basic and dedicated grid",
        &sizes,
        format!("{:.2} million/s", rate / 1e6),
        "≥ 4 million/s",
        Some(rate >= 4e6),
    );
    let net = stand.city.divisions.net.current();
    let some = &points[..points.len() / 8];
    let rate = per_second(some, |p| net.locate(p.lon, p.lat).is_some());
    bench.line(
        "locate",
        "the same as a report asks it: with names and metres to the border",
        &sizes.replace(&count.to_string(), &some.len().to_string()),
        format!("{:.2} million/s", rate / 1e6),
        "",
        None,
    );
    let checked = borders(&city, &index, bench.size(400_000, 40_000))?;
    bench.line(
        "locate",
        "exact at the borders: in exactly the one grid that an exact test of every grid finds",
        &format!("{checked} points on and one lattice step (11 mm) beside corners and edges"),
        "no difference".to_owned(),
        "none",
        Some(true),
    );
    swap(bench, stand, built).await
}

fn per_second(points: &[LonLat], locate: impl Fn(LonLat) -> bool) -> f64 {
    let begun = Instant::now();
    let found = points.iter().filter(|p| locate(**p)).count();
    let rate = points.len() as f64 / begun.elapsed().as_secs_f64();
    black_box(found);
    rate
}

/// Compares the index with the exact test of every grid at points on and next to borders; answers how many.
fn borders(city: &City, index: &NetIndex, count: usize) -> anyhow::Result<usize> {
    let mut dice = Dice::new(0xB0DE);
    let mut inside = 0;
    for _ in 0..count {
        let ring = dice.one(&city.grids).polygon.exterior();
        let at = dice.below(ring.len());
        let (a, b) = (ring[at], ring[(at + 1) % ring.len()]);
        let along = dice.unit();
        // A corner, or the lattice point nearest to a place on the edge.
        let on = if dice.unit() < 0.5 {
            a
        } else {
            Vertex {
                x: a.x + (f64::from(b.x - a.x) * along) as i32,
                y: a.y + (f64::from(b.y - a.y) * along) as i32,
            }
        };
        let step = |dice: &mut Dice| dice.below(3) as i32 - 1;
        let p = Vertex {
            x: on.x + step(&mut dice),
            y: on.y + step(&mut dice),
        };
        let holding: Vec<u32> = (0..)
            .zip(&city.grids)
            .filter(|(_, g)| {
                let (low, high) = g.polygon.bounds();
                let near = low.x <= p.x && p.x <= high.x && low.y <= p.y && p.y <= high.y;
                near && g.polygon.holds(p)
            })
            .map(|(n, _)| n)
            .collect();
        let of = |kind| {
            let own = holding.iter().copied();
            own.filter(move |n| city.grids[*n as usize].kind == kind)
        };
        let found = index.locate_vertex(p);
        let basic: Vec<u32> = of(GridKind::Basic).collect();
        ensure!(
            basic.len() <= 1,
            "{p:?} lies in {} basic grids",
            basic.len()
        );
        ensure!(
            found.basic == basic.first().copied()
                && found.dedicated.iter().copied().eq(of(GridKind::Dedicated)),
            "{p:?} was located in {found:?}, lies in {holding:?}"
        );
        inside += usize::from(found.basic.is_some());
    }
    ensure!(inside > count / 2, "few border points lie in the city");
    Ok(count)
}

async fn swap(bench: &mut Bench, stand: &Stand, built: f64) -> anyhow::Result<()> {
    let mut times = Times::default();
    let net = &stand.city.divisions.net;
    for _ in 0..bench.size(20, 5) {
        let begun = Instant::now();
        net.reload(&stand.city.app.db).await.map_err(told)?;
        times.push(begun.elapsed());
    }
    let worst = times.ms(100.0);
    bench.line(
        "locate",
        "swap of the net: read from the database, index, tiles and names built, put in place",
        &format!(
            "{} grids, {} times",
            net.current().grids().count(),
            times.len()
        ),
        format!(
            "p50 {} ms, worst {} ms (the index alone {} ms)",
            shown(times.ms(50.0)),
            shown(worst),
            shown(built)
        ),
        "< 200 ms",
        Some(worst < 200.0),
    );
    Ok(())
}
