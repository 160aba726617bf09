//! Which unit answers for a matter at a place.
//!
//! A matter names a *type* of unit (城市管理, 供水企业, 社区居委会 …). `data/orgs.csv` says which
//! organisations answer for which types and at which level they exist. City rows are one
//! organisation each; district, town and community rows are templates of which every district,
//! town and community has its own. The table derived here is the start of a city's routing;
//! component owners and precedents are put before it where it is used.

pub mod table;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Bilingual, Catalogue, Fault, RowError};

const STANDARD_ORGS: &str = include_str!("../../../data/orgs.csv");

/// Level of the area an organisation serves, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The whole city; one organisation.
    City,
    /// One in each district.
    District,
    /// One in each town or street.
    Town,
    /// One in each community.
    Community,
}

/// What an organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrgKind {
    /// Part of the administration, or the residents' own committee.
    Department,
    /// Does the work by contract or as a utility.
    Operator,
    /// Coordinates, mediates or serves at a counter.
    Centre,
}

/// An organisation of the city, or the pattern of one that every area of a level has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgTemplate {
    /// Stable key.
    pub key: String,
    /// Where it exists.
    pub level: Level,
    /// What it is.
    pub kind: OrgKind,
    /// Its name; below the city the area's name goes before it.
    pub name: Bilingual,
    /// Types of unit it answers for, as matters name them in Chinese.
    pub department_types: Vec<String>,
    /// Among those that answer for one type, the lowest receives; the others are alternatives.
    pub precedence: u8,
}

impl OrgTemplate {
    /// The name in an area: `天宁区城市管理局`, `Urban Management Bureau, Tianning`.
    pub fn name_in(&self, area: &Bilingual) -> Bilingual {
        Bilingual::new(
            format!("{}{}", area.zh, self.name.zh),
            format!("{}, {}", self.name.en, area.en),
        )
    }
}

/// All organisations and patterns of a city.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrgTemplates(pub Vec<OrgTemplate>);

#[derive(Deserialize)]
struct OrgRow {
    key: String,
    level: Level,
    kind: OrgKind,
    name_zh: String,
    name_en: String,
    department_types: String,
    precedence: u8,
}

impl OrgTemplates {
    /// Reads organisations from CSV with the columns
    /// `key,level,kind,name_zh,name_en,department_types,precedence`; types are parted by `;`.
    ///
    /// # Errors
    /// Every row that cannot be read or whose key has stood before.
    pub fn from_csv(csv: &str) -> Result<Self, Vec<RowError>> {
        let mut templates: Vec<OrgTemplate> = Vec::new();
        let mut errors = Vec::new();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        for (row, line) in reader.deserialize::<OrgRow>().zip(2_u32..) {
            match row {
                Ok(row) if templates.iter().any(|known| known.key == row.key) => {
                    errors.push(RowError::new(line, "key", Fault::DuplicateCode, row.key));
                }
                Ok(row) => templates.push(row.into()),
                Err(error) => errors.push(
                    RowError::new(line, "", Fault::Unreadable, "")
                        .with("reason", error.to_string()),
                ),
            }
        }
        if errors.is_empty() {
            Ok(Self(templates))
        } else {
            Err(errors)
        }
    }

    /// The organisations the demo city is built with.
    ///
    /// # Errors
    /// When the shipped file is broken, which a test rules out.
    pub fn standard() -> Result<Self, Vec<RowError>> {
        Self::from_csv(STANDARD_ORGS)
    }

    /// The template of a key.
    pub fn get(&self, key: &str) -> Option<&OrgTemplate> {
        self.0.iter().find(|template| template.key == key)
    }

    /// The templates of one level, in file order.
    pub fn at(&self, level: Level) -> impl Iterator<Item = &OrgTemplate> {
        self.0
            .iter()
            .filter(move |template| template.level == level)
    }
}

impl From<OrgRow> for OrgTemplate {
    fn from(row: OrgRow) -> Self {
        let types = row
            .department_types
            .split(';')
            .map(str::trim)
            .filter(|t| !t.is_empty());
        Self {
            department_types: types.map(str::to_owned).collect(),
            key: row.key,
            level: row.level,
            kind: row.kind,
            name: Bilingual::new(row.name_zh, row.name_en),
            precedence: row.precedence,
        }
    }
}

/// One line of the routing table: in every area of the level, this organisation answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRule {
    /// Code of the matter.
    pub matter: String,
    /// Level whose area at the place decides which instance is meant.
    pub level: Level,
    /// Key of the organisation.
    pub org_key: String,
    /// 1 receives the case, the others are alternatives in order; without gaps per matter.
    pub precedence: u32,
}

