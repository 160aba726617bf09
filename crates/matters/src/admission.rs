//! Admission (事项准入): what a department asks before a matter may be put on grids, what that costs the
//! people there, and which of its fields are known or asked elsewhere already.

mod alike;
pub mod rules;

use serde::{Deserialize, Serialize};

use crate::burden::{COSTS, Costs};
use crate::catalogue::{Bilingual, Catalogue, Datatype};
use alike::alike;

const KNOWN_FIELDS: &str = include_str!("../../../data/known_fields.csv");

/// How often something is asked of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Calendar days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Years.
    Year,
}

impl Every {
    /// How often it comes round in a month of the year's mean length.
    #[must_use]
    pub fn per_month(self) -> f64 {
        match self {
            Self::Day => 365.0 / 12.0,
            Self::Week => 365.0 / 84.0,
            Self::Month => 1.0,
            Self::Quarter => 1.0 / 3.0,
            Self::Year => 1.0 / 12.0,
        }
    }
}

/// A field the department wants filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AskedField {
    /// Short name, lower case.
    pub code: String,
    /// As it would be asked, in Chinese.
    pub zh: String,
    /// As it would be asked, in English.
    pub en: String,
    /// `string`, `number`, `datetime`, `text`, `singlevaluelist` or `multivaluelist`.
    #[schema(value_type = String)]
    pub datatype: Datatype,
    /// Taken from what is known already instead of being asked: costs nothing.
    #[serde(default)]
    pub reused: bool,
}

/// What a department says when it asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Application {
    /// What for.
    pub purpose: String,
    /// Law, regulation or decision it rests on.
    pub legal_basis: String,
    /// How many times in each `every`, per grid: 1 to 100.
    pub times: u32,
    /// In which period.
    pub every: Every,
    /// Minutes on the spot each time, the way and the form not counted: 0 to 480.
    pub minutes: u32,
    /// Pictures that must be taken each time.
    #[serde(default)]
    pub photos: u32,
    /// Messages that interrupt each time.
    #[serde(default)]
    pub notifications: u32,
    /// What must be filled in each time.
    #[serde(default)]
    pub fields: Vec<AskedField>,
    /// How long it is tried: 7 to 180 days.
    pub trial_days: u32,
}

/// What an application costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds each time.
    pub seconds_each: u32,
    /// Minutes per grid and month.
    pub minutes_per_grid: f64,
    /// Minutes per grid and month already asked there.
    pub minutes_before: f64,
    /// Grids concerned.
    pub grids: u32,
    /// Hours per month over all grids concerned.
    pub hours_all: f64,
}

/// Seconds it takes to fill a field in.
#[must_use]
pub fn field_seconds(datatype: Datatype, costs: &Costs) -> u32 {
    match datatype {
        Datatype::SingleValueList | Datatype::MultiValueList => costs.choice,
        Datatype::String | Datatype::Number | Datatype::Datetime => costs.short_text,
        Datatype::Text => costs.long_text,
    }
}

impl Application {
    /// Seconds of a person's time each time it is done.
    #[must_use]
    pub fn seconds_each(&self) -> u32 {
        let asked = self.fields.iter().filter(|f| !f.reused);
        let fields: u32 = asked.map(|f| field_seconds(f.datatype, &COSTS)).sum();
        self.minutes * 60
            + fields
            + self.photos * COSTS.photo
            + self.notifications * COSTS.notification
    }

    /// Times per grid and month.
    #[must_use]
    pub fn per_month(&self) -> f64 {
        f64::from(self.times) * self.every.per_month()
    }

    /// What it costs on `grids` grids, where `minutes_before` per grid and month are asked already.
    #[must_use]
    pub fn cost(&self, grids: u32, minutes_before: f64) -> Cost {
        let seconds_each = self.seconds_each();
        let minutes = self.per_month() * f64::from(seconds_each) / 60.0;
        Cost {
            seconds_each,
            minutes_per_grid: minutes,
            minutes_before,
            grids,
            hours_all: minutes * f64::from(grids) / 60.0,
        }
    }
}

/// Something that is asked or known already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `known`, `matter` or `application`.
    pub kind: String,
    /// Code of the field where it stands.
    pub code: String,
    /// As it is asked there.
    pub name: Bilingual,
    /// Where, for people.
    pub place: Bilingual,
    #[serde(skip)]
    also: Vec<String>,
}

/// A field that must not be asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Which of the application's fields, counted from 0.
    pub at: usize,
    /// Its code.
    pub code: String,
    /// Where it is known or asked.
    pub source: Source,
    /// Seconds each time that are spared.
    pub seconds: u32,
}

#[derive(Deserialize)]
struct KnownRow {
    code: String,
    zh: String,
    en: String,
    also: String,
    where_zh: String,
    where_en: String,
}

/// What the system knows of every case without asking.
#[must_use]
pub fn known() -> Vec<Source> {
    let mut reader = csv::Reader::from_reader(KNOWN_FIELDS.as_bytes());
    let rows = reader.deserialize::<KnownRow>().filter_map(Result::ok);
    rows.map(|row| Source {
        kind: "known".into(),
        code: row.code,
        name: Bilingual::new(row.zh, row.en),
        place: Bilingual::new(row.where_zh, row.where_en),
        also: row.also.split(';').map(str::to_owned).collect(),
    })
    .collect()
}

