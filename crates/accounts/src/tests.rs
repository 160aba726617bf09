//! Promises of sessions, rights at the door and the audit log, through HTTP and a real database.

mod audit;
mod door;
mod people;
mod sessions;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Router, routing};
use divisions::Net;
use kernel::{Actor, App, Capability, Need, RouteRule, rights::rule};
use staff::Directory;
use testkit::{Browser, SmallCity, TestDb, database, small_city};

use crate::{Guard, RULES, Settings, State, guard, layer, routes};

/// Routes of the test's own, one for each kind of need, and one no table names.
const TRIED: &[RouteRule] = &[
    rule("GET", "/try/public", Need::Public),
    rule("POST", "/try/public", Need::Public),
    rule("GET", "/try/session", Need::Session),
    rule("GET", "/try/rules/{id}", Need::Can(Capability::RuleCases)),
];

struct Hall {
    db: TestDb,
    city: SmallCity,
    app: App,
    door: Browser,
}

impl Hall {
    /// Moves the clock.
    fn later(&self, seconds: i64) {
        self.app
            .clock
            .set_offset_us(self.app.clock.offset_us() + seconds * 1_000_000);
    }

    /// What the log holds of `what`: whether it was let through, and details.
    async fn logged(&self, what: &str) -> Vec<(bool, serde_json::Value)> {
        sqlx::query_as("select ok, details from audit_log where what = $1 order by n")
            .bind(what)
            .fetch_all(&self.db.pool)
            .await
            .unwrap()
    }
}

async fn hall() -> Hall {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let app = db.app();
    let net = Net::load(&db.pool).await.unwrap();
    let directory = Directory::load(&db.pool).await.unwrap();
    let settings = Settings {
        behind_proxy: true,
        ..Settings::default()
    };
    let state = State::new(app.clone(), net, directory, settings);
    let guarding = Guard::new(state.clone(), &[RULES, TRIED]).unwrap();
    let name = |actor: Option<Actor>| async move { actor.map(|a| a.name).unwrap_or_default() };
    let ours: Router = routes().with_state(state.clone()).into();
    let router = ours
        .route("/try/public", routing::get(name).post(name))
        .route("/try/session", routing::get(name))
        .route("/try/rules/{id}", routing::get(name))
        .route("/try/unnamed", routing::get(name))
        .layer(from_fn_with_state(guarding, guard))
        .layer(from_fn_with_state(state, layer))
        .layer(from_fn(kernel::error::speak));
    Hall {
        db,
        city,
        app,
        door: Browser::new(router),
    }
}
