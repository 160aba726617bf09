//! The tiny city with the routes of this crate behind the product's door.

use std::path::PathBuf;

use accounts::password::{self, Cost};
use axum::body::Body;
use axum::http::{Request, header};
use jiff::{SignedDuration, ToSpan};
use kernel::{AccountId, App, CaseId, Moment, OrgId, PersonId, Role};
use serde_json::{Value, json};
use testkit::{
    Answer, Browser, PASSWORD, SmallCity, TestDb, behind_the_door, database, small_city,
};
use uuid::Uuid;

use crate::{Books, State, store};

/// A tiny city at work: it is Monday, a little after nine.
pub(super) struct Town {
    pub db: TestDb,
    pub city: SmallCity,
    pub app: App,
    pub state: State,
    pub door: Browser,
    folder: PathBuf,
}

impl Drop for Town {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// State of its own on the town's database, as another server would have.
pub(super) async fn state(app: &App) -> State {
    State {
        app: app.clone(),
        net: divisions::Net::load(&app.db).await.unwrap(),
        shelf: matters::Shelf::load(&app.db).await.unwrap(),
        units: staff::Directory::load(&app.db).await.unwrap(),
        books: Books::load(&app.db).await.unwrap(),
    }
}

/// The net of `state`, followed by appointments and cases.
pub(super) fn net_of(state: &State) -> divisions::State {
    divisions::State {
        app: state.app.clone(),
        net: state.net.clone(),
        followers: std::sync::Arc::new(vec![
            std::sync::Arc::new(staff::follow::Follower),
            std::sync::Arc::new(crate::follow::Follower),
        ]),
    }
}

pub(super) async fn town() -> Town {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let app = db.app();
    let folder = std::env::temp_dir().join(format!("gridwork-cases-{}", Uuid::now_v7().simple()));
    let files = media::Files::open(&folder).await.unwrap();
    let state = state(&app).await;
    let pictures = media::State::new(app.clone(), files);
    let cases: axum::Router = crate::routes::routes().with_state(state.clone()).into();
    let media: axum::Router = media::routes::routes().with_state(pictures.clone()).into();
    let both = crate::pictures::State {
        cases: state.clone(),
        media: pictures,
    };
    let blur: axum::Router = crate::pictures::routes().with_state(both).into();
    let divisions: axum::Router = divisions::routes().with_state(net_of(&state)).into();
    let rules = [crate::RULES, media::RULES, divisions::RULES];
    let routes = cases.merge(media).merge(blur).merge(divisions);
    let door = Browser::new(behind_the_door(&app, routes, &rules).await);
    let town = Town {
        db,
        city,
        app,
        state,
        door,
        folder,
    };
    let zone = &town.app.city.zone;
    let mut day = town
        .now()
        .stamp()
        .to_zoned(zone.clone())
        .date()
        .tomorrow()
        .unwrap();
    while day.weekday() != jiff::civil::Weekday::Monday {
        day = day.tomorrow().unwrap();
    }
    let nine = day.at(9, 0, 0, 0).to_zoned(zone.clone()).unwrap();
    town.go(Moment::new(
        nine.timestamp().checked_add(1.second()).unwrap(),
    ));
    town
}

impl Town {
    pub(super) fn now(&self) -> Moment {
        self.app.clock.now()
    }

    /// Moves the clock to `to` (or a little after).
    pub(super) fn go(&self, to: Moment) {
        let ahead: SignedDuration = to.stamp().duration_since(self.now().stamp());
        let offset = self.app.clock.offset_us() + i64::try_from(ahead.as_micros()).unwrap() + 1;
        self.app.clock.set_offset_us(offset);
    }

    /// Moves the clock `minutes` on.
    pub(super) fn wait(&self, minutes: i64) {
        self.go(self.now().plus_s(minutes * 60));
    }

    /// Fires what is due.
    pub(super) async fn fire(&self) -> usize {
        crate::jobs::fire(&self.state, self.now()).await.unwrap()
    }

    /// A fresh browser that nobody has signed in with.
    pub(super) fn anybody(&self) -> Browser {
        self.door.clone()
    }

    pub(super) async fn signed_in(&self, login: &str) -> Browser {
        self.door.signed_in(login).await
    }

    pub(super) fn unit(&self, key: &str) -> OrgId {
        self.city.org(key, self.city.district)
    }

    pub(super) fn urban(&self) -> OrgId {
        self.unit("district-urban")
    }

    pub(super) fn sanitation(&self) -> OrgId {
        self.unit("district-sanitation")
    }

