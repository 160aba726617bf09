//! Matters and the catalogue that holds them.
//!
//! The shipped catalogue is `data/matters.csv` (what a matter is) joined by code with
//! `data/matter_rules.csv` (how it is verified, who may report it, what is asked). Both are read
//! with the same checks as an imported spreadsheet, so a broken row names its cell.

mod diff;
mod fault;
pub(crate) mod more;
mod rows;
mod sheet;

#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub use diff::{Difference, Said, differences};
pub use fault::{Fault, RowError};
pub use kernel::Lang;
pub use more::{Grade, Limits, More, WAYS};
pub(crate) use rows::RowReader;
pub use sheet::Column;
pub(crate) use sheet::{read_records, to_records};
pub use words::{Evidence, Urgency, Verification};

const STANDARD_MATTERS: &str = include_str!("../../../data/matters.csv");
const STANDARD_RULES: &str = include_str!("../../../data/matter_rules.csv");

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// Both texts at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// Which hours a matter's limits are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Every hour of every day.
    RoundTheClock,
    /// The hours of the city's working calendar.
    WorkingHours,
}

/// How the answer to a question is given, in the words of Open311.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datatype {
    /// One line of text.
    String,
    /// A number.
    Number,
    /// A date and time.
    Datetime,
    /// Several lines of text.
    Text,
    /// One of the listed values.
    SingleValueList,
    /// Any of the listed values.
    MultiValueList,
}

/// One answer a list question offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionValue {
    /// What is stored.
    pub key: String,
    /// What the reporter reads.
    #[serde(flatten)]
    pub name: Bilingual,
}

/// A short question asked of the reporter, offered to Open311 clients as an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Name of the attribute, unique within the matter.
    pub code: String,
    /// How it is answered.
    pub datatype: Datatype,
    /// Whether a resident's report without it is refused; an emergency's never is.
    pub required: bool,
    /// The question as asked.
    pub description: Bilingual,
    /// The answers offered; empty unless the question is a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<QuestionValue>,
    /// Asked only when an earlier list question is answered so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ShowIf>,
    /// The version of the question shared by several matters under this code; `None`: the matter's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<u32>,
}

/// The condition of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowIf {
    /// Code of an earlier list question of the same matter.
    pub question: String,
    /// Any of these answers.
    pub equals: Vec<String>,
}

impl Question {
    /// A list has 2 to 100 values and nothing else has any; a code has 1 to 60 letters.
    fn is_well_formed(&self) -> bool {
        let is_list = matches!(
            self.datatype,
            Datatype::SingleValueList | Datatype::MultiValueList
        );
        (1..=60).contains(&self.code.chars().count())
            && if is_list {
                (2..=100).contains(&self.values.len())
            } else {
                self.values.is_empty()
            }
    }
}

/// Most questions a matter asks.
const QUESTIONS: usize = 30;

/// The code of the first question that cannot be: badly formed, standing twice, bound to what is no answer
/// to an earlier list question, or one too many.
pub(crate) fn bad_question(questions: &[Question]) -> Option<&str> {
    if let Some(one_more) = questions.get(QUESTIONS) {
        return Some(&one_more.code);
    }
    for (at, question) in questions.iter().enumerate() {
        let earlier = questions.get(..at).unwrap_or_default();
        let twice = earlier.iter().any(|q| q.code == question.code);
        let bound = question.when.as_ref().is_none_or(|when| {
            let asked = earlier.iter().find(|q| q.code == when.question);
            !when.equals.is_empty()
                && asked.is_some_and(|q| {
                    let offered = |key: &String| q.values.iter().any(|v| v.key == *key);
                    when.equals.iter().all(offered)
                })
        });
        if twice || !bound || !question.is_well_formed() {
            return Some(&question.code);
        }
    }
    None
}

/// One kind of thing the city deals with. Limits are minutes of [`Matter::clock`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// `M` + category (2 digits) + serial (2 to 4 digits).
    pub code: String,
    /// The first three characters of the code.
    pub category_code: String,
    /// Name of the category.
    pub category: Bilingual,
    /// Name of the matter.
    pub name: Bilingual,
    /// The type of unit that answers for it; `zh` is the key [`crate::routing`] resolves.
    pub department: Bilingual,
    /// Limit from report to acceptance; 0 where the worker acts without acceptance.
    pub accept_minutes: u32,
    /// Limit from dispatch to handled; never 0.
    pub handle_minutes: u32,
    /// How pressing it is, which decides the clock.
    pub urgency: Urgency,
    /// What the handling must show, each at most once.
    pub evidence: Vec<Evidence>,
    /// When it counts as done.
    pub closing_rule: Bilingual,
    /// How somebody independent makes sure of it.
    pub verification: Verification,
    /// Round-the-clock minutes from dispatch until the place must be safe (guarded, cordoned,
    /// help on site), for emergencies and some urgent matters.
    pub make_safe_minutes: Option<u32>,
    /// Whether the grid's worker may put it right alone.
    pub self_handle_allowed: bool,
    /// Whether a resident may report it; patrols and orders inside the administration are not.
    pub public: bool,
    /// Whether a case may be shown to people other than its reporter and the staff. Matters that
    /// concern a person or a household never are.
    pub shown: bool,
    /// Whether a report may be accepted by rule when its place and matter are certain.
    pub certain: bool,
    /// What the reporter may be asked besides.
    pub questions: Vec<Question>,
    /// What else it says.
    #[serde(default)]
    pub more: More,
    /// Counts its versions from 1; a case keeps the one it was accepted with.
    #[serde(default = "first")]
    pub version: u32,
}

