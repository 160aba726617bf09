//! Promises of taking part, through HTTP and a real database.

mod around;
mod net;
mod pay;
mod recruiting;

use serde_json::{Value, json};
use testkit::{Browser, SmallCity, TestDb, behind_the_door, database, small_city};
use uuid::Uuid;

use crate::{RULES, State, routes};

/// Everything a test needs.
pub(crate) struct Hall {
    pub db: TestDb,
    pub app: kernel::App,
    pub city: SmallCity,
    pub door: Browser,
    pub state: State,
}

pub(crate) async fn hall() -> Hall {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let app = db.app();
    let staff = staff::State {
        app: app.clone(),
        directory: staff::Directory::load(&db.pool).await.unwrap(),
        net: divisions::Net::load(&db.pool).await.unwrap(),
    };
    let state = State {
        staff: staff.clone(),
    };
    let router = axum::Router::from(routes().with_state(state.clone()))
        .merge(axum::Router::from(staff::routes().with_state(staff)));
    let tables: Vec<_> = RULES.into_iter().chain(staff::ALL_RULES).collect();
    let door = Browser::new(behind_the_door(&app, router, &tables).await);
    Hall {
        db,
        app,
        city,
        door,
        state,
    }
}

impl Hall {
    /// A post for the first two grids, announced by the chief.
    pub async fn post(&self, chief: &mut Browser, places: i32) -> String {
        let id = Uuid::now_v7().to_string();
        let grids: Vec<&str> = self.city.grids[..2].iter().map(|g| g.1.as_str()).collect();
        let form = json!({"id": id, "title_zh": "兼职网格员", "grids": grids, "places": places,
            "duties": "走访楼栋，发现隐患", "apply_until": self.app.clock.now().plus_s(86_400), "publish_days": 5});
        let answer = chief.post("/api/posts", form).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        id
    }

    pub fn applying(&self, phone: &str) -> Value {
        json!({"id": Uuid::now_v7(), "grid": self.city.grids[0].1, "name": "王小明", "phone": phone,
            "about": "住在附近，晚上有空", "agreed": true})
    }

    pub async fn logged(&self, what: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_log where what = $1 and ok")
            .bind(what)
            .fetch_one(&self.db.pool)
            .await
            .unwrap()
    }
}
