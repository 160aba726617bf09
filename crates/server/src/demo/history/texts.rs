//! What people say in the demo: synthetic sentences from `data/demo_texts.csv`.

use std::collections::HashMap;

use rand::Rng;
use rand::seq::IndexedRandom;

const TABLE: &str = include_str!("../../../../../data/demo_texts.csv");

/// Sentences by matter and part.
#[derive(Debug)]
pub(super) struct Texts {
    table: HashMap<(&'static str, &'static str), Vec<&'static str>>,
}

impl Texts {
    /// Reads the shipped table.
    pub fn read() -> Self {
        let mut table: HashMap<_, Vec<_>> = HashMap::new();
        for line in TABLE.lines().filter(|l| !l.starts_with('#')) {
            let mut parts = line.splitn(3, ',');
            if let (Some(code), Some(part), Some(text)) = (parts.next(), parts.next(), parts.next())
            {
                table.entry((code, part)).or_default().push(text);
            }
        }
        Self { table }
    }

    /// A place near by, as people say it.
    pub fn spot(&self, rng: &mut impl Rng) -> String {
        self.any("spot", rng)
    }

    /// A sentence for any matter.
    pub fn any(&self, part: &str, rng: &mut impl Rng) -> String {
        self.of("*", part, "", rng)
    }

    /// A sentence for the matter `code`; empty when the table has none.
    pub fn of(&self, code: &str, part: &str, spot: &str, rng: &mut impl Rng) -> String {
        let found = self
            .table
            .iter()
            .find(|((c, p), _)| *c == code && *p == part)
            .and_then(|(_, texts)| texts.choose(rng));
        found.map_or_else(String::new, |t| spin(t, rng).replace("{spot}", spot))
    }
}

/// Chooses one of each `[a|b|c]`.
fn spin(template: &str, rng: &mut impl Rng) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('[') {
        let (choices, beyond) = after.split_once(']').unwrap_or((after, ""));
        let choices: Vec<&str> = choices.split('|').collect();
        out.push_str(before);
        out.push_str(choices.choose(rng).copied().unwrap_or_default());
        rest = beyond;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_matter_has_at_least_three_reports_and_says_what_was_done() {
        let texts = Texts::read();
        let catalogue = matters::catalogue::Catalogue::standard().unwrap();
        for matter in catalogue.matters() {
            let count = |part| {
                texts
                    .table
                    .get(&(matter.code.as_str(), part))
                    .map_or(0, Vec::len)
            };
            assert!(count("report") >= 3, "{}", matter.code);
            assert!(count("done") >= 1, "{}", matter.code);
        }
    }

    #[test]
    fn a_sentence_has_no_brackets_left() {
        let texts = Texts::read();
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        for (code, part) in texts.table.keys() {
            for _ in 0..20 {
                let text = texts.of(code, part, "桥头", &mut rng);
                assert!(!text.contains(['[', ']', '|', '{', '}']), "{text}");
                assert!((2..=2000).contains(&text.chars().count()), "{text}");
            }
        }
    }
}
