//! Who answers for which grid, within the area of those who keep people.

use serde_json::Value;
use uuid::Uuid;

use super::world::{World, world};

impl World {
    async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.db.pool).await.unwrap();
    }
}

fn state_of<'a>(page: &'a Value, code: &str) -> &'a str {
    let grids = page["grids"].as_array().unwrap();
    let found = grids.iter().find(|g| g["code"] == code);
    found.and_then(|g| g["state"].as_str()).unwrap_or("out")
}

#[tokio::test]
async fn a_grid_is_without_worker_without_chief_away_double_or_covered() {
    let mut w = world().await;
    let codes: Vec<String> = w.city.grids.iter().map(|g| g.1.clone()).collect();
    let page = w.get("keeper.2", "/api/coverage").await;
    // The first community has a chief and a worker in each grid; the others have nobody.
    assert_eq!(state_of(&page, &codes[0]), "covered");
    assert_eq!(state_of(&page, &codes[2]), "no_worker");
    assert_eq!(page["counts"]["covered"], 2);
    assert_eq!(page["counts"]["no_worker"], 6);
    let leave = "insert into leaves (id, person, kind, valid_from, valid_to, made_by, made_at)
        select gen_random_uuid(), a.person, 'sick', now() - interval '1 hour', now() + interval '1 day', a.person, now()
        from appointments a where a.role = 'grid_worker' limit 1";
    w.run(leave).await;
    let page = w.get("keeper.2", "/api/coverage?state=away").await;
    assert_eq!(page["grids"].as_array().unwrap().len(), 1);
    w.run("update leaves set stand_in = (select person from appointments where role = 'grid_worker' and person <> leaves.person limit 1)").await;
    let page = w.get("keeper.2", "/api/coverage").await;
    assert_eq!(page["counts"]["away"], 0, "somebody stands in");
    sqlx::query(
        "insert into appointments (id, person, role, grid, valid_from, kind)
         select $1, person, role, $2, now() - interval '1 hour', 'full_time' from appointments
         where role = 'grid_worker' and grid <> $2 limit 1",
    )
    .bind(Uuid::now_v7())
    .bind(w.city.grids[1].0)
    .execute(&w.db.pool)
    .await
    .unwrap();
    let page = w.get("keeper.2", "/api/coverage").await;
    assert_eq!(state_of(&page, &codes[1]), "double");
    w.run("update appointments set valid_to = now() where role = 'grid_chief'")
        .await;
    let page = w.get("keeper.2", "/api/coverage").await;
    assert_eq!(page["counts"]["no_chief"], 2);
}

#[tokio::test]
async fn coverage_stays_in_the_own_area_and_is_paged_without_gap() {
    let mut w = world().await;
    let page = w.get("keeper.1", "/api/coverage").await;
    assert_eq!(
        page["grids"].as_array().unwrap().len(),
        4,
        "the western town"
    );
    let page = w.get("chief.1", "/api/coverage").await;
    assert_eq!(
        page["grids"].as_array().unwrap().len(),
        2,
        "the own community"
    );
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = w
            .get("keeper.2", &format!("/api/coverage?limit=3{after}"))
            .await;
        seen.extend(
            page["grids"]
                .as_array()
                .unwrap()
                .iter()
                .map(|g| g["code"].clone()),
        );
        let Some(next) = page["after"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    assert_eq!(seen.len(), 8);
    seen.dedup();
    assert_eq!(seen.len(), 8);
    let map = w.get("keeper.2", "/api/coverage/map").await;
    assert_eq!(map["states"]["covered"].as_array().unwrap().len(), 2);
    let load = w.get("keeper.2", "/api/coverage/people?limit=1").await;
    assert_eq!(load["people"].as_array().unwrap().len(), 1);
    let next = load["after"].as_str().unwrap();
    let rest = w
        .get("keeper.2", &format!("/api/coverage/people?after={next}"))
        .await;
    assert_eq!(rest["people"].as_array().unwrap().len(), 1);
}
