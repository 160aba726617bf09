//! Drafts as they are shown: in lists, with their steps and faults, and beside today's net.

use std::collections::BTreeMap;

use atlas::Polygon;
use atlas::flaws::area_m2;
use kernel::{Actor, Capability, DraftId, GridId, Moment, PersonId, Result};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::desk;
use super::follow::{Followers, Move, Swap};
use super::lifecycle::{self, Deed};
use super::model::{Draft, DraftGrid, Edit, NetDraftState};
use super::plan::{Fault, GridShort, Plan};
use super::store;
use crate::model::GridKind;
use crate::net::CurrentNet;
use crate::routes::NamedCode;

/// Somebody by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Who {
    /// Which.
    pub id: PersonId,
    /// The name colleagues see.
    pub name: String,
}

/// A draft, without its grids.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftAnswer {
    id: DraftId,
    name: String,
    what: String,
    area: NamedCode,
    communities: Vec<NamedCode>,
    state: NetDraftState,
    base: i32,
    /// Whether today's net is another than `base` in communities the draft touches.
    base_moved: bool,
    steps: i32,
    cursor: i32,
    version: i32,
    effect_at: Option<Moment>,
    made_by: Option<Who>,
    made_at: Moment,
    editors: Vec<Who>,
    submitted_by: Option<Who>,
    submitted_at: Option<Moment>,
    decided_by: Option<Who>,
    decided_at: Option<Moment>,
    /// Whether the last decision was a refusal.
    refused: bool,
    /// The last decision in words.
    decision: String,
    /// Why it did not take effect at its date: `net_draft.base_moved` or `net_draft.faulty_now`.
    held: Option<String>,
    /// The net it made.
    net: Option<i32>,
    undoes: Option<DraftId>,
    /// What moved when it took effect: grids `ended`, `made`, `changed`, `lineage`, `moves`, `sums`.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    updated_at: Moment,
    /// What the caller may do: `edit`, `submit`, `decide`, `take_back`, `withdraw`, `undo`.
    may: Vec<&'static str>,
}

/// What a person may do to a draft now.
fn may(draft: &Draft, actor: &Actor) -> Vec<&'static str> {
    let keep = desk::reaches(actor, Capability::KeepNet, draft.area);
    let approve = desk::reaches(actor, Capability::ApproveNet, draft.area);
    [
        ("edit", Deed::Edit, keep),
        ("submit", Deed::Submit, keep),
        ("decide", Deed::Decide, approve),
        ("take_back", Deed::TakeBack, keep),
        ("withdraw", Deed::Withdraw, keep),
        ("undo", Deed::Undo, keep),
    ]
    .into_iter()
    .filter(|(_, deed, can)| *can && lifecycle::may(draft, *deed, actor.person).is_ok())
    .map(|d| d.0)
    .collect()
}

fn named(net: &CurrentNet, code: i64) -> NamedCode {
    NamedCode {
        code: code.to_string(),
        name: net.division_text(code),
    }
}

/// Drafts with the names of everybody and everything in them.
///
/// # Errors
/// When the database fails.
pub async fn drafts(
    conn: &mut PgConnection,
    net: &CurrentNet,
    actor: &Actor,
    drafts: Vec<Draft>,
) -> Result<Vec<DraftAnswer>> {
    let people: Vec<PersonId> = drafts
        .iter()
        .flat_map(|d| {
            [Some(d.made_by), d.submitted_by, d.decided_by]
                .into_iter()
                .flatten()
                .chain(d.editors.iter().copied())
        })
        .collect();
    let names = store::names(conn, &people).await?;
    let mut answers = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let open = !matches!(
            draft.state,
            NetDraftState::InForce | NetDraftState::Withdrawn
        );
        let base_moved = open && store::moved_since(conn, &draft.communities, draft.base).await?;
        answers.push(answer(net, actor, &names, draft, base_moved));
    }
    Ok(answers)
}

fn answer(
    net: &CurrentNet,
    actor: &Actor,
    names: &BTreeMap<PersonId, String>,
    draft: Draft,
    base_moved: bool,
) -> DraftAnswer {
    let who = |id: PersonId| Who {
        id,
        name: names.get(&id).cloned().unwrap_or_default(),
    };
    DraftAnswer {
        may: may(&draft, actor),
        id: draft.id,
        name: draft.name,
        what: draft.what,
        area: named(net, draft.area),
        communities: draft
            .communities
            .iter()
            .take(200)
            .map(|c| named(net, *c))
            .collect(),
        state: draft.state,
        base: draft.base,
        base_moved,
        steps: draft.steps,
        cursor: draft.cursor,
        version: draft.version,
        effect_at: draft.effect_at,
        made_by: Some(who(draft.made_by)),
        made_at: draft.made_at,
        editors: draft.editors.iter().copied().map(who).collect(),
        submitted_by: draft.submitted_by.map(who),
        submitted_at: draft.submitted_at,
        decided_by: draft.decided_by.map(who),
        decided_at: draft.decided_at,
        refused: draft.refused,
        decision: draft.decision,
        held: draft.held,
        net: draft.net,
        undoes: draft.undoes,
        report: draft.report,
        updated_at: draft.updated_at,
    }
}

