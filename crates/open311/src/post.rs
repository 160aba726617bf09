//! `POST requests`.

use crate::form::{Access, Arguments, MAX_ID, Point, cleaned};
use crate::model::{Attribute, Datatype, ServiceDefinition};
use crate::problem::{Problem, Problems};
use crate::time::W3cTime;

/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 4_000;

/// Longest address, name or single attribute value, in characters.
const MAX_LINE: usize = 1_000;

/// A new request as it was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostRequest {
    /// Key and jurisdiction.
    pub access: Access,
    /// The service asked for.
    pub service_code: String,
    /// The place, if `lat` and `long` were given.
    pub point: Option<Point>,
    /// The place in words.
    pub address_string: Option<String>,
    /// The place by the address register.
    pub address_id: Option<String>,
    /// Answers to the service's attributes, in the order sent.
    pub attributes: Vec<GivenAttribute>,
    /// E-mail address of the person.
    pub email: Option<String>,
    /// Id of the device.
    pub device_id: Option<String>,
    /// Account of the person.
    pub account_id: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// The report; line breaks are kept, markup is plain text.
    pub description: Option<String>,
    /// Addresses of media, usually none or one.
    pub media_urls: Vec<String>,
}

/// `attribute[code]=value`, or several of `attribute[code][]=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAttribute {
    /// The code.
    pub code: String,
    /// What was sent for it, empty values left out.
    pub values: Vec<String>,
}

impl PostRequest {
    /// Reads the form (names and values already decoded).
    ///
    /// # Errors
    /// Everything that can be known without asking the server's data: a missing key (403), missing
    /// or malformed arguments (400), each naming its argument.
    pub fn from_form(form: &[(String, String)]) -> Result<Self, Problems> {
        let (request, problems) = Self::draft(form);
        problems.or(request)
    }

    /// Reads the form as far as it can be read, and what is wrong with it, so that a server can add
    /// what it finds (key not valid, service unknown, [`ServiceDefinition::check`]) and report all
    /// of it together. A service code that is missing is the empty string.
    pub fn draft(form: &[(String, String)]) -> (Self, Problems) {
        let mut form = Arguments::new(form);
        let request = Self {
            access: form.keyed_access(),
            service_code: form.required("service_code", MAX_ID).unwrap_or_default(),
            point: form.point(),
            address_string: form.text("address_string", MAX_LINE),
            address_id: form.text("address_id", MAX_ID),
            attributes: attributes(&mut form),
            email: form.text("email", MAX_ID),
            device_id: form.text("device_id", MAX_ID),
            account_id: form.text("account_id", MAX_ID),
            first_name: form.text("first_name", MAX_ID),
            last_name: form.text("last_name", MAX_ID),
            phone: form.text("phone", MAX_ID),
            description: form.text("description", MAX_DESCRIPTION),
            media_urls: form.media_urls(),
        };
        let located = ["lat", "long", "address_string", "address_id"];
        if located.iter().all(|name| form.all(name).is_empty()) {
            form.problems.push(Problem::LocationMissing);
        }
        (request, form.problems)
    }

    /// What was sent for an attribute; empty if nothing was.
    pub fn attribute(&self, code: &str) -> &[String] {
        let given = self
            .attributes
            .iter()
            .find(|attribute| attribute.code == code);
        given.map_or(&[], |attribute| &attribute.values)
    }
}

fn attributes(form: &mut Arguments<'_>) -> Vec<GivenAttribute> {
    let mut attributes: Vec<GivenAttribute> = Vec::new();
    for (name, value) in form.pairs() {
        let Some(inner) = name.strip_prefix("attribute[") else {
            continue;
        };
        let (value, field) = (cleaned(value), cleaned(name));
        let Some(code) = attribute_code(inner) else {
            let field = field.chars().take(MAX_ID).collect();
            form.problems.push(Problem::NameMalformed { field });
            continue;
        };
        if value.is_empty() || !form.short_enough(&field, &value, MAX_DESCRIPTION) {
            continue;
        }
        match attributes
            .iter_mut()
            .find(|attribute| attribute.code == code)
        {
            Some(known) if known.values.contains(&value) => {}
            Some(known) => known.values.push(value),
            None => attributes.push(GivenAttribute {
                code,
                values: vec![value],
            }),
        }
    }
    attributes
}

/// The code in what follows `attribute[`: `code]`, `code][]` or `code][0]`.
fn attribute_code(inner: &str) -> Option<String> {
    let (code, rest) = inner.split_once(']')?;
    let index = match rest {
        "" => "",
        _ => rest.strip_prefix('[')?.strip_suffix(']')?,
    };
    let code = cleaned(code);
    let fits = !code.is_empty() && !code.contains('[') && code.chars().count() <= MAX_ID;
    (fits && index.bytes().all(|b| b.is_ascii_digit())).then_some(code)
}

impl ServiceDefinition {
    /// Whether the answers fit the definition: those required are there, lists hold what they
    /// offer, numbers and dates are such. Attributes the definition does not know are let be.
    pub fn check(&self, request: &PostRequest) -> Problems {
        let mut problems = Problems::default();
        for attribute in self
            .attributes
            .iter()
            .filter(|attribute| attribute.variable)
        {
            attribute.check(request.attribute(&attribute.code), &mut problems);
        }
        problems
    }
}

impl Attribute {
    fn check(&self, values: &[String], problems: &mut Problems) {
        let field = || format!("attribute[{}]", self.code);
        if values.is_empty() && self.required {
            problems.push(Problem::Missing { field: field() });
        }
        if values.len() > 1 && self.datatype != Datatype::MultiValueList {
            problems.push(Problem::Repeated { field: field() });
        }
        for value in values {
            let offered = || self.values.iter().any(|choice| choice.key == *value);
            let number = || value.parse::<f64>().is_ok_and(f64::is_finite);
            let problem = match self.datatype {
                Datatype::Number if !number() => Problem::NotANumber { field: field() },
                Datatype::Datetime if !is_date(value) => Problem::NotADatetime { field: field() },
                Datatype::SingleValueList | Datatype::MultiValueList if !offered() => {
                    Problem::NotOffered {
                        field: field(),
                        value: value.clone(),
                    }
                }
                Datatype::String if value.chars().count() > MAX_LINE => Problem::TooLong {
                    field: field(),
                    max: MAX_LINE,
                },
                _ => continue,
            };
            problems.push(problem);
        }
    }
}

/// Any ISO 8601 date, or date and time: a person's answer, so without a zone too.
fn is_date(value: &str) -> bool {
    W3cTime::parse(value).is_some() || value.parse::<jiff::civil::DateTime>().is_ok()
}
