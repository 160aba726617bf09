//! Cases on the map: vector tiles for staff, open cases near by for everybody. Both are drawn from
//! the open cases held in memory, which follow the live events.

mod draw;
mod held;
mod store;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State as Given;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cases::model::Stage;
use kernel::rights::rule;
use kernel::{Actor, Capability, Error, FieldFault, Moment, Need, Result, RouteRule};
use kernel::{Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::State;
use crate::live::{Parted, Reach};
pub use draw::{Colours, Look, Stages};
use held::{Change, Held};

/// Held cases nobody has asked for in this time are let go.
const REST: Duration = Duration::from_secs(900);
/// Most cases of one public answer.
const SHOWN: usize = 500;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule(
        "GET",
        "/api/tiles/cases/{z}/{x}/{y}",
        Need::Can(Capability::ReadCases),
    ),
    rule("GET", "/api/public/open", Need::Public),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(tile))
        .routes(routes!(open))
}

/// Open cases held for tiles. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tiles {
    inside: Arc<RwLock<Inside>>,
    loading: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Default)]
enum Inside {
    /// Not asked for yet.
    #[default]
    Empty,
    /// Being read; what happens meanwhile is kept.
    Loading(Vec<Change>),
    /// With when they were last asked for.
    Ready(Box<Held>, Mutex<Instant>),
}

impl Tiles {
    /// Whether cases are held, or about to be.
    pub(crate) fn held(&self) -> bool {
        !matches!(*self.read(), Inside::Empty)
    }

    /// Lets the cases go; they are read again when asked for.
    pub(crate) fn forget(&self) {
        *self.write() = Inside::Empty;
    }

    /// Lets the cases go when nobody has asked for them for a while.
    pub(crate) fn rest(&self) {
        let mut inside = self.write();
        if matches!(&*inside, Inside::Ready(_, used) if last(used).elapsed() > REST) {
            *inside = Inside::Empty;
        }
    }

    /// Takes over how these cases stand.
    pub(crate) fn apply(&self, cases: &[Parted]) {
        if cases.is_empty() || !self.held() {
            return;
        }
        let changes: Vec<Change> = cases.iter().map(Change::of).collect();
        match &mut *self.write() {
            Inside::Empty => {}
            Inside::Loading(kept) => kept.extend(changes),
            Inside::Ready(held, _) => held.apply(changes),
        }
    }

    /// How many cases are held.
    #[must_use]
    pub fn len(&self) -> usize {
        match &*self.read() {
            Inside::Ready(held, _) => held.len(),
            _ => 0,
        }
    }

    /// Whether no cases are held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the open cases where they are not held.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(&self, db: &sqlx::PgPool) -> Result<()> {
        if self.ready() {
            return Ok(());
        }
        for _ in 0..5 {
            let _one = self.loading.lock().await;
            if self.ready() {
                return Ok(());
            }
            *self.write() = Inside::Loading(Vec::new());
            let read = store::open_cases(db).await;
            let mut inside = self.write();
            let changes = match read {
                Ok(changes) => changes,
                Err(error) => {
                    *inside = Inside::Empty;
                    return Err(error);
                }
            };
            // Forgotten meanwhile: what was read may miss something.
            if let Inside::Loading(kept) = std::mem::take(&mut *inside) {
                let mut held = Held::default();
                held.apply(changes);
                held.apply(kept);
                *inside = Inside::Ready(Box::new(held), Mutex::new(Instant::now()));
                return Ok(());
            }
        }
        Err(Error::ours(
            "reading cases for the map",
            "it was put off five times",
        ))
    }

    /// Tile `z/x/y` as `look` shows it at `now`; no bytes where nothing lies. To be called after
    /// [`Tiles::load`].
    #[must_use]
    pub fn encode(&self, z: u8, x: u32, y: u32, look: &Look, now: Moment) -> Vec<u8> {
        match (&*self.read(), atlas::tiles::Tile::new(z, x, y)) {
            (Inside::Ready(held, _), Some(tile)) => draw::tile(held, tile, look, now),
            _ => Vec::new(),
        }
    }

    /// Whether cases are held; notes that they were asked for.
    fn ready(&self) -> bool {
        let inside = self.read();
        let Inside::Ready(_, used) = &*inside else {
            return false;
        };
        *used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        true
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inside> {
        self.inside.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inside> {
        self.inside.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last(used: &Mutex<Instant>) -> Instant {
    *used.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Deserialize, IntoParams)]
struct Shown {
    /// Only these stages, joined with commas.
    stage: Option<String>,
    /// Only these levels (`red`, `amber`, `ok`, `paused`, `none`), joined with commas.
    level: Option<String>,
}

impl Shown {
    fn look(&self, actor: &Actor) -> Look {
        let list = |text: &Option<String>| {
            let words = text.iter().flat_map(|t| t.split(','));
            words
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        Look {
            reach: Reach::of(actor),
            stages: Stages::of(&list(&self.stage)),
            colours: Colours::of(&list(&self.level)),
        }
    }
}

/// A map tile of the open cases within reach.
///
/// Layer `cases` holds single cases (`id`, `number`, `stage`, `level`, `urgency`, `matter`), layer
/// `counts` how many stand where there is no room for them (`count`, `red`, `s_<stage>`).
#[utoipa::path(get, path = "/api/tiles/cases/{z}/{x}/{y}", tag = "centre",
    params(("z" = u8, Path), ("x" = u32, Path),
           ("y" = String, Path, description = "row, with or without `.mvt` behind"), Shown),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile"),
              (status = 204, description = "nothing there"), (status = 304, description = "as before")))]
