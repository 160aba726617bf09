//! One function per thing a person does with an admission; the caller owns the transaction.

use std::collections::BTreeMap;

use kernel::{Actor, Capability, Error, FieldFault, Moment, PersonId, Result};
use matters::admission::rules::{LISTED_DAYS, Party, RENEW_DAYS, Standing, Step, answered, may};
use matters::admission::{self, Conflict, Cost, Source};
use matters::model::{Admission, AdmissionAnswer, AdmissionState as S};
use matters::store::admissions as book;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AnswerForm, Asked};
use crate::State;
use crate::burden;
use crate::routing::answers::{Names, people};
use crate::routing::desk::letters;

const DAY_S: i64 = 86_400;

/// The towns whose grids are concerned: the area itself, the town that holds it, or those within it.
fn towns(state: &State, area: i64) -> Vec<i64> {
    let net = state.cases.net.current();
    let path = net.path(area);
    let town = path.iter().find(|d| d.level == divisions::Level::Town);
    if let Some(town) = town {
        return vec![town.code];
    }
    let mut found = Vec::new();
    let mut look = vec![area];
    while let Some(code) = look.pop() {
        for below in net.below(code) {
            match below.level {
                divisions::Level::Town => found.push(below.code),
                divisions::Level::County => look.push(below.code),
                _ => {}
            }
        }
    }
    found.sort_unstable();
    found
}

/// How many grids lie in the area.
fn grids(state: &State, area: i64) -> u32 {
    let (first, last) = kernel::actor::code_range(area);
    let net = state.cases.net.current();
    let within = net
        .grids()
        .filter(|g| (first..=last).contains(&g.community));
    u32::try_from(within.count()).unwrap_or(u32::MAX)
}

/// Whether the person answers for this party.
fn speaks_for(state: &State, actor: &Actor, admission: &Admission, party: Party) -> bool {
    let scope = actor.scope(Capability::AnswerAdmission);
    match party {
        Party::Centre => scope.holds(admission.area),
        Party::Town(code) => {
            let units = state.cases.units.current();
            scope.orgs.iter().any(|org| {
                units.get(*org).is_some_and(|unit| {
                    let office = unit.key == "town-office" || unit.kind == staff::OrgKind::Town;
                    office && unit.area == code
                })
            })
        }
    }
}

/// What others ask: the system itself, matters, and applications that run.
async fn sources(conn: &mut PgConnection, state: &State, asked: &Asked) -> Result<Vec<Source>> {
    let shelf = state.cases.shelf.current();
    let mut sources = admission::known();
    sources.extend(admission::asked_by_matters(&shelf.catalogue, &asked.matter));
    for other in book::list(conn).await? {
        let runs = matches!(other.state, S::Asked | S::Trial | S::Tried | S::Listed);
        if runs && other.id != asked.id {
            let name = shelf.matter(&other.matter).map(|m| m.name.clone());
            sources.extend(admission::asked_by(&other.form, &name.unwrap_or_default()));
        }
    }
    Ok(sources)
}

fn number(faults: &mut Vec<FieldFault>, field: &str, value: u32, min: u32, max: u32) {
    if !(min..=max).contains(&value) {
        let fault = FieldFault::new(format!("form.{field}"), "field.range");
        faults.push(fault.with("min", min).with("max", max));
    }
}

