//! `cargo xtask test`: every check in order, stopping at the first that fails.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::build::{self, Build};
use crate::{licences, needs, web};

/// Which checks to run.
#[derive(Debug, Args)]
pub struct Choice {
    /// These parts only
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// All but these parts
    #[arg(long, value_delimiter = ',')]
    skip: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting
    Fmt,
    /// Lints of the Rust code
    Clippy,
    /// Lints, types, build and unit tests of the web faces
    Web,
    /// Unit, property and HTTP tests
    Rust,
    /// Licences of everything we build on
    Licences,
    /// Stories in a real browser
    E2e,
}

impl Choice {
    fn has(&self, part: Part) -> bool {
        (self.only.is_empty() || self.only.contains(&part)) && !self.skip.contains(&part)
    }
}

struct Step {
    part: Part,
    name: &'static str,
    work: fn() -> Result<()>,
}

/// In this order, since the server embeds the faces and the stories drive the tests' build.
const STEPS: [Step; 9] = [
    Step {
        part: Part::Fmt,
        name: "formatting",
        work: build::formatting,
    },
    Step {
        part: Part::Web,
        name: "npm packages",
        work: web::install,
    },
    Step {
        part: Part::Web,
        name: "web lint",
        work: web_lint,
    },
    Step {
        part: Part::Web,
        name: "web types and build",
        work: web::build,
    },
    Step {
        part: Part::Web,
        name: "web unit tests",
        work: web_tests,
    },
    Step {
        part: Part::Clippy,
        name: "clippy",
        work: build::clippy,
    },
    Step {
        part: Part::Rust,
        name: "rust tests",
        work: build::tests,
    },
    Step {
        part: Part::Licences,
        name: "licences",
        work: check_licences,
    },
    Step {
        part: Part::E2e,
        name: "browser stories",
        work: stories,
    },
];

/// Runs the chosen checks and says how each went; the last line is `N passed, N failed`.
pub fn test(choice: &Choice) -> ExitCode {
    let mut report = Report::default();
    report.run("what the tests need", || needs::check(&needs_of(choice)));
    for step in STEPS.iter().filter(|step| choice.has(step.part)) {
        if report.failed.is_some() {
            report.left_out.push(step.name);
        } else {
            report.run(step.name, step.work);
        }
    }
    report.print()
}

fn needs_of(choice: &Choice) -> Vec<needs::Need> {
    let mut needed: Vec<needs::Need> = Vec::new();
    if choice.has(Part::Rust) || choice.has(Part::E2e) {
        needed.push(needs::postgres);
    }
    if choice.has(Part::E2e) {
        needed.extend([needs::chromium as needs::Need, needs::chinese_font]);
    }
    needed
}

/// How the steps went so far.
#[derive(Default)]
struct Report {
    passed: Vec<(&'static str, Duration)>,
    failed: Option<(&'static str, Duration, anyhow::Error)>,
    left_out: Vec<&'static str>,
}

impl Report {
    fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        eprintln!("\n» {name} …");
        let since = Instant::now();
        match work() {
            Ok(()) => {
                eprintln!("» {name} … done in {} s", since.elapsed().as_secs());
                self.passed.push((name, since.elapsed()));
            }
            Err(reason) => {
                eprintln!(
                    "» {name} … failed after {} s: {reason:#}",
                    since.elapsed().as_secs()
                );
                self.failed = Some((name, since.elapsed(), reason));
            }
        }
    }

    fn print(&self) -> ExitCode {
        println!();
        for (name, took) in &self.passed {
            println!("  passed   {:>5} s  {name}", took.as_secs());
        }
        if let Some((name, took, reason)) = &self.failed {
            println!("  failed   {:>5} s  {name}: {reason:#}", took.as_secs());
        }
        for name in &self.left_out {
            println!("  not run           {name}");
        }
        println!(
            "{} passed, {} failed",
            self.passed.len(),
            usize::from(self.failed.is_some())
        );
        if self.failed.is_some() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

fn web_lint() -> Result<()> {
    web::npm(["run", "lint"]).run()
}

fn web_tests() -> Result<()> {
    web::npm(["test"]).run()
}

fn check_licences() -> Result<()> {
    web::present()?;
    licences::check()
}

fn stories() -> Result<()> {
    web::install()?;
    web::build_if_changed()?;
    let gridwork = build::gridwork(Build::Tests)?;
    web::npm(["run", "e2e"])
        .env("GRIDWORK_BIN", gridwork)
        .env("CHROMIUM", needs::found_chromium()?)
        .run()
}
