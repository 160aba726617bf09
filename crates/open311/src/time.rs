//! Dates and times of the W3C note: ISO 8601 with a time zone.

use std::fmt;

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Unit};

/// An instant told with the offset of a place, to the second: `2026-02-14T09:30:00+08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct W3cTime {
    at: Timestamp,
    offset: Offset,
}

impl W3cTime {
    /// The instant as told in that zone.
    pub fn new(at: Timestamp, zone: &TimeZone) -> Self {
        Self {
            at,
            offset: zone.to_offset(at),
        }
    }

    /// The instant.
    pub fn timestamp(self) -> Timestamp {
        self.at
    }

    /// Reads a date and time with its offset (`Z` or `±HH:MM`). An offset whose `+` was decoded to
    /// a space, as happens to clients that do not escape it, is understood.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let text = text.trim();
        let read: Option<Timestamp> = text.parse().ok().or_else(|| match text.rsplit_once(' ') {
            Some((local, offset)) if local.contains('T') => {
                format!("{local}+{offset}").parse().ok()
            }
            _ => None,
        });
        // Between the years 1 and 9998: what databases hold, with room for a zone.
        read.filter(|at| (-62_135_596_800..253_370_764_800).contains(&at.as_second()))
    }
}

impl fmt::Display for W3cTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounding = jiff::TimestampRound::new()
            .smallest(Unit::Second)
            .mode(jiff::RoundMode::Floor);
        let at = self.at.round(rounding).map_err(|_| fmt::Error)?;
        write!(f, "{}", at.display_with_offset(self.offset))
    }
}
