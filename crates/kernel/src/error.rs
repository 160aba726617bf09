//! Three kinds of failure: not found, refused by a rule, and ours.
//!
//! A refusal's code *is* the key of its sentence in `data/messages`. `Display` never prints the
//! source; the log walks the chain. The only `IntoResponse` of an error in the product is here
//! (Open311 answers in its own form).

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::words::{Lang, sentence};

/// What a request or job ends with when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know of it. The text is the code, e.g. `case.not_found`.
    #[error("{0}")]
    NotFound(&'static str),
    /// A rule says no. `code` is the key of the sentence, `params` its slots.
    #[error("{code}")]
    Refused {
        /// 401, 403, 409, 413, 415, 422, 429 or 503.
        status: StatusCode,
        /// The sentence's key.
        code: &'static str,
        /// The sentence's slots, also given to the caller.
        params: Map<String, Value>,
        /// Which fields of the form are at fault.
        fields: Vec<FieldFault>,
    },
    /// Our fault; the caller gets a reference number, the log the chain.
    #[error("{0}")]
    Ours(
        &'static str,
        #[source] Box<dyn std::error::Error + Send + Sync>,
    ),
}

/// The result of everything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One field that is at fault.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldFault {
    /// The field as the form names it; dots lead into objects.
    pub field: String,
    /// The sentence's key.
    pub code: &'static str,
    /// The sentence's slots.
    #[schema(value_type = Object)]
    pub params: Map<String, Value>,
}

impl FieldFault {
    /// A fault of `field` with no slots.
    #[must_use]
    pub fn new(field: impl Into<String>, code: &'static str) -> Self {
        Self {
            field: field.into(),
            code,
            params: Map::new(),
        }
    }

    /// With the slot `name` filled by `value`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

impl Error {
    /// 409: the rules say no, now.
    #[must_use]
    pub fn conflict(code: &'static str) -> Self {
        Self::refused(StatusCode::CONFLICT, code)
    }

    /// 403: this person may not.
    #[must_use]
    pub fn forbidden(code: &'static str) -> Self {
        Self::refused(StatusCode::FORBIDDEN, code)
    }

    /// A refusal with any status.
    #[must_use]
    pub fn refused(status: StatusCode, code: &'static str) -> Self {
        Self::Refused {
            status,
            code,
            params: Map::new(),
            fields: Vec::new(),
        }
    }

    /// 422: these fields are at fault; nothing was saved.
    #[must_use]
    pub fn invalid(fields: Vec<FieldFault>) -> Self {
        Self::Refused {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "form.invalid",
            params: Map::new(),
            fields,
        }
    }

    /// 422 for a single field.
    #[must_use]
    pub fn field(field: impl Into<String>, code: &'static str) -> Self {
        Self::invalid(vec![FieldFault::new(field, code)])
    }

    /// With the slot `name` filled by `value`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Self::Refused { params, .. } = &mut self {
            params.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Our fault, in doing `what`.
    pub fn ours(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Ours(what, source.into())
    }

    /// The status the caller gets.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused { status, .. } => *status,
            Self::Ours(..) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code the caller gets.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(code) => code,
            Self::Refused { code, .. } => code,
            Self::Ours(..) => "server.fault",
        }
    }

    /// The problem document (RFC 9457) in `lang`.
    #[must_use]
    pub fn problem(&self, lang: Lang, reference: Option<&str>) -> Value {
        let empty = Map::new();
        let (params, fields) = match self {
            Self::Refused { params, fields, .. } => (params, fields.as_slice()),
            _ => (&empty, [].as_slice()),
        };
        let status = self.status();
        let fields: Vec<Value> = fields
            .iter()
            .map(|f| json!({"field": f.field, "code": f.code, "params": f.params, "detail": sentence(lang, f.code, &f.params)}))
            .collect();
        let mut problem = json!({
            "type": format!("/docs/problems#{}", self.code()),
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "code": self.code(),
            "detail": sentence(lang, self.code(), params),
            "params": params,
            "fields": fields,
        });
        if let (Some(reference), Some(object)) = (reference, problem.as_object_mut()) {
            object.insert("reference".into(), reference.into());
        }
        problem
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                tracing::warn!(%error, "the database cannot be reached");
                Self::refused(StatusCode::SERVICE_UNAVAILABLE, "database.away")
            }
            error => Self::ours("database", error),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::ours("json", error)
    }
}

