//! Takes people and units from spreadsheets: every cell that cannot be taken is named with its row, all
//! rows are taken or none, and the same sheet a second time changes nothing.

use std::collections::{BTreeMap, HashMap};

use divisions::{CurrentNet, Level};
use jiff::civil::Date;
use kernel::{
    Actor, Capability, Error, FieldFault, GridId, Lang, Moment, OrgId, PersonId, Result, Role,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk;
use crate::directory::Units;
use crate::hours;
use crate::lifecycle::{self, fit_together, is_admin, lie_together, may_seat};
use crate::model::{NewAppointment, OrgKind, Service, Unit};
use crate::routes::State;
use crate::sheet::{self, CellFault, Column, Faults, Row};
use crate::store;
use crate::store::people::{self as people_store, Did, Kept, Known, PersonRow, SeatRow};
use crate::store::units::{self as unit_store, UnitRow};

/// Columns of a sheet of people. A person with several seats has several rows.
pub const PEOPLE: &[Column] = &[
    ("staff_no", "工号", "Staff number"),
    ("name", "姓名", "Name"),
    ("phone", "手机号", "Telephone"),
    ("unit", "单位", "Unit"),
    ("role", "岗位", "Role"),
    ("kind", "任职方式", "Service"),
    ("area", "区划代码", "Division code"),
    ("grid", "网格编码", "Grid code"),
    ("from", "起始日期", "From"),
    ("to", "截止日期", "To"),
];

/// Columns of a sheet of units.
pub const UNITS: &[Column] = &[
    ("key", "单位标识", "Key"),
    ("area", "区划代码", "Division code"),
    ("kind", "类别", "Kind"),
    ("name_zh", "名称", "Name"),
    ("name_en", "英文名称", "English name"),
    ("parent", "上级单位", "Unit above"),
    ("phone", "办公电话", "Telephone"),
    ("address", "地址", "Address"),
    ("duty_hours", "值班时间", "Duty hours"),
];

/// What became of a sheet.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Report {
    /// Rows with text in them.
    pub rows: usize,
    /// People or units there were not.
    pub new: usize,
    /// People or units told otherwise than known.
    pub changed: usize,
    /// People or units as they are known.
    pub same: usize,
    /// Seats there were not.
    pub seats_new: usize,
    /// Seats served otherwise or until another day.
    pub seats_changed: usize,
    /// Whether anything was stored.
    pub stored: bool,
    /// Faulty cells, by row; at most 500.
    pub errors: Vec<CellFault>,
    /// How many cells are faulty.
    pub faults: usize,
    /// The first rows as they were understood, for looking at before anything is stored.
    pub preview: Vec<Vec<String>>,
}

/// Most faults told.
const MOST_FAULTS: usize = 500;
/// Rows shown before anything is stored.
const PREVIEW: usize = 20;

impl Report {
    fn faulty(mut self, mut faults: Faults) -> Self {
        faults.found.sort_by_key(|f| f.row);
        self.faults = faults.found.len();
        faults.found.truncate(MOST_FAULTS);
        self.errors = faults.found;
        self
    }
}

/// A sheet of people as it is taken in.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    /// Units, net, key.
    pub state: &'a State,
    /// Who sends it; `None` for the command line, which may give any seat but an administrator's.
    pub actor: Option<&'a Actor>,
    /// The language of the report.
    pub lang: Lang,
    /// When.
    pub now: Moment,
}

/// A seat as a row names it.
#[derive(Debug, Clone)]
struct WantedSeat {
    row: u32,
    role: Role,
    kind: Service,
    area: Option<i64>,
    org: Option<OrgId>,
    grid: Option<GridId>,
    place: Option<i64>,
    from: Option<Moment>,
    to: Option<Moment>,
}

/// Role, division, unit, grid.
type Post = (Role, Option<i64>, Option<OrgId>, Option<GridId>);

/// A person as rows name one.
#[derive(Debug, Clone)]
struct Wanted {
    row: u32,
    name: String,
    phone: String,
    org: Option<OrgId>,
    seats: Vec<WantedSeat>,
}

