//! The net as it was: whose a point was at a date, the grids of an area then, and how a grid came to be.

use axum::Json;
use axum::extract::State as Given;
use kernel::{Error, Moment, Path, Query, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::drafts::plan::number_of;
use crate::drafts::store as drafts;
use crate::model::GridKind;
use crate::net::CurrentNet;
use crate::routes::{LocateAnswer, NamedCode, State, above, located};
use crate::store::{self, Kin, Version};

pub(crate) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(locate))
        .routes(routes!(nets))
        .routes(routes!(grids))
        .routes(routes!(history))
}

/// The net at `at`, today's when missing.
async fn net_at(state: &State, at: Option<Moment>) -> Result<std::sync::Arc<CurrentNet>> {
    let Some(at) = at else {
        return Ok(state.net.current());
    };
    if !at.plausible() {
        return Err(Error::field("at", "net.no_such_date"));
    }
    let mut conn = state.app.db.acquire().await?;
    let number = store::number_at(&mut conn, at).await?;
    drop(conn);
    let unknown = || Error::NotFound("net.none_then");
    let number = number.ok_or_else(unknown)?;
    if number > state.net.current().number {
        state.net.reload(&state.app.db).await?;
    }
    state
        .net
        .numbered(&state.app.db, number)
        .await?
        .ok_or_else(unknown)
}

#[derive(Debug, Deserialize, IntoParams)]
struct Where {
    /// Degrees east.
    lon: f64,
    /// Degrees north.
    lat: f64,
    /// When; now when missing.
    at: Option<Moment>,
}

/// Whose a point was.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocateThen {
    /// The number of the net in force then.
    net: i32,
    #[serde(flatten)]
    place: LocateAnswer,
}

/// Which grid, community, town and district a point lay in at a date.
#[utoipa::path(get, path = "/api/locate", tag = "net", params(Where),
    responses((status = 200, body = LocateThen), (status = 404, description = "net.none_then")))]
async fn locate(
    Given(state): Given<State>,
    Query(asked): Query<Where>,
) -> Result<Json<LocateThen>> {
    let net = net_at(&state, asked.at).await?;
    Ok(Json(LocateThen {
        net: net.number,
        place: located(&net, asked.lon, asked.lat),
    }))
}

/// A net as listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetAnswer {
    number: i32,
    /// Since when it was in force.
    made_at: Moment,
    /// What it was made for.
    what: String,
}

/// The nets there were.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetsAnswer {
    nets: Vec<NetAnswer>,
}

/// The last two hundred nets, the latest first.
#[utoipa::path(get, path = "/api/nets", tag = "net", responses((status = 200, body = NetsAnswer)))]
async fn nets(Given(state): Given<State>) -> Result<Json<NetsAnswer>> {
    let mut conn = state.app.db.acquire().await?;
    let nets = store::nets(&mut conn, 200).await?;
    Ok(Json(NetsAnswer {
        nets: nets
            .into_iter()
            .map(|n| NetAnswer {
                number: n.number,
                made_at: n.made_at,
                what: n.what,
            })
            .collect(),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Area {
    /// A town or community, twelve digits.
    area: String,
    /// When; now when missing.
    at: Option<Moment>,
}

/// A grid as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridThen {
    code: String,
    name: String,
    kind: GridKind,
    community: String,
    area_m2: f64,
    /// GeoJSON polygon.
    #[schema(value_type = Object)]
    polygon: Value,
}

/// The grids of an area at a date.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridsThen {
    /// The number of the net in force then.
    net: i32,
    grids: Vec<GridThen>,
}

/// The grids of a town or community at a date, with their borders.
#[utoipa::path(get, path = "/api/net/grids", tag = "net", params(Area),
    responses((status = 200, body = GridsThen), (status = 404, description = "net.none_then"),
              (status = 422, description = "net.area_too_large")))]
