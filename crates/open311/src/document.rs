//! One tree, written as XML or as JSON by the Spark convention.
//!
//! The convention: the root element's name falls away in JSON; an element with fields is an object,
//! an element that holds items of one kind is always an array, an empty element is `null`.

use std::borrow::Cow;
use std::fmt::Write;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// The two formats of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.xml`
    Xml,
    /// `.json`
    Json,
}

impl Format {
    /// Splits the last part of a path at its format: `services.xml` is `services` in XML. `None`
    /// for any other suffix, or if nothing stands before it.
    pub fn from_suffix(path: &str) -> Option<(&str, Self)> {
        let (stem, suffix) = path.rsplit_once('.')?;
        let format = match suffix {
            "xml" => Self::Xml,
            "json" => Self::Json,
            _ => return None,
        };
        (!stem.is_empty()).then_some((stem, format))
    }

    /// The Content-Type header, with the encoding.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The MIME type alone, as discovery lists it.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Xml => "text/xml",
            Self::Json => "application/json",
        }
    }
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing: `<x/>`, `null`.
    Empty,
    /// Words; the empty string is written like [`Value::Empty`].
    Text(Cow<'a, str>),
    /// A count or a status code.
    Integer(u64),
    /// A coordinate; what is not finite is written like [`Value::Empty`].
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// Named fields in order.
    Object(Vec<(&'static str, Value<'a>)>),
    /// Items that are all of the name given.
    List(&'static str, Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(crate) fn optional(text: Option<&'a str>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    pub(crate) fn shown(shown: Option<impl ToString>) -> Self {
        shown.map_or(Self::Empty, |shown| {
            Self::Text(Cow::Owned(shown.to_string()))
        })
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => !text.chars().any(is_xml),
            Self::Number(number) => !number.is_finite(),
            Self::List(_, items) => items.is_empty(),
            Self::Integer(_) | Self::Bool(_) | Self::Object(_) => false,
        }
    }
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Document<'a> {
    /// Name of the root element; JSON does not show it.
    pub root: &'static str,
    /// What it holds.
    pub value: Value<'a>,
}

impl Document<'_> {
    /// Writes it in that format, UTF-8.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Xml => self.to_xml(),
            Format::Json => self.to_json(),
        }
    }

    /// Writes it as XML with its declaration. Characters XML 1.0 does not allow are dropped.
    pub fn to_xml(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        element(&mut out, self.root, &self.value);
        out
    }

    /// Writes it as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.value).expect("keys are strings and numbers are finite")
    }
}

fn element(out: &mut String, name: &str, value: &Value<'_>) {
    if value.is_empty() {
        write!(out, "<{name}/>").expect("a string takes all that is written");
        return;
    }
    write!(out, "<{name}>").expect("a string takes all that is written");
    match value {
        Value::Empty => {}
        Value::Text(text) => escape(out, text),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| element(out, name, value)),
        Value::List(item, items) => items.iter().for_each(|value| element(out, item, value)),
    }
    write!(out, "</{name}>").expect("a string takes all that is written");
}

/// Escapes text for an element. A carriage return is written as a reference, else a reader would
/// turn it into a line feed; what stands after `]]` is escaped like any `>`.
fn escape(out: &mut String, text: &str) {
    for c in text.chars().filter(|c| is_xml(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

/// The `Char` production of XML 1.0.
pub(crate) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // A list keeps its kind even when it is empty.
            Self::List(_, items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items
                    .iter()
                    .try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            empty if empty.is_empty() => serializer.serialize_unit(),
            Self::Empty => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_u64(*number),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Object(fields) => {
                let mut object = serializer.serialize_map(Some(fields.len()))?;
                fields
                    .iter()
                    .try_for_each(|(name, value)| object.serialize_entry(name, value))?;
                object.end()
            }
        }
    }
}
