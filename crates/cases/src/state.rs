//! What the domain's routes and jobs are given, and the books they look things up in.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use kernel::{App, CaseId, Moment, OrgId, Result};
use worktime::Calendar;

use crate::guide::{Guide, Way};
use crate::lifecycle::{Clocks, recount};
use crate::model::{Case, CityRules, MatterFacts};
use crate::store::{self, Precedent};

/// Shared by the routes and jobs of this crate. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// Database, clock, city, key.
    pub app: App,
    /// The net in force.
    pub net: divisions::Net,
    /// Catalogue, routing, suggestion.
    pub shelf: matters::Shelf,
    /// Units.
    pub units: staff::Directory,
    /// Rules, calendar, precedents.
    pub books: Books,
}

/// The city's rules, working calendar and precedents, held in memory; reloaded when they change.
#[derive(Debug, Clone)]
pub struct Books {
    open: Arc<RwLock<Arc<Open>>>,
    serials: Arc<Mutex<Vec<i32>>>,
}

/// One reading of the books.
#[derive(Debug)]
pub struct Open {
    /// The city's rules.
    pub rules: CityRules,
    /// The working calendar, with imported years.
    pub calendar: Calendar,
    /// Precedents in force, oldest first.
    pub precedents: Vec<Precedent>,
}

impl Open {
    /// The ruling that binds `matter` in `area`: the narrowest area, then the newest.
    #[must_use]
    pub fn precedent(&self, matter: &str, area: i64) -> Option<&Precedent> {
        self.precedents
            .iter()
            .rev()
            .filter(|p| p.matter == matter)
            .filter(|p| {
                let (first, last) = kernel::actor::code_range(p.area);
                (first..=last).contains(&area)
            })
            .min_by_key(|p| {
                let (first, last) = kernel::actor::code_range(p.area);
                last - first
            })
    }
}

impl Books {
    /// Reads rules, imported calendar years and precedents.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(pool: &sqlx::PgPool) -> Result<Self> {
        let open = read(pool).await?;
        Ok(Self {
            open: Arc::new(RwLock::new(Arc::new(open))),
            serials: Arc::default(),
        })
    }

    /// Reads them again.
    ///
    /// # Errors
    /// When the database fails; then those held stay.
    pub async fn reload(&self, pool: &sqlx::PgPool) -> Result<()> {
        let fresh = Arc::new(read(pool).await?);
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The books as they stand.
    #[must_use]
    pub fn current(&self) -> Arc<Open> {
        self.open
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The next case number, `YYMMDD-NNNNN`, dated `now` in the city's zone.
    ///
    /// Serials are fetched 64 at a time, so that a report costs no round trip for its number; those
    /// not used when the server stops are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn number(&self, app: &App, now: Moment) -> Result<String> {
        let held = self
            .serials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let serial = match held {
            Some(serial) => serial,
            None => {
                let mut conn = app.db.acquire().await?;
                let mut fresh = store::serials(&mut conn, 64).await?;
                fresh.reverse();
                let first = fresh.pop().unwrap_or(1);
                self.serials
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(fresh);
                first
            }
        };
        Ok(number(now, &app.city.zone, serial))
    }
}

/// The number of the case with this serial, reported `at`.
#[must_use]
pub fn number(at: Moment, zone: &jiff::tz::TimeZone, serial: i32) -> String {
    let day = at.date(zone);
    format!(
        "{:02}{:02}{:02}-{serial:05}",
        day.year() % 100,
        day.month(),
        day.day()
    )
}

