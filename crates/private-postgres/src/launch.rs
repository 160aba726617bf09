//! Making a cluster and starting PostgreSQL on it.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::unistd::{User, setgid, setgroups, setuid};

use crate::{Binaries, Error, Mode, OWNER, file};

/// One start: which programs, where, as whom, how careful.
pub struct Launch<'a> {
    pub binaries: &'a Binaries,
    pub root: &'a Path,
    pub data: &'a Path,
    pub user: Option<&'a User>,
    pub mode: Mode,
}

impl Launch<'_> {
    /// Refuses data that another major version made.
    pub fn check_version(&self) -> Result<(), Error> {
        let Ok(made) = fs::read_to_string(self.data.join("PG_VERSION")) else {
            return Ok(());
        };
        let made = made.trim().to_owned();
        if made == self.binaries.major.to_string() {
            return Ok(());
        }
        Err(Error::OtherVersion(
            self.root.to_owned(),
            made,
            self.binaries.major,
        ))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.folder.join(program));
        command
            .current_dir(self.root)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        guard(&mut command, self.user);
        command
    }

    /// Makes an empty cluster.
    pub fn init(&self) -> Result<(), Error> {
        // Made aside and renamed, so that one half made is never taken for a whole one.
        let aside = self.root.join("data.new");
        let _ = fs::remove_dir_all(&aside);
        let mut command = self.command("initdb");
        command.arg("-D").arg(&aside).args([
            "-U",
            OWNER,
            "-A",
            "peer",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
        ]);
        if self.mode == Mode::Test {
            command.arg("--no-sync");
        }
        let out = command
            .output()
            .map_err(|e| Error::Step("initdb", e.to_string()))?;
        if !out.status.success() {
            return Err(Error::Step(
                "initdb",
                String::from_utf8_lossy(&out.stderr).into_owned(),
            ));
        }
        // Whoever may enter the socket's folder (mode 0700) is the owner or root.
        let hba = aside.join("pg_hba.conf");
        file("writing", &hba, fs::write(&hba, "local all all trust\n"))?;
        file("keeping", &hba, sync(&hba))?;
        file("placing", self.data, fs::rename(&aside, self.data))?;
        file("keeping", self.root, sync(self.root))
    }

    /// Starts PostgreSQL; it does not take connections yet.
    pub fn postgres(&self, socket: &Path) -> Result<Child, Error> {
        let path = self.root.join("postgres.log");
        let mut options = fs::OpenOptions::new();
        // The folder is the database user's: root follows no link that user may have laid.
        options
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW);
        let log = file("opening", &path, options.open(&path))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data).arg("-k").arg(socket);
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        command
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| Error::Step("postgres", e.to_string()))
    }

    fn settings(&self) -> Vec<String> {
        let memory = memory_mb();
        let (buffers, more): (_, &[&str]) = match self.mode {
            Mode::Durable => (buffers_mb(memory), &["max_connections=80"]),
            Mode::Test => (
                256,
                &[
                    "max_connections=200",
                    "fsync=off",
                    "synchronous_commit=off",
                    "full_page_writes=off",
                    "autovacuum=off",
                ],
            ),
        };
        let mut settings = vec![
            format!("shared_buffers={buffers}MB"),
            format!("effective_cache_size={}MB", (memory / 2).max(1024)),
        ];
        let plain = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "work_mem=16MB",
            "maintenance_work_mem=256MB",
            "random_page_cost=1.1",
            "timezone=UTC",
            "log_timezone=UTC",
            "jit=off",
            "wal_compression=on",
            "checkpoint_timeout=15min",
            "max_wal_size=2GB",
        ];
        settings.extend(plain.iter().chain(more).map(|s| (*s).to_owned()));
        settings
    }
}

/// What PostgreSQL keeps in its own memory: an eighth of the machine's, for the program and the files'
/// cache live beside it; at least 128 MB, at most 4 GB.
fn buffers_mb(memory: u64) -> u64 {
    (memory / 8).clamp(128, 4096)
}

/// The machine's memory in MB, or what its control group allows; 2 GB when neither says.
fn memory_mb() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|l| l.starts_with("MemTotal:"))?;
        let kb: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kb / 1024)
    });
    let allowed = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok())
        .map(|bytes| bytes >> 20);
    let least = [machine, allowed].into_iter().flatten().min();
    least.unwrap_or(2048)
}

#[cfg(test)]
#[test]
fn the_databases_memory_follows_the_machines_within_bounds() {
    let given = [512, 2048, 24_000, 512_000].map(buffers_mb);
    assert_eq!(given, [128, 256, 3000, 4096]);
    assert!(memory_mb() > 0);
}

/// Makes a file or folder outlive a power cut.
fn sync(path: &Path) -> std::io::Result<()> {
    fs::File::open(path)?.sync_all()
}

/// Between fork and exec: drop privileges, die with the parent, leave the terminal's group.
#[expect(
    unsafe_code,
    reason = "pre_exec runs between fork and exec and calls only async-signal-safe functions"
)]
fn guard(command: &mut Command, user: Option<&User>) {
    let drop_to = user.map(|u| (u.uid, u.gid));
    let parent = std::process::id();
    // SAFETY: setgroups, setgid, setuid, prctl, setsid and getppid are async-signal-safe; nothing allocates.
    unsafe {
        command.pre_exec(move || {
            if let Some((uid, gid)) = drop_to {
                setgroups(&[])?;
                setgid(gid)?;
                setuid(uid)?;
            }
            // After setuid: a change of credentials clears it. Fast shutdown when the parent is gone.
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGINT) != 0 {
                return Err(std::io::Error::last_os_error());
            }
            // Ctrl-C at the terminal must not reach PostgreSQL before the server has drained.
            libc::setsid();
            if libc::getppid().unsigned_abs() != parent {
                return Err(std::io::Error::other("the parent is gone"));
            }
            Ok(())
        });
    }
}
