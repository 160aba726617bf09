//! Cases on the map: what is counted and drawn is what the person may see, and it is quick.

use std::time::Duration;

use atlas::LonLat;
use atlas::tiles::Tile;
use mvt_reader::Reader;
use mvt_reader::feature::Value as Tag;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::wire::serve;
use super::world::{World, text, world};
use crate::live::Reach;
use crate::tiles::{Colours, Look, Stages, Tiles};

/// What a tile shows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    single: Vec<Vec<(String, String)>>,
    counted: i64,
    red: i64,
    by_stage: i64,
    cells: usize,
}

impl Seen {
    fn total(&self) -> i64 {
        self.counted + i64::try_from(self.single.len()).unwrap()
    }

    fn all(&self, key: &str) -> Vec<String> {
        let mut found: Vec<String> = self
            .single
            .iter()
            .flatten()
            .filter(|(k, _)| k == key)
            .map(|(_, v)| v.clone())
            .collect();
        found.sort();
        found
    }
}

fn number(tag: &Tag) -> i64 {
    match tag {
        Tag::Int(n) | Tag::SInt(n) => *n,
        Tag::UInt(n) => i64::try_from(*n).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn decode(bytes: &[u8]) -> Seen {
    let reader = Reader::new(bytes.to_vec()).unwrap();
    let mut seen = Seen::default();
    for (at, name) in reader.get_layer_names().unwrap().iter().enumerate() {
        for feature in reader.get_features(at).unwrap() {
            let props = feature.properties.unwrap();
            if name == "counts" {
                seen.cells += 1;
                seen.counted += number(&props["count"]);
                seen.red += number(&props["red"]);
                seen.by_stage += props
                    .iter()
                    .filter(|(k, _)| k.starts_with("s_"))
                    .map(|(_, n)| number(n))
                    .sum::<i64>();
                continue;
            }
            assert_eq!(name, "cases");
            let mut single: Vec<_> = props
                .into_iter()
                .map(|(k, v)| match v {
                    Tag::String(text) => (k, text),
                    other => panic!("{k}: {other:?}"),
                })
                .collect();
            single.sort();
            seen.single.push(single);
        }
    }
    assert_eq!(seen.by_stage, seen.counted, "the stages of a cell add up");
    seen
}

/// The tile of zoom `z` that holds the whole tiny city, or at deeper zooms its middle.
fn path(z: u8, query: &str) -> String {
    let tile = Tile::holding(
        z,
        LonLat {
            lon: 120.02,
            lat: 31.79,
        },
    )
    .unwrap();
    format!("/api/tiles/cases/{z}/{}/{}.mvt{query}", tile.x(), tile.y())
}

async fn seen(w: &mut World, login: &str, path: &str) -> Seen {
    let answer = w.as_(login).await.get(path).await;
    match answer.status {
        200 => decode(&answer.body),
        204 => Seen::default(),
        other => panic!("{login} {path}: {other}"),
    }
}

#[tokio::test]
async fn a_tile_counts_and_draws_the_open_cases_of_the_persons_reach_and_no_others() {
    let mut w = world().await;
    w.many(60, 8).await;
    for login in [
        "supervisor.1",
        "dispatch.1",
        "dispatch.t2",
        "handler.cg.1",
        "handler.hw.1",
        "grid.1",
        "chief.1",
        "verify.1",
    ] {
        // What the list shows of the same person, but what their unit only once held.
        let rows = w.all(login, "sort=-reported_at", 100).await;
        let mut wanted = Vec::new();
        for row in rows.iter().filter(|r| !r["lon"].is_null()) {
            let over = ["closed", "archived", "declined", "merged", "voided"];
            let page = w
                .get(login, &format!("/api/cases/{}", text(row, "id")))
                .await;
            let open = !over.contains(&row["stage"].as_str().unwrap());
            let version: i32 =
                sqlx::query_scalar("select version from cases where id = $1::text::uuid")
                    .bind(text(row, "id"))
                    .fetch_one(&w.db.pool)
                    .await
                    .unwrap();
            let whole = page["case"]["version"] == version;
            if open && whole {
                wanted.push(text(row, "number"));
            }
        }
        wanted.sort();
        let low = seen(&mut w, login, &path(9, "")).await;
        assert_eq!(low.total(), i64::try_from(wanted.len()).unwrap(), "{login}");
        // Looked at closely each case stands by itself; the city lies in a few tiles of zoom 14.
        let mut close = Vec::new();
        let first = Tile::holding(
            14,
            LonLat {
                lon: 119.99,
                lat: 31.81,
            },
        )
        .unwrap();
        let last = Tile::holding(
            14,
            LonLat {
                lon: 120.05,
                lat: 31.77,
            },
        )
        .unwrap();
        for x in first.x()..=last.x() {
            for y in first.y()..=last.y() {
                let here = seen(&mut w, login, &format!("/api/tiles/cases/14/{x}/{y}")).await;
                assert_eq!(here.cells, 0);
                close.extend(here.all("number"));
            }
        }
        close.sort();
        assert_eq!(close, wanted, "{login}");
    }
    let answer = w.as_("admin.audit").await.get(&path(9, "")).await;
    assert_eq!(answer.status, 403);
    for wrong in [
        "/api/tiles/cases/2/9/9.mvt",
        "/api/tiles/cases/3/1/x.mvt",
        "/api/tiles/cases/30/1/1.mvt",
    ] {
        let answer = w.as_("dispatch.1").await.get(wrong).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "tile.not_found"),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_case_on_the_map_says_what_it_is_and_filters_choose() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(0, 0);
    let (id, sent) = w
        .report("call.1", json!({"lon": lon, "lat": lat, "matter": "M0102"}))
        .await;
    let (lon, lat) = w.city.place(3, 1);
    let (_, waiting) = w.report("call.1", json!({"lon": lon, "lat": lat})).await;
    let me = "supervisor.1";
    let both = seen(&mut w, me, &path(12, "")).await;
    assert_eq!(both.total(), 2);
    let one = seen(&mut w, me, &path(12, "?stage=dispatched,handling")).await;
    let wanted = [
        ("id", id.as_str()),
        ("level", "ok"),
        ("matter", "M0102"),
        ("number", &sent),
        ("stage", "dispatched"),
        ("urgency", "normal"),
    ]
    .map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(one.single, [wanted.to_vec()]);
    assert_eq!(
        seen(&mut w, me, &path(12, "?stage=handling")).await,
        Seen::default()
    );
    assert_eq!(seen(&mut w, me, &path(12, "?level=red")).await.total(), 0);
    let first = w.as_(me).await.get(&path(12, "")).await;
    let tag = first.headers["etag"].clone();
    assert_eq!(first.headers["cache-control"], "private, no-cache");
    w.as_(me).await.headers.insert("if-none-match", tag.clone());
    assert_eq!(w.as_(me).await.get(&path(12, "")).await.status, 304);
    // Nobody touches the cases, but their time runs out.
    w.wait_minutes(60 * 24 * 9);
    assert_eq!(w.as_(me).await.get(&path(12, "")).await.status, 200);
    let red = seen(&mut w, me, &path(12, "?level=red")).await;
    assert_eq!(red.all("number"), {
        let mut n = vec![sent, waiting];
        n.sort();
        n
    });
}

#[tokio::test]
async fn the_map_follows_what_happens() {
    let mut w = world().await;
    let _served = serve(&w.state).await;
    let me = "supervisor.1";
    assert_eq!(seen(&mut w, me, &path(12, "")).await, Seen::default());
    let (lon, lat) = w.city.place(0, 0);
    let (id, _) = w
        .report("call.1", json!({"lon": lon, "lat": lat, "matter": "M0102"}))
        .await;
    let mut stages = Vec::new();
    for (login, command, body) in [
        ("", "", json!({})),
        ("handler.cg.1", "sign", json!({})),
        (
            "shift.1",
            "request_void",
            json!({"reason": "test_entry", "note": "误录"}),
        ),
    ] {
        if !login.is_empty() {
            assert_eq!(w.command(login, &id, command, body).await, 200, "{command}");
        }
        sleep(Duration::from_millis(400)).await;
        stages.extend(seen(&mut w, me, &path(12, "")).await.all("stage"));
    }
    assert_eq!(stages, ["dispatched", "handling", "handling"]);
    let page = w.get("shift.2", &format!("/api/cases/{id}")).await;
    let request = page["case"]["requests"][0]["id"].clone();
    let done = w
        .command("shift.2", &id, "approve_void", json!({"request": request}))
        .await;
    assert_eq!(done, 200);
    sleep(Duration::from_millis(400)).await;
    assert_eq!(seen(&mut w, me, &path(12, "")).await, Seen::default());
}

#[tokio::test]
async fn everybody_sees_open_cases_of_matters_that_may_be_shown_at_coarse_places() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(0, 0);
    let (id, number) = w
        .report(
            "call.1",
            json!({"lon": lon + 0.000_07, "lat": lat - 0.000_05, "matter": "M0101"}),
        )
        .await;
    // About a person, of no matter yet, and elsewhere.
    w.report("call.1", json!({"lon": lon, "lat": lat, "matter": "M0401"}))
        .await;
    w.report("call.1", json!({"lon": lon, "lat": lat})).await;
    let (far_lon, far_lat) = w.city.place(3, 1);
    w.report(
        "call.1",
        json!({"lon": far_lon, "lat": far_lat, "matter": "M0101"}),
    )
    .await;
    let answer = w
        .get("call.1", "/api/public/open?bbox=119.99,31.77,120.015,31.81")
        .await;
    let cases = answer["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 1, "{answer}");
    let case = &cases[0];
    assert_eq!((text(case, "id"), text(case, "number")), (id, number));
    assert_eq!(case["matter"]["code"], "M0101");
    assert!(case["reported_at"].is_string() && case["stage"].is_string());
    let (shown_lon, shown_lat) = (case["lon"].as_f64().unwrap(), case["lat"].as_f64().unwrap());
    for shown in [shown_lon, shown_lat] {
        let steps = shown / 0.000_3;
        assert!((steps - steps.round()).abs() < 1e-6, "{shown}");
    }
    assert!((shown_lon - lon).abs() < 0.000_3 && (shown_lat - lat).abs() < 0.000_3);
    let all = w.get("call.1", "/api/public/open?bbox=119,31,121,32").await;
    assert_eq!(all["cases"].as_array().map(Vec::len), Some(2));
    let none = w.get("call.1", "/api/public/open?bbox=-10,-10,-9,-9").await;
    assert_eq!(none["cases"], json!([]));
    for wrong in ["1,2,3", "2,2,1,1", "a,b,c,d", "0,0,NaN,1", ""] {
        let answer = w
            .as_("call.1")
            .await
            .get(&format!("/api/public/open?bbox={wrong}"))
            .await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
}

/// Fills the city with open cases, unevenly, without going through reports.
async fn crowd(w: &World, count: i32) {
    sqlx::query(
        "insert into cases (id, number, matter, category, urgency, stage, source, lon, lat, net, grid,
            area, lead, reported_at, updated_at, due_at, amber_at, open, version, state)
         select gen_random_uuid(), '261124-' || i, 'M0101', 'M01', 'normal',
            (array['reported', 'accepted', 'dispatched', 'handling', 'handled', 'verifying'])[1 + i % 6],
            'call', 120.0 + 0.5 * power(random(), 2), 31.7 + 0.5 * power(random(), 2), $2, $3,
            $4, $5, now() - interval '1 day', now(), now() + (i % 100 - 20) * interval '1 hour',
            now(), true, 1, '{}'
         from generate_series(1, $1) i",
    )
    .bind(count)
    .bind(w.city.net)
    .bind(w.city.grids[0].0)
    .bind(w.city.communities[0])
    .bind(w.city.org("district-urban", w.city.district))
    .execute(&w.db.pool)
    .await
    .unwrap();
    sqlx::query("insert into case_parties (case_id, org, part) select id, lead, 'lead' from cases")
        .execute(&w.db.pool)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_open_cases_are_drawn_quickly_at_every_zoom() {
    let w = world().await;
    crowd(&w, 100_000).await;
    let tiles = Tiles::default();
    let since = Instant::now();
    tiles.load(&w.db.pool).await.unwrap();
    eprintln!("read 100,000 cases in {:?}", since.elapsed());
    assert_eq!(tiles.len(), 100_000);
    let look = |reach| Look {
        reach,
        stages: Stages::of::<&str>(&[]),
        colours: Colours::of::<&str>(&[]),
    };
    let city = look(Reach {
        areas: vec![(320_400_000_000, 320_499_999_999)],
        ..Reach::default()
    });
    let unit = look(Reach {
        orgs: vec![w.city.org("district-urban", w.city.district)],
        ..Reach::default()
    });
    let now = w.now();
    for (name, look) in [("city", &city), ("unit", &unit)] {
        for z in 5..=17 {
            let mut taken = Vec::new();
            let mut most = 0;
            let (first, last) = (
                Tile::holding(
                    z,
                    LonLat {
                        lon: 120.0,
                        lat: 32.2,
                    },
                )
                .unwrap(),
                Tile::holding(
                    z,
                    LonLat {
                        lon: 120.5,
                        lat: 31.7,
                    },
                )
                .unwrap(),
            );
            let mut total = 0;
            let step = |a: u32, b: u32| usize::try_from((b - a) / 12 + 1).unwrap();
            let whole = step(first.x(), last.x()) == 1 && step(first.y(), last.y()) == 1;
            for x in (first.x()..=last.x()).step_by(step(first.x(), last.x())) {
                for y in (first.y()..=last.y()).step_by(step(first.y(), last.y())) {
                    for _ in 0..if z < 9 { 40 } else { 3 } {
                        let since = Instant::now();
                        let bytes = tiles.encode(z, x, y, look, now);
                        taken.push(since.elapsed());
                        most = most.max(bytes.len());
                    }
                    if whole {
                        total += decode(&tiles.encode(z, x, y, look, now)).total();
                    }
                }
            }
            if whole {
                assert_eq!(total, 100_000, "{name} zoom {z}");
            }
            taken.sort();
            let p99 = taken[taken.len() * 99 / 100];
            eprintln!(
                "{name} zoom {z}: middle {:?}, p99 {p99:?} of {}, at most {most} bytes",
                taken[taken.len() / 2],
                taken.len()
            );
            assert!(p99 < Duration::from_millis(100), "{name} zoom {z}: {p99:?}");
        }
    }
}
