//! What the numbers of a file mean: the coordinate systems a city's files come in.

use std::fmt;
use std::str::FromStr;

use crate::coords::{Bd09, CoordError, Gcj02, LonLat};
use crate::gauss::GaussKruger;

/// A coordinate system, as declared by whoever brings a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reference {
    /// CGCS2000 degrees (EPSG:4490), in which everything is kept.
    Cgcs2000,
    /// WGS-84 degrees (EPSG:4326); for a city the same within a metre.
    Wgs84,
    /// The offset of public maps.
    Gcj02,
    /// Baidu's.
    Bd09,
    /// Metres in a 3° zone of CGCS2000.
    GaussKruger(GaussKruger),
}

/// A text names no coordinate system we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reference.unknown")]
pub struct UnknownReference;

impl Reference {
    /// The position of a pair of numbers: longitude and latitude, or easting and northing.
    ///
    /// # Errors
    /// When a number is out of range.
    pub fn position(self, [x, y]: [f64; 2]) -> Result<LonLat, CoordError> {
        match self {
            Self::Cgcs2000 | Self::Wgs84 => LonLat::new(x, y),
            Self::Gcj02 => {
                let p = LonLat::new(x, y)?;
                Ok(Gcj02 {
                    lon: p.lon,
                    lat: p.lat,
                }
                .into())
            }
            Self::Bd09 => {
                let p = LonLat::new(x, y)?;
                Ok(Bd09 {
                    lon: p.lon,
                    lat: p.lat,
                }
                .into())
            }
            Self::GaussKruger(zone) => zone.position([x, y]),
        }
    }

    /// The pair of numbers of a position.
    #[must_use]
    pub fn numbers(self, p: LonLat) -> [f64; 2] {
        match self {
            Self::Cgcs2000 | Self::Wgs84 => [p.lon, p.lat],
            Self::Gcj02 => {
                let g = Gcj02::from(p);
                [g.lon, g.lat]
            }
            Self::Bd09 => {
                let b = Bd09::from(p);
                [b.lon, b.lat]
            }
            Self::GaussKruger(zone) => zone.project(p),
        }
    }

    /// Whether the numbers are metres.
    #[must_use]
    pub fn projected(self) -> bool {
        matches!(self, Self::GaussKruger(_))
    }

    /// The number of the system in the EPSG register, if it has one: 4513 … 4533 are the zones with
    /// their number before the easting, 4534 … 4554 those without.
    #[must_use]
    pub fn epsg(self) -> Option<u32> {
        match self {
            Self::Cgcs2000 => Some(4490),
            Self::Wgs84 => Some(4326),
            Self::Gcj02 | Self::Bd09 => None,
            Self::GaussKruger(zone) => {
                let first = if zone.prefixed { 4513 } else { 4534 };
                Some(first + u32::from(zone.number()?) - 25)
            }
        }
    }

    /// The system with this EPSG number.
    #[must_use]
    pub fn from_epsg(number: u32) -> Option<Self> {
        let zone = |first: u32, prefixed| {
            let number = u8::try_from(number - first + 25).ok()?;
            Some(Self::GaussKruger(GaussKruger::zone(number, prefixed)))
        };
        match number {
            4490 => Some(Self::Cgcs2000),
            4326 | 4979 => Some(Self::Wgs84),
            4513..=4533 => zone(4513, true),
            4534..=4554 => zone(4534, false),
            _ => None,
        }
    }

