//! Files of geographic features: GeoJSON, GeoPackage, Shapefile (zipped), CSV with WKT. In and out.
//!
//! [`read()`] makes a [`Layer`] of bytes that nobody vouches for: every size is bounded, nothing is
//! unpacked beyond its bound, nothing runs. Numbers stay in the file's own coordinate system; what
//! they mean is declared by the person who brings the file ([`atlas::Reference`]) and only guessed
//! here. A feature that cannot be read is a fault of its row, not of the file. [`write()`] is the way
//! back. The crate knows neither database nor network.

pub mod dbf;
pub mod encoding;
pub mod geojson;
pub mod geopackage;
pub mod layer;
pub mod package;
pub mod shp;
pub mod table;
pub mod wkb;
pub mod wkt;

pub use encoding::Encoding;
pub use layer::{Cell, Column, Feature, FileFault, Geometry, Layer, LayerGuess};
pub use package::{Format, How, read, write};

/// The most bytes of a file, and of what is packed in it.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;
/// The most bytes a packed file may become.
pub const MOST_UNPACKED: u64 = 256 * 1024 * 1024;
/// The most features of a layer.
pub const MOST_FEATURES: usize = 200_000;
/// The most points of all features together.
pub const MOST_POINTS: usize = 8_000_000;
/// The most columns of a layer.
pub const MOST_COLUMNS: usize = 200;

#[cfg(test)]
mod tests;
