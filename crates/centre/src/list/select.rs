//! Which cases: the statement is put together from the conditions that are there, so that the planner
//! sees what it can use an index for. A page is read by key, never by counting off.

use kernel::{Actor, Capability, CaseId, Moment, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};

use super::common::{self, Common};
use super::filter::Filter;
use super::key::{Key, Run};
use super::mine::Mine;
use super::reach::{Reach, Way, is_wide};
use crate::State;

/// A selection of cases: within reach, under a filter, in an order.
#[derive(Debug, Clone)]
pub struct Select {
    /// How far the caller reaches.
    pub reach: Reach,
    /// The conditions.
    pub filter: Filter,
    /// What waits for the caller.
    pub mine: Mine,
    /// Now.
    pub now: Moment,
    branches: Vec<Branch>,
    common: Common,
    /// Whether other conditions narrow what is selected more than its words do.
    narrowed: bool,
}

/// A part of a selection that an index of its own finds; the parts together hold everything selected,
/// some twice.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Branch {
    way: Way,
    /// What waits for the caller: by these verbs.
    waits: Vec<&'static str>,
}

impl Select {
    /// The selection `actor` may make with `capability`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(
        conn: &mut PgConnection,
        state: &State,
        actor: &Actor,
        capability: Capability,
        filter: Filter,
    ) -> Result<Self> {
        let reach = Reach::of(actor, capability, state.cases.app.city.code);
        let common = match &filter.words {
            Some(words) => common::judge(conn, &state.words, words).await?,
            None => Common::default(),
        };
        let few = filter.mine || filter.words.is_some() && common.rarest().is_none();
        let mut ways = reach.ways(&filter, few);
        prune(conn, &reach, &mut ways).await?;
        let mine = Mine::of(state, actor);
        let waits = if filter.mine {
            mine.groups(&filter.asks)
        } else {
            vec![Vec::new()]
        };
        let branches = ways.into_iter().flat_map(|way| {
            let of = move |waits: Vec<&'static str>| Branch { way, waits };
            waits.iter().cloned().map(of)
        });
        let branches = branches.collect();
        Ok(Self {
            reach,
            mine,
            now: state.cases.app.clock.now(),
            filter,
            branches,
            common,
            narrowed: false,
        })
    }

    /// The ids of a page of `rows`, and the key of its last row when more follow.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        conn: &mut PgConnection,
        after: Option<Key>,
        rows: usize,
    ) -> Result<(Vec<CaseId>, Option<Key>)> {
        let run = after.map_or(Run::of(self.filter.sort), |k| k.run);
        let both = run == Run::Dated && self.is_searched_whole();
        let mut found = if both {
            self.searched_by_due(conn, after, rows + 1).await?
        } else {
            self.run(conn, run, after, rows + 1).await?
        };
        if run == Run::Dated && !both && found.len() <= rows {
            let left = rows + 1 - found.len();
            found.extend(self.run(conn, Run::Undated, None, left).await?);
        }
        let more = found.len() > rows;
        found.truncate(rows);
        let next = found.last().copied().filter(|_| more);
        Ok((found.into_iter().map(|k| k.id).collect(), next))
    }

    /// Rows of one run.
    async fn run(
        &self,
        conn: &mut PgConnection,
        run: Run,
        after: Option<Key>,
        rows: usize,
    ) -> Result<Vec<Key>> {
        let none = match run {
            Run::Dated => self.only_undated(),
            Run::Undated => self.only_dated(),
            Run::Reported | Run::Updated => false,
        };
        if none || self.branches.is_empty() {
            return Ok(Vec::new());
        }
        if self.filter.words.is_none() {
            return self.walked(conn, run, after, rows).await;
        }
        // What many cases hold is looked for among the newest, then further back, then everywhere.
        let mut wanted = f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) * 4.0;
        if self.branches.iter().any(|b| b.way != Way::All) {
            wanted *= 4.0;
        }
        let rounds = if self.is_wide() { 2 } else { 0 };
        for _ in 0..rounds {
            let until = after.map(|key| key.at);
            let Some(since) = self.common.since(run, until, wanted) else {
                break;
            };
            let found = self.searched(conn, run, after, rows, Some(since)).await?;
            if found.len() >= rows {
                return Ok(found);
            }
            wanted *= 8.0;
        }
        self.searched(conn, run, after, rows, None).await
    }

    /// What the index of words finds since then, all of which is looked at and put in order.
    async fn searched(
        &self,
        conn: &mut PgConnection,
        run: Run,
        after: Option<Key>,
        rows: usize,
        since: Option<Moment>,
    ) -> Result<Vec<Key>> {
        let narrows = run == Run::Dated || since.is_some() || !self.is_wide();
        let select = if narrows { &self.narrowed() } else { self };
        let only = |sql: &mut QueryBuilder<Postgres>| {
            sql.push(run.condition());
            if let Some(since) = since {
                sql.push(" and ")
                    .push(run.column())
                    .push(" >= ")
                    .push_bind(since);
            }
        };
        let mut sql = select.looked_at(only);
        sql.push(" select c.id, ")
            .push(run.column())
            .push(" from c where true");
        let limit = i64::try_from(rows).unwrap_or(i64::MAX);
        run.push_stretch(after, limit, &mut sql);
        keys(conn, run, sql).await
    }

    /// Both runs of the order by due dates from one look at what the words find.
    async fn searched_by_due(
        &self,
        conn: &mut PgConnection,
        after: Option<Key>,
        rows: usize,
    ) -> Result<Vec<Key>> {
        let limit = i64::try_from(rows).unwrap_or(i64::MAX);
        let mut sql = self.narrowed().looked_at(|_| {});
        for (n, run) in [Run::Dated, Run::Undated].into_iter().enumerate() {
            sql.push(if n == 0 { " (" } else { " union all (" })
                .push("select c.id, ")
                .push(run.column())
                .push(", ")
                .push_bind(run == Run::Dated)
                .push(" from c where true");
            run.push_stretch(after.filter(|_| run == Run::Dated), limit, &mut sql);
            sql.push(")");
        }
        let found = sql.build().persistent(false).fetch_all(conn).await?;
        let (mut dated, mut undated) = (Vec::new(), Vec::new());
        for row in found {
            let (run, keys) = if row.try_get(2)? {
                (Run::Dated, &mut dated)
            } else {
                (Run::Undated, &mut undated)
            };
            keys.push(Key {
                run,
                at: row.try_get(1)?,
                id: row.try_get(0)?,
            });
        }
        dated.append(&mut undated);
        dated.truncate(rows);
        Ok(dated)
    }

    /// Begins a statement with every case that the words find under these conditions, as `c`.
    fn looked_at(&self, only: impl Fn(&mut QueryBuilder<Postgres>)) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new("with c as materialized (");
        let columns = "c.id, c.open, c.due_at, c.reported_at, c.updated_at";
        self.push_all(columns, i64::from(i32::MAX), only, &mut sql);
        sql.push(")");
        sql
    }

    /// Rows read along the indexes of the order.
    async fn walked(
        &self,
        conn: &mut PgConnection,
        run: Run,
        after: Option<Key>,
        rows: usize,
    ) -> Result<Vec<Key>> {
        let limit = i64::try_from(rows).unwrap_or(i64::MAX);
        let direction = if run.descending() { " desc" } else { "" };
        let mut sql = QueryBuilder::new("");
        let several = self.branches.len() > 1;
        if several {
            sql.push("select u.id, u.at from (");
        }
        for (n, branch) in self.branches.iter().enumerate() {
            if n > 0 {
                sql.push(" union ");
            }
            sql.push("(select c.id, ").push(run.column()).push(" as at");
            self.reach.push_cases(branch.way, false, &mut sql);
            self.push_filter(&branch.waits, &mut sql);
            run.push_stretch(after, limit, &mut sql);
            sql.push(")");
        }
        if several {
            sql.push(") u order by u.at")
                .push(direction)
                .push(", u.id")
                .push(direction)
                .push(" limit ")
                .push_bind(limit);
        }
        keys(conn, run, sql).await
    }

    /// Whether only cases whose clock has a date can answer the filter.
    fn only_dated(&self) -> bool {
        !self.filter.levels.is_empty() && !self.filter.levels.contains(&"paused")
    }

    /// Whether only cases without a date can answer the filter.
    fn only_undated(&self) -> bool {
        if self.filter.levels == ["paused"] {
            return true;
        }
        let over = ["closed", "archived", "declined", "merged", "voided"];
        !self.filter.stages.is_empty() && self.filter.stages.iter().all(|s| over.contains(s))
    }

    /// Whether nothing narrows the city's cases but stage, level and verb.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        let f = &self.filter;
        let narrowed = f.area.is_some()
            || f.org.is_some()
            || f.grid.is_some()
            || f.dedicated.is_some()
            || f.from.is_some()
            || f.to.is_some()
            || f.bbox.is_some()
            || f.words.is_some()
            || f.mine
            || f.supervised
            || !f.matters.is_empty()
            || !f.sources.is_empty()
            || !f.urgencies.is_empty();
        self.branches.iter().all(|b| b.way == Way::All) && !narrowed
    }

    /// The selection in two that share no case: what is reached by place or lead, and what only another
    /// part of a unit reaches, which is read once and not by many small statements.
    #[must_use]
    pub fn apart(&self) -> (Self, Option<Self>) {
        let only = |part: bool| {
            let mut select = self.clone();
            select.branches.retain(|b| (b.way == Way::Part) == part);
            select
        };
        let beside = Some(only(true)).filter(|s| !s.branches.is_empty());
        (only(false), beside)
    }

    /// The same selection, read as one that other conditions narrow more than its words do.
    #[must_use]
    pub fn narrowed(&self) -> Self {
        Self {
            narrowed: true,
            ..self.clone()
        }
    }

    /// Whether all that the words find is better looked at once than the open and the newest apart.
    fn is_searched_whole(&self) -> bool {
        let whole = !self.is_common() || !self.is_wide();
        self.filter.words.is_some() && whole && !self.only_undated() && !self.only_dated()
    }

    /// Whether the words are held by so many cases that looking at each takes long.
    #[must_use]
    pub fn is_common(&self) -> bool {
        self.common.rarest().is_some()
    }

    /// Whether a way of the reach holds a great share of all cases.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        let mut ways = self.branches.iter().map(|b| b.way);
        ways.any(|way| match way {
            Way::All | Way::Any => true,
            Way::Areas => self.reach.areas.iter().any(|a| is_wide(*a)),
            Way::Grids | Way::Dedicated | Way::Lead | Way::Part => false,
        })
    }

    /// The rarest piece of common words, when other conditions narrow more than they do.
    pub fn rarest(&self) -> Option<&str> {
        self.common.rarest().filter(|_| self.narrowed)
    }

    /// Writes `select … union …` over every branch, with `columns` of `c` and at most `most` rows.
    pub fn push_all(
        &self,
        columns: &str,
        most: i64,
        more: impl Fn(&mut QueryBuilder<Postgres>),
        sql: &mut QueryBuilder<Postgres>,
    ) {
        if self.branches.is_empty() {
            sql.push("select ")
                .push(columns)
                .push(" from cases c where false");
            return;
        }
        let several = self.branches.len() > 1;
        for (n, branch) in self.branches.iter().enumerate() {
            if n > 0 {
                sql.push(" union ");
            }
            sql.push("(select ").push(columns);
            self.reach.push_cases(branch.way, self.is_common(), sql);
            self.push_filter(&branch.waits, sql);
            more(sql);
            sql.push(" limit ").push_bind(most).push(")");
        }
        if several {
            sql.push(" limit ").push_bind(most);
        }
    }
}

