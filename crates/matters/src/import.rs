//! Takes a catalogue from a spreadsheet, and says for every cell it cannot take what is wrong.
//!
//! The columns are those of `data/matters.csv` and, if the sheet has them, of
//! `data/matter_rules.csv`, under their English keys or their Chinese headers, in any order.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde::{Deserialize, Serialize};

use crate::catalogue::{
    Catalogue, Column, Fault, Lang, Matter, Question, RowError, RowReader, more, read_records,
    to_records,
};

/// Largest file taken, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Most rows taken; more than any catalogue has.
pub const MAX_ROWS: usize = 20_000;
/// Most columns looked at; there are some thirty.
const MAX_COLUMNS: usize = 200;

/// What to do with the rows that are right when others are wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// Take none.
    #[default]
    RefuseAll,
    /// Take those that are right.
    TakeTheRest,
}

/// The outcome of reading a spreadsheet. Nothing has been stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Rows with text in them, the header not counted.
    pub rows: u32,
    /// Matters to be taken.
    pub accepted: Vec<Matter>,
    /// Every faulty cell, by row.
    pub errors: Vec<RowError>,
}

impl ImportReport {
    /// Whether the sheet is without fault.
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    /// A report of one fault that concerns the whole file.
    fn refused(fault: Fault, reason: impl Into<String>) -> Self {
        let error = RowError::new(1, "", fault, "").with("reason", reason);
        Self {
            errors: vec![error],
            ..Self::default()
        }
    }
}

/// Reads a spreadsheet. What it is (xlsx or CSV in UTF-8) is told by its content; of an xlsx file
/// the first sheet counts.
pub fn read_catalogue(bytes: &[u8], on_error: OnError) -> ImportReport {
    if bytes.len() > MAX_BYTES {
        return ImportReport::refused(Fault::Unreadable, format!("> {MAX_BYTES} bytes"));
    }
    let (records, mut errors) = if bytes.starts_with(b"PK") {
        match xlsx_rows(bytes) {
            Ok(rows) if rows.len() > MAX_ROWS => {
                return ImportReport::refused(Fault::Unreadable, format!("> {MAX_ROWS} rows"));
            }
            Ok(rows) => to_records(rows, Column::MATTER_FILE),
            Err(reason) => return ImportReport::refused(Fault::Unreadable, reason),
        }
    } else {
        match std::str::from_utf8(bytes) {
            Ok(text) => read_records(text.trim_start_matches('\u{feff}'), Column::MATTER_FILE),
            Err(error) => return ImportReport::refused(Fault::Unreadable, error.to_string()),
        }
    };
    let mut reader = RowReader::default();
    let mut accepted: Vec<Matter> = records
        .iter()
        .filter_map(|record| reader.read(record, &mut errors))
        .collect();
    errors.sort_by_key(|error| error.row);
    if !errors.is_empty() && on_error == OnError::RefuseAll {
        accepted.clear();
    }
    ImportReport {
        rows: u32::try_from(records.len()).unwrap_or(u32::MAX),
        accepted,
        errors,
    }
}

/// Rows of the first sheet with their numbers as the spreadsheet shows them.
fn xlsx_rows(bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let name = book
        .sheet_names()
        .first()
        .cloned()
        .ok_or_else(|| "no sheet".to_owned())?;
    let mut reader = book
        .worksheet_cells_reader(&name)
        .map_err(|error| error.to_string())?;
    // Cell by cell: a table as wide as one stray cell would not fit into memory.
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
        let (row, column) = cell.get_position();
        let said = text(&Data::from(cell.get_value().clone()));
        if said.is_empty() {
            continue;
        }
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        if at >= MAX_COLUMNS {
            return Err(format!("row {}: more than {MAX_COLUMNS} columns", row + 1));
        }
        let cells = rows.entry(row + 1).or_default();
        if cells.len() <= at {
            cells.resize(at + 1, String::new());
        }
        if let Some(place) = cells.get_mut(at) {
            *place = said;
        }
        if rows.len() > MAX_ROWS + 1 {
            break;
        }
    }
    // The header is the first row with text; every row is as long as the longest.
    let width = rows.values().map(Vec::len).max().unwrap_or_default();
    for cells in rows.values_mut() {
        cells.resize(width, String::new());
    }
    Ok(rows.into_iter().collect())
}

/// A cell as a person reads it.
fn text(cell: &Data) -> String {
    match cell {
        Data::Bool(true) => "是".to_owned(),
        Data::Bool(false) => "否".to_owned(),
        cell => cell.to_string().trim().to_owned(),
    }
}

