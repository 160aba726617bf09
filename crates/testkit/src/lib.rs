//! For tests: a migrated database per test, a clock that can be moved, and a tiny city.
//!
//! ```no_run
//! # async fn example() {
//! let db = testkit::database().await;
//! let city = testkit::small_city(&db.pool).await;
//! let app = db.app();
//! app.clock.set_offset_us(3_600 * 1_000_000); // an hour later
//! # }
//! ```
//!
//! The server is the one `GRIDWORK_TEST_DATABASE_URL` names (a role that may create databases and
//! roles), else a private one that lives as long as the test process. Whatever fails in here ends
//! the test with what went wrong.

mod browser;
mod city;
mod database;
mod members;
mod server;

pub use browser::{Answer, Browser, behind_the_door};
pub use city::{SmallCity, small_city};
pub use database::{CITY_CODE, SCHEMA, TestDb, database};
pub use members::{Member, PASSWORD, admin};
