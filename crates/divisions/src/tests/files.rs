//! Files into an empty city and out of a full one.

use axum::body::Body;
use axum::http::{Request, header};
use layers::{Encoding, Format};
use serde_json::{Value, json};
use testkit::{Answer, Browser, TestDb, behind_the_door, database, small_city};

use crate::files::desk::{self, Manner};
use crate::files::write::Wanted;
use crate::files::{Shapes, Target, routes as files};
use crate::{Net, RULES, State, routes};

/// The small city's areas as files, in this system and encoding.
async fn written(format: Format, crs: &str, encoding: Encoding) -> (Vec<u8>, Vec<u8>) {
    let db = database().await;
    small_city(&db.pool).await;
    let net = Net::load(&db.pool).await.unwrap().current();
    let wanted = Wanted {
        format,
        reference: crs.parse().unwrap(),
        encoding,
    };
    let chosen = |target| desk::Chosen {
        target,
        system: None,
        element_layer: None,
    };
    let first = chosen(Target::Divisions);
    let divisions = desk::export(&db.pool, net.clone(), &first, wanted);
    let divisions = divisions.await.unwrap();
    let second = chosen(Target::Grids);
    let grids = desk::export(&db.pool, net, &second, wanted);
    (divisions, grids.await.unwrap())
}

fn manner(target: Target, crs: &str) -> Manner {
    Manner {
        crs: Some(crs.to_owned()),
        ..Manner::of(target)
    }
}

/// Takes a file in as the command line does; answers the faults when it is refused.
async fn take(db: &TestDb, bytes: &[u8], manner: Manner) -> Result<i32, Vec<&'static str>> {
    let look = desk::look_through(&db.pool, bytes.to_vec(), manner, testkit::CITY_CODE)
        .await
        .unwrap();
    if !look.plan.sound() {
        return Err(look.plan.faults().iter().map(|f| f.code).collect());
    }
    let now = db.app().clock.now();
    let net = Net::load(&db.pool).await.unwrap().current();
    let mut tx = db.pool.begin().await.unwrap();
    let number = desk::take_in(&mut tx, &look.plan, &look.ground, &net, None, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Ok(number)
}

#[tokio::test]
async fn an_empty_city_gets_its_first_net_from_files_of_any_format_and_system() {
    for (format, crs, encoding) in [
        (Format::Shapefile, "gcj02", Encoding::Gb18030),
        (Format::GeoPackage, "gk-zone-40", Encoding::Utf8),
        (Format::Csv, "bd09", Encoding::Gb18030),
        (Format::GeoJson, "gk-120", Encoding::Utf8),
    ] {
        let (divisions, grids) = written(format, crs, encoding).await;
        let db = database().await;
        let first = take(&db, &divisions, manner(Target::Divisions, crs)).await;
        assert_eq!(first, Ok(1), "{format} {crs}");
        let second = take(&db, &grids, manner(Target::Grids, crs)).await;
        assert_eq!(second, Ok(2), "{format} {crs}");
        let net = Net::load(&db.pool).await.unwrap().current();
        assert_eq!(net.grids().count(), 9);
        // The same point lies in the same grids as in the city the files came from.
        let located = net.locate(120.0 + 0.004, 31.78 + 0.004).unwrap();
        assert_eq!(located.grid.code, "3204020010011001", "{format} {crs}");
        assert_eq!(located.grid.name, "朝阳花园社区第1网格");
        let dedicated = located.dedicated.unwrap();
        assert_eq!(dedicated.dedicated_kind.as_deref(), Some("school"));
        assert_eq!(
            net.division(320_402_001_001).unwrap().name,
            "朝阳花园社区居委会"
        );
    }
}

#[tokio::test]
async fn a_net_taken_out_and_in_is_the_same_to_the_last_vertex() {
    let db = database().await;
    small_city(&db.pool).await;
    let before = Shapes::read(&db.pool).await.unwrap();
    for crs in ["gcj02", "bd09", "gk-120", "wgs84"] {
        let (divisions, grids) = written(Format::Shapefile, crs, Encoding::Utf8).await;
        let fresh = database().await;
        take(&fresh, &divisions, manner(Target::Divisions, crs))
            .await
            .unwrap();
        take(&fresh, &grids, manner(Target::Grids, crs))
            .await
            .unwrap();
        let after = Shapes::read(&fresh.pool).await.unwrap();
        for (old, new) in before.grids.iter().zip(&after.grids) {
            assert_eq!(old.info.code, new.info.code);
            // A grid at a corner of its neighbours may have got their vertices besides.
            assert_eq!(
                old.polygon.doubled_area(),
                new.polygon.doubled_area(),
                "{crs}"
            );
        }
        let communities = |s: &Shapes| {
            let all = s
                .divisions
                .iter()
                .filter(|d| d.info.level == crate::Level::Village);
            all.map(|d| d.polygon.as_ref().unwrap().doubled_area())
                .collect::<Vec<_>>()
        };
        assert_eq!(communities(&before), communities(&after), "{crs}");
    }
}

