//! One city's states and its router, put together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Json, Router};
use kernel::{App, Clock, Named, RouteRule};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;

use crate::settings::Settings;
use crate::{document, faces};

/// The rules of every domain's routes.
#[must_use]
pub fn rules() -> Vec<&'static [RouteRule]> {
    let mut rules = vec![
        accounts::RULES,
        divisions::RULES,
        divisions::files::routes::RULES,
        divisions::beside::routes::RULES,
        matters::RULES,
        media::RULES,
        cases::RULES,
        cases::handover::RULES,
        exchange::RULES,
        exchange::features::RULES,
    ];
    rules.extend(staff::ALL_RULES);
    rules.extend(participation::RULES);
    rules.extend(centre::RULES);
    #[cfg(feature = "controlled-clock")]
    rules.push(crate::test_clock::RULES);
    rules
}

/// One city, ready to be served.
#[derive(Debug, Clone)]
pub struct City {
    /// Database, clock, city, key.
    pub app: App,
    /// Accounts.
    pub accounts: accounts::State,
    /// The net.
    pub divisions: divisions::State,
    /// Units.
    pub staff: staff::State,
    /// The catalogue.
    pub matters: matters::State,
    /// Pictures.
    pub media: media::State,
    /// Cases.
    pub cases: cases::State,
    /// What is read across domains.
    pub centre: centre::State,
    /// Others' systems.
    pub exchange: exchange::State,
    /// Applying, allowances, liaison, volunteers.
    pub participation: participation::State,
}

impl City {
    /// Opens the city at `url`, which names the server's own role.
    ///
    /// # Errors
    /// When the database cannot be reached, is behind the program, or a book cannot be read.
    pub async fn open(settings: &Settings, url: &str) -> anyhow::Result<Self> {
        let db = kernel::db::open(url, &settings.schema(), settings.database_connections)
            .await
            .map_err(told)
            .context("opening the database")?;
        let app = App {
            db: db.clone(),
            clock: Clock::default(),
            city: Arc::new(city(settings)?),
            vault: settings.vault()?,
            committed: Arc::default(),
        };
        #[cfg(feature = "controlled-clock")]
        crate::test_clock::catch_up(&app).await.map_err(told)?;
        let net = divisions::Net::load(&db)
            .await
            .map_err(told)
            .context("reading the net")?;
        let units = staff::Directory::load(&db)
            .await
            .map_err(told)
            .context("reading the units")?;
        let shelf = matters::Shelf::load(&db)
            .await
            .map_err(told)
            .context("reading the catalogue")?;
        let books = cases::Books::load(&db)
            .await
            .map_err(told)
            .context("reading the rules")?;
        let files = media::Files::open(&settings.data.join("media"))
            .await
            .map_err(told)?;
        let limits = accounts::Settings {
            behind_proxy: settings.behind_proxy,
            ..accounts::Settings::default()
        };
        let media = media::State::new(app.clone(), files);
        let cases = cases::State {
            app: app.clone(),
            net: net.clone(),
            shelf: shelf.clone(),
            units: units.clone(),
            books,
        };
        let staff = staff::State {
            app: app.clone(),
            directory: units.clone(),
            net: net.clone(),
        };
        Ok(Self {
            accounts: accounts::State::new(app.clone(), net.clone(), units, limits),
            divisions: divisions::State {
                app: app.clone(),
                net,
                followers: Arc::new(vec![
                    Arc::new(staff::follow::Follower),
                    Arc::new(cases::follow::Follower),
                    Arc::new(participation::follow::Follower),
                ]),
            },
            participation: participation::State {
                staff: staff.clone(),
            },
            staff,
            matters: matters::State {
                app: app.clone(),
                shelf,
            },
            centre: centre::State::new(cases.clone()),
            exchange: exchange::State {
                cases: cases.clone(),
                media: media.clone(),
                media_hosts: settings.media_hosts.clone(),
            },
            media,
            cases,
            app,
        })
    }

