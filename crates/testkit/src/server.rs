//! The server tests run on: the one that is named, or a private one as long as this process lives.

use std::path::{Path, PathBuf};
use std::sync::{OnceLock, mpsc};

use private_postgres::{Cluster, Mode};

/// Names a server on which databases and roles may be created.
const NAMED: &str = "GRIDWORK_TEST_DATABASE_URL";
const FOLDER: &str = "gridwork-test-";

static ADDRESS: OnceLock<String> = OnceLock::new();

/// The address of the server, started at the first call when none is named.
pub(crate) fn address() -> String {
    let private = || ADDRESS.get_or_init(start_private).clone();
    std::env::var(NAMED)
        .ok()
        .filter(|url| !url.is_empty())
        .unwrap_or_else(private)
}

/// Starts a cluster in a thread that never ends: PostgreSQL is told to stop when the thread that
/// started it does, and a test's own thread ends with the test.
fn start_private() -> String {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let folder = std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()));
        remove_left_behind();
        match Cluster::start(&folder, Mode::Test, &mut |_| {}) {
            Ok(cluster) => {
                let _ = tell.send(Ok(cluster.url("postgres")));
                loop {
                    std::thread::park();
                }
            }
            Err(error) => drop(tell.send(Err(error.to_string()))),
        }
    });
    match told.recv() {
        Ok(Ok(url)) => url,
        Ok(Err(why)) => panic!("{why}; or name a server with {NAMED}"),
        Err(_) => panic!("the private server did not start; name one with {NAMED}"),
    }
}

/// Removes folders of test processes that are gone.
fn remove_left_behind() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    let folders = entries
        .flatten()
        .map(|e| e.path())
        .filter(|path| process_gone(path));
    folders.for_each(|folder: PathBuf| drop(std::fs::remove_dir_all(folder)));
}

/// Whether `folder` is a test process's and neither it nor its PostgreSQL runs.
fn process_gone(folder: &Path) -> bool {
    let name = folder
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    let Some(pid) = name.strip_prefix(FOLDER) else {
        return false;
    };
    let runs = |pid: &str| Path::new("/proc").join(pid).exists();
    let held = std::fs::read_to_string(folder.join("postgres/data/postmaster.pid"));
    let postgres = held
        .ok()
        .and_then(|text| text.lines().next().map(str::to_owned));
    !runs(pid) && !postgres.is_some_and(|pid| runs(&pid))
}