impl IntoResponse for Error {
    /// Answers in Chinese; [`speak`] renders again in the caller's language.
    fn into_response(self) -> Response {
        let reference = match &self {
            Self::Ours(what, source) => {
                let reference = uuid::Uuid::now_v7().simple().to_string();
                let chain = chain(source.as_ref());
                tracing::error!(%reference, what, chain, "request failed");
                Some(reference)
            }
            _ => None,
        };
        let mut response = render(&self, Lang::Zh, reference.as_deref());
        response
            .extensions_mut()
            .insert(Spoken(std::sync::Arc::new(self), reference));
        response
    }
}

/// The error behind a response, kept so that it can be told in the caller's language.
#[derive(Clone)]
struct Spoken(std::sync::Arc<Error>, Option<String>);

fn render(error: &Error, lang: Lang, reference: Option<&str>) -> Response {
    let body = error.problem(lang, reference);
    let mut response = (error.status(), body.to_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json; charset=utf-8"),
    );
    let wait = body["params"]["retry_after_s"]
        .as_u64()
        .or_else(|| (error.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(2));
    if let Some(wait) = wait.and_then(|s| HeaderValue::from_str(&s.to_string()).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// Middleware: tells an error in the language the request asked for; below `/api` also what the framework
/// refused by itself.
pub async fn speak(lang: Lang, request: Request, next: axum::middleware::Next) -> Response {
    let api = request.uri().path().starts_with("/api");
    let response = next.run(request).await;
    let bare = response.extensions().get::<Spoken>().is_none();
    if api && bare && response.status().is_client_error() {
        let code = match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => "route.method",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "form.type",
            StatusCode::PAYLOAD_TOO_LARGE => "form.too_large",
            _ => "form.unreadable",
        };
        let mut told = render(&Error::refused(response.status(), code), lang, None);
        if let Some(allow) = response.headers().get(header::ALLOW) {
            told.headers_mut().insert(header::ALLOW, allow.clone());
        }
        return told;
    }
    match response.extensions().get::<Spoken>() {
        Some(Spoken(error, reference)) if lang != Lang::Zh => {
            render(error, lang, reference.as_deref())
        }
        _ => response,
    }
}

/// An error and its sources, outermost first, for the log.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

/// A JSON body. What cannot be read is a 422 that names the field, not a bare 400.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|_| Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "form.too_large"))?;
        parse(&bytes).map(Self)
    }
}

/// The part of an address behind `?`. What cannot be read is a 422 that names the field.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        // As in a body: PostgreSQL's text cannot hold it.
        let with_nul = |pair: &&str| pair.contains("%00");
        if let Some(pair) = parts
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .find(with_nul)
        {
            let field = pair.split('=').next().unwrap_or_default();
            return Err(Error::field(field.replace("%00", ""), "field.control"));
        }
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(read) => Ok(Self(read.0)),
            Err(rejected) => {
                let said = rejected.body_text();
                let said = said
                    .rsplit("query string: ")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let missing = said
                    .strip_prefix("missing field `")
                    .and_then(|r| r.split('`').next());
                let named = said.split_once(": ").map(|(field, _)| field);
                let field = missing.or(named).unwrap_or("query").to_owned();
                Err(match missing {
                    Some(_) => Error::field(field, "field.missing"),
                    None => Error::invalid(vec![unreadable(field, &said)]),
                })
            }
        }
    }
}

