//! OGC API – Features as its readers use it.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;
use testkit::{Answer, Browser, behind_the_door};

use super::World;
use crate::features;

struct Reader(Browser);

impl Reader {
    async fn new(world: &World) -> Self {
        let state = features::State {
            cases: world.state.cases.clone(),
            shapes: divisions::files::ShapesAt::default(),
        };
        let (ours, _) = features::routes().with_state(state).split_for_parts();
        let (desk, _) = cases::routes::routes()
            .with_state(world.state.cases.clone())
            .split_for_parts();
        let rules = [features::RULES, cases::RULES];
        let router = behind_the_door(&world.app, ours.merge(desk), &rules).await;
        Self(Browser::new(router))
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.0.get(path).await
    }

    async fn json(&mut self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
        answer.json()
    }

    /// Follows the links of this relation from `path` to the end and gathers the ids.
    async fn walk(&mut self, path: &str, rel: &str) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.json(&path).await;
            pages.push(ids(&page));
            next = link(&page, rel);
            assert!(pages.len() < 100, "the pages end");
        }
        pages
    }
}

fn ids(page: &Value) -> Vec<String> {
    let features = page["features"].as_array().unwrap();
    assert_eq!(page["numberReturned"], features.len());
    let id = |f: &Value| f["id"].as_str().unwrap().to_owned();
    features.iter().map(id).collect()
}

/// The address behind the city's own.
fn link(page: &Value, rel: &str) -> Option<String> {
    let links = page["links"].as_array()?;
    let href = links.iter().find(|l| l["rel"] == rel)?["href"].as_str()?;
    Some(href[href.find("/ogc").unwrap()..].to_owned())
}

#[tokio::test]
async fn a_reader_finds_its_way_from_the_landing_page_to_every_feature() {
    let world = World::new().await;
    world.garbage().await;
    let mut reader = Reader::new(&world).await;
    let landing = reader.json("/ogc").await;
    assert_eq!(reader.json("/ogc/").await, landing);
    let conformance = link(&landing, "conformance").unwrap();
    let classes = reader.json(&conformance).await;
    assert!(classes["conformsTo"].as_array().unwrap().len() >= 5);
    let api = link(&landing, "service-desc").unwrap();
    let answer = reader.get(&api).await;
    let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "application/vnd.oai.openapi+json;version=3.0");
    let limit = &answer.json()["components"]["parameters"]["limit"]["schema"];
    assert_eq!(limit["maximum"], 2_000);
    let data = link(&landing, "data").unwrap();
    let all = reader.json(&data).await;
    for collection in all["collections"].as_array().unwrap() {
        let itself = link(collection, "self").unwrap();
        assert_eq!(reader.json(&itself).await, *collection);
        let items = link(collection, "items").unwrap();
        let answer = reader.get(&items).await;
        assert_eq!(
            answer.headers["content-crs"],
            "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
        );
        let page = answer.json();
        assert_eq!(page["numberMatched"], page["numberReturned"]);
        for id in ids(&page) {
            let at = format!(
                "/ogc/collections/{}/items/{id}",
                collection["id"].as_str().unwrap()
            );
            let one = reader.json(&at).await;
            assert_eq!(one["id"], id.as_str());
            assert!(link(&one, "collection").is_some());
        }
    }
}

#[tokio::test]
async fn pages_follow_one_another_to_the_end_and_back() {
    let world = World::new().await;
    for _ in 0..5 {
        world.garbage().await;
    }
    let mut reader = Reader::new(&world).await;
    for (collection, count) in [("divisions", 8), ("grids", 9), ("cases", 5)] {
        let at = format!("/ogc/collections/{collection}/items");
        let whole: Vec<String> = reader.walk(&at, "next").await.concat();
        assert_eq!(whole.len(), count, "{collection}");
        let pages = reader.walk(&format!("{at}?limit=2"), "next").await;
        assert_eq!(pages.concat(), whole, "{collection}");
        assert!(pages.iter().all(|p| p.len() <= 2));
        let last = whole.last().unwrap();
        let back = reader
            .walk(&format!("{at}?limit=2&before={last}"), "prev")
            .await;
        let back: Vec<String> = back.into_iter().rev().flatten().collect();
        assert_eq!(back, whole[..count - 1], "{collection}");
        let gone = reader.get(&format!("{at}?after=nobody")).await;
        assert_eq!((gone.status, gone.code().as_str()), (400, "ogc.page_gone"));
    }
}

