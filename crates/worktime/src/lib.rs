//! Working calendars and deadline sums.
//!
//! A [`Calendar`] knows a city's time zone, the opening hours of a working day and, year by year,
//! the public holidays and made-up working days (调休) the State Council has published. It answers
//! two questions that are inverse to each other: *when is this limit over* ([`Calendar::add`]) and
//! *how much working time lies between* ([`Calendar::between`]).
//!
//! - Urgent matters run [round the clock](ClockKind::RoundTheClock); all others count only
//!   [working time](ClockKind::Working). One working day is eight working hours ([`WORKING_DAY`]).
//! - A limit that starts outside working hours starts at the next opening. A limit that ends
//!   exactly when the office closes is due at that closing, not at the next opening.
//! - A year whose holidays are not known counts Monday to Friday, and every result that leans on
//!   it says so ([`Deadline::provisional`]); import the year and count again.
//! - Sums are exact to the nanosecond and never go backwards.
//!
//! The calendar lays all opening hours from 2000 to 2100 out as one table of prefix sums, so both
//! questions are a binary search: well under a microsecond. Cloning shares the table.
//!
//! ```
//! use worktime::{Calendar, Limit};
//!
//! let calendar = Calendar::china();
//! // The eve of National Day 2025, an hour before closing; a limit of four working hours.
//! let reported = "2025-09-30T17:00:00+08:00".parse()?;
//! let due = calendar.due(reported, Limit::working_hours(4));
//! // Eight days of holiday later: 08:30–11:30 on 9 October.
//! assert_eq!(due.at, "2025-10-09T11:30:00+08:00".parse()?);
//! assert!(!due.provisional);
//! # Ok::<(), jiff::Error>(())
//! ```

mod calendar;
mod hours;
mod limit;
mod notice;
mod timeline;

#[cfg(test)]
mod tests;

pub use calendar::{Calendar, DayKind, Deadline, Elapsed};
pub use hours::{HoursError, WorkingHours};
pub use limit::{ClockKind, Limit, UnknownClockKind, WORKING_DAY};
pub use notice::{Notice, RowError, SpecialDay, SpecialKind};
