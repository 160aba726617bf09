//! The HTTP face: every path in XML and JSON.

use axum::extract::{DefaultBodyLimit, OriginalUri, Path, RawQuery, Request, State as Axum};
use axum::response::Response;
use axum::routing::any;
use kernel::limits::From as Caller;
use kernel::rights::rule;
use kernel::{Lang, Need, RouteRule};
use open311::{Access, Format, Problem, Problems, RequestsQuery, UpdatesQuery};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::State;
use crate::answer::{Fault, Manner};
use crate::desk::{self, Called};
use crate::{form, updates};

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/open311/discovery.xml", Need::Public),
    rule("GET", "/open311/discovery.json", Need::Public),
    rule("GET", "/open311/v2/services.xml", Need::Public),
    rule("GET", "/open311/v2/services.json", Need::Public),
    rule("GET", "/open311/v2/services/{service_code}", Need::Public),
    rule("GET", "/open311/v2/requests.xml", Need::Public),
    rule("GET", "/open311/v2/requests.json", Need::Public),
    rule("POST", "/open311/v2/requests.xml", Need::Public),
    rule("POST", "/open311/v2/requests.json", Need::Public),
    rule(
        "GET",
        "/open311/v2/requests/{service_request_id}",
        Need::Public,
    ),
    rule("GET", "/open311/v2/tokens/{token}", Need::Public),
    rule("GET", "/open311/v2/servicerequestupdates.xml", Need::Public),
    rule(
        "GET",
        "/open311/v2/servicerequestupdates.json",
        Need::Public,
    ),
    rule(
        "POST",
        "/open311/v2/servicerequestupdates.xml",
        Need::Public,
    ),
    rule(
        "POST",
        "/open311/v2/servicerequestupdates.json",
        Need::Public,
    ),
    // What is no call is 404 in Open311's form, by any of the usual methods.
    rule("GET", "/open311/{*rest}", Need::Public),
    rule("POST", "/open311/{*rest}", Need::Public),
    rule("PUT", "/open311/{*rest}", Need::Public),
    rule("DELETE", "/open311/{*rest}", Need::Public),
    rule("PATCH", "/open311/{*rest}", Need::Public),
];

/// The routes of this crate.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(discovery_xml))
        .routes(routes!(discovery_json))
        .routes(routes!(services_xml))
        .routes(routes!(services_json))
        .routes(routes!(service))
        .routes(routes!(requests_xml, post_request_xml))
        .routes(routes!(requests_json, post_request_json))
        .routes(routes!(request))
        .routes(routes!(token))
        .routes(routes!(updates_xml, post_update_xml))
        .routes(routes!(updates_json, post_update_json))
        .route("/open311/{*rest}", any(nothing_here))
        .layer(DefaultBodyLimit::max(form::MOST_BODY))
}

/// One of the failures an answer lists.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Failure {
    /// 400, 403, 404, 429, 500 or 503, as the answer's status.
    code: u16,
    /// What is wrong, naming the argument.
    description: String,
}

/// Arguments every call takes.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query, which is read by name")]
struct Asked {
    /// Must be the city's, or absent.
    jurisdiction_id: Option<String>,
    /// Where one is given it must be in force.
    api_key: Option<String>,
}

/// Filters of requests.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query, which is read by name")]
struct Filters {
    /// Must be the city's, or absent.
    jurisdiction_id: Option<String>,
    /// Where one is given it must be in force; then requests it filed are found whatever they are about.
    api_key: Option<String>,
    /// Case numbers, by commas; overrides every other filter.
    service_request_id: Option<String>,
    /// Matter codes, by commas.
    service_code: Option<String>,
    /// From when they were made, with time zone; at most 90 days before the end.
    start_date: Option<String>,
    /// Until when they were made, with time zone.
    end_date: Option<String>,
    /// `open`, `closed` or both by a comma.
    status: Option<String>,
    /// Extension: changed since, with time zone.
    updated_after: Option<String>,
    /// Extension: changed until, with time zone.
    updated_before: Option<String>,
    /// Extension: degrees north, with `long`.
    lat: Option<f64>,
    /// Extension: degrees east, with `lat`.
    long: Option<f64>,
    /// Extension: metres around, at most 10,000.
    radius: Option<f64>,
    /// Extension: from 1.
    page: Option<u32>,
    /// Extension: at most 1,000.
    page_size: Option<u32>,
    /// Extension: `true` adds `attributes`, `extended_attributes` and `notes`.
    extensions: Option<bool>,
}

