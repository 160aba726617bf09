//! Discovery, services, requests in and out, keys and limits.

use matters::catalogue::{Bilingual, Datatype, Question, QuestionValue};
use serde_json::json;

use super::{KEY, World, failure, leaf, leaves, text};
use crate::store;

#[tokio::test]
async fn discovery_tells_where_and_what_in_both_formats() {
    let world = World::new().await;
    let mut client = world.client();
    let answer = client.get("/open311/discovery.xml").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/xml; charset=utf-8");
    let xml = text(&answer);
    let endpoint = "discovery/endpoints/endpoint";
    assert_eq!(
        leaf(&xml, &format!("{endpoint}/specification")),
        "http://wiki.open311.org/GeoReport_v2"
    );
    assert_eq!(
        leaf(&xml, &format!("{endpoint}/url")),
        "http://127.0.0.1:8320/open311/v2"
    );
    assert_eq!(leaf(&xml, &format!("{endpoint}/type")), "test");
    let formats: Vec<_> = leaves(&xml)
        .into_iter()
        .filter(|(at, _)| *at == format!("{endpoint}/formats/format"))
        .map(|(_, format)| format)
        .collect();
    assert_eq!(formats, ["text/xml", "application/json"]);
    for asked in ["changeset", "contact", "key_service"] {
        assert!(
            !leaf(&xml, &format!("discovery/{asked}")).is_empty(),
            "{asked}"
        );
    }

    let answer = client.get("/open311/discovery.json").await;
    assert_eq!(
        answer.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(
        answer.json()["endpoints"][0]["formats"],
        json!(["text/xml", "application/json"])
    );

    let mut conn = world.db.pool.acquire().await.unwrap();
    sqlx::query("insert into settings (key, value) values ('open311', $1)")
        .bind(json!({"contact": "演示联系人", "key_service": "演示发放处"}))
        .execute(&mut *conn)
        .await
        .unwrap();
    let told = client.get("/open311/discovery.json").await.json();
    assert_eq!(told["contact"], "演示联系人");
    assert_eq!(told["key_service"], "演示发放处");
}

#[tokio::test]
async fn services_are_the_matters_residents_may_report() {
    let world = World::new().await;
    let mut client = world.client();
    let answer = client.get("/open311/v2/services.json").await;
    let list = answer.json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 71);
    assert_eq!(list[0]["service_code"], "M0101");
    assert_eq!(list[0]["service_name"], "Exposed garbage");
    assert_eq!(list[0]["metadata"], true);
    assert_eq!(list[0]["type"], "realtime");
    assert_eq!(list[0]["group"], "City appearance and sanitation");
    assert!(
        list.iter().all(|s| s["service_code"] != "M0601"),
        "a patrol is no service"
    );

    let answer = client
        .get("/open311/v2/services.xml?jurisdiction_id=changzhou.example")
        .await;
    let xml = text(&answer);
    assert_eq!(leaf(&xml, "services/service/service_code"), "M0101");
    assert_eq!(leaf(&xml, "services/service/metadata"), "true");

    client
        .0
        .headers
        .insert("accept-language", "zh-CN".parse().unwrap());
    let list = client.get("/open311/v2/services.json").await.json();
    assert_eq!(list[0]["service_name"], "暴露垃圾");
}

#[tokio::test]
async fn a_definition_holds_the_questions_of_the_matter() {
    let world = World::new().await;
    let mut client = world.client();
    let told = client.get("/open311/v2/services/M0201.json").await.json();
    assert_eq!(told["service_code"], "M0201");
    assert_eq!(
        told["attributes"][0],
        json!({"variable": true, "code": "state", "datatype": "singlevaluelist", "required": false,
               "datatype_description": null, "order": 1,
               "description": "What is wrong with the cover?",
               "values": [{"key": "missing", "name": "Missing"}, {"key": "broken", "name": "Broken"},
                          {"key": "loose", "name": "Loose or rattling"}]})
    );
    assert_eq!(told["attributes"][1]["order"], 2);
    assert_eq!(told["attributes"][1]["values"], json!([]));
    // The cover is an emergency, which no question holds up; elsewhere a question may be required.
    let told = client.get("/open311/v2/services/M0212.json").await.json();
    assert_eq!(told["attributes"][0]["required"], true);
    let xml = text(&client.get("/open311/v2/services/M0201.xml").await);
    let attribute = "service_definition/attributes/attribute";
    assert_eq!(leaf(&xml, &format!("{attribute}/code")), "state");
    assert_eq!(
        leaf(&xml, &format!("{attribute}/values/value/key")),
        "missing"
    );

    for unknown in ["M0601", "nothing"] {
        let answer = client
            .get(&format!("/open311/v2/services/{unknown}.json"))
            .await;
        let (status, code, words) = failure(&answer);
        assert_eq!((status, code), (404, 404));
        assert!(words.starts_with("service_code"), "{words}");
    }
}

