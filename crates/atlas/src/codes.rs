//! The twelve-digit codes of administrative divisions.
//!
//! Province 2, city 2, county 2 digits (GB/T 2260), town or street 3 (GB/T 10114), village or
//! community 3. A higher level ends in zeros, so a division covers one range of numbers.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How high a division stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 省 province.
    Province,
    /// 市 prefecture-level city.
    City,
    /// 区、县 district or county.
    County,
    /// 街道、镇、乡 street, town or township.
    Town,
    /// 社区、村 community or village.
    Village,
}

impl Level {
    /// How many numbers a division of this level covers.
    #[must_use]
    pub const fn span(self) -> i64 {
        match self {
            Self::Province => 10_000_000_000,
            Self::City => 100_000_000,
            Self::County => 1_000_000,
            Self::Town => 1_000,
            Self::Village => 1,
        }
    }

    /// The word used in files and JSON: `province`, `city`, `county`, `town`, `village`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::Town => "town",
            Self::Village => "village",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A division's code: twelve digits, the first not zero. Text in JSON, a number in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DivisionCode(i64);

/// Why a text or number is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not twelve digits, or the province is below 10.
    #[error("code.division_not_twelve_digits")]
    Division,
    /// The grid code's length is not the scheme's.
    #[error("code.grid_wrong_length")]
    Length,
    /// A part of the grid code is not what the scheme says.
    #[error("code.grid_wrong_part")]
    Part,
    /// The serial number does not fit the scheme's digits, or is zero.
    #[error("code.grid_serial_out_of_range")]
    Serial,
    /// The scheme has no digit for this kind of grid.
    #[error("code.grid_kind_unknown")]
    Kind,
    /// A grid belongs to a community or village, never to a higher division.
    #[error("code.grid_not_in_community")]
    NotCommunity,
}

impl DivisionCode {
    /// The code with this number.
    ///
    /// # Errors
    /// When the number has not twelve digits.
    pub const fn new(number: i64) -> Result<Self, CodeError> {
        if number < 100_000_000_000 || number > 999_999_999_999 {
            return Err(CodeError::Division);
        }
        Ok(Self(number))
    }

    /// The code as a number of twelve digits.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The level, read from the zeros at the end.
    #[must_use]
    pub fn level(self) -> Level {
        [Level::Province, Level::City, Level::County, Level::Town]
            .into_iter()
            .find(|level| self.0 % level.span() == 0)
            .unwrap_or(Level::Village)
    }

    /// The inclusive range of numbers this division and everything below it stand in.
    #[must_use]
    pub fn range(self) -> RangeInclusive<i64> {
        self.0..=self.0 + self.level().span() - 1
    }

    /// Whether `other` is this division or lies below it.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.range().contains(&other.0)
    }

    /// The division above; `None` for a province.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let above = match self.level() {
            Level::Province => return None,
            Level::City => Level::Province,
            Level::County => Level::City,
            Level::Town => Level::County,
            Level::Village => Level::Town,
        };
        self.ancestor(above)
    }

    /// The division of `level` that this one is or lies in; `None` when `level` is below this one.
    #[must_use]
    pub fn ancestor(self, level: Level) -> Option<Self> {
        (level <= self.level()).then(|| Self(self.0 - self.0 % level.span()))
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for DivisionCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CodeError::Division);
        }
        Self::new(text.parse().map_err(|_| CodeError::Division)?)
    }
}

impl TryFrom<i64> for DivisionCode {
    type Error = CodeError;
    fn try_from(number: i64) -> Result<Self, CodeError> {
        Self::new(number)
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = CodeError;
    fn try_from(text: String) -> Result<Self, CodeError> {
        text.parse()
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.to_string()
    }
}

impl From<DivisionCode> for i64 {
    fn from(code: DivisionCode) -> Self {
        code.0
    }
}
