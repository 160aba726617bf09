//! Liaison and meetings, service points, volunteers.

use serde_json::json;
use uuid::Uuid;

use super::hall;

#[tokio::test]
async fn what_a_liaison_officer_hears_goes_to_a_meeting_and_comes_back_answered() {
    let hall = hall().await;
    let mut officer = hall.door.signed_in("liaison.1").await;
    let mut chief = hall.door.signed_in("chief.1").await;
    let now = hall.app.clock.now();
    let hours = Uuid::now_v7();
    let plan = json!({"id": hours, "grid": hall.city.grids[0].1, "kind": "visit", "begins_at": now.plus_s(-60), "ends_at": now.plus_s(3600)});
    assert_eq!(officer.post("/api/liaison/hours", plan).await.status, 200);
    let elsewhere =
        json!({"id": Uuid::now_v7(), "grid": hall.city.grids[1].1, "text": "楼道灯坏了"});
    assert_eq!(
        officer.post("/api/liaison/items", elsewhere).await.code(),
        "form.invalid"
    );
    let item = Uuid::now_v7();
    let raised =
        json!({"id": item, "grid": hall.city.grids[0].1, "text": "楼道灯坏了三周", "hours": hours});
    assert_eq!(officer.post("/api/liaison/items", raised).await.status, 200);
    let held = format!("/api/liaison/hours/{hours}/held");
    assert_eq!(officer.post(&held, json!({})).await.code(), "liaison.own");
    assert_eq!(chief.post(&held, json!({})).await.status, 200);
    let meeting = Uuid::now_v7();
    let org = hall
        .city
        .org("community-committee", hall.city.communities[0]);
    let call = json!({"id": meeting, "area": hall.city.communities[0].to_string(), "title": "楼道照明会办",
        "held_on": now, "items": [item], "orgs": [org]});
    for (field, wrong, code) in [
        (
            "items",
            json!([item, Uuid::now_v7()]),
            "meeting.item_not_open",
        ),
        ("orgs", json!([Uuid::now_v7()]), "org.not_found"),
    ] {
        let mut faulty = call.clone();
        faulty[field] = wrong;
        let refused = chief.post("/api/meetings", faulty).await.json();
        assert_eq!(refused["fields"][0]["code"], code, "{refused}");
    }
    let made = chief.post("/api/meetings", call.clone()).await.json();
    assert_eq!(chief.post("/api/meetings", call.clone()).await.json(), made);
    let mut other = call;
    other["title"] = json!("别的会办");
    assert_eq!(chief.post("/api/meetings", other).await.status, 409);
    assert_eq!(made["meeting"]["agenda"][0]["text"], "楼道灯坏了三周");
    let decide = format!("/api/meetings/{meeting}/decisions");
    let no_case = json!({"id": Uuid::now_v7(), "text": "立案维修", "kind": "case", "due_on": "2030-01-01", "case_no": "000000-00000"});
    assert_eq!(
        chief.post(&decide, no_case).await.json()["fields"][0]["code"],
        "meeting.no_case"
    );
    let strange = json!({"id": Uuid::now_v7(), "item": Uuid::now_v7(), "text": "每周巡查一次", "kind": "task",
        "org": org, "due_on": "2030-01-01"});
    assert_eq!(
        chief.post(&decide, strange).await.json()["fields"][0]["code"],
        "meeting.not_on_agenda"
    );
    // From above, communities are asked by cases of listed matters.
    let mut town = hall.door.signed_in("keeper.1").await;
    let from_above = json!({"id": Uuid::now_v7(), "text": "每周巡查一次", "kind": "task", "org": org, "due_on": "2030-01-01"});
    let refused = town.post(&decide, from_above).await.json();
    assert_eq!(
        refused["fields"][0]["code"], "meeting.task_for_grids",
        "{refused}"
    );
    let task = Uuid::now_v7();
    let decision = json!({"id": task, "item": item, "text": "物业一周内更换", "kind": "task", "org": org, "due_on": "2030-01-01"});
    assert_eq!(chief.post(&decide, decision).await.status, 200);
    assert_eq!(
        chief
            .post(&format!("/api/meetings/{meeting}/close"), json!({}))
            .await
            .status,
        200
    );
    let late = json!({"id": Uuid::now_v7(), "text": "再议", "kind": "task", "org": org, "due_on": "2030-01-01"});
    assert_eq!(chief.post(&decide, late).await.code(), "meeting.held");
    let seen = officer.get("/api/liaison").await.json();
    assert_eq!(seen["items"][0]["state"], "answered");
    assert_eq!(seen["items"][0]["answer"], "物业一周内更换");
    assert!(seen["hours"][0]["held_at"].is_string());
    let done = chief
        .post(&format!("/api/meeting-tasks/{task}/done"), json!({}))
        .await
        .json();
    assert!(done["meeting"]["resolved"][0]["done_at"].is_string());
}

