//! Promises of routing kept as data, through HTTP on a small city.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::tests::world::{World, world};

struct Desk {
    world: World,
    draft: String,
}

const MATTER: &str = "M0102";

impl Desk {
    async fn begin() -> Self {
        let mut world = world().await;
        let id = Uuid::now_v7().to_string();
        let new = json!({"id": id, "title": "渣土改由环卫清运", "note": "环卫一体化"});
        let answer = world
            .as_("admin.system")
            .await
            .post("/api/routing/drafts", new.clone())
            .await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        // The same id is the same draft; with other words it is refused.
        let again = world
            .as_("admin.system")
            .await
            .post("/api/routing/drafts", new)
            .await;
        assert_eq!(again.json()["draft"]["id"], json!(id));
        let other = json!({"id": id, "title": "别的题目"});
        let refused = world
            .as_("admin.system")
            .await
            .post("/api/routing/drafts", other)
            .await;
        assert_eq!(refused.code(), "command.id_reused");
        Self { world, draft: id }
    }

    async fn post(&mut self, login: &str, path: &str, body: Value) -> testkit::Answer {
        let path = format!("/api/routing/drafts/{}{path}", self.draft);
        self.world.as_(login).await.post(&path, body).await
    }

    async fn done(&mut self, login: &str, path: &str, body: Value) -> Value {
        let answer = self.post(login, path, body).await;
        assert_eq!(answer.status, 200, "{login} {path} {:?}", answer.json());
        answer.json()
    }

    fn unit(&self, key: &str) -> Value {
        json!(self.world.city.org(key, self.world.city.district))
    }

    fn put(&self, org: &str, co: &[&str]) -> Value {
        let co: Vec<Value> = co.iter().map(|k| self.unit(k)).collect();
        json!({"id": Uuid::now_v7(), "put": {"matter": MATTER, "area": self.world.city.towns[0].to_string(),
            "org": self.unit(org), "co": co, "basis": "环卫一体化通知"}})
    }

    async fn report(&mut self, community: u8) -> Value {
        let (lon, lat) = self.world.city.place(community, 0);
        let report = json!({"id": Uuid::now_v7(), "text": "路口堆着建筑垃圾", "matter": MATTER,
            "lon": lon, "lat": lat, "source": "call"});
        let answer = self
            .world
            .as_("call.1")
            .await
            .post("/api/cases", report)
            .await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.json()
    }
}

