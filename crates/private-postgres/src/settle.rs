//! What a killed run leaves behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Error;

/// Every process of a cluster works in its data folder. Asks a live orphan to stop, waits for its
/// children to go, and only when nobody is left drops a pid file that names a process gone or not reaped.
pub fn settle(data: &Path, socket: &Path) -> Result<(), Error> {
    let pid_file = data.join("postmaster.pid");
    let since = Instant::now();
    let mut asked = false;
    while let Ok(text) = fs::read_to_string(&pid_file) {
        let pid: i32 = text.lines().next().and_then(|l| l.trim().parse().ok()).unwrap_or(0);
        let holders = holders(data);
        if holders.contains(&pid) {
            if !asked {
                let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
                asked = true;
            }
        } else if holders.is_empty() {
            clear(&pid_file, socket);
            return Ok(());
        }
        if since.elapsed() > Duration::from_secs(60) {
            return Err(Error::Held(pid, data.to_owned()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn clear(pid_file: &Path, socket: &Path) {
    let _ = fs::remove_file(pid_file);
    for name in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
        let _ = fs::remove_file(socket.join(name));
    }
}

fn holders(data: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse().ok())
        .filter(|p| fs::read_link(format!("/proc/{p}/cwd")).is_ok_and(|cwd| cwd == data))
        .collect()
}
