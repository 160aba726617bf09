use jiff::SignedDuration;
use proptest::prelude::*;

use super::golden::vehicle_definition;
use super::{at, pairs, some};
use crate::*;

const NOW: &str = "2026-11-24T08:00:00Z";

/// Status and argument of everything that is wrong.
fn wrong(problems: &Problems) -> Vec<(u16, &str)> {
    problems
        .iter()
        .map(|problem| (problem.status(), problem.field().unwrap_or("")))
        .collect()
}

fn posted(form: &str) -> Result<PostRequest, Problems> {
    PostRequest::from_form(&pairs(form))
}

#[test]
fn the_example_request_of_the_specification_is_read_whole() {
    let request = posted(
        "api_key=xyz&jurisdiction_id=city.gov&service_code=001&lat=37.76524078&long=-122.4212043\
         &address_string=1234 5th street&email=smit333@sfgov.edu&device_id=tt222111\
         &account_id=123456&first_name=john&last_name=smith&phone=111111111\
         &description=A large sinkhole is destroying the street\
         &media_url=http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg\
         &attribute[WHISPAWN]=123456&attribute[WHISDORN]=COISL001",
    )
    .unwrap();
    let given = |code: &str, value: &str| GivenAttribute {
        code: code.to_owned(),
        values: vec![value.to_owned()],
    };
    assert_eq!(
        request,
        PostRequest {
            access: Access {
                jurisdiction_id: some("city.gov"),
                api_key: some("xyz")
            },
            service_code: "001".to_owned(),
            point: Some(Point {
                lat: 37.765_240_78,
                long: -122.421_204_3
            }),
            address_string: some("1234 5th street"),
            address_id: None,
            attributes: vec![given("WHISPAWN", "123456"), given("WHISDORN", "COISL001")],
            email: some("smit333@sfgov.edu"),
            device_id: some("tt222111"),
            account_id: some("123456"),
            first_name: some("john"),
            last_name: some("smith"),
            phone: some("111111111"),
            description: some("A large sinkhole is destroying the street"),
            media_urls: vec![
                "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg".to_owned()
            ],
        }
    );
}

#[test]
fn attributes_with_several_values_keep_their_order() {
    let form = "api_key=k&service_code=1&address_id=9&attribute[A][]=x&attribute[B]=1\
                &attribute[A][]=y&attribute[A][]=&attribute[A][]=x&attribute[C][0]=z";
    let request = posted(form).unwrap();
    assert_eq!(request.attribute("A"), ["x", "y"]);
    assert_eq!(request.attribute("C"), ["z"]);
    assert!(request.attribute("D").is_empty());
    for name in [
        "attribute[",
        "attribute[]",
        "attribute[A",
        "attribute[A]x",
        "attribute[A][b]",
    ] {
        let problems = posted(&format!("api_key=k&service_code=1&address_id=9&{name}=1"));
        assert_eq!(wrong(&problems.unwrap_err()), [(400, name)]);
    }
}

#[test]
fn everything_wrong_with_a_request_is_told_at_once() {
    for (form, expected) in [
        (
            "",
            &[(403, "api_key"), (400, "service_code"), (400, "lat")][..],
        ),
        (
            "api_key=&service_code= &address_string=",
            &[(403, "api_key"), (400, "service_code"), (400, "lat")],
        ),
        ("api_key=k&service_code=1&lat=31.8", &[(400, "long")]),
        ("api_key=k&service_code=1&long=119.9", &[(400, "lat")]),
        (
            "api_key=k&service_code=1&lat=91&long=x",
            &[(400, "lat"), (400, "long")],
        ),
        (
            "api_key=k&service_code=1&lat=NaN&long=inf",
            &[(400, "lat"), (400, "long")],
        ),
        (
            "api_key=k&service_code=1&service_code=2&address_id=3",
            &[(400, "service_code")],
        ),
        (
            "api_key=k&service_code=1&address_id=3&media_url=file:///etc/passwd",
            &[(400, "media_url")],
        ),
    ] {
        assert_eq!(wrong(&posted(form).unwrap_err()), expected, "{form}");
    }
    assert!(posted("api_key=k&api_key=k&service_code=1&address_id=3").is_ok());
    let pictures =
        posted("api_key=k&service_code=1&address_id=3&media_url=http://a/1&media_url=https://a/2");
    assert_eq!(pictures.unwrap().media_urls, ["http://a/1", "https://a/2"]);
}

