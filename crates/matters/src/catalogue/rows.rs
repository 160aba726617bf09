//! From named cells to matters, with every fault found and none hidden behind the first.

use std::collections::{HashMap, HashSet};

use super::{Bilingual, Evidence, Fault, Matter, Question, RowError, Urgency, Verification};

/// Longest limit anything may have: 5,000 hours.
const MAX_MINUTES: u32 = 300_000;

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
}

impl Column {
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

/// Reads records one after another and remembers what must not come twice.
#[derive(Debug, Default)]
pub(crate) struct RowReader {
    codes: HashSet<String>,
    names: HashSet<(String, String)>,
    categories: HashMap<String, Bilingual>,
}

/// Collects the faults of one record.
struct Cells<'a> {
    record: &'a Record,
    errors: &'a mut Vec<RowError>,
}

impl RowReader {
    /// The matter of a record, or `None` when any of its cells is wrong; the faults are appended.
    pub(crate) fn read(&mut self, record: &Record, errors: &mut Vec<RowError>) -> Option<Matter> {
        let before = errors.len();
        let mut cells = Cells { record, errors };
        let code = cells.code();
        let category = cells.pair(Column::CategoryZh, Column::CategoryEn);
        let evidence = cells.evidence();
        let urgency = cells.urgency();
        let verification = cells.verification(&evidence);
        let matter = Matter {
            category_code: code.chars().take(3).collect(),
            code,
            category,
            name: cells.pair(Column::NameZh, Column::NameEn),
            department: cells.department(),
            accept_minutes: cells.minutes_of_hours(Column::AcceptHours, 0),
            handle_minutes: cells.minutes_of_hours(Column::HandleHours, 1),
            urgency,
            evidence,
            closing_rule: cells.closing_rule(),
            verification,
            make_safe_minutes: cells.make_safe(),
            self_handle_allowed: cells.flag(Column::SelfHandle),
            public: cells.flag(Column::Public),
            shown: cells.flag(Column::Shown),
            certain: cells.flag(Column::Certain),
            questions: cells.questions(),
        };
        self.check_whole(&matter, &mut cells);
        (errors.len() == before).then_some(matter)
    }

    /// What can only be seen beside other cells and rows.
    fn check_whole(&mut self, matter: &Matter, cells: &mut Cells<'_>) {
        if !matter.code.is_empty() && !self.codes.insert(matter.code.clone()) {
            cells.fault(Column::Code, Fault::DuplicateCode);
        }
        let name = (matter.category_code.clone(), matter.name.zh.clone());
        if !matter.name.zh.is_empty() && !self.names.insert(name) {
            cells.fault(Column::NameZh, Fault::DuplicateName);
        }
        if !matter.category_code.is_empty() && !matter.category.zh.is_empty() {
            let code = matter.category_code.clone();
            let first = self
                .categories
                .entry(code)
                .or_insert_with(|| matter.category.clone());
            if *first != matter.category {
                let expected = first.zh.clone();
                let error = cells
                    .record
                    .error(Column::CategoryZh, Fault::CategoryConflict);
                cells.errors.push(error.with("expected", expected));
            }
        }
        let round_the_clock = matter.clock() == super::Clock::RoundTheClock;
        if matter
            .make_safe_minutes
            .is_some_and(|m| round_the_clock && m > matter.handle_minutes)
        {
            cells.fault(Column::MakeSafe, Fault::MakeSafeTooLate);
        }
        if matter.shown && !matter.public {
            cells.fault(Column::Shown, Fault::ShownNotPublic);
        }
    }
}

