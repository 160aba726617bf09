//! `gridwork bench`: how fast, how large, how soon; measured on this machine, told in one table.
//!
//! It lays the demo's net, units and people on a private PostgreSQL in a folder of its own, serves them on a
//! real listener in this process, and asks as browsers would. Nothing is simulated but the reports.

mod dice;
mod idle;
mod import;
mod intake;
mod lists;
mod live;
mod locate;
mod machine;
mod many;
mod matters;
mod net;
mod people;
mod stand;
mod table;
mod tiles;
mod times;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::{Args, ValueEnum};

use stand::Stand;
use table::Line;

/// Where a whole run is written.
const DOCUMENT: &str = "docs/benchmarks.md";

/// A part that can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Reports per second beside pgbench
    Intake,
    /// Point → grid, swap of the net
    Locate,
    /// The whole net from and into files
    Import,
    /// Topology of the net, edits of a draft, a draft taking effect
    Net,
    /// The work list over a million cases
    Lists,
    /// Catalogue sheet, routing tried on a year of cases, burden board
    Matters,
    /// Vector tiles of grids and of open cases
    Tiles,
    /// One event to five thousand listeners
    Live,
    /// Seventeen thousand people from a spreadsheet
    People,
    /// Memory at rest, time from start to the first answer
    Idle,
}

/// What is measured, and how.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Measure only these, comma-separated
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Small sizes and short times: to try the program, not the machine
    #[arg(long)]
    quick: bool,
    /// An empty folder for the cluster; else one among the temporary files. It is removed afterwards
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the table is written; a whole run writes docs/benchmarks.md
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What the parts share.
#[derive(Debug)]
pub struct Bench {
    quick: bool,
    folder: PathBuf,
    begun: Instant,
    lines: Vec<Line>,
}

impl Bench {
    /// `whole`, or `quick` in a quick run.
    fn size(&self, whole: usize, quick: usize) -> usize {
        if self.quick { quick } else { whole }
    }

    fn say(&self, what: &str) {
        eprintln!("» [{:>6.1} s] {what}", self.begun.elapsed().as_secs_f64());
    }

    fn line(
        &mut self,
        part: &'static str,
        what: &str,
        sizes: &str,
        measured: String,
        target: &str,
        met: Option<bool>,
    ) {
        self.say(&format!("{part}: {what}: {measured}"));
        self.lines.push(Line {
            part,
            what: what.to_owned(),
            sizes: sizes.to_owned(),
            measured,
            target: target.to_owned(),
            met,
        });
    }
}

/// Measures and tells. Call it on the main thread: the private PostgreSQL ends with the thread.
///
/// # Errors
/// When the city cannot be laid, an answer is wrong, or the table cannot be written.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let folder = match &options.data {
        Some(data) => data.clone(),
        None => std::env::temp_dir().join(format!("gridwork-bench-{}", std::process::id())),
    };
    let used = folder.exists() && std::fs::read_dir(&folder)?.next().is_some();
    anyhow::ensure!(!used, "{} is not empty", folder.display());
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let done = measured(options, &folder).await;
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    let document = done?;
    println!("{document}");
    let whole = options.only.is_empty() && !options.quick;
    if let Some(out) = options.out.clone().or(whole.then(|| DOCUMENT.into())) {
        if let Some(parent) = out.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&out, document).with_context(|| format!("writing {}", out.display()))?;
        eprintln!("» written to {}", out.display());
    }
    Ok(())
}

async fn measured(options: &Options, folder: &Path) -> anyhow::Result<String> {
    let mut bench = Bench {
        quick: options.quick,
        folder: folder.to_owned(),
        begun: Instant::now(),
        lines: Vec::new(),
    };
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let begun = bench.begun;
    let mut say = |line: &str| eprintln!("» [{:>6.1} s] {line}", begun.elapsed().as_secs_f64());
    let stand = Stand::raise(&folder.join("city"), &mut say).await?;
    let machine = machine::describe(&mut stand.conn().await?, folder).await?;
    if wanted(Part::Intake) {
        intake::measure(&mut bench, &stand).await?;
    }
    if wanted(Part::Locate) {
        locate::measure(&mut bench, &stand).await?;
    }
    if wanted(Part::Import) {
        import::measure(&mut bench, &stand).await?;
    }
    if wanted(Part::Net) {
        net::measure(&mut bench, &stand).await?;
    }
    let matters = wanted(Part::Matters);
    let (lists, map) = (
        wanted(Part::Lists),
        wanted(Part::Tiles) || wanted(Part::Idle),
    );
    if lists || map || matters {
        many::history(&bench, &stand).await?;
    }
    if lists {
        many::copy(&bench, &stand).await?;
        lists::measure(&mut bench, &stand).await?;
    }
    if matters {
        matters::measure(&mut bench, &stand).await?;
    }
    if map {
        many::copy_open(&bench, &stand).await?;
    }
    if wanted(Part::Tiles) {
        tiles::measure(&mut bench, &stand).await?;
    }
    if wanted(Part::Live) {
        live::measure(&mut bench, &stand).await?;
    }
    if wanted(Part::People) {
        people::measure(&mut bench, &stand).await?;
    }
    let settings = stand.settings.clone();
    stand.fall().await;
    if wanted(Part::Idle) {
        idle::measure(&mut bench, &settings).await?;
    }
    Ok(table::document(&machine, &bench.lines, options.quick))
}
