//! Which events are sealed, and which numbers may still come.
//!
//! An event's number `n` is given when it is written, so a transaction that commits late brings
//! numbers below those already sealed. The ledger knows them as gaps: numbers below the highest one
//! sealed that were not there when it looked. Each flush looks into the gaps and beyond the highest.
//! A gap is given up when nothing can fill it any more: a transaction gets its id before it writes its
//! first row, so once every transaction is over whose id was given until well after the gap was
//! found, its numbers were rolled back.

use std::time::Duration;

use kernel::{Moment, Result};
use serde_json::json;
use sqlx::PgConnection;
use tokio::time::Instant;

/// Most events of one flush.
pub(super) const BATCH: usize = 5_000;
/// A number is drawn an instant before its transaction's id where it is the transaction's first
/// deed; this is much longer than that instant.
const SETTLING: Duration = Duration::from_secs(2);
/// How often the low-water mark is written down.
const KEPT_EVERY: Duration = Duration::from_secs(5);
const KEY: &str = "sealer";

/// Numbers not seen yet below the highest one sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap {
    first: i64,
    last: i64,
    found: Instant,
    /// When all transactions before this one are over, nothing can come any more.
    over_at: Option<i64>,
}

/// The state of the sealing; whoever leads opens it anew.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The last number of the order.
    seq: i64,
    /// The highest event sealed.
    high: i64,
    /// In order of their numbers.
    gaps: Vec<Gap>,
    kept: (i64, Instant),
}

impl Ledger {
    /// Reads how far sealing has come.
    pub(super) async fn open(conn: &mut PgConnection) -> Result<Self> {
        let (seq, high): (i64, i64) =
            sqlx::query_as("select coalesce(max(seq), 0), coalesce(max(n), 0) from sealed")
                .fetch_one(&mut *conn)
                .await?;
        let low: Option<i64> =
            sqlx::query_scalar("select (value->>'low')::bigint from settings where key = $1")
                .bind(KEY)
                .fetch_optional(&mut *conn)
                .await?;
        // A mark above everything sealed is of another database.
        let low = low.filter(|low| *low <= high).unwrap_or(0);
        let gaps: Vec<(i64, i64)> = sqlx::query_as(
            "select before + 1, n - 1
             from (select n, lag(n, 1, $1) over (order by n) as before from sealed where n > $1) s
             where n > before + 1 order by n",
        )
        .bind(low)
        .fetch_all(conn)
        .await?;
        let gaps = gaps.into_iter().map(|(first, last)| gap(first, last));
        Ok(Self {
            seq,
            high,
            gaps: gaps.collect(),
            kept: (low, Instant::now()),
        })
    }

