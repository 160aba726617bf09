//! Appointing and ending appointments.

use std::collections::BTreeMap;

use kernel::{Error, Moment, PersonId, Result, Role};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::lifecycle::{Refusal, fit_together};
use crate::model::NewAppointment;
use crate::store;

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
    store::insert_appointments(conn, new).await
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