    /// A resident's report: 201 and its receipt.
    pub(super) async fn report(&self, body: Value) -> Value {
        let answer = self.anybody().post("/api/public/reports", body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    }

    /// The usual report: dumped rubble in the first community's southern grid.
    pub(super) async fn rubble(&self) -> Value {
        self.report(self.about("M0102", 0, 0)).await
    }

    /// A report's body about `matter` in a grid.
    pub(super) fn about(&self, matter: &str, community: u8, row: u8) -> Value {
        let (lon, lat) = self.city.place(community, row);
        json!({"id": Uuid::now_v7(), "text": "路边堆着一堆建筑垃圾", "matter": matter, "lon": lon, "lat": lat})
    }

    pub(super) async fn page(&self, login: &str, case: &Value) -> Value {
        let answer = self.try_page(login, case).await;
        assert_eq!(answer.status, 200, "{login}: {}", answer.json());
        answer.json()
    }

    pub(super) async fn try_page(&self, login: &str, case: &Value) -> Answer {
        let path = format!("/api/cases/{}", id(case));
        self.signed_in(login).await.get(&path).await
    }

    /// A command that succeeds: the case's page after it.
    pub(super) async fn act(&self, login: &str, case: &Value, command: &str, body: Value) -> Value {
        let answer = self.try_act(login, case, command, body).await;
        assert_eq!(answer.status, 200, "{login} {command}: {}", answer.json());
        answer.json()
    }

    /// A command the rules refuse with `code`.
    pub(super) async fn refused(
        &self,
        login: &str,
        case: &Value,
        command: &str,
        body: Value,
        code: &str,
    ) {
        let answer = self.try_act(login, case, command, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, code),
            "{login} {command}: {}",
            answer.json()
        );
    }

    pub(super) async fn try_act(
        &self,
        login: &str,
        case: &Value,
        command: &str,
        body: Value,
    ) -> Answer {
        let order = json!({"id": Uuid::now_v7(), "command": command, "body": body});
        let path = format!("/api/cases/{}/commands", id(case));
        self.signed_in(login).await.post(&path, order).await
    }

    /// What the holder of a progress code does.
    pub(super) async fn reporter(&self, receipt: &Value, command: &str, body: Value) -> Answer {
        let code = receipt["progress_code"].as_str().unwrap();
        let order = json!({"id": Uuid::now_v7(), "command": command, "body": body});
        let path = format!("/api/public/progress/{code}/commands");
        self.anybody().post(&path, order).await
    }

