//! The life of a case (案件): from a report to a closed case that somebody independent has checked.
//!
//! [`lifecycle`] is the pure rules; [`store`] every statement on the domain's tables; [`desk`] one
//! function per thing a person does; [`routes`] the HTTP face; [`jobs`] the timers. A case's pure state
//! is [`model::Case`]; its row is derived from it ([`row`]); its page is put together in [`view`], and
//! [`handover`] passes a grid's cases on; [`public`] is what a resident sees of it; [`pictures`] blurs.
//! [`guide`] knows where a matter goes; [`likeness`] proposes duplicates, [`story`] tells events.

pub mod desk;
pub mod follow;
pub mod guide;
pub mod handover;
pub mod jobs;
pub mod lifecycle;
pub mod likeness;
pub mod model;
pub mod pictures;
pub mod public;
pub mod reasons;
pub mod routes;
pub mod row;
pub mod search;
pub mod standing;
pub mod state;
pub mod store;
pub mod story;
pub mod view;

#[cfg(test)]
mod tests;

pub use guide::{Guide, Way};
pub use routes::RULES;
pub use state::{Books, State};
