//! Promises of the net, against a real database.

mod beside;
mod files;

use serde_json::json;
use testkit::{Browser, behind_the_door, database, small_city};

use crate::store;
use crate::{Net, NewDivision, NewGrid, RULES, State, routes};

#[tokio::test]
async fn a_point_is_in_its_grid_and_in_the_dedicated_grid_over_it() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let net = Net::load(&db.pool).await.unwrap().current();
    assert_eq!(net.number, city.net);
    for (community, code) in (0..4).zip(city.communities) {
        for row in 0..2 {
            let (lon, lat) = city.place(community, row);
            let found = net.locate(lon, lat).unwrap();
            assert_eq!(found.community, code);
            assert_eq!(
                found.grid.id,
                city.grids[usize::from(community * 2 + row)].0
            );
            assert_eq!(found.dedicated, None);
            assert!(
                (200.0..300.0).contains(&found.border_m),
                "{}",
                found.border_m
            );
        }
    }
    let (lon, lat) = city.school();
    let found = net.locate(lon, lat).unwrap();
    assert_eq!(found.dedicated.as_ref().unwrap().id, city.dedicated.0);
    assert_eq!(net.place_text(&found), "天宁区雕庄街道朝阳花园社区小学");
    assert_eq!(net.locate(119.0, 31.0), None);
    assert_eq!(net.locate(f64::NAN, 31.0), None);
}

#[tokio::test]
async fn a_net_replaced_is_seen_after_reload_and_refused_before() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let net = Net::load(&db.pool).await.unwrap();
    let now = db.app().clock.now();
    let mut tx = db.pool.begin().await.unwrap();
    store::check_current(&mut tx, city.net).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.pool.begin().await.unwrap();
    let number = store::begin_net(&mut tx, None, "without the school", now)
        .await
        .unwrap();
    store::end_grids(&mut tx, number, &[city.dedicated.0], now)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.pool.begin().await.unwrap();
    let refused = store::check_current(&mut tx, city.net).await.unwrap_err();
    assert_eq!(refused.code(), "net.changed");
    drop(tx);
    let (lon, lat) = city.school();
    assert!(net.current().locate(lon, lat).unwrap().dedicated.is_some());
    net.reload(&db.pool).await.unwrap();
    assert_eq!(net.current().number, number);
    assert!(net.current().locate(lon, lat).unwrap().dedicated.is_none());
}

#[tokio::test]
async fn filing_a_case_holds_back_a_new_net() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let mut filing = db.pool.begin().await.unwrap();
    store::check_current(&mut filing, city.net).await.unwrap();
    let pool = db.pool.clone();
    let now = db.app().clock.now();
    let swap = tokio::spawn(async move {
        let mut tx = pool.begin().await.unwrap();
        store::begin_net(&mut tx, None, "next", now).await.unwrap();
        tx.commit().await.unwrap();
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!swap.is_finished());
    filing.commit().await.unwrap();
    swap.await.unwrap();
}

#[tokio::test]
async fn places_are_found_by_name_by_words_and_by_code() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let net = Net::load(&db.pool).await.unwrap().current();
    let first = |q: &str| net.find_places(q, 3).into_iter().next().map(|p| p.code);
    assert_eq!(first("青龙街道"), Some(city.towns[1].to_string()));
    assert_eq!(first("朝阳花园"), Some(city.communities[0].to_string()));
    assert_eq!(first("朝阳花园 小学"), Some(city.dedicated.1.clone()));
    assert_eq!(first("雕庄朝阳"), Some(city.communities[0].to_string()));
    assert_eq!(first(&city.grids[5].1), Some(city.grids[5].1.clone()));
    assert_eq!(first("没有这个地方"), None);
    assert_eq!(first("  "), None);
    assert_eq!(net.find_places("网格", 4).len(), 4);
}

async fn browser(db: &testkit::TestDb) -> Browser {
    let app = db.app();
    let net = Net::load(&db.pool).await.unwrap();
    let router = routes()
        .with_state(State {
            app: app.clone(),
            net,
            followers: crate::Followers::default(),
        })
        .into();
    Browser::new(behind_the_door(&app, router, &[RULES]).await)
}

#[tokio::test]
async fn the_public_routes_tell_city_place_and_names() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let mut browser = browser(&db).await;
    let answer = browser.get("/api/public/city").await.json();
    assert_eq!(answer["net"], city.net);
    assert_eq!(answer["bounds"], json!([120.0, 31.78, 120.04, 31.8]));
    assert_eq!(answer["zone"], "Asia/Shanghai");
    let (lon, lat) = city.place(0, 0);
    let answer = browser
        .get(&format!("/api/public/locate?lon={lon}&lat={lat}"))
        .await
        .json();
    assert_eq!(answer["text"], "天宁区雕庄街道朝阳花园社区第1网格");
    assert_eq!(answer["grid"]["code"], city.grids[0].1);
    assert_eq!(answer["town"]["name"], "雕庄街道");
    let answer = browser.get("/api/public/locate?lon=1&lat=2").await.json();
    assert_eq!(
        (&answer["inside"], &answer["grid"]),
        (&json!(false), &json!(null))
    );
    let answer = browser
        .get("/api/public/places?q=%E5%B0%8F%E5%AD%A6")
        .await
        .json();
    assert_eq!(answer["places"][0]["kind"], "dedicated");
}

