//! What is wrong with the rows of a file, each with its field and a sentence.

use kernel::Lang;
use kernel::words::sentence;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::columns::Field;

/// The most faults told; a file with more is mended in steps.
pub const MOST_TOLD: usize = 2_000;

/// Something wrong with a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowFault {
    /// The row as the person sees it; 0 for the file as a whole.
    pub row: u32,
    /// The field, or `shape`.
    pub field: &'static str,
    /// The key of its sentence.
    pub code: &'static str,
    /// The sentence's slots.
    pub params: Map<String, Value>,
    /// Whether nothing can be stored as long as it is so.
    pub stops: bool,
}

impl RowFault {
    /// A fault of a field.
    #[must_use]
    pub fn new(row: u32, field: Field, code: &'static str) -> Self {
        Self {
            row,
            field: field.as_str(),
            code,
            params: Map::new(),
            stops: true,
        }
    }

    /// A fault of a shape.
    #[must_use]
    pub fn shape(row: u32, code: &'static str) -> Self {
        Self {
            field: "shape",
            ..Self::new(row, Field::Code, code)
        }
    }

    /// With the slot `name` filled.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// As a note, which stops nothing.
    #[must_use]
    pub fn note(mut self) -> Self {
        self.stops = false;
        self
    }

    /// As told to people.
    #[must_use]
    pub fn told(&self, lang: Lang) -> FaultAnswer {
        FaultAnswer {
            row: self.row,
            field: self.field,
            code: self.code,
            detail: sentence(lang, self.code, &self.params),
            params: self.params.clone(),
            stops: self.stops,
        }
    }
}

/// A fault as told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FaultAnswer {
    /// The row as the file shows it; 0 for the file as a whole.
    pub row: u32,
    /// The field, or `shape`.
    pub field: &'static str,
    /// The key of the sentence.
    pub code: &'static str,
    /// The sentence in the caller's language.
    pub detail: String,
    /// The sentence's slots.
    #[schema(value_type = Object)]
    pub params: Map<String, Value>,
    /// Whether nothing can be stored as long as it is so; else it is a note.
    pub stops: bool,
}
