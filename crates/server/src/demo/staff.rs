//! The demo's units and people: every unit of `data/orgs.csv` in every area of its level, several people in
//! each, a chief for every community, a worker for every grid, three separate administrators.

use std::collections::HashSet;

use accounts::NewAccount;
use accounts::password::{self, Cost};
use anyhow::anyhow;
use kernel::{AccountId, GridId, Moment, OrgId, PersonId, Role};
use matters::catalogue::{Bilingual, Catalogue};
use matters::routing::{self, OrgTemplate, OrgTemplates};
use pinyin::ToPinyin;
use sqlx::PgConnection;
use staff::{NewAppointment, NewOrg, NewPerson, OrgKind};

use super::accounts::PASSWORD;
use super::city::Grid;
use crate::boot::told;

/// A unit with what its people's logins begin with.
#[derive(Debug)]
pub struct Founded {
    id: OrgId,
    key: String,
    level: divisions::Level,
    area: i64,
    prefix: String,
}

/// An area that units are founded in.
struct Area {
    code: i64,
    zh: String,
    en: String,
    prefix: String,
}

/// Founds the units, keeps the catalogue with its aliases, and lays the routes.
///
/// # Errors
/// When a shipped file is broken or the database fails.
pub async fn found(conn: &mut PgConnection) -> anyhow::Result<Vec<Founded>> {
    let templates = OrgTemplates::standard().map_err(|e| anyhow!("data/orgs.csv: {e:?}"))?;
    let catalogue = Catalogue::standard().map_err(|e| anyhow!("data/matters.csv: {e:?}"))?;
    let aliases = matters::suggest::standard_aliases()
        .map_err(|e| anyhow!("data/matter_aliases.csv: {e:?}"))?;
    let (mut new, mut founded) = (Vec::new(), Vec::new());
    for (level, areas) in areas(conn).await? {
        for area in &areas {
            for template in templates.at(level) {
                let org = unit(template, area);
                founded.push(Founded {
                    id: org.id,
                    key: org.key.clone(),
                    level: org.level,
                    area: area.code,
                    prefix: area.prefix.clone(),
                });
                new.push(org);
            }
        }
    }
    staff::store::insert_orgs(conn, &new).await.map_err(told)?;
    matters::store::put_matters(conn, catalogue.matters())
        .await
        .map_err(told)?;
    matters::store::put_aliases(conn, &aliases)
        .await
        .map_err(told)?;
    let table = routing::routing_table(&catalogue, &templates);
    let units = founded.iter().map(|u| (u.key.as_str(), u.area, u.id));
    let rules = matters::store::rules_for(&table, units);
    matters::store::put_rules(conn, &rules)
        .await
        .map_err(told)?;
    list(conn, &catalogue, &templates, &table).await?;
    Ok(founded)
}

/// What the demo city had put on grids before: what its routes send there and what a worker may put
/// right alone. The rest a department would have to ask for.
async fn list(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    templates: &OrgTemplates,
    table: &[routing::RouteRule],
) -> anyhow::Result<()> {
    let of_grids = |code: &str| {
        table.iter().filter(|rule| rule.matter == code).any(|rule| {
            let unit = templates.get(&rule.org_key);
            unit.is_some_and(|unit| unit.level == routing::Level::Community)
        })
    };
    let codes: Vec<&str> = catalogue
        .matters()
        .iter()
        .filter(|m| m.self_handle_allowed || of_grids(&m.code))
        .map(|m| m.code.as_str())
        .collect();
    let city: i64 = sqlx::query_scalar("select code from divisions where level = 'city'")
        .fetch_one(&mut *conn)
        .await?;
    matters::store::admissions::list_founding(conn, &codes, city, "历史清单（演示）")
        .await
        .map_err(told)?;
    Ok(())
}

/// The areas of each level with their names and the beginnings of their logins, in order of code.
async fn areas(conn: &mut PgConnection) -> anyhow::Result<Vec<(routing::Level, Vec<Area>)>> {
    let rows: Vec<(i64, String, String)> =
        sqlx::query_as("select code, level, name from divisions order by code")
            .fetch_all(conn)
            .await?;
    let mut taken: HashSet<String> = HashSet::new();
    let mut levels: Vec<(routing::Level, Vec<Area>)> = vec![
        (routing::Level::City, Vec::new()),
        (routing::Level::District, Vec::new()),
        (routing::Level::Town, Vec::new()),
        (routing::Level::Community, Vec::new()),
    ];
    for (code, level, name) in rows {
        let short = atlas::city::short_name(&name).to_owned();
        let (at, prefix) = match level.as_str() {
            "city" => (0, "city.".to_owned()),
            "county" => (
                1,
                format!("{}.", plain(short.trim_end_matches(['区', '市']))),
            ),
            "town" => (
                2,
                format!(
                    "{}.",
                    plain(
                        short
                            .trim_end_matches("街道")
                            .trim_end_matches(['镇', '乡'])
                    )
                ),
            ),
            _ => (3, format!("c{}.", code % 1_000_000_000)),
        };
        let Some((_, areas)) = levels.get_mut(at) else {
            continue;
        };
        let prefix = match (at, areas.is_empty()) {
            // The first of each level go by short names: the README's.
            (1, true) => String::new(),
            (2, true) => "town.".to_owned(),
            (3, true) => "community.".to_owned(),
            _ if taken.contains(&prefix) => format!("t{}.", code / 1_000 % 1_000_000),
            _ => prefix,
        };
        taken.insert(prefix.clone());
        areas.push(Area {
            code,
            en: spoken(&short),
            zh: short,
            prefix,
        });
    }
    Ok(levels)
}