/// Filters of updates.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query, which is read by name")]
struct UpdateFilters {
    /// Must be the city's, or absent.
    jurisdiction_id: Option<String>,
    /// Where one is given it must be in force; then updates of what it filed are told too.
    api_key: Option<String>,
    /// From when, with time zone; at most 90 days before the end.
    start_date: Option<String>,
    /// Until when, with time zone.
    end_date: Option<String>,
}

/// A new request.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read by name")]
struct NewRequest {
    /// The caller's key.
    api_key: String,
    /// Must be the city's, or absent.
    jurisdiction_id: Option<String>,
    /// Matter code.
    service_code: String,
    /// Degrees north.
    lat: Option<f64>,
    /// Degrees east.
    long: Option<f64>,
    /// The place in words.
    address_string: Option<String>,
    /// Code of a grid or division.
    address_id: Option<String>,
    /// The report, 2 to 4,000 characters.
    description: Option<String>,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Telephone number.
    phone: Option<String>,
    /// Taken, not kept.
    email: Option<String>,
    /// Taken, not kept.
    device_id: Option<String>,
    /// Taken, not kept.
    account_id: Option<String>,
    /// Where a picture is to be fetched.
    media_url: Option<String>,
    /// Extension: the client's own id; the same one again is the same request.
    client_request_id: Option<String>,
    /// Extension: `token` to be answered with a token.
    receipt: Option<String>,
}

/// An update of a request the key filed.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read by name")]
struct NewUpdate {
    /// The caller's key.
    api_key: String,
    /// Must be the city's, or absent.
    jurisdiction_id: Option<String>,
    /// Case number.
    service_request_id: String,
    /// The caller's own id; the same one again is the same update.
    update_id: String,
    /// What the reporter says: `OPEN`, `FIXED`, `CLOSED`, `REOPEN`, `CANCELLED`, or the present status.
    status: String,
    /// When it was made, with time zone.
    updated_datetime: String,
    /// Its words, at most 2,000 characters.
    description: String,
    /// Where a picture is to be fetched.
    media_url: Option<String>,
}

/// Answers with what `call` makes, in `format`.
async fn answered<T>(
    format: Format,
    lang: Lang,
    call: impl Future<Output = Called<T>>,
    write: impl FnOnce(Manner, T) -> Response,
) -> Response {
    let manner = Manner { format, lang };
    manner.either(call.await.map(|made| write(manner, made)))
}

fn unknown(path: &str) -> Fault {
    Problem::NoSuchResource(path.chars().take(200).collect()).into()
}

/// Splits `ID.xml`; the format of the failure where there is none is XML.
fn split(last: &str) -> (Format, Result<&str, Fault>) {
    match Format::from_suffix(last) {
        Some((stem, format)) => (format, Ok(stem)),
        None => (Format::Xml, Err(unknown(last))),
    }
}

/// What is no call of GeoReport.
async fn nothing_here(lang: Lang, OriginalUri(uri): OriginalUri) -> Response {
    let path = uri.path();
    let format = Format::from_suffix(path).map_or(Format::Xml, |(_, format)| format);
    Manner { format, lang }.either(Err(unknown(path)))
}

async fn discover(state: &State, lang: Lang, format: Format) -> Response {
    let call = desk::discovery(state, lang);
    answered(format, lang, call, |m, made| m.ok(&made.document())).await
}

async fn list_services(
    state: &State,
    lang: Lang,
    format: Format,
    query: Option<String>,
    from: &Caller,
) -> Response {
    let call = async {
        let access = Access::from_query(&form::query(query.as_deref()))?;
        desk::admit(state, &access, from).await?;
        Ok(desk::services(state, lang))
    };
    answered(format, lang, call, |m, made| {
        m.ok(&open311::services(&made))
    })
    .await
}

async fn list_requests(
    state: &State,
    lang: Lang,
    format: Format,
    query: Option<String>,
    from: &Caller,
) -> Response {
    let call = async {
        let pairs = form::query(query.as_deref());
        let extended = extended(&pairs)?;
        let query = RequestsQuery::from_query(&pairs, state.cases.app.clock.now().stamp())?;
        let key = desk::admit(state, &query.access, from).await?;
        desk::count_read(state, from).await?;
        let shown = desk::list(state, &query, key.as_ref(), lang).await?;
        desk::document(state, &shown, extended, lang).await
    };
    answered(format, lang, call, |m, made| m.ok(&made)).await
}