    /// The router of all domains and faces, and the document that describes it.
    ///
    /// # Errors
    /// When a route stands in no table of rights, or in two.
    pub fn router(&self) -> anyhow::Result<(Router, OpenApi)> {
        let (routes, api) = self.routes();
        let rules = rules();
        let guard = accounts::Guard::new(self.accounts.clone(), &rules).map_err(told)?;
        let unnamed = guard.unnamed(&api);
        anyhow::ensure!(
            unnamed.is_empty(),
            "routes without a line in the table of rights: {unnamed:?}"
        );
        let api = document::complete(api, &rules);
        let shown = api.clone();
        let behind_proxy = self.accounts.settings.behind_proxy;
        let guarded = routes
            .layer(from_fn_with_state(guard, accounts::guard))
            .layer(from_fn_with_state(self.accounts.clone(), accounts::layer))
            .route("/api/openapi.json", get(|| async move { Json(shown) }))
            .route("/api/docs", get(document::page))
            .route("/api/docs.js", get(document::script))
            .route("/api", any(nothing_here))
            .route("/api/{*rest}", any(nothing_here))
            .fallback(faces::face)
            .layer(from_fn(kernel::error::speak))
            .layer(from_fn(kept_nowhere))
            .layer(from_fn(move |request, next| {
                from_address(behind_proxy, request, next)
            }));
        Ok((dressed(guarded), api))
    }

    fn routes(&self) -> (Router, OpenApi) {
        let mut api = OpenApi::default();
        let mut all = Router::new();
        let mut add = |part: (Router, OpenApi)| {
            api.merge(part.1);
            all = std::mem::take(&mut all).merge(part.0);
        };
        add(accounts::routes()
            .with_state(self.accounts.clone())
            .split_for_parts());
        add(divisions::routes()
            .with_state(self.divisions.clone())
            .split_for_parts());
        add(divisions::files::routes::routes()
            .with_state(self.divisions.clone())
            .split_for_parts());
        add(divisions::beside::routes::routes()
            .with_state(self.divisions.clone())
            .split_for_parts());
        add(staff::routes()
            .with_state(self.staff.clone())
            .split_for_parts());
        add(participation::routes()
            .with_state(self.participation.clone())
            .split_for_parts());
        add(matters::routes()
            .with_state(self.matters.clone())
            .split_for_parts());
        add(media::routes::routes()
            .with_state(self.media.clone())
            .split_for_parts());
        add(cases::routes::routes()
            .with_state(self.cases.clone())
            .split_for_parts());
        add(cases::pictures::routes()
            .with_state(cases::pictures::State {
                cases: self.cases.clone(),
                media: self.media.clone(),
            })
            .split_for_parts());
        add(centre::routes()
            .with_state(self.centre.clone())
            .split_for_parts());
        add(exchange::routes()
            .with_state(self.exchange.clone())
            .split_for_parts());
        add(exchange::features::routes()
            .with_state(exchange::features::State {
                cases: self.cases.clone(),
                shapes: divisions::files::ShapesAt::default(),
            })
            .split_for_parts());
        #[cfg(feature = "controlled-clock")]
        add(crate::test_clock::routes()
            .with_state(self.cases.clone())
            .split_for_parts());
        (all, api)
    }

    /// The document of every route, which needs no database.
    #[must_use]
    pub fn document() -> OpenApi {
        let mut api = OpenApi::default();
        for part in [
            accounts::routes().split_for_parts().1,
            divisions::routes().split_for_parts().1,
            divisions::files::routes::routes().split_for_parts().1,
            divisions::beside::routes::routes().split_for_parts().1,
            staff::routes().split_for_parts().1,
            participation::routes().split_for_parts().1,
            matters::routes().split_for_parts().1,
            media::routes::routes().split_for_parts().1,
            cases::routes::routes().split_for_parts().1,
            cases::pictures::routes().split_for_parts().1,
            centre::routes().split_for_parts().1,
            exchange::routes().split_for_parts().1,
            exchange::features::routes().split_for_parts().1,
        ] {
            api.merge(part);
        }
        document::complete(api, &rules())
    }

