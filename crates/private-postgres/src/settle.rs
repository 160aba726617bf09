//! What a killed run leaves behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Error;

/// How long an orphan is asked to stop before PostgreSQL is told to stop at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long processes without their first one may take to notice.
const STRAGGLING: Duration = Duration::from_secs(2);
/// After this the start is given up.
const GIVE_UP: Duration = Duration::from_secs(60);

/// Every process of a cluster works in its data folder. Asks a live orphan to stop, waits for its
/// children to go, and only when nobody is left drops a pid file that names a process gone or not reaped.
pub fn settle(data: &Path, socket: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), Error> {
    let pid_file = data.join("postmaster.pid");
    let since = Instant::now();
    let mut sent: Option<Signal> = None;
    while let Ok(text) = fs::read_to_string(&pid_file) {
        let pid: i32 = text
            .lines()
            .next()
            .and_then(|l| l.trim().parse().ok())
            .unwrap_or(0);
        let holders = holders(data);
        if holders.is_empty() {
            clear(&pid_file, socket);
            return Ok(());
        }
        if since.elapsed() > GIVE_UP {
            return Err(Error::Held(pid, data.to_owned()));
        }
        if sent.is_none() {
            progress("waiting for the PostgreSQL of an earlier run to end");
        }
        let orphan = holders.contains(&pid);
        let signal = match (orphan, since.elapsed()) {
            (true, waited) if waited < PATIENCE => Signal::SIGINT,
            (true, _) => Signal::SIGQUIT,
            // Without the first process what they do is lost already; they only have to go.
            (false, waited) if waited < STRAGGLING => Signal::SIGTERM,
            (false, _) => Signal::SIGKILL,
        };
        if sent != Some(signal) {
            let whom = if orphan { vec![pid] } else { holders };
            for pid in whom {
                let _ = kill(Pid::from_raw(pid), signal);
            }
            sent = Some(signal);
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

/// The PostgreSQL processes that work in `data`; one that ended but was not reaped is none.
fn holders(data: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data)
                && is_postgres(*pid)
        })
        .collect()
}

/// A shell that stands in the folder is none of ours.
fn is_postgres(pid: i32) -> bool {
    fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| {
        exe.file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with("postgres"))
    })
}
