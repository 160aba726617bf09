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

/// Imports a catalogue of matters from a spreadsheet (xlsx or CSV), and lists them as put on the grids of
/// the whole city where a `decision` taken before is named.
///
/// # Errors
/// When a row does not fit (nothing is imported then; every fault is named), when a decision is named and
/// an admission was asked for already, or the database fails.
pub async fn catalogue(
    city: &City,
    path: &Path,
    decision: Option<&str>,
    lang: Lang,
) -> anyhow::Result<String> {
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
    let mut said = format!(
        "{} matters imported, {changed} of them new or changed",
        report.accepted.len()
    );
    if let Some(decision) = decision {
        let codes: Vec<&str> = report.accepted.iter().map(|m| m.code.as_str()).collect();
        let listed =
            matters::store::admissions::found(&mut tx, &codes, city.app.city.code, decision)
                .await
                .map_err(|e| self::said(&e, lang))?;
        said.push_str(&format!("; {listed} more may be put on grids"));
    }
    tx.commit().await?;
    Ok(said)
}

/// Imports people with their seats from a spreadsheet (xlsx or CSV).
///
/// # Errors
/// When a row does not fit (nothing is imported then; every fault is named), or the database fails.
pub async fn people(
    city: &City,
    path: &Path,
    try_only: bool,
    lang: Lang,
) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let mut tx = city.app.db.begin().await?;
    let report = staff::import::People {
        state: &city.staff,
        actor: None,
        lang,
        now: city.app.clock.now(),
    }
    .take_in(&mut tx, bytes, try_only)
    .await
    .map_err(|e| said(&e, lang))?;
    tx.commit().await?;
    outcome(&report, "people")
}

/// Imports organisations from a spreadsheet (xlsx or CSV).
///
/// # Errors
/// As [`people`].
pub async fn orgs(city: &City, path: &Path, try_only: bool, lang: Lang) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let mut tx = city.app.db.begin().await?;
    let report = staff::import::UnitsSheet {
        state: &city.staff,
        actor: None,
        lang,
        now: city.app.clock.now(),
    }
    .take_in(&mut tx, bytes, try_only)
    .await
    .map_err(|e| said(&e, lang))?;
    tx.commit().await?;
    outcome(&report, "organisations")
}

/// A refusal as a sentence, with what is said of its fields.
fn said(error: &kernel::Error, lang: Lang) -> anyhow::Error {
    let problem = error.problem(lang, None);
    let fields = problem["fields"].as_array().cloned().unwrap_or_default();
    let told: Vec<&str> = fields
        .iter()
        .filter_map(|f| f["detail"].as_str())
        .chain(problem["detail"].as_str().filter(|_| fields.is_empty()))
        .collect();
    anyhow::anyhow!("{}", told.join("\n"))
}

fn outcome(report: &staff::import::Report, what: &str) -> anyhow::Result<String> {
    if report.faults > 0 {
        let lines: Vec<&str> = report.errors.iter().map(|e| e.detail.as_str()).collect();
        bail!(
            "nothing was imported; {} faults\n{}",
            report.faults,
            lines.join("\n")
        );
    }
    let did = if report.stored {
        "imported"
    } else {
        "would be imported"
    };
    Ok(format!(
        "{} {what} new, {} changed, {} as known; {} seats new, {} changed: {did}",
        report.new, report.changed, report.same, report.seats_new, report.seats_changed
    ))
}
