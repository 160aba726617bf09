//! The rules of a case's life, pure: no SQL, no HTTP, no clock.
//!
//! A [`Command`] is checked by [`may`] (is it the right stage, the right person, still in time),
//! turned into events by [`decide`], and [`apply`] gives the case after an event. What the clocks do
//! of themselves is [`timers::due`]. The table in `docs/life-of-a-case.md` is what these files say, and a
//! transition not in it is refused.

mod apply;
mod clocks;
mod command;
mod decide;
mod may;
mod refusal;
pub mod timers;

#[cfg(test)]
mod tests;

pub use apply::{apply, born};
pub use clocks::{Clocks, recount};
pub use command::{Command, CommandKind, Doer, Staff};
pub use decide::{Context, NewReport, come_back, decide, report};
pub use may::may;
pub use refusal::Refusal;
