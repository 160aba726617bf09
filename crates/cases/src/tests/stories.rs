//! Two whole lives, told through the routes.

use serde_json::{Value, json};

use super::town::*;

#[tokio::test]
async fn a_report_is_located_sent_by_rule_handled_verified_confirmed_and_rated() {
    let town = town().await;
    let photo = town.picture(1).await;
    let mut body = town.about("M0102", 1, 1);
    body["media"] = json!([photo]);
    let receipt = town.report(body).await;
    assert_eq!(receipt["stage"], "dispatched");
    assert_eq!(receipt["unplaced"], false);
    assert_eq!(receipt["dispatched_to"]["id"], json!(town.urban()));
    assert!(
        receipt["grid_text"].as_str().unwrap().contains("水岸社区"),
        "{receipt}"
    );
    assert_eq!(
        receipt["link"],
        format!("/p/{}", receipt["progress_code"].as_str().unwrap())
    );

    // In the right grid, with the reason why it went where it went.
    let page = town.page("dispatch.1", &receipt).await;
    assert_eq!(
        page["case"]["place"]["grid"]["code"],
        json!(town.city.grids[3].1)
    );
    assert_eq!(page["case"]["place"]["dedicated"], Value::Null);
    assert_eq!(
        page["case"]["community"]["code"],
        town.city.communities[1].to_string()
    );
    assert_eq!(page["case"]["lead"]["id"], json!(town.urban()));
    assert_eq!(page["case"]["media"][0]["id"], photo);
    assert_eq!(page["case"]["media"][0]["by_reporter"], true);
    let kinds: Vec<_> = page["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["dispatched", "accepted", "reported"]);
    let why = page["timeline"][0]["details"][0]["text"].as_str().unwrap();
    assert!(why.contains("路由表第"), "{why}");
    assert!(page["timeline"][0]["system"].as_bool().unwrap());
    assert_eq!(clock(&page, "handle")["state"], "running");
    assert_eq!(clock(&page, "handle")["total_s"], 16 * 3600);

    // The unit signs; others see nothing.
    let seen = town.try_page("handler.hw.1", &receipt).await;
    assert_eq!((seen.status, seen.code().as_str()), (404, "case.not_found"));
    town.wait(5);
    let page = town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    assert_eq!(page["case"]["stage"], "handling");
    assert_eq!(page["case"]["ask"], "handle");
    assert_eq!(action(&page, "handle")["allowed"], true);
    assert_eq!(action(&page, "dispute")["command"], Value::Null);
    assert_eq!(page["case"]["handler"]["name"], "演示 handler.cg.1");

    // No evidence, no handling.
    town.refused(
        "handler.cg.1",
        &receipt,
        "handle",
        json!({"text": "好了"}),
        "case.evidence_missing",
    )
    .await;
    let answer = town
        .try_act("handler.cg.1", &receipt, "handle", json!({"text": ""}))
        .await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("text"))
    );
    town.wait(60);
    let page = town.handle("handler.cg.1", &receipt).await;
    assert_eq!(page["case"]["stage"], "handled");
    assert_eq!(page["case"]["media"].as_array().unwrap().len(), 2);

    // Another checks.
    town.refused(
        "handler.cg.1",
        &receipt,
        "take",
        json!({}),
        "case.not_your_seat",
    )
    .await;
    town.act("verify.1", &receipt, "take", json!({})).await;
    town.refused(
        "verify.2",
        &receipt,
        "pass",
        json!({}),
        "case.taken_by_another",
    )
    .await;
    let page = town
        .act("verify.1", &receipt, "pass", json!({"text": "现场干净"}))
        .await;
    assert_eq!(page["case"]["stage"], "confirming");

    // The reporter sees it in plain words, confirms, and rates once.
    let progress = town.progress(&receipt).await;
    assert_eq!(
        (&progress["step"], &progress["stage"]),
        (&json!(3), &json!("confirming"))
    );
    let told: Vec<_> = progress["story"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["kind"].clone())
        .collect();
    assert!(
        !told.contains(&json!("taken")) && told.contains(&json!("passed")),
        "{told:?}"
    );
    let rated = json!({"stars": 5, "reasons": ["quick", "solved"], "words": "很快"});
    let early = town.reporter(&receipt, "rate", rated.clone()).await;
    assert_eq!(
        (early.status, early.code().as_str()),
        (409, "case.not_at_this_stage")
    );
    let answer = town.reporter(&receipt, "confirm", json!({})).await;
    assert_eq!(answer.json()["stage"], "closed");
    assert_eq!(answer.json()["can_rate"], true);
    let wrong = town.reporter(&receipt, "rate", json!({"stars": 6})).await;
    assert_eq!(
        (wrong.status, wrong.json()["fields"][0]["code"].clone()),
        (422, json!("rating.stars"))
    );
    let answer = town.reporter(&receipt, "rate", rated).await;
    assert_eq!(
        answer.json()["rating"],
        json!({"stars": 5, "reasons": ["quick", "solved"], "words": "很快"})
    );
    assert_eq!(answer.json()["can_rate"], false);
    assert_eq!(
        town.history(&receipt).await,
        [
            "reported",
            "accepted",
            "dispatched",
            "signed",
            "handled",
            "taken",
            "passed",
            "confirmed",
            "rated"
        ]
    );
    town.sound().await;
}