#[tokio::test]
async fn divisions_without_areas_get_those_of_their_grids() {
    let (_, grids) = written(Format::GeoJson, "cgcs2000", Encoding::Utf8).await;
    let db = database().await;
    let csv = "代码,名称\n320400,常州市\n320402,天宁区\n320402001,雕庄街道\n320402002,青龙街道\n\
               320402001001,朝阳花园社区居委会\n320402001002,水岸社区居委会\n320402002002,青竹苑社区居委会\n\
               320402002003,彩虹城社区居委会\n";
    let taken = take(&db, csv.as_bytes(), Manner::of(Target::Divisions)).await;
    assert_eq!(taken, Ok(1));
    take(&db, &grids, manner(Target::Grids, "cgcs2000"))
        .await
        .unwrap();
    let shapes = Shapes::read(&db.pool).await.unwrap();
    for division in &shapes.divisions {
        let [west, south, east, north] = division.info.bounds;
        assert!(division.polygon.is_some(), "{}", division.info.name);
        assert!(west >= 119.99 && south >= 31.77 && east <= 120.05 && north <= 31.81);
        assert!((west..east).contains(&division.info.lon));
    }
}

fn square(west: f64, south: f64, side: f64) -> String {
    let (e, n) = (west + side, south + side);
    format!("\"POLYGON (({west} {south}, {e} {south}, {e} {n}, {west} {n}))\"")
}

#[tokio::test]
async fn every_row_that_is_wrong_is_told_with_its_field() {
    let (divisions, _) = written(Format::GeoJson, "cgcs2000", Encoding::Utf8).await;
    let db = database().await;
    take(&db, &divisions, manner(Target::Divisions, "cgcs2000"))
        .await
        .unwrap();
    let low = square(120.0, 31.78, 0.01);
    let high = square(120.0, 31.79, 0.01);
    let over = square(120.005, 31.785, 0.01);
    let outside = square(120.03, 31.78, 0.01);
    let crossing =
        "\"POLYGON ((120.01 31.78, 120.02 31.79, 120.02 31.78, 120.01 31.79, 120.012 31.785))\"";
    let two = "\"MULTIPOLYGON (((120.02 31.78, 120.025 31.78, 120.025 31.785)), ((120.026 31.78, 120.029 31.78, 120.029 31.785)))\"";
    let rows = [
        (String::new(), "", low.as_str(), "code import.code_missing"),
        ("12345".into(), "", low.as_str(), "code import.code_scheme"),
        ("3204020010011001".into(), "", low.as_str(), ""),
        (
            "3204020010011001".into(),
            "",
            low.as_str(),
            "code import.code_repeated",
        ),
        ("3204020010011002".into(), "", high.as_str(), ""),
        (
            "3204020010011003".into(),
            "",
            over.as_str(),
            "shape import.overlaps",
        ),
        (
            "3204020019991001".into(),
            "",
            low.as_str(),
            "community import.community_unknown",
        ),
        (
            "3204020010011004".into(),
            "320402002002",
            low.as_str(),
            "community import.community_differs",
        ),
        (
            "3204020010011005".into(),
            "没有的社区",
            low.as_str(),
            "community import.community_unknown",
        ),
        (
            "3204020010011006".into(),
            "",
            "",
            "shape import.shape_missing",
        ),
        (
            "3204020010011007".into(),
            "",
            "\"POINT (1 2)\"",
            "shape import.shape_kind",
        ),
        (
            "3204020010011008".into(),
            "",
            "\"POLYGON ((1 2, 3\"",
            "shape import.shape_broken",
        ),
        (
            "3204020010011009".into(),
            "",
            two,
            "shape import.shape_parts",
        ),
        (
            "3204020010011010".into(),
            "",
            "\"POLYGON ((200 1, 201 1, 201 2))\"",
            "shape import.shape_out_of_range",
        ),
        (
            "3204020010011011".into(),
            "",
            "\"POLYGON ((120 31, 120 31, 120 31))\"",
            "shape import.shape_degenerate",
        ),
        (
            "3204020010021001".into(),
            "",
            crossing,
            "shape import.shape_crosses",
        ),
        (
            "3204020010011012".into(),
            "",
            outside.as_str(),
            "shape import.outside_community",
        ),
    ];
    let mut csv = String::from("code,community,wkt\n");
    for (code, community, shape, _) in &rows {
        csv.push_str(&format!("{code},{community},{shape}\n"));
    }
    let look = desk::look_through(
        &db.pool,
        csv.into_bytes(),
        Manner::of(Target::Grids),
        testkit::CITY_CODE,
    )
    .await
    .unwrap();
    for ((code, _, _, wanted), row) in rows.iter().zip(2_u32..) {
        let told = look.plan.faults().iter().filter(|f| f.row == row);
        let told: Vec<String> = told.map(|f| format!("{} {}", f.field, f.code)).collect();
        if wanted.is_empty() {
            assert!(told.is_empty(), "{code}: {told:?}");
        } else {
            assert!(
                told.iter().any(|t| t == wanted),
                "{code}: {wanted} in {told:?}"
            );
        }
    }
    for fault in look.plan.faults() {
        for lang in [kernel::Lang::Zh, kernel::Lang::En] {
            let detail = fault.told(lang).detail;
            assert!(
                !detail.contains('{') && !detail.starts_with("import."),
                "{detail}"
            );
        }
    }
    assert!(!look.plan.sound());
}

