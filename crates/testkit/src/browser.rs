//! The product's door for a test's routes, and a browser before it.

use accounts::{Guard, Settings};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};
use axum::middleware::from_fn_with_state;
use axum::{Router, middleware};
use divisions::Net;
use kernel::{App, RouteRule};
use serde_json::{Value, json};
use staff::Directory;
use tower::ServiceExt;

use crate::members::PASSWORD;

/// Puts `routes` behind the product's own door: sessions, the guard with `rules`, errors in the
/// caller's language; the routes of sessions are added.
///
/// # Panics
/// When the city cannot be read or a route stands in the rules twice.
pub async fn behind_the_door(app: &App, routes: Router, rules: &[&[RouteRule]]) -> Router {
    let net = Net::load(&app.db).await.expect("the net is read");
    let directory = Directory::load(&app.db).await.expect("the units are read");
    let state = accounts::State::new(app.clone(), net, directory, Settings::default());
    let rules: Vec<_> = rules.iter().copied().chain([accounts::RULES]).collect();
    let guard = Guard::new(state.clone(), &rules).expect("each route stands once in the rules");
    let sessions: Router = accounts::routes().with_state(state.clone()).into();
    routes
        .merge(sessions)
        .layer(from_fn_with_state(guard, accounts::guard))
        .layer(from_fn_with_state(state, accounts::layer))
        .layer(middleware::from_fn(kernel::error::speak))
}

/// A browser: keeps the session's cookie, marks its requests as our pages do.
#[derive(Debug, Clone)]
pub struct Browser {
    router: Router,
    /// The session's cookie as `name=value`, once signed in.
    pub cookie: Option<String>,
    /// Headers sent with every request; at first the mark and `Host`.
    pub headers: HeaderMap,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// 200 and so on.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a problem document; empty when it is none.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Browser {
    /// A browser nobody has signed in with.
    #[must_use]
    pub fn new(router: Router) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("x-gridwork", header::HeaderValue::from_static("1"));
        headers.insert(header::HOST, header::HeaderValue::from_static("city.test"));
        headers.insert(
            header::ACCEPT_LANGUAGE,
            header::HeaderValue::from_static("en"),
        );
        Self {
            router,
            cookie: None,
            headers,
        }
    }

    /// Another browser at the same server, signed in as `login`.
    ///
    /// # Panics
    /// When signing in is refused.
    pub async fn signed_in(&self, login: &str) -> Self {
        let mut browser = Self::new(self.router.clone());
        let form = json!({"login": login, "password": PASSWORD});
        let answer = browser.post("/api/session", form).await;
        assert_eq!(answer.status, 200, "{login}: {:?}", answer.body);
        browser
    }

    /// `GET`.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// `DELETE`, with a JSON body or none.
    pub async fn delete(&mut self, path: &str, body: Option<Value>) -> Answer {
        self.send(Method::DELETE, path, body).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        self.request(request.body(body).expect("the request is well formed"))
            .await
    }

    /// Sends any request with this browser's headers and cookie, and keeps the cookie that comes back.
    ///
    /// # Panics
    /// When the body does not end.
    pub async fn request(&mut self, mut request: Request<Body>) -> Answer {
        for (name, value) in &self.headers {
            request
                .headers_mut()
                .entry(name)
                .or_insert_with(|| value.clone());
        }
        if let Some(cookie) = self.cookie.as_ref().and_then(|c| c.parse().ok()) {
            request.headers_mut().insert(header::COOKIE, cookie);
        }
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        if let Some(set) = parts
            .headers
            .get(header::SET_COOKIE)
            .and_then(|v| v.to_str().ok())
        {
            let pair = set.split(';').next().unwrap_or_default();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("the body ends");
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }
}
