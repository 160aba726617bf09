//! What stands beside the net follows it.

use kernel::GridId;
use testkit::{Browser, SmallCity, TestDb, behind_the_door, database, small_city};

use crate::beside::{follow, routes as beside, store};
use crate::files::Target;
use crate::files::desk::{self, Manner};
use crate::store as net_store;
use crate::{Net, RULES, State, routes};

async fn take(db: &TestDb, csv: &str, manner: Manner) -> Result<(), Vec<String>> {
    let bytes = csv.as_bytes().to_vec();
    let look = desk::look_through(&db.pool, bytes, manner, testkit::CITY_CODE);
    let look = look.await.unwrap();
    if !look.plan.sound() {
        let told = look.plan.faults().iter();
        return Err(told
            .map(|f| format!("{} {} {}", f.row, f.field, f.code))
            .collect());
    }
    let net = Net::load(&db.pool).await.unwrap().current();
    let now = db.app().clock.now();
    let mut tx = db.pool.begin().await.unwrap();
    desk::take_in(&mut tx, &look.plan, &look.ground, &net, None, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Ok(())
}

fn elements(layer: &str, replace: bool) -> Manner {
    Manner {
        element_layer: Some(layer.to_owned()),
        replace,
        ..Manner::of(Target::Elements)
    }
}

fn units() -> Manner {
    Manner {
        system: Some("city_management".to_owned()),
        ..Manner::of(Target::Units)
    }
}

/// Facilities at two places, as CSV.
fn facilities(city: &SmallCity) -> String {
    let (a, b) = (city.place(0, 0), city.school());
    format!(
        "编码,名称,类别,lon,lat\n3204020101000001,井盖 1,井盖,{},{}\n3204020101000002,井盖 2,井盖,{},{}\n\
         3204020103000001,路灯 1,路灯,{},{}\n",
        a.0, a.1, b.0, b.1, b.0, b.1
    )
}

async fn counted(db: &TestDb, grid: GridId) -> i64 {
    let mut conn = db.pool.acquire().await.unwrap();
    let counts = store::counts(&mut conn, grid).await.unwrap();
    counts.iter().map(|c| c.2).sum()
}

#[tokio::test]
async fn elements_are_counted_in_the_basic_and_the_dedicated_grid() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    take(&db, &facilities(&city), elements("facility", false))
        .await
        .unwrap();
    assert_eq!(counted(&db, city.grids[0].0).await, 3);
    assert_eq!(counted(&db, city.dedicated.0).await, 2);
    assert_eq!(counted(&db, city.grids[1].0).await, 0);
    // The same file again changes nothing; a shorter one takes away only when told to.
    take(&db, &facilities(&city), elements("facility", false))
        .await
        .unwrap();
    assert_eq!(counted(&db, city.grids[0].0).await, 3);
    let (lon, lat) = city.place(0, 0);
    let one = format!("编码,名称,lon,lat\n3204020101000001,井盖 1,{lon},{lat}\n");
    take(&db, &one, elements("facility", false)).await.unwrap();
    assert_eq!(counted(&db, city.grids[0].0).await, 3);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    take(&db, &one, elements("facility", true)).await.unwrap();
    assert_eq!(counted(&db, city.grids[0].0).await, 1);
}

#[tokio::test]
async fn rows_of_elements_that_are_wrong_are_told() {
    let db = database().await;
    small_city(&db.pool).await;
    let csv = "编码,名称,lon,lat\n123,短,120.004,31.784\n9999990101000001,外地,120.004,31.784\n\
               3204020101000001,,120.004,31.784\n3204020101000002,无坐标,,\n3204020101000003,城外,121.5,31.2\n\
               3204020101000003,重复,120.004,31.784\n";
    let told = take(&db, csv, elements("facility", false))
        .await
        .unwrap_err();
    assert_eq!(
        told,
        [
            "2 code import.facility_code",
            "3 code import.facility_district",
            "4 name import.name_missing",
            "5 shape import.shape_missing",
            "6 shape import.outside_city",
            "7 code import.code_repeated",
        ]
    );
}

