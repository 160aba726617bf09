//! Drafts of the net in the demo: one that took effect before the year began, so that the net has a past,
//! and one that waits for a second person.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use atlas::Polygon;
use divisions::Followers;
use divisions::drafts::{DraftGrid, Edit, NewNetDraft, desk, effect, model::Position, store};
use kernel::{AccountId, Actor, DraftId, Moment, Role, Seat, SessionId};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::boot::told;

/// Somebody of the demo, as if signed in.
async fn somebody(conn: &mut PgConnection, login: &str) -> anyhow::Result<Actor> {
    let rows = sqlx::query(
        "select c.id, c.person, p.name, a.role, a.area, a.org, a.grid
         from accounts c join people p on p.id = c.person join appointments a on a.person = c.person
         where c.login = $1",
    )
    .bind(login)
    .fetch_all(conn)
    .await?;
    let first = rows
        .first()
        .with_context(|| format!("nobody signs in as {login}"))?;
    let mut actor = Actor {
        account: AccountId(first.try_get("id")?),
        person: first.try_get("person")?,
        session: SessionId(Uuid::now_v7()),
        name: first.try_get("name")?,
        seats: Vec::new(),
        must_change: false,
    };
    for row in &rows {
        actor.seats.push(Seat {
            role: row.try_get::<Role, _>("role")?,
            area: row.try_get("area")?,
            org: row.try_get("org")?,
            grid: row.try_get("grid")?,
            of: None,
        });
    }
    Ok(actor)
}

/// The communities of the first district with enough grids to change some, in order of code; without the
/// very first, whose people are the demo's known accounts.
async fn communities(conn: &mut PgConnection) -> anyhow::Result<Vec<i64>> {
    Ok(sqlx::query_scalar(
        "select community from grids where kind = 'basic' and valid_to is null and community / 1000000 =
           (select min(code) / 1000000 from divisions where level = 'county')
           and community > (select min(code) from divisions where level = 'village')
         group by community having count(*) >= 4 order by community",
    )
    .fetch_all(conn)
    .await?)
}

/// A line through a grid from side to side, at `at` of its height or width (0 to 1).
fn through(polygon: &Polygon, at: f64, upright: bool) -> Vec<Position> {
    let (low, high) = polygon.bounds();
    let (low, high) = (low.to_lonlat(), high.to_lonlat());
    let (w, h) = (high.lon - low.lon, high.lat - low.lat);
    let (x, y) = (low.lon + w * at, low.lat + h * at);
    let (more_x, more_y) = (w * 0.02, h * 0.02);
    if upright {
        vec![
            Position([x, low.lat - more_y]),
            Position([x, high.lat + more_y]),
        ]
    } else {
        vec![
            Position([low.lon - more_x, y]),
            Position([high.lon + more_x, y]),
        ]
    }
}

/// Splits of one of these grids, the most even first.
fn splits(grids: &[DraftGrid]) -> Vec<Edit> {
    let mut basic: Vec<&DraftGrid> = grids
        .iter()
        .filter(|g| g.kind == divisions::GridKind::Basic)
        .collect();
    basic.sort_by_key(|g| std::cmp::Reverse(g.polygon.doubled_area()));
    let lines = [(0.5, true), (0.5, false), (0.4, true), (0.6, false)];
    basic
        .iter()
        .take(3)
        .flat_map(|g| {
            lines.map(|(at, upright)| Edit::Split {
                grid: g.id,
                line: through(&g.polygon, at, upright),
                names: Vec::new(),
            })
        })
        .collect()
}

/// Merges of two of these grids.
fn merges(grids: &[DraftGrid]) -> Vec<Edit> {
    let basic: Vec<&DraftGrid> = grids
        .iter()
        .filter(|g| g.kind == divisions::GridKind::Basic)
        .collect();
    let mut pairs = Vec::new();
    for (n, one) in basic.iter().enumerate().rev() {
        for other in basic.iter().skip(n + 1) {
            pairs.push(Edit::Merge {
                grids: vec![one.id, other.id],
                name: None,
            });
        }
    }
    pairs
}

