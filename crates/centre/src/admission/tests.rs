//! Promises of admission, through HTTP on a small city.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::admission;
use crate::tests::world::{World, world};

struct Asking {
    world: World,
    id: String,
    body: Value,
}

impl Asking {
    /// Gas checks by grid workers, asked by urban management for the western town.
    async fn new() -> Self {
        let world = world().await;
        let id = Uuid::now_v7().to_string();
        let urban = world.city.org("district-urban", world.city.district);
        let field = |code: &str, zh: &str, en: &str| json!({"code": code, "zh": zh, "en": en, "datatype": "string"});
        let body = json!({"id": id, "matter": "M0102", "org": urban, "area": world.city.towns[0].to_string(),
            "form": {"purpose": "排查建筑垃圾偷倒点", "legal_basis": "城市建筑垃圾管理规定", "times": 2, "every": "month",
                "minutes": 10, "photos": 1, "notifications": 1, "trial_days": 30,
                "fields": [field("pile_kind", "垃圾种类构成", "Composition of the pile"),
                           field("phone", "联系电话", "Contact phone")]}});
        Self { world, id, body }
    }

    async fn ask(&mut self) -> testkit::Answer {
        let body = self.body.clone();
        self.world
            .as_("lead.cg.1")
            .await
            .post("/api/admissions", body)
            .await
    }

    async fn step(&mut self, login: &str, step: &str, body: Value) -> testkit::Answer {
        let path = format!("/api/admissions/{}/{step}", self.id);
        self.world.as_(login).await.post(&path, body).await
    }

    fn unlist(&self) -> impl Future<Output = ()> + use<> {
        let (pool, state) = (self.world.db.pool.clone(), self.world.state.clone());
        async move {
            let mut conn = pool.acquire().await.unwrap();
            let now = state.cases.app.clock.now();
            let city = state.cases.app.city.code;
            matters::store::admissions::end_listings(&mut conn, "M0102", city, now)
                .await
                .unwrap();
            state.cases.shelf.reload(&pool).await.unwrap();
        }
    }

    fn listed(&self, days: i64) -> bool {
        let state = &self.world.state.cases;
        let at = state.app.clock.now().plus_s(days * 86_400);
        state
            .shelf
            .current()
            .listed("M0102", self.world.city.communities[0], at)
    }
}

