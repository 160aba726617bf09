//! A draft takes effect: one transaction in which the net gets its next number, grids end and begin, and
//! everything that belongs to grids follows.

use std::collections::{BTreeMap, BTreeSet};

use atlas::{Polygon, polygon_to_wkb};
use kernel::{DraftId, Error, GridId, Moment, Result};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::desk;
use super::follow::{Followers, Move, Swap};
use super::model::{Draft, DraftGrid, NetDraftState};
use super::plan::{GridShort, Plan};
use super::store;
use crate::model::NewGrid;
use crate::store as net;

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// In force, as the net of this number.
    InForce(i32),
    /// It did not take effect and is drawn on: a code tells why.
    Held(&'static str),
}

/// Lets the draft take effect at `now`.
///
/// Waits for cases being filed, and keeps others from being filed until the transaction ends. A draft
/// whose communities changed since it was approved, or that is at fault, goes back to be drawn on.
///
/// # Errors
/// 409 `net_draft.not_now` unless it is approved; what a follower fails with.
pub async fn take(
    conn: &mut PgConnection,
    followers: &Followers,
    id: DraftId,
    now: Moment,
) -> Result<Outcome> {
    store::hold_net(conn).await?;
    let mut draft = store::find(conn, id, true).await?;
    if draft.state != NetDraftState::Approved {
        return Err(Error::conflict("net_draft.not_now"));
    }
    let mut plan = desk::plan(conn, &draft, &draft.communities.clone()).await?;
    let scheme = store::scheme(conn).await?;
    let used = store::codes_used(conn, &draft.communities).await?;
    let moved = store::moved_since(conn, &draft.communities, draft.base).await?;
    let held = if moved {
        Some("net_draft.base_moved")
    } else if !desk::faults(conn, &draft, &plan).await?.is_empty() {
        Some("net_draft.faulty_now")
    } else {
        None
    };
    if let Some(code) = held {
        draft.state = NetDraftState::Drawing;
        draft.held = Some(code.to_owned());
        store::save(conn, &mut draft, now).await?;
        return Ok(Outcome::Held(code));
    }
    for (grid, code) in plan.codes(&scheme, &used)? {
        if let Some(grid) = plan.grids.get_mut(&grid) {
            grid.code = Some(code);
        }
    }
    let number = net::begin_net(conn, draft.decided_by, &draft.name, now).await?;
    write(conn, &draft, &plan, number, now).await?;
    let swap = Swap::of(&plan, number, now);
    let mut moves = Vec::new();
    for follower in followers.iter() {
        moves.extend(follower.follow(conn, &swap).await?);
    }
    draft.state = NetDraftState::InForce;
    draft.net = Some(number);
    draft.report = Some(report(&plan, &swap, &moves, number));
    store::save(conn, &mut draft, now).await?;
    store::tell(conn).await?;
    Ok(Outcome::InForce(number))
}

/// Grids, lineage, and vertices of borders, into the net.
async fn write(
    conn: &mut PgConnection,
    draft: &Draft,
    plan: &Plan,
    number: i32,
    now: Moment,
) -> Result<()> {
    let ended: Vec<GridId> = plan.ended().map(|g| g.id).collect();
    net::end_grids(conn, number, &ended, now).await?;
    let made: Vec<NewGrid> = plan.made().map(new_grid).collect();
    net::insert_grids(conn, number, &made, now).await?;
    let mut changed: Vec<(GridId, String, Polygon)> = plan
        .changed()
        .map(|(_, after)| (after.id, after.name.clone(), after.polygon.clone()))
        .collect();
    if !plan.inserted.is_empty() {
        changed.extend(densified(conn, draft, plan).await?);
    }
    store::reshape_grids(conn, number, now, &changed).await?;
    store::insert_lineage(conn, number, &lineage(plan)).await
}

/// Vertices put into a community's border come into everything else that has the edge: the divisions'
/// borders are written here, grids of other communities answered.
async fn densified(
    conn: &mut PgConnection,
    draft: &Draft,
    plan: &Plan,
) -> Result<Vec<(GridId, String, Polygon)>> {
    let with = |polygon: &Polygon| {
        plan.inserted.iter().fold(None, |done: Option<Polygon>, i| {
            i.put_into(done.as_ref().unwrap_or(polygon)).or(done)
        })
    };
    let outlines: Vec<(i64, Polygon)> = store::all_outlines(conn)
        .await?
        .into_iter()
        .filter_map(|(code, polygon)| Some((code, with(&polygon)?)))
        .collect();
    store::put_outlines(conn, &outlines).await?;
    let others = store::other_grids(conn, &draft.communities).await?;
    Ok(others
        .into_iter()
        .filter_map(|(id, name, polygon)| Some((id, name, with(&polygon)?)))
        .collect())
}

fn new_grid(grid: &DraftGrid) -> NewGrid {
    let label = atlas::reshape::label_point(&grid.polygon).to_lonlat();
    NewGrid {
        id: grid.id,
        code: grid.code.clone().unwrap_or_default(),
        name: grid.name.clone(),
        kind: grid.kind,
        dedicated_kind: grid.dedicated_kind.clone(),
        community: grid.community,
        geometry: polygon_to_wkb(&grid.polygon),
        lon: label.lon,
        lat: label.lat,
        area_m2: atlas::flaws::area_m2(&grid.polygon),
    }
}

/// What abolished grids became: old, new, m², share of the old; crumbs are left out.
fn lineage(plan: &Plan) -> Vec<(GridId, GridId, f64, f64)> {
    let ended: BTreeSet<GridId> = plan.ended().map(|g| g.id).collect();
    let mut lines = plan.shares();
    lines.retain(|l| ended.contains(&l.0) && l.3 > 0.001);
    lines
}

/// A grid of a report.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    grid: GridShort,
    community: String,
    area_m2: f64,
}

fn told(grid: &DraftGrid) -> Told {
    Told {
        grid: grid.into(),
        community: grid.community.to_string(),
        area_m2: atlas::flaws::area_m2(&grid.polygon).round(),
    }
}

/// Whether a changed grid is called otherwise or has another area, by more than a square metre.
fn moved(before: &DraftGrid, after: &DraftGrid) -> bool {
    let area = |g: &DraftGrid| atlas::flaws::area_m2(&g.polygon);
    before.name != after.name || (area(before) - area(after)).abs() >= 1.0
}

fn report(plan: &Plan, swap: &Swap, moves: &[Move], number: i32) -> Value {
    let name = |id: GridId| {
        let grid = plan.grids.get(&id).or_else(|| plan.base.get(&id));
        grid.map(GridShort::from)
    };
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for m in moves {
        *sums.entry(m.what).or_default() += m.count;
    }
    let went: Vec<Value> = moves
        .iter()
        .map(|m| json!({"what": m.what, "from": name(m.from), "to": name(m.to), "count": m.count}))
        .collect();
    let lines: Vec<Value> = lineage(plan)
        .into_iter()
        .map(|(old, new, area, share)| {
            json!({"from": name(old), "to": name(new), "area_m2": area.round(), "share": share})
        })
        .collect();
    json!({
        "net": number,
        "at": swap.now,
        "ended": plan.ended().map(told).collect::<Vec<_>>(),
        "made": plan.made().map(told).collect::<Vec<_>>(),
        "changed": plan.changed().filter(|c| moved(c.0, c.1)).map(|c| told(c.1)).collect::<Vec<_>>(),
        "lineage": lines,
        "moves": went,
        "sums": sums,
    })
}
