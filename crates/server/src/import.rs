//! `gridwork import …`: calendars and catalogues from files, with a row-by-row report.

use std::path::Path;

use anyhow::{Context, bail};
use kernel::Lang;
use matters::import::{OnError, read_catalogue};
use worktime::Calendar;

use crate::boot::{City, told};

/// Imports a year's holidays and made-up working days from CSV (`date,kind,name_zh,name_en`), then
/// counts provisional deadlines again.
///
/// # Errors
/// When a row does not fit (nothing is imported then), or the database fails.
pub async fn calendar(city: &City, year: i16, path: &Path) -> anyhow::Result<String> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    if let Err(errors) = Calendar::parse_csv(year, &text) {
        let lines: Vec<String> = errors
            .iter()
            .map(|e| format!("{}: {e}", path.display()))
            .collect();
        bail!("nothing was imported\n{}", lines.join("\n"));
    }
    let mut tx = city.app.db.begin().await?;
    sqlx::query("delete from calendar_days where extract(year from day) = $1")
        .bind(i32::from(year))
        .execute(&mut *tx)
        .await?;
    let mut days = 0;
    for line in text
        .lines()
        .filter(|l| !l.starts_with('#') && !l.starts_with("date"))
    {
        let parts: Vec<&str> = line.split(',').collect();
        let (Some(day), Some(kind)) = (parts.first(), parts.get(1)) else {
            continue;
        };
        sqlx::query("insert into calendar_days (day, kind, name_zh, name_en) values ($1::text::date, $2, $3, $4)")
            .bind(day.trim())
            .bind(kind.trim())
            .bind(parts.get(2).map_or("", |t| t.trim()))
            .bind(parts.get(3).map_or("", |t| t.trim()))
            .execute(&mut *tx)
            .await?;
        days += 1;
    }
    tx.commit().await?;
    let moved = city.cases.recount().await.map_err(told)?;
    Ok(format!(
        "{days} days of {year} imported; the deadlines of {moved} open cases moved"
    ))
}

/// Imports a catalogue of matters from a spreadsheet (xlsx or CSV).
///
/// # Errors
/// When a row does not fit (nothing is imported then; every fault is named), or the database fails.
pub async fn catalogue(city: &City, path: &Path, lang: Lang) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let report = read_catalogue(&bytes, OnError::RefuseAll);
    if !report.errors.is_empty() {
        let lines: Vec<String> = report.errors.iter().map(|e| e.message(lang)).collect();
        bail!(
            "nothing was imported; {} faults\n{}",
            lines.len(),
            lines.join("\n")
        );
    }
    let mut tx = city.app.db.begin().await?;
    let now = city.app.clock.now();
    let changed = matters::store::versions::put(&mut tx, &report.accepted, now, None)
        .await
        .map_err(told)?;
    tx.commit().await?;
    Ok(format!(
        "{} matters imported, {changed} of them new or changed",
        report.accepted.len()
    ))
}
