//! Appointing and ending appointments, people, leave and standing in: one function per thing done.

use std::collections::BTreeMap;

use kernel::{Actor, App, Capability, Error, FieldFault, Moment, OrgId, PersonId, Result, Role};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::directory::Units;
use crate::lifecycle::{Refusal, fit_together, lie_together, may_leave, may_pass_on, may_seat};
use crate::model::{NewAppointment, Service};
use crate::routes::State;
use crate::store;
use crate::store::people::{Did, Kept, NewLeave, PersonRow, Phone, SeatRow};

/// Makes appointments, all or none. Locks the people appointed.
///
/// # Errors
/// 409 with a [`Refusal`]: roles one person may not hold together, counting those held or to be held;
/// an appointment to nowhere; an end before the beginning.
pub async fn appoint(conn: &mut PgConnection, new: &[NewAppointment], now: Moment) -> Result<()> {
    let mut roles: BTreeMap<PersonId, Vec<Role>> = BTreeMap::new();
    for a in new {
        if a.area.is_none() && a.org.is_none() && a.grid.is_none() {
            return Err(Refusal::Nowhere.into());
        }
        if a.to.is_some_and(|to| to <= a.from) {
            return Err(Refusal::EndsFirst.into());
        }
        roles.entry(a.person).or_default().push(a.role);
    }
    let people: Vec<PersonId> = roles.keys().copied().collect();
    store::lock_people(conn, &people).await?;
    for (person, role) in store::roles_held(conn, &people, now).await? {
        roles.entry(person).or_default().push(role);
    }
    for together in roles.values() {
        fit_together(together)?;
    }
    store::insert_appointments(conn, new, now).await
}

/// Ends an appointment at `now` and answers whose it was.
///
/// # Errors
/// 404 `appointment.not_found` when there is none in force.
pub async fn end(conn: &mut PgConnection, id: Uuid, now: Moment) -> Result<PersonId> {
    store::end_appointment(conn, id, now)
        .await?
        .ok_or(Error::NotFound("appointment.not_found"))
}

/// What is told of a person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PersonForm {
    /// Made by the sender for a new person.
    pub id: PersonId,
    /// 1 to 40 letters.
    pub name: String,
    /// The number in the house's own register, at most 32 letters.
    #[serde(default)]
    pub staff_no: Option<String>,
    /// The telephone number; left out, the one known stays.
    #[serde(default)]
    pub phone: Option<String>,
    /// The unit the person belongs to.
    #[serde(default)]
    pub org: Option<OrgId>,
}

/// The digits of a telephone number as numbers are compared: without China's own prefix (+86, 0086).
#[must_use]
pub fn phone_digits(said: &str) -> String {
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    let prefix = if said.trim_start().starts_with('+') {
        "86"
    } else {
        "0086"
    };
    match digits.strip_prefix(prefix) {
        Some(rest) if rest.len() >= 5 => rest.to_owned(),
        _ => digits,
    }
}

/// A telephone number as it is kept: sealed, masked, keyed hash.
///
/// # Errors
/// 422 `phone.unreadable` on `phone` when it has not 5 to 20 digits; when sealing fails.
pub fn phone(app: &App, phone: &str) -> Result<Option<Phone>> {
    let said = phone.trim();
    if said.is_empty() {
        return Ok(None);
    }
    let digits = phone_digits(said);
    let fit = said
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    if !fit || !(5..=20).contains(&digits.len()) {
        return Err(Error::field("phone", "phone.unreadable"));
    }
    Ok(Some((
        app.vault.seal(said)?,
        masked_phone(&digits),
        app.vault.blind("phone", &digits),
    )))
}

/// The first three and last two digits: 138****21.
#[must_use]
pub fn masked_phone(digits: &str) -> String {
    if digits.len() < 7 {
        return "****".to_owned();
    }
    format!(
        "{}****{}",
        digits.get(..3).unwrap_or_default(),
        digits.get(digits.len() - 2..).unwrap_or_default()
    )
}

