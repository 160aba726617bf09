//! A lean HTTP/1.1 client on one kept connection: what is measured is the server, not the client.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The session's cookie.
const COOKIE: &str = "__Host-gridwork";

/// One connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    host: SocketAddr,
    cookie: String,
    read: Vec<u8>,
    request: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// The session's cookie, if one is set.
    pub session: Option<String>,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When the status is no success or the body is no JSON.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        ensure!(
            (200..300).contains(&self.status),
            "{}: {}",
            self.status,
            self.text()
        );
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// What the head of an answer says.
struct Head {
    status: u16,
    session: Option<String>,
    length: Option<usize>,
    chunked: bool,
    ends: usize,
}

impl Wire {
    /// Connects to `host`, with this session's token (empty for none).
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(host: SocketAddr, session: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(host).await.context("connecting")?;
        stream.set_nodelay(true)?;
        let cookie = if session.is_empty() {
            String::new()
        } else {
            format!("Cookie: {COOKIE}={session}\r\n")
        };
        Ok(Self {
            stream,
            host,
            cookie,
            read: Vec::with_capacity(16 * 1024),
            request: Vec::with_capacity(4 * 1024),
        })
    }

    /// `GET`.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.write(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n",
            self.host, self.cookie
        ));
        self.exchange().await
    }

    /// `POST` of a JSON body.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn post(&mut self, path: &str, body: &[u8]) -> anyhow::Result<Answer> {
        self.write(&format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{}X-Gridwork: 1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.host, self.cookie, body.len()
        ));
        self.request.extend_from_slice(body);
        self.exchange().await
    }

    /// Turns the connection into a WebSocket of `path`; answers its stream and what came after the head.
    ///
    /// # Errors
    /// When the server does not agree.
    pub async fn upgrade(mut self, path: &str) -> anyhow::Result<(TcpStream, Vec<u8>)> {
        self.write(&format!(
            "GET {path} HTTP/1.1\r\nHost: {0}\r\n{1}Origin: http://{0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Z3JpZHdvcmsgYmVuY2htYQ==\r\n\r\n",
            self.host, self.cookie
        ));
        self.stream.write_all(&self.request).await?;
        let head = self.head().await?;
        ensure!(head.status == 101, "{path} answered {}", head.status);
        Ok((self.stream, self.read.split_off(head.ends)))
    }

    fn write(&mut self, head: &str) {
        self.request.clear();
        self.request.extend_from_slice(head.as_bytes());
    }

    async fn exchange(&mut self) -> anyhow::Result<Answer> {
        self.stream.write_all(&self.request).await?;
        self.read.clear();
        let head = self.head().await?;
        let body = match (head.length, head.chunked) {
            (_, true) => self.chunks(head.ends).await?,
            (Some(length), _) => {
                self.until(head.ends + length).await?;
                self.read
                    .get(head.ends..head.ends + length)
                    .unwrap_or_default()
                    .to_vec()
            }
            (None, false) => Vec::new(),
        };
        Ok(Answer {
            status: head.status,
            body,
            session: head.session,
        })
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.read).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(())
    }

    async fn until(&mut self, length: usize) -> anyhow::Result<()> {
        while self.read.len() < length {
            self.more().await?;
        }
        Ok(())
    }

    async fn head(&mut self) -> anyhow::Result<Head> {
        let ends = loop {
            if let Some(at) = self.read.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let text = String::from_utf8_lossy(self.read.get(..ends).unwrap_or_default());
        let mut lines = text.lines();
        let status = lines
            .next()
            .and_then(|l| l.split(' ').nth(1)?.parse().ok())
            .context("no status in the answer")?;
        let mut head = Head {
            status,
            session: None,
            length: None,
            chunked: false,
            ends,
        };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse().ok(),
                "transfer-encoding" => head.chunked = value.eq_ignore_ascii_case("chunked"),
                "set-cookie" => {
                    let token = value
                        .strip_prefix(COOKIE)
                        .and_then(|v| v.strip_prefix('='))
                        .and_then(|v| v.split(';').next());
                    head.session = token.map(str::to_owned);
                }
                _ => {}
            }
        }
        Ok(head)
    }

    async fn chunks(&mut self, from: usize) -> anyhow::Result<Vec<u8>> {
        let (mut at, mut body) = (from, Vec::new());
        loop {
            let line = loop {
                let rest = self.read.get(at..).unwrap_or_default();
                if let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
                    break at + end;
                }
                self.more().await?;
            };
            let size = String::from_utf8_lossy(self.read.get(at..line).unwrap_or_default());
            let Ok(size) = usize::from_str_radix(size.trim(), 16) else {
                bail!("a chunk of no size");
            };
            let begins = line + 2;
            self.until(begins + size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(self.read.get(begins..begins + size).unwrap_or_default());
            at = begins + size + 2;
        }
    }
}

/// Runs `work` on a thread and runtime of its own, so that client and server do not share a scheduler.
///
/// # Errors
/// Those of `work`, or when the thread ends early.
pub async fn beside<T: Send + 'static>(
    work: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("clients".into())
        .spawn(move || {
            let done = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(anyhow::Error::from)
                .and_then(|runtime| runtime.block_on(work));
            // Nobody waits any more when the run was broken off.
            let _ = tell.send(done);
        })?;
    told.await.context("the clients ended early")?
}