#[tokio::test]
async fn boxes_times_and_properties_choose_features() {
    let world = World::new().await;
    let mut reader = Reader::new(&world).await;
    let grids = "/ogc/collections/grids/items";
    let (lon, lat) = world.city.place(2, 1);
    let small = format!(
        "{},{},{},{}",
        lon - 0.001,
        lat - 0.001,
        lon + 0.001,
        lat + 0.001
    );
    let one = ids(&reader.json(&format!("{grids}?bbox={small}")).await);
    assert_eq!(one, [world.city.grids[5].1.clone()]);
    let turned = format!(
        "{},{},{},{}",
        lat - 0.001,
        lon - 0.001,
        lat + 0.001,
        lon + 0.001
    );
    let crs = "http://www.opengis.net/def/crs/EPSG/0/4490";
    let same = format!("{grids}?bbox={turned}&bbox-crs={crs}");
    assert_eq!(ids(&reader.json(&same).await), one);
    let nothing = reader.json(&format!("{grids}?bbox=10,10,11,11")).await;
    assert_eq!(nothing["numberMatched"], 0);
    let community = world.city.communities[0];
    let inside = reader.json(&format!("{grids}?community={community}")).await;
    assert_eq!(inside["numberMatched"], 3);
    let dedicated = reader.json(&format!("{grids}?kind=dedicated")).await;
    assert_eq!(ids(&dedicated), vec![world.city.dedicated.1.clone()]);
    let before = reader
        .json(&format!("{grids}?datetime=../2001-01-01"))
        .await;
    assert_eq!(before["numberMatched"], 0);
    let since = reader
        .json(&format!("{grids}?datetime=2001-01-01/.."))
        .await;
    assert_eq!(since["numberMatched"], 9);
    let towns = "/ogc/collections/divisions/items?level=town";
    assert_eq!(ids(&reader.json(towns).await).len(), 2);
}

#[tokio::test]
async fn coordinates_come_in_the_order_of_the_system_asked_for() {
    let world = World::new().await;
    let mut reader = Reader::new(&world).await;
    let code = &world.city.grids[0].1;
    let at = format!("/ogc/collections/grids/items/{code}");
    let plain = reader.json(&at).await;
    let first = |v: &Value| {
        let p = &v["geometry"]["coordinates"][0][0];
        [p[0].as_f64().unwrap(), p[1].as_f64().unwrap()]
    };
    let [lon, lat] = first(&plain);
    assert!(lon > 100.0 && lat < 50.0);
    for number in ["4326", "4490"] {
        let crs = format!("http://www.opengis.net/def/crs/EPSG/0/{number}");
        let answer = reader.get(&format!("{at}?crs={crs}")).await;
        assert_eq!(answer.headers["content-crs"], format!("<{crs}>"));
        assert_eq!(first(&answer.json()), [lat, lon]);
    }
    let wrong = reader.get(&format!("{at}?crs=EPSG:3857")).await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.json()["description"]
            .as_str()
            .unwrap()
            .contains("crs")
    );
}

