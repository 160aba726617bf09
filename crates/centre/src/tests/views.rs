//! Saved views are their owner's.

use serde_json::json;
use uuid::Uuid;

use super::world::world;

#[tokio::test]
async fn a_view_is_kept_counted_and_private_to_its_owner() {
    let mut w = world().await;
    w.report("call.1", json!({})).await;
    w.report("call.1", json!({"source": "department"})).await;
    let id = Uuid::now_v7();
    let view = json!({"id": id, "name": "  部门转来的 ", "query": "source=department"});
    let saved = w
        .as_("supervisor.1")
        .await
        .post("/api/views", view.clone())
        .await;
    assert_eq!(saved.status, 201, "{:?}", saved.body);
    let kept = json!({"id": id, "name": "部门转来的", "query": "source=department", "count": 1, "shared": false});
    assert_eq!(saved.json(), kept);
    let again = w
        .as_("supervisor.1")
        .await
        .post("/api/views", view.clone())
        .await;
    assert_eq!(again.status, 201, "the same again is the same");
    assert_eq!(
        w.get("supervisor.1", "/api/views").await,
        json!({"views": [kept]})
    );
    assert_eq!(w.get("accept.1", "/api/views").await, json!({"views": []}));
    let stolen = w.as_("accept.1").await.post("/api/views", view).await;
    assert_eq!(
        (stolen.status, stolen.code().as_str()),
        (409, "view.id_reused")
    );
    let path = format!("/api/views/{id}");
    assert_eq!(
        w.as_("accept.1").await.delete(&path, None).await.status,
        404
    );
    assert_eq!(
        w.as_("supervisor.1").await.delete(&path, None).await.status,
        200
    );
    assert_eq!(
        w.as_("supervisor.1").await.delete(&path, None).await.status,
        404
    );
    assert_eq!(
        w.get("supervisor.1", "/api/views").await,
        json!({"views": []})
    );
}

#[tokio::test]
async fn a_view_without_a_name_or_with_a_wrong_filter_is_refused_by_field() {
    let mut w = world().await;
    for (name, query, field) in [
        (" ", "", "name"),
        ("x", "stage=gone", "stage"),
        ("x", "bbox=1", "bbox"),
    ] {
        let body = json!({"id": Uuid::now_v7(), "name": name, "query": query});
        let answer = w.as_("accept.1").await.post("/api/views", body).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json()["fields"][0]["field"], field);
    }
}
