//! What needs the log: a look at a person's number, a way in with a first password, and lists that leave
//! the house.

use axum::Json;
use axum::extract::State as Given;
use axum::response::Response;
use kernel::actor::code_range;
use kernel::{AccountId, Actor, Capability, Error, FieldFault, Form, Lang, Path, PersonId, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use staff::store::people::Narrow;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::audit::{self, Entry};
use crate::model::NewAccount;
use crate::routes::State;
use crate::store;

/// The routes of this module; their needs stand in [`crate::RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(phone))
        .routes(routes!(open_account, close_account))
        .routes(routes!(exports, ask_export))
        .routes(routes!(decide_export))
        .routes(routes!(take_export))
}

/// Purposes a colleague's number may be looked at for, Chinese and English.
pub const PURPOSES: [(&str, &str, &str); 4] = [
    ("duty", "工作联络", "To reach them about work"),
    ("emergency", "突发事件", "An emergency"),
    ("correction", "更正信息", "To correct what was noted"),
    ("payroll", "发放补贴", "To pay allowances"),
];

/// Looks a day at colleagues' numbers.
const LOOKS_A_DAY: i32 = 100;
/// How long an approved list can be taken, seconds.
const EXPORT_LASTS_S: i64 = 24 * 3600;

fn purpose(said: &str) -> Result<()> {
    if PURPOSES.iter().any(|p| p.0 == said) {
        Ok(())
    } else {
        Err(Error::field("purpose", "person.purpose"))
    }
}

/// Why a number is looked at.
#[derive(Debug, Deserialize, ToSchema)]
struct Look {
    /// `duty`, `emergency`, `correction` or `payroll`.
    purpose: String,
    /// At most 200 letters.
    #[serde(default)]
    note: String,
}

/// Somebody in the area of those who keep people, or 404.
async fn within(
    state: &State,
    actor: &Actor,
    capability: Capability,
    id: PersonId,
) -> Result<(
    staff::store::people::PersonRow,
    Vec<staff::store::people::SeatRow>,
)> {
    let units = state.directory.current();
    let now = state.app.clock.now();
    let mut conn = state.app.db.acquire().await?;
    staff::desk::within(&mut conn, actor, capability, &units, id, now)
        .await?
        .ok_or(Error::NotFound("person.not_found"))
}

/// A person's telephone number, for a purpose; logged before it is answered, counted per day.
#[utoipa::path(post, path = "/api/people/{id}/phone", tag = "people", request_body = Look,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 429)))]
async fn phone(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(form): Form<Look>,
) -> Result<Json<Value>> {
    purpose(&form.purpose)?;
    within(&state, &actor, Capability::KeepPeople, id).await?;
    let budget = kernel::limits::From(actor.account.to_string());
    kernel::limits::check(&state.app, "person-look", &budget, LOOKS_A_DAY, 86_400).await?;
    let mut tx = state.app.db.begin().await?;
    let sealed = staff::store::people::sealed_phone(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("person.no_phone"))?;
    let number = state.app.vault.open(&sealed)?;
    let note: String = form.note.chars().take(200).collect();
    let entry = Entry::of(&actor, "person.seen", state.app.clock.now())
        .on(id.0)
        .for_purpose(&form.purpose, &["phone"])
        .with(json!({"note": note}));
    audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(json!({"phone": number})))
}

/// How somebody will sign in.
#[derive(Debug, Deserialize, ToSchema)]
struct Opening {
    /// Small letters, digits, `.`, `-` and `_`; left out, the staff number.
    #[serde(default)]
    login: Option<String>,
}

/// Letters of first passwords: none that look alike.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Fourteen letters in two groups, some 68 bits.
fn first_password() -> Result<String> {
    let bytes = kernel::vault::random::<14>()?;
    let mut said = String::with_capacity(15);
    for (n, byte) in bytes.iter().enumerate() {
        if n == 7 {
            said.push('-');
        }
        let letter = LETTERS.get(usize::from(*byte) % LETTERS.len());
        said.push(char::from(letter.copied().unwrap_or(b'x')));
    }
    Ok(said)
}

/// May the caller let this person in or shut them out? Whoever may give every seat the person holds.
fn may_open(
    actor: &Actor,
    id: PersonId,
    seats: &[staff::store::people::SeatRow],
    now: kernel::Moment,
) -> Result<()> {
    for seat in seats
        .iter()
        .filter(|s| s.valid_to.is_none_or(|to| to > now))
    {
        staff::lifecycle::may_seat(actor, id, seat.role, seat.place.as_slice())?;
    }
    Ok(())
}

