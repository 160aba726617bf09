//! One function per thing a person does with the catalogue; the caller owns the transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{Actor, Capability, Error, FieldFault, Lang, Moment, PersonId, Result};
use matters::catalogue::{Grade, Matter, RowError, differences};
use matters::import::check;
use matters::lifecycle::{Standing, Step, may};
use matters::model::{Draft, DraftKind, DraftState};
use matters::store::drafts as kept;
use matters::store::versions::{self as book, MatterChange};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{GradeForm, SharedForm};
use crate::State;
use crate::routing::NewDraft;
use crate::routing::answers::people;
use crate::routing::desk::{head, letters, said_no, spoken_of};

const KIND: DraftKind = DraftKind::Catalogue;
/// Changes told at once.
const PAGE: usize = 50;
/// Faults told of one draft.
const FAULTS: usize = 200;

/// Every version of a matter with what differs from the one before.
pub(super) async fn versions(conn: &mut PgConnection, code: &str) -> Result<Value> {
    let found = book::of(conn, code).await?;
    let newest = found.first().ok_or(Error::NotFound("matter.not_found"))?;
    let body = json!(newest.matter);
    let told: Vec<Value> = found
        .iter()
        .enumerate()
        .map(|(at, version)| {
            let before = found.get(at + 1).filter(|v| !v.ended).map(|v| &v.matter);
            let after = (!version.ended).then_some(&version.matter);
            json!({
                "version": version.matter.version, "since": version.since, "ended": version.ended,
                "draft": version.draft, "differences": differences(before, after),
            })
        })
        .collect();
    Ok(json!({"matter": body, "versions": told}))
}

/// The drafts, the newest first.
pub(super) async fn drafts(conn: &mut PgConnection) -> Result<Value> {
    let found = kept::list(conn, KIND).await?;
    let names = people(conn, found.iter().flat_map(|(d, _)| spoken_of(d))).await?;
    let number = kept::number(conn, KIND, false).await?;
    let drafts: Vec<Value> = found
        .iter()
        .map(|(draft, changes)| head(draft, usize::try_from(*changes).unwrap_or_default()))
        .collect();
    Ok(json!({"drafts": drafts, "people": names, "number": number}))
}

/// A draft with its changes and what they are changed from.
struct Open {
    draft: Draft,
    changes: Vec<MatterChange>,
    authors: BTreeSet<PersonId>,
    /// The version of each changed matter, and whether it is in force.
    numbers: HashMap<String, (i32, bool)>,
}

impl Open {
    async fn read(conn: &mut PgConnection, id: Uuid, hold: bool) -> Result<Self> {
        let draft = if hold {
            kept::lock(conn, KIND, id).await?
        } else {
            kept::find(conn, KIND, id).await?
        };
        let changes = book::changes(conn, id).await?;
        let codes: Vec<&str> = changes.iter().map(|c| c.code.as_str()).collect();
        let numbers = book::numbers(conn, &codes).await?;
        let mut authors: BTreeSet<_> = changes.iter().map(|c| c.by).collect();
        authors.insert(draft.made_by);
        authors.extend(draft.submitted_by);
        Ok(Self {
            draft,
            changes,
            authors,
            numbers,
        })
    }

    /// Whether the matter has another version than it was changed from.
    fn outdated(&self, change: &MatterChange) -> bool {
        self.numbers.get(&change.code).map(|(n, _)| *n) != change.base
    }

    fn standing(&self, faults: usize) -> Standing {
        Standing {
            state: self.draft.state,
            authors: self.authors.clone(),
            changes: self.changes.len(),
            tried: true,
            current: !self.changes.iter().any(|c| self.outdated(c)),
            dead_ends: 0,
            faults,
        }
    }

    /// The faults of the catalogue as it would be, by code.
    fn faults(&self, state: &State) -> Vec<(String, RowError)> {
        let shelf = state.cases.shelf.current();
        let mut all: BTreeMap<&str, &Matter> = shelf
            .catalogue
            .matters()
            .iter()
            .map(|m| (m.code.as_str(), m))
            .collect();
        for change in &self.changes {
            match &change.body {
                Some(body) => all.insert(&change.code, body),
                None => all.remove(change.code.as_str()),
            };
        }
        let all: Vec<Matter> = all.into_values().cloned().collect();
        check(&all).1
    }
}