/// What was asked, checked field by field; the area's code.
fn checked(state: &State, actor: &Actor, asked: &Asked) -> Result<i64> {
    let mut faults = Vec::new();
    let form = &asked.form;
    let text = |field: &str, text: &str, min: usize, max: usize| {
        let fits = (min..=max).contains(&text.trim().chars().count());
        let fault = FieldFault::new(field, "field.length");
        (!fits).then(|| fault.with("min", min).with("max", max))
    };
    if asked.id.is_nil() {
        faults.push(FieldFault::new("id", "field.missing"));
    }
    if state.cases.shelf.current().matter(&asked.matter).is_none() {
        let fault = FieldFault::new("matter", "matter.unknown");
        faults.push(fault.with("code", asked.matter.clone()));
    }
    faults.extend(text("form.purpose", &form.purpose, 4, 500));
    faults.extend(text("form.legal_basis", &form.legal_basis, 4, 300));
    number(&mut faults, "times", form.times, 1, 100);
    number(&mut faults, "minutes", form.minutes, 0, 480);
    number(&mut faults, "photos", form.photos, 0, 20);
    number(&mut faults, "notifications", form.notifications, 0, 20);
    number(&mut faults, "trial_days", form.trial_days, 7, 180);
    if form.fields.len() > 40 {
        faults.push(FieldFault::new("form.fields", "field.many").with("max", 40));
    }
    for (at, field) in form.fields.iter().enumerate() {
        faults.extend(text(&format!("form.fields.{at}.code"), &field.code, 1, 40));
        faults.extend(text(&format!("form.fields.{at}.zh"), &field.zh, 2, 100));
        faults.extend(text(&format!("form.fields.{at}.en"), &field.en, 2, 200));
    }
    let unit = state.cases.units.current().get(asked.org);
    if unit.is_none() {
        faults.push(FieldFault::new("org", "org.unknown"));
    }
    let code = asked.area.parse::<i64>().ok();
    let code = code.filter(|c| state.cases.net.current().division(*c).is_some());
    if code.is_none() {
        let fault = FieldFault::new("area", "field.unknown");
        faults.push(fault.with("said", asked.area.clone()));
    }
    let (Some(unit), Some(area), true) = (unit, code, faults.is_empty()) else {
        return Err(Error::invalid(faults));
    };
    if !actor
        .scope(Capability::AskAdmission)
        .orgs
        .contains(&asked.org)
    {
        return Err(Error::forbidden("admission.not_your_unit"));
    }
    let (first, last) = kernel::actor::code_range(unit.area);
    if !(first..=last).contains(&area) {
        return Err(Error::field("area", "admission.out_of_area"));
    }
    Ok(area)
}

async fn weighed(
    conn: &mut PgConnection,
    state: &State,
    asked: &Asked,
    area: i64,
) -> Result<(Cost, Vec<Conflict>)> {
    let conflicts = admission::conflicts(&asked.form, &sources(conn, state, asked).await?);
    let count = grids(state, area);
    let before = burden::minutes_per_grid(conn, state, area, count).await?;
    Ok((asked.form.cost(count, before), conflicts))
}

fn told_conflicts(conflicts: &[Conflict]) -> Value {
    let told = conflicts.iter().map(|c| {
        json!({
            "at": c.at, "code": c.code, "seconds": c.seconds, "kind": c.source.kind,
            "asked_zh": c.source.name.zh, "asked_en": c.source.name.en,
            "place_zh": c.source.place.zh, "place_en": c.source.place.en,
        })
    });
    Value::Array(told.collect())
}

/// What it would cost, without sending it.
pub(super) async fn weigh(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    asked: &Asked,
) -> Result<Value> {
    let area = checked(state, actor, asked)?;
    let (cost, conflicts) = weighed(conn, state, asked, area).await?;
    Ok(json!({"burden": cost, "conflicts": told_conflicts(&conflicts)}))
}

/// Asks, or mends what was refused.
pub(super) async fn ask(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    asked: &Asked,
) -> Result<()> {
    let area = checked(state, actor, asked)?;
    let now = state.cases.app.clock.now();
    let before = book::lock(conn, asked.id).await?;
    if let Some(before) = &before {
        let same = before.matter == asked.matter && before.org == asked.org && before.area == area;
        if !same {
            return Err(Error::conflict("command.id_reused"));
        }
        if before.form == asked.form && before.state == S::Asked {
            return Ok(());
        }
        let standing = standing(conn, state, before).await?;
        may(&standing, Step::Mend, actor.person, now).map_err(|r| Error::conflict(r.code()))?;
    }
    let (cost, conflicts) = weighed(conn, state, asked, area).await?;
    let refused = !conflicts.is_empty();
    let admission = Admission {
        id: asked.id,
        matter: asked.matter.clone(),
        org: asked.org,
        area,
        state: if refused { S::RefusedByRule } else { S::Asked },
        form: asked.form.clone(),
        burden: cost,
        round: before.as_ref().map_or(1, |b| b.round + 1),
        made_by: before.as_ref().map_or(actor.person, |b| b.made_by),
        made_at: before.as_ref().map_or(now, |b| b.made_at),
        trial_to: None,
        listed_at: None,
        renew_by: None,
        reminded: None,
        ended_at: None,
    };
    book::put(conn, &admission).await?;
    let body = json!({
        "burden": cost, "conflicts": told_conflicts(&conflicts), "fields": asked.form.fields.len(),
        "saved_minutes": saved_minutes(&asked.form, &conflicts, cost.grids),
    });
    let kind = if refused { "refused_by_rule" } else { "asked" };
    book::record(conn, asked.id, kind, Some(actor.person), &body, now).await
}

