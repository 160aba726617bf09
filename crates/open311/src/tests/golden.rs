//! The examples of the specification, without its indentation. Where its JSON writes codes and ids
//! as numbers (`001` is no JSON) they are strings here, and absent values are written `<x/>`.

use super::{some, told};
use crate::*;

#[track_caller]
fn check(document: &Document<'_>, xml: &str, json: &str) {
    let xml: String = xml.lines().map(str::trim).collect();
    let json: String = json.lines().map(str::trim).collect();
    let declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    assert_eq!(document.write(Format::Xml), format!("{declaration}{xml}"));
    assert_eq!(document.write(Format::Json), json);
}

#[test]
fn discovery_is_written_as_specified() {
    let endpoint = |url: &str, changeset: &str, kind, formats: &[Format]| Endpoint {
        specification: Endpoint::GEOREPORT_V2.to_owned(),
        url: url.to_owned(),
        changeset: changeset.to_owned(),
        kind,
        formats: formats.to_vec(),
    };
    let live = "http://open311.mycity.gov/v2";
    let test = "http://open311.mycity.gov/test/v2";
    let discovery = Discovery {
        changeset: "2011-02-03 14:18".to_owned(),
        contact: "You can email or call for assistance api@mycity.org +1 (555) 555-5555".to_owned(),
        key_service: "You can request a key here: http://api.mycity.gov/api_key/request".to_owned(),
        endpoints: vec![
            endpoint(
                live,
                "2010-11-23 09:01",
                EndpointType::Production,
                &[Format::Xml],
            ),
            endpoint(
                test,
                "2010-10-02 09:01",
                EndpointType::Test,
                &[Format::Xml, Format::Json],
            ),
        ],
    };
    check(
        &discovery.document(),
        "<discovery>
            <changeset>2011-02-03 14:18</changeset>
            <contact>You can email or call for assistance api@mycity.org +1 (555) 555-5555</contact>
            <key_service>You can request a key here: http://api.mycity.gov/api_key/request</key_service>
            <endpoints>
                <endpoint>
                    <specification>http://wiki.open311.org/GeoReport_v2</specification>
                    <url>http://open311.mycity.gov/v2</url>
                    <changeset>2010-11-23 09:01</changeset>
                    <type>production</type>
                    <formats>
                        <format>text/xml</format>
                    </formats>
                </endpoint>
                <endpoint>
                    <specification>http://wiki.open311.org/GeoReport_v2</specification>
                    <url>http://open311.mycity.gov/test/v2</url>
                    <changeset>2010-10-02 09:01</changeset>
                    <type>test</type>
                    <formats>
                        <format>text/xml</format>
                        <format>application/json</format>
                    </formats>
                </endpoint>
            </endpoints>
        </discovery>",
        r#"{
            "changeset":"2011-02-03 14:18",
            "contact":"You can email or call for assistance api@mycity.org +1 (555) 555-5555",
            "key_service":"You can request a key here: http://api.mycity.gov/api_key/request",
            "endpoints":[
                {
                    "specification":"http://wiki.open311.org/GeoReport_v2",
                    "url":"http://open311.mycity.gov/v2",
                    "changeset":"2010-11-23 09:01",
                    "type":"production",
                    "formats":[
                        "text/xml"
                    ]
                },
                {
                    "specification":"http://wiki.open311.org/GeoReport_v2",
                    "url":"http://open311.mycity.gov/test/v2",
                    "changeset":"2010-10-02 09:01",
                    "type":"test",
                    "formats":[
                        "text/xml",
                        "application/json"
                    ]
                }
            ]
        }"#,
    );
}

#[test]
fn the_service_list_is_written_as_specified() {
    let list = [Service {
        service_code: "001".to_owned(),
        service_name: "Cans left out 24x7".to_owned(),
        description: "Garbage or recycling cans that have been left out.".to_owned(),
        metadata: true,
        kind: ServiceType::Realtime,
        keywords: ["lorem", "ipsum", "dolor"].map(str::to_owned).to_vec(),
        group: "sanitation".to_owned(),
    }];
    check(
        &services(&list),
        "<services>
            <service>
                <service_code>001</service_code>
                <service_name>Cans left out 24x7</service_name>
                <description>Garbage or recycling cans that have been left out.</description>
                <metadata>true</metadata>
                <type>realtime</type>
                <keywords>lorem, ipsum, dolor</keywords>
                <group>sanitation</group>
            </service>
        </services>",
        r#"[
            {
                "service_code":"001",
                "service_name":"Cans left out 24x7",
                "description":"Garbage or recycling cans that have been left out.",
                "metadata":true,
                "type":"realtime",
                "keywords":"lorem, ipsum, dolor",
                "group":"sanitation"
            }
        ]"#,
    );
}

