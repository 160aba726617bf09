//! Tables from spreadsheets (xlsx, CSV in UTF-8 or GB18030) and back into them.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use kernel::{Error, FieldFault, Lang, Result, words};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Largest file taken, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Most rows taken.
pub const MAX_ROWS: usize = 100_000;
/// Most columns looked at.
const MAX_COLUMNS: usize = 100;
/// The kind of file written.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A column by its key, with its headings.
pub type Column = (&'static str, &'static str, &'static str);

/// A row: its number as the spreadsheet shows it, and its cells by column key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// 1 for the first line of the sheet.
    pub number: u32,
    cells: BTreeMap<&'static str, String>,
}

impl Row {
    /// What stands in the column, without spaces around it; empty when nothing does.
    #[must_use]
    pub fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// One faulty cell.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CellFault {
    /// The row as the spreadsheet shows it.
    pub row: u32,
    /// The column's key.
    pub column: String,
    /// What is wrong: the key of its sentence.
    pub code: &'static str,
    /// The sentence in the caller's language.
    pub detail: String,
}

/// Faults found in a sheet, in the language of whoever sent it.
#[derive(Debug)]
pub struct Faults {
    lang: Lang,
    columns: &'static [Column],
    /// Every faulty cell, in the order found.
    pub found: Vec<CellFault>,
}

impl Faults {
    /// None yet.
    #[must_use]
    pub fn new(lang: Lang, columns: &'static [Column]) -> Self {
        Self {
            lang,
            columns,
            found: Vec::new(),
        }
    }

    /// Notes a fault of the cell `fault.field` in `row`.
    pub fn push(&mut self, row: u32, fault: &FieldFault) {
        let heading = self
            .columns
            .iter()
            .find(|c| c.0 == fault.field)
            .map_or(fault.field.as_str(), |c| self.lang.pick(c.1, c.2));
        let said = words::sentence(self.lang, fault.code, &fault.params);
        self.found.push(CellFault {
            row,
            column: fault.field.clone(),
            code: fault.code,
            detail: match self.lang {
                Lang::Zh => format!("第 {row} 行“{heading}”：{said}"),
                Lang::En => format!("row {row}, {heading}: {said}"),
            },
        });
    }
}

/// Reads a table whose first line with text names the columns, by key or heading, in any order.
/// Columns that are not known are left out; those of `needed` must be there.
///
/// # Errors
/// 422 on `file`: `sheet.unreadable`, `sheet.too_large`, `sheet.column_missing`, `sheet.column_twice`.
pub fn read(bytes: &[u8], columns: &'static [Column], needed: &[&str]) -> Result<Vec<Row>> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::field("file", "sheet.too_large"));
    }
    let lines = if bytes.starts_with(b"PK") {
        xlsx_lines(bytes)?
    } else {
        csv_lines(bytes)?
    };
    if lines.len() > MAX_ROWS + 1 {
        return Err(Error::field("file", "sheet.too_large"));
    }
    let mut lines = lines.into_iter();
    let header = lines.next().map(|l| l.1).unwrap_or_default();
    let keys: Vec<Option<&'static str>> = header.iter().map(|h| key_of(h, columns)).collect();
    for (at, key) in keys.iter().enumerate() {
        if let Some(key) = key
            && keys.iter().skip(at + 1).any(|k| k == &Some(*key))
        {
            let fault = FieldFault::new("file", "sheet.column_twice").with("column", *key);
            return Err(Error::invalid(vec![fault]));
        }
    }
    let missing: Vec<FieldFault> = needed
        .iter()
        .filter(|n| !keys.iter().any(|k| k.as_ref() == Some(n)))
        .map(|n| {
            let fault = FieldFault::new("file", "sheet.column_missing").with("column", *n);
            let heading = columns.iter().find(|c| c.0 == *n);
            fault.with(
                "heading",
                heading.map_or_else(|| json!(n), |c| json!({"zh": c.1, "en": c.2})),
            )
        })
        .collect();
    if !missing.is_empty() {
        return Err(Error::invalid(missing));
    }
    Ok(lines
        .map(|(number, cells)| Row {
            number,
            cells: keys
                .iter()
                .zip(cells)
                .filter_map(|(key, cell)| key.map(|k| (k, cell)))
                .filter(|(_, cell)| !cell.is_empty())
                .collect(),
        })
        .filter(|row| !row.cells.is_empty())
        .collect())
}

