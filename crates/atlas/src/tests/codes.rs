use crate::codes::{CodeError, DivisionCode, Level};
use crate::scheme::{CodePart, CodeScheme, GridKind};

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

#[test]
fn the_level_and_range_follow_from_the_zeros() {
    let cases = [
        ("320000000000", Level::Province, 10_000_000_000),
        ("320400000000", Level::City, 100_000_000),
        ("320402000000", Level::County, 1_000_000),
        ("320402001000", Level::Town, 1_000),
        ("320402001001", Level::Village, 1),
    ];
    for (text, level, span) in cases {
        let code = code(text);
        assert_eq!(code.level(), level);
        assert_eq!(code.range(), code.number()..=code.number() + span - 1);
        assert_eq!(code.to_string(), text);
    }
}

#[test]
fn a_division_lies_in_all_above_it() {
    let mut at = code("320402001001");
    for above in [
        "320402001000",
        "320402000000",
        "320400000000",
        "320000000000",
    ] {
        assert_eq!(at.parent(), Some(code(above)));
        assert!(code(above).covers(at) && !at.covers(code(above)));
        at = code(above);
    }
    assert_eq!(at.parent(), None);
    assert_eq!(code("320402000000").ancestor(Level::Town), None);
    assert!(!code("320404000000").covers(code("320402001001")));
}

#[test]
fn codes_are_text_in_json_and_bad_ones_are_refused() {
    let json = serde_json::to_string(&code("320402001001")).unwrap();
    assert_eq!(json, "\"320402001001\"");
    assert_eq!(
        serde_json::from_str::<DivisionCode>(&json).unwrap(),
        code("320402001001")
    );
    for bad in [
        "",
        "32040200100",
        "3204020010011",
        "32040200100x",
        "+20402001001",
        "020402001001",
    ] {
        assert_eq!(
            bad.parse::<DivisionCode>(),
            Err(CodeError::Division),
            "{bad}"
        );
    }
}

#[test]
fn a_grid_code_can_be_taken_apart_again() {
    let scheme = CodeScheme::demo();
    assert_eq!(scheme.regex(), r"^\d{12}(?:1|2)\d{3}$");
    for (kind, serial, text) in [
        (GridKind::Basic, 7, "3204020010011007"),
        (GridKind::Dedicated, 999, "3204020010012999"),
    ] {
        let composed = scheme.compose(code("320402001001"), kind, serial).unwrap();
        assert_eq!(composed, text);
        let parsed = scheme.parse(text).unwrap();
        assert_eq!(
            (parsed.community, parsed.kind, parsed.serial),
            (code("320402001001"), kind, serial)
        );
    }
}

#[test]
fn wrong_grid_codes_are_refused_with_the_reason() {
    let scheme = CodeScheme::demo();
    let cases = [
        ("320402001001100", CodeError::Length),
        ("32040200100110007", CodeError::Length),
        ("320402001001100x", CodeError::Length),
        ("3204020010013007", CodeError::Kind),
        ("3204020010011000", CodeError::Serial),
        ("3204020010001007", CodeError::NotCommunity),
        ("0204020010011007", CodeError::Division),
    ];
    for (text, error) in cases {
        assert_eq!(scheme.parse(text), Err(error), "{text}");
    }
    let compose = |c: &str, serial| scheme.compose(code(c), GridKind::Basic, serial);
    assert_eq!(compose("320402001001", 1_000), Err(CodeError::Serial));
    assert_eq!(compose("320402001001", 0), Err(CodeError::Serial));
    assert_eq!(compose("320402001000", 1), Err(CodeError::NotCommunity));
}

#[test]
fn other_standards_are_only_other_data() {
    let json = r#"{"name": "CJ/T 349", "parts": [
        {"part": "literal", "digits": "010301"}, {"part": "community"}, {"part": "serial", "digits": 2}]}"#;
    let scheme: CodeScheme = serde_json::from_str(json).unwrap();
    assert_eq!(scheme.parts.len(), 3);
    assert!(matches!(scheme.parts[1], CodePart::Community));
    let text = scheme
        .compose(code("320402001001"), GridKind::Basic, 4)
        .unwrap();
    assert_eq!(text, "01030132040200100104");
    assert_eq!(scheme.parse(&text).unwrap().serial, 4);
    assert_eq!(scheme.parse("01030232040200100104"), Err(CodeError::Part));
    assert_eq!(
        scheme.compose(code("320402001001"), GridKind::Dedicated, 4),
        Err(CodeError::Kind)
    );
}
