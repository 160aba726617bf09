use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;

/// A folder of the test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gw-pg-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(folder: &Path, mode: Mode) -> Result<Cluster, Error> {
    Cluster::start(folder, mode, &mut |_| {})
}

fn sql(cluster: &Cluster, statement: &str) -> String {
    psql(cluster.psql_bin_dir(), cluster.socket(), statement)
}

fn psql(programs: &Path, socket: &Path, statement: &str) -> String {
    let out = Command::new(programs.join("psql"))
        .args([
            "-X", "-A", "-t", "-U", OWNER, "-d", "postgres", "-c", statement, "-h",
        ])
        .arg(socket)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
}

#[test]
fn what_was_committed_is_there_after_a_stop_and_after_postgresql_was_killed() {
    let folder = Folder::new("kill");
    let cluster = start(&folder.0, Mode::Durable).unwrap();
    sql(&cluster, "create table t (n int)");
    sql(&cluster, "insert into t values (1)");
    cluster.stop();
    let cluster = start(&folder.0, Mode::Durable).unwrap();
    assert_eq!(sql(&cluster, "select n from t"), "1");
    sql(&cluster, "insert into t values (2)");
    signal(cluster.pid(), Signal::SIGKILL);
    drop(cluster);
    let cluster = start(&folder.0, Mode::Durable).unwrap();
    assert_eq!(sql(&cluster, "select count(*) from t"), "2");
}

/// A program that holds a cluster, in a process of its own.
struct Supervisor {
    process: Child,
    postgres: u32,
    socket: PathBuf,
}

impl Supervisor {
    fn new(folder: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tests::a_supervisor_in_a_process_of_its_own",
                "--ignored",
            ])
            .args(["--nocapture", "--test-threads=1"])
            .env("GRIDWORK_TEST_FOLDER", folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said = lines.find_map(|l| {
            l.unwrap()
                .split_once("holds ")
                .map(|(_, rest)| rest.to_owned())
        });
        let said = said.expect("the supervisor starts");
        let (pid, socket) = said.split_once(' ').unwrap();
        Self {
            process,
            postgres: pid.parse().unwrap(),
            socket: socket.into(),
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
#[ignore = "another test runs it in a process of its own"]
fn a_supervisor_in_a_process_of_its_own() {
    let folder = std::env::var_os("GRIDWORK_TEST_FOLDER").expect("another test names the folder");
    let cluster = start(Path::new(&folder), Mode::Durable).unwrap();
    println!("holds {} {}", cluster.pid(), cluster.socket().display());
    std::thread::sleep(Duration::from_secs(120));
}

#[test]
fn what_was_committed_is_there_after_the_program_was_killed_with_and_without_postgresql() {
    let folder = Folder::new("both");
    let programs = Binaries::find().unwrap().folder;
    for (round, both) in [false, true, true].into_iter().enumerate() {
        let supervisor = Supervisor::new(&folder.0);
        psql(
            &programs,
            &supervisor.socket,
            "create table if not exists t (n int)",
        );
        psql(&programs, &supervisor.socket, "insert into t values (1)");
        if both {
            signal(supervisor.postgres, Signal::SIGKILL);
        }
        supervisor.kill();
        let since = Instant::now();
        let cluster = start(&folder.0, Mode::Durable).unwrap();
        assert_eq!(
            sql(&cluster, "select count(*) from t"),
            (round + 1).to_string()
        );
        assert!(
            since.elapsed() < Duration::from_secs(6),
            "took {:?}",
            since.elapsed()
        );
    }
}

#[test]
fn a_second_start_on_the_same_folder_is_refused() {
    let folder = Folder::new("second");
    let _first = start(&folder.0, Mode::Test).unwrap();
    assert!(matches!(start(&folder.0, Mode::Test), Err(Error::InUse(_))));
}

#[test]
fn as_root_postgresql_runs_as_somebody_else_and_elsewhere_when_it_must() {
    if !is_root() {
        return;
    }
    let folder = Folder::new("closed");
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = start(&folder.0, Mode::Test).unwrap();
    assert!(cluster.moved());
    assert!(cluster.place().starts_with("/var/lib/gridwork"));
    let process = fs::metadata(format!("/proc/{}", cluster.pid())).unwrap();
    assert_ne!(process.uid(), 0);
    let place = cluster.place().to_owned();
    drop(cluster);
    fs::remove_dir_all(place).unwrap();
}

#[test]
fn data_in_a_folder_that_was_closed_since_is_not_left_for_an_empty_cluster() {
    if !is_root() {
        return;
    }
    let folder = Folder::new("shut");
    start(&folder.0, Mode::Test).unwrap().stop();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(
        start(&folder.0, Mode::Test),
        Err(Error::Closed(..))
    ));
}

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_folder_only_its_owner_enters() {
    let folder = Folder::new("long");
    let deep = folder
        .0
        .join("a-name-of-forty-letters-in-a-data-folder".repeat(3));
    let cluster = start(&deep, Mode::Test).unwrap();
    assert!(cluster.socket().as_os_str().len() <= place::LONGEST);
    assert_eq!(
        fs::metadata(cluster.socket()).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(sql(&cluster, "show data_checksums"), "on");
    let socket = cluster.socket().to_owned();
    drop(cluster);
    fs::remove_dir_all(socket).unwrap();
}

#[test]
fn data_of_another_version_is_refused_and_said() {
    let folder = Folder::new("version");
    let data = folder.0.join("postgres/data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9.6\n").unwrap();
    let refused = start(&folder.0, Mode::Test).unwrap_err();
    assert!(
        refused.to_string().contains("install version 9.6"),
        "{refused}"
    );
}

#[test]
fn a_durable_cluster_writes_through_and_a_test_cluster_does_not() {
    let folder = Folder::new("modes");
    for (mode, expected) in [(Mode::Durable, "on"), (Mode::Test, "off")] {
        let cluster = start(&folder.0, mode).unwrap();
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert_eq!(
                sql(&cluster, &format!("show {setting}")),
                expected,
                "{mode:?} {setting}"
            );
        }
    }
}

#[test]
fn the_address_is_one_that_sqlx_reads() {
    let folder = Folder::new("url");
    let cluster = start(&folder.0, Mode::Test).unwrap();
    let url = cluster.url_as("somebody", "city");
    assert!(url.starts_with("postgres:///city?host=%2F"), "{url}");
    assert!(url.ends_with("&user=somebody"), "{url}");
}

#[test]
fn the_short_name_of_a_folder_never_changes() {
    // FNV-1a's own test value for "foobar".
    assert_eq!(place::short(Path::new("foobar")), "85944171f73967e8");
}

#[test]
fn the_version_is_read_from_what_postgres_says() {
    assert_eq!(
        binaries::major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
        Some(15)
    );
    assert_eq!(binaries::major("postgres (PostgreSQL) 17beta1"), Some(17));
    assert_eq!(binaries::major("nonsense"), None);
}