#[tokio::test]
async fn a_volunteer_signs_up_helps_near_by_and_has_it_certified() {
    let hall = hall().await;
    let mut resident = hall.door.clone();
    let form = json!({"id": Uuid::now_v7(), "name": "李大姐", "phone": "13811112222", "skills": ["reading"],
        "times": ["weekend_day"], "area": hall.city.communities[0].to_string(), "agreed": true});
    let code = resident.post("/api/public/volunteers", form).await.json()["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let own = format!("/api/public/volunteers/{code}");
    assert_eq!(
        resident.get(&own).await.json()["volunteer"]["state"],
        "offered"
    );
    let mut chief = hall.door.signed_in("chief.1").await;
    let list = chief.get("/api/volunteers").await;
    assert!(!String::from_utf8_lossy(&list.body).contains("李大姐"));
    let id = list.json()["volunteers"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let now = hall.app.clock.now();
    let call = Uuid::now_v7();
    let help = json!({"id": call, "title": "陪读报", "what": "陪一位老人读报", "skill": "reading", "grid": hall.city.grids[0].1,
        "begins_at": now, "ends_at": now.plus_s(7200), "wanted": 1});
    assert_eq!(chief.post("/api/help-calls", help).await.status, 200);
    let offers = format!("{own}/offers");
    assert_eq!(
        resident.post(&offers, json!({"call": call})).await.code(),
        "volunteer.not_accepted"
    );
    assert_eq!(
        chief
            .post(
                &format!("/api/volunteers/{id}/accept"),
                json!({"yes": true})
            )
            .await
            .status,
        200
    );
    let near = resident.get(&own).await.json();
    let (lon, lat) = (
        &near["volunteer"]["calls"][0]["lon"],
        &near["volunteer"]["calls"][0]["lat"],
    );
    let grid = hall
        .state
        .staff
        .net
        .current()
        .grid(hall.city.grids[0].0)
        .unwrap();
    assert!(
        (lon.as_f64().unwrap() - grid.lon).abs() < 0.002
            && (lat.as_f64().unwrap() - grid.lat).abs() < 0.002
    );
    let offered = resident.post(&offers, json!({"call": call})).await.json();
    assert_eq!(offered["volunteer"]["calls"][0]["mine"], "offered");
    let calls = chief.get("/api/help-calls").await.json();
    let offer = calls["calls"][0]["offers"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let step = format!("/api/help-offers/{offer}/step");
    assert_eq!(
        chief
            .post(&step, json!({"state": "confirmed", "hours": 2}))
            .await
            .code(),
        "help_offer.not_at_this_stage"
    );
    assert_eq!(
        chief.post(&step, json!({"state": "taken"})).await.status,
        200
    );
    assert_eq!(
        chief
            .post(&step, json!({"state": "confirmed"}))
            .await
            .code(),
        "form.invalid"
    );
    assert_eq!(
        chief
            .post(&step, json!({"state": "confirmed", "hours": 1.5}))
            .await
            .status,
        200
    );
    let paper = resident
        .post(&format!("{own}/certificate"), json!({}))
        .await
        .json();
    assert_eq!(
        (paper["name"].as_str(), paper["hours"].as_f64()),
        (Some("李大姐"), Some(1.5))
    );
    let look = chief
        .post(
            &format!("/api/volunteers/{id}/look"),
            json!({"purpose": "contact"}),
        )
        .await
        .json();
    assert_eq!(look["phone"], "13811112222");
    assert_eq!(hall.logged("volunteer.seen").await, 1);
    assert_eq!(
        resident.post(&format!("{own}/end"), json!({})).await.json()["volunteer"]["state"],
        "ended"
    );
}

#[tokio::test]
async fn a_service_point_is_kept_by_the_keeper_of_the_area_and_seen_by_residents() {
    let hall = hall().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let id = Uuid::now_v7();
    let form = json!({"id": id, "kind": "service_point", "name_zh": "红色驿站", "grid": hall.city.grids[0].1,
        "services": ["rest", "mediation"], "hours": "1-7 08:00-20:00", "phone": "0519-000"});
    assert_eq!(keeper.post("/api/party-places", form).await.status, 200);
    let far = json!({"id": Uuid::now_v7(), "kind": "branch", "name_zh": "支部", "grid": hall.city.grids[6].1});
    assert_eq!(
        keeper.post("/api/party-places", far).await.json()["fields"][0]["field"],
        "grid"
    );
    let wrong = json!({"id": Uuid::now_v7(), "kind": "branch", "name_zh": "支部", "grid": hall.city.grids[0].1, "services": ["membership"]});
    assert_eq!(
        keeper.post("/api/party-places", wrong).await.json()["fields"][0]["code"],
        "party_place.services"
    );
    let mut resident = hall.door.clone();
    let seen = resident.get("/api/public/service-points").await.json();
    assert_eq!(seen["places"][0]["name_zh"], "红色驿站");
    assert_eq!(
        keeper
            .post(&format!("/api/party-places/{id}/close"), json!({}))
            .await
            .status,
        200
    );
    assert_eq!(
        resident.get("/api/public/service-points").await.json()["places"],
        json!([])
    );
}
