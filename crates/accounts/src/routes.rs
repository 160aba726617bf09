//! Sessions and the person signed in over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Given;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use divisions::Net;
use kernel::rights::rule;
use kernel::{Actor, App, Capability, Form, Need, Result, RouteRule, Seat};
use serde::{Deserialize, Serialize};
use staff::Directory;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::layer::{COOKIE, Caller, Resolved, token};
use crate::model::{AreaAnswer, CodeAnswer, Home, Me, OrgName, OwnArea, SeatAnswer, SessionAnswer};
use crate::password::Hashing;
use crate::settings::Settings;
use crate::{desk, lifecycle, own, store};

/// What the routes and the middleware of this crate are given. Make one and clone it: what it
/// remembers of sessions is shared by its clones.
#[derive(Debug, Clone)]
pub struct State {
    /// The city's database, clock, key and name.
    pub app: App,
    /// The net in force, for the names of areas.
    pub net: Net,
    /// The units in force, for their names.
    pub directory: Directory,
    /// How long sessions last and how wrong passwords are met.
    pub settings: Arc<Settings>,
    pub(crate) resolved: Arc<Resolved>,
    pub(crate) strangers: Arc<desk::Strangers>,
    pub(crate) hashing: Hashing,
}

impl State {
    /// A state that remembers nothing yet.
    #[must_use]
    pub fn new(app: App, net: Net, directory: Directory, settings: Settings) -> Self {
        Self {
            app,
            net,
            directory,
            settings: Arc::new(settings),
            resolved: Arc::default(),
            strangers: Arc::default(),
            hashing: Hashing::default(),
        }
    }
}

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("POST", "/api/session", Need::Public),
    rule("DELETE", "/api/session", Need::Session),
    rule("GET", "/api/sessions", Need::Session),
    rule("DELETE", "/api/sessions", Need::Session),
    rule("GET", "/api/me", Need::Session),
    rule("POST", "/api/me/password", Need::Session),
    rule("POST", "/api/me/totp", Need::Session),
    rule("PUT", "/api/me/totp", Need::Session),
    rule("DELETE", "/api/me/totp", Need::Session),
    rule(
        "POST",
        "/api/people/{id}/phone",
        Need::Can(Capability::KeepPeople),
    ),
    rule(
        "POST",
        "/api/people/{id}/account",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "DELETE",
        "/api/people/{id}/account",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "GET",
        "/api/people-exports",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/people-exports",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "POST",
        "/api/people-exports/{id}/decision",
        Need::Can(Capability::AppointPosts),
    ),
    rule(
        "GET",
        "/api/people-exports/{id}/people.xlsx",
        Need::Can(Capability::AppointPosts),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(sessions, sign_out_everywhere))
        .routes(routes!(me))
        .routes(routes!(change_password))
        .routes(routes!(begin_totp, confirm_totp, remove_totp))
        .merge(crate::people::routes())
}

#[derive(Deserialize, ToSchema)]
struct SignIn {
    login: String,
    password: String,
    /// The authenticator's code, once `session.totp_needed` was answered.
    code: Option<String>,
}

/// The person signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeAnswer {
    me: Me,
}

/// Nothing to tell.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Done {}

/// Signs in; the session is the cookie in the answer.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = MeAnswer), (status = 401, description = "session.wrong, session.locked, session.totp_needed, session.totp_wrong"),
              (status = 429, description = "limit.reached")))]
async fn sign_in(
    Given(state): Given<State>,
    caller: Caller,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Result<Response> {
    let given = desk::Given {
        login: &form.login,
        password: &form.password,
        code: form.code.as_deref(),
        before: token(&headers),
    };
    let opened = desk::sign_in(&state, given, &caller).await?;
    let me = describe(&state, &opened.actor).await?;
    let cookie = format!(
        "{COOKIE}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax",
        opened.token, opened.lasts_s
    );
    Ok((
        AppendHeaders([(header::SET_COOKIE, cookie)]),
        Json(MeAnswer { me }),
    )
        .into_response())
}

/// The answer that takes the cookie back.
fn signed_out() -> Response {
    let gone = format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    (
        StatusCode::OK,
        AppendHeaders([(header::SET_COOKIE, gone)]),
        Json(Done {}),
    )
        .into_response()
}

/// Signs out.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = 200, body = Done)))]
async fn sign_out(Given(state): Given<State>, actor: Actor) -> Result<Response> {
    desk::sign_out(&state, &actor).await?;
    Ok(signed_out())
}

/// Own sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionsAnswer {
    sessions: Vec<SessionAnswer>,
}

/// Own sessions that have not ended.
#[utoipa::path(get, path = "/api/sessions", tag = "session", responses((status = 200, body = SessionsAnswer)))]
async fn sessions(Given(state): Given<State>, actor: Actor) -> Result<Json<SessionsAnswer>> {
    let now = state.app.clock.now();
    let sessions = store::sessions_of(&state.app.db, actor.account, actor.session, now).await?;
    Ok(Json(SessionsAnswer { sessions }))
}

/// Signs out everywhere.
#[utoipa::path(delete, path = "/api/sessions", tag = "session", responses((status = 200, body = Done)))]
async fn sign_out_everywhere(Given(state): Given<State>, actor: Actor) -> Result<Response> {
    desk::sign_out_everywhere(&state, &actor).await?;
    Ok(signed_out())
}

