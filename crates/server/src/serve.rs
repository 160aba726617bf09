//! Listening: early, so that a watcher can ask; answering 503 until the city is ready, and again when
//! its database is gone.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tower::ServiceExt;

/// A listener that answers from the first moment.
#[derive(Debug)]
pub struct Door {
    ready: Arc<OnceLock<Ready>>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    /// Where it listens.
    pub address: SocketAddr,
}

#[derive(Debug)]
struct Ready {
    router: Router,
    db: PgPool,
    checked: Mutex<Option<(Instant, bool)>>,
}

impl Door {
    /// Opens the door at `listen`; until [`Door::welcome`] it answers 503.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn open(listen: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("listening on {listen}"))?;
        let address = listener.local_addr()?;
        let ready: Arc<OnceLock<Ready>> = Arc::default();
        let (stop, mut stopped) = watch::channel(false);
        let router = Router::new()
            .route("/healthz", get(health))
            .fallback(inside)
            .with_state(ready.clone());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            axum::serve(listener, service)
                .with_graceful_shutdown(async move {
                    let _ = stopped.wait_for(|s| *s).await;
                })
                .await
        });
        Ok(Self {
            ready,
            stop,
            task,
            address,
        })
    }

    /// From now on `router` answers, as long as `db` does.
    pub fn welcome(&self, router: Router, db: PgPool) {
        let _ = self.ready.set(Ready {
            router,
            db,
            checked: Mutex::new(None),
        });
    }

    /// Takes nobody in any more and waits at most five seconds for those inside.
    pub async fn close(self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(Duration::from_secs(5), self.task)
            .await
            .is_err()
        {
            tracing::warn!("some requests did not end in time");
        }
    }
}

type Waiting = State<Arc<OnceLock<Ready>>>;

async fn inside(State(ready): Waiting, request: Request) -> Response<Body> {
    match ready.get() {
        Some(ready) => match ready.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        None => kernel::Error::refused(StatusCode::SERVICE_UNAVAILABLE, "city.not_ready")
            .into_response(),
    }
}

async fn health(State(ready): Waiting) -> Response<Body> {
    let Some(ready) = ready.get() else {
        return unwell("starting", "the city is being opened");
    };
    let mut checked = ready.checked.lock().await;
    let fresh = checked.filter(|(at, _)| at.elapsed() < Duration::from_millis(250));
    let well = match fresh {
        Some((_, well)) => well,
        None => {
            let asked = sqlx::query("select 1").execute(&ready.db);
            let well = matches!(
                tokio::time::timeout(Duration::from_secs(1), asked).await,
                Ok(Ok(_))
            );
            *checked = Some((Instant::now(), well));
            well
        }
    };
    if well {
        Json(json!({"status": "ready"})).into_response()
    } else {
        unwell("down", "the database does not answer")
    }
}

fn unwell(status: &str, reason: &str) -> Response<Body> {
    let mut response = (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(json!({"status": status, "reason": reason})),
    )
        .into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Waits for Ctrl-C or the signal to end.
pub async fn told_to_stop() {
    let mut end = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(error) => {
            tracing::warn!(%error, "the signal to end cannot be heard");
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = end.recv() => {}
    }
}