#[tokio::test]
async fn a_case_is_returned_ruled_reworked_escalated_and_reopened_and_its_ruling_sends_the_next_one()
 {
    let town = town().await;
    let mut body = town.about("M0102", 0, 0);
    for (key, value) in [
        ("source", "call"),
        ("name", "演示甲"),
        ("phone", "0519-85550001"),
        ("external_number", "12345-7"),
    ] {
        body[key] = json!(value);
    }
    let answer = town
        .signed_in("call.1")
        .await
        .post("/api/cases", body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let receipt = answer.json();
    assert_eq!(receipt["dispatched_to"]["id"], json!(town.urban()));

    // Returned once: the former holder sees it up to that point.
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    let back = json!({"reason": "wrong_unit", "clause": "三定方案第七条", "suggested_org": town.sanitation(), "note": "应由环卫清运"});
    let bare = json!({"reason": "wrong_unit", "note": "应由环卫清运"});
    let answer = town.try_act("handler.cg.1", &receipt, "return", bare).await;
    assert_eq!(
        (answer.status, answer.json()["fields"][0]["field"].clone()),
        (422, json!("clause"))
    );
    let page = town
        .act("handler.cg.1", &receipt, "return", back.clone())
        .await;
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["former"]),
        (&json!("returned"), &json!(true))
    );
    town.refused(
        "dispatch.1",
        &receipt,
        "redispatch",
        json!({"org": town.urban()}),
        "case.unit_returned_it",
    )
    .await;
    town.act(
        "dispatch.1",
        &receipt,
        "redispatch",
        json!({"org": town.sanitation(), "note": "请处理"}),
    )
    .await;
    let page = town.page("handler.cg.1", &receipt).await;
    assert_eq!(
        (
            &page["case"]["stage"],
            page["actions"].as_array().unwrap().len()
        ),
        (&json!("returned"), 0)
    );
    let page = town.page("handler.hw.1", &receipt).await;
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["returns_left"]),
        (&json!("dispatched"), &json!(0))
    );

    // The second unit disputes; the shift supervisor rules.
    town.refused(
        "handler.hw.1",
        &receipt,
        "return",
        back,
        "case.returns_spent",
    )
    .await;
    town.act(
        "handler.hw.1",
        &receipt,
        "dispute",
        json!({"reason": "overlapping_duty", "note": "权属不清"}),
    )
    .await;
    town.refused(
        "dispatch.1",
        &receipt,
        "rule",
        json!({"org": town.sanitation()}),
        "case.not_your_seat",
    )
    .await;
    let ruling =
        json!({"org": town.sanitation(), "clause": "市容条例第十二条", "note": "由环卫办理"});
    let page = town.act("shift.1", &receipt, "rule", ruling).await;
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["binding"]),
        (&json!("dispatched"), &json!(true))
    );

    // The next like case goes where the ruling said, and says so; elsewhere nothing changes.
    let next = town.rubble().await;
    assert_eq!(next["dispatched_to"]["id"], json!(town.sanitation()));
    let page = town.page("dispatch.1", &next).await;
    let why = page["timeline"][0]["details"][0]["text"].as_str().unwrap();
    assert!(
        why.contains("裁定") && why.contains(receipt["number"].as_str().unwrap()),
        "{why}"
    );
    let elsewhere = town.report(town.about("M0102", 2, 0)).await;
    assert_eq!(elsewhere["dispatched_to"]["id"], json!(town.urban()));
    // Another server learns of it when it reads its books.
    let other = state(&town.app).await;
    let now = other.app.clock.now();
    let way = other.way("M0102", town.city.communities[0], now).unwrap();
    assert_eq!(way.org, town.sanitation());

    // Verification fails: half the limit.
    town.act("handler.hw.1", &receipt, "sign", json!({})).await;
    town.handle("handler.hw.1", &receipt).await;
    town.act("verify.1", &receipt, "take", json!({})).await;
    let page = town
        .act("verify.1", &receipt, "fail", json!({"text": "还有残留"}))
        .await;
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["rework"]),
        (&json!("handling"), &json!(1))
    );
    assert_eq!(clock(&page, "handle")["total_s"], 8 * 3600);

    // The clock turns amber, then red; that raises who watches, not who holds.
    town.go(moment(&clock(&page, "handle")["amber_at"]));
    town.fire().await;
    let page = town.page("supervisor.1", &receipt).await;
    assert_eq!(
        (&page["case"]["level"], &page["case"]["supervised"]),
        (&json!("amber"), &json!(false))
    );
    town.go(moment(&clock(&page, "handle")["due_at"]));
    town.fire().await;
    let page = town.page("supervisor.1", &receipt).await;
    assert_eq!(
        (&page["case"]["level"], &page["case"]["supervised"]),
        (&json!("red"), &json!(true))
    );
    assert_eq!(page["case"]["lead"]["id"], json!(town.sanitation()));
    assert_eq!(town.progress(&receipt).await["overdue"], true);

    // Done; nobody objects for seven days.
    town.handle("handler.hw.1", &receipt).await;
    town.verify(&receipt).await;
    let page = town.page("verify.1", &receipt).await;
    town.go(moment(&clock(&page, "objection")["due_at"]));
    town.fire().await;
    assert_eq!(
        town.page("verify.1", &receipt).await["case"]["stage"],
        "closed"
    );

    // It came back: reopened by its reporter with a picture, and the return may be used anew.
    town.wait(24 * 60);
    let photo = town.picture(3).await;
    let answer = town
        .reporter(
            &receipt,
            "reopen",
            json!({"words": "又堆起来了", "media": [photo]}),
        )
        .await;
    assert_eq!(answer.json()["stage"], "dispatched", "{}", answer.json());
    let page = town.page("handler.hw.1", &receipt).await;
    assert_eq!(
        (&page["case"]["reopens"], &page["case"]["returns_left"]),
        (&json!(1), &json!(1))
    );
    assert!(
        page["case"]["media"]
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["id"] == photo)
    );
    let back = json!({"reason": "wrong_matter", "clause": "第三条"});
    town.act("handler.hw.1", &receipt, "return", back).await;
    let story = town.history(&receipt).await;
    for kind in [
        "returned",
        "disputed",
        "ruled",
        "failed",
        "ran_out",
        "silence_confirmed",
        "reopened",
    ] {
        assert!(story.iter().any(|k| k == kind), "{kind} in {story:?}");
    }
    town.sound().await;
}