/// Reads matters as a sheet of them would be read: each as it comes back, and the faults by code. What
/// is right comes back the same but for space around words.
pub fn check(matters: &[Matter]) -> (Vec<Matter>, Vec<(String, RowError)>) {
    let lang = Lang::En;
    let header = Column::ALL
        .iter()
        .map(|column| column.header(lang).to_owned());
    let rows = matters.iter().zip(2_u32..).map(|(matter, row)| {
        let cells = Column::ALL.iter().map(|column| cell(*column, matter, lang));
        (row, cells.collect())
    });
    let rows: Vec<(u32, Vec<String>)> =
        std::iter::once((1, header.collect())).chain(rows).collect();
    let (records, mut errors) = to_records(rows, Column::MATTER_FILE);
    let mut reader = RowReader::default();
    let accepted = records
        .iter()
        .filter_map(|record| reader.read(record, &mut errors))
        .collect();
    let code = |row: u32| {
        let at = usize::try_from(row.saturating_sub(2)).unwrap_or_default();
        matters.get(at).map(|m| m.code.clone()).unwrap_or_default()
    };
    let mut faults: Vec<_> = errors.into_iter().map(|e| (code(e.row), e)).collect();
    faults.extend(shared_differently(matters));
    (accepted, faults)
}

/// Questions that several matters share under one code and version must be asked the same everywhere.
fn shared_differently(matters: &[Matter]) -> Vec<(String, RowError)> {
    let mut first: HashMap<&str, &Question> = HashMap::new();
    let mut faults = Vec::new();
    for (matter, row) in matters.iter().zip(2_u32..) {
        for question in matter.questions.iter().filter(|q| q.shared.is_some()) {
            let known = first.entry(&question.code).or_insert(question);
            let same = known.shared == question.shared
                && known.datatype == question.datatype
                && known.description == question.description
                && known.values == question.values;
            if !same {
                let column = Column::Questions.key();
                let fault = RowError::new(row, column, Fault::SharedDiffers, question.code.clone());
                faults.push((matter.code.clone(), fault));
            }
        }
    }
    faults
}

/// An empty sheet to fill in, as CSV that spreadsheet programs open with the right characters;
/// with matters, these as rows, so that a catalogue can be taken out, changed and put back.
///
/// # Errors
/// Never in practice: writing to memory fails only when memory does.
pub fn write_template(lang: Lang, catalogue: &Catalogue) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(Column::ALL.iter().map(|column| column.header(lang)))?;
    for matter in catalogue.matters() {
        writer.write_record(Column::ALL.iter().map(|column| cell(*column, matter, lang)))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

fn cell(column: Column, matter: &Matter, lang: Lang) -> String {
    let flag = |is: bool| match (lang, is) {
        (Lang::Zh, true) => "是".to_owned(),
        (Lang::Zh, false) => "否".to_owned(),
        (Lang::En, is) => if is { "yes" } else { "no" }.to_owned(),
    };
    match column {
        Column::Code => matter.code.clone(),
        Column::CategoryZh => matter.category.zh.clone(),
        Column::CategoryEn => matter.category.en.clone(),
        Column::NameZh => matter.name.zh.clone(),
        Column::NameEn => matter.name.en.clone(),
        Column::Department => more::write_department(&matter.department),
        Column::AcceptHours => more::hours(matter.accept_minutes),
        Column::HandleHours => more::hours(matter.handle_minutes),
        Column::Urgency => matter.urgency.as_str().to_owned(),
        Column::Evidence => matter
            .evidence
            .iter()
            .map(|e| e.as_str())
            .collect::<Vec<_>>()
            .join(";"),
        Column::ClosingRule => more::write_pair(&matter.closing_rule),
        Column::Verification => matter.verification.as_str().to_owned(),
        Column::MakeSafe => matter
            .make_safe_minutes
            .map(|m| m.to_string())
            .unwrap_or_default(),
        Column::SelfHandle => flag(matter.self_handle_allowed),
        Column::Public => flag(matter.public),
        Column::Shown => flag(matter.shown),
        Column::Certain => flag(matter.certain),
        Column::Questions if matter.questions.is_empty() => String::new(),
        Column::Questions => serde_json::to_string(&matter.questions).unwrap_or_default(),
        Column::Levels => more::write_levels(&matter.more.levels),
        Column::Aliases => more::write_words(&matter.more.aliases),
        Column::LegalBasis => {
            let basis = matter.more.legal_basis.as_ref();
            basis.map(more::write_pair).unwrap_or_default()
        }
        Column::Departments => more::write_departments(&matter.more.departments),
        Column::Grades => more::write_grades(&matter.more.grades),
        Column::Ways => more::write_words(&matter.more.ways),
        Column::GbClasses => more::write_words(&matter.more.gb_classes),
        Column::HotlineClasses => more::write_words(&matter.more.hotline_classes),
    }
}
