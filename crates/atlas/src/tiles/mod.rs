//! Vector tiles (Mapbox vector tile 2.1) of areas, labels and points, encoded from memory.
//!
//! A tile is the concatenation of its layers' bytes, so `[a.encode(z, x, y), b.encode(z, x, y)]
//! .concat()` is a tile with both. An empty tile is no bytes.

mod arcs;
mod areas;
mod clip;
mod mercator;
mod mvt;
mod points;

pub use areas::{Area, AreaLayer};
pub use mercator::{EXTENT, MAX_ZOOM, Tile, WorldPoint};
pub use mvt::{Dictionary, Geometry, LayerWriter, Tags, Value};
pub use points::{Crowding, MapPoint, PointLayer};
