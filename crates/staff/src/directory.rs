//! The units in force in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use kernel::{OrgId, Result};
use sqlx::PgPool;

use crate::model::Unit;
use crate::store;

/// The directory of units, shared by all; cheap to clone. Every clone sees a reload.
#[derive(Debug, Clone)]
pub struct Directory {
    current: Arc<RwLock<Arc<Units>>>,
}

/// The units as they were when read.
#[derive(Debug, Default)]
pub struct Units {
    ordered: Vec<Arc<Unit>>,
    by_id: HashMap<OrgId, Arc<Unit>>,
    by_key_area: HashMap<(String, i64), Arc<Unit>>,
}

impl Directory {
    /// Reads the units from the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(pool: &PgPool) -> Result<Self> {
        let units = Units::new(store::units(pool).await?);
        Ok(Self {
            current: Arc::new(RwLock::new(Arc::new(units))),
        })
    }

    /// Reads the units again.
    ///
    /// # Errors
    /// When the database fails; then those held stay.
    pub async fn reload(&self, pool: &PgPool) -> Result<()> {
        let fresh = Arc::new(Units::new(store::units(pool).await?));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The units in force. Hold it for one request, not longer.
    #[must_use]
    pub fn current(&self) -> Arc<Units> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Units {
    /// The directory of these units, which keep their order in lists.
    #[must_use]
    pub fn new(units: Vec<Unit>) -> Self {
        let ordered: Vec<_> = units.into_iter().map(Arc::new).collect();
        Self {
            by_id: ordered.iter().map(|u| (u.id, u.clone())).collect(),
            by_key_area: ordered
                .iter()
                .map(|u| ((u.key.clone(), u.area), u.clone()))
                .collect(),
            ordered,
        }
    }

    /// The unit with this id.
    #[must_use]
    pub fn get(&self, id: OrgId) -> Option<Arc<Unit>> {
        self.by_id.get(&id).cloned()
    }

    /// The unit that does this kind of work in exactly this area.
    #[must_use]
    pub fn by_key_area(&self, key: &str, area: i64) -> Option<Arc<Unit>> {
        self.by_key_area.get(&(key.to_owned(), area)).cloned()
    }

    /// At most `limit` units whose Chinese name, English name or key hold `query` and whose area lies
    /// in `area_range` (inclusive), in order of area and key.
    #[must_use]
    pub fn find(&self, query: &str, area_range: (i64, i64), limit: usize) -> Vec<Arc<Unit>> {
        let query = query.trim().to_lowercase();
        let holds = |u: &&Arc<Unit>| {
            (area_range.0..=area_range.1).contains(&u.area)
                && (u.name_zh.contains(&query)
                    || u.key.contains(&query)
                    || u.name_en.to_lowercase().contains(&query))
        };
        self.ordered
            .iter()
            .filter(holds)
            .take(limit)
            .cloned()
            .collect()
    }

    /// All units, in order of area and key.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Unit>> {
        self.ordered.iter()
    }
}
