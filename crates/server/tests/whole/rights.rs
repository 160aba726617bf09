//! Every route as every role, in and out of area: generated from the table of rights.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use kernel::actor::code_range;
use kernel::{Capability, Need, Role, RouteRule};
use serde_json::json;
use server::boot::{City, rules};
use server::settings::Settings;
use sqlx::Row;
use testkit::{Answer, Browser, SmallCity, TestDb};

use crate::process::Folder;

struct Hall {
    db: TestDb,
    city: SmallCity,
    door: Browser,
    _folder: Folder,
}

async fn hall() -> Hall {
    let db = testkit::database().await;
    let city = testkit::small_city(&db.pool).await;
    let folder = Folder::new("rights");
    let settings = Settings {
        data: folder.0.clone(),
        key: Some("07".repeat(32)),
        ..Settings::default()
    };
    let open = City::open(&settings, &db.url).await.unwrap();
    let (router, _) = open.router().unwrap();
    Hall {
        db,
        city,
        door: Browser::new(router),
        _folder: folder,
    }
}

/// A case of the western town's first grid, and one of the eastern town.
async fn two_cases(hall: &Hall) -> [(String, i64, bool); 2] {
    let mut call = hall.door.signed_in("call.1").await;
    let mut cases = Vec::new();
    for (community, first_grid) in [(0, true), (2, false)] {
        let (lon, lat) = hall.city.place(community, 0);
        let id = uuid::Uuid::now_v7().to_string();
        let report = json!({"id": id, "text": "路边有一堆垃圾没人清理", "matter": "M0101", "lon": lon, "lat": lat,
                            "source": "call"});
        let answer = call.post("/api/cases", report).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        cases.push((
            id,
            hall.city.communities[usize::from(community)],
            first_grid,
        ));
    }
    cases.try_into().unwrap()
}

/// A seat: role, area, unit, grid.
type Seat = (Role, Option<i64>, Option<uuid::Uuid>, Option<uuid::Uuid>);

/// What each member holds, read from the database and not from the code that is tried.
async fn seats(db: &TestDb) -> BTreeMap<String, Vec<Seat>> {
    let rows = sqlx::query(
        "select c.login, a.role, a.area, a.org, a.grid
         from accounts c join appointments a on a.person = c.person",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut seats: BTreeMap<String, Vec<Seat>> = BTreeMap::new();
    for row in rows {
        let seat = (
            row.get("role"),
            row.get("area"),
            row.get("org"),
            row.get("grid"),
        );
        seats.entry(row.get("login")).or_default().push(seat);
    }
    seats
}

fn filled(path: &str, case: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{z}" => "12",
            "{x}" => "3413",
            "{y}" => "1657",
            "{net}" => "1",
            "{code}" => "3204020010011001",
            "{variant}" => "full",
            p if p.starts_with('{') => case,
            p => p,
        })
        .collect::<Vec<_>>()
        .join("/")
}

async fn ask(browser: &mut Browser, rule: &RouteRule, path: &str) -> Answer {
    let request = Request::builder().method(rule.method).uri(path);
    let request = match rule.method {
        "GET" => request.body(Body::empty()),
        _ => request
            .header("content-type", "application/json")
            .body(Body::from("{}")),
    };
    browser.request(request.unwrap()).await
}

/// Would end the session the test goes on with.
fn ends_the_session(rule: &RouteRule) -> bool {
    rule.method == "DELETE" && matches!(rule.path, "/api/session" | "/api/sessions")
}

#[tokio::test]
async fn every_route_asks_every_role_for_what_the_table_says() {
    let hall = hall().await;
    let [(case, ..), _] = two_cases(&hall).await;
    let mut anybody = hall.door.clone();
    let known = rules().concat();
    assert!(known.len() > 40, "the table is whole");
    for rule in known.iter().filter(|r| r.need != Need::Public) {
        let answer = ask(&mut anybody, rule, &filled(rule.path, &case)).await;
        assert_eq!(
            answer.code(),
            "session.missing",
            "{} {}",
            rule.method,
            rule.path
        );
        assert_eq!(answer.status, 401);
    }
    for (login, seats) in seats(&hall.db).await {
        let mut browser = hall.door.signed_in(&login).await;
        for rule in known.iter().filter(|r| !ends_the_session(r)) {
            let may = match rule.need {
                Need::Public | Need::Session => true,
                Need::Can(capability) => seats
                    .iter()
                    .any(|s| s.0.capabilities().contains(&capability)),
            };
            let answer = ask(&mut browser, rule, &filled(rule.path, &case)).await;
            let what = format!("{login}: {} {} → {}", rule.method, rule.path, answer.status);
            if may {
                assert_ne!(answer.status, 401, "{what}");
                assert_ne!(answer.code(), "right.missing", "{what}");
                assert!(answer.status < 500, "{what} {:?}", answer.body);
            } else {
                assert_eq!(answer.status, 403, "{what}");
                assert_eq!(answer.code(), "right.missing", "{what}");
                assert!(
                    !String::from_utf8_lossy(&answer.body).contains("垃圾"),
                    "{what}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_lies_out_of_area_is_not_there_on_any_route_of_a_case() {
    let hall = hall().await;
    let cases = two_cases(&hall).await;
    let of_cases: Vec<RouteRule> = rules()
        .concat()
        .into_iter()
        .filter(|r| r.path.starts_with("/api/cases/{id}"))
        .collect();
    assert!(of_cases.len() >= 5);
    let mut hidden = 0;
    for (login, seats) in seats(&hall.db).await {
        if !seats
            .iter()
            .any(|s| s.0.capabilities().contains(&Capability::ReadCases))
        {
            continue;
        }
        let mut browser = hall.door.signed_in(&login).await;
        for (id, community, first_grid) in &cases {
            let parties: Vec<(uuid::Uuid,)> =
                sqlx::query_as("select org from case_parties where case_id = $1::text::uuid")
                    .bind(id)
                    .fetch_all(&hall.db.pool)
                    .await
                    .unwrap();
            let visible = seats.iter().any(|(role, area, org, grid)| {
                let by_area = !matches!(role, Role::Handler | Role::UnitLead)
                    && area.is_some_and(|a| {
                        let (first, last) = code_range(a);
                        (first..=last).contains(community)
                    });
                let by_part = org.is_some_and(|o| parties.iter().any(|p| p.0 == o));
                let by_grid = *first_grid && *grid == Some(hall.city.grids[0].0.0);
                by_area || by_part || by_grid
            });
            for rule in &of_cases {
                let Need::Can(capability) = rule.need else {
                    continue;
                };
                if !seats
                    .iter()
                    .any(|s| s.0.capabilities().contains(&capability))
                {
                    continue;
                }
                let answer = ask(&mut browser, rule, &filled(rule.path, id)).await;
                let what = format!("{login}: {} {} → {}", rule.method, rule.path, answer.status);
                if rule.method == "GET" && rule.path == "/api/cases/{id}" {
                    assert_eq!(answer.status, if visible { 200 } else { 404 }, "{what}");
                }
                if !visible {
                    hidden += 1;
                    // The form may be found at fault before the case is looked for.
                    assert!(matches!(answer.status, 404 | 422), "{what}");
                    assert!(
                        !String::from_utf8_lossy(&answer.body).contains("垃圾"),
                        "{what}"
                    );
                }
            }
        }
    }
    assert!(hidden > 20, "some cases were out of somebody's area");
}