    /// The system as well-known text (ESRI's dialect), for `.prj` files and GeoPackages; none for the
    /// offsets of public maps, which no register knows.
    #[must_use]
    pub fn wkt(self) -> Option<String> {
        const CGCS: &str = "GEOGCS[\"GCS_China_Geodetic_Coordinate_System_2000\",DATUM[\"D_China_2000\",\
             SPHEROID[\"CGCS2000\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],\
             UNIT[\"Degree\",0.0174532925199433]]";
        match self {
            Self::Cgcs2000 => Some(CGCS.to_owned()),
            Self::Wgs84 => Some(
                "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
                 PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]"
                    .to_owned(),
            ),
            Self::Gcj02 | Self::Bd09 => None,
            Self::GaussKruger(zone) => {
                let (name, easting) = match zone.number().filter(|_| zone.prefixed) {
                    Some(n) => (
                        format!("CGCS2000_3_Degree_GK_Zone_{n}"),
                        format!("{n}500000.0"),
                    ),
                    None => (
                        format!("CGCS2000_3_Degree_GK_CM_{}E", zone.meridian),
                        "500000.0".to_owned(),
                    ),
                };
                Some(format!(
                    "PROJCS[\"{name}\",{CGCS},PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",{easting}],\
                     PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",{:.1}],\
                     PARAMETER[\"Scale_Factor\",1.0],PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]",
                    zone.meridian
                ))
            }
        }
    }

    /// The system a `.prj` file or another well-known text tells of, as far as we know it.
    #[must_use]
    pub fn from_wkt(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let lower = lower.as_str();
        let of_china = ["2000", "4490"].iter().any(|m| lower.contains(m)) && lower.contains("c");
        if lower.contains("projcs") || lower.contains("projcrs") {
            let meridian = parameter(lower, "central_meridian")
                .or_else(|| parameter(lower, "longitude of natural origin"))?;
            let easting =
                parameter(lower, "false_easting").or_else(|| parameter(lower, "false easting"))?;
            let scale = parameter(lower, "scale_factor").unwrap_or(1.0);
            let gauss = lower.contains("gauss") || lower.contains("transverse_mercator");
            let whole = (easting - 500_000.0) % 1_000_000.0 == 0.0;
            return (gauss && whole && of_china && (scale - 1.0).abs() < 1e-9).then_some(
                Self::GaussKruger(GaussKruger {
                    meridian,
                    prefixed: easting > 1_000_000.0,
                }),
            );
        }
        if lower.contains("wgs_1984") || lower.contains("wgs 84") || lower.contains("wgs84") {
            return Some(Self::Wgs84);
        }
        let cgcs = lower.contains("cgcs") || lower.contains("china") || lower.contains("4490");
        cgcs.then_some(Self::Cgcs2000)
    }
}

/// The number behind a named parameter: `PARAMETER["False_Easting",500000.0]`.
fn parameter(text: &str, name: &str) -> Option<f64> {
    let rest = text.split(&format!("\"{name}\"")).nth(1)?;
    let rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    let end = rest.find([',', ']']).unwrap_or(rest.len());
    rest.get(..end)?.trim().parse().ok()
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cgcs2000 => f.write_str("cgcs2000"),
            Self::Wgs84 => f.write_str("wgs84"),
            Self::Gcj02 => f.write_str("gcj02"),
            Self::Bd09 => f.write_str("bd09"),
            Self::GaussKruger(zone) => match zone.number() {
                Some(n) if zone.prefixed => write!(f, "gk-zone-{n}"),
                _ => write!(f, "gk-{}", zone.meridian),
            },
        }
    }
}

impl FromStr for Reference {
    type Err = UnknownReference;

    /// `cgcs2000`, `wgs84`, `gcj02`, `bd09`, `gk-120` (by meridian, no zone number before the easting),
    /// `gk-zone-40` (with it), `EPSG:4490`.
    fn from_str(text: &str) -> Result<Self, UnknownReference> {
        let text = text.trim().to_ascii_lowercase().replace('_', "-");
        match text.as_str() {
            "cgcs2000" | "cgcs-2000" => return Ok(Self::Cgcs2000),
            "wgs84" | "wgs-84" => return Ok(Self::Wgs84),
            "gcj02" | "gcj-02" => return Ok(Self::Gcj02),
            "bd09" | "bd-09" => return Ok(Self::Bd09),
            _ => {}
        }
        if let Some(number) = text.strip_prefix("epsg:") {
            let number = number.parse().map_err(|_| UnknownReference)?;
            return Self::from_epsg(number).ok_or(UnknownReference);
        }
        if let Some(zone) = text.strip_prefix("gk-zone-") {
            let zone: u8 = zone.parse().map_err(|_| UnknownReference)?;
            return (25..=45)
                .contains(&zone)
                .then_some(Self::GaussKruger(GaussKruger::zone(zone, true)))
                .ok_or(UnknownReference);
        }
        let meridian = text.strip_prefix("gk-").ok_or(UnknownReference)?;
        let meridian: f64 = meridian.parse().map_err(|_| UnknownReference)?;
        (73.0..=136.0)
            .contains(&meridian)
            .then_some(Self::GaussKruger(GaussKruger {
                meridian,
                prefixed: false,
            }))
            .ok_or(UnknownReference)
    }
}