/// Opens a way in, or gives a new first password to somebody who lost theirs. The password is answered
/// once, kept only as a hash, and must be changed before anything else.
#[utoipa::path(post, path = "/api/people/{id}/account", tag = "people", request_body = Opening,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409), (status = 422)))]
async fn open_account(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(form): Form<Opening>,
) -> Result<Json<Value>> {
    let (person, seats) = within(&state, &actor, Capability::AppointPosts, id).await?;
    let now = state.app.clock.now();
    may_open(&actor, id, &seats, now)?;
    if person.left_at.is_some() {
        return Err(Error::conflict("person.left"));
    }
    let said = form
        .login
        .as_deref()
        .map(str::trim)
        .filter(|l| !l.is_empty());
    let login = said.or(person.staff_no.as_deref()).map(str::to_lowercase);
    let password = first_password()?;
    let hash = state.hashing.hash(password.clone()).await?;
    let mut tx = state.app.db.begin().await?;
    let before = store::account_of(&mut tx, id).await?;
    let login = match &before {
        Some((account, login)) => {
            store::give_first_password(&mut tx, *account, &hash).await?;
            store::delete_sessions(&mut tx, *account, None).await?;
            login.clone()
        }
        None => {
            let login = checked_login(login)?;
            if store::login_taken(&mut tx, &login).await? {
                return Err(Error::field("login", "login.taken"));
            }
            let account = NewAccount {
                id: AccountId::fresh(),
                person: id,
                login: login.clone(),
                password_hash: hash,
            };
            store::insert_accounts(&mut tx, std::slice::from_ref(&account), now).await?;
            store::must_change(&mut tx, account.id).await?;
            login
        }
    };
    let what = if before.is_some() {
        "account.reset"
    } else {
        "account.opened"
    };
    audit::write(&mut tx, Entry::of(&actor, what, now).on(id.0)).await?;
    tx.commit().await?;
    if let Some((account, _)) = before {
        state.resolved.forget(account);
    }
    Ok(Json(json!({"login": login, "password": password})))
}

fn checked_login(login: Option<String>) -> Result<String> {
    let Some(login) = login else {
        return Err(Error::field("login", "field.missing"));
    };
    let plain =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if !(2..=40).contains(&login.len()) || !login.chars().all(plain) {
        let fault = FieldFault::new("login", "login.unreadable");
        return Err(Error::invalid(vec![fault]));
    }
    Ok(login)
}

/// Shuts somebody out at once; what they did stays.
#[utoipa::path(delete, path = "/api/people/{id}/account", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn close_account(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Json<Value>> {
    let (_, seats) = within(&state, &actor, Capability::AppointPosts, id).await?;
    let now = state.app.clock.now();
    may_open(&actor, id, &seats, now)?;
    if actor.person == id {
        return Err(Error::conflict("appointment.own"));
    }
    let mut tx = state.app.db.begin().await?;
    let Some((account, _)) = store::account_of(&mut tx, id).await? else {
        return Err(Error::NotFound("account.not_found"));
    };
    store::disable(&mut tx, account, now).await?;
    store::delete_sessions(&mut tx, account, None).await?;
    audit::write(&mut tx, Entry::of(&actor, "account.closed", now).on(id.0)).await?;
    tx.commit().await?;
    state.resolved.forget(account);
    Ok(Json(json!({})))
}

/// A list that is to leave the house.
#[derive(Debug, Deserialize, ToSchema)]
struct Wish {
    /// Made by the sender.
    id: Uuid,
    /// A division, twelve digits, and all below it.
    area: String,
    /// `duty`, `emergency`, `correction` or `payroll`.
    purpose: String,
    /// What for, at most 200 letters.
    #[serde(default)]
    note: String,
}

/// Lists asked for in the own area, the newest first.
#[utoipa::path(get, path = "/api/people-exports", tag = "people", responses((status = 200, body = Object)))]
async fn exports(Given(state): Given<State>, actor: Actor) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let scope = actor.scope(Capability::AppointPosts);
    let mut conn = state.app.db.acquire().await?;
    let rows = store::exports(&mut conn, &scope).await?;
    let net = state.net.current();
    let shown: Vec<Value> = rows
        .iter()
        .map(|e| {
            let open = e.approved == Some(true) && e.expires_at.is_some_and(|x| x > now);
            json!({
                "id": e.id, "asked_by": e.asked_name, "asked_at": e.asked_at,
                "area": {"code": e.area.to_string(), "name": net.division_text(e.area)},
                "purpose": e.purpose, "note": e.note, "decided_by": e.decided_name,
                "decided_at": e.decided_at, "approved": e.approved, "expires_at": e.expires_at,
                "may_decide": e.approved.is_none() && e.asked_by != actor.person,
                "may_take": open && e.asked_by == actor.person,
            })
        })
        .collect();
    Ok(Json(json!({"exports": shown})))
}

/// Asks for a list of people with their numbers in full; another person must approve.
#[utoipa::path(post, path = "/api/people-exports", tag = "people", request_body = Wish,
    responses((status = 200, body = Object), (status = 422)))]
