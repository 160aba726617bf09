//! The burden board: minutes asked of people per grid, community, department and month, counted from what
//! really happened to cases, and what refusing, merging and taking back spared.
//!
//! Sums are kept ([`catch_up`] follows the order of events), so that a year is read in milliseconds.
//! Seconds per thing asked are the planning assumptions of [`matters::burden`].

mod read;
mod sums;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::extract::State as Given;
use kernel::rights::rule;
use kernel::{Error, FieldFault, Need, Query, Result, RouteRule};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::State;
pub use read::board;
pub(crate) use read::minutes_per_grid;
pub use sums::catch_up;

/// Who may call which route: everybody who works for the city.
pub const RULES: &[RouteRule] = &[rule("GET", "/api/burden", Need::Session)];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(burden))
}

/// Which area and time.
#[derive(Debug, Default, Deserialize, IntoParams)]
struct Of {
    /// Twelve digits; the city when left out.
    area: Option<String>,
    /// How many months, the present one included: 1 to 24; 12 when left out.
    months: Option<u32>,
}

/// What is asked of people's time: by month, area, grid, department and matter; and what was spared.
#[utoipa::path(get, path = "/api/burden", tag = "matters", params(Of), responses((status = 200, body = Object)))]
async fn burden(Given(state): Given<State>, Query(of): Query<Of>) -> Result<Json<Value>> {
    let net = state.cases.net.current();
    let area = match of.area.as_deref().filter(|a| !a.is_empty()) {
        None => state.cases.app.city.code,
        Some(said) => said
            .parse()
            .ok()
            .filter(|code| net.division(*code).is_some())
            .ok_or_else(|| {
                Error::invalid(vec![
                    FieldFault::new("area", "field.unknown").with("said", said),
                ])
            })?,
    };
    let months = of.months.unwrap_or(12).clamp(1, 24);
    read::board(&state, area, months).await.map(Json)
}