/// Whether somebody is within the area of those who keep people: by a seat, or by the own unit.
///
/// # Errors
/// When the database fails.
pub async fn within(
    conn: &mut PgConnection,
    actor: &Actor,
    capability: Capability,
    units: &Units,
    id: PersonId,
    now: Moment,
) -> Result<Option<(PersonRow, Vec<SeatRow>)>> {
    let Some(row) = store::people::find(conn, id, now).await? else {
        return Ok(None);
    };
    let seats = store::people::seats(conn, &[id]).await?;
    let scope = actor.scope(capability);
    let current = |s: &&SeatRow| s.valid_to.is_none_or(|to| to > now);
    let by_seat = seats
        .iter()
        .filter(current)
        .any(|s| s.place.is_some_and(|p| scope.holds(p)));
    let idle = !seats.iter().any(|s| current(&s));
    let by_unit = row
        .org
        .and_then(|o| units.get(o))
        .is_some_and(|u| scope.holds(u.area));
    let last = seats.first().and_then(|s| s.place);
    let seen = by_seat || (idle && (by_unit || last.is_some_and(|p| scope.holds(p))));
    Ok(seen.then_some((row, seats)))
}

/// Stores a new person, or changes one; the same form twice is once.
///
/// # Errors
/// 422 for the fields; 409 `person.number_taken`; 404 when the person is out of the area.
pub async fn keep_person(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    form: &PersonForm,
    new: bool,
    now: Moment,
) -> Result<()> {
    let units = state.directory.current();
    let name = form.name.trim();
    let mut faults = Vec::new();
    if !(1..=40).contains(&name.chars().count()) {
        let fault = FieldFault::new("name", "field.length");
        faults.push(fault.with("min", 1).with("max", 40));
    }
    let number = form.staff_no.as_deref().map(str::trim).unwrap_or_default();
    if number.chars().count() > 32 {
        let fault = FieldFault::new("staff_no", "field.length");
        faults.push(fault.with("min", 0).with("max", 32));
    }
    let unit = form.org.map(|o| units.get(o));
    let scope = actor.scope(Capability::AppointPosts);
    match &unit {
        Some(None) => faults.push(FieldFault::new("org", "org.not_found")),
        Some(Some(u)) if !scope.holds(u.area) => {
            faults.push(FieldFault::new("org", "appointment.out_of_area"));
        }
        None if new => faults.push(FieldFault::new("org", "field.missing")),
        _ => {}
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let seen = within(conn, actor, Capability::AppointPosts, &units, form.id, now).await?;
    if !new && seen.is_none() {
        return Err(Error::NotFound("person.not_found"));
    }
    if new && (seen.is_some() || store::people::find(conn, form.id, now).await?.is_some()) {
        // A person is entered once; what is known of them is changed by `PUT`.
        return match &seen {
            Some((row, _)) if same_person(state, conn, row, form).await? => Ok(()),
            _ => Err(Error::conflict("command.id_reused")),
        };
    }
    if !number.is_empty()
        && store::people::owner_of_number(conn, number)
            .await?
            .is_some_and(|p| p != form.id)
    {
        return Err(Error::field("staff_no", "person.number_taken"));
    }
    let before = seen.map(|s| s.0);
    let kept = Kept {
        id: form.id,
        staff_no: match (&form.staff_no, &before) {
            (None, Some(before)) => before.staff_no.clone(),
            _ => (!number.is_empty()).then(|| number.to_owned()),
        },
        name: name.to_owned(),
        org: form.org.or(before.as_ref().and_then(|b| b.org)),
        phone: phone(&state.app, form.phone.as_deref().unwrap_or_default())?,
    };
    store::people::keep(conn, &[kept], now).await?;
    let what = if before.is_none() {
        "entered"
    } else {
        "changed"
    };
    note_one(conn, actor, what, form.id, json!({}), now).await
}

/// Whether the form tells what is known already.
async fn same_person(
    state: &State,
    conn: &mut PgConnection,
    row: &PersonRow,
    form: &PersonForm,
) -> Result<bool> {
    let number = form
        .staff_no
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty());
    let phone = phone(&state.app, form.phone.as_deref().unwrap_or_default())?;
    let known = store::people::has_phone(conn, row.id, phone.map(|p| p.2).as_deref()).await?;
    Ok(row.name == form.name.trim()
        && row.staff_no.as_deref() == number
        && row.org == form.org
        && known)
}

