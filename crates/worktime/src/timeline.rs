//! All opening hours on one line, with prefix sums.
//!
//! `worked(t)` (working time from the beginning of the line to the instant `t`) is a continuous,
//! never falling function: it climbs during opening hours and rests between. A deadline is the
//! inverse of that function, and where it rests the earliest or the latest instant is asked for.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::hours::WorkingHours;

/// The years the line covers. Before them no working time passes; a limit that would end after
/// them ends with them and is provisional.
pub(crate) const YEARS: std::ops::Range<i16> = 2000..2101;

/// An interval of opening hours; all times in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Opening {
    /// Instant it opens, since the Unix epoch.
    from: i64,
    /// Instant it closes.
    to: i64,
    /// Working time on the line before it opens.
    before: i64,
}

impl Opening {
    fn after(&self) -> i64 {
        self.before + (self.to - self.from)
    }
}

#[derive(Debug)]
pub(crate) struct Timeline {
    openings: Vec<Opening>,
    /// Instant each year of [`YEARS`] begins, and the end of the last one.
    year_starts: Vec<i64>,
    /// How many of the years before that one (by index) have no notice.
    unknown_before: Vec<u32>,
}

impl Timeline {
    /// Lays out the line for the days that `works` and the years that are `known`.
    pub(crate) fn new(
        zone: &TimeZone,
        hours: &WorkingHours,
        works: impl Fn(Date) -> bool,
        known: impl Fn(i16) -> bool,
    ) -> Self {
        let mut openings: Vec<Opening> = Vec::with_capacity(53_000);
        let first = Date::constant(YEARS.start, 1, 1);
        let end = Date::constant(YEARS.end, 1, 1);
        let mut worked = 0;
        for day in first
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day < end)
        {
            if !works(day) {
                continue;
            }
            for &(from, to) in hours.intervals() {
                let (from, to) = (instant(zone, day, from), instant(zone, day, to));
                // A change of the clocks can swallow an interval; then nothing is worked.
                let from = from.max(openings.last().map_or(i64::MIN, |opening| opening.to));
                if from < to {
                    openings.push(Opening {
                        from,
                        to,
                        before: worked,
                    });
                    worked += to - from;
                }
            }
        }
        let year_starts = (YEARS.start..=YEARS.end)
            .map(|y| instant(zone, Date::constant(y, 1, 1), 0))
            .collect();
        let unknown_before = std::iter::once(0)
            .chain(YEARS.scan(0, |unknown, year| {
                *unknown += u32::from(!known(year));
                Some(*unknown)
            }))
            .collect();
        Self {
            openings,
            year_starts,
            unknown_before,
        }
    }

    /// Working time from the beginning of the line to `at`.
    pub(crate) fn worked(&self, at: i64) -> i64 {
        let next = self.openings.partition_point(|opening| opening.from <= at);
        match next.checked_sub(1) {
            None => 0,
            Some(index) => {
                let opening = &self.openings[index];
                opening.before + (at.min(opening.to) - opening.from)
            }
        }
    }

    /// Earliest instant, not before the first opening, by which `target` has been worked.
    pub(crate) fn earliest(&self, target: i64) -> Option<i64> {
        let index = self
            .openings
            .partition_point(|opening| opening.after() < target);
        let opening = self.openings.get(index)?;
        Some(opening.from + (target - opening.before).max(0))
    }

    /// Latest instant at which no more than `target` has been worked and the office is open.
    pub(crate) fn latest(&self, target: i64) -> Option<i64> {
        let next = self
            .openings
            .partition_point(|opening| opening.before <= target);
        let opening = &self.openings[next.checked_sub(1)?];
        Some((opening.from + (target - opening.before)).min(opening.to))
    }

    /// `at` itself if the office is open then (its closing included), else the next opening.
    pub(crate) fn open_from(&self, at: i64) -> Option<i64> {
        let index = self.openings.partition_point(|opening| opening.to < at);
        self.openings.get(index).map(|opening| opening.from.max(at))
    }

    /// Whether the office is open at that instant: its opening included, its closing not.
    pub(crate) fn is_open(&self, at: i64) -> bool {
        let index = self.openings.partition_point(|opening| opening.to <= at);
        self.openings
            .get(index)
            .is_some_and(|opening| opening.from <= at)
    }

    /// First instant of the line.
    pub(crate) fn start(&self) -> i64 {
        *self.year_starts.first().expect("the line has years")
    }

    /// First instant after the line.
    pub(crate) fn end(&self) -> i64 {
        *self.year_starts.last().expect("the line has years")
    }

    /// Whether the span touches a year without a notice, or leaves the line.
    pub(crate) fn touches_unknown(&self, from: i64, to: i64) -> bool {
        match (self.year_index(from.min(to)), self.year_index(from.max(to))) {
            (Some(a), Some(b)) => self.unknown_before[b + 1] > self.unknown_before[a],
            _ => true,
        }
    }

    fn year_index(&self, at: i64) -> Option<usize> {
        let next = self.year_starts.partition_point(|start| *start <= at);
        next.checked_sub(1)
            .filter(|index| index + 1 < self.year_starts.len())
    }
}

/// That second of that local day, in nanoseconds since the Unix epoch.
fn instant(zone: &TimeZone, day: Date, second: i32) -> i64 {
    let local = match second {
        86_400 => day
            .tomorrow()
            .expect("the line ends long before time does")
            .at(0, 0, 0, 0),
        _ => {
            let part = |value: i32| i8::try_from(value).expect("a part of a time of day");
            day.at(
                part(second / 3600),
                part(second / 60 % 60),
                part(second % 60),
                0,
            )
        }
    };
    let instant = zone
        .to_timestamp(local)
        .expect("years of the line are within jiff's range");
    i64::try_from(instant.as_nanosecond()).expect("years of the line fit 64 bits of nanoseconds")
}
