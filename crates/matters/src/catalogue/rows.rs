//! From named cells to matters, with every fault found and none hidden behind the first.

use std::collections::{HashMap, HashSet};

use super::sheet::{Column, Record};
use super::{
    Bilingual, Evidence, Fault, Matter, More, Question, RowError, Urgency, Verification, WAYS,
    bad_question, more,
};

/// Longest limit anything may have: 5,000 hours.
const MAX_MINUTES: u32 = 300_000;

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
        cells.lengths();
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
            more: cells.more(),
            version: 1,
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

    /// Cells with more letters than their column holds; what they hold is not repeated whole.
    fn lengths(&mut self) {
        for column in Column::ALL {
            let text = self.record.text(*column);
            let most = column.longest();
            if text.chars().count() > most {
                let mut error = self.record.error(*column, Fault::TooLong);
                error.value = text.chars().take(40).collect();
                self.errors.push(error.with("max", most.to_string()));
            }
        }
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

    fn department(&mut self) -> Bilingual {
        let text = self.required(Column::Department);
        let read = more::read_department(&text);
        self.both(Column::Department, read, "城市管理(urban management)")
    }

    fn closing_rule(&mut self) -> Bilingual {
        let text = self.required(Column::ClosingRule);
        self.both(
            Column::ClosingRule,
            more::read_pair(&text),
            "中文 / English",
        )
    }

    fn both(&mut self, column: Column, read: Option<Bilingual>, form: &str) -> Bilingual {
        if read.is_none() && !self.record.text(column).is_empty() {
            let error = self.record.error(column, Fault::NotBilingual);
            self.errors.push(error.with("form", form));
        }
        read.unwrap_or_default()
    }

    /// A cell that may be left empty and else must be written in a form.
    fn formed<T: Default>(&mut self, column: Column, read: Option<T>, form: &str) -> T {
        if read.is_none() {
            let error = self.record.error(column, Fault::BadForm);
            self.errors.push(error.with("form", form));
        }
        read.unwrap_or_default()
    }

    fn more(&mut self) -> More {
        let text = |column| self.record.text(column).to_owned();
        let (levels, departments) = (text(Column::Levels), text(Column::Departments));
        let (basis, grades) = (text(Column::LegalBasis), text(Column::Grades));
        let words = |column| more::read_words(self.record.text(column));
        let (aliases, ways) = (words(Column::Aliases), words(Column::Ways));
        let (gb_classes, hotline_classes) =
            (words(Column::GbClasses), words(Column::HotlineClasses));
        let legal_basis = if basis.is_empty() {
            None
        } else {
            let read = more::read_pair(&basis).map(Some);
            self.formed(Column::LegalBasis, read, "中文 / English")
        };
        for way in ways.iter().filter(|way| !WAYS.contains(&way.as_str())) {
            self.unknown_word(Column::Ways, way, WAYS.join(", "));
        }
        More {
            levels: self.formed(
                Column::Levels,
                more::read_levels(&levels),
                "中文 / English > 中文 / English",
            ),
            aliases,
            legal_basis,
            departments: self.formed(
                Column::Departments,
                more::read_departments(&departments),
                "district=城市管理(urban management)",
            ),
            grades: self.formed(Column::Grades, more::read_grades(&grades), "A=0.5/4;B=1/8"),
            ways,
            gb_classes,
            hotline_classes,
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
            Ok(questions) => match bad_question(&questions) {
                None => return questions,
                Some(code) => code.to_owned(),
            },
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
