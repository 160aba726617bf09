//! Which features speak for which matter, and how strongly.

use std::collections::HashMap;

use super::words::Features;

/// Position of a matter in the catalogue.
pub(super) type Place = u16;

/// Weights per feature, found by trial on the development half of the labelled reports.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    /// A whole alias found in the text, per unit of its own weight.
    pub phrase: f64,
    /// A word.
    pub word: f64,
    /// A pair of characters.
    pub pair: f64,
    /// A single character.
    pub character: f64,
    /// How soon more of the same word in a matter's aliases adds nothing.
    pub saturation: f64,
    /// What is left of a feature that only tells the scene.
    pub scene: f64,
    /// What was chosen before.
    pub memory: f64,
}

/// The weights in use.
pub(super) const WEIGHTS: Weights = Weights {
    phrase: 1.0,
    word: 1.0,
    pair: 0.5,
    character: 0.15,
    saturation: 2.0,
    scene: 0.3,
    memory: 2.0,
};

/// Matters with the weight a feature has in them.
type Postings = HashMap<String, Vec<(Place, f64)>>;

/// Postings by kind of feature.
#[derive(Debug, Default)]
pub(super) struct Index {
    phrases: Vec<(String, Place, f64)>,
    words: Postings,
    pairs: Postings,
    characters: Postings,
}

/// The score of each matter with the words that made it.
#[derive(Debug, Default, Clone)]
pub(super) struct Score {
    pub points: f64,
    pub because: Vec<(f64, String)>,
}

impl Index {
    /// Counts one alias or name for a matter.
    pub(super) fn add(&mut self, place: Place, features: Features, weight: f64) {
        for (postings, list) in [
            (&mut self.words, features.words),
            (&mut self.pairs, features.pairs),
            (&mut self.characters, features.characters),
        ] {
            for feature in list {
                let known = postings.entry(feature).or_default();
                match known.last_mut() {
                    Some((last, sum)) if *last == place => *sum += weight,
                    _ => known.push((place, weight)),
                }
            }
        }
        self.phrases.push((features.plain, place, weight));
    }

    /// Turns summed weights into what a feature is worth: rare ones much, common ones little.
    pub(super) fn finish(&mut self, matters: usize, is_scene: impl Fn(&str) -> bool) {
        for (phrase, _, weight) in &mut self.phrases {
            *weight *= length_factor(phrase) * if is_scene(phrase) { WEIGHTS.scene } else { 1.0 };
        }
        for postings in [&mut self.words, &mut self.pairs, &mut self.characters] {
            for (feature, list) in postings.iter_mut() {
                let scene = if is_scene(feature) {
                    WEIGHTS.scene
                } else {
                    1.0
                };
                let telling = scene * (1.0 + matters as f64 / list.len() as f64).ln();
                for (_, weight) in list.iter_mut() {
                    *weight = telling * *weight / (*weight + WEIGHTS.saturation);
                }
            }
        }
    }

    /// Scores every matter of a catalogue of `matters`.
    pub(super) fn score(&self, features: &Features, matters: usize) -> Vec<Score> {
        let mut scores = vec![Score::default(); matters];
        self.score_phrases(features, &mut scores);
        for (postings, list, weight) in [
            (&self.words, &features.words, WEIGHTS.word),
            (&self.pairs, &features.pairs, WEIGHTS.pair),
            (&self.characters, &features.characters, WEIGHTS.character),
        ] {
            for feature in list {
                for (place, worth) in postings.get(feature).into_iter().flatten() {
                    let points = worth * weight;
                    let score = &mut scores[usize::from(*place)];
                    score.points += points;
                    score.because.push((points, feature.clone()));
                }
            }
        }
        scores
    }

    /// An alias found whole counts besides its words; in English only at the border of words.
    fn score_phrases(&self, features: &Features, scores: &mut [Score]) {
        for (phrase, place, weight) in &self.phrases {
            if !found(&features.plain, phrase) {
                continue;
            }
            let points = weight * WEIGHTS.phrase;
            let score = &mut scores[usize::from(*place)];
            score.points += points;
            score.because.push((points + 10.0, phrase.clone()));
        }
    }
}

/// The longer a phrase, the more it says when found whole: three Chinese characters or two
/// English words are the measure.
fn length_factor(phrase: &str) -> f64 {
    let length = if phrase.is_ascii() {
        phrase.split(' ').count() as f64 / 2.0
    } else {
        phrase.chars().count() as f64 / 3.0
    };
    length.min(2.0)
}

fn found(text: &str, phrase: &str) -> bool {
    if phrase.is_empty() {
        return false;
    }
    if !phrase.is_ascii() {
        return text.contains(phrase);
    }
    text.match_indices(phrase).any(|(at, _)| {
        let starts = at == 0 || text.as_bytes()[at - 1] == b' ';
        let rest = &text.as_bytes()[at + phrase.len()..];
        starts && rest.first().is_none_or(|next| *next == b' ')
    })
}
