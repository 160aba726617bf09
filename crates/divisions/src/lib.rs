//! Divisions (行政区划) and the net of grids (网格).
//!
//! The net has versions: grids are valid from and to, the net as a whole has a number, and every case
//! remembers the number it was located with. [`Net`] holds the current version in memory: which grid a
//! point lies in, what lies above a code, what a place is called, and the map tiles. It is replaced
//! whole when the net changes, so a reader always sees one version.
//!
//! [`drafts`] is how the net is changed, [`past`] how it was.
//!
//! `routes → store → model`, and [`net`] beside them, built from what the store reads.

pub mod beside;
pub mod drafts;
pub mod files;
mod ground;
pub mod model;
pub mod net;
pub mod past;
pub mod places;
pub mod routes;
pub mod store;
pub mod tiles;

pub use drafts::{Follower, Followers};
pub use model::{DivisionInfo, GridInfo, GridKind, Level, NewDivision, NewGrid};
pub use net::{CurrentNet, GridRef, Located, Net};
pub use places::Place;
pub use routes::{RULES, State, routes};
pub use store::check_current;

#[cfg(test)]
mod tests;