#[test]
fn a_description_keeps_its_lines_and_has_an_end() {
    let form = |words: &str| {
        let mut form = pairs("api_key=k&service_code=1&address_id=3");
        form.push(("description".to_owned(), words.to_owned()));
        form
    };
    let request = PostRequest::from_form(&form(" 井盖\u{0} 破损\r\n<b>危险</b> ")).unwrap();
    assert_eq!(request.description, some("井盖 破损\r\n<b>危险</b>"));
    assert!(PostRequest::from_form(&form(&"井".repeat(MAX_DESCRIPTION))).is_ok());
    let problems = PostRequest::from_form(&form(&"井".repeat(MAX_DESCRIPTION + 1))).unwrap_err();
    assert_eq!(wrong(&problems), [(400, "description")]);
}

#[test]
fn answers_are_checked_against_the_definition() {
    let mut definition = vehicle_definition();
    let mut add = |code: &str, datatype, required| {
        definition.attributes.push(Attribute {
            code: code.to_owned(),
            datatype,
            required,
            ..definition.attributes[0].clone()
        });
    };
    add("N", Datatype::Number, false);
    add("D", Datatype::Datetime, false);
    add("M", Datatype::MultiValueList, true);
    let check = |attributes: &str| {
        let form = pairs(&format!(
            "api_key=k&service_code=1&address_id=3&{attributes}"
        ));
        definition.check(&PostRequest::from_form(&form).unwrap())
    };
    let fine = "attribute[WHISHETN]=123&attribute[N]=-2.5&attribute[D]=2026-01-31\
                &attribute[M][]=123&attribute[M][]=124&attribute[unasked]=1";
    assert!(check(fine).is_empty());
    assert_eq!(
        wrong(&check("")),
        [(400, "attribute[WHISHETN]"), (400, "attribute[M]")]
    );
    let found = check(
        "attribute[WHISHETN][]=123&attribute[WHISHETN][]=124&attribute[N]=many\
         &attribute[D]=soon&attribute[M]=125",
    );
    let fields = [
        "attribute[WHISHETN]",
        "attribute[N]",
        "attribute[D]",
        "attribute[M]",
    ];
    assert_eq!(wrong(&found), fields.map(|field| (400, field)));
}

#[test]
fn the_status_of_several_problems_is_the_gravest() {
    let (_, mut problems) = PostRequest::draft(&pairs("api_key=k&service_code=9"));
    assert_eq!(problems.status(), 400);
    problems.push(Problem::ServiceUnknown("9".to_owned()));
    assert_eq!(problems.status(), 404);
    problems.push(Problem::ApiKeyInvalid);
    assert_eq!(problems.status(), 403);
    assert_eq!(
        problems
            .document(Language::Chinese)
            .to_json()
            .matches("\"code\"")
            .count(),
        3
    );
}

#[test]
fn every_problem_names_its_argument_in_both_languages() {
    let (_, problems) = PostRequest::draft(&pairs("lat=x&long=200&phone=1&phone=2&attribute[=1"));
    for problem in problems.iter() {
        for language in [Language::English, Language::Chinese] {
            let words = problem.describe(language);
            assert!(words.starts_with(problem.field().unwrap()), "{words}");
        }
    }
}

#[test]
fn a_jurisdiction_must_be_served_and_may_be_left_out_where_there_is_one() {
    let access = |query: &str| Access::from_query(&pairs(query)).unwrap();
    let one = ["changzhou.example"];
    let two = ["changzhou.example", "wuxi.example"];
    assert_eq!(access("").check_jurisdiction(&one), Ok(()));
    assert_eq!(
        access("").check_jurisdiction(&two),
        Err(Problem::JurisdictionMissing)
    );
    assert_eq!(
        access("jurisdiction_id=wuxi.example").check_jurisdiction(&two),
        Ok(())
    );
    let unknown = access("jurisdiction_id=x")
        .check_jurisdiction(&one)
        .unwrap_err();
    assert_eq!(unknown.status(), 404);
}