fn first() -> u32 {
    1
}

impl Matter {
    /// Emergencies and urgent matters run day and night, the others in working hours.
    pub fn clock(&self) -> Clock {
        match self.urgency {
            Urgency::Emergency | Urgency::Urgent => Clock::RoundTheClock,
            Urgency::Normal | Urgency::Low => Clock::WorkingHours,
        }
    }

    /// Limits to accept and to handle in an area of a grade, minutes of the matter's clock.
    pub fn limits(&self, grade: Option<Grade>) -> Limits {
        let own = Limits {
            accept_minutes: self.accept_minutes,
            handle_minutes: self.handle_minutes,
        };
        let of_grade = grade.and_then(|grade| self.more.grades.get(&grade));
        of_grade.copied().unwrap_or(own)
    }

    /// Whether it may come in by this way, a word of [`WAYS`].
    pub fn may_come_by(&self, way: &str) -> bool {
        self.more.ways.is_empty() || self.more.ways.iter().any(|w| w == way)
    }

    /// Whether two matters say the same, whatever their versions.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let version = self.version;
        let other = Self {
            version,
            ..other.clone()
        };
        *self == other
    }

    /// Whether a resident's report must answer `question`. What is lacking never holds up an emergency.
    pub fn must_be_answered(&self, question: &Question) -> bool {
        question.required && self.urgency != Urgency::Emergency
    }

    /// Whether the limits may be extended or suspended: not for emergencies.
    pub fn may_be_extended(&self) -> bool {
        self.urgency != Urgency::Emergency
    }
}

/// A category with the codes of its matters, in catalogue order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Category {
    /// `M` and two digits.
    pub code: String,
    /// Name of the category.
    pub name: Bilingual,
    /// Codes of its matters.
    pub matters: Vec<String>,
}

/// Why a catalogue could not be built: every fault found, in row order.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the catalogue has {} faulty cells, first: {}", .0.len(), .0.first().map(|e| e.message(Lang::En)).unwrap_or_default())]
pub struct CatalogueError(pub Vec<RowError>);

/// All matters of a city, in order, found by code.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    matters: Vec<Matter>,
    by_code: HashMap<String, usize>,
}

impl Catalogue {
    /// Takes matters that have been checked already (from the store or an import). Where a code
    /// comes twice the later matter replaces the earlier.
    pub fn new(matters: impl IntoIterator<Item = Matter>) -> Self {
        let mut catalogue = Self::default();
        for matter in matters {
            match catalogue.by_code.get(&matter.code) {
                Some(&at) => catalogue.matters[at] = matter,
                None => {
                    catalogue
                        .by_code
                        .insert(matter.code.clone(), catalogue.matters.len());
                    catalogue.matters.push(matter);
                }
            }
        }
        catalogue
    }

    /// The catalogue the product ships with: 84 matters in 9 categories.
    ///
    /// # Errors
    /// When the shipped files are broken, which a test rules out.
    pub fn standard() -> Result<Self, CatalogueError> {
        Self::from_csv(STANDARD_MATTERS, STANDARD_RULES)
    }

    /// Reads a catalogue from its two files, joined by code.
    ///
    /// # Errors
    /// Every faulty cell of both files; nothing is taken unless all is right.
    pub fn from_csv(matters: &str, rules: &str) -> Result<Self, CatalogueError> {
        let (records, mut errors) = read_records(matters, Column::MATTER_FILE);
        let (rule_records, rule_errors) = read_records(rules, Column::RULES_FILE);
        errors.extend(rule_errors);
        let mut by_code = BTreeMap::new();
        for rule in rule_records {
            let code = rule.text(Column::Code).to_owned();
            if let Some(earlier) = by_code.insert(code, rule) {
                errors.push(earlier.error(Column::Code, Fault::DuplicateCode));
            }
        }
        let mut reader = RowReader::default();
        let mut accepted = Vec::with_capacity(records.len());
        for mut record in records {
            match by_code.remove(record.text(Column::Code)) {
                Some(rule) => record.join(rule),
                None => errors.push(record.error(Column::Code, Fault::NoRule)),
            }
            accepted.extend(reader.read(&record, &mut errors));
        }
        errors.extend(
            by_code
                .values()
                .map(|rule| rule.error(Column::Code, Fault::UnknownMatter)),
        );
        if errors.is_empty() {
            Ok(Self::new(accepted))
        } else {
            Err(CatalogueError(errors))
        }
    }

    /// The matter of a code.
    pub fn get(&self, code: &str) -> Option<&Matter> {
        self.by_code.get(code).map(|&at| &self.matters[at])
    }

    /// All matters in catalogue order.
    pub fn matters(&self) -> &[Matter] {
        &self.matters
    }

    /// The matters a resident may report.
    pub fn public(&self) -> impl Iterator<Item = &Matter> {
        self.matters.iter().filter(|matter| matter.public)
    }

    /// The categories in catalogue order.
    pub fn categories(&self) -> Vec<Category> {
        let mut categories: Vec<Category> = Vec::new();
        for matter in &self.matters {
            match categories
                .iter_mut()
                .find(|c| c.code == matter.category_code)
            {
                Some(category) => category.matters.push(matter.code.clone()),
                None => categories.push(Category {
                    code: matter.category_code.clone(),
                    name: matter.category.clone(),
                    matters: vec![matter.code.clone()],
                }),
            }
        }
        categories
    }

    /// How many matters there are.
    pub fn len(&self) -> usize {
        self.matters.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.matters.is_empty()
    }
}
