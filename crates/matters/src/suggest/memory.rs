//! What was chosen for like words before, kept as plain counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How often a word stood in reports of a matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordCount {
    /// A word as [`super::Suggester::words_of`] gives it.
    pub word: String,
    /// Code of the matter that was chosen.
    pub code: String,
    /// How many reports.
    pub count: u32,
}

/// Counts of words by the matter a person chose in the end. It learns from decisions, holds no
/// text and no person, and comes out of and goes into the store as [`WordCount`] rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    words: BTreeMap<String, BTreeMap<String, u32>>,
}

/// A word is trusted in full only after it has been seen this often.
const DOUBT: f64 = 2.0;

impl Memory {
    /// Takes up counts; rows of the same word and code add up.
    pub fn from_counts(counts: impl IntoIterator<Item = WordCount>) -> Self {
        let mut memory = Self::default();
        for row in counts {
            memory.add(&row.word, &row.code, row.count);
        }
        memory
    }

    /// All counts, ordered by word and code.
    pub fn counts(&self) -> impl Iterator<Item = WordCount> {
        self.words.iter().flat_map(|(word, codes)| {
            codes.iter().map(move |(code, count)| WordCount {
                word: word.clone(),
                code: code.clone(),
                count: *count,
            })
        })
    }

    /// Adds to one count.
    pub fn add(&mut self, word: &str, code: &str, count: u32) {
        let codes = self.words.entry(word.to_owned()).or_default();
        let known = codes.entry(code.to_owned()).or_default();
        *known = known.saturating_add(count);
    }

    /// Whether nothing has been learnt.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// What each matter speaks for itself in these words: for each word the share of its reports
    /// that went to the matter, `n(w,c) / (n(w) + 2)`, times how telling the word is,
    /// `ln(1 + C / c(w))` with C matters known and c(w) of them having the word.
    pub(super) fn evidence<'a>(&'a self, words: &[String]) -> BTreeMap<&'a str, f64> {
        let known: Vec<_> = words
            .iter()
            .filter_map(|word| self.words.get(word))
            .collect();
        if known.is_empty() {
            return BTreeMap::new();
        }
        let matters: BTreeSet<&str> = self
            .words
            .values()
            .flat_map(|codes| codes.keys().map(String::as_str))
            .collect();
        let mut evidence = BTreeMap::new();
        for codes in known {
            let seen: f64 = codes.values().map(|count| f64::from(*count)).sum();
            let telling = (1.0 + matters.len() as f64 / codes.len() as f64).ln();
            for (code, count) in codes {
                let share = f64::from(*count) / (seen + DOUBT);
                *evidence.entry(code.as_str()).or_default() += share * telling;
            }
        }
        evidence
    }
}