    /// Starts the jobs of this city: timers, the order of events, the live channel, and forgetting what is over.
    pub fn start_jobs(&self) -> Vec<tokio::task::JoinHandle<()>> {
        vec![
            tokio::spawn(cases::jobs::run(self.cases.clone())),
            tokio::spawn(divisions::drafts::jobs::run(self.divisions.clone())),
            tokio::spawn(centre::sealer::run(self.centre.clone())),
            tokio::spawn(centre::live::run(self.centre.clone())),
            tokio::spawn(centre::drafts::run(self.centre.clone())),
            tokio::spawn(divisions::beside::follow::run(
                self.app.clone(),
                self.divisions.net.clone(),
            )),
            tokio::spawn(participation::jobs::run(self.participation.clone())),
            tokio::spawn(sweep(self.app.clone())),
        ]
    }
}

async fn sweep(app: App) {
    let mut beat = tokio::time::interval(Duration::from_secs(3600));
    loop {
        beat.tick().await;
        if let Err(error) = kernel::limits::sweep(&app).await {
            tracing::warn!(
                chain = kernel::error::chain(&error),
                "limits were not swept"
            );
        }
    }
}

/// What the interface answers is about people and their cases: no browser or proxy keeps it, unless the
/// route says how.
async fn kept_nowhere(request: Request, next: Next) -> Response {
    let interface = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if interface {
        let never = HeaderValue::from_static("no-store");
        response
            .headers_mut()
            .entry(header::CACHE_CONTROL)
            .or_insert(never);
    }
    response
}

async fn nothing_here() -> kernel::Error {
    kernel::Error::NotFound("route.not_found")
}

fn city(settings: &Settings) -> anyhow::Result<kernel::app::City> {
    Ok(kernel::app::City {
        code: settings.city,
        schema: settings.schema(),
        name: Named {
            name_zh: settings.city_name_zh.clone(),
            name_en: settings.city_name_en.clone(),
        },
        jurisdiction_id: settings.jurisdiction_id.clone(),
        schematic: settings.schematic,
        zone: jiff::tz::TimeZone::get(&settings.zone)?,
        public_url: settings
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", settings.listen))
            .trim_end_matches('/')
            .to_owned(),
    })
}

/// An error of ours with its sources, for people at the command line.
pub fn told(error: kernel::Error) -> anyhow::Error {
    anyhow::anyhow!("{}", kernel::error::chain(&error))
}

/// Notes who calls, for limits: the connection, or behind a proxy of our own what it says.
async fn from_address(behind_proxy: bool, mut request: Request, next: Next) -> Response {
    let direct = request
        .extensions()
        .get::<ConnectInfo<std::net::SocketAddr>>()
        .map(|c| c.0.ip().to_string());
    let forwarded = request
        .headers()
        .get("x-forwarded-for")
        .filter(|_| behind_proxy)
        .and_then(|v| {
            v.to_str()
                .ok()?
                .rsplit(',')
                .next()
                .map(|a| a.trim().to_owned())
        });
    if let Some(address) = forwarded.or(direct) {
        request
            .extensions_mut()
            .insert(kernel::limits::From(address));
    }
    next.run(request).await
}

/// Headers every answer carries, and compression.
fn dressed(router: Router) -> Router {
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    let worth = SizeAbove::new(512)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("application/octet-stream"));
    router
        .layer(header("content-security-policy", faces::POLICY))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "no-referrer"))
        .layer(header(
            "permissions-policy",
            "camera=(self), geolocation=(self), microphone=(), payment=()",
        ))
        .layer(header("cross-origin-opener-policy", "same-origin"))
        .layer(CompressionLayer::new().compress_when(worth))
}
