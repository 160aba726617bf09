//! What every route and job is given: the database, the clock, the city, the key.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::time::Clock;
use crate::vault::Vault;
use crate::words::Named;

/// The city this server works for, from the settings.
#[derive(Debug, Clone)]
pub struct City {
    /// 12-digit code of the city.
    pub code: i64,
    /// The schema it lives in, e.g. `c320400`.
    pub schema: String,
    /// Its name.
    pub name: Named,
    /// Open311 jurisdiction.
    pub jurisdiction_id: String,
    /// Whether geometry and events are a demonstration.
    pub schematic: bool,
    /// The civil time zone.
    pub zone: TimeZone,
    /// The address people reach the server at, without a slash at the end.
    pub public_url: String,
}

/// Shared by every route and job of one city. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The pool, bound to the city's schema.
    pub db: PgPool,
    /// Where `now` comes from.
    pub clock: Clock,
    /// The city.
    pub city: Arc<City>,
    /// The city's key.
    pub vault: Vault,
    /// Rung after a commit that wrote events; wakes the sealer of this process.
    pub committed: Arc<Notify>,
}