/// How names in a sheet are found.
struct Lookups<'a> {
    net: &'a CurrentNet,
    by_name: HashMap<&'a str, Vec<&'a Unit>>,
    by_key: HashMap<(&'a str, i64), &'a Unit>,
}

impl<'a> Lookups<'a> {
    fn new(net: &'a CurrentNet, units: &'a Units) -> Self {
        let mut by_name: HashMap<&str, Vec<&Unit>> = HashMap::new();
        let mut by_key = HashMap::new();
        for unit in units.all() {
            by_name.entry(&unit.name_zh).or_default().push(unit);
            if unit.name_en != unit.name_zh {
                by_name.entry(&unit.name_en).or_default().push(unit);
            }
            by_key.insert((unit.key.as_str(), unit.area), unit.as_ref());
        }
        Self {
            net,
            by_name,
            by_key,
        }
    }

    /// A unit by `key@division`, or by a name that only one unit bears (near `area`, when given).
    fn unit(&self, said: &str, area: Option<i64>) -> std::result::Result<&'a Unit, FieldFault> {
        if let Some((key, code)) = said.split_once('@')
            && let Ok(code) = code.trim().parse()
            && let Some(unit) = self.by_key.get(&(key.trim(), code))
        {
            return Ok(unit);
        }
        let named = self.by_name.get(said).map_or(&[][..], Vec::as_slice);
        let near: Vec<&&Unit> = named
            .iter()
            .filter(|u| area.is_some_and(|a| u.area == a))
            .collect();
        match (named, near.as_slice()) {
            ([one], _) => Ok(one),
            (_, [one]) => Ok(one),
            ([], _) => Err(FieldFault::new("unit", "sheet.unit_unknown").with("value", said)),
            _ => Err(FieldFault::new("unit", "sheet.unit_ambiguous")
                .with("value", said)
                .with("n", named.len())),
        }
    }
}

