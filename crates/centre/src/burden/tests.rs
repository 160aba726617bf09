//! Promises of the burden board.

use serde_json::json;
use uuid::Uuid;

use crate::tests::world::world;
use crate::{burden, sealer};

#[tokio::test]
async fn what_a_case_asked_is_counted_once_by_grid_community_department_and_month() {
    let mut world = world().await;
    let (lon, lat) = world.city.place(0, 0);
    for _ in 0..2 {
        let report = json!({"id": Uuid::now_v7(), "text": "门口有一堆垃圾", "matter": "M0101",
            "lon": lon, "lat": lat, "source": "worker"});
        let answer = world.as_("grid.1").await.post("/api/cases", report).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
    }
    let state = world.state.clone();
    sealer::seal_once(&state).await.unwrap();
    let counted = burden::catch_up(&state).await.unwrap();
    assert!(
        counted >= 6,
        "reported, accepted and dispatched twice: {counted}"
    );
    assert_eq!(
        burden::catch_up(&state).await.unwrap(),
        0,
        "nothing is counted twice"
    );

    let told = world.get("call.1", "/api/burden").await;
    let month = &told["months"][0];
    // Each report: words, one choice, a position, two pictures, by a worker; one message to the unit.
    let seconds = 40 + 4 + 3 + 2 * 20;
    assert_eq!((&month["cases"], &month["forms"]), (&json!(2), &json!(2)));
    assert_eq!((&month["photos"], &month["fields"]), (&json!(4), &json!(6)));
    assert_eq!(month["notifications"], 2);
    assert_eq!(
        month["grid_minutes"],
        json!(f64::from(2 * seconds * 10 / 60).round() / 10.0)
    );
    assert_eq!(told["grids"][0]["code"], json!(world.city.grids[0].1));
    assert_eq!(told["departments"][0]["name_zh"], "环卫作业单位");
    assert_eq!(told["departments"][0]["name_en"], "sanitation operator");
    assert_eq!(told["matters"][0]["code"], "M0101");
    assert_eq!(told["areas"].as_array().unwrap().len(), 1);
    let town = format!("/api/burden?area={}", world.city.towns[1]);
    let elsewhere = world.get("call.1", &town).await;
    assert_eq!(elsewhere["months"], json!([]));
    assert_eq!(elsewhere["areas"].as_array().unwrap().len(), 2);
    let town = format!("/api/burden?area={}", world.city.towns[0]);
    let here = world.get("grid.1", &town).await;
    assert_eq!(here["departments"][0]["cases"], 2);
    let wrong = world.as_("call.1").await.get("/api/burden?area=1").await;
    assert_eq!(wrong.status, 422);
}
