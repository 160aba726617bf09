use std::path::PathBuf;
use std::process::Command;

use super::*;

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("gw-pg-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn start(folder: &Path, mode: Mode) -> Result<Cluster, Error> {
    Cluster::start(folder, mode, &mut |_| {})
}

fn sql(cluster: &Cluster, statement: &str) -> String {
    let out = Command::new("psql")
        .args(["-X", "-A", "-t", "-U", OWNER, "-d", "postgres", "-c", statement, "-h"])
        .arg(cluster.socket())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

#[test]
fn what_was_committed_is_there_after_a_stop_and_after_kills() {
    let folder = folder("kill");
    let cluster = start(&folder, Mode::Durable).unwrap();
    sql(&cluster, "create table t (n int)");
    sql(&cluster, "insert into t values (1)");
    cluster.stop();
    let cluster = start(&folder, Mode::Durable).unwrap();
    assert_eq!(sql(&cluster, "select n from t"), "1");
    sql(&cluster, "insert into t values (2)");
    kill(Pid::from_raw(i32::try_from(cluster.pid()).unwrap()), Signal::SIGKILL).unwrap();
    drop(cluster);
    let cluster = start(&folder, Mode::Durable).unwrap();
    assert_eq!(sql(&cluster, "select count(*) from t"), "2");
    drop(cluster);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_second_start_on_the_same_folder_is_refused() {
    let folder = folder("second");
    let first = start(&folder, Mode::Test).unwrap();
    assert!(matches!(start(&folder, Mode::Test), Err(Error::InUse(_))));
    drop(first);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn as_root_postgresql_runs_as_somebody_else_and_elsewhere_when_it_must() {
    if !is_root() {
        return;
    }
    let folder = folder("closed");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = start(&folder, Mode::Test).unwrap();
    assert!(cluster.moved());
    assert!(cluster.place().starts_with("/var/lib/gridwork"));
    let owner = fs::metadata(format!("/proc/{}", cluster.pid())).unwrap();
    assert_ne!(std::os::unix::fs::MetadataExt::uid(&owner), 0);
    let place = cluster.place().to_owned();
    drop(cluster);
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_dir_all(place).unwrap();
}

#[test]
fn the_version_is_read_from_what_postgres_says() {
    assert_eq!(binaries::major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
    assert_eq!(binaries::major("postgres (PostgreSQL) 17beta1"), Some(17));
    assert_eq!(binaries::major("nonsense"), None);
}
