//! The database: a pool bound to one city's schema.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool};

use crate::error::Result;

/// A connection unused for longer than this is asked whether it lives before it is used.
const LAY_STILL: Duration = Duration::from_secs(1);

/// Opens a pool on `url` whose connections work in `schema` (extensions stand in `public`).
///
/// # Errors
/// When the address cannot be read or the first connection fails.
pub async fn open(url: &str, schema: &str, max: u32) -> Result<PgPool> {
    let options: PgConnectOptions = url.parse()?;
    let path = format!("{schema},public");
    let options = options
        .application_name("gridwork")
        .statement_cache_capacity(512)
        .options([("search_path", path.as_str()), ("timezone", "UTC")]);
    Ok(PgPoolOptions::new()
        .max_connections(max)
        .acquire_timeout(Duration::from_secs(8))
        // Asking a connection whether it lives costs a round trip: only one that lay still is asked.
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > LAY_STILL {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?)
}

/// A number for an advisory lock or channel of one city: stable over versions and machines.
#[must_use]
pub fn lock_key(schema: &str, what: &str) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325; // FNV-1a
    for byte in schema.bytes().chain([b'/']).chain(what.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    i64::from_ne_bytes(hash.to_ne_bytes())
}
