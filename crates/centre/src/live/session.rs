//! One open page: a WebSocket and what it is handed.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use futures_util::SinkExt;
use kernel::{Actor, CaseId, Error, Result};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::hub::{Handed, Joined, Missed};
use super::reach::Reach;
use super::{store, teller};
use crate::State;

const PING: Duration = Duration::from_secs(25);
/// A page that has not been heard of for this long is gone.
const SILENCE: Duration = Duration::from_secs(70);
/// A page that takes longer to take what is sent is gone.
const PATIENCE: Duration = Duration::from_secs(15);
/// A page says little.
const MOST_SAID: usize = 4_096;

/// Small buffers: there may be thousands of pages.
pub(super) fn sized(socket: WebSocketUpgrade) -> WebSocketUpgrade {
    socket
        .max_message_size(MOST_SAID)
        .max_frame_size(MOST_SAID)
        .read_buffer_size(MOST_SAID)
        .write_buffer_size(MOST_SAID)
}

/// What a page says.
#[derive(Debug, Deserialize)]
struct Said {
    view: View,
}

/// What is being looked at. Everything within reach is sent all the same, so that nothing is missing
/// when the page looks elsewhere; it tells what a page was doing when it is reported as failing.
#[derive(Debug, Clone, Default, Deserialize)]
struct View {
    bbox: Option<[f64; 4]>,
    case: Option<CaseId>,
}

/// Serves a page until it goes, its session ends or it cannot be reached.
pub(super) async fn serve(
    socket: WebSocket,
    state: &State,
    actor: &Actor,
    since: Option<i64>,
) -> Result<()> {
    let db = &state.cases.app.db;
    let top = store::head(db).await?;
    state.live.begin(top);
    let reach = Reach::of(actor);
    let joined = state.live.join(actor.session, reach.clone());
    let mut page = Open {
        socket,
        sent: joined.head.max(since.unwrap_or_default().min(top)),
        view: View::default(),
        heard: Instant::now(),
    };
    page.greet(state, &joined, since, top, &reach).await?;
    let ended = page.talk(joined, state).await;
    if ended == Ended::Over {
        let frame = CloseFrame {
            code: close_code::POLICY,
            reason: "session over".into(),
        };
        let _ = timeout(PATIENCE, page.socket.send(Message::Close(Some(frame)))).await;
    }
    let View { bbox, case } = page.view;
    tracing::debug!(?ended, ?bbox, ?case, "a live page closed");
    Ok(())
}

/// Why a page closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The page left, or cannot be reached.
    Gone,
    /// Its session is over.
    Over,
}

struct Open {
    socket: WebSocket,
    /// The last event sent or passed over.
    sent: i64,
    view: View,
    heard: Instant,
}

fn lost(from: i64) -> Message {
    Message::text(json!({"type": "lost", "from": from}).to_string())
}

impl Open {
    /// `hello`, then what was missed.
    async fn greet(
        &mut self,
        state: &State,
        joined: &Joined,
        since: Option<i64>,
        top: i64,
        reach: &Reach,
    ) -> Result<()> {
        let head = joined.head;
        let mut messages = vec![Message::text(
            json!({"type": "hello", "seq": head}).to_string(),
        )];
        let missed = match since {
            None => Missed::Told(Vec::new()),
            // Of another life of the database: nothing here follows on it.
            Some(since) if since > top.max(head) => Missed::Lost,
            Some(since) => state.live.missed(since, head, reach),
        };
        let told = match missed {
            Missed::Told(told) => told,
            Missed::Read => teller::replay(state, since.unwrap_or(head), head, reach).await?,
            Missed::Lost => {
                self.sent = head;
                messages.push(lost(head));
                Vec::new()
            }
        };
        messages.extend(told.into_iter().map(|(_, text)| Message::Text(text)));
        self.send(messages).await
    }

    async fn send(&mut self, messages: Vec<Message>) -> Result<()> {
        let sending = async {
            for message in messages {
                self.socket.feed(message).await?;
            }
            self.socket.flush().await
        };
        timeout(PATIENCE, sending)
            .await
            .map_err(|late| Error::ours("sending to a page", late))?
            .map_err(|gone| Error::ours("sending to a page", gone))
    }

    async fn talk(&mut self, mut joined: Joined, state: &State) -> Ended {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        loop {
            let going = tokio::select! {
                handed = joined.next() => match handed {
                    None => return Ended::Over,
                    Some(first) => {
                        let messages = self.gather(first, &mut joined, state);
                        self.send(messages).await.is_ok()
                    }
                },
                _ = ping.tick() => {
                    self.heard.elapsed() < SILENCE
                        && self.send(vec![Message::Ping(Vec::new().into())]).await.is_ok()
                }
                said = self.socket.recv() => match said {
                    Some(Ok(message)) => self.hear(message),
                    _ => false,
                },
            };
            if !going {
                return Ended::Gone;
            }
        }
    }

    /// All that is there, so that a burst costs one write.
    fn gather(&mut self, first: Handed, joined: &mut Joined, state: &State) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut next = Some(first);
        while let Some(handed) = next {
            match handed {
                Handed::Event(seq, text) if seq > self.sent => {
                    self.sent = seq;
                    messages.push(Message::Text(text));
                }
                Handed::Event(..) => {}
                Handed::Lost => {
                    self.sent = self.sent.max(state.live.head());
                    messages.push(lost(self.sent));
                }
            }
            next = joined.ready();
        }
        messages
    }

    /// Takes what the page says; tells whether it goes on.
    fn hear(&mut self, message: Message) -> bool {
        self.heard = Instant::now();
        match message {
            Message::Text(text) => match serde_json::from_str::<Said>(text.as_str()) {
                Ok(said) => {
                    self.view = said.view;
                    true
                }
                Err(_) => false,
            },
            Message::Binary(_) | Message::Close(_) => false,
            Message::Ping(_) | Message::Pong(_) => true,
        }
    }
}