#[tokio::test]
async fn a_gap_in_a_community_is_found_with_its_area() {
    let (divisions, _) = written(Format::GeoJson, "cgcs2000", Encoding::Utf8).await;
    let db = database().await;
    take(&db, &divisions, manner(Target::Divisions, "cgcs2000"))
        .await
        .unwrap();
    let csv = format!(
        "code,wkt\n3204020010011001,{}\n",
        square(120.0, 31.78, 0.01)
    );
    let look = desk::look_through(
        &db.pool,
        csv.into_bytes(),
        Manner::of(Target::Grids),
        testkit::CITY_CODE,
    )
    .await
    .unwrap();
    let gap = look
        .plan
        .faults()
        .iter()
        .find(|f| f.code == "import.gap")
        .unwrap();
    let area = gap.params["area_m2"].as_f64().unwrap();
    // Half of the community: a hundredth of a degree by a hundredth.
    assert!((1_000_000.0..1_100_000.0).contains(&area), "{area}");
}

async fn browser(db: &TestDb) -> Browser {
    let app = db.app();
    let net = Net::load(&db.pool).await.unwrap();
    let state = State {
        app: app.clone(),
        net,
        followers: crate::Followers::default(),
    };
    let plain: axum::Router = routes().with_state(state.clone()).into();
    let ours: axum::Router = files::routes().with_state(state).into();
    Browser::new(behind_the_door(&app, plain.merge(ours), &[RULES, files::RULES]).await)
}

async fn send(browser: &mut Browser, path: &str, bytes: &[u8], how: Value) -> Answer {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"how\"\r\n\r\n{how}\r\n--edge\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .body(Body::from(body))
        .unwrap();
    browser.request(request).await
}

