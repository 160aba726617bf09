//! Which matter plain words mean.
//!
//! Four sources add up: everyday aliases found whole in the text, segmented words shared with a
//! matter's names and aliases (rare words count more), pairs of characters where segmentation
//! fails or a word is mistyped, and what people chose for like words before ([`Memory`]). The
//! same text always gives the same answer.

mod index;
mod memory;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, Fault, Lang, RowError};
use index::{Index, Place, Score, WEIGHTS};
pub use memory::{Memory, WordCount};
use words::Segmenter;

const STANDARD_ALIASES: &str = include_str!("../../../data/matter_aliases.csv");

/// Points at which a suggestion is half certain.
const HALF_CERTAIN: f64 = 8.0;
/// How many matched words are given as the reason.
const REASONS: usize = 4;

/// An everyday way of naming a matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// Code of the matter.
    pub code: String,
    /// The words, Chinese or English.
    pub alias: String,
    /// How sure it makes: 1 a hint, 3 nearly certain.
    pub weight: f64,
}

/// Reads aliases from CSV with the columns `code,alias,weight`.
///
/// # Errors
/// Every row that cannot be read, has no text or no sensible weight (above 0, at most 10).
pub fn read_aliases(csv: &str) -> Result<Vec<Alias>, Vec<RowError>> {
    let mut aliases = Vec::new();
    let mut errors = Vec::new();
    for row in csv::Reader::from_reader(csv.as_bytes()).deserialize::<Alias>() {
        let line = u32::try_from(aliases.len() + errors.len() + 2).unwrap_or(u32::MAX);
        match row {
            Ok(row) if row.alias.trim().is_empty() => {
                errors.push(RowError::new(line, "alias", Fault::Missing, ""));
            }
            Ok(row) if !(row.weight > 0.0 && row.weight <= 10.0) => {
                let error =
                    RowError::new(line, "weight", Fault::OutOfRange, row.weight.to_string());
                errors.push(error.with("min", "0").with("max", "10"));
            }
            Ok(row) => aliases.push(row),
            Err(error) => errors.push(
                RowError::new(line, "", Fault::Unreadable, "").with("reason", error.to_string()),
            ),
        }
    }
    if errors.is_empty() {
        Ok(aliases)
    } else {
        Err(errors)
    }
}

/// The aliases the product ships with.
///
/// # Errors
/// When the shipped file is broken, which a test rules out.
pub fn standard_aliases() -> Result<Vec<Alias>, Vec<RowError>> {
    read_aliases(STANDARD_ALIASES)
}

/// What is known besides the words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Hour of the day at the place, 0 to 23.
    pub hour: Option<u8>,
    /// Kind of the dedicated grid the place lies in (`school`, `market`, `park`, …).
    pub in_dedicated_kind: Option<&'a str>,
    /// Whether a resident writes: only public matters are suggested.
    pub public_only: bool,
}

/// One suggested matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Code of the matter.
    pub code: String,
    /// How well it fits, 0 to 1; 0.5 is a good match, not a probability.
    pub score: f64,
    /// The words that led to it, the most telling first.
    pub because: Vec<String>,
}

/// Suggests matters; built once per catalogue and shared.
pub struct Suggester {
    codes: Vec<(String, bool)>,
    places: HashMap<String, Place>,
    segmenter: Segmenter,
    index: Index,
    memory: Memory,
}

impl Suggester {
    /// Builds the index. Aliases of codes the catalogue does not have are passed over, so that
    /// one alias file serves catalogues that differ.
    pub fn new(catalogue: &Catalogue, aliases: &[Alias], memory: Memory) -> Self {
        let codes: Vec<_> = catalogue
            .matters()
            .iter()
            .map(|m| (m.code.clone(), m.public))
            .collect();
        let places: HashMap<_, _> = codes
            .iter()
            .zip(0..)
            .map(|((code, _), place)| (code.clone(), place))
            .collect();
        let names = catalogue.matters().iter().map(|m| m.name.zh.as_str());
        let segmenter = Segmenter::new(names.chain(aliases.iter().map(|a| a.alias.as_str())));
        let mut index = Index::default();
        let mut by_place: Vec<Vec<(&str, f64)>> = vec![Vec::new(); codes.len()];
        for (matter, texts) in catalogue.matters().iter().zip(&mut by_place) {
            texts.push((&matter.name.zh, 2.0));
            texts.push((&matter.name.en, 2.0));
        }
        for alias in aliases {
            if let Some(place) = places.get(&alias.code) {
                by_place[usize::from(*place)].push((&alias.alias, alias.weight));
            }
        }
        for (texts, place) in by_place.iter().zip(0..) {
            for (text, weight) in texts {
                index.add(place, segmenter.features(text), *weight);
            }
        }
        index.finish(codes.len(), |word| segmenter.is_scene(word));
        Self {
            codes,
            places,
            segmenter,
            index,
            memory,
        }
    }