#[tokio::test]
async fn a_plain_form_becomes_a_case_that_is_located_dispatched_and_listed() {
    let world = World::new().await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let form = [
        ("jurisdiction_id", "changzhou.example"),
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("address_string", "朝阳花园 3 幢东侧"),
        ("attribute[amount]", "pile"),
        ("attribute[of_their_own]", "whatever"),
        ("description", "路边一堆垃圾\n电话 13812345678"),
        ("first_name", "居民"),
        ("last_name", "演示"),
        ("phone", "13812345678"),
        ("email", "demo@example.com"),
        ("device_id", "a-device"),
        ("account_id", ""),
    ];
    let answer = client.post("/open311/v2/requests.xml", &form).await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    assert_eq!(answer.headers["content-type"], "text/xml; charset=utf-8");
    let xml = text(&answer);
    let id = leaf(&xml, "service_requests/request/service_request_id");
    let notice = leaf(&xml, "service_requests/request/service_notice");
    assert!(notice.starts_with("Sent to "), "{notice}");
    assert!(notice.contains("http://127.0.0.1:8320/p/"), "{notice}");
    assert_eq!(leaf(&xml, "service_requests/request/account_id"), "");

    let got = client
        .get(&format!("/open311/v2/requests/{id}.json"))
        .await
        .json();
    let request = &got[0];
    assert_eq!(request["service_request_id"], id.as_str());
    assert_eq!(request["status"], "open");
    assert_eq!(request["status_notes"], "To sign");
    assert_eq!(request["service_code"], "M0101");
    assert_eq!(request["service_name"], "Exposed garbage");
    assert_eq!(request["description"], "路边一堆垃圾\n电话 ***********");
    assert!(request["agency_responsible"].is_string(), "{request}");
    assert_eq!(request["address"], "朝阳花园 3 幢东侧");
    assert_eq!(request["address_id"], world.city.grids[0].1.as_str());
    assert_eq!(
        request["lat"].as_f64().unwrap(),
        lat.1.parse::<f64>().unwrap()
    );
    assert_eq!(
        request["long"].as_f64().unwrap(),
        long.1.parse::<f64>().unwrap()
    );
    assert_eq!(request["zipcode"], json!(null));
    assert_eq!(request["media_url"], json!(null));
    for time in [
        "requested_datetime",
        "updated_datetime",
        "expected_datetime",
    ] {
        assert!(
            request[time].as_str().unwrap().ends_with("+08:00"),
            "{request}"
        );
    }
    let told = got.to_string();
    for secret in ["演示居民", "13812345678", "demo@example.com", "a-device"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }

    let key = cases::row::Key::Number(id.clone());
    let mut conn = world.db.pool.acquire().await.unwrap();
    let case = cases::store::find(&mut conn, &key).await.unwrap();
    assert_eq!(case.source, cases::model::Source::Open311);
    assert_eq!(case.stage, cases::model::Stage::Dispatched);
    let answers = cases::store::answers(&mut conn, case.id).await.unwrap();
    assert_eq!(answers, json!({"amount": "pile"}));
    let reporter = cases::store::reporter_of(&mut conn, case.id)
        .await
        .unwrap()
        .unwrap();
    let vault = &world.app.vault;
    assert_eq!(
        vault.open(&reporter.name_sealed.unwrap()).unwrap(),
        "演示居民"
    );
    assert_eq!(
        vault.open(&reporter.phone_sealed.unwrap()).unwrap(),
        "13812345678"
    );
    assert!(reporter.call_back);
    drop(conn);

    let xml = text(&client.get(&format!("/open311/v2/requests/{id}.xml")).await);
    assert_eq!(leaf(&xml, "service_requests/request/status"), "open");
    let list = client.get("/open311/v2/requests.json").await.json();
    assert_eq!(list[0]["service_request_id"], id.as_str());
}

