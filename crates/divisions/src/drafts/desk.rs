//! What people do with drafts; the caller owns the transaction.

use std::collections::BTreeSet;

use kernel::actor::code_range;
use kernel::vault::digest;
use kernel::{Actor, Capability, DraftId, Error, GridId, Moment, Result};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::lifecycle::{self, Deed};
use super::model::{Change, Draft, DraftGrid, Edit, NetDraftState, NewNetDraft};
use super::plan::{Fault, Plan, number_of};
use super::store;
use crate::store as net;

/// Most edits in one command.
pub const EDITS: usize = 20_000;

/// Whether `capability` reaches all of the division.
pub(crate) fn reaches(actor: &Actor, capability: Capability, area: i64) -> bool {
    let (first, last) = code_range(area);
    actor
        .scope(capability)
        .areas
        .iter()
        .any(|(from, to)| *from <= first && last <= *to)
}

/// Whether the person may see drafts about the division: some of it lies in their area.
#[must_use]
pub fn sees(actor: &Actor, area: i64) -> bool {
    let (first, last) = code_range(area);
    actor
        .scope(Capability::ReadNet)
        .areas
        .iter()
        .any(|(from, to)| *from <= last && first <= *to)
}

/// The draft, if the person may see it.
///
/// # Errors
/// 404 `net_draft.not_found`.
pub async fn seen(conn: &mut PgConnection, actor: &Actor, id: DraftId) -> Result<Draft> {
    let draft = store::find(conn, id, false).await?;
    if sees(actor, draft.area) {
        Ok(draft)
    } else {
        Err(Error::NotFound("net_draft.not_found"))
    }
}

/// The draft with its row held, if the person may do `deed` to it.
async fn taken_up(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    deed: Deed,
) -> Result<Draft> {
    let draft = store::find(conn, id, true).await?;
    if !sees(actor, draft.area) {
        return Err(Error::NotFound("net_draft.not_found"));
    }
    let capability = match deed {
        Deed::Decide => Capability::ApproveNet,
        _ => Capability::KeepNet,
    };
    if !reaches(actor, capability, draft.area) {
        return Err(Error::forbidden("net_draft.out_of_area"));
    }
    lifecycle::may(&draft, deed, actor.person)?;
    Ok(draft)
}

/// A command to edit a draft.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// Made by the sender; the same once again is the same command.
    pub id: Uuid,
    /// The version of the draft it was made on; `None`: any.
    pub seen: Option<i32>,
}

/// 409 `net_draft.changed` when somebody else has changed the draft since it was seen.
fn still_as_seen(draft: &Draft, seen: Option<i32>) -> Result<()> {
    if seen.is_none_or(|seen| seen == draft.version) {
        Ok(())
    } else {
        Err(Error::conflict("net_draft.changed"))
    }
}

/// Whether the command is new; remembers it.
async fn first_time(
    conn: &mut PgConnection,
    actor: &Actor,
    command: Uuid,
    draft: DraftId,
    body: &impl Serialize,
    now: Moment,
) -> Result<bool> {
    if command.is_nil() {
        return Err(Error::field("id", "field.missing"));
    }
    let hash = digest(&serde_json::to_vec(body)?);
    store::keep_command(conn, command, draft, &hash, actor.person, now).await
}

/// Opens a draft about a division the person keeps. The same id again answers the same draft.
///
/// # Errors
/// 422 naming the field; 403 `net_draft.out_of_area`; 409 `command.id_reused`.
pub async fn open(
    conn: &mut PgConnection,
    actor: &Actor,
    new: &NewNetDraft,
    now: Moment,
) -> Result<Draft> {
    if new.id.0.is_nil() {
        return Err(Error::field("id", "field.missing"));
    }
    let name = new.name.trim();
    if !(1..=80).contains(&name.chars().count()) {
        return Err(Error::field("name", "net_draft.name_length"));
    }
    if new.what.chars().count() > 500 {
        return Err(Error::field("what", "net_draft.what_length"));
    }
    let unknown = || Error::field("area", "net_draft.area_unknown");
    let area = number_of(&new.area).map_err(|_| unknown())?;
    if !store::has_division(conn, area).await? {
        return Err(unknown());
    }
    if !reaches(actor, Capability::KeepNet, area) {
        return Err(Error::forbidden("net_draft.out_of_area"));
    }
    let draft = Draft {
        id: new.id,
        name: name.to_owned(),
        what: new.what.trim().to_owned(),
        area,
        communities: Vec::new(),
        base: net::current_number(conn).await?,
        state: NetDraftState::Drawing,
        steps: 0,
        cursor: 0,
        version: 1,
        effect_at: None,
        made_by: actor.person,
        made_at: now,
        editors: Vec::new(),
        submitted_by: None,
        submitted_at: None,
        decided_by: None,
        decided_at: None,
        refused: false,
        decision: String::new(),
        held: None,
        net: None,
        undoes: None,
        report: None,
        updated_at: now,
    };
    if store::insert(conn, &draft).await? {
        return Ok(draft);
    }
    let there = store::find(conn, new.id, false).await?;
    if there.made_by == actor.person && there.name == draft.name && there.area == area {
        Ok(there)
    } else {
        Err(Error::conflict("command.id_reused"))
    }
}

