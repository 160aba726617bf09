//! A layer of many points: each by itself where there is room, counted where there is not.

use super::mercator::{EXTENT, Tile, WorldPoint};
use super::mvt::{Dictionary, Geometry, LayerWriter, Tags, Value};
use crate::coords::LonLat;

/// A tile's cells for counting: 2⁴ × 2⁴, each 32 pixels of a 512-pixel tile.
const CELL_BITS: u8 = 4;

/// A point to draw, such as an open case.
#[derive(Debug, Clone)]
pub struct MapPoint<'a> {
    /// The feature's number, for selection on the map.
    pub id: u64,
    /// Where.
    pub at: LonLat,
    /// The stage it is counted under.
    pub stage: &'a str,
    /// Whether its time is up.
    pub overdue: bool,
    /// Further properties; `stage` and `overdue` are added.
    pub props: Vec<(&'a str, Value)>,
}

/// When points are counted instead of drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowding {
    /// Below this zoom points are always counted.
    pub points_from_zoom: u8,
    /// A tile with more points than this is counted at any zoom.
    pub most_points: usize,
}

impl Default for Crowding {
    fn default() -> Self {
        Self {
            points_from_zoom: 13,
            most_points: 2_000,
        }
    }
}

struct Placed {
    /// Place on the Morton curve: a tile of any zoom is one range.
    morton: u64,
    at: WorldPoint,
    id: u64,
    stage: u16,
    overdue: bool,
    tags: Tags,
}

/// Points sorted along the Morton curve.
///
/// Single points carry their properties with `stage` and `overdue`; counted cells stand at the mean
/// of their points and carry `count`, `overdue` (both numbers) and `stage_<stage>` for each stage
/// that occurs. They are told apart by `count`.
pub struct PointLayer {
    name: String,
    crowding: Crowding,
    points: Vec<Placed>,
    stage_keys: Vec<String>,
    dictionary: Dictionary,
}

impl std::fmt::Debug for PointLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PointLayer")
            .field("name", &self.name)
            .field("points", &self.points.len())
            .finish_non_exhaustive()
    }
}

impl PointLayer {
    /// Prepares a layer of points.
    pub fn build<'a>(
        name: &str,
        crowding: Crowding,
        points: impl IntoIterator<Item = MapPoint<'a>>,
    ) -> Self {
        let mut dictionary = Dictionary::default();
        let mut stages: Vec<&'a str> = Vec::new();
        let mut placed = Vec::new();
        for point in points {
            let known = stages.iter().position(|s| *s == point.stage);
            let stage = known.unwrap_or_else(|| {
                stages.push(point.stage);
                stages.len() - 1
            });
            let own = [
                ("stage", point.stage.into()),
                ("overdue", point.overdue.into()),
            ];
            let at = WorldPoint::from(point.at);
            placed.push(Placed {
                morton: morton(at),
                at,
                id: point.id,
                stage: stage as u16,
                overdue: point.overdue,
                tags: dictionary.enter(point.props.into_iter().chain(own)),
            });
        }
        dictionary.seal();
        placed.sort_by_key(|p| (p.morton, p.id));
        let stage_keys = stages.iter().map(|s| format!("stage_{s}")).collect();
        Self {
            name: name.to_owned(),
            crowding,
            points: placed,
            stage_keys,
            dictionary,
        }
    }

    /// How many points the layer holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether the layer holds no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The layer's bytes in tile `z/x/y`; none where no point lies.
    #[must_use]
    pub fn encode(&self, z: u8, x: u32, y: u32) -> Vec<u8> {
        let Some(tile) = Tile::new(z, x, y) else {
            return Vec::new();
        };
        let points = self.within(tile);
        let room = z >= self.crowding.points_from_zoom && points.len() <= self.crowding.most_points;
        if room {
            self.single(tile, points)
        } else {
            self.counted(tile, points)
        }
    }

    /// The tile's points: one range of the curve.
    fn within(&self, tile: Tile) -> &[Placed] {
        let corner = |v: u32| v.checked_shl(32 - u32::from(tile.z())).unwrap_or_default();
        let first = morton(WorldPoint {
            x: corner(tile.x()),
            y: corner(tile.y()),
        });
        let prefix = |code: u64| {
            code.checked_shr(64 - 2 * u32::from(tile.z()))
                .unwrap_or_default()
        };
        let from = self
            .points
            .partition_point(|p| prefix(p.morton) < prefix(first));
        let rest = &self.points[from..];
        &rest[..rest.partition_point(|p| prefix(p.morton) == prefix(first))]
    }

    fn single(&self, tile: Tile, points: &[Placed]) -> Vec<u8> {
        let mut layer = LayerWriter::new(&self.dictionary);
        for point in points {
            layer.feature(
                point.id,
                &point.tags,
                &Geometry::point(tile.local(point.at)),
            );
        }
        layer.finish(&self.name)
    }

    fn counted(&self, tile: Tile, points: &[Placed]) -> Vec<u8> {
        let shift = 64 - 2 * u32::from(tile.z() + CELL_BITS);
        let mut dictionary = Dictionary::default();
        let cells: Vec<(u64, Tags, (i64, i64))> = points
            .chunk_by(|a, b| a.morton >> shift == b.morton >> shift)
            .map(|cell| {
                let tags = dictionary.enter(self.counts(cell));
                (cell[0].morton >> shift, tags, middle(tile, cell))
            })
            .collect();
        let mut layer = LayerWriter::new(&dictionary);
        for (id, tags, at) in &cells {
            layer.feature(*id, tags, &Geometry::point(*at));
        }
        layer.finish(&self.name)
    }

    fn counts(&self, cell: &[Placed]) -> Vec<(&str, Value)> {
        let mut stages = vec![0_i64; self.stage_keys.len()];
        cell.iter().for_each(|p| stages[usize::from(p.stage)] += 1);
        let overdue = cell.iter().filter(|p| p.overdue).count() as i64;
        let mut props = vec![
            ("count", Value::Int(cell.len() as i64)),
            ("overdue", Value::Int(overdue)),
        ];
        let present = self.stage_keys.iter().zip(stages).filter(|(_, n)| *n > 0);
        props.extend(present.map(|(key, n)| (key.as_str(), Value::Int(n))));
        props
    }
}

/// The mean of a cell's points in tile units.
fn middle(tile: Tile, cell: &[Placed]) -> (i64, i64) {
    let count = cell.len() as u64;
    let sum = cell.iter().fold((0, 0), |s, p| {
        (s.0 + u64::from(p.at.x), s.1 + u64::from(p.at.y))
    });
    let at = WorldPoint {
        x: (sum.0 / count) as u32,
        y: (sum.1 / count) as u32,
    };
    let (x, y) = tile.local(at);
    (x.clamp(0, EXTENT - 1), y.clamp(0, EXTENT - 1))
}

/// Interleaves the bits of column and row, the row's higher.
fn morton(p: WorldPoint) -> u64 {
    spread(p.x) | spread(p.y) << 1
}

fn spread(v: u32) -> u64 {
    let v = u64::from(v);
    let v = (v | v << 16) & 0x0000_FFFF_0000_FFFF;
    let v = (v | v << 8) & 0x00FF_00FF_00FF_00FF;
    let v = (v | v << 4) & 0x0F0F_0F0F_0F0F_0F0F;
    let v = (v | v << 2) & 0x3333_3333_3333_3333;
    (v | v << 1) & 0x5555_5555_5555_5555
}
