mod golden;
mod reading;
mod writing;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::W3cTime;

/// Pairs as a web framework decodes them from `a=1&b=2`; values here hold no escapes but `+`.
fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The instant as told at that many hours from UTC.
fn told(text: &str, hours: i8) -> W3cTime {
    W3cTime::new(at(text), &TimeZone::fixed(Offset::constant(hours)))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