    pub(super) async fn progress(&self, receipt: &Value) -> Value {
        let code = receipt["progress_code"].as_str().unwrap();
        let answer = self
            .anybody()
            .get(&format!("/api/public/progress/{code}"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    }

    /// A picture taken in; the same `seed` gives the same picture.
    pub(super) async fn picture(&self, seed: u32) -> Value {
        let bytes = picture(seed);
        let mut browser = self.anybody();
        let answer = browser
            .request(multipart("/api/public/media", &bytes))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()["id"].clone()
    }

    /// A picture taken in from a member of staff.
    pub(super) async fn picture_by(&self, login: &str, seed: u32) -> Value {
        let bytes = picture(seed);
        let mut browser = self.signed_in(login).await;
        let answer = browser.request(multipart("/api/media", &bytes)).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()["id"].clone()
    }

    /// Handled with an after picture.
    pub(super) async fn handle(&self, login: &str, case: &Value) -> Value {
        let photo = self.picture_by(login, 9).await;
        let body = json!({"text": "已清运", "media": [{"id": photo, "purpose": "after"}]});
        self.act(login, case, "handle", body).await
    }

    /// Verified by `verify.1`.
    pub(super) async fn verify(&self, case: &Value) {
        self.act("verify.1", case, "take", json!({})).await;
        self.act("verify.1", case, "pass", json!({"text": "干净了"}))
            .await;
    }

    /// From handling by `login` to closed by the reporter.
    pub(super) async fn close(&self, login: &str, receipt: &Value) {
        self.handle(login, receipt).await;
        self.verify(receipt).await;
        let answer = self.reporter(receipt, "confirm", json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
    }

    /// Somebody more who handles for `org`.
    pub(super) async fn hire(&self, login: &str, org: OrgId) {
        let since = self.now().plus_s(-7 * 86_400);
        let person = PersonId::fresh();
        let mut tx = self.db.pool.begin().await.unwrap();
        let new = staff::NewPerson {
            id: person,
            name: format!("演示 {login}"),
            org: Some(org),
        };
        staff::store::insert_people(&mut tx, &[new], since)
            .await
            .unwrap();
        let seat = staff::NewAppointment {
            id: Uuid::now_v7(),
            person,
            role: Role::Handler,
            area: None,
            org: Some(org),
            grid: None,
            from: since,
            to: None,
            kind: staff::Service::FullTime,
            by: None,
        };
        staff::desk::appoint(&mut tx, &[seat], since).await.unwrap();
        let account = accounts::NewAccount {
            id: AccountId::fresh(),
            person,
            login: login.to_owned(),
            password_hash: password::hash(PASSWORD, Cost::Test).unwrap(),
        };
        accounts::store::insert_accounts(&mut tx, &[account], since)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The events of a case by kind, oldest first.
    pub(super) async fn history(&self, case: &Value) -> Vec<String> {
        let mut conn = self.db.pool.acquire().await.unwrap();
        let lines = store::events(&mut conn, case_id(case), i32::MAX)
            .await
            .unwrap();
        lines.iter().map(|l| l.event.what.kind()).collect()
    }

    /// How many rows a query counts.
    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&self.db.pool)
            .await
            .unwrap()
    }

    /// Every case's row is what its events make of it, its version is their number, and the row's
    /// columns are what its state says.
    pub(super) async fn sound(&self) {
        let mut conn = self.db.pool.acquire().await.unwrap();
        let ids: Vec<CaseId> = sqlx::query_scalar("select id from cases")
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        for id in ids {
            let case = store::find(&mut conn, &crate::row::Key::Id(id))
                .await
                .unwrap();
            let lines = store::events(&mut conn, id, i32::MAX).await.unwrap();
            assert_eq!(store::replay(&mut conn, id).await.unwrap().unwrap(), case);
            let versions: Vec<i32> = lines.iter().map(|l| l.version).collect();
            assert_eq!(versions, (1..=case.version).collect::<Vec<_>>());
            assert!(
                lines.windows(2).all(|w| w[0].event.at <= w[1].event.at),
                "{:?}",
                lines
            );
            let row = crate::row::Row::of(&case);
            type Columns = (
                String,
                bool,
                Option<Moment>,
                Option<Moment>,
                Option<OrgId>,
                i64,
                i32,
                Vec<String>,
            );
            let columns: Columns = sqlx::query_as(
                "select stage, open, due_at, wake_at, lead, area, version, asks from cases where id = $1",
            )
            .bind(id)
            .fetch_one(&mut *conn)
            .await
            .unwrap();
            let told: Columns = (
                case.stage.word().to_owned(),
                row.open,
                row.due_at,
                row.wake_at,
                case.lead,
                case.area,
                case.version,
                row.asks.iter().map(|a| (*a).to_owned()).collect(),
            );
            assert_eq!(columns, told);
        }
    }
}

/// The id in a receipt.
pub(super) fn id(case: &Value) -> &str {
    case["case_id"].as_str().unwrap()
}

pub(super) fn case_id(case: &Value) -> CaseId {
    id(case).parse().unwrap()
}

/// The moment in a JSON value.
pub(super) fn moment(value: &Value) -> Moment {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no moment: {value}"))
        .parse()
        .unwrap()
}

/// The clock of this kind on a page.
pub(super) fn clock<'a>(page: &'a Value, kind: &str) -> &'a Value {
    let clocks = page["case"]["clocks"].as_array().unwrap();
    clocks
        .iter()
        .find(|c| c["kind"] == kind)
        .unwrap_or(&Value::Null)
}

/// What a page says about a command: allowed or not.
pub(super) fn action<'a>(page: &'a Value, command: &str) -> &'a Value {
    let actions = page["actions"].as_array().unwrap();
    actions
        .iter()
        .find(|a| a["command"] == command)
        .unwrap_or(&Value::Null)
}

/// A picture of its own for each seed.
pub(super) fn picture(seed: u32) -> Vec<u8> {
    let mut image = image::RgbImage::new(320, 240);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let cell = (x / 40 + (y / 30) * 8)
            .wrapping_mul(2_654_435_761)
            .wrapping_add(seed.wrapping_mul(40_503));
        let shade = u8::try_from((cell ^ (cell >> 15)) % 256).unwrap();
        *pixel = image::Rgb([shade, shade, shade]);
    }
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode_image(&image)
        .unwrap();
    bytes
}

/// A form with one file.
pub(super) fn multipart(path: &str, file: &[u8]) -> Request<Body> {
    let mut body =
        b"--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--cut--\r\n");
    Request::post(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut")
        .body(Body::from(body))
        .unwrap()
}
