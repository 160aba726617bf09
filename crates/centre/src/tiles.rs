//! Cases on the map as vector tiles.

use kernel::RouteRule;
use utoipa_axum::router::OpenApiRouter;

use crate::State;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
}

/// Open cases held for tiles.
#[derive(Debug, Clone, Default)]
pub struct Tiles {}