async fn note_one(
    conn: &mut PgConnection,
    actor: &Actor,
    what: &'static str,
    person: PersonId,
    body: Value,
    now: Moment,
) -> Result<()> {
    let did = Did {
        what,
        person: Some(person),
        org: None,
        body,
    };
    store::people::note(conn, Some(actor.person), &[did], now).await
}

/// A seat to be given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SeatForm {
    /// Made by the sender; the same id twice is the same appointment.
    pub id: Uuid,
    /// As what.
    pub role: Role,
    /// Full-time, part-time or as a volunteer.
    #[serde(default)]
    pub kind: Service,
    /// For which division, twelve digits.
    #[serde(default)]
    pub area: Option<String>,
    /// In which unit.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// In which grid, by code.
    #[serde(default)]
    pub grid: Option<String>,
    /// From when; now when left out.
    #[serde(default)]
    pub from: Option<Moment>,
    /// Until when, not included.
    #[serde(default)]
    pub to: Option<Moment>,
}

/// Gives a person a seat.
///
/// # Errors
/// 404 out of the area; 422 for area, grid or unit; 409 with a [`Refusal`].
pub async fn seat(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    person: PersonId,
    form: &SeatForm,
    now: Moment,
) -> Result<()> {
    let (units, net) = (state.directory.current(), state.net.current());
    let filled = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
    };
    let grid = match filled(&form.grid) {
        Some(code) => Some(
            net.grid_by_code(&code)
                .ok_or_else(|| Error::field("grid", "grid.not_found"))?,
        ),
        None => None,
    };
    let area = match filled(&form.area) {
        Some(code) => Some(
            code.parse()
                .ok()
                .and_then(|c| net.division(c))
                .ok_or_else(|| Error::field("area", "division.not_found"))?
                .code,
        ),
        None => None,
    };
    let unit = match form.org {
        Some(id) => Some(
            units
                .get(id)
                .ok_or_else(|| Error::field("org", "org.not_found"))?,
        ),
        None => None,
    };
    let (community, unit_area) = (
        grid.as_ref().map(|g| g.community),
        unit.as_ref().map(|u| u.area),
    );
    let places: Vec<i64> = [area, community, unit_area].into_iter().flatten().collect();
    let place = places.first().copied();
    fits_place(form.role, area, grid.is_some())?;
    lie_together(area, community, unit_area)?;
    may_seat(actor, person, form.role, &places)?;
    let (row, _) = found(conn, actor, Capability::AppointPosts, &units, person, now).await?;
    if row.left_at.is_some() {
        return Err(Refusal::Left.into());
    }
    let new = NewAppointment {
        id: form.id,
        person,
        role: form.role,
        area,
        org: form.org,
        grid: grid.map(|g| g.id),
        from: form.from.unwrap_or(now),
        to: form.to,
        kind: form.kind,
        by: Some(actor.person),
    };
    match store::people::same_seat(conn, &new).await? {
        Some(true) => return Ok(()),
        Some(false) => return Err(Error::conflict("command.id_reused")),
        None => {}
    }
    store::lock_people(conn, &[person]).await?;
    let overlaps = |s: &SeatRow| {
        s.valid_to.is_none_or(|to| to > new.from) && new.to.is_none_or(|to| s.valid_from < to)
    };
    let held = store::people::seats(conn, &[person]).await?;
    if held.iter().any(|s| {
        (s.role, s.area, s.org, s.grid) == (new.role, new.area, new.org, new.grid) && overlaps(s)
    }) {
        return Err(Refusal::HeldAlready.into());
    }
    appoint(conn, std::slice::from_ref(&new), now).await?;
    let body = json!({"appointment": new.id, "role": new.role, "kind": new.kind, "place": place});
    note_one(conn, actor, "appointed", person, body, now).await
}