#[tokio::test]
async fn places_are_found_by_code_and_by_whole_names_and_nothing_is_guessed() {
    let world = World::new().await;
    let mut client = world.client();
    let community = world.city.communities[1].to_string();
    let town = world.city.towns[0].to_string();
    let (school, grid) = (&world.city.dedicated.1, &world.city.grids[3].1);
    let tried = [
        (("address_id", grid.as_str()), Some(grid.as_str())),
        (("address_id", school.as_str()), Some(school.as_str())),
        (("address_id", community.as_str()), Some("somewhere")),
        (("address_id", town.as_str()), None),
        (
            ("address_string", "常州市天宁区雕庄街道水岸社区"),
            Some("somewhere"),
        ),
        (
            ("address_string", "天宁区 雕庄街道 朝阳花园社区小学"),
            Some(school.as_str()),
        ),
        (("address_string", "雕庄街道"), None),
        (("address_string", "第1网格"), None),
        (("address_string", "桥下面那条路"), None),
    ];
    for (place, expected) in tried {
        let form = [
            ("api_key", KEY),
            ("service_code", "M0101"),
            place,
            ("description", "垃圾"),
        ];
        let answer = client.post("/open311/v2/requests.json", &form).await;
        assert_eq!(answer.status, 200, "{place:?}: {}", text(&answer));
        let receipt = answer.json();
        let id = receipt[0]["service_request_id"].as_str().unwrap();
        let got = client
            .get(&format!("/open311/v2/requests/{id}.json"))
            .await
            .json();
        let (lat, found) = (&got[0]["lat"], got[0]["address_id"].as_str());
        match expected {
            None => {
                assert!(lat.is_null() && found.is_none(), "{place:?}: {got}");
                let notice = receipt[0]["service_notice"].as_str().unwrap();
                assert!(notice.contains("dispatcher"), "{notice}");
                assert_eq!(got[0]["status_notes"], "To accept");
            }
            Some("somewhere") => assert!(lat.is_number() && found.is_some(), "{place:?}: {got}"),
            Some(code) => assert_eq!(found, Some(code), "{place:?}: {got}"),
        }
    }
    let form = [
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("address_id", "999"),
        ("description", "垃圾"),
    ];
    let (status, code, words) = failure(&client.post("/open311/v2/requests.json", &form).await);
    assert_eq!((status, code), (400, 400));
    assert!(words.starts_with("address_id"), "{words}");
}

