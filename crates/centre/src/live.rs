//! The live channel: one WebSocket per open page, resumed by sequence number.
//!
//! One task per process ([`run`]) reads sealed events in order, makes each event's message once and
//! hands it to the [`Hub`], which gives it to every session that may see the case: no query and no
//! writing of JSON per session. A session that cannot keep up is told that it lost events, and reads
//! again what it shows.

mod hub;
mod reach;
mod session;
mod store;
mod teller;

use std::time::Duration;

use axum::extract::State as Given;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;
use kernel::Query;
use kernel::rights::rule;
use kernel::{Actor, Capability, Error, Need, Result, RouteRule};
use serde::Deserialize;
use tokio::time::sleep;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::State;
use crate::sealer::{self, Ears};
pub use hub::{Handed, Hub, Joined};
pub use reach::{Reach, Whose};
pub(crate) use store::Parted;
pub use teller::{Told, Variant};

/// Who is further behind than this is not told what was missed, but that it was.
pub const MOST_BEHIND: i64 = 5_000;
/// Events read at once.
const BATCH: i64 = 500;
/// How often the reader looks without being called.
const BEAT: Duration = Duration::from_secs(1);
/// How often sessions are looked at: whether they are in force, and their seats.
const LOOK: Duration = Duration::from_secs(2);

/// Who may call which route.
pub const RULES: &[RouteRule] = &[rule("GET", "/api/live", Need::Can(Capability::ReadCases))];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(live))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Since {
    /// The last event the page has seen; what came after it is sent first.
    since: Option<i64>,
}

/// What happens to the cases within reach, as it happens, over a WebSocket.
///
/// The server says `{"type":"hello","seq":…}`, then events; `{"type":"lost","from":…}` when too much
/// was missed. The page may say `{"view":{"bbox":[w,s,e,n]|null,"case":"id"|null}}`.
#[utoipa::path(get, path = "/api/live", tag = "centre", params(Since),
    responses((status = 101, description = "switched to WebSocket"),
              (status = 422, description = "not a WebSocket")))]
async fn live(
    Given(state): Given<State>,
    actor: Actor,
    Query(query): Query<Since>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    let socket = socket.map_err(|_| {
        Error::refused(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "live.no_socket",
        )
    })?;
    Ok(session::sized(socket).on_upgrade(move |socket| async move {
        if let Err(error) = session::serve(socket, &state, &actor, query.since).await {
            tracing::warn!(chain = kernel::error::chain(&error), "a live page fell out");
        }
    }))
}

/// Tells open pages what happened, keeps the tiles current and ends pages whose session has ended,
/// until the task is dropped.
pub async fn run(state: State) {
    tokio::join!(telling(&state), watching(&state));
}

async fn telling(state: &State) {
    let app = &state.cases.app;
    let ears = Ears::open(app, sealer::sealed(app));
    loop {
        if let Err(error) = tell(state).await {
            tracing::warn!(
                chain = kernel::error::chain(&error),
                "pages could not be told"
            );
            sleep(Duration::from_millis(500)).await;
        }
        tokio::select! {
            () = state.live.woken() => {}
            () = ears.heard() => {}
            () = sleep(BEAT) => {}
        }
    }
}

/// Tells everything sealed since the last time.
async fn tell(state: &State) -> Result<()> {
    let db = &state.cases.app.db;
    loop {
        let top = store::head(db).await?;
        let head = state.live.begin(top);
        if top <= head {
            return Ok(());
        }
        let idle = state.live.idle() && !state.tiles.held();
        if idle || top - head > MOST_BEHIND {
            state.live.lose(top);
            state.tiles.forget();
            return Ok(());
        }
        let lines = store::between(db, head, top.min(head + BATCH)).await?;
        let batch = teller::tell(state, lines).await?;
        state.tiles.apply(&batch.cases);
        state.live.tell(batch.told);
    }
}

/// Ends pages whose session is over, and gives the others the reach of their seats.
async fn watching(state: &State) {
    loop {
        sleep(LOOK).await;
        state.tiles.rest();
        if let Err(error) = look(state).await {
            tracing::warn!(
                chain = kernel::error::chain(&error),
                "sessions could not be looked at"
            );
        }
    }
}

async fn look(state: &State) -> Result<()> {
    let sessions = state.live.sessions();
    if sessions.is_empty() {
        return Ok(());
    }
    let app = &state.cases.app;
    let seats = store::seats(&app.db, &sessions, app.clock.now()).await?;
    state.live.keep(&sessions, |session| {
        let seats = seats.get(&session)?;
        Reach::of_seats(seats).filter(|_| {
            seats
                .iter()
                .any(|s| s.role.capabilities().contains(&Capability::ReadCases))
        })
    });
    Ok(())
}
