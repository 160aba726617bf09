//! The current net's geometry: which grids hold a point.

use std::sync::Arc;

use atlas::{LonLat, NetIndex, Polygon, polygon_from_wkb};
use kernel::{Error, Result};

use crate::model::{DivisionInfo, GridKind};
use crate::net::GridRef;
use crate::tiles::Tiles;

/// Point → grid of one net: atlas' index, whose numbers are places in `grids`.
#[derive(Debug)]
pub(crate) struct Ground {
    index: NetIndex,
    grids: Vec<GridRef>,
}

/// What [`Ground::locate`] finds.
pub(crate) struct Found {
    pub grid: GridRef,
    pub dedicated: Option<GridRef>,
    pub border_m: f64,
}

impl Ground {
    pub fn locate(&self, lon: f64, lat: f64) -> Option<Found> {
        let point = LonLat::new(lon, lat).ok()?;
        let located = self.index.locate(point);
        let number = located.basic?;
        Some(Found {
            grid: self.nth(number)?,
            dedicated: located.dedicated.first().and_then(|n| self.nth(*n)),
            border_m: self.index.distance_to_border_m(number, point)?,
        })
    }

    fn nth(&self, number: u32) -> Option<GridRef> {
        self.grids.get(usize::try_from(number).ok()?).cloned()
    }
}

/// Builds index and tiles; `areas` and `shapes` are WKB in step with `divisions` and `grids`.
pub(crate) fn build(
    divisions: &[Arc<DivisionInfo>],
    areas: Vec<Option<Vec<u8>>>,
    grids: &[GridRef],
    shapes: Vec<Vec<u8>>,
) -> Result<(Ground, Tiles)> {
    let polygon = |wkb: &[u8]| {
        polygon_from_wkb(wkb).map_err(|e| Error::ours("reading a polygon of the net", e))
    };
    let mut drawn: Vec<(Arc<DivisionInfo>, Polygon)> = Vec::new();
    for (division, wkb) in divisions.iter().zip(areas) {
        if let Some(wkb) = wkb {
            drawn.push((division.clone(), polygon(&wkb)?));
        }
    }
    let mut laid: Vec<(GridRef, Polygon)> = Vec::with_capacity(grids.len());
    for (grid, wkb) in grids.iter().zip(shapes) {
        laid.push((grid.clone(), polygon(&wkb)?));
    }
    let numbered = (0_u32..)
        .zip(&laid)
        .map(|(n, (grid, polygon))| (n, kind(grid.kind), polygon));
    // Side by side: a swap of the net should be over soon.
    let (index, tiles) = std::thread::scope(|scope| {
        let tiles = scope.spawn(|| Tiles::build(&drawn, &laid));
        (NetIndex::build(0, numbered), tiles.join())
    });
    let tiles = tiles.map_err(|_| Error::ours("drawing the net", "a thread broke off"))?;
    Ok((
        Ground {
            index,
            grids: grids.to_vec(),
        },
        tiles,
    ))
}

fn kind(kind: GridKind) -> atlas::GridKind {
    match kind {
        GridKind::Basic => atlas::GridKind::Basic,
        GridKind::Dedicated => atlas::GridKind::Dedicated,
    }
}
