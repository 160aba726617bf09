//! The live channel: one WebSocket per open page, resumed by sequence number.

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

/// Every open page of this process.
#[derive(Debug, Clone, Default)]
pub struct Hub {}

/// Tells open pages what happened until the task is dropped.
pub async fn run(state: State) {
    let _ = state;
    std::future::pending::<()>().await;
}
