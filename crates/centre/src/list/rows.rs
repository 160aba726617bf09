//! The rows shown: read for a page of ids at once, as the case page would show each of them.

use std::collections::HashMap;

use cases::lifecycle;
use cases::model::Case;
use kernel::{Actor, Capability, CaseId, Moment, PersonId, Result};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{PgConnection, Row as _};

use super::reach::{Reach, units};
use crate::State;

/// A case with what stands beside it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The case, as this person may see it.
    pub case: Case,
    /// The first words of the report; empty once erased.
    pub text: String,
    /// The place in words.
    pub place_text: String,
    /// Whether the person sees all of it: a former holder sees it as it was when it left.
    pub whole: bool,
}

/// Reads these cases as `actor` may see them, in the order of `ids`.
///
/// # Errors
/// When the database fails.
pub async fn held(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    ids: &[CaseId],
) -> Result<Vec<Held>> {
    let reach = Reach::of(actor, Capability::ReadCases, state.cases.app.city.code);
    let rows = sqlx::query(
        "select c.state, c.place_text,
             (select w.text from case_words w where w.id = c.id),
             (select max(case when p.part = 'former' then coalesce(p.until_n, 2147483647)
                     else 2147483647 end)
              from case_parties p where p.case_id = c.id and p.org = any($2))
         from cases c where c.id = any($1)",
    )
    .bind(ids)
    .bind(units(&reach.orgs))
    .fetch_all(&mut *conn)
    .await?;
    let mut found: HashMap<CaseId, Held> = HashMap::with_capacity(rows.len());
    for row in rows {
        let case = row.try_get::<Json<Case>, _>(0)?.0;
        let until: Option<i32> = row.try_get(3)?;
        let in_grid = case.place.as_ref().is_some_and(|p| {
            reach
                .grids
                .iter()
                .any(|g| *g == p.basic || Some(*g) == p.dedicated)
        });
        let by_place = reach.all || reach.holds_area(case.area) || in_grid;
        let until = if by_place {
            i32::MAX
        } else {
            until.unwrap_or(i32::MAX)
        };
        let held = Held {
            text: row.try_get::<Option<String>, _>(2)?.unwrap_or_default(),
            place_text: row.try_get(1)?,
            whole: until == i32::MAX,
            case: if until < case.version {
                as_left(conn, case, until).await?
            } else {
                case
            },
        };
        found.insert(held.case.id, held);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The case as it was at version `until`.
async fn as_left(conn: &mut PgConnection, case: Case, until: i32) -> Result<Case> {
    let mut then: Option<Case> = None;
    for line in cases::store::events(conn, case.id, until).await? {
        then = match then {
            None => lifecycle::born(case.id, &line.event),
            Some(c) => Some(lifecycle::apply(c, &line.event)),
        };
    }
    Ok(then.unwrap_or(case))
}

/// The rows of the list, each with its handler and the verb asked of `actor`.
///
/// # Errors
/// When the database fails.
pub async fn rows(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    ids: &[CaseId],
    now: Moment,
) -> Result<Vec<Value>> {
    let held = held(conn, state, actor, ids).await?;
    shown(conn, state, actor, &held, now).await
}

/// As [`rows`], of cases read before.
///
/// # Errors
/// When the database fails.
pub async fn shown(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    held: &[Held],
    now: Moment,
) -> Result<Vec<Value>> {
    let mut people: Vec<PersonId> = held.iter().filter_map(|h| h.case.handler).collect();
    people.sort_unstable();
    people.dedup();
    let names: HashMap<PersonId, String> = if people.is_empty() {
        HashMap::new()
    } else {
        staff::store::names_of(conn, &people)
            .await?
            .into_iter()
            .collect()
    };
    Ok(held
        .iter()
        .map(|h| {
            let mut row = cases::view::row(&state.cases, &h.case, &h.text, &h.place_text, now);
            let ask = h
                .whole
                .then(|| cases::view::ask(&state.cases, &h.case, actor, now))
                .flatten();
            let handler = h
                .case
                .handler
                .and_then(|p| names.get(&p).map(|name| json!({"id": p, "name": name})));
            if let Some(row) = row.as_object_mut() {
                row.insert("ask".into(), json!(ask));
                row.insert("handler".into(), json!(handler));
            }
            row
        })
        .collect())
}
