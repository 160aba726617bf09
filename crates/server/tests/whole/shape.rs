//! What the arrows between crates cannot say.

use std::fs;
use std::path::{Path, PathBuf};

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust source of a crate but its tests, with its text.
fn sources(of: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    walk(&crates().join(of).join("src"), &mut found);
    found
}

fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            walk(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = fs::read_to_string(&path).unwrap();
            // What stands below the unit tests is not the product.
            let text = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap()
                .to_owned();
            found.push((path, text));
        }
    }
}

const DOMAINS: [&str; 10] = [
    "accounts",
    "divisions",
    "staff",
    "matters",
    "media",
    "cases",
    "centre",
    "exchange",
    "participation",
    "kernel",
];

#[test]
fn the_kernel_stays_a_vocabulary() {
    let lines: usize = sources("kernel")
        .iter()
        .map(|(_, text)| text.lines().count())
        .sum();
    assert!(lines < 2_000, "the kernel has {lines} lines");
}

#[test]
fn rules_know_neither_database_nor_http_nor_clock() {
    for of in DOMAINS {
        for (path, text) in sources(of) {
            let pure = path.components().any(|c| c.as_os_str() == "lifecycle")
                || path.file_name().is_some_and(|n| n == "lifecycle.rs");
            for forbidden in [
                "sqlx::",
                "axum::",
                "Clock::",
                ".clock.now()",
                "Timestamp::now",
            ] {
                assert!(
                    !pure || !text.contains(forbidden),
                    "{}: {forbidden}",
                    path.display()
                );
            }
        }
    }
}

/// Tables, and the crate that writes them.
const OWNERS: [(&str, &str); 30] = [
    ("divisions", "divisions"),
    ("nets", "divisions"),
    ("grids", "divisions"),
    ("orgs", "staff"),
    ("people", "staff"),
    ("appointments", "staff"),
    ("leaves", "staff"),
    ("staff_events", "staff"),
    ("people_exports", "accounts"),
    ("handovers", "cases"),
    ("posts", "participation"),
    ("applications", "participation"),
    ("allowance_lines", "participation"),
    ("liaison_hours", "participation"),
    ("party_places", "participation"),
    ("volunteers", "participation"),
    ("accounts", "accounts"),
    ("sessions", "accounts"),
    ("audit_log", "accounts"),
    ("audit_chain", "accounts"),
    ("matters", "matters"),
    ("matter_aliases", "matters"),
    ("routing_rules", "matters"),
    ("media", "media"),
    ("cases", "cases"),
    ("case_events", "cases"),
    ("case_words", "cases"),
    ("case_reporters", "cases"),
    ("sealed", "centre"),
    ("saved_views", "centre"),
];

#[test]
fn a_crate_writes_only_its_own_tables() {
    for of in DOMAINS {
        for (path, text) in sources(of) {
            for (table, owner) in OWNERS {
                for verb in ["insert into", "update", "delete from"] {
                    let said = format!("{verb} {table} ");
                    let writes = text.contains(&said);
                    assert!(
                        !writes || owner == of,
                        "{} writes {table}, which is {owner}'s",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn statements_stand_in_stores() {
    // The centre is nothing but named reads across domains, each with its statement; the kernel is about
    // the database.
    let may = ["store", "/centre/", "kernel"];
    for of in DOMAINS {
        for (path, text) in sources(of) {
            let shown = path.display().to_string();
            let sql = text.contains("sqlx::query");
            assert!(
                !sql || may.iter().any(|m| shown.contains(m)),
                "{shown} holds SQL"
            );
        }
    }
}