/// The service definition of the specification's example.
pub(super) fn vehicle_definition() -> ServiceDefinition {
    let value = |key: &str, name: &str| AttributeValue {
        key: key.into(),
        name: name.into(),
    };
    ServiceDefinition {
        service_code: "DMV66".to_owned(),
        attributes: vec![Attribute {
            variable: true,
            code: "WHISHETN".to_owned(),
            datatype: Datatype::SingleValueList,
            required: true,
            datatype_description: None,
            order: 1,
            description: "What is the ticket/tag/DL number?".to_owned(),
            values: vec![value("123", "Ford"), value("124", "Chrysler")],
        }],
    }
}

#[test]
fn a_service_definition_is_written_as_specified() {
    check(
        &vehicle_definition().document(),
        "<service_definition>
            <service_code>DMV66</service_code>
            <attributes>
                <attribute>
                    <variable>true</variable>
                    <code>WHISHETN</code>
                    <datatype>singlevaluelist</datatype>
                    <required>true</required>
                    <datatype_description/>
                    <order>1</order>
                    <description>What is the ticket/tag/DL number?</description>
                    <values>
                        <value>
                            <key>123</key>
                            <name>Ford</name>
                        </value>
                        <value>
                            <key>124</key>
                            <name>Chrysler</name>
                        </value>
                    </values>
                </attribute>
            </attributes>
        </service_definition>",
        r#"{
            "service_code":"DMV66",
            "attributes":[
                {
                    "variable":true,
                    "code":"WHISHETN",
                    "datatype":"singlevaluelist",
                    "required":true,
                    "datatype_description":null,
                    "order":1,
                    "description":"What is the ticket/tag/DL number?",
                    "values":[
                        {
                            "key":"123",
                            "name":"Ford"
                        },
                        {
                            "key":"124",
                            "name":"Chrysler"
                        }
                    ]
                }
            ]
        }"#,
    );
}

#[test]
fn a_receipt_has_an_id_or_a_token_and_never_both() {
    let notice = "The City will inspect.";
    let receipt = |kind| {
        [Receipt {
            kind,
            service_notice: some(notice),
            account_id: None,
        }]
    };
    check(
        &receipts(&receipt(ReceiptKind::Realtime {
            service_request_id: "293944".to_owned(),
        })),
        "<service_requests>
            <request>
                <service_request_id>293944</service_request_id>
                <service_notice>The City will inspect.</service_notice>
                <account_id/>
            </request>
        </service_requests>",
        r#"[
            {
                "service_request_id":"293944",
                "service_notice":"The City will inspect.",
                "account_id":null
            }
        ]"#,
    );
    let batch = receipt(ReceiptKind::Batch {
        token: "12345".to_owned(),
    });
    let json = receipts(&batch).to_json();
    assert!(json.contains("\"token\":\"12345\"") && !json.contains("service_request_id"));
    let blackbox = receipts(&receipt(ReceiptKind::Blackbox)).to_json();
    assert!(!blackbox.contains("token") && !blackbox.contains("service_request_id"));
}

#[test]
fn a_token_answers_with_its_request() {
    check(
        &token_request(Some("638344"), "12345"),
        "<service_requests>
            <request>
                <service_request_id>638344</service_request_id>
                <token>12345</token>
            </request>
        </service_requests>",
        r#"[{"service_request_id":"638344","token":"12345"}]"#,
    );
}

