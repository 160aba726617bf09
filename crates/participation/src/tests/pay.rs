//! Allowances: counted from work that was checked, never from reports; two people; objections.

use kernel::PersonId;
use serde_json::{Value, json};
use testkit::Browser;
use uuid::Uuid;

use super::{Hall, hall};

impl Hall {
    /// A case with these events, each as (kind, who, minutes after the month's fifth day).
    async fn case(&self, number: &str, events: &[(&str, Option<PersonId>, i32)]) {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into cases (id, number, stage, source, net, area, reported_at, updated_at, open, version, state)
             values ($1, $2, 'closed', 'call', 1, $3, now(), now(), false, 1, '{\"clocks\": []}')",
        )
        .bind(id)
        .bind(number)
        .bind(self.city.communities[0])
        .execute(&self.db.pool)
        .await
        .unwrap();
        for (version, (kind, person, minutes)) in (1..).zip(events) {
            sqlx::query(
                "insert into case_events (id, case_id, version, at, kind, person, body)
                 values ($1, $2, $3, date_trunc('month', now() - interval '40 days') + interval '5 days'
                    + make_interval(mins => $4), $5, $6, '{}')",
            )
            .bind(Uuid::now_v7())
            .bind(id)
            .bind(version)
            .bind(minutes)
            .bind(kind)
            .bind(person)
            .execute(&self.db.pool)
            .await
            .unwrap();
        }
    }

    /// The first grid's worker serves part-time, since long ago.
    async fn part_timer(&self) -> PersonId {
        let person = self.city.member("grid.1").person;
        sqlx::query("update appointments set kind = 'part_time', valid_from = now() - interval '1 year' where person = $1")
            .bind(person)
            .execute(&self.db.pool)
            .await
            .unwrap();
        person
    }

    async fn month(&self) -> String {
        sqlx::query_scalar("select to_char(date_trunc('month', now() - interval '40 days') + interval '5 days', 'YYYY-MM')")
            .fetch_one(&self.db.pool)
            .await
            .unwrap()
    }
}

async fn counted(hall: &Hall, chief: &mut Browser) -> Value {
    let form = json!({"id": Uuid::now_v7(), "area": hall.city.communities[0].to_string(), "month": hall.month().await});
    let answer = chief.post("/api/allowances", form).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.json()
}

