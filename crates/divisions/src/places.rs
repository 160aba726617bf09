//! Finding a place by its name: divisions, communities, grids and dedicated grids.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::{DivisionInfo, GridKind, Level};
use crate::net::GridRef;

/// A place found by its name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Place {
    /// The name with what it lies in, e.g. `天宁区雕庄街道朝阳花园社区`.
    pub text: String,
    /// `city`, `district`, `town`, `community`, `grid` or `dedicated`.
    pub kind: &'static str,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// The division's or grid's code.
    pub code: String,
}

/// Every name of the net, in the order of the levels and codes.
#[derive(Debug, Default)]
pub(crate) struct Gazetteer {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    own: String,
    full: String,
}

/// How well an entry answers a query; the smaller the better.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Begins,
    Holds,
    HoldsAbove,
    Scattered,
}

impl Gazetteer {
    pub(crate) fn new(
        divisions: &BTreeMap<i64, Arc<DivisionInfo>>,
        grids: &[GridRef],
        text: impl Fn(i64) -> String,
    ) -> Self {
        let mut ordered: Vec<_> = divisions.values().collect();
        ordered.sort_by_key(|d| (d.level, d.code));
        let mut entries: Vec<Entry> = ordered
            .into_iter()
            .map(|d| {
                let place = place(
                    text(d.code),
                    level_word(d.level),
                    d.lon,
                    d.lat,
                    d.code.to_string(),
                );
                Entry::new(place, &d.name)
            })
            .collect();
        entries.extend(grids.iter().map(|g| {
            let kind = if g.kind == GridKind::Basic {
                "grid"
            } else {
                "dedicated"
            };
            let text = join(&text(g.community), &g.name);
            Entry::new(place(text, kind, g.lon, g.lat, g.code.clone()), &g.name)
        }));
        Self { entries }
    }

    /// At most `limit` places that answer `query`, the best first.
    ///
    /// Words apart by spaces must all be found, the last of them best in the place's own name; digits
    /// find codes by their beginning. When nothing holds the words, names that hold all letters in
    /// order are given ("雕庄朝阳" finds 雕庄街道朝阳花园社区). One pass over all names.
    pub(crate) fn find(&self, query: &str, limit: usize) -> Vec<Place> {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let Some(last) = words.last() else {
            return Vec::new();
        };
        let mut found: Vec<(Fit, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| entry.fit(&words, last).map(|fit| (fit, at)))
            .collect();
        if found.is_empty() {
            let letters: String = words.concat();
            let scattered = |(_, entry): &(usize, &Entry)| in_order(&entry.full, &letters);
            let all = self.entries.iter().enumerate().filter(scattered);
            found = all.map(|(at, _)| (Fit::Scattered, at)).collect();
        }
        found.sort_unstable();
        found.truncate(limit);
        found
            .into_iter()
            .filter_map(|(_, at)| self.entries.get(at))
            .map(|e| e.place.clone())
            .collect()
    }
}

impl Entry {
    fn new(place: Place, own: &str) -> Self {
        Self {
            own: own.to_lowercase(),
            full: place.text.to_lowercase(),
            place,
        }
    }

    fn fit(&self, words: &[&str], last: &str) -> Option<Fit> {
        if last.len() >= 4 && last.bytes().all(|b| b.is_ascii_digit()) {
            return self.place.code.starts_with(last).then_some(Fit::Begins);
        }
        if !words.iter().all(|word| self.full.contains(word)) {
            return None;
        }
        Some(match self.own.find(last) {
            Some(0) if self.own.len() == last.len() => Fit::Whole,
            Some(0) => Fit::Begins,
            Some(_) => Fit::Holds,
            None => Fit::HoldsAbove,
        })
    }
}

fn place(text: String, kind: &'static str, lon: f64, lat: f64, code: String) -> Place {
    Place {
        text,
        kind,
        lon,
        lat,
        code,
    }
}

/// The word the faces use for a level.
pub(crate) fn level_word(level: Level) -> &'static str {
    match level {
        Level::City => "city",
        Level::County => "district",
        Level::Town => "town",
        Level::Village => "community",
    }
}

/// `above` with `name` after it, without saying twice what both hold at the seam (two letters or more).
pub(crate) fn join(above: &str, name: &str) -> String {
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8()).skip(1);
    let seam = ends
        .filter(|end| above.ends_with(&name[..*end]))
        .max()
        .unwrap_or(0);
    format!("{above}{}", &name[seam..])
}

fn in_order(text: &str, letters: &str) -> bool {
    let mut text = text.chars();
    letters.chars().all(|letter| text.any(|c| c == letter))
}