/// Whether `extensions=true` is asked for.
fn extended(pairs: &[(String, String)]) -> Result<bool, Problems> {
    let given = pairs.iter().rev().find(|(name, _)| name == "extensions");
    match given.map(|(_, value)| value.trim().to_ascii_lowercase()) {
        None => Ok(false),
        Some(word) => match word.as_str() {
            "" | "false" | "0" => Ok(false),
            "true" | "1" => Ok(true),
            _ => Err(Problem::NotOffered {
                field: "extensions".to_owned(),
                value: word.chars().take(200).collect(),
            }
            .into()),
        },
    }
}

async fn take_request(
    state: &State,
    lang: Lang,
    format: Format,
    from: &Caller,
    request: Request,
) -> Response {
    let call = async {
        let sent = form::read(request).await?;
        desk::post(state, sent, from, lang).await
    };
    answered(format, lang, call, |m, made| {
        m.ok(&open311::receipts(&[made]))
    })
    .await
}

async fn list_updates(
    state: &State,
    lang: Lang,
    format: Format,
    query: Option<String>,
    from: &Caller,
) -> Response {
    let call = async {
        let pairs = form::query(query.as_deref());
        let query = UpdatesQuery::from_query(&pairs, state.cases.app.clock.now().stamp())?;
        let key = desk::admit(state, &query.access, from).await?;
        desk::count_read(state, from).await?;
        updates::list(state, &query, key.as_ref(), lang).await
    };
    answered(format, lang, call, |m, made| m.ok(&open311::updates(&made))).await
}

async fn take_update(
    state: &State,
    lang: Lang,
    format: Format,
    from: &Caller,
    request: Request,
) -> Response {
    let call = async {
        let sent = form::read(request).await?;
        updates::post(state, sent, from).await
    };
    answered(format, lang, call, |m, made| {
        m.ok(&open311::update_receipt(&made))
    })
    .await
}

/// The attributes a service asks for, as `CODE.xml` or `CODE.json`.
#[utoipa::path(get, path = "/open311/v2/services/{service_code}", tag = "open311",
    params(("service_code" = String, Path, description = "Matter code with .xml or .json"), Asked),
    responses((status = 200, description = "service_definition"), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn service(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    Path(last): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let last = last.replace('\0', "");
    let (format, code) = split(&last);
    let call = async {
        let access = Access::from_query(&form::query(query.as_deref()))?;
        desk::admit(&state, &access, &from).await?;
        desk::definition(&state, code?, lang)
    };
    answered(format, lang, call, |m, made| m.ok(&made.document())).await
}

/// One request, as `NUMBER.xml` or `NUMBER.json`.
#[utoipa::path(get, path = "/open311/v2/requests/{service_request_id}", tag = "open311",
    params(("service_request_id" = String, Path, description = "Case number with .xml or .json"), Asked),
    responses((status = 200, description = "service_requests with one"), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn request(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    Path(last): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let last = last.replace('\0', "");
    let (format, id) = split(&last);
    let call = async {
        let pairs = form::query(query.as_deref());
        let access = Access::from_query(&pairs)?;
        let extended = extended(&pairs)?;
        let key = desk::admit(&state, &access, &from).await?;
        desk::count_read(&state, &from).await?;
        let shown = desk::one(&state, id?, key.as_ref(), lang).await?;
        desk::document(&state, &shown, extended, lang).await
    };
    answered(format, lang, call, |m, made| m.ok(&made)).await
}

/// The request a token stands for, as `TOKEN.xml` or `TOKEN.json`.
#[utoipa::path(get, path = "/open311/v2/tokens/{token}", tag = "open311",
    params(("token" = String, Path, description = "Token with .xml or .json"), Asked),
    responses((status = 200, description = "service_requests with service_request_id and token"),
              (status = 404, body = Vec<Failure>)))]
async fn token(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    Path(last): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let last = last.replace('\0', "");
    let (format, token) = split(&last);
    let call = async {
        let access = Access::from_query(&form::query(query.as_deref()))?;
        desk::admit(&state, &access, &from).await?;
        desk::count_read(&state, &from).await?;
        let token = token?;
        let number = desk::number_of(&state, token).await?;
        Ok((number, token.to_owned()))
    };
    answered(format, lang, call, |m, (number, token)| {
        m.ok(&open311::token_request(Some(&number), &token))
    })
    .await
}

/// Where the endpoint is and what it speaks.
#[utoipa::path(get, path = "/open311/discovery.xml", tag = "open311",
    responses((status = 200, description = "discovery")))]
async fn discovery_xml(Axum(state): Axum<State>, lang: Lang) -> Response {
    discover(&state, lang, Format::Xml).await
}

/// Where the endpoint is and what it speaks.
#[utoipa::path(get, path = "/open311/discovery.json", tag = "open311",
    responses((status = 200, description = "discovery")))]
