//! From a post announced to a worker appointed, and what is erased.

use serde_json::json;
use testkit::Browser;
use uuid::Uuid;

use super::{Hall, hall};
use crate::jobs;

async fn application_of(chief: &mut Browser, post: &str) -> String {
    let page = chief.get(&format!("/api/posts/{post}")).await.json();
    page["applications"][0]["id"].as_str().unwrap().to_owned()
}

async fn applied(hall: &Hall) -> (Browser, Browser, String, String, String) {
    let mut chief = hall.door.signed_in("chief.1").await;
    let keeper = hall.door.signed_in("keeper.1").await;
    let post = hall.post(&mut chief, 1).await;
    let path = format!("/api/public/posts/{post}/applications");
    let mut resident = hall.door.clone();
    let form = hall.applying("13800001111");
    let answer = resident.post(&path, form.clone()).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    let again = resident.post(&path, form).await.json();
    assert_eq!(
        again["code"], code,
        "the same form twice is one application"
    );
    let twice = resident.post(&path, hall.applying("13800001111")).await;
    assert_eq!(twice.code(), "application.twice");
    let application = application_of(&mut chief, &post).await;
    (chief, keeper, post, application, code)
}

#[tokio::test]
async fn a_post_is_announced_applied_for_reviewed_confirmed_by_another_published_and_appointed() {
    let hall = hall().await;
    let (mut chief, mut keeper, post, id, code) = applied(&hall).await;
    let page = chief.get(&format!("/api/posts/{post}")).await;
    let shown = String::from_utf8_lossy(&page.body).into_owned();
    assert!(shown.contains("王**") && !shown.contains("王小明") && !shown.contains("13800001111"));
    let step = |what: &str| format!("/api/applications/{id}/{what}");
    let look = chief
        .post(&step("look"), json!({"purpose": "review"}))
        .await;
    assert_eq!(look.json()["name"], "王小明");
    assert_eq!(hall.logged("applicant.seen").await, 1);
    let yes = json!({"yes": true});
    assert_eq!(
        keeper.post(&step("confirm"), yes.clone()).await.code(),
        "application.not_at_this_stage"
    );
    // Reviewed by the keeper, so another keeper confirms.
    assert_eq!(keeper.post(&step("review"), yes.clone()).await.status, 200);
    assert_eq!(
        keeper.post(&step("confirm"), yes.clone()).await.code(),
        "application.same_person"
    );
    assert_eq!(
        chief.post(&step("confirm"), yes.clone()).await.code(),
        "right.missing"
    );
    let mut wide = hall.door.signed_in("keeper.2").await;
    assert_eq!(wide.post(&step("confirm"), yes).await.status, 200);
    let mut resident = hall.door.clone();
    let open = resident.get("/api/public/posts").await.json();
    assert_eq!(open["published"][0]["name"], "王**");
    let entering =
        json!({"person": Uuid::now_v7(), "appointment": Uuid::now_v7(), "staff_no": "P1"});
    let early = wide.post(&step("appoint"), entering.clone()).await;
    assert_eq!(early.code(), "application.still_published");
    let objection = Uuid::now_v7();
    let words = json!({"id": objection, "text": "此人不住在附近"});
    let answer = resident
        .post(&format!("/api/public/published/{id}/objections"), words)
        .await;
    assert_eq!(answer.status, 200);
    sqlx::query("update applications set published_until = now() - interval '1 minute'")
        .execute(&hall.db.pool)
        .await
        .unwrap();
    let waiting = wide.post(&step("appoint"), entering.clone()).await;
    assert_eq!(waiting.code(), "application.objection_open");
    let heard = wide
        .post(&format!("/api/objections/{objection}/look"), json!({}))
        .await;
    assert_eq!(heard.json()["text"], "此人不住在附近");
    let answered = wide
        .post(
            &format!("/api/objections/{objection}/answer"),
            json!({"upheld": false}),
        )
        .await;
    assert_eq!(answered.status, 200);
    let done = wide.post(&step("appoint"), entering.clone()).await;
    assert_eq!(done.status, 200, "{:?}", done.body);
    assert_eq!(
        wide.post(&step("appoint"), entering.clone()).await.status,
        200,
        "twice is once"
    );
    let person = entering["person"].as_str().unwrap();
    let found = keeper.get(&format!("/api/people/{person}")).await.json();
    assert_eq!(found["person"]["seats"][0]["kind"], "part_time");
    assert_eq!(found["person"]["name"], "王小明");
    let story = resident
        .get(&format!("/api/public/applications/{code}"))
        .await
        .json();
    assert_eq!(story["application"]["state"], "appointed");
    let ended = wide.post(&step("end"), json!({})).await;
    assert_eq!(ended.status, 200, "{:?}", ended.body);
    let found = keeper.get(&format!("/api/people/{person}")).await.json();
    assert_eq!(found["person"]["seats"][0]["when"], "over");
}

