//! The list as a spreadsheet. Text cells are text, whatever they begin with, so nothing in a report
//! can act as a formula; nothing about reporters is in it.

use kernel::{Error, Lang, Result};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use serde_json::Value;

/// Most rows of one file.
pub const MOST: usize = 20_000;
/// The kind of file.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A column: its heading and width.
struct Column {
    zh: &'static str,
    en: &'static str,
    width: f64,
    cell: fn(&Value, Lang) -> Cell,
}

enum Cell {
    Text(String),
    Number(f64),
    Nothing,
}

fn text(value: &Value) -> Cell {
    value
        .as_str()
        .filter(|t| !t.is_empty())
        .map_or(Cell::Nothing, |t| Cell::Text(t.to_owned()))
}

fn named(value: &Value, lang: Lang) -> Cell {
    match lang {
        Lang::Zh => text(&value["name_zh"]),
        Lang::En => text(&value["name_en"]),
    }
}

fn number(value: &Value) -> Cell {
    value.as_f64().map_or(Cell::Nothing, Cell::Number)
}

fn word(value: &Value, lang: Lang, words: &[(&str, &str, &str)]) -> Cell {
    let said = value.as_str().unwrap_or_default();
    words.iter().find(|w| w.0 == said).map_or_else(
        || text(value),
        |w| Cell::Text(lang.pick(w.1, w.2).to_owned()),
    )
}

const SOURCES: &[(&str, &str, &str)] = &[
    ("citizen", "居民上报", "Resident"),
    ("worker", "网格员", "Grid worker"),
    ("call", "热线电话", "Telephone"),
    ("open311", "Open311", "Open311"),
    ("department", "部门转办", "Department"),
    ("inspection", "巡查抽查", "Inspection"),
    ("device", "设备", "Device"),
];
const LEVELS: &[(&str, &str, &str)] = &[
    ("red", "已超时", "Overdue"),
    ("amber", "将超时", "Due soon"),
    ("ok", "正常", "In time"),
    ("paused", "暂停计时", "Paused"),
    ("none", "", ""),
];
const URGENCIES: &[(&str, &str, &str)] = &[
    ("emergency", "突发", "Emergency"),
    ("urgent", "紧急", "Urgent"),
    ("normal", "一般", "Normal"),
    ("low", "不急", "Low"),
];

fn stage(value: &Value, lang: Lang) -> Cell {
    let said = value.as_str().and_then(cases::model::Stage::from_word);
    said.map_or(Cell::Nothing, |s| {
        let (zh, en) = cases::view::stage_name(s);
        Cell::Text(lang.pick(zh, en).to_owned())
    })
}

fn column(
    zh: &'static str,
    en: &'static str,
    width: f64,
    cell: fn(&Value, Lang) -> Cell,
) -> Column {
    Column {
        zh,
        en,
        width,
        cell,
    }
}

fn columns() -> Vec<Column> {
    vec![
        column("编号", "Number", 15.0, |r, _| text(&r["number"])),
        column("阶段", "Stage", 11.0, |r, l| stage(&r["stage"], l)),
        column("时限", "Clock", 11.0, |r, l| word(&r["level"], l, LEVELS)),
        column("事项", "Matter", 22.0, |r, l| named(&r["matter"], l)),
        column("紧急程度", "Urgency", 10.0, |r, l| {
            word(&r["matter"]["urgency"], l, URGENCIES)
        }),
        column("内容", "Report", 60.0, |r, _| text(&r["text"])),
        column("地点", "Place", 34.0, |r, _| text(&r["place_text"])),
        column("区", "District", 12.0, |r, _| text(&r["district"]["name"])),
        column("街道/镇", "Town", 14.0, |r, _| text(&r["town"]["name"])),
        column("社区/村", "Community", 20.0, |r, _| {
            text(&r["community"]["name"])
        }),
        column("网格", "Grid", 20.0, |r, _| text(&r["grid"]["name"])),
        column("网格编码", "Grid code", 20.0, |r, _| {
            text(&r["grid"]["code"])
        }),
        column("承办单位", "Unit in charge", 26.0, |r, l| {
            named(&r["holder"], l)
        }),
        column("来源", "Way in", 12.0, |r, l| {
            word(&r["source"], l, SOURCES)
        }),
        column("上报时间", "Reported", 17.0, |r, _| {
            text(&r["reported_local"])
        }),
        column("更新时间", "Updated", 17.0, |r, _| {
            text(&r["updated_local"])
        }),
        column("应完成时间", "Due", 17.0, |r, _| text(&r["due_local"])),
        column("返工", "Reworks", 8.0, |r, _| number(&r["rework"])),
        column("退回", "Returns", 8.0, |r, _| number(&r["returns"])),
        column("催办", "Reminders", 9.0, |r, _| number(&r["reminders"])),
        column("督办", "Supervised", 9.0, |r, l| {
            if r["supervised"].as_bool() == Some(true) {
                Cell::Text(l.pick("是", "yes").to_owned())
            } else {
                Cell::Nothing
            }
        }),
        column("上报人数", "Reports", 9.0, |r, _| {
            number(&r["reporters"])
        }),
        column("经度", "Longitude", 12.0, |r, _| number(&r["lon"])),
        column("纬度", "Latitude", 12.0, |r, _| number(&r["lat"])),
    ]
}

/// Writes the rows as a workbook.
///
/// # Errors
/// When the workbook cannot be made.
pub fn workbook(rows: &[Value], lang: Lang) -> Result<Vec<u8>> {
    book(rows, lang).map_err(|e| Error::ours("writing a spreadsheet", e))
}

fn book(rows: &[Value], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let heading = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top);
    let sheet = book.add_worksheet();
    sheet.set_name(lang.pick("案件", "Cases"))?;
    sheet.set_freeze_panes(1, 1)?;
    let columns = columns();
    for (at, column) in (0_u16..).zip(&columns) {
        sheet.set_column_width(at, column.width)?;
        sheet.write_string_with_format(0, at, lang.pick(column.zh, column.en), &heading)?;
    }
    for (line, row) in (1_u32..).zip(rows) {
        for (at, column) in (0_u16..).zip(&columns) {
            match (column.cell)(row, lang) {
                Cell::Text(text) => {
                    sheet.write_string(line, at, text)?;
                }
                Cell::Number(n) => {
                    sheet.write_number(line, at, n)?;
                }
                Cell::Nothing => {}
            }
        }
    }
    book.save_to_buffer()
}
