//! A body that cannot be read names the field at fault.

use kernel::Error;
use kernel::error::parse;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Form {
    id: uuid::Uuid,
    #[serde(default)]
    count: u8,
    #[serde(default)]
    inner: Vec<Inner>,
}

#[derive(Debug, Deserialize)]
struct Inner {
    kind: Kind,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Near,
}

fn fault(body: &str) -> String {
    match parse::<Form>(body.as_bytes()) {
        Err(Error::Refused { fields, .. }) => fields[0].field.clone(),
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn the_field_where_reading_stopped_is_named() {
    assert_eq!(fault(r#"{"id":"nonsense"}"#), "id");
    assert_eq!(fault("{\n  \"count\": 1,\n  \"id\": \"nonsense\"\n}"), "id");
    assert_eq!(fault(r#"{"count": 300, "id": 1}"#), "count");
    assert_eq!(fault(r#"{"count": 3}"#), "id");
    assert_eq!(fault(r#"{"inner": [{"kind": "`far`"}]}"#), "kind");
    assert_eq!(fault("not json"), "body");
    assert_eq!(fault(""), "body");
    assert_eq!(fault("[\"nonsense\"]"), "body");
    let id = uuid::Uuid::nil();
    let whole = format!(r#"{{"id":"{id}","count":3,"inner":[{{"kind":"near"}}]}}"#);
    let form: Form = parse(whole.as_bytes()).expect("it is well formed");
    assert_eq!((form.id, form.count), (id, 3));
    assert!(matches!(form.inner[0].kind, Kind::Near));
}

#[test]
fn a_word_that_is_none_of_the_known_is_told_in_the_caller_s_language() {
    let body = r#"{"id":"00000000-0000-0000-0000-000000000000","inner":[{"kind":"far"}]}"#;
    let error = parse::<Form>(body.as_bytes()).expect_err("there is no such kind");
    let said = |lang| error.problem(lang, None)["fields"][0]["detail"].to_string();
    assert_eq!(said(kernel::Lang::Zh), "\"“far”不在可选之列：near\"");
    assert_eq!(said(kernel::Lang::En), "\"“far” is none of: near\"");
    let error = parse::<Form>(br#"{"id":null}"#).expect_err("null is no id");
    let zh = error.problem(kernel::Lang::Zh, None)["fields"][0]["detail"].to_string();
    assert!(
        !zh.contains("null") && zh.is_ascii() == zh.is_empty(),
        "{zh}"
    );
}