#[tokio::test]
async fn what_somebody_refused_told_is_sealed_and_erased_after_the_window() {
    let hall = hall().await;
    let (mut chief, _, post, id, code) = applied(&hall).await;
    let raw: (Vec<u8>, Vec<u8>) =
        sqlx::query_as("select name_sealed, about_sealed from applications")
            .fetch_one(&hall.db.pool)
            .await
            .unwrap();
    assert!(!String::from_utf8_lossy(&raw.0).contains("王小明"));
    let no = json!({"yes": false, "reason": "whim"});
    let path = format!("/api/applications/{id}/review");
    assert_eq!(chief.post(&path, no).await.code(), "form.invalid");
    let no = json!({"yes": false, "reason": "needs_unmet"});
    assert_eq!(chief.post(&path, no).await.status, 200);
    assert_eq!(
        jobs::erase(&hall.state).await.unwrap(),
        (0, 0),
        "within the window it stays"
    );
    sqlx::query("update applications set erase_at = now() - interval '1 minute'")
        .execute(&hall.db.pool)
        .await
        .unwrap();
    assert_eq!(jobs::erase(&hall.state).await.unwrap(), (1, 0));
    assert_eq!(jobs::erase(&hall.state).await.unwrap(), (0, 0));
    assert_eq!(hall.logged("people.erased").await, 1);
    let left: i64 = sqlx::query_scalar(
        "select count(*) from applications where name_sealed is not null or phone_sealed is not null
            or about_sealed is not null or phone_hash is not null or name_masked <> ''",
    )
    .fetch_one(&hall.db.pool)
    .await
    .unwrap();
    assert_eq!(left, 0);
    let look = chief
        .post(
            &format!("/api/applications/{id}/look"),
            json!({"purpose": "review"}),
        )
        .await;
    assert_eq!(look.code(), "application.erased");
    let mut resident = hall.door.clone();
    let own = resident
        .get(&format!("/api/public/applications/{code}"))
        .await
        .json();
    assert_eq!(own["application"]["state"], "declined");
    let page = chief.get(&format!("/api/posts/{post}")).await.json();
    assert!(page["applications"][0]["erased_at"].is_string());
}

#[tokio::test]
async fn an_application_names_what_is_wrong_and_a_post_out_of_area_is_not_there() {
    let hall = hall().await;
    let mut chief = hall.door.signed_in("chief.1").await;
    let post = hall.post(&mut chief, 1).await;
    let mut resident = hall.door.clone();
    let form = json!({"id": Uuid::now_v7(), "grid": hall.city.grids[5].1, "name": "", "phone": "x", "about": "", "agreed": false});
    let answer = resident
        .post(&format!("/api/public/posts/{post}/applications"), form)
        .await
        .json();
    let mut fields: Vec<&str> = answer["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|f| f["field"].as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["about", "agreed", "grid", "name", "phone"]);
    let far = json!({"id": Uuid::now_v7(), "title_zh": "兼职", "grids": [hall.city.grids[6].1], "places": 1,
        "duties": "走访楼栋，发现隐患", "apply_until": hall.app.clock.now().plus_s(86_400)});
    let answer = chief.post("/api/posts", far).await.json();
    assert_eq!(answer["fields"][0]["code"], "appointment.out_of_area");
    let closed = chief
        .post(&format!("/api/posts/{post}/close"), json!({}))
        .await;
    assert_eq!(closed.status, 200);
    let late = resident
        .post(
            &format!("/api/public/posts/{post}/applications"),
            hall.applying("13800002222"),
        )
        .await;
    assert_eq!(late.code(), "post.closed");
}

#[tokio::test]
async fn an_applicant_takes_it_back_by_the_code_alone() {
    let hall = hall().await;
    let (_, _, _, _, code) = applied(&hall).await;
    let mut resident = hall.door.clone();
    let path = format!("/api/public/applications/{}/withdraw", code.to_lowercase());
    let answer = resident.post(&path, json!({})).await.json();
    assert_eq!(answer["application"]["state"], "withdrawn");
    assert_eq!(
        resident.post(&path, json!({})).await.code(),
        "application.not_at_this_stage"
    );
    let wrong = resident
        .get("/api/public/applications/AAAA-BBBB-CCCC")
        .await;
    assert_eq!(wrong.code(), "application.not_found");
}

#[tokio::test]
async fn an_application_s_public_id_opens_nothing_and_a_repeated_id_is_for_the_same_person() {
    let hall = hall().await;
    let (_, _, post, application, code) = applied(&hall).await;
    let path = format!("/api/public/posts/{post}/applications");
    let mut anybody = hall.door.clone();
    let mut form = hall.applying("13900002222");
    form["id"] = json!(application);
    let empty = json!({"id": application, "grid": "x", "name": "", "phone": "", "about": "", "agreed": false});
    assert_eq!(anybody.post(&path, empty).await.status, 422);
    let another = anybody.post(&path, form.clone()).await.json();
    assert_ne!(another["code"], code);
    form["name"] = json!("李四光");
    assert_eq!(anybody.post(&path, form).await.code(), "command.id_reused");
    let announce = |id: &str, title: &str| {
        json!({"id": id, "title_zh": title, "grids": [hall.city.grids[0].1], "places": 1,
        "duties": "走访楼栋，发现隐患", "apply_until": hall.app.clock.now().plus_s(86_400), "publish_days": 5})
    };
    let mut chief = hall.door.signed_in("chief.1").await;
    let other = chief
        .post("/api/posts", announce(&post, "另一个岗位"))
        .await;
    assert_eq!(other.code(), "command.id_reused");
}
