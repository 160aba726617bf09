//! Promises to those who keep people and units, through HTTP.

use kernel::PersonId;
use serde_json::{Value, json};
use testkit::{Browser, SmallCity, TestDb, behind_the_door, database, small_city};
use uuid::Uuid;

use crate::{ALL_RULES, Directory, State, routes};

struct Hall {
    db: TestDb,
    city: SmallCity,
    door: Browser,
    state: State,
}

async fn hall() -> Hall {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let app = db.app();
    let state = State {
        app: app.clone(),
        directory: Directory::load(&db.pool).await.unwrap(),
        net: divisions::Net::load(&db.pool).await.unwrap(),
    };
    let router = routes().with_state(state.clone()).into();
    let door = Browser::new(behind_the_door(&app, router, &ALL_RULES).await);
    Hall {
        db,
        city,
        door,
        state,
    }
}

impl Hall {
    async fn enter(&self, browser: &mut Browser, name: &str, community: usize) -> String {
        let id = Uuid::now_v7().to_string();
        let org = self
            .city
            .org("community-committee", self.city.communities[community]);
        let form = json!({"id": id, "name": name, "staff_no": format!("W{name}"), "phone": "13812345678", "org": org});
        let answer = browser.post("/api/people", form).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        id
    }

    fn worker(&self, grid: usize) -> Value {
        json!({"id": Uuid::now_v7(), "role": "grid_worker", "kind": "part_time", "grid": self.city.grids[grid].1})
    }
}

