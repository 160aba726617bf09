//! Where a page ends, and the runs over indexes that pages are read along.

use kernel::{CaseId, Error, FieldFault, Moment, Result};
use sqlx::{Postgres, QueryBuilder};

use super::filter::Sort;

/// The key of the last row of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Which order, or which part of it.
    pub run: Run,
    /// What the order goes by.
    pub at: Moment,
    /// The case.
    pub id: CaseId,
}

/// A run over an index. The order by due dates has two: what has a date, then what has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// By the date of the running clock.
    Dated,
    /// What has none, the newest first.
    Undated,
    /// The newest first.
    Reported,
    /// What changed last first.
    Updated,
}

impl Run {
    /// The run an order begins with.
    #[must_use]
    pub fn of(sort: Sort) -> Self {
        match sort {
            Sort::Due => Self::Dated,
            Sort::Reported => Self::Reported,
            Sort::Updated => Self::Updated,
        }
    }

    /// The column the run goes by.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Dated => "c.due_at",
            Self::Undated | Self::Reported => "c.reported_at",
            Self::Updated => "c.updated_at",
        }
    }

    /// Whether the greatest comes first.
    #[must_use]
    pub fn descending(self) -> bool {
        self != Self::Dated
    }

    /// What holds of the run's cases, with ` and ` before it.
    #[must_use]
    pub fn condition(self) -> &'static str {
        match self {
            Self::Dated => " and c.open and c.due_at is not null",
            Self::Undated => " and c.due_at is null",
            Self::Reported | Self::Updated => "",
        }
    }

    /// Writes the run's own condition, where it goes on, its order and its end.
    pub fn push_stretch(self, after: Option<Key>, limit: i64, sql: &mut QueryBuilder<Postgres>) {
        sql.push(self.condition());
        if let Some(key) = after {
            sql.push(" and (")
                .push(self.column())
                .push(", c.id) ")
                .push(if self.descending() { "<" } else { ">" })
                .push(" (")
                .push_bind(key.at)
                .push(", ")
                .push_bind(key.id)
                .push(")");
        }
        let direction = if self.descending() { " desc" } else { "" };
        sql.push(" order by ")
            .push(self.column())
            .push(direction)
            .push(", c.id")
            .push(direction)
            .push(" limit ")
            .push_bind(limit);
    }

    fn letter(self) -> char {
        match self {
            Self::Dated => 'd',
            Self::Undated => 'n',
            Self::Reported => 'r',
            Self::Updated => 'u',
        }
    }
}

impl Key {
    /// As the caller sends it back.
    #[must_use]
    pub fn word(self) -> String {
        format!(
            "{}{}.{}",
            self.run.letter(),
            self.at.stamp().as_microsecond(),
            self.id.0.simple()
        )
    }

    /// Reads what was sent back.
    ///
    /// # Errors
    /// 422 `after`.
    pub fn read(word: &str, sort: Sort) -> Result<Self> {
        let wrong = || {
            Error::invalid(vec![
                FieldFault::new("after", "field.unknown").with("said", word),
            ])
        };
        let read = || {
            let mut letters = word.chars();
            let run = match letters.next()? {
                'd' => Run::Dated,
                'n' => Run::Undated,
                'r' => Run::Reported,
                'u' => Run::Updated,
                _ => return None,
            };
            let (at, id) = letters.as_str().split_once('.')?;
            let at = jiff::Timestamp::from_microsecond(at.parse().ok()?).ok()?;
            let id = CaseId(uuid::Uuid::try_parse(id).ok()?);
            Some(Self {
                run,
                at: Moment::new(at),
                id,
            })
        };
        let key = read().ok_or_else(wrong)?;
        let fits = key.run == Run::of(sort) || (sort == Sort::Due && key.run == Run::Undated);
        if fits { Ok(key) } else { Err(wrong()) }
    }
}
