//! What waits by the clock, the figures, and the worker's day.

use serde_json::json;

use super::world::{text, world};

#[tokio::test]
async fn what_waits_stands_in_the_bucket_of_its_clock_and_in_its_order() {
    let mut w = world().await;
    w.many(40, 8).await;
    w.wait_minutes(20);
    for login in [
        "accept.1",
        "dispatch.1",
        "shift.1",
        "verify.1",
        "handler.cg.1",
        "chief.1",
    ] {
        let answer = w.get(login, "/api/overview").await;
        let asks = &answer["asks"];
        let mine = w.all(login, "mine=1", 200).await;
        assert_eq!(asks["total"], mine.len(), "{login}");
        let rows = asks["cases"].as_array().unwrap();
        let ids = |rows: &[serde_json::Value]| -> Vec<String> {
            rows.iter().map(|r| text(r, "id")).collect()
        };
        assert_eq!(ids(rows), ids(&mine)[..rows.len()], "{login}");
        let now = w.now();
        let zone = w.state.cases.app.city.zone.clone();
        let mut counted = std::collections::BTreeMap::from(
            ["overdue", "within_hour", "today", "later", "paused"].map(|b| (b, 0)),
        );
        for row in &mine {
            let due: Option<kernel::Moment> =
                row["clock"]["due_at"].as_str().map(|d| d.parse().unwrap());
            let bucket = match due {
                _ if row["level"] == "paused" => "paused",
                None => "later",
                Some(due) if due <= now => "overdue",
                Some(due) if due.since_s(now) <= 3_600 => "within_hour",
                Some(due) if due.date(&zone) == now.date(&zone) => "today",
                Some(_) => "later",
            };
            *counted.get_mut(bucket).unwrap() += 1;
        }
        for (bucket, n) in counted {
            assert_eq!(asks[bucket], n, "{login} {bucket}");
        }
    }
}

