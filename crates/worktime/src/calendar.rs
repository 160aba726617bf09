//! The working calendar of a city.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::hours::WorkingHours;
use crate::limit::{ClockKind, Limit};
use crate::notice::{Notice, RowError, SpecialDay, SpecialKind};
use crate::timeline::{self, Timeline};

/// When a limit is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deadline {
    /// The instant it is over.
    pub at: Timestamp,
    /// Whether a year without holiday data was counted on the way, so that it may yet move.
    pub provisional: bool,
}

/// How much time of a clock lies between two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elapsed {
    /// The time; negative if the second instant is before the first.
    pub time: SignedDuration,
    /// Whether a year without holiday data was counted.
    pub provisional: bool,
}

/// What a day is, and the name of the holiday that makes it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// An ordinary working day, Monday to Friday.
    Working,
    /// An ordinary Saturday or Sunday.
    Weekend,
    /// A public holiday.
    Holiday(SpecialDay),
    /// A Saturday or Sunday worked in exchange (调休).
    MadeUp(SpecialDay),
}

impl DayKind {
    /// Whether the office opens.
    pub fn is_working(&self) -> bool {
        matches!(self, Self::Working | Self::MadeUp(_))
    }
}

/// A city's time zone, opening hours and known holidays, ready to count.
///
/// Counts from 2000 to 2100: before, no working time passes; a deadline after it is the end of the
/// year 2100, provisional. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    hours: WorkingHours,
    notices: BTreeMap<i16, Notice>,
    timeline: Arc<Timeline>,
}

impl Calendar {
    /// A calendar of these years; where two notices are for the same year the later one stands.
    pub fn new(
        zone: TimeZone,
        hours: WorkingHours,
        notices: impl IntoIterator<Item = Notice>,
    ) -> Self {
        let notices = notices
            .into_iter()
            .map(|notice| (notice.year, notice))
            .collect();
        let timeline = Arc::new(Timeline::new(
            &zone,
            &hours,
            |day| kind_of(&notices, day).is_working(),
            |year| notices.contains_key(&year),
        ));
        Self {
            zone,
            hours,
            notices,
            timeline,
        }
    }

    /// The calendar of mainland China: Asia/Shanghai, 08:30–12:00 and 13:30–18:00, with the State
    /// Council's notices for 2024, 2025 and 2026.
    pub fn china() -> Self {
        let notices = [
            (2024, include_str!("../../../data/calendar/cn-2024.csv")),
            (2025, include_str!("../../../data/calendar/cn-2025.csv")),
            (2026, include_str!("../../../data/calendar/cn-2026.csv")),
        ]
        .map(|(year, text)| Self::parse_csv(year, text).expect("the bundled notices are tested"));
        let zone = TimeZone::get("Asia/Shanghai").expect("the time zones are bundled");
        Self::new(zone, WorkingHours::default(), notices)
    }

    /// Reads the notice of one year; see [`Notice::parse_csv`].
    ///
    /// # Errors
    /// Every wrong row with its line and field.
    pub fn parse_csv(year: i16, text: &str) -> Result<Notice, Vec<RowError>> {
        Notice::parse_csv(year, text)
    }

    /// The same calendar with a further year, or with that year corrected.
    #[must_use]
    pub fn with_notice(&self, notice: Notice) -> Self {
        let notices = self.notices.values().cloned().chain([notice]);
        Self::new(self.zone.clone(), self.hours.clone(), notices)
    }

    /// The same calendar with other opening hours.
    #[must_use]
    pub fn with_hours(&self, hours: WorkingHours) -> Self {
        Self::new(self.zone.clone(), hours, self.notices.values().cloned())
    }

    /// The zone that days are told in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The opening hours of a working day.
    pub fn hours(&self) -> &WorkingHours {
        &self.hours
    }

    /// Whether the holidays of that year are known.
    pub fn has_year(&self, year: i16) -> bool {
        self.notices.contains_key(&year)
    }

