//! The OpenAPI document and the page that reads it aloud.

use axum::http::header;
use axum::response::{Html, IntoResponse};
use kernel::{Need, RouteRule};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi};

/// Adds title and licence, and to every operation what its caller must hold.
#[must_use]
pub fn complete(mut document: OpenApi, rules: &[&[RouteRule]]) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Gridwork 格务")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "A city's grid-based community service. Times are RFC 3339 in UTC, places longitude and \
             latitude in degrees (CGCS2000), errors problem documents (RFC 9457) with a code and a \
             sentence in the language asked for.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").build()))
        .build();
    for rule in rules.iter().copied().flatten() {
        let Some(item) = document.paths.paths.get_mut(rule.path) else {
            continue;
        };
        let operation = match rule.method {
            "GET" => &mut item.get,
            "POST" => &mut item.post,
            "PUT" => &mut item.put,
            "DELETE" => &mut item.delete,
            _ => continue,
        };
        if let Some(operation) = operation {
            name(operation, rule.need);
        }
    }
    document
}

fn name(operation: &mut Operation, need: Need) {
    let value = match need {
        Need::Public => serde_json::json!("public"),
        Need::Session => serde_json::json!("session"),
        Need::Can(capability) => serde_json::json!(capability),
    };
    let extensions = operation.extensions.take().unwrap_or_default();
    let named = ExtensionsBuilder::from(extensions)
        .add("x-capability", value)
        .build();
    operation.extensions = Some(named);
}

/// The readable page: lists the document's routes, without anything from elsewhere.
pub async fn page() -> Html<&'static str> {
    Html(include_str!("document.html"))
}

/// The page's script, apart so that the content policy holds.
pub async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("document.js"),
    )
}
