//! A private PostgreSQL cluster in a folder: made, started, guarded and stopped by this program.
//!
//! It listens on a unix socket in a folder only its owner can enter, so nobody else can reach it and
//! it needs no password. It dies with its parent, is recovered after a kill, and a second start on the
//! same folder is refused. As root, PostgreSQL runs as an unprivileged user; where that user cannot enter
//! the folder, [`Cluster::place`] is below `/var/lib/gridwork` instead.

mod binaries;
mod place;
mod settle;

#[cfg(test)]
mod tests;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, chown, getuid, setgroups};

pub use binaries::{Binaries, MINIMUM};

/// The superuser of a private cluster.
pub const OWNER: &str = "gridwork";

/// Why a cluster could not be started. Each text tells what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No PostgreSQL server of at least version 15 was found.
    #[error("PostgreSQL {MINIMUM} or newer was not found; install it with: apt-get install postgresql, or set DATABASE_URL")]
    NoBinaries,
    /// Root, but no unprivileged user to run as.
    #[error("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")]
    NoUser,
    /// Another program uses the folder.
    #[error("another gridwork uses {0}; stop it first or choose another --data folder")]
    InUse(PathBuf),
    /// A PostgreSQL of an earlier run will not go away.
    #[error("the PostgreSQL process {0} of an earlier run still holds {1}; end it and try again")]
    Held(i32, PathBuf),
    /// The cluster was made by another major version.
    #[error("the data in {0} was made by PostgreSQL {1}, but {2} was found; install version {1} or choose another --data folder")]
    OtherVersion(PathBuf, String, u32),
    /// A step failed; the text is what the program said.
    #[error("{0} failed: {1}")]
    Step(&'static str, String),
    /// PostgreSQL did not come up.
    #[error("PostgreSQL did not start; see {0}")]
    NotReady(PathBuf),
    /// A file could not be read or written.
    #[error("{0}")]
    File(String, #[source] std::io::Error),
}

/// How careful the cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What is acknowledged is on disk.
    Durable,
    /// For tests: fast, and worthless after a crash.
    Test,
}

/// A running cluster. Dropping it stops PostgreSQL.
#[derive(Debug)]
pub struct Cluster {
    child: Child,
    socket: PathBuf,
    place: PathBuf,
    moved: bool,
    binaries: Binaries,
    _lock: Flock<fs::File>,
}

pub(crate) fn file<T>(what: &str, path: &Path, result: std::io::Result<T>) -> Result<T, Error> {
    result.map_err(|e| Error::File(format!("{what} {}: {e}", path.display()), e))
}

impl Cluster {
    /// Starts the cluster in `folder`, making it first when it is not there.
    ///
    /// Call it from the main thread: PostgreSQL is told to stop when the *thread* that started it ends.
    /// `progress` is given a line for every step that may take long.
    ///
    /// # Errors
    /// [`Error`]; nothing is left running.
    pub fn start(folder: &Path, mode: Mode, progress: &mut dyn FnMut(&str)) -> Result<Self, Error> {
        let binaries = Binaries::find().ok_or(Error::NoBinaries)?;
        let user = place::run_as()?;
        let (root, moved) = place::choose(folder, user.as_ref())?;
        let (data, socket) = (root.join("data"), place::socket(&root)?);
        for folder in [&root, &socket] {
            own(folder, user.as_ref())?;
        }
        let lock = lock(&root)?;
        settle::settle(&data, &socket)?;
        let made = Maker { binaries: &binaries, root: &root, data: &data, user: user.as_ref(), mode };
        made.check_version()?;
        if !data.join("PG_VERSION").exists() {
            progress("making a PostgreSQL cluster");
            made.init()?;
        }
        progress("starting PostgreSQL");
        let child = made.launch(&socket)?;
        let mut cluster = Self { child, socket, place: root, moved, binaries, _lock: lock };
        cluster.wait_ready(&data)?;
        Ok(cluster)
    }

    /// The address of database `db` for the owner, as sqlx reads it.
    #[must_use]
    pub fn url(&self, db: &str) -> String {
        self.url_as(OWNER, db)
    }

    /// The address of database `db` for `user`.
    #[must_use]
    pub fn url_as(&self, user: &str, db: &str) -> String {
        let host = self.socket.display().to_string().replace('/', "%2F");
        format!("postgres:///{db}?host={host}&user={user}")
    }

