//! How common the pieces of a search are, from what the database has counted of them itself.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use kernel::Result;
use kernel::search::Query;
use sqlx::{PgConnection, Row as _};

/// What is held of the counts, and since when.
const FRESH: Duration = Duration::from_secs(300);
/// Fewer answers than this are soonest found by the index of words.
const FEW: f64 = 12_000.0;
/// Longest stretch of the order walked through for a search.
const LONGEST: i64 = 8_000;

/// How large a share of the cases holds each common piece. Cheap to clone; shared by all.
#[derive(Debug, Clone, Default)]
pub struct Frequencies(Arc<RwLock<Option<Held>>>);

/// What was counted, and when.
type Held = (Instant, Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    cases: f64,
    share: HashMap<String, f64>,
}

/// How common a search is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Common {
    /// The share of cases that answer, when they are many.
    share: Option<f64>,
}

impl Common {
    /// How far to walk an order to find `rows` answers, when walking is the sooner.
    #[must_use]
    pub fn window(self, rows: usize) -> Option<i64> {
        let share = self.share?;
        let rows = i32::try_from(rows).unwrap_or(i32::MAX);
        let far = (f64::from(rows) / share * 3.0).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is between 1 and LONGEST after the clamp"
        )]
        let far = far.clamp(200.0, LONGEST as f64) as i64;
        Some(far)
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
    let whole = query
        .lexemes
        .iter()
        .map(|piece| counted.share.get(piece).copied().unwrap_or(0.0));
    // A piece that may go on is as common as the commonest it may become.
    let begun = query.text.split(":*").next().filter(|b| *b != query.text);
    let begun = begun.and_then(|b| b.trim_end_matches('\'').rsplit('\'').next());
    let begun = begun.map(|begun| {
        counted
            .share
            .iter()
            .filter(|(piece, _)| piece.starts_with(begun))
            .map(|(_, share)| *share)
            .fold(0.0, f64::max)
    });
    let share = whole.chain(begun).fold(1.0, f64::min);
    Ok(Common {
        share: Some(share).filter(|s| s * counted.cases > FEW),
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

async fn read(conn: &mut PgConnection) -> Result<Counted> {
    let row = sqlx::query(
        "select c.reltuples::float8, s.most_common_elems::text::text[], s.most_common_elem_freqs::float8[]
         from pg_class c
         left join pg_stats s on s.schemaname = current_schema() and s.tablename = 'cases'
             and s.attname = 'search'
         where c.oid = 'cases'::regclass",
    )
    .fetch_one(conn)
    .await?;
    let pieces: Option<Vec<String>> = row.try_get(1)?;
    let shares: Option<Vec<f64>> = row.try_get(2)?;
    Ok(Counted {
        cases: row.try_get(0)?,
        share: pieces
            .unwrap_or_default()
            .into_iter()
            .zip(shares.unwrap_or_default())
            .collect(),
    })
}
