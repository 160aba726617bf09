//! Installing Debian's packages: as root, or with a sudo that asks for no password.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::run::{Run, on_the_path};

const LISTS: &str = "/var/lib/apt/lists";
const DAY: Duration = Duration::from_hours(24);
/// What Debian reads before it makes and starts a cluster for everybody on the machine.
const CLUSTERS: &str = "/etc/postgresql-common/createcluster.conf";

/// The line somebody types to install `packages`.
pub fn line(packages: &[&str]) -> String {
    let sudo = if private_postgres::is_root() {
        ""
    } else {
        "sudo "
    };
    let packages = packages.join(" ");
    format!("{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {packages}")
}

/// Installs `packages`.
///
/// # Errors
/// We may not, or it failed; the text has the line to run.
pub fn install(packages: &[&str]) -> Result<()> {
    if on_the_path("apt-get").is_none() {
        bail!(
            "missing: {}. This is no Debian or Ubuntu; install what those packages hold there",
            packages.join(", ")
        );
    }
    let may = private_postgres::is_root() || Run::new("sudo").args(["-n", "true"]).says().is_some();
    if !may {
        bail!(
            "missing: {}; run:\n    {}",
            packages.join(", "),
            line(packages)
        );
    }
    if packages.contains(&"postgresql") {
        keep_debian_from_a_cluster()?;
    }
    eprintln!("  installing {}", packages.join(", "));
    let updated = old_lists();
    if updated {
        update()?;
    }
    if apt(packages).is_ok() {
        return Ok(());
    }
    // Lists that are not old may still name files the mirror has replaced.
    if !updated {
        update()?;
    }
    apt(packages).map_err(|e| e.context(format!("try it by hand:\n    {}", line(packages))))
}

fn update() -> Result<()> {
    as_root("apt-get").args(["-q", "update"]).run()
}

fn apt(packages: &[&str]) -> Result<()> {
    as_root("apt-get")
        .args([
            "-q",
            "-y",
            "-o",
            "Dpkg::Options::=--force-confold",
            "-o",
            "Dpkg::Use-Pty=0",
        ])
        .args(["install", "--no-install-recommends"])
        .args(packages)
        .run()
}

/// `program` as root, asking nobody anything and keeping the configuration that is there.
fn as_root(program: &str) -> Run {
    let quiet = ["DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1"];
    let run = if private_postgres::is_root() {
        Run::new("env")
    } else {
        Run::new("sudo").args(["-n", "env"])
    };
    run.args(quiet).arg(program)
}

/// Whether the lists of packages are missing or more than a day old.
fn old_lists() -> bool {
    let Ok(entries) = fs::read_dir(LISTS) else {
        return true;
    };
    let any = entries.flatten().any(|e| {
        let name = e.file_name();
        let name = name.to_string_lossy();
        name.contains("_Packages") || name.ends_with("InRelease")
    });
    // The files carry the mirror's times; the folder carries ours.
    let changed = fs::metadata(LISTS).and_then(|meta| meta.modified());
    !any || changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > DAY))
}

/// We run a cluster of our own: Debian need not make one. A choice already made is kept.
fn keep_debian_from_a_cluster() -> Result<()> {
    if Path::new(CLUSTERS).exists() {
        return Ok(());
    }
    eprintln!("  writing {CLUSTERS}, so that no PostgreSQL is started for the whole machine");
    let script = format!(
        "mkdir -p {} && echo 'create_main_cluster = false' > {CLUSTERS}",
        folder()
    );
    as_root("sh").args(["-c", &script]).run()
}

fn folder() -> &'static str {
    CLUSTERS.rsplit_once('/').expect("an absolute path").0
}
