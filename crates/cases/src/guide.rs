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
        let best = self.chain(rules, matter, area, at).next();
        let ruling = self
            .books
            .precedent(matter, area)
            .filter(|p| self.may_lead(p.org, matter, area, at))
            .filter(|p| !best.is_some_and(|r| r.body.over_rulings && r.since >= p.made_at));
        match ruling {
            Some(ruling) => Some(Way {
                org: ruling.org,
                why: by_ruling(ruling),
                co: Vec::new(),
            }),
            None => best.map(|rule| self.by_rule(rule, matter, area, at)),
        }
    }

    /// Every unit that answers for it, the rules' choice first, each once.
    #[must_use]
    pub fn ways(&self, matter: &str, area: i64, at: Moment) -> Vec<Way> {
        let mut ways: Vec<Way> = self.way(matter, area, at).into_iter().collect();
        for rule in self.chain(&self.shelf.rules, matter, area, at) {
            if !ways.iter().any(|w| w.org == rule.body.org) {
                ways.push(self.by_rule(rule, matter, area, at));
            }
        }
        ways
    }

    /// The rules that hold at `at` and whose unit may lead, the best first.
    pub fn chain<'a>(
        &'a self,
        rules: &'a Rules,
        matter: &'a str,
        area: i64,
        at: Moment,
    ) -> impl Iterator<Item = &'a RoutingRule> {
        rules
            .chain(matter, area, Some(When::of(at, &self.zone)))
            .filter(move |rule| self.may_lead(rule.body.org, matter, area, at))
    }

    /// Whether the unit is there and may be given the matter: a unit of the grids only what is listed.
    #[must_use]
    pub fn may_lead(&self, org: OrgId, matter: &str, area: i64, at: Moment) -> bool {
        let Some(unit) = self.units.get(org) else {
            return false;
        };
        !of_the_grids(&unit) || self.shelf.listed(matter, area, at)
    }

    /// Whether there is such a unit.
    #[must_use]
    pub fn answers(&self, org: OrgId) -> bool {
        self.units.get(org).is_some()
    }

    fn by_rule(&self, rule: &RoutingRule, matter: &str, area: i64, at: Moment) -> Way {
        let co = rule.body.co.iter().copied();
        Way {
            org: rule.body.org,
            why: Why::Route {
                rule: rule.id,
                area: rule.body.area,
                basis: rule.body.basis.clone(),
            },
            co: co
                .filter(|org| *org != rule.body.org && self.may_lead(*org, matter, area, at))
                .collect(),
        }
    }
}

/// Whether the unit's work falls on the people of the grids: what stands at a community, and grid stations.
#[must_use]
pub fn of_the_grids(unit: &staff::Unit) -> bool {
    unit.level == divisions::Level::Village
        || matches!(
            unit.kind,
            staff::OrgKind::Community | staff::OrgKind::GridStation
        )
}

fn by_ruling(ruling: &Precedent) -> Why {
    Why::Precedent {
        case: ruling.case_id,
        number: ruling.number.clone(),
    }
}
