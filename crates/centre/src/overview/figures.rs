//! Six figures of an area, against the same moment last week, with the hours of both days.
//!
//! What came in and what ended is counted by the hour; how many were open at an hour is what is open
//! now, less what came since, with what ended since. How many were overdue or waited for dispatch is
//! noted each hour ([`super::standing`]), for areas: of a unit's own cases nothing is said of last week.

use std::collections::BTreeMap;

use kernel::actor::code_range;
use kernel::{Moment, Result};
use serde::Serialize;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};

use super::standing::Kept;
use crate::State;
use crate::list::reach::push_area;
use crate::list::select::Select;

const WEEK_S: i64 = 7 * 86_400;
const HOUR_S: i64 = 3_600;

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Which: `reported_today`, `to_dispatch`, `open`, `overdue`, `closed_today`, `on_time_rate`.
    pub key: &'static str,
    /// Now.
    pub value: f64,
    /// At the same moment last week.
    pub before: Option<f64>,
    /// `cases` or `percent`.
    pub unit: &'static str,
    /// At the end of each hour of today, the last one now.
    pub series: Vec<f64>,
    /// At the same moments last week.
    pub series_before: Vec<f64>,
}

/// What happened in one hour after the start of the week looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Hour {
    reported: i64,
    /// Closed, declined, voided or merged.
    ended: i64,
    closed: i64,
    /// Closed and counted in figures.
    judged: i64,
    on_time: i64,
}

/// Hours since `start`, the midnight of a week ago. The hour of the day that now is in is cut at now,
/// on every day, so that each moment looked at is a border.
struct Week {
    /// By hour, and whether after the cut.
    hours: BTreeMap<(i64, bool), Hour>,
    /// Seconds from midnight to now, the present second counted in.
    cut: i64,
}

/// The figures of the selection's area within its reach.
///
/// # Errors
/// When the database fails.
pub async fn figures(
    conn: &mut PgConnection,
    state: &State,
    select: &Select,
) -> Result<Vec<Figure>> {
    let now = select.now;
    let today = now.start_of_day(&state.cases.app.city.zone);
    let cut = now.since_s(today) + 1;
    let week = week(conn, select, today.plus_s(-WEEK_S), now, cut).await?;
    let [open, to_dispatch, overdue] = standing(conn, select).await?;
    let city = code_range(state.cases.app.city.code);
    let area = select.filter.area.unwrap_or(city);
    let kept = if select.reach.all || select.reach.within(area) {
        Kept::read(conn, area, today.plus_s(-WEEK_S), now).await?
    } else {
        Kept::default()
    };
    // Moments at which both days are looked at: the end of each hour, then now.
    let mut moments: Vec<i64> = (1..).map(|n| n * HOUR_S).take_while(|s| *s < cut).collect();
    moments.push(cut);
    let day = |from: i64, of: fn(&Hour) -> i64| -> Vec<f64> {
        moments
            .iter()
            .map(|m| float(week.sum(from, from + m, of)))
            .collect()
    };
    let counted = |key, of: fn(&Hour) -> i64| {
        let (series, series_before) = (day(WEEK_S, of), day(0, of));
        Figure {
            key,
            value: series.last().copied().unwrap_or_default(),
            before: series_before.last().copied(),
            unit: "cases",
            series,
            series_before,
        }
    };
    let noted = |key, now_is: i64, of: fn((i64, i64)) -> i64| {
        let at = |from: i64| -> Option<Vec<f64>> {
            let whole = moments.iter().map(|m| kept.at(from + m));
            whole.map(|k| k.map(|k| float(of(k)))).collect()
        };
        let mut series = at(WEEK_S).unwrap_or_default();
        if let Some(last) = series.last_mut() {
            *last = float(now_is);
        }
        Figure {
            key,
            value: float(now_is),
            before: kept.at(cut).map(|k| float(of(k))),
            unit: "cases",
            series,
            series_before: at(0).unwrap_or_default(),
        }
    };
    let end = WEEK_S + cut;
    let open_at = |at: i64| {
        let came = week.sum(at, end, |h| h.reported);
        let ended = week.sum(at, end, |h| h.ended);
        float((open - came + ended).max(0))
    };
    let opens = |from: i64| -> Vec<f64> { moments.iter().map(|m| open_at(from + m)).collect() };
    let rate = |from: i64| -> Vec<f64> {
        day(from, |h| h.on_time)
            .into_iter()
            .zip(day(from, |h| h.judged))
            .map(|(met, all)| if all > 0.0 { met / all } else { 1.0 })
            .map(|share| (share * 1_000.0).round() / 10.0)
            .collect()
    };
    let (rates, rates_before) = (rate(WEEK_S), rate(0));
    let any_before = day(0, |h| h.judged).last().is_some_and(|n| *n > 0.0);
    let opens_before = opens(0);
    Ok(vec![
        counted("reported_today", |h| h.reported),
        noted("to_dispatch", to_dispatch, |k| k.0),
        Figure {
            key: "open",
            value: float(open),
            before: opens_before.last().copied(),
            unit: "cases",
            series: opens(WEEK_S),
            series_before: opens_before,
        },
        noted("overdue", overdue, |k| k.1),
        counted("closed_today", |h| h.closed),
        Figure {
            key: "on_time_rate",
            value: rates.last().copied().unwrap_or(100.0),
            before: rates_before.last().copied().filter(|_| any_before),
            unit: "percent",
            series: rates,
            series_before: rates_before,
        },
    ])
}