    /// Seals at most [`BATCH`] committed events beyond the highest, and all that came late; answers
    /// how many.
    pub(super) async fn seal(&mut self, conn: &mut PgConnection, now: Moment) -> Result<usize> {
        let over = self.mark(conn).await?;
        let fresh: Vec<i64> = sqlx::query_scalar(
            "with fresh as (
                select e.n from unnest($1::bigint[], $2::bigint[]) as g (first, last)
                cross join lateral (select n from case_events
                    where n between g.first and g.last order by n) e
                union all
                (select n from case_events where n > $3 order by n limit $4)
             ), put as (
                insert into sealed (seq, n, sealed_at)
                select $5 + row_number() over (order by n), n, $6 from fresh
                returning n
             )
             select n from put order by n",
        )
        .bind(self.gaps.iter().map(|g| g.first).collect::<Vec<_>>())
        .bind(self.gaps.iter().map(|g| g.last).collect::<Vec<_>>())
        .bind(self.high)
        .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
        .bind(self.seq)
        .bind(now)
        .fetch_all(conn)
        .await?;
        self.note(&fresh);
        // What was over before this flush looked, and is still not there, never comes.
        self.gaps
            .retain(|g| over.is_none_or(|over| g.over_at.is_none_or(|at| at > over)));
        self.seq += i64::try_from(fresh.len()).unwrap_or_default();
        Ok(fresh.len())
    }

    /// Gives settled gaps the transaction until which they may be filled; answers the oldest
    /// transaction under way.
    async fn mark(&mut self, conn: &mut PgConnection) -> Result<Option<i64>> {
        if self.gaps.is_empty() {
            return Ok(None);
        }
        let (oldest, next): (i64, i64) = sqlx::query_as(
            "select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint
             from pg_current_snapshot() s",
        )
        .fetch_one(conn)
        .await?;
        for gap in &mut self.gaps {
            if gap.over_at.is_none() && gap.found.elapsed() >= SETTLING {
                gap.over_at = Some(next);
            }
        }
        Ok(Some(oldest))
    }

    /// Takes sealed numbers, in order, out of the gaps and notes new gaps between them.
    fn note(&mut self, fresh: &[i64]) {
        let (late, new) = fresh.split_at(fresh.partition_point(|n| *n <= self.high));
        if !late.is_empty() {
            let gaps = std::mem::take(&mut self.gaps);
            self.gaps = gaps.into_iter().flat_map(|g| without(g, late)).collect();
        }
        for n in new {
            if *n > self.high + 1 {
                self.gaps.push(gap(self.high + 1, *n - 1));
            }
            self.high = *n;
        }
    }

    /// Writes down, now and then, below which number all is done, for whoever leads next.
    pub(super) async fn keep(&mut self, conn: &mut PgConnection) -> Result<()> {
        let low = self.gaps.first().map_or(self.high, |g| g.first - 1);
        if low == self.kept.0 || self.kept.1.elapsed() < KEPT_EVERY {
            return Ok(());
        }
        sqlx::query(
            "insert into settings (key, value) values ($1, $2)
             on conflict (key) do update set value = excluded.value",
        )
        .bind(KEY)
        .bind(json!({"low": low}))
        .execute(conn)
        .await?;
        self.kept = (low, Instant::now());
        Ok(())
    }
}

fn gap(first: i64, last: i64) -> Gap {
    Gap {
        first,
        last,
        found: Instant::now(),
        over_at: None,
    }
}

/// What is left of a gap without `filled` numbers (in order).
fn without(gap: Gap, filled: &[i64]) -> Vec<Gap> {
    let from = filled.partition_point(|n| *n < gap.first);
    let to = filled.partition_point(|n| *n <= gap.last);
    let mut left = Vec::new();
    let mut first = gap.first;
    for n in filled.get(from..to).unwrap_or_default() {
        if first < *n {
            left.push(Gap {
                first,
                last: n - 1,
                ..gap
            });
        }
        first = n + 1;
    }
    if first <= gap.last {
        left.push(Gap { first, ..gap });
    }
    left
}

/// Whether some committed event is not sealed.
pub(super) async fn behind(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from case_events e
            where e.n > coalesce((select (value->>'low')::bigint from settings where key = $1), 0)
              and not exists (select from sealed s where s.n = e.n))",
    )
    .bind(KEY)
    .fetch_one(conn)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(ledger: &Ledger) -> Vec<(i64, i64)> {
        ledger.gaps.iter().map(|g| (g.first, g.last)).collect()
    }

    #[test]
    fn numbers_not_yet_seen_are_gaps_until_they_come() {
        let mut ledger = Ledger {
            seq: 0,
            high: 0,
            gaps: Vec::new(),
            kept: (0, Instant::now()),
        };
        ledger.note(&[1, 2, 5, 9]);
        assert_eq!(ranges(&ledger), [(3, 4), (6, 8)]);
        ledger.note(&[4, 7, 10, 12]);
        assert_eq!(ranges(&ledger), [(3, 3), (6, 6), (8, 8), (11, 11)]);
        ledger.note(&[3, 6, 8, 11]);
        assert_eq!(ranges(&ledger), []);
        assert_eq!(ledger.high, 12);
    }
}