fn key_of(heading: &str, columns: &'static [Column]) -> Option<&'static str> {
    let heading = heading.trim().trim_start_matches('\u{feff}');
    let bare = heading.trim_end_matches(['*', '＊']);
    columns
        .iter()
        .find(|(key, zh, en)| bare == *key || bare == *zh || bare.eq_ignore_ascii_case(en))
        .map(|c| c.0)
}

fn unreadable(reason: impl std::fmt::Display) -> Error {
    let fault = FieldFault::new("file", "sheet.unreadable").with("reason", reason.to_string());
    Error::invalid(vec![fault])
}

type Line = (u32, Vec<String>);

fn csv_lines(bytes: &[u8]) -> Result<Vec<Line>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        // What spreadsheet programs in China write.
        Err(_) => {
            let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
            if wrong {
                return Err(unreadable("UTF-8, GB18030"));
            }
            text
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let number = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(tidy).collect();
        if cells.iter().any(|c| !c.is_empty()) {
            lines.push((u32::try_from(number).unwrap_or(u32::MAX), cells));
        }
    }
    Ok(lines)
}

fn xlsx_lines(bytes: &[u8]) -> Result<Vec<Line>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let name = book
        .sheet_names()
        .first()
        .cloned()
        .ok_or_else(|| unreadable("no sheet"))?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(unreadable)?;
    // Cell by cell: a table as wide as one stray cell would not fit into memory.
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let said = tidy(&spoken(&Data::from(cell.get_value().clone())));
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        if said.is_empty() || at >= MAX_COLUMNS {
            continue;
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
    Ok(rows.into_iter().collect())
}

/// A cell as a person reads it: a day as `2026-03-01`, not as the number spreadsheets keep.
fn spoken(cell: &Data) -> String {
    let Data::DateTime(at) = cell else {
        return cell.to_string();
    };
    let day = at.as_f64().floor();
    if !(1.0..200_000.0).contains(&day) {
        return cell.to_string();
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number of days within the range just checked"
    )]
    let days = jiff::Span::new().days(day as i64);
    jiff::civil::date(1899, 12, 30)
        .checked_add(days)
        .map_or_else(|_| cell.to_string(), |d| d.to_string())
}

fn tidy(cell: &str) -> String {
    // PostgreSQL's text cannot hold it; no person writes it.
    cell.replace('\0', "").trim().to_owned()
}

/// Writes a sheet: headings in `lang`, a row per thing. Text cells are text, whatever they begin
/// with, so nothing in them can act as a formula.
///
/// # Errors
/// When the workbook cannot be made.
pub fn write(
    title: &str,
    lang: Lang,
    columns: &[Column],
    rows: &[Vec<String>],
    foot: Option<&str>,
) -> Result<Vec<u8>> {
    book(title, lang, columns, rows, foot).map_err(|e| Error::ours("writing a spreadsheet", e))
}

fn book(
    title: &str,
    lang: Lang,
    columns: &[Column],
    rows: &[Vec<String>],
    foot: Option<&str>,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let heading = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(title)?;
    sheet.set_freeze_panes(1, 1)?;
    for (at, column) in (0_u16..).zip(columns) {
        sheet.set_column_width(at, 18)?;
        sheet.write_string_with_format(0, at, lang.pick(column.1, column.2), &heading)?;
    }
    let mut next = 1;
    for (line, cells) in (1_u32..).zip(rows) {
        for (at, cell) in (0_u16..).zip(cells) {
            if !cell.is_empty() {
                sheet.write_string(line, at, cell)?;
            }
        }
        next = line + 1;
    }
    if let Some(foot) = foot {
        sheet.set_footer(format!("&L{}", foot.replace('&', "&&")));
        sheet.write_string(next + 1, 0, foot)?;
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        ("staff_no", "工号", "Staff number"),
        ("name", "姓名", "Name"),
    ];

    #[test]
    fn a_table_is_read_from_xlsx_and_both_encodings() {
        let rows = vec![vec!["001".to_owned(), "张三".to_owned()]];
        let xlsx = write("人员", Lang::Zh, COLUMNS, &rows, None).unwrap();
        let (gb, _, _) = encoding_rs::GB18030.encode("姓名,工号,备注\n张三,001,x\n");
        for bytes in [
            xlsx.as_slice(),
            gb.as_ref(),
            "\u{feff}staff_no,name*\n001,张三\n,\n".as_bytes(),
        ] {
            let read = read(bytes, COLUMNS, &["staff_no", "name"]).unwrap();
            assert_eq!(read.len(), 1);
            assert_eq!(
                (
                    read[0].number,
                    read[0].cell("staff_no"),
                    read[0].cell("name")
                ),
                (2, "001", "张三")
            );
        }
    }

    #[test]
    fn what_is_missing_or_twice_is_named() {
        let fault = |bytes: &[u8]| match read(bytes, COLUMNS, &["staff_no", "name"]) {
            Err(Error::Refused { fields, .. }) => fields[0].code,
            other => panic!("{other:?}"),
        };
        assert_eq!(fault("工号\n1\n".as_bytes()), "sheet.column_missing");
        assert_eq!(
            fault("工号,姓名,name\n1,a,b\n".as_bytes()),
            "sheet.column_twice"
        );
        assert_eq!(fault(b"PKnothing"), "sheet.unreadable");
    }
}
