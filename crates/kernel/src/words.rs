//! Languages, two-language names, and the one catalogue of sentences shared by server and faces.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A language the product speaks. Chinese is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Lang {
    /// Simplified Chinese.
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// The language an `Accept-Language` header wants most of those we speak (RFC 9110, 12.5.4): the
    /// greatest weight, the first named among equals; Chinese when it wants neither.
    #[must_use]
    pub fn from_header(header: &str) -> Self {
        let mut best = (Self::default(), 0.0);
        for part in header.split(',') {
            let mut words = part.split(';').map(str::trim);
            let tag = words.next().unwrap_or_default().to_ascii_lowercase();
            let weight = words
                .find_map(|w| w.strip_prefix("q="))
                .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            let spoken = match tag.split('-').next() {
                Some("zh") => Self::Zh,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (spoken, weight);
            }
        }
        best.0
    }

    /// Picks the text in this language.
    #[must_use]
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(axum::http::header::ACCEPT_LANGUAGE);
        Ok(header
            .and_then(|h| h.to_str().ok())
            .map(Self::from_header)
            .unwrap_or_default())
    }
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Named {
    /// Chinese.
    pub name_zh: String,
    /// English.
    pub name_en: String,
}

/// The sentences of `data/messages/{zh-CN,en}.json`: key → sentence with `{named}` slots.
type Catalogue = HashMap<String, String>;

static ZH: LazyLock<Catalogue> =
    LazyLock::new(|| read(include_str!("../../../data/messages/zh-CN.json")));
static EN: LazyLock<Catalogue> =
    LazyLock::new(|| read(include_str!("../../../data/messages/en.json")));

fn read(json: &str) -> Catalogue {
    serde_json::from_str(json).expect("the message catalogue is checked by a test")
}

/// The sentence for `key` in `lang`, its slots filled from `params`; the key itself when missing. A slot may
/// have a text for each language: `{"zh": …, "en": …}`.
#[must_use]
pub fn sentence(lang: Lang, key: &str, params: &Map<String, Value>) -> String {
    let catalogue = match lang {
        Lang::Zh => &*ZH,
        Lang::En => &*EN,
    };
    let mut text = catalogue
        .get(key)
        .map_or_else(|| key.to_owned(), Clone::clone);
    for (name, value) in params {
        let shown = value
            .as_str()
            .or_else(|| value.get(lang.pick("zh", "en"))?.as_str())
            .map_or_else(|| value.to_string(), str::to_owned);
        text = text.replace(&format!("{{{name}}}"), &shown);
    }
    text
}

/// Every key that has a sentence in `lang`, for the test that no code is without one.
pub fn known(lang: Lang, key: &str) -> bool {
    match lang {
        Lang::Zh => ZH.contains_key(key),
        Lang::En => EN.contains_key(key),
    }
}
