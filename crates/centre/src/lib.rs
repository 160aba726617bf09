//! What is read across domains: the work list, counts and search, the overview, the live picture.
//!
//! Nothing here changes a case. [`list`] is the work list with its counts, export and saved views;
//! [`coverage`] who answers for which grid; [`overview`] what waits for whom and six figures; [`search`] the
//! palette; [`today`] the worker's tasks; [`grid_file`] a grid at a glance; [`routing`] and [`catalogue`] the
//! drafts of routing and of matters; [`admission`] what may be put on grids; [`burden`] what that asks of
//! people's time; [`tiles`] cases on the map; [`sealer`] gives events their order after commit and chains the
//! audit log; [`live`] tells every open page what happened.

pub mod admission;
pub mod burden;
pub mod catalogue;
pub mod coverage;
pub mod drafts;
pub mod grid_file;
pub mod list;
pub mod live;
pub mod overview;
pub mod routing;
pub mod sealer;
pub mod search;
pub mod tiles;
pub mod today;
pub mod views;

#[cfg(test)]
mod tests;

use kernel::RouteRule;
use utoipa_axum::router::OpenApiRouter;

/// Shared by the routes and jobs of this crate. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// Database, clock, net, catalogue, units, books.
    pub cases: cases::State,
    /// Open pages.
    pub live: live::Hub,
    /// Cases on the map.
    pub tiles: tiles::Tiles,
    /// How common searched words are.
    pub words: list::common::Frequencies,
}

impl State {
    /// The state on top of the cases'.
    #[must_use]
    pub fn new(cases: cases::State) -> Self {
        Self {
            cases,
            live: live::Hub::default(),
            tiles: tiles::Tiles::default(),
            words: list::common::Frequencies::default(),
        }
    }
}

/// Who may call which route.
pub const RULES: &[&[RouteRule]] = &[
    admission::RULES,
    burden::RULES,
    catalogue::RULES,
    grid_file::RULES,
    coverage::RULES,
    list::RULES,
    live::RULES,
    overview::RULES,
    routing::RULES,
    search::RULES,
    tiles::RULES,
    today::RULES,
    views::RULES,
];

/// The routes of this crate.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(admission::routes())
        .merge(burden::routes())
        .merge(catalogue::routes())
        .merge(grid_file::routes())
        .merge(coverage::routes())
        .merge(list::routes())
        .merge(live::routes())
        .merge(overview::routes())
        .merge(routing::routes())
        .merge(search::routes())
        .merge(tiles::routes())
        .merge(today::routes())
        .merge(views::routes())
}
