//! The opening hours of a working day.

use std::fmt;
use std::str::FromStr;

const MINUTE: i32 = 60;
const DAY: i32 = 24 * 60 * MINUTE;

/// The opening intervals of every working day, in order and apart from each other.
///
/// Written `08:30-12:00,13:30-18:00`; `24:00` may end the last interval. The default is that, eight
/// hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingHours {
    /// Seconds of the day, from inclusive, to exclusive.
    intervals: Vec<(i32, i32)>,
}

impl WorkingHours {
    /// The intervals in seconds since midnight.
    pub fn intervals(&self) -> &[(i32, i32)] {
        &self.intervals
    }

    /// Seconds of work in a day.
    pub fn seconds_per_day(&self) -> i32 {
        self.intervals.iter().map(|(from, to)| to - from).sum()
    }
}

impl Default for WorkingHours {
    fn default() -> Self {
        "08:30-12:00,13:30-18:00"
            .parse()
            .expect("the default hours are well formed")
    }
}

impl fmt::Display for WorkingHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (from, to)) in self.intervals.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (from, to) = (from / MINUTE, to / MINUTE);
            let (h1, m1, h2, m2) = (from / 60, from % 60, to / 60, to % 60);
            write!(f, "{comma}{h1:02}:{m1:02}-{h2:02}:{m2:02}")?;
        }
        Ok(())
    }
}

/// Why a text is not a set of working hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoursError {
    /// Not of the form `HH:MM-HH:MM,…`; holds the part that is wrong.
    Malformed(String),
    /// An interval ends before it starts, or starts before the one in front of it has ended.
    OutOfOrder(String),
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(part) => {
                write!(f, "{part:?} is not an interval such as 08:30-12:00")
            }
            Self::OutOfOrder(part) => {
                write!(
                    f,
                    "{part} ends before it starts, or overlaps the interval before it"
                )
            }
        }
    }
}

impl std::error::Error for HoursError {}

impl FromStr for WorkingHours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let mut intervals: Vec<(i32, i32)> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (from, to) = part
                .split_once('-')
                .and_then(|(from, to)| Some((second_of_day(from)?, second_of_day(to)?)))
                .ok_or_else(|| HoursError::Malformed(part.to_owned()))?;
            if from >= to || intervals.last().is_some_and(|(_, end)| *end > from) {
                return Err(HoursError::OutOfOrder(part.to_owned()));
            }
            intervals.push((from, to));
        }
        Ok(Self { intervals })
    }
}

fn second_of_day(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str| -> Option<i32> {
        let plain = matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit());
        if plain { digits.parse().ok() } else { None }
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let second = (hour * 60 + minute) * MINUTE;
    (minute < 60 && second <= DAY).then_some(second)
}