/// The draft as the desk shows it.
pub(super) async fn draft(
    conn: &mut PgConnection,
    state: &State,
    id: Uuid,
    after: usize,
    lang: Lang,
) -> Result<Value> {
    let open = Open::read(conn, id, false).await?;
    let settled = matches!(open.draft.state, DraftState::InForce | DraftState::Dropped);
    let faults = if settled {
        Vec::new()
    } else {
        open.faults(state)
    };
    let shelf = state.cases.shelf.current();
    let mut changes = Vec::new();
    for change in open.changes.iter().skip(after).take(PAGE) {
        let before = match (settled, change.base) {
            (true, Some(base)) => {
                let base = u32::try_from(base).unwrap_or_default();
                let all = book::of(conn, &change.code).await?;
                all.into_iter()
                    .map(|v| v.matter)
                    .find(|m| m.version == base)
            }
            _ => shelf.matter(&change.code).cloned(),
        };
        let named = change.body.as_ref().or(before.as_ref());
        changes.push(json!({
            "code": change.code,
            "name_zh": named.map(|m| &m.name.zh), "name_en": named.map(|m| &m.name.en),
            "kind": match (&change.body, change.base) {
                (None, _) => "ended",
                (Some(_), None) => "added",
                (Some(_), Some(_)) => "changed",
            },
            "outdated": !settled && open.outdated(change),
            "differences": differences(before.as_ref(), change.body.as_ref()),
        }));
    }
    let told: Vec<Value> = faults
        .iter()
        .take(FAULTS)
        .map(|(code, e)| json!({"code": code, "column": e.column, "detail": e.message(lang)}))
        .collect();
    let standing = open.standing(faults.len());
    let next = after + changes.len();
    let mut answer = head(&open.draft, open.changes.len());
    answer["changes"] = json!(changes);
    answer["next"] = json!((next < open.changes.len()).then_some(next));
    answer["faults"] = json!(told);
    answer["faults_count"] = json!(faults.len());
    answer["current"] = json!(settled || standing.current);
    answer["authors"] = json!(open.authors);
    let spoken: Vec<_> = spoken_of(&open.draft)
        .chain(open.authors.iter().copied())
        .collect();
    answer["people"] = people(conn, spoken).await?;
    Ok(json!({"draft": answer}))
}

/// Begins a draft.
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
    let base = kept::number(conn, KIND, false).await?;
    let now = state.cases.app.clock.now();
    let draft = Draft {
        note: new.note.trim().to_owned(),
        effective_from: new.effective_from,
        ..Draft::new(new.id, KIND, &new.title, base, actor.person, now)
    };
    kept::begin(conn, &draft).await
}

/// A matter as the draft has it, else as it is in force.
pub(super) async fn change(
    conn: &mut PgConnection,
    state: &State,
    id: Uuid,
    code: &str,
) -> Result<Value> {
    let open = Open::read(conn, id, false).await?;
    let shelf = state.cases.shelf.current();
    let before = shelf.matter(code);
    let drafted = open.changes.iter().find(|c| c.code == code);
    let body = match drafted {
        Some(change) => change.body.as_ref(),
        None => before,
    };
    if drafted.is_none() && before.is_none() {
        return Err(Error::NotFound("matter.not_found"));
    }
    Ok(json!({
        "body": body, "before": before, "drafted": drafted.is_some(),
        "differences": differences(before, body),
    }))
}

async fn may_change(conn: &mut PgConnection, actor: &Actor, id: Uuid) -> Result<Open> {
    let open = Open::read(conn, id, true).await?;
    may(&open.standing(0), Step::Change, actor.person).map_err(said_no)?;
    Ok(open)
}

/// A matter read as a sheet is read, so that every way of changing it is checked alike.
fn sound(code: &str, body: Matter, lang: Lang) -> Result<Matter> {
    if body.code != code {
        return Err(Error::field("body.code", "matter.other_code"));
    }
    let (mut read, faults) = check(std::slice::from_ref(&body));
    if faults.is_empty()
        && let Some(matter) = read.pop()
    {
        return Ok(matter);
    }
    let mut fields = Vec::new();
    for (_, fault) in faults {
        fields.push(
            FieldFault::new(format!("body.{}", fault.column), "matter.bad_cell")
                .with("said", fault.said(lang)),
        );
    }
    Err(Error::invalid(fields))
}

