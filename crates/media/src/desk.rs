//! Taking a file in, and blurring one that is there.

use axum::http::StatusCode;
use kernel::vault::{digest, random};
use kernel::{Error, MediaId, Moment, PersonId, Result};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::kind::{Kind, goes_on, pdf_acts, sniff};
use crate::photo::{self, Area, Photo};
use crate::routes::State;
use crate::store::{self, NewMedia};

/// A file as it came.
#[derive(Debug)]
pub struct Incoming {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// The name its sender gave it.
    pub name: Option<String>,
    /// What must not be seen.
    pub areas: Vec<Area>,
    /// Who sent it, null for residents.
    pub by: Option<PersonId>,
    /// The picture it replaces.
    pub replaces: Option<MediaId>,
}

/// Checks `incoming` by content, cleans it, keeps it, and answers with its id and addresses.
///
/// Residents send pictures only; `staff` documents and videos too.
///
/// # Errors
/// 415 `media.type`, 413 `media.size`, 422 `media.broken`, 507 `media.no_room`; nothing is kept then.
pub async fn take_in(state: &State, incoming: Incoming, staff: bool) -> Result<Value> {
    let (kind, mime) = sniff(&incoming.bytes)
        .filter(|(kind, _)| staff || *kind == Kind::Photo)
        .ok_or_else(|| Error::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media.type"))?;
    if incoming.bytes.len() > kind.limit() {
        return Err(Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "media.size")
            .with("limit_mb", kind.limit() >> 20));
    }
    if kind == Kind::Document && pdf_acts(&incoming.bytes) {
        return Err(Error::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media.pdf_acts",
        ));
    }
    if !goes_on(mime, &incoming.bytes) {
        return Err(Error::field("file", "media.broken"));
    }
    let now = state.app.clock.now();
    let new = match kind {
        Kind::Photo => keep_photo(state, incoming, now).await?,
        _ => keep_as_is(state, incoming, kind, mime, now).await?,
    };
    let mut conn = state.app.db.acquire().await?;
    store::insert(&mut conn, &new).await?;
    Ok(shown(state, &new))
}

fn shown(state: &State, new: &NewMedia) -> Value {
    let vault = &state.app.vault;
    let photo = new.kind == "photo";
    json!({
        "id": new.id, "kind": new.kind, "width": new.width, "height": new.height,
        "url": crate::url(vault, new.id, if photo { "full" } else { "file" }),
        "thumb_url": photo.then(|| crate::url(vault, new.id, "thumb")),
        "file_name": new.file_name, "bytes": new.bytes,
    })
}

fn object_name() -> Result<String> {
    Ok(random::<20>()?.iter().map(|b| format!("{b:02x}")).collect())
}

async fn keep_photo(state: &State, incoming: Incoming, now: Moment) -> Result<NewMedia> {
    let Incoming {
        bytes,
        areas,
        by,
        replaces,
        ..
    } = incoming;
    let _turn = state
        .turns
        .acquire()
        .await
        .map_err(|e| Error::ours("picture turns", e))?;
    let photo: Photo = tokio::task::spawn_blocking(move || photo::clean(&bytes, &areas))
        .await
        .map_err(|e| Error::ours("cleaning a picture", e))?
        .map_err(|fault| Error::field("file", code(fault)))?;
    let (stored, thumb) = (object_name()?, object_name()?);
    state.files.keep(&stored, &photo.full).await?;
    state.files.keep(&thumb, &photo.thumb).await?;
    let zone = &state.app.city.zone;
    let taken = photo.taken.and_then(|t| t.to_zoned(zone.clone()).ok());
    Ok(NewMedia {
        id: MediaId::fresh(),
        kind: "photo",
        sha256: digest(&photo.full),
        bytes: i64::try_from(photo.full.len()).unwrap_or(i64::MAX),
        width: i32::try_from(photo.width).ok(),
        height: i32::try_from(photo.height).ok(),
        likeness: Some(photo.likeness),
        mime: "image/jpeg",
        file_name: None,
        stored,
        thumb: Some(thumb),
        taken_at: taken.map(|t| Moment::new(t.timestamp())),
        made_at: now,
        made_by: by,
        replaces,
    })
}

fn code(fault: photo::Fault) -> &'static str {
    match fault {
        photo::Fault::Broken => "media.broken",
        photo::Fault::TooManyPixels => "media.too_many_pixels",
    }
}

async fn keep_as_is(
    state: &State,
    incoming: Incoming,
    kind: Kind,
    mime: &'static str,
    now: Moment,
) -> Result<NewMedia> {
    let stored = object_name()?;
    state.files.keep(&stored, &incoming.bytes).await?;
    let ending = mime.rsplit('/').next().unwrap_or_default();
    Ok(NewMedia {
        id: MediaId::fresh(),
        kind: kind.word(),
        sha256: digest(&incoming.bytes),
        bytes: i64::try_from(incoming.bytes.len()).unwrap_or(i64::MAX),
        width: None,
        height: None,
        likeness: None,
        mime,
        file_name: Some(tidy(incoming.name.as_deref(), ending)),
        stored,
        thumb: None,
        taken_at: None,
        made_at: now,
        made_by: incoming.by,
        replaces: None,
    })
}

/// A file name of letters, digits and a few signs, with the ending of what it is.
fn tidy(name: Option<&str>, ending: &str) -> String {
    let stem = name
        .unwrap_or("file")
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or("file");
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let clean: String = stem
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_ ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(60)
        .collect();
    let clean = if clean.trim().is_empty() {
        "file".to_owned()
    } else {
        clean
    };
    format!("{}.{ending}", clean.trim())
}

/// A picture that is there, with `areas` burnt out: a new one that takes the old one's place. The
/// caller moves what refers to the old, in the same transaction, and removes its objects after commit.
///
/// # Errors
/// `media.not_found`; 422 when it is no picture.
pub async fn blur(
    state: &State,
    old: MediaId,
    areas: Vec<Area>,
    by: PersonId,
) -> Result<(NewMedia, store::Kept)> {
    let mut conn = state.app.db.acquire().await?;
    let kept = store::kept(&mut conn, old)
        .await?
        .ok_or(Error::NotFound("media.not_found"))?;
    drop(conn);
    if kept.kind != "photo" {
        return Err(Error::field("areas", "media.no_picture"));
    }
    let bytes = state.files.read(&kept.stored).await?;
    let incoming = Incoming {
        bytes,
        name: None,
        areas,
        by: Some(by),
        replaces: Some(old),
    };
    let new = keep_photo(state, incoming, state.app.clock.now()).await?;
    Ok((new, kept))
}

/// Writes the new row and marks the old erased.
///
/// # Errors
/// When the database fails.
pub async fn replace(conn: &mut PgConnection, old: MediaId, new: &NewMedia) -> Result<()> {
    store::insert(conn, new).await?;
    store::erase(conn, old, new.made_at).await
}

/// A medium as shown after blurring.
#[must_use]
pub fn show(state: &State, new: &NewMedia) -> Value {
    shown(state, new)
}