async fn tile(
    Given(state): Given<State>,
    actor: Actor,
    Path((z, x, y)): Path<(u8, u32, String)>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
) -> Result<Response> {
    let row = y.strip_suffix(".mvt").unwrap_or(&y).parse::<u32>().ok();
    let inside = |row: &u32| z <= atlas::tiles::MAX_ZOOM && u64::from(x.max(*row)) < 1_u64 << z;
    let y = row
        .filter(inside)
        .ok_or(Error::NotFound("tile.not_found"))?;
    let app = &state.cases.app;
    state.tiles.load(&app.db).await?;
    let (tiles, look, now) = (state.tiles.clone(), shown.look(&actor), app.clock.now());
    let bytes = tokio::task::spawn_blocking(move || tiles.encode(z, x, y, &look, now))
        .await
        .map_err(|e| Error::ours("drawing a tile", e))?;
    Ok(answer(bytes, &headers))
}

/// A tile is one person's and changes at any moment: kept, but asked for again each time.
fn answer(bytes: Vec<u8>, headers: &HeaderMap) -> Response {
    let kept = (header::CACHE_CONTROL, "private, no-cache".to_owned());
    let tag = format!("\"{:016x}\"", draw::fingerprint(&bytes));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|tags| {
            tags.split(',')
                .any(|t| t.trim().trim_start_matches("W/") == tag)
        });
    if known {
        return (StatusCode::NOT_MODIFIED, [kept, (header::ETAG, tag)]).into_response();
    }
    if bytes.is_empty() {
        return (StatusCode::NO_CONTENT, [kept]).into_response();
    }
    let kind = "application/vnd.mapbox-vector-tile".to_owned();
    (
        [kept, (header::ETAG, tag), (header::CONTENT_TYPE, kind)],
        Body::from(bytes),
    )
        .into_response()
}

#[derive(Debug, Deserialize, IntoParams)]
struct Around {
    /// `west,south,east,north` in degrees.
    bbox: String,
}

impl Around {
    fn bounds(&self) -> Result<[f64; 4]> {
        let fault = || {
            let said = self.bbox.chars().take(80).collect::<String>();
            Error::invalid(vec![
                FieldFault::new("bbox", "field.unreadable").with("said", said),
            ])
        };
        let parts: Result<Vec<f64>, _> = self.bbox.split(',').map(|n| n.trim().parse()).collect();
        let parts = parts.map_err(|_| fault())?;
        let bounds: [f64; 4] = parts.try_into().map_err(|_| fault())?;
        let [west, south, east, north] = bounds;
        let right = bounds.iter().all(|n| n.is_finite()) && west <= east && south <= north;
        if right { Ok(bounds) } else { Err(fault()) }
    }
}

/// Open cases in a part of the map, for everybody: at most 500, the newest; only matters that may be
/// shown, at places rounded to some 30 m.
#[utoipa::path(get, path = "/api/public/open", tag = "public", params(Around),
    responses((status = 200, body = Object), (status = 422, description = "no bounds")))]
async fn open(
    Given(state): Given<State>,
    Query(around): Query<Around>,
) -> Result<([(header::HeaderName, &'static str); 1], Json<Value>)> {
    let bounds = around.bounds()?;
    state.tiles.load(&state.cases.app.db).await?;
    let shelf = state.cases.shelf.current();
    let shown = |matter: &str| shelf.matter(matter).is_some_and(|m| m.shown);
    let found = match &*state.tiles.read() {
        Inside::Ready(held, _) => held.newest_within(bounds, SHOWN, shown),
        _ => Vec::new(),
    };
    let cases: Vec<Value> = found
        .iter()
        .map(|(known, stage)| {
            let matter = known
                .matter
                .as_deref()
                .and_then(|m| shelf.matter(m))
                .map(|m| json!({"code": m.code, "name_zh": m.name.zh, "name_en": m.name.en}));
            json!({
                "id": known.id, "number": known.number, "stage": stage, "matter": matter,
                "lon": cases::public::coarse(known.at.lon), "lat": cases::public::coarse(known.at.lat),
                "reported_at": known.reported_at,
            })
        })
        .collect();
    let kept = (header::CACHE_CONTROL, "public, max-age=10");
    Ok(([kept], Json(json!({"cases": cases}))))
}

/// The stages drawn on the map, in the order of [`Stage`]'s own list.
pub(crate) fn stage_at(place: u8) -> Option<Stage> {
    draw::STAGES.get(usize::from(place)).copied()
}
