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
