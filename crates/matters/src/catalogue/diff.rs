//! What differs between two versions of a matter, told so that people can read it in both languages.

use serde::{Deserialize, Serialize};

use super::{Bilingual, Datatype, Lang, Matter, Question};

/// One thing a matter says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Said {
    /// A text.
    Text(Bilingual),
    /// A length of time.
    Minutes {
        /// Minutes of the matter's clock.
        minutes: u32,
    },
    /// Yes or no.
    Flag {
        /// Which.
        yes: bool,
    },
}

/// One thing that differs. The field is the key of a column, or `questions.` and the question's code,
/// or `grades.` and the grade, or `departments.` and the level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which.
    pub field: String,
    /// What was said; `None`: nothing.
    pub before: Option<Said>,
    /// What is said now.
    pub after: Option<Said>,
}

type Facts = Vec<(String, Said)>;

/// What differs from `before` to `after`, in the order of a sheet; either may be missing.
#[must_use]
pub fn differences(before: Option<&Matter>, after: Option<&Matter>) -> Vec<Difference> {
    let old = before.map(facts).unwrap_or_default();
    let new = after.map(facts).unwrap_or_default();
    let find = |facts: &Facts, field: &str| {
        let fact = facts.iter().find(|(key, _)| key == field);
        fact.map(|(_, said)| said.clone())
    };
    let mut fields: Vec<&String> = new.iter().map(|(key, _)| key).collect();
    for (key, _) in &old {
        if !fields.contains(&key) {
            fields.push(key);
        }
    }
    fields
        .into_iter()
        .map(|field| Difference {
            before: find(&old, field),
            after: find(&new, field),
            field: field.clone(),
        })
        .filter(|d| d.before != d.after)
        .collect()
}

fn facts(m: &Matter) -> Facts {
    let mut facts: Facts = Vec::new();
    let text = |pair: &Bilingual| Said::Text(pair.clone());
    let minutes = |minutes| Said::Minutes { minutes };
    let flag = |yes| Said::Flag { yes };
    let same = |text: String| Said::Text(Bilingual::new(text.clone(), text));
    let mut say = |field: &str, said| facts.push((field.to_owned(), said));
    say("category_zh", text(&m.category));
    if !m.more.levels.is_empty() {
        let join = |lang| joined(m.more.levels.iter().map(|l| l.get(lang)), " › ");
        say(
            "levels",
            Said::Text(Bilingual::new(join(Lang::Zh), join(Lang::En))),
        );
    }
    say("name_zh", text(&m.name));
    say("department", text(&m.department));
    say("accept_hours", minutes(m.accept_minutes));
    say("handle_hours", minutes(m.handle_minutes));
    let named = |zh: &str, en: &str| Said::Text(Bilingual::new(zh, en));
    say(
        "urgency",
        named(m.urgency.name(Lang::Zh), m.urgency.name(Lang::En)),
    );
    let evidence = |lang, by| joined(m.evidence.iter().map(|e| e.name(lang)), by);
    let both = Bilingual::new(evidence(Lang::Zh, "、"), evidence(Lang::En, ", "));
    say("evidence", Said::Text(both));
    say("closing_rule", text(&m.closing_rule));
    let verification = m.verification;
    say(
        "verification",
        named(verification.name(Lang::Zh), verification.name(Lang::En)),
    );
    if let Some(limit) = m.make_safe_minutes {
        say("make_safe_minutes", minutes(limit));
    }
    say("self_handle", flag(m.self_handle_allowed));
    say("public", flag(m.public));
    say("shown", flag(m.shown));
    say("certain", flag(m.certain));
    if let Some(basis) = &m.more.legal_basis {
        say("legal_basis", text(basis));
    }
    for (field, words) in [
        ("aliases", &m.more.aliases),
        ("ways", &m.more.ways),
        ("gb_classes", &m.more.gb_classes),
        ("hotline_classes", &m.more.hotline_classes),
    ] {
        if !words.is_empty() {
            say(field, same(words.join("; ")));
        }
    }
    for (level, name) in &m.more.departments {
        let level = serde_json::to_value(level).unwrap_or_default();
        let field = format!("departments.{}", level.as_str().unwrap_or_default());
        say(&field, text(name));
    }
    for (grade, limits) in &m.more.grades {
        let grade = grade.as_str();
        say(
            &format!("grades.{grade}.accept"),
            minutes(limits.accept_minutes),
        );
        say(
            &format!("grades.{grade}.handle"),
            minutes(limits.handle_minutes),
        );
    }
    for question in &m.questions {
        say(&format!("questions.{}", question.code), asked(question));
    }
    facts
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>, by: &str) -> String {
    parts.collect::<Vec<_>>().join(by)
}