/// A worker and a volunteer sit in a grid, a chief in an area.
///
/// # Errors
/// [`Refusal::GridMissing`].
pub fn fits_place(role: Role, area: Option<i64>, grid: bool) -> Result<(), Refusal> {
    let fits = match role {
        Role::GridWorker | Role::Volunteer => grid,
        Role::GridChief => area.is_some() || grid,
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(Refusal::GridMissing)
    }
}

async fn found(
    conn: &mut PgConnection,
    actor: &Actor,
    capability: Capability,
    units: &Units,
    person: PersonId,
    now: Moment,
) -> Result<(PersonRow, Vec<SeatRow>)> {
    within(conn, actor, capability, units, person, now)
        .await?
        .ok_or(Error::NotFound("person.not_found"))
}

/// Ends a seat, now or at a later instant; answers whose it was.
///
/// # Errors
/// 404 `appointment.not_found`; 409 with a [`Refusal`].
pub async fn end_seat(
    conn: &mut PgConnection,
    actor: &Actor,
    id: Uuid,
    at: Option<Moment>,
    reason: &str,
    now: Moment,
) -> Result<PersonId> {
    let seat = store::people::lock_seat(conn, id)
        .await?
        .filter(|s| s.valid_to.is_none_or(|to| to > now))
        .ok_or(Error::NotFound("appointment.not_found"))?;
    may_seat(actor, seat.person, seat.role, seat.place.as_slice())?;
    let at = at.unwrap_or(now).max(now);
    let reason: String = reason.trim().chars().take(200).collect();
    store::people::end_seat(conn, &seat, at, Some(actor.person), &reason).await?;
    let body = json!({"appointment": id, "role": seat.role, "kind": seat.kind, "place": seat.place, "at": at});
    note_one(conn, actor, "seat_ended", seat.person, body, now).await?;
    Ok(seat.person)
}

/// Changes until when and how a seat is served.
///
/// # Errors
/// As [`end_seat`].
pub async fn change_seat(
    conn: &mut PgConnection,
    actor: &Actor,
    id: Uuid,
    to: Option<Moment>,
    kind: Service,
    now: Moment,
) -> Result<PersonId> {
    let seat = store::people::lock_seat(conn, id)
        .await?
        .filter(|s| s.valid_to.is_none_or(|to| to > now))
        .ok_or(Error::NotFound("appointment.not_found"))?;
    may_seat(actor, seat.person, seat.role, seat.place.as_slice())?;
    if to.is_some_and(|to| to <= seat.valid_from || to <= now) {
        return Err(Refusal::EndsFirst.into());
    }
    store::people::change_seat(conn, id, to, kind).await?;
    let body =
        json!({"appointment": id, "role": seat.role, "kind": kind, "place": seat.place, "to": to});
    note_one(conn, actor, "seat_changed", seat.person, body, now).await?;
    Ok(seat.person)
}

/// Somebody leaves the house: every seat ends now.
///
/// # Errors
/// 404 out of the area; 409 with a [`Refusal`] when a seat is not the caller's to take.
pub async fn depart(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    person: PersonId,
    now: Moment,
) -> Result<()> {
    let units = state.directory.current();
    let (row, seats) = found(conn, actor, Capability::AppointPosts, &units, person, now).await?;
    if row.left_at.is_some() {
        return Ok(());
    }
    for seat in seats
        .iter()
        .filter(|s| s.valid_to.is_none_or(|to| to > now))
    {
        end_seat(conn, actor, seat.id, None, "", now).await?;
    }
    store::people::depart(conn, person, now).await?;
    note_one(conn, actor, "departed", person, json!({}), now).await
}

/// A leave to be entered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct LeaveForm {
    /// Made by the sender; the same id twice is the same leave.
    pub id: Uuid,
    /// `annual`, `sick`, `training`, `family` or `other`.
    pub kind: String,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
    /// Who stands in.
    #[serde(default)]
    pub stand_in: Option<PersonId>,
}