    /// Where the cluster stands.
    #[must_use]
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Whether it stands elsewhere than asked, since the unprivileged user cannot enter the folder.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.moved
    }

    /// Where its socket stands.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The programs it is run with.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The process id of PostgreSQL's first process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether PostgreSQL still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops PostgreSQL: transactions are ended, everything is on disk when it returns.
    pub fn stop(self) {
        drop(self);
    }

    fn wait_ready(&mut self, data: &Path) -> Result<(), Error> {
        let socket = self.socket.join(".s.PGSQL.5432");
        let log = self.place.join("postgres.log");
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(120) {
            if !self.alive() {
                return Err(Error::NotReady(log));
            }
            // The eighth line of postmaster.pid turns to "ready" when connections are taken.
            let ready = fs::read_to_string(data.join("postmaster.pid"))
                .is_ok_and(|s| s.lines().nth(7).is_some_and(|l| l.trim() == "ready"));
            if ready && UnixStream::connect(&socket).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(15));
        }
        Err(Error::NotReady(log))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Ok(pid) = i32::try_from(self.child.id()).map(Pid::from_raw) else { return };
        // Fast, immediate, last resort.
        for (signal, seconds) in [(Signal::SIGINT, 20), (Signal::SIGQUIT, 5), (Signal::SIGKILL, 5)] {
            let _ = kill(pid, signal);
            let since = Instant::now();
            while since.elapsed() < Duration::from_secs(seconds) {
                if !self.alive() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

fn lock(root: &Path) -> Result<Flock<fs::File>, Error> {
    let path = root.join("lock");
    let open = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let handle = file("opening", &path, open)?;
    Flock::lock(handle, FlockArg::LockExclusiveNonblock).map_err(|_| Error::InUse(root.to_owned()))
}

/// Makes `folder` enterable by its owner alone.
fn own(folder: &Path, user: Option<&User>) -> Result<(), Error> {
    file("making", folder, fs::create_dir_all(folder))?;
    file("guarding", folder, fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))?;
    if let Some(user) = user {
        chown(folder, Some(user.uid), Some(user.gid))
            .map_err(|e| Error::Step("giving the folder to the database user", e.to_string()))?;
    }
    Ok(())
}

struct Maker<'a> {
    binaries: &'a Binaries,
    root: &'a Path,
    data: &'a Path,
    user: Option<&'a User>,
    mode: Mode,
}

impl Maker<'_> {
    fn check_version(&self) -> Result<(), Error> {
        let Ok(made) = fs::read_to_string(self.data.join("PG_VERSION")) else { return Ok(()) };
        let made = made.trim().to_owned();
        if made == self.binaries.major.to_string() {
            return Ok(());
        }
        Err(Error::OtherVersion(self.root.to_owned(), made, self.binaries.major))
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

    fn init(&self) -> Result<(), Error> {
        // Made aside and renamed, so that one half made is never taken for a whole one.
        let aside = self.root.join("data.new");
        let _ = fs::remove_dir_all(&aside);
        let mut command = self.command("initdb");
        command.arg("-D").arg(&aside).args([
            "-U", OWNER, "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums",
            "--no-instructions",
        ]);
        if self.mode == Mode::Test {
            command.arg("--no-sync");
        }
        let out = command.output().map_err(|e| Error::Step("initdb", e.to_string()))?;
        if !out.status.success() {
            return Err(Error::Step("initdb", String::from_utf8_lossy(&out.stderr).into_owned()));
        }
        // Whoever may enter the socket's folder (mode 0700) is the owner or root.
        let hba = aside.join("pg_hba.conf");
        file("writing", &hba, fs::write(&hba, "local all all trust\n"))?;
        file("placing", self.data, fs::rename(&aside, self.data))
    }

    fn launch(&self, socket: &Path) -> Result<Child, Error> {
        let path = self.root.join("postgres.log");
        let open = fs::OpenOptions::new().create(true).append(true).open(&path);
        let log = file("opening", &path, open)?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data).arg("-k").arg(socket);
        for setting in self.settings() {
            command.args(["-c", setting]);
        }
        command
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| Error::Step("postgres", e.to_string()))
    }

    fn settings(&self) -> Vec<&'static str> {
        let mut settings = vec![
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "shared_buffers=256MB",
            "work_mem=16MB",
            "maintenance_work_mem=256MB",
            "effective_cache_size=1GB",
            "random_page_cost=1.1",
            "timezone=UTC",
            "log_timezone=UTC",
            "jit=off",
            "wal_compression=on",
            "checkpoint_timeout=15min",
            "max_wal_size=2GB",
        ];
        match self.mode {
            Mode::Durable => settings.push("max_connections=100"),
            Mode::Test => settings.extend([
                "max_connections=300",
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "autovacuum=off",
            ]),
        }
        settings
    }
}

/// Between fork and exec: drop privileges, die with the parent, leave the terminal's group.
#[expect(unsafe_code, reason = "pre_exec runs between fork and exec and calls only async-signal-safe functions")]
fn guard(command: &mut Command, user: Option<&User>) {
    let drop_to = user.map(|u| (u.uid, u.gid));
    let parent = std::process::id();
    // SAFETY: setgroups, setgid, setuid, prctl, setsid and getppid are async-signal-safe; nothing allocates.
    unsafe {
        command.pre_exec(move || {
            if let Some((uid, gid)) = drop_to {
                setgroups(&[])?;
                nix::unistd::setgid(gid)?;
                nix::unistd::setuid(uid)?;
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

/// Whether this process is root, so that PostgreSQL must run as another user.
#[must_use]
pub fn is_root() -> bool {
    getuid().is_root()
}
