//! One year's published holidays and made-up working days, and their file format.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::{Date, Weekday};

/// What a listed day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpecialKind {
    /// A day off, whatever the day of the week.
    Holiday,
    /// A Saturday or Sunday that is worked to make up for a holiday (调休).
    Workday,
}

/// A day that a notice lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialDay {
    /// The day.
    pub date: Date,
    /// Off or worked.
    pub kind: SpecialKind,
    /// Its name in Chinese, e.g. `国庆节`.
    pub name_zh: String,
    /// Its name in English, e.g. `National Day`; may be empty.
    pub name_en: String,
}

/// The days of one year's notice (节假日安排的通知).
///
/// A notice may also list days of the December before and the January after its year, as some have
/// for New Year's Day; only its own year counts as known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The year the notice is for.
    pub year: i16,
    /// Its days by date.
    pub days: BTreeMap<Date, SpecialDay>,
}

/// What is wrong with one row of a file, by line and column name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file, from 1.
    pub line: usize,
    /// Column the problem is in: `header`, `row`, `date`, `kind` or `name_zh`.
    pub field: &'static str,
    /// What is wrong, in English.
    pub problem: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.field, self.problem)
    }
}

impl std::error::Error for RowError {}

const COLUMNS: [&str; 4] = ["date", "kind", "name_zh", "name_en"];

impl Notice {
    /// Reads a notice: UTF-8 text with the columns `date,kind,name_zh,name_en`, `kind` being
    /// `holiday` or `workday`. Lines that start with `#` and empty lines are skipped.
    ///
    /// # Errors
    /// Every row that is wrong, not only the first; nothing is taken over from such a file.
    pub fn parse_csv(year: i16, text: &str) -> Result<Self, Vec<RowError>> {
        let mut lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim_end_matches('\r')))
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let header = lines.next();
        if header
            .and_then(|(_, line)| fields(line))
            .is_none_or(|names| names != COLUMNS)
        {
            let line = header.map_or(1, |(line, _)| line);
            return Err(vec![error(
                line,
                "header",
                format!("expected {}", COLUMNS.join(",")),
            )]);
        }
        let (mut days, mut errors) = (BTreeMap::new(), Vec::new());
        for (line, row) in lines {
            match special_day(year, line, row) {
                Ok(day) if days.contains_key(&day.date) => {
                    errors.push(error(line, "date", format!("{} is listed twice", day.date)));
                }
                Ok(day) => {
                    days.insert(day.date, day);
                }
                Err(wrong) => errors.push(wrong),
            }
        }
        if errors.is_empty() && days.is_empty() {
            errors.push(error(1, "row", "the file lists no day".to_owned()));
        }
        if errors.is_empty() {
            Ok(Self { year, days })
        } else {
            Err(errors)
        }
    }
}

fn error(line: usize, field: &'static str, problem: String) -> RowError {
    RowError {
        line,
        field,
        problem,
    }
}

fn special_day(year: i16, line: usize, row: &str) -> Result<SpecialDay, RowError> {
    let fields =
        fields(row).ok_or_else(|| error(line, "row", "a quotation is not closed".to_owned()))?;
    let [date, kind, name_zh, name_en] = <[String; 4]>::try_from(fields).map_err(|fields| {
        error(
            line,
            "row",
            format!("{} fields where 4 are expected", fields.len()),
        )
    })?;
    let date: Date = date.parse().map_err(|_| {
        error(
            line,
            "date",
            format!("{date:?} is not a date such as 2026-10-01"),
        )
    })?;
    let near = (date.year() == year - 1 && date.month() == 12)
        || (date.year() == year + 1 && date.month() == 1);
    if date.year() != year && !near {
        return Err(error(
            line,
            "date",
            format!("{date} does not belong to {year}"),
        ));
    }
    let kind = match kind.as_str() {
        "holiday" => SpecialKind::Holiday,
        "workday" => SpecialKind::Workday,
        other => {
            let problem = format!("{other:?} is neither `holiday` nor `workday`");
            return Err(error(line, "kind", problem));
        }
    };
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    if kind == SpecialKind::Workday && !weekend {
        let problem = format!("{date} is a {:?}, worked anyway", date.weekday());
        return Err(error(line, "kind", problem));
    }
    if name_zh.is_empty() {
        return Err(error(line, "name_zh", "is empty".to_owned()));
    }
    Ok(SpecialDay {
        date,
        kind,
        name_zh,
        name_en,
    })
}

/// Splits one line by RFC 4180 (quoted fields, doubled quotes); `None` if a quotation stays open.
fn fields(line: &str) -> Option<Vec<String>> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            other => field.push(other),
        }
    }
    fields.push(field.trim().to_owned());
    (!quoted).then_some(fields)
}