/// The keys a statement of ids and moments finds.
async fn keys(
    conn: &mut PgConnection,
    run: Run,
    mut sql: QueryBuilder<Postgres>,
) -> Result<Vec<Key>> {
    let found = sql.build().persistent(false).fetch_all(conn).await?;
    found
        .into_iter()
        .map(|row| {
            Ok(Key {
                run,
                at: row.try_get(1)?,
                id: row.try_get(0)?,
            })
        })
        .collect()
}

/// Leaves out the ways by which nothing at all is reached: a centre's unit holds no case itself.
async fn prune(conn: &mut PgConnection, reach: &Reach, ways: &mut Vec<Way>) -> Result<()> {
    if ways.len() < 2 || !ways.contains(&Way::Lead) {
        return Ok(());
    }
    let orgs = super::reach::units(&reach.orgs);
    let row = sqlx::query(
        "select exists (select from cases where lead = any($1)),
                exists (select from case_parties where org = any($1) and part <> 'lead')",
    )
    .bind(orgs)
    .fetch_one(conn)
    .await?;
    let (leads, parts): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    ways.retain(|w| match w {
        Way::Lead => leads,
        Way::Part => parts,
        _ => true,
    });
    if ways.is_empty() {
        ways.push(Way::Lead);
    }
    Ok(())
}
