//! CSV whose geometry is a column of WKT, or two of longitude and latitude.

use crate::encoding::Encoding;
use crate::layer::{
    Budget, Cell, Column, Feature, FileFault, Geometry, Layer, LayerGuess, few_columns,
};
use crate::package::Format;
use crate::wkt;

const WKT: [&str; 7] = [
    "wkt", "geometry", "geom", "the_geom", "wkt_geom", "shape", "几何",
];
const X: [&str; 8] = [
    "lon",
    "lng",
    "longitude",
    "x",
    "经度",
    "easting",
    "东坐标",
    "横坐标",
];
const Y: [&str; 7] = [
    "lat",
    "latitude",
    "y",
    "纬度",
    "northing",
    "北坐标",
    "纵坐标",
];

/// Where a row's geometry stands.
enum Place {
    Wkt(usize),
    Pair(usize, usize),
    Nowhere,
}

/// Reads a table with a row of names. Commas, semicolons or tabs stand between cells, whichever the
/// first line has most of.
///
/// # Errors
/// When it has no names, or is too large.
pub(crate) fn read(bytes: &[u8], encoding: Option<Encoding>) -> Result<Layer, FileFault> {
    let used = encoding.unwrap_or_else(|| Encoding::guess(bytes));
    let text = used.text(bytes);
    let first = text.lines().next().unwrap_or_default();
    let between = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|b| first.bytes().filter(|c| c == b).count())
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(between)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unreadable = |e: csv::Error| FileFault::new("layer.not_csv").with("said", e.to_string());
    let names: Vec<String> = reader
        .headers()
        .map_err(unreadable)?
        .iter()
        .map(|n| n.trim_start_matches('\u{feff}').to_owned())
        .collect();
    few_columns(&names)?;
    if names.iter().all(String::is_empty) {
        return Err(FileFault::new("layer.no_columns"));
    }
    let place = place(&names);
    let own = |n: &usize| match place {
        Place::Wkt(at) => *n != at,
        Place::Pair(..) | Place::Nowhere => true,
    };
    let kept: Vec<usize> = (0..names.len()).filter(own).collect();
    let mut budget = Budget::default();
    let mut features = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        budget.feature()?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let geometry = match place {
            Place::Wkt(at) => {
                budget.points(cell(at).len() / 16)?;
                wkt::parse(cell(at))
            }
            Place::Pair(x, y) => pair(cell(x), cell(y)),
            Place::Nowhere => Geometry::Nothing,
        };
        let line = record.position().map_or(0, csv::Position::line);
        features.push(Feature {
            row: u32::try_from(line).unwrap_or(u32::MAX),
            values: kept.iter().map(|at| plain(cell(*at)).to_owned()).collect(),
            geometry,
        });
    }
    Ok(Layer {
        columns: kept
            .iter()
            .filter_map(|at| names.get(*at).cloned())
            .collect(),
        features,
        guess: LayerGuess {
            format: Format::Csv,
            encoding: used,
            encoding_declared: encoding.is_some() || bytes.starts_with(b"\xef\xbb\xbf"),
            reference: None,
        },
    })
}

fn place(names: &[String]) -> Place {
    let find = |words: &[&str]| {
        let among = |n: &String| words.contains(&n.to_lowercase().as_str());
        names.iter().position(among)
    };
    match (find(&WKT), find(&X), find(&Y)) {
        (Some(at), ..) => Place::Wkt(at),
        (None, Some(x), Some(y)) => Place::Pair(x, y),
        _ => Place::Nowhere,
    }
}

fn pair(x: &str, y: &str) -> Geometry {
    if x.is_empty() && y.is_empty() {
        return Geometry::Nothing;
    }
    match (x.parse(), y.parse()) {
        (Ok(x), Ok(y)) => Geometry::Point([x, y]),
        _ => Geometry::Broken,
    }
}

/// Beginnings of a text that a spreadsheet would reckon with.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that a spreadsheet would take for a formula gets an apostrophe before it; [`plain`] takes it away.
fn safe(cell: &Cell) -> String {
    let text = cell.text();
    match cell {
        // Also before an apostrophe of the text's own that stands so, or it would be taken away.
        Cell::Text(_) if text.trim_start_matches('\'').starts_with(FORMULA) => format!("'{text}"),
        _ => text,
    }
}

/// A text without the apostrophe that [`safe`] put before it.
fn plain(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA) => rest,
        _ => text,
    }
}

/// Writes a table with a column `wkt`; a mark of the encoding stands first in UTF-8, without which
/// spreadsheets read Chinese wrongly.
pub(crate) fn write(
    columns: &[Column],
    rows: &[(Vec<Cell>, Geometry)],
    encoding: Encoding,
) -> Result<Vec<u8>, FileFault> {
    let wrong = |e: String| FileFault::new("layer.not_written").with("said", e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = columns.iter().map(|c| c.name.as_str()).chain(["wkt"]);
    writer
        .write_record(names)
        .map_err(|e| wrong(e.to_string()))?;
    for (cells, geometry) in rows {
        let cells = cells.iter().map(safe).chain([wkt::text(geometry)]);
        writer
            .write_record(cells)
            .map_err(|e| wrong(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| wrong(e.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(match encoding {
        Encoding::Utf8 => format!("\u{feff}{text}").into_bytes(),
        Encoding::Gb18030 => encoding.bytes(&text),
    })
}
