//! The palette's search.

use serde_json::json;

use super::world::{text, world};

#[tokio::test]
async fn the_palette_finds_cases_within_reach_and_the_net_by_name() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(3, 0);
    let (_, number) = w
        .report(
            "call.1",
            json!({"text": "彩虹城门口窨井盖坏了", "lon": lon, "lat": lat}),
        )
        .await;
    let found = w.get("supervisor.1", "/api/search?q=井盖").await;
    assert_eq!(text(&found["cases"][0], "number"), number);
    let found = w
        .get("supervisor.1", &format!("/api/search?q={number}"))
        .await;
    assert_eq!(text(&found["cases"][0], "number"), number);
    let found = w.get("chief.1", "/api/search?q=井盖").await;
    assert_eq!(found["cases"], json!([]), "not in the chief's community");
    let found = w.get("chief.1", "/api/search?q=彩虹城").await;
    assert_eq!(
        found["divisions"][0]["code"],
        w.city.communities[3].to_string()
    );
    assert_eq!(found["grids"].as_array().map(Vec::len), Some(2));
    let found = w.get("chief.1", "/api/search?q=环境卫生").await;
    assert_eq!(text(&found["orgs"][0], "name_zh"), "天宁区环境卫生管理所");
    let found = w.get("chief.1", "/api/search?q=map").await;
    assert_eq!(found["pages"][0]["path"], "/desk/map");
    let found = w.get("admin.system", "/api/search?q=彩虹城").await;
    assert_eq!(found["cases"], json!([]), "administrators see no cases");
    assert_eq!(
        w.as_("chief.1").await.get("/api/search?q=").await.status,
        200
    );
}
