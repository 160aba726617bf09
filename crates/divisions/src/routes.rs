//! The city, the net and its tiles over HTTP. Codes are text: a grid's has more digits than a
//! browser's numbers hold.

use axum::Json;
use axum::body::Body;
use axum::extract::State as Given;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::rights::rule;
use kernel::{Capability, Error, Moment, Need, Result, RouteRule};
use kernel::{Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::drafts::Followers;
use crate::model::{DivisionInfo, GridInfo, GridKind, Level};
use crate::net::{CurrentNet, Net, spoken};
use crate::places::Place;
use crate::store;

/// What the routes of this crate are given.
#[derive(Debug, Clone)]
pub struct State {
    /// The city's database, clock and name.
    pub app: kernel::App,
    /// The net in force.
    pub net: Net,
    /// Who follows when it changes.
    pub followers: Followers,
}

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/public/city", Need::Public),
    rule("GET", "/api/public/locate", Need::Public),
    rule("GET", "/api/public/places", Need::Public),
    rule("GET", "/api/tiles/areas/{net}/{z}/{x}/{y}", Need::Public),
    rule("GET", "/api/divisions", Need::Session),
    rule("GET", "/api/grids/{code}", Need::Can(Capability::ReadNet)),
    rule("GET", "/api/net/drafts", Need::Can(Capability::ReadNet)),
    rule("POST", "/api/net/drafts", Need::Can(Capability::KeepNet)),
    rule(
        "GET",
        "/api/net/drafts/{id}",
        Need::Can(Capability::ReadNet),
    ),
    rule(
        "GET",
        "/api/net/drafts/{id}/communities/{community}",
        Need::Can(Capability::ReadNet),
    ),
    rule(
        "GET",
        "/api/net/drafts/{id}/comparison",
        Need::Can(Capability::ReadNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/edits",
        Need::Can(Capability::KeepNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/cursor",
        Need::Can(Capability::KeepNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/submit",
        Need::Can(Capability::KeepNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/decision",
        Need::Can(Capability::ApproveNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/take-back",
        Need::Can(Capability::KeepNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/rebase",
        Need::Can(Capability::KeepNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/withdraw",
        Need::Can(Capability::KeepNet),
    ),
    rule(
        "POST",
        "/api/net/drafts/{id}/undo",
        Need::Can(Capability::KeepNet),
    ),
    rule("GET", "/api/locate", Need::Can(Capability::ReadNet)),
    rule("GET", "/api/nets", Need::Can(Capability::ReadNet)),
    rule("GET", "/api/net/grids", Need::Can(Capability::ReadNet)),
    rule(
        "GET",
        "/api/grids/{code}/history",
        Need::Can(Capability::ReadNet),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(city))
        .routes(routes!(locate))
        .routes(routes!(places))
        .routes(routes!(area_tile))
        .routes(routes!(divisions))
        .routes(routes!(grid))
        .merge(crate::drafts::routes::routes())
        .merge(crate::past::routes())
}

/// The city as the faces need it to begin.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityAnswer {
    name_zh: String,
    name_en: String,
    jurisdiction_id: String,
    /// IANA name.
    zone: String,
    /// Whether areas are a demonstration, to be marked 示意 / schematic on every map.
    schematic: bool,
    /// Longitude, latitude.
    center: [f64; 2],
    /// West, south, east, north.
    bounds: [f64; 4],
    /// The number of the net, part of tile addresses.
    net: i32,
    version: &'static str,
    /// Whether this build's clock can be moved.
    test_clock: bool,
}

/// The city, its middle and its net.
#[utoipa::path(get, path = "/api/public/city", tag = "divisions", responses((status = 200, body = CityAnswer)))]
async fn city(Given(state): Given<State>) -> Result<Json<CityAnswer>> {
    let net = state.net.current();
    let city = &state.app.city;
    // A city whose divisions are still to be brought in: the map shows the country.
    let (center, bounds) = match net.city() {
        Some(itself) => ([itself.lon, itself.lat], itself.bounds),
        None => ([105.0, 35.0], [73.0, 18.0, 135.0, 54.0]),
    };
    Ok(Json(CityAnswer {
        name_zh: city.name.name_zh.clone(),
        name_en: city.name.name_en.clone(),
        jurisdiction_id: city.jurisdiction_id.clone(),
        zone: city.zone.iana_name().unwrap_or("Asia/Shanghai").to_owned(),
        schematic: city.schematic,
        center,
        bounds,
        net: net.number,
        version: env!("CARGO_PKG_VERSION"),
        test_clock: cfg!(feature = "controlled-clock"),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
struct At {
    /// Degrees east.
    lon: f64,
    /// Degrees north.
    lat: f64,
}

/// A division or grid by code and name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NamedCode {
    /// The code.
    pub code: String,
    /// Its Chinese name as people say it.
    pub name: String,
}

/// A grid in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridName {
    code: String,
    name: String,
    kind: GridKind,
}

/// Where a point lies.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct LocateAnswer {
    /// Whether it lies in the city.
    inside: bool,
    grid: Option<GridName>,
    dedicated: Option<NamedCode>,
    community: Option<NamedCode>,
    town: Option<NamedCode>,
    district: Option<NamedCode>,
    /// What people call the place.
    text: String,
}

/// Which grid, community, town and district a point lies in.
#[utoipa::path(get, path = "/api/public/locate", tag = "divisions", params(At), responses((status = 200, body = LocateAnswer)))]
async fn locate(Given(state): Given<State>, Query(at): Query<At>) -> Result<Json<LocateAnswer>> {
    kernel::error::on_earth(at.lon, at.lat)?;
    let net = state.net.current();
    Ok(Json(located(&net, at.lon, at.lat)))
}

/// Where a point lies in a net.
pub(crate) fn located(net: &CurrentNet, lon: f64, lat: f64) -> LocateAnswer {
    let Some(found) = net.locate(lon, lat) else {
        return LocateAnswer::default();
    };
    let [district, town, community] = above(net, found.community);
    LocateAnswer {
        inside: true,
        text: net.place_text(&found),
        grid: Some(GridName {
            code: found.grid.code.clone(),
            name: found.grid.name.clone(),
            kind: found.grid.kind,
        }),
        dedicated: found.dedicated.map(|g| NamedCode {
            code: g.code.clone(),
            name: g.name.clone(),
        }),
        community,
        town,
        district,
    }
}

/// District, town and community of a community's code.
pub(crate) fn above(net: &CurrentNet, community: i64) -> [Option<NamedCode>; 3] {
    let path = net.path(community);
    [Level::County, Level::Town, Level::Village].map(|level| {
        let division = path.iter().find(|d| d.level == level)?;
        Some(NamedCode {
            code: division.code.to_string(),
            name: spoken(division).to_owned(),
        })
    })
}

#[derive(Debug, Deserialize, IntoParams)]
struct Asked {
    /// Words of a name, or the beginning of a code.
    q: String,
    /// At most 50, else 10.
    limit: Option<usize>,
}

/// Places found.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacesAnswer {
    places: Vec<Place>,
}

/// Finds divisions and grids by name.
#[utoipa::path(get, path = "/api/public/places", tag = "divisions", params(Asked), responses((status = 200, body = PlacesAnswer)))]
async fn places(Given(state): Given<State>, Query(asked): Query<Asked>) -> Json<PlacesAnswer> {
    let words: String = asked.q.chars().take(60).collect();
    let limit = asked.limit.unwrap_or(10).min(50);
    Json(PlacesAnswer {
        places: state.net.current().find_places(&words, limit),
    })
}

/// A map tile of divisions and grids. It never changes for its net, so it may be kept for a year.
#[utoipa::path(get, path = "/api/tiles/areas/{net}/{z}/{x}/{y}", tag = "divisions",
    params(("net" = i32, Path, description = "number of the net"), ("z" = u8, Path), ("x" = u32, Path),
           ("y" = String, Path, description = "row with `.mvt` behind")),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile"),
              (status = 204, description = "nothing there"), (status = 404, description = "there was no such net")))]
async fn area_tile(
    Given(state): Given<State>,
    Path((number, z, x, y)): Path<(i32, u8, u32, String)>,
) -> Result<Response> {
    let Some(y) = y.strip_suffix(".mvt").and_then(|y| y.parse::<u32>().ok()) else {
        return Err(Error::NotFound("tile.not_found"));
    };
    let inside = z <= 22 && u64::from(x.max(y)) < 1_u64 << z;
    if !inside {
        return Err(Error::NotFound("tile.not_found"));
    }
    let net = state.net.numbered(&state.app.db, number).await?;
    let net = net.ok_or(Error::NotFound("tile.not_found"))?;
    let tile = tokio::task::spawn_blocking(move || net.tiles.encode(z, x, y))
        .await
        .map_err(|e| Error::ours("drawing a tile", e))?;
    let kept = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    if tile.is_empty() {
        return Ok((StatusCode::NO_CONTENT, [kept]).into_response());
    }
    let kind = (header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile");
    Ok(([kind, kept], Body::from(tile.to_vec())).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
struct Below {
    /// The division above; without it, the city itself.
    parent: Option<i64>,
}

/// A division.
#[derive(Debug, Serialize, ToSchema)]
pub struct DivisionAnswer {
    code: String,
    name: String,
    level: Level,
    lon: f64,
    lat: f64,
    /// West, south, east, north.
    bounds: [f64; 4],
}

impl From<&DivisionInfo> for DivisionAnswer {
    fn from(d: &DivisionInfo) -> Self {
        let name = spoken(d).to_owned();
        Self {
            code: d.code.to_string(),
            name,
            level: d.level,
            lon: d.lon,
            lat: d.lat,
            bounds: d.bounds,
        }
    }
}

/// Divisions.
#[derive(Debug, Serialize, ToSchema)]
pub struct DivisionsAnswer {
    divisions: Vec<DivisionAnswer>,
}

/// The divisions directly below one.
#[utoipa::path(get, path = "/api/divisions", tag = "divisions", params(Below), responses((status = 200, body = DivisionsAnswer)))]
async fn divisions(
    Given(state): Given<State>,
    Query(below): Query<Below>,
) -> Json<DivisionsAnswer> {
    let net = state.net.current();
    let found = match below.parent {
        Some(parent) => net.below(parent),
        None => net.city().into_iter().collect(),
    };
    Json(DivisionsAnswer {
        divisions: found.iter().map(|d| d.as_ref().into()).collect(),
    })
}

/// Somebody who answers for a grid.
#[derive(Debug, Serialize, ToSchema)]
pub struct NameAnswer {
    name: String,
}

/// A grid with who answers for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridAnswer {
    code: String,
    name: String,
    kind: GridKind,
    dedicated_kind: Option<String>,
    area_m2: f64,
    valid_from: Moment,
    net: i32,
    lon: f64,
    lat: f64,
    community: Option<NamedCode>,
    town: Option<NamedCode>,
    district: Option<NamedCode>,
    chief: Option<NameAnswer>,
    workers: Vec<NameAnswer>,
    /// Cases open in the grid.
    open: i64,
    /// GeoJSON polygon.
    #[schema(value_type = Object)]
    polygon: serde_json::Value,
}

/// The body of a grid's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridPage {
    grid: GridAnswer,
}

/// A grid, its people and its polygon.
#[utoipa::path(get, path = "/api/grids/{code}", tag = "divisions", params(("code" = String, Path)),
    responses((status = 200, body = GridPage), (status = 404, description = "grid.not_found")))]
async fn grid(Given(state): Given<State>, Path(code): Path<String>) -> Result<Json<GridPage>> {
    let net = state.net.current();
    let info = net
        .grid_by_code(&code)
        .ok_or(Error::NotFound("grid.not_found"))?;
    let mut conn = state.app.db.acquire().await?;
    let now = state.app.clock.now();
    let face = store::grid_face(&mut conn, info.id, info.community, now).await?;
    Ok(Json(GridPage {
        grid: grid_answer(&net, &info, face)?,
    }))
}

fn grid_answer(net: &CurrentNet, info: &GridInfo, face: store::GridFace) -> Result<GridAnswer> {
    let polygon = atlas::polygon_from_wkb(&face.geometry)
        .map_err(|e| Error::ours("reading a grid's polygon", e))?
        .to_geojson();
    let [district, town, community] = above(net, info.community);
    Ok(GridAnswer {
        code: info.code.clone(),
        name: info.name.clone(),
        kind: info.kind,
        dedicated_kind: info.dedicated_kind.clone(),
        area_m2: info.area_m2,
        valid_from: info.valid_from,
        net: net.number,
        lon: info.lon,
        lat: info.lat,
        community,
        town,
        district,
        chief: face.chief.map(|name| NameAnswer { name }),
        workers: face
            .workers
            .into_iter()
            .map(|name| NameAnswer { name })
            .collect(),
        open: face.open,
        polygon,
    })
}
