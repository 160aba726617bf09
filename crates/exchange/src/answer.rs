//! How an answer goes out: in the format of the path, in the language of the caller, and failures in
//! the form Open311 gives them.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cases::model::Stage;
use kernel::{Error, Lang};
use open311::{Document, Format, Language, Problem, Problems, Value};
use serde_json::Map;

/// Why there is no answer but an error.
#[derive(Debug)]
pub enum Fault {
    /// The request is wrong.
    Asked(Problems),
    /// A rule of ours says no, or we failed.
    Ours(Error),
}

impl From<Problems> for Fault {
    fn from(problems: Problems) -> Self {
        Self::Asked(problems)
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Asked(problem.into())
    }
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

/// The format and the language of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// XML or JSON.
    pub format: Format,
    /// The caller's language.
    pub lang: Lang,
}

impl Manner {
    /// The document as an answer.
    #[must_use]
    pub fn ok(self, document: &Document<'_>) -> Response {
        self.send(StatusCode::OK, document)
    }

    /// `document` or the fault.
    #[must_use]
    pub fn either(self, answer: Result<Response, Fault>) -> Response {
        answer.unwrap_or_else(|fault| self.fault(&fault))
    }

    fn send(self, status: StatusCode, document: &Document<'_>) -> Response {
        let mut headers = HeaderMap::new();
        let content_type = HeaderValue::from_static(self.format.content_type());
        headers.insert(header::CONTENT_TYPE, content_type);
        // What is answered here is public and asks for no cookie: any page may read it.
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        );
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        (status, headers, document.write(self.format)).into_response()
    }

    fn fault(self, fault: &Fault) -> Response {
        match fault {
            Fault::Asked(problems) => {
                let status = StatusCode::from_u16(problems.status());
                let language = match self.lang {
                    Lang::Zh => Language::Chinese,
                    Lang::En => Language::English,
                };
                self.send(
                    status.unwrap_or(StatusCode::BAD_REQUEST),
                    &problems.document(language),
                )
            }
            Fault::Ours(error) => self.ours(error),
        }
    }

    /// An error of ours: what a rule refuses is 400 here, as the specification wants it.
    fn ours(self, error: &Error) -> Response {
        let status = match error.status() {
            kept @ (StatusCode::NOT_FOUND
            | StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::INSUFFICIENT_STORAGE) => kept,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut descriptions = Vec::new();
        let mut wait = None;
        match error {
            Error::Refused {
                code,
                params,
                fields,
                ..
            } => {
                wait = params.get("retry_after_s").and_then(|s| s.as_u64());
                descriptions.extend(fields.iter().map(|field| {
                    let name = argument(&field.field);
                    let sentence = self.sentence(field.code, &field.params);
                    format!("{name}{}{sentence}", self.lang.pick("：", ": "))
                }));
                if fields.is_empty() {
                    descriptions.push(self.sentence(code, params));
                }
            }
            Error::NotFound(code) => descriptions.push(self.sentence(code, &Map::new())),
            Error::Ours(what, source) => {
                let reference = uuid::Uuid::now_v7().simple().to_string();
                let chain = kernel::error::chain(source.as_ref());
                tracing::error!(%reference, what, chain, "an Open311 request failed");
                let sentence = self.sentence(error.code(), &Map::new());
                descriptions.push(format!("{sentence} ({reference})"));
            }
        }
        let code = u64::from(status.as_u16());
        let items = descriptions.into_iter().map(|description| {
            Value::Object(vec![
                ("code", Value::Integer(code)),
                ("description", Value::Text(description.into())),
            ])
        });
        let document = Document {
            root: "errors",
            value: Value::List("error", items.collect()),
        };
        let mut response = self.send(status, &document);
        let wait = wait.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(2));
        if let Some(wait) = wait {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }

    fn sentence(self, code: &str, params: &Map<String, serde_json::Value>) -> String {
        let mut params = params.clone();
        let stage = params.get("stage").and_then(|s| s.as_str());
        if let Some(stage) = stage.and_then(Stage::from_word) {
            let (zh, en) = cases::view::stage_name(stage);
            params.insert("stage".to_owned(), self.lang.pick(zh, en).into());
        }
        kernel::words::sentence(self.lang, code, &params)
    }
}

/// What Open311 calls a field of ours.
fn argument(field: &str) -> &str {
    match field {
        "text" | "words" | "note" => "description",
        "matter" => "service_code",
        "lon" => "long",
        "place_text" => "address_string",
        "name" => "first_name",
        "answers" => "attribute",
        "file" => "media",
        other if other.starts_with("media.") => "media",
        other => other,
    }
}
