//! The catalogue, routing rules and the suggester in memory, replaced whole when they change.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use kernel::actor::code_range;
use kernel::{Error, OrgId, Result};
use sqlx::{PgConnection, PgPool};

use crate::catalogue::{Catalogue, Matter};
use crate::store::{self, RoutingRule};
use crate::suggest::{Memory, Suggester};

/// The catalogue at hand, shared by all; cheap to clone. Every clone sees a reload.
#[derive(Debug, Clone)]
pub struct Shelf {
    current: Arc<RwLock<Arc<Shelved>>>,
}

/// The catalogue and what belongs to it, as they were when read.
pub struct Shelved {
    /// The matters in force.
    pub catalogue: Catalogue,
    /// Which matter plain words mean.
    pub suggester: Suggester,
    rules: HashMap<String, Vec<RoutingRule>>,
}

/// A unit that answers for a matter at a place, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The unit.
    pub org: OrgId,
    /// The rule's number.
    pub rule: i32,
    /// The area the rule is made for, twelve digits.
    pub area: i64,
    /// The rule's precedence.
    pub precedence: i32,
    /// What the rule rests on.
    pub basis: String,
}

impl std::fmt::Debug for Shelved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelved")
            .field("matters", &self.catalogue.len())
            .field("routed", &self.rules.len())
            .finish_non_exhaustive()
    }
}

impl Shelf {
    /// Reads the catalogue from the database and builds the suggester.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(pool: &PgPool) -> Result<Self> {
        let shelved = Shelved::read(pool).await?;
        Ok(Self {
            current: Arc::new(RwLock::new(Arc::new(shelved))),
        })
    }

    /// Reads the catalogue again, also to make use of what was learnt since.
    ///
    /// # Errors
    /// When the database fails; then what was held stays.
    pub async fn reload(&self, pool: &PgPool) -> Result<()> {
        let fresh = Arc::new(Shelved::read(pool).await?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The catalogue in force. Hold it for one request, not longer.
    #[must_use]
    pub fn current(&self) -> Arc<Shelved> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Remembers that a person chose `code` for `text`: counts of words, never the text. Suggestions
    /// follow it after the next [`Shelf::reload`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remember(&self, conn: &mut PgConnection, text: &str, code: &str) -> Result<()> {
        let shelved = self.current();
        if shelved.matter(code).is_none() {
            return Ok(());
        }
        store::remember(conn, &shelved.suggester.words_of(text), code).await
    }
}

impl Shelved {
    async fn read(pool: &PgPool) -> Result<Self> {
        let catalogue = Catalogue::new(store::matters(pool).await?);
        let aliases = store::aliases(pool).await?;
        let memory = store::memory(pool).await?;
        let mut rules: HashMap<String, Vec<RoutingRule>> = HashMap::new();
        for rule in store::rules(pool).await? {
            rules.entry(rule.matter.clone()).or_default().push(rule);
        }
        // Segmenting every alias takes a few tenths of a second.
        tokio::task::spawn_blocking(move || {
            let suggester = Suggester::new(&catalogue, &aliases, Memory::from_counts(memory));
            Self {
                catalogue,
                suggester,
                rules,
            }
        })
        .await
        .map_err(|e| Error::ours("building the suggester", e))
    }

    /// The matter of a code.
    #[must_use]
    pub fn matter(&self, code: &str) -> Option<&Matter> {
        self.catalogue.get(code)
    }

    /// The units that answer for a matter at a place, the best first: the narrowest area, then the
    /// greater precedence, then the older rule. `area` is the community (or wider), twelve digits.
    #[must_use]
    pub fn route(&self, matter: &str, area: i64) -> Vec<Candidate> {
        let covers = |rule: &&RoutingRule| {
            let (first, last) = code_range(rule.area);
            (first..=last).contains(&area)
        };
        let span = |rule: &RoutingRule| {
            let (first, last) = code_range(rule.area);
            last - first
        };
        let mut fit: Vec<_> = self
            .rules
            .get(matter)
            .into_iter()
            .flatten()
            .filter(covers)
            .collect();
        fit.sort_by_key(|r| (span(r), std::cmp::Reverse(r.precedence), r.id));
        fit.into_iter()
            .map(|r| Candidate {
                org: r.org,
                rule: r.id,
                area: r.area,
                precedence: r.precedence,
                basis: r.basis.clone(),
            })
            .collect()
    }
}
