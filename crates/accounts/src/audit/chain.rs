//! The chain: a Merkle root over each batch of rows, each head over the one before.

use futures_util::TryStreamExt;
use kernel::{Moment, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};

use super::store::{self, Link, Row};

/// Most rows of one link.
const BATCH: i64 = 10_000;
/// How many numbers back a row may still come, written by a transaction that was long under way.
const LATE: i64 = 10_000;
/// How long a transaction may be under way: a row older than this when the link before was made
/// should have been in that link or an earlier one.
const GRACE_S: i64 = 600;

type Hash = [u8; 32];

/// What [`verify`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is as it was when it was sealed.
    Verified {
        /// Rows sealed.
        rows: usize,
        /// Links of the chain.
        heads: usize,
    },
    /// The log or its chain was changed.
    Broken {
        /// The first link at fault, or the last one where a row no link holds came in.
        at: i64,
        /// Which row, when it is known.
        row: Option<i64>,
    },
}

/// Chains the rows not yet chained, in order; answers how many. Another process sealing at the same
/// time makes this answer 0. To be called in a transaction of its own.
///
/// # Errors
/// When the database fails.
pub async fn seal(conn: &mut PgConnection, now: Moment) -> Result<usize> {
    if !store::lead(conn).await? {
        return Ok(0);
    }
    let before = store::last(conn).await?;
    let last_n = before.as_ref().map_or(0, |l| l.last_n);
    let rows = store::unchained(conn, last_n, LATE, BATCH).await?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(0);
    };
    let mut link = Link {
        seq: before.as_ref().map_or(0, |l| l.seq) + 1,
        first_n: first.n,
        last_n: last.n.max(last_n),
        root: root(&rows).to_vec(),
        head: Vec::new(),
        sealed_at: now,
        rows: rows.iter().map(|r| r.n).collect(),
    };
    link.head = head(before.as_ref().map_or(&[], |l| &l.head), &link).to_vec();
    store::insert_link(conn, &link).await?;
    Ok(rows.len())
}

/// Reads the whole log and chain and tells whether a row was changed, removed or slipped in since.
///
/// What this cannot see is the end of log and chain cut off together: that shows only against a head
/// kept elsewhere.
///
/// # Errors
/// When the database fails.
pub async fn verify(pool: &PgPool) -> Result<Verdict> {
    let Some(due) = store::last(&mut *pool.acquire().await?)
        .await?
        .map(|l| l.sealed_at)
    else {
        return Ok(Verdict::Verified { rows: 0, heads: 0 });
    };
    let due = due.plus_s(-GRACE_S);
    let mut links = store::links(pool);
    let mut before: Option<Link> = None;
    let (mut count, mut old) = (0, 0_i64);
    while let Some(link) = links.try_next().await? {
        let rows = store::rows(pool, &link.rows).await?;
        if let Some(broken) = fault(before.as_ref(), &link, &rows) {
            return Ok(broken);
        }
        count += rows.len();
        old += rows.iter().filter(|r| r.at < due).map(|_| 1).sum::<i64>();
        before = Some(link);
    }
    let heads = before.map_or(0, |l| l.seq);
    if store::count_before(pool, due).await? != old {
        return Ok(Verdict::Broken {
            at: heads,
            row: store::stray(pool, due).await?,
        });
    }
    Ok(Verdict::Verified {
        rows: count,
        heads: usize::try_from(heads).unwrap_or_default(),
    })
}

/// What is wrong with a link, given the one before and the rows it names.
fn fault(before: Option<&Link>, link: &Link, rows: &[Row]) -> Option<Verdict> {
    let broken = |row| Some(Verdict::Broken { at: link.seq, row });
    let missing = link.rows.iter().find(|n| !rows.iter().any(|r| r.n == **n));
    if let Some(missing) = missing {
        return broken(Some(*missing));
    }
    let follows = link.seq == before.map_or(0, |l| l.seq) + 1;
    let known: &[u8] = before.map_or(&[], |l| &l.head);
    if !follows || link.root != root(rows) || link.head != head(known, link) {
        return broken(None);
    }
    let due = before.map(|l| l.sealed_at.plus_s(-GRACE_S));
    let slipped_in = rows.iter().find(|r| due.is_some_and(|due| r.at < due));
    slipped_in.and_then(|row| broken(Some(row.n)))
}

/// SHA-256(previous head ‖ root ‖ first ‖ last ‖ at), numbers as 64 bits, big end first.
fn head(before: &[u8], link: &Link) -> Hash {
    Sha256::new()
        .chain_update(before)
        .chain_update(&link.root)
        .chain_update(link.first_n.to_be_bytes())
        .chain_update(link.last_n.to_be_bytes())
        .chain_update(link.sealed_at.stamp().as_microsecond().to_be_bytes())
        .finalize()
        .into()
}

/// The Merkle root of the rows: leaves and nodes told apart by a byte, as in RFC 9162 §2.1.
fn root(rows: &[Row]) -> Hash {
    let leaf = |row: &Row| {
        Sha256::new()
            .chain_update([0])
            .chain_update(bytes(row))
            .finalize()
            .into()
    };
    let mut level: Vec<Hash> = rows.iter().map(leaf).collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [a, b] => Sha256::new()
                    .chain_update([1])
                    .chain_update(a)
                    .chain_update(b)
                    .finalize()
                    .into(),
                rest => rest.first().copied().unwrap_or_default(),
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
}

/// A row as bytes that tell all its fields apart: each with its length before it.
fn bytes(row: &Row) -> Vec<u8> {
    let id = |id: Option<uuid::Uuid>| id.map(|i| i.as_bytes().to_vec());
    let mut fields: Vec<Option<Vec<u8>>> = vec![
        Some(row.n.to_be_bytes().to_vec()),
        Some(row.at.stamp().as_microsecond().to_be_bytes().to_vec()),
        id(row.account),
        id(row.person),
        id(row.org),
        Some(row.what.clone().into_bytes()),
        Some(vec![u8::from(row.ok)]),
        id(row.subject),
        row.purpose.clone().map(String::into_bytes),
    ];
    let mut details = String::new();
    plain(&row.details.0, &mut details);
    fields.push(Some(details.into_bytes()));
    fields.extend(row.fields.iter().map(|f| Some(f.clone().into_bytes())));
    let mut out = Vec::with_capacity(256);
    for field in fields {
        let length = field
            .as_ref()
            .map_or(-1, |f| i64::try_from(f.len()).unwrap_or(i64::MAX));
        out.extend(length.to_be_bytes());
        out.extend(field.unwrap_or_default());
    }
    out
}

/// JSON with keys in order, whatever order the map at hand keeps.
fn plain(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for key in keys {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                plain(&map[key], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                plain(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
