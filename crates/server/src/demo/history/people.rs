//! Who sits where: the people of the demo as the rules see them, found by what they may do.

use std::collections::HashMap;

use cases::lifecycle::Doer;
use cases::model::{By, Case};
use cases::standing;
use kernel::actor::{Seat, code_range};
use kernel::{AccountId, Actor, Capability, GridId, Moment, OrgId, PersonId, Role, SessionId};
use rand::Rng;
use rand::seq::SliceRandom;
use sqlx::PgPool;

/// Everybody who holds a seat.
#[derive(Debug)]
pub(super) struct Roster {
    actors: Vec<Actor>,
    by_role: HashMap<Role, Vec<usize>>,
    by_org: HashMap<OrgId, Vec<usize>>,
    by_grid: HashMap<GridId, Vec<usize>>,
}

type Held = (
    PersonId,
    String,
    Role,
    Option<i64>,
    Option<OrgId>,
    Option<GridId>,
);

impl Roster {
    /// Reads the appointments in force at `now`; they are taken to have been so all year.
    pub async fn read(pool: &PgPool, now: Moment) -> anyhow::Result<Self> {
        let rows: Vec<Held> = sqlx::query_as(
            "select a.person, p.name, a.role, a.area, a.org, a.grid
             from appointments a join people p on p.id = a.person
             where a.valid_to is null or a.valid_to > $1 order by p.name, a.person, a.id",
        )
        .bind(now)
        .fetch_all(pool)
        .await?;
        let mut actors: Vec<Actor> = Vec::new();
        for (person, name, role, area, org, grid) in rows {
            let seat = Seat {
                role,
                area,
                org,
                grid,
                of: None,
            };
            match actors.last_mut().filter(|a| a.person == person) {
                Some(actor) => actor.seats.push(seat),
                None => actors.push(Actor {
                    account: AccountId(uuid::Uuid::nil()),
                    person,
                    session: SessionId(uuid::Uuid::nil()),
                    name,
                    seats: vec![seat],
                    must_change: false,
                }),
            }
        }
        Ok(Self::of(actors))
    }

    fn of(actors: Vec<Actor>) -> Self {
        let mut by_role: HashMap<Role, Vec<usize>> = HashMap::new();
        let mut by_org: HashMap<OrgId, Vec<usize>> = HashMap::new();
        let mut by_grid: HashMap<GridId, Vec<usize>> = HashMap::new();
        let mut put = |at: usize, seat: &Seat| {
            let seats = by_role.entry(seat.role).or_default();
            if seats.last() != Some(&at) {
                seats.push(at);
            }
            if let Some(org) = seat.org
                && seat.role.capabilities().contains(&Capability::HandleCases)
            {
                let seats = by_org.entry(org).or_default();
                if seats.last() != Some(&at) {
                    seats.push(at);
                }
            }
            if let Some(grid) = seat.grid {
                by_grid.entry(grid).or_default().push(at);
            }
        };
        for (at, actor) in actors.iter().enumerate() {
            for seat in &actor.seats {
                put(at, seat);
            }
        }
        Self {
            actors,
            by_role,
            by_org,
            by_grid,
        }
    }

    /// The person at `at`.
    pub fn actor(&self, at: usize) -> &Actor {
        &self.actors[at]
    }

    /// Where `person` stands in the roster.
    pub fn position(&self, person: PersonId) -> Option<usize> {
        self.actors.iter().position(|a| a.person == person)
    }

    /// The person before the case.
    pub fn doer(&self, at: usize, case: &Case) -> Doer {
        standing::doer(case, self.actor(at))
    }

    /// Those of an area's seats who hold `capability` where the case lies, in random order.
    pub fn of_area(&self, capability: Capability, area: i64, rng: &mut impl Rng) -> Vec<usize> {
        let roles = [
            Role::CallTaker,
            Role::Acceptor,
            Role::Dispatcher,
            Role::ShiftSupervisor,
            Role::Verifier,
            Role::Supervisor,
        ];
        let holds = |seat: &Seat, role: Role| {
            seat.role == role
                && seat.area.is_some_and(|a| {
                    let (first, last) = code_range(a);
                    (first..=last).contains(&area) || a == area
                })
        };
        let mut found: Vec<usize> = roles
            .into_iter()
            .filter(|r| r.capabilities().contains(&capability))
            .flat_map(|r| {
                self.by_role
                    .get(&r)
                    .into_iter()
                    .flatten()
                    .map(move |at| (r, *at))
            })
            .filter(|(r, at)| self.actors[*at].seats.iter().any(|s| holds(s, *r)))
            .map(|(_, at)| at)
            .collect();
        found.shuffle(rng);
        found
    }

    /// Those who handle for `org`, in random order.
    pub fn of_unit(&self, org: OrgId, rng: &mut impl Rng) -> Vec<usize> {
        let mut found = self.by_org.get(&org).cloned().unwrap_or_default();
        found.shuffle(rng);
        found
    }

    /// Whether anybody handles for `org`.
    pub fn staffed(&self, org: OrgId) -> bool {
        self.by_org.contains_key(&org)
    }

    /// Workers of a grid, in random order.
    pub fn of_grid(&self, grid: GridId, rng: &mut impl Rng) -> Vec<usize> {
        let mut found = self.by_grid.get(&grid).cloned().unwrap_or_default();
        found.shuffle(rng);
        found
    }

    /// As recorded in a report.
    pub fn by(&self, at: usize) -> By {
        let actor = self.actor(at);
        let reports = |s: &&Seat| s.role.capabilities().contains(&Capability::ReportCases);
        let seat = actor.seats.iter().find(reports).or(actor.seats.first());
        By::Staff {
            person: actor.person,
            org: seat.and_then(|s| s.org),
            role: seat.map_or(Role::GridWorker, |s| s.role),
            of: None,
        }
    }
}
