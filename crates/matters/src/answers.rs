//! Whether what somebody answered to a matter's questions is an answer to them.

use jiff::civil::{Date, DateTime};
use kernel::FieldFault;
use serde_json::{Map, Value};

use crate::catalogue::{Datatype, Matter, Question};

/// Longest answer of one line, in letters.
const LINE: usize = 400;
/// Longest answer of several lines.
const LINES: usize = 2_000;

/// Who answers, which decides what must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// A resident: what the matter must be told is asked for.
    Resident,
    /// Staff may not know it, and file what they know.
    Staff,
}

/// Every answer that is none: of the wrong type, not among the values offered, to a question the
/// matter does not ask, or not asked as things are answered; and for a resident what is missing.
/// Answers stand under the questions' codes; several values are joined by commas or in a list.
#[must_use]
pub fn faults(matter: &Matter, answers: &Map<String, Value>, who: Teller) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for question in &matter.questions {
        let field = || format!("answers.{}", question.code);
        let told = answers.get(&question.code).filter(|a| is_told(a));
        let asked = question.is_asked(answers);
        match told {
            Some(_) if !asked => faults.push(FieldFault::new(field(), "answers.not_asked")),
            Some(told) => faults.extend(fault(question, told, field())),
            None if asked && who == Teller::Resident && matter.must_be_answered(question) => {
                faults.push(FieldFault::new(field(), "field.missing"));
            }
            None => {}
        }
    }
    let known = |code: &String| matter.questions.iter().any(|q| q.code == *code);
    for code in answers.keys().filter(|code| !known(code)) {
        faults.push(FieldFault::new(
            format!("answers.{code}"),
            "answers.unknown",
        ));
    }
    faults
}

/// Whether anything was said at all.
fn is_told(answer: &Value) -> bool {
    match answer {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        other => !other.is_null(),
    }
}

impl Question {
    /// Whether the question is asked, as the others are answered.
    #[must_use]
    pub fn is_asked(&self, answers: &Map<String, Value>) -> bool {
        self.when.as_ref().is_none_or(|when| {
            let given = answers.get(&when.question).map(values).unwrap_or_default();
            given.iter().any(|value| when.equals.contains(value))
        })
    }
}

