//! The catalogue over HTTP: for residents, for staff, and as a spreadsheet for whoever keeps it.

mod answers;
mod sheet;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State as Given};
use kernel::rights::rule;
use kernel::{Capability, Error, FieldFault, Form, Lang, Need, Result, RouteRule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use answers::{MatterAnswer, PublicMatter};
pub use sheet::xlsx as written_sheet;

use crate::import::MAX_BYTES;
use crate::shelf::Shelf;
use crate::suggest::Hints;
use answers::{CategoriesAnswer, PublicCategoriesAnswer, speech};

/// What the routes of this crate are given.
#[derive(Debug, Clone)]
pub struct State {
    /// The city's database, clock and zone.
    pub app: kernel::App,
    /// The catalogue at hand.
    pub shelf: Shelf,
}

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/public/matters", Need::Public),
    rule("POST", "/api/public/suggest-matter", Need::Public),
    rule("GET", "/api/matters", Need::Can(Capability::ReadNet)),
    rule(
        "POST",
        "/api/matters/suggest",
        Need::Can(Capability::ReportCases),
    ),
    rule(
        "GET",
        "/api/admin/matters/template.xlsx",
        Need::Can(Capability::KeepMatters),
    ),
    rule(
        "POST",
        "/api/admin/matters/import",
        Need::Can(Capability::KeepMatters),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    let sheets = OpenApiRouter::new()
        .routes(routes!(sheet::template))
        .routes(routes!(sheet::import))
        .layer(DefaultBodyLimit::max(MAX_BYTES + 64 * 1024));
    OpenApiRouter::new()
        .routes(routes!(public_matters))
        .routes(routes!(matters))
        .routes(routes!(suggest_public))
        .routes(routes!(suggest_staff))
        .merge(sheets)
}

/// The matters a resident may report, by category.
#[utoipa::path(get, path = "/api/public/matters", tag = "matters", responses((status = 200, body = PublicCategoriesAnswer)))]
async fn public_matters(Given(state): Given<State>) -> Json<PublicCategoriesAnswer> {
    Json(PublicCategoriesAnswer::of(&state.shelf.current().catalogue))
}

/// The whole catalogue with limits, evidence and closing rules.
#[utoipa::path(get, path = "/api/matters", tag = "matters", responses((status = 200, body = CategoriesAnswer)))]
async fn matters(Given(state): Given<State>) -> Json<CategoriesAnswer> {
    Json(CategoriesAnswer::of(&state.shelf.current().catalogue))
}

#[derive(Deserialize, ToSchema)]
struct Words {
    /// What somebody says happened, at most 2,000 letters.
    text: String,
}

/// A matter the words may mean.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionAnswer {
    code: String,
    name_zh: String,
    name_en: String,
    /// 0 to 1; 0.5 is a good match, not a probability.
    score: f64,
    /// The words that led to it.
    because: Vec<String>,
}

/// Matters the words may mean, the best first, at most five.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionsAnswer {
    suggestions: Vec<SuggestionAnswer>,
}

/// Which matter a resident's words mean.
#[utoipa::path(post, path = "/api/public/suggest-matter", tag = "matters", request_body = Words, responses((status = 200, body = SuggestionsAnswer)))]
async fn suggest_public(
    Given(state): Given<State>,
    lang: Lang,
    Form(words): Form<Words>,
) -> Result<Json<SuggestionsAnswer>> {
    suggest(&state, lang, &words.text, true)
}

/// Which matter words mean, of all matters.
#[utoipa::path(post, path = "/api/matters/suggest", tag = "matters", request_body = Words, responses((status = 200, body = SuggestionsAnswer)))]
async fn suggest_staff(
    Given(state): Given<State>,
    lang: Lang,
    Form(words): Form<Words>,
) -> Result<Json<SuggestionsAnswer>> {
    suggest(&state, lang, &words.text, false)
}

/// Segmenting takes microseconds, so it is done in the request's own task.
fn suggest(
    state: &State,
    lang: Lang,
    text: &str,
    public_only: bool,
) -> Result<Json<SuggestionsAnswer>> {
    if text.chars().count() > 2_000 {
        let fault = FieldFault::new("text", "text.too_long").with("most", 2_000);
        return Err(Error::invalid(vec![fault]));
    }
    let shelved = state.shelf.current();
    let now = state
        .app
        .clock
        .now()
        .stamp()
        .to_zoned(state.app.city.zone.clone());
    let hour = u8::try_from(now.hour()).ok();
    let hints = Hints {
        hour,
        in_dedicated_kind: None,
        public_only,
    };
    let found = shelved.suggester.suggest(text, speech(lang), &hints, 5);
    let suggestions = found
        .into_iter()
        .filter_map(|s| {
            let matter = shelved.matter(&s.code)?;
            let (name_zh, name_en) = (matter.name.zh.clone(), matter.name.en.clone());
            Some(SuggestionAnswer {
                code: s.code,
                name_zh,
                name_en,
                score: s.score,
                because: s.because,
            })
        })
        .collect();
    Ok(Json(SuggestionsAnswer { suggestions }))
}