async fn read(pool: &sqlx::PgPool) -> Result<Open> {
    let mut conn = pool.acquire().await?;
    let mut calendar = Calendar::china();
    let days = store::calendar_days(&mut conn).await?;
    for chunk in days.chunk_by(|a, b| a.0 == b.0) {
        let Some((year, _)) = chunk.first() else {
            continue;
        };
        let mut text = String::from("date,kind,name_zh,name_en\n");
        for (_, line) in chunk {
            text.push_str(line);
            text.push('\n');
        }
        let year = i16::try_from(*year).unwrap_or_default();
        match Calendar::parse_csv(year, &text) {
            Ok(notice) => calendar = calendar.with_notice(notice),
            Err(errors) => {
                tracing::warn!(year, faults = errors.len(), "a calendar year was not read")
            }
        }
    }
    Ok(Open {
        rules: store::rules(&mut conn).await?,
        calendar,
        precedents: store::precedents(&mut conn).await?,
    })
}

impl State {
    /// Facts of the matter with this code as it is in force, at a place.
    #[must_use]
    pub fn facts(&self, code: &str, area: i64) -> Option<MatterFacts> {
        let shelf = self.shelf.current();
        let matter = shelf.matter(code)?;
        let listed = shelf.listed(code, area, self.app.clock.now());
        Some(MatterFacts::at(matter, shelf.grade(area), listed))
    }

    /// Facts of a case's matter by the version it goes by; of the one in force where it has none.
    #[must_use]
    pub fn facts_of(&self, case: &Case) -> Option<MatterFacts> {
        let shelf = self.shelf.current();
        let code = case.matter.as_deref()?;
        let kept = case.terms.and_then(|terms| {
            let matter = shelf.version(code, terms.version)?;
            let listed = shelf.listed(code, case.area, self.app.clock.now());
            Some(MatterFacts::at(matter, terms.grade, listed))
        });
        kept.or_else(|| self.facts(code, case.area))
    }

    /// What routing looks things up in, as they stand now.
    #[must_use]
    pub fn guide(&self) -> Guide {
        Guide {
            shelf: self.shelf.current(),
            books: self.books.current(),
            units: self.units.current(),
            zone: self.app.city.zone.clone(),
        }
    }

    /// Where the rules send `matter` in community `area` at `at`.
    #[must_use]
    pub fn way(&self, matter: &str, area: i64, at: Moment) -> Option<Way> {
        self.guide().way(matter, area, at)
    }

    /// The rules' way, where a person's choice of `org` is also what they say.
    #[must_use]
    pub fn agreed(
        &self,
        matter: Option<&str>,
        area: i64,
        org: Option<OrgId>,
        at: Moment,
    ) -> Option<Way> {
        matter
            .and_then(|m| self.way(m, area, at))
            .filter(|way| Some(way.org) == org)
    }

    /// Whether the case is drawn for verification: unforeseeable, the same whenever asked again.
    #[must_use]
    pub fn drawn(&self, case: CaseId, version: i32) -> bool {
        let mac = self.app.vault.blind("draw", &format!("{case}/{version}"));
        let first = mac
            .iter()
            .take(4)
            .fold(0_u32, |n, b| (n << 8) | u32::from(*b));
        f64::from(first) / f64::from(u32::MAX) < self.books.current().rules.sampling_rate
    }

    /// Counts provisional deadlines of open cases again, after a calendar was imported. Returns how
    /// many cases moved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recount(&self) -> Result<usize> {
        self.books.reload(&self.app.db).await?;
        let open = self.books.current();
        let mut moved = 0;
        for id in store::open_ids(&self.app.db).await? {
            let mut tx = self.app.db.begin().await?;
            let case = store::lock(&mut tx, id).await?;
            let now = self.app.clock.now();
            let changes = recount(
                &case,
                Clocks {
                    calendar: &open.calendar,
                    now,
                },
            );
            if changes.is_empty() {
                continue;
            }
            let event = crate::model::Event {
                at: now,
                by: crate::model::By::Rule,
                what: crate::model::What::Recounted,
                clocks: changes,
            };
            let after = crate::lifecycle::apply(case.clone(), &event);
            store::record(&mut tx, &case, &after, &[event], &store::Beside::default()).await?;
            tx.commit().await?;
            moved += 1;
        }
        Ok(moved)
    }
}