impl People<'_> {
    /// Reads the sheet and, when every row is right and `try_only` is not set, stores it. The caller
    /// owns the transaction.
    ///
    /// # Errors
    /// 422 on `file` when it is no such sheet; when the database fails.
    pub async fn take_in(
        &self,
        conn: &mut PgConnection,
        bytes: Vec<u8>,
        try_only: bool,
    ) -> Result<Report> {
        let rows = tokio::task::spawn_blocking(move || {
            sheet::read(&bytes, PEOPLE, &["staff_no", "name", "role"])
        })
        .await
        .map_err(|e| Error::ours("reading a spreadsheet", e))??;
        let (units, net) = (self.state.directory.current(), self.state.net.current());
        let lookups = Lookups::new(&net, &units);
        let mut faults = Faults::new(self.lang, PEOPLE);
        let people = self.gather(&rows, &lookups, &mut faults);
        let mut report = Report {
            rows: rows.len(),
            preview: rows
                .iter()
                .take(PREVIEW)
                .map(|r| PEOPLE.iter().map(|c| preview_cell(r, c.0)).collect())
                .collect(),
            ..Report::default()
        };
        let plan = self.plan(conn, &people, &mut faults, &mut report).await?;
        if !faults.found.is_empty() || try_only {
            return Ok(report.faulty(faults));
        }
        self.store(conn, plan).await?;
        report.stored = true;
        Ok(report)
    }

    /// Rows of the same staff number are one person.
    fn gather<'r>(
        &self,
        rows: &'r [Row],
        lookups: &Lookups<'_>,
        faults: &mut Faults,
    ) -> BTreeMap<&'r str, Wanted> {
        let mut people: BTreeMap<&str, Wanted> = BTreeMap::new();
        for row in rows {
            let number = row.cell("staff_no");
            let name = row.cell("name");
            for (column, most) in [("staff_no", 32), ("name", 40)] {
                let said = row.cell(column);
                if said.is_empty() {
                    faults.push(row.number, &FieldFault::new(column, "field.missing"));
                } else if said.chars().count() > most {
                    let fault = FieldFault::new(column, "field.length");
                    faults.push(row.number, &fault.with("min", 1).with("max", most));
                }
            }
            let area = self.area(row, lookups, faults);
            let unit = match row.cell("unit") {
                "" => None,
                said => match lookups.unit(said, area) {
                    Ok(unit) => Some(unit),
                    Err(fault) => {
                        faults.push(row.number, &fault);
                        None
                    }
                },
            };
            let seat = self.seat(row, area, unit, lookups, faults);
            if number.is_empty() || name.is_empty() {
                continue;
            }
            let phone = row.cell("phone");
            let known = people.entry(number).or_insert_with(|| Wanted {
                row: row.number,
                name: name.to_owned(),
                phone: phone.to_owned(),
                org: unit.map(|u| u.id),
                seats: Vec::new(),
            });
            if known.name != name {
                let fault = FieldFault::new("name", "sheet.person_differs");
                faults.push(row.number, &fault.with("row", known.row));
            }
            if known.phone.is_empty() {
                phone.clone_into(&mut known.phone);
            }
            known.seats.extend(seat);
        }
        people
    }

    fn area(&self, row: &Row, lookups: &Lookups<'_>, faults: &mut Faults) -> Option<i64> {
        let said = row.cell("area");
        if said.is_empty() {
            return None;
        }
        let found = said.parse().ok().and_then(|c| lookups.net.division(c));
        if found.is_none() {
            let fault = FieldFault::new("area", "sheet.area_unknown").with("value", said);
            faults.push(row.number, &fault);
        }
        found.map(|d| d.code)
    }

    fn seat(
        &self,
        row: &Row,
        area: Option<i64>,
        unit: Option<&Unit>,
        lookups: &Lookups<'_>,
        faults: &mut Faults,
    ) -> Option<WantedSeat> {
        let mut wrong = |column: &'static str, fault: FieldFault| {
            let fault = FieldFault {
                field: column.to_owned(),
                ..fault
            };
            faults.push(row.number, &fault);
        };
        let said = row.cell("role");
        let Some(role) = role(said) else {
            let code = if said.is_empty() {
                FieldFault::new("role", "field.missing")
            } else {
                FieldFault::new("role", "sheet.role_unknown").with("value", said)
            };
            wrong("role", code);
            return None;
        };
        let kind = match row.cell("kind") {
            "" => Some(Service::FullTime),
            said => Service::parse(said),
        };
        let Some(kind) = kind else {
            let fault = FieldFault::new("kind", "sheet.kind_unknown");
            wrong("kind", fault.with("value", row.cell("kind")));
            return None;
        };
        let grid = match row.cell("grid") {
            "" => None,
            code => match lookups.net.grid_by_code(code) {
                Some(grid) => Some(grid),
                None => {
                    let fault = FieldFault::new("grid", "sheet.grid_unknown");
                    wrong("grid", fault.with("value", code));
                    return None;
                }
            },
        };
        let zone = &self.state.app.city.zone;
        let mut day = |column: &'static str| match row.cell(column) {
            "" => Some(None),
            said => match date(said) {
                Some(date) => Some(
                    date.to_zoned(zone.clone())
                        .ok()
                        .map(|z| Moment::new(z.timestamp())),
                ),
                None => {
                    let fault = FieldFault::new(column, "sheet.date_unreadable");
                    wrong(column, fault.with("value", said));
                    None
                }
            },
        };
        let (from, to) = (day("from")?, day("to")?);
        let org = unit.map(|u| u.id);
        let (community, unit_area) = (grid.as_ref().map(|g| g.community), unit.map(|u| u.area));
        let places: Vec<i64> = [area, community, unit_area].into_iter().flatten().collect();
        let place = places.first().copied();
        let refused = lie_together(area, community, unit_area)
            .map_err(|_| ("area", FieldFault::new("area", "appointment.apart")))
            .and_then(|()| self.refused(role, area, grid.is_some(), &places, (from, to)));
        if let Err((column, fault)) = refused {
            wrong(column, fault);
            return None;
        }
        Some(WantedSeat {
            row: row.number,
            role,
            kind,
            area,
            org,
            grid: grid.map(|g| g.id),
            place,
            from,
            to,
        })
    }

    /// Rules a seat meets on its own.
    fn refused(
        &self,
        role: Role,
        area: Option<i64>,
        grid: bool,
        places: &[i64],
        (from, to): (Option<Moment>, Option<Moment>),
    ) -> std::result::Result<(), (&'static str, FieldFault)> {
        if is_admin(role) {
            return Err(("role", FieldFault::new("role", "sheet.admin_by_hand")));
        }
        if places.is_empty() {
            return Err(("area", FieldFault::new("area", "appointment.nowhere")));
        }
        if desk::fits_place(role, area, grid).is_err() {
            return Err(("grid", FieldFault::new("grid", "appointment.grid_missing")));
        }
        if to.is_some_and(|to| to <= from.unwrap_or(self.now)) {
            let fault = FieldFault::new("to", "appointment.ends_before_it_begins");
            return Err(("to", fault));
        }
        let Some(actor) = self.actor else {
            return Ok(());
        };
        // Who it is does not matter here; the own seat is looked for when the person is known.
        match may_seat(actor, PersonId(Uuid::nil()), role, places) {
            Ok(()) => Ok(()),
            Err(lifecycle::Refusal::NotAGridPost) => Err((
                "role",
                FieldFault::new("role", "appointment.not_a_grid_post"),
            )),
            Err(_) => Err(("area", FieldFault::new("area", "appointment.out_of_area"))),
        }
    }

    /// What is to be done, compared with what is known.
    async fn plan(
        &self,
        conn: &mut PgConnection,
        people: &BTreeMap<&str, Wanted>,
        faults: &mut Faults,
        report: &mut Report,
    ) -> Result<Plan> {
        let numbers: Vec<&str> = people.keys().copied().collect();
        let known = people_store::known(conn, &numbers).await?;
        let known: HashMap<&str, &Known> = known.iter().map(|k| (k.staff_no.as_str(), k)).collect();
        let ids: Vec<PersonId> = known.values().map(|k| k.id).collect();
        if !ids.is_empty() {
            store::lock_people(conn, &ids).await?;
        }
        let mut held: HashMap<PersonId, Vec<SeatRow>> = HashMap::new();
        for seat in people_store::seats(conn, &ids).await? {
            if seat.valid_to.is_none_or(|to| to > self.now) {
                held.entry(seat.person).or_default().push(seat);
            }
        }
        let mut plan = Plan::default();
        for (number, wanted) in people {
            let before = known.get(number).copied();
            let id = before.map_or_else(PersonId::fresh, |k| k.id);
            let own = self.actor.is_some_and(|a| a.persons().contains(&id));
            if own {
                let fault = FieldFault::new("staff_no", "appointment.own");
                faults.push(wanted.row, &fault);
                continue;
            }
            let seats = held.get(&id).map_or(&[][..], Vec::as_slice);
            if let (Some(actor), Some(_)) = (self.actor, before)
                && !actor.can(Capability::ManageRights)
                && !seats.iter().all(|s| {
                    s.place
                        .is_some_and(|p| actor.scope(Capability::AppointPosts).holds(p))
                })
            {
                let fault = FieldFault::new("staff_no", "appointment.out_of_area");
                faults.push(wanted.row, &fault);
                continue;
            }
            self.person(id, number, wanted, before, &mut plan, faults, report)?;
            self.seats(id, wanted, seats, &mut plan, faults, report);
        }
        Ok(plan)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row with all it is compared with"
    )]
    fn person(
        &self,
        id: PersonId,
        number: &str,
        wanted: &Wanted,
        before: Option<&Known>,
        plan: &mut Plan,
        faults: &mut Faults,
        report: &mut Report,
    ) -> Result<()> {
        let app = &self.state.app;
        let digits = desk::phone_digits(&wanted.phone);
        // A masked number is what an export shows: nothing new.
        let told = !wanted.phone.is_empty() && !wanted.phone.contains('*');
        let hash = told.then(|| app.vault.blind("phone", &digits));
        let same_phone = !told || before.is_some_and(|b| b.phone_hash == hash);
        let org = wanted.org.or(before.and_then(|b| b.org));
        match before {
            Some(b)
                if b.name == wanted.name && b.org == org && same_phone && b.left_at.is_none() =>
            {
                report.same += 1;
                return Ok(());
            }
            Some(_) => report.changed += 1,
            None => report.new += 1,
        }
        let phone = if same_phone {
            None
        } else {
            match desk::phone(app, &wanted.phone) {
                Ok(phone) => phone,
                Err(Error::Refused { .. }) => {
                    let fault = FieldFault::new("phone", "phone.unreadable");
                    faults.push(wanted.row, &fault);
                    None
                }
                Err(other) => return Err(other),
            }
        };
        plan.did.push(Did {
            what: if before.is_none() {
                "entered"
            } else {
                "changed"
            },
            person: Some(id),
            org: None,
            body: json!({"sheet": true}),
        });
        plan.people.push(Kept {
            id,
            staff_no: Some(number.to_owned()),
            name: wanted.name.clone(),
            org,
            phone,
        });
        Ok(())
    }

    fn seats(
        &self,
        id: PersonId,
        wanted: &Wanted,
        held: &[SeatRow],
        plan: &mut Plan,
        faults: &mut Faults,
        report: &mut Report,
    ) {
        let roles: Vec<Role> = held
            .iter()
            .map(|s| s.role)
            .chain(wanted.seats.iter().map(|s| s.role))
            .collect();
        if fit_together(&roles).is_err() {
            let fault = FieldFault::new("role", "appointment.roles_conflict");
            faults.push(wanted.row, &fault);
            return;
        }
        let mut taken: Vec<Post> = Vec::new();
        for seat in &wanted.seats {
            let at = (seat.role, seat.area, seat.org, seat.grid);
            if taken.contains(&at) {
                faults.push(seat.row, &FieldFault::new("role", "sheet.seat_twice"));
                continue;
            }
            taken.push(at);
            match held.iter().find(|s| is_same_post(s, seat)) {
                Some(before) if before.kind == seat.kind && before.valid_to == seat.to => {}
                Some(before) => {
                    report.seats_changed += 1;
                    plan.changes.push((before.id, seat.to, seat.kind));
                    plan.did.push(did_seat("seat_changed", id, before.id, seat));
                }
                None => {
                    report.seats_new += 1;
                    let new = NewAppointment {
                        id: Uuid::now_v7(),
                        person: id,
                        role: seat.role,
                        area: seat.area,
                        org: seat.org,
                        grid: seat.grid,
                        from: seat.from.unwrap_or(self.now),
                        to: seat.to,
                        kind: seat.kind,
                        by: self.actor.map(|a| a.person),
                    };
                    plan.did.push(did_seat("appointed", id, new.id, seat));
                    plan.appointments.push(new);
                }
            }
        }
    }

    async fn store(&self, conn: &mut PgConnection, plan: Plan) -> Result<()> {
        let by = self.actor.map(|a| a.person);
        for chunk in plan.people.chunks(5_000) {
            people_store::keep(conn, chunk, self.now).await?;
        }
        for chunk in plan.appointments.chunks(5_000) {
            store::insert_appointments(conn, chunk, self.now).await?;
        }
        people_store::change_seats(conn, &plan.changes).await?;
        for chunk in plan.did.chunks(5_000) {
            people_store::note(conn, by, chunk, self.now).await?;
        }
        Ok(())
    }
}