/// Today's net of `communities` with what counts of the draft upon it.
///
/// # Errors
/// When the database fails.
pub async fn plan(conn: &mut PgConnection, draft: &Draft, communities: &[i64]) -> Result<Plan> {
    let changes = store::changes(conn, draft).await?;
    laid(conn, &changes, communities).await
}

/// Today's net of `communities` with `changes` upon it.
async fn laid(conn: &mut PgConnection, changes: &[Change], communities: &[i64]) -> Result<Plan> {
    let base = store::grids_of(conn, communities).await?;
    let outlines = store::outlines(conn, communities).await?;
    let mut plan = Plan::new(base, outlines);
    for change in changes {
        plan.apply(change);
    }
    Ok(plan)
}

/// Communities and grids that an edit names.
fn named_by(edit: &Edit) -> (Option<&str>, Vec<GridId>) {
    match edit {
        Edit::Add { community, .. }
        | Edit::MoveVertex { community, .. }
        | Edit::InsertVertex { community, .. }
        | Edit::RemoveVertex { community, .. }
        | Edit::Repair { community, .. }
        | Edit::Mend { community } => (Some(community), Vec::new()),
        Edit::Redraw { grid, .. }
        | Edit::Remove { grid }
        | Edit::Rename { grid, .. }
        | Edit::Split { grid, .. } => (None, vec![*grid]),
        Edit::Merge { grids, .. } => (None, grids.clone()),
    }
}

/// What an editing came to.
#[derive(Debug)]
pub struct Edited {
    /// The draft after it.
    pub draft: Draft,
    /// The net as drawn, of the communities these edits are about.
    pub plan: Plan,
    /// Communities this command touched.
    pub touched: BTreeSet<i64>,
}

/// Makes `edits` one step of the draft: all or none. The same command id again changes nothing.
///
/// # Errors
/// 409 `net_draft.not_now`; 403 `net_draft.out_of_area` for a grid outside the draft's division; 422 naming the
/// field of the edit, with `edits.<n>.` before it.
pub async fn put_edits(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    command: Command,
    edits: &[Edit],
    now: Moment,
) -> Result<Edited> {
    if edits.is_empty() || edits.len() > EDITS {
        return Err(Error::field("edits", "net_draft.edits_count"));
    }
    let mut draft = taken_up(conn, actor, id, Deed::Edit).await?;
    let before = store::changes(conn, &draft).await?;
    let wanted: Vec<i64> = wanted(conn, &before, edits).await?.into_iter().collect();
    let (first, last) = code_range(draft.area);
    if wanted.iter().any(|c| !(first..=last).contains(c)) {
        return Err(Error::forbidden("net_draft.out_of_area"));
    }
    let mut plan = laid(conn, &before, &wanted).await?;
    let fresh = first_time(conn, actor, command.id, id, &edits, now).await?;
    if fresh {
        still_as_seen(&draft, command.seen)?;
    }
    let mut changes = Vec::new();
    for (n, edit) in edits.iter().enumerate().filter(|_| fresh) {
        let done = plan.act(edit).map_err(|e| of_edit(e, n))?;
        changes.extend(done);
    }
    if fresh && changes.is_empty() {
        return Err(Error::conflict("net_draft.changes_nothing"));
    }
    let touched = touched(&changes);
    if touched.iter().any(|c| !(first..=last).contains(c)) {
        return Err(Error::forbidden("net_draft.out_of_area"));
    }
    if fresh {
        store::add_step(conn, &draft, edits, &changes, actor.person, now).await?;
        draft.cursor += 1;
        draft.steps = draft.cursor;
        let all: BTreeSet<i64> = draft.communities.iter().chain(&touched).copied().collect();
        draft.communities = all.into_iter().collect();
        if !draft.editors.contains(&actor.person) {
            draft.editors.push(actor.person);
        }
        draft.updated_at = now;
        store::save(conn, &mut draft, now).await?;
    }
    let names = |e: &Edit| named_by(e).0.and_then(|c| number_of(c).ok());
    Ok(Edited {
        draft,
        plan,
        touched: touched
            .into_iter()
            .chain(edits.iter().filter_map(names))
            .collect(),
    })
}

