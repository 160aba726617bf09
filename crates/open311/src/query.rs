//! `GET requests` and `GET servicerequestupdates`: what is asked for.

use jiff::{SignedDuration, Timestamp};

use crate::form::{Access, Arguments, MAX_ID, Point};
use crate::model::Status;
use crate::problem::{Problem, Problems};

/// Longest span between the two ends of a search, in days.
pub const MAX_SPAN_DAYS: i64 = 90;

/// Most requests in one answer, and how many without `page_size`.
pub const MAX_PAGE_SIZE: u32 = 1_000;

const SPAN: SignedDuration = SignedDuration::from_hours(MAX_SPAN_DAYS * 24);
const MAX_RADIUS: f64 = 10_000.0;
const DEFAULT_RADIUS: f64 = 100.0;

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The earliest instant.
    pub start: Timestamp,
    /// The latest instant.
    pub end: Timestamp,
}

/// All within that many metres of a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearby {
    /// The place.
    pub point: Point,
    /// Metres, more than 0 and at most 10,000; 100 if none were given.
    pub radius: f64,
}

/// Which requests are asked for. Order the answer by newest first and cut it by
/// [`RequestsQuery::limit`].
#[derive(Clone, Debug, PartialEq)]
pub struct RequestsQuery {
    /// Key and jurisdiction.
    pub access: Access,
    /// These requests only. If any are named they override every other argument, so the filters
    /// below are then all empty.
    pub service_request_ids: Vec<String>,
    /// These services only; all if empty.
    pub service_codes: Vec<String>,
    /// These statuses only; all if empty.
    pub statuses: Vec<Status>,
    /// By `requested_datetime`; `None` if ids or a window of updates were given.
    pub requested: Option<Window>,
    /// By `updated_datetime` (extension).
    pub updated: Option<Window>,
    /// By distance (extension).
    pub nearby: Option<Nearby>,
    /// Page from 1 (extension).
    pub page: u32,
    /// Requests to a page, at most [`MAX_PAGE_SIZE`] (extension).
    pub page_size: u32,
}

impl RequestsQuery {
    /// Reads the query; `now` is where the most recent 90 days end.
    ///
    /// # Errors
    /// 400 for each argument that is malformed, out of range or contradictory.
    pub fn from_query(query: &[(String, String)], now: Timestamp) -> Result<Self, Problems> {
        let mut query = Arguments::new(query);
        let access = query.access();
        let service_request_ids = ids(&mut query, "service_request_id");
        let mut request = Self {
            access,
            service_request_ids,
            service_codes: Vec::new(),
            statuses: Vec::new(),
            requested: None,
            updated: None,
            nearby: None,
            page: query.count("page", 1_000_000).unwrap_or(1),
            page_size: query
                .count("page_size", MAX_PAGE_SIZE)
                .unwrap_or(MAX_PAGE_SIZE),
        };
        if request.service_request_ids.is_empty() {
            request.service_codes = ids(&mut query, "service_code");
            request.statuses = statuses(&mut query);
            request.updated = window(&mut query, "updated_after", "updated_before", now);
            let dated = !query.all("start_date").is_empty() || !query.all("end_date").is_empty();
            if dated || request.updated.is_none() {
                let window = window(&mut query, "start_date", "end_date", now);
                request.requested = Some(window.unwrap_or_else(|| recent(now)));
            }
            request.nearby = nearby(&mut query);
        }
        query.problems.or(request)
    }

    /// Most requests to answer with.
    pub fn limit(&self) -> u32 {
        self.page_size
    }

    /// How many requests the pages before hold.
    pub fn offset(&self) -> u64 {
        u64::from(self.page - 1) * u64::from(self.page_size)
    }
}

/// Which updates are asked for; order the answer by their time, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdatesQuery {
    /// Key and jurisdiction.
    pub access: Access,
    /// By the time of the update.
    pub window: Window,
}

impl UpdatesQuery {
    /// Reads the query; `now` is where the most recent 90 days end.
    ///
    /// # Errors
    /// 400 for each argument that is malformed or contradictory.
    pub fn from_query(query: &[(String, String)], now: Timestamp) -> Result<Self, Problems> {
        let mut query = Arguments::new(query);
        let access = query.access();
        let window = window(&mut query, "start_date", "end_date", now);
        query.problems.or(Self {
            access,
            window: window.unwrap_or_else(|| recent(now)),
        })
    }
}

fn recent(now: Timestamp) -> Window {
    Window {
        start: shifted(now, -SPAN),
        end: now,
    }
}

fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by)
        .expect("a duration has no calendar units")
}

/// A window by its two arguments; `None` if neither was given or either is wrong. Where one end is
/// missing it lies 90 days off, but not after now.
fn window(
    query: &mut Arguments<'_>,
    start_name: &'static str,
    end_name: &'static str,
    now: Timestamp,
) -> Option<Window> {
    let wrong = |query: &Arguments<'_>| query.problems.iter().count();
    let before = wrong(query);
    let (start, end) = (query.time(start_name), query.time(end_name));
    if wrong(query) > before {
        return None;
    }
    let window = match (start, end) {
        (None, None) => return None,
        (Some(start), Some(end)) => Window { start, end },
        (None, Some(end)) => Window {
            start: shifted(end, -SPAN),
            end,
        },
        (Some(start), None) => Window {
            start,
            end: shifted(start, SPAN).min(now.max(start)),
        },
    };
    if window.start > window.end {
        query
            .problems
            .push(Problem::StartAfterEnd { field: start_name });
    } else if window.start.duration_until(window.end) > SPAN {
        query.problems.push(Problem::SpanTooLong {
            field: start_name,
            days: MAX_SPAN_DAYS,
        });
    }
    Some(window)
}

fn ids(query: &mut Arguments<'_>, name: &str) -> Vec<String> {
    let ids = query.list(name);
    if ids.len() > MAX_PAGE_SIZE as usize {
        let (min, max) = (1.0, f64::from(MAX_PAGE_SIZE));
        query.problems.push(Problem::OutOfRange {
            field: name.to_owned(),
            min,
            max,
        });
    }
    for id in &ids {
        query.short_enough(name, id, MAX_ID);
    }
    ids
}

fn statuses(query: &mut Arguments<'_>) -> Vec<Status> {
    let mut statuses = Vec::new();
    for name in query.list("status") {
        match name.to_ascii_lowercase().as_str() {
            "open" => statuses.push(Status::Open),
            "closed" => statuses.push(Status::Closed),
            _ => query.problems.push(Problem::NotOffered {
                field: "status".to_owned(),
                value: name.chars().take(MAX_ID).collect(),
            }),
        }
    }
    statuses
}

fn nearby(query: &mut Arguments<'_>) -> Option<Nearby> {
    let point = query.point();
    let radius = query.number("radius", 1.0, MAX_RADIUS);
    if radius.is_some() && query.all("lat").is_empty() && query.all("long").is_empty() {
        query.problems.push(Problem::Missing {
            field: "lat".to_owned(),
        });
    }
    Some(Nearby {
        point: point?,
        radius: radius.unwrap_or(DEFAULT_RADIUS),
    })
}
