//! Promises of the catalogue kept in versions, through HTTP on a small city.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::tests::world::{World, world};

async fn begun(world: &mut World, title: &str) -> String {
    let id = Uuid::now_v7().to_string();
    let new = json!({"id": id, "title": title});
    let answer = world
        .as_("admin.system")
        .await
        .post("/api/matters/drafts", new)
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    id
}

async fn definition(world: &mut World, draft: &str, code: &str) -> Value {
    let path = format!("/api/matters/drafts/{draft}/changes/{code}");
    world.get("admin.system", &path).await["body"].clone()
}

async fn put(world: &mut World, draft: &str, body: &Value) -> testkit::Answer {
    let code = body["code"].as_str().unwrap();
    let path = format!("/api/matters/drafts/{draft}/changes/{code}");
    let form = json!({"body": body});
    world.as_("admin.system").await.put(&path, form).await
}

async fn step(world: &mut World, login: &str, draft: &str, what: &str) -> testkit::Answer {
    let path = format!("/api/matters/drafts/{draft}/{what}");
    world.as_(login).await.post(&path, json!({})).await
}

async fn in_force(world: &mut World, draft: &str) {
    assert_eq!(
        step(world, "admin.system", draft, "submit").await.status,
        200
    );
    let answer = step(world, "city.shift.1", draft, "approve").await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.json()["draft"]["state"], "in_force");
}

async fn report(world: &mut World) -> Value {
    let (lon, lat) = world.city.place(0, 0);
    let report = json!({"id": Uuid::now_v7(), "text": "路口堆着建筑垃圾", "matter": "M0102",
        "lon": lon, "lat": lat, "source": "call"});
    let answer = world.as_("call.1").await.post("/api/cases", report).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.json()
}

async fn handle_s(world: &mut World, receipt: &Value) -> i64 {
    let path = format!("/api/cases/{}", receipt["case_id"].as_str().unwrap());
    let page = world.get("dispatch.1", &path).await;
    let clocks = page["case"]["clocks"].as_array().unwrap().clone();
    let clock = clocks.iter().find(|c| c["kind"] == "handle").unwrap();
    clock["total_s"].as_i64().unwrap()
}