/// Minutes per month over all grids that fields not asked spare.
fn saved_minutes(form: &admission::Application, conflicts: &[Conflict], grids: u32) -> f64 {
    let seconds: u32 = conflicts.iter().map(|c| c.seconds).sum();
    form.per_month() * f64::from(seconds) / 60.0 * f64::from(grids)
}

async fn standing(
    conn: &mut PgConnection,
    state: &State,
    admission: &Admission,
) -> Result<Standing> {
    let said = book::answers(conn, admission.id).await?;
    let said = said.into_iter().filter(|a| a.round == admission.round);
    let mut answers: BTreeMap<Party, Option<bool>> = towns(state, admission.area)
        .into_iter()
        .map(|town| (Party::Town(town), None))
        .collect();
    answers.insert(Party::Centre, None);
    let mut centre_by = None;
    for answer in said {
        let party = if answer.centre {
            centre_by = Some(answer.person);
            Party::Centre
        } else {
            Party::Town(answer.area)
        };
        answers.insert(party, Some(answer.agrees));
    }
    Ok(Standing {
        state: admission.state,
        made_by: admission.made_by,
        answers,
        centre_by,
        renew_by: admission.renew_by,
    })
}

async fn locked(conn: &mut PgConnection, id: Uuid) -> Result<Admission> {
    let found = book::lock(conn, id).await?;
    found.ok_or(Error::NotFound("admission.not_found"))
}

/// Answers for the centre or a town; when all have agreed the trial begins.
pub(super) async fn answer(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    form: &AnswerForm,
) -> Result<()> {
    letters("words", &form.words, if form.agrees { 0 } else { 2 }, 500)?;
    let mut admission = locked(conn, id).await?;
    let party = match form.town.as_deref().filter(|t| !t.is_empty()) {
        None => Party::Centre,
        Some(said) => Party::Town(said.parse().map_err(|_| {
            Error::invalid(vec![
                FieldFault::new("town", "field.unknown").with("said", said),
            ])
        })?),
    };
    if !speaks_for(state, actor, &admission, party) {
        return Err(Error::forbidden("admission.not_a_party"));
    }
    let now = state.cases.app.clock.now();
    let mut standing = standing(conn, state, &admission).await?;
    may(&standing, Step::Answer(party), actor.person, now)
        .map_err(|r| Error::conflict(r.code()))?;
    let (area, centre) = match party {
        Party::Centre => (admission.area, true),
        Party::Town(code) => (code, false),
    };
    let answer = AdmissionAnswer {
        round: admission.round,
        area,
        centre,
        agrees: form.agrees,
        words: form.words.trim().to_owned(),
        person: actor.person,
        at: now,
    };
    book::answer(conn, id, &answer).await?;
    let kind = if form.agrees { "agreed" } else { "disagreed" };
    let body = json!({"area": area.to_string(), "centre": centre});
    book::record(conn, id, kind, Some(actor.person), &body, now).await?;
    standing.answers.insert(party, Some(form.agrees));
    admission.state = answered(&standing);
    match admission.state {
        S::Trial => {
            let end = now.plus_s(i64::from(admission.form.trial_days) * DAY_S);
            admission.trial_to = Some(end);
            book::list_by(conn, &admission, now, Some(end)).await?;
            let body = json!({"until": end});
            book::record(conn, id, "trial", None, &body, now).await?;
        }
        S::Refused => {
            admission.ended_at = Some(now);
            let minutes = admission.burden.hours_all * 60.0;
            let body = json!({"saved_minutes": minutes});
            book::record(conn, id, "refused", None, &body, now).await?;
        }
        _ => return Ok(()),
    }
    book::put(conn, &admission).await
}

/// Lists after the trial, for a year.
pub(super) async fn list(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
) -> Result<()> {
    let mut admission = locked(conn, id).await?;
    of_the_centre(state, actor, &admission)?;
    let now = state.cases.app.clock.now();
    let standing = standing(conn, state, &admission).await?;
    may(&standing, Step::List, actor.person, now).map_err(|r| Error::conflict(r.code()))?;
    let end = now.plus_s(LISTED_DAYS * DAY_S);
    admission.state = S::Listed;
    admission.listed_at = Some(now);
    admission.renew_by = Some(end);
    admission.reminded = None;
    book::list_by(conn, &admission, now, Some(end)).await?;
    book::put(conn, &admission).await?;
    let body = json!({"until": end});
    book::record(conn, id, "listed", Some(actor.person), &body, now).await
}