/// What the catalogue's matters ask, but for `matter` itself.
#[must_use]
pub fn asked_by_matters(catalogue: &Catalogue, matter: &str) -> Vec<Source> {
    let others = catalogue.matters().iter().filter(|m| m.code != matter);
    others
        .flat_map(|m| {
            m.questions.iter().map(|q| Source {
                kind: "matter".into(),
                code: q.code.clone(),
                name: q.description.clone(),
                place: Bilingual::new(
                    format!("事项 {} {}", m.code, m.name.zh),
                    format!("matter {} {}", m.code, m.name.en),
                ),
                also: Vec::new(),
            })
        })
        .collect()
}

/// What another application asks, told by the names of its matter.
#[must_use]
pub fn asked_by(application: &Application, matter: &Bilingual) -> Vec<Source> {
    let asked = application.fields.iter().filter(|f| !f.reused);
    asked
        .map(|field| Source {
            kind: "application".into(),
            code: field.code.clone(),
            name: Bilingual::new(field.zh.clone(), field.en.clone()),
            place: Bilingual::new(
                format!("准入申请“{}”", matter.zh),
                format!("the application for “{}”", matter.en),
            ),
            also: Vec::new(),
        })
        .collect()
}

/// The fields of an application that are known or asked elsewhere, each with the first place found.
/// A field taken from what is known (`reused`) is not asked and so never in conflict.
#[must_use]
pub fn conflicts(application: &Application, sources: &[Source]) -> Vec<Conflict> {
    let asked = application.fields.iter().enumerate();
    asked
        .filter(|(_, field)| !field.reused)
        .filter_map(|(at, field)| {
            let same = |source: &&Source| {
                source.code == field.code
                    || alike(&source.name.zh, &field.zh)
                    || alike(&source.name.en, &field.en)
                    || source
                        .also
                        .iter()
                        .any(|also| alike(also, &field.zh) || alike(also, &field.en))
            };
            Some(Conflict {
                at,
                code: field.code.clone(),
                source: sources.iter().find(same)?.clone(),
                seconds: field_seconds(field.datatype, &COSTS),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(code: &str, zh: &str, en: &str) -> AskedField {
        AskedField {
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
            datatype: Datatype::String,
            reused: false,
        }
    }

    fn application(fields: Vec<AskedField>) -> Application {
        Application {
            purpose: "摸清独居老人用气安全".into(),
            legal_basis: "城镇燃气管理条例".into(),
            times: 1,
            every: Every::Month,
            minutes: 10,
            photos: 2,
            notifications: 1,
            fields,
            trial_days: 30,
        }
    }

    #[test]
    fn the_cost_is_times_by_what_each_time_takes() {
        let fields = vec![field("hose_age", "胶管使用年限", "Age of the hose")];
        let application = application(fields);
        // Ten minutes, a line of text, two pictures, one message.
        assert_eq!(application.seconds_each(), 600 + 12 + 40 + 10);
        let cost = application.cost(120, 42.0);
        assert!((cost.minutes_per_grid - 662.0 / 60.0).abs() < 1e-9);
        assert!((cost.hours_all - 662.0 * 120.0 / 3600.0).abs() < 1e-9);
        let weekly = Application {
            every: Every::Week,
            times: 2,
            ..application
        };
        let per_year = weekly.per_month() * 12.0;
        assert!((per_year - 2.0 * 365.0 / 7.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_known_or_asked_elsewhere_is_found_however_it_is_worded() {
        let catalogue = Catalogue::standard().unwrap();
        let sources: Vec<Source> = known()
            .into_iter()
            .chain(asked_by_matters(&catalogue, "M0999"))
            .collect();
        assert!(known().len() >= 19);
        for (zh, en, found) in [
            (
                "请填写联系电话",
                "Contact phone number",
                Some("reporter_phone"),
            ),
            ("所属社区名称", "Name of community", Some("community")),
            ("垃圾有多少", "Amount of rubbish", Some("amount")),
            ("现场照片", "Site photo", Some("picture_before")),
            ("胶管使用年限", "Age of the hose", None),
            ("灶具熄火保护装置", "Flame failure device", None),
        ] {
            let conflicts = conflicts(&application(vec![field("x_new", zh, en)]), &sources);
            let code = conflicts.first().map(|c| c.source.code.as_str());
            assert_eq!(code, found, "{zh}");
        }
    }

    #[test]
    fn what_is_taken_from_what_is_known_costs_nothing_and_is_no_conflict() {
        let mut reused = field("phone", "联系电话", "Phone number");
        reused.reused = true;
        let application = application(vec![reused]);
        assert_eq!(conflicts(&application, &known()), []);
        assert_eq!(application.seconds_each(), 650);
    }

    #[test]
    fn what_another_application_asks_is_not_asked_again() {
        let first = application(vec![field("hose", "胶管是否老化", "Is the hose worn?")]);
        let name = Bilingual::new("燃气安全", "Gas safety");
        let second = application(vec![field("tube", "胶管有没有老化", "Worn hose?")]);
        let conflicts = conflicts(&second, &asked_by(&first, &name));
        assert_eq!(conflicts[0].source.kind, "application");
        assert!(conflicts[0].source.place.zh.contains("燃气安全"));
    }
}