#[tokio::test]
async fn an_emergency_runs_day_and_night_is_made_safe_first_and_cannot_be_put_off() {
    let town = town().await;
    let roads = town.unit("district-roads");
    town.hire("handler.roads", roads).await;
    let receipt = town.report(town.about("M0201", 0, 0)).await;
    assert_eq!(receipt["dispatched_to"]["id"], json!(roads));
    let page = town.act("handler.roads", &receipt, "sign", json!({})).await;
    let safe = clock(&page, "make_safe");
    assert_eq!(
        (&safe["around_the_clock"], &safe["total_s"]),
        (&json!(true), &json!(7200))
    );
    assert_eq!(
        moment(&safe["due_at"]).since_s(moment(&safe["started_at"])),
        7200
    );
    assert_eq!(page["case"]["clock"]["kind"], "make_safe");
    let until = town.now().plus_s(86_400);
    town.refused(
        "handler.roads",
        &receipt,
        "request_extend",
        json!({"hours": 4}),
        "case.emergency_runs_on",
    )
    .await;
    town.refused(
        "handler.roads",
        &receipt,
        "request_suspend",
        json!({"reason": "season", "until": until}),
        "case.emergency_runs_on",
    )
    .await;
    assert_eq!(
        action(&page, "request_extend")["reason_code"],
        "case.emergency_runs_on"
    );
    // The grid's worker is there first.
    town.act("grid.1", &receipt, "make_safe", json!({"text": "已围挡"}))
        .await;
    town.refused(
        "handler.roads",
        &receipt,
        "make_safe",
        json!({"text": "已围挡"}),
        "case.nothing_to_make_safe",
    )
    .await;
    let page = town.page("handler.roads", &receipt).await;
    assert_eq!(
        (
            &clock(&page, "make_safe")["met"],
            &page["case"]["clock"]["kind"]
        ),
        (&json!(true), &json!("handle"))
    );
    town.sound().await;
}

