//! How common the pieces of a search are, and how cases lie in time, from what the database has counted of
//! them itself.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cases::search::{self, Query};
use kernel::{Moment, Result};
use sqlx::{PgConnection, Row as _};

use super::key::Run;

/// What is held of the counts, and since when.
const FRESH: Duration = Duration::from_secs(300);
/// Fewer answers than this are all looked at, at once.
const FEW: f64 = 2_000.0;

/// What reading an entry of an index costs, and what looking at a case does: microseconds, about.
const AN_ENTRY: f64 = 0.1;
const A_CASE: f64 = 2.0;

/// How large a share of the cases holds each common piece. Cheap to clone; shared by all.
#[derive(Debug, Clone, Default)]
pub struct Frequencies(Arc<RwLock<Option<Held>>>);

/// What was counted, and when.
type Held = (Instant, Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    cases: f64,
    share: HashMap<String, f64>,
    reported: Spread,
    updated: Spread,
}

/// How cases lie in time: moments (seconds since 1970) that part them into equally many, oldest first.
#[derive(Debug, Default)]
struct Spread(Vec<f64>);

impl Spread {
    /// The share of the cases before `at`, 0–1.
    fn before(&self, at: f64) -> f64 {
        let parts = count(self.0.len().saturating_sub(1)).max(1.0);
        let after = self.0.partition_point(|bound| *bound < at);
        let (Some(low), Some(high)) = (
            after.checked_sub(1).and_then(|n| self.0.get(n)),
            self.0.get(after),
        ) else {
            return if after == 0 { 0.0 } else { 1.0 };
        };
        (count(after - 1) + (at - low) / (high - low).max(1e-9)) / parts
    }

    /// The moment with the share `part` of the cases before it; `None` when that is all of them.
    fn at(&self, part: f64) -> Option<f64> {
        let parts = count(self.0.len().checked_sub(1).filter(|n| *n > 0)?);
        let place = part * parts;
        if place <= 0.0 {
            return None;
        }
        let low = self.0.iter().zip(self.0.get(1..)?).enumerate();
        let within = low.take_while(|(n, _)| count(*n) <= place).last();
        within.map(|(n, (low, high))| low + (high - low) * (place - count(n)).min(1.0))
    }
}

/// A small count as a number to reckon with.
fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// How common a search is.
#[derive(Debug, Clone, Default)]
pub struct Common {
    /// The share of cases that hold the rarest piece, when they are many, and that piece as asked for.
    rarest: Option<(f64, String)>,
    counted: Arc<Counted>,
}

impl Common {
    /// The rarest piece of what many cases hold, in the form `$1::tsquery` reads.
    #[must_use]
    pub fn rarest(&self) -> Option<&str> {
        self.rarest.as_ref().map(|(_, piece)| piece.as_str())
    }

    /// From when on to look for about `wanted` answers before `until`; `None` when all are better looked at.
    #[must_use]
    pub fn since(&self, run: Run, until: Option<Moment>, wanted: f64) -> Option<Moment> {
        let spread = match run {
            Run::Dated => return None,
            Run::Undated | Run::Reported => &self.counted.reported,
            Run::Updated => &self.counted.updated,
        };
        let until = until.map_or(1.0, |at| {
            spread.before(at.stamp().as_duration().as_secs_f64())
        });
        let (share, _) = self.rarest.as_ref()?;
        let from = until - wanted / (share * self.counted.cases);
        // Reading the index of the order so far back must cost less than looking at what is further back.
        if (1.0 - from) * AN_ENTRY > from * share * A_CASE {
            return None;
        }
        let since = spread.at(from)?;
        let stamp = jiff::SignedDuration::try_from_secs_f64(since).ok()?;
        Some(Moment::new(jiff::Timestamp::from_duration(stamp).ok()?))
    }
}

