//! How far a person's arm reaches, as the case page has it: area, grid, or a part in the case.

use kernel::actor::code_range;
use kernel::{Actor, Capability, GridId, OrgId, Role};
use sqlx::{Postgres, QueryBuilder};

use super::filter::Filter;

/// What a capability reaches: a case in one of the areas, in one of the grids, or in which one of the
/// units has a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The whole city, also what is not on the map yet.
    pub all: bool,
    /// Codes, first and last.
    pub areas: Vec<(i64, i64)>,
    /// Grids, basic or dedicated.
    pub grids: Vec<GridId>,
    /// Units.
    pub orgs: Vec<OrgId>,
    /// Whether units that once held a case still reach it.
    pub former: bool,
}

impl Reach {
    /// How far `capability` reaches for `actor`.
    ///
    /// Handling follows the unit, never the area alone; seeing also follows every unit the person
    /// belongs to, with what it once held.
    #[must_use]
    pub fn of(actor: &Actor, capability: Capability, city: i64) -> Self {
        let mut reach = Self::default();
        let seats = actor
            .seats
            .iter()
            .filter(|s| s.role.capabilities().contains(&capability));
        let handling = matches!(capability, Capability::HandleCases | Capability::LeadUnit);
        for seat in seats {
            reach.orgs.extend(seat.org);
            if handling {
                continue;
            }
            reach.grids.extend(seat.grid);
            let by_area = seat
                .area
                .filter(|_| !matches!(seat.role, Role::Handler | Role::UnitLead));
            reach.areas.extend(by_area.map(code_range));
        }
        if capability == Capability::ReadCases && actor.can(capability) {
            reach.orgs = actor.orgs();
            reach.former = true;
        }
        reach.orgs.sort_unstable();
        reach.orgs.dedup();
        reach.areas.sort_unstable();
        reach.areas.dedup();
        reach.grids.sort_unstable();
        reach.grids.dedup();
        reach.all = reach.within(code_range(city));
        reach
    }

    /// Whether one of the areas holds all of `range`.
    #[must_use]
    pub fn within(&self, range: (i64, i64)) -> bool {
        self.areas
            .iter()
            .any(|(first, last)| *first <= range.0 && range.1 <= *last)
    }

    /// Whether an area holds the community.
    #[must_use]
    pub fn holds_area(&self, code: i64) -> bool {
        self.within((code, code))
    }