fn asked(query: &str) -> Result<RequestsQuery, Problems> {
    RequestsQuery::from_query(&pairs(query), at(NOW))
}

#[test]
fn without_arguments_the_last_90_days_and_1000_requests_are_meant() {
    let query = asked("").unwrap();
    let window = query.requested.unwrap();
    assert_eq!(
        window,
        Window {
            start: at("2026-08-26T08:00:00Z"),
            end: at(NOW)
        }
    );
    assert_eq!((query.limit(), query.offset(), query.page), (1_000, 0, 1));
    assert!(query.updated.is_none() && query.nearby.is_none() && query.statuses.is_empty());
    assert_eq!(
        asked("start_date=&status=&page=").unwrap(),
        query,
        "empty is not given"
    );
}

#[test]
fn dates_span_at_most_90_days_and_run_forwards() {
    let window = |query: &str| asked(query).unwrap().requested.unwrap();
    let day = SignedDuration::from_hours(24);
    let both = window("start_date=2010-05-24T00:00:00Z&end_date=2010-06-24T00:00:00Z");
    assert_eq!(both.start.duration_until(both.end), day * 31);
    let start = window("start_date=2010-05-24T00:00:00Z");
    assert_eq!(start.start.duration_until(start.end), day * 90);
    let late = window("start_date=2026-11-23T08:00:00 08:00");
    assert_eq!(
        late,
        Window {
            start: at("2026-11-23T00:00:00Z"),
            end: at(NOW)
        }
    );
    let end = window("end_date=2010-06-24T00:00:00Z");
    assert_eq!(end.start.duration_until(end.end), day * 90);
    for (query, field) in [
        (
            "start_date=2010-06-24T00:00:00Z&end_date=2010-05-24T00:00:00Z",
            "start_date",
        ),
        (
            "start_date=2010-01-01T00:00:00Z&end_date=2010-04-01T00:00:01Z",
            "start_date",
        ),
        ("start_date=2010-01-01", "start_date"),
        ("end_date=yesterday", "end_date"),
        (
            "updated_after=2010-01-01T00:00:00Z&updated_before=2009-01-01T00:00:00Z",
            "updated_after",
        ),
    ] {
        assert_eq!(wrong(&asked(query).unwrap_err()), [(400, field)], "{query}");
    }
    assert!(asked("start_date=2010-01-01T00:00:00Z&end_date=2010-04-01T00:00:00Z").is_ok());
}

#[test]
fn ids_override_every_other_argument() {
    let query = asked("service_request_id=1, 2,,1&status=nonsense&start_date=nonsense").unwrap();
    assert_eq!(query.service_request_ids, ["1", "2"]);
    assert!(query.requested.is_none() && query.statuses.is_empty());
}

#[test]
fn filters_and_extensions_are_read() {
    let query = asked(
        "service_code=1,2&service_code=3&status=OPEN,closed&page=3&page_size=50\
         &updated_after=2026-11-24T06:00:00Z&lat=31.8&long=119.9&radius=250",
    )
    .unwrap();
    assert_eq!(query.service_codes, ["1", "2", "3"]);
    assert_eq!(query.statuses, [Status::Open, Status::Closed]);
    assert_eq!((query.limit(), query.offset()), (50, 100));
    let updated = Window {
        start: at("2026-11-24T06:00:00Z"),
        end: at(NOW),
    };
    assert_eq!((query.updated, query.requested), (Some(updated), None));
    let point = Point {
        lat: 31.8,
        long: 119.9,
    };
    assert_eq!(
        query.nearby,
        Some(Nearby {
            point,
            radius: 250.0
        })
    );
    for (query, field) in [
        ("status=late", "status"),
        ("page=0", "page"),
        ("page_size=1001", "page_size"),
        ("page_size=many", "page_size"),
        ("radius=5", "lat"),
        ("lat=31.8", "long"),
        ("lat=31.8&long=119.9&radius=0", "radius"),
    ] {
        assert_eq!(wrong(&asked(query).unwrap_err()), [(400, field)], "{query}");
    }
}

