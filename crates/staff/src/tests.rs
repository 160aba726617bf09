//! Promises of the directory and of appointing, against a real database.

mod keeping;

use kernel::{Moment, PersonId, Role};
use testkit::{Browser, behind_the_door, database, small_city};
use uuid::Uuid;

use crate::lifecycle::{Refusal, fit_together};
use crate::model::{NewAppointment, NewPerson};
use crate::{Directory, RULES, State, desk, routes, store};

#[test]
fn an_administrator_is_nothing_else() {
    let admins = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    for admin in admins {
        for role in Role::ALL {
            let fits = fit_together(&[admin, role]);
            assert_eq!(fits.is_ok(), admin == role, "{admin:?} {role:?}");
        }
    }
    assert_eq!(
        fit_together(&[Role::Acceptor, Role::GridWorker, Role::Dispatcher]),
        Ok(())
    );
    assert_eq!(
        fit_together(&[Role::Acceptor, Role::AuditAdmin]),
        Err(Refusal::RolesConflict)
    );
}

fn appointment(person: PersonId, role: Role, from: Moment) -> NewAppointment {
    let area = Some(320_402_000_000);
    NewAppointment {
        id: Uuid::now_v7(),
        person,
        role,
        area,
        org: None,
        grid: None,
        from,
        to: None,
        kind: crate::model::Service::FullTime,
        by: None,
    }
}

#[tokio::test]
async fn appointing_counts_what_is_held_and_what_is_to_come() {
    let db = database().await;
    small_city(&db.pool).await;
    let now = db.app().clock.now();
    let mut tx = db.pool.begin().await.unwrap();
    let person = PersonId::fresh();
    let new = NewPerson {
        id: person,
        name: "演示 甲".to_owned(),
        org: None,
    };
    store::insert_people(&mut tx, &[new], now).await.unwrap();
    let later = appointment(person, Role::Verifier, now.plus_s(86_400));
    desk::appoint(&mut tx, std::slice::from_ref(&later), now)
        .await
        .unwrap();
    let refused = desk::appoint(&mut tx, &[appointment(person, Role::AuditAdmin, now)], now).await;
    assert_eq!(refused.unwrap_err().code(), "appointment.roles_conflict");
    desk::end(&mut tx, later.id, now.plus_s(90_000))
        .await
        .unwrap();
    let after = now.plus_s(90_001);
    desk::appoint(
        &mut tx,
        &[appointment(person, Role::AuditAdmin, after)],
        after,
    )
    .await
    .unwrap();
    let mut nowhere = appointment(person, Role::AuditAdmin, after);
    nowhere.area = None;
    let refused = desk::appoint(&mut tx, &[nowhere], after).await.unwrap_err();
    assert_eq!(refused.code(), "appointment.nowhere");
}

#[tokio::test]
async fn the_directory_finds_units_by_id_key_and_name() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let units = Directory::load(&db.pool).await.unwrap().current();
    let urban = units.by_key_area("district-urban", city.district).unwrap();
    assert_eq!(urban.name_zh, "天宁区城市管理局");
    assert_eq!(units.get(urban.id), Some(urban.clone()));
    let all = (i64::MIN, i64::MAX);
    assert_eq!(units.find("城市管理局", all, 9).len(), 2);
    assert_eq!(
        units.find("urban management", (city.district, city.district), 9),
        [urban]
    );
    let town = (city.towns[1], city.towns[1] + 999);
    assert!(
        units
            .find("", town, 99)
            .iter()
            .all(|u| (town.0..=town.1).contains(&u.area))
    );
}

#[tokio::test]
async fn units_and_their_people_are_listed_for_staff() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let app = db.app();
    let directory = Directory::load(&db.pool).await.unwrap();
    let router = routes()
        .with_state(State {
            app: app.clone(),
            directory,
            net: divisions::Net::load(&db.pool).await.unwrap(),
        })
        .into();
    let door = Browser::new(behind_the_door(&app, router, &[RULES]).await);
    assert_eq!(
        door.clone().get("/api/orgs").await.code(),
        "session.missing"
    );
    let mut browser = door.signed_in("dispatch.1").await;
    let answer = browser
        .get(&format!("/api/orgs?area={}&limit=3", city.communities[0]))
        .await;
    assert_eq!(answer.json()["orgs"].as_array().unwrap().len(), 3);
    let urban = city.org("district-urban", city.district);
    let answer = browser
        .get(&format!("/api/orgs/{urban}/people"))
        .await
        .json();
    let names: Vec<_> = answer["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].clone())
        .collect();
    assert_eq!(
        names,
        ["演示 handler.cg.1", "演示 handler.cg.2", "演示 lead.cg.1"]
    );
    let missing = format!("/api/orgs/{}/people", Uuid::now_v7());
    assert_eq!(browser.get(&missing).await.code(), "org.not_found");
}
