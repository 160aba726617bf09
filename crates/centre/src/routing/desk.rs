//! One function per thing a person does with routing; the caller owns the transaction.

use std::collections::BTreeSet;

use kernel::{Actor, Capability, Error, FieldFault, Moment, OrgId, Result, Scope};
use matters::lifecycle::{Refusal, Standing, Step, may};
use matters::model::{Draft, DraftKind, DraftState};
use matters::routing::table::{DeadEnd, RuleBody, RuleChange, Rules};
use matters::store::{drafts as kept, routing as book};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::answers::{Names, people};
use super::trial::{self, Trial};
use super::{At, ChangeForm, NewDraft, Past, RuleForm, Wanted};
use crate::State;

/// Longest period a draft is tried on.
const LONGEST_S: i64 = 400 * 86_400;
/// Communities told by name of one dead end.
const COMMUNITIES: usize = 5;
/// Dead ends told of one draft.
const ENDS: usize = 100;

/// Rules in force as asked for.
pub(super) async fn rules(state: &State, wanted: &Wanted) -> Result<Value> {
    let names = Names::of(state);
    let within = match wanted.area.as_deref().filter(|a| !a.is_empty()) {
        Some(said) => Some(kernel::actor::code_range(area(state, said)?)),
        None => None,
    };
    let matter = wanted.matter.as_deref().filter(|m| !m.is_empty());
    let mut found: Vec<_> = names
        .guide
        .shelf
        .rules
        .all()
        .filter(|r| matter.is_none_or(|m| r.body.matter == m))
        .filter(|r| within.is_none_or(|(first, last)| (first..=last).contains(&r.body.area)))
        .filter(|r| {
            wanted
                .org
                .is_none_or(|o| r.body.org == o || r.body.co.contains(&o))
        })
        .collect();
    found.sort_unstable_by_key(|r| {
        (
            r.body.matter.as_str(),
            r.body.area,
            std::cmp::Reverse(r.body.precedence),
            r.id,
        )
    });
    let limit = wanted.limit.unwrap_or(100).clamp(1, 200);
    let page = found.iter().skip(wanted.after).take(limit);
    let rules: Vec<Value> = page.map(|r| names.rule(r)).collect();
    let next = wanted.after + rules.len();
    let mut conn = state.cases.app.db.acquire().await?;
    let number = kept::number(&mut conn, DraftKind::Routing, false).await?;
    Ok(json!({
        "rules": rules, "total": found.len(), "number": number,
        "next": (next < found.len()).then_some(next),
    }))
}

fn area(state: &State, said: &str) -> Result<i64> {
    said.parse()
        .ok()
        .filter(|code| state.cases.net.current().division(*code).is_some())
        .ok_or_else(|| {
            Error::invalid(vec![
                FieldFault::new("area", "field.unknown").with("said", said),
            ])
        })
}

/// Where a matter goes, and the chain behind.
pub(super) fn way(state: &State, at: &At) -> Result<Value> {
    let names = Names::of(state);
    let code = area(state, &at.area)?;
    if names.guide.shelf.matter(&at.matter).is_none() {
        let fault = FieldFault::new("matter", "matter.unknown").with("code", at.matter.clone());
        return Err(Error::invalid(vec![fault]));
    }
    let when = at.at.unwrap_or_else(|| state.cases.app.clock.now());
    let told = |way: cases::Way| {
        let by_ruling = match &way.why {
            cases::model::Why::Precedent { number, .. } => Some(number.clone()),
            _ => None,
        };
        let rule = match &way.why {
            cases::model::Why::Route { rule, .. } => Some(*rule),
            _ => None,
        };
        json!({
            "org": names.unit(way.org), "co": way.co.iter().map(|o| names.unit(*o)).collect::<Vec<_>>(),
            "rule": rule, "ruling": by_ruling,
        })
    };
    let guide = &names.guide;
    let chain: Vec<Value> = guide
        .chain(&guide.shelf.rules, &at.matter, code, when)
        .map(|r| names.rule(r))
        .collect();
    Ok(json!({
        "way": guide.way(&at.matter, code, when).map(told), "chain": chain,
        "matter": names.matter(&at.matter), "area": names.area(code), "at": when,
    }))
}

pub(crate) fn head(draft: &Draft, changes: usize) -> Value {
    json!({
        "id": draft.id, "title": draft.title, "note": draft.note, "state": draft.state,
        "changes_count": changes, "made_by": draft.made_by, "made_at": draft.made_at,
        "submitted_by": draft.submitted_by, "submitted_at": draft.submitted_at,
        "decided_by": draft.decided_by, "decided_at": draft.decided_at, "reason": draft.reason,
        "effective_from": draft.effective_from, "in_force_at": draft.in_force_at,
        "number": draft.number, "base": draft.base, "trial": draft.trial,
    })
}

