//! What stands beside the net and is related to it by place: grids of other systems ([`units`]) and
//! city elements ([`elements`]: premises, facilities, service points, gathering places).
//!
//! Files bring them in as they bring the net in ([`crate::files`]). Both remember with which net they
//! were laid against it; [`follow`] does so again when another is in force. [`routes`] is the HTTP
//! face, [`store`] all SQL.

pub mod elements;
pub mod follow;
pub mod routes;
pub mod store;
pub mod units;

pub use elements::{ElementLayer, FacilityCode};
