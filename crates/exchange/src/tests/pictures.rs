//! Pictures that come along and pictures that are fetched.

use std::net::IpAddr;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::Redirect;
use axum::routing::get;
use serde_json::json;

use super::{KEY, World, failure, text};
use crate::fetch::{Refusal, fetch, is_open};

const PICTURE: &[u8] = include_bytes!("picture.png");

/// A web server of this machine; answers its address.
async fn elsewhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new()
        .route(
            "/a.png",
            get(|| async { ([(header::CONTENT_TYPE, "image/png")], PICTURE) }),
        )
        .route("/page.html", get(|| async { "<html>not a picture</html>" }))
        .route(
            "/away",
            get(|| async { Redirect::temporary("http://169.254.169.254/latest") }),
        )
        .route("/none", get(|| async { (StatusCode::NOT_FOUND, PICTURE) }))
        .route(
            "/big",
            get(|| async { vec![0_u8; crate::fetch::MOST_BYTES + 1] }),
        )
        .route(
            "/endless",
            get(|| async {
                let pieces = futures_util::stream::repeat_with(|| {
                    Ok::<_, std::io::Error>(axum::body::Bytes::from(vec![0_u8; 1 << 20]))
                });
                axum::body::Body::from_stream(pieces)
            }),
        );
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address.to_string()
}

#[tokio::test]
async fn a_picture_is_fetched_made_anew_and_shown() {
    let host = elsewhere().await;
    let world = World::with(|_| {}, &[&host]).await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let url = format!("http://{host}/a.png");
    let form = [
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("description", "垃圾"),
        ("media_url", url.as_str()),
    ];
    let answer = client.post("/open311/v2/requests.json", &form).await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let list = client
        .get("/open311/v2/requests.json?extensions=true")
        .await
        .json();
    let shown = list[0]["media_url"].as_str().unwrap();
    assert!(
        shown.starts_with("http://127.0.0.1:8320/api/media/"),
        "{shown}"
    );
    assert!(!shown.contains(&host));
    assert_eq!(list[0]["extended_attributes"]["photos"], json!([shown]));
    let mime: String = sqlx::query_scalar("select mime from media")
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(mime, "image/jpeg");
}

#[tokio::test]
async fn a_picture_that_cannot_be_had_saves_nothing_and_names_media_url() {
    let host = elsewhere().await;
    let world = World::with(|_| {}, &[&host]).await;
    let mut client = world.client();
    let [lat, long] = world.here();
    for (url, words) in [
        (format!("http://{host}/page.html"), "media_url: Only JPEG"),
        (
            format!("http://{host}/none"),
            "media_url: There is no picture",
        ),
        (
            format!("http://{host}/away"),
            "media_url: There is no picture",
        ),
        (
            format!("http://{host}/big"),
            "media_url: The picture at this address is larger",
        ),
        (
            "http://127.0.0.1:9/a.png".to_owned(),
            "media_url: Pictures are not fetched",
        ),
        ("ftp://example.com/a.png".to_owned(), "media_url"),
        ("file:///etc/passwd".to_owned(), "media_url"),
    ] {
        let form = [
            ("api_key", KEY),
            ("service_code", "M0101"),
            ("lat", lat.1.as_str()),
            ("long", long.1.as_str()),
            ("description", "垃圾"),
            ("media_url", url.as_str()),
        ];
        let (status, code, told) = failure(&client.post("/open311/v2/requests.json", &form).await);
        assert_eq!((status, code), (400, 400), "{url}");
        assert!(told.contains(words), "{url}: {told}");
    }
    assert_eq!(
        client.get("/open311/v2/requests.json").await.json(),
        json!([])
    );
    let kept: i64 = sqlx::query_scalar("select count(*) from media")
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn pictures_may_come_along_in_a_multipart_form() {
    let world = World::new().await;
    let mut client = world.client();
    let [lat, long] = world.here();
    let form = [
        ("api_key", KEY),
        ("service_code", "M0101"),
        ("lat", lat.1.as_str()),
        ("long", long.1.as_str()),
        ("description", "两张照片"),
        ("attribute[amount]", "bag"),
    ];
    let path = "/open311/v2/requests.json";
    let answer = client.post_files(path, &form, &[PICTURE, PICTURE]).await;
    assert_eq!(answer.status, 200, "{}", text(&answer));
    let kept: i64 =
        sqlx::query_scalar("select count(*) from case_media where by_kind = 'reporter'")
            .fetch_one(&world.db.pool)
            .await
            .unwrap();
    assert_eq!(kept, 2);
    let six = [PICTURE; 6];
    for (files, words) in [
        (&[b"no picture".as_slice()][..], "media: Only JPEG"),
        (&six[..], "At most 5"),
    ] {
        let (status, _, told) = failure(&client.post_files(path, &form, files).await);
        assert_eq!(status, 400);
        assert!(told.contains(words), "{told}");
    }
    let refused = [form.as_slice(), &[("phone", "call me")]].concat();
    let (status, _, _) = failure(&client.post_files(path, &refused, &[PICTURE]).await);
    assert_eq!(status, 400);
    let kept: i64 = sqlx::query_scalar("select count(*) from media where erased_at is null")
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(kept, 2, "pictures of what was refused are not kept");
    let broken = axum::body::Body::from("--edge\r\nContent-Dis");
    let kind = "multipart/form-data; boundary=edge";
    assert_eq!(client.send(path, kind, broken).await.status, 400);
}

#[tokio::test]
async fn nothing_private_is_ever_reached() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let host = elsewhere().await;
    let port = host.rsplit(':').next().unwrap();
    let exempt = [host.clone()];
    assert_eq!(
        fetch(&format!("http://{host}/a.png"), &exempt)
            .await
            .unwrap(),
        PICTURE
    );
    // The same server by other names, none of them exempt.
    for name in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        let got = fetch(&format!("http://{name}:{port}/a.png"), &[]).await;
        assert_eq!(got, Err(Refusal::Address), "{name}");
    }
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "https://user:secret@example.com/a.png",
        "http://8.8.8.8:22/",
        "ftp://8.8.8.8/a.png",
        "gopher://8.8.8.8/",
        "//8.8.8.8/a.png",
        "",
    ] {
        assert_eq!(fetch(url, &[]).await, Err(Refusal::Address), "{url}");
    }
    // An exemption is for that host and port alone, and what it answers leads nowhere else.
    let other = ["127.0.0.1:1".to_owned()];
    assert_eq!(
        fetch(&format!("http://{host}/a.png"), &other).await,
        Err(Refusal::Address)
    );
    for (path, expected) in [
        ("away", Refusal::Unreachable),
        ("none", Refusal::Unreachable),
        ("big", Refusal::TooLarge),
        ("endless", Refusal::TooLarge),
    ] {
        let got = fetch(&format!("http://{host}/{path}"), &exempt).await;
        assert_eq!(got, Err(expected), "{path}");
    }
}

#[test]
fn only_the_open_internet_is_open() {
    for open in [
        "8.8.8.8",
        "114.114.114.114",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ] {
        assert!(is_open(open.parse::<IpAddr>().unwrap()), "{open}");
    }
    for closed in [
        "0.1.2.3",
        "100.64.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "240.0.0.1",
        "::",
        "::1",
        "::8.8.8.8",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "64:ff9b:1::1",
        "64:ff9b::a00:1",
        "100::1",
    ] {
        assert!(!is_open(closed.parse::<IpAddr>().unwrap()), "{closed}");
    }
}
