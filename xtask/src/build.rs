//! The Rust side: one profile for tests, demo and bench, so that what is built once serves all.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use private_postgres::{Cluster, Mode};
use serde_json::Value;

use crate::run::{Run, root};

/// The whole workspace as the tests need it: one build for unit tests, routes and browser stories.
const TESTS: [&str; 4] = [
    "--workspace",
    "--release",
    "--features",
    "gridwork/controlled-clock",
];

/// Where tests find the server on which they make databases.
const SERVER: &str = "GRIDWORK_TEST_DATABASE_URL";

/// Which `gridwork` is wanted.
#[derive(Debug, Clone, Copy)]
pub enum Build {
    /// The one people run.
    People,
    /// The one with the clock that a test moves.
    Tests,
}

/// Folders that the server embeds, so that it builds where the faces were not built.
///
/// # Errors
/// They cannot be made.
pub fn placeholders() -> Result<()> {
    for face in ["citizen", "desk", "field"] {
        let folder = root().join("web/dist").join(face);
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    }
    Ok(())
}

/// Formatting as rustfmt writes it.
///
/// # Errors
/// Something is not formatted.
pub fn formatting() -> Result<()> {
    // The names of the files only: a diff of many would bury the rest.
    let checked = Run::cargo()
        .args(["fmt", "--all", "--", "--check", "-l"])
        .run();
    checked.context("these files are not formatted; run: cargo fmt --all")
}

/// clippy over everything, warnings denied.
///
/// # Errors
/// It found something.
pub fn clippy() -> Result<()> {
    placeholders()?;
    Run::cargo()
        .arg("clippy")
        .args(TESTS)
        .args(["--all-targets", "--", "-D", "warnings"])
        .run()
}

/// All Rust tests, on a PostgreSQL of their own.
///
/// # Errors
/// One failed.
pub fn tests() -> Result<()> {
    placeholders()?;
    // Built first, so that the server does not stand idle through the compile.
    Run::cargo().arg("test").args(TESTS).arg("--no-run").run()?;
    with_server(|url| Run::cargo().arg("test").args(TESTS).env(SERVER, url).run())
}

/// The tests with leave to rewrite what they compare with.
///
/// # Errors
/// One failed all the same.
pub fn bless(args: &[String]) -> Result<()> {
    let chosen = args
        .iter()
        .any(|arg| arg == "-p" || arg.starts_with("--package"));
    let which: &[&str] = if chosen { &["--release"] } else { &TESTS };
    with_server(|url| {
        let cargo = Run::cargo().arg("test").args(which).args(args);
        cargo.env(SERVER, url).env("GRIDWORK_BLESS", "1").run()
    })
}

/// Builds `gridwork` and tells where it stands.
///
/// # Errors
/// The build failed.
pub fn gridwork(which: Build) -> Result<PathBuf> {
    let cargo = match which {
        Build::People => Run::cargo().args(["build", "--release", "-p", "gridwork"]),
        // Through the tests' own build: another choice of packages may choose other features of
        // what they build on, and would compile it all again.
        Build::Tests => Run::cargo().arg("test").args(TESTS).arg("--no-run"),
    };
    let said = cargo
        .arg("--message-format=json-render-diagnostics")
        .output()?;
    executable(&String::from_utf8_lossy(&said)).context(
        "cargo made no program `gridwork`; the tests' build makes it for the integration tests in crates/server/tests",
    )
}

/// The program `gridwork` among cargo's messages, one JSON document a line.
fn executable(messages: &str) -> Option<PathBuf> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter(|m| {
        m["reason"] == "compiler-artifact"
            && m["target"]["name"] == "gridwork"
            && m["target"]["kind"][0] == "bin"
            && m["profile"]["test"] == false
    });
    programs.find_map(|m| Some(Path::new(m["executable"].as_str()?).to_owned()))
}

/// Gives `work` the address of a PostgreSQL on which databases may be made: the one the caller
/// names, else one that lives as long as the work.
fn with_server(work: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    if let Ok(named) = std::env::var(SERVER) {
        return work(&named);
    }
    let folder = std::env::temp_dir().join(format!("gridwork-test-{}", std::process::id()));
    // One left by a run that was killed is worth nothing: tests do not write through.
    let _ = fs::remove_dir_all(&folder);
    let cluster = Cluster::start(&folder, Mode::Test, &mut |doing| eprintln!("  {doing}"))?;
    let place = cluster.place().to_owned();
    let done = work(&cluster.url("postgres"));
    cluster.stop();
    for left in [place, folder] {
        // A folder that stays behind in the temporary folder is no reason to fail.
        let _ = fs::remove_dir_all(left);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages_and_not_its_unit_tests() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"server","kind":["lib"]},"profile":{"test":false},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"gridwork","kind":["bin"]},"profile":{"test":true},"executable":"/t/deps/gridwork-1"}"#,
            "\nnoise\n",
            r#"{"reason":"compiler-artifact","target":{"name":"gridwork","kind":["bin"]},"profile":{"test":false},"executable":"/t/gridwork"}"#,
        );
        assert_eq!(executable(messages), Some(PathBuf::from("/t/gridwork")));
        assert_eq!(executable(""), None);
    }
}