/// Whether a seat held is the one a row names. The sheet's one column for the unit also tells where the
/// person belongs, so a seat of no unit is the same when area or grid say where it is.
fn is_same_post(held: &SeatRow, wanted: &WantedSeat) -> bool {
    let placed = wanted.area.is_some() || wanted.grid.is_some();
    (held.role, held.area, held.grid) == (wanted.role, wanted.area, wanted.grid)
        && (held.org == wanted.org || (held.org.is_none() && placed))
}

fn did_seat(what: &'static str, person: PersonId, id: Uuid, seat: &WantedSeat) -> Did {
    Did {
        what,
        person: Some(person),
        org: None,
        body: json!({"appointment": id, "role": seat.role, "kind": seat.kind, "place": seat.place, "sheet": true}),
    }
}

/// What is to be stored of a sheet.
#[derive(Debug, Default)]
struct Plan {
    people: Vec<Kept>,
    appointments: Vec<NewAppointment>,
    changes: Vec<(Uuid, Option<Moment>, Service)>,
    did: Vec<Did>,
}

/// Shown before anything is stored; a number not in full even there.
fn preview_cell(row: &Row, column: &str) -> String {
    let said = row.cell(column);
    if column == "phone" && !said.is_empty() {
        return desk::masked_phone(&desk::phone_digits(said));
    }
    said.to_owned()
}

