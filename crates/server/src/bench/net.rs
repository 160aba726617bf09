//! Drafts of the net: is every grid of the city where it should be, how soon an edit is checked, and how
//! long the city waits while one takes effect.

use std::time::Instant;

use anyhow::{Context, ensure};
use atlas::city::City;
use atlas::flaws::{Community, check_all};
use atlas::{GridKind, Level, Polygon};
use divisions::drafts::jobs;
use serde_json::{Value, json};

use super::Bench;
use super::stand::Stand;
use super::times::{Times, shown};
use super::wire::Wire;
use crate::boot::told;
use crate::schematic;

/// Cases that lie in the grids that change.
const CASES: usize = 400;

/// Measures.
///
/// # Errors
/// When the net is at fault, an edit is refused, or the draft does not take effect.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let city = schematic::city(schematic::SEED)?;
    topology(bench, &city)?;
    let sessions = stand.sign_in(&["net.1", "net.2", "call.1"]).await?;
    let [keeper, second, caller] = sessions.as_slice() else {
        anyhow::bail!("three sit here");
    };
    let mut keeper = Wire::open(stand.door.address, keeper).await?;
    let mut second = Wire::open(stand.door.address, second).await?;
    let mut caller = Wire::open(stand.door.address, caller).await?;
    let draft = incremental(bench, &city, &mut keeper).await?;
    let filed = file(bench, &city, &mut caller).await?;
    swap(bench, stand, &mut keeper, &mut second, &draft, filed).await
}

fn topology(bench: &mut Bench, city: &City) -> anyhow::Result<()> {
    let held: Vec<(&Polygon, Vec<Polygon>, Vec<Polygon>)> = city
        .divisions
        .iter()
        .filter(|d| d.level == Level::Village)
        .map(|d| {
            let of = |kind| {
                let own =
                    move |g: &&atlas::city::GridShape| g.community == d.code && g.kind == kind;
                let grids = city.grids.iter().filter(own);
                grids.map(|g| g.polygon.clone()).collect()
            };
            (&d.polygon, of(GridKind::Basic), of(GridKind::Dedicated))
        })
        .collect();
    let views: Vec<Community<'_>> = held
        .iter()
        .map(|(outline, basic, dedicated)| Community {
            outline,
            basic,
            dedicated,
        })
        .collect();
    let mut times = Times::default();
    for _ in 0..bench.size(20, 3) {
        let begun = Instant::now();
        let faults: usize = check_all(&views).iter().map(Vec::len).sum();
        times.push(begun.elapsed());
        ensure!(faults == 0, "{faults} faults in the schematic city");
    }
    let worst = times.ms(100.0);
    bench.line(
        "net",
        "topology of the whole city: gaps, overlaps, slivers, self-crossings, grids outside their community, exact on the lattice",
        &format!(
            "{} grids in {} communities, {} times",
            city.grids.len(),
            views.len(),
            times.len()
        ),
        format!("p50 {} ms, worst {} ms", shown(times.ms(50.0)), shown(worst)),
        "≤ 2 s",
        Some(worst <= 2000.0),
    );
    Ok(())
}

async fn post(wire: &mut Wire, path: &str, body: &Value) -> anyhow::Result<Value> {
    let answer = wire.post(path, body.to_string().as_bytes()).await?;
    answer.json().with_context(|| path.to_owned())
}

/// The largest basic grids of the first district's communities, one of each.
fn largest(city: &City) -> Vec<&atlas::city::GridShape> {
    let district = city.divisions.iter().find(|d| d.level == Level::County);
    let range = district.map(|d| d.code.range());
    city.divisions
        .iter()
        .filter(|d| d.level == Level::Village)
        .filter(|d| range.as_ref().is_some_and(|r| r.contains(&d.code.number())))
        .filter_map(|d| {
            let own = city
                .grids
                .iter()
                .filter(|g| g.community == d.code && g.kind == GridKind::Basic);
            own.max_by_key(|g| g.polygon.doubled_area())
        })
        .collect()
}

