//! The one place that asks whether a person may use a route at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State as Given};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::{Actor, Error, Need, Result, RouteRule};
use serde_json::json;
use utoipa::openapi::OpenApi;

use crate::audit;
use crate::routes::State;

/// Every route's need, and where refusals are recorded.
#[derive(Debug, Clone)]
pub struct Guard {
    state: State,
    needs: Arc<BTreeMap<(&'static str, &'static str), Need>>,
}

impl Guard {
    /// The guard of these tables.
    ///
    /// # Errors
    /// When a route stands in them twice.
    pub fn new(state: State, tables: &[&[RouteRule]]) -> Result<Self> {
        let mut needs = BTreeMap::new();
        for rule in tables.iter().copied().flatten() {
            if needs.insert((rule.method, rule.path), rule.need).is_some() {
                let route = format!("{} {}", rule.method, rule.path);
                return Err(Error::ours("the table of routes names one twice", route));
            }
        }
        Ok(Self {
            state,
            needs: Arc::new(needs),
        })
    }

    /// What a route needs; `None` when no table names it. `HEAD` needs what `GET` does.
    #[must_use]
    pub fn need(&self, method: &Method, path: &str) -> Option<Need> {
        let method = if method == Method::HEAD {
            "GET"
        } else {
            method.as_str()
        };
        self.needs
            .iter()
            .find(|((m, p), _)| *m == method && *p == path)
            .map(|(_, need)| *need)
    }

    /// Whether a table names the path with any method.
    fn knows(&self, path: &str) -> bool {
        self.needs.keys().any(|(_, known)| *known == path)
    }

    /// Routes of the document that no table names: a server with such a route must not start.
    #[must_use]
    pub fn unnamed(&self, document: &OpenApi) -> Vec<String> {
        let operations = document.paths.paths.iter().flat_map(|(path, item)| {
            let methods = [
                ("GET", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("DELETE", item.delete.is_some()),
                ("PATCH", item.patch.is_some()),
            ];
            methods
                .into_iter()
                .filter(|m| m.1)
                .map(move |m| (m.0, path.as_str()))
        });
        operations
            .filter(|route| !self.needs.keys().any(|known| known == route))
            .map(|(method, path)| format!("{method} {path}"))
            .collect()
    }
}

/// Middleware below [`crate::layer()`]: 401 or 403 before the handler runs. A signed-in person's 403 is
/// recorded. A route no table names is closed to everybody; what is no route goes on to its 404.
pub async fn guard(Given(guard): Given<Guard>, request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    let actor = request.extensions().get::<Actor>();
    let need = guard.need(request.method(), path.as_str());
    let refused = match (need, actor) {
        (Some(Need::Public), _) => None,
        (Some(_), Some(actor)) if actor.must_change && !before_change(path.as_str()) => {
            Some(Error::forbidden("password.must_change"))
        }
        (Some(Need::Session), Some(_)) => None,
        (Some(Need::Can(capability)), Some(actor)) if actor.can(capability) => None,
        (Some(_), None) => Some(Error::refused(StatusCode::UNAUTHORIZED, "session.missing")),
        (Some(_), Some(_)) => Some(Error::forbidden("right.missing")),
        // Another method than the route has: its own 405 says which there are.
        (None, _) if guard.knows(path.as_str()) => None,
        (None, _) => {
            tracing::error!(method = %request.method(), path = path.as_str(), "a route without a rule");
            Some(Error::forbidden("right.missing"))
        }
    };
    let Some(refused) = refused else {
        return next.run(request).await;
    };
    if let Some(actor) = actor.filter(|a| !a.must_change).cloned() {
        let details = json!({"method": request.method().as_str(), "path": path.as_str()});
        if let Err(error) = record(&guard.state, &actor, details).await {
            return error.into_response();
        }
    }
    refused.into_response()
}

/// What somebody with a first password may do before changing it: see who they are, change it, leave.
fn before_change(path: &str) -> bool {
    matches!(
        path,
        "/api/me" | "/api/me/password" | "/api/session" | "/api/sessions"
    )
}

async fn record(state: &State, actor: &Actor, details: serde_json::Value) -> Result<()> {
    let mut conn = state.app.db.acquire().await?;
    let entry = audit::Entry::of(actor, "right.refused", state.app.clock.now());
    audit::write(&mut conn, entry.failed().with(details)).await
}
