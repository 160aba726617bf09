//! Exchange with others' systems: Open311 GeoReport v2 under `/open311/v2`, with mySociety's updates,
//! and OGC API – Features under `/ogc` ([`features`]).
//!
//! [`routes`] is the HTTP face; [`desk`] one function per call, [`updates`] those of the extension;
//! [`store`] every statement; [`form`] reads what is sent, [`answer`] writes what is answered;
//! [`place`] finds where, [`fetch`] gets a picture safely, [`words`] hides numbers of people.

use kernel::RouteRule;

pub mod answer;
pub mod desk;
pub mod features;
pub mod fetch;
pub mod form;
pub mod place;
pub mod routes;
pub mod store;
pub mod updates;
pub mod words;

#[cfg(test)]
mod tests;

pub use routes::routes;

/// Shared by the routes of this crate. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// Database, clock, net, catalogue, units, books.
    pub cases: cases::State,
    /// Pictures.
    pub media: media::State,
    /// Hosts a picture may be fetched from although their address is private.
    pub media_hosts: Vec<String>,
}

/// Who may call which route. An API key is asked for by the calls themselves, in Open311's own form.
pub const RULES: &[RouteRule] = routes::RULES;
