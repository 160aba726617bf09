//! Organisations (单位), people and their appointments.
//!
//! A person has appointments: role × (area, grid or organisation) × dates. [`Directory`] holds the
//! units in force in memory, for dispatch, routing and every list that shows who holds a case.
//!
//! [`people`] and [`units`] are the routes of those who keep them, [`import`] takes both from
//! spreadsheets ([`sheet`]), [`hours`] reads duty hours.
//!
//! `routes → desk → {lifecycle, store} → model`, and [`directory`] beside them.

pub mod desk;
pub mod directory;
pub mod follow;
pub mod hours;
pub mod import;
pub mod lifecycle;
pub mod model;
pub mod people;
pub mod routes;
pub mod sheet;
pub mod store;
pub mod units;

pub use directory::{Directory, Units};
pub use lifecycle::Refusal;
pub use model::{NewAppointment, NewOrg, NewPerson, OrgKind, Service, Unit};
pub use routes::{RULES, State, routes};

/// The rules of every route of this crate.
pub const ALL_RULES: [&[kernel::RouteRule]; 3] = [routes::RULES, people::RULES, units::RULES];

#[cfg(test)]
mod tests;
