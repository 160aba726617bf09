//! Layers of areas: divisions and grids, with labels.

use std::ops::RangeInclusive;

use super::arcs::{Arcs, Step};
use super::clip::{self, MARGIN};
use super::mercator::{EXTENT, Tile, WorldPoint};
use super::mvt::{Dictionary, Geometry, LayerWriter, Tags, Value};
use crate::coords::LonLat;
use crate::polygon::Polygon;

/// An area smaller than this in both directions (one pixel of a 512-pixel tile) is not drawn.
const SMALLEST: i64 = 8;

/// An area to draw.
#[derive(Debug, Clone)]
pub struct Area<'a> {
    /// The feature's number, for selection on the map.
    pub id: u64,
    /// Its shape; neighbours share vertices exactly.
    pub polygon: &'a Polygon,
    /// Where its label stands; `None` for no label.
    pub label_point: Option<LonLat>,
    /// Properties of area and label.
    pub props: Vec<(&'a str, Value)>,
}

struct Drawn {
    id: u64,
    /// North-west and south-east corner of the bounding box.
    low: WorldPoint,
    high: WorldPoint,
    rings: Vec<Vec<Step>>,
    label: Option<WorldPoint>,
    tags: Tags,
}

/// One layer of areas that share borders, ready to be cut into tiles.
///
/// Labels go to a layer of points of their own, `<name>_label`, each in exactly one tile.
pub struct AreaLayer {
    name: String,
    zooms: RangeInclusive<u8>,
    areas: Vec<Drawn>,
    arcs: Arcs,
    dictionary: Dictionary,
}

impl std::fmt::Debug for AreaLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AreaLayer")
            .field("name", &self.name)
            .field("areas", &self.areas.len())
            .finish_non_exhaustive()
    }
}

impl AreaLayer {
    /// Prepares a layer drawn at `zooms`; borders are simplified once for each zoom.
    pub fn build<'a>(
        name: &str,
        zooms: RangeInclusive<u8>,
        areas: impl IntoIterator<Item = Area<'a>>,
    ) -> Self {
        let areas: Vec<Area<'a>> = areas.into_iter().collect();
        let polygons: Vec<&Polygon> = areas.iter().map(|a| a.polygon).collect();
        let (arcs, rings) = Arcs::build(&polygons);
        let mut dictionary = Dictionary::default();
        let areas = areas
            .into_iter()
            .zip(rings)
            .map(|(area, rings)| {
                let (south_west, north_east) = area.polygon.bounds();
                let low = WorldPoint::from(south_west.to_lonlat());
                let high = WorldPoint::from(north_east.to_lonlat());
                Drawn {
                    id: area.id,
                    low: WorldPoint {
                        x: low.x,
                        y: high.y,
                    },
                    high: WorldPoint {
                        x: high.x,
                        y: low.y,
                    },
                    rings,
                    label: area.label_point.map(WorldPoint::from),
                    tags: dictionary.enter(area.props),
                }
            })
            .collect();
        dictionary.seal();
        Self {
            name: name.to_owned(),
            zooms,
            areas,
            arcs,
            dictionary,
        }
    }

    /// The layer's bytes in tile `z/x/y`; none outside its zooms or where nothing lies.
    #[must_use]
    pub fn encode(&self, z: u8, x: u32, y: u32) -> Vec<u8> {
        let Some(tile) = Tile::new(z, x, y).filter(|_| self.zooms.contains(&z)) else {
            return Vec::new();
        };
        let mut shapes = LayerWriter::new(&self.dictionary);
        let mut labels = LayerWriter::new(&self.dictionary);
        // A look at every bounding box takes microseconds for a city: no spatial index needed.
        for area in &self.areas {
            let (low, high) = (tile.local(area.low), tile.local(area.high));
            let far = low.0.max(low.1) > EXTENT + MARGIN || high.0.min(high.1) < -MARGIN;
            let tiny = high.0 - low.0 < SMALLEST && high.1 - low.1 < SMALLEST;
            if far || tiny {
                continue;
            }
            let whole = low.0.min(low.1) >= -MARGIN && high.0.max(high.1) <= EXTENT + MARGIN;
            shapes.feature(area.id, &area.tags, &self.geometry(area, tile, whole));
            let label = area.label.map(|at| tile.local(at));
            let inside = |v: i64| (0..EXTENT).contains(&v);
            if let Some(at) = label.filter(|&(x, y)| inside(x) && inside(y)) {
                labels.feature(area.id, &area.tags, &Geometry::point(at));
            }
        }
        let mut bytes = shapes.finish(&self.name);
        bytes.extend(labels.finish(&format!("{}_label", self.name)));
        bytes
    }

    /// The area's rings in the tile; `whole` when nothing needs clipping.
    fn geometry(&self, area: &Drawn, tile: Tile, whole: bool) -> Geometry {
        let mut geometry = Geometry::polygon();
        for (i, steps) in area.rings.iter().enumerate() {
            let corners = self.arcs.ring(steps, tile.z());
            let mut ring: Vec<(i64, i64)> = corners.into_iter().map(|c| tile.local(c)).collect();
            ring.dedup();
            while ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
            if !whole {
                ring = clip::ring(ring);
            }
            let drawn = ring.len() > 2 && geometry.ring(&mut ring, i > 0);
            if i == 0 && !drawn {
                break;
            }
        }
        geometry
    }
}