fn of_the_centre(state: &State, actor: &Actor, admission: &Admission) -> Result<()> {
    if speaks_for(state, actor, admission, Party::Centre) {
        Ok(())
    } else {
        Err(Error::forbidden("admission.not_a_party"))
    }
}

/// Lists for another year.
pub(super) async fn renew(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
) -> Result<()> {
    let mut admission = locked(conn, id).await?;
    of_the_centre(state, actor, &admission)?;
    let now = state.cases.app.clock.now();
    let standing = standing(conn, state, &admission).await?;
    may(&standing, Step::Renew, actor.person, now).map_err(|r| Error::conflict(r.code()))?;
    let end = admission
        .renew_by
        .unwrap_or(now)
        .plus_s(LISTED_DAYS * DAY_S);
    admission.renew_by = Some(end);
    admission.reminded = None;
    book::list_by(conn, &admission, now, Some(end)).await?;
    book::put(conn, &admission).await?;
    let body = json!({"until": end});
    book::record(conn, id, "renewed", Some(actor.person), &body, now).await
}

/// Takes an application or listing back.
pub(super) async fn withdraw(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    reason: &str,
) -> Result<()> {
    letters("reason", reason, 2, 500)?;
    let mut admission = locked(conn, id).await?;
    let own = actor
        .scope(Capability::AskAdmission)
        .orgs
        .contains(&admission.org);
    if !own {
        of_the_centre(state, actor, &admission)?;
    }
    let now = state.cases.app.clock.now();
    let standing = standing(conn, state, &admission).await?;
    may(&standing, Step::Withdraw, actor.person, now).map_err(|r| Error::conflict(r.code()))?;
    let was_listed = matches!(admission.state, S::Trial | S::Tried | S::Listed);
    let minutes = if was_listed {
        admission.burden.hours_all * 60.0
    } else {
        0.0
    };
    admission.state = S::Withdrawn;
    admission.ended_at = Some(now);
    book::put(conn, &admission).await?;
    book::end_listings(conn, &admission.matter, admission.area, now).await?;
    let body = json!({"reason": reason.trim(), "saved_minutes": minutes});
    book::record(conn, id, "withdrawn", Some(actor.person), &body, now).await
}

/// What time brings: trials end, departments are reminded, listings lapse. Answers how many moved.
///
/// # Errors
/// When the database fails.
pub async fn tick(state: &State, now: Moment) -> Result<usize> {
    let mut tx = state.cases.app.db.begin().await?;
    let mut moved = 0;
    for mut admission in book::in_states(&mut tx, &[S::Trial, S::Listed]).await? {
        let over = |end: Option<Moment>| end.is_some_and(|end| end <= now);
        let (kind, body) = match admission.state {
            S::Trial if over(admission.trial_to) => {
                admission.state = S::Tried;
                ("tried", json!({}))
            }
            S::Listed if over(admission.renew_by) => {
                admission.state = S::Lapsed;
                admission.ended_at = Some(now);
                let minutes = admission.burden.hours_all * 60.0;
                ("lapsed", json!({"saved_minutes": minutes}))
            }
            S::Listed if admission.reminded.is_none() => {
                let soon = admission.renew_by.map(|by| by.plus_s(-RENEW_DAYS * DAY_S));
                if !over(soon) {
                    continue;
                }
                admission.reminded = Some(now);
                ("reminded", json!({"renew_by": admission.renew_by}))
            }
            _ => continue,
        };
        book::put(&mut tx, &admission).await?;
        book::record(&mut tx, admission.id, kind, None, &body, now).await?;
        moved += 1;
    }
    tx.commit().await?;
    Ok(moved)
}

fn short(names: &Names, a: &Admission, now: Moment) -> Value {
    let soon = a
        .renew_by
        .is_some_and(|by| by.plus_s(-RENEW_DAYS * DAY_S) <= now);
    json!({
        "id": a.id, "matter": names.matter(&a.matter), "org": names.unit(a.org),
        "area": names.area(a.area), "state": a.state, "round": a.round, "burden": a.burden,
        "made_by": a.made_by, "made_at": a.made_at, "trial_to": a.trial_to,
        "listed_at": a.listed_at, "renew_by": a.renew_by, "ended_at": a.ended_at,
        "renew_soon": a.state == S::Listed && soon,
    })
}

