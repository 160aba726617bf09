//! Coordinate reference systems, named by reference, and the order of their axes.

use atlas::Vertex;
use atlas::polygon::UNITS_PER_DEGREE;

use super::fault::Fault;

/// A system coordinates can be asked for in. City and country use WGS-84 and CGCS2000 alike within a
/// metre, so that only the order of the axes differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crs {
    /// Longitude, latitude: what GeoJSON is without any word.
    Crs84,
    /// Latitude, longitude on WGS-84.
    Epsg4326,
    /// Latitude, longitude on CGCS2000, in which the net is kept.
    Epsg4490,
}

impl Crs {
    /// Every one of them, the default first.
    pub const ALL: [Self; 3] = [Self::Crs84, Self::Epsg4326, Self::Epsg4490];

    /// Its address.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            Self::Epsg4326 => "http://www.opengis.net/def/crs/EPSG/0/4326",
            Self::Epsg4490 => "http://www.opengis.net/def/crs/EPSG/0/4490",
        }
    }

    /// The system with this address, also as a safe CURIE or URN.
    ///
    /// # Errors
    /// When it is not one of ours; `parameter` names what was read.
    pub fn read(parameter: &str, text: &str) -> Result<Self, Fault> {
        let text = text.trim_matches(['[', ']']);
        let known = |crs: &Self| match crs {
            Self::Crs84 => matches!(
                text,
                "OGC:CRS84" | "urn:ogc:def:crs:OGC:1.3:CRS84" | "urn:ogc:def:crs:OGC::CRS84"
            ),
            Self::Epsg4326 => matches!(text, "EPSG:4326" | "urn:ogc:def:crs:EPSG::4326"),
            Self::Epsg4490 => matches!(text, "EPSG:4490" | "urn:ogc:def:crs:EPSG::4490"),
        };
        Self::ALL
            .into_iter()
            .find(|crs| text == crs.uri() || known(crs))
            .ok_or_else(|| Fault::Parameter(parameter.to_owned(), "ogc.crs_unknown"))
    }

    /// Whether the first number is the latitude.
    #[must_use]
    pub fn latitude_first(self) -> bool {
        self != Self::Crs84
    }

    /// Longitude and latitude in the order of this system.
    #[must_use]
    pub fn pair(self, lon: f64, lat: f64) -> [f64; 2] {
        if self.latitude_first() {
            [lat, lon]
        } else {
            [lon, lat]
        }
    }

    /// A point of the lattice in the order of this system, degrees to seven places.
    #[must_use]
    pub fn vertex(self, v: Vertex) -> [f64; 2] {
        self.pair(
            f64::from(v.x) / UNITS_PER_DEGREE,
            f64::from(v.y) / UNITS_PER_DEGREE,
        )
    }
}