/// The slots of an address. One that cannot be read names nothing there is: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        if parts.uri.path().contains("%00") {
            return Err(Error::NotFound("route.not_found"));
        }
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|path| Self(path.0))
            .map_err(|_| Error::NotFound("route.not_found"))
    }
}

/// Refuses a word that is none of `choices`; nothing said is fine.
///
/// # Errors
/// 422 `field.one_of` naming `field`.
pub fn one_of(field: &'static str, said: Option<&str>, choices: &[&str]) -> Result<()> {
    match said {
        Some(said) if !choices.contains(&said) => Err(Error::invalid(vec![
            FieldFault::new(field, "field.one_of")
                .with("said", said)
                .with("choices", choices.join(", ")),
        ])),
        _ => Ok(()),
    }
}

/// Refuses numbers that are no place: not finite, or beyond 180° and 90°.
///
/// # Errors
/// 422 naming `lon` or `lat`.
pub fn on_earth(lon: f64, lat: f64) -> Result<()> {
    if !(-180.0..=180.0).contains(&lon) {
        return Err(Error::field("lon", "place.out_of_range"));
    }
    if !(-90.0..=90.0).contains(&lat) {
        return Err(Error::field("lat", "place.out_of_range"));
    }
    Ok(())
}

/// Reads `bytes` as JSON into `T`; the fault names the field where reading stopped.
///
/// # Errors
/// 422 `form.invalid` with one field fault.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // PostgreSQL's text cannot hold it; no person writes it.
    if bytes.windows(6).any(|six| six == br"\u0000")
        && let Some(field) = serde_json::from_slice(bytes)
            .ok()
            .and_then(|v| with_nul(&v))
    {
        return Err(Error::field(field, "field.control"));
    }
    serde_json::from_slice(bytes).map_err(|e| {
        let said = e.to_string();
        let field = field_at_fault(bytes, &e, &said);
        Error::invalid(vec![unreadable(field, &said)])
    })
}

/// What a reader of JSON or of an address says of a value, as a fault that can be told in any language.
fn unreadable(field: String, said: &str) -> FieldFault {
    // unknown variant `x`, expected one of `a`, `b`
    if let Some((_, words)) = said.split_once("unknown variant `") {
        let value = words.split('`').next().unwrap_or_default();
        let choices: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
        return FieldFault::new(field, "field.one_of")
            .with("said", value)
            .with("choices", choices.join(", "));
    }
    FieldFault::new(field, "field.unreadable").with("said", said)
}

/// The first field whose name or text holds a NUL, dots leading into objects.
fn with_nul(value: &Value) -> Option<String> {
    let below = |name: &str, inner: &Value| {
        let found = with_nul(inner)?;
        Some(if found.is_empty() {
            name.to_owned()
        } else {
            format!("{name}.{found}")
        })
    };
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .find_map(|(n, inner)| below(&n.to_string(), inner)),
        Value::Object(fields) => fields.iter().find_map(|(name, inner)| {
            if name.contains('\0') {
                return Some(name.replace('\0', ""));
            }
            below(name, inner)
        }),
        _ => None,
    }
}

/// The field a reading stopped at: the one that is missing, else the last key before that place.
fn field_at_fault(bytes: &[u8], error: &serde_json::Error, said: &str) -> String {
    let named = ["missing field `", "unknown field `"]
        .iter()
        .find_map(|start| said.strip_prefix(start)?.split('`').next());
    if let Some(name) = named {
        return name.to_owned();
    }
    let lines_before = bytes
        .split_inclusive(|b| *b == b'\n')
        .take(error.line().saturating_sub(1));
    let upto = lines_before.map(<[u8]>::len).sum::<usize>() + error.column();
    let read = String::from_utf8_lossy(bytes.get(..upto.min(bytes.len())).unwrap_or_default());
    let key = read.rfind("\":").and_then(|end| {
        let key = read.get(..end)?;
        key.get(key.rfind('"')? + 1..)
    });
    key.unwrap_or("body").to_owned()
}
