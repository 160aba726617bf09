//! Uploading and fetching.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Multipart, State as Axum};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::rights::rule;
use kernel::{Actor, App, Capability, Error, MaybeActor, MediaId, Need, Result, RouteRule};
use kernel::{Path, Query};
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::desk::{self, Incoming};
use crate::files::Files;
use crate::kind::Kind;
use crate::photo::Area;
use crate::store;

/// What the routes of this crate are given.
#[derive(Debug, Clone)]
pub struct State {
    /// Database, clock, city, key.
    pub app: App,
    /// Objects.
    pub files: Files,
    /// How many pictures are unfolded at once: each may take hundreds of megabytes.
    pub turns: Arc<Semaphore>,
}

impl State {
    /// State with room for two pictures at once.
    #[must_use]
    pub fn new(app: App, files: Files) -> Self {
        Self {
            app,
            files,
            turns: Arc::new(Semaphore::new(2)),
        }
    }
}

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("POST", "/api/public/media", Need::Public),
    rule("POST", "/api/media", Need::Can(Capability::ReadCases)),
    rule("GET", "/api/media/{id}/{variant}", Need::Public),
];

/// The routes of this crate. Blurring at the desk is the cases' route: what refers to a picture is theirs.
pub fn routes() -> OpenApiRouter<State> {
    let public = Kind::Photo.limit() + (1 << 16);
    let staff = Kind::Video.limit() + (1 << 16);
    OpenApiRouter::new()
        .merge(
            OpenApiRouter::new()
                .routes(routes!(upload_publicly))
                .layer(DefaultBodyLimit::max(public)),
        )
        .merge(
            OpenApiRouter::new()
                .routes(routes!(upload))
                .layer(DefaultBodyLimit::max(staff)),
        )
        .routes(routes!(fetch))
}

async fn read(mut form: Multipart, by: Option<kernel::PersonId>) -> Result<Incoming> {
    // Residents send pictures, staff also documents and videos.
    let largest = if by.is_some() {
        Kind::Video
    } else {
        Kind::Photo
    };
    let limit_mb = largest.limit() >> 20;
    let broken = move |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "media.size").with("limit_mb", limit_mb)
        } else {
            Error::field("file", "media.broken")
        }
    };
    let mut incoming = Incoming {
        bytes: Vec::new(),
        name: None,
        areas: Vec::new(),
        by,
        replaces: None,
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") => {
                incoming.name = field.file_name().map(str::to_owned);
                incoming.bytes = field.bytes().await.map_err(broken)?.to_vec();
            }
            Some("blur") => {
                let text = field.text().await.map_err(broken)?;
                incoming.areas = areas(&text)?;
            }
            _ => {}
        }
    }
    if incoming.bytes.is_empty() {
        return Err(Error::field("file", "field.missing"));
    }
    Ok(incoming)
}

fn areas(text: &str) -> Result<Vec<Area>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let areas: Vec<Area> =
        serde_json::from_str(text).map_err(|_| Error::field("blur", "media.blur_areas"))?;
    check_areas("blur", &areas)?;
    Ok(areas)
}

/// Checks that there are at most 40 areas and that they lie in the picture.
///
/// # Errors
/// 422 `media.blur_areas` of `field`.
pub fn check_areas(field: &str, areas: &[Area]) -> Result<()> {
    let fit = areas.len() <= 40
        && areas.iter().all(|a| {
            [a.0, a.1, a.2, a.3]
                .iter()
                .all(|v| (-0.01..=1.01).contains(v))
        });
    if fit {
        Ok(())
    } else {
        Err(Error::field(field, "media.blur_areas"))
    }
}

/// A picture from a resident: JPEG, PNG or WebP up to 15 MB, made anew without position or device data.
#[utoipa::path(post, path = "/api/public/media", tag = "public",
    responses((status = 201, body = Object), (status = 413), (status = 415), (status = 422)))]
async fn upload_publicly(
    Axum(state): Axum<State>,
    from: kernel::limits::From,
    form: Multipart,
) -> Result<impl IntoResponse> {
    kernel::limits::check(&state.app, "upload", &from, 120, 3600).await?;
    let incoming = read(form, None).await?;
    Ok((
        StatusCode::CREATED,
        Json(desk::take_in(&state, incoming, false).await?),
    ))
}

/// A picture, document (PDF) or video (MP4, WebM) from staff.
#[utoipa::path(post, path = "/api/media", tag = "media",
    responses((status = 201, body = Object), (status = 413), (status = 415), (status = 422)))]
async fn upload(
    Axum(state): Axum<State>,
    actor: Actor,
    form: Multipart,
) -> Result<impl IntoResponse> {
    let incoming = read(form, Some(actor.person)).await?;
    Ok((
        StatusCode::CREATED,
        Json(desk::take_in(&state, incoming, true).await?),
    ))
}

/// The token of an address given out by this server.
#[derive(Debug, Deserialize)]
struct Token {
    t: Option<String>,
}

/// A picture by the address given out; documents and videos for staff, as downloads that cannot run.
#[utoipa::path(get, path = "/api/media/{id}/{variant}", tag = "media",
    params(("id" = MediaId, Path), ("variant" = String, Path, description = "full, thumb or file")),
    responses((status = 200, description = "The bytes"), (status = 404)))]
async fn fetch(
    Axum(state): Axum<State>,
    MaybeActor(actor): MaybeActor,
    Path((id, variant)): Path<(MediaId, String)>,
    Query(token): Query<Token>,
) -> Result<Response> {
    let given = token.t.as_deref() == Some(state.app.vault.link_token("media", id.0).as_str());
    if !given {
        return Err(Error::NotFound("media.not_found"));
    }
    let mut conn = state.app.db.acquire().await?;
    let kept = store::kept(&mut conn, id)
        .await?
        .ok_or(Error::NotFound("media.not_found"))?;
    drop(conn);
    let photo = kept.kind == "photo";
    let name = match (photo, variant.as_str()) {
        (true, "full") => &kept.stored,
        (true, "thumb") => kept.thumb.as_ref().unwrap_or(&kept.stored),
        (false, "file") if actor.as_ref().is_some_and(|a| a.can(Capability::ReadCases)) => {
            &kept.stored
        }
        _ => return Err(Error::NotFound("media.not_found")),
    };
    let bytes = state.files.read(name).await?;
    let mut headers = HeaderMap::new();
    let value = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    headers.insert(
        header::CONTENT_TYPE,
        value(if photo {
            &kept.mime
        } else {
            "application/octet-stream"
        }),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=31536000, immutable"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    if let Some(file_name) = kept.file_name.filter(|_| !photo) {
        let encoded: String = file_name
            .bytes()
            .map(|b| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                    char::from(b).to_string()
                }
                _ => format!("%{b:02X}"),
            })
            .collect();
        headers.insert(
            header::CONTENT_DISPOSITION,
            value(&format!("attachment; filename*=UTF-8''{encoded}")),
        );
    }
    Ok((headers, bytes).into_response())
}

/// Areas to burn out of a picture that is there.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Blur {
    /// Rectangles in shares of width and height: x, y, width, height.
    #[schema(value_type = Vec<Vec<f32>>)]
    pub areas: Vec<Area>,
}