/// Changes a matter in a draft; no body ends it.
pub(super) async fn put_change(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    code: &str,
    body: Option<Matter>,
    lang: Lang,
) -> Result<()> {
    may_change(conn, actor, id).await?;
    let body = body.map(|m| sound(code, m, lang)).transpose()?;
    let number = book::numbers(conn, &[code]).await?.remove(code);
    if body.is_none() && !number.is_some_and(|(_, here)| here) {
        return Err(Error::NotFound("matter.not_found"));
    }
    put(conn, state, actor, id, vec![(code.to_owned(), body)]).await
}

/// Puts whole matters, or their ends, into a draft, as changed from the versions there are. What says the same
/// as what is in force is no change.
async fn put(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    bodies: Vec<(String, Option<Matter>)>,
) -> Result<()> {
    let codes: Vec<&str> = bodies.iter().map(|(code, _)| code.as_str()).collect();
    let numbers = book::numbers(conn, &codes).await?;
    let at = state.cases.app.clock.now();
    let shelf = state.cases.shelf.current();
    let (same, changed): (Vec<_>, Vec<_>) = bodies.into_iter().partition(|(code, body)| {
        let before = shelf.matter(code);
        body.as_ref()
            .zip(before)
            .is_some_and(|(body, before)| body.says_the_same(before))
    });
    for (code, _) in &same {
        book::drop_change(conn, id, code).await?;
    }
    let changes: Vec<MatterChange> = changed
        .into_iter()
        .map(|(code, body)| MatterChange {
            base: numbers.get(&code).map(|(n, _)| *n),
            by: actor.person,
            code,
            body,
            at,
        })
        .collect();
    book::put_changes(conn, id, &changes).await?;
    kept::edited(conn, id).await
}

/// Takes a matter out of a draft.
pub(super) async fn drop_change(
    conn: &mut PgConnection,
    _: &State,
    actor: &Actor,
    id: Uuid,
    code: &str,
) -> Result<()> {
    may_change(conn, actor, id).await?;
    if book::drop_change(conn, id, code).await? {
        kept::edited(conn, id).await?;
    }
    Ok(())
}

/// Gives a shared question its next version in every matter that shares it, and in further ones.
pub(super) async fn share(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    form: &SharedForm,
    lang: Lang,
) -> Result<()> {
    let open = may_change(conn, actor, id).await?;
    let shelf = state.cases.shelf.current();
    let code = form.question.code.as_str();
    let known = |m: &&String| shelf.matter(m).is_some();
    if let Some(strange) = form.matters.iter().find(|m| !known(m)) {
        let fault = FieldFault::new("matters", "matter.unknown").with("code", strange.clone());
        return Err(Error::invalid(vec![fault]));
    }
    let drafted: HashMap<&str, Option<&Matter>> = open
        .changes
        .iter()
        .map(|c| (c.code.as_str(), c.body.as_ref()))
        .collect();
    let now_is = shelf
        .catalogue
        .matters()
        .iter()
        .filter_map(|m| drafted.get(m.code.as_str()).copied().unwrap_or(Some(m)));
    let asks = |m: &Matter| {
        m.questions
            .iter()
            .any(|q| q.code == code && q.shared.is_some())
    };
    let touched: Vec<&Matter> = now_is
        .filter(|m| asks(m) || form.matters.contains(&m.code))
        .collect();
    let in_force = shelf.catalogue.matters().iter().flat_map(|m| &m.questions);
    let last = in_force
        .filter(|q| q.code == code)
        .filter_map(|q| q.shared)
        .max();
    let next = last.unwrap_or(0) + 1;
    let mut bodies = Vec::new();
    for matter in touched {
        let mut body = matter.clone();
        match body.questions.iter_mut().find(|q| q.code == code) {
            Some(question) => {
                let (required, when) = (question.required, question.when.clone());
                *question = form.question.clone();
                (question.required, question.when) = (required, when);
                question.shared = Some(next);
            }
            None => {
                let mut question = form.question.clone();
                question.shared = Some(next);
                body.questions.push(question);
            }
        }
        let code = body.code.clone();
        bodies.push((code.clone(), Some(sound(&code, body, lang)?)));
    }
    if bodies.is_empty() {
        return Err(Error::field("matters", "field.missing"));
    }
    put(conn, state, actor, id, bodies).await
}

