//! The net as files know it: every area with its polygon, read out whole and taken in whole.
//!
//! [`shapes`] holds the polygons of one net for whoever gives them out. A file goes
//! [`columns`] (which column says what) → [`grids`] or [`areas`] (rows checked, put on the lattice,
//! welded, laid against one another; every fault in a [`report`]) → [`desk`] (looked at, then taken
//! in) → [`store`]. [`write`] is the way out, [`routes`] the HTTP face.

pub mod areas;
pub mod columns;
pub mod desk;
pub mod grids;
pub mod places;
pub mod report;
pub mod routes;
pub mod shape;
pub mod shapes;
pub mod store;
pub mod write;

pub use columns::{Field, Mapping, Target};
pub use desk::Manner;
pub use shapes::{AreaShape, GridVersion, Shapes, ShapesAt};
