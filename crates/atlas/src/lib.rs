//! Places: coordinates, division and grid codes, polygons that share borders exactly, point → grid,
//! vector tiles, and the schematic demo city.
//!
//! Everything is pure: no database, no network, no clock. Polygons stand on an integer lattice of
//! 10⁻⁷ degree ([`Vertex`]), the precision the product stores, so that borders of neighbours are
//! equal to the last digit and "inside" is decided by integer arithmetic.

mod arrangement;
pub mod boxes;
pub mod city;
pub mod codes;
pub mod coords;
pub mod flaws;
pub mod gauss;
pub mod locate;
pub mod overlay;
pub mod polygon;
pub mod reference;
pub mod reshape;
pub mod scheme;
pub mod tiles;
pub mod topology;
pub mod weld;
pub mod wkb;

pub use boxes::LatticeBox;
pub use codes::{CodeError, DivisionCode, Level};
pub use coords::{Bd09, CoordError, Gcj02, LonLat, haversine_m};
pub use gauss::GaussKruger;
pub use locate::{Located, NetIndex};
pub use polygon::{Polygon, PolygonError, Vertex};
pub use reference::Reference;
pub use scheme::{CodeScheme, GridCode, GridKind};
pub use wkb::{WkbError, polygon_from_wkb, polygon_to_wkb};

#[cfg(test)]
mod tests;
