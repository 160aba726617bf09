//! What can be wrong with a request, in the specification's status codes and in plain words.

use std::fmt;

use crate::document::{Document, Value};

/// The language a description is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// 403: no `api_key` where one is needed.
    ApiKeyMissing,
    /// 403: an `api_key` that is unknown, revoked or not for this.
    ApiKeyInvalid,
    /// 400: no `jurisdiction_id` where several are served.
    JurisdictionMissing,
    /// 404: a `jurisdiction_id` that is not served here.
    JurisdictionUnknown(String),
    /// 404: a service that does not exist.
    ServiceUnknown(String),
    /// 404: a request that does not exist.
    RequestUnknown(String),
    /// 404: a token that does not exist.
    TokenUnknown(String),
    /// 404: no such resource.
    NoSuchResource(String),
    /// 400: a required argument is missing.
    Missing {
        /// The argument.
        field: String,
    },
    /// 400: neither `lat` and `long` nor `address_string` nor `address_id`.
    LocationMissing,
    /// 400: one of `lat` and `long` without the other; names the missing one.
    HalfPoint {
        /// The argument that is missing.
        field: &'static str,
    },
    /// 400: an argument that was given with two values.
    Repeated {
        /// The argument.
        field: String,
    },
    /// 400: an argument's name that is not understood, as `attribute[x`.
    NameMalformed {
        /// The name as sent.
        field: String,
    },
    /// 400: not a number, where one is asked for.
    NotANumber {
        /// The argument.
        field: String,
    },
    /// 400: a number outside its range.
    OutOfRange {
        /// The argument.
        field: String,
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
    },
    /// 400: text that is too long.
    TooLong {
        /// The argument.
        field: String,
        /// Most characters allowed.
        max: usize,
    },
    /// 400: not a date and time with a time zone.
    NotADatetime {
        /// The argument.
        field: String,
    },
    /// 400: the start of a span lies after its end.
    StartAfterEnd {
        /// The argument of the start.
        field: &'static str,
    },
    /// 400: a span that is too long.
    SpanTooLong {
        /// The argument of the start.
        field: &'static str,
        /// Most days allowed.
        days: i64,
    },
    /// 400: a value that is not one of those offered.
    NotOffered {
        /// The argument.
        field: String,
        /// What was sent.
        value: String,
    },
    /// 400: not an `http` or `https` address.
    NotAnAddress {
        /// The argument.
        field: String,
    },
    /// 400: anything else, already in words for the person.
    Other {
        /// The argument it concerns, if one.
        field: Option<String>,
        /// What is wrong.
        description: String,
    },
}

impl Problem {
    /// The HTTP status the specification gives it: 400, 403 or 404.
    pub fn status(&self) -> u16 {
        match self {
            Self::ApiKeyMissing | Self::ApiKeyInvalid => 403,
            Self::JurisdictionUnknown(_)
            | Self::ServiceUnknown(_)
            | Self::RequestUnknown(_)
            | Self::TokenUnknown(_)
            | Self::NoSuchResource(_) => 404,
            _ => 400,
        }
    }

    /// The argument it concerns.
    pub fn field(&self) -> Option<&str> {
        Some(match self {
            Self::ApiKeyMissing | Self::ApiKeyInvalid => "api_key",
            Self::JurisdictionMissing | Self::JurisdictionUnknown(_) => "jurisdiction_id",
            Self::ServiceUnknown(_) => "service_code",
            Self::RequestUnknown(_) => "service_request_id",
            Self::TokenUnknown(_) => "token",
            Self::LocationMissing => "lat",
            Self::HalfPoint { field }
            | Self::StartAfterEnd { field }
            | Self::SpanTooLong { field, .. } => field,
            Self::Missing { field }
            | Self::Repeated { field }
            | Self::NameMalformed { field }
            | Self::NotANumber { field }
            | Self::OutOfRange { field, .. }
            | Self::TooLong { field, .. }
            | Self::NotADatetime { field }
            | Self::NotOffered { field, .. }
            | Self::NotAnAddress { field } => field,
            Self::Other { field, .. } => field.as_deref()?,
            Self::NoSuchResource(_) => return None,
        })
    }