/// Latin letters of a Chinese name, run together and small.
fn plain(name: &str) -> String {
    name.chars().map(latin).collect()
}

fn latin(letter: char) -> String {
    letter.to_pinyin().map_or_else(
        || {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase().to_string()
            } else {
                String::new()
            }
        },
        |p| p.plain().replace('ü', "v"),
    )
}

/// A Chinese name for English readers: 天宁区 → Tianning, 朝阳花园社区 → Chaoyanghuayuan.
fn spoken(name: &str) -> String {
    let bare = name.trim_end_matches("社区").trim_end_matches("街道");
    let bare = if bare.chars().count() > 2 {
        bare.trim_end_matches(['区', '市', '镇', '乡', '村'])
    } else {
        bare
    };
    let letters = plain(bare);
    let mut chars = letters.chars();
    chars.next().map_or(letters.clone(), |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

fn unit(template: &OrgTemplate, area: &Area) -> NewOrg {
    let committee = template.key == "community-committee";
    let name = if committee && area.zh.ends_with('村') {
        Bilingual::new(
            format!("{}村民委员会", area.zh.trim_end_matches('村')),
            format!("Villagers' Committee, {}", area.en),
        )
    } else {
        let zh = if committee {
            area.zh.trim_end_matches("社区")
        } else {
            &area.zh
        };
        template.name_in(&Bilingual::new(zh, area.en.as_str()))
    };
    NewOrg {
        id: OrgId::fresh(),
        key: template.key.clone(),
        kind: match template.kind {
            routing::OrgKind::Department => OrgKind::Department,
            routing::OrgKind::Operator => OrgKind::Operator,
            routing::OrgKind::Centre => OrgKind::Centre,
        },
        level: divisions::Level::of(area.code),
        area: area.code,
        parent: None,
        name_zh: name.zh,
        name_en: name.en,
    }
}

/// The people to be stored together.
struct Staffing {
    since: Moment,
    hash: String,
    people: Vec<NewPerson>,
    appointments: Vec<NewAppointment>,
    accounts: Vec<NewAccount>,
}

impl Staffing {
    fn seat(
        &mut self,
        login: String,
        name: String,
        role: Role,
        area: Option<i64>,
        org: Option<OrgId>,
        grid: Option<GridId>,
    ) {
        let person = PersonId::fresh();
        self.people.push(NewPerson {
            id: person,
            name: format!("{name}（演示）"),
            org,
        });
        self.appointments.push(NewAppointment {
            id: uuid::Uuid::now_v7(),
            person,
            role,
            area,
            org,
            grid,
            from: self.since,
            to: None,
            kind: staff::Service::FullTime,
            by: None,
        });
        self.accounts.push(NewAccount {
            id: AccountId::fresh(),
            person,
            login,
            password_hash: self.hash.clone(),
        });
    }

    /// `count` people of a role in a unit, named by number.
    fn several(&mut self, unit: &Founded, word: &str, role: Role, area: Option<i64>, count: usize) {
        for n in 1..=count {
            let login = format!("{}{word}.{n}", unit.prefix);
            self.seat(
                login,
                format!("{} {n}", role.name().0),
                role,
                area,
                Some(unit.id),
                None,
            );
        }
    }
}

/// Appoints people to every seat from `since`; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn appoint(
    conn: &mut PgConnection,
    units: &[Founded],
    grids: &[Grid],
    since: Moment,
) -> anyhow::Result<usize> {
    // One hash for all: the password is the same and public.
    let hash = tokio::task::spawn_blocking(|| password::hash(PASSWORD, Cost::Full))
        .await?
        .map_err(told)?;
    let mut staffing = Staffing {
        since,
        hash,
        people: Vec::new(),
        appointments: Vec::new(),
        accounts: Vec::new(),
    };
    for unit in units {
        staff_unit(&mut staffing, unit);
    }
    staff_grids(&mut staffing, units, grids);
    let city = units
        .iter()
        .find(|u| u.key == "city-grid-centre")
        .ok_or_else(|| anyhow!("the city has no centre"))?;
    for n in 1..=2 {
        let name = format!("{} {n}", Role::Supervisor.name().0);
        staffing.seat(
            format!("supervisor.{n}"),
            name,
            Role::Supervisor,
            Some(city.area),
            Some(city.id),
            None,
        );
    }
    for (login, role) in [
        ("admin.system", Role::SystemAdmin),
        ("admin.security", Role::SecurityAdmin),
        ("admin.audit", Role::AuditAdmin),
    ] {
        staffing.seat(
            login.to_owned(),
            role.name().0.to_owned(),
            role,
            Some(city.area),
            None,
            None,
        );
    }
    for chunk in staffing.people.chunks(2_000) {
        staff::store::insert_people(conn, chunk, since)
            .await
            .map_err(told)?;
    }
    for chunk in staffing.appointments.chunks(2_000) {
        staff::desk::appoint(conn, chunk, since)
            .await
            .map_err(told)?;
    }
    for chunk in staffing.accounts.chunks(2_000) {
        accounts::store::insert_accounts(conn, chunk, since)
            .await
            .map_err(told)?;
    }
    Ok(staffing.people.len())
}

fn staff_unit(staffing: &mut Staffing, unit: &Founded) {
    let tail = unit
        .key
        .split_once('-')
        .map_or(unit.key.as_str(), |(_, tail)| tail);
    match unit.key.as_str() {
        "city-grid-centre" | "district-grid-centre" => {
            let area = Some(unit.area);
            staffing.several(unit, "call", Role::CallTaker, area, 2);
            staffing.several(unit, "accept", Role::Acceptor, area, 3);
            staffing.several(unit, "dispatch", Role::Dispatcher, area, 3);
            staffing.several(unit, "shift", Role::ShiftSupervisor, area, 2);
            staffing.several(unit, "verify", Role::Verifier, area, 4);
            staffing.several(unit, "net", Role::NetKeeper, area, 2);
            staffing.several(unit, "keeper", Role::PeopleKeeper, area, 2);
        }
        "city-hotline" => {
            for n in 1..=4 {
                let name = format!("{} {n}", Role::CallTaker.name().0);
                staffing.seat(
                    format!("hotline.{n}"),
                    name,
                    Role::CallTaker,
                    Some(unit.area),
                    Some(unit.id),
                    None,
                );
            }
            return;
        }
        "town-office" => staffing.several(unit, "keeper", Role::PeopleKeeper, Some(unit.area), 2),
        // Its chief and the workers of its grids handle.
        "community-committee" => return,
        _ => {}
    }
    let handlers = if matches!(
        unit.level,
        divisions::Level::Village | divisions::Level::Town
    ) {
        2
    } else {
        3
    };
    staffing.several(
        unit,
        &format!("handler.{tail}"),
        Role::Handler,
        None,
        handlers,
    );
    staffing.several(unit, &format!("lead.{tail}"), Role::UnitLead, None, 1);
}

/// A chief for every community, a worker for every grid.
fn staff_grids(staffing: &mut Staffing, units: &[Founded], grids: &[Grid]) {
    let committees = units.iter().filter(|u| u.key == "community-committee");
    for unit in committees {
        let first = unit.prefix == "community.";
        let chief = if first {
            "chief.1".to_owned()
        } else {
            format!("{}chief.1", unit.prefix)
        };
        let name = Role::GridChief.name().0.to_owned();
        staffing.seat(
            chief,
            name,
            Role::GridChief,
            Some(unit.area),
            Some(unit.id),
            None,
        );
        let own = grids.iter().filter(|g| g.community == unit.area);
        for (n, grid) in (1..).zip(own) {
            let login = if first {
                format!("grid.{n}")
            } else {
                format!("{}grid.{n}", unit.prefix)
            };
            let name = format!("{} {n}", Role::GridWorker.name().0);
            staffing.seat(
                login,
                name,
                Role::GridWorker,
                None,
                Some(unit.id),
                Some(grid.id),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_for_english_readers() {
        assert_eq!(spoken("天宁区"), "Tianning");
        assert_eq!(spoken("朝阳花园社区"), "Chaoyanghuayuan");
        assert_eq!(plain("新北"), "xinbei");
    }

    #[test]
    fn a_village_has_a_villagers_committee() {
        let templates = OrgTemplates::standard().unwrap();
        let template = templates.get("community-committee").unwrap();
        let area = |zh: &str| Area {
            code: 320_402_001_201,
            zh: zh.into(),
            en: spoken(zh),
            prefix: String::new(),
        };
        assert_eq!(unit(template, &area("东风村")).name_zh, "东风村民委员会");
        assert_eq!(
            unit(template, &area("朝阳花园社区")).name_zh,
            "朝阳花园社区居民委员会"
        );
    }
}
