//! What an answer says when there is none: status, code and a sentence in the caller's language.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Lang, words::sentence};
use serde_json::{Map, Value, json};

/// Why there is no answer.
#[derive(Debug)]
pub enum Fault {
    /// 400: a parameter of this name cannot be used so. The text says which sentence.
    Parameter(String, &'static str),
    /// 404: no such collection or feature.
    Nothing(&'static str),
    /// 406: none of the ways asked for.
    Format,
    /// A rule of ours, or our fault.
    Ours(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Ours(error.into())
    }
}

impl Fault {
    /// The answer: the standard's `code` and `description` in a problem document.
    #[must_use]
    pub fn answer(self, lang: Lang) -> Response {
        let (status, code, parameter) = match self {
            Self::Parameter(name, code) => (StatusCode::BAD_REQUEST, code, name),
            Self::Nothing(code) => (StatusCode::NOT_FOUND, code, String::new()),
            Self::Format => (StatusCode::NOT_ACCEPTABLE, "ogc.format", String::new()),
            Self::Ours(error) => {
                let mut answer = error.into_response();
                open(&mut answer);
                return answer;
            }
        };
        let mut params = Map::new();
        if !parameter.is_empty() {
            params.insert("parameter".into(), Value::from(shortened(&parameter)));
        }
        let said = sentence(lang, code, &params);
        let body = json!({
            "type": format!("/docs/problems#{code}"),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": code,
            "description": said,
            "detail": said,
            "params": params,
        });
        let kind = (
            header::CONTENT_TYPE,
            "application/problem+json; charset=utf-8",
        );
        let mut answer = (status, [kind], body.to_string()).into_response();
        open(&mut answer);
        answer
    }
}

/// What is answered here is public and asks for no cookie: any page may read it.
pub fn open(answer: &mut Response) {
    let any = axum::http::HeaderValue::from_static("*");
    answer
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
}

fn shortened(name: &str) -> String {
    name.chars().take(80).collect()
}
