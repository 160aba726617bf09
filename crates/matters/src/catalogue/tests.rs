use super::*;

#[test]
fn standard_catalogue_has_84_matters_in_nine_categories() {
    let catalogue = Catalogue::standard().unwrap();
    assert_eq!(catalogue.len(), 84);
    let sizes: Vec<_> = catalogue
        .categories()
        .iter()
        .map(|c| c.matters.len())
        .collect();
    assert_eq!(sizes, [11, 13, 13, 8, 10, 6, 8, 8, 7]);
    assert_eq!(catalogue.public().count(), 71);
}

#[test]
fn manhole_cover_is_as_the_files_say() {
    let catalogue = Catalogue::standard().unwrap();
    let matter = catalogue.get("M0201").unwrap();
    assert_eq!(matter.category_code, "M02");
    assert_eq!(
        matter.department,
        Bilingual::new("权属单位", "facility owner")
    );
    assert_eq!((matter.accept_minutes, matter.handle_minutes), (6, 1440));
    assert_eq!(
        (matter.urgency, matter.clock()),
        (Urgency::Emergency, Clock::RoundTheClock)
    );
    assert!(!matter.may_be_extended());
    assert_eq!(matter.make_safe_minutes, Some(120));
    assert_eq!(matter.verification, Verification::OnSite);
    assert!(matter.evidence.contains(&Evidence::ComponentId));
    assert_eq!(
        matter.closing_rule.en,
        "guarded in 2 h, replaced within 24 h, stable"
    );
    assert!(matter.questions[0].required && matter.questions[0].values.len() == 3);
}

#[test]
fn every_emergency_has_a_make_safe_limit_within_its_handling_limit() {
    for matter in Catalogue::standard().unwrap().matters() {
        if matter.urgency == Urgency::Emergency {
            let make_safe = matter.make_safe_minutes;
            assert!(
                make_safe.is_some_and(|m| m <= matter.handle_minutes),
                "{}",
                matter.code
            );
        }
    }
}

#[test]
fn matters_that_concern_a_person_are_never_shown() {
    for matter in Catalogue::standard().unwrap().matters() {
        let personal = ["M04", "M05"].contains(&matter.category_code.as_str());
        assert!(!(personal && matter.shown), "{}", matter.code);
        assert!(matter.public || !matter.shown);
    }
}

const HEADER: &str = "code,category_zh,category_en,name_zh,name_en,department,accept_hours,\
                      handle_hours,urgency,evidence,closing_rule\n";
const RULES: &str =
    "code,verification,make_safe_minutes,self_handle,public,shown,certain,questions\n";

fn faults(rows: &str, rules: &str) -> Vec<(u32, String, Fault)> {
    let result = Catalogue::from_csv(&format!("{HEADER}{rows}"), &format!("{RULES}{rules}"));
    result
        .unwrap_err()
        .0
        .into_iter()
        .map(|e| (e.row, e.column, e.code))
        .collect()
}

#[test]
fn faults_name_line_and_column() {
    let row = "M0101,类,Class,名,Name,部门(dept),1,4,normal,note,好 / done\n";
    assert_eq!(faults(row, ""), [(2, "code".into(), Fault::NoRule)]);
    let rule = "M0101,on_site,,no,no,yes,no,\nM0102,on_site,,no,no,no,no,\n";
    assert_eq!(
        faults(row, rule),
        [
            (2, "shown".into(), Fault::ShownNotPublic),
            (3, "code".into(), Fault::UnknownMatter)
        ]
    );
    let late = row.replace("normal", "urgent");
    assert_eq!(
        faults(&late, "M0101,on_site,300,no,no,no,no,\n"),
        [(2, "make_safe_minutes".into(), Fault::MakeSafeTooLate)]
    );
    let long = row.replace("名,Name", &format!("{},Name", "长".repeat(201)));
    assert_eq!(
        faults(&long, "M0101,on_site,,no,yes,no,no,\n"),
        [(2, "name_zh".into(), Fault::TooLong)]
    );
}

#[test]
fn departments_may_be_written_with_brackets_of_either_width() {
    let row = "M0101,类,Class,名,Name,部门\u{ff08}dept\u{ff09},1,4,normal,note,好 / done\n";
    let rule = "M0101,on_site,,no,no,no,no,\n";
    let catalogue =
        Catalogue::from_csv(&format!("{HEADER}{row}"), &format!("{RULES}{rule}")).unwrap();
    assert_eq!(
        catalogue.matters()[0].department,
        Bilingual::new("部门", "dept")
    );
}

#[test]
fn words_are_read_back_as_written() {
    for urgency in Urgency::ALL {
        assert_eq!(Urgency::parse(urgency.as_str()), Some(*urgency));
        assert_eq!(Urgency::parse(urgency.name(Lang::Zh)), Some(*urgency));
    }
    for evidence in Evidence::ALL {
        assert_eq!(Evidence::parse(evidence.as_str()), Some(*evidence));
    }
    for verification in Verification::ALL {
        assert_eq!(
            Verification::parse(verification.name(Lang::Zh)),
            Some(*verification)
        );
    }
}