#[tokio::test]
async fn tiles_hold_the_layers_and_only_of_the_net_in_force() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let mut browser = browser(&db).await;
    let (lon, lat) = city.school();
    let point = atlas::LonLat { lon, lat };
    let tile = |z| atlas::tiles::Tile::holding(z, point).unwrap();
    let path = |net: i32, z: u8| {
        let t = tile(z);
        format!("/api/tiles/areas/{net}/{z}/{}/{}.mvt", t.x(), t.y())
    };
    let answer = browser.get(&path(city.net, 14)).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    for layer in [
        "districts",
        "towns",
        "communities",
        "grids",
        "dedicated",
        "grid_labels",
    ] {
        assert!(text.contains(layer), "{layer}");
    }
    let low = browser.get(&path(city.net, 8)).await;
    assert!(!String::from_utf8_lossy(&low.body).contains("grids"));
    let empty = browser
        .get(&format!("/api/tiles/areas/{}/14/0/0.mvt", city.net))
        .await;
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    assert_eq!(browser.get(&path(city.net + 1, 14)).await.status, 404);
    assert_eq!(
        browser
            .get(&format!("/api/tiles/areas/{}/2/9/9.mvt", city.net))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_grid_shows_who_answers_for_it_to_those_who_may_see_the_net() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let door = browser(&db).await;
    let path = format!("/api/grids/{}", city.grids[0].1);
    assert_eq!(door.clone().get(&path).await.status, 401);
    assert_eq!(
        door.signed_in("admin.audit").await.get(&path).await.code(),
        "right.missing"
    );
    let mut worker = door.signed_in("grid.1").await;
    let answer = worker.get(&path).await.json();
    assert_eq!(answer["grid"]["chief"]["name"], "演示 chief.1");
    assert_eq!(answer["grid"]["workers"], json!([{"name": "演示 grid.1"}]));
    assert_eq!(
        answer["grid"]["polygon"]["coordinates"][0]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(worker.get("/api/grids/1").await.code(), "grid.not_found");
    let answer = worker
        .get(&format!("/api/divisions?parent={}", city.district))
        .await
        .json();
    assert_eq!(answer["divisions"].as_array().unwrap().len(), 2);
    assert_eq!(answer["divisions"][0]["level"], "town");
}

/// Also measures; run with `cargo test -p divisions --release -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "draws the whole schematic city"]
async fn the_whole_city_is_stored_loaded_and_found() {
    let read = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/");
        std::fs::read_to_string(format!("{folder}{name}")).unwrap()
    };
    let divisions = atlas::city::parse_divisions(&read("divisions.csv")).unwrap();
    let anchors = atlas::city::parse_anchors(&read("county_anchors.csv")).unwrap();
    let drawn = atlas::city::generate(&divisions, &anchors, 7).unwrap();
    let areas: Vec<NewDivision> = drawn.divisions.iter().map(Into::into).collect();
    let grids: Vec<NewGrid> = drawn.grids.iter().map(Into::into).collect();
    let db = database().await;
    let now = db.app().clock.now();
    let started = std::time::Instant::now();
    let mut tx = db.pool.begin().await.unwrap();
    store::insert_divisions(&mut tx, &areas).await.unwrap();
    let number = store::begin_net(&mut tx, None, "schematic", now)
        .await
        .unwrap();
    store::insert_grids(&mut tx, number, &grids, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    println!("stored {} grids in {:?}", grids.len(), started.elapsed());
    let started = std::time::Instant::now();
    let net = Net::load(&db.pool).await.unwrap().current();
    println!("loaded in {:?}", started.elapsed());
    let started = std::time::Instant::now();
    for grid in &drawn.grids {
        let at = net
            .locate(grid.label_point.lon, grid.label_point.lat)
            .unwrap();
        let owner = at.dedicated.clone().unwrap_or(at.grid.clone());
        let basic = grid.kind == atlas::GridKind::Basic;
        assert_eq!(if basic { &at.grid.code } else { &owner.code }, &grid.code);
        assert_eq!(at.community, grid.community.number());
    }
    println!("located {} points in {:?}", grids.len(), started.elapsed());
    for (z, most) in [(8, 400_000), (11, 400_000), (13, 400_000), (15, 200_000)] {
        let tile = atlas::tiles::Tile::holding(z, drawn.grids[0].label_point).unwrap();
        let started = std::time::Instant::now();
        let bytes = net.tiles.encode(z, tile.x(), tile.y()).len();
        println!("tile at zoom {z}: {bytes} bytes in {:?}", started.elapsed());
        assert!((1..most).contains(&bytes));
    }
    let started = std::time::Instant::now();
    assert!(!net.find_places("朝阳花园", 10).is_empty());
    println!("found a place in {:?}", started.elapsed());
}
