//! Licence expressions: SPDX 2.3, annex D, and the `/` that crates wrote before it.
//!
//! `expression = all ("OR" all)*`, `all = one ("AND" one)*`,
//! `one = "(" expression ")" | licence ["WITH" exception]`.

use std::iter::Peekable;
use std::vec::IntoIter;

use anyhow::{Result, bail};

/// What a package says its licence is.
#[derive(Debug, PartialEq, Eq)]
pub enum Expression {
    /// One licence, perhaps with an exception.
    One {
        /// Its SPDX identifier.
        licence: String,
        /// What stands after `WITH`.
        exception: Option<String>,
    },
    /// Each of them binds.
    All(Vec<Expression>),
    /// We may choose.
    Any(Vec<Expression>),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self> {
        let mut words = words(text).into_iter().peekable();
        let expression = any(&mut words)?;
        if let Some(word) = words.next() {
            bail!("`{word}` is too much in `{text}`");
        }
        Ok(expression)
    }

    /// Whether it can be kept with licences that `allowed` lets through.
    pub fn holds(&self, allowed: &dyn Fn(&str, Option<&str>) -> bool) -> bool {
        match self {
            Self::One { licence, exception } => allowed(licence, exception.as_deref()),
            Self::All(parts) => parts.iter().all(|part| part.holds(allowed)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(allowed)),
        }
    }
}

type Words = Peekable<IntoIter<String>>;

fn words(text: &str) -> Vec<String> {
    let text = text
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    text.split_whitespace().map(str::to_owned).collect()
}

fn any(words: &mut Words) -> Result<Expression> {
    let mut parts = vec![all(words)?];
    while taken(words, "OR") {
        parts.push(all(words)?);
    }
    Ok(single(parts, Expression::Any))
}

fn all(words: &mut Words) -> Result<Expression> {
    let mut parts = vec![one(words)?];
    while taken(words, "AND") {
        parts.push(one(words)?);
    }
    Ok(single(parts, Expression::All))
}

fn one(words: &mut Words) -> Result<Expression> {
    if taken(words, "(") {
        let inner = any(words)?;
        if !taken(words, ")") {
            bail!("a bracket is not closed");
        }
        return Ok(inner);
    }
    let licence = name(words)?;
    let exception = if taken(words, "WITH") {
        Some(name(words)?)
    } else {
        None
    };
    Ok(Expression::One { licence, exception })
}

fn name(words: &mut Words) -> Result<String> {
    match words.next() {
        Some(word) if !["(", ")", "AND", "OR", "WITH"].contains(&word.as_str()) => Ok(word),
        Some(word) => bail!("`{word}` stands where a licence is expected"),
        None => bail!("a licence is missing"),
    }
}

/// Takes the next word when it is `word`.
fn taken(words: &mut Words, word: &str) -> bool {
    words
        .next_if(|next| next.eq_ignore_ascii_case(word))
        .is_some()
}

fn single(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(licence: &str) -> Expression {
        Expression::One {
            licence: licence.into(),
            exception: None,
        }
    }

    fn parse(text: &str) -> Expression {
        Expression::parse(text).unwrap()
    }

    #[test]
    fn and_binds_closer_than_or_and_brackets_closest() {
        let plain = parse("MIT OR Apache-2.0 AND Zlib");
        let both = Expression::All(vec![one("Apache-2.0"), one("Zlib")]);
        assert_eq!(plain, Expression::Any(vec![one("MIT"), both]));
        let bracketed = parse("(MIT OR Apache-2.0) AND Unicode-3.0");
        let either = Expression::Any(vec![one("MIT"), one("Apache-2.0")]);
        assert_eq!(bracketed, Expression::All(vec![either, one("Unicode-3.0")]));
    }

    #[test]
    fn an_exception_belongs_to_the_licence_before_it() {
        let expected = Expression::Any(vec![
            Expression::One {
                licence: "Apache-2.0".into(),
                exception: Some("LLVM-exception".into()),
            },
            one("MIT"),
        ]);
        assert_eq!(parse("Apache-2.0 WITH LLVM-exception OR MIT"), expected);
    }

    #[test]
    fn the_stroke_of_older_crates_is_a_choice() {
        assert_eq!(parse("MIT/Apache-2.0"), parse("MIT OR Apache-2.0"));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in [
            "",
            "MIT OR",
            "OR MIT",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
            "MIT WITH",
            "()",
        ] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_choice_holds_by_one_and_a_sum_only_by_each() {
        let mit = |licence: &str, _: Option<&str>| licence == "MIT";
        assert!(parse("GPL-3.0-only OR MIT").holds(&mit));
        assert!(!parse("GPL-3.0-only AND MIT").holds(&mit));
        assert!(parse("MIT AND (MIT OR GPL-3.0-only)").holds(&mit));
    }
}
