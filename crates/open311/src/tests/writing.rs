use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::golden::sidewalk_request;
use super::told;
use crate::document::is_xml;
use crate::*;

/// The elements of a document in order with the text directly in each, read by quick-xml.
fn read(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut elements, mut open): (Vec<(String, String)>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open.push(elements.len());
                elements.push((name(tag.name().as_ref()), String::new()));
            }
            Event::Empty(tag) => elements.push((name(tag.name().as_ref()), String::new())),
            Event::End(_) => drop(open.pop().unwrap()),
            Event::Text(text) => {
                let text = text.decode().unwrap();
                match open.last() {
                    Some(element) => elements[*element].1.push_str(&text),
                    None => assert_eq!(text.trim(), ""),
                }
            }
            Event::GeneralRef(reference) => {
                let c = match reference.resolve_char_ref().unwrap() {
                    Some(c) => c,
                    None => match reference.decode().unwrap().as_ref() {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        other => panic!("an entity XML does not define: {other}"),
                    },
                };
                elements[*open.last().unwrap()].1.push(c);
            }
            Event::Decl(declaration) => {
                assert_eq!(declaration.encoding().unwrap().unwrap().as_ref(), b"utf-8");
            }
            Event::Eof => return elements,
            other => panic!("nothing else is written: {other:?}"),
        }
    }
}

fn name(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

proptest! {
    #[test]
    fn any_text_comes_back_from_xml_without_what_xml_forbids(
        text in any::<String>(), notes in "[<>&\"'\\]\\r\\n\\t\\x00-\\x1f\u{fffe}井盖a ]{0,30}",
    ) {
        let mut request = sidewalk_request();
        request.description = Some(text.clone());
        request.status_notes = Some(notes.clone());
        let elements = read(&service_requests(&[request]).to_xml());
        let found = |name| &elements.iter().find(|(element, _)| element == name).unwrap().1;
        let legal = |text: &str| text.chars().filter(|c| is_xml(*c)).collect::<String>();
        prop_assert_eq!(found("description"), &legal(&text));
        prop_assert_eq!(found("status_notes"), &legal(&notes));
        prop_assert_eq!(elements.len(), 2 + 17);
    }

    #[test]
    fn any_text_comes_back_from_json(text in any::<String>()) {
        let mut request = sidewalk_request();
        request.address = Some(text.clone());
        let json: serde_json::Value =
            serde_json::from_str(&service_requests(&[request]).to_json()).unwrap();
        let address = &json[0]["address"];
        if text.chars().any(is_xml) {
            prop_assert_eq!(address.as_str().unwrap(), text);
        } else {
            prop_assert!(address.is_null());
        }
    }

    #[test]
    fn places_come_back_exactly(lat in -90.0..=90.0_f64, long in -180.0..=180.0_f64) {
        let mut request = sidewalk_request();
        request.point = Some(Point { lat, long });
        let requests = [request];
        let document = service_requests(&requests);
        let json: serde_json::Value = serde_json::from_str(&document.to_json()).unwrap();
        prop_assert!(json[0]["lat"].is_number() && json[0]["long"].is_number());
        let elements = read(&document.to_xml());
        let found = |name| elements.iter().find(|(element, _)| element == name).unwrap().1.clone();
        prop_assert_eq!(found("lat").parse::<f64>().unwrap(), lat);
        prop_assert_eq!(found("long").parse::<f64>().unwrap(), long);
    }
}

#[test]
fn a_request_without_a_place_has_empty_coordinates() {
    let mut request = sidewalk_request();
    request.point = None;
    let requests = [request];
    let document = service_requests(&requests);
    assert!(document.to_xml().contains("<lat/><long/>"));
    assert!(document.to_json().contains("\"lat\":null,\"long\":null"));
}

#[test]
fn an_empty_list_is_a_list() {
    assert!(
        service_requests(&[])
            .to_xml()
            .ends_with("<service_requests/>")
    );
    assert_eq!(service_requests(&[]).to_json(), "[]");
}

#[test]
fn times_have_an_offset_and_whole_seconds() {
    assert_eq!(
        told("2026-02-14T01:30:00.987Z", 8).to_string(),
        "2026-02-14T09:30:00+08:00"
    );
    assert_eq!(
        told("2026-02-14T01:30:00Z", 0).to_string(),
        "2026-02-14T01:30:00+00:00"
    );
    let read = W3cTime::parse("2026-02-14T09:30:00 08:00");
    assert_eq!(read, W3cTime::parse("2026-02-14T09:30+08:00"));
    assert!(read.is_some());
    assert_eq!(W3cTime::parse("2026-02-14"), None);
    assert_eq!(W3cTime::parse("2026-02-14T09:30:00"), None);
}

#[test]
fn the_format_is_the_suffix() {
    assert_eq!(
        Format::from_suffix("services.xml"),
        Some(("services", Format::Xml))
    );
    assert_eq!(
        Format::from_suffix("261124-00017.json"),
        Some(("261124-00017", Format::Json))
    );
    assert_eq!(Format::from_suffix("a.b.json"), Some(("a.b", Format::Json)));
    for path in ["services", "services.html", ".xml", "services.XML ", ""] {
        assert_eq!(Format::from_suffix(path), None, "{path:?}");
    }
    assert_eq!(Format::Xml.content_type(), "text/xml; charset=utf-8");
}