#[tokio::test]
async fn the_figures_compare_with_the_same_moment_of_last_week() {
    let mut w = world().await;
    for n in 0..4 {
        let (lon, lat) = w.city.place(n, 0);
        w.report("call.1", json!({"lon": lon, "lat": lat})).await;
    }
    // Two of four came in a week and a minute ago; one of these ended since.
    let mut owner = w.db.owner().await;
    sqlx::raw_sql(
        "update cases set reported_at = reported_at - interval '7 days 1 minute'
         where id in (select id from cases order by area limit 2)",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    sqlx::raw_sql(
        "update cases set stage = 'closed', open = false, closed_at = now(), due_at = null
         where id in (select id from cases order by area limit 1)",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let midnight_near = {
        let zone = &w.state.cases.app.city.zone;
        w.now().since_s(w.now().start_of_day(zone)) < 120
    };
    let answer = w.get("supervisor.1", "/api/overview").await;
    assert_eq!(answer["area"]["code"], w.city.city.to_string());
    let figure = |key: &str| {
        let all = answer["figures"].as_array().unwrap();
        all.iter().find(|f| f["key"] == key).unwrap().clone()
    };
    assert_eq!(answer["figures"].as_array().unwrap().len(), 6);
    assert_eq!(answer["by_stage"], json!({"closed": 1, "reported": 3}));
    assert_eq!(figure("open")["value"], 3.0);
    assert_eq!(figure("closed_today")["value"], 1.0);
    assert_eq!(figure("closed_today")["before"], 0.0);
    assert_eq!(figure("overdue")["value"], 0.0);
    assert_eq!(
        figure("on_time_rate")["value"],
        0.0,
        "its whole clock was not met"
    );
    if !midnight_near {
        assert_eq!(figure("reported_today")["value"], 2.0);
        assert_eq!(figure("reported_today")["before"], 2.0);
        assert_eq!(figure("open")["before"], 2.0);
        let series = figure("open")["series"].as_array().unwrap().clone();
        assert_eq!(series.last(), Some(&json!(3.0)));
    }
    // Of an area, within reach.
    let path = format!("/api/overview?area={}", w.city.towns[1]);
    let east = w.get("supervisor.1", &path).await;
    assert_eq!(east["area"]["code"], w.city.towns[1].to_string());
    assert_eq!(east["by_stage"], json!({"reported": 2}));
    let other = w.get("chief.1", &path).await;
    assert_eq!(other["by_stage"], json!({}), "beyond the chief's reach");
    let answer = w.as_("chief.1").await.get("/api/overview?area=7").await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn what_stood_a_week_ago_is_what_was_noted_then() {
    use crate::overview::standing::{Standing, hour, note, put};
    let mut w = world().await;
    w.many(20, 3).await;
    let now = w.now();
    let ago = hour(now).plus_s(-7 * 86_400);
    let [west, .., east] = w.city.communities;
    let rows = [(west, 3, 1), (east, 2, 0)].map(|(area, to_dispatch, overdue)| Standing {
        at: ago,
        area,
        to_dispatch,
        overdue,
    });
    let mut conn = w.state.cases.app.db.acquire().await.unwrap();
    put(&mut conn, &[ago], &rows).await.unwrap();
    drop(conn);
    let before = async |w: &mut super::world::World, login: &str, area: i64| {
        let answer = w.get(login, &format!("/api/overview?area={area}")).await;
        let all = answer["figures"].as_array().unwrap().clone();
        let of = |key: &str| all.iter().find(|f| f["key"] == key).unwrap()["before"].clone();
        (of("to_dispatch"), of("overdue"))
    };
    let city = w.city.city;
    let town = w.city.towns[1];
    assert_eq!(
        before(&mut w, "supervisor.1", city).await,
        (json!(5.0), json!(1.0))
    );
    assert_eq!(
        before(&mut w, "supervisor.1", town).await,
        (json!(2.0), json!(0.0))
    );
    // Of a unit's own cases nothing is kept.
    assert_eq!(
        before(&mut w, "handler.cg.1", city).await,
        (json!(null), json!(null))
    );
    // Noted once an hour, as the overview counts.
    assert!(note(&w.state, now).await.unwrap());
    assert!(!note(&w.state, now).await.unwrap());
    w.wait_minutes(7 * 24 * 60);
    let now_is = {
        let cases = w.state.cases.app.db.clone();
        sqlx::query_as::<_, (f64, f64)>(
            "select count(*) filter (where stage in ('accepted', 'returned'))::float8,
                    count(*) filter (where due_at <= $1)::float8 from cases where open",
        )
        .bind(hour(now))
        .fetch_one(&cases)
        .await
        .unwrap()
    };
    assert_eq!(
        before(&mut w, "supervisor.1", city).await,
        (json!(now_is.0), json!(now_is.1))
    );
}

#[tokio::test]
async fn a_worker_sees_what_to_do_today_and_what_is_done() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(0, 0);
    let committee = w.city.org("community-committee", w.city.communities[0]);
    let (id, number) = w
        .report("call.1", json!({"lon": lon, "lat": lat, "matter": "M0509"}))
        .await;
    let page = w.get("supervisor.1", &format!("/api/cases/{id}")).await;
    if page["case"]["stage"] == "reported" {
        w.command("accept.1", &id, "accept", json!({"matter": "M0509"}))
            .await;
    }
    let page = w.get("supervisor.1", &format!("/api/cases/{id}")).await;
    if page["case"]["stage"] == "accepted" {
        w.command(
            "dispatch.1",
            &id,
            "dispatch",
            json!({"org": committee, "note": ""}),
        )
        .await;
    }
    let today = w.get("grid.1", "/api/field/today").await;
    assert_eq!(text(&today["tasks"][0], "number"), number, "{today}");
    assert_eq!(today["tasks"][0]["kind"], "handle");
    assert_eq!(today["tasks"][0]["distance_m"], json!(null));
    assert_eq!(today["grids"][0]["code"], w.city.grids[0].1);
    assert_eq!(today["done_today"], 0);
    let here = format!("/api/field/today?lon={lon}&lat={}", lat + 0.001);
    let metres = w.get("grid.1", &here).await["tasks"][0]["distance_m"].as_f64();
    assert!(
        metres.is_some_and(|m| (100.0..125.0).contains(&m)),
        "{metres:?}"
    );
    assert_eq!(w.command("grid.1", &id, "sign", json!({})).await, 200);
    // Who has signed has it; the colleague's day is free of it.
    let today = w.get("grid.2", "/api/field/today").await;
    assert_eq!(today["tasks"], json!([]), "{today}");
    let body = json!({"text": "已核对", "evidence": {"note": "已当面核对"}});
    assert_eq!(w.command("grid.1", &id, "handle", body).await, 200);
    let today = w.get("grid.1", "/api/field/today").await;
    assert_eq!(today["tasks"], json!([]));
    assert_eq!(today["done_today"], 1);
    let today = w.get("verify.1", "/api/field/today").await;
    assert_eq!(today["tasks"][0]["kind"], "verify", "{today}");
    assert_eq!(today["grids"], json!([]));
    assert_eq!(
        w.get("chief.1", "/api/field/today").await["grids"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}
