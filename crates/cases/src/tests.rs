//! Promises of the domain at its HTTP face, against a real database.

mod around;
mod doubles;
mod intake;
mod listed;
mod net;
mod pictures;
mod reporters;
mod stories;
mod timers;
mod town;
mod twice;
