//! The database: a pool bound to one city's schema.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::error::Result;

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
