//! Where a matter goes at a place and moment: a ruling on a like case first, then the routing table.

use std::sync::Arc;

use jiff::tz::TimeZone;
use kernel::{Moment, OrgId};
use matters::routing::table::{RoutingRule, Rules, When};

use crate::model::Why;
use crate::state::Open;
use crate::store::Precedent;

/// What routing looks things up in, as they were when it was asked. Hold it for one request.
#[derive(Debug, Clone)]
pub struct Guide {
    /// The catalogue and its routing.
    pub shelf: Arc<matters::Shelved>,
    /// Rulings.
    pub books: Arc<Open>,
    /// Units.
    pub units: Arc<staff::Units>,
    /// The city's zone.
    pub zone: TimeZone,
}

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The unit that leads.
    pub org: OrgId,
    /// Why there.
    pub why: Why,
    /// Units that co-handle.
    pub co: Vec<OrgId>,
}

impl Guide {
    /// Where the rules in force send `matter` in community `area` at `at`.
    #[must_use]
    pub fn way(&self, matter: &str, area: i64, at: Moment) -> Option<Way> {
        self.way_by(&self.shelf.rules, matter, area, at)
    }

    /// Where `rules` would send it. A ruling goes first, unless the best rule is newer than it and
    /// was made to go before rulings; a unit that is gone is passed over for the next.
    #[must_use]
    pub fn way_by(&self, rules: &Rules, matter: &str, area: i64, at: Moment) -> Option<Way> {
        let best = self.chain(rules, matter, area, Some(at)).next();
        let ruling = self
            .books
            .precedent(matter, area)
            .filter(|p| self.answers(p.org))
            .filter(|p| !best.is_some_and(|r| r.body.over_rulings && r.since >= p.made_at));
        match ruling {
            Some(ruling) => Some(Way {
                org: ruling.org,
                why: by_ruling(ruling),
                co: Vec::new(),
            }),
            None => best.map(|rule| self.by_rule(rule)),
        }
    }

    /// Every unit that answers for it, the rules' choice first, each once.
    #[must_use]
    pub fn ways(&self, matter: &str, area: i64, at: Moment) -> Vec<Way> {
        let mut ways: Vec<Way> = self.way(matter, area, at).into_iter().collect();
        for rule in self.chain(&self.shelf.rules, matter, area, Some(at)) {
            if !ways.iter().any(|w| w.org == rule.body.org) {
                ways.push(self.by_rule(rule));
            }
        }
        ways
    }

    /// The rules whose unit is there, the best first; at all hours where `at` is not given.
    pub fn chain<'a>(
        &'a self,
        rules: &'a Rules,
        matter: &str,
        area: i64,
        at: Option<Moment>,
    ) -> impl Iterator<Item = &'a RoutingRule> {
        let when = at.map(|at| When::of(at, &self.zone));
        rules
            .chain(matter, area, when)
            .filter(|rule| self.answers(rule.body.org))
    }

    /// Whether there is such a unit.
    #[must_use]
    pub fn answers(&self, org: OrgId) -> bool {
        self.units.get(org).is_some()
    }

    fn by_rule(&self, rule: &RoutingRule) -> Way {
        let co = rule.body.co.iter().copied();
        Way {
            org: rule.body.org,
            why: Why::Route {
                rule: rule.id,
                area: rule.body.area,
                basis: rule.body.basis.clone(),
            },
            co: co
                .filter(|org| *org != rule.body.org && self.answers(*org))
                .collect(),
        }
    }
}

fn by_ruling(ruling: &Precedent) -> Why {
    Why::Precedent {
        case: ruling.case_id,
        number: ruling.number.clone(),
    }
}
