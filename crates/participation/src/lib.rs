//! How people take part: applying for a part-time post, being paid for work that was checked, liaison
//! officers and their meetings, party service points, volunteers.
//!
//! [`posts`] from announcement to appointment, [`allowances`] by rule on work done and checked,
//! [`liaison`] visits, what was brought up, meetings; [`places`] service points; [`volunteers`] sign-up,
//! calls for help, hours given; [`follow`] what follows a change of the net. [`lifecycle`] the pure rules,
//! [`store`] all SQL, [`jobs`] erases what has outlived its use. What people tell of themselves is sealed,
//! seen for a purpose only, and logged.

pub mod allowances;
pub mod follow;
pub mod jobs;
pub mod liaison;
pub mod lifecycle;
pub mod model;
pub mod places;
pub mod posts;
pub mod store;
pub mod volunteers;

#[cfg(test)]
mod tests;

use kernel::{Error, RouteRule};
use utoipa_axum::router::OpenApiRouter;

/// Shared by the routes and jobs of this crate. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// Units and net, database, clock, city, key.
    pub staff: staff::State,
}

impl State {
    fn now(&self) -> kernel::Moment {
        self.staff.app.clock.now()
    }

    fn place(&self, area: i64) -> String {
        self.staff.net.current().division_text(area)
    }
}

/// The rules of every route of this crate.
pub const RULES: [&[RouteRule]; 5] = [
    posts::RULES,
    allowances::RULES,
    liaison::RULES,
    places::RULES,
    volunteers::RULES,
];

/// The routes of this crate.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(posts::routes())
        .merge(allowances::routes())
        .merge(liaison::routes())
        .merge(places::routes())
        .merge(volunteers::routes())
}

/// Text of `min` to `max` letters, without spaces around it.
pub(crate) fn said(
    field: &str,
    text: &str,
    min: usize,
    max: usize,
) -> std::result::Result<String, kernel::FieldFault> {
    let text = text.trim();
    if (min..=max).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let fault = kernel::FieldFault::new(field, "field.length");
    Err(fault.with("min", min).with("max", max))
}

/// A code read aloud, as its hash is stored.
pub(crate) fn code_hash(code: &str) -> Vec<u8> {
    kernel::vault::digest(code.trim().to_uppercase().as_bytes())
}

/// The first letter, then stars: 张**.
pub(crate) fn masked_name(name: &str) -> String {
    name.chars()
        .next()
        .map(|c| format!("{c}**"))
        .unwrap_or_default()
}

/// 404 for what is out of the area as for what is not there.
pub(crate) fn missing(code: &'static str) -> Error {
    Error::NotFound(code)
}
