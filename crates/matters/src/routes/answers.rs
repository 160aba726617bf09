//! The catalogue as the faces are told of it.

use kernel::Lang;
use serde::Serialize;
use utoipa::ToSchema;

use crate::burden::burden_of;
use crate::catalogue::{self, Catalogue, Datatype, Evidence, Matter, Question, ShowIf, Urgency};

/// The caller's language in the catalogue's own words.
pub(super) fn speech(lang: Lang) -> catalogue::Lang {
    match lang {
        Lang::Zh => catalogue::Lang::Zh,
        Lang::En => catalogue::Lang::En,
    }
}

/// One answer a list question offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueAnswer {
    key: String,
    name_zh: String,
    name_en: String,
}

/// A question asked of the reporter.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionAnswer {
    code: String,
    /// `string`, `number`, `datetime`, `text`, `singlevaluelist` or `multivaluelist`.
    #[schema(value_type = String)]
    datatype: Datatype,
    required: bool,
    description_zh: String,
    description_en: String,
    values: Vec<ValueAnswer>,
    /// Asked only when an earlier question is answered so: `question`, `equals`.
    #[schema(value_type = Option<Object>)]
    when: Option<ShowIf>,
    /// The version of a question that several matters share.
    shared: Option<u32>,
}

impl From<&Question> for QuestionAnswer {
    fn from(question: &Question) -> Self {
        let values = question.values.iter().map(|v| ValueAnswer {
            key: v.key.clone(),
            name_zh: v.name.zh.clone(),
            name_en: v.name.en.clone(),
        });
        Self {
            code: question.code.clone(),
            datatype: question.datatype,
            required: question.required,
            description_zh: question.description.zh.clone(),
            description_en: question.description.en.clone(),
            values: values.collect(),
            when: question.when.clone(),
            shared: question.shared,
        }
    }
}

/// A matter as residents see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicMatter {
    code: String,
    name_zh: String,
    name_en: String,
    /// `emergency`, `urgent`, `normal` or `low`.
    #[schema(value_type = String)]
    urgency: Urgency,
    questions: Vec<QuestionAnswer>,
}

impl From<&Matter> for PublicMatter {
    fn from(matter: &Matter) -> Self {
        Self {
            code: matter.code.clone(),
            name_zh: matter.name.zh.clone(),
            name_en: matter.name.en.clone(),
            urgency: matter.urgency,
            questions: matter
                .questions
                .iter()
                .map(|question| QuestionAnswer {
                    required: matter.must_be_answered(question),
                    ..QuestionAnswer::from(question)
                })
                .collect(),
        }
    }
}

/// A matter as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterAnswer {
    #[serde(flatten)]
    seen: PublicMatter,
    department_zh: String,
    department_en: String,
    /// Minutes of the matter's own clock.
    accept_minutes: u32,
    /// Minutes of the matter's own clock.
    handle_minutes: u32,
    /// Minutes round the clock.
    make_safe_minutes: Option<u32>,
    /// What the handling must show.
    #[schema(value_type = Vec<String>)]
    evidence: Vec<Evidence>,
    closing_rule_zh: String,
    closing_rule_en: String,
    /// `on_site`, `same_hour`, `call_back` or `sampling`.
    verification: &'static str,
    /// Whether the grid's worker may put it right alone.
    self_handle: bool,
    /// Whether residents may report it.
    public: bool,
    /// Whether a report may be accepted by rule.
    certain: bool,
    /// What one case costs people in the usual run of it, seconds.
    burden_s: u32,
    /// Levels below the category, the wider first.
    levels: Vec<Name>,
    /// What it rests on.
    legal_basis: Option<Name>,
    /// Other words for it.
    aliases: Vec<String>,
    /// Classes of GB/T 30428.2.
    gb_classes: Vec<String>,
    /// Classes of the hotline.
    hotline_classes: Vec<String>,
    /// Counts its versions.
    version: u32,
}

/// A text in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Name {
    name_zh: String,
    name_en: String,
}

impl From<&catalogue::Bilingual> for Name {
    fn from(both: &catalogue::Bilingual) -> Self {
        Self {
            name_zh: both.zh.clone(),
            name_en: both.en.clone(),
        }
    }
}

impl From<&Matter> for MatterAnswer {
    fn from(matter: &Matter) -> Self {
        Self {
            seen: matter.into(),
            department_zh: matter.department.zh.clone(),
            department_en: matter.department.en.clone(),
            accept_minutes: matter.accept_minutes,
            handle_minutes: matter.handle_minutes,
            make_safe_minutes: matter.make_safe_minutes,
            evidence: matter.evidence.clone(),
            closing_rule_zh: matter.closing_rule.zh.clone(),
            closing_rule_en: matter.closing_rule.en.clone(),
            verification: matter.verification.as_str(),
            self_handle: matter.self_handle_allowed,
            public: matter.public,
            certain: matter.certain,
            burden_s: burden_of(matter).seconds,
            levels: matter.more.levels.iter().map(Into::into).collect(),
            legal_basis: matter.more.legal_basis.as_ref().map(Into::into),
            aliases: matter.more.aliases.clone(),
            gb_classes: matter.more.gb_classes.clone(),
            hotline_classes: matter.more.hotline_classes.clone(),
            version: matter.version,
        }
    }
}

/// A category of public matters.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCategory {
    code: String,
    name_zh: String,
    name_en: String,
    matters: Vec<PublicMatter>,
}

/// The public catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCategoriesAnswer {
    categories: Vec<PublicCategory>,
}

impl PublicCategoriesAnswer {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let categories = catalogue
            .categories()
            .into_iter()
            .map(|category| PublicCategory {
                matters: within(catalogue, &category)
                    .filter(|m| m.public)
                    .map(Into::into)
                    .collect(),
                code: category.code,
                name_zh: category.name.zh,
                name_en: category.name.en,
            });
        Self {
            categories: categories.filter(|c| !c.matters.is_empty()).collect(),
        }
    }
}

/// A category of the whole catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryAnswer {
    code: String,
    name_zh: String,
    name_en: String,
    matters: Vec<MatterAnswer>,
}

/// The whole catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoriesAnswer {
    categories: Vec<CategoryAnswer>,
}

impl CategoriesAnswer {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let categories = catalogue
            .categories()
            .into_iter()
            .map(|category| CategoryAnswer {
                matters: within(catalogue, &category).map(Into::into).collect(),
                code: category.code,
                name_zh: category.name.zh,
                name_en: category.name.en,
            });
        Self {
            categories: categories.collect(),
        }
    }
}

fn within<'a>(
    catalogue: &'a Catalogue,
    category: &catalogue::Category,
) -> impl Iterator<Item = &'a Matter> {
    category
        .matters
        .iter()
        .filter_map(|code| catalogue.get(code))
        .collect::<Vec<_>>()
        .into_iter()
}
