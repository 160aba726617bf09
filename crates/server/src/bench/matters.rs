//! Matters at the desk: a sheet of 1,107 into a draft's worth of checks, a draft of routing tried on a year of
//! cases by the code that dispatches, the burden board of a year of a whole city.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::ensure;
use kernel::Scope;
use matters::catalogue::{Bilingual, Catalogue, Lang};
use matters::import::{OnError, check, read_catalogue};
use matters::routing::table::{RoutingRule, RuleBody, Times as Hours};

use super::Bench;
use super::stand::Stand;
use super::times::{Times, shown};
use crate::boot::told;

/// Matters of a whole city's catalogue.
const MATTERS: usize = 1_107;

/// Measures.
///
/// # Errors
/// When a sheet does not come back whole, or the database fails.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    sheet(bench, stand)?;
    trial(bench, stand).await?;
    board(bench, stand).await
}

fn sheet(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let shelf = stand.city.cases.shelf.current();
    let known = shelf.catalogue.matters();
    let all = known.iter().cycle().take(MATTERS).zip(0_usize..);
    let many = Catalogue::new(all.map(|(matter, n)| {
        let (category, serial) = (n / 123 + 1, n % 123 + 1);
        let mut matter = matter.clone();
        matter.code = format!("M{category:02}{serial:03}");
        matter.category_code = format!("M{category:02}");
        matter.category = Bilingual::new(format!("类别{category}"), format!("Category {category}"));
        matter.name.zh = format!("{}{n}", matter.name.zh);
        matter
    }));
    let begun = Instant::now();
    let bytes = matters::routes::written_sheet(Lang::Zh, &many).map_err(told)?;
    let written = begun.elapsed();
    let begun = Instant::now();
    let report = read_catalogue(&bytes, OnError::RefuseAll);
    let read = begun.elapsed();
    ensure!(
        report.is_clean() && report.accepted == many.matters(),
        "the sheet came back otherwise"
    );
    let begun = Instant::now();
    ensure!(
        check(&report.accepted).1.is_empty(),
        "the catalogue has faults"
    );
    let checked = begun.elapsed();
    let ms = |d: std::time::Duration| shown(d.as_secs_f64() * 1_000.0);
    let whole = (read + checked).as_secs_f64();
    bench.line(
        "matters",
        "catalogue sheet: written · read · checked whole",
        &format!(
            "{MATTERS} matters in 9 categories, xlsx of {} kB",
            bytes.len() / 1_000
        ),
        format!("{} · {} · {}", ms(written), ms(read), ms(checked)),
        "read and checked ≤ 2 s",
        Some(whole <= 2.0),
    );
    Ok(())
}

async fn trial(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let guide = stand.city.cases.guide();
    let city = stand.city.app.city.code;
    let now = stand.city.app.clock.now();
    let units: Vec<_> = guide.units.all().filter(|u| u.area == city).collect();
    let unit = units.first().map(|u| u.id);
    let unit = unit.ok_or_else(|| anyhow::anyhow!("the city has units"))?;
    let matters: BTreeSet<String> = guide
        .shelf
        .catalogue
        .matters()
        .iter()
        .map(|m| m.code.clone())
        .collect();
    // Every matter of every case changes: the most a draft can do.
    let drafted = guide
        .shelf
        .rules
        .all()
        .cloned()
        .chain(matters.iter().zip(1..).map(|(code, n)| RoutingRule {
            id: -n,
            body: RuleBody {
                matter: code.clone(),
                area: city,
                org: unit,
                co: Vec::new(),
                precedence: 900,
                times: Hours::default(),
                over_rulings: false,
                basis: String::new(),
            },
            since: now,
        }));
    let drafted = matters::routing::table::Rules::new(drafted);
    let scope = Scope {
        areas: vec![kernel::actor::code_range(city)],
        ..Scope::default()
    };
    let mut conn = stand.city.app.db.acquire().await?;
    let period = (now.plus_s(-366 * 86_400), now);
    let begun = Instant::now();
    let trial = centre::routing::trial::run(&mut conn, &guide, &drafted, &matters, period, &scope)
        .await
        .map_err(told)?;
    let took = begun.elapsed().as_secs_f64();
    ensure!(trial.cases > 0, "no past case was routed");
    let rate = f64::from(u32::try_from(trial.cases)?) / took;
    bench.line(
        "matters",
        "routing draft tried on past cases",
        &format!(
            "{} cases of a year, {} rules, every matter changed",
            trial.cases,
            drafted.len()
        ),
        format!(
            "{} ({:.0} thousand cases/s)",
            shown(took * 1_000.0),
            rate / 1_000.0
        ),
        "≥ 50 thousand cases/s",
        Some(rate >= 50_000.0),
    );
    let net = stand.city.divisions.net.current();
    let communities = net.communities();
    let begun = Instant::now();
    let codes: Vec<&str> = matters.iter().map(String::as_str).collect();
    let ends = drafted.dead_ends(codes, &communities, |_, org, _| guide.answers(org));
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    ensure!(ends.is_empty(), "a dead end where there is none");
    bench.line(
        "matters",
        "no dead end: every matter in every community",
        &format!(
            "{} matters, {} communities",
            matters.len(),
            communities.len()
        ),
        shown(took),
        "≤ 500 ms",
        Some(took <= 500.0),
    );
    Ok(())
}

async fn board(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let mut conn = stand.conn().await?;
    // A year of sums for every grid, community, department and matter there is.
    sqlx::query(
        "insert into burden_sums (grain, key, month, area, cases, forms, fields, photos, notifications,
           seconds, grid_seconds)
         select g.grain, g.key, (date_trunc('month', now()) - make_interval(months => m))::date, g.area,
           3, 6, 20, 9, 8, 2000, 700
         from generate_series(0, 11) as m cross join (
           select 'grid' as grain, id::text as key, community as area from grids
           union all select 'community', code::text, code from divisions where level = 'village'
           union all select 'department_in', d.code || '|' || m.department_zh, d.code
             from divisions d cross join (select distinct department_zh from matters) m
             where d.level = 'village'
           union all select 'department', department_zh, $1 from (select distinct department_zh from matters) x
           union all select 'matter', code, $1 from matters) as g
         on conflict do nothing",
    )
    .bind(stand.city.app.city.code)
    .execute(&mut conn)
    .await?;
    sqlx::query("vacuum analyze burden_sums")
        .execute(&mut conn)
        .await?;
    let rows: i64 = sqlx::query_scalar("select count(*) from burden_sums")
        .fetch_one(&mut conn)
        .await?;
    let net = stand.city.divisions.net.current();
    let city = stand.city.app.city.code;
    let district = net.below(city).first().map_or(city, |d| d.code);
    let town = net.below(district).first().map_or(district, |d| d.code);
    for (what, area) in [("city", city), ("district", district), ("town", town)] {
        let mut times = Times::default();
        for _ in 0..bench.size(40, 10) {
            let begun = Instant::now();
            centre::burden::board(&stand.city.centre, area, 12)
                .await
                .map_err(told)?;
            times.push(begun.elapsed());
        }
        let p95 = times.ms(95.0);
        bench.line(
            "matters",
            &format!("burden board, 12 months, {what}"),
            &format!("{rows} kept sums"),
            format!("p50 {} · p95 {}", shown(times.ms(50.0)), shown(p95)),
            "p95 < 50 ms",
            Some(p95 < 50.0),
        );
    }
    Ok(())
}
