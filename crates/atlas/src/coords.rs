//! Coordinate systems met in a Chinese city, as types that do not mix.

use serde::{Deserialize, Serialize};

/// Mean radius of the earth in metres (IUGG), used for great-circle distances.
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Semi-major axis and squared eccentricity of the Krasovsky ellipsoid, on which GCJ-02 is defined.
const KRASOVSKY_A: f64 = 6_378_245.0;
const KRASOVSKY_EE: f64 = 0.006_693_421_622_965_943;
const BD_PI: f64 = std::f64::consts::PI * 3000.0 / 180.0;

/// A position in CGCS2000 (EPSG:4490) degrees; for city use equal to WGS-84 within a metre.
///
/// Longitude −180..=180 first, latitude −90..=90; both finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawLonLat")]
pub struct LonLat {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

#[derive(Deserialize)]
struct RawLonLat {
    lon: f64,
    lat: f64,
}

impl TryFrom<RawLonLat> for LonLat {
    type Error = CoordError;
    fn try_from(raw: RawLonLat) -> Result<Self, CoordError> {
        Self::new(raw.lon, raw.lat)
    }
}

/// Why a pair of numbers is not a position.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CoordError {
    /// Longitude not finite or beyond ±180°.
    #[error("coords.longitude_out_of_range")]
    Longitude(f64),
    /// Latitude not finite or beyond ±90°.
    #[error("coords.latitude_out_of_range")]
    Latitude(f64),
}

impl LonLat {
    /// A position from degrees.
    ///
    /// # Errors
    /// When a number is not finite or out of range.
    pub fn new(lon: f64, lat: f64) -> Result<Self, CoordError> {
        if !(-180.0..=180.0).contains(&lon) {
            return Err(CoordError::Longitude(lon));
        }
        if !(-90.0..=90.0).contains(&lat) {
            return Err(CoordError::Latitude(lat));
        }
        Ok(Self { lon, lat })
    }

    /// Great-circle distance to `other` in metres.
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        haversine_m(self, other)
    }
}

/// Great-circle distance in metres by the haversine formula on the mean sphere (error < 0.6 %).
#[must_use]
pub fn haversine_m(a: LonLat, b: LonLat) -> f64 {
    let half_lat = (b.lat - a.lat).to_radians() / 2.0;
    let half_lon = (b.lon - a.lon).to_radians() / 2.0;
    let h = half_lat.sin().powi(2)
        + a.lat.to_radians().cos() * b.lat.to_radians().cos() * half_lon.sin().powi(2);
    2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
}

/// A position with the offset of China's public maps (AMap, Tencent, the WeChat picker), degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gcj02 {
    /// Degrees east, offset.
    pub lon: f64,
    /// Degrees north, offset.
    pub lat: f64,
}

/// A position with Baidu's second offset, degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bd09 {
    /// Degrees east, offset twice.
    pub lon: f64,
    /// Degrees north, offset twice.
    pub lat: f64,
}

/// The rough box in which the offset applies; a city near the border must convert with care.
fn offset_applies(lon: f64, lat: f64) -> bool {
    (72.004..=137.8347).contains(&lon) && (0.8293..=55.8271).contains(&lat)
}

/// The published GCJ-02 offset in degrees at a true position.
fn gcj_offset(lon: f64, lat: f64) -> (f64, f64) {
    use std::f64::consts::PI;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |t: f64| 20.0 * (t * PI).sin() + 40.0 * (t / 3.0 * PI).sin();
    let shared = 20.0 * ((6.0 * x * PI).sin() + (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let mut d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared;
    d_lat += wave(y) * 2.0 / 3.0;
    d_lat += (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let mut d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared;
    d_lon += wave(x) * 2.0 / 3.0;
    d_lon += (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let phi = lat.to_radians();
    let magic = 1.0 - KRASOVSKY_EE * phi.sin().powi(2);
    let meridian = KRASOVSKY_A * (1.0 - KRASOVSKY_EE) / (magic * magic.sqrt());
    let parallel = KRASOVSKY_A / magic.sqrt() * phi.cos();
    (
        (d_lon / parallel).to_degrees(),
        (d_lat / meridian).to_degrees(),
    )
}

impl From<LonLat> for Gcj02 {
    /// Applies the public-map offset (none outside the rough box around China).
    fn from(p: LonLat) -> Self {
        if !offset_applies(p.lon, p.lat) {
            return Self {
                lon: p.lon,
                lat: p.lat,
            };
        }
        let (d_lon, d_lat) = gcj_offset(p.lon, p.lat);
        Self {
            lon: p.lon + d_lon,
            lat: p.lat + d_lat,
        }
    }
}

impl From<Gcj02> for LonLat {
    /// Removes the offset by fixed-point iteration: six rounds reach double precision.
    fn from(p: Gcj02) -> Self {
        if !offset_applies(p.lon, p.lat) {
            return Self {
                lon: p.lon,
                lat: p.lat,
            };
        }
        let (mut lon, mut lat) = (p.lon, p.lat);
        for _ in 0..6 {
            let (d_lon, d_lat) = gcj_offset(lon, lat);
            (lon, lat) = (p.lon - d_lon, p.lat - d_lat);
        }
        Self { lon, lat }
    }
}

impl From<Gcj02> for Bd09 {
    fn from(p: Gcj02) -> Self {
        let (x, y) = (p.lon, p.lat);
        let z = x.hypot(y) + 0.000_02 * (y * BD_PI).sin();
        let theta = y.atan2(x) + 0.000_003 * (x * BD_PI).cos();
        Self {
            lon: z * theta.cos() + 0.0065,
            lat: z * theta.sin() + 0.006,
        }
    }
}

impl From<Bd09> for Gcj02 {
    /// Removes Baidu's offset: the published inverse, then fixed-point correction.
    fn from(p: Bd09) -> Self {
        let mut q = Self {
            lon: p.lon - 0.0065,
            lat: p.lat - 0.006,
        };
        for _ in 0..6 {
            let forward = Bd09::from(q);
            q = Self {
                lon: q.lon + p.lon - forward.lon,
                lat: q.lat + p.lat - forward.lat,
            };
        }
        q
    }
}

impl From<LonLat> for Bd09 {
    fn from(p: LonLat) -> Self {
        Gcj02::from(p).into()
    }
}

impl From<Bd09> for LonLat {
    fn from(p: Bd09) -> Self {
        Gcj02::from(p).into()
    }
}