#[tokio::test]
async fn elements_and_units_follow_the_net() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    take(&db, &facilities(&city), elements("facility", false))
        .await
        .unwrap();
    let csv = "code,wkt\n32040200100101,\"POLYGON ((120 31.785, 120.01 31.785, 120.01 31.795, 120 31.795))\"\n";
    take(&db, csv, units()).await.unwrap();
    let app = db.app();
    let net = Net::load(&db.pool).await.unwrap();
    follow::follow(&app, &net).await.unwrap();
    assert_eq!(
        follow::follow(&app, &net).await.unwrap(),
        0,
        "once is enough"
    );
    let mut conn = db.pool.acquire().await.unwrap();
    for grid in &city.grids[..2] {
        let over = store::over(&mut conn, grid.0).await.unwrap();
        assert_eq!(over.len(), 1);
        assert!(
            (over[0].share_of_unit - 0.5).abs() < 1e-3,
            "{}",
            over[0].share_of_unit
        );
        assert!((over[0].share_of_grid - 0.5).abs() < 1e-3);
    }
    assert!(
        store::over(&mut conn, city.grids[2].0)
            .await
            .unwrap()
            .is_empty()
    );
    let now = app.clock.now();
    let number = net_store::begin_net(&mut conn, None, "without the school", now)
        .await
        .unwrap();
    net_store::end_grids(&mut conn, number, &[city.dedicated.0], now)
        .await
        .unwrap();
    drop(conn);
    net.reload(&db.pool).await.unwrap();
    assert_eq!(
        follow::follow(&app, &net).await.unwrap(),
        2,
        "those in the school"
    );
    assert_eq!(counted(&db, city.dedicated.0).await, 0);
    assert_eq!(counted(&db, city.grids[0].0).await, 3);
}

#[tokio::test]
async fn a_grids_page_tells_elements_units_and_neighbours() {
    let db = database().await;
    let city = small_city(&db.pool).await;
    take(&db, &facilities(&city), elements("facility", false))
        .await
        .unwrap();
    let app = db.app();
    let net = Net::load(&db.pool).await.unwrap();
    let state = State {
        app: app.clone(),
        net,
        followers: crate::Followers::default(),
    };
    let plain: axum::Router = routes().with_state(state.clone()).into();
    let ours: axum::Router = beside::routes().with_state(state).into();
    let door = behind_the_door(&app, plain.merge(ours), &[RULES, beside::RULES]).await;
    let mut chief = Browser::new(door).signed_in("chief.1").await;
    let code = &city.grids[0].1;
    let page = chief.get(&format!("/api/grids/{code}/beside")).await.json();
    assert_eq!(page["elements"][0]["layer"], "facility");
    assert_eq!(page["elements"][0]["count"], 3);
    assert_eq!(page["elements"][0]["classes"][0]["class"], "井盖");
    let neighbours: Vec<&str> = page["neighbours"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["code"].as_str().unwrap())
        .collect();
    // To the east by the longer side, to the north by the shorter.
    assert_eq!(
        neighbours,
        [city.grids[2].1.as_str(), city.grids[1].1.as_str()]
    );
    let (lon, lat) = city.school();
    let bbox = format!(
        "{},{},{},{}",
        lon - 0.001,
        lat - 0.001,
        lon + 0.001,
        lat + 0.001
    );
    let found = chief
        .get(&format!("/api/net/elements?bbox={bbox}"))
        .await
        .json();
    assert_eq!(found["features"].as_array().unwrap().len(), 2);
    assert_eq!(found["more"], false);
    for (query, field) in [
        ("bbox=1,2,3", "bbox"),
        ("bbox=1,2,3,4&layers=cars", "layers"),
    ] {
        let refused = chief.get(&format!("/api/net/elements?{query}")).await;
        assert_eq!(refused.json()["fields"][0]["field"], field);
    }
}