/// Judges how common `query` is: at most as common as its rarest piece.
///
/// # Errors
/// When the database fails.
pub async fn judge(
    conn: &mut PgConnection,
    frequencies: &Frequencies,
    query: &Query,
) -> Result<Common> {
    let counted = frequencies.counted(conn).await?;
    let share = |piece: &String| counted.share.get(piece).copied().unwrap_or(0.0);
    let whole = query
        .lexemes
        .iter()
        .map(|piece| (share(piece), search::piece(piece, false)));
    // A piece that may go on is as common as the commonest it may become.
    let begun = query.begun.as_ref().map(|begun| {
        let grown = counted.share.iter().filter(|(p, _)| p.starts_with(begun));
        let most = grown.map(|(_, share)| *share).fold(0.0, f64::max);
        (most, search::piece(begun, true))
    });
    let rarest = whole.chain(begun).min_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Common {
        rarest: rarest.filter(|(share, _)| share * counted.cases > FEW),
        counted,
    })
}

impl Frequencies {
    async fn counted(&self, conn: &mut PgConnection) -> Result<Arc<Counted>> {
        let held = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((since, counted)) = held
            && since.elapsed() < FRESH
        {
            return Ok(counted);
        }
        let counted = Arc::new(read(conn).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), counted.clone()));
        Ok(counted)
    }
}

#[cfg(test)]
impl Frequencies {
    /// As though a good share of thousands of cases between two moments held each of `pieces`.
    pub(crate) fn pretend(&self, pieces: &[&str], from: Moment, to: Moment) {
        let spread = || {
            let at = |m: Moment| m.stamp().as_duration().as_secs_f64();
            Spread(vec![at(from), at(to)])
        };
        let counted = Counted {
            cases: 7_000.0,
            share: pieces.iter().map(|p| ((*p).to_owned(), 0.3)).collect(),
            reported: spread(),
            updated: spread(),
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), Arc::new(counted)));
    }
}

async fn read(conn: &mut PgConnection) -> Result<Counted> {
    let row = sqlx::query(
        "select c.reltuples::float8, s.most_common_elems::text::text[], s.most_common_elem_freqs::float8[],
                (select array(select extract(epoch from b)::float8
                              from unnest(r.histogram_bounds::text::timestamptz[]) b)
                 from pg_stats r where r.schemaname = current_schema() and r.tablename = 'cases'
                     and r.attname = 'reported_at'),
                (select array(select extract(epoch from b)::float8
                              from unnest(u.histogram_bounds::text::timestamptz[]) b)
                 from pg_stats u where u.schemaname = current_schema() and u.tablename = 'cases'
                     and u.attname = 'updated_at')
         from pg_class c
         left join pg_stats s on s.schemaname = current_schema() and s.tablename = 'cases'
             and s.attname = 'search'
         where c.oid = 'cases'::regclass",
    )
    .fetch_one(conn)
    .await?;
    let pieces: Option<Vec<String>> = row.try_get(1)?;
    let shares: Option<Vec<f64>> = row.try_get(2)?;
    let spread = |of: usize| -> Result<Spread> {
        Ok(Spread(
            row.try_get::<Option<Vec<f64>>, _>(of)?.unwrap_or_default(),
        ))
    };
    Ok(Counted {
        reported: spread(3)?,
        updated: spread(4)?,
        cases: row.try_get(0)?,
        share: pieces
            .unwrap_or_default()
            .into_iter()
            .zip(shares.unwrap_or_default())
            .collect(),
    })
}

#[cfg(test)]
#[test]
fn a_share_of_the_cases_is_told_as_a_moment_and_back() {
    // Ten to the hundred, then thin.
    let spread = Spread(vec![0.0, 100.0, 200.0, 1000.0, 5000.0]);
    for (at, before) in [
        (-5.0, 0.0),
        (0.0, 0.0),
        (50.0, 0.125),
        (200.0, 0.5),
        (3000.0, 0.875),
        (9e9, 1.0),
    ] {
        assert!((spread.before(at) - before).abs() < 1e-9, "{at}");
    }
    for (part, at) in [
        (0.125, Some(50.0)),
        (0.5, Some(200.0)),
        (0.875, Some(3000.0)),
        (0.0, None),
        (-1.0, None),
    ] {
        assert_eq!(spread.at(part), at, "{part}");
    }
    assert_eq!(Spread::default().at(0.5), None);
}
