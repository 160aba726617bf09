//! The people of the tiny city: one for every seat.

use std::collections::BTreeMap;

use accounts::password::{self, Cost};
use kernel::{AccountId, GridId, Moment, OrgId, PersonId, Role};
use sqlx::PgConnection;
use staff::{NewAppointment, NewPerson};

use crate::city::{COMMUNITIES, DISTRICT, SmallCity, TOWNS};
use crate::database::CITY_CODE;

/// The password of every account.
pub const PASSWORD: &str = "gridwork-demo-2026";

/// Somebody who can sign in with [`PASSWORD`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub person: PersonId,
    /// The account.
    pub account: AccountId,
    /// The unit of the seat.
    pub org: Option<OrgId>,
}

/// A seat to be filled.
pub(crate) struct NewSeat {
    login: String,
    role: Role,
    area: Option<i64>,
    org: Option<OrgId>,
    grid: Option<GridId>,
}

pub(crate) fn seats(city: &SmallCity) -> Vec<NewSeat> {
    let centre = Some(city.org("district-grid-centre", DISTRICT));
    let urban = Some(city.org("district-urban", DISTRICT));
    let sanitation = Some(city.org("district-sanitation", DISTRICT));
    let committee = Some(city.org("community-committee", COMMUNITIES[0].0));
    let (district, whole) = (Some(DISTRICT), Some(CITY_CODE));
    let eastern = Some(TOWNS[1].0);
    let first = Some(COMMUNITIES[0].0);
    let mut seats = Vec::new();
    let mut seat = |login: &str, role, area, org, grid| {
        seats.push(NewSeat {
            login: login.to_owned(),
            role,
            area,
            org,
            grid,
        });
    };
    seat("call.1", Role::CallTaker, district, centre, None);
    for n in 1..=2 {
        seat(
            &format!("accept.{n}"),
            Role::Acceptor,
            district,
            centre,
            None,
        );
        seat(
            &format!("dispatch.{n}"),
            Role::Dispatcher,
            district,
            centre,
            None,
        );
        seat(
            &format!("shift.{n}"),
            Role::ShiftSupervisor,
            district,
            centre,
            None,
        );
        seat(
            &format!("verify.{n}"),
            Role::Verifier,
            district,
            centre,
            None,
        );
        seat(&format!("handler.cg.{n}"), Role::Handler, None, urban, None);
    }
    seat("accept.t2", Role::Acceptor, eastern, centre, None);
    seat("dispatch.t2", Role::Dispatcher, eastern, centre, None);
    seat("lead.cg.1", Role::UnitLead, None, urban, None);
    seat("handler.hw.1", Role::Handler, None, sanitation, None);
    seat("lead.hw.1", Role::UnitLead, None, sanitation, None);
    seat("chief.1", Role::GridChief, first, committee, None);
    for (n, (grid, _)) in (1..=2).zip(&city.grids) {
        seat(
            &format!("grid.{n}"),
            Role::GridWorker,
            None,
            committee,
            Some(*grid),
        );
    }
    let city_centre = Some(city.org("city-grid-centre", CITY_CODE));
    seat("supervisor.1", Role::Supervisor, whole, city_centre, None);
    seat(
        "city.shift.1",
        Role::ShiftSupervisor,
        whole,
        city_centre,
        None,
    );
    for (n, (town, ..)) in (1..=2).zip(TOWNS) {
        let office = Some(city.org("town-office", town));
        seat(
            &format!("lead.town.{n}"),
            Role::UnitLead,
            None,
            office,
            None,
        );
    }
    for n in 1..=2 {
        let login = format!("net.{n}");
        seat(&login, Role::NetKeeper, district, centre, None);
    }
    let western = Some(TOWNS[0].0);
    seat("keeper.1", Role::PeopleKeeper, western, None, None);
    seat("keeper.2", Role::PeopleKeeper, district, None, None);
    let first_grid = city.grids.first().map(|g| g.0);
    seat("liaison.1", Role::LiaisonOfficer, None, None, first_grid);
    seat("admin.system", Role::SystemAdmin, whole, None, None);
    seat("admin.security", Role::SecurityAdmin, whole, None, None);
    seat("admin.audit", Role::AuditAdmin, whole, None, None);
    seats
}

/// Somebody who keeps an otherwise empty city: signs in as `admin.system`.
///
/// # Panics
/// When they cannot be stored.
pub async fn admin(pool: &sqlx::PgPool) {
    let since = kernel::Clock::default().now().plus_s(-86_400);
    let mut tx = pool.begin().await.expect("a transaction begins");
    let seat = NewSeat {
        login: "admin.system".to_owned(),
        role: Role::SystemAdmin,
        area: Some(CITY_CODE),
        org: None,
        grid: None,
    };
    appoint(&mut tx, vec![seat], since).await;
    tx.commit().await.expect("the administrator is stored");
}

pub(crate) async fn appoint(
    conn: &mut PgConnection,
    seats: Vec<NewSeat>,
    since: Moment,
) -> BTreeMap<String, Member> {
    let hash = password::hash(PASSWORD, Cost::Test).expect("the password is hashed");
    let mut members = BTreeMap::new();
    let (mut people, mut appointments, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    for seat in seats {
        let (person, account) = (PersonId::fresh(), AccountId::fresh());
        people.push(NewPerson {
            id: person,
            name: format!("演示 {}", seat.login),
            org: seat.org,
        });
        appointments.push(NewAppointment {
            id: uuid::Uuid::now_v7(),
            person,
            role: seat.role,
            area: seat.area,
            org: seat.org,
            grid: seat.grid,
            from: since,
            to: None,
            kind: staff::Service::FullTime,
            by: None,
        });
        accounts.push(accounts::NewAccount {
            id: account,
            person,
            login: seat.login.clone(),
            password_hash: hash.clone(),
        });
        members.insert(
            seat.login,
            Member {
                person,
                account,
                org: seat.org,
            },
        );
    }
    staff::store::insert_people(conn, &people, since)
        .await
        .expect("the people are stored");
    staff::desk::appoint(conn, &appointments, since)
        .await
        .expect("the people are appointed");
    accounts::store::insert_accounts(conn, &accounts, since)
        .await
        .expect("the accounts are stored");
    members
}