/// What the caller may do with it now.
async fn asks(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    a: &Admission,
) -> Result<Vec<Value>> {
    let now = state.cases.app.clock.now();
    let standing = standing(conn, state, a).await?;
    let centre = speaks_for(state, actor, a, Party::Centre);
    let own = actor.scope(Capability::AskAdmission).orgs.contains(&a.org);
    let may = |step| may(&standing, step, actor.person, now).is_ok();
    let mut asks = Vec::new();
    for party in standing.answers.keys().copied() {
        if speaks_for(state, actor, a, party) && may(Step::Answer(party)) {
            let town = match party {
                Party::Centre => None,
                Party::Town(code) => Some(code.to_string()),
            };
            asks.push(json!({"step": "answer", "town": town}));
        }
    }
    for (step, word, can) in [
        (Step::Mend, "mend", own),
        (Step::List, "list", centre),
        (Step::Renew, "renew", centre),
        (Step::Withdraw, "withdraw", own || centre),
    ] {
        if can && may(step) {
            asks.push(json!({"step": word}));
        }
    }
    Ok(asks)
}

/// Every application, the newest first.
pub(super) async fn all(conn: &mut PgConnection, state: &State, actor: &Actor) -> Result<Value> {
    let names = Names::of(state);
    let now = state.cases.app.clock.now();
    let mut told = Vec::new();
    for a in book::list(conn).await? {
        let mut row = short(&names, &a, now);
        let asks = asks(conn, state, actor, &a).await?;
        let waits = asks.iter().any(|s| s["step"] != "withdraw");
        row["mine"] = json!(waits);
        told.push(row);
    }
    Ok(json!({"admissions": told}))
}

/// An application with all there is to know of it.
pub(super) async fn one(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
) -> Result<Value> {
    let a = book::find(conn, id).await?;
    let names = Names::of(state);
    let now = state.cases.app.clock.now();
    let standing = standing(conn, state, &a).await?;
    let said = book::answers(conn, id).await?;
    let history = book::history(conn, id).await?;
    let mut spoken: Vec<PersonId> = vec![a.made_by];
    spoken.extend(said.iter().map(|s| s.person));
    spoken.extend(history.iter().filter_map(|line| line.2));
    let parties: Vec<Value> = standing
        .answers
        .keys()
        .map(|party| {
            let (area, centre) = match party {
                Party::Centre => (a.area, true),
                Party::Town(code) => (*code, false),
            };
            let answer = said
                .iter()
                .find(|s| s.round == a.round && s.area == area && s.centre == centre);
            json!({
                "centre": centre, "area": names.area(area),
                "agrees": answer.map(|s| s.agrees), "words": answer.map(|s| s.words.clone()),
                "person": answer.map(|s| s.person), "at": answer.map(|s| s.at),
            })
        })
        .collect();
    let conflicts = history
        .iter()
        .rev()
        .find(|line| matches!(line.1.as_str(), "asked" | "refused_by_rule"))
        .map(|line| line.3["conflicts"].clone());
    let events: Vec<Value> = history
        .iter()
        .map(|(at, kind, person, body)| json!({"at": at, "kind": kind, "person": person, "body": body}))
        .collect();
    let mut told = short(&names, &a, now);
    told["form"] = json!(a.form);
    told["parties"] = json!(parties);
    told["conflicts"] = conflicts.unwrap_or(json!([]));
    told["history"] = json!(events);
    told["asks"] = json!(asks(conn, state, actor, &a).await?);
    told["people"] = people(conn, spoken).await?;
    Ok(json!({"admission": told}))
}

/// What may be put on grids now.
pub(super) async fn listings(state: &State) -> Result<Value> {
    let names = Names::of(state);
    let now = state.cases.app.clock.now();
    let mut found = book::listings(&state.cases.app.db).await?;
    found.retain(|l| l.from_at <= now && l.to_at.is_none_or(|end| now < end));
    found.sort_by(|a, b| (&a.matter, a.area).cmp(&(&b.matter, b.area)));
    let told: Vec<Value> = found
        .iter()
        .map(|l| {
            json!({"matter": names.matter(&l.matter), "area": names.area(l.area),
                "from": l.from_at, "to": l.to_at})
        })
        .collect();
    Ok(json!({"listings": told}))
}