/// Hands the draft to a second person.
pub(super) async fn submit(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
) -> Result<()> {
    let open = Open::read(conn, id, true).await?;
    if open.draft.state == DraftState::InReview && open.draft.submitted_by == Some(actor.person) {
        return Ok(());
    }
    let standing = open.standing(open.faults(state).len());
    may(&standing, Step::Submit, actor.person).map_err(said_no)?;
    kept::submitted(conn, id, actor.person, state.cases.app.clock.now()).await
}

/// The catalogue is the whole city's.
fn whole_city(state: &State, actor: &Actor, capability: Capability) -> Result<()> {
    if actor.scope(capability).holds(state.cases.app.city.code) {
        Ok(())
    } else {
        Err(Error::forbidden("draft.out_of_area"))
    }
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
    whole_city(state, actor, Capability::ReviewMatters)?;
    let standing = open.standing(open.faults(state).len());
    may(&standing, Step::Approve, actor.person).map_err(said_no)?;
    kept::decided(conn, id, DraftState::Approved, "", actor.person, now).await?;
    if open.draft.effective_from.is_none_or(|day| day <= now) {
        take_force(conn, &open.draft, now).await?;
    }
    Ok(())
}

/// An approved draft takes force: its matters get their next versions. Cases accepted before keep theirs.
///
/// # Errors
/// 409 `draft.outdated` when a matter has another version than it was changed from.
pub(crate) async fn take_force(conn: &mut PgConnection, draft: &Draft, now: Moment) -> Result<()> {
    let open = Open::read(conn, draft.id, true).await?;
    if open.changes.iter().any(|c| open.outdated(c)) {
        return Err(Error::conflict("draft.outdated"));
    }
    let bodies: Vec<Matter> = open.changes.iter().filter_map(|c| c.body.clone()).collect();
    book::put(conn, &bodies, now, Some(draft.id)).await?;
    let mut ended = Vec::new();
    for change in open.changes.iter().filter(|c| c.body.is_none()) {
        let versions = book::of(conn, &change.code).await?;
        ended.extend(versions.into_iter().next().map(|v| v.matter));
    }
    if !ended.is_empty() {
        book::end(conn, &ended, now, Some(draft.id)).await?;
    }
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
    whole_city(state, actor, Capability::ReviewMatters)?;
    let open = Open::read(conn, id, true).await?;
    may(&open.standing(0), Step::SendBack, actor.person).map_err(said_no)?;
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
    may(&open.standing(0), Step::Drop, actor.person).map_err(said_no)?;
    let now = state.cases.app.clock.now();
    kept::decided(conn, id, DraftState::Dropped, "", actor.person, now).await
}

/// The grades of areas, by code.
pub(super) async fn grades(state: &State) -> Result<Value> {
    let net = state.cases.net.current();
    let found = book::grades(&state.cases.app.db).await?;
    let sorted: BTreeMap<i64, Grade> = found.into_iter().collect();
    let told = sorted.into_iter().map(|(code, grade)| {
        json!({"area": {"code": code.to_string(), "name": net.division(code).map(|d| d.name.clone()),
            "text": net.division_text(code)}, "grade": grade.as_str()})
    });
    Ok(json!({"grades": told.collect::<Vec<_>>()}))
}

/// Sets the grade of an area.
pub(super) async fn set_grade(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    form: &GradeForm,
) -> Result<()> {
    let code = form.area.parse::<i64>().ok();
    let code = code.filter(|c| state.cases.net.current().division(*c).is_some());
    let Some(area) = code else {
        let fault = FieldFault::new("area", "field.unknown").with("said", form.area.clone());
        return Err(Error::invalid(vec![fault]));
    };
    if !actor.scope(Capability::KeepMatters).holds(area) {
        return Err(Error::forbidden("draft.out_of_area"));
    }
    let grade = match form.grade.as_deref() {
        None | Some("") => None,
        Some(word) => {
            Some(Grade::parse(word).ok_or_else(|| Error::field("grade", "grade.unknown"))?)
        }
    };
    let now = state.cases.app.clock.now();
    book::set_grade(conn, area, grade, Some(actor.person), now).await
}