impl Cells<'_> {
    fn fault(&mut self, column: Column, fault: Fault) {
        self.errors.push(self.record.error(column, fault));
    }

    /// A cell that must be filled.
    fn required(&mut self, column: Column) -> String {
        if self.record.text(column).is_empty() {
            self.fault(column, Fault::Missing);
        }
        self.record.text(column).to_owned()
    }

    fn pair(&mut self, zh: Column, en: Column) -> Bilingual {
        Bilingual {
            zh: self.required(zh),
            en: self.required(en),
        }
    }

    fn code(&mut self) -> String {
        let code = self.required(Column::Code);
        let digits = code.strip_prefix('M').unwrap_or_default();
        let right = (4..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if right {
            return code;
        }
        if !code.is_empty() {
            self.fault(Column::Code, Fault::BadCode);
        }
        String::new()
    }

    /// A non-negative number of hours, given in minutes.
    fn minutes_of_hours(&mut self, column: Column, least: u32) -> u32 {
        let text = self.required(column);
        if text.is_empty() {
            return 0;
        }
        let Some(hours) = text.parse::<f64>().ok().filter(|hours| hours.is_finite()) else {
            self.fault(column, Fault::BadNumber);
            return 0;
        };
        let minutes = (hours * 60.0).round();
        if minutes < f64::from(least) || minutes > f64::from(MAX_MINUTES) {
            let min = if least == 0 { "0" } else { "0.02" };
            let error = self.record.error(column, Fault::OutOfRange);
            let error = error
                .with("min", min)
                .with("max", (MAX_MINUTES / 60).to_string());
            self.errors.push(error);
            return 0;
        }
        minutes as u32
    }

    fn make_safe(&mut self) -> Option<u32> {
        let text = self.record.text(Column::MakeSafe);
        if text.is_empty() {
            return None;
        }
        // A spreadsheet gives whole numbers as 30 or 30.0.
        let Some(minutes) = text.parse::<f64>().ok().filter(|m| m.is_finite()) else {
            self.fault(Column::MakeSafe, Fault::BadNumber);
            return None;
        };
        if !(1.0..=1440.0).contains(&minutes) {
            let error = self.record.error(Column::MakeSafe, Fault::OutOfRange);
            self.errors.push(error.with("min", "1").with("max", "1440"));
            return None;
        }
        Some(minutes.round() as u32)
    }

    fn unknown_word(&mut self, column: Column, value: &str, allowed: String) {
        let mut error = self
            .record
            .error(column, Fault::UnknownWord)
            .with("allowed", allowed);
        error.value = value.to_owned();
        self.errors.push(error);
    }

    fn urgency(&mut self) -> Urgency {
        let text = self.required(Column::Urgency);
        Urgency::parse(&text).unwrap_or_else(|| {
            if !text.is_empty() {
                self.unknown_word(Column::Urgency, &text, list(Urgency::ALL, Urgency::as_str));
            }
            Urgency::Normal
        })
    }

    fn evidence(&mut self) -> Vec<Evidence> {
        let text = self.required(Column::Evidence);
        let mut evidence = Vec::new();
        for word in text
            .split([';', '\u{ff1b}', '、'])
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            match Evidence::parse(word) {
                Some(known) if evidence.contains(&known) => {
                    let mut error = self.record.error(Column::Evidence, Fault::RepeatedWord);
                    error.value = word.to_owned();
                    self.errors.push(error);
                }
                Some(known) => evidence.push(known),
                None => {
                    let allowed = list(Evidence::ALL, Evidence::as_str);
                    self.unknown_word(Column::Evidence, word, allowed);
                }
            }
        }
        evidence
    }

    /// Without a word for it: what is photographed is looked at, the rest is asked about.
    fn verification(&mut self, evidence: &[Evidence]) -> Verification {
        let text = self.record.text(Column::Verification).to_owned();
        if text.is_empty() {
            let seen = evidence.iter().any(|e| e.is_photo());
            return if seen {
                Verification::OnSite
            } else {
                Verification::CallBack
            };
        }
        Verification::parse(&text).unwrap_or_else(|| {
            let allowed = list(Verification::ALL, Verification::as_str);
            self.unknown_word(Column::Verification, &text, allowed);
            Verification::OnSite
        })
    }

    /// `城市管理(urban management)`; the brackets may be of either width.
    fn department(&mut self) -> Bilingual {
        let text = self.required(Column::Department);
        let split = text
            .trim_end_matches([')', '\u{ff09}'])
            .split_once(['(', '\u{ff08}'])
            .map(|(zh, en)| Bilingual::new(zh.trim(), en.trim()));
        self.both(Column::Department, split, "城市管理(urban management)")
    }

    /// `中文 / English`.
    fn closing_rule(&mut self) -> Bilingual {
        let text = self.required(Column::ClosingRule);
        let split = text
            .split_once(" / ")
            .map(|(zh, en)| Bilingual::new(zh.trim(), en.trim()));
        self.both(Column::ClosingRule, split, "中文 / English")
    }

    fn both(&mut self, column: Column, split: Option<Bilingual>, form: &str) -> Bilingual {
        match split {
            Some(pair) if !pair.zh.is_empty() && !pair.en.is_empty() => pair,
            _ => {
                if !self.record.text(column).is_empty() {
                    let error = self
                        .record
                        .error(column, Fault::NotBilingual)
                        .with("form", form);
                    self.errors.push(error);
                }
                Bilingual::default()
            }
        }
    }

    /// Empty means no.
    fn flag(&mut self, column: Column) -> bool {
        match self.record.text(column).to_lowercase().as_str() {
            "是" | "yes" | "y" | "true" | "1" | "√" => true,
            "" | "否" | "no" | "n" | "false" | "0" | "×" => false,
            _ => {
                self.fault(column, Fault::BadFlag);
                false
            }
        }
    }

    fn questions(&mut self) -> Vec<Question> {
        let text = self.record.text(Column::Questions);
        if text.is_empty() {
            return Vec::new();
        }
        let reason = match serde_json::from_str::<Vec<Question>>(text) {
            Ok(questions) => {
                let mut codes = HashSet::new();
                match questions
                    .iter()
                    .find(|q| !q.is_well_formed() || !codes.insert(&q.code))
                {
                    None => return questions,
                    Some(question) => question.code.clone(),
                }
            }
            Err(error) => error.to_string(),
        };
        let error = self.record.error(Column::Questions, Fault::BadQuestions);
        self.errors.push(error.with("reason", reason));
        Vec::new()
    }
}

fn list<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> String {
    all.iter()
        .map(|member| word(*member))
        .collect::<Vec<_>>()
        .join(", ")
}
