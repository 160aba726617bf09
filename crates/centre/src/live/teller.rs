//! One message per event, made once, with who may have it.

use std::collections::{HashMap, HashSet};

use axum::extract::ws::Utf8Bytes;
use cases::model::{Case, What};
use cases::story::{self, Names};
use cases::view;
use kernel::{CaseId, Moment, PersonId, Result};
use serde_json::json;

use super::reach::{Reach, Whose};
use super::store::{self, Line, Parted};
use crate::State;

/// A message and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The message as sent; shared by all who get it.
    pub text: Utf8Bytes,
    /// Who gets it: those who see such a case.
    pub whose: Whose,
}

/// What is told of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its place in the order.
    pub seq: i64,
    /// To those who see the case as it stands.
    pub now: Variant,
    /// To units whose part ended with or after this event: the case as it was then.
    pub then: Option<Variant>,
}

impl Told {
    /// The message for somebody who sees so far; `None` when it is not theirs.
    #[must_use]
    pub fn to(&self, reach: &Reach) -> Option<&Utf8Bytes> {
        [Some(&self.now), self.then.as_ref()]
            .into_iter()
            .flatten()
            .find(|v| reach.sees(&v.whose))
            .map(|v| &v.text)
    }
}

/// What a batch of events says, and the cases they are about as they stand.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub told: Vec<Told>,
    pub cases: Vec<Parted>,
}

/// Makes the messages of `lines`.
pub(super) async fn tell(state: &State, lines: Vec<Line>) -> Result<Batch> {
    let db = &state.cases.app.db;
    let mut ids: Vec<CaseId> = lines.iter().map(|l| l.case).collect();
    ids.sort_unstable();
    ids.dedup();
    let cases = store::cases(db, &ids).await?;
    let (people, numbers) = names(state, &lines).await?;
    let (units, shelf, net) = (
        state.cases.units.current(),
        state.cases.shelf.current(),
        state.cases.net.current(),
    );
    let names = Names {
        units: &units,
        people,
        shelf: &shelf,
        net: &net,
        words: HashMap::new(),
        numbers,
    };
    let by_id: HashMap<CaseId, &Parted> = cases.iter().map(|p| (p.case.id, p)).collect();
    let now = state.cases.app.clock.now();
    let mut told = Vec::with_capacity(lines.len());
    for line in &lines {
        let Some(parted) = by_id.get(&line.case) else {
            continue;
        };
        told.push(Told {
            seq: line.seq,
            now: Variant {
                text: message(state, line, &parted.case, &names, now),
                whose: whose(parted),
            },
            then: then(state, line, parted, &names, now).await?,
        });
    }
    Ok(Batch { told, cases })
}

/// Who sees the case as it stands.
fn whose(parted: &Parted) -> Whose {
    let place = parted.case.place.as_ref();
    Whose {
        area: parted.case.area,
        grids: [place.map(|p| p.basic), place.and_then(|p| p.dedicated)],
        orgs: parted.seeing(),
    }
}

/// For units whose part reaches this event but not the case as it stands.
async fn then(
    state: &State,
    line: &Line,
    parted: &Parted,
    names: &Names<'_>,
    now: Moment,
) -> Result<Option<Variant>> {
    let orgs: Vec<_> = parted
        .former
        .iter()
        .filter(|(_, until)| (line.version..parted.case.version).contains(until))
        .map(|(org, _)| *org)
        .collect();
    if orgs.is_empty() {
        return Ok(None);
    }
    let mut conn = state.cases.app.db.acquire().await?;
    let lines = cases::store::events(&mut conn, line.case, line.version).await?;
    let case = lines.iter().fold(None, |case, l| match case {
        None => cases::lifecycle::born(line.case, &l.event),
        Some(case) => Some(cases::lifecycle::apply(case, &l.event)),
    });
    Ok(case.map(|mut case| {
        case.number.clone_from(&parted.case.number);
        Variant {
            text: message(state, line, &case, names, now),
            whose: Whose {
                orgs,
                ..Whose::default()
            },
        }
    }))
}

fn message(state: &State, line: &Line, case: &Case, names: &Names<'_>, now: Moment) -> Utf8Bytes {
    let told = story::tell(case, &line.event, names);
    let place = case.place.as_ref();
    json!({
        "type": "event", "seq": line.seq, "kind": line.event.what.kind(), "at": line.event.at,
        "title_zh": told.title_zh, "title_en": told.title_en,
        "case": {
            "id": case.id, "number": case.number, "stage": case.stage,
            "lon": place.map(|p| p.lon), "lat": place.map(|p| p.lat),
            "level": view::level(case, now), "version": case.version,
            "matter_code": case.matter, "holder": view::unit(&state.cases, case.lead),
            "due_at": case.stage_clock().and_then(|c| c.due_at()),
        },
    })
    .to_string()
    .into()
}

type Found = (HashMap<PersonId, String>, HashMap<CaseId, String>);

/// Names of people and numbers of other cases that the titles speak of.
async fn names(state: &State, lines: &[Line]) -> Result<Found> {
    let mut people = HashSet::new();
    let mut others = HashSet::new();
    for line in lines {
        match &line.event.what {
            What::HandedOver { person } => drop(people.insert(*person)),
            What::Merged { into } => drop(others.insert(*into)),
            What::Joined { case, .. } | What::Left { case, .. } => drop(others.insert(*case)),
            _ => {}
        }
    }
    if people.is_empty() && others.is_empty() {
        return Ok(Found::default());
    }
    let (people, others) = (Vec::from_iter(people), Vec::from_iter(others));
    let mut conn = state.cases.app.db.acquire().await?;
    Ok((
        staff::store::names_of(&mut conn, &people)
            .await?
            .into_iter()
            .collect(),
        cases::store::numbers(&mut conn, &others).await?,
    ))
}

/// The messages of the events after `since` up to `until` that somebody who sees so far gets.
pub(super) async fn replay(
    state: &State,
    since: i64,
    until: i64,
    reach: &Reach,
) -> Result<Vec<(i64, Utf8Bytes)>> {
    let mut messages = Vec::new();
    let mut from = since;
    while from < until {
        let to = until.min(from + super::BATCH);
        let lines = store::between(&state.cases.app.db, from, to).await?;
        let batch = tell(state, lines).await?;
        let own = |t: &Told| Some((t.seq, t.to(reach)?.clone()));
        messages.extend(batch.told.iter().filter_map(own));
        from = to;
    }
    Ok(messages)
}
