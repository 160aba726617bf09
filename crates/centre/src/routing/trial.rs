//! A draft of routing tried on past cases, by the code that dispatches.

use std::collections::{BTreeSet, HashMap};

use cases::Guide;
use futures_util::TryStreamExt;
use kernel::{CaseId, Moment, OrgId, Result, Scope};
use matters::routing::table::Rules;
use sqlx::PgConnection;

/// Cases told by name at most.
pub const LISTED: usize = 200;

/// A case that came in before.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PastCase {
    /// Its id.
    pub id: CaseId,
    /// The number people use.
    pub number: String,
    /// Its matter.
    pub matter: String,
    /// Its community.
    pub area: i64,
    /// The unit that leads it now.
    pub lead: Option<OrgId>,
    /// When it came in.
    pub reported_at: Moment,
}

/// A case that would go another way.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The case.
    pub case: PastCase,
    /// Where the rules in force send it.
    pub from: Option<OrgId>,
    /// Where the draft would.
    pub to: Option<OrgId>,
    /// Who would co-handle.
    pub co: Vec<OrgId>,
}

/// What trying gave.
#[derive(Debug, Default)]
pub struct Trial {
    /// Cases of the matters the draft speaks of.
    pub cases: usize,
    /// Those that would have another lead.
    pub moved: usize,
    /// Those with the same lead and other co-handlers.
    pub co_changed: usize,
    /// Those that no unit would answer for.
    pub unrouted: usize,
    /// Other leads by matter, from and to.
    pub groups: HashMap<(String, Option<OrgId>, Option<OrgId>), usize>,
    /// The newest of those that would go another way.
    pub list: Vec<Moved>,
}

/// Cases reported in `from..to` within `scope` and placed, of `matters`, routed by the rules in force
/// and by `drafted`, each at the moment it came in. The newest come first.
///
/// # Errors
/// When the database fails.
pub async fn run(
    conn: &mut PgConnection,
    guide: &Guide,
    drafted: &Rules,
    matters: &BTreeSet<String>,
    (from, to): (Moment, Moment),
    scope: &Scope,
) -> Result<Trial> {
    let mut trial = Trial::default();
    let codes: Vec<&str> = matters.iter().map(String::as_str).collect();
    let mut rows = sqlx::query_as::<_, PastCase>(
        "select id, number, matter, area, lead, reported_at from cases
         where matter = any($1) and reported_at >= $2 and reported_at < $3 and lon is not null
           and exists (select from unnest($4::bigint[], $5::bigint[]) as s (first, last)
                       where area between s.first and s.last)
         order by reported_at desc, id desc",
    )
    .bind(codes)
    .bind(from)
    .bind(to)
    .bind(scope.firsts())
    .bind(scope.lasts())
    .fetch(conn);
    while let Some(case) = rows.try_next().await? {
        trial.take(guide, drafted, case);
    }
    Ok(trial)
}

impl Trial {
    fn take(&mut self, guide: &Guide, drafted: &Rules, case: PastCase) {
        self.cases += 1;
        let before = guide.way(&case.matter, case.area, case.reported_at);
        let after = guide.way_by(drafted, &case.matter, case.area, case.reported_at);
        self.unrouted += usize::from(after.is_none());
        let (from, to) = (
            before.as_ref().map(|w| w.org),
            after.as_ref().map(|w| w.org),
        );
        let co = after.map(|w| w.co).unwrap_or_default();
        if from == to {
            if before.is_some_and(|w| w.co != co) {
                self.co_changed += 1;
            } else {
                return;
            }
        } else {
            self.moved += 1;
            let group = (case.matter.clone(), from, to);
            *self.groups.entry(group).or_default() += 1;
        }
        if self.list.len() < LISTED {
            self.list.push(Moved { case, from, to, co });
        }
    }
}
