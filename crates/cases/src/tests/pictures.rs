//! Pictures, documents and videos on their way in, at the desk, and on their way out.

use axum::http::header;
use serde_json::json;
use testkit::Browser;
use uuid::Uuid;

use super::town::*;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\nstartxref\n9\n%%EOF";

async fn send(browser: &mut Browser, path: &str, bytes: &[u8]) -> testkit::Answer {
    browser.request(multipart(path, bytes)).await
}

#[tokio::test]
async fn what_is_no_picture_is_refused_by_its_content_and_nothing_is_kept() {
    let town = town().await;
    for (bytes, status, code) in [
        (&b"<html>"[..], 415, "media.type"),
        (b"GIF89a", 415, "media.type"),
        (PDF, 415, "media.type"),
        (b"\xff\xd8\xff\xe0 broken", 422, "form.invalid"),
        (b"", 422, "form.invalid"),
    ] {
        let answer = send(&mut town.anybody(), "/api/public/media", bytes).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{bytes:?}: {}",
            answer.json()
        );
    }
    assert_eq!(town.count("select count(*) from media").await, 0);
}

#[tokio::test]
async fn a_picture_is_fetched_by_the_address_given_out_and_by_no_other() {
    let town = town().await;
    let answer = send(&mut town.anybody(), "/api/public/media", &picture(4)).await;
    let made = answer.json();
    assert_eq!(
        (&made["kind"], &made["width"]),
        (&json!("photo"), &json!(320))
    );
    let url = made["url"].as_str().unwrap();
    let shown = town.anybody().get(url).await;
    assert_eq!(
        (
            shown.status,
            shown.headers[header::CONTENT_TYPE].to_str().unwrap()
        ),
        (200, "image/jpeg")
    );
    assert_eq!(
        town.anybody()
            .get(made["thumb_url"].as_str().unwrap())
            .await
            .status,
        200
    );
    let bare = url.split('?').next().unwrap();
    for wrong in [
        bare.to_owned(),
        format!("{bare}?t=guess"),
        url.replace("full", "file"),
    ] {
        assert_eq!(town.anybody().get(&wrong).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn documents_are_for_staff_and_come_as_downloads_that_cannot_run() {
    let town = town().await;
    let mut staff = town.signed_in("handler.cg.1").await;
    let acting = b"%PDF-1.7\n<</OpenAction 3 0 R /#4aavaScript (x)>>";
    let refused = send(&mut staff, "/api/media", acting).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (415, "media.pdf_acts")
    );
    let made = send(&mut staff, "/api/media", PDF).await;
    assert_eq!(
        (made.status, made.json()["kind"].clone()),
        (201, json!("document"))
    );
    let url = made.json()["url"].as_str().unwrap().to_owned();
    let got = staff.get(&url).await;
    assert_eq!((got.status, &got.body[..]), (200, PDF));
    assert_eq!(
        got.headers[header::CONTENT_TYPE],
        "application/octet-stream"
    );
    assert_eq!(got.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(
        got.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert_eq!(town.anybody().get(&url).await.status, 404);
}

#[tokio::test]
async fn a_picture_blurred_at_the_desk_takes_the_place_of_the_old_one_everywhere() {
    let town = town().await;
    let photo = town.picture(6).await;
    let mut body = town.about("M0102", 0, 0);
    body["media"] = json!([photo]);
    let receipt = town.report(body).await;
    let before = town.page("dispatch.1", &receipt).await["case"]["media"][0].clone();
    let path = format!("/api/media/{}/blur", photo.as_str().unwrap());
    let areas = json!({"areas": [[0.1, 0.1, 0.3, 0.3]]});
    // Who does not see the case does not see its pictures.
    for login in ["accept.t2", "handler.hw.1"] {
        let answer = town.signed_in(login).await.post(&path, areas.clone()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "media.not_found"),
            "{login}"
        );
    }
    let mut desk = town.signed_in("accept.1").await;
    for wrong in [
        json!({"areas": []}),
        json!({"areas": [[2.0, 0.0, 0.1, 0.1]]}),
    ] {
        let answer = desk.post(&path, wrong).await;
        assert_eq!(
            (answer.status, answer.json()["fields"][0]["field"].clone()),
            (422, json!("areas"))
        );
    }
    let answer = desk.post(&path, areas.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let new = answer.json()["id"].clone();
    assert_ne!(new, photo);
    let page = town.page("dispatch.1", &receipt).await;
    let media = page["case"]["media"].as_array().unwrap();
    assert_eq!((media.len(), &media[0]["id"]), (1, &new));
    assert!(
        page["case"]["thumb_url"]
            .as_str()
            .unwrap()
            .contains(new.as_str().unwrap())
    );
    assert_eq!(town.progress(&receipt).await["media"][0]["id"], new);
    // The old one is gone, for whoever kept its address too.
    assert_eq!(
        town.anybody()
            .get(before["url"].as_str().unwrap())
            .await
            .status,
        404
    );
    assert_eq!(
        town.anybody()
            .get(answer.json()["url"].as_str().unwrap())
            .await
            .status,
        200
    );
    assert_eq!(desk.post(&path, areas.clone()).await.status, 404);
    let loose = format!("/api/media/{}/blur", Uuid::now_v7());
    assert_eq!(desk.post(&loose, areas).await.status, 404);
    assert_eq!(town.history(&receipt).await.last().unwrap(), "blurred");
    town.sound().await;
}

#[tokio::test]
async fn a_picture_is_evidence_once_by_the_one_who_made_it_and_after_the_work_was_given() {
    let town = town().await;
    let early = town.picture_by("handler.cg.1", 11).await;
    town.wait(1);
    let before = town.picture(12).await;
    let mut body = town.about("M0102", 0, 0);
    body["media"] = json!([before]);
    let receipt = town.report(body.clone()).await;
    // Sent again, the report is the same and its picture still its own.
    assert_eq!(town.report(body).await, receipt);
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    let foreign = town.picture_by("handler.hw.1", 13).await;
    let show = |photo: &serde_json::Value| json!({"text": "已清运", "media": [{"id": photo, "purpose": "after"}]});
    let mut staff = town.signed_in("handler.cg.1").await;
    for (photo, code) in [
        (&before, "media.not_yours"),
        (&foreign, "media.not_yours"),
        (&early, "media.before_the_work"),
        (&json!(Uuid::now_v7()), "media.unknown"),
    ] {
        let order = json!({"id": Uuid::now_v7(), "command": "handle", "body": show(photo)});
        let path = format!(
            "/api/cases/{}/commands",
            receipt["case_id"].as_str().unwrap()
        );
        let answer = staff.post(&path, order).await;
        let fault = &answer.json()["fields"][0];
        assert_eq!(
            (answer.status, &fault["field"], &fault["code"]),
            (422, &json!("media.0"), &json!(code)),
            "{}",
            answer.json()
        );
    }
    town.handle("handler.cg.1", &receipt).await;

    // Used for one case, it is no evidence for another; a resident has no use for the staff's.
    let after = town.page("handler.cg.1", &receipt).await["case"]["media"][1]["id"].clone();
    let mut next = town.about("M0102", 0, 1);
    next["media"] = json!([before]);
    for (photo, code) in [(&before, "media.used_already"), (&after, "media.not_yours")] {
        next["id"] = json!(Uuid::now_v7());
        next["media"] = json!([photo]);
        let answer = town
            .anybody()
            .post("/api/public/reports", next.clone())
            .await;
        assert_eq!(
            answer.json()["fields"][0]["code"],
            code,
            "{}",
            answer.json()
        );
    }
}