async fn ask_export(
    Given(state): Given<State>,
    actor: Actor,
    Form(form): Form<Wish>,
) -> Result<Json<Value>> {
    purpose(&form.purpose)?;
    let scope = actor.scope(Capability::AppointPosts);
    let area: Option<i64> = form.area.trim().parse().ok();
    let area = area
        .filter(|a| state.net.current().division(*a).is_some())
        .ok_or_else(|| Error::field("area", "division.not_found"))?;
    let (first, last) = code_range(area);
    if !scope.areas.iter().any(|(f, l)| *f <= first && last <= *l) {
        return Err(Error::field("area", "appointment.out_of_area"));
    }
    let now = state.app.clock.now();
    let note: String = form.note.trim().chars().take(200).collect();
    let mut tx = state.app.db.begin().await?;
    store::ask_export(
        &mut tx,
        form.id,
        actor.person,
        area,
        &form.purpose,
        &note,
        now,
    )
    .await?;
    let entry = Entry::of(&actor, "people_export.asked", now)
        .on(form.id)
        .with(json!({"area": area, "purpose": form.purpose}));
    audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Yes or no.
#[derive(Debug, Deserialize, ToSchema)]
struct Decision {
    /// Whether the list may leave the house.
    approve: bool,
}

/// Approves or refuses a list; never the one who asked.
#[utoipa::path(post, path = "/api/people-exports/{id}/decision", tag = "people", request_body = Decision,
    params(("id" = Uuid, Path)), responses((status = 200, body = Object), (status = 404), (status = 409)))]
async fn decide_export(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(form): Form<Decision>,
) -> Result<Json<Value>> {
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let export = store::lock_export(&mut tx, id)
        .await?
        .filter(|e| actor.scope(Capability::AppointPosts).holds(e.area))
        .ok_or(Error::NotFound("export.not_found"))?;
    if actor.persons().contains(&export.asked_by) {
        return Err(Error::conflict("export.same_person"));
    }
    if export.approved.is_some() {
        return Err(Error::conflict("export.decided"));
    }
    let expires = form.approve.then(|| now.plus_s(EXPORT_LASTS_S));
    store::decide_export(&mut tx, id, actor.person, form.approve, expires, now).await?;
    let what = if form.approve {
        "people_export.approved"
    } else {
        "people_export.refused"
    };
    audit::write(&mut tx, Entry::of(&actor, what, now).on(id)).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// The approved list, for whoever asked, until it expires: every row once, who took it at its foot.
#[utoipa::path(get, path = "/api/people-exports/{id}/people.xlsx", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = staff::sheet::XLSX), (status = 404), (status = 409)))]
async fn take_export(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let export = store::lock_export(&mut tx, id)
        .await?
        .filter(|e| e.asked_by == actor.person)
        .ok_or(Error::NotFound("export.not_found"))?;
    if export.approved != Some(true) || export.expires_at.is_none_or(|x| x <= now) {
        return Err(Error::conflict("export.not_open"));
    }
    let mut scope = actor.scope(Capability::AppointPosts);
    scope.areas.retain(|(f, l)| {
        let (first, last) = code_range(export.area);
        *f <= first && last <= *l
    });
    let narrow = Narrow {
        area: Some(code_range(export.area)),
        ..Narrow::default()
    };
    let (rows, _) = staff::store::people::list(&mut tx, &scope, &narrow, None, 50_000, now).await?;
    let ids: Vec<PersonId> = rows.iter().map(|r| r.id).collect();
    let seats = staff::store::people::seats(&mut tx, &ids).await?;
    let sealed = store::sealed_phones(&mut tx, &ids).await?;
    store::export_taken(&mut tx, id, now).await?;
    let entry = Entry::of(&actor, "people_export.taken", now)
        .on(id)
        .for_purpose(&export.purpose, &["name", "phone"])
        .with(json!({"people": rows.len(), "area": export.area}));
    audit::write(&mut tx, entry).await?;
    tx.commit().await?;
    let open = |row: &staff::store::people::PersonRow| {
        let sealed = sealed.get(&row.id)?;
        state.app.vault.open(sealed).ok()
    };
    let given = staff::State {
        app: state.app.clone(),
        directory: state.directory.clone(),
        net: state.net.clone(),
    };
    let units = state.directory.current();
    let lines = staff::import::people_lines(&given, &units, &rows, &seats, lang, now, |row| {
        open(row).unwrap_or_default()
    });
    let day = now.date(&state.app.city.zone);
    let foot = lang
        .pick("内部资料 取件人", "Internal. Taken by")
        .to_owned()
        + &format!(" {} {day} {id}", actor.name);
    let title = lang.pick("人员", "People");
    staff::people::file(
        "people.xlsx",
        title,
        lang,
        staff::import::PEOPLE,
        lines,
        Some(foot),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password;

    #[test]
    fn a_first_password_passes_the_rules_and_is_another_each_time() {
        let (one, two) = (first_password().unwrap(), first_password().unwrap());
        assert_ne!(one, two);
        assert!(password::check_new(&one, "somebody").is_ok());
    }

    #[test]
    fn a_login_is_plain() {
        assert!(checked_login(Some("w10023".into())).is_ok());
        for wrong in ["", "a", "A1", "张三", "a b"] {
            assert!(checked_login(Some(wrong.into())).is_err(), "{wrong}");
        }
    }
}
