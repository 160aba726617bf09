//! Accounts, sessions, rights at the door, and the audit log.
//!
//! | module | what it answers |
//! |---|---|
//! | [`layer()`] | who sends this request, and does it carry its mark against forgery |
//! | [`guard()`] | may this person use this route at all |
//! | [`desk`] | signing in and out |
//! | [`own`] | the own password and authenticator |
//! | [`people`] | a colleague's number for a purpose, first passwords, lists that leave the house |
//! | [`audit`] | who looked at what, in a log that cannot be rewritten unseen |
//!
//! What a person may see within a route is in the `where` clause of that route's queries, through
//! [`kernel::Actor::scope`]; this crate only says who the person is and which seats are in force.

pub mod audit;
pub mod desk;
pub mod guard;
pub mod layer;
pub mod lifecycle;
pub mod model;
pub mod own;
pub mod password;
pub mod people;
pub mod routes;
pub mod settings;
pub mod store;
pub mod totp;

pub use guard::{Guard, guard};
pub use layer::{COOKIE, Caller, layer};
pub use model::NewAccount;
pub use routes::{RULES, State, routes};
pub use settings::Settings;

#[cfg(test)]
mod tests;
