//! The HTTP face: JSON or a page, as asked; kept by clients under an entity tag.

use axum::extract::{OriginalUri, RawQuery, State as Given};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::limits::From as Caller;
use kernel::rights::rule;
use kernel::{Lang, Need, Path, RouteRule};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::asked::Asked;
use super::collections::Collection;
use super::crs::Crs;
use super::document::{GEOJSON, JSON, OPENAPI, Page, Place};
use super::fault::{Fault, open};
use super::{State, api, areas, cases, html};

/// Pages of features per address and minute.
const READS_A_MINUTE: i32 = 1_200;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/ogc", Need::Public),
    rule("GET", "/ogc/", Need::Public),
    rule("GET", "/ogc/conformance", Need::Public),
    rule("GET", "/ogc/api", Need::Public),
    rule("GET", "/ogc/collections", Need::Public),
    rule("GET", "/ogc/collections/{collection}", Need::Public),
    rule("GET", "/ogc/collections/{collection}/items", Need::Public),
    rule(
        "GET",
        "/ogc/collections/{collection}/items/{feature}",
        Need::Public,
    ),
    rule("GET", "/ogc/{*rest}", Need::Public),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(landing))
        .routes(routes!(conformance))
        .routes(routes!(definition))
        .routes(routes!(collections))
        .routes(routes!(collection))
        .routes(routes!(items))
        .routes(routes!(item))
        .route("/ogc/", axum::routing::get(landing))
        .route("/ogc/{*rest}", axum::routing::get(nothing_here))
}

/// How the answer is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Html,
}

/// A request as every route needs it.
struct Call {
    pairs: Vec<(String, String)>,
    form: Form,
    tag: Option<String>,
    place: Place,
}

/// What is answered.
struct Made {
    title: String,
    kind: &'static str,
    document: Value,
    crs: Option<Crs>,
    max_age_s: u32,
}

fn plain(title: &str, document: Value) -> Made {
    Made {
        title: title.to_owned(),
        kind: JSON,
        document,
        crs: None,
        max_age_s: 300,
    }
}

impl Call {
    /// Reads query and headers.
    ///
    /// # Errors
    /// 400 for an unknown form.
    fn read(
        state: &State,
        lang: Lang,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<Self, Fault> {
        let query = query.unwrap_or_default().as_bytes();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query)
            .map(|(n, v)| (n.replace('\0', ""), v.replace('\0', "")))
            .collect();
        let said = |name| {
            headers
                .get(name)
                .and_then(|v: &HeaderValue| v.to_str().ok())
        };
        let form = match pairs.iter().find(|(n, _)| n == "f") {
            Some((_, f)) => match f.as_str() {
                "json" | "geojson" => Form::Json,
                "html" => Form::Html,
                _ => return Err(Fault::Parameter("f".into(), "ogc.parameter_value")),
            },
            None => accepted(said(header::ACCEPT).unwrap_or_default())?,
        };
        let city = &state.cases.app.city;
        Ok(Self {
            pairs,
            form,
            tag: said(header::IF_NONE_MATCH).map(str::to_owned),
            place: Place {
                base: format!("{}/ogc", city.public_url),
                lang,
                city: lang.pick(&city.name.name_zh, &city.name.name_en).to_owned(),
                schematic: city.schematic,
            },
        })
    }

    /// Refuses parameters but these and `f`.
    fn only(&self, known: &[&str]) -> Result<(), Fault> {
        let unknown =
            |(name, _): &&(String, String)| name != "f" && !known.contains(&name.as_str());
        match self.pairs.iter().find(unknown) {
            None => Ok(()),
            Some((name, _)) => Err(Fault::Parameter(name.clone(), "ogc.parameter_unknown")),
        }
    }

    fn answer(&self, made: Made) -> Response {
        let (body, kind) = match self.form {
            Form::Json => (made.document.to_string(), made.kind),
            Form::Html => (
                html::page(&self.place, &made.title, &made.document),
                "text/html; charset=utf-8",
            ),
        };
        let mut digest = kernel::vault::digest(body.as_bytes());
        digest.truncate(12);
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        // The same document may be sent compressed, so the tag is a weak one.
        let tag = format!("W/\"{hex}\"");
        let same = self
            .tag
            .as_deref()
            .is_some_and(|sent| sent.split(',').any(|t| t.trim() == tag || t.trim() == "*"));
        let mut answer = if same {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, kind)], body).into_response()
        };
        open(&mut answer);
        let headers = answer.headers_mut();
        let mut put = |name: header::HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        put(header::ETAG, tag);
        put(header::VARY, "accept, accept-language".into());
        put(
            header::CACHE_CONTROL,
            format!("public, max-age={}", made.max_age_s),
        );
        put(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "content-crs, etag, link".into(),
        );
        put(
            header::CONTENT_LANGUAGE,
            self.place.lang.pick("zh-CN", "en").into(),
        );
        if let Some(crs) = made.crs {
            let named = header::HeaderName::from_static("content-crs");
            put(named, format!("<{}>", crs.uri()));
        }
        let links: Vec<String> = made.document["links"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|l| {
                let text = |name: &str| l[name].as_str();
                Some(format!(
                    "<{}>; rel=\"{}\"; type=\"{}\"",
                    text("href")?,
                    text("rel")?,
                    text("type")?.replace('"', "")
                ))
            })
            .collect();
        put(header::LINK, links.join(", "));
        answer
    }
}