#[tokio::test]
async fn helping_units_finish_before_the_lead_and_a_unit_hands_over_inside() {
    let town = town().await;
    let receipt = town.rubble().await;
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    let other = town.city.member("handler.cg.2").person;
    let stranger = town.city.member("handler.hw.1").person;
    town.refused(
        "handler.cg.1",
        &receipt,
        "hand_over",
        json!({"person": stranger}),
        "case.held_by_another",
    )
    .await;
    let page = town
        .act(
            "handler.cg.1",
            &receipt,
            "hand_over",
            json!({"person": other}),
        )
        .await;
    assert_eq!(page["case"]["handler"]["name"], "演示 handler.cg.2");
    town.act(
        "handler.cg.2",
        &receipt,
        "add_sub_task",
        json!({"org": town.sanitation(), "what": "请出车", "hours": 4}),
    )
    .await;
    town.refused(
        "handler.cg.2",
        &receipt,
        "handle",
        json!({"text": "好"}),
        "case.sub_tasks_open",
    )
    .await;
    let page = town.page("handler.hw.1", &receipt).await;
    assert_eq!(
        (&page["case"]["ask"], &page["case"]["sub_tasks"][0]["what"]),
        (&json!("sub_task"), &json!("请出车"))
    );
    town.refused(
        "handler.hw.1",
        &receipt,
        "handle",
        json!({"text": "好"}),
        "case.held_by_another",
    )
    .await;
    town.act(
        "handler.hw.1",
        &receipt,
        "finish_sub_task",
        json!({"text": "已出车"}),
    )
    .await;
    town.close("handler.cg.2", &receipt).await;
    town.sound().await;
}

