//! The city the measurements are made on: the demo's net, units and people, on a PostgreSQL of its own that
//! keeps what it acknowledges, behind a real listener.

use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::task::JoinHandle;

use super::wire::Wire;
use crate::boot::City;
use crate::demo;
use crate::home::Home;
use crate::schematic;
use crate::serve::Door;
use crate::settings::Settings;

/// The city, served.
#[derive(Debug)]
pub struct Stand {
    /// As the server would read them.
    pub settings: Settings,
    /// The database.
    pub home: Home,
    /// Its address for the owner.
    pub owner: String,
    /// The city.
    pub city: City,
    /// Where it is served.
    pub door: Door,
    jobs: Vec<JoinHandle<()>>,
}

impl Stand {
    /// Lays the city in `data` and serves it. Call it on the main thread.
    ///
    /// # Errors
    /// When PostgreSQL cannot be started or the city cannot be laid.
    pub async fn raise(data: &Path, say: &mut dyn FnMut(&str)) -> anyhow::Result<Self> {
        // Nothing from file or environment: the numbers are of the defaults.
        let settings = Settings {
            data: data.to_owned(),
            listen: "127.0.0.1:0".into(),
            ..Settings::default()
        };
        let door = Door::open(&settings.listen).await?;
        let home = Home::open(&settings, say).await?;
        let owner = home
            .owner_url
            .clone()
            .context("the cluster has no owner's address")?;
        let mut conn = connect(&owner, &settings.schema()).await?;
        say("laying the city");
        let since = kernel::Clock::default().now().plus_s(-400 * 86_400);
        let mut tx = conn.begin().await?;
        let grids = demo::city::lay(&mut tx, schematic::SEED, since).await?;
        let units = demo::staff::found(&mut tx).await?;
        demo::staff::appoint(&mut tx, &units, &grids, since).await?;
        tx.commit().await?;
        sqlx::query("vacuum analyze").execute(&mut conn).await?;
        conn.close().await?;
        let city = City::open(&settings, &home.url).await?;
        let (router, _) = city.router()?;
        let jobs = city.start_jobs();
        door.welcome(router, city.app.db.clone());
        Ok(Self {
            settings,
            home,
            owner,
            city,
            door,
            jobs,
        })
    }

    /// A connection of the owner in the city's schema.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conn(&self) -> anyhow::Result<PgConnection> {
        connect(&self.owner, &self.settings.schema()).await
    }

    /// Signs these people in; answers their sessions' tokens.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn sign_in(&self, logins: &[&str]) -> anyhow::Result<Vec<String>> {
        let mut sessions = Vec::new();
        for login in logins {
            let mut wire = Wire::open(self.door.address, "").await?;
            let form = json!({"login": login, "password": demo::PASSWORD}).to_string();
            let answer = wire.post("/api/session", form.as_bytes()).await?;
            ensure!(
                answer.status == 200,
                "{login} was refused: {}",
                answer.text()
            );
            sessions.push(answer.session.context("no session's cookie")?);
        }
        Ok(sessions)
    }

    /// Ends the server and the database; everything is on disk when it returns.
    pub async fn fall(self) {
        self.jobs.iter().for_each(JoinHandle::abort);
        self.door.close().await;
        self.home.close(self.city.app.db).await;
    }
}

async fn connect(url: &str, schema: &str) -> anyhow::Result<PgConnection> {
    let options: PgConnectOptions = url.parse()?;
    let path = format!("{schema},public");
    let options = options.options([("search_path", path.as_str()), ("timezone", "UTC")]);
    options.connect().await.context("the database")
}