/// The person signed in, with seats and what they carry.
#[utoipa::path(get, path = "/api/me", tag = "session", responses((status = 200, body = MeAnswer)))]
async fn me(Given(state): Given<State>, actor: Actor) -> Result<Json<MeAnswer>> {
    Ok(Json(MeAnswer {
        me: describe(&state, &actor).await?,
    }))
}

#[derive(Deserialize, ToSchema)]
struct ChangePassword {
    old: String,
    /// 10 to 128 letters.
    new: String,
}

/// Changes the own password and ends the other sessions.
#[utoipa::path(post, path = "/api/me/password", tag = "session", request_body = ChangePassword,
    responses((status = 200, body = Done), (status = 422, description = "password.*")))]
async fn change_password(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<ChangePassword>,
) -> Result<Json<Done>> {
    own::change_password(&state, &actor, &form.old, &form.new).await?;
    Ok(Json(Done {}))
}

/// What an authenticator is given.
#[derive(Serialize, ToSchema)]
pub struct TotpAnswer {
    /// Base 32, to be typed.
    secret: String,
    /// To be shown as a square code.
    otpauth_url: String,
}

/// Begins with an authenticator.
#[utoipa::path(post, path = "/api/me/totp", tag = "session",
    responses((status = 200, body = TotpAnswer), (status = 409, description = "totp.enrolled")))]
async fn begin_totp(Given(state): Given<State>, actor: Actor) -> Result<Json<TotpAnswer>> {
    let (secret, otpauth_url) = own::begin_totp(&state, &actor).await?;
    Ok(Json(TotpAnswer {
        secret,
        otpauth_url,
    }))
}

#[derive(Deserialize, ToSchema)]
struct TotpCode {
    /// Six digits.
    code: String,
}

/// Confirms the authenticator with its first code.
#[utoipa::path(put, path = "/api/me/totp", tag = "session", request_body = TotpCode,
    responses((status = 200, body = Done), (status = 409, description = "totp.not_begun"), (status = 422, description = "totp.wrong")))]
async fn confirm_totp(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<TotpCode>,
) -> Result<Json<Done>> {
    own::confirm_totp(&state, &actor, &form.code).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize, ToSchema)]
struct OwnPassword {
    password: String,
}

/// Removes the authenticator.
#[utoipa::path(delete, path = "/api/me/totp", tag = "session", request_body = OwnPassword,
    responses((status = 200, body = Done), (status = 422, description = "password.wrong")))]
async fn remove_totp(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<OwnPassword>,
) -> Result<Json<Done>> {
    own::remove_totp(&state, &actor, &form.password).await?;
    Ok(Json(Done {}))
}

/// What the faces are told of the person signed in.
async fn describe(state: &State, actor: &Actor) -> Result<Me> {
    let (login, totp) = own::login_of(state, actor).await?;
    let mut capabilities: Vec<Capability> = actor
        .seats
        .iter()
        .flat_map(|s| s.role.capabilities())
        .copied()
        .collect();
    capabilities.sort_unstable();
    capabilities.dedup();
    let field = lifecycle::works_in_the_field(&actor.seats);
    Ok(Me {
        account_id: actor.account,
        person_id: actor.person,
        name: actor.name.clone(),
        login,
        totp,
        seats: actor
            .seats
            .iter()
            .map(|s| describe_seat(state, s))
            .collect(),
        capabilities,
        area: actor.seats.iter().find_map(|s| own_area(state, s)),
        home: if field { Home::Field } else { Home::Desk },
        must_change: actor.must_change,
    })
}

fn describe_seat(state: &State, seat: &Seat) -> SeatAnswer {
    let (net, units) = (state.net.current(), state.directory.current());
    let (role_zh, role_en) = seat.role.name();
    SeatAnswer {
        role: seat.role,
        role_zh,
        role_en,
        area: seat
            .area
            .and_then(|code| net.division(code))
            .map(|d| AreaAnswer {
                code: d.code.to_string(),
                name: d.name.clone(),
                level: d.level,
            }),
        org: seat.org.and_then(|id| units.get(id)).map(|u| OrgName {
            id: u.id,
            name_zh: u.name_zh.clone(),
            name_en: u.name_en.clone(),
        }),
        grid: seat.grid.and_then(|id| net.grid(id)).map(|g| CodeAnswer {
            code: g.code.clone(),
            name: g.name.clone(),
        }),
    }
}

/// The area a seat looks at: its own, its grid's community, or its unit's.
fn own_area(state: &State, seat: &Seat) -> Option<OwnArea> {
    let net = state.net.current();
    let of_grid = || Some(net.grid(seat.grid?)?.community);
    let of_unit = || Some(state.directory.current().get(seat.org?)?.area);
    let code = seat.area.or_else(of_grid).or_else(of_unit)?;
    let path = net.path(code);
    let last = path.last()?;
    Some(OwnArea {
        code: code.to_string(),
        name: last.name.clone(),
        level: last.level,
        path: path
            .iter()
            .map(|d| CodeAnswer {
                code: d.code.to_string(),
                name: d.name.clone(),
            })
            .collect(),
    })
}
