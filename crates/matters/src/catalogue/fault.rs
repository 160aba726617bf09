//! What can be wrong with a cell, said so that the person at the spreadsheet can put it right.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Lang;

/// Kinds of faults; the word of each is stable and used as an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The sheet lacks a column it must have.
    MissingColumn,
    /// Two headers name the same column.
    DuplicateColumn,
    /// The file cannot be read at this row.
    Unreadable,
    /// A cell that must be filled is empty.
    Missing,
    /// Not `M` and four to six digits.
    BadCode,
    /// The code stands in an earlier row.
    DuplicateCode,
    /// The name stands in an earlier row of the same category.
    DuplicateName,
    /// The category has another name in an earlier row.
    CategoryConflict,
    /// Not a number.
    BadNumber,
    /// More letters than the column holds (param `max`).
    TooLong,
    /// A number outside what is sensible (params `min`, `max`).
    OutOfRange,
    /// Not one of the words allowed (param `allowed`).
    UnknownWord,
    /// The same word twice in a list.
    RepeatedWord,
    /// Not yes or no.
    BadFlag,
    /// One of the two languages is missing (param `form`).
    NotBilingual,
    /// Not written as it must be (param `form`).
    BadForm,
    /// The questions are not what they must be (param `reason`).
    BadQuestions,
    /// A shared question that another matter asks differently.
    SharedDiffers,
    /// The make-safe limit is later than the handling limit.
    MakeSafeTooLate,
    /// A matter that concerns a person is marked as shown without being public.
    ShownNotPublic,
    /// A rule for a matter that is not in the catalogue.
    UnknownMatter,
    /// A matter without a rule.
    NoRule,
}

impl Fault {
    /// The message with `{value}` and `{param}` to be filled in.
    fn template(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::MissingColumn => ("缺少这一列", "this column is missing"),
            Self::DuplicateColumn => ("表头重复", "this column stands twice"),
            Self::Unreadable => ("无法读取：{reason}", "cannot be read: {reason}"),
            Self::Missing => ("不能为空", "must not be empty"),
            Self::BadCode => (
                "“{value}”不是事项编码，应为 M 加四至六位数字",
                "“{value}” is not a matter code: M and four to six digits",
            ),
            Self::DuplicateCode => ("编码“{value}”重复", "the code “{value}” stands twice"),
            Self::DuplicateName => (
                "同类别中名称“{value}”重复",
                "“{value}” stands twice in its category",
            ),
            Self::CategoryConflict => (
                "类别“{value}”与前面的“{expected}”不一致",
                "the category “{value}” was called “{expected}” before",
            ),
            Self::BadNumber => ("“{value}”不是数字", "“{value}” is not a number"),
            Self::TooLong => ("至多 {max} 个字", "at most {max} letters"),
            Self::OutOfRange => (
                "“{value}”应在 {min} 至 {max} 之间",
                "“{value}” must lie between {min} and {max}",
            ),
            Self::UnknownWord => (
                "“{value}”不在可选值内：{allowed}",
                "“{value}” is not one of: {allowed}",
            ),
            Self::RepeatedWord => ("“{value}”重复", "“{value}” stands twice"),
            Self::BadFlag => ("“{value}”应为 是 或 否", "“{value}” must be yes or no"),
            Self::NotBilingual => ("“{value}”应写作 {form}", "“{value}” must be written {form}"),
            Self::BadForm => ("“{value}”应写作 {form}", "“{value}” must be written {form}"),
            Self::BadQuestions => ("提问项有误：{reason}", "the questions are wrong: {reason}"),
            Self::SharedDiffers => (
                "共用问题“{value}”与别的事项问得不一样",
                "the shared question “{value}” is asked differently by another matter",
            ),
            Self::MakeSafeTooLate => (
                "先行控险时限 {value} 分钟晚于处理时限",
                "the make-safe limit of {value} minutes is later than the handling limit",
            ),
            Self::ShownNotPublic => (
                "居民不能上报的事项不能公开展示",
                "what residents may not report cannot be shown to them",
            ),
            Self::UnknownMatter => (
                "目录中没有事项“{value}”",
                "no matter “{value}” in the catalogue",
            ),
            Self::NoRule => ("事项“{value}”没有规则", "no rule for the matter “{value}”"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// One faulty cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// Row of the sheet or line of the file, the header being row 1.
    pub row: u32,
    /// Key of the column, as in an English header.
    pub column: String,
    /// What is wrong.
    pub code: Fault,
    /// What the cell holds.
    pub value: String,
    /// Values for the message besides `value`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

impl RowError {
    /// A fault of one cell.
    pub fn new(row: u32, column: &str, code: Fault, value: impl Into<String>) -> Self {
        Self {
            row,
            column: column.into(),
            code,
            value: value.into(),
            params: BTreeMap::new(),
        }
    }

    /// Adds a value for the message.
    #[must_use]
    pub fn with(mut self, param: &str, value: impl Into<String>) -> Self {
        self.params.insert(param.into(), value.into());
        self
    }

    /// What is wrong and what would be right, without where.
    pub fn said(&self, lang: Lang) -> String {
        let mut text = self.code.template(lang).replace("{value}", &self.value);
        for (param, value) in &self.params {
            text = text.replace(&format!("{{{param}}}"), value);
        }
        text
    }

    /// The whole sentence: where, what, and what would be right.
    pub fn message(&self, lang: Lang) -> String {
        let text = self.said(lang);
        let column = super::Column::parse(&self.column)
            .map_or(self.column.as_str(), |column| column.header(lang));
        match lang {
            Lang::Zh => format!("第 {} 行“{column}”：{text}", self.row),
            Lang::En => format!("row {}, {column}: {text}", self.row),
        }
    }
}
