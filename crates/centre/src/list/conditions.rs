//! The filter as SQL.

use kernel::Moment;
use sqlx::{Postgres, QueryBuilder};

use super::reach::push_area;
use super::select::Select;

impl Select {
    /// Writes every condition of the filter, each with ` and ` before it; of `waits`, see [`Mine::push`].
    ///
    /// [`Mine::push`]: super::mine::Mine::push
    pub fn push_filter(&self, waits: &[&'static str], sql: &mut QueryBuilder<Postgres>) {
        let f = &self.filter;
        match &f.words {
            Some(words) if words.text.is_empty() => {
                sql.push(" and false");
            }
            Some(words) => match self.rarest() {
                None => {
                    sql.push(" and c.search @@ ")
                        .push_bind(words.text.clone())
                        .push("::tsquery");
                }
                // The planner takes the letters of a phrase to be independent, hence the phrase to be all
                // but never there, and reads every case that holds it. Told only the rarest piece, it knows
                // better and narrows by the other conditions first.
                Some(rarest) => {
                    sql.push(" and c.search @@ ")
                        .push_bind(rarest.to_owned())
                        .push("::tsquery and (c.search @@ ")
                        .push_bind(words.text.clone())
                        .push("::tsquery) is true");
                }
            },
            None => {}
        }
        push_some(sql, "c.stage", &f.stages);
        let all_open = f
            .stages
            .iter()
            .all(|s| cases::model::Stage::from_word(s).is_some_and(cases::model::Stage::open));
        if !f.stages.is_empty() && all_open {
            sql.push(" and c.open");
        }
        push_some(sql, "c.matter", &f.matters);
        push_some(sql, "c.source", &f.sources);
        push_some(sql, "c.urgency", &f.urgencies);
        if let Some(area) = f.area {
            sql.push(" and ");
            push_area(area, sql);
        }
        if let Some(org) = f.org {
            sql.push(" and c.lead = ").push_bind(org);
        }
        if let Some(grid) = f.grid {
            sql.push(" and c.grid = ").push_bind(grid);
        }
        if let Some(grid) = f.dedicated {
            sql.push(" and c.dedicated = ").push_bind(grid);
        }
        if f.supervised {
            sql.push(" and c.supervised");
        }
        if let Some(from) = f.from {
            sql.push(" and c.reported_at >= ").push_bind(from);
        }
        if let Some(to) = f.to {
            sql.push(" and c.reported_at < ").push_bind(to);
        }
        if let Some(b) = &f.bbox {
            if let Some(communities) = &b.communities {
                sql.push(" and c.area = any(")
                    .push_bind(communities.clone())
                    .push(")");
            }
            sql.push(" and c.lon between ")
                .push_bind(b.west)
                .push(" and ")
                .push_bind(b.east)
                .push(" and c.lat between ")
                .push_bind(b.south)
                .push(" and ")
                .push_bind(b.north);
        }
        if !f.levels.is_empty() {
            sql.push(" and (");
            for (n, level) in f.levels.iter().enumerate() {
                if n > 0 {
                    sql.push(" or ");
                }
                push_level(level, self.now, sql);
            }
            sql.push(")");
        }
        if f.mine {
            sql.push(" and ");
            self.mine.push(waits, self.now, sql);
        } else if !f.asks.is_empty() {
            sql.push(" and c.asks && ")
                .push_bind(f.asks.clone())
                .push(" and c.asks <> '{}'");
        }
    }
}

fn push_some<T>(sql: &mut QueryBuilder<Postgres>, column: &str, words: &[T])
where
    T: AsRef<str>,
{
    match words {
        [] => {}
        [one] => {
            sql.push(" and ")
                .push(column)
                .push(" = ")
                .push_bind(one.as_ref().to_owned());
        }
        some => {
            let some: Vec<String> = some.iter().map(|w| w.as_ref().to_owned()).collect();
            sql.push(" and ")
                .push(column)
                .push(" = any(")
                .push_bind(some)
                .push(")");
        }
    }
}

/// Writes that the case stands at `level` now.
pub fn push_level(level: &str, now: Moment, sql: &mut QueryBuilder<Postgres>) {
    match level {
        "red" => {
            sql.push("(c.open and c.due_at <= ")
                .push_bind(now)
                .push(")");
        }
        "amber" => {
            sql.push("(c.open and c.due_at > ")
                .push_bind(now)
                .push(" and c.amber_at <= ")
                .push_bind(now)
                .push(")");
        }
        "ok" => {
            sql.push("(c.open and c.due_at > ")
                .push_bind(now)
                .push(" and c.amber_at > ")
                .push_bind(now)
                .push(")");
        }
        _ => {
            sql.push("(c.open and c.due_at is null)");
        }
    }
}