/// The communities to be read for these edits: those they name, and those of the grids they name, be they
/// in force or made by the draft.
async fn wanted(
    conn: &mut PgConnection,
    changes: &[Change],
    edits: &[Edit],
) -> Result<BTreeSet<i64>> {
    let mut wanted = BTreeSet::new();
    let mut grids = BTreeSet::new();
    for (n, edit) in edits.iter().enumerate() {
        let (community, of_grids) = named_by(edit);
        if let Some(community) = community {
            wanted.insert(number_of(community).map_err(|e| of_edit(e, n))?);
        }
        grids.extend(of_grids);
    }
    wanted.extend(changes.iter().filter_map(|change| match change {
        Change::Put { grid } if grids.contains(&grid.id) => Some(grid.community),
        _ => None,
    }));
    let ids: Vec<GridId> = grids.into_iter().collect();
    wanted.extend(store::communities_of(conn, &ids).await?);
    Ok(wanted)
}

/// The error with the edit's number before its fields.
fn of_edit(error: Error, n: usize) -> Error {
    match error {
        Error::Refused {
            status,
            code,
            params,
            mut fields,
        } => {
            for fault in &mut fields {
                fault.field = format!("edits.{n}.{}", fault.field);
            }
            Error::Refused {
                status,
                code,
                params,
                fields,
            }
        }
        other => other,
    }
}

fn touched(changes: &[Change]) -> BTreeSet<i64> {
    changes
        .iter()
        .filter_map(|c| match c {
            Change::Put { grid } => Some(grid.community),
            Change::Drop { community, .. } => Some(*community),
            Change::Insert { .. } => None,
        })
        .collect()
}

/// Undoes or does again: `to` steps count from now on.
///
/// # Errors
/// 422 `net_draft.no_such_step`, 409 `net_draft.not_now`.
pub async fn move_cursor(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    (to, seen): (i32, Option<i32>),
    now: Moment,
) -> Result<Draft> {
    let mut draft = taken_up(conn, actor, id, Deed::Edit).await?;
    still_as_seen(&draft, seen)?;
    if !(0..=draft.steps).contains(&to) {
        return Err(Error::field("to", "net_draft.no_such_step"));
    }
    draft.cursor = to;
    if !draft.editors.contains(&actor.person) {
        draft.editors.push(actor.person);
    }
    store::save(conn, &mut draft, now).await?;
    Ok(draft)
}

/// Every fault that keeps the draft from taking effect.
///
/// # Errors
/// When the database fails.
pub async fn faults(conn: &mut PgConnection, draft: &Draft, plan: &Plan) -> Result<Vec<Fault>> {
    let scheme = store::scheme(conn).await?;
    let used = store::codes_used(conn, &draft.communities).await?;
    let mut faults = plan.code_faults(&scheme, &used);
    faults.extend(plan.all_faults());
    Ok(faults)
}

/// Refuses a draft that is at fault, or whose communities changed under it.
async fn sound(conn: &mut PgConnection, draft: &mut Draft) -> Result<()> {
    if store::moved_since(conn, &draft.communities, draft.base).await? {
        return Err(Error::conflict("net_draft.base_moved"));
    }
    draft.base = net::current_number(conn).await?;
    let plan = plan(conn, draft, &draft.communities.clone()).await?;
    let faults = faults(conn, draft, &plan).await?;
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::conflict("net_draft.faulty").with("count", faults.len()))
    }
}

/// Hands the draft in for approval, to take effect at `effect_at`.
///
/// # Errors
/// 409 `net_draft.not_now`, `net_draft.empty`, `net_draft.base_moved`, `net_draft.faulty`; 422 `net_draft.effect_in_past`.
pub async fn submit(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    effect_at: Moment,
    now: Moment,
) -> Result<Draft> {
    let mut draft = taken_up(conn, actor, id, Deed::Submit).await?;
    lifecycle::effect_date(effect_at, now)?;
    if !effect_at.plausible() {
        return Err(Error::field("effect_at", "net_draft.effect_in_past"));
    }
    sound(conn, &mut draft).await?;
    draft.state = NetDraftState::Submitted;
    draft.effect_at = Some(effect_at);
    draft.submitted_by = Some(actor.person);
    draft.submitted_at = Some(now);
    draft.refused = false;
    draft.held = None;
    store::save(conn, &mut draft, now).await?;
    Ok(draft)
}

