//! How text is cut for search: two letters at a time for Chinese, whole words and numbers for the rest.
//!
//! "井盖" must find "窨井盖", and no word list knows every street. So a run of Chinese letters becomes
//! its pairs of neighbours (窨井, 井盖) and its last letter, each with its position; a query for several
//! letters is the phrase of its pairs. What is written by [`document`] and asked by [`query`] is cut
//! by the same hand, so positions agree.

use std::collections::BTreeMap;
use std::fmt::Write;

/// PostgreSQL keeps positions up to this one.
const LAST_POSITION: u16 = 16_383;
/// Positions left free between two texts, so that no phrase reaches over.
const GAP: u16 = 8;
/// Longest word kept, in letters; more is cut off.
const LONGEST_WORD: usize = 64;
/// A last word of at least this many letters also finds what begins with it.
const BEGINS_FROM: usize = 3;
/// Most pieces a query is cut into; more does not narrow it further.
const MOST_PIECES: usize = 48;

/// A piece of text at its position.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    text: String,
    at: u16,
    /// The last letter of a run of Chinese: in a query it is needed only when it stands alone.
    tail: bool,
    alone: bool,
    chinese: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Chinese,
    Word,
    Between,
}

fn class(letter: char) -> Class {
    match u32::from(letter) {
        // Kana, CJK with extensions and compatibility, Hangul: written without spaces.
        0x3040..=0x30FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7AF
        | 0xF900..=0xFAFF
        | 0x2_0000..=0x3_23AF => Class::Chinese,
        0x3005 | 0x3007 => Class::Chinese,
        _ if letter.is_alphanumeric() => Class::Word,
        _ => Class::Between,
    }
}

/// Full-width letters and digits as their plain ones, all in lower case.
fn plain(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .map(|c| match u32::from(c) {
            n @ 0xFF01..=0xFF5E => char::from_u32(n - 0xFEE0).unwrap_or(c),
            0x3000 => ' ',
            _ => c,
        })
        .flat_map(char::to_lowercase)
}

/// Cuts `text`; positions begin at `from`. Answers the pieces and the first position not used.
fn cut(text: &str, from: u16) -> (Vec<Piece>, u16) {
    let letters: Vec<char> = plain(text).collect();
    let mut pieces = Vec::new();
    let mut at = from;
    for run in letters.chunk_by(|a, b| class(*a) == class(*b)) {
        let kind = run.first().map_or(Class::Between, |c| class(*c));
        match kind {
            Class::Between => {}
            Class::Word => {
                let text = run.iter().take(LONGEST_WORD).collect();
                pieces.push(Piece {
                    text,
                    at,
                    tail: false,
                    alone: true,
                    chinese: false,
                });
                at = at.saturating_add(1);
            }
            Class::Chinese => {
                let alone = run.len() == 1;
                for pair in run.windows(2) {
                    let text = pair.iter().collect();
                    pieces.push(Piece {
                        text,
                        at,
                        tail: false,
                        alone,
                        chinese: true,
                    });
                    at = at.saturating_add(1);
                }
                let text = run.last().into_iter().collect();
                pieces.push(Piece {
                    text,
                    at,
                    tail: true,
                    alone,
                    chinese: true,
                });
                at = at.saturating_add(1);
            }
        }
    }
    (pieces, at)
}

/// One piece in the form `$1::tsquery` reads; `goes_on`: also what begins with it.
#[must_use]
pub fn piece(text: &str, goes_on: bool) -> String {
    let end = if goes_on { ":*" } else { "" };
    format!("{}{end}", quoted(text))
}

/// A lexeme in quotes, as `tsvector` and `tsquery` read it.
fn quoted(lexeme: &str) -> String {
    format!("'{}'", lexeme.replace('\\', "\\\\").replace('\'', "''"))
}

/// The search document of a thing with these texts, in the form `$1::tsvector` reads.
///
/// A phrase never reaches from one text into the next.
#[must_use]
pub fn document(texts: &[&str]) -> String {
    let mut lexemes: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    let mut from = 1;
    for text in texts {
        let (pieces, next) = cut(text, from);
        for piece in pieces.into_iter().filter(|p| p.at <= LAST_POSITION) {
            lexemes.entry(piece.text).or_default().push(piece.at);
        }
        from = next.saturating_add(GAP);
    }
    let mut out = String::new();
    for (lexeme, positions) in &lexemes {
        let separator = if out.is_empty() { "" } else { " " };
        let _ = write!(out, "{separator}{}:", quoted(lexeme));
        for (n, position) in positions.iter().take(255).enumerate() {
            let comma = if n == 0 { "" } else { "," };
            let _ = write!(out, "{comma}{position}");
        }
    }
    out
}

