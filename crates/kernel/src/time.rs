//! Time is an instant in storage and a parameter in rules: read once per request from [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// An instant, kept to the microsecond (what `timestamptz` holds), RFC 3339 in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(Timestamp);

/// Microseconds from the Unix epoch to 2000-01-01, PostgreSQL's own.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

impl Moment {
    /// The instant `at`, cut to the microsecond.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at))
    }

    /// The instant as jiff's own type.
    #[must_use]
    pub fn stamp(self) -> Timestamp {
        self.0
    }

    /// Whether it lies between the years 1 and 9998: what the database holds, with room for a zone.
    #[must_use]
    pub fn plausible(self) -> bool {
        (-62_135_596_800..253_370_764_800).contains(&self.as_second())
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// The instant `seconds` after this one (before it, when negative); saturates at jiff's range.
    #[must_use]
    pub fn plus_s(self, seconds: i64) -> Self {
        self.0
            .checked_add(SignedDuration::from_secs(seconds))
            .map_or(self, Self)
    }

    /// Whole seconds from `earlier` to this instant; negative when it is later.
    #[must_use]
    pub fn since_s(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_secs()
    }

    /// The civil date in `zone`.
    #[must_use]
    pub fn date(self, zone: &TimeZone) -> jiff::civil::Date {
        self.0.to_zoned(zone.clone()).date()
    }

    /// Midnight (start of day) in `zone` of the day that holds this instant.
    #[must_use]
    pub fn start_of_day(self, zone: &TimeZone) -> Self {
        self.0
            .to_zoned(zone.clone())
            .start_of_day()
            .map_or(self, |z| Self(z.timestamp()))
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Moment {
    type Err = jiff::Error;
    fn from_str(s: &str) -> Result<Self, jiff::Error> {
        s.parse().map(Self::new)
    }
}

impl Type<Postgres> for Moment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl PgHasArrayType for Moment {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_timestamptz")
    }
}

impl Encode<'_, Postgres> for Moment {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let us = self.0.as_microsecond() - POSTGRES_EPOCH_US;
        Encode::<Postgres>::encode_by_ref(&us, buf)
    }
}

impl<'r> Decode<'r, Postgres> for Moment {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let us = <i64 as Decode<Postgres>>::decode(value)?;
        Ok(Self(Timestamp::from_microsecond(us + POSTGRES_EPOCH_US)?))
    }
}

impl utoipa::PartialSchema for Moment {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .into()
    }
}

impl utoipa::ToSchema for Moment {}

/// Where `now` comes from. The one place that reads the machine's clock.
///
/// The offset is zero in every build but those with the `controlled-clock` feature, whose test route
/// moves it forward; several processes share it through the database.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
}

impl Clock {
    /// The present instant.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reading of the machine's clock"
    )]
    pub fn now(&self) -> Moment {
        let offset = SignedDuration::from_micros(self.offset_us.load(Ordering::Relaxed));
        let now = Timestamp::now();
        Moment::new(now.checked_add(offset).unwrap_or(now))
    }

    /// Puts this clock `offset_us` microseconds ahead of the machine's.
    pub fn set_offset_us(&self, offset_us: i64) {
        self.offset_us.store(offset_us, Ordering::Relaxed);
    }

    /// How far ahead of the machine's clock this one is, in microseconds.
    #[must_use]
    pub fn offset_us(&self) -> i64 {
        self.offset_us.load(Ordering::Relaxed)
    }
}