#[tokio::test]
async fn attributes_are_checked_and_several_values_are_kept() {
    let world = World::with(
        |matters| {
            let matter = matters.iter_mut().find(|m| m.code == "M0102").unwrap();
            let value = |key: &str| QuestionValue {
                key: key.into(),
                name: Bilingual::new(key, key),
            };
            matter.questions = vec![Question {
                code: "kinds".into(),
                datatype: Datatype::MultiValueList,
                required: true,
                description: Bilingual::new("哪些？", "Which?"),
                when: None,
                shared: None,
                values: vec![value("a"), value("b"), value("c")],
            }];
        },
        &[],
    )
    .await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let base = [
        ("api_key", KEY),
        ("service_code", "M0102"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
    ];
    let post = |more: &[(&'static str, &'static str)]| {
        let form: Vec<(&str, &str)> = base.iter().copied().chain(more.iter().copied()).collect();
        form
    };
    let refused = client.post("/open311/v2/requests.json", &post(&[])).await;
    let (status, _, words) = failure(&refused);
    assert_eq!(status, 400);
    assert_eq!(words, "attribute[kinds]: is required");
    let bad = post(&[("attribute[kinds][]", "d")]);
    let (status, _, words) = failure(&client.post("/open311/v2/requests.json", &bad).await);
    assert_eq!(status, 400);
    assert!(words.contains("\"d\""), "{words}");

    let good = post(&[("attribute[kinds][]", "a"), ("attribute[kinds][]", "c")]);
    let answer = client.post("/open311/v2/requests.json", &good).await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let id = answer.json()[0]["service_request_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/open311/v2/requests/{id}.json?extensions=true");
    let got = client.get(&path).await.json();
    assert_eq!(
        got[0]["attributes"],
        json!([{"code": "kinds", "values": ["a", "c"]}])
    );
    assert_eq!(got[0]["extended_attributes"]["channel"], "open311");
    assert_eq!(got[0]["extended_attributes"]["x"], got[0]["long"]);
    assert_eq!(got[0]["extended_attributes"]["photos"], json!([]));
    assert!(!got[0]["notes"].as_array().unwrap().is_empty(), "{got}");
    // Without words of the person, the service and the answers are the words.
    assert!(
        got[0]["description"].as_str().unwrap().contains("a、c"),
        "{got}"
    );
    let xml = text(
        &client
            .get(&format!("/open311/v2/requests/{id}.xml?extensions=true"))
            .await,
    );
    assert_eq!(
        leaf(
            &xml,
            "service_requests/request/attributes/attribute/values/value"
        ),
        "a"
    );
    assert!(!leaf(&xml, "service_requests/request/notes/note/datetime").is_empty());
    let plain = text(&client.get(&format!("/open311/v2/requests/{id}.xml")).await);
    assert!(
        !plain.contains("extended_attributes") && !plain.contains("<notes"),
        "{plain}"
    );
}

#[tokio::test]
async fn what_is_wrong_is_told_with_the_specified_codes() {
    let world = World::new().await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let good = [
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("description", "垃圾"),
    ];
    // Each line: the field that is changed, its new value (none: left out), status, words.
    let long_text = "长".repeat(4_001);
    let wrong: [(&str, Option<&str>, u16, &str); 14] = [
        ("api_key", None, 403, "api_key"),
        ("api_key", Some(""), 403, "api_key"),
        ("api_key", Some("another"), 403, "api_key"),
        (
            "jurisdiction_id",
            Some("elsewhere.example"),
            404,
            "jurisdiction_id",
        ),
        ("service_code", None, 400, "service_code"),
        ("service_code", Some("nothing"), 404, "service_code"),
        ("service_code", Some("M0601"), 404, "service_code"),
        ("lat", None, 400, "lat"),
        ("lat", Some("north"), 400, "lat"),
        ("lat", Some("91"), 400, "lat"),
        (
            "lat",
            Some("31.0"),
            400,
            "long: The place lies outside the city",
        ),
        (
            "description",
            Some("急"),
            400,
            "description: Please write 2 to 4000",
        ),
        ("description", Some(&long_text), 400, "description"),
        (
            "phone",
            Some("call me"),
            400,
            "phone: That is not a telephone number",
        ),
    ];
    for (field, value, status, words) in wrong {
        let form: Vec<(&str, &str)> = good
            .iter()
            .copied()
            .filter(|(name, _)| *name != field)
            .chain(value.map(|v| (field, v)))
            .collect();
        let answer = client.post("/open311/v2/requests.json", &form).await;
        let (got, code, told) = failure(&answer);
        assert_eq!(
            (got, code),
            (status, u64::from(status)),
            "{field} {value:?}: {told}"
        );
        assert!(told.contains(words), "{field} {value:?}: {told}");
    }
    let no_place = [
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("description", "垃圾"),
    ];
    let (status, _, words) = failure(&client.post("/open311/v2/requests.json", &no_place).await);
    assert_eq!(status, 400);
    assert!(words.contains("address_string"), "{words}");
    let list = client.get("/open311/v2/requests.json").await.json();
    assert_eq!(list, json!([]), "nothing was saved");
    let tokens: i64 = sqlx::query_scalar("select count(*) from open311_tokens")
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(tokens, 0);

    for (path, status) in [
        ("/open311/v2/services.json?jurisdiction_id=x", 404),
        ("/open311/v2/services.json?api_key=wrong", 403),
        ("/open311/v2/requests/000000-00000.json", 404),
        ("/open311/v2/tokens/nothing.json", 404),
        ("/open311/v2/requests.json?status=pending", 400),
        ("/open311/v2/requests.json?start_date=yesterday", 400),
        (
            "/open311/v2/requests.json?start_date=2026-01-01T00:00:00",
            400,
        ),
        (
            "/open311/v2/requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z",
            400,
        ),
        (
            "/open311/v2/requests.json?start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z",
            400,
        ),
        ("/open311/v2/requests.json?page_size=1001", 400),
        ("/open311/v2/requests.json?extensions=maybe", 400),
        ("/open311/v2/requests.json?lat=31.8", 400),
        ("/open311/v2/nothing.json", 404),
        ("/open311/nothing/at/all.json", 404),
    ] {
        let (got, code, told) = failure(&client.get(path).await);
        assert_eq!((got, code), (status, u64::from(status)), "{path}: {told}");
    }
    for path in [
        "/open311/v2/services",
        "/open311/v2/services/M0101",
        "/open311/v2/requests/1.csv",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(leaf(&text(&answer), "errors/error/code"), "404");
    }
    let body = axum::body::Body::from("{}");
    let answer = client
        .send("/open311/v2/requests.json", "application/json", body)
        .await;
    let (status, _, words) = failure(&answer);
    assert_eq!(status, 400);
    assert!(words.contains("form"), "{words}");

    client
        .0
        .headers
        .insert("accept-language", "zh-CN".parse().unwrap());
    let (_, _, words) = failure(&client.get("/open311/v2/requests/1.json").await);
    assert_eq!(words, "service_request_id：未找到诉求“1”");
    let form = [good.as_slice(), &[("phone", "call me")]].concat();
    let (_, _, words) = failure(&client.post("/open311/v2/requests.json", &form).await);
    assert!(
        words.starts_with("phone：") && !words.contains("telephone"),
        "{words}"
    );
}

#[tokio::test]
async fn a_key_that_was_revoked_or_may_not_post_is_refused() {
    let world = World::new().await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let post = |key: &'static str| {
        [
            ("api_key", key.to_owned()),
            ("service_code", "M0101".to_owned()),
            ("lat", lat.1.clone()),
            ("long", long.1.clone()),
            ("description", "垃圾".to_owned()),
        ]
    };
    let mut conn = world.db.pool.acquire().await.unwrap();
    store::add_key(&mut conn, "a reader", "only-reads")
        .await
        .unwrap();
    sqlx::query("update api_keys set may_post = false where name = 'a reader'")
        .execute(&mut *conn)
        .await
        .unwrap();
    for (key, expected) in [(KEY, 200), ("only-reads", 403)] {
        let form = post(key);
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = client.post("/open311/v2/requests.json", &form).await;
        assert_eq!(answer.status, expected, "{key}: {}", text(&answer));
    }
    assert_eq!(
        client
            .get("/open311/v2/requests.json?api_key=only-reads")
            .await
            .status,
        200
    );
    let now = world.app.clock.now();
    assert!(store::revoke_key(&mut conn, KEY, now).await.unwrap());
    assert!(!store::revoke_key(&mut conn, KEY, now).await.unwrap());
    // Adding a revoked key again does not bring it back.
    store::add_key(&mut conn, "again", KEY).await.unwrap();
    let form = post(KEY);
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let (status, _, words) = failure(&client.post("/open311/v2/requests.json", &form).await);
    assert_eq!(status, 403);
    assert!(words.starts_with("api_key"), "{words}");
    let kept: Vec<Vec<u8>> = sqlx::query_scalar("select key_hash from api_keys")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    assert!(
        kept.iter()
            .all(|hash| hash.len() == 32 && hash != KEY.as_bytes())
    );
}

