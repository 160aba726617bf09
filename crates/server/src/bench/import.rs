//! The whole net from a Shapefile in GCJ-02 into an empty city, and out again.

use std::time::Instant;

use anyhow::ensure;
use divisions::Net;
use divisions::files::desk::{Chosen, export, look_through, take_in};
use divisions::files::write::Wanted;
use divisions::files::{Manner, Target};
use layers::{Encoding, Format};
use sqlx::PgPool;

use super::Bench;
use super::stand::Stand;
use crate::boot::told;

/// A second city on the same cluster, empty.
const SCHEMA: &str = "bench_import";

/// Measures.
///
/// # Errors
/// When a file cannot be written or read, or something in it is at fault.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    kernel::migrate::migrate(&stand.owner, SCHEMA)
        .await
        .map_err(told)?;
    let empty = kernel::db::open(&stand.home.url, SCHEMA, 4)
        .await
        .map_err(told)?;
    let done = through(bench, stand, &empty).await;
    empty.close().await;
    done
}

async fn through(bench: &mut Bench, stand: &Stand, empty: &PgPool) -> anyhow::Result<()> {
    let wanted = Wanted {
        format: Format::Shapefile,
        reference: atlas::Reference::Gcj02,
        encoding: Encoding::Gb18030,
    };
    let net = stand.city.divisions.net.current();
    let count = net.grids().count();
    let mut files = Vec::new();
    let begun = Instant::now();
    for target in [Target::Divisions, Target::Grids] {
        let chosen = Chosen {
            target,
            system: None,
            element_layer: None,
        };
        let pool = &stand.city.app.db;
        let bytes = export(pool, net.clone(), &chosen, wanted).await;
        files.push((target, bytes.map_err(told)?));
    }
    let out = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    for (target, bytes) in files {
        let manner = Manner {
            crs: Some("gcj02".to_owned()),
            ..Manner::of(target)
        };
        let city = stand.city.app.city.code;
        let look = look_through(empty, bytes, manner, city)
            .await
            .map_err(told)?;
        ensure!(look.plan.sound(), "{:?}", look.plan.faults().first());
        let current = Net::load(empty).await.map_err(told)?.current();
        let now = stand.city.app.clock.now();
        let mut tx = empty.begin().await?;
        take_in(&mut tx, &look.plan, &look.ground, &current, None, now)
            .await
            .map_err(told)?;
        tx.commit().await?;
    }
    let taken = Net::load(empty).await.map_err(told)?.current();
    let into = begun.elapsed().as_secs_f64();
    ensure!(taken.grids().count() == count, "every grid came through");
    let sizes = format!("{count} grids and all divisions, Shapefiles in GCJ-02 and GB18030");
    bench.line(
        "import",
        "into an empty city: read, welded, checked for overlaps and gaps, stored, in force",
        &sizes,
        format!("{into:.1} s"),
        "≤ 10 s",
        Some(into <= 10.0),
    );
    bench.line(
        "import",
        "out of the city",
        &sizes,
        format!("{out:.1} s"),
        "",
        None,
    );
    Ok(())
}
