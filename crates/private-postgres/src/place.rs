//! Where a cluster stands, and as whom it runs.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{User, getuid};

use crate::{Error, file};

/// The longest path of a socket's folder: 107 bytes less the socket's own name.
const LONGEST: usize = 85;

/// The unprivileged user to run as, when we are root.
pub fn run_as() -> Result<Option<User>, Error> {
    if !getuid().is_root() {
        return Ok(None);
    }
    let wanted = std::env::var("GRIDWORK_PG_USER").ok();
    let names = wanted.as_deref().map_or_else(|| vec!["postgres", "nobody"], |w| vec![w]);
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
    match user {
        Some(user) if !enterable(&folder, user) => {
            let place = Path::new("/var/lib/gridwork").join(short(&folder));
            file("making", &place, std::fs::create_dir_all(&place))?;
            open_parents(&place);
            Ok((place, true))
        }
        _ => Ok((folder.join("postgres"), false)),
    }
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

fn open_parents(place: &Path) {
    if let Some(parent) = place.parent() {
        let _ = std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o711));
    }
}

/// The folder of the socket: in the cluster's own, or a short one when the path would be too long.
pub fn socket(root: &Path) -> Result<PathBuf, Error> {
    let own = root.join("s");
    if own.as_os_str().len() <= LONGEST {
        return Ok(own);
    }
    let short = std::env::temp_dir().join(format!("gridwork-{}", short(root)));
    if short.as_os_str().len() <= LONGEST {
        return Ok(short);
    }
    Err(Error::Step("placing the socket", format!("{} is too long a path", short.display())))
}

fn short(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
