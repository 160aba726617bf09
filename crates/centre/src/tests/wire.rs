//! A server on a port of its own with its jobs, and pages that listen to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use kernel::App;
use serde_json::Value;
use testkit::{TestDb, behind_the_door};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::world::World;
use crate::State;

/// Another process of the same city: its own pool, bells and memory.
pub(crate) async fn another(db: &TestDb, like: &State) -> State {
    let cases = like.cases.clone();
    let app = App {
        db: kernel::db::open(&db.url, db.schema, 8).await.unwrap(),
        committed: Arc::default(),
        ..cases.app.clone()
    };
    State::new(cases::State { app, ..cases })
}

/// Tasks that end with the test.
#[derive(Default)]
pub(crate) struct Jobs(Vec<JoinHandle<()>>);

impl Jobs {
    pub(crate) fn start(&mut self, job: impl Future<Output = ()> + Send + 'static) {
        self.0.push(tokio::spawn(job));
    }

    pub(crate) fn stop(&mut self) {
        self.0.drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A process that serves.
pub(crate) struct Served {
    address: SocketAddr,
    _jobs: Jobs,
}

/// Serves `state` with sealer and live channel.
pub(crate) async fn serve(state: &State) -> Served {
    let routes: Router = crate::routes().with_state(state.clone()).into();
    let router = behind_the_door(&state.cases.app, routes, crate::RULES).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut jobs = Jobs::default();
    jobs.start(async move { axum::serve(listener, router).await.unwrap() });
    jobs.start(crate::sealer::run(state.clone()));
    jobs.start(crate::live::run(state.clone()));
    Served {
        address,
        _jobs: jobs,
    }
}

impl Served {
    /// A page of `login` that has seen events up to `since`.
    pub(crate) async fn page(&self, world: &mut World, login: &str, since: Option<i64>) -> Page {
        let cookie = world.as_(login).await.cookie.clone();
        self.knock(cookie.as_deref(), None, since).await.unwrap()
    }

    /// Knocks as a browser would; answers the status when it is not let in.
    pub(crate) async fn knock(
        &self,
        cookie: Option<&str>,
        origin: Option<&str>,
        since: Option<i64>,
    ) -> Result<Page, u16> {
        let query = since.map_or_else(String::new, |s| format!("?since={s}"));
        let url = format!("ws://{}/api/live{query}", self.address);
        let mut request = url.into_client_request().unwrap();
        let own = format!("http://{}", self.address);
        let headers = request.headers_mut();
        headers.insert("origin", origin.unwrap_or(&own).parse().unwrap());
        if let Some(cookie) = cookie {
            headers.insert("cookie", cookie.parse().unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Page { socket }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }
}

/// An open page.
pub(crate) struct Page {
    socket: WebSocketStream<TcpStream>,
}

impl Page {
    /// The next message within `patience`; `Err(true)` when the server closed, `Err(false)` when
    /// nothing came.
    pub(crate) async fn within(&mut self, patience: Duration) -> Result<Value, bool> {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Ok(serde_json::from_str(text.as_str()).unwrap());
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(true),
                    Some(Ok(_)) => {}
                }
            }
        };
        timeout(patience, next).await.unwrap_or(Err(false))
    }

    /// The next message, which comes within a second.
    pub(crate) async fn next(&mut self) -> Value {
        self.within(Duration::from_secs(1))
            .await
            .expect("a message within a second")
    }

    /// That nothing comes for half a second.
    pub(crate) async fn silence(&mut self) {
        let heard = self.within(Duration::from_millis(500)).await;
        assert_eq!(heard, Err(false), "nothing is said");
    }

    /// Everything said until half a second of silence.
    pub(crate) async fn all(&mut self) -> Vec<Value> {
        let mut said = Vec::new();
        while let Ok(message) = self.within(Duration::from_millis(500)).await {
            said.push(message);
        }
        said
    }

    /// Says something.
    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }
}
