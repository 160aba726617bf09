//! Finding PostgreSQL's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version that will do.
pub const MINIMUM: u32 = 15;

/// A folder with `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub folder: PathBuf,
    /// The major version.
    pub major: u32,
}

impl Binaries {
    /// The newest PostgreSQL server in `GRIDWORK_PG_BINDIR`, Debian's folders or the path.
    #[must_use]
    pub fn find() -> Option<Self> {
        if let Some(folder) = std::env::var_os("GRIDWORK_PG_BINDIR") {
            return Self::in_folder(Path::new(&folder));
        }
        let debian = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten();
        let mut found: Vec<Self> = debian
            .filter_map(|entry| Self::in_folder(&entry.path().join("bin")))
            .collect();
        found.sort_by_key(|b| b.major);
        found.pop().or_else(|| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).find_map(|folder| Self::in_folder(&folder))
        })
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        // A link on the path may lead to one program only; both must stand together.
        let folder = folder
            .join("postgres")
            .canonicalize()
            .ok()?
            .parent()?
            .to_owned();
        if !folder.join("initdb").exists() {
            return None;
        }
        let out = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major = major(&String::from_utf8_lossy(&out.stdout))?;
        (major >= MINIMUM).then_some(Self { folder, major })
    }
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian …)`.
#[must_use]
pub fn major(said: &str) -> Option<u32> {
    let version = said.split("(PostgreSQL)").nth(1)?.trim();
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
