//! Organisations (单位), people and their appointments.
//!
//! A person has appointments: role × (area, grid or organisation) × dates. [`Directory`] holds the
//! units in force in memory, for dispatch, routing and every list that shows who holds a case.
//!
//! `routes → desk → {lifecycle, store} → model`, and [`directory`] beside them.

pub mod desk;
pub mod directory;
pub mod follow;
pub mod lifecycle;
pub mod model;
pub mod routes;
pub mod store;

pub use directory::{Directory, Units};
pub use lifecycle::Refusal;
pub use model::{NewAppointment, NewOrg, NewPerson, OrgKind, Unit};
pub use routes::{RULES, State, routes};

#[cfg(test)]
mod tests;
