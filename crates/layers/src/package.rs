//! Which format a file has, what is packed in it, and the two ways through this crate.

use std::fmt;
use std::io::{Cursor, Read, Write as _};
use std::str::FromStr;

use atlas::Reference;
use zip::ZipArchive;
use zip::write::SimpleFileOptions;

use crate::encoding::Encoding;
use crate::layer::{Budget, Cell, Column, Feature, FileFault, Geometry, Layer, LayerGuess};
use crate::{dbf, geojson, geopackage, shp, table};

/// The most files in a package.
const MOST_ENTRIES: usize = 500;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GeoJSON.
    GeoJson,
    /// GeoPackage.
    GeoPackage,
    /// Shapefile, zipped.
    Shapefile,
    /// CSV with WKT.
    Csv,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::GeoJson, Self::GeoPackage, Self::Shapefile, Self::Csv];

    /// The ending of a file's name.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::GeoPackage => "gpkg",
            Self::Shapefile => "zip",
            Self::Csv => "csv",
        }
    }

    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::GeoJson => "application/geo+json",
            Self::GeoPackage => "application/geopackage+sqlite3",
            Self::Shapefile => "application/zip",
            Self::Csv => "text/csv",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GeoJson => "geojson",
            Self::GeoPackage => "gpkg",
            Self::Shapefile => "shapefile",
            Self::Csv => "csv",
        })
    }
}

impl FromStr for Format {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.to_ascii_lowercase().as_str() {
            "geojson" | "json" => Ok(Self::GeoJson),
            "gpkg" | "geopackage" => Ok(Self::GeoPackage),
            "shapefile" | "shp" | "zip" => Ok(Self::Shapefile),
            "csv" => Ok(Self::Csv),
            _ => Err(()),
        }
    }
}

/// What is declared about a file to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct How {
    /// How its texts are written; else as the file says, else guessed.
    pub encoding: Option<Encoding>,
    /// Which of several layers.
    pub layer: Option<String>,
}

/// Reads a file; its format is told by its content.
///
/// # Errors
/// When it is of no format known, broken as a whole, or too large.
pub fn read(bytes: &[u8], how: &How) -> Result<Layer, FileFault> {
    if bytes.len() > crate::MOST_BYTES {
        return Err(too_large());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return packed(bytes, how);
    }
    plain(bytes, how)
}

fn too_large() -> FileFault {
    FileFault::new("layer.too_large").with("most_mb", crate::MOST_BYTES / (1024 * 1024))
}

fn plain(bytes: &[u8], how: &How) -> Result<Layer, FileFault> {
    if bytes.starts_with(b"SQLite format 3\0") {
        return geopackage::read(bytes, how.layer.as_deref());
    }
    if bytes.starts_with(&[0, 0, 0x27, 0x0a]) {
        return Err(FileFault::new("layer.shapefile_not_zipped"));
    }
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = start.iter().find(|b| !b.is_ascii_whitespace());
    match first {
        None => Err(FileFault::new("layer.empty")),
        Some(b'{') => {
            let encoding = how.encoding.unwrap_or_else(|| Encoding::guess(start));
            geojson::read(&encoding.text(start))
        }
        Some(0) => Err(FileFault::new("layer.unknown_format")),
        Some(_) if bytes.contains(&0) => Err(FileFault::new("layer.unknown_format")),
        Some(_) => table::read(bytes, how.encoding),
    }
}

/// Reads what is packed in a zip: a Shapefile's parts, or a single file of another format.
fn packed(bytes: &[u8], how: &How) -> Result<Layer, FileFault> {
    let broken = || FileFault::new("layer.not_zip");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    if archive.len() > MOST_ENTRIES {
        return Err(FileFault::new("layer.too_many_files").with("most", MOST_ENTRIES));
    }
    let mut names: Vec<(usize, String)> = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|_| broken())?;
        let raw = entry.name_raw();
        let name = Encoding::guess(raw).text(raw).replace('\\', "/");
        // What macOS packs beside each file says nothing.
        if entry.is_file() && !name.starts_with("__MACOSX") {
            names.push((at, name));
        }
    }
    let with = |ending: &str| -> Vec<&(usize, String)> {
        let fits = |n: &&(usize, String)| n.1.to_ascii_lowercase().ends_with(ending);
        names.iter().filter(fits).collect()
    };
    let mut left = crate::MOST_UNPACKED;
    let shapes = with(".shp");
    if shapes.is_empty() {
        let others: Vec<_> = [".geojson", ".json", ".gpkg", ".csv"]
            .iter()
            .flat_map(|e| with(e))
            .collect();
        let [only] = others.as_slice() else {
            return Err(FileFault::new("layer.nothing_in_zip"));
        };
        let inner = unpack(&mut archive, only.0, &mut left)?;
        return plain(&inner, how);
    }
    let stem = |name: &str| name.get(..name.len() - 4).unwrap_or_default().to_owned();
    let label = |name: &str| {
        let stem = stem(name);
        stem.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let chosen = match (&how.layer, shapes.as_slice()) {
        (Some(wanted), all) => all
            .iter()
            .find(|n| label(&n.1) == *wanted)
            .ok_or_else(|| FileFault::new("layer.no_such_layer").with("layer", wanted))?,
        (None, [only]) => only,
        (None, several) => {
            let labels: Vec<String> = several.iter().map(|n| label(&n.1)).collect();
            return Err(FileFault::new("layer.several").with("layers", labels.join(", ")));
        }
    };
    let stem = stem(&chosen.1).to_lowercase();
    let beside = |ending: &str| {
        let wanted = format!("{stem}{ending}");
        names.iter().find(|n| n.1.to_lowercase() == wanted)
    };
    let table = beside(".dbf")
        .ok_or_else(|| FileFault::new("layer.no_dbf"))?
        .0;
    let (page, system) = (beside(".cpg"), beside(".prj"));
    let shapes = unpack(&mut archive, chosen.0, &mut left)?;
    let table = unpack(&mut archive, table, &mut left)?;
    let mut text = |entry: Option<&(usize, String)>| -> Result<Option<String>, FileFault> {
        let Some((at, _)) = entry else {
            return Ok(None);
        };
        let bytes = unpack(&mut archive, *at, &mut left)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    };
    let (page, system) = (text(page)?, text(system)?);
    shapefile(&shapes, &table, page.as_deref(), system.as_deref(), how)
}

