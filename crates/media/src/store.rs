//! Every statement on the `media` table.

use kernel::{MediaId, Moment, PersonId, Result};
use sqlx::PgConnection;

/// A medium as others see it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MediaRow {
    /// Which.
    pub id: MediaId,
    /// `photo`, `document` or `video`.
    pub kind: String,
    /// 64-bit difference hash of a picture.
    pub likeness: Option<i64>,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
    /// When it was uploaded.
    pub made_at: Moment,
    /// When the camera says it was taken.
    pub taken_at: Option<Moment>,
    /// Name of a document or video, cleaned.
    pub file_name: Option<String>,
    /// Who uploaded it, null for residents.
    pub made_by: Option<PersonId>,
}

/// A medium with where it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Kept {
    /// `photo`, `document` or `video`.
    pub kind: String,
    /// Media type.
    pub mime: String,
    /// Object name.
    pub stored: String,
    /// Object name of the thumbnail.
    pub thumb: Option<String>,
    /// Name of a document or video, cleaned.
    pub file_name: Option<String>,
}

/// A medium to be stored.
#[derive(Debug)]
pub struct NewMedia {
    /// Which.
    pub id: MediaId,
    /// `photo`, `document` or `video`.
    pub kind: &'static str,
    /// SHA-256 of what is kept.
    pub sha256: Vec<u8>,
    /// Bytes kept.
    pub bytes: i64,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
    /// Difference hash.
    pub likeness: Option<i64>,
    /// Media type.
    pub mime: &'static str,
    /// Cleaned file name.
    pub file_name: Option<String>,
    /// Object name.
    pub stored: String,
    /// Object name of the thumbnail.
    pub thumb: Option<String>,
    /// When the camera says it was taken.
    pub taken_at: Option<Moment>,
    /// Now.
    pub made_at: Moment,
    /// Who, null for residents.
    pub made_by: Option<PersonId>,
    /// The picture it replaces.
    pub replaces: Option<MediaId>,
}

/// Those of `ids` that exist and were not erased.
///
/// # Errors
/// When the database fails.
pub async fn attachable(conn: &mut PgConnection, ids: &[MediaId]) -> Result<Vec<MediaRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_as(
        "select id, kind, likeness, width, height, made_at, taken_at, file_name, made_by
         from media
         where id = any($1) and erased_at is null",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?)
}

/// Where a medium is kept.
///
/// # Errors
/// When the database fails.
pub async fn kept(conn: &mut PgConnection, id: MediaId) -> Result<Option<Kept>> {
    Ok(sqlx::query_as(
        "select kind, mime, stored, thumb, file_name from media where id = $1 and erased_at is null",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Stores a medium's row.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut PgConnection, new: &NewMedia) -> Result<()> {
    sqlx::query(
        "insert into media (id, kind, sha256, bytes, width, height, likeness, mime, file_name,
           stored, thumb, taken_at, made_at, made_by, replaces)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(new.id)
    .bind(new.kind)
    .bind(&new.sha256)
    .bind(new.bytes)
    .bind(new.width)
    .bind(new.height)
    .bind(new.likeness)
    .bind(new.mime)
    .bind(&new.file_name)
    .bind(&new.stored)
    .bind(&new.thumb)
    .bind(new.taken_at)
    .bind(new.made_at)
    .bind(new.made_by)
    .bind(new.replaces)
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a medium erased; its objects are removed after commit.
///
/// # Errors
/// When the database fails.
pub async fn erase(conn: &mut PgConnection, id: MediaId, at: Moment) -> Result<()> {
    sqlx::query("update media set erased_at = $2 where id = $1 and erased_at is null")
        .bind(id)
        .bind(at)
        .execute(conn)
        .await?;
    Ok(())
}
