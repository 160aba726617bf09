//! A private PostgreSQL cluster in a folder: made, started, guarded and stopped by this program.
//!
//! It listens on a unix socket in a folder only its owner can enter, so nobody else can reach it and
//! it needs no password. It dies with its parent, is recovered after a kill, and a second start on the
//! same folder is refused. As root, PostgreSQL runs as an unprivileged user; where that user cannot enter
//! the folder, [`Cluster::place`] is below `/var/lib/gridwork` instead and [`Cluster::moved`] says so.

mod binaries;
mod launch;
mod place;
mod settle;

#[cfg(test)]
mod tests;

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use launch::Launch;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getuid};

pub use binaries::{Binaries, MINIMUM};

/// The superuser of a private cluster.
pub const OWNER: &str = "gridwork";

/// Why a cluster could not be started. Each text tells what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No PostgreSQL server of at least version 15 was found.
    #[error(
        "PostgreSQL {MINIMUM} or newer was not found; install it with: apt-get install postgresql, or set DATABASE_URL"
    )]
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
    #[error(
        "the data in {0} was made by PostgreSQL {1}, but {2} was found; install version {1} or choose another --data folder"
    )]
    OtherVersion(PathBuf, String, u32),
    /// A step failed; the text is what the program said.
    #[error("{0} failed: {1}")]
    Step(&'static str, String),
    /// An earlier start made the data here, but the unprivileged user can no longer enter the folder.
    #[error(
        "the user `{0}` that PostgreSQL runs as cannot enter {1}, where the data stands; give it the right to pass (chmod a+x on the folders above)"
    )]
    Closed(String, PathBuf),
    /// The short folder for the socket belongs to somebody else.
    #[error("{0} is not a folder of ours; remove it and try again")]
    Occupied(PathBuf),
    /// PostgreSQL did not come up; the text is its last word.
    #[error("PostgreSQL did not start: {1} (see {0})")]
    NotReady(PathBuf, String),
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
        place::own(&root, user.as_ref())?;
        let lock = lock(&root)?;
        let (data, socket) = (root.join("data"), place::socket(&root, user.as_ref())?);
        settle::settle(&data, &socket, progress)?;
        let launch = Launch {
            binaries: &binaries,
            root: &root,
            data: &data,
            user: user.as_ref(),
            mode,
        };
        launch.check_version()?;
        if !data.join("PG_VERSION").exists() {
            progress("making a PostgreSQL cluster");
            launch.init()?;
        }
        progress("starting PostgreSQL");
        let child = launch.postgres(&socket)?;
        let mut cluster = Self {
            child,
            socket,
            place: root,
            moved,
            binaries,
            _lock: lock,
        };
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

    /// The folder of `psql`, `pg_dump` and `pgbench` of the version it runs.
    #[must_use]
    pub fn psql_bin_dir(&self) -> &Path {
        &self.binaries.folder
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
                return Err(not_ready(log));
            }
            // The eighth line of postmaster.pid turns to "ready" when connections are taken.
            let ready = fs::read_to_string(data.join("postmaster.pid"))
                .is_ok_and(|s| s.lines().nth(7).is_some_and(|l| l.trim() == "ready"));
            if ready && UnixStream::connect(&socket).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(15));
        }
        Err(not_ready(log))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Ok(pid) = i32::try_from(self.child.id()).map(Pid::from_raw) else {
            return;
        };
        // Fast, immediate, last resort.
        for (signal, seconds) in [
            (Signal::SIGINT, 20),
            (Signal::SIGQUIT, 5),
            (Signal::SIGKILL, 5),
        ] {
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

fn not_ready(log: PathBuf) -> Error {
    let text = fs::read_to_string(&log).unwrap_or_default();
    let telling = text
        .lines()
        .rev()
        .find(|l| l.contains("FATAL:") || l.contains("PANIC:"));
    let last = telling
        .or_else(|| text.lines().next_back())
        .unwrap_or("it said nothing");
    Error::NotReady(log, last.to_owned())
}

fn lock(root: &Path) -> Result<Flock<fs::File>, Error> {
    let path = root.join("lock");
    let mut options = fs::OpenOptions::new();
    options
        .create(true)
        .truncate(false)
        .write(true)
        .custom_flags(libc::O_NOFOLLOW);
    let handle = file("opening", &path, options.open(&path))?;
    Flock::lock(handle, FlockArg::LockExclusiveNonblock).map_err(|_| Error::InUse(root.to_owned()))
}

/// Whether this process is root, so that PostgreSQL must run as another user.
#[must_use]
pub fn is_root() -> bool {
    getuid().is_root()
}
