//! Map tiles of one net: areas and their labels, each only at the zooms where it says something.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock};

use atlas::tiles::{
    Area, AreaLayer, Dictionary, EXTENT, Geometry, LayerWriter, MAX_ZOOM, Tags, Tile, Value,
    WorldPoint,
};
use atlas::{LonLat, Polygon};

use crate::model::{DivisionInfo, GridKind, Level};
use crate::net::{GridRef, spoken};
use crate::places::level_word;

/// Tiles kept once drawn; more than a city has between its lowest zooms and those of a street.
const KEPT: usize = 8_192;

/// Layers by name, the level they show and the first zoom of areas and of labels.
const DIVISION_LAYERS: [(&str, &str, Level, u8, u8); 3] = [
    ("districts", "district_labels", Level::County, 0, 6),
    ("towns", "town_labels", Level::Town, 8, 9),
    ("communities", "community_labels", Level::Village, 10, 12),
];
/// First zoom of grids and of their labels.
const GRIDS_FROM: (u8, u8) = (12, 14);

/// Tiles drawn, by zoom, column and row.
type Kept = HashMap<(u8, u32, u32), Arc<[u8]>>;

/// The public tiles of one net. Layers `districts`, `towns`, `communities`, `grids`, `dedicated` hold
/// areas, `district_labels`, `town_labels`, `community_labels`, `grid_labels` points; all have `code`,
/// `name` and `kind`.
#[derive(Debug)]
pub struct Tiles {
    areas: Vec<AreaLayer>,
    labels: Vec<LabelLayer>,
    kept: RwLock<Kept>,
}

impl Tiles {
    pub(crate) fn build(
        divisions: &[(Arc<DivisionInfo>, Polygon)],
        grids: &[(GridRef, Polygon)],
    ) -> Self {
        // Side by side, as in the rest of a swap.
        let ((mut areas, mut labels), (of_grids, grid_labels)) = std::thread::scope(|scope| {
            let of_grids = scope.spawn(|| grid_layers(grids));
            let of_divisions = division_layers(divisions);
            let of_grids = of_grids.join();
            (
                of_divisions,
                of_grids.unwrap_or_else(|e| std::panic::resume_unwind(e)),
            )
        });
        areas.extend(of_grids);
        labels.push(grid_labels);
        Self {
            areas,
            labels,
            kept: RwLock::default(),
        }
    }

    /// The bytes of tile `z/x/y` (Mapbox vector tile 2.1), none where nothing lies. Drawn once, then
    /// kept as long as the net is in force.
    #[must_use]
    pub fn encode(&self, z: u8, x: u32, y: u32) -> Arc<[u8]> {
        let at = (z, x, y);
        if let Some(kept) = self
            .kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&at)
        {
            return kept.clone();
        }
        let mut bytes = Vec::new();
        self.areas
            .iter()
            .for_each(|layer| bytes.extend(layer.encode(z, x, y)));
        self.labels
            .iter()
            .for_each(|layer| bytes.extend(layer.encode(z, x, y)));
        let bytes: Arc<[u8]> = bytes.into();
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.insert(at, bytes.clone());
        }
        bytes
    }
}

fn division_layers(
    divisions: &[(Arc<DivisionInfo>, Polygon)],
) -> (Vec<AreaLayer>, Vec<LabelLayer>) {
    let layers = DIVISION_LAYERS
        .iter()
        .map(|(name, label_name, level, from, labels_from)| {
            let own = || divisions.iter().filter(move |(d, _)| d.level == *level);
            let points = own().map(|(d, _)| point(d.lon, d.lat, division_props(d)));
            (
                AreaLayer::build(name, zooms(*from), own().map(division_area)),
                LabelLayer::build(label_name, zooms(*labels_from), points),
            )
        });
    layers.unzip()
}

fn grid_layers(grids: &[(GridRef, Polygon)]) -> ([AreaLayer; 2], LabelLayer) {
    let layer = |name, kind| {
        let own = grids.iter().filter(|(g, _)| g.kind == kind);
        AreaLayer::build(name, zooms(GRIDS_FROM.0), own.map(grid_area))
    };
    let points = grids
        .iter()
        .map(|(g, _)| point(g.lon, g.lat, grid_props(g)));
    (
        [
            layer("grids", GridKind::Basic),
            layer("dedicated", GridKind::Dedicated),
        ],
        LabelLayer::build("grid_labels", zooms(GRIDS_FROM.1), points),
    )
}

fn zooms(from: u8) -> RangeInclusive<u8> {
    from..=MAX_ZOOM
}

type Props<'a> = Vec<(&'a str, Value)>;

fn division_props(division: &DivisionInfo) -> Props<'_> {
    vec![
        ("code", division.code.to_string().into()),
        ("name", spoken(division).into()),
        ("kind", level_word(division.level).into()),
    ]
}

fn grid_props(grid: &GridRef) -> Props<'_> {
    let kind = grid.dedicated_kind.as_deref().unwrap_or(grid.kind.as_str());
    vec![
        ("code", grid.code.as_str().into()),
        ("name", grid.name.as_str().into()),
        ("kind", kind.into()),
    ]
}

fn division_area((division, polygon): &(Arc<DivisionInfo>, Polygon)) -> Area<'_> {
    let id = division.code.unsigned_abs();
    Area {
        id,
        polygon,
        label_point: None,
        props: division_props(division),
    }
}

/// The code is the feature's number where it is one (16 digits are less than 2⁵³ for every province).
fn grid_area((grid, polygon): &(GridRef, Polygon)) -> Area<'_> {
    let id = grid.code.parse().unwrap_or_default();
    Area {
        id,
        polygon,
        label_point: None,
        props: grid_props(grid),
    }
}

fn point(lon: f64, lat: f64, props: Props<'_>) -> (WorldPoint, Props<'_>) {
    (WorldPoint::from(LonLat { lon, lat }), props)
}

/// Points with names, each in exactly one tile of a zoom.
struct LabelLayer {
    name: &'static str,
    zooms: RangeInclusive<u8>,
    points: Vec<(WorldPoint, Tags)>,
    dictionary: Dictionary,
}

impl std::fmt::Debug for LabelLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabelLayer")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl LabelLayer {
    fn build<'a>(
        name: &'static str,
        zooms: RangeInclusive<u8>,
        points: impl Iterator<Item = (WorldPoint, Props<'a>)>,
    ) -> Self {
        let mut dictionary = Dictionary::default();
        let points = points
            .map(|(at, props)| (at, dictionary.enter(props)))
            .collect();
        dictionary.seal();
        Self {
            name,
            zooms,
            points,
            dictionary,
        }
    }

    fn encode(&self, z: u8, x: u32, y: u32) -> Vec<u8> {
        let Some(tile) = Tile::new(z, x, y).filter(|_| self.zooms.contains(&z)) else {
            return Vec::new();
        };
        let mut layer = LayerWriter::new(&self.dictionary);
        for (at, tags) in &self.points {
            let (x, y) = tile.local(*at);
            if (0..EXTENT).contains(&x) && (0..EXTENT).contains(&y) {
                layer.feature(0, tags, &Geometry::point((x, y)));
            }
        }
        layer.finish(self.name)
    }
}