/// The closed request of the specification's example.
pub(super) fn sidewalk_request() -> ServiceRequest {
    ServiceRequest {
        service_request_id: "638344".to_owned(),
        status: Status::Closed,
        status_notes: some("Duplicate request."),
        service_name: "Sidewalk and Curb Issues".to_owned(),
        service_code: "006".to_owned(),
        description: None,
        agency_responsible: None,
        service_notice: None,
        requested_datetime: told("2010-04-14T06:37:38-08:00", -8),
        updated_datetime: told("2010-04-14T06:37:38-08:00", -8),
        expected_datetime: Some(told("2010-04-15T06:37:38-08:00", -8)),
        address: some("8TH AVE and JUDAH ST"),
        address_id: some("545483"),
        zipcode: some("94122"),
        point: Some(Point {
            lat: 37.762_221_815,
            long: -122.465_114_5,
        }),
        media_url: some("http://city.gov.s3.amazonaws.com/requests/media/638344.jpg"),
    }
}

#[test]
fn a_single_request_is_written_as_specified_and_is_a_list_still() {
    check(
        &service_requests(&[sidewalk_request()]),
        "<service_requests>
            <request>
                <service_request_id>638344</service_request_id>
                <status>closed</status>
                <status_notes>Duplicate request.</status_notes>
                <service_name>Sidewalk and Curb Issues</service_name>
                <service_code>006</service_code>
                <description/>
                <agency_responsible/>
                <service_notice/>
                <requested_datetime>2010-04-14T06:37:38-08:00</requested_datetime>
                <updated_datetime>2010-04-14T06:37:38-08:00</updated_datetime>
                <expected_datetime>2010-04-15T06:37:38-08:00</expected_datetime>
                <address>8TH AVE and JUDAH ST</address>
                <address_id>545483</address_id>
                <zipcode>94122</zipcode>
                <lat>37.762221815</lat>
                <long>-122.4651145</long>
                <media_url>http://city.gov.s3.amazonaws.com/requests/media/638344.jpg</media_url>
            </request>
        </service_requests>",
        r#"[
            {
                "service_request_id":"638344",
                "status":"closed",
                "status_notes":"Duplicate request.",
                "service_name":"Sidewalk and Curb Issues",
                "service_code":"006",
                "description":null,
                "agency_responsible":null,
                "service_notice":null,
                "requested_datetime":"2010-04-14T06:37:38-08:00",
                "updated_datetime":"2010-04-14T06:37:38-08:00",
                "expected_datetime":"2010-04-15T06:37:38-08:00",
                "address":"8TH AVE and JUDAH ST",
                "address_id":"545483",
                "zipcode":"94122",
                "lat":37.762221815,
                "long":-122.4651145,
                "media_url":"http://city.gov.s3.amazonaws.com/requests/media/638344.jpg"
            }
        ]"#,
    );
}

#[test]
fn errors_are_a_list_of_codes_and_descriptions() {
    check(
        &Problems::from(Problem::ApiKeyInvalid).document(Language::English),
        "<errors>
            <error>
                <code>403</code>
                <description>api_key: the API key is not valid</description>
            </error>
        </errors>",
        r#"[{"code":403,"description":"api_key: the API key is not valid"}]"#,
    );
}

#[test]
fn updates_are_written_as_fixmystreet_reads_them() {
    let list = [Update {
        update_id: "248".to_owned(),
        service_request_id: "638344".to_owned(),
        status: UpdateStatus::InProgress,
        updated_datetime: told("2026-02-14T01:30:00Z", 8),
        description: some("On the way"),
        media_url: None,
    }];
    check(
        &updates(&list),
        "<service_request_updates>
            <request_update>
                <update_id>248</update_id>
                <service_request_id>638344</service_request_id>
                <status>in_progress</status>
                <updated_datetime>2026-02-14T09:30:00+08:00</updated_datetime>
                <description>On the way</description>
                <media_url/>
            </request_update>
        </service_request_updates>",
        r#"[
            {
                "update_id":"248",
                "service_request_id":"638344",
                "status":"in_progress",
                "updated_datetime":"2026-02-14T09:30:00+08:00",
                "description":"On the way",
                "media_url":null
            }
        ]"#,
    );
    check(
        &update_receipt("248"),
        "<service_request_updates>
            <request_update>
                <update_id>248</update_id>
            </request_update>
        </service_request_updates>",
        r#"[{"update_id":"248"}]"#,
    );
}