fn float(n: i64) -> f64 {
    i32::try_from(n).map_or(f64::from(i32::MAX), f64::from)
}

impl Week {
    /// What happened from `from` to `to`, seconds since the start, both of them borders.
    fn sum(&self, from: i64, to: i64, of: fn(&Hour) -> i64) -> i64 {
        self.hours
            .iter()
            .filter(|((hour, after), _)| {
                let (first, last) = (hour * HOUR_S, (hour + 1) * HOUR_S);
                let cut = first - first % 86_400 + self.cut;
                let holds_cut = first < cut && cut < last;
                let (first, last) = match (holds_cut, after) {
                    (true, false) => (first, cut),
                    (true, true) => (cut, last),
                    (false, _) => (first, last),
                };
                from <= first && last <= to
            })
            .map(|(_, counts)| of(counts))
            .sum()
    }
}

fn push_where(select: &Select, sql: &mut QueryBuilder<Postgres>) {
    if let Some(area) = select.filter.area {
        sql.push(" and ");
        push_area(area, sql);
    }
    let inside = select.filter.area.is_some_and(|a| select.reach.within(a));
    if !select.reach.all && !inside {
        sql.push(" and ");
        select.reach.push_any(sql);
    }
}

async fn week(
    conn: &mut PgConnection,
    select: &Select,
    start: Moment,
    now: Moment,
    cut: i64,
) -> Result<Week> {
    let mut hours: BTreeMap<(i64, bool), Hour> = BTreeMap::new();
    let grouped = |column: &str, columns: &str, counts: &str| {
        let mut sql = QueryBuilder::new("select s.s / 3600, mod(s.s, 86400) >= ");
        sql.push_bind(cut)
            .push(counts)
            .push(" from (select ")
            .push(columns)
            .push("floor(extract(epoch from (")
            .push(column)
            .push(" - ")
            .push_bind(start)
            .push(")))::int8 as s from cases c where ")
            .push(column)
            .push(" >= ")
            .push_bind(start)
            .push(" and ")
            .push(column)
            .push(" <= ")
            .push_bind(now);
        push_where(select, &mut sql);
        sql
    };
    let mut sql = grouped("c.reported_at", "", ", count(*)");
    sql.push(") s group by 1, 2");
    for row in sql.build().persistent(false).fetch_all(&mut *conn).await? {
        let hour = hours.entry((row.try_get(0)?, row.try_get(1)?)).or_default();
        hour.reported = row.try_get(2)?;
    }
    let mut sql = grouped(
        "c.closed_at",
        "c.stage, c.excluded, c.on_time, ",
        ", count(*), count(*) filter (where s.stage in ('closed', 'archived')),
         count(*) filter (where s.stage in ('closed', 'archived') and not s.excluded),
         count(*) filter (where s.stage in ('closed', 'archived') and not s.excluded and s.on_time)",
    );
    sql.push(") s group by 1, 2");
    for row in sql.build().persistent(false).fetch_all(&mut *conn).await? {
        let hour = hours.entry((row.try_get(0)?, row.try_get(1)?)).or_default();
        hour.ended += row.try_get::<i64, _>(2)?;
        hour.closed = row.try_get(3)?;
        hour.judged = row.try_get(4)?;
        hour.on_time = row.try_get(5)?;
    }
    let mut sql = grouped("c.updated_at", "", ", count(*)");
    sql.push(" and c.stage = 'merged') s group by 1, 2");
    for row in sql.build().persistent(false).fetch_all(&mut *conn).await? {
        let hour = hours.entry((row.try_get(0)?, row.try_get(1)?)).or_default();
        hour.ended += row.try_get::<i64, _>(2)?;
    }
    Ok(Week { hours, cut })
}

/// Open now, waiting for dispatch now, overdue now.
async fn standing(conn: &mut PgConnection, select: &Select) -> Result<[i64; 3]> {
    let mut sql = QueryBuilder::new(
        "select count(*), count(*) filter (where c.stage in ('accepted', 'returned'))
         from cases c where c.open",
    );
    push_where(select, &mut sql);
    let row = sql.build().persistent(false).fetch_one(&mut *conn).await?;
    let mut sql = QueryBuilder::new("select count(*) from cases c where c.open and c.due_at <= ");
    sql.push_bind(select.now);
    push_where(select, &mut sql);
    let over = sql.build().persistent(false).fetch_one(conn).await?;
    Ok([row.try_get(0)?, row.try_get(1)?, over.try_get(0)?])
}
