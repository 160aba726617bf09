//! Which cases a person sees, asked in memory: what the case's page would say.

use kernel::actor::code_range;
use kernel::{Actor, Capability, GridId, OrgId, Role, Seat};

/// What makes a case somebody's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whose {
    /// Its community; the city's code when it is not on the map.
    pub area: i64,
    /// The basic and the dedicated grid.
    pub grids: [Option<GridId>; 2],
    /// Units that have a part in it.
    pub orgs: Vec<OrgId>,
}

/// How far a person sees: areas as ranges of codes, grids, units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Inclusive ranges.
    pub areas: Vec<(i64, i64)>,
    /// Grids, basic or dedicated.
    pub grids: Vec<GridId>,
    /// Units.
    pub orgs: Vec<OrgId>,
}

impl Reach {
    /// How far the person sees.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Self::of_seats(&actor.seats).unwrap_or_default()
    }

    /// How far one sees from these seats; `None` when none of them sees cases.
    ///
    /// A unit's handlers see what their unit has a part in, wherever it lies; every other seat its
    /// area, and what its unit has a part in.
    #[must_use]
    pub fn of_seats(seats: &[Seat]) -> Option<Self> {
        let sees = |s: &&Seat| s.role.capabilities().contains(&Capability::ReadCases);
        seats.iter().find(sees)?;
        let mut reach = Self {
            orgs: seats.iter().filter_map(|s| s.org).collect(),
            ..Self::default()
        };
        for seat in seats.iter().filter(sees) {
            reach.grids.extend(seat.grid);
            if !matches!(seat.role, Role::Handler | Role::UnitLead) {
                reach.areas.extend(seat.area.map(code_range));
            }
        }
        reach.orgs.sort_unstable();
        reach.orgs.dedup();
        Some(reach)
    }

    /// Whether the person sees a case that is so placed and so held.
    #[must_use]
    pub fn sees(&self, whose: &Whose) -> bool {
        self.areas
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&whose.area))
            || whose.orgs.iter().any(|o| self.orgs.contains(o))
            || whose.grids.iter().flatten().any(|g| self.grids.contains(g))
    }
}
