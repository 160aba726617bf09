//! What a matter may say besides: levels below its category, legal basis, limits by grade of area,
//! departments by level, ways in, classes of other catalogues. And how a cell of a sheet says it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Bilingual;
use crate::routing::Level;

/// Ways a report may come in, as cases name them.
pub const WAYS: [&str; 7] = [
    "citizen",
    "worker",
    "call",
    "open311",
    "department",
    "inspection",
    "device",
];

/// Grade of an area: limits are shortest in A (GB/T 30428.8 区域等级).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// The centre of the city, main streets, places where people gather.
    A,
    /// Built-up area.
    B,
    /// The rest.
    C,
}

impl Grade {
    /// All grades.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::C];

    /// The letter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }

    /// Reads the letter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "A" | "a" => Some(Self::A),
            "B" | "b" => Some(Self::B),
            "C" | "c" => Some(Self::C),
            _ => None,
        }
    }
}

/// Limits in areas of a grade, minutes of the matter's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// From report to acceptance.
    pub accept_minutes: u32,
    /// From dispatch to handled; never 0.
    pub handle_minutes: u32,
}

/// What a matter says besides. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct More {
    /// Levels below the category, the wider first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Bilingual>,
    /// Other words people use for it; suggestions know them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Law, regulation or list of powers it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<Bilingual>,
    /// The type of unit that answers at a level, where it differs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub departments: BTreeMap<Level, Bilingual>,
    /// Limits by grade of area; where a grade has none the matter's own hold.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grades: BTreeMap<Grade, Limits>,
    /// Ways in it may come by, words of [`WAYS`]; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<String>,
    /// Classes of GB/T 30428.2 it answers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gb_classes: Vec<String>,
    /// Classes of the hotline 12345 it answers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hotline_classes: Vec<String>,
}

/// The plain form of a cell if it reads back as the same, else JSON: so that no character is lost.
pub(crate) fn written<T: Serialize + PartialEq>(
    value: &T,
    plain: String,
    read: impl Fn(&str) -> Option<T>,
) -> String {
    if plain.trim() == plain && read(&plain).as_ref() == Some(value) {
        plain
    } else {
        serde_json::to_string(value).unwrap_or_default()
    }
}

fn of_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    text.starts_with(['{', '['])
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

fn filled(pair: Bilingual) -> Option<Bilingual> {
    (!pair.zh.is_empty() && !pair.en.is_empty()).then_some(pair)
}

/// `中文 / English`.
pub(crate) fn read_pair(text: &str) -> Option<Bilingual> {
    let plain = || {
        let (zh, en) = text.split_once(" / ")?;
        Some(Bilingual::new(zh.trim(), en.trim()))
    };
    of_json(text).or_else(plain).and_then(filled)
}

pub(crate) fn write_pair(pair: &Bilingual) -> String {
    written(pair, format!("{} / {}", pair.zh, pair.en), read_pair)
}

/// `城市管理(urban management)`; the brackets may be of either width.
pub(crate) fn read_department(text: &str) -> Option<Bilingual> {
    let plain = || {
        let text = text.trim_end_matches([')', '\u{ff09}']);
        let (zh, en) = text.split_once(['(', '\u{ff08}'])?;
        Some(Bilingual::new(zh.trim(), en.trim()))
    };
    of_json(text).or_else(plain).and_then(filled)
}

pub(crate) fn write_department(pair: &Bilingual) -> String {
    written(pair, format!("{}({})", pair.zh, pair.en), read_department)
}

/// Words parted by semicolons.
pub(crate) fn read_words(text: &str) -> Vec<String> {
    if let Some(words) = of_json(text) {
        return words;
    }
    text.split([';', '\u{ff1b}', '、'])
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

pub(crate) fn write_words(words: &Vec<String>) -> String {
    if words.is_empty() {
        return String::new();
    }
    written(words, words.join(";"), |text| Some(read_words(text)))
}

/// `中文 / English > 中文 / English`.
pub(crate) fn read_levels(text: &str) -> Option<Vec<Bilingual>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    of_json(text).or_else(|| {
        text.split(" > ")
            .map(|part| read_pair(part.trim()))
            .collect()
    })
}

pub(crate) fn write_levels(levels: &Vec<Bilingual>) -> String {
    if levels.is_empty() {
        return String::new();
    }
    let plain: Vec<_> = levels
        .iter()
        .map(|pair| format!("{} / {}", pair.zh, pair.en))
        .collect();
    written(levels, plain.join(" > "), read_levels)
}

fn level(word: &str) -> Option<Level> {
    match word {
        "city" | "市" => Some(Level::City),
        "district" | "区" => Some(Level::District),
        "town" | "街道" | "镇" => Some(Level::Town),
        "community" | "社区" => Some(Level::Community),
        _ => None,
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::City => "city",
        Level::District => "district",
        Level::Town => "town",
        Level::Community => "community",
    }
}

/// `district=城市管理(urban management);town=街道办(sub-district office)`.
pub(crate) fn read_departments(text: &str) -> Option<BTreeMap<Level, Bilingual>> {
    if text.is_empty() {
        return Some(BTreeMap::new());
    }
    let one = |part: &str| {
        let (at, name) = part.split_once('=')?;
        Some((level(at.trim())?, read_department(name.trim())?))
    };
    of_json(text).or_else(|| text.split([';', '\u{ff1b}']).map(one).collect())
}

pub(crate) fn write_departments(departments: &BTreeMap<Level, Bilingual>) -> String {
    if departments.is_empty() {
        return String::new();
    }
    let plain: Vec<_> = departments
        .iter()
        .map(|(at, name)| format!("{}={}({})", level_word(*at), name.zh, name.en))
        .collect();
    written(departments, plain.join(";"), read_departments)
}

/// `A=0.5/4;B=1/8`: hours to accept and to handle.
pub(crate) fn read_grades(text: &str) -> Option<BTreeMap<Grade, Limits>> {
    if text.is_empty() {
        return Some(BTreeMap::new());
    }
    let minutes = |hours: &str| {
        let hours: f64 = hours.trim().parse().ok().filter(|h: &f64| h.is_finite())?;
        let minutes = (hours * 60.0).round();
        (0.0..=300_000.0)
            .contains(&minutes)
            .then_some(minutes as u32)
    };
    let one = |part: &str| {
        let (grade, limits) = part.split_once('=')?;
        let (accept, handle) = limits.split_once('/')?;
        let limits = Limits {
            accept_minutes: minutes(accept)?,
            handle_minutes: minutes(handle).filter(|m| *m > 0)?,
        };
        Some((Grade::parse(grade)?, limits))
    };
    text.split([';', '\u{ff1b}']).map(one).collect()
}

pub(crate) fn write_grades(grades: &BTreeMap<Grade, Limits>) -> String {
    let one = |(grade, limits): (&Grade, &Limits)| {
        let (accept, handle) = (hours(limits.accept_minutes), hours(limits.handle_minutes));
        format!("{}={accept}/{handle}", grade.as_str())
    };
    grades.iter().map(one).collect::<Vec<_>>().join(";")
}

/// Hours with as many places as give the minutes back.
pub(crate) fn hours(minutes: u32) -> String {
    let text = format!("{:.3}", f64::from(minutes) / 60.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
