//! Reading what a client sends: a query, a form, or a form with files.

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use kernel::{Error, Result};

/// The most bytes of a form without files.
const MOST_FORM: usize = 256 << 10;
/// The most bytes of one text field beside files.
const MOST_FIELD: usize = 64 << 10;
/// The most files.
pub const MOST_FILES: usize = 5;
/// The most bytes of a form with files.
pub const MOST_BODY: usize = 64 << 20;

/// Names and values, and the files that came along.
#[derive(Debug, Default)]
pub struct Sent {
    /// In the order sent, those of the address first.
    pub pairs: Vec<(String, String)>,
    /// Each file's bytes.
    pub files: Vec<Vec<u8>>,
}

/// The names and values of a query.
#[must_use]
pub fn query(text: Option<&str>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

/// Reads the form of a request; arguments may also stand in its address.
///
/// # Errors
/// 400: not a form, too large, or broken off.
pub async fn read(request: Request) -> Result<Sent> {
    let mut pairs = query(request.uri().query());
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    if kind.starts_with("multipart/form-data") {
        return read_multipart(request, pairs).await;
    }
    let body = read_body(request.into_body()).await?;
    let is_form = kind.starts_with("application/x-www-form-urlencoded");
    if !is_form && !body.is_empty() {
        return Err(Error::conflict("open311.form_type"));
    }
    pairs.extend(url::form_urlencoded::parse(&body).into_owned());
    Ok(Sent {
        pairs,
        files: Vec::new(),
    })
}

async fn read_body(body: Body) -> Result<axum::body::Bytes> {
    axum::body::to_bytes(body, MOST_FORM)
        .await
        .map_err(|_| Error::conflict("form.too_large"))
}

async fn read_multipart(request: Request, pairs: Vec<(String, String)>) -> Result<Sent> {
    let broken = |_| Error::conflict("open311.form_broken");
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Error::conflict("open311.form_broken"))?;
    let mut sent = Sent {
        pairs,
        files: Vec::new(),
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_media = matches!(name.as_str(), "media" | "media[]");
        if is_media || field.file_name().is_some() {
            let bytes = field.bytes().await.map_err(broken)?;
            // A file field left empty is no file; files by other names are not ours.
            if is_media && !bytes.is_empty() {
                sent.files.push(bytes.to_vec());
            }
            if sent.files.len() > MOST_FILES {
                return Err(too_many());
            }
            continue;
        }
        let bytes = field.bytes().await.map_err(broken)?;
        if bytes.len() > MOST_FIELD {
            return Err(Error::conflict("form.too_large"));
        }
        sent.pairs
            .push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(sent)
}

/// More pictures than are taken.
#[must_use]
pub fn too_many() -> Error {
    Error::invalid(vec![
        kernel::FieldFault::new("media", "media.too_many").with("max", MOST_FILES),
    ])
}
