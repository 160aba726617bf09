//! Where a cluster stands, and as whom it runs.

use std::fs::{DirBuilder, Permissions, set_permissions, symlink_metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{User, chown, getuid};

use crate::{Error, file};

/// The longest path of a socket's folder: 107 bytes less the socket's own name, with some to spare.
pub const LONGEST: usize = 85;

/// Where the data stands when the unprivileged user cannot enter the folder asked for.
const ELSEWHERE: &str = "/var/lib/gridwork";

/// The unprivileged user to run as, when we are root.
pub fn run_as() -> Result<Option<User>, Error> {
    if !getuid().is_root() {
        return Ok(None);
    }
    let wanted = std::env::var("GRIDWORK_PG_USER").ok();
    let names = wanted
        .as_deref()
        .map_or_else(|| vec!["postgres", "nobody"], |w| vec![w]);
    names
        .into_iter()
        .find_map(|n| User::from_name(n).ok().flatten())
        .map(Some)
        .ok_or(Error::NoUser)
}

/// The folder the cluster stands in, and whether it is another than asked.
pub fn choose(folder: &Path, user: Option<&User>) -> Result<(PathBuf, bool), Error> {
    file("making", folder, std::fs::create_dir_all(folder))?;
    let folder = file("finding", folder, folder.canonicalize())?;
    let inside = folder.join("postgres");
    let Some(user) = user.filter(|user| !enterable(&folder, user)) else {
        return Ok((inside, false));
    };
    // Never begin anew beside data that is there.
    if inside.join("data/PG_VERSION").exists() {
        return Err(Error::Closed(user.name.clone(), inside));
    }
    let place = Path::new(ELSEWHERE).join(short(&folder));
    file("making", &place, std::fs::create_dir_all(&place))?;
    passable(Path::new(ELSEWHERE))?;
    Ok((place, true))
}

/// Makes `folder` enterable by its owner alone.
pub fn own(folder: &Path, user: Option<&User>) -> Result<(), Error> {
    file("making", folder, std::fs::create_dir_all(folder))?;
    file(
        "guarding",
        folder,
        set_permissions(folder, Permissions::from_mode(0o700)),
    )?;
    give(folder, user)
}

/// The folder of the socket: in the cluster's own, or a short one when the path would be too long.
pub fn socket(root: &Path, user: Option<&User>) -> Result<PathBuf, Error> {
    let inside = root.join("s");
    if inside.as_os_str().len() <= LONGEST {
        own(&inside, user)?;
        return Ok(inside);
    }
    let folder = if user.is_some() {
        let run = Path::new("/run/gridwork");
        file("making", run, std::fs::create_dir_all(run))?;
        passable(run)?;
        run.join(short(root))
    } else {
        PathBuf::from(format!("/tmp/gridwork-{}-{}", getuid(), short(root)))
    };
    claim(&folder, user)?;
    Ok(folder)
}

/// Makes `folder` ours, where others may write above it: neither a link nor somebody else's folder
/// is taken.
fn claim(folder: &Path, user: Option<&User>) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            let found = file("finding", folder, symlink_metadata(folder))?;
            let owner = user.map_or_else(getuid, |u| u.uid).as_raw();
            let ours = found.uid() == owner || found.uid() == getuid().as_raw();
            if !found.is_dir() || !ours {
                return Err(Error::Occupied(folder.to_owned()));
            }
            file(
                "guarding",
                folder,
                set_permissions(folder, Permissions::from_mode(0o700)),
            )?;
        }
        made => file("making", folder, made)?,
    }
    give(folder, user)
}

fn give(folder: &Path, user: Option<&User>) -> Result<(), Error> {
    let Some(user) = user else { return Ok(()) };
    chown(folder, Some(user.uid), Some(user.gid))
        .map_err(|e| Error::Step("giving the folder to the database user", e.to_string()))
}

fn passable(folder: &Path) -> Result<(), Error> {
    file(
        "opening",
        folder,
        set_permissions(folder, Permissions::from_mode(0o711)),
    )
}

/// Whether `user` may pass through `folder` and all above it.
fn enterable(folder: &Path, user: &User) -> bool {
    folder.ancestors().all(|above| {
        above.metadata().is_ok_and(|meta| {
            let bit = if meta.uid() == user.uid.as_raw() {
                0o100
            } else if meta.gid() == user.gid.as_raw() {
                0o010
            } else {
                0o001
            };
            meta.permissions().mode() & bit != 0
        })
    })
}

/// FNV-1a of the path, 64 bits in hex: the same in every build, since data is found again by it.
pub fn short(path: &Path) -> String {
    let hash = path
        .as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:016x}")
}