    /// The known years, in order.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.notices.keys().copied()
    }

    /// Those of the years whose holidays are not known, for a warning.
    pub fn missing_years(&self, years: RangeInclusive<i16>) -> Vec<i16> {
        years.filter(|year| !self.has_year(*year)).collect()
    }

    /// What that day is.
    pub fn day(&self, date: Date) -> DayKind {
        kind_of(&self.notices, date)
    }

    /// Whether the office is open at that instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.timeline.is_open(nanos(at))
    }

    /// When a limit that starts at `from` is over.
    ///
    /// On the working clock a start outside opening hours counts from the next opening, and nothing
    /// at all (`amount` zero) is due there. A negative amount counts back: the latest open instant
    /// from which it is that much working time to `from`.
    pub fn add(&self, kind: ClockKind, from: Timestamp, amount: SignedDuration) -> Deadline {
        match kind {
            ClockKind::RoundTheClock => {
                let at = from
                    .saturating_add(amount)
                    .expect("a duration has no calendar units");
                Deadline {
                    at,
                    provisional: false,
                }
            }
            ClockKind::Working => self.add_working(nanos(from), clamped(amount.as_nanos())),
        }
    }

    /// [`Calendar::add`] of a limit.
    pub fn due(&self, from: Timestamp, limit: Limit) -> Deadline {
        self.add(limit.kind, from, limit.amount)
    }

    /// The time of that clock from `from` to `to`; the inverse of [`Calendar::add`].
    pub fn between(&self, kind: ClockKind, from: Timestamp, to: Timestamp) -> Elapsed {
        match kind {
            ClockKind::RoundTheClock => Elapsed {
                time: from.duration_until(to),
                provisional: false,
            },
            ClockKind::Working => {
                let (from, to) = (nanos(from), nanos(to));
                let worked = self.timeline.worked(to) - self.timeline.worked(from);
                Elapsed {
                    time: SignedDuration::from_nanos(worked),
                    provisional: self.timeline.touches_unknown(from, to),
                }
            }
        }
    }

    /// The time left on that clock at `now`; negative once the deadline has passed and working time
    /// with it. Adding it to the instant a clock is resumed gives the moved deadline.
    pub fn remaining(
        &self,
        kind: ClockKind,
        now: Timestamp,
        deadline: Timestamp,
    ) -> SignedDuration {
        self.between(kind, now, deadline).time
    }

    fn add_working(&self, from: i64, amount: i64) -> Deadline {
        let line = &self.timeline;
        let at = match amount {
            0 => line.open_from(from),
            1.. => line.earliest(line.worked(from).saturating_add(amount)),
            _ => line
                .latest(line.worked(from).saturating_add(amount))
                .or(Some(line.start())),
        };
        let provisional = at.is_none_or(|at| line.touches_unknown(from, at));
        let at = at.unwrap_or_else(|| line.end().max(from));
        let at = Timestamp::from_nanosecond(i128::from(at)).expect("64-bit instants are in range");
        Deadline { at, provisional }
    }
}

fn kind_of(notices: &BTreeMap<i16, Notice>, date: Date) -> DayKind {
    // A notice may list days of the December before and of the January after its year.
    let year = date.year();
    let neighbour = match date.month() {
        1 => Some(year - 1),
        12 => Some(year + 1),
        _ => None,
    };
    let listed = [Some(year), neighbour]
        .into_iter()
        .flatten()
        .find_map(|year| notices.get(&year)?.days.get(&date));
    match listed {
        Some(day) if day.kind == SpecialKind::Holiday => DayKind::Holiday(day.clone()),
        Some(day) => DayKind::MadeUp(day.clone()),
        None if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) => DayKind::Weekend,
        None => DayKind::Working,
    }
}

/// Nanoseconds since the Unix epoch, held within 146 years of it: more than the timeline covers.
fn nanos(at: Timestamp) -> i64 {
    clamped(at.as_nanosecond())
}

fn clamped(nanos: i128) -> i64 {
    const {
        assert!(
            timeline::YEARS.end < 2262,
            "64 bits of nanoseconds end in 2262"
        )
    };
    let limit = i128::from(i64::MAX / 2);
    i64::try_from(nanos.clamp(-limit, limit)).expect("clamped")
}