#[tokio::test]
async fn only_work_that_was_checked_is_paid_and_never_what_somebody_reported_themself() {
    let hall = hall().await;
    let worker = Some(hall.part_timer().await);
    let other = Some(hall.city.member("grid.2").person);
    let verifier = Some(hall.city.member("verify.1").person);
    hall.case(
        "c-1",
        &[
            ("reported", None, 0),
            ("handled", worker, 10),
            ("passed", verifier, 20),
        ],
    )
    .await;
    // Failed once, passed later: once. Passed and then confirmed: once.
    hall.case(
        "c-2",
        &[
            ("reported", None, 0),
            ("handled", worker, 10),
            ("failed", verifier, 20),
            ("handled", worker, 30),
            ("passed", verifier, 40),
            ("confirmed", None, 50),
        ],
    )
    .await;
    // Not checked; handled by another; reported by the worker; put right on the spot by who reported it.
    hall.case("c-3", &[("reported", None, 0), ("handled", worker, 10)])
        .await;
    hall.case(
        "c-4",
        &[
            ("reported", None, 0),
            ("handled", other, 10),
            ("passed", verifier, 20),
        ],
    )
    .await;
    hall.case(
        "c-5",
        &[
            ("reported", worker, 0),
            ("handled", worker, 10),
            ("passed", verifier, 20),
        ],
    )
    .await;
    hall.case(
        "c-6",
        &[
            ("reported", worker, 0),
            ("self_handled", worker, 0),
            ("passed", verifier, 20),
        ],
    )
    .await;
    hall.case(
        "c-7",
        &[
            ("reported", None, 0),
            ("sub_task_done", worker, 10),
            ("handled", other, 15),
            ("passed", verifier, 20),
        ],
    )
    .await;
    let mut chief = hall.door.signed_in("chief.1").await;
    let page = counted(&hall, &mut chief).await;
    let lines = page["lines"].as_array().unwrap();
    let line = |rate: &str| lines.iter().find(|l| l["rate"] == rate).unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(line("handled")["evidence"], json!(["c-1", "c-2"]));
    assert_eq!(line("handled")["total_cents"], 3000);
    assert_eq!(line("sub_task")["evidence"], json!(["c-7"]));
    let again = counted(&hall, &mut chief).await;
    assert_eq!(
        again["sheet"]["id"], page["sheet"]["id"],
        "a month has one sheet"
    );
    assert_eq!(again["lines"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn who_was_left_off_objects_and_a_recount_loses_no_objection() {
    let hall = hall().await;
    let worker = hall.part_timer().await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let page = counted(&hall, &mut keeper).await;
    assert_eq!(page["lines"], json!([]));
    let sheet = page["sheet"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/my/allowance-sheets/{sheet}/objections");
    let objection = json!({"id": Uuid::now_v7(), "rate": "handled", "text": "这个月办结过一件"});
    let mut stranger = hall.door.signed_in("grid.2").await;
    assert_eq!(
        stranger.post(&path, objection.clone()).await.code(),
        "allowance.not_found"
    );
    let mut own = hall.door.signed_in("grid.1").await;
    let open = own.get("/api/my/allowances").await.json();
    assert_eq!(open["sheets"][0]["id"], sheet, "{open}");
    let unknown = json!({"id": Uuid::now_v7(), "rate": "wishes", "text": "这个月办结过一件"});
    assert_eq!(
        own.post(&path, unknown).await.json()["fields"][0]["code"],
        "allowance.rate_counted"
    );
    for _ in 0..2 {
        let said = own.post(&path, objection.clone()).await;
        assert_eq!(said.status, 200, "{:?}", said.body);
        let lines = said.json()["lines"].clone();
        assert_eq!(lines.as_array().map(Vec::len), Some(1), "{lines}");
        assert_eq!(lines[0]["pieces"], 0.0);
        assert_eq!(lines[0]["objections"][0]["text"], "这个月办结过一件");
    }
    // Counted again with nothing new: the objection stays, and so does what is granted.
    let page = counted(&hall, &mut keeper).await;
    assert_eq!(page["lines"][0]["objections"][0]["answer"], json!(null));
    let answer = format!(
        "/api/allowance-objections/{}/answer",
        objection["id"].as_str().unwrap()
    );
    let granted = json!({"answer": "已补计一件", "paid": 1});
    assert_eq!(keeper.post(&answer, granted).await.status, 200);
    let page = counted(&hall, &mut keeper).await;
    assert_eq!(page["lines"][0]["paid"], 1.0);
    // Counted after all, and once more.
    let verifier = Some(hall.city.member("verify.1").person);
    for (number, most) in [("c-1", 1.0), ("c-2", 2.0)] {
        let events = [
            ("reported", None, 0),
            ("handled", Some(worker), 10),
            ("passed", verifier, 20),
        ];
        hall.case(number, &events).await;
        let page = counted(&hall, &mut keeper).await;
        assert_eq!(page["lines"][0]["paid"], most, "{number}");
        assert_eq!(page["lines"][0]["objections"][0]["answer"], "已补计一件");
    }
}

#[tokio::test]
async fn a_sheet_takes_two_people_and_waits_for_objections() {
    let hall = hall().await;
    let worker = hall.part_timer().await;
    let verifier = Some(hall.city.member("verify.1").person);
    hall.case(
        "c-1",
        &[
            ("reported", None, 0),
            ("handled", Some(worker), 10),
            ("passed", verifier, 20),
        ],
    )
    .await;
    let mut keeper = hall.door.signed_in("keeper.1").await;
    let page = counted(&hall, &mut keeper).await;
    let id = page["sheet"]["id"].as_str().unwrap().to_owned();
    let step = |what: &str| format!("/api/allowances/{id}/{what}");
    let mut wide = hall.door.signed_in("keeper.2").await;
    assert_eq!(
        wide.post(&step("approve"), json!({})).await.code(),
        "allowance.not_proposed"
    );
    assert_eq!(keeper.post(&step("propose"), json!({})).await.status, 200);
    assert_eq!(
        keeper.post(&step("approve"), json!({})).await.code(),
        "allowance.same_person"
    );
    // The worker sees the line and objects; others do not see it.
    let mut own = hall.door.signed_in("grid.1").await;
    let lines = own.get("/api/my/allowances").await.json();
    let line = lines["lines"][0]["id"].as_str().unwrap().to_owned();
    let objection = json!({"id": Uuid::now_v7(), "text": "还有一件没有计入"});
    let path = format!("/api/my/allowances/{line}/objections");
    let mut stranger = hall.door.signed_in("grid.2").await;
    assert_eq!(
        stranger.post(&path, objection.clone()).await.code(),
        "allowance.not_found"
    );
    assert_eq!(own.post(&path, objection.clone()).await.status, 200);
    assert_eq!(
        wide.post(&step("approve"), json!({})).await.code(),
        "allowance.objections_open"
    );
    let answer = format!(
        "/api/allowance-objections/{}/answer",
        objection["id"].as_str().unwrap()
    );
    let right = keeper
        .post(&answer, json!({"answer": "补计一件", "paid": 2}))
        .await
        .json();
    assert_eq!(right["lines"][0]["total_cents"], 3000);
    assert_eq!(
        wide.get(&step("payroll.xlsx")).await.code(),
        "allowance.not_approved"
    );
    assert_eq!(wide.post(&step("approve"), json!({})).await.status, 200);
    assert_eq!(wide.get(&step("payroll.xlsx")).await.status, 200);
    assert_eq!(
        (
            hall.logged("allowance.approved").await,
            hall.logged("allowance.taken").await
        ),
        (1, 1)
    );
    let late = json!({"id": Uuid::now_v7(), "text": "再补一件可以吗"});
    assert_eq!(own.post(&path, late).await.code(), "allowance.approved");
}
