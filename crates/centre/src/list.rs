//! The work list: filters, counts, export.

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