#[tokio::test]
async fn a_case_keeps_the_version_it_was_accepted_with() {
    let mut world = world().await;
    let before = report(&mut world).await;
    assert_eq!(handle_s(&mut world, &before).await, 16 * 3600);
    let draft = begun(&mut world, "渣土时限缩短").await;
    let mut body = definition(&mut world, &draft, "M0102").await;
    body["handle_minutes"] = json!(240);
    body["more"]["grades"] = json!({"A": {"accept_minutes": 10, "handle_minutes": 60}});
    let told = put(&mut world, &draft, &body).await.json();
    let differences = told["draft"]["changes"][0]["differences"]
        .as_array()
        .unwrap()
        .clone();
    let fields: Vec<_> = differences.iter().map(|d| d["field"].clone()).collect();
    assert_eq!(
        fields,
        ["handle_hours", "grades.A.accept", "grades.A.handle"]
    );
    // Not by whoever drafted it, nor by who reaches a district only.
    assert_eq!(
        step(&mut world, "admin.system", &draft, "submit")
            .await
            .status,
        200
    );
    assert_eq!(
        step(&mut world, "admin.system", &draft, "approve")
            .await
            .code(),
        "draft.same_person"
    );
    assert_eq!(
        step(&mut world, "shift.1", &draft, "approve").await.code(),
        "draft.out_of_area"
    );
    let answer = step(&mut world, "city.shift.1", &draft, "approve").await;
    assert_eq!(
        answer.json()["draft"]["state"],
        "in_force",
        "{:?}",
        answer.json()
    );

    let after = report(&mut world).await;
    assert_eq!(handle_s(&mut world, &after).await, 240 * 60);
    // In an area of grade A the limits of the grade hold.
    let grade = json!({"area": world.city.towns[0].to_string(), "grade": "A"});
    let answer = world
        .as_("admin.system")
        .await
        .put("/api/area-grades", grade)
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let graded = report(&mut world).await;
    assert_eq!(handle_s(&mut world, &graded).await, 3600);

    // The first case is handled, fails, and is given half of the limit it was accepted with.
    let id = before["case_id"].as_str().unwrap().to_owned();
    let mut case = cases::store::find(
        &mut world.db.pool.acquire().await.unwrap(),
        &id.clone().into(),
    )
    .await
    .unwrap();
    let facts = world.state.cases.facts_of(&case).unwrap();
    assert_eq!((facts.handle_min, facts.terms.version), (960, 1));
    case.terms = None;
    assert_eq!(world.state.cases.facts_of(&case).unwrap().handle_min, 60);

    let told = world.get("call.1", "/api/matters/M0102/versions").await;
    let versions = told["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0]["differences"][0]["field"], "handle_hours");
}

#[tokio::test]
async fn what_a_matter_says_is_checked_and_named_and_faults_keep_a_draft_back() {
    let mut world = world().await;
    let draft = begun(&mut world, "有错的草案").await;
    let mut body = definition(&mut world, &draft, "M0102").await;
    body["name"]["en"] = json!(" ");
    body["handle_minutes"] = json!(0);
    body["more"]["ways"] = json!(["citizen", "pigeon"]);
    let answer = put(&mut world, &draft, &body).await;
    assert_eq!(answer.status, 422);
    let fields: Vec<_> = answer.json()["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].clone())
        .collect();
    assert_eq!(fields, ["body.name_en", "body.handle_hours", "body.ways"]);
    // Two matters of a category under one name: only seen beside each other.
    let before = definition(&mut world, &draft, "M0102").await;
    let mut body = before.clone();
    body["name"]["zh"] = json!("暴露垃圾");
    let told = put(&mut world, &draft, &body).await.json();
    assert_eq!(told["draft"]["faults_count"], 1, "{told}");
    assert_eq!(
        step(&mut world, "admin.system", &draft, "submit")
            .await
            .code(),
        "draft.faulty"
    );
    // Changed back to what is in force: no change.
    let told = put(&mut world, &draft, &before).await.json();
    assert_eq!(told["draft"]["changes_count"], 0, "{told}");
    assert_eq!(
        step(&mut world, "admin.system", &draft, "submit")
            .await
            .code(),
        "draft.empty"
    );
}

#[tokio::test]
async fn a_shared_question_changes_everywhere_and_two_drafts_of_one_matter_do_not_both_pass() {
    let mut world = world().await;
    let draft = begun(&mut world, "统一询问伤员").await;
    let question = json!({"code": "hurt", "datatype": "singlevaluelist", "required": false,
        "description": {"zh": "有人受伤吗？", "en": "Is anybody hurt?"},
        "values": [{"key": "yes", "zh": "有", "en": "Yes"}, {"key": "no", "zh": "没有", "en": "No"}]});
    let path = format!("/api/matters/drafts/{draft}/questions");
    let form = json!({"question": question, "matters": ["M0102", "M0201"]});
    let answer = world.as_("admin.system").await.put(&path, form).await;
    assert_eq!(
        answer.json()["draft"]["changes_count"],
        2,
        "{:?}",
        answer.json()
    );
    in_force(&mut world, &draft).await;

    let [first, second] = [
        begun(&mut world, "再改一次").await,
        begun(&mut world, "也改一次").await,
    ];
    let mut other = question.clone();
    other["description"]["zh"] = json!("有没有人受伤？");
    for draft in [&first, &second] {
        let path = format!("/api/matters/drafts/{draft}/questions");
        let form = json!({"question": other});
        let told = world
            .as_("admin.system")
            .await
            .put(&path, form)
            .await
            .json();
        assert_eq!(told["draft"]["changes_count"], 2, "{told}");
    }
    in_force(&mut world, &first).await;
    let shelf = world.state.cases.shelf.current();
    for code in ["M0102", "M0201"] {
        let asked = &shelf.matter(code).unwrap().questions;
        assert_eq!(
            asked.iter().find(|q| q.code == "hurt").unwrap().shared,
            Some(2)
        );
    }
    assert_eq!(
        step(&mut world, "admin.system", &second, "submit")
            .await
            .code(),
        "draft.outdated"
    );
}

#[tokio::test]
async fn a_draft_with_a_day_takes_force_on_it() {
    let mut world = world().await;
    let id = Uuid::now_v7().to_string();
    let now = world.state.cases.app.clock.now();
    let day = now.plus_s(86_400);
    let new = json!({"id": id, "title": "明天生效", "effective_from": day});
    world
        .as_("admin.system")
        .await
        .post("/api/matters/drafts", new)
        .await;
    let path = format!("/api/matters/drafts/{id}/changes/M0102");
    let end = json!({"body": null});
    let answer = world.as_("admin.system").await.put(&path, end).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    step(&mut world, "admin.system", &id, "submit").await;
    let told = step(&mut world, "city.shift.1", &id, "approve")
        .await
        .json();
    assert_eq!(told["draft"]["state"], "approved");
    let state = world.state.clone();
    assert_eq!(crate::drafts::take_due(&state, now).await.unwrap(), 0);
    assert!(state.cases.shelf.current().matter("M0102").is_some());
    assert_eq!(crate::drafts::take_due(&state, day).await.unwrap(), 1);
    assert!(state.cases.shelf.current().matter("M0102").is_none());
    // Cases accepted before still know what they are.
    assert!(state.cases.shelf.current().version("M0102", 1).is_some());
}
