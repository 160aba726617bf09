//! The list as a spreadsheet.

use std::io::Cursor;

use axum::http::{HeaderValue, header};
use calamine::{Data, Reader, Xlsx};
use serde_json::json;

use super::world::world;

fn cells(bytes: &[u8]) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

#[tokio::test]
async fn the_sheet_holds_the_filtered_rows_as_text_and_nobody_who_reported() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(0, 0);
    let formula = "=HYPERLINK(\"http://x\",\"点我\")";
    let (_, number) = w
        .report("call.1", json!({"text": formula, "lon": lon, "lat": lat, "matter": "M0604",
            "place_text": "@SUM(1+1)", "name": "演示乙", "phone": "13800138000", "call_back": true}))
        .await;
    w.report("call.1", json!({"text": "另一件", "source": "department"}))
        .await;
    let path = "/api/cases/export.xlsx?source=call";
    let answer = w.as_("supervisor.1").await.get(path).await;
    assert_eq!(answer.status, 200);
    let rows = cells(&answer.body);
    assert_eq!(rows.len(), 2, "a heading and one case");
    assert_eq!(rows[0][0], Data::String("Number".into()));
    assert!(rows[1].contains(&Data::String(number)));
    assert!(rows[1].contains(&Data::String(formula.into())));
    assert!(rows[1].contains(&Data::String("@SUM(1+1)".into())));
    let all = format!("{rows:?}");
    assert!(!all.contains("演示乙") && !all.contains("13800138000"));
    let browser = w.as_("supervisor.1").await;
    browser
        .headers
        .insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN"));
    let answer = browser.get(path).await;
    assert_eq!(cells(&answer.body)[0][0], Data::String("编号".into()));
    let logged: Vec<(i64, bool)> = sqlx::query_as(
        "select (details->>'rows')::bigint, person is not null from audit_log where what = 'cases.exported'",
    )
    .fetch_all(&w.db.pool)
    .await
    .unwrap();
    assert_eq!(logged, [(1, true), (1, true)]);
}

#[tokio::test]
async fn only_who_may_export_exports_and_only_within_reach() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(3, 0);
    w.report("call.1", json!({"lon": lon, "lat": lat})).await;
    let (lon, lat) = w.city.place(0, 0);
    w.report("call.1", json!({"lon": lon, "lat": lat})).await;
    for login in [
        "call.1",
        "handler.cg.1",
        "grid.1",
        "verify.1",
        "admin.system",
    ] {
        let answer = w.as_(login).await.get("/api/cases/export.xlsx").await;
        assert_eq!(answer.status, 403, "{login}");
    }
    let answer = w.as_("accept.t2").await.get("/api/cases/export.xlsx").await;
    assert_eq!(cells(&answer.body).len(), 2, "the eastern town's only");
}