    /// The words of a text as [`Memory`] counts them.
    pub fn words_of(&self, text: &str) -> Vec<String> {
        self.segmenter.features(text).words
    }

    /// Learns that a matter was chosen for a text, and gives the counts to be stored. A code the
    /// catalogue does not have teaches nothing.
    pub fn learn(&mut self, text: &str, code: &str) -> Vec<WordCount> {
        if !self.places.contains_key(code) {
            return Vec::new();
        }
        let row = |word| WordCount {
            word,
            code: code.to_owned(),
            count: 1,
        };
        let counts: Vec<_> = self.words_of(text).into_iter().map(row).collect();
        for row in &counts {
            self.memory.add(&row.word, &row.code, row.count);
        }
        counts
    }

    /// What has been learnt so far.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The matters that fit best, at most `limit`, the best first; none where no word is known.
    /// `lang` decides in which language words are given as reasons when a text has both.
    pub fn suggest(
        &self,
        text: &str,
        lang: Lang,
        hints: &Hints<'_>,
        limit: usize,
    ) -> Vec<Suggestion> {
        let features = self.segmenter.features(text);
        let mut scores = self.index.score(&features, self.codes.len());
        for (code, points) in self.memory.evidence(&features.words) {
            if let Some(place) = self.places.get(code) {
                scores[usize::from(*place)].points += points * WEIGHTS.memory;
            }
        }
        let mut ranked: Vec<(f64, usize)> = scores
            .iter()
            .zip(&self.codes)
            .enumerate()
            .filter(|(_, (score, (_, public)))| {
                score.points > 0.0 && (*public || !hints.public_only)
            })
            .map(|(place, (score, (code, _)))| (score.points * hints.factor(code), place))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(limit);
        ranked
            .into_iter()
            .map(|(points, place)| Suggestion {
                code: self.codes[place].0.clone(),
                score: points / (points + HALF_CERTAIN),
                because: reasons(&scores[place], lang),
            })
            .collect()
    }
}

/// The most telling words, none of them part of another that is given already.
fn reasons(score: &Score, lang: Lang) -> Vec<String> {
    let mut sorted: Vec<_> = score
        .because
        .iter()
        .filter(|(_, word)| word.chars().count() > 1)
        .collect();
    let foreign = |word: &str| word.is_ascii() != (lang == Lang::En);
    sorted.sort_by(|a, b| {
        foreign(&a.1)
            .cmp(&foreign(&b.1))
            .then(b.0.total_cmp(&a.0))
            .then(a.1.cmp(&b.1))
    });
    let mut reasons: Vec<String> = Vec::new();
    for (_, word) in sorted {
        if reasons.len() == REASONS {
            break;
        }
        if !reasons.iter().any(|given| given.contains(word.as_str())) {
            reasons.push(word.clone());
        }
    }
    reasons
}

/// Matters that become likelier in a dedicated grid of a kind.
const AT_KINDS: &[(&str, &[&str])] = &[
    ("school", &["M0701", "M0704", "M0207", "M0311"]),
    ("market", &["M0702", "M0406", "M0101", "M0701"]),
    ("hospital", &["M0704", "M0213", "M0301"]),
    ("park", &["M0105", "M0211", "M0707", "M0801", "M0806"]),
    ("bank", &["M0601", "M0704"]),
];

/// Matters that show at night.
const AT_NIGHT: &[&str] = &["M0205", "M0705", "M0708"];

impl Hints<'_> {
    /// A nudge of a tenth, enough to part equals and never to overrule words.
    fn factor(&self, code: &str) -> f64 {
        let night = self.hour.is_some_and(|hour| !(6..22).contains(&hour));
        let at_kind = AT_KINDS
            .iter()
            .any(|(kind, codes)| self.in_dedicated_kind == Some(kind) && codes.contains(&code));
        let nudges = u8::from(night && AT_NIGHT.contains(&code)) + u8::from(at_kind);
        1.0 + 0.1 * f64::from(nudges)
    }
}
