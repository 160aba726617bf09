use rust_xlsxwriter::Workbook;

use super::*;
use crate::catalogue::Bilingual;

const ROWS: u32 = 1107;

/// 1,107 matters in 12 categories, made from the standard ones.
fn many() -> Catalogue {
    let standard = Catalogue::standard().unwrap();
    let matters = (0..ROWS).map(|n| {
        let mut matter = standard.matters()[n as usize % standard.len()].clone();
        let (category, serial) = (n / 99 + 1, n % 99 + 1);
        matter.code = format!("M{category:02}{serial:02}");
        matter.category_code = format!("M{category:02}");
        matter.category = Bilingual::new(format!("类别{category}"), format!("Category {category}"));
        matter.name.zh = format!("{}{n}", matter.name.zh);
        matter
    });
    Catalogue::new(matters)
}

/// The catalogue as an xlsx file with Chinese headers, numbers as numbers, some cells replaced.
fn xlsx(catalogue: &Catalogue, faults: &[(u32, Column, &str)]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (at, column) in (0u16..).zip(Column::ALL) {
        sheet.write(0, at, column.header(Lang::Zh)).unwrap();
        for (row, matter) in (1u32..).zip(catalogue.matters()) {
            let fault = faults.iter().find(|(r, c, _)| *r == row + 1 && c == column);
            let text = fault.map_or_else(|| cell(*column, matter, Lang::Zh), |f| f.2.to_owned());
            match text.parse::<f64>() {
                Ok(number) => sheet.write(row, at, number).unwrap(),
                Err(_) => sheet.write(row, at, text).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn spreadsheet_of_1107_matters_is_taken_whole() {
    let catalogue = many();
    let report = read_catalogue(&xlsx(&catalogue, &[]), OnError::RefuseAll);
    assert_eq!(report.errors, []);
    assert_eq!(report.rows, ROWS);
    assert_eq!(report.accepted, catalogue.matters());
}

#[test]
fn every_faulty_cell_is_named_and_nothing_is_taken() {
    let faults = [
        (5, Column::Code, "X12"),
        (40, Column::HandleHours, "two days"),
        (41, Column::AcceptHours, "-1"),
        (77, Column::Urgency, "asap"),
        (77, Column::Evidence, "photo_near;selfie"),
        (300, Column::NameZh, ""),
        (301, Column::Code, "M0401"),
        (512, Column::ClosingRule, "只有中文"),
        (800, Column::Verification, "carrier pigeon"),
        (801, Column::MakeSafe, "99999"),
        (900, Column::Department, "城市管理"),
        (901, Column::Public, "maybe"),
        (1000, Column::Questions, "[{]"),
        (1108, Column::CategoryZh, "别的类别"),
    ];
    let bytes = xlsx(&many(), &faults);
    let report = read_catalogue(&bytes, OnError::RefuseAll);
    assert!(report.accepted.is_empty());
    let found: Vec<_> = report
        .errors
        .iter()
        .map(|e| (e.row, e.column.as_str()))
        .collect();
    for (row, column, value) in faults {
        assert!(
            found.contains(&(row, column.key())),
            "row {row} {column:?} {value}: {found:?}"
        );
    }
    // A fault does not bring others with it.
    let mut expected: Vec<_> = faults.iter().map(|(row, c, _)| (*row, c.key())).collect();
    expected.sort_unstable();
    let mut found = found;
    found.sort_unstable();
    assert_eq!(found, expected);
    let rest = read_catalogue(&bytes, OnError::TakeTheRest);
    assert_eq!(rest.accepted.len(), 1107 - 13);
}

#[test]
fn message_says_row_column_and_remedy_in_both_languages() {
    let report = read_catalogue(
        &xlsx(&many(), &[(77, Column::Urgency, "asap")]),
        OnError::RefuseAll,
    );
    let error = &report.errors[0];
    assert_eq!(
        error.message(Lang::En),
        "row 77, urgency: “asap” is not one of: emergency, urgent, normal, low"
    );
    assert!(
        error.message(Lang::Zh).starts_with("第 77 行“紧急程度”"),
        "{error:?}"
    );
    assert_eq!(error.value, "asap");
}

#[test]
fn template_can_be_taken_out_and_put_back() {
    let standard = Catalogue::standard().unwrap();
    for lang in [Lang::Zh, Lang::En] {
        let report = read_catalogue(
            &write_template(lang, &standard).unwrap(),
            OnError::RefuseAll,
        );
        assert_eq!(report.errors, []);
        assert_eq!(report.accepted, standard.matters());
    }
}

#[test]
fn columns_of_rules_may_be_missing() {
    let report = read_catalogue(
        include_bytes!("../../../../data/matters.csv"),
        OnError::RefuseAll,
    );
    assert!(report.is_clean());
    assert_eq!(report.accepted.len(), 84);
    assert!(
        report
            .accepted
            .iter()
            .all(|matter| !matter.public && matter.questions.is_empty())
    );
}

#[test]
fn missing_column_is_said_once_and_not_for_every_row() {
    let report = read_catalogue(
        "code,name\nM0101,x\nM0102,y\n".as_bytes(),
        OnError::RefuseAll,
    );
    assert_eq!(report.errors.len(), Column::MATTER_FILE.len() - 2);
    assert!(
        report
            .errors
            .iter()
            .all(|e| e.code == Fault::MissingColumn && e.row == 1)
    );
}

#[test]
fn what_is_no_spreadsheet_is_refused() {
    for bytes in [&b"PK\x03\x04 broken"[..], b"\xff\xfe\x00", b""] {
        let report = read_catalogue(bytes, OnError::TakeTheRest);
        assert!(!report.is_clean() && report.accepted.is_empty());
    }
}

#[test]
fn a_stray_cell_far_out_is_named_and_costs_no_memory() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "code").unwrap();
    sheet.write(1_048_575, 16_383, "x").unwrap();
    let report = read_catalogue(&book.save_to_buffer().unwrap(), OnError::RefuseAll);
    assert!(report.accepted.is_empty());
    let said = report.errors[0].message(Lang::En);
    assert!(said.contains("1048576"), "{said}");
}
