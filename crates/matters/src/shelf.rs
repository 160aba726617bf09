//! The catalogue, routing rules and the suggester in memory, replaced whole when they change.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use kernel::actor::code_range;
use kernel::{Error, Moment, Result};
use sqlx::{PgConnection, PgPool};

use crate::catalogue::{Catalogue, Grade, Matter};
use crate::model::Listing;
use crate::routing::table::{RoutingRule, Rules, widening};
use crate::store;
use crate::suggest::{Alias, Memory, Suggester};

/// How sure an alias that stands in the catalogue makes.
const ALIAS_WEIGHT: f64 = 2.0;

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
    /// Who answers for what, where and when.
    pub rules: Rules,
    past: HashMap<(String, u32), Matter>,
    grades: HashMap<i64, Grade>,
    listings: HashMap<String, Vec<Listing>>,
    stamp: String,
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

    /// Reads the catalogue again if it was changed, by this server or another; answers whether it was.
    ///
    /// # Errors
    /// When the database fails; then what was held stays.
    pub async fn refresh(&self, pool: &PgPool) -> Result<bool> {
        let changed = store::drafts::stamp(pool).await? != self.current().stamp;
        if changed {
            self.reload(pool).await?;
        }
        Ok(changed)
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
        // Read before the rest: what changes meanwhile is read again.
        let stamp = store::drafts::stamp(pool).await?;
        let catalogue = Catalogue::new(store::matters(pool).await?);
        let mut aliases = store::aliases(pool).await?;
        for matter in catalogue.matters() {
            aliases.extend(matter.more.aliases.iter().map(|alias| Alias {
                code: matter.code.clone(),
                alias: alias.clone(),
                weight: ALIAS_WEIGHT,
            }));
        }
        let past = store::versions::past(pool).await?.into_iter();
        let past = past.map(|m| ((m.code.clone(), m.version), m)).collect();
        let grades = store::versions::grades(pool).await?;
        let mut listings: HashMap<String, Vec<Listing>> = HashMap::new();
        for listing in store::admissions::listings(pool).await? {
            let of_matter = listings.entry(listing.matter.clone()).or_default();
            of_matter.push(listing);
        }
        let memory = store::memory(pool).await?;
        let rules = Rules::new(store::rules(pool).await?);
        // Segmenting every alias takes a few tenths of a second.
        tokio::task::spawn_blocking(move || {
            let suggester = Suggester::new(&catalogue, &aliases, Memory::from_counts(memory));
            Self {
                catalogue,
                suggester,
                rules,
                past,
                grades,
                listings,
                stamp,
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

    /// A version of a matter, in force or past; `None` where neither is known.
    #[must_use]
    pub fn version(&self, code: &str, version: u32) -> Option<&Matter> {
        let now = self.catalogue.get(code).filter(|m| m.version == version);
        now.or_else(|| self.past.get(&(code.to_owned(), version)))
    }

    /// The grade of a place: of the narrowest area that has one.
    #[must_use]
    pub fn grade(&self, area: i64) -> Option<Grade> {
        widening(area).find_map(|wide| self.grades.get(&wide).copied())
    }

    /// Whether the matter may be put on grids in this area at this moment.
    #[must_use]
    pub fn listed(&self, matter: &str, area: i64, at: Moment) -> bool {
        let holds = |listing: &Listing| {
            let (first, last) = code_range(listing.area);
            (first..=last).contains(&area)
                && listing.from_at <= at
                && listing.to_at.is_none_or(|end| at < end)
        };
        self.listings
            .get(matter)
            .is_some_and(|all| all.iter().any(holds))
    }

    /// Matters that answer to a class of GB/T 30428.2 or of the hotline, in order of code.
    #[must_use]
    pub fn of_class(&self, class: &str) -> Vec<&Matter> {
        let told = |m: &&Matter| {
            let more = &m.more;
            more.gb_classes
                .iter()
                .chain(&more.hotline_classes)
                .any(|c| c == class)
        };
        self.catalogue.matters().iter().filter(told).collect()
    }

    /// The rules for a matter at a place that hold at every hour, the best first: the narrowest area,
    /// then the greater precedence, then the older. `area` is the community (or wider), twelve digits.
    #[must_use]
    pub fn route(&self, matter: &str, area: i64) -> Vec<&RoutingRule> {
        let rules = self.rules.chain(matter, area, None);
        rules.filter(|rule| rule.body.times.always()).collect()
    }
}