#[tokio::test]
async fn the_desk_reads_looks_and_takes_and_nothing_changes_before() {
    let (divisions, grids) = written(Format::Shapefile, "gcj02", Encoding::Gb18030).await;
    let db = database().await;
    take(&db, &divisions, manner(Target::Divisions, "gcj02"))
        .await
        .unwrap();
    testkit::admin(&db.pool).await;
    let mut desk = browser(&db).await.signed_in("admin.system").await;
    let how = json!({"target": "grids", "crs": "gcj02"});
    let columns = send(&mut desk, "/api/net/files/columns", &grids, how.clone()).await;
    assert_eq!(columns.status, 200, "{:?}", columns.body);
    let columns = columns.json();
    assert_eq!(columns["encoding"], "gb18030");
    assert_eq!(columns["crs_told"], Value::Null);
    assert_eq!(columns["mapping"]["code"], "code");
    let look = send(&mut desk, "/api/net/files/look", &grids, how.clone())
        .await
        .json();
    assert_eq!(look["way"], "first");
    assert_eq!(look["summary"]["added"], 9);
    assert_eq!(look["drawn"]["features"].as_array().unwrap().len(), 9);
    assert!(Shapes::read(&db.pool).await.unwrap().grids.is_empty());
    let id = uuid::Uuid::now_v7();
    let path = format!("/api/net/files/import?id={id}&net={}", look["net"]);
    let taken = send(&mut desk, &path, &grids, how.clone()).await;
    assert_eq!(taken.status, 200, "{:?}", taken.body);
    let again = send(&mut desk, &path, &grids, how.clone()).await;
    assert_eq!(again.json(), taken.json(), "the same command is one import");
    let other = json!({"target": "grids", "crs": "wgs84"});
    let reused = send(&mut desk, &path, &grids, other).await;
    assert_eq!(reused.code(), "command.id_reused");
    let mut anybody = desk.clone();
    let (lon, lat) = (120.004, 31.784);
    let located = anybody
        .get(&format!("/api/public/locate?lon={lon}&lat={lat}"))
        .await;
    assert_eq!(located.json()["grid"]["code"], "3204020010011001");
    // Now that a net is in force, a file is a draft's matter.
    let fresh = format!("/api/net/files/import?id={}", uuid::Uuid::now_v7());
    let refused = send(&mut desk, &fresh, &grids, how).await;
    assert_eq!(refused.code(), "import.nothing_changes");
    let csv = desk
        .get("/api/net/files/export?target=grids&format=csv")
        .await;
    let csv = String::from_utf8(csv.body.to_vec()).unwrap();
    let csv = csv.replace("朝阳花园社区第1网格", "朝阳花园社区南网格");
    let id = uuid::Uuid::now_v7();
    let path = format!("/api/net/files/import?id={id}");
    let how = json!({"target": "grids"});
    let drafted = send(&mut desk, &path, csv.as_bytes(), how).await;
    assert_eq!(drafted.status, 200, "{:?}", drafted.body);
    assert_eq!(drafted.json()["way"], "draft");
    assert_eq!(drafted.json()["draft"], id.to_string());
    let mut conn = db.pool.acquire().await.unwrap();
    let draft = crate::drafts::store::find(&mut conn, kernel::DraftId(id), false);
    let draft = draft.await.unwrap();
    assert_eq!((draft.steps, draft.communities.len()), (1, 1));
    drop(conn);
    let still = anybody
        .get(&format!("/api/public/locate?lon={lon}&lat={lat}"))
        .await;
    assert_eq!(
        still.json()["grid"]["name"],
        "朝阳花园社区第1网格",
        "until it takes effect"
    );
    let out = "/api/net/files/export?target=grids&format=csv&crs=gcj02&encoding=gb18030";
    let out = desk.get(out).await;
    assert_eq!(out.status, 200);
    assert!(
        Encoding::Gb18030
            .text(&out.body)
            .contains("朝阳花园社区第1网格")
    );
    for (query, field) in [
        ("target=grids&format=dwg", "format"),
        ("target=grids&crs=moon", "crs"),
        ("target=grids&format=csv&encoding=latin", "encoding"),
    ] {
        let refused = desk.get(&format!("/api/net/files/export?{query}")).await;
        assert_eq!(refused.json()["fields"][0]["field"], field);
    }
}

#[tokio::test]
async fn what_nobody_else_approves_is_taken_only_from_who_answers_for_the_whole_city() {
    let db = database().await;
    small_city(&db.pool).await;
    let rows = "code,name,parent\n320402001001,改名社区,320402001000\n";
    let path = || format!("/api/net/files/import?id={}", uuid::Uuid::now_v7());
    let facility = json!({"target": "elements", "element_layer": "service_point", "replace": true});
    let mut keeper = browser(&db).await.signed_in("net.1").await;
    for (bytes, how) in [
        (rows, json!({"target": "divisions"})),
        ("code,name,lon,lat\nS1,点,120.004,31.784\n", facility),
    ] {
        let refused = send(&mut keeper, &path(), bytes.as_bytes(), how).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "import.whole_city")
        );
    }
    let mut admin = browser(&db).await.signed_in("admin.system").await;
    let elsewhere = rows.replace("320402001000", "320402002000");
    let how = json!({"target": "divisions"});
    let look = send(
        &mut admin,
        "/api/net/files/look",
        elsewhere.as_bytes(),
        how.clone(),
    )
    .await;
    assert_eq!(
        look.json()["faults"][0]["code"],
        "import.parent_in_force",
        "{}",
        look.json()
    );
    let taken = send(&mut admin, &path(), rows.as_bytes(), how).await;
    assert_eq!(taken.status, 200, "{:?}", taken.body);
}

#[tokio::test]
async fn a_nul_in_an_address_is_refused_and_reaches_no_statement() {
    let db = database().await;
    small_city(&db.pool).await;
    let mut keeper = browser(&db).await.signed_in("net.1").await;
    let asked = keeper.get("/api/net/drafts?q=a%00b").await;
    assert_eq!(
        (asked.status, asked.json()["fields"][0]["field"].as_str()),
        (422, Some("q"))
    );
    let named = keeper.get("/api/grids/%00/history").await;
    assert_eq!(named.status, 404, "{:?}", named.body);
}
