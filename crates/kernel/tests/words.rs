//! Every code the server can answer with has a sentence in both languages, and no sentence is left over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kernel::Lang;
use kernel::words::known;

/// What makes an error or a fault; the code is the last of its first two arguments that looks like one.
const MAKERS: &[&str] = &[
    "Error::conflict(",
    "Error::forbidden(",
    "Error::NotFound(",
    "Error::refused(",
    "Error::field(",
    "FieldFault::new(",
    "FileFault::new(",
    "RowFault::new(",
    "RowFault::shape(",
    "#[error(",
];

/// Crates that know nothing of people: what goes wrong in them is told by whoever calls them.
const LEAVES: &[&str] = &["atlas", "open311", "private-postgres", "worktime"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The sources below `folder` with these endings, without tests.
fn sources(folder: &Path, endings: &[&str], found: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "tests" | "node_modules" | "dist" | "target") {
                sources(&path, endings, found);
            }
        } else if endings.iter().any(|e| name.ends_with(e))
            && name != "tests.rs"
            && !name.contains(".test.")
        {
            let text = std::fs::read_to_string(&path).expect("sources are text");
            // Tests at the end of a file make codes of their own.
            let text = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default()
                .to_owned();
            found.push((path, text));
        }
    }
}

fn server() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("crates"))
        .expect("the crates are there")
        .flatten()
        .filter(|entry| !LEAVES.iter().any(|leaf| entry.file_name() == *leaf))
    {
        sources(&entry.path().join("src"), &[".rs"], &mut found);
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn catalogue(language: &str) -> BTreeMap<String, String> {
    let path = root().join(format!("data/messages/{language}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the catalogue is there"))
        .expect("the catalogue is JSON")
}

/// Whether `text` is written like a code: `case.not_found`.
fn like_a_code(text: &str) -> bool {
    let fit = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    text.contains('.') && text.split('.').all(fit)
}

/// The string literals of `text`, without those that span lines.
fn literals(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .collect()
}

/// What stands between the parenthesis that opens at the start of `text` and the one that closes it.
fn inside(text: &str) -> &str {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// Every code a source makes an error with.
fn made(text: &str) -> Vec<&str> {
    MAKERS
        .iter()
        .flat_map(|maker| {
            text.match_indices(maker)
                .map(|(at, _)| &text[at + maker.len()..])
        })
        .filter_map(|rest| literals(inside(rest)).into_iter().rfind(|l| like_a_code(l)))
        .collect()
}

#[test]
fn every_code_the_server_answers_with_has_a_sentence_in_both_languages() {
    let mut codes = 0;
    let mut missing = Vec::new();
    for (path, text) in server() {
        for code in made(&text) {
            codes += 1;
            if !known(Lang::Zh, code) || !known(Lang::En, code) {
                missing.push(format!("{code} ({})", path.display()));
            }
        }
    }
    assert!(codes > 100, "only {codes} codes were found");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn both_catalogues_have_the_same_keys_in_order_and_the_same_slots() {
    let (zh, en) = (catalogue("zh-CN"), catalogue("en"));
    let keys = |c: &BTreeMap<String, String>| c.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&zh), keys(&en));
    let slots = |text: &str| -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|t| t.split('}').next().map(str::to_owned))
            .collect()
    };
    for (key, sentence) in &zh {
        assert!(like_a_code(key), "{key}");
        assert_eq!(slots(sentence), slots(&en[key]), "{key}");
        assert!(
            !sentence.trim().is_empty() && !en[key].trim().is_empty(),
            "{key}"
        );
        assert!(
            !sentence.is_ascii(),
            "{key} is not told in Chinese: {sentence}"
        );
    }
    for language in ["zh-CN", "en"] {
        let path = root().join(format!("data/messages/{language}.json"));
        let text = std::fs::read_to_string(path).expect("the catalogue is there");
        let written: Vec<_> = text
            .lines()
            .filter_map(|l| l.trim().strip_prefix('"')?.split('"').next())
            .collect();
        let mut sorted = written.clone();
        sorted.sort_unstable();
        assert_eq!(written, sorted, "{language} is kept in order");
    }
}

#[test]
fn no_sentence_is_left_over() {
    let mut all = server();
    sources(&root().join("web"), &[".ts", ".vue"], &mut all);
    let mut left: BTreeSet<String> = catalogue("en").into_keys().collect();
    for (_, text) in &all {
        left.retain(|key| {
            !["\"", "'", "`"]
                .iter()
                .any(|quote| text.contains(&format!("{quote}{key}{quote}")))
        });
    }
    assert!(left.is_empty(), "{left:#?}");
}
