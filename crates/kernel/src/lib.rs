//! The vocabulary every domain shares: ids, time, errors, actors and what they may do, the database.
//!
//! No business rule lives here. A domain crate takes its types from this crate and adds its own
//! meaning; nothing in here knows what a case, a grid or a matter is. A test holds the crate under
//! 1,500 lines, so that it stays a vocabulary.

pub mod actor;
pub mod app;
pub mod db;
pub mod error;
pub mod ids;
pub mod limits;
pub mod migrate;
pub mod rights;
pub mod time;
pub mod vault;
pub mod words;

pub use actor::{Actor, MaybeActor, Scope, Seat};
pub use app::App;
pub use error::{Error, FieldFault, Form, Path, Query, Result};
pub use ids::*;
pub use rights::{Capability, Need, Role, RouteRule};
pub use time::{Clock, Moment};
pub use words::{Lang, Named};
