//! Web Mercator (EPSG:3857) tile arithmetic on integers.

use crate::coords::LonLat;

/// Units along one side of a tile.
pub const EXTENT: i64 = 1 << EXTENT_BITS;
/// The deepest zoom at which tiles are made; maps draw deeper ones from these.
pub const MAX_ZOOM: u8 = 20;
const EXTENT_BITS: u8 = 12;
/// Latitude at which the square world ends.
const EDGE_LATITUDE: f64 = 85.051_128_779_806_59;
const WORLD: f64 = 4_294_967_296.0;

/// A place in the square world of 2³² × 2³² units (about 1 cm at the equator), y to the south.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldPoint {
    /// Units east of 180° W.
    pub x: u32,
    /// Units south of the northern edge.
    pub y: u32,
}

impl From<LonLat> for WorldPoint {
    fn from(p: LonLat) -> Self {
        let sine = p
            .lat
            .clamp(-EDGE_LATITUDE, EDGE_LATITUDE)
            .to_radians()
            .sin();
        let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI);
        // `as` saturates, which is what the world's edge asks for.
        Self {
            x: ((p.lon + 180.0) / 360.0 * WORLD) as u32,
            y: (y * WORLD) as u32,
        }
    }
}

/// The address of a tile: zoom, column from the west, row from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    z: u8,
    x: u32,
    y: u32,
}

impl Tile {
    /// The tile at this address; `None` beyond [`MAX_ZOOM`] or the world.
    #[must_use]
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        (z <= MAX_ZOOM && x < 1 << z && y < 1 << z).then_some(Self { z, x, y })
    }

    /// The tile of zoom `z` that holds a place; `None` beyond [`MAX_ZOOM`].
    #[must_use]
    pub fn holding(z: u8, place: LonLat) -> Option<Self> {
        let p = WorldPoint::from(place);
        let shift = 32 - u32::from(z.min(MAX_ZOOM));
        let part = |v: u32| v.checked_shr(shift).unwrap_or_default();
        Self::new(z, part(p.x), part(p.y))
    }

    /// Zoom.
    #[must_use]
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column from the west.
    #[must_use]
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row from the north.
    #[must_use]
    pub fn y(self) -> u32 {
        self.y
    }

    /// South-west and north-east corner.
    #[must_use]
    pub fn bounds(self) -> (LonLat, LonLat) {
        let tiles = f64::from(1_u32 << self.z);
        let lon = |x: u32| f64::from(x) / tiles * 360.0 - 180.0;
        let lat = |y: u32| {
            let n = std::f64::consts::PI * (1.0 - 2.0 * f64::from(y) / tiles);
            n.sinh().atan().to_degrees()
        };
        (
            LonLat {
                lon: lon(self.x),
                lat: lat(self.y + 1),
            },
            LonLat {
                lon: lon(self.x + 1),
                lat: lat(self.y),
            },
        )
    }

    /// A place in this tile's units: 0..[`EXTENT`] inside, y to the south.
    #[must_use]
    pub fn local(self, p: WorldPoint) -> (i64, i64) {
        let shift = 32 - self.z - EXTENT_BITS;
        let part = |v: u32, tile: u32| (i64::from(v) >> shift) - i64::from(tile) * EXTENT;
        (part(p.x, self.x), part(p.y, self.y))
    }
}

/// World units of one tile unit at a zoom.
pub fn unit_at(z: u8) -> f64 {
    f64::from(1_u32 << (32 - z.min(MAX_ZOOM) - EXTENT_BITS))
}