async fn grids(Given(state): Given<State>, Query(asked): Query<Area>) -> Result<Json<GridsThen>> {
    let area =
        number_of(&asked.area).map_err(|_| Error::field("area", "net_draft.area_unknown"))?;
    let net = net_at(&state, asked.at).await?;
    let (first, last) = kernel::actor::code_range(area);
    let communities: Vec<i64> = (first..=last)
        .take(1_001)
        .filter(|c| net.division(*c).is_some())
        .collect();
    if last - first > 1_000 {
        return Err(Error::field("area", "net.area_too_large"));
    }
    let mut conn = state.app.db.acquire().await?;
    let found = drafts::grids_in_net(&mut conn, &communities, net.number).await?;
    Ok(Json(GridsThen {
        net: net.number,
        grids: found
            .into_iter()
            .map(|g| GridThen {
                code: g.code.unwrap_or_default(),
                name: g.name,
                kind: g.kind,
                community: g.community.to_string(),
                area_m2: atlas::flaws::area_m2(&g.polygon),
                polygon: g.polygon.to_geojson(),
            })
            .collect(),
    }))
}

/// One state of a grid.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionAnswer {
    net_from: i32,
    net_to: Option<i32>,
    valid_from: Moment,
    valid_to: Option<Moment>,
    name: String,
    area_m2: f64,
    /// GeoJSON polygon.
    #[schema(value_type = Object)]
    polygon: Value,
}

/// A grid that another was made of or became.
#[derive(Debug, Serialize, ToSchema)]
pub struct KinAnswer {
    code: String,
    name: String,
    net: i32,
    at: Moment,
    /// Of the old grid's ground, what the new one has.
    area_m2: f64,
    /// Of the old grid's area, 0 to 1.
    share: f64,
}

impl From<Kin> for KinAnswer {
    fn from(kin: Kin) -> Self {
        Self {
            code: kin.code,
            name: kin.name,
            net: kin.net,
            at: kin.at,
            area_m2: kin.area_m2,
            share: kin.share,
        }
    }
}

/// How a grid came to be, was, and what it became.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryAnswer {
    code: String,
    name: String,
    kind: GridKind,
    community: Option<NamedCode>,
    valid_from: Moment,
    /// Since when it is no more.
    valid_to: Option<Moment>,
    /// All its states, the latest first.
    versions: Vec<VersionAnswer>,
    /// What it was made of.
    from: Vec<KinAnswer>,
    /// What it became.
    into: Vec<KinAnswer>,
}

/// The history of a grid, in force or abolished.
#[utoipa::path(get, path = "/api/grids/{code}/history", tag = "net", params(("code" = String, Path)),
    responses((status = 200, body = HistoryAnswer), (status = 404, description = "grid.not_found")))]
async fn history(
    Given(state): Given<State>,
    Path(code): Path<String>,
) -> Result<Json<HistoryAnswer>> {
    let mut conn = state.app.db.acquire().await?;
    let found = store::grid_history(&mut conn, &code).await?;
    let net = state.net.current();
    let [.., community] = above(&net, found.grid.community);
    Ok(Json(HistoryAnswer {
        code: found.grid.code,
        name: found.grid.name,
        kind: found.grid.kind,
        community,
        valid_from: found.grid.valid_from,
        valid_to: found.valid_to,
        versions: found
            .versions
            .into_iter()
            .map(version)
            .collect::<Result<_>>()?,
        from: found.from.into_iter().map(KinAnswer::from).collect(),
        into: found.into.into_iter().map(KinAnswer::from).collect(),
    }))
}

fn version(version: Version) -> Result<VersionAnswer> {
    let polygon = atlas::polygon_from_wkb(&version.geometry)
        .map_err(|e| Error::ours("reading a grid's polygon", e))?;
    Ok(VersionAnswer {
        net_from: version.net_from,
        net_to: version.net_to,
        valid_from: version.valid_from,
        valid_to: version.valid_to,
        name: version.name,
        area_m2: version.area_m2,
        polygon: polygon.to_geojson(),
    })
}