#[test]
fn updates_are_asked_for_and_posted_as_fixmystreet_does() {
    let query = UpdatesQuery::from_query(
        &pairs("start_date=2026-11-24T06:00:00Z&end_date=2026-11-24T08:00:00Z&api_key=k"),
        at(NOW),
    );
    assert_eq!(query.unwrap().window.start, at("2026-11-24T06:00:00Z"));
    let form = "jurisdiction_id=c&api_key=k&service_request_id=81&service_request_id_ext=80\
                &update_id=38362&updated_datetime=2026-11-24T07:00:00+00:00&status=FIXED\
                &description=done&email=a@example.org&first_name=A&last_name=B&title=\
                &public_anonymity_required=FALSE";
    let update = PostUpdate::from_form(&pairs(form)).unwrap();
    assert_eq!(
        (update.update_id.as_str(), update.status),
        ("38362", UpdateStatus::Fixed)
    );
    assert!(!update.public_anonymity_required && update.title.is_none());
    let older = PostUpdate::from_form(&pairs(&form.replace("update_id=", "update_id_ext=")));
    assert_eq!(older.unwrap().update_id, "38362");
    let problems = PostUpdate::from_form(&pairs("status=GONE")).unwrap_err();
    let fields = [
        "service_request_id",
        "update_id",
        "status",
        "updated_datetime",
        "description",
    ];
    let expected: Vec<_> = [(403, "api_key")]
        .into_iter()
        .chain(fields.map(|field| (400, field)))
        .collect();
    assert_eq!(wrong(&problems), expected);
}

/// Names that are known, half known or nonsense.
fn names() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "api_key",
        "jurisdiction_id",
        "service_code",
        "lat",
        "long",
        "address_string",
        "status",
        "address_id",
        "attribute[A]",
        "attribute[A][]",
        "media_url",
        "start_date",
        "end_date",
        "page",
        "page_size",
        "radius",
        "service_request_id",
        "update_id",
        "updated_datetime",
        "updated_after",
        "updated_before",
        "description",
        "public_anonymity_required",
    ];
    prop_oneof![
        prop::sample::select(KNOWN).prop_map(str::to_owned),
        "attribute[\\[\\]A井0]{0,6}",
        any::<String>(),
    ]
}

/// Values at the edges of what is understood.
fn values() -> impl Strategy<Value = String> {
    const EDGES: &[&str] = &[
        "",
        " ",
        ",",
        "1",
        "-1",
        "0",
        "9223372036854775808",
        "1e400",
        "NaN",
        "-0",
        "open,closed",
        "-009999-01-02T01:59:59Z",
        "9999-12-30T22:00:00Z",
        "2026-11-24T08:00:00 08:00",
        "\u{0}",
        "http://",
        "://",
        "2026-02-30T00:00:00Z",
    ];
    prop_oneof![
        prop::sample::select(EDGES).prop_map(str::to_owned),
        any::<String>(),
        any::<f64>().prop_map(|number| number.to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn odd_forms_and_queries_never_panic_and_are_answered(
        form in prop::collection::vec((names(), values()), 0..12),
    ) {
        let now = at(NOW);
        let (request, mut problems) = PostRequest::draft(&form);
        problems.extend(vehicle_definition().check(&request));
        problems.extend(PostUpdate::from_form(&form).err().into_iter().flatten());
        problems.extend(UpdatesQuery::from_query(&form, now).err().into_iter().flatten());
        match RequestsQuery::from_query(&form, now) {
            Ok(query) => {
                for window in [query.requested, query.updated].into_iter().flatten() {
                    let span = window.start.duration_until(window.end);
                    prop_assert!(!span.is_negative());
                    prop_assert!(span <= SignedDuration::from_hours(MAX_SPAN_DAYS * 24));
                }
                prop_assert!((1..=MAX_PAGE_SIZE).contains(&query.limit()));
                let _ = query.offset();
            }
            Err(found) => problems.extend(found),
        }
        prop_assert!(matches!(problems.status(), 400 | 403 | 404));
        for language in [Language::English, Language::Chinese] {
            let document = problems.document(language);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&document.to_json()).is_ok());
            document.to_xml();
        }
    }
}
