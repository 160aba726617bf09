//! From a file to rows of named cells: which column is which, in either language.

use std::collections::{HashMap, HashSet};

use super::{Fault, RowError};

/// Declares the columns with their key, Chinese header and other accepted headers.
macro_rules! columns {
    ($($member:ident = $key:literal, $zh:literal, [$($other:literal),*];)+) => {
        /// Columns of a catalogue file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Column { $(#[doc = $zh] $member,)+ }

        impl Column {
            /// Every column, in the order of a template.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The key, which is also the English header.
            pub fn key(self) -> &'static str {
                match self { $(Self::$member => $key,)+ }
            }

            /// The header in one language.
            pub fn header(self, lang: super::Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$member, super::Lang::Zh) => $zh,
                      (Self::$member, super::Lang::En) => $key,)+
                }
            }

            /// Reads a header; case, spaces, line breaks, marks and the width of brackets do not
            /// matter.
            pub fn parse(header: &str) -> Option<Self> {
                let plain: String = header
                    .trim_start_matches('\u{feff}')
                    .chars()
                    .filter(|c| !c.is_whitespace() && *c != '*')
                    .map(|c| match c {
                        '-' => '_',
                        '\u{ff08}' => '(',
                        '\u{ff09}' => ')',
                        c => c.to_ascii_lowercase(),
                    })
                    .collect();
                match plain.as_str() { $($key | $zh $(| $other)* => Some(Self::$member),)+ _ => None }
            }
        }
    };
}

columns! {
    Code = "code", "事项编码", ["编码", "代码", "事项代码"];
    CategoryZh = "category_zh", "类别", ["category", "事项类别", "大类"];
    CategoryEn = "category_en", "类别英文", ["类别(英文)"];
    NameZh = "name_zh", "事项名称", ["name", "名称", "事项"];
    NameEn = "name_en", "事项英文名", ["英文名称", "名称(英文)"];
    Department = "department", "责任单位类型", ["责任单位", "主责部门", "部门"];
    AcceptHours = "accept_hours", "受理时限(小时)", ["受理时限"];
    HandleHours = "handle_hours", "处理时限(小时)", ["处理时限", "处置时限"];
    Urgency = "urgency", "紧急程度", ["紧急度"];
    Evidence = "evidence", "证据要求", ["证据", "佐证"];
    ClosingRule = "closing_rule", "结案标准", ["结案条件", "办结标准"];
    Verification = "verification", "核查方式", ["核查"];
    MakeSafe = "make_safe_minutes", "先行控险时限(分钟)", ["先行控险时限"];
    SelfHandle = "self_handle", "可自行处置", ["自行处置"];
    Public = "public", "居民可上报", ["公众可上报"];
    Shown = "shown", "可公开展示", ["公开展示"];
    Certain = "certain", "可按规则受理", ["规则受理"];
    Questions = "questions", "提问项", ["提问"];
    Levels = "levels", "下级类别", ["二级类别", "小类"];
    Aliases = "aliases", "别名", ["俗称"];
    LegalBasis = "legal_basis", "法定依据", ["依据", "法律依据"];
    Departments = "departments", "分级责任单位", ["各级责任单位"];
    Grades = "grades", "分区时限(小时)", ["分级时限"];
    Ways = "ways", "上报途径", ["途径"];
    GbClasses = "gb_classes", "国标分类", ["国标类别"];
    HotlineClasses = "hotline_classes", "热线分类", ["热线类别"];
}

impl Column {
    /// Letters a cell holds at most.
    pub(crate) const fn longest(self) -> usize {
        match self {
            Self::Questions => 20_000,
            Self::Levels
            | Self::Aliases
            | Self::LegalBasis
            | Self::Departments
            | Self::ClosingRule
            | Self::GbClasses
            | Self::HotlineClasses => 2_000,
            _ => 200,
        }
    }

    /// Columns a file of matters must have.
    pub(crate) const MATTER_FILE: &'static [Self] = &[
        Self::Code,
        Self::CategoryZh,
        Self::CategoryEn,
        Self::NameZh,
        Self::NameEn,
        Self::Department,
        Self::AcceptHours,
        Self::HandleHours,
        Self::Urgency,
        Self::Evidence,
        Self::ClosingRule,
    ];
    /// Columns the file of rules must have.
    pub(crate) const RULES_FILE: &'static [Self] = &[
        Self::Code,
        Self::Verification,
        Self::MakeSafe,
        Self::SelfHandle,
        Self::Public,
        Self::Shown,
        Self::Certain,
        Self::Questions,
    ];
}

/// The cells of one row, trimmed, by column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    row: u32,
    cells: HashMap<Column, (u32, String)>,
}

impl Record {
    /// The cell of a column; empty when there is none.
    pub(crate) fn text(&self, column: Column) -> &str {
        self.cells.get(&column).map_or("", |(_, text)| text)
    }

    /// A fault of one cell, naming the row of the file the cell came from.
    pub(crate) fn error(&self, column: Column, fault: Fault) -> RowError {
        let row = self.cells.get(&column).map_or(self.row, |(row, _)| *row);
        RowError::new(row, column.key(), fault, self.text(column))
    }

    /// Takes the cells of another record that this one does not have.
    pub(crate) fn join(&mut self, other: Self) {
        for (column, cell) in other.cells {
            self.cells.entry(column).or_insert(cell);
        }
    }
}

/// Reads CSV text into records; faults of the header and of unreadable rows come with them.
pub(crate) fn read_records(csv: &str, required: &[Column]) -> (Vec<Record>, Vec<RowError>) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(csv.as_bytes());
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    for row in reader.records() {
        match row {
            Ok(row) => {
                let line = row.position().map_or(0, csv::Position::line);
                rows.push((
                    u32::try_from(line).unwrap_or(u32::MAX),
                    row.iter().map(str::to_owned).collect(),
                ));
            }
            Err(error) => errors.push(unreadable(&error)),
        }
    }
    let (records, mut header_errors) = to_records(rows, required);
    header_errors.append(&mut errors);
    (records, header_errors)
}

fn unreadable(error: &csv::Error) -> RowError {
    let line = error.position().map_or(0, csv::Position::line);
    RowError::new(
        u32::try_from(line).unwrap_or(u32::MAX),
        "",
        Fault::Unreadable,
        "",
    )
    .with("reason", error.to_string())
}

/// Turns numbered rows, the first being the header, into records. Rows with no text are passed
/// over, columns with unknown headers are ignored.
pub(crate) fn to_records(
    rows: Vec<(u32, Vec<String>)>,
    required: &[Column],
) -> (Vec<Record>, Vec<RowError>) {
    let mut rows = rows.into_iter();
    let (header_row, header) = rows.next().unwrap_or_default();
    let columns: Vec<Option<Column>> = header.iter().map(|text| Column::parse(text)).collect();
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for column in columns.iter().flatten() {
        if !seen.insert(*column) {
            errors.push(RowError::new(
                header_row,
                column.key(),
                Fault::DuplicateColumn,
                "",
            ));
        }
    }
    for column in required.iter().filter(|column| !seen.contains(column)) {
        errors.push(RowError::new(
            header_row.max(1),
            column.key(),
            Fault::MissingColumn,
            "",
        ));
    }
    if !errors.is_empty() {
        return (Vec::new(), errors);
    }
    let records = rows
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()))
        .map(|(row, cells)| {
            let cells = columns.iter().zip(cells);
            let cells = cells.filter_map(|(c, text)| c.map(|c| (c, (row, text.trim().to_owned()))));
            Record {
                row,
                cells: cells.collect(),
            }
        })
        .collect();
    (records, errors)
}