/// The role of this word or name.
fn role(said: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|r| {
        let (zh, en) = r.name();
        r.word() == said || zh == said || en.eq_ignore_ascii_case(said)
    })
}

/// A day as people and spreadsheets write it: `2026-03-01`, `2026/3/1`, `2026年3月1日`, `20260301`.
fn date(said: &str) -> Option<Date> {
    let said = said.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = said
        .split(['-', '/', '.', '年', '月', '日'])
        .filter(|p| !p.is_empty())
        .collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] => (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?),
        [one] if one.len() == 8 => (
            one.get(..4)?.parse().ok()?,
            one.get(4..6)?.parse().ok()?,
            one.get(6..)?.parse().ok()?,
        ),
        _ => return None,
    };
    Date::new(year, month, day)
        .ok()
        .filter(|d| (1950..2200).contains(&d.year()))
}

/// Lines of a sheet of people, one per seat in force or to come; `phone` says what is shown of a number.
#[must_use]
pub fn people_lines(
    state: &State,
    units: &Units,
    rows: &[PersonRow],
    seats: &[SeatRow],
    lang: Lang,
    now: Moment,
    phone: impl Fn(&PersonRow) -> String,
) -> Vec<Vec<String>> {
    let zone = &state.app.city.zone;
    let day = |at: Moment| at.date(zone).to_string();
    let unit = |id: Option<OrgId>| id.and_then(|i| units.get(i));
    let mut by_person: HashMap<PersonId, Vec<&SeatRow>> = HashMap::new();
    for seat in seats
        .iter()
        .filter(|s| s.valid_to.is_none_or(|to| to > now))
    {
        by_person.entry(seat.person).or_default().push(seat);
    }
    let mut lines = Vec::new();
    for row in rows {
        let number = row.staff_no.clone().unwrap_or_default();
        let none: &[&SeatRow] = &[];
        for seat in by_person.get(&row.id).map_or(none, Vec::as_slice) {
            let (role_zh, role_en) = seat.role.name();
            let kind = Service::NAMES.iter().find(|n| n.0 == seat.kind);
            lines.push(vec![
                number.clone(),
                row.name.clone(),
                phone(row),
                unit(seat.org.or(row.org))
                    .map_or_else(String::new, |u| format!("{}@{}", u.key, u.area)),
                lang.pick(role_zh, role_en).to_owned(),
                kind.map_or("", |k| lang.pick(k.1, k.2)).to_owned(),
                seat.area.map(|a| a.to_string()).unwrap_or_default(),
                seat.grid_code.clone().unwrap_or_default(),
                day(seat.valid_from),
                seat.valid_to.map(day).unwrap_or_default(),
            ]);
        }
    }
    lines
}

