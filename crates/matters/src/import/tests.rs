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

mod lossless {
    //! What is taken out as a sheet and put back says the same, whatever it says.

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{
        Datatype, Evidence, Grade, Limits, More, Question, QuestionValue, ShowIf, Urgency,
        Verification, WAYS,
    };
    use crate::routing::Level;

    /// Words with the very marks that part cells.
    fn words() -> impl Strategy<Value = String> {
        "[a-z甲乙丙;；、/>=()（）\\[{}\" ,.&<0-9]{1,14}"
            .prop_map(|text| text.trim().to_owned())
            .prop_filter("something is said", |text| !text.is_empty())
    }

    fn both() -> impl Strategy<Value = Bilingual> {
        (words(), words()).prop_map(|(zh, en)| Bilingual { zh, en })
    }

    fn questions() -> impl Strategy<Value = Vec<Question>> {
        let value = |key: &str, name: Bilingual| QuestionValue {
            key: key.to_owned(),
            name,
        };
        (
            both(),
            both(),
            both(),
            any::<bool>(),
            prop::option::of(1..9_u32),
        )
            .prop_map(move |(asked, then, name, required, shared)| {
                let first = Question {
                    code: "first".into(),
                    datatype: Datatype::MultiValueList,
                    required,
                    description: asked,
                    values: vec![value("a,b", name.clone()), value("c", name)],
                    when: None,
                    shared,
                };
                let second = Question {
                    code: "second".into(),
                    datatype: Datatype::Text,
                    required: !required,
                    description: then,
                    values: Vec::new(),
                    when: Some(ShowIf {
                        question: "first".into(),
                        equals: vec!["a,b".into()],
                    }),
                    shared: None,
                };
                vec![first, second]
            })
    }

    fn more() -> impl Strategy<Value = More> {
        let grades = btree_map(
            prop::sample::select(Grade::ALL.to_vec()),
            (0..300_000_u32, 1..300_000_u32).prop_map(|(accept_minutes, handle_minutes)| Limits {
                accept_minutes,
                handle_minutes,
            }),
            0..3,
        );
        let levels = [Level::City, Level::District, Level::Town, Level::Community];
        let departments = btree_map(prop::sample::select(levels.to_vec()), both(), 0..3);
        let ways = prop::sample::subsequence(WAYS.to_vec(), 0..WAYS.len());
        (
            vec(both(), 0..3),
            vec(words(), 0..4),
            prop::option::of(both()),
            departments,
            grades,
            ways,
            vec(words(), 0..3),
            vec(words(), 0..3),
        )
            .prop_map(
                |(levels, aliases, legal_basis, departments, grades, ways, gb, hotline)| More {
                    levels,
                    aliases,
                    legal_basis,
                    departments,
                    grades,
                    ways: ways.into_iter().map(str::to_owned).collect(),
                    gb_classes: gb,
                    hotline_classes: hotline,
                },
            )
    }

    prop_compose! {
        fn matter()(
            (category, name, department, closing_rule) in (both(), both(), both(), both()),
            (accept, handle) in (0..300_000_u32, 1..300_000_u32),
            urgency in prop::sample::select(Urgency::ALL.to_vec()),
            evidence in prop::sample::subsequence(Evidence::ALL.to_vec(), 1..6),
            verification in prop::sample::select(Verification::ALL.to_vec()),
            (self_handle, public, certain) in any::<(bool, bool, bool)>(),
            questions in questions(),
            more in more(),
        ) -> Matter {
            Matter {
                code: "M0101".into(),
                category_code: "M01".into(),
                category,
                name,
                department,
                accept_minutes: accept,
                handle_minutes: handle,
                urgency,
                evidence,
                closing_rule,
                verification,
                make_safe_minutes: Some(1 + handle.min(1_440) / 2),
                self_handle_allowed: self_handle,
                public,
                shown: public,
                certain,
                questions,
                more,
                version: 1,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_sheet_taken_out_and_put_back_says_the_same(matter in matter(), zh in any::<bool>()) {
            let lang = if zh { Lang::Zh } else { Lang::En };
            let catalogue = Catalogue::new([matter.clone()]);
            let bytes = crate::routes::written_sheet(lang, &catalogue).unwrap();
            let report = read_catalogue(&bytes, OnError::RefuseAll);
            prop_assert_eq!(&report.errors, &[]);
            prop_assert_eq!(&report.accepted, &[matter]);
        }
    }
}
