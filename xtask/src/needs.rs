//! What must be on the machine.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Result, bail};
use private_postgres::{Binaries, MINIMUM};

use crate::debian;
use crate::run::{Run, on_the_path};

/// The oldest Node that will do.
const NODE: u32 = 20;

/// Something Debian has a package for: the package, or nothing when what it brings is there.
pub type Need = fn() -> Option<&'static str>;

/// PostgreSQL's server; the package is the newest the distribution has.
pub fn postgres() -> Option<&'static str> {
    Binaries::find().is_none().then_some("postgresql")
}

/// A browser for the browser tests.
pub fn chromium() -> Option<&'static str> {
    found_chromium().is_err().then_some("chromium")
}

/// A font with Chinese characters, without which pages are boxes.
pub fn chinese_font() -> Option<&'static str> {
    // fc-list is a package of its own that a browser does not bring.
    let installed = Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists();
    let listed = || Run::new("fc-list").args([":lang=zh", "family"]).says();
    let there = installed || listed().is_some_and(|families| !families.is_empty());
    (!there).then_some("fonts-noto-cjk")
}

/// Checks the compiler and Node, and installs what Debian has packages for.
///
/// # Errors
/// Something is missing; the text has the line to run.
pub fn check(needs: &[Need]) -> Result<()> {
    compiler()?;
    node()?;
    let missing: Vec<_> = needs.iter().filter_map(|need| need()).collect();
    if !missing.is_empty() {
        debian::install(&missing)?;
    }
    let still: Vec<_> = needs.iter().filter_map(|need| need()).collect();
    if !still.is_empty() {
        bail!(
            "{} was installed and is still not usable: PostgreSQL's server must be {MINIMUM} or newer \
             (postgresql.org has packages where the distribution's is older), Chromium must be a \
             program on the path",
            still.join(", ")
        );
    }
    if let Some(found) = Binaries::find() {
        eprintln!("  PostgreSQL {} in {}", found.major, found.folder.display());
    }
    Ok(())
}

/// Chromium, or what `CHROMIUM` names.
///
/// # Errors
/// There is none.
pub fn found_chromium() -> Result<OsString> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named);
    }
    match ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(on_the_path)
    {
        Some(found) => Ok(found),
        None => bail!("Chromium is missing; run: {}", debian::line(&["chromium"])),
    }
}

fn compiler() -> Result<()> {
    if on_the_path("cc").is_none() {
        bail!(
            "a C compiler is missing; run: {}",
            debian::line(&["build-essential"])
        );
    }
    Ok(())
}

fn node() -> Result<()> {
    let Some(said) = Run::new("node").arg("--version").says() else {
        bail!(
            "Node {NODE} or newer is missing; run: {}",
            debian::line(&["nodejs", "npm"])
        );
    };
    match major(&said) {
        Some(found) if found >= NODE => {}
        _ => bail!("Node {said} is too old; install {NODE} or newer (nodejs.org has it)"),
    }
    if on_the_path("npm").is_none() {
        bail!("npm is missing; run: {}", debian::line(&["npm"]));
    }
    Ok(())
}

/// The major version of npm.
pub fn npm_major() -> Option<u32> {
    major(&Run::new("npm").arg("--version").says()?)
}

/// The major version in `v20.20.2` or `11.19.1`.
fn major(said: &str) -> Option<u32> {
    let number = said.trim().trim_start_matches('v');
    number.split(['.', '-']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_versions_are_read_as_node_and_npm_say_them() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("11.19.1"), Some(11));
        assert_eq!(major("v23.0.0-nightly2024"), Some(23));
        assert_eq!(major("22"), Some(22));
        assert_eq!(major(""), None);
        assert_eq!(major("not found"), None);
    }
}