/// What a person typed, cut for asking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// In the form `$1::tsquery` reads; empty when there is nothing to ask for.
    pub text: String,
    /// Pieces each answer must hold as they are (pieces that may go on are left out), for judging how
    /// common the query is.
    pub lexemes: Vec<String>,
    /// The piece that may go on; the last, when there are several.
    pub begun: Option<String>,
}

/// Cuts what a person typed. Words apart by spaces must all be found, in any order; letters without a
/// space between must stand side by side. A single Chinese letter, and a last word of three letters or
/// more, also finds what begins with it.
#[must_use]
pub fn query(typed: &str) -> Query {
    let chunks: Vec<&str> = typed.split_whitespace().collect();
    let mut parts = Vec::new();
    let mut asked = Query::default();
    let mut left = MOST_PIECES;
    for (n, chunk) in chunks.iter().enumerate() {
        let mut pieces = cut(chunk, 1).0;
        pieces.retain(|p| !p.tail || p.alone);
        pieces.truncate(left);
        left -= pieces.len();
        let last_chunk = n + 1 == chunks.len();
        if let Some(part) = phrase(&pieces, last_chunk, &mut asked) {
            parts.push(part);
        }
    }
    asked.text = parts.join(" & ");
    asked
}

/// The pieces side by side: `'窨井' <-> '井盖'`.
fn phrase(pieces: &[Piece], last_chunk: bool, asked: &mut Query) -> Option<String> {
    let mut out = String::new();
    let mut before: Option<u16> = None;
    for (n, piece) in pieces.iter().enumerate() {
        if let Some(before) = before {
            let _ = write!(out, " <{}> ", piece.at - before);
        }
        let last = last_chunk && n + 1 == pieces.len();
        let word_goes_on = last && piece.text.chars().count() >= BEGINS_FROM;
        let goes_on = if piece.chinese {
            piece.tail
        } else {
            word_goes_on
        };
        out.push_str(&self::piece(&piece.text, goes_on));
        if goes_on {
            asked.begun = Some(piece.text.clone());
        } else {
            asked.lexemes.push(piece.text.clone());
        }
        before = Some(piece.at);
    }
    (!out.is_empty()).then(|| {
        if pieces.len() > 1 {
            format!("({out})")
        } else {
            out
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_cut_into_pairs_and_the_last_letter() {
        assert_eq!(document(&["窨井盖"]), "'井盖':2 '盖':3 '窨井':1");
    }

    #[test]
    fn words_and_numbers_stay_whole_and_lower() {
        assert_eq!(document(&["ABC 12-3"]), "'12':2 '3':3 'abc':1");
        assert_eq!(document(&["Ａ１号"]), "'a1':1 '号':2");
    }

    #[test]
    fn a_phrase_does_not_reach_into_the_next_text() {
        assert_eq!(document(&["井", "盖"]), "'井':1 '盖':10");
    }

    #[test]
    fn letters_side_by_side_are_a_phrase_and_spaces_part_words() {
        assert_eq!(query("窨井盖").text, "('窨井' <1> '井盖')");
        assert_eq!(query("井盖 朝阳").text, "'井盖' & '朝阳'");
        assert_eq!(query("3号楼").text, "('3' <1> '号楼')");
        assert_eq!(query("号楼3").text, "('号楼' <2> '3')");
    }

    #[test]
    fn one_letter_and_a_begun_word_find_what_begins_so() {
        assert_eq!(query("井").text, "'井':*");
        assert_eq!(query("261124").text, "'261124':*");
        assert_eq!(query("261124-00391").text, "('261124' <1> '00391':*)");
        assert_eq!(query("12").text, "'12'");
    }

    #[test]
    fn what_holds_no_letter_asks_for_nothing() {
        assert_eq!(query(" '\\ & | ! ( :* ").text, "");
        assert_eq!(query(""), Query::default());
    }
}
