//! Exchange with others' systems: Open311 GeoReport v2 under `/open311/v2`.

use kernel::RouteRule;
use utoipa_axum::router::OpenApiRouter;

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

/// Who may call which route.
pub const RULES: &[RouteRule] = &[];

/// The routes of this crate.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
}