/// Everybody a draft speaks of.
pub(crate) fn spoken_of(draft: &Draft) -> impl Iterator<Item = kernel::PersonId> {
    [Some(draft.made_by), draft.submitted_by, draft.decided_by]
        .into_iter()
        .flatten()
}

/// The drafts, the newest first.
pub(super) async fn drafts(state: &State) -> Result<Value> {
    let mut conn = state.cases.app.db.acquire().await?;
    let found = kept::list(&mut conn, DraftKind::Routing).await?;
    let names = people(&mut conn, found.iter().flat_map(|(d, _)| spoken_of(d))).await?;
    let number = kept::number(&mut conn, DraftKind::Routing, false).await?;
    let drafts: Vec<Value> = found
        .iter()
        .map(|(draft, changes)| head(draft, usize::try_from(*changes).unwrap_or_default()))
        .collect();
    Ok(json!({"drafts": drafts, "people": names, "number": number}))
}

/// A draft with all that the rules know of it.
struct Open {
    draft: Draft,
    changes: Vec<RuleChange>,
    authors: BTreeSet<kernel::PersonId>,
    number: i32,
}

impl Open {
    async fn read(conn: &mut PgConnection, id: Uuid, hold: bool) -> Result<Self> {
        let kind = DraftKind::Routing;
        let draft = if hold {
            kept::lock(conn, kind, id).await?
        } else {
            kept::find(conn, kind, id).await?
        };
        let found = book::changes(conn, id).await?;
        let mut authors: BTreeSet<_> = found.iter().map(|(_, by, _)| *by).collect();
        authors.insert(draft.made_by);
        authors.extend(draft.submitted_by);
        Ok(Self {
            changes: found.into_iter().map(|(change, ..)| change).collect(),
            number: kept::number(conn, kind, hold).await?,
            draft,
            authors,
        })
    }

    /// The rules as they would be; `None` when a rule it speaks of is gone.
    fn rules(&self, names: &Names, now: Moment) -> Option<Rules> {
        names.guide.shelf.rules.changed(&self.changes, now).ok()
    }

    fn tried(&self) -> bool {
        let trial = self.draft.trial.as_ref();
        trial.is_some_and(|t| t["edits"] == json!(self.draft.edits))
    }

    fn standing(&self, dead_ends: usize, whole: bool) -> Standing {
        Standing {
            state: self.draft.state,
            authors: self.authors.clone(),
            changes: self.changes.len(),
            tried: self.tried(),
            current: whole && self.draft.base == self.number,
            dead_ends,
            faults: 0,
        }
    }

    /// Matters the draft speaks of.
    fn matters(&self, names: &Names) -> BTreeSet<String> {
        let ended = self.changes.iter().filter_map(|c| c.rule);
        let ended: BTreeSet<i32> = ended.collect();
        let rules = names.guide.shelf.rules.all();
        let put = self.changes.iter().filter_map(|c| c.put.as_ref());
        put.map(|body| body.matter.clone())
            .chain(
                rules
                    .filter(|r| ended.contains(&r.id))
                    .map(|r| r.body.matter.clone()),
            )
            .collect()
    }

    /// Areas the draft speaks of.
    fn areas(&self, names: &Names) -> BTreeSet<i64> {
        let ended: BTreeSet<i32> = self.changes.iter().filter_map(|c| c.rule).collect();
        let rules = names.guide.shelf.rules.all();
        let put = self.changes.iter().filter_map(|c| c.put.as_ref());
        put.map(|body| body.area)
            .chain(rules.filter(|r| ended.contains(&r.id)).map(|r| r.body.area))
            .collect()
    }
}

pub(crate) fn said_no(refusal: Refusal) -> Error {
    Error::conflict(refusal.code())
}

/// Matters of the catalogue that would go nowhere in some community.
fn dead_ends(state: &State, names: &Names, rules: &Rules) -> Vec<DeadEnd> {
    let net = state.cases.net.current();
    let communities = net.communities();
    let guide = &names.guide;
    let matters = guide.shelf.catalogue.matters().iter();
    let now = state.cases.app.clock.now();
    rules.dead_ends(
        matters.map(|m| m.code.as_str()),
        &communities,
        |matter, org, community| guide.may_lead(org, matter, community, now),
    )
}