#[tokio::test]
async fn a_department_is_refused_for_what_is_known_mends_it_and_is_let_in_by_centre_and_town() {
    let mut asking = Asking::new().await;
    asking.unlist().await;
    assert!(!asking.listed(0));
    let told = asking.ask().await.json();
    assert_eq!(told["admission"]["state"], "refused_by_rule", "{told}");
    let conflict = &told["admission"]["conflicts"][0];
    assert_eq!(
        (&conflict["at"], &conflict["kind"]),
        (&json!(1), &json!("known"))
    );
    assert_eq!(conflict["place_zh"], "上报人信息");

    asking.body["form"]["fields"][1]["reused"] = json!(true);
    let told = asking.ask().await.json();
    assert_eq!(told["admission"]["state"], "asked", "{told}");
    // Twice a month: ten minutes, a line, a picture, a message.
    let minutes = told["admission"]["burden"]["minutes_per_grid"]
        .as_f64()
        .unwrap();
    assert!((minutes - 2.0 * f64::from(600 + 12 + 20 + 10) / 60.0).abs() < 1e-9);
    assert_eq!(told["admission"]["burden"]["grids"], 5);
    assert_eq!(told["admission"]["parties"].as_array().unwrap().len(), 2);

    let yes = json!({"agrees": true});
    let west = json!({"agrees": true, "town": asking.world.city.towns[0].to_string()});
    // A department does not speak for a town, nor one town for another.
    for login in ["lead.cg.1", "lead.town.2"] {
        assert_eq!(
            asking.step(login, "answer", west.clone()).await.code(),
            "admission.not_a_party",
            "{login}"
        );
    }
    let told = asking.step("shift.1", "answer", yes.clone()).await.json();
    assert_eq!(told["admission"]["state"], "asked");
    assert_eq!(
        asking.step("shift.2", "answer", yes).await.code(),
        "admission.answered"
    );
    assert!(!asking.listed(0));
    let told = asking.step("lead.town.1", "answer", west).await.json();
    assert_eq!(told["admission"]["state"], "trial", "{told}");
    assert!(asking.listed(0) && asking.listed(29) && !asking.listed(31));

    // Who let it in does not list it.
    assert_eq!(
        asking.step("shift.1", "list", json!({})).await.code(),
        "admission.same_person"
    );
    let told = asking.step("shift.2", "list", json!({})).await.json();
    assert_eq!(told["admission"]["state"], "listed");
    assert!(asking.listed(364) && !asking.listed(366));
    assert_eq!(
        asking.step("shift.2", "renew", json!({})).await.code(),
        "admission.renew_later"
    );

    let state = asking.world.state.clone();
    let now = state.cases.app.clock.now();
    // What a refused step still holds for a moment is passed over, and met at the next beat.
    let mut reminded = 0;
    for _ in 0..50 {
        reminded += admission::tick(&state, now.plus_s(330 * 86_400))
            .await
            .unwrap();
        if reminded > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(reminded, 1, "reminded");
    assert_eq!(
        admission::tick(&state, now.plus_s(331 * 86_400))
            .await
            .unwrap(),
        0,
        "once"
    );
    let told = asking
        .step(
            "lead.cg.1",
            "withdraw",
            json!({"reason": "改由系统自动识别"}),
        )
        .await
        .json();
    assert_eq!(told["admission"]["state"], "withdrawn");
    assert!(!asking.listed(1));
    let board = asking.world.get("call.1", "/api/burden").await;
    let kinds: Vec<_> = board["spared"]["by_admission"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["kind"].clone())
        .collect();
    assert_eq!(kinds, ["refused_by_rule", "withdrawn"]);
}

#[tokio::test]
async fn a_town_can_say_no_and_what_is_not_renewed_lapses() {
    let mut asking = Asking::new().await;
    asking.unlist().await;
    asking.body["form"]["fields"] = json!([]);
    asking.ask().await;
    let no = json!({"agrees": false, "town": asking.world.city.towns[0].to_string()});
    assert_eq!(
        asking
            .step("lead.town.1", "answer", no.clone())
            .await
            .status,
        422,
        "a no needs its reason"
    );
    let mut no = no;
    no["words"] = json!("负担过重");
    let told = asking.step("lead.town.1", "answer", no).await.json();
    assert_eq!(told["admission"]["state"], "refused");
    asking.body["form"]["times"] = json!(1);
    let told = asking.ask().await.json();
    assert_eq!(
        (&told["admission"]["state"], &told["admission"]["round"]),
        (&json!("asked"), &json!(2))
    );
    let yes = json!({"agrees": true});
    asking.step("shift.1", "answer", yes).await;
    let west = json!({"agrees": true, "town": asking.world.city.towns[0].to_string()});
    asking.step("lead.town.1", "answer", west).await;
    asking.step("shift.2", "list", json!({})).await;
    let state = asking.world.state.clone();
    let now = state.cases.app.clock.now();
    admission::tick(&state, now.plus_s(366 * 86_400))
        .await
        .unwrap();
    let path = format!("/api/admissions/{}", asking.id);
    let told = asking.world.get("call.1", &path).await;
    assert_eq!(told["admission"]["state"], "lapsed");
}

#[tokio::test]
async fn only_a_unit_s_own_lead_asks_for_it_and_within_its_area() {
    let mut asking = Asking::new().await;
    let body = asking.body.clone();
    let answer = asking
        .world
        .as_("lead.hw.1")
        .await
        .post("/api/admissions", body.clone())
        .await;
    assert_eq!(answer.code(), "admission.not_your_unit");
    let mut wide = body.clone();
    wide["area"] = json!(asking.world.city.city.to_string());
    let answer = asking
        .world
        .as_("lead.cg.1")
        .await
        .post("/api/admissions", wide)
        .await;
    assert_eq!(answer.json()["fields"][0]["code"], "admission.out_of_area");
    let mut wrong = body;
    wrong["form"]["minutes"] = json!(900);
    wrong["form"]["purpose"] = json!("x");
    let answer = asking
        .world
        .as_("lead.cg.1")
        .await
        .post("/api/admissions", wrong)
        .await;
    let fields: Vec<_> = answer.json()["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].clone())
        .collect();
    assert_eq!(fields, ["form.purpose", "form.minutes"]);
}

#[tokio::test]
async fn an_earlier_list_is_taken_over_by_its_decision_until_somebody_asks_for_an_admission() {
    let mut asking = Asking::new().await;
    asking.unlist().await;
    assert!(!asking.listed(0));
    let pool = asking.world.db.pool.clone();
    let city = asking.world.state.cases.app.city.code;
    let mut conn = pool.acquire().await.unwrap();
    let found = matters::store::admissions::found;
    let nameless = found(&mut conn, &["M0102"], city, " ").await.unwrap_err();
    assert_eq!(nameless.code(), "form.invalid");
    assert_eq!(
        found(&mut conn, &["M0102"], city, "常网格〔2019〕1号")
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        found(&mut conn, &["M0102"], city, "常网格〔2019〕1号")
            .await
            .unwrap(),
        0
    );
    asking.world.state.cases.shelf.refresh(&pool).await.unwrap();
    assert!(asking.listed(0));
    asking.unlist().await;
    asking.ask().await;
    let late = found(&mut conn, &["M0102"], city, "常网格〔2019〕1号")
        .await
        .unwrap_err();
    assert_eq!(late.code(), "admission.past_founding");
}
