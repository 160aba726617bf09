//! Who sends a request: the cookie becomes an [`Actor`] with the seats in force.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State as Given};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::vault::digest;
use kernel::{AccountId, Actor, Error, Moment, Result};

use crate::routes::State;
use crate::{lifecycle, store};

/// The session's cookie; the prefix makes browsers insist on `Secure`, `Path=/` and no domain.
pub const COOKIE: &str = "__Host-gridwork";
/// The header only our own pages can set.
const MARK: &str = "x-gridwork";
/// How long a resolved session is taken as it is. Signing out here ends it at once; signing out at
/// another process of the same city, or an appointment that ends, is seen after this.
const KEPT_S: i64 = 5;
/// More sessions than this are not kept at once.
const KEPT_AT_MOST: usize = 20_000;

/// Sessions resolved within the last seconds, by the hash of their token.
#[derive(Debug, Default)]
pub struct Resolved {
    held: Mutex<HashMap<Vec<u8>, (Moment, Actor)>>,
}

impl Resolved {
    fn get(&self, token_hash: &[u8], now: Moment) -> Option<Actor> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, actor) = held.get(token_hash)?;
        (0..=KEPT_S)
            .contains(&now.since_s(*since))
            .then(|| actor.clone())
    }

    fn put(&self, token_hash: Vec<u8>, actor: Actor, now: Moment) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= KEPT_AT_MOST {
            held.retain(|_, (since, _)| now.since_s(*since) <= KEPT_S);
        }
        if held.len() < KEPT_AT_MOST {
            held.insert(token_hash, (now, actor));
        }
    }

    /// Forgets every session of an account.
    pub fn forget(&self, account: AccountId) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (_, actor)| actor.account != account);
    }
}

/// Middleware for every route: puts the [`Actor`] into the request when its cookie is of a session
/// in force, and refuses a changing request that carries a session but not the mark of our pages.
pub async fn layer(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let token = token(request.headers()).map(str::to_owned);
    if let Err(refused) = check_mark(&state, &request, token.is_some()) {
        return refused.into_response();
    }
    if let Some(token) = token {
        match resolve(&state, &token).await {
            Ok(Some(actor)) => {
                request.extensions_mut().insert(actor);
            }
            Ok(None) => {}
            Err(error) => return error.into_response(),
        }
    }
    let caller = Caller::of(&state, &request);
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// The session's token as the browser sent it.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|token| !token.is_empty())
}

async fn resolve(state: &State, token: &str) -> Result<Option<Actor>> {
    let now = state.app.clock.now();
    let token_hash = digest(token.as_bytes());
    if let Some(actor) = state.resolved.get(&token_hash, now) {
        return Ok(Some(actor));
    }
    let Some(found) = store::session_by_token(&state.app.db, &token_hash, now).await? else {
        return Ok(None);
    };
    if lifecycle::is_idle(&found.actor.seats, found.last_seen_at, now, &state.settings) {
        return Ok(None);
    }
    if now.since_s(found.last_seen_at) >= 60 {
        store::touch(&state.app.db, found.actor.session, now).await?;
    }
    state.resolved.put(token_hash, found.actor.clone(), now);
    Ok(Some(found.actor))
}

/// A request that changes something and carries a session (or opens one) must come from our pages:
/// they alone can set the header, and a browser that names where it comes from must name us.
fn check_mark(state: &State, request: &Request, has_session: bool) -> Result<()> {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    // A page elsewhere may open a WebSocket to us, with the cookie: its origin is asked for as well,
    // but a browser cannot set the mark there.
    let socket = text("upgrade").is_some_and(|u| u.eq_ignore_ascii_case("websocket"));
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let signs_in = request.uri().path() == "/api/session";
    if (reads && !socket) || !(has_session || signs_in) {
        return Ok(());
    }
    let host = request
        .uri()
        .authority()
        .map(|a| a.as_str())
        .or_else(|| text("host"));
    let ours = |origin: &str| {
        let after_scheme = origin.split_once("://").map(|(_, host)| host);
        (after_scheme.is_some() && after_scheme == host) || origin == state.app.city.public_url
    };
    let marked = (reads && socket) || text(MARK) == Some("1");
    if marked && text("origin").is_none_or(ours) {
        Ok(())
    } else {
        Err(Error::forbidden("csrf.missing"))
    }
}

/// Where a request comes from, for limits and the audit log. [`layer()`] puts it into every request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The address without port; of IPv6 the network (/64). Empty when unknown.
    pub address: String,
    /// What the browser says of itself, at most 200 letters.
    pub agent: String,
}

impl Caller {
    fn of(state: &State, request: &Request) -> Self {
        let text = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
        let forwarded = text("x-forwarded-for").filter(|_| state.settings.behind_proxy);
        let forwarded = forwarded.and_then(|v| v.rsplit(',').next()?.trim().parse().ok());
        let direct = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|c| c.0.ip());
        Self {
            address: forwarded.or(direct).map(network).unwrap_or_default(),
            agent: text("user-agent")
                .unwrap_or_default()
                .chars()
                .take(200)
                .collect(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> std::result::Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// One household or office: an IPv4 address, or the /64 of an IPv6 one.
fn network(address: std::net::IpAddr) -> String {
    match address.to_canonical() {
        std::net::IpAddr::V4(v4) => v4.to_string(),
        std::net::IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
