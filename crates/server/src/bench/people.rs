//! Seventeen thousand people with their seats from one spreadsheet: tried, taken, taken again.

use std::time::Instant;

use anyhow::ensure;
use kernel::Lang;
use staff::import::{PEOPLE, People, Report};
use staff::sheet;

use super::Bench;
use super::stand::Stand;
use crate::boot::told;

/// Measures.
///
/// # Errors
/// When the sheet is not taken whole, or the same again changes anything.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let count = bench.size(17_000, 1_700);
    let net = stand.city.divisions.net.current();
    let mut grids: Vec<_> = net.grids().cloned().collect();
    grids.sort_by(|a, b| a.code.cmp(&b.code));
    let rows: Vec<Vec<String>> = (0..count)
        .map(|n| {
            let grid = &grids[n % grids.len()];
            vec![
                format!("B{n:06}"),
                format!("人员{n}"),
                format!("101{n:08}"),
                String::new(),
                "网格员".to_owned(),
                if n % 3 == 0 { "兼职" } else { "专职" }.to_owned(),
                String::new(),
                grid.code.clone(),
                "2026-01-01".to_owned(),
                String::new(),
            ]
        })
        .collect();
    let bytes = sheet::write("人员", Lang::Zh, PEOPLE, &rows, None).map_err(told)?;
    let sizes = format!("{count} people with a seat each, xlsx");
    for (what, try_only, fresh) in [
        (
            "import people: read, checked, compared; nothing stored",
            true,
            true,
        ),
        ("import people: stored", false, true),
        ("import people: the same sheet again", false, false),
    ] {
        let begun = Instant::now();
        let report = take_in(stand, bytes.clone(), try_only).await?;
        let took = begun.elapsed().as_secs_f64();
        let wanted = if fresh { count } else { 0 };
        ensure!(
            report.faults == 0 && report.new == wanted && report.seats_new == wanted,
            "{what}: {} faults, {} new, {} seats",
            report.faults,
            report.new,
            report.seats_new
        );
        bench.line(
            "people",
            what,
            &sizes,
            format!("{took:.2} s"),
            "≤ 10 s",
            Some(took <= 10.0),
        );
    }
    Ok(())
}

async fn take_in(stand: &Stand, bytes: Vec<u8>, try_only: bool) -> anyhow::Result<Report> {
    let mut tx = stand.city.app.db.begin().await?;
    let report = People {
        state: &stand.city.staff,
        actor: None,
        lang: Lang::Zh,
        now: stand.city.app.clock.now(),
    }
    .take_in(&mut tx, bytes, try_only)
    .await
    .map_err(told)?;
    tx.commit().await?;
    Ok(report)
}