/// The first of our forms the header asks for; JSON when it asks for anything.
fn accepted(header: &str) -> Result<Form, Fault> {
    if header.trim().is_empty() {
        return Ok(Form::Json);
    }
    let mut best: Option<(f64, Form)> = None;
    for part in header.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let kind = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let weight = pieces
            .find_map(|p| p.strip_prefix("q="))
            .map_or(Some(1.0), |q| q.parse::<f64>().ok())
            .unwrap_or(0.0);
        let form = match kind.as_str() {
            "text/html" | "application/xhtml+xml" | "text/*" => Form::Html,
            "*/*" | "application/*" | "application/json" | "application/geo+json" => Form::Json,
            other if other.ends_with("+json") => Form::Json,
            _ => continue,
        };
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, form)| form).ok_or(Fault::Format)
}

/// Runs a call and writes what comes of it.
async fn answered(
    given: (&State, Lang, Option<String>, &HeaderMap),
    work: impl AsyncFnOnce(&Call) -> Result<Made, Fault>,
) -> Response {
    let (state, lang, query, headers) = given;
    let call = match Call::read(state, lang, query.as_deref(), headers) {
        Ok(call) => call,
        Err(fault) => return fault.answer(lang),
    };
    match work(&call).await {
        Ok(made) => call.answer(made),
        Err(fault) => fault.answer(lang),
    }
}

fn find(id: &str) -> Result<Collection, Fault> {
    Collection::find(id).ok_or(Fault::Nothing("ogc.collection_not_found"))
}

/// The landing page of OGC API – Features.
#[utoipa::path(get, path = "/ogc", tag = "ogc", params(("f" = Option<String>, Query, description = "json or html")),
    responses((status = 200, body = Object)))]
async fn landing(
    Given(state): Given<State>,
    lang: Lang,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answered((&state, lang, query, &headers), async |call: &Call| {
        call.only(&[])?;
        Ok(plain(&call.place.title(), call.place.landing()))
    })
    .await
}

/// What the service keeps to.
#[utoipa::path(get, path = "/ogc/conformance", tag = "ogc", responses((status = 200, body = Object)))]
async fn conformance(
    Given(state): Given<State>,
    lang: Lang,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answered((&state, lang, query, &headers), async |call: &Call| {
        call.only(&[])?;
        let title = lang.pick("遵循的标准", "Conformance");
        Ok(plain(title, call.place.conformance()))
    })
    .await
}

/// The service's definition in OpenAPI 3.0.
#[utoipa::path(get, path = "/ogc/api", tag = "ogc", responses((status = 200, content_type = OPENAPI)))]
async fn definition(
    Given(state): Given<State>,
    lang: Lang,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answered((&state, lang, query, &headers), async |call: &Call| {
        call.only(&[])?;
        let title = lang.pick("接口定义", "Definition of the API");
        let document = api::definition(&call.place);
        Ok(Made {
            kind: OPENAPI,
            ..plain(title, document)
        })
    })
    .await
}

/// The collections there are.
#[utoipa::path(get, path = "/ogc/collections", tag = "ogc", responses((status = 200, body = Object)))]
async fn collections(
    Given(state): Given<State>,
    lang: Lang,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answered((&state, lang, query, &headers), async |call: &Call| {
        call.only(&[])?;
        let net = state.cases.net.current();
        let title = lang.pick("图层", "Collections");
        Ok(plain(title, call.place.collections(&net)))
    })
    .await
}

/// One collection.
#[utoipa::path(get, path = "/ogc/collections/{collection}", tag = "ogc",
    params(("collection" = String, Path, description = "divisions, grids or cases")),
    responses((status = 200, body = Object), (status = 404, description = "ogc.collection_not_found")))]
async fn collection(
    Given(state): Given<State>,
    lang: Lang,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answered((&state, lang, query, &headers), async |call: &Call| {
        let collection = find(&id)?;
        call.only(&[])?;
        let net = state.cases.net.current();
        let document = call.place.collection(collection, &net);
        Ok(plain(collection.title(lang), document))
    })
    .await
}

/// Parameters of `/items`, but those named after a property.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the query, which is read by name")]
struct Filters {
    /// At most so many features, 1 to 2,000; else 100.
    limit: Option<u32>,
    /// West, south, east, north; in the order of `bbox-crs`.
    bbox: Option<String>,
    /// The system of `bbox`, by its address.
    #[serde(rename = "bbox-crs")]
    bbox_crs: Option<String>,
    /// The system of the answer, by its address.
    crs: Option<String>,
    /// An instant, a day, or two with a slash between.
    datetime: Option<String>,
    /// The page after this feature.
    after: Option<String>,
    /// The page before this feature.
    before: Option<String>,
    /// `json` or `html`.
    f: Option<String>,
}

