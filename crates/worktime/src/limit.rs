//! How long something may take, and by which clock.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

/// One working day (工作日) as a limit counts it: eight working hours (工作时).
pub const WORKING_DAY: SignedDuration = SignedDuration::from_hours(8);

/// Which time counts towards a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClockKind {
    /// Opening hours of working days only (工作时).
    Working,
    /// Every hour of every day (自然时, for emergencies).
    RoundTheClock,
}

impl ClockKind {
    /// The name used in data files and in storage: `working` or `round_the_clock`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::RoundTheClock => "round_the_clock",
        }
    }
}

impl fmt::Display for ClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no [`ClockKind`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownClockKind(pub String);

impl fmt::Display for UnknownClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither `working` nor `round_the_clock`", self.0)
    }
}

impl std::error::Error for UnknownClockKind {}

impl FromStr for ClockKind {
    type Err = UnknownClockKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "working" => Ok(Self::Working),
            "round_the_clock" => Ok(Self::RoundTheClock),
            other => Err(UnknownClockKind(other.to_owned())),
        }
    }
}

/// A span of time on one of the two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// The clock it is measured on.
    pub kind: ClockKind,
    /// How much time of that clock.
    pub amount: SignedDuration,
}

impl Limit {
    /// A limit of working minutes.
    pub const fn working_minutes(minutes: i64) -> Self {
        Self {
            kind: ClockKind::Working,
            amount: SignedDuration::from_mins(minutes),
        }
    }

    /// A limit of working hours (工作时).
    pub const fn working_hours(hours: i64) -> Self {
        Self {
            kind: ClockKind::Working,
            amount: SignedDuration::from_hours(hours),
        }
    }

    /// A limit of working days (工作日), each of eight working hours.
    pub const fn working_days(days: i64) -> Self {
        Self::working_hours(days * 8)
    }

    /// A limit of minutes on the 24-hour clock.
    pub const fn minutes(minutes: i64) -> Self {
        Self {
            kind: ClockKind::RoundTheClock,
            amount: SignedDuration::from_mins(minutes),
        }
    }

    /// A limit of hours on the 24-hour clock.
    pub const fn hours(hours: i64) -> Self {
        Self {
            kind: ClockKind::RoundTheClock,
            amount: SignedDuration::from_hours(hours),
        }
    }

    /// A limit of days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self::hours(days * 24)
    }

    /// Half of it, as a rework is given; a half second is given to the one who works.
    pub fn half(self) -> Self {
        self.percent(50)
    }

    /// That share of it, rounded up to a whole second: `percent(75)` is where amber begins.
    pub fn percent(self, percent: u32) -> Self {
        let nanos = self.amount.as_nanos() * i128::from(percent);
        let second = 100 * 1_000_000_000_i128;
        let seconds = nanos.div_euclid(second) + i128::from(nanos.rem_euclid(second) != 0);
        let seconds = seconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        let seconds = i64::try_from(seconds).expect("clamped to the range of i64");
        Self {
            kind: self.kind,
            amount: SignedDuration::from_secs(seconds),
        }
    }
}