/// Approves or refuses a submitted draft; a refused one is drawn on.
///
/// # Errors
/// 403 `net_draft.same_person`; 409 `net_draft.not_now`, `net_draft.base_moved`, `net_draft.faulty`; 422
/// `net_draft.words_missing` for a refusal without words.
pub async fn decide(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    approve: bool,
    words: &str,
    now: Moment,
) -> Result<Draft> {
    let mut draft = taken_up(conn, actor, id, Deed::Decide).await?;
    let words = words.trim();
    if words.chars().count() > 500 {
        return Err(Error::field("words", "net_draft.what_length"));
    }
    if approve {
        sound(conn, &mut draft).await?;
        draft.state = NetDraftState::Approved;
    } else if words.is_empty() {
        return Err(Error::field("words", "net_draft.words_missing"));
    } else {
        draft.state = NetDraftState::Drawing;
    }
    draft.refused = !approve;
    draft.decided_by = Some(actor.person);
    draft.decided_at = Some(now);
    draft.decision = words.to_owned();
    store::save(conn, &mut draft, now).await?;
    Ok(draft)
}

/// Takes a submitted or approved draft back to be drawn on.
///
/// # Errors
/// 409 `net_draft.not_now`.
pub async fn take_back(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    now: Moment,
) -> Result<Draft> {
    let mut draft = taken_up(conn, actor, id, Deed::TakeBack).await?;
    draft.state = NetDraftState::Drawing;
    store::save(conn, &mut draft, now).await?;
    Ok(draft)
}

/// Gives a draft up.
///
/// # Errors
/// 409 `net_draft.not_now`.
pub async fn withdraw(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    now: Moment,
) -> Result<Draft> {
    let mut draft = taken_up(conn, actor, id, Deed::Withdraw).await?;
    draft.state = NetDraftState::Withdrawn;
    store::save(conn, &mut draft, now).await?;
    Ok(draft)
}

/// Lays the draft upon today's net, after that moved on under it. What does not fit any more is a fault.
///
/// # Errors
/// 409 `net_draft.not_now`.
pub async fn rebase(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    now: Moment,
) -> Result<Draft> {
    let mut draft = taken_up(conn, actor, id, Deed::Edit).await?;
    draft.base = net::current_number(conn).await?;
    draft.held = None;
    store::save(conn, &mut draft, now).await?;
    Ok(draft)
}

/// Opens a draft that makes the communities of one in force again what they were before it, in one
/// step. Grids that were abolished come back under new codes, since none is given twice.
///
/// # Errors
/// As [`open`]; 409 `net_draft.not_now` unless it is in force.
pub async fn counter(
    conn: &mut PgConnection,
    actor: &Actor,
    of: DraftId,
    new: DraftId,
    name: &str,
    now: Moment,
) -> Result<Draft> {
    let undone = taken_up(conn, actor, of, Deed::Undo).await?;
    let opened = open(
        conn,
        actor,
        &NewNetDraft {
            id: new,
            name: name.to_owned(),
            what: undone.name.clone(),
            area: undone.area.to_string(),
        },
        now,
    )
    .await?;
    if opened.steps > 0 {
        return Ok(opened);
    }
    let before_number = undone.net.map_or(0, |n| n - 1);
    let before = store::grids_in_net(conn, &undone.communities, before_number).await?;
    let today = store::grids_of(conn, &undone.communities).await?;
    let outlines = store::outlines(conn, &undone.communities).await?;
    let changes = back_to(before, &today, &outlines);
    let edits = [Edit::Mend {
        community: undone
            .communities
            .first()
            .copied()
            .unwrap_or_default()
            .to_string(),
    }];
    let mut draft = opened;
    store::add_step(conn, &draft, &edits, &changes, actor.person, now).await?;
    draft.cursor = 1;
    draft.steps = 1;
    draft.communities = undone.communities;
    draft.editors = vec![actor.person];
    store::save(conn, &mut draft, now).await?;
    Ok(draft)
}

/// The changes that lead from `today` back to `before`.
fn back_to(
    before: Vec<DraftGrid>,
    today: &[DraftGrid],
    outlines: &std::collections::BTreeMap<i64, atlas::Polygon>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let was: BTreeSet<GridId> = before.iter().map(|g| g.id).collect();
    for grid in today.iter().filter(|g| !was.contains(&g.id)) {
        changes.push(Change::Drop {
            grid: grid.id,
            community: grid.community,
        });
    }
    for mut grid in before {
        if let Some(outline) = outlines.get(&grid.community) {
            grid.polygon = atlas::reshape::fitted(&grid.polygon, outline);
        }
        match today.iter().find(|t| t.id == grid.id) {
            Some(t) if t.name == grid.name && atlas::flaws::same(&t.polygon, &grid.polygon) => {}
            Some(_) => changes.push(Change::Put { grid }),
            None => changes.push(Change::Put {
                grid: DraftGrid {
                    id: GridId::fresh(),
                    code: None,
                    made: true,
                    ..grid
                },
            }),
        }
    }
    changes
}