#[tokio::test]
async fn requests_are_filtered_by_everything_the_specification_names() {
    let world = World::new().await;
    let mut client = world.client();
    let first = world.garbage().await;
    world.app.clock.set_offset_us(60 * 1_000_000);
    let second = world.garbage().await;
    let (lon, lat) = world.city.place(3, 1);
    let (far_lat, far_lon) = (lat.to_string(), lon.to_string());
    let form = [
        ("api_key", KEY),
        ("service_code", "M0103"),
        ("lat", far_lat.as_str()),
        ("long", far_lon.as_str()),
        ("description", "很远的地方"),
    ];
    let third =
        client.post("/open311/v2/requests.json", &form).await.json()[0]["service_request_id"]
            .as_str()
            .unwrap()
            .to_owned();
    let [lat, long] = world.here();
    let near = format!("lat={}&long={}&radius=500", lat.1, long.1);
    let now = world.app.clock.now();
    let between = now.plus_s(-30).to_string();
    let future = now.plus_s(3_600).to_string();
    let all = [&third, &second, &first];
    let tried: Vec<(String, Vec<&String>)> = vec![
        (String::new(), all.to_vec()),
        ("service_code=M0103".into(), vec![&third]),
        ("service_code=M0103,M0101".into(), all.to_vec()),
        ("service_code=unknown".into(), vec![]),
        ("status=open".into(), all.to_vec()),
        ("status=closed".into(), vec![]),
        ("status=open,closed".into(), all.to_vec()),
        (format!("start_date={between}"), vec![&third, &second]),
        (format!("end_date={between}"), vec![&first]),
        (
            format!("start_date={between}&end_date={future}"),
            vec![&third, &second],
        ),
        (format!("updated_after={between}"), vec![&third, &second]),
        (near, vec![&second, &first]),
        ("page_size=2".into(), vec![&third, &second]),
        ("page_size=2&page=2".into(), vec![&first]),
        ("page_size=2&page=3".into(), vec![]),
        (
            format!(
                "service_request_id={first},{third},unknown&status=closed&service_code=M0102&start_date=bad"
            ),
            vec![&third, &first],
        ),
    ];
    for (query, expected) in tried {
        let answer = client
            .get(&format!("/open311/v2/requests.json?{query}"))
            .await;
        assert_eq!(answer.status, 200, "{query}: {}", text(&answer));
        let list = answer.json();
        let got: Vec<&str> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["service_request_id"].as_str().unwrap())
            .collect();
        assert_eq!(got, expected, "{query}");
    }

    // A hundred days later nothing is within the last ninety, but ids still find it.
    world.app.clock.set_offset_us(100 * 86_400 * 1_000_000);
    assert_eq!(
        client.get("/open311/v2/requests.json").await.json(),
        json!([])
    );
    let path = format!("/open311/v2/requests.json?service_request_id={first}");
    assert_eq!(client.get(&path).await.json().as_array().unwrap().len(), 1);
    let xml = text(&client.get("/open311/v2/requests.xml").await);
    assert!(xml.contains("<service_requests/>"), "{xml}");
}

