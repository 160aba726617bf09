//! What the endpoints answer, except errors and updates.

use crate::document::{Document, Value};
use crate::form::Point;
use crate::time::W3cTime;

/// The answer of service discovery: where the endpoints are and what they speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// When this document last changed; sortable.
    pub changeset: String,
    /// How to reach the people who run it.
    pub contact: String,
    /// How to get an API key.
    pub key_service: String,
    /// The endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// One endpoint of [`Discovery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// What it speaks; [`Endpoint::GEOREPORT_V2`] for this crate's.
    pub specification: String,
    /// Its address.
    pub url: String,
    /// When its services or definitions last changed; sortable.
    pub changeset: String,
    /// Live or for trying out.
    pub kind: EndpointType,
    /// The formats it answers in.
    pub formats: Vec<crate::Format>,
}

impl Endpoint {
    /// The token that names GeoReport v2.
    pub const GEOREPORT_V2: &str = "http://wiki.open311.org/GeoReport_v2";
}

/// Whether an endpoint's information is acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointType {
    /// `production`
    Production,
    /// `test`
    Test,
}

impl Discovery {
    /// The `<discovery>` document.
    pub fn document(&self) -> Document<'_> {
        let endpoints = self.endpoints.iter().map(|endpoint| {
            let formats = endpoint
                .formats
                .iter()
                .map(|format| Value::text(format.mime()));
            Value::Object(vec![
                ("specification", Value::text(&endpoint.specification)),
                ("url", Value::text(&endpoint.url)),
                ("changeset", Value::text(&endpoint.changeset)),
                (
                    "type",
                    Value::text(match endpoint.kind {
                        EndpointType::Production => "production",
                        EndpointType::Test => "test",
                    }),
                ),
                ("formats", Value::List("format", formats.collect())),
            ])
        });
        let value = Value::Object(vec![
            ("changeset", Value::text(&self.changeset)),
            ("contact", Value::text(&self.contact)),
            ("key_service", Value::text(&self.key_service)),
            ("endpoints", Value::List("endpoint", endpoints.collect())),
        ]);
        Document {
            root: "discovery",
            value,
        }
    }
}

/// How the id of a new request is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceType {
    /// `realtime`: at once.
    Realtime,
    /// `batch`: a token now, the id later.
    Batch,
    /// `blackbox`: never.
    Blackbox,
}

/// A kind of request that can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its unique code.
    pub service_code: String,
    /// Its name for people.
    pub service_name: String,
    /// A short description.
    pub description: String,
    /// Whether it has a [`ServiceDefinition`] with attributes to ask for.
    pub metadata: bool,
    /// How the id is told.
    pub kind: ServiceType,
    /// Other words for it.
    pub keywords: Vec<String>,
    /// The category it belongs to.
    pub group: String,
}

/// The `<services>` document.
pub fn services(services: &[Service]) -> Document<'_> {
    let items = services.iter().map(|service| {
        let keywords = (!service.keywords.is_empty()).then(|| service.keywords.join(", "));
        Value::Object(vec![
            ("service_code", Value::text(&service.service_code)),
            ("service_name", Value::text(&service.service_name)),
            ("description", Value::text(&service.description)),
            ("metadata", Value::Bool(service.metadata)),
            (
                "type",
                Value::text(match service.kind {
                    ServiceType::Realtime => "realtime",
                    ServiceType::Batch => "batch",
                    ServiceType::Blackbox => "blackbox",
                }),
            ),
            ("keywords", Value::shown(keywords)),
            ("group", Value::text(&service.group)),
        ])
    });
    Document {
        root: "services",
        value: Value::List("service", items.collect()),
    }
}

/// The attributes a service asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDefinition {
    /// The service they belong to.
    pub service_code: String,
    /// The attributes; `order` must differ between them.
    pub attributes: Vec<Attribute>,
}

/// What kind of value an attribute takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datatype {
    /// One line of text.
    String,
    /// A number.
    Number,
    /// A date and time.
    Datetime,
    /// Text with line breaks.
    Text,
    /// One of [`Attribute::values`].
    SingleValueList,
    /// Any of [`Attribute::values`].
    MultiValueList,
}

impl Datatype {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Datetime => "datetime",
            Self::Text => "text",
            Self::SingleValueList => "singlevaluelist",
            Self::MultiValueList => "multivaluelist",
        }
    }
}

/// One attribute of a [`ServiceDefinition`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// `true` if an answer is wanted, `false` if it only tells the person something.
    pub variable: bool,
    /// Its unique code, as in `attribute[code]=value`.
    pub code: String,
    /// The kind of value.
    pub datatype: Datatype,
    /// Whether a request without it is refused.
    pub required: bool,
    /// Help with the form of the value.
    pub datatype_description: Option<String>,
    /// Place in the form, from 1.
    pub order: u32,
    /// The question.
    pub description: String,
    /// What may be chosen, for the two list types.
    pub values: Vec<AttributeValue>,
}

/// A choice of a list attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeValue {
    /// What is sent.
    pub key: String,
    /// What is shown.
    pub name: String,
}