/// Kinds of leave.
pub const LEAVES: [&str; 5] = ["annual", "sick", "training", "family", "other"];

/// Enters that somebody is away, and who stands in.
///
/// # Errors
/// 404 out of the area; 422 for kind and stand-in; 409 with a [`Refusal`].
pub async fn leave(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    person: PersonId,
    form: &LeaveForm,
    now: Moment,
) -> Result<()> {
    if !LEAVES.contains(&form.kind.as_str()) {
        return Err(Error::field("kind", "leave.kind"));
    }
    if let Some(before) = store::people::lock_leave(conn, form.id).await? {
        let same = before.person == person && before.stand_in == form.stand_in;
        return if same {
            Ok(())
        } else {
            Err(Error::conflict("command.id_reused"))
        };
    }
    let units = state.directory.current();
    let (_, seats) = found(conn, actor, Capability::KeepPeople, &units, person, now).await?;
    let mut people = vec![person];
    people.extend(form.stand_in);
    people.sort_unstable();
    store::lock_people(conn, &people).await?;
    if let Some(stand_in) = form.stand_in {
        if stand_in == person {
            return Err(Error::field("stand_in", "leave.oneself"));
        }
        let Some((row, held)) =
            within(conn, actor, Capability::KeepPeople, &units, stand_in, now).await?
        else {
            return Err(Error::field("stand_in", "person.not_found"));
        };
        if row.left_at.is_some() {
            return Err(Error::field("stand_in", "person.left"));
        }
        // Both persons' seats together must be ones that a single person may hold.
        let roles: Vec<Role> = seats
            .iter()
            .chain(&held)
            .filter(|s| s.valid_to.is_none_or(|to| to > form.from) && s.valid_from < form.to)
            .map(|s| s.role)
            .collect();
        fit_together(&roles)?;
        let during =
            |s: &&SeatRow| s.valid_to.is_none_or(|to| to > form.from) && s.valid_from < form.to;
        let passed: Vec<_> = seats
            .iter()
            .filter(during)
            .map(|s| (s.role, s.place))
            .collect();
        let own: Vec<Role> = held.iter().filter(during).map(|s| s.role).collect();
        may_pass_on(actor, person, stand_in, &passed, &own)?;
    }
    let touching = store::people::leaves_touching(conn, &people, form.from, form.to).await?;
    let others: Vec<_> = touching.iter().map(|l| (l.person, l.stand_in)).collect();
    may_leave(person, form.stand_in, form.from, form.to, &others)?;
    let new = NewLeave {
        id: form.id,
        person,
        stand_in: form.stand_in,
        kind: form.kind.clone(),
        from: form.from,
        to: form.to,
        by: actor.person,
    };
    store::people::insert_leave(conn, &new, now).await?;
    let body =
        json!({"leave": form.id, "from": form.from, "to": form.to, "stand_in": form.stand_in});
    note_one(conn, actor, "away", person, body, now).await
}

/// Calls a leave off, from now on.
///
/// # Errors
/// 404 `leave.not_found`.
pub async fn call_off(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    id: Uuid,
    now: Moment,
) -> Result<PersonId> {
    let leave = store::people::lock_leave(conn, id)
        .await?
        .ok_or(Error::NotFound("leave.not_found"))?;
    let units = state.directory.current();
    found(
        conn,
        actor,
        Capability::KeepPeople,
        &units,
        leave.person,
        now,
    )
    .await
    .map_err(|_| Error::NotFound("leave.not_found"))?;
    if leave.called_off_at.is_none() && leave.valid_to > now {
        store::people::call_off(conn, id, now.max(leave.valid_from)).await?;
        note_one(conn, actor, "back", leave.person, json!({"leave": id}), now).await?;
    }
    Ok(leave.person)
}

#[cfg(test)]
#[test]
fn a_number_with_chinas_prefix_is_the_same_number() {
    for (said, digits) in [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800", "8613800"),
        ("+1 415 555 0100", "14155550100"),
        ("0519-86680000", "051986680000"),
    ] {
        assert_eq!(phone_digits(said), digits, "{said}");
    }
}
