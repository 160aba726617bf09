//! Promises of the exchange, against a real database and through the product's own door.

mod asking;
mod features;
mod pictures;
mod updating;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use kernel::App;
use serde_json::Value;
use testkit::{Answer, Browser, SmallCity, TestDb, behind_the_door, database, small_city};

use crate::{RULES, State, routes, store};

/// The key most tests use.
const KEY: &str = "key-of-a-test-client";

/// A city with its Open311 endpoint.
struct World {
    db: TestDb,
    city: SmallCity,
    app: App,
    state: State,
    router: Router,
}

impl World {
    async fn new() -> Self {
        Self::with(|_| {}, &[]).await
    }

    /// A city whose catalogue is changed first, with hosts that may be private.
    async fn with(
        change: impl FnOnce(&mut Vec<matters::catalogue::Matter>),
        hosts: &[&str],
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let db = database().await;
        let city = small_city(&db.pool).await;
        let app = db.app();
        let mut conn = db.pool.acquire().await.unwrap();
        let mut changed: Vec<_> = matters::catalogue::Catalogue::standard()
            .unwrap()
            .matters()
            .to_vec();
        change(&mut changed);
        matters::store::put_matters(&mut conn, &changed)
            .await
            .unwrap();
        store::add_key(&mut conn, "a test client", KEY)
            .await
            .unwrap();
        drop(conn);
        let folder = std::env::temp_dir().join(format!("gw-exchange-{}", uuid::Uuid::now_v7()));
        let state = State {
            cases: cases::State {
                app: app.clone(),
                net: divisions::Net::load(&app.db).await.unwrap(),
                shelf: matters::Shelf::load(&app.db).await.unwrap(),
                units: staff::Directory::load(&app.db).await.unwrap(),
                books: cases::Books::load(&app.db).await.unwrap(),
            },
            media: media::State::new(app.clone(), media::Files::open(&folder).await.unwrap()),
            media_hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
        };
        let (ours, _) = routes().with_state(state.clone()).split_for_parts();
        let (desk, _) = cases::routes::routes()
            .with_state(state.cases.clone())
            .split_for_parts();
        let router = behind_the_door(&app, ours.merge(desk), &[RULES, cases::RULES]).await;
        Self {
            db,
            city,
            app,
            state,
            router,
        }
    }

    /// A plain client: no cookie, no mark, no language.
    fn client(&self) -> Client {
        let mut browser = Browser::new(self.router.clone());
        browser.headers.remove("x-gridwork");
        Client(browser)
    }

    /// A place in the first community, as form fields.
    fn here(&self) -> [(&'static str, String); 2] {
        let (lon, lat) = self.city.place(0, 0);
        [("lat", lat.to_string()), ("long", lon.to_string())]
    }

    /// Files exposed garbage at that place and answers the id.
    async fn garbage(&self) -> String {
        let [lat, long] = self.here();
        let form = [
            ("api_key", KEY),
            ("service_code", "M0101"),
            (lat.0, &lat.1),
            (long.0, &long.1),
            ("description", "路边一堆垃圾，电话 13812345678"),
        ];
        let answer = self.client().post("/open311/v2/requests.json", &form).await;
        assert_eq!(answer.status, 200, "{}", text(&answer));
        answer.json()[0]["service_request_id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A person's command on a case, from the desk.
    async fn command(&self, login: &str, number: &str, command: Value) {
        let mut browser = Browser::new(self.router.clone()).signed_in(login).await;
        let mut envelope = command;
        envelope["id"] = uuid::Uuid::now_v7().to_string().into();
        let path = format!("/api/cases/{number}/commands");
        let answer = browser.post(&path, envelope).await;
        assert_eq!(answer.status, 200, "{login}: {}", text(&answer));
    }
}

/// An Open311 client.
struct Client(Browser);

impl Client {
    async fn get(&mut self, path: &str) -> Answer {
        self.0.get(path).await
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let kind = "application/x-www-form-urlencoded";
        self.send(path, kind, Body::from(body)).await
    }

    /// A multipart form with files in the field `media`.
    async fn post_files(&mut self, path: &str, form: &[(&str, &str)], files: &[&[u8]]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in form {
            body.extend_from_slice(
                format!(
                    "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .as_bytes(),
            );
        }
        for file in files {
            body.extend_from_slice(
                b"--edge\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\n\
                  Content-Type: image/png\r\n\r\n",
            );
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let kind = "multipart/form-data; boundary=edge";
        self.send(path, kind, Body::from(body)).await
    }

    async fn send(&mut self, path: &str, kind: &str, body: Body) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .body(body)
            .unwrap();
        self.0.request(request).await
    }
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// Status, code in the body and the descriptions of a failure.
fn failure(answer: &Answer) -> (u16, u64, String) {
    let json = answer.json();
    let all: Vec<&str> = json
        .as_array()
        .unwrap_or_else(|| panic!("no list of errors: {}", text(answer)))
        .iter()
        .map(|e| e["description"].as_str().unwrap())
        .collect();
    (
        answer.status,
        json[0]["code"].as_u64().unwrap(),
        all.join(" | "),
    )
}

/// Reads XML into a list of `path = text`, and fails when it is not well formed.
fn leaves(xml: &str) -> Vec<(String, String)> {
    use quick_xml::events::Event;
    assert!(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
        "{xml}"
    );
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut path, mut found): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    let mut words = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path.push(String::from_utf8(start.name().as_ref().to_vec()).unwrap());
                words.clear();
            }
            Event::Empty(empty) => {
                let name = String::from_utf8(empty.name().as_ref().to_vec()).unwrap();
                found.push((format!("{}/{name}", path.join("/")), String::new()));
            }
            Event::Text(piece) => words.push_str(&piece.decode().unwrap()),
            Event::End(_) => {
                if !words.trim().is_empty() {
                    found.push((path.join("/"), words.trim().to_owned()));
                }
                words.clear();
                path.pop();
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// The text of the first leaf at `path`.
fn leaf(xml: &str, path: &str) -> String {
    let found = leaves(xml);
    let leaf = found.iter().find(|(at, _)| at == path);
    leaf.unwrap_or_else(|| panic!("no {path} in {xml}"))
        .1
        .clone()
}

#[test]
fn numbers_of_people_are_hidden_and_others_stay() {
    let hide = crate::words::without_numbers;
    assert_eq!(hide("电话13812345678，急"), "电话***********，急");
    assert_eq!(hide("138 1234 5678"), "*************");
    assert_eq!(hide("138.1234.5678"), "*************");
    assert_eq!(hide("138 - 1234 - 5678"), "*".repeat(17));
    assert_eq!(hide("3 号楼 12 室 5 层 100 元"), "3 号楼 12 室 5 层 100 元");
    assert_eq!(hide("138-1234-5678 找他"), "************* 找他");
    assert_eq!(hide("0519-88123456"), "0519-********");
    assert_eq!(hide("１３８１２３４５６７８"), "***********");
    assert_eq!(hide("320402199001011234"), "*".repeat(18));
    assert_eq!(
        hide("2026-11-24 19:30 于12幢303室"),
        "2026-11-24 19:30 于12幢303室"
    );
    assert_eq!(hide("案件 261124-00012"), "案件 261124-00012");
    assert_eq!(hide(""), "");
}