    /// Whether nothing is reached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty() && self.grids.is_empty() && self.orgs.is_empty()
    }

    /// The ways a case may be reached under `filter`: each can be read by an index of its own, and
    /// together they hold every case within reach (some twice). `few`: the filter leaves so few cases that
    /// each is better looked at.
    #[must_use]
    pub fn ways(&self, filter: &Filter, few: bool) -> Vec<Way> {
        let inside = filter.area.is_some_and(|area| self.within(area));
        let led = filter.org.is_some_and(|org| self.orgs.contains(&org));
        if self.all || inside || led {
            return vec![Way::All];
        }
        if few && !self.is_empty() {
            return vec![Way::Any];
        }
        let mut ways = Vec::new();
        let meets = |range: &&(i64, i64)| {
            filter
                .area
                .is_none_or(|area| range.0 <= area.1 && area.0 <= range.1)
        };
        if self.areas.iter().any(|range| meets(&range)) {
            ways.push(Way::Areas);
        }
        if !self.grids.is_empty() {
            ways.push(Way::Grids);
            ways.push(Way::Dedicated);
        }
        if !self.orgs.is_empty() {
            ways.push(Way::Lead);
            ways.push(Way::Part);
        }
        ways
    }

    /// Writes the condition of a way that needs no other table.
    fn push_way(&self, way: Way, sql: &mut QueryBuilder<Postgres>) {
        match way {
            Way::All | Way::Part => {
                sql.push("true");
            }
            Way::Any => self.push_any(sql),
            Way::Areas => push_areas(&self.areas, sql),
            Way::Grids => push_one_of("c.grid", &ids(&self.grids), sql),
            Way::Dedicated => push_one_of("c.dedicated", &ids(&self.grids), sql),
            Way::Lead => push_one_of("c.lead", &units(&self.orgs), sql),
        }
    }

    /// Writes ` from … where …` of a way, as `c`. A unit's other parts are far fewer than the cases, so they
    /// are read first and each case is looked up by its id: `offset 0` keeps the planner, which cannot know
    /// that, from going the other way round. `beside_words`: common words are looked for, beside which an
    /// index narrows to a district only slowly.
    pub fn push_cases(&self, way: Way, beside_words: bool, sql: &mut QueryBuilder<Postgres>) {
        if way == Way::Part {
            sql.push(" from (select distinct ");
            self.push_parts(sql);
            sql.push(
                " offset 0) part
                 cross join lateral (select * from cases where id = part.case_id offset 0) c
                 where true",
            );
        } else if way == Way::Areas && beside_words && self.areas.iter().all(|a| is_wide(*a)) {
            sql.push(" from cases c where ((");
            self.push_way(way, sql);
            sql.push(") is true)");
        } else {
            sql.push(" from cases c where ");
            self.push_way(way, sql);
        }
    }

    fn push_parts(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("p.case_id from case_parties p where p.part <> 'lead' and p.org = any(")
            .push_bind(units(&self.orgs))
            .push(")");
        if !self.former {
            sql.push(" and p.part <> 'former'");
        }
    }

    /// Writes that no way but a unit's other parts reaches the case.
    pub fn push_only_by_part(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("not (false");
        if !self.areas.is_empty() {
            sql.push(" or ");
            push_areas(&self.areas, sql);
        }
        for way in [Way::Grids, Way::Dedicated, Way::Lead] {
            // A case without a lead or a dedicated grid is reached by none.
            sql.push(" or coalesce(");
            self.push_way(way, sql);
            sql.push(", false)");
        }
        sql.push(")");
    }

    /// Writes the whole reach as one condition, for queries that something else narrows.
    pub fn push_any(&self, sql: &mut QueryBuilder<Postgres>) {
        if self.all {
            sql.push("true");
            return;
        }
        sql.push("(false");
        if !self.areas.is_empty() {
            sql.push(" or ");
            push_areas(&self.areas, sql);
        }
        if !self.grids.is_empty() {
            for way in [Way::Grids, Way::Dedicated] {
                sql.push(" or ");
                self.push_way(way, sql);
            }
        }
        if !self.orgs.is_empty() {
            sql.push(" or ");
            self.push_way(Way::Lead, sql);
            // Not tied to the case, so that the parts are read once and not once for each case.
            sql.push(" or c.id in (select ");
            self.push_parts(sql);
            sql.push(")");
        }
        sql.push(")");
    }
}

/// One way a case is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Everything.
    All,
    /// Whatever is reached, as one condition: for the few that words or verbs leave.
    Any,
    /// In the areas.
    Areas,
    /// In the basic grids.
    Grids,
    /// In the dedicated grids.
    Dedicated,
    /// Led by the units.
    Lead,
    /// Another part of the units.
    Part,
}

fn push_areas(areas: &[(i64, i64)], sql: &mut QueryBuilder<Postgres>) {
    sql.push("(");
    for (n, (first, last)) in areas.iter().enumerate() {
        if n > 0 {
            sql.push(" or ");
        }
        push_area((*first, *last), sql);
    }
    sql.push(")");
}

/// Whether the range of codes is a district or more.
#[must_use]
pub fn is_wide((first, last): (i64, i64)) -> bool {
    last - first >= 999_999
}

/// Writes that the case lies in the range of codes.
pub fn push_area((first, last): (i64, i64), sql: &mut QueryBuilder<Postgres>) {
    if first == last {
        sql.push("c.area = ").push_bind(first);
    } else {
        sql.push("c.area between ")
            .push_bind(first)
            .push(" and ")
            .push_bind(last);
    }
}

/// Writes that the column is one of the ids. A single one is written as equal, for then an index gives
/// its rows in order.
pub fn push_one_of(column: &str, ids: &[uuid::Uuid], sql: &mut QueryBuilder<Postgres>) {
    match ids {
        [one] => sql.push(column).push(" = ").push_bind(*one),
        some => sql
            .push(column)
            .push(" = any(")
            .push_bind(some.to_vec())
            .push(")"),
    };
}

/// Ids of grids as bound.
#[must_use]
pub fn ids(grids: &[GridId]) -> Vec<uuid::Uuid> {
    grids.iter().map(|g| g.0).collect()
}

/// Ids of units as bound.
#[must_use]
pub fn units(orgs: &[OrgId]) -> Vec<uuid::Uuid> {
    orgs.iter().map(|o| o.0).collect()
}