/// A step as shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepAnswer {
    n: i32,
    /// Whether it counts, or is undone.
    counts: bool,
    edits: Vec<Edit>,
    person: Who,
    at: Moment,
}

/// The last hundred steps.
///
/// # Errors
/// When the database fails.
pub async fn steps(conn: &mut PgConnection, draft: &Draft) -> Result<Vec<StepAnswer>> {
    let steps = store::steps(conn, draft.id, 100).await?;
    let people: Vec<PersonId> = steps.iter().map(|s| s.person).collect();
    let names = store::names(conn, &people).await?;
    Ok(steps
        .into_iter()
        .map(|s| StepAnswer {
            n: s.n,
            counts: s.n <= draft.cursor,
            edits: s.edits.into_iter().map(short).collect(),
            person: Who {
                name: names.get(&s.person).cloned().unwrap_or_default(),
                id: s.person,
            },
            at: s.at,
        })
        .collect())
}

/// The edit without its polygon, which a list of steps does not show.
fn short(mut edit: Edit) -> Edit {
    if let Edit::Add { polygon, .. } | Edit::Redraw { polygon, .. } = &mut edit {
        *polygon = Value::Null;
    }
    edit
}

/// A grid with its border, as a draft has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridDrawn {
    id: GridId,
    code: Option<String>,
    name: String,
    kind: GridKind,
    dedicated_kind: Option<String>,
    community: String,
    area_m2: f64,
    /// `same`, `changed` or `made`.
    status: &'static str,
    /// GeoJSON polygon.
    #[schema(value_type = Object)]
    polygon: Value,
}

/// A community with its grids, as a draft has them.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommunityDrawn {
    code: String,
    name: String,
    /// GeoJSON polygon.
    #[schema(value_type = Object)]
    outline: Value,
    grids: Vec<GridDrawn>,
    faults: Vec<Fault>,
}

/// The community as the plan has it; `None` when it is not held.
#[must_use]
pub fn community(net: &CurrentNet, plan: &Plan, code: i64) -> Option<CommunityDrawn> {
    drawn(net, plan, code, plan.faults(code))
}

fn drawn(net: &CurrentNet, plan: &Plan, code: i64, faults: Vec<Fault>) -> Option<CommunityDrawn> {
    let outline = plan.outlines.get(&code)?;
    let changed: std::collections::BTreeSet<GridId> = plan.changed().map(|c| c.1.id).collect();
    let mut grids: Vec<&DraftGrid> = plan
        .grids
        .values()
        .filter(|g| g.community == code)
        .collect();
    grids.sort_by(|a, b| (a.kind.as_str(), &a.code).cmp(&(b.kind.as_str(), &b.code)));
    Some(CommunityDrawn {
        code: code.to_string(),
        name: net.division_text(code),
        outline: outline.to_geojson(),
        faults,
        grids: grids
            .into_iter()
            .map(|g| GridDrawn {
                id: g.id,
                code: g.code.clone(),
                name: g.name.clone(),
                kind: g.kind,
                dedicated_kind: g.dedicated_kind.clone(),
                community: g.community.to_string(),
                area_m2: area_m2(&g.polygon),
                status: match (g.made, changed.contains(&g.id)) {
                    (true, _) => "made",
                    (false, true) => "changed",
                    (false, false) => "same",
                },
                polygon: g.polygon.to_geojson(),
            })
            .collect(),
    })
}

/// The community without its faults, which are costlier to find than its grids.
#[must_use]
pub fn bare(net: &CurrentNet, plan: &Plan, code: i64) -> Option<CommunityDrawn> {
    drawn(net, plan, code, Vec::new())
}

/// What a grid shares with another.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareAnswer {
    grid: GridShort,
    area_m2: f64,
    /// Of the old grid's area, 0 to 1.
    share: f64,
}

/// A grid that is added, removed or changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Compared {
    #[serde(flatten)]
    grid: GridShort,
    kind: GridKind,
    community: String,
    /// For one that is called otherwise: its name now.
    name_before: Option<String>,
    area_m2: f64,
    before_m2: Option<f64>,
    /// GeoJSON polygon: as it will be, or of one removed as it is.
    #[schema(value_type = Object)]
    polygon: Value,
    /// GeoJSON polygon of a changed one as it is.
    #[schema(value_type = Option<Object>)]
    polygon_before: Option<Value>,
    /// For one added: of whose ground it is made; for one removed or changed: who gets its ground.
    shares: Vec<ShareAnswer>,
    /// Open cases that come to it or leave it.
    open_cases: i64,
    /// Appointments that come to it or leave it.
    appointments: i64,
}