/// Features of a collection; any property that can be asked by may be named in the query too.
#[utoipa::path(get, path = "/ogc/collections/{collection}/items", tag = "ogc",
    params(("collection" = String, Path, description = "divisions, grids or cases"), Filters),
    responses((status = 200, content_type = GEOJSON, description = "a feature collection"),
              (status = 400, description = "a parameter that cannot be used"),
              (status = 404, description = "ogc.collection_not_found")))]
async fn items(
    Given(state): Given<State>,
    lang: Lang,
    from: Caller,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answered((&state, lang, query, &headers), async |call: &Call| {
        let collection = find(&id)?;
        let app = &state.cases.app;
        kernel::limits::check(app, "ogc.read", &from, READS_A_MINUTE, 60).await?;
        let asked = Asked::read(collection, &call.pairs)?;
        let page = find_page(&state, collection, &asked).await?;
        let mut document = json!({
            "type": "FeatureCollection",
            "timeStamp": app.clock.now(),
            "numberReturned": page.features.len(),
            "links": call.place.paging(collection, &asked, &page),
            "features": page.features,
        });
        if let (Some(matched), Some(object)) = (page.matched, document.as_object_mut()) {
            object.insert("numberMatched".into(), matched.into());
        }
        // The time would make each answer another.
        if collection != Collection::Cases
            && let Some(object) = document.as_object_mut()
        {
            object.remove("timeStamp");
        }
        Ok(Made {
            title: collection.title(lang).to_owned(),
            kind: GEOJSON,
            document,
            crs: Some(asked.crs),
            max_age_s: max_age_s(collection),
        })
    })
    .await
}

fn max_age_s(collection: Collection) -> u32 {
    match collection {
        Collection::Cases => 30,
        Collection::Divisions | Collection::Grids => 300,
    }
}

async fn find_page(state: &State, collection: Collection, asked: &Asked) -> Result<Page, Fault> {
    if collection == Collection::Cases {
        return cases::page(state, asked).await;
    }
    let net = state.cases.net.current();
    let shapes = state.shapes.net(&state.cases.app.db, net.number).await?;
    let asked = asked.clone();
    let found = tokio::task::spawn_blocking(move || match collection {
        Collection::Divisions => areas::divisions(&shapes, &asked),
        _ => areas::grids(&shapes, &net, &asked),
    });
    found
        .await
        .map_err(|e| Fault::Ours(kernel::Error::ours("finding features", e)))?
}

/// One feature.
#[utoipa::path(get, path = "/ogc/collections/{collection}/items/{feature}", tag = "ogc",
    params(("collection" = String, Path, description = "divisions, grids or cases"),
           ("feature" = String, Path, description = "code of a division or grid, number of a case"),
           ("crs" = Option<String>, Query, description = "the system of the answer, by its address")),
    responses((status = 200, content_type = GEOJSON, description = "a feature"),
              (status = 404, description = "ogc.feature_not_found")))]
async fn item(
    Given(state): Given<State>,
    lang: Lang,
    from: Caller,
    Path((id, feature)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answered((&state, lang, query, &headers), async |call: &Call| {
        let collection = find(&id)?;
        call.only(&["crs"])?;
        let app = &state.cases.app;
        kernel::limits::check(app, "ogc.read", &from, READS_A_MINUTE, 60).await?;
        let crs = match call.pairs.iter().find(|(n, _)| n == "crs") {
            Some((_, text)) => Crs::read("crs", text)?,
            None => Crs::Crs84,
        };
        let feature = feature.replace('\0', "");
        let mut document = one(&state, collection, &feature, crs).await?;
        let title = format!("{} {feature}", collection.title(lang));
        if let Some(object) = document.as_object_mut() {
            let links = call.place.around(collection, &feature);
            object.insert("links".into(), links.into());
        }
        Ok(Made {
            title,
            kind: GEOJSON,
            document,
            crs: Some(crs),
            max_age_s: max_age_s(collection),
        })
    })
    .await
}

async fn one(state: &State, collection: Collection, id: &str, crs: Crs) -> Result<Value, Fault> {
    if collection == Collection::Cases {
        return cases::one(state, id, crs).await;
    }
    let net = state.cases.net.current();
    let shapes = state.shapes.net(&state.cases.app.db, net.number).await?;
    let found = match collection {
        Collection::Divisions => {
            let mut all = shapes.divisions.iter();
            let found = all.find(|d| d.info.code.to_string() == id);
            found.map(|d| areas::division(d, crs))
        }
        _ => {
            let mut all = shapes.grids.iter();
            let found = all.find(|g| areas::grid_id(g) == id);
            found.map(|g| areas::grid(g, &net, crs))
        }
    };
    found.ok_or(Fault::Nothing("ogc.feature_not_found"))
}

async fn nothing_here(lang: Lang, _: OriginalUri) -> Response {
    Fault::Nothing("ogc.path_not_found").answer(lang)
}
