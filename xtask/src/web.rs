//! The web faces: packages, builds, tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

use crate::needs;
use crate::run::{Run, root};

/// The npm whose `ci` takes a lock that leaves out programs for other machines; 11 refuses it.
const NPM: &str = "npm@10.9.9";

/// The folder of the web faces.
pub fn folder() -> PathBuf {
    root().join("web")
}

/// npm in the folder of the web faces.
pub fn npm<const N: usize>(args: [&str; N]) -> Run {
    Run::new("npm").within(&folder()).args(args)
}

/// Fails when the faces' sources are not there.
///
/// # Errors
/// They are not.
pub fn present() -> Result<()> {
    if !folder().join("package.json").exists() {
        bail!("web/package.json is missing: this is not the whole repository");
    }
    Ok(())
}

/// Installs the npm packages of the lock, unless they are there.
///
/// # Errors
/// npm failed, both ways.
pub fn install() -> Result<()> {
    present()?;
    let lock = folder().join("package-lock.json");
    let wanted = fs::read_to_string(&lock).context("reading web/package-lock.json")?;
    // The lock itself is the mark: it stands in node_modules only when an install went through.
    let mark = folder().join("node_modules/.gridwork-stamp");
    let there = match fs::read_to_string(&mark) {
        Ok(installed) => installed == wanted,
        Err(_) => newer(&folder().join("node_modules/.package-lock.json"), &lock),
    };
    if !there {
        let old = needs::npm_major().is_some_and(|major| major <= 10);
        let ci = if old {
            npm(["ci"])
        } else {
            Run::new("npx").within(&folder()).args(["-y", NPM, "ci"])
        };
        if let Err(reason) = ci.run() {
            eprintln!("  {reason:#}; trying npm install");
            npm(["install", "--no-save", "--prefer-offline"]).run()?;
        }
    }
    fs::write(&mark, wanted).context("marking web/node_modules")
}

fn newer(left: &Path, right: &Path) -> bool {
    let at = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
    matches!((at(left), at(right)), (Ok(left), Ok(right)) if left >= right)
}

/// Type-checks and builds the faces into `web/dist`.
///
/// # Errors
/// The build failed.
pub fn build() -> Result<()> {
    present()?;
    let sources = sources()?;
    npm(["run", "build"]).run()?;
    fs::write(built_mark(), sources).context("marking web/dist")
}

/// [`build`], unless nothing changed since the last.
///
/// # Errors
/// As [`build`].
pub fn build_if_changed() -> Result<()> {
    present()?;
    let built =
        fs::read_to_string(built_mark()).is_ok_and(|last| sources().is_ok_and(|s| s == last));
    let there = ["citizen", "desk", "field"]
        .iter()
        .all(|face| folder().join("dist").join(face).join("index.html").exists());
    if built && there {
        eprintln!("  nothing changed since the last build");
        return Ok(());
    }
    build()
}

/// Not in `web/dist`, which goes into the binary.
fn built_mark() -> PathBuf {
    folder().join("node_modules/.gridwork-built")
}

/// Every source of the faces with its size and time, one a line.
fn sources() -> Result<String> {
    let mut lines = Vec::new();
    collect(&folder(), &mut lines)?;
    collect(&root().join("data/messages"), &mut lines)?;
    lines.sort();
    Ok(lines.join("\n"))
}

fn collect(folder: &Path, lines: &mut Vec<String>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("reading {}", folder.display()))?,
    };
    for entry in entries {
        let entry = entry?;
        let meta = entry.metadata()?;
        let name = entry.file_name();
        if meta.is_dir() {
            let made = ["node_modules", "dist", "dev-dist", "e2e"]
                .iter()
                .any(|made| name == *made);
            if !made {
                collect(&entry.path(), lines)?;
            }
        } else {
            let at = meta
                .modified()?
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or(Duration::ZERO);
            lines.push(format!(
                "{} {} {}",
                entry.path().display(),
                meta.len(),
                at.as_nanos()
            ));
        }
    }
    Ok(())
}
