//! Objects in a folder, under names nobody can guess; on disk before anybody is told.

use std::path::{Path, PathBuf};

use kernel::{Error, Result};
use tokio::io::AsyncWriteExt;

/// A folder of objects. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// Opens the folder, making it when it is not there, and removes what was half written.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub async fn open(root: &Path) -> Result<Self> {
        let aside = root.join("incoming");
        let _ = tokio::fs::remove_dir_all(&aside).await;
        tokio::fs::create_dir_all(&aside)
            .await
            .map_err(|e| Error::ours("media folder", e))?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Keeps `bytes` under `name`: written aside, synced, renamed, and the folder synced.
    ///
    /// # Errors
    /// 507 `media.no_room` when the disk is full; nothing is left behind.
    pub async fn keep(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let aside = self.root.join("incoming").join(name);
        let place = self.place(name);
        let result = write(&aside, &place, bytes).await;
        if let Err(error) = result {
            let _ = tokio::fs::remove_file(&aside).await;
            let full = matches!(
                error.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            );
            return Err(if full {
                Error::refused(
                    axum::http::StatusCode::INSUFFICIENT_STORAGE,
                    "media.no_room",
                )
            } else {
                Error::ours("keeping a file", error)
            });
        }
        Ok(())
    }

    /// Keeps `bytes` under `name`, for filling an empty folder: not synced one by one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let place = self.place(name);
        let folder = place.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&place, bytes))
            .map_err(|e| Error::ours("keeping a file", e))
    }

    /// Gives the object `name` a second name, so that each can be removed without the other: a link,
    /// or a copy where the disk knows no links. For filling an empty folder.
    ///
    /// # Errors
    /// When `name` is not there or the link cannot be made.
    pub fn share(&self, name: &str, second: &str) -> Result<()> {
        let (from, to) = (self.place(name), self.place(second));
        let folder = to.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)
            .and_then(|()| {
                std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(drop))
            })
            .map_err(|e| Error::ours("sharing a file", e))
    }

    /// Reads an object.
    ///
    /// # Errors
    /// `media.not_found`.
    pub async fn read(&self, name: &str) -> Result<Vec<u8>> {
        tokio::fs::read(self.place(name))
            .await
            .map_err(|_| Error::NotFound("media.not_found"))
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn remove(&self, name: &str) {
        if let Err(error) = tokio::fs::remove_file(self.place(name)).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an object could not be removed");
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        let shelf: String = name.chars().take(2).collect();
        self.root.join(shelf).join(name)
    }
}

async fn write(aside: &Path, place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    tokio::fs::create_dir_all(folder).await?;
    let mut file = tokio::fs::File::create(aside).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    drop(file);
    tokio::fs::rename(aside, place).await?;
    tokio::fs::File::open(folder).await?.sync_all().await
}