#[tokio::test]
async fn a_keeper_appoints_to_grid_posts_of_the_own_area_and_to_nothing_else() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let id = hall.enter(&mut keeper, "甲", 0).await;
    let path = format!("/api/people/{id}/appointments");
    let answer = keeper.post(&path, hall.worker(1)).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let person = &answer.json()["person"];
    assert_eq!(person["phone"], "138****78");
    assert_eq!(person["seats"][0]["kind"], "part_time");
    assert_eq!(person["history"][0]["what"], "appointed");
    // Another town's grid, a seat in the business, an administrator's seat, no grid at all, twice.
    for (form, code) in [
        (hall.worker(5), "appointment.out_of_area"),
        (
            json!({"id": Uuid::now_v7(), "role": "dispatcher", "area": "320402001000"}),
            "appointment.not_a_grid_post",
        ),
        (
            json!({"id": Uuid::now_v7(), "role": "audit_admin", "area": "320402001000"}),
            "appointment.not_a_grid_post",
        ),
        (
            json!({"id": Uuid::now_v7(), "role": "grid_worker", "area": "320402001000"}),
            "appointment.grid_missing",
        ),
        (hall.worker(1), "appointment.held_already"),
        // The own area beside another's grid or unit does not carry the seat over.
        (
            json!({"id": Uuid::now_v7(), "role": "grid_worker", "area": "320402001000", "grid": hall.city.grids[5].1}),
            "appointment.apart",
        ),
        (
            json!({"id": Uuid::now_v7(), "role": "grid_chief", "area": hall.city.communities[0].to_string(),
                   "org": hall.city.org("district-urban", hall.city.district)}),
            "appointment.out_of_area",
        ),
    ] {
        assert_eq!(
            keeper.post(&path, form.clone()).await.code(),
            code,
            "{form}"
        );
    }
    // The same form twice is one seat.
    let form = hall.worker(0);
    assert_eq!(keeper.post(&path, form.clone()).await.status, 200);
    let again = keeper.post(&path, form).await.json();
    assert_eq!(again["person"]["seats"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_person_is_entered_once_and_not_written_over_by_their_id() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let id = Uuid::now_v7();
    let org = hall
        .city
        .org("community-committee", hall.city.communities[0]);
    let form =
        json!({"id": id, "name": "甲", "staff_no": "W1", "phone": "13812345678", "org": org});
    assert_eq!(keeper.post("/api/people", form.clone()).await.status, 200);
    assert_eq!(
        keeper.post("/api/people", form.clone()).await.status,
        200,
        "the same again"
    );
    for (field, other) in [("name", "乙"), ("phone", "13900000000"), ("staff_no", "W2")] {
        let mut form = form.clone();
        form[field] = json!(other);
        let answer = keeper.post("/api/people", form).await;
        assert_eq!(answer.code(), "command.id_reused", "{field}");
    }
    let mut other = form.clone();
    other["id"] = json!(hall.city.member("grid.2").person);
    assert_eq!(
        keeper.post("/api/people", other).await.code(),
        "command.id_reused"
    );
}

#[tokio::test]
async fn standing_in_gives_nobody_what_whoever_enters_it_could_not_give() {
    let hall = hall().await;
    let now = hall.db.app().clock.now();
    let (chief, worker) = (
        hall.city.member("chief.1").person,
        hall.city.member("grid.1").person,
    );
    let lead = hall.city.member("lead.cg.1").person;
    let own = hall.city.member("keeper.2").person;
    let form = |stand_in: PersonId| json!({"id": Uuid::now_v7(), "kind": "annual", "from": now, "to": now.plus_s(86_400), "stand_in": stand_in});
    // The keeper of the district, who may see them all.
    let mut keeper = hall.door.signed_in("keeper.2").await;
    for (away, stand_in, code) in [
        (chief, own, "appointment.own"),
        (lead, own, "appointment.own"),
        (lead, worker, "leave.seats_not_yours"),
    ] {
        let path = format!("/api/people/{away}/leaves");
        let answer = keeper.post(&path, form(stand_in)).await;
        assert_eq!(answer.code(), code, "{:?}", answer.body);
    }
    // A post in a grid of the own area passes.
    let path = format!("/api/people/{chief}/leaves");
    let answer = keeper.post(&path, form(worker)).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
}

#[tokio::test]
async fn the_security_administrator_gives_any_seat_but_never_the_own_and_administrators_stay_apart()
{
    let hall = hall().await;
    let mut admin = hall.door.signed_in("admin.security").await;
    let id = hall.enter(&mut admin, "乙", 0).await;
    let path = format!("/api/people/{id}/appointments");
    let seat = |role: &str| json!({"id": Uuid::now_v7(), "role": role, "area": "320402000000"});
    assert_eq!(admin.post(&path, seat("dispatcher")).await.status, 200);
    assert_eq!(
        admin.post(&path, seat("audit_admin")).await.code(),
        "appointment.roles_conflict"
    );
    let own = hall.city.member("admin.security").person;
    let answer = admin
        .post(&format!("/api/people/{own}/appointments"), seat("verifier"))
        .await;
    assert_eq!(answer.code(), "appointment.own");
}

#[tokio::test]
async fn people_of_another_area_are_not_there() {
    let hall = hall().await;
    let mut wide = hall.door.signed_in("keeper.2").await;
    let id = hall.enter(&mut wide, "丙", 3).await;
    let path = format!("/api/people/{id}/appointments");
    assert_eq!(wide.post(&path, hall.worker(6)).await.status, 200);
    let mut narrow = hall.door.signed_in("keeper.1").await;
    for (path, what) in [
        (format!("/api/people/{id}"), "person.not_found"),
        (format!("/api/people/{id}/departure"), "person.not_found"),
    ] {
        let answer = if path.ends_with("departure") {
            narrow.post(&path, json!({})).await
        } else {
            narrow.get(&path).await
        };
        assert_eq!(answer.code(), what);
    }
    let seen = narrow.get("/api/people?q=丙&limit=200").await.json();
    assert_eq!(seen["total"], 0);
    assert_eq!(wide.get("/api/people?q=丙").await.json()["total"], 1);
    let mut chief = hall.door.signed_in("chief.1").await;
    let own = chief.get("/api/people?limit=200").await.json();
    let names: Vec<&str> = own["people"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|p| p["name"].as_str())
        .collect();
    assert!(
        names.contains(&"演示 grid.1") && !names.contains(&"演示 admin.audit"),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_list_is_paged_by_name_without_gap_or_repetition() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("admin.security").await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = keeper
            .get(&format!("/api/people?limit=7{after}"))
            .await
            .json();
        for person in page["people"].as_array().unwrap() {
            seen.push(person["id"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["after"].as_str() else {
            assert_eq!(page["total"], seen.len());
            break;
        };
        after = format!("&after={next}");
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), seen.len() > 20), (all, true));
}

#[tokio::test]
async fn leave_gives_the_seats_to_the_stand_in_and_takes_them_back() {
    let hall = hall().await;
    let mut chief = hall.door.signed_in("chief.1").await;
    let (away, stand_in) = (
        hall.city.member("grid.1").person,
        hall.city.member("grid.2").person,
    );
    let now = hall.db.app().clock.now();
    let form = json!({"id": Uuid::now_v7(), "kind": "annual", "from": now, "to": now.plus_s(86_400), "stand_in": stand_in});
    let path = format!("/api/people/{away}/leaves");
    let answer = chief.post(&path, form.clone()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let grids = || async {
        let rows: Vec<(Option<Uuid>, Option<Uuid>)> = sqlx::query_as(
            "select grid, of_person from seats where person = $1 and valid_from <= $2
               and (valid_to is null or valid_to > $2) order by of_person nulls first",
        )
        .bind(stand_in.0)
        .bind(hall.db.app().clock.now().plus_s(5))
        .fetch_all(&hall.db.pool)
        .await
        .unwrap();
        rows
    };
    let held = grids().await;
    assert_eq!(
        held,
        [
            (Some(hall.city.grids[1].0.0), None),
            (Some(hall.city.grids[0].0.0), Some(away.0))
        ]
    );
    // Away twice, stood in for by somebody away, by oneself, by an administrator.
    let other = |extra: Value| {
        let mut form = form.clone();
        form["id"] = json!(Uuid::now_v7());
        for (k, v) in extra.as_object().unwrap() {
            form[k] = v.clone();
        }
        form
    };
    assert_eq!(
        chief.post(&path, other(json!({}))).await.code(),
        "leave.overlaps"
    );
    let back = format!("/api/people/{stand_in}/leaves");
    assert_eq!(
        chief
            .post(&back, other(json!({"stand_in": away})))
            .await
            .code(),
        "leave.overlaps"
    );
    let answer = chief.post(&path, other(json!({"stand_in": away}))).await;
    assert_eq!(answer.code(), "form.invalid");
    let leave = form["id"].as_str().unwrap();
    let answer = chief
        .post(&format!("/api/leaves/{leave}/call-off"), json!({}))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(grids().await.len(), 1);
}

fn sheet(hall: &Hall, rows: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let mut text = "工号,姓名,手机号,岗位,任职方式,网格编码,起始日期\n".to_owned();
    for (number, name, role, grid) in rows {
        text += &format!("{number},{name},13900001111,{role},兼职,{grid},2026-01-05\n");
    }
    let _ = hall;
    text.into_bytes()
}

async fn take_in(hall: &Hall, bytes: Vec<u8>, try_only: bool) -> crate::import::Report {
    let mut tx = hall.db.pool.begin().await.unwrap();
    let report = crate::import::People {
        state: &hall.state,
        actor: None,
        lang: kernel::Lang::Zh,
        now: hall.db.app().clock.now(),
    }
    .take_in(&mut tx, bytes, try_only)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    report
}

#[tokio::test]
async fn a_sheet_is_tried_taken_once_and_changes_nothing_the_second_time() {
    let hall = hall().await;
    let (a, b) = (hall.city.grids[0].1.clone(), hall.city.grids[1].1.clone());
    let rows = [
        ("9001", "孙一", "网格员", a.as_str()),
        ("9001", "孙一", "志愿者", b.as_str()),
        ("9002", "孙二", "网格员", b.as_str()),
    ];
    let report = take_in(&hall, sheet(&hall, &rows), true).await;
    assert_eq!(
        (report.stored, report.new, report.seats_new, report.faults),
        (false, 2, 3, 0),
        "{report:?}"
    );
    assert_eq!(report.preview[0][2], "139****11");
    let report = take_in(&hall, sheet(&hall, &rows), false).await;
    assert_eq!((report.stored, report.new, report.seats_new), (true, 2, 3));
    let report = take_in(&hall, sheet(&hall, &rows), false).await;
    assert_eq!(
        (
            report.new,
            report.changed,
            report.same,
            report.seats_new,
            report.seats_changed
        ),
        (0, 0, 2, 0, 0)
    );
    let moved = [("9002", "孙贰", "网格员", a.as_str())];
    let report = take_in(&hall, sheet(&hall, &moved), false).await;
    assert_eq!((report.changed, report.seats_new), (1, 1));
}

#[tokio::test]
async fn every_faulty_cell_is_named_and_nothing_is_stored() {
    let hall = hall().await;
    let grid = hall.city.grids[0].1.clone();
    let rows = [
        ("9001", "孙一", "网格员", grid.as_str()),
        ("9001", "孙二", "网格员", grid.as_str()),
        ("9003", "孙三", "保安", grid.as_str()),
        ("9004", "孙四", "网格员", "999"),
        ("9005", "孙五", "网格员", ""),
        ("9006", "孙六", "审计管理员", grid.as_str()),
        ("", "孙七", "网格员", grid.as_str()),
    ];
    let report = take_in(&hall, sheet(&hall, &rows), false).await;
    assert!(!report.stored);
    let told: Vec<(u32, &str)> = report.errors.iter().map(|e| (e.row, e.code)).collect();
    assert_eq!(
        told,
        [
            (3, "sheet.person_differs"),
            (3, "sheet.seat_twice"),
            (4, "sheet.role_unknown"),
            (5, "sheet.grid_unknown"),
            (6, "appointment.nowhere"),
            (7, "sheet.admin_by_hand"),
            (8, "field.missing"),
        ]
    );
    assert_eq!(report.errors[2].detail, "第 4 行“岗位”：没有岗位“保安”");
    let count: i64 = sqlx::query_scalar("select count(*) from people where staff_no like '900%'")
        .fetch_one(&hall.db.pool)
        .await
        .unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn a_keepers_sheet_stays_in_the_own_area_and_an_export_can_be_put_back() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let id = hall.enter(&mut keeper, "丁", 0).await;
    let path = format!("/api/people/{id}/appointments");
    assert_eq!(keeper.post(&path, hall.worker(1)).await.status, 200);
    let file = keeper.get("/api/people/export.xlsx?q=W丁").await;
    assert_eq!(file.status, 200);
    let report = take_in(&hall, file.body.to_vec(), false).await;
    assert_eq!(
        (report.faults, report.same, report.seats_new),
        (0, 1, 0),
        "{report:?}"
    );
    let far = hall.city.grids[6].1.clone();
    let (send, mark) = form_of(&sheet(&hall, &[("9100", "孙", "网格员", &far)]));
    let request = axum::http::Request::post("/api/people/import?try_only=false")
        .header("content-type", mark)
        .body(axum::body::Body::from(send))
        .unwrap();
    let answer = keeper.request(request).await.json();
    assert_eq!(answer["errors"][0]["code"], "appointment.out_of_area");
    assert_eq!(answer["stored"], false);
}

fn form_of(bytes: &[u8]) -> (Vec<u8>, &'static str) {
    let mut body =
        b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    (body, "multipart/form-data; boundary=x")
}

#[tokio::test]
async fn a_unit_is_founded_given_a_section_changed_and_closed_when_nothing_is_bound_to_it() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let (unit, section) = (Uuid::now_v7(), Uuid::now_v7());
    let form = json!({"id": unit, "kind": "town", "key": "town-people", "area": "320402001000", "name_zh": "队伍建设办公室"});
    let answer = keeper.post("/api/orgs", form.clone()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(
        keeper.post("/api/orgs", form).await.status,
        200,
        "the same again"
    );
    let below = json!({"id": section, "kind": "section", "parent": unit, "name_zh": "招募科",
        "duty_hours": "1-5 8:30-17:30"});
    assert_eq!(keeper.post("/api/orgs", below).await.status, 200);
    let page = keeper.get(&format!("/api/orgs/{unit}")).await.json();
    assert_eq!(page["org"]["below"][0]["name_zh"], "招募科");
    let wrong = json!({"kind": "town", "name_zh": "队伍办", "duty_hours": "weekdays"});
    let answer = keeper.put(&format!("/api/orgs/{unit}"), wrong).await;
    assert_eq!(answer.json()["fields"][0]["code"], "hours.unreadable");
    let close = format!("/api/orgs/{unit}/close");
    assert_eq!(
        keeper.post(&close, json!({})).await.code(),
        "org.has_sections"
    );
    let closed = keeper
        .post(&format!("/api/orgs/{section}/close"), json!({}))
        .await;
    assert_eq!(closed.status, 200);
    assert_eq!(keeper.post(&close, json!({})).await.status, 200);
    let elsewhere = json!({"id": Uuid::now_v7(), "kind": "town", "key": "town-people", "area": "320402002000", "name_zh": "队伍办"});
    let answer = keeper.post("/api/orgs", elsewhere).await;
    assert_eq!(
        answer.json()["fields"][0]["code"],
        "appointment.out_of_area"
    );
}

#[tokio::test]
async fn an_export_of_units_put_back_changes_nothing() {
    let hall = hall().await;
    let mut admin = hall.door.signed_in("admin.system").await;
    let file = admin.get("/api/orgs/export.xlsx").await;
    let mut tx = hall.db.pool.begin().await.unwrap();
    let report = crate::import::UnitsSheet {
        state: &hall.state,
        actor: None,
        lang: kernel::Lang::En,
        now: hall.db.app().clock.now(),
    }
    .take_in(&mut tx, file.body.to_vec(), false)
    .await
    .unwrap();
    assert_eq!(
        (report.faults, report.new, report.changed),
        (0, 0, 0),
        "{:?}",
        report.errors
    );
    assert!(report.same > 60);
}

#[tokio::test]
async fn who_leaves_the_house_holds_no_seat_and_can_be_found_among_those_gone() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let id = hall.enter(&mut keeper, "戊", 0).await;
    let path = format!("/api/people/{id}/appointments");
    assert_eq!(keeper.post(&path, hall.worker(1)).await.status, 200);
    let gone = keeper
        .post(&format!("/api/people/{id}/departure"), json!({}))
        .await;
    assert_eq!(gone.status, 200, "{:?}", gone.body);
    assert_eq!(
        keeper.post(&path, hall.worker(1)).await.code(),
        "person.left"
    );
    let found = keeper.get("/api/people?state=left").await.json();
    assert_eq!(found["people"][0]["id"], id);
    let _: PersonId = id.parse().unwrap();
}