/// Makes the first of `edits` that can be made a step of the draft, and leaves no fault.
async fn first_that_fits(
    conn: &mut PgConnection,
    actor: &Actor,
    draft: DraftId,
    edits: Vec<Edit>,
    now: Moment,
) -> anyhow::Result<()> {
    let mut why = anyhow!("there is none to change");
    for edit in edits {
        let command = desk::Command {
            id: Uuid::now_v7(),
            seen: None,
        };
        let done = match desk::put_edits(conn, actor, draft, command, &[edit], now).await {
            Ok(done) => done,
            Err(refused) => {
                why = anyhow!("{refused:?}");
                continue;
            }
        };
        let faults = done.plan.all_faults();
        if faults.is_empty() {
            return Ok(());
        }
        why = anyhow!("{faults:?}");
        let back = done.draft.cursor - 1;
        desk::move_cursor(conn, actor, draft, (back, None), now)
            .await
            .map_err(told)?;
    }
    Err(why.context("no grid of the demo could be changed so"))
}

/// A draft about the first district, drawn by its first keeper: a split in one community, a merge in
/// another.
async fn drawn(
    conn: &mut PgConnection,
    name: &str,
    what: &str,
    places: [i64; 2],
    now: Moment,
) -> anyhow::Result<(DraftId, Actor)> {
    let keeper = somebody(conn, "net.1").await?;
    let new = NewNetDraft {
        id: DraftId::fresh(),
        name: name.to_owned(),
        what: what.to_owned(),
        area: (places[0] - places[0] % 1_000_000).to_string(),
    };
    let draft = desk::open(conn, &keeper, &new, now).await.map_err(told)?;
    let grids = store::grids_of(conn, &places).await.map_err(told)?;
    let mut by_place: BTreeMap<i64, Vec<DraftGrid>> = BTreeMap::new();
    for grid in grids {
        by_place.entry(grid.community).or_default().push(grid);
    }
    let of = |place: i64| by_place.get(&place).map_or(&[][..], Vec::as_slice);
    first_that_fits(conn, &keeper, draft.id, splits(of(places[0])), now).await?;
    first_that_fits(conn, &keeper, draft.id, merges(of(places[1])), now).await?;
    Ok((draft.id, keeper))
}

/// A draft that took effect at `now`, before anybody reported anything.
///
/// # Errors
/// When the database fails or no grid can be changed.
pub async fn in_force(conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    let places = communities(conn).await?;
    let [second, third, ..] = places.as_slice() else {
        return Ok(());
    };
    let (draft, keeper) = drawn(
        conn,
        "年度网格优化（演示）",
        "人口增多的网格一分为二；两个相邻的小网格合并。",
        [*second, *third],
        now.plus_s(-3 * 86_400),
    )
    .await?;
    let then = now.plus_s(-86_400);
    desk::submit(conn, &keeper, draft, now, then)
        .await
        .map_err(told)?;
    let second = somebody(conn, "net.2").await?;
    desk::decide(conn, &second, draft, true, "同意", then)
        .await
        .map_err(told)?;
    let followers: Followers = Arc::new(vec![Arc::new(staff::follow::Follower)]);
    let outcome = effect::take(conn, &followers, draft, now)
        .await
        .map_err(told)?;
    match outcome {
        effect::Outcome::InForce(_) => Ok(()),
        effect::Outcome::Held(code) => Err(anyhow!("the demo's draft was held back: {code}")),
    }
}

/// A draft that waits for a second person at `now`, to take effect a week later.
///
/// # Errors
/// When the database fails or no grid can be changed.
pub async fn waiting(conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    let places = communities(conn).await?;
    let [fourth, fifth] = places.get(4..6).unwrap_or_default() else {
        return Ok(());
    };
    let (draft, keeper) = drawn(
        conn,
        "新建小区网格调整（演示）",
        "新小区交付，拆分所在网格；相邻社区合并两个网格。",
        [*fourth, *fifth],
        now.plus_s(-7_200),
    )
    .await?;
    desk::submit(
        conn,
        &keeper,
        draft,
        now.plus_s(7 * 86_400),
        now.plus_s(-3_600),
    )
    .await
    .map_err(told)?;
    Ok(())
}