#[tokio::test]
async fn suspension_extension_exclusion_and_whistle_take_their_two_sides() {
    let town = town().await;
    let receipt = town.rubble().await;
    town.act("handler.cg.1", &receipt, "sign", json!({})).await;
    let until = town.now().plus_s(5 * 86_400);
    town.act(
        "handler.cg.1",
        &receipt,
        "request_extend",
        json!({"reason": "parts", "hours": 8}),
    )
    .await;
    let page = town.page("shift.1", &receipt).await;
    assert_eq!(
        (&page["case"]["ask"], &page["case"]["requests"][0]["kind"]),
        (&json!("approve_extend"), &json!("extend"))
    );
    let page = town
        .act(
            "shift.1",
            &receipt,
            "approve_extend",
            json!({"request": page["case"]["requests"][0]["id"]}),
        )
        .await;
    assert_eq!(clock(&page, "handle")["total_s"], 24 * 3600);
    let unknown = town
        .try_act(
            "handler.cg.1",
            &receipt,
            "request_suspend",
            json!({"reason": "no_mood", "until": until}),
        )
        .await;
    assert_eq!(
        (unknown.status, unknown.json()["fields"][0]["code"].clone()),
        (422, json!("reason.unknown"))
    );
    town.act(
        "handler.cg.1",
        &receipt,
        "request_suspend",
        json!({"reason": "season", "until": until, "note": "台风"}),
    )
    .await;
    let page = town
        .act("shift.1", &receipt, "approve_suspend", json!({}))
        .await;
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["level"]),
        (&json!("suspended"), &json!("paused"))
    );
    assert_eq!(moment(&page["case"]["suspended_until"]), until);
    town.go(until);
    assert!(town.fire().await >= 1);
    assert_eq!(
        town.page("shift.1", &receipt).await["case"]["stage"],
        "handling"
    );
    // Excluded from figures by two people.
    town.act(
        "handler.cg.1",
        &receipt,
        "request_exclude",
        json!({"reason": "force_majeure"}),
    )
    .await;
    let page = town
        .act("shift.2", &receipt, "approve_exclude", json!({}))
        .await;
    assert_eq!(page["case"]["excluded"], true);
    // The community whistles; sanitation comes.
    let by = town.now().plus_s(7200);
    let call = json!({"orgs": [town.sanitation()], "arrive_by": by, "what": "现场会商", "place_text": "桥下"});
    town.act("chief.1", &receipt, "whistle", call).await;
    town.act("chief.1", &receipt, "whistle_sign_in", json!({}))
        .await;
    town.act("handler.hw.1", &receipt, "whistle_sign_in", json!({}))
        .await;
    town.act(
        "chief.1",
        &receipt,
        "whistle_conclude",
        json!({"text": "环卫出车，城管牵头"}),
    )
    .await;
    let page = town
        .act(
            "chief.1",
            &receipt,
            "whistle_rate",
            json!({"org": town.sanitation(), "stars": 5}),
        )
        .await;
    assert_eq!(page["case"]["whistles"][0]["orgs"][0]["stars"], 5);
    town.sound().await;
}

#[tokio::test]
async fn a_decline_is_told_with_its_reason_and_an_objection_goes_to_another_officer() {
    let town = town().await;
    let receipt = town.report(town.about("M0110", 0, 0)).await;
    assert_eq!(receipt["stage"], "reported");
    town.act(
        "accept.1",
        &receipt,
        "ask_reporter",
        json!({"text": "在几号楼?"}),
    )
    .await;
    let progress = town.progress(&receipt).await;
    assert_eq!(progress["question"]["text"], "在几号楼?");
    town.reporter(&receipt, "answer", json!({"text": "三号楼"}))
        .await;
    let page = town
        .act(
            "accept.1",
            &receipt,
            "decline",
            json!({"reason": "no_facts", "note": "去看过，没有"}),
        )
        .await;
    assert_eq!(page["case"]["stage"], "declined");
    let progress = town.progress(&receipt).await;
    assert_eq!(progress["declined"]["note"], "去看过，没有");
    let answer = town
        .reporter(&receipt, "object_decline", json!({"words": "真的有"}))
        .await;
    assert_eq!(answer.json()["stage"], "reported");
    town.refused(
        "accept.1",
        &receipt,
        "accept",
        json!({}),
        "case.another_must_decide",
    )
    .await;
    let page = town.act("accept.2", &receipt, "accept", json!({})).await;
    // By rule on to the unit, as the place is known.
    assert_eq!(
        (&page["case"]["stage"], &page["case"]["lead"]["id"]),
        (&json!("dispatched"), &json!(town.urban()))
    );
    town.sound().await;
}