    /// What is wrong, in words for the person, naming the argument.
    pub fn describe(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::ApiKeyMissing => "api_key: an API key is needed for this".into(),
            Self::ApiKeyInvalid => "api_key: the API key is not valid".into(),
            Self::JurisdictionMissing => {
                "jurisdiction_id: is required, several jurisdictions are served here".into()
            }
            Self::JurisdictionUnknown(id) => {
                format!("jurisdiction_id: {id:?} is not served here")
            }
            Self::ServiceUnknown(code) => format!("service_code: {code:?} was not found"),
            Self::RequestUnknown(id) => format!("service_request_id: {id:?} was not found"),
            Self::TokenUnknown(token) => format!("token: {token:?} was not found"),
            Self::NoSuchResource(path) => format!("{path:?} was not found"),
            Self::Missing { field } => format!("{field}: is required"),
            Self::LocationMissing => {
                "lat, long: a place is required: lat and long, or address_string, or address_id"
                    .into()
            }
            Self::HalfPoint { field } => {
                format!("{field}: is required, lat and long must be sent together")
            }
            Self::Repeated { field } => format!("{field}: was sent with several values"),
            Self::NameMalformed { field } => {
                format!("{field}: is not of the form attribute[code] or attribute[code][]")
            }
            Self::NotANumber { field } => format!("{field}: is not a number"),
            Self::OutOfRange { field, min, max } => {
                format!("{field}: must be between {min} and {max}")
            }
            Self::TooLong { field, max } => format!("{field}: is longer than {max} characters"),
            Self::NotADatetime { field } => format!(
                "{field}: is not a date and time with a time zone, such as 2026-01-31T08:00:00Z"
            ),
            Self::StartAfterEnd { field } => format!("{field}: lies after the end"),
            Self::SpanTooLong { field, days } => {
                format!("{field}: the span may not be longer than {days} days")
            }
            Self::NotOffered { field, value } => {
                format!("{field}: {value:?} is not one of the values offered")
            }
            Self::NotAnAddress { field } => {
                format!("{field}: is not an http or https address")
            }
            Self::Other { description, .. } => description.clone(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::ApiKeyMissing => "api_key：缺少 API 密钥".into(),
            Self::ApiKeyInvalid => "api_key：API 密钥无效".into(),
            Self::JurisdictionMissing => {
                "jurisdiction_id：此处服务多个辖区，必须填写辖区标识".into()
            }
            Self::JurisdictionUnknown(id) => format!("jurisdiction_id：未找到辖区“{id}”"),
            Self::ServiceUnknown(code) => format!("service_code：未找到事项“{code}”"),
            Self::RequestUnknown(id) => format!("service_request_id：未找到诉求“{id}”"),
            Self::TokenUnknown(token) => format!("token：未找到令牌“{token}”"),
            Self::NoSuchResource(path) => format!("未找到“{path}”"),
            Self::Missing { field } => format!("{field}：必填"),
            Self::LocationMissing => {
                "lat、long：必须说明地点：经纬度、address_string 或 address_id 之一".into()
            }
            Self::HalfPoint { field } => format!("{field}：必填，lat 与 long 须同时提供"),
            Self::Repeated { field } => format!("{field}：提供了多个不同的值"),
            Self::NameMalformed { field } => {
                format!("{field}：参数名应为 attribute[代码] 或 attribute[代码][]")
            }
            Self::NotANumber { field } => format!("{field}：不是数字"),
            Self::OutOfRange { field, min, max } => format!("{field}：须在 {min} 与 {max} 之间"),
            Self::TooLong { field, max } => format!("{field}：超过 {max} 个字符"),
            Self::NotADatetime { field } => {
                format!("{field}：不是带时区的日期时间（例：2026-01-31T08:00:00Z）")
            }
            Self::StartAfterEnd { field } => format!("{field}：起始时间晚于结束时间"),
            Self::SpanTooLong { field, days } => format!("{field}：时间跨度不得超过 {days} 天"),
            Self::NotOffered { field, value } => format!("{field}：“{value}”不在可选值之列"),
            Self::NotAnAddress { field } => format!("{field}：不是 http 或 https 地址"),
            Self::Other { description, .. } => description.clone(),
        }
    }
}

/// Everything that is wrong with a request; the answer lists all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// `Ok` of the value if nothing is wrong.
    ///
    /// # Errors
    /// Itself, if anything is.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// The HTTP status of the answer: 403 if the key is wrong, else 404 if something asked for does
    /// not exist, else 400.
    pub fn status(&self) -> u16 {
        let has = |status| self.iter().any(|problem| problem.status() == status);
        [403, 404]
            .into_iter()
            .find(|status| has(*status))
            .unwrap_or(400)
    }

    /// The `<errors>` document.
    pub fn document(&self, language: Language) -> Document<'static> {
        let items = self.iter().map(|problem| {
            Value::Object(vec![
                ("code", Value::Integer(problem.status().into())),
                (
                    "description",
                    Value::shown(Some(problem.describe(language))),
                ),
            ])
        });
        Document {
            root: "errors",
            value: Value::List("error", items.collect()),
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}", problem.describe(Language::English))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
