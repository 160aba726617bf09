//! OGC API – Features under `/ogc`: divisions, grids and public cases, as QGIS and `ogr2ogr` read
//! them with no plug-in.
//!
//! Part 1 (OGC 17-069r4): core, GeoJSON, HTML, OpenAPI 3.0; part 2 (18-058r1): coordinate reference
//! systems by reference. [`routes`] is the HTTP face; [`asked`] reads the query; [`collections`] says
//! what there is; [`areas`] and [`cases`] find a page of features; [`document`], [`api`] and [`html`]
//! write the answers, [`fault`] what is wrong. Nothing of a case is told but what [`cases`] names.

pub mod api;
pub mod areas;
pub mod asked;
pub mod cases;
pub mod collections;
pub mod crs;
pub mod document;
pub mod fault;
pub mod html;
pub mod routes;
pub mod store;

pub use routes::{RULES, routes};

use divisions::files::ShapesAt;

/// Shared by the routes of `/ogc`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// Database, clock, net, catalogue.
    pub cases: ::cases::State,
    /// The polygons of the net in force, read once.
    pub shapes: ShapesAt,
}
