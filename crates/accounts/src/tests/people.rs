//! Promises about ways in, looks at numbers and lists that leave the house.

use serde_json::{Value, json};
use testkit::{Browser, SmallCity, TestDb, behind_the_door, database, small_city};
use uuid::Uuid;

struct Hall {
    db: TestDb,
    city: SmallCity,
    door: Browser,
}

async fn hall() -> Hall {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let app = db.app();
    let net = divisions::Net::load(&db.pool).await.unwrap();
    let units = staff::Directory::load(&db.pool).await.unwrap();
    let given = staff::State {
        app: app.clone(),
        directory: units,
        net,
    };
    let router = staff::routes().with_state(given).into();
    let door = Browser::new(behind_the_door(&app, router, &staff::ALL_RULES).await);
    Hall { db, city, door }
}

impl Hall {
    async fn worker(&self, keeper: &mut Browser, number: &str) -> String {
        let id = Uuid::now_v7().to_string();
        let org = self
            .city
            .org("community-committee", self.city.communities[0]);
        let form = json!({"id": id, "name": "新人", "staff_no": number, "phone": "13812345678", "org": org});
        assert_eq!(keeper.post("/api/people", form).await.status, 200);
        let seat =
            json!({"id": Uuid::now_v7(), "role": "grid_worker", "grid": self.city.grids[0].1});
        let path = format!("/api/people/{id}/appointments");
        assert_eq!(keeper.post(&path, seat).await.status, 200);
        id
    }

    async fn logged(&self, what: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_log where what = $1 and ok")
            .bind(what)
            .fetch_one(&self.db.pool)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_first_password_is_told_once_and_must_be_changed_before_anything_else() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let id = hall.worker(&mut keeper, "W1").await;
    let path = format!("/api/people/{id}/account");
    let answer = keeper.post(&path, json!({})).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let first = answer.json()["password"].as_str().unwrap().to_owned();
    assert_eq!(answer.json()["login"], "w1");
    let mut new = hall.door.clone();
    let sign_in = |password: &str| json!({"login": "w1", "password": password});
    assert_eq!(new.post("/api/session", sign_in(&first)).await.status, 200);
    assert_eq!(new.get("/api/me").await.json()["me"]["must_change"], true);
    assert_eq!(new.get("/api/orgs").await.code(), "password.must_change");
    let change = json!({"old": first, "new": "a longer secret 7"});
    assert_eq!(new.post("/api/me/password", change).await.status, 200);
    assert_eq!(new.get("/api/orgs").await.status, 200);
    // Lost: a new first one ends what was open.
    let again = keeper.post(&path, json!({})).await.json();
    assert_ne!(again["password"], first);
    assert_eq!(new.get("/api/me").await.code(), "session.missing");
    assert_eq!(
        (
            hall.logged("account.opened").await,
            hall.logged("account.reset").await
        ),
        (1, 1)
    );
    assert_eq!(keeper.delete(&path, None).await.status, 200);
    let shut = new
        .post("/api/session", sign_in(again["password"].as_str().unwrap()))
        .await;
    assert_eq!(shut.code(), "session.wrong");
}

#[tokio::test]
async fn nobody_is_let_in_by_whoever_could_not_give_their_seats() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.2").await;
    let dispatcher = hall.city.member("dispatch.1").person;
    let answer = keeper
        .post(&format!("/api/people/{dispatcher}/account"), json!({}))
        .await;
    assert_eq!(answer.code(), "appointment.not_a_grid_post");
    let own = hall.city.member("keeper.2").person;
    let answer = keeper
        .post(&format!("/api/people/{own}/account"), json!({}))
        .await;
    assert_eq!(answer.code(), "appointment.own");
}

#[tokio::test]
async fn a_number_is_shown_for_a_purpose_in_the_own_area_and_logged() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let id = hall.worker(&mut keeper, "W2").await;
    let path = format!("/api/people/{id}/phone");
    let answer = keeper.post(&path, json!({"purpose": "curiosity"})).await;
    assert_eq!(answer.json()["fields"][0]["code"], "person.purpose");
    let answer = keeper.post(&path, json!({"purpose": "duty"})).await;
    assert_eq!(answer.json()["phone"], "13812345678");
    assert_eq!(hall.logged("person.seen").await, 1);
    let far = hall.city.member("supervisor.1").person;
    let answer = keeper
        .post(
            &format!("/api/people/{far}/phone"),
            json!({"purpose": "duty"}),
        )
        .await;
    assert_eq!(answer.code(), "person.not_found");
}

#[tokio::test]
async fn a_list_with_numbers_takes_two_people_and_ends_after_a_day() {
    let hall = hall().await;
    let mut asker = hall.door.signed_in("keeper.1").await;
    hall.worker(&mut asker, "W3").await;
    let id = Uuid::now_v7();
    let wide = json!({"id": Uuid::now_v7(), "area": "320402000000", "purpose": "payroll"});
    let answer = asker.post("/api/people-exports", wide).await;
    assert_eq!(
        answer.json()["fields"][0]["code"],
        "appointment.out_of_area"
    );
    let wish = json!({"id": id, "area": "320402001000", "purpose": "payroll", "note": "六月补贴"});
    assert_eq!(asker.post("/api/people-exports", wish).await.status, 200);
    let file = format!("/api/people-exports/{id}/people.xlsx");
    assert_eq!(asker.get(&file).await.code(), "export.not_open");
    let decision = format!("/api/people-exports/{id}/decision");
    let yes = json!({"approve": true});
    assert_eq!(
        asker.post(&decision, yes.clone()).await.code(),
        "export.same_person"
    );
    let mut other = hall.door.signed_in("keeper.2").await;
    assert_eq!(other.post(&decision, yes.clone()).await.status, 200);
    assert_eq!(other.post(&decision, yes).await.code(), "export.decided");
    assert_eq!(other.get(&file).await.code(), "export.not_found");
    let taken = asker.get(&file).await;
    assert_eq!(taken.status, 200);
    let rows = staff::sheet::read(&taken.body, staff::import::PEOPLE, &["phone"]).unwrap();
    assert!(rows.iter().any(|r| r.cell("phone") == "13812345678"));
    assert_eq!(hall.logged("people_export.taken").await, 1);
    let list: Value = other.get("/api/people-exports").await.json();
    assert_eq!(list["exports"][0]["approved"], true);
    sqlx::query("update people_exports set expires_at = now() - interval '1 minute'")
        .execute(&hall.db.pool)
        .await
        .unwrap();
    assert_eq!(asker.get(&file).await.code(), "export.not_open");
}
