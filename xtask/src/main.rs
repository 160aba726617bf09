//! What is done with this repository beyond `cargo build`: the demo, the tests, the benchmarks.
//!
//! `cargo xtask --help` lists the commands. `cargo xtask test` is exactly what continuous integration
//! runs.

mod build;
mod debian;
mod licences;
mod needs;
mod run;
mod suite;
mod web;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use build::Build;
use run::{Run, step};

/// Work on Gridwork.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and start the demo city on 127.0.0.1:8080
    Demo {
        /// Given to `gridwork demo` as they are
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Every check: formatting, lints, tests, licences, browser stories
    Test(suite::Choice),
    /// Measure, and write docs/benchmarks.md
    Bench {
        /// Given to `gridwork bench` as they are
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Make the screenshots of the documentation from a running demo
    Shots {
        /// Given to `npm run shots` as they are
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run the tests so that they rewrite the files they compare with
    Bless {
        /// Given to `cargo test` as they are, such as `-p open311`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo { args } => demo(&args),
        Command::Test(choice) => return suite::test(&choice),
        Command::Bench { args } => bench(&args),
        Command::Shots { args } => shots(&args),
        Command::Bless { args } => bless(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\n{reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo(args: &[String]) -> Result<()> {
    step("what the demo needs", || needs::check(&[needs::postgres]))?;
    step("npm packages", web::install)?;
    step("web faces", web::build_if_changed)?;
    let gridwork = step("gridwork, release build", || build::gridwork(Build::People))?;
    Run::new(gridwork).arg("demo").args(args).replace()
}

fn bench(args: &[String]) -> Result<()> {
    step("what the benchmarks need", || {
        needs::check(&[needs::postgres])
    })?;
    build::placeholders()?;
    let gridwork = step("gridwork, release build", || build::gridwork(Build::People))?;
    Run::new(gridwork).arg("bench").args(args).replace()
}

fn shots(args: &[String]) -> Result<()> {
    step("what the screenshots need", || {
        needs::check(&[needs::postgres, needs::chromium, needs::chinese_font])
    })?;
    step("npm packages", web::install)?;
    step("web faces", web::build_if_changed)?;
    let gridwork = step("gridwork, test build", || build::gridwork(Build::Tests))?;
    step("screenshots", || {
        let npm = web::npm(["run", "shots", "--"]).args(args);
        npm.env("GRIDWORK_BIN", gridwork)
            .env("CHROMIUM", needs::found_chromium()?)
            .run()
    })
}

fn bless(args: &[String]) -> Result<()> {
    step("what the tests need", || needs::check(&[needs::postgres]))?;
    build::placeholders()?;
    step("tests, writing what they compare with", || {
        build::bless(args)
    })
}