async fn discovery_json(Axum(state): Axum<State>, lang: Lang) -> Response {
    discover(&state, lang, Format::Json).await
}

/// What can be asked for.
#[utoipa::path(get, path = "/open311/v2/services.xml", tag = "open311", params(Asked),
    responses((status = 200, description = "services"),
              (status = 400, body = Vec<Failure>), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn services_xml(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    list_services(&state, lang, Format::Xml, query, &from).await
}

/// What can be asked for.
#[utoipa::path(get, path = "/open311/v2/services.json", tag = "open311", params(Asked),
    responses((status = 200, description = "services"),
              (status = 400, body = Vec<Failure>), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn services_json(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    list_services(&state, lang, Format::Json, query, &from).await
}

/// Requests, the newest first: of the last 90 days unless said otherwise, at most 1,000.
#[utoipa::path(get, path = "/open311/v2/requests.xml", tag = "open311", params(Filters),
    responses((status = 200, description = "service_requests"),
              (status = 400, body = Vec<Failure>), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn requests_xml(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    list_requests(&state, lang, Format::Xml, query, &from).await
}

/// Requests, the newest first: of the last 90 days unless said otherwise, at most 1,000.
#[utoipa::path(get, path = "/open311/v2/requests.json", tag = "open311", params(Filters),
    responses((status = 200, description = "service_requests"),
              (status = 400, body = Vec<Failure>), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn requests_json(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    list_requests(&state, lang, Format::Json, query, &from).await
}

/// A new request; pictures may come along as `media` of a multipart form.
#[utoipa::path(post, path = "/open311/v2/requests.xml", tag = "open311",
    request_body(content = NewRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "service_requests with the id"), (status = 400, body = Vec<Failure>),
              (status = 403, body = Vec<Failure>), (status = 404, body = Vec<Failure>),
              (status = 429, body = Vec<Failure>)))]
async fn post_request_xml(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    request: Request,
) -> Response {
    take_request(&state, lang, Format::Xml, &from, request).await
}

/// A new request; pictures may come along as `media` of a multipart form.
#[utoipa::path(post, path = "/open311/v2/requests.json", tag = "open311",
    request_body(content = NewRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "service_requests with the id"), (status = 400, body = Vec<Failure>),
              (status = 403, body = Vec<Failure>), (status = 404, body = Vec<Failure>),
              (status = 429, body = Vec<Failure>)))]
async fn post_request_json(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    request: Request,
) -> Response {
    take_request(&state, lang, Format::Json, &from, request).await
}

/// What happened to requests, the oldest first, at most 1,000.
#[utoipa::path(get, path = "/open311/v2/servicerequestupdates.xml", tag = "open311", params(UpdateFilters),
    responses((status = 200, description = "service_request_updates"),
              (status = 400, body = Vec<Failure>), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn updates_xml(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    list_updates(&state, lang, Format::Xml, query, &from).await
}

/// What happened to requests, the oldest first, at most 1,000.
#[utoipa::path(get, path = "/open311/v2/servicerequestupdates.json", tag = "open311", params(UpdateFilters),
    responses((status = 200, description = "service_request_updates"),
              (status = 400, body = Vec<Failure>), (status = 403, body = Vec<Failure>),
              (status = 404, body = Vec<Failure>)))]
async fn updates_json(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    RawQuery(query): RawQuery,
) -> Response {
    list_updates(&state, lang, Format::Json, query, &from).await
}

/// What the reporter says about a request the key filed.
#[utoipa::path(post, path = "/open311/v2/servicerequestupdates.xml", tag = "open311",
    request_body(content = NewUpdate, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "service_request_updates with the id"), (status = 400, body = Vec<Failure>),
              (status = 403, body = Vec<Failure>), (status = 404, body = Vec<Failure>),
              (status = 429, body = Vec<Failure>)))]
async fn post_update_xml(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    request: Request,
) -> Response {
    take_update(&state, lang, Format::Xml, &from, request).await
}

/// What the reporter says about a request the key filed.
#[utoipa::path(post, path = "/open311/v2/servicerequestupdates.json", tag = "open311",
    request_body(content = NewUpdate, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "service_request_updates with the id"), (status = 400, body = Vec<Failure>),
              (status = 403, body = Vec<Failure>), (status = 404, body = Vec<Failure>),
              (status = 429, body = Vec<Failure>)))]
async fn post_update_json(
    Axum(state): Axum<State>,
    lang: Lang,
    from: Caller,
    request: Request,
) -> Response {
    take_update(&state, lang, Format::Json, &from, request).await
}
