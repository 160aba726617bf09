//! Every open page of this process, and the last events told.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use kernel::SessionId;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::MOST_BEHIND;
use super::reach::Reach;
use super::teller::Told;

/// Messages one page may leave unread before it loses some.
const QUEUE: usize = 256;
/// How long after the last page has gone events are still read.
const LINGER: Duration = Duration::from_secs(60);

/// Every open page of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    inside: Arc<Mutex<Inside>>,
    sealed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Inside {
    /// The last event told; none before the first page or reader.
    head: Option<i64>,
    /// The last events told, without a gap up to `head`.
    recent: VecDeque<Arc<Told>>,
    pages: HashMap<u64, Page>,
    next_key: u64,
    /// When the last page left.
    left: Option<Instant>,
}

#[derive(Debug)]
struct Page {
    session: SessionId,
    reach: Reach,
    queue: mpsc::Sender<Handed>,
    lost: Arc<AtomicBool>,
}

/// What a page's session is handed.
#[derive(Debug, Clone, PartialEq)]
pub enum Handed {
    /// An event's message, with its place in the order.
    Event(i64, Utf8Bytes),
    /// Look whether events were lost.
    Lost,
}

/// A page that has joined; it leaves when this is dropped.
#[derive(Debug)]
pub struct Joined {
    hub: Hub,
    key: u64,
    /// The last event told before the page joined: it is handed everything after.
    pub head: i64,
    queue: mpsc::Receiver<Handed>,
    lost: Arc<AtomicBool>,
}

/// What a page missed since it was last there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Missed {
    /// These messages.
    Told(Vec<(i64, Utf8Bytes)>),
    /// What is to be read up to where the page joined.
    Read,
    /// Too much.
    Lost,
}

impl Hub {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that events were sealed.
    pub fn wake(&self) {
        self.sealed.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.sealed.notified().await;
    }

    /// The last event told; when nothing was told yet, telling begins after `head`.
    pub fn begin(&self, head: i64) -> i64 {
        *self.inside().head.get_or_insert(head)
    }

    /// The last event told; 0 when nothing was.
    #[must_use]
    pub fn head(&self) -> i64 {
        self.inside().head.unwrap_or_default()
    }

    /// Whether nobody has listened for a while.
    pub(super) fn idle(&self) -> bool {
        let inside = self.inside();
        inside.pages.is_empty() && inside.left.is_none_or(|left| left.elapsed() > LINGER)
    }

    /// A page of this session joins; to be called after [`Hub::begin`].
    #[must_use]
    pub fn join(&self, session: SessionId, reach: Reach) -> Joined {
        let (sender, queue) = mpsc::channel(QUEUE);
        let lost = Arc::new(AtomicBool::new(false));
        let mut inside = self.inside();
        let key = inside.next_key;
        inside.next_key += 1;
        let page = Page {
            session,
            reach,
            queue: sender,
            lost: lost.clone(),
        };
        inside.pages.insert(key, page);
        Joined {
            hub: self.clone(),
            key,
            head: inside.head.unwrap_or_default(),
            queue,
            lost,
        }
    }

    /// How many pages are open.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.inside().pages.len()
    }

    /// Hands events to every page that may have them.
    pub fn tell(&self, told: Vec<Told>) {
        let mut inside = self.inside();
        for told in told {
            inside.head = Some(told.seq);
            for page in inside.pages.values() {
                if let Some(text) = told.to(&page.reach) {
                    page.hand(Handed::Event(told.seq, text.clone()));
                }
            }
            inside.recent.push_back(Arc::new(told));
            if i64::try_from(inside.recent.len()).is_ok_and(|n| n > MOST_BEHIND) {
                inside.recent.pop_front();
            }
        }
    }

    /// Goes on after `head` without telling what came before.
    pub fn lose(&self, head: i64) {
        let mut inside = self.inside();
        inside.head = Some(head);
        inside.recent.clear();
        for page in inside.pages.values() {
            page.lost.store(true, Ordering::SeqCst);
            page.hand(Handed::Lost);
        }
    }

    /// What `reach` missed after `since` up to `head`, from memory where it is there.
    pub(super) fn missed(&self, since: i64, head: i64, reach: &Reach) -> Missed {
        if since >= head {
            return Missed::Told(Vec::new());
        }
        if head - since > MOST_BEHIND {
            return Missed::Lost;
        }
        let recent: Vec<Arc<Told>> = {
            let inside = self.inside();
            if inside.recent.front().is_none_or(|t| t.seq > since + 1) {
                return Missed::Read;
            }
            let range = inside
                .recent
                .iter()
                .filter(|t| t.seq > since && t.seq <= head);
            range.cloned().collect()
        };
        let own = |t: &Arc<Told>| Some((t.seq, t.to(reach)?.clone()));
        Missed::Told(recent.iter().filter_map(own).collect())
    }

    /// The sessions of the open pages, each once.
    pub(super) fn sessions(&self) -> Vec<SessionId> {
        let inside = self.inside();
        let mut sessions: Vec<_> = inside.pages.values().map(|p| p.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    /// Gives the pages of `asked` sessions the reach they have now; pages of those that have none
    /// are closed.
    pub(super) fn keep(&self, asked: &[SessionId], reach: impl Fn(SessionId) -> Option<Reach>) {
        let mut inside = self.inside();
        inside.pages.retain(|_, page| {
            if asked.binary_search(&page.session).is_err() {
                return true;
            }
            let Some(now) = reach(page.session) else {
                return false;
            };
            page.reach = now;
            true
        });
    }
}

impl Page {
    fn hand(&self, handed: Handed) {
        if self.queue.try_send(handed).is_err() {
            self.lost.store(true, Ordering::SeqCst);
        }
    }
}

impl Joined {
    /// What comes next; `None` when the session is over.
    ///
    /// [`Handed::Lost`] means that events were lost up to [`Hub::head`]; what was queued before is
    /// thrown away.
    pub async fn next(&mut self) -> Option<Handed> {
        let handed = self.queue.recv().await?;
        Some(self.unless_lost(handed))
    }

    /// What is there already, without waiting.
    pub fn ready(&mut self) -> Option<Handed> {
        let handed = self.queue.try_recv().ok()?;
        Some(self.unless_lost(handed))
    }

    fn unless_lost(&mut self, handed: Handed) -> Handed {
        if !self.lost.swap(false, Ordering::SeqCst) {
            return handed;
        }
        while self.queue.try_recv().is_ok() {}
        Handed::Lost
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let mut inside = self.hub.inside();
        inside.pages.remove(&self.key);
        if inside.pages.is_empty() {
            inside.left = Some(Instant::now());
        }
    }
}