/// The single values of an answer.
fn values(answer: &Value) -> Vec<String> {
    match answer {
        Value::Array(list) => list.iter().flat_map(values).collect(),
        Value::String(text) => text
            .split(',')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect(),
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

fn fault(question: &Question, told: &Value, field: String) -> Option<FieldFault> {
    let longer = |text: &str, most: usize| {
        (text.chars().count() > most).then(|| {
            FieldFault::new(field.clone(), "field.length")
                .with("min", 0)
                .with("max", most)
        })
    };
    match (question.datatype, told) {
        (Datatype::String, Value::String(text)) => longer(text, LINE),
        (Datatype::Text, Value::String(text)) => longer(text, LINES),
        (Datatype::String | Datatype::Text, _) => Some(FieldFault::new(field, "answers.not_text")),
        (Datatype::Number, told) => {
            (!is_number(told)).then(|| FieldFault::new(field, "answers.not_a_number"))
        }
        (Datatype::Datetime, told) => {
            (!is_date(told)).then(|| FieldFault::new(field, "answers.not_a_date"))
        }
        (Datatype::SingleValueList | Datatype::MultiValueList, told) => unlisted(question, told)
            .map(|value| {
                FieldFault::new(field, "answers.not_listed")
                    .with("said", value.chars().take(40).collect::<String>())
            }),
    }
}

fn is_number(told: &Value) -> bool {
    match told {
        Value::Number(_) => true,
        Value::String(text) => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    }
}

/// A date, a date with the time of day at the place, or an instant.
fn is_date(told: &Value) -> bool {
    let Value::String(text) = told else {
        return false;
    };
    let text = text.trim();
    text.parse::<jiff::Timestamp>().is_ok()
        || text.parse::<DateTime>().is_ok()
        || text.parse::<Date>().is_ok()
}

/// The first value that is not offered, or all of them where only one may be given.
fn unlisted(question: &Question, told: &Value) -> Option<String> {
    if matches!(told, Value::Object(_) | Value::Bool(_)) {
        return Some(told.to_string());
    }
    // A key may hold a comma itself.
    let whole = told.as_str().map(str::trim);
    let offered = |key: &str| question.values.iter().any(|v| v.key == key);
    if whole.is_some_and(offered) {
        return None;
    }
    let given = values(told);
    if question.datatype == Datatype::SingleValueList && given.len() != 1 {
        return Some(given.join(","));
    }
    given.into_iter().find(|key| !offered(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::{Bilingual, Catalogue, QuestionValue, ShowIf};

    fn question(code: &str, datatype: Datatype, keys: &[&str]) -> Question {
        Question {
            code: code.into(),
            datatype,
            required: true,
            description: Bilingual::new("问", "asked"),
            values: keys
                .iter()
                .map(|key| QuestionValue {
                    key: (*key).into(),
                    name: Bilingual::new("值", "value"),
                })
                .collect(),
            when: None,
            shared: None,
        }
    }

    fn matter() -> Matter {
        let mut matter = Catalogue::standard().unwrap().get("M0101").unwrap().clone();
        matter.questions = vec![
            question("line", Datatype::String, &[]),
            question("lines", Datatype::Text, &[]),
            question("number", Datatype::Number, &[]),
            question("at", Datatype::Datetime, &[]),
            question("one", Datatype::SingleValueList, &["a", "b"]),
            question("many", Datatype::MultiValueList, &["a", "b", "c"]),
        ];
        matter
    }

    fn said(answers: Value, who: Teller) -> Vec<(String, &'static str)> {
        said_of(&matter(), answers, who)
    }

    fn said_of(matter: &Matter, answers: Value, who: Teller) -> Vec<(String, &'static str)> {
        let Value::Object(answers) = answers else {
            panic!("an object")
        };
        let faults = faults(matter, &answers, who);
        faults.into_iter().map(|f| (f.field, f.code)).collect()
    }

    #[test]
    fn answers_fit_their_type_and_the_values_offered() {
        for (code, answer, fault) in [
            ("line", json!("一句话"), None),
            ("line", json!("x".repeat(401)), Some("field.length")),
            ("line", json!(["a"]), Some("answers.not_text")),
            ("lines", json!("x".repeat(2_000)), None),
            ("lines", json!({"a": 1}), Some("answers.not_text")),
            ("number", json!(3.5), None),
            ("number", json!(" 12 "), None),
            ("number", json!("twelve"), Some("answers.not_a_number")),
            ("number", json!("NaN"), Some("answers.not_a_number")),
            ("number", json!(true), Some("answers.not_a_number")),
            ("at", json!("2026-01-31T08:00"), None),
            ("at", json!("2026-01-31T08:00:00+08:00"), None),
            ("at", json!("2026-01-31"), None),
            ("at", json!("2026-02-31"), Some("answers.not_a_date")),
            ("at", json!(20260131), Some("answers.not_a_date")),
            ("one", json!("a"), None),
            ("one", json!("c"), Some("answers.not_listed")),
            ("one", json!("a,b"), Some("answers.not_listed")),
            ("one", json!(true), Some("answers.not_listed")),
            ("many", json!("a,c"), None),
            ("many", json!(["a", "b"]), None),
            ("many", json!(["a", "d"]), Some("answers.not_listed")),
            ("many", json!([{"a": 1}]), Some("answers.not_listed")),
            ("other", json!("x"), Some("answers.unknown")),
        ] {
            let found = said(json!({code: answer}), Teller::Staff);
            let wanted: Vec<_> = fault
                .map(|f| (format!("answers.{code}"), f))
                .into_iter()
                .collect();
            assert_eq!(found, wanted, "{code} {answer}");
        }
    }

    #[test]
    fn a_resident_is_asked_for_what_is_missing_and_staff_are_not() {
        assert_eq!(said(json!({}), Teller::Staff), []);
        let missing = said(json!({"line": " ", "one": null}), Teller::Resident);
        assert_eq!(missing.len(), 6);
        assert!(missing.iter().all(|m| m.1 == "field.missing"));
    }

    #[test]
    fn a_question_bound_to_another_is_asked_only_then() {
        let mut matter = matter();
        matter.questions[0].when = Some(ShowIf {
            question: "many".into(),
            equals: vec!["b".into(), "c".into()],
        });
        matter.questions.drain(1..5);
        let of = |answers| said_of(&matter, answers, Teller::Resident);
        assert_eq!(of(json!({"many": "a"})), []);
        let missing = of(json!({"many": ["a", "c"]}));
        assert_eq!(missing, [("answers.line".into(), "field.missing")]);
        let hidden = of(json!({"many": "a", "line": "x"}));
        assert_eq!(hidden, [("answers.line".into(), "answers.not_asked")]);
    }
}