/// Edits over HTTP: told, drawn, stored and checked again, with the answer's grids and faults.
async fn incremental(bench: &mut Bench, city: &City, keeper: &mut Wire) -> anyhow::Result<String> {
    let draft = uuid::Uuid::now_v7().to_string();
    let area = city
        .divisions
        .iter()
        .find(|d| d.level == Level::County)
        .context("the city has districts")?
        .code
        .to_string();
    let new = json!({"id": draft, "name": "bench", "area": area});
    post(keeper, "/api/net/drafts", &new).await?;
    let mut times = Times::default();
    for grid in largest(city).into_iter().take(bench.size(40, 5)) {
        let community = grid.community.to_string();
        let path = format!("/api/net/drafts/{draft}/communities/{community}");
        let page = keeper.get(&path).await?.json()?;
        let grids = page["community"]["grids"].as_array().cloned();
        let own = grids.unwrap_or_default();
        let id = own
            .iter()
            .find(|g| g["code"] == grid.code.as_str())
            .context("the grid is there")?["id"]
            .clone();
        let (low, high) = grid.polygon.bounds();
        let (low, high) = (low.to_lonlat(), high.to_lonlat());
        let x = (low.lon + high.lon) / 2.0;
        let line = json!([[x, low.lat - 0.0005], [x, high.lat + 0.0005]]);
        let edit = json!({"id": uuid::Uuid::now_v7(), "edits": [{"kind": "split", "grid": id, "line": line}]});
        let begun = Instant::now();
        let answer = keeper
            .post(
                &format!("/api/net/drafts/{draft}/edits"),
                edit.to_string().as_bytes(),
            )
            .await?;
        let took = begun.elapsed();
        // A line may cut a crooked grid into crumbs, or not at all: such a grid is passed over.
        if answer.status == 200 {
            let slivers = answer.json()?["communities"][0]["faults"]
                .as_array()
                .map_or(0, Vec::len);
            times.push(took);
            if slivers > 0 {
                let to = answer.json()?["draft"]["cursor"].as_i64().unwrap_or(1) - 1;
                post(
                    keeper,
                    &format!("/api/net/drafts/{draft}/cursor"),
                    &json!({"to": to}),
                )
                .await?;
            }
        }
    }
    let p99 = times.ms(99.0);
    bench.line(
        "net",
        "an edit of a draft over HTTP: drawn, stored, and the communities touched checked again",
        &format!("{} splits of one draft, one after another", times.len()),
        format!("p50 {} ms, p99 {} ms", shown(times.ms(50.0)), shown(p99)),
        "≤ 100 ms",
        Some(p99 <= 100.0),
    );
    Ok(draft)
}

/// Cases in the grids that the draft changes.
async fn file(bench: &mut Bench, city: &City, caller: &mut Wire) -> anyhow::Result<usize> {
    let grids: Vec<_> = largest(city).into_iter().take(bench.size(40, 5)).collect();
    let count = bench.size(CASES, 20);
    for n in 0..count {
        let at = grids[n % grids.len()].label_point;
        let shift = (n / grids.len()) as f64 * 0.00004;
        let report = json!({"id": uuid::Uuid::now_v7(), "text": format!("路边堆放垃圾 {n}"), "matter": "M0101",
                            "lon": at.lon + shift, "lat": at.lat, "source": "call"});
        post(caller, "/api/cases", &report).await?;
    }
    Ok(count)
}

async fn swap(
    bench: &mut Bench,
    stand: &Stand,
    keeper: &mut Wire,
    second: &mut Wire,
    draft: &str,
    filed: usize,
) -> anyhow::Result<()> {
    let path = format!("/api/net/drafts/{draft}");
    let seen = keeper.get(&format!("{path}/comparison")).await?.json()?;
    let grids = |what: &str| seen[what].as_array().map_or(0, Vec::len);
    let sizes = format!(
        "{} grids end, {} begin, {} change; {filed} cases there, {} of them move, and {} appointments",
        grids("removed"),
        grids("added"),
        grids("changed"),
        seen["open_cases"],
        seen["appointments"]
    );
    // The server's own job must not be first: the date is an hour off.
    let now = stand.city.app.clock.now();
    let at = json!({"effect_at": now.plus_s(3_600)});
    post(keeper, &format!("{path}/submit"), &at).await?;
    let yes = json!({"approve": true});
    post(second, &format!("{path}/decision"), &yes).await?;
    let begun = Instant::now();
    let done = jobs::fire(&stand.city.divisions, now.plus_s(3_601))
        .await
        .map_err(told)?;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    ensure!(done == 1, "the draft did not take effect");
    bench.line(
        "net",
        "a draft takes effect: checked again, written, cases and appointments moved in one transaction, the new net taken up",
        &sizes,
        format!("{} ms", shown(took)),
        "< 4 s, which is how long an intake waits",
        Some(took < 4000.0),
    );
    Ok(())
}
