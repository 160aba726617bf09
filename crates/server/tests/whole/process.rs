//! The program as a process of its own, and a client before it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// A folder of its own for a test, removed at the end.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("gridwork-{name}-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running `gridwork`, killed with this value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub url: String,
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Server {
    /// Starts the program with these arguments and variables and waits until it is ready.
    pub async fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let listen = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(env!("CARGO_BIN_EXE_gridwork"));
        command.args(arguments).args(["--listen", &listen]);
        command
            .env("GRIDWORK_LOG", "warn")
            .env_remove("DATABASE_URL");
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().expect("gridwork starts");
        let mut server = Self {
            child,
            url: format!("http://{listen}"),
        };
        server.wait_ready().await;
        server
    }

    async fn wait_ready(&mut self) {
        let client = client();
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(120) {
            let answer = client.get(format!("{}/healthz", self.url)).send().await;
            if answer.is_ok_and(|a| a.status() == StatusCode::OK) {
                return;
            }
            assert!(
                self.child.try_wait().unwrap().is_none(),
                "gridwork ended before it was ready"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("gridwork was not ready in two minutes");
    }

    /// kill -9, and nothing before it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// kill -9 of the PostgreSQL whose data stands below `folder`, with all it started.
pub fn kill_postgres(folder: &Path) {
    let pid = std::fs::read_to_string(folder.join("postgres/data/postmaster.pid")).unwrap();
    let pid = pid.lines().next().unwrap().to_owned();
    let children = Command::new("pgrep").args(["-P", &pid]).output().unwrap();
    let children = String::from_utf8(children.stdout).unwrap();
    let all = children.lines().chain([pid.as_str()]);
    Command::new("kill").arg("-9").args(all).status().unwrap();
}

/// A client that speaks no TLS; the ring provider is what it asks for all the same.
pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider()
            .install_default()
            .unwrap()
    });
    Client::builder()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

/// Somebody signed in at a server.
#[derive(Debug, Clone)]
pub struct Person {
    client: Client,
    url: String,
    cookie: String,
}

impl Person {
    pub async fn sign_in(url: &str, login: &str) -> Self {
        let client = client();
        let form = json!({"login": login, "password": testkit::PASSWORD});
        let answer = client
            .post(format!("{url}/api/session"))
            .header("x-gridwork", "1")
            .json(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{login}");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            client,
            url: url.to_owned(),
            cookie,
        }
    }

    /// The same session before another address, after a restart.
    pub fn at(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    /// Status and body; an error when the connection broke.
    pub async fn post(&self, path: &str, body: &Value) -> reqwest::Result<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        self.send(request).await
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<(u16, Value)> {
        self.send(self.client.get(format!("{}{path}", self.url)))
            .await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<(u16, Value)> {
        let answer = request
            .header("x-gridwork", "1")
            .header("cookie", &self.cookie)
            .send()
            .await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }
}
