//! The catalogue of matters (事项) and what follows from it: which matters a city accepts, whose
//! they are, what they ask of the people who handle them, and which one a resident's words mean.
//!
//! | module | what it answers |
//! |---|---|
//! | [`catalogue`] | what is a matter: clocks, evidence, verification, who may report it |
//! | [`answers`] | is this an answer to the matter's question |
//! | [`import`] | is this spreadsheet a catalogue, and if not, which cell is wrong and why |
//! | [`routing`] | which unit answers for a matter at a place |
//! | [`suggest`] | which matter do these plain words mean |
//! | [`lifecycle`] | may this person put this draft in force |
//! | [`admission`] | may a department put this on grids, and what would that cost |
//! | [`burden`] | how many seconds of people's time does a matter cost |
//!
//! These read no clock, network or database. Beside them stand [`store`] (all SQL of the catalogue),
//! [`shelf`] (the catalogue in memory) and [`routes`](mod@routes) (the catalogue over HTTP).

pub mod admission;
pub mod answers;
pub mod burden;
pub mod catalogue;
pub mod import;
pub mod lifecycle;
pub mod model;
pub mod routes;
pub mod routing;
pub mod shelf;
pub mod store;
pub mod suggest;

pub use routes::{RULES, State, routes};
pub use shelf::{Shelf, Shelved};