/// A question in one line: what is asked, how it is answered, and when.
fn asked(question: &Question) -> Said {
    let line = |lang: Lang| {
        let pick = |zh: &'static str, en: &'static str| match lang {
            Lang::Zh => zh,
            Lang::En => en,
        };
        let mut line = question.description.get(lang).to_owned();
        let how = match question.datatype {
            Datatype::String => pick("一行文字", "one line"),
            Datatype::Text => pick("几行文字", "some lines"),
            Datatype::Number => pick("数字", "a number"),
            Datatype::Datetime => pick("日期时间", "date and time"),
            Datatype::SingleValueList => pick("单选", "one of"),
            Datatype::MultiValueList => pick("多选", "any of"),
        };
        let values = joined(
            question.values.iter().map(|v| v.name.get(lang)),
            pick("、", ", "),
        );
        let parts = [
            Some(how.to_owned()),
            (!values.is_empty()).then_some(values),
            question
                .required
                .then(|| pick("必答", "required").to_owned()),
            question.when.as_ref().map(|when| {
                let (of, values) = (&when.question, when.equals.join(pick("、", ", ")));
                match lang {
                    Lang::Zh => format!("仅当 {of} 为 {values}"),
                    Lang::En => format!("only when {of} is {values}"),
                }
            }),
            question.shared.map(|n| match lang {
                Lang::Zh => format!("共用第 {n} 版"),
                Lang::En => format!("shared, version {n}"),
            }),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        line.push_str(&match lang {
            Lang::Zh => format!("（{}）", parts.join("；")),
            Lang::En => format!(" ({})", parts.join("; ")),
        });
        line
    };
    Said::Text(Bilingual::new(line(Lang::Zh), line(Lang::En)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, Grade, Limits};

    #[test]
    fn what_differs_is_told_and_nothing_else() {
        let catalogue = Catalogue::standard().unwrap();
        let before = catalogue.get("M0101").unwrap();
        assert_eq!(differences(Some(before), Some(before)), []);
        let mut after = before.clone();
        after.handle_minutes = 480;
        after.name.en = "Litter".into();
        after.questions.clear();
        let limits = Limits {
            accept_minutes: 15,
            handle_minutes: 120,
        };
        after.more.grades.insert(Grade::A, limits);
        let found = differences(Some(before), Some(&after));
        let fields: Vec<_> = found.iter().map(|d| d.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "name_zh",
                "handle_hours",
                "grades.A.accept",
                "grades.A.handle",
                "questions.amount"
            ]
        );
        let Some(Said::Text(asked)) = &found[4].before else {
            panic!("a question is a text")
        };
        assert!(asked.zh.contains("单选") && asked.en.contains("A bag or two"));
        assert_eq!(found[4].after, None);
    }

    #[test]
    fn a_new_matter_differs_in_all_it_says() {
        let catalogue = Catalogue::standard().unwrap();
        let matter = catalogue.get("M0201").unwrap();
        let found = differences(None, Some(matter));
        assert!(found.len() > 14 && found.iter().all(|d| d.before.is_none()));
        assert_eq!(differences(Some(matter), None).len(), found.len());
    }
}
