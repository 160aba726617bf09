//! Each filter, the pages, and what is said when a filter makes no sense.

use serde_json::json;

use super::world::{text, world};

/// Accepts the case and gives it to the unit, where the rules have not.
async fn dispatched(w: &mut super::world::World, id: &str, org: kernel::OrgId) {
    w.command("accept.1", id, "accept", json!({"matter": "M0604"}))
        .await;
    w.command(
        "dispatch.1",
        id,
        "dispatch",
        json!({"org": org, "note": ""}),
    )
    .await;
    let case = w.get("supervisor.1", &format!("/api/cases/{id}")).await["case"].clone();
    assert_eq!(case["stage"], "dispatched");
    assert_eq!(case["holder"]["id"], org.to_string());
}

/// What each of some members finds by each of some words: the cases in order, page by page, and the counts.
async fn found_by_all(
    w: &mut super::world::World,
) -> Vec<(String, Vec<String>, serde_json::Value)> {
    let mut found = Vec::new();
    for login in [
        "supervisor.1",
        "dispatch.1",
        "handler.cg.1",
        "chief.1",
        "grid.1",
    ] {
        for words in [
            "窨井盖",
            "松动",
            "井盖松动%20第",
            "盖松动%20窨井",
            "井",
            "m0604",
        ] {
            for more in [
                "",
                "&stage=handling,dispatched",
                "&stage=closed,archived",
                "&mine=1",
            ] {
                let query = format!("q={words}{more}");
                let counts = w.get(login, &format!("/api/cases/counts?{query}")).await;
                let counts = json!([counts["total"], counts["by_stage"], counts["by_ask"]]);
                for sort in ["due", "-reported_at", "-updated_at"] {
                    let rows = w.all(login, &format!("{query}&sort={sort}"), 4).await;
                    let numbers = rows.iter().map(|r| text(r, "number")).collect();
                    found.push((format!("{login} {query} {sort}"), numbers, counts.clone()));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn common_words_find_what_they_would_if_they_were_rare() {
    let mut w = world().await;
    let from = w.now();
    w.many(60, 12).await;
    let rare = found_by_all(&mut w).await;
    assert!(rare.iter().any(|(_, numbers, _)| numbers.len() > 40));
    let pieces = ["窨井", "井盖", "盖松", "松动", "第", "m0604"];
    w.state.words.pretend(&pieces, from, w.now());
    for (was, is) in rare.iter().zip(found_by_all(&mut w).await) {
        assert_eq!(*was, is);
    }
}

#[tokio::test]
async fn each_filter_finds_what_it_names_and_nothing_else() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(0, 0);
    let urban = w.city.org("district-urban", w.city.district);
    let (west_id, west) = w
        .report(
            "call.1",
            json!({"text": "朝阳路窨井盖松动", "lon": lon, "lat": lat, "matter": "M0604",
            "place_text": "朝阳路 12 号"}),
        )
        .await;
    dispatched(&mut w, &west_id, urban).await;
    w.wait_minutes(60 * 24);
    let (east_lon, east_lat) = w.city.place(3, 1);
    let (east_id, east) = w
        .report(
            "call.1",
            json!({"text": "小区门口垃圾成堆", "lon": east_lon, "lat": east_lat,
            "source": "department", "external_number": "D-77"}),
        )
        .await;
    let (school_lon, school_lat) = w.city.school();
    let (_, school) = w
        .report(
            "call.1",
            json!({"text": "校门口噪声", "lon": school_lon, "lat": school_lat}),
        )
        .await;
    let (_, nowhere) = w
        .report("call.1", json!({"text": "不知道在哪里的路灯不亮"}))
        .await;
    w.command(
        "supervisor.1",
        &east_id,
        "supervise",
        json!({"text": "请抓紧", "level": 1}),
    )
    .await;
    let me = "supervisor.1";
    let [first, _, _, last] = w.city.communities;
    let grid = w.city.grids[0].1.clone();
    let dedicated = w.city.dedicated.1.clone();
    let all = [&west, &east, &school, &nowhere];
    let sorted = |some: &[&String]| {
        let mut some: Vec<String> = some.iter().map(|s| (*s).clone()).collect();
        some.sort();
        some
    };
    let day = w.now().date(&w.state.cases.app.city.zone);
    let cases: Vec<(String, Vec<String>)> = vec![
        (String::new(), sorted(&all)),
        ("q=井盖".into(), sorted(&[&west])),
        ("q=窨井".into(), sorted(&[&west])),
        (format!("q={west}"), sorted(&[&west])),
        ("q=朝阳路".into(), sorted(&[&west])),
        ("q=D-77".into(), sorted(&[&east])),
        ("q=%20'%26|!".into(), vec![]),
        ("source=department".into(), sorted(&[&east])),
        ("source=department,call".into(), sorted(&all)),
        ("source=device".into(), vec![]),
        ("matter=M0604".into(), sorted(&[&west])),
        ("matter=M06".into(), sorted(&[&west])),
        (format!("area={first}"), sorted(&[&west, &school])),
        (format!("area={last}"), sorted(&[&east])),
        (
            format!("area={}", w.city.district),
            sorted(&[&west, &east, &school]),
        ),
        (format!("area={}", w.city.city), sorted(&all)),
        (format!("org={urban}"), sorted(&[&west])),
        (format!("grid={grid}"), sorted(&[&west, &school])),
        (format!("grid={dedicated}"), sorted(&[&school])),
        ("supervised=1".into(), sorted(&[&east])),
        ("urgency=low".into(), sorted(&[&west])),
        ("stage=reported".into(), sorted(&[&east, &school, &nowhere])),
        ("ask=accept".into(), sorted(&[&east, &school, &nowhere])),
        (format!("from={day}"), sorted(&[&east, &school, &nowhere])),
        (format!("to={}", day.yesterday().unwrap()), sorted(&[&west])),
        (
            format!("from={day}&to={day}"),
            sorted(&[&east, &school, &nowhere]),
        ),
        (
            "bbox=120.031,31.791,120.039,31.799".into(),
            sorted(&[&east]),
        ),
        (
            "bbox=120,31,121,32".into(),
            sorted(&[&west, &east, &school]),
        ),
        ("level=red&q=没有这样的话".into(), vec![]),
    ];
    for (query, wanted) in cases {
        for sort in ["due", "-reported_at", "-updated_at"] {
            let query = format!("{query}&sort={sort}");
            let found = w.numbers(me, query.trim_start_matches('&')).await;
            assert_eq!(found, wanted, "{query}");
        }
        let counts = w.get(me, &format!("/api/cases/counts?{query}")).await;
        assert_eq!(counts["total"], wanted.len(), "{query}");
    }
    // Levels follow the clock.
    let ok = w.numbers("accept.1", "level=ok&ask=accept").await;
    assert_eq!(ok, sorted(&[&east, &school]));
    w.wait_minutes(60 * 24 * 9);
    assert!(w.numbers(me, "level=red").await.contains(&east));
    let rows = w.all(me, "level=red", 50).await;
    assert!(rows.iter().all(|r| r["level"] == "red"));
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_refused_by_name() {
    let mut w = world().await;
    for (query, field) in [
        ("stage=gone", "stage"),
        ("matter=nonsense", "matter"),
        ("source=pigeon", "source"),
        ("area=1", "area"),
        ("area=320999000000", "area"),
        ("org=us", "org"),
        ("level=blue", "level"),
        ("mine=maybe", "mine"),
        ("ask=sing", "ask"),
        ("urgency=soon", "urgency"),
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("grid=000", "grid"),
        ("supervised=x", "supervised"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=2,2,1,1", "bbox"),
        ("sort=name", "sort"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("after=zzz", "after"),
        (
            "sort=due&after=r0.0199aaaa0000700080000000000000aa",
            "after",
        ),
    ] {
        let answer = w
            .as_("accept.1")
            .await
            .get(&format!("/api/cases?{query}"))
            .await;
        assert_eq!(answer.status, 422, "{query}");
        assert_eq!(text(&answer.json()["fields"][0], "field"), field, "{query}");
    }
    let answer = w
        .as_("accept.1")
        .await
        .get("/api/cases/counts?stage=gone&level=blue")
        .await;
    assert_eq!(answer.json()["fields"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_in_the_order_asked_for() {
    let mut w = world().await;
    w.many(45, 6).await;
    for login in [
        "supervisor.1",
        "shift.1",
        "handler.cg.1",
        "grid.1",
        "chief.1",
    ] {
        for (sort, key) in [
            ("-reported_at", "reported_at"),
            ("-updated_at", "updated_at"),
        ] {
            let whole = w.all(login, &format!("sort={sort}"), 200).await;
            for limit in [1, 4, 10] {
                let pages = w.all(login, &format!("sort={sort}"), limit).await;
                let ids = |rows: &[serde_json::Value]| -> Vec<String> {
                    rows.iter().map(|r| text(r, "id")).collect()
                };
                assert_eq!(ids(&pages), ids(&whole), "{login} {sort} {limit}");
            }
            if login == "supervisor.1" {
                let keys: Vec<String> = whole.iter().map(|r| text(r, key)).collect();
                let moments: Vec<kernel::Moment> =
                    keys.iter().map(|k| k.parse().unwrap()).collect();
                assert!(moments.windows(2).all(|m| m[0] >= m[1]), "{sort}");
            }
        }
        let whole = w.all(login, "sort=due", 200).await;
        let pages = w.all(login, "sort=due", 3).await;
        assert_eq!(whole.len(), pages.len());
        let due: Vec<Option<kernel::Moment>> = pages
            .iter()
            .map(|r| r["clock"]["due_at"].as_str().map(|d| d.parse().unwrap()))
            .collect();
        if login == "supervisor.1" {
            let dated: Vec<_> = due.iter().flatten().collect();
            assert!(dated.windows(2).all(|m| m[0] <= m[1]));
            let first_none = due.iter().position(Option::is_none).unwrap_or(due.len());
            assert!(due[first_none..].iter().all(Option::is_none));
        }
    }
    // What comes in while somebody pages does not shift what follows.
    let first = w
        .get("supervisor.1", "/api/cases?limit=5&sort=-reported_at")
        .await;
    let rest_before = w
        .all(
            "supervisor.1",
            &format!("sort=-reported_at&after={}", text(&first, "next")),
            200,
        )
        .await;
    w.report("call.1", json!({"text": "新来的一件事情"})).await;
    let rest_after = w
        .all(
            "supervisor.1",
            &format!("sort=-reported_at&after={}", text(&first, "next")),
            200,
        )
        .await;
    assert_eq!(rest_before.len(), rest_after.len());
}

#[tokio::test]
async fn counts_are_exact_to_a_thousand_and_capped_beyond() {
    let mut w = world().await;
    let (id, _) = w.report("call.1", json!({"text": "路灯不亮了"})).await;
    let mut owner = w.db.owner().await;
    let multiply = |n: i32| {
        sqlx::AssertSqlSafe(format!(
            "insert into cases (id, number, stage, source, place_text, net, area, reported_at, updated_at,
                 due_at, amber_at, open, asks, version, state, search)
             select gen_random_uuid(), 'x-' || c.number || '-' || i || '-{n}', c.stage, c.source, c.place_text,
                 c.net, c.area, c.reported_at + i * interval '1 second', c.updated_at, c.due_at, c.amber_at, c.open,
                 c.asks, c.version, c.state, c.search
             from cases c, generate_series(1, {n}) i where c.id = '{id}'"
        ))
    };
    sqlx::raw_sql(multiply(999))
        .execute(&mut owner)
        .await
        .unwrap();
    let counts = w.get("supervisor.1", "/api/cases/counts").await;
    assert_eq!(
        (&counts["total"], &counts["total_more"]),
        (&json!(1_000), &json!(false))
    );
    assert_eq!(counts["by_stage"], json!({"reported": 1_000}));
    sqlx::raw_sql(multiply(2))
        .execute(&mut owner)
        .await
        .unwrap();
    for query in ["", "q=路灯", "stage=reported", "ask=accept"] {
        let counts = w
            .get("supervisor.1", &format!("/api/cases/counts?{query}"))
            .await;
        assert_eq!(counts["total"], 1_000, "{query}");
        assert_eq!(counts["total_more"], true, "{query}");
        assert_eq!(counts["by_stage"], json!({"reported": 1_000}), "{query}");
        assert_eq!(counts["by_ask"], json!({"accept": 1_000}), "{query}");
        assert_eq!(counts["by_level"].as_object().map(|l| l.len()), Some(1));
    }
}

#[tokio::test]
async fn counts_of_a_unit_that_leads_and_helps_are_capped_alike() {
    let mut w = world().await;
    let (lon, lat) = w.city.place(0, 0);
    let form = json!({"lon": lon, "lat": lat, "matter": "M0604"});
    let (id, _) = w.report("call.1", form).await;
    let urban = w.city.org("district-urban", w.city.district);
    dispatched(&mut w, &id, urban).await;
    let mut owner = w.db.owner().await;
    let copies = format!(
        "insert into cases (id, number, stage, source, place_text, net, area, lead, reported_at, updated_at,
             due_at, amber_at, open, asks, version, state, search)
         select u.id, 'x-' || i, case when i > 1150 then 'archived' else c.stage end, c.source,
             c.place_text, c.net, c.area, case when i <= 1100 or i > 1150 then '{urban}'::uuid end,
             c.reported_at + i * interval '1 second', c.updated_at,
             case when i <= 1150 then c.due_at end, c.amber_at, i <= 1150,
             case when i <= 1150 then c.asks else '{{}}' end, c.version,
             jsonb_set(c.state, '{{id}}', to_jsonb(u.id)), c.search
         from cases c, generate_series(1, 1160) i,
             lateral (select gen_random_uuid() as id, i as n) u where c.id = '{id}';
         insert into case_parties (case_id, org, part)
         select id, '{urban}', 'co' from cases where number like 'x-%' and lead is null"
    );
    let copies = sqlx::AssertSqlSafe(copies);
    sqlx::raw_sql(copies).execute(&mut owner).await.unwrap();
    let stage = text(
        &w.get("handler.cg.1", &format!("/api/cases/{id}")).await["case"],
        "stage",
    );
    let counts = w.get("handler.cg.1", "/api/cases/counts").await;
    assert_eq!(counts["total"], 1_000);
    assert_eq!(counts["total_more"], true);
    assert_eq!(counts["by_stage"], json!({stage: 1_000, "archived": 10}));
    let counts = w
        .get("handler.cg.1", "/api/cases/counts?stage=archived")
        .await;
    assert_eq!(
        (&counts["total"], &counts["by_stage"]),
        (&json!(10), &json!({"archived": 10}))
    );
    let rows = w.all("handler.cg.1", "sort=-reported_at", 200).await;
    assert_eq!(rows.len(), 1_161, "led and helped, each once");
}