#[tokio::test]
async fn of_a_case_nothing_is_told_but_what_everybody_may_know() {
    let world = World::with(
        |matters| {
            for matter in matters.iter_mut() {
                matter.shown = matter.code == "M0101";
            }
        },
        &[],
    )
    .await;
    let number = world.garbage().await;
    let mut reader = Reader::new(&world).await;
    let at = "/ogc/collections/cases/items";
    let answer = reader.get(at).await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(
        !text.contains("垃圾，") && !text.contains("1381234"),
        "{text}"
    );
    let page = answer.json();
    assert_eq!(ids(&page), vec![number.clone()]);
    let point = &page["features"][0]["geometry"]["coordinates"];
    let (lon, lat) = world.city.place(0, 0);
    assert_eq!(point[0].as_f64().unwrap(), cases::public::coarse(lon));
    assert_eq!(point[1].as_f64().unwrap(), cases::public::coarse(lat));
    assert_eq!(page["features"][0]["properties"]["status"], "open");
    let closed = reader.json(&format!("{at}?status=closed")).await;
    assert_eq!(closed["numberMatched"], 0);
    // A box the true place lies in, and the rounded one not, finds nothing.
    let (coarse, step) = (cases::public::coarse(lon), 0.000_01);
    if (coarse - lon).abs() > step {
        let (west, east) = (lon - step / 2.0, lon + step / 2.0);
        let narrow = format!("{at}?bbox={west},{},{east},{}", lat - 0.01, lat + 0.01);
        assert_eq!(reader.json(&narrow).await["numberReturned"], 0);
    }
    let (west, east) = (coarse - step, coarse + step);
    let wide = format!("{at}?bbox={west},{},{east},{}", lat - 0.01, lat + 0.01);
    assert_eq!(ids(&reader.json(&wide).await), vec![number.clone()]);
    // What is not shown is not there, by its number or as the beginning of a page.
    let mut call = reader.0.signed_in("call.1").await;
    let id = uuid::Uuid::now_v7().to_string();
    let report = serde_json::json!({"id": id, "text": "路灯不亮", "matter": "M0301", "lon": lon, "lat": lat,
                                    "source": "call"});
    let made = call.post("/api/cases", report).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let hidden = made.json()["number"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(!hidden.is_empty());
    assert_eq!(ids(&reader.json(at).await), [number]);
    let gone = reader.get(&format!("{at}/{hidden}")).await;
    assert_eq!(
        (gone.status, gone.code().as_str()),
        (404, "ogc.feature_not_found")
    );
    assert_eq!(
        reader.get(&format!("{at}?after={hidden}")).await.status,
        400
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_callers_language_and_kept_is_not_sent_again() {
    let world = World::new().await;
    let mut reader = Reader::new(&world).await;
    for (path, status, code) in [
        ("/ogc/collections/nothing", 404, "ogc.collection_not_found"),
        (
            "/ogc/collections/grids/items/1",
            404,
            "ogc.feature_not_found",
        ),
        ("/ogc/somewhere/else", 404, "ogc.path_not_found"),
        (
            "/ogc/collections/grids/items?colour=red",
            400,
            "ogc.parameter_unknown",
        ),
        ("/ogc/collections?limit=3", 400, "ogc.parameter_unknown"),
        ("/ogc/collections?f=gml", 400, "ogc.parameter_value"),
        (
            "/ogc/collections/cases/items?status=odd",
            400,
            "ogc.parameter_value",
        ),
    ] {
        let answer = reader.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{path}"
        );
        assert!(answer.json()["description"].as_str().unwrap().is_ascii());
    }
    let ask = |name: header::HeaderName, value: &str| {
        Request::builder()
            .uri("/ogc/collections/grids/items?limit=3")
            .header(name, value)
            .body(Body::empty())
            .unwrap()
    };
    let page = reader
        .0
        .request(ask(header::ACCEPT, "text/html,*/*;q=0.8"))
        .await;
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(text.starts_with("<!doctype html>") && text.contains("f=html"));
    let image = reader.0.request(ask(header::ACCEPT, "image/png")).await;
    assert_eq!(image.status, 406);
    let first = reader.get("/ogc/collections/grids/items?limit=3").await;
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    assert!(
        first.headers[header::LINK]
            .to_str()
            .unwrap()
            .contains("rel=\"next\"")
    );
    assert_eq!(first.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let again = reader.0.request(ask(header::IF_NONE_MATCH, &tag)).await;
    assert_eq!(again.status, 304);
    assert!(again.body.is_empty());
}