/// A sheet of units as it is taken in.
#[derive(Debug, Clone, Copy)]
pub struct UnitsSheet<'a> {
    /// Units, net.
    pub state: &'a State,
    /// Who sends it; `None` for the command line.
    pub actor: Option<&'a Actor>,
    /// The language of the report.
    pub lang: Lang,
    /// When.
    pub now: Moment,
}

impl UnitsSheet<'_> {
    /// Reads the sheet and, when every row is right and `try_only` is not set, stores it.
    ///
    /// # Errors
    /// 422 on `file` when it is no such sheet; when the database fails.
    pub async fn take_in(
        &self,
        conn: &mut PgConnection,
        bytes: Vec<u8>,
        try_only: bool,
    ) -> Result<Report> {
        let rows = tokio::task::spawn_blocking(move || {
            sheet::read(&bytes, UNITS, &["key", "area", "kind", "name_zh"])
        })
        .await
        .map_err(|e| Error::ours("reading a spreadsheet", e))??;
        let before = unit_store::all(conn, self.now).await?;
        let mut faults = Faults::new(self.lang, UNITS);
        let mut report = Report {
            rows: rows.len(),
            preview: rows
                .iter()
                .take(PREVIEW)
                .map(|r| UNITS.iter().map(|c| r.cell(c.0).to_owned()).collect())
                .collect(),
            ..Report::default()
        };
        let mut ids: HashMap<(String, i64), OrgId> = before
            .iter()
            .map(|u| ((u.key.clone(), u.area), u.id))
            .collect();
        let mut seen: HashMap<(String, i64), u32> = HashMap::new();
        let mut read = Vec::new();
        for row in &rows {
            if let Some((kept, parent)) = self.row(row, &mut ids, &mut seen, &mut faults) {
                read.push((row.number, kept, parent));
            }
        }
        let mut keep = Vec::new();
        for (number, mut kept, parent) in read {
            if !parent.is_empty() {
                kept.parent = above(&parent, kept.area, &ids);
                if kept.parent.is_none() || kept.parent == Some(kept.id) {
                    let fault = FieldFault::new("parent", "sheet.unit_unknown");
                    faults.push(number, &fault.with("value", parent));
                    continue;
                }
            }
            match before.iter().find(|b| b.id == kept.id) {
                Some(b) if is_same(b, &kept) => report.same += 1,
                Some(_) => {
                    report.changed += 1;
                    keep.push(kept);
                }
                None => {
                    report.new += 1;
                    keep.push(kept);
                }
            }
        }
        if !faults.found.is_empty() || try_only {
            return Ok(report.faulty(faults));
        }
        for chunk in keep.chunks(5_000) {
            unit_store::keep(conn, chunk, self.now).await?;
        }
        let did: Vec<Did> = keep
            .iter()
            .map(|k| Did {
                what: "unit_changed",
                person: None,
                org: Some(k.id),
                body: json!({"sheet": true}),
            })
            .collect();
        people_store::note(conn, self.actor.map(|a| a.person), &did, self.now).await?;
        report.stored = true;
        Ok(report)
    }

    fn row(
        &self,
        row: &Row,
        ids: &mut HashMap<(String, i64), OrgId>,
        seen: &mut HashMap<(String, i64), u32>,
        faults: &mut Faults,
    ) -> Option<(unit_store::Kept, String)> {
        let before = faults.found.len();
        let mut wrong = |fault: FieldFault| faults.push(row.number, &fault);
        let key = row.cell("key");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !(2..=60).contains(&key.len()) || !key.chars().all(plain) {
            wrong(FieldFault::new("key", "org.key"));
        }
        let said = row.cell("area");
        let net = self.state.net.current();
        let area = said
            .parse()
            .ok()
            .and_then(|c| net.division(c))
            .map(|d| d.code);
        if area.is_none() {
            wrong(FieldFault::new("area", "sheet.area_unknown").with("value", said));
        }
        if let (Some(area), Some(actor)) = (area, self.actor)
            && !actor.scope(Capability::KeepOrgs).holds(area)
        {
            wrong(FieldFault::new("area", "appointment.out_of_area"));
        }
        let kind = OrgKind::parse(row.cell("kind"));
        if kind.is_none() {
            let fault = FieldFault::new("kind", "sheet.kind_unknown");
            wrong(fault.with("value", row.cell("kind")));
        }
        if kind == Some(OrgKind::Section) && row.cell("parent").is_empty() {
            wrong(FieldFault::new("parent", "org.section_of_none"));
        }
        let name = row.cell("name_zh");
        if !(2..=60).contains(&name.chars().count()) {
            let fault = FieldFault::new("name_zh", "field.length");
            wrong(fault.with("min", 2).with("max", 60));
        }
        let duty_hours = hours::tidy(row.cell("duty_hours"));
        if duty_hours.is_none() {
            wrong(FieldFault::new("duty_hours", "hours.unreadable"));
        }
        let place = (key.to_owned(), area.unwrap_or_default());
        if let Some(first) = seen.insert(place.clone(), row.number) {
            wrong(FieldFault::new("key", "sheet.unit_twice").with("row", first));
        }
        if faults.found.len() > before {
            return None;
        }
        let area = area?;
        let id = *ids.entry(place).or_insert_with(OrgId::fresh);
        let english = row.cell("name_en");
        let kept = unit_store::Kept {
            id,
            key: key.to_owned(),
            kind: kind?,
            level: Level::of(area),
            area,
            parent: None,
            name_zh: name.to_owned(),
            name_en: if english.is_empty() { name } else { english }.to_owned(),
            phone: row.cell("phone").to_owned(),
            address: row.cell("address").to_owned(),
            duty_hours: duty_hours?,
        };
        Some((kept, row.cell("parent").to_owned()))
    }
}

