//! What was measured, as one table.

use std::fmt::Write;

/// One line: what, how much of it, what came out, what should.
#[derive(Debug, Clone)]
pub struct Line {
    /// The part it belongs to.
    pub part: &'static str,
    /// What was measured.
    pub what: String,
    /// How much there was of it.
    pub sizes: String,
    /// What came out.
    pub measured: String,
    /// What should; empty where nothing was asked for.
    pub target: String,
    /// Whether it did.
    pub met: Option<bool>,
}

/// The whole document.
#[must_use]
pub fn document(machine: &[(String, String)], lines: &[Line], quick: bool) -> String {
    let mut out = String::from(
        "# Benchmarks 测量\n\n\
         Written by `cargo xtask bench`; do not edit by hand. Everything runs in one process on one machine, on a\n\
         schematic city of real size, with a PostgreSQL of its own that keeps what it acknowledges (`fsync` on).\n\
         How each number comes about is in `crates/server/src/bench/`; the ceiling of the intake is `bench/intake.sql`.\n\n",
    );
    if quick {
        out.push_str("**A quick run: small sizes, short times. It shows that the program works, no more.**\n\n");
    }
    out.push_str("## The machine\n\n| | |\n|---|---|\n");
    for (what, value) in machine {
        let _ = writeln!(out, "| {what} | {value} |");
    }
    out.push_str("\n## The table\n\n| | what | sizes | measured | target | met |\n|---|---|---|---|---|---|\n");
    for line in lines {
        let met = match line.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {met} |",
            line.part, line.what, line.sizes, line.measured, line.target
        );
    }
    out
}
