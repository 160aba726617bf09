//! Where the city's database lives: a server that is named, or a private cluster in the data folder.

use anyhow::{Context, bail};
use kernel::migrate;
use private_postgres::{Cluster, Mode};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgPool};

use crate::boot::{City, told};
use crate::serve::{Door, told_to_stop};
use crate::settings::Settings;

/// The database of the private cluster.
const DATABASE: &str = "gridwork";

/// A database that can be used.
#[derive(Debug)]
pub struct Home {
    /// Its address for the program's own role.
    pub url: String,
    /// Its address for the owner, when the cluster is private.
    pub owner_url: Option<String>,
    cluster: Option<Cluster>,
}

impl Home {
    /// The named server, or the private cluster, started and brought forward. Call it on the main
    /// thread. `say` is told what takes long.
    ///
    /// # Errors
    /// When PostgreSQL cannot be started or a step forward fails.
    pub async fn open(settings: &Settings, say: &mut dyn FnMut(&str)) -> anyhow::Result<Self> {
        if let Some(url) = &settings.database_url {
            return Ok(Self {
                url: url.clone(),
                owner_url: settings.migrate_url.clone(),
                cluster: None,
            });
        }
        let cluster = Cluster::start(&settings.data, Mode::Durable, say)?;
        if cluster.moved() {
            say(&format!(
                "PostgreSQL's user cannot enter {}; its data stands in {}",
                settings.data.display(),
                cluster.place().display()
            ));
        }
        make_database(&cluster).await?;
        let owner_url = cluster.url(DATABASE);
        migrate::migrate(&owner_url, &settings.schema())
            .await
            .map_err(told)
            .context("bringing the database forward")?;
        let url = cluster.url_as(migrate::APP_ROLE, DATABASE);
        Ok(Self {
            url,
            owner_url: Some(owner_url),
            cluster: Some(cluster),
        })
    }

    /// Whether a private cluster that was started still runs; a named server is not ours to watch.
    pub fn alive(&mut self) -> bool {
        self.cluster.as_mut().is_none_or(Cluster::alive)
    }

    /// Closes `db` and stops the private cluster; everything is on disk when it returns.
    pub async fn close(self, db: PgPool) {
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), db.close()).await;
        if let Some(cluster) = self.cluster {
            cluster.stop();
        }
    }
}

async fn make_database(cluster: &Cluster) -> anyhow::Result<()> {
    let options: PgConnectOptions = cluster.url("postgres").parse()?;
    let mut conn = options.connect().await.context("the private PostgreSQL")?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = 'gridwork')")
            .fetch_one(&mut conn)
            .await?;
    if !there {
        sqlx::query("create database gridwork")
            .execute(&mut conn)
            .await?;
    }
    conn.close().await?;
    Ok(())
}

/// `gridwork serve`: answers from the first moment, is ready when the city is open, runs until told
/// to stop.
///
/// # Errors
/// When the address is taken, the database cannot be reached or is behind the program.
pub async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let door = Door::open(&settings.listen).await?;
    let home = Home::open(settings, &mut |line| tracing::info!("{line}")).await?;
    let city = City::open(settings, &home.url).await?;
    match migrate::state(&city.app.db).await.map_err(told)? {
        migrate::State::Current => {}
        migrate::State::Behind { at } => bail!(
            "{} is at version {at}, this program needs {}; run: gridwork migrate",
            settings.schema(),
            migrate::newest()
        ),
        migrate::State::Ahead { at } => bail!(
            "{} is at version {at}, which a newer gridwork made; this one knows {}",
            settings.schema(),
            migrate::newest()
        ),
    }
    run(settings, door, home, city, |address| {
        println!("ready {address}")
    })
    .await
}

/// Serves an open city until told to stop or its private database is gone.
///
/// # Errors
/// When a route is unnamed or the private database ends by itself.
pub async fn run(
    settings: &Settings,
    door: Door,
    mut home: Home,
    city: City,
    ready: impl FnOnce(&str),
) -> anyhow::Result<()> {
    let (router, _) = city.router()?;
    let jobs = city.start_jobs();
    door.welcome(router, city.app.db.clone());
    let public = settings.public_url.clone();
    ready(&public.unwrap_or_else(|| format!("http://{}", door.address)));
    let mut beat = tokio::time::interval(std::time::Duration::from_millis(500));
    let stop = told_to_stop();
    tokio::pin!(stop);
    let gone = loop {
        tokio::select! {
            () = &mut stop => break false,
            _ = beat.tick() => if !home.alive() { break true },
        }
    };
    tracing::info!("stopping");
    door.close().await;
    jobs.iter().for_each(tokio::task::JoinHandle::abort);
    home.close(city.app.db).await;
    anyhow::ensure!(
        !gone,
        "the private PostgreSQL ended by itself; see postgres.log in the data folder"
    );
    Ok(())
}