/// The draft as the desk shows it.
pub(super) async fn draft(conn: &mut PgConnection, state: &State, id: Uuid) -> Result<Value> {
    let open = Open::read(conn, id, false).await?;
    let names = Names::of(state);
    let now = state.cases.app.clock.now();
    let drafted = open.rules(&names, now);
    let in_force = open.draft.state == DraftState::InForce;
    let ends = match &drafted {
        Some(rules) if !in_force => dead_ends(state, &names, rules),
        _ => Vec::new(),
    };
    let rules = &names.guide.shelf.rules;
    let changes: Vec<Value> = open
        .changes
        .iter()
        .map(|change| {
            let old = change.rule.and_then(|id| rules.all().find(|r| r.id == id));
            json!({
                "id": change.id, "rule": change.rule, "old": old.map(|r| names.rule(r)),
                "gone": change.rule.is_some() && old.is_none() && !in_force,
                "put": change.put.as_ref().map(|b| names.body(b)),
            })
        })
        .collect();
    let standing = open.standing(ends.len(), drafted.is_some() || in_force);
    let told: Vec<Value> = ends
        .iter()
        .take(ENDS)
        .map(|end| {
            let first = end.communities.iter().take(COMMUNITIES);
            json!({
                "matter": names.matter(&end.matter), "communities": end.communities.len(),
                "first": first.map(|c| names.area(*c)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut answer = head(&open.draft, open.changes.len());
    answer["changes"] = json!(changes);
    answer["dead_ends"] = json!(told);
    answer["dead_ends_count"] = json!(ends.len());
    answer["tried"] = json!(standing.tried);
    answer["current"] = json!(standing.current);
    answer["authors"] = json!(open.authors);
    answer["people"] = people(
        conn,
        spoken_of(&open.draft).chain(open.authors.iter().copied()),
    )
    .await?;
    Ok(json!({"draft": answer}))
}

pub(crate) fn letters(field: &str, text: &str, min: usize, max: usize) -> Result<()> {
    if (min..=max).contains(&text.trim().chars().count()) {
        return Ok(());
    }
    let fault = FieldFault::new(field, "field.length");
    Err(Error::invalid(vec![
        fault.with("min", min).with("max", max),
    ]))
}

/// Begins a draft from what is in force.
pub(super) async fn begin(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    new: &NewDraft,
) -> Result<()> {
    letters("title", &new.title, 2, 60)?;
    letters("note", &new.note, 0, 500)?;
    if new.id.is_nil() {
        return Err(Error::field("id", "field.missing"));
    }
    let kind = DraftKind::Routing;
    let base = kept::number(conn, kind, false).await?;
    let now = state.cases.app.clock.now();
    let draft = Draft {
        note: new.note.trim().to_owned(),
        effective_from: new.effective_from,
        ..Draft::new(new.id, kind, &new.title, base, actor.person, now)
    };
    kept::begin(conn, &draft).await
}

/// What a rule says, checked against catalogue, net and units.
fn body(state: &State, form: &RuleForm) -> Result<RuleBody> {
    let mut faults = Vec::new();
    let guide = state.cases.guide();
    if guide.shelf.matter(&form.matter).is_none() {
        faults.push(
            FieldFault::new("put.matter", "matter.unknown").with("code", form.matter.clone()),
        );
    }
    let code = form.area.parse::<i64>().ok();
    let code = code.filter(|c| state.cases.net.current().division(*c).is_some());
    if code.is_none() {
        faults.push(FieldFault::new("put.area", "field.unknown").with("said", form.area.clone()));
    }
    if !guide.answers(form.org) {
        faults.push(FieldFault::new("put.org", "org.unknown"));
    }
    let mut co: Vec<OrgId> = Vec::new();
    for org in &form.co {
        if !guide.answers(*org) {
            faults.push(FieldFault::new("put.co", "org.unknown"));
        } else if *org == form.org || co.contains(org) {
            faults.push(FieldFault::new("put.co", "routing.co_twice"));
        }
        co.push(*org);
    }
    if co.len() > 5 {
        faults.push(FieldFault::new("put.co", "field.many").with("max", 5));
    }
    if !(-1_000..=1_000).contains(&form.precedence) {
        faults.push(
            FieldFault::new("put.precedence", "field.range")
                .with("min", -1_000)
                .with("max", 1_000),
        );
    }
    if let Some((field, fault)) = form.times.fault() {
        faults.push(FieldFault::new(format!("put.{field}"), fault));
    }
    if form.basis.chars().count() > 200 {
        faults.push(
            FieldFault::new("put.basis", "field.length")
                .with("min", 0)
                .with("max", 200),
        );
    }
    match code {
        Some(area) if faults.is_empty() => Ok(RuleBody {
            matter: form.matter.clone(),
            area,
            org: form.org,
            co,
            precedence: form.precedence,
            times: form.times.clone(),
            over_rulings: form.over_rulings,
            basis: form.basis.trim().to_owned(),
        }),
        _ => Err(Error::invalid(faults)),
    }
}

fn within(scope: &Scope, areas: impl IntoIterator<Item = i64>) -> Result<()> {
    if areas.into_iter().all(|area| scope.holds(area)) {
        Ok(())
    } else {
        Err(Error::forbidden("draft.out_of_area"))
    }
}

/// Adds a change, or changes it again.
pub(super) async fn change(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    form: &ChangeForm,
) -> Result<()> {
    let open = Open::read(conn, id, true).await?;
    may(&open.standing(0, true), Step::Change, actor.person).map_err(said_no)?;
    let rules = &state.cases.shelf.current().rules;
    let old = form.rule.and_then(|id| rules.all().find(|r| r.id == id));
    if form.rule.is_some() && old.is_none() {
        return Err(Error::field("rule", "routing.rule_unknown"));
    }
    let put = form.put.as_ref().map(|p| body(state, p)).transpose()?;
    if form.rule.is_none() && put.is_none() {
        return Err(Error::field("put", "field.missing"));
    }
    let areas = old.map(|r| r.body.area).into_iter();
    let areas = areas.chain(put.as_ref().map(|p| p.area));
    within(&actor.scope(Capability::KeepMatters), areas)?;
    let change = RuleChange {
        id: form.id,
        rule: form.rule,
        put,
    };
    let now = state.cases.app.clock.now();
    book::put_change(conn, id, &change, actor.person, now).await?;
    kept::edited(conn, id).await
}

/// Takes a change out.
pub(super) async fn drop_change(
    conn: &mut PgConnection,
    _: &State,
    actor: &Actor,
    id: Uuid,
    change: Uuid,
) -> Result<()> {
    let open = Open::read(conn, id, true).await?;
    may(&open.standing(0, true), Step::Change, actor.person).map_err(said_no)?;
    if book::drop_change(conn, id, change).await? {
        kept::edited(conn, id).await?;
    }
    Ok(())
}

/// A rule of last resort, for the whole city, for every matter that would have no unit somewhere.
pub(super) async fn complete(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    org: OrgId,
) -> Result<()> {
    let open = Open::read(conn, id, true).await?;
    may(&open.standing(0, true), Step::Change, actor.person).map_err(said_no)?;
    let names = Names::of(state);
    let now = state.cases.app.clock.now();
    if !names.guide.answers(org) {
        return Err(Error::field("org", "org.unknown"));
    }
    let city = state.cases.app.city.code;
    within(&actor.scope(Capability::KeepMatters), [city])?;
    let rules = open
        .rules(&names, now)
        .ok_or_else(|| Error::conflict("draft.rule_gone"))?;
    for end in dead_ends(state, &names, &rules) {
        let change = RuleChange {
            id: Uuid::new_v5(&id, end.matter.as_bytes()),
            rule: None,
            put: Some(RuleBody {
                matter: end.matter,
                area: city,
                org,
                co: Vec::new(),
                precedence: -100,
                times: Default::default(),
                over_rulings: false,
                basis: String::new(),
            }),
        };
        book::put_change(conn, id, &change, actor.person, now).await?;
    }
    kept::edited(conn, id).await
}

/// Tries the draft on past cases; `keep` keeps what it gave, so that the draft may be handed in.
pub(super) async fn try_on(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    past: Past,
    keep: bool,
) -> Result<Value> {
    let now = state.cases.app.clock.now();
    let to = past.to.unwrap_or(now);
    let from = past.from.unwrap_or_else(|| to.plus_s(-30 * 86_400));
    if from >= to || to.since_s(from) > LONGEST_S {
        return Err(Error::field("from", "routing.bad_period"));
    }
    let open = Open::read(conn, id, keep).await?;
    if keep {
        may(&open.standing(0, true), Step::Change, actor.person).map_err(said_no)?;
    }
    let names = Names::of(state);
    let rules = open
        .rules(&names, now)
        .ok_or_else(|| Error::conflict("draft.rule_gone"))?;
    let capability = if keep {
        Capability::KeepMatters
    } else {
        Capability::ReviewMatters
    };
    let matters = open.matters(&names);
    let scope = actor.scope(capability);
    let trial = trial::run(conn, &names.guide, &rules, &matters, (from, to), &scope).await?;
    let mut figures = json!({
        "from": from, "to": to, "cases": trial.cases, "moved": trial.moved,
        "co_changed": trial.co_changed, "unrouted": trial.unrouted, "matters": matters.len(),
        "number": open.number, "edits": open.draft.edits, "at": now,
    });
    if keep {
        kept::tried(conn, id, open.number, &figures).await?;
    }
    figures["groups"] = groups(&names, &trial);
    figures["list"] = listed(&names, &trial);
    Ok(json!({"trial": figures}))
}

fn groups(names: &Names, trial: &Trial) -> Value {
    let mut groups: Vec<_> = trial.groups.iter().collect();
    groups.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let unit = |org: Option<OrgId>| org.map(|o| names.unit(o));
    let told = groups.into_iter().take(200).map(|((matter, from, to), cases)| {
        json!({"matter": names.matter(matter), "from": unit(*from), "to": unit(*to), "cases": cases})
    });
    Value::Array(told.collect())
}

fn listed(names: &Names, trial: &Trial) -> Value {
    let unit = |org: Option<OrgId>| org.map(|o| names.unit(o));
    let told = trial.list.iter().map(|moved| {
        let case = &moved.case;
        json!({
            "id": case.id, "number": case.number, "matter": names.matter(&case.matter),
            "area": names.area(case.area), "reported_at": case.reported_at, "lead": unit(case.lead),
            "from": unit(moved.from), "to": unit(moved.to),
            "co": moved.co.iter().map(|o| names.unit(*o)).collect::<Vec<_>>(),
        })
    });
    Value::Array(told.collect())
}

/// What the rules need for handing in and agreeing.
fn weighed(state: &State, open: &Open, now: Moment) -> Standing {
    let names = Names::of(state);
    match open.rules(&names, now) {
        Some(rules) => open.standing(dead_ends(state, &names, &rules).len(), true),
        None => open.standing(0, false),
    }
}

/// Hands the draft to a second person.
pub(super) async fn submit(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
) -> Result<()> {
    let open = Open::read(conn, id, true).await?;
    let now = state.cases.app.clock.now();
    if open.draft.state == DraftState::InReview && open.draft.submitted_by == Some(actor.person) {
        return Ok(());
    }
    may(&weighed(state, &open, now), Step::Submit, actor.person).map_err(said_no)?;
    kept::submitted(conn, id, actor.person, now).await
}

/// Agrees to the draft; without a later day it takes force at once.
pub(super) async fn approve(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
) -> Result<()> {
    let open = Open::read(conn, id, true).await?;
    let now = state.cases.app.clock.now();
    let done = matches!(open.draft.state, DraftState::Approved | DraftState::InForce);
    if done && open.draft.decided_by == Some(actor.person) {
        return Ok(());
    }
    let areas = open.areas(&Names::of(state));
    within(&actor.scope(Capability::ReviewMatters), areas)?;
    may(&weighed(state, &open, now), Step::Approve, actor.person).map_err(said_no)?;
    kept::decided(conn, id, DraftState::Approved, "", actor.person, now).await?;
    if open.draft.effective_from.is_none_or(|day| day <= now) {
        take_force(conn, &open.draft, now).await?;
    }
    Ok(())
}

/// An approved draft takes force: its rules replace those before.
///
/// # Errors
/// 409 `draft.rule_gone`, `routing.rule_twice`.
pub async fn take_force(conn: &mut PgConnection, draft: &Draft, now: Moment) -> Result<()> {
    let changes = book::changes(conn, draft.id).await?;
    let changes: Vec<RuleChange> = changes.into_iter().map(|(change, ..)| change).collect();
    book::put_in_force(conn, &changes, now).await?;
    kept::in_force(conn, draft, now).await.map(drop)
}

/// Sends the draft back.
pub(super) async fn send_back(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    reason: &str,
) -> Result<()> {
    letters("reason", reason, 2, 500)?;
    let open = Open::read(conn, id, true).await?;
    within(
        &actor.scope(Capability::ReviewMatters),
        open.areas(&Names::of(state)),
    )?;
    may(&open.standing(0, true), Step::SendBack, actor.person).map_err(said_no)?;
    let now = state.cases.app.clock.now();
    kept::decided(
        conn,
        id,
        DraftState::Draft,
        reason.trim(),
        actor.person,
        now,
    )
    .await
}

/// Gives the draft up.
pub(super) async fn give_up(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
) -> Result<()> {
    let open = Open::read(conn, id, true).await?;
    if open.draft.state == DraftState::Dropped {
        return Ok(());
    }
    may(&open.standing(0, true), Step::Drop, actor.person).map_err(said_no)?;
    let now = state.cases.app.clock.now();
    kept::decided(conn, id, DraftState::Dropped, "", actor.person, now).await
}
