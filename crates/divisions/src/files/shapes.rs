//! All polygons of one net in memory, for files and map services that give out areas whole.

use std::sync::{Arc, PoisonError, RwLock};

use atlas::{Polygon, polygon_from_wkb};
use kernel::{Error, Moment, Result};
use sqlx::PgPool;

use super::store;
use crate::model::{DivisionInfo, GridInfo};

/// A division with its polygon, if it has one.
#[derive(Debug, Clone)]
pub struct AreaShape {
    /// What it is.
    pub info: DivisionInfo,
    /// Its area in EPSG:4490.
    pub polygon: Option<Polygon>,
}

/// A grid as it was from one net to another.
#[derive(Debug, Clone)]
pub struct GridVersion {
    /// What it is.
    pub info: GridInfo,
    /// Until when it was so; `None` while it is in force.
    pub valid_to: Option<Moment>,
    /// The first net that has it.
    pub net_from: i32,
    /// Its area in EPSG:4490.
    pub polygon: Polygon,
}

/// Every area there is or was, as one consistent reading.
#[derive(Debug)]
pub struct Shapes {
    /// The number of the net in force at that time.
    pub number: i32,
    /// In order of code.
    pub divisions: Vec<AreaShape>,
    /// In order of code, then of the net they came with.
    pub grids: Vec<GridVersion>,
}

impl Shapes {
    /// The grids in force.
    pub fn current(&self) -> impl Iterator<Item = &GridVersion> {
        self.grids.iter().filter(|g| g.valid_to.is_none())
    }

    /// Reads everything. Takes a fraction of a second for 6,257 grids.
    ///
    /// # Errors
    /// When the database fails or a stored polygon cannot be read.
    pub async fn read(pool: &PgPool) -> Result<Self> {
        let (number, divisions, grids) = store::read_shapes(pool).await?;
        let decode = move || {
            let divisions = divisions
                .into_iter()
                .map(|(info, wkb)| {
                    let polygon = wkb.map(|w| polygon(&w)).transpose()?;
                    Ok(AreaShape { info, polygon })
                })
                .collect::<Result<_>>()?;
            let grids = grids
                .into_iter()
                .map(|row| {
                    Ok(GridVersion {
                        polygon: polygon(&row.geometry)?,
                        info: row.info,
                        valid_to: row.valid_to,
                        net_from: row.net_from,
                    })
                })
                .collect::<Result<_>>()?;
            Ok(Self {
                number,
                divisions,
                grids,
            })
        };
        tokio::task::spawn_blocking(decode)
            .await
            .map_err(|e| Error::ours("reading the net's polygons", e))?
    }
}

fn polygon(wkb: &[u8]) -> Result<Polygon> {
    polygon_from_wkb(wkb).map_err(|e| Error::ours("reading a polygon of the net", e))
}

/// The shapes of the net last asked for, kept until another is in force. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct ShapesAt {
    kept: Arc<RwLock<Option<Arc<Shapes>>>>,
}

impl ShapesAt {
    /// The shapes of the net with this number, or of a later one when it was replaced meanwhile.
    ///
    /// # Errors
    /// As [`Shapes::read`].
    pub async fn net(&self, pool: &PgPool, number: i32) -> Result<Arc<Shapes>> {
        let kept = self
            .kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(kept) = kept.filter(|k| k.number >= number) {
            return Ok(kept);
        }
        let fresh = Arc::new(Shapes::read(pool).await?);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        Ok(fresh)
    }
}