/// The routing table of a catalogue. For each matter the organisations answering for its type of
/// unit, by their own precedence and, where that is equal, the nearest to the place first.
/// A matter nobody answers for has no rule; [`unrouted`] lists those.
pub fn routing_table(catalogue: &Catalogue, orgs: &OrgTemplates) -> Vec<RouteRule> {
    let mut table = Vec::new();
    for matter in catalogue.matters() {
        let mut answering: Vec<&OrgTemplate> = orgs
            .0
            .iter()
            .filter(|o| o.department_types.contains(&matter.department.zh))
            .collect();
        answering.sort_by_key(|org| (org.precedence, std::cmp::Reverse(org.level)));
        table.extend(
            answering
                .iter()
                .zip(1..)
                .map(|(org, precedence)| RouteRule {
                    matter: matter.code.clone(),
                    level: org.level,
                    org_key: org.key.clone(),
                    precedence,
                }),
        );
    }
    table
}

/// Codes of the matters no organisation answers for.
pub fn unrouted<'a>(catalogue: &'a Catalogue, table: &[RouteRule]) -> Vec<&'a str> {
    let routed: std::collections::HashSet<&str> =
        table.iter().map(|rule| rule.matter.as_str()).collect();
    let codes = catalogue
        .matters()
        .iter()
        .map(|matter| matter.code.as_str());
    codes.filter(|code| !routed.contains(code)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const DIVISIONS: &str = include_str!("../../../data/divisions.csv");

    fn table() -> (Catalogue, OrgTemplates, Vec<RouteRule>) {
        let (catalogue, orgs) = (
            Catalogue::standard().unwrap(),
            OrgTemplates::standard().unwrap(),
        );
        let table = routing_table(&catalogue, &orgs);
        (catalogue, orgs, table)
    }

    /// Codes of all divisions of a level, with the city's own level word.
    fn areas(level: &str) -> Vec<String> {
        let mut reader = csv::Reader::from_reader(DIVISIONS.as_bytes());
        let rows = reader.records().map(Result::unwrap);
        rows.filter(|row| &row[1] == level)
            .map(|row| row[0].to_owned())
            .collect()
    }

    #[test]
    fn every_matter_has_a_unit_at_every_place() {
        let (catalogue, orgs, table) = table();
        assert!(unrouted(&catalogue, &table).is_empty());
        let mut instances: HashSet<(&str, String)> = HashSet::new();
        for org in &orgs.0 {
            let names = match org.level {
                Level::City => areas("city"),
                Level::District => areas("county"),
                Level::Town => areas("town"),
                Level::Community => areas("village"),
            };
            instances.extend(names.into_iter().map(|area| (org.key.as_str(), area)));
        }
        let places = areas("village");
        assert!(places.len() > 1000);
        for place in &places {
            for rule in table.iter().filter(|rule| rule.precedence == 1) {
                let area = match rule.level {
                    Level::City => format!("{:0<12}", &place[..4]),
                    Level::District => format!("{:0<12}", &place[..6]),
                    Level::Town => format!("{:0<12}", &place[..9]),
                    Level::Community => place.clone(),
                };
                assert!(
                    instances.contains(&(rule.org_key.as_str(), area)),
                    "{place} {rule:?}"
                );
            }
        }
    }

    #[test]
    fn each_matter_has_one_receiver_and_alternatives_in_order() {
        let (catalogue, _, table) = table();
        for matter in catalogue.matters() {
            let own: Vec<_> = table
                .iter()
                .filter(|r| r.matter == matter.code)
                .map(|r| r.precedence)
                .collect();
            assert_eq!(
                own,
                (1..=u32::try_from(own.len()).unwrap()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn organisations_answer_only_for_types_that_matters_name() {
        let (catalogue, orgs, _) = table();
        let named: HashSet<_> = catalogue
            .matters()
            .iter()
            .map(|m| &m.department.zh)
            .collect();
        assert!(
            orgs.0
                .iter()
                .flat_map(|o| &o.department_types)
                .all(|t| named.contains(t))
        );
        let higher = orgs.at(Level::City).count() + orgs.at(Level::District).count();
        assert!((38..=45).contains(&higher), "{higher}");
    }

    #[test]
    fn district_receives_before_the_city() {
        let (_, _, table) = table();
        let first = table.iter().find(|r| r.matter == "M0701").unwrap();
        assert_eq!(
            (first.org_key.as_str(), first.level),
            ("district-urban", Level::District)
        );
        let names = OrgTemplates::standard().unwrap();
        let name = names
            .get("district-urban")
            .unwrap()
            .name_in(&Bilingual::new("天宁区", "Tianning"));
        assert_eq!(name.zh, "天宁区城市管理局");
    }

    #[test]
    fn repeated_key_is_refused_with_its_line() {
        let csv = "key,level,kind,name_zh,name_en,department_types,precedence\n\
                   a,city,centre,甲,A,,1\na,city,centre,乙,B,,1\nb,moon,centre,丙,C,,1\n";
        let errors = OrgTemplates::from_csv(csv).unwrap_err();
        let lines: Vec<_> = errors.iter().map(|e| (e.row, e.code)).collect();
        assert_eq!(lines, [(3, Fault::DuplicateCode), (4, Fault::Unreadable)]);
    }
}
