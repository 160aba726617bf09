//! What a file holds, whatever its format.

use atlas::Reference;

use crate::encoding::Encoding;
use crate::package::Format;

/// A feature's shape, numbers in the file's own coordinate system, x (longitude, easting) first.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    /// None.
    Nothing,
    /// A point.
    Point([f64; 2]),
    /// Rings of a polygon, the outer one first; open or closed, in either direction.
    Polygon(Vec<Vec<[f64; 2]>>),
    /// Several polygons.
    Polygons(Vec<Vec<Vec<[f64; 2]>>>),
    /// Lines, collections and the like, by the name of their type.
    Other(&'static str),
    /// It stands there but cannot be read.
    Broken,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The row as the person sees it: the line of a CSV, else counted from 1.
    pub row: u32,
    /// One text for each of [`Layer::columns`]; numbers written plainly, nothing as an empty text.
    pub values: Vec<String>,
    /// Its shape.
    pub geometry: Geometry,
}

/// What was found out about a file besides its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerGuess {
    /// The format.
    pub format: Format,
    /// How its texts are written.
    pub encoding: Encoding,
    /// Whether that was declared (by the person or the file) and not guessed.
    pub encoding_declared: bool,
    /// The coordinate system the file tells of, if it does.
    pub reference: Option<Reference>,
}

/// A table of features.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Names of the columns, without the geometry's.
    pub columns: Vec<String>,
    /// The rows.
    pub features: Vec<Feature>,
    /// What was found out.
    pub guess: LayerGuess,
}

/// A column to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, ASCII; the first ten letters are told apart in Shapefiles.
    pub name: String,
    /// Whether its cells are numbers.
    pub number: bool,
}

/// A cell to be written; nothing as `Text("")`.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

impl Cell {
    /// The cell as text, numbers with as few digits as are needed.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) => n.to_string(),
        }
    }
}

/// Why a file as a whole cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The key of the sentence.
    pub code: &'static str,
    /// Its slots.
    pub params: Vec<(&'static str, String)>,
}

impl FileFault {
    /// A fault without slots.
    #[must_use]
    pub fn new(code: &'static str) -> Self {
        Self {
            code,
            params: Vec::new(),
        }
    }

    /// With the slot `name` filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }
}

impl std::fmt::Display for FileFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)
    }
}

impl std::error::Error for FileFault {}

/// Counts what was read against the bounds.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    features: usize,
    points: usize,
}

impl Budget {
    pub fn feature(&mut self) -> Result<(), FileFault> {
        self.features += 1;
        if self.features > crate::MOST_FEATURES {
            return Err(
                FileFault::new("layer.too_many_features").with("most", crate::MOST_FEATURES)
            );
        }
        Ok(())
    }

    pub fn points(&mut self, more: usize) -> Result<(), FileFault> {
        self.points = self.points.saturating_add(more);
        if self.points > crate::MOST_POINTS {
            return Err(FileFault::new("layer.too_many_points").with("most", crate::MOST_POINTS));
        }
        Ok(())
    }
}

/// Refuses a table with more columns than anybody needs.
pub(crate) fn few_columns(columns: &[String]) -> Result<(), FileFault> {
    if columns.len() > crate::MOST_COLUMNS {
        return Err(FileFault::new("layer.too_many_columns").with("most", crate::MOST_COLUMNS));
    }
    Ok(())
}

/// Twice the signed area of a ring; above zero when it runs counter-clockwise.
pub(crate) fn turning(ring: &[[f64; 2]]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
        .sum()
}
