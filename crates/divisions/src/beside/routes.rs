//! Elements on the map and what a grid has beside the net.

use axum::Json;
use axum::extract::State as Given;
use kernel::rights::rule;
use kernel::{Capability, Error, Need, Path, Query, Result, RouteRule};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::elements::ElementLayer;
use super::store;
use crate::routes::State;

/// The most elements drawn at once.
const MOST_DRAWN: i64 = 3_000;

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/net/elements", Need::Can(Capability::ReadNet)),
    rule(
        "GET",
        "/api/grids/{code}/beside",
        Need::Can(Capability::ReadNet),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(elements))
        .routes(routes!(beside))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Around {
    /// West, south, east, north, degrees, by commas.
    bbox: String,
    /// Layers by commas; all without it.
    layers: Option<String>,
}

/// Elements in a part of the map as GeoJSON: `layer`, `code`, `class`, `name`, `details`; at most 3,000,
/// and `more` when there are others.
#[utoipa::path(get, path = "/api/net/elements", tag = "files", params(Around),
    responses((status = 200, body = Object), (status = 422, description = "no bounds or an unknown layer")))]
async fn elements(Given(state): Given<State>, Query(around): Query<Around>) -> Result<Json<Value>> {
    let wrong = || Error::field("bbox", "import.bounds");
    let numbers: Vec<f64> = around
        .bbox
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())?;
    let bounds: [f64; 4] = numbers.try_into().map_err(|_| wrong())?;
    if !bounds.iter().all(|n| n.is_finite()) {
        return Err(wrong());
    }
    let layers: Vec<ElementLayer> = match around.layers.as_deref() {
        None | Some("") => ElementLayer::ALL.to_vec(),
        Some(words) => words
            .split(',')
            .map(ElementLayer::find)
            .collect::<Option<_>>()
            .ok_or_else(|| Error::field("layers", "import.element_layer"))?,
    };
    let mut conn = state.app.db.acquire().await?;
    let mut found = store::elements_in(&mut conn, bounds, &layers, MOST_DRAWN + 1).await?;
    let most = usize::try_from(MOST_DRAWN).unwrap_or_default();
    let more = found.len() > most;
    found.truncate(most);
    let features: Vec<Value> = found
        .iter()
        .map(|e| {
            json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [e.lon, e.lat]},
                   "properties": {"layer": e.layer, "code": e.code, "class": e.class, "name": e.name,
                                  "details": e.details, "state": e.layer}})
        })
        .collect();
    Ok(Json(
        json!({"type": "FeatureCollection", "features": features, "more": more}),
    ))
}

/// How many elements of a class.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassCount {
    /// The class; empty when none is said.
    class: String,
    count: i64,
}

/// How many elements of a layer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LayerCount {
    layer: ElementLayer,
    count: i64,
    /// By class, the most first; at most eight.
    classes: Vec<ClassCount>,
}

/// A grid of another system over this one.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitAnswer {
    system_zh: String,
    system_en: String,
    code: String,
    name: String,
    /// What both have in common.
    area_m2: f64,
    /// Of the other's area, 0 to 1.
    share_of_unit: f64,
    /// Of this grid's, 0 to 1.
    share_of_grid: f64,
}

/// A grid that borders on this one.
#[derive(Debug, Serialize, ToSchema)]
pub struct NeighbourAnswer {
    code: String,
    name: String,
    /// Metres of border in common.
    border_m: f64,
}

/// What a grid has beside the net.
#[derive(Debug, Serialize, ToSchema)]
pub struct BesideAnswer {
    elements: Vec<LayerCount>,
    units: Vec<UnitAnswer>,
    /// The longest border first.
    neighbours: Vec<NeighbourAnswer>,
    /// Whether elements were counted with the net in force.
    counted: bool,
}

/// Elements counted in a grid, grids of other systems over it, and its neighbours.
#[utoipa::path(get, path = "/api/grids/{code}/beside", tag = "files", params(("code" = String, Path)),
    responses((status = 200, body = BesideAnswer), (status = 404, description = "grid.not_found")))]
async fn beside(
    Given(state): Given<State>,
    Path(code): Path<String>,
) -> Result<Json<BesideAnswer>> {
    let net = state.net.current();
    let grid = net
        .grid_by_code(&code)
        .ok_or(Error::NotFound("grid.not_found"))?;
    let mut conn = state.app.db.acquire().await?;
    let counts = store::counts(&mut conn, grid.id).await?;
    let over = store::over(&mut conn, grid.id).await?;
    let counted = store::followed(&mut conn, "elements").await? >= net.number;
    let neighbours = store::neighbours(&mut conn, &grid).await?;
    Ok(Json(BesideAnswer {
        elements: layers(counts),
        units: over
            .into_iter()
            .map(|o| UnitAnswer {
                system_zh: o.system.0,
                system_en: o.system.1,
                code: o.code,
                name: o.name,
                area_m2: o.area_m2,
                share_of_unit: o.share_of_unit,
                share_of_grid: o.share_of_grid,
            })
            .collect(),
        neighbours: neighbours
            .into_iter()
            .map(|(code, name, border_m)| NeighbourAnswer {
                code,
                name,
                border_m,
            })
            .collect(),
        counted,
    }))
}

fn layers(counts: Vec<(ElementLayer, String, i64)>) -> Vec<LayerCount> {
    let mut found: Vec<LayerCount> = Vec::new();
    for (layer, class, count) in counts {
        match found.last_mut().filter(|l| l.layer == layer) {
            Some(last) => {
                last.count += count;
                if last.classes.len() < 8 {
                    last.classes.push(ClassCount { class, count });
                }
            }
            None => found.push(LayerCount {
                layer,
                count,
                classes: vec![ClassCount { class, count }],
            }),
        }
    }
    found
}