#[tokio::test]
async fn a_draft_is_tried_on_past_cases_put_in_force_by_another_and_followed() {
    let mut desk = Desk::begin().await;
    for community in [0, 0, 1, 2] {
        let receipt = desk.report(community).await;
        assert_eq!(receipt["dispatched_to"]["id"], desk.unit("district-urban"));
    }
    let put = desk.put("district-sanitation", &["district-urban"]);
    let told = desk.done("admin.system", "/changes", put).await;
    assert_eq!(
        told["draft"]["changes"][0]["put"]["co"][0]["id"],
        desk.unit("district-urban")
    );
    let refused = desk.post("admin.system", "/submit", json!({})).await;
    assert_eq!(refused.code(), "draft.not_tried");

    let told = desk.done("admin.system", "/trial", json!({})).await;
    let trial = &told["trial"];
    assert_eq!(
        (&trial["cases"], &trial["moved"]),
        (&json!(4), &json!(3)),
        "{trial}"
    );
    assert_eq!(trial["groups"][0]["cases"], 3);
    assert_eq!(
        trial["groups"][0]["to"]["id"],
        desk.unit("district-sanitation")
    );
    assert_eq!(trial["list"].as_array().unwrap().len(), 3);
    desk.done("admin.system", "/submit", json!({})).await;

    // Who drafted it may not agree to it, though the role may.
    let refused = desk.post("admin.system", "/approve", json!({})).await;
    assert_eq!(refused.code(), "draft.same_person");
    assert_eq!(
        desk.post("dispatch.1", "/approve", json!({})).await.code(),
        "right.missing"
    );
    let told = desk.done("shift.1", "/approve", json!({})).await;
    assert_eq!(
        (&told["draft"]["state"], &told["draft"]["number"]),
        (&json!("in_force"), &json!(2))
    );

    // The next report follows the new rule, and its co-handler has a sub-task.
    let receipt = desk.report(1).await;
    assert_eq!(
        receipt["dispatched_to"]["id"],
        desk.unit("district-sanitation")
    );
    let id = receipt["case_id"].as_str().unwrap().to_owned();
    let page = desk
        .world
        .get("dispatch.1", &format!("/api/cases/{id}"))
        .await;
    let tasks = page["case"]["sub_tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0]["org"]["id"], desk.unit("district-urban"));
    let elsewhere = desk.report(2).await;
    assert_eq!(
        elsewhere["dispatched_to"]["id"],
        desk.unit("district-urban")
    );
}

#[tokio::test]
async fn a_draft_that_leaves_a_matter_without_a_unit_goes_no_further_until_somebody_answers() {
    let mut desk = Desk::begin().await;
    let rules = desk
        .world
        .get(
            "admin.system",
            &format!("/api/routing/rules?matter={MATTER}&limit=200"),
        )
        .await;
    let rules = rules["rules"].as_array().unwrap().clone();
    assert!(rules.len() >= 2);
    for rule in &rules {
        let end = json!({"id": Uuid::now_v7(), "rule": rule["id"]});
        desk.done("admin.system", "/changes", end).await;
    }
    let told = desk.done("admin.system", "/trial", json!({})).await;
    assert_eq!(told["trial"]["cases"], 0);
    let refused = desk.post("admin.system", "/submit", json!({})).await;
    assert_eq!(refused.code(), "draft.dead_ends");
    let path = format!("/api/routing/drafts/{}", desk.draft);
    let told = desk.world.get("shift.1", &path).await;
    assert_eq!(told["draft"]["dead_ends"][0]["communities"], 4);
    let city_centre = json!(
        desk.world
            .city
            .org("city-grid-centre", desk.world.city.city)
    );
    let told = desk
        .done("admin.system", "/complete", json!({"org": city_centre}))
        .await;
    assert_eq!(told["draft"]["dead_ends_count"], 0);
    desk.done("admin.system", "/trial", json!({})).await;
    desk.done("admin.system", "/submit", json!({})).await;
    // A rule for the whole city is beyond a district's shift supervisor.
    assert_eq!(
        desk.post("shift.1", "/approve", json!({})).await.code(),
        "draft.out_of_area"
    );
    desk.done("city.shift.1", "/approve", json!({})).await;
    assert_eq!(desk.report(0).await["dispatched_to"]["id"], city_centre);
}

#[tokio::test]
async fn what_a_rule_says_is_checked_and_named() {
    let mut desk = Desk::begin().await;
    let urban = desk.unit("district-urban");
    let put = json!({"id": Uuid::now_v7(), "put": {"matter": "M9999", "area": "320499", "org": Uuid::nil(),
        "co": [urban, urban], "precedence": 5000, "times": {"from_min": 1440}}});
    let answer = desk.post("admin.system", "/changes", put).await;
    assert_eq!(answer.status, 422);
    let said = answer.json();
    let fields: Vec<_> = said["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].clone())
        .collect();
    assert_eq!(
        fields,
        [
            "put.matter",
            "put.area",
            "put.org",
            "put.co",
            "put.precedence",
            "put.times.from_min"
        ]
    );
    let nothing = desk
        .post("admin.system", "/changes", json!({"id": Uuid::now_v7()}))
        .await;
    assert_eq!(nothing.json()["fields"][0]["field"], "put");
    let unknown = json!({"id": Uuid::now_v7(), "rule": 999_999});
    assert_eq!(
        desk.post("admin.system", "/changes", unknown).await.json()["fields"][0]["code"],
        "routing.rule_unknown"
    );
    assert_eq!(
        desk.post("admin.system", "/submit", json!({})).await.code(),
        "draft.empty"
    );
}

#[tokio::test]
async fn a_draft_made_from_what_has_changed_is_tried_anew_first() {
    let mut first = Desk::begin().await;
    let put = first.put("district-sanitation", &[]);
    first.done("admin.system", "/changes", put).await;
    first.done("admin.system", "/trial", json!({})).await;
    first.done("admin.system", "/submit", json!({})).await;
    let mine = first.draft.clone();
    // Meanwhile another draft takes force.
    first.draft = Uuid::now_v7().to_string();
    let new = json!({"id": first.draft, "title": "另一份草案"});
    first
        .world
        .as_("admin.system")
        .await
        .post("/api/routing/drafts", new)
        .await;
    let mut put = first.put("district-roads", &[]);
    put["put"]["area"] = json!(first.world.city.towns[1].to_string());
    first.done("admin.system", "/changes", put).await;
    first.done("admin.system", "/trial", json!({})).await;
    first.done("admin.system", "/submit", json!({})).await;
    first.done("shift.1", "/approve", json!({})).await;
    first.draft = mine;
    assert_eq!(
        first.post("shift.1", "/approve", json!({})).await.code(),
        "draft.outdated"
    );
    let back = json!({"reason": "请按新规则重新试算"});
    first.done("shift.1", "/send-back", back).await;
    first.done("admin.system", "/trial", json!({})).await;
    first.done("admin.system", "/submit", json!({})).await;
    first.done("shift.1", "/approve", json!({})).await;
    let way = format!(
        "/api/routing/way?matter={MATTER}&area={}",
        first.world.city.communities[0]
    );
    let way = first.world.get("call.1", &way).await;
    assert_eq!(way["way"]["org"]["id"], first.unit("district-sanitation"));
    assert_eq!(way["chain"].as_array().unwrap().len(), 3);
}
