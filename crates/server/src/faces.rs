//! The three web faces, embedded: citizen at `/`, desk at `/desk`, field at `/field`.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// What every page may load: only what stands here, so that nothing strange runs and nothing leaks.
pub const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; \
worker-src 'self' blob:; connect-src 'self' ws: wss:; font-src 'self' data:; object-src 'none'; base-uri 'none'; \
form-action 'self'; frame-ancestors 'none'";

/// Serves a face's file, or its page for any address the face itself knows.
pub async fn face(method: Method, uri: Uri) -> Response<Body> {
    if !matches!(method, Method::GET | Method::HEAD) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        let read = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, read);
        return response;
    }
    let path = uri.path();
    let (face, rest) = split(path);
    let rest = rest.trim_start_matches('/');
    let name = format!("{face}/{rest}");
    if !rest.is_empty()
        && let Some(file) = Dist::get(&name)
    {
        return answer(&name, &file, rest.starts_with("assets/"));
    }
    // A file that is not there is missing; an address without an ending is a page of the face.
    let last = rest.rsplit('/').next().unwrap_or_default();
    if rest.starts_with("assets/") || last.contains('.') {
        return missing();
    }
    let index = format!("{face}/index.html");
    Dist::get(&index).map_or_else(missing, |file| answer(&index, &file, false))
}

fn split(path: &str) -> (&'static str, &str) {
    for (prefix, face) in [("/desk", "desk"), ("/field", "field")] {
        if let Some(rest) = path.strip_prefix(prefix)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return (face, rest);
        }
    }
    ("citizen", path)
}

fn missing() -> Response<Body> {
    let mut response = Response::new(Body::from("404"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn answer(name: &str, file: &rust_embed::EmbeddedFile, hashed: bool) -> Response<Body> {
    let mime = if name.ends_with(".mjs") {
        "text/javascript"
    } else {
        file.metadata.mimetype()
    };
    let mime = if mime.starts_with("text/") && !mime.contains("charset") {
        format!("{mime}; charset=utf-8")
    } else {
        mime.to_owned()
    };
    let mut response = Response::new(Body::from(file.data.clone().into_owned()));
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&mime) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    let cache = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
