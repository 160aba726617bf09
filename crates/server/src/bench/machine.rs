//! The machine the numbers come from.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{PgConnection, Row as _};

use super::times::{Times, shown};

/// Describes processor, memory, system, disk and database, a line each.
///
/// # Errors
/// When the database does not answer or nothing can be written to `folder`.
pub async fn describe(
    conn: &mut PgConnection,
    folder: &Path,
) -> anyhow::Result<Vec<(String, String)>> {
    let mut lines = Vec::new();
    let mut add = |what: &str, value: String| lines.push((what.to_owned(), value));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into());
    add("Processor", format!("{model}, {cores} cores"));
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|m| m.split(' ').next()?.parse::<f64>().ok())
        .unwrap_or_default();
    add("Memory", format!("{:.1} GB", memory / 1024.0 / 1024.0));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system
        .lines()
        .find_map(|l| l.strip_prefix("PRETTY_NAME="))
        .unwrap_or_default();
    add(
        "System",
        format!("{}, Linux {}", system.trim_matches('"'), kernel.trim()),
    );
    let disk = disk(folder)?;
    add(
        "Disk",
        format!(
            "8 kB written and kept (`fdatasync`): p50 {} ms, p99 {} ms",
            shown(disk.ms(50.0)),
            shown(disk.ms(99.0))
        ),
    );
    add("PostgreSQL", postgres(conn).await?);
    add(
        "Gridwork",
        format!("{}, release build", env!("CARGO_PKG_VERSION")),
    );
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    add(
        "Load when it began",
        load.split(' ').take(3).collect::<Vec<_>>().join(" "),
    );
    let at = kernel::Clock::default().now();
    add(
        "When",
        at.to_string().chars().take(16).collect::<String>() + "Z",
    );
    Ok(lines)
}

async fn postgres(conn: &mut PgConnection) -> anyhow::Result<String> {
    let mut said = Vec::new();
    for name in [
        "server_version",
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "wal_sync_method",
        "shared_buffers",
        "max_wal_size",
    ] {
        let row = sqlx::query("select current_setting($1)")
            .bind(name)
            .fetch_one(&mut *conn)
            .await?;
        let value: String = row.try_get(0)?;
        said.push(if name == "server_version" {
            value
        } else {
            format!("{name} {value}")
        });
    }
    Ok(said.join(", ") + ", over a unix socket")
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|l| l.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// How long the disk takes to keep a page of PostgreSQL's.
fn disk(folder: &Path) -> anyhow::Result<Times> {
    let path = folder.join("kept");
    let mut file = std::fs::File::create(&path)?;
    let page = [0x5A_u8; 8192];
    let (since, mut times) = (Instant::now(), Times::default());
    while since.elapsed() < Duration::from_secs(1) {
        let begun = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(times)
}
