//! Wire types of Open311 GeoReport v2: what is sent, what is read, nothing else.
//!
//! Reference: the GeoReport v2 specification (<http://wiki.open311.org/GeoReport_v2>), the Service
//! Discovery specification (<http://wiki.open311.org/Service_Discovery>), and for updates of
//! requests mySociety's extension as FixMyStreet speaks it.
//!
//! # Endpoints
//!
//! Every path ends in `.xml` or `.json` ([`Format`]); discovery must be served in both.
//!
//! | method and path | key | reads | answers |
//! |---|---|---|---|
//! | `GET /discovery` | – | – | [`Discovery`] |
//! | `GET /services` | – | [`Access`] | [`services`] of [`Service`] |
//! | `GET /services/{service_code}` | – | [`Access`] | [`ServiceDefinition`] |
//! | `POST /requests` (form) | yes | [`PostRequest`] | [`receipts`] of [`Receipt`] |
//! | `GET /tokens/{token}` | – | [`Access`] | [`token_request`] |
//! | `GET /requests` | – | [`RequestsQuery`] | [`service_requests`] of [`ServiceRequest`] |
//! | `GET /requests/{service_request_id}` | – | [`Access`] | [`service_requests`] with one |
//! | `GET /servicerequestupdates` (extension) | – | [`UpdatesQuery`] | [`updates`] of [`Update`] |
//! | `POST /servicerequestupdates` (extension) | yes | [`PostUpdate`] | [`update_receipt`] |
//!
//! # Errors
//!
//! Any of them answers with [`Problems::document`], a list, and the HTTP status of
//! [`Problems::status`]: a bad request is never answered with 200 nor with 5xx.
//!
//! | status | when |
//! |---|---|
//! | 403 | `api_key` missing or not valid |
//! | 404 | jurisdiction, service, request or token unknown |
//! | 400 | anything else: an argument missing, malformed, too long, out of range, contradictory |
//!
//! With several problems in one request all are listed; the status is 403 before 404 before 400.
//!
//! # Choices where the specification is silent or contradicts itself
//!
//! - Codes and ids are strings in JSON; the examples' `001` is not JSON.
//! - What is absent is an empty element in XML and `null` in JSON.
//! - `lat` and `long` are numbers in JSON. A single request is still an array.
//! - An empty argument is one that was not given. The same argument twice with different values is
//!   an error, except `media_url`, which may come several times.
//! - A span of more than 90 days is refused, not cut. Where only one end is given the other is 90
//!   days from it, but not in the future.
//! - Attributes the definition does not list are ignored, as stock clients send their own.
//! - Extensions to `GET /requests`: `page`, `page_size`, `updated_after`, `updated_before`, and
//!   `lat`, `long`, `radius` (metres).

mod document;
mod form;
mod model;
mod post;
mod problem;
mod query;
mod time;
mod update;

#[cfg(test)]
mod tests;

pub use document::{Document, Format, Value};
pub use form::{Access, Point};
pub use model::{
    Attribute, AttributeValue, Datatype, Discovery, Endpoint, EndpointType, Receipt, ReceiptKind,
    Service, ServiceDefinition, ServiceRequest, ServiceType, Status, receipts, service_requests,
    services, token_request,
};
pub use post::{GivenAttribute, MAX_DESCRIPTION, PostRequest};
pub use problem::{Language, Problem, Problems};
pub use query::{MAX_PAGE_SIZE, MAX_SPAN_DAYS, Nearby, RequestsQuery, UpdatesQuery, Window};
pub use time::W3cTime;
pub use update::{PostUpdate, Update, UpdateStatus, update_receipt, updates};