/// Unpacks an entry, never beyond what is left of the bound, whatever its header says.
fn unpack(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    at: usize,
    left: &mut u64,
) -> Result<Vec<u8>, FileFault> {
    let broken = |_| FileFault::new("layer.not_zip");
    let mut bytes = Vec::new();
    let entry = archive.by_index(at).map_err(broken)?;
    entry
        .take(*left + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| FileFault::new("layer.not_zip"))?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    *left = left.checked_sub(size).ok_or_else(|| {
        FileFault::new("layer.unpacks_too_large")
            .with("most_mb", crate::MOST_UNPACKED / (1024 * 1024))
    })?;
    Ok(bytes)
}

fn shapefile(
    shapes: &[u8],
    table: &[u8],
    page: Option<&str>,
    system: Option<&str>,
    how: &How,
) -> Result<Layer, FileFault> {
    let mut budget = Budget::default();
    let shapes = shp::read(shapes, &mut budget)?;
    let said = how.encoding.or_else(|| page.and_then(|p| p.parse().ok()));
    let table = dbf::read(table, said)?;
    if table.rows.len() != shapes.len() {
        return Err(FileFault::new("layer.dbf_differs")
            .with("shapes", shapes.len())
            .with("rows", table.rows.len()));
    }
    let features = (1_u32..)
        .zip(shapes.into_iter().zip(table.rows))
        .filter_map(|(row, (geometry, values))| {
            Some(Feature {
                row,
                values: values?,
                geometry,
            })
        })
        .collect();
    Ok(Layer {
        columns: table.columns,
        features,
        guess: LayerGuess {
            format: Format::Shapefile,
            encoding: table.encoding,
            encoding_declared: table.declared,
            reference: system.and_then(Reference::from_wkt),
        },
    })
}

/// Writes a layer named `name` (ASCII); the numbers are in `reference` already. GeoJSON and GeoPackage
/// are always UTF-8.
///
/// # Errors
/// When a writer fails.
pub fn write(
    name: &str,
    columns: &[Column],
    rows: &[(Vec<Cell>, Geometry)],
    format: Format,
    reference: Reference,
    encoding: Encoding,
) -> Result<Vec<u8>, FileFault> {
    match format {
        Format::GeoJson => Ok(geojson::write(columns, rows, reference).into_bytes()),
        Format::GeoPackage => geopackage::write(name, columns, rows, reference),
        Format::Csv => table::write(columns, rows, encoding),
        Format::Shapefile => zipped(name, columns, rows, reference, encoding),
    }
}

fn zipped(
    name: &str,
    columns: &[Column],
    rows: &[(Vec<Cell>, Geometry)],
    reference: Reference,
    encoding: Encoding,
) -> Result<Vec<u8>, FileFault> {
    let shapes: Vec<&Geometry> = rows.iter().map(|r| &r.1).collect();
    let cells: Vec<Vec<Cell>> = rows.iter().map(|r| r.0.clone()).collect();
    let (shp, shx) = shp::write(&shapes);
    let table = dbf::write(columns, &cells, encoding);
    let page = match encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::Gb18030 => "GB18030",
    };
    let mut parts = vec![
        ("shp", shp),
        ("shx", shx),
        ("dbf", table),
        ("cpg", page.as_bytes().to_vec()),
    ];
    parts.extend(reference.wkt().map(|text| ("prj", text.into_bytes())));
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let wrong = |said: String| FileFault::new("layer.not_written").with("said", said);
    for (ending, bytes) in parts {
        let options = SimpleFileOptions::default();
        out.start_file(format!("{name}.{ending}"), options)
            .map_err(|e| wrong(e.to_string()))?;
        out.write_all(&bytes).map_err(|e| wrong(e.to_string()))?;
    }
    let done = out.finish().map_err(|e| wrong(e.to_string()))?;
    Ok(done.into_inner())
}
