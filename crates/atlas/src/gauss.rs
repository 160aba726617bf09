//! The Gauss–Krüger projection on the CGCS2000 ellipsoid, in which Chinese cities survey.

use crate::coords::{CoordError, LonLat};

/// Semi-major axis in metres and flattening of the CGCS2000 ellipsoid (GB 22021-2008).
const A: f64 = 6_378_137.0;
const F: f64 = 1.0 / 298.257_222_101;
/// Third flattening.
const N: f64 = F / (2.0 - F);
/// Metres added to the easting so that it stays above zero.
const FALSE_EASTING_M: f64 = 500_000.0;
/// What one zone's number adds to the easting, where it is written before it.
const ZONE_M: f64 = 1_000_000.0;
/// Beyond so many degrees from its meridian a zone is surely not meant.
const REACH_DEG: f64 = 10.0;

/// A 3° zone: transverse Mercator about a meridian, scale 1, false easting 500 km.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaussKruger {
    /// The central meridian, degrees east: 75, 78 … 135.
    pub meridian: f64,
    /// Whether the zone's number stands before the easting (`40 500 000` for zone 40).
    pub prefixed: bool,
}

/// Series of Krüger to the sixth power of `n` (Karney 2011, equations 35 and 36): exact to
/// nanometres this near the meridian.
fn series() -> (f64, [f64; 6], [f64; 6]) {
    let n = N;
    let [n2, n3, n4, n5, n6] = [2, 3, 4, 5, 6].map(|p| n.powi(p));
    let radius = A / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0 + n6 / 256.0);
    let alpha = [
        n / 2.0 - 2.0 / 3.0 * n2 + 5.0 / 16.0 * n3 + 41.0 / 180.0 * n4 - 127.0 / 288.0 * n5
            + 7_891.0 / 37_800.0 * n6,
        13.0 / 48.0 * n2 - 3.0 / 5.0 * n3 + 557.0 / 1_440.0 * n4 + 281.0 / 630.0 * n5
            - 1_983_433.0 / 1_935_360.0 * n6,
        61.0 / 240.0 * n3 - 103.0 / 140.0 * n4
            + 15_061.0 / 26_880.0 * n5
            + 167_603.0 / 181_440.0 * n6,
        49_561.0 / 161_280.0 * n4 - 179.0 / 168.0 * n5 + 6_601_661.0 / 7_257_600.0 * n6,
        34_729.0 / 80_640.0 * n5 - 3_418_889.0 / 1_995_840.0 * n6,
        212_378_941.0 / 319_334_400.0 * n6,
    ];
    let beta = [
        n / 2.0 - 2.0 / 3.0 * n2 + 37.0 / 96.0 * n3 - n4 / 360.0 - 81.0 / 512.0 * n5
            + 96_199.0 / 604_800.0 * n6,
        n2 / 48.0 + n3 / 15.0 - 437.0 / 1_440.0 * n4 + 46.0 / 105.0 * n5
            - 1_118_711.0 / 3_870_720.0 * n6,
        17.0 / 480.0 * n3 - 37.0 / 840.0 * n4 - 209.0 / 4_480.0 * n5 + 5_569.0 / 90_720.0 * n6,
        4_397.0 / 161_280.0 * n4 - 11.0 / 504.0 * n5 - 830_251.0 / 7_257_600.0 * n6,
        4_583.0 / 161_280.0 * n5 - 108_847.0 / 3_991_680.0 * n6,
        20_648_693.0 / 638_668_800.0 * n6,
    ];
    (radius, alpha, beta)
}

/// Adds (or with `sign` −1 takes away) the series at ξ, η.
fn waves(xi: f64, eta: f64, by: &[f64; 6], sign: f64) -> (f64, f64) {
    let mut sum = (xi, eta);
    for (j, factor) in (1_u8..).zip(by) {
        let twice = 2.0 * f64::from(j);
        sum.0 += sign * factor * (twice * xi).sin() * (twice * eta).cosh();
        sum.1 += sign * factor * (twice * xi).cos() * (twice * eta).sinh();
    }
    sum
}

/// Tangent of the conformal latitude from that of the geographic one.
fn conformal(tau: f64) -> f64 {
    let e = (F * (2.0 - F)).sqrt();
    let sigma = (e * (e * tau / tau.hypot(1.0)).atanh()).sinh();
    tau * sigma.hypot(1.0) - sigma * tau.hypot(1.0)
}

impl GaussKruger {
    /// The zone with this number, 25..=45; its meridian is three times as many degrees.
    #[must_use]
    pub fn zone(number: u8, prefixed: bool) -> Self {
        Self {
            meridian: 3.0 * f64::from(number),
            prefixed,
        }
    }

    /// The number of the zone, when its meridian is one of a 3° zone.
    #[must_use]
    pub fn number(&self) -> Option<u8> {
        (25..=45).find(|n| (f64::from(*n) * 3.0 - self.meridian).abs() < 1e-9)
    }

    fn false_easting_m(&self) -> f64 {
        let zone = self.number().filter(|_| self.prefixed).unwrap_or(0);
        f64::from(zone) * ZONE_M + FALSE_EASTING_M
    }

    /// Easting and northing in metres.
    #[must_use]
    pub fn project(&self, p: LonLat) -> [f64; 2] {
        let (radius, alpha, _) = series();
        let tau = conformal(p.lat.to_radians().tan());
        let lambda = (p.lon - self.meridian).to_radians();
        let xi = tau.atan2(lambda.cos());
        let eta = (lambda.sin() / tau.hypot(lambda.cos())).asinh();
        let (xi, eta) = waves(xi, eta, &alpha, 1.0);
        [radius * eta + self.false_easting_m(), radius * xi]
    }

    /// The position of an easting and northing in metres.
    ///
    /// # Errors
    /// When it lies too far from the zone to be meant.
    pub fn position(&self, [easting, northing]: [f64; 2]) -> Result<LonLat, CoordError> {
        let (radius, _, beta) = series();
        let (xi, eta) = (
            northing / radius,
            (easting - self.false_easting_m()) / radius,
        );
        // A degree is some 0.0175 of the radius; beyond, the series says nothing.
        if !eta.is_finite() || eta.abs() > REACH_DEG.to_radians() {
            return Err(CoordError::Longitude(easting));
        }
        if !xi.is_finite() || xi.abs() > std::f64::consts::FRAC_PI_2 {
            return Err(CoordError::Latitude(northing));
        }
        let (xi, eta) = waves(xi, eta, &beta, -1.0);
        let wanted = xi.sin() / eta.sinh().hypot(xi.cos());
        // Newton's method on the conformal latitude; three rounds reach double precision.
        let e2 = F * (2.0 - F);
        let mut tau = wanted / (1.0 - e2);
        for _ in 0..4 {
            let off = conformal(tau) - wanted;
            let slope = (1.0 - e2) * conformal(tau).hypot(1.0) * tau.hypot(1.0)
                / (1.0 + (1.0 - e2) * tau * tau);
            tau -= off / slope;
        }
        let lon = self.meridian + eta.sinh().atan2(xi.cos()).to_degrees();
        LonLat::new(lon, tau.atan().to_degrees())
    }
}