/// The unit above, by `key@division` or by a key in the same division.
fn above(said: &str, area: i64, ids: &HashMap<(String, i64), OrgId>) -> Option<OrgId> {
    let (key, area) = match said.split_once('@') {
        Some((key, code)) => (key.trim(), code.trim().parse().ok()?),
        None => (said, area),
    };
    ids.get(&(key.to_owned(), area)).copied()
}

fn is_same(before: &UnitRow, kept: &unit_store::Kept) -> bool {
    before.valid_to.is_none()
        && before.kind == kept.kind
        && before.parent == kept.parent
        && before.name_zh == kept.name_zh
        && before.name_en == kept.name_en
        && before.phone == kept.phone
        && before.address == kept.address
        && before.duty_hours == kept.duty_hours
}

/// Lines of a sheet of units.
#[must_use]
pub fn unit_lines(state: &State, rows: &[UnitRow], lang: Lang) -> Vec<Vec<String>> {
    let units = state.directory.current();
    rows.iter()
        .map(|row| {
            let kind = OrgKind::NAMES.iter().find(|n| n.0 == row.kind);
            let parent = row.parent.and_then(|p| units.get(p));
            vec![
                row.key.clone(),
                row.area.to_string(),
                kind.map_or("", |k| lang.pick(k.1, k.2)).to_owned(),
                row.name_zh.clone(),
                row.name_en.clone(),
                parent.map_or_else(String::new, |p| format!("{}@{}", p.key, p.area)),
                row.phone.clone(),
                row.address.clone(),
                row.duty_hours.clone(),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for said in [
            "2026-03-01",
            "2026/3/1",
            "2026年3月1日",
            "20260301",
            "2026-03-01 00:00:00",
        ] {
            assert_eq!(date(said), Some(jiff::civil::date(2026, 3, 1)), "{said}");
        }
        for said in ["", "1.3.2026", "2026-13-01", "45000", "yesterday"] {
            assert_eq!(date(said), None, "{said}");
        }
    }

    #[test]
    fn roles_go_by_word_and_name() {
        assert_eq!(role("网格员"), Some(Role::GridWorker));
        assert_eq!(role("Grid worker"), Some(Role::GridWorker));
        assert_eq!(role("grid_worker"), Some(Role::GridWorker));
        assert_eq!(role("网格"), None);
    }
}