impl ServiceDefinition {
    /// The `<service_definition>` document.
    pub fn document(&self) -> Document<'_> {
        let attributes = self.attributes.iter().map(|attribute| {
            let values = attribute.values.iter().map(|value| {
                Value::Object(vec![
                    ("key", Value::text(&value.key)),
                    ("name", Value::text(&value.name)),
                ])
            });
            Value::Object(vec![
                ("variable", Value::Bool(attribute.variable)),
                ("code", Value::text(&attribute.code)),
                ("datatype", Value::text(attribute.datatype.as_str())),
                ("required", Value::Bool(attribute.required)),
                (
                    "datatype_description",
                    Value::optional(attribute.datatype_description.as_deref()),
                ),
                ("order", Value::Integer(attribute.order.into())),
                ("description", Value::text(&attribute.description)),
                ("values", Value::List("value", values.collect())),
            ])
        });
        let value = Value::Object(vec![
            ("service_code", Value::text(&self.service_code)),
            ("attributes", Value::List("attribute", attributes.collect())),
        ]);
        Document {
            root: "service_definition",
            value,
        }
    }
}

/// What a new request is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptKind {
    /// Its id, at once.
    Realtime {
        /// The id.
        service_request_id: String,
    },
    /// A token to ask for the id with.
    Batch {
        /// The token.
        token: String,
    },
    /// Neither.
    Blackbox,
}

/// The answer to a request that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id or the token.
    pub kind: ReceiptKind,
    /// What will be done about it.
    pub service_notice: Option<String>,
    /// The account of the person.
    pub account_id: Option<String>,
}

/// The `<service_requests>` document that answers `POST requests`.
pub fn receipts(receipts: &[Receipt]) -> Document<'_> {
    let items = receipts.iter().map(|receipt| {
        let mut fields = match &receipt.kind {
            ReceiptKind::Realtime { service_request_id } => {
                vec![("service_request_id", Value::text(service_request_id))]
            }
            ReceiptKind::Batch { token } => vec![("token", Value::text(token))],
            ReceiptKind::Blackbox => Vec::new(),
        };
        fields.push((
            "service_notice",
            Value::optional(receipt.service_notice.as_deref()),
        ));
        fields.push(("account_id", Value::optional(receipt.account_id.as_deref())));
        Value::Object(fields)
    });
    Document {
        root: "service_requests",
        value: Value::List("request", items.collect()),
    }
}

/// The `<service_requests>` document that answers `GET tokens/{token}`; the id is absent while it
/// is not yet given.
pub fn token_request<'a>(service_request_id: Option<&'a str>, token: &'a str) -> Document<'a> {
    let item = Value::Object(vec![
        ("service_request_id", Value::optional(service_request_id)),
        ("token", Value::text(token)),
    ]);
    Document {
        root: "service_requests",
        value: Value::List("request", vec![item]),
    }
}

/// Whether a request still waits for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// `open`: reported.
    Open,
    /// `closed`: resolved.
    Closed,
}

impl Status {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A request as anyone may see it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceRequest {
    /// Its unique id.
    pub service_request_id: String,
    /// Open or closed.
    pub status: Status,
    /// Why it has that status.
    pub status_notes: Option<String>,
    /// Name of the service.
    pub service_name: String,
    /// Code of the service.
    pub service_code: String,
    /// The report, at most 4,000 characters, without markup.
    pub description: Option<String>,
    /// Who is to see to it.
    pub agency_responsible: Option<String>,
    /// What will be done about it.
    pub service_notice: Option<String>,
    /// When it was made.
    pub requested_datetime: W3cTime,
    /// When it last changed; for a closed one, when it was closed.
    pub updated_datetime: W3cTime,
    /// When it should be done.
    pub expected_datetime: Option<W3cTime>,
    /// Address from most to least specific, or words for the place.
    pub address: Option<String>,
    /// Id in the address register.
    pub address_id: Option<String>,
    /// Postal code.
    pub zipcode: Option<String>,
    /// Place in WGS 84.
    pub point: Option<Point>,
    /// Address of a picture.
    pub media_url: Option<String>,
}

impl ServiceRequest {
    fn value(&self) -> Value<'_> {
        Value::Object(vec![
            ("service_request_id", Value::text(&self.service_request_id)),
            ("status", Value::text(self.status.as_str())),
            (
                "status_notes",
                Value::optional(self.status_notes.as_deref()),
            ),
            ("service_name", Value::text(&self.service_name)),
            ("service_code", Value::text(&self.service_code)),
            ("description", Value::optional(self.description.as_deref())),
            (
                "agency_responsible",
                Value::optional(self.agency_responsible.as_deref()),
            ),
            (
                "service_notice",
                Value::optional(self.service_notice.as_deref()),
            ),
            (
                "requested_datetime",
                Value::shown(Some(self.requested_datetime)),
            ),
            (
                "updated_datetime",
                Value::shown(Some(self.updated_datetime)),
            ),
            ("expected_datetime", Value::shown(self.expected_datetime)),
            ("address", Value::optional(self.address.as_deref())),
            ("address_id", Value::optional(self.address_id.as_deref())),
            ("zipcode", Value::optional(self.zipcode.as_deref())),
            (
                "lat",
                self.point
                    .map_or(Value::Empty, |point| Value::Number(point.lat)),
            ),
            (
                "long",
                self.point
                    .map_or(Value::Empty, |point| Value::Number(point.long)),
            ),
            ("media_url", Value::optional(self.media_url.as_deref())),
        ])
    }
}

/// The `<service_requests>` document that answers `GET requests`, for one request too.
pub fn service_requests(requests: &[ServiceRequest]) -> Document<'_> {
    let items = requests.iter().map(ServiceRequest::value).collect();
    Document {
        root: "service_requests",
        value: Value::List("request", items),
    }
}