/// So many things will go from one grid to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoveAnswer {
    /// `open_cases`, `closed_cases` (that may be opened again) or `appointments`.
    what: &'static str,
    from: Option<GridShort>,
    to: Option<GridShort>,
    count: i64,
}

/// A draft beside today's net.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    added: Vec<Compared>,
    removed: Vec<Compared>,
    changed: Vec<Compared>,
    moves: Vec<MoveAnswer>,
    /// Open cases that will go to another grid.
    open_cases: i64,
    /// Cases that may be opened again and will go to another grid.
    closed_cases: i64,
    /// Appointments that will go to another grid.
    appointments: i64,
    faults: Vec<Fault>,
}

/// Compares the draft with today's net; new grids have the codes they would get today.
///
/// # Errors
/// When the database or a follower fails.
pub async fn compare(
    conn: &mut PgConnection,
    followers: &Followers,
    draft: &Draft,
    now: Moment,
) -> Result<Comparison> {
    let mut plan = desk::plan(conn, draft, &draft.communities).await?;
    let scheme = store::scheme(conn).await?;
    let used = store::codes_used(conn, &draft.communities).await?;
    let faults = desk::faults(conn, draft, &plan).await?;
    for (grid, code) in plan.codes(&scheme, &used)? {
        if let Some(grid) = plan.grids.get_mut(&grid) {
            grid.code = Some(code);
        }
    }
    let swap = Swap::of(&plan, draft.base, now);
    let mut moves = Vec::new();
    for follower in followers.iter() {
        moves.extend(follower.would(conn, &swap).await?);
    }
    Ok(comparison(&plan, &swap, &moves, faults))
}

/// Whether a grid has the ground it had but for a square metre: it only got vertices of its neighbours.
fn same_ground(swap: &Swap, before: &DraftGrid, after: &DraftGrid) -> bool {
    let kept: f64 = swap
        .shares
        .iter()
        .filter(|s| s.0 == before.id && s.1 == after.id)
        .map(|s| s.2)
        .sum();
    area_m2(&before.polygon).max(area_m2(&after.polygon)) - kept < 1.0
}

fn comparison(plan: &Plan, swap: &Swap, moves: &[Move], faults: Vec<Fault>) -> Comparison {
    let short = |id: &GridId| {
        let grid = plan.grids.get(id).or_else(|| plan.base.get(id));
        grid.map(GridShort::from)
    };
    let counted = |what: &str, id: Option<GridId>| -> i64 {
        let about = |m: &&Move| m.what == what && id.is_none_or(|id| m.from == id || m.to == id);
        moves.iter().filter(about).map(|m| m.count).sum()
    };
    let shares = |id: GridId, made: bool| -> Vec<ShareAnswer> {
        let mut shares: Vec<ShareAnswer> = swap
            .shares
            .iter()
            .filter(|s| {
                if made {
                    s.1 == id
                } else {
                    s.0 == id && s.1 != id
                }
            })
            .filter(|s| s.3 > 0.001)
            .filter_map(|s| {
                Some(ShareAnswer {
                    grid: short(if made { &s.0 } else { &s.1 })?,
                    area_m2: s.2,
                    share: s.3,
                })
            })
            .collect();
        shares.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2));
        shares
    };
    let compared = |grid: &DraftGrid, before: Option<&DraftGrid>| Compared {
        grid: grid.into(),
        kind: grid.kind,
        community: grid.community.to_string(),
        name_before: before
            .filter(|b| b.name != grid.name)
            .map(|b| b.name.clone()),
        area_m2: area_m2(&grid.polygon),
        before_m2: before.map(|b| area_m2(&b.polygon)),
        polygon: grid.polygon.to_geojson(),
        polygon_before: before.map(|b| Polygon::to_geojson(&b.polygon)),
        shares: shares(grid.id, grid.made),
        open_cases: counted("open_cases", Some(grid.id)),
        appointments: counted("appointments", Some(grid.id)),
    };
    Comparison {
        added: plan.made().map(|g| compared(g, None)).collect(),
        removed: plan.ended().map(|g| compared(g, None)).collect(),
        changed: plan
            .changed()
            .filter(|(b, g)| b.name != g.name || !same_ground(swap, b, g))
            .map(|(b, g)| compared(g, Some(b)))
            .collect(),
        moves: moves
            .iter()
            .map(|m| MoveAnswer {
                what: m.what,
                from: short(&m.from),
                to: short(&m.to),
                count: m.count,
            })
            .collect(),
        open_cases: counted("open_cases", None),
        closed_cases: counted("closed_cases", None),
        appointments: counted("appointments", None),
        faults,
    }
}