#[tokio::test]
async fn at_most_a_thousand_requests_are_answered() {
    let world = World::new().await;
    let id = world.garbage().await;
    let mut owner = world.db.owner().await;
    sqlx::query(
        "insert into cases (id, number, matter, category, urgency, stage, source, net, area,
           reported_at, updated_at, open, version, state)
         select gen_random_uuid(), 'x' || n, matter, category, urgency, stage, source, net, area,
           reported_at, updated_at, open, version,
           jsonb_set(state, '{number}', to_jsonb('x' || n))
         from cases, generate_series(1, 1005) n where number = $1",
    )
    .bind(&id)
    .execute(&mut owner)
    .await
    .unwrap();
    let list = world.client().get("/open311/v2/requests.json").await.json();
    assert_eq!(list.as_array().unwrap().len(), 1_000);
    let rest = world
        .client()
        .get("/open311/v2/requests.json?page=2")
        .await
        .json();
    assert_eq!(rest.as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn matters_about_persons_are_told_to_nobody_but_the_key_that_filed_them() {
    let world = World::new().await;
    let mut client = world.client();
    let mut conn = world.db.pool.acquire().await.unwrap();
    store::add_key(&mut conn, "another", "another-key")
        .await
        .unwrap();
    drop(conn);
    let [lat, long] = world.here();
    let form = [
        ("api_key", KEY),
        ("service_code", "M0404"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("address_string", "某幢某室"),
        ("description", "邻居之间的事"),
    ];
    let answer = client.post("/open311/v2/requests.json", &form).await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let id = answer.json()[0]["service_request_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for query in ["", "?api_key=another-key"] {
        let answer = client
            .get(&format!("/open311/v2/requests/{id}.json{query}"))
            .await;
        assert_eq!(answer.status, 404, "{query}");
        let list = client
            .get(&format!("/open311/v2/requests.json{query}"))
            .await
            .json();
        assert_eq!(list, json!([]), "{query}");
        let updates = client
            .get(&format!("/open311/v2/servicerequestupdates.json{query}"))
            .await;
        assert_eq!(updates.json(), json!([]), "{query}");
    }
    let path = format!("/open311/v2/requests/{id}.json?api_key={KEY}&extensions=true");
    let own = client.get(&path).await.json();
    assert_eq!(own[0]["service_request_id"], id.as_str());
    assert_eq!(own[0]["status"], "open");
    for hidden in [
        "description",
        "address",
        "address_id",
        "lat",
        "long",
        "media_url",
    ] {
        assert!(own[0][hidden].is_null(), "{hidden}: {own}");
    }
    let list = client
        .get(&format!("/open311/v2/requests.json?api_key={KEY}"))
        .await
        .json();
    assert_eq!(list, json!([]), "never in lists");
}

#[tokio::test]
async fn a_request_sent_again_with_the_clients_own_id_is_the_same_request() {
    let world = World::new().await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let form = [
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("description", "垃圾"),
        ("client_request_id", "app-1"),
    ];
    let picture: &[u8] = include_bytes!("picture.png");
    let path = "/open311/v2/requests.json";
    let first = client.post_files(path, &form, &[picture]).await.json();
    let again = client.post_files(path, &form, &[picture]).await.json();
    assert!(first[0]["service_request_id"].is_string(), "{first}");
    assert_eq!(first, again);
    let other = client.post(path, &form[..5]).await.json();
    assert_ne!(
        first[0]["service_request_id"],
        other[0]["service_request_id"]
    );
    let list = client.get(path).await.json();
    assert_eq!(list.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_that_was_given_out_leads_to_the_id() {
    let world = World::new().await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let form = [
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("description", "垃圾"),
        ("receipt", "token"),
    ];
    let receipt = client.post("/open311/v2/requests.json", &form).await.json();
    assert!(receipt[0].get("service_request_id").is_none(), "{receipt}");
    let token = receipt[0]["token"].as_str().unwrap();
    let told = client
        .get(&format!("/open311/v2/tokens/{token}.json"))
        .await
        .json();
    assert_eq!(told[0]["token"], token);
    let id = told[0]["service_request_id"].as_str().unwrap();
    assert_eq!(
        client
            .get(&format!("/open311/v2/requests/{id}.json"))
            .await
            .status,
        200
    );
    let xml = text(&client.get(&format!("/open311/v2/tokens/{token}.xml")).await);
    assert_eq!(
        leaf(&xml, "service_requests/request/service_request_id"),
        id
    );
}

#[tokio::test]
async fn a_browser_with_a_session_cannot_be_made_to_post() {
    let world = World::new().await;
    let mut browser = testkit::Browser::new(world.router.clone())
        .signed_in("accept.1")
        .await;
    browser.headers.remove("x-gridwork");
    let request = axum::http::Request::post("/open311/v2/requests.json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(format!("api_key={KEY}")))
        .unwrap();
    let answer = browser.request(request).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "csrf.missing")
    );
}

#[tokio::test]
async fn too_many_posts_by_one_key_are_told_to_wait() {
    let world = World::new().await;
    let mut client = world.client();
    let form = [("api_key", KEY)];
    for _ in 0..120 {
        assert_eq!(
            client.post("/open311/v2/requests.json", &form).await.status,
            400
        );
    }
    let answer = client.post("/open311/v2/requests.json", &form).await;
    // A new window may have begun in between.
    if answer.status == 400 {
        return;
    }
    let (status, code, _) = failure(&answer);
    assert_eq!((status, code), (429, 429));
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(client.get("/open311/v2/requests.json").await.status, 200);
}
