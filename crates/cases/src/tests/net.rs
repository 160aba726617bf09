//! The net changes under open cases.

use kernel::{GridId, Moment};
use serde_json::{Value, json};
use sqlx::Row;
use testkit::Browser;
use uuid::Uuid;

use super::town::{Town, net_of, state, town};

fn id() -> String {
    Uuid::now_v7().to_string()
}

/// A draft of the district, opened by `keeper`.
async fn open(keeper: &mut Browser, town: &Town, name: &str) -> String {
    let draft = id();
    let form = json!({"id": draft, "name": name, "area": town.city.district.to_string()});
    let answer = keeper.post("/api/net/drafts", form.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let again = keeper.post("/api/net/drafts", form).await;
    assert_eq!(again.json()["draft"]["id"], answer.json()["draft"]["id"]);
    draft
}

async fn edit(keeper: &mut Browser, draft: &str, edits: Value) -> Value {
    let form = json!({"id": id(), "edits": edits});
    let answer = keeper
        .post(&format!("/api/net/drafts/{draft}/edits"), form)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

fn faults(edited: &Value) -> Vec<Value> {
    let communities = edited["communities"].as_array().unwrap();
    communities
        .iter()
        .flat_map(|c| c["faults"].as_array().unwrap().clone())
        .collect()
}

/// Submitted by the one for `at`, approved by the other.
async fn through(town: &Town, keeper: &mut Browser, draft: &str, at: Moment) {
    let path = format!("/api/net/drafts/{draft}");
    let submitted = keeper
        .post(&format!("{path}/submit"), json!({"effect_at": at}))
        .await;
    assert_eq!(submitted.status, 200, "{}", submitted.json());
    let own = keeper
        .post(&format!("{path}/decision"), json!({"approve": true}))
        .await;
    assert_eq!(
        (own.status, own.code().as_str()),
        (403, "net_draft.same_person")
    );
    let mut second = town.signed_in("net.2").await;
    let approved = second
        .post(&format!("{path}/decision"), json!({"approve": true}))
        .await;
    assert_eq!(approved.status, 200, "{}", approved.json());
}

async fn effect(town: &Town) -> usize {
    divisions::drafts::jobs::fire(&net_of(&town.state), town.now())
        .await
        .unwrap()
}

fn split_of(town: &Town) -> Value {
    // The first community's southern grid, through its middle, beside the school.
    json!({"kind": "split", "grid": town.city.grids[0].0, "line": [[120.0055, 31.7795], [120.0055, 31.7905]],
           "names": ["西", "东"]})
}

fn merge_of(town: &Town) -> Value {
    json!({"kind": "merge", "grids": [town.city.grids[2].0, town.city.grids[3].0], "name": "水岸网格"})
}

fn border_of(town: &Town) -> Value {
    json!({"kind": "insert_vertex", "community": town.city.communities[2].to_string(), "grid_kind": "basic",
           "a": [120.02, 31.79], "b": [120.03, 31.79], "at": [120.025, 31.7935]})
}

async fn at(town: &Town, lon: f64, lat: f64) -> Value {
    let mut form = town.about("M0102", 0, 0);
    form["lon"] = json!(lon);
    form["lat"] = json!(lat);
    form["id"] = json!(id());
    town.report(form).await
}

/// Code of the owning grid, and kinds of events.
async fn lies(town: &Town, receipt: &Value) -> (String, Vec<String>) {
    let case = receipt["case_id"].as_str().unwrap();
    let code: String = sqlx::query_scalar(
        "select g.code from cases c join grids g on g.id = coalesce(c.dedicated, c.grid)
         where c.id = $1::text::uuid and g.valid_to is null",
    )
    .bind(case)
    .fetch_one(&town.db.pool)
    .await
    .unwrap();
    let kinds = sqlx::query_scalar(
        "select kind from case_events where case_id = $1::text::uuid order by version",
    )
    .bind(case)
    .fetch_all(&town.db.pool)
    .await
    .unwrap();
    (code, kinds)
}

/// Every open placed case lies in the grid in force that holds its place.
async fn nobody_is_lost(town: &Town) {
    let net = divisions::Net::load(&town.db.pool).await.unwrap().current();
    let rows = sqlx::query("select lon, lat, grid, dedicated from cases where lon is not null")
        .fetch_all(&town.db.pool)
        .await
        .unwrap();
    for row in rows {
        let found = net.locate(row.get("lon"), row.get("lat")).unwrap();
        assert_eq!(found.grid.id, row.get::<GridId, _>("grid"));
        let over = found.dedicated.map(|d| d.id);
        assert_eq!(over, row.get::<Option<GridId>, _>("dedicated"));
    }
}

#[tokio::test]
async fn split_merge_and_border_take_effect_under_open_cases() {
    let town = town().await;
    let west = at(&town, 120.001, 31.781).await;
    let east = at(&town, 120.008, 31.782).await;
    let school = at(&town, 120.004, 31.784).await;
    let water = at(&town, 120.015, 31.795).await;
    let border = at(&town, 120.025, 31.791).await;
    let far = at(&town, 120.035, 31.781).await;
    let mut keeper = town.signed_in("net.1").await;
    let draft = open(&mut keeper, &town, "春季调整").await;
    for one in [split_of(&town), merge_of(&town), border_of(&town)] {
        let edited = edit(&mut keeper, &draft, json!([one])).await;
        assert_eq!(faults(&edited), Vec::<Value>::new());
    }
    let path = format!("/api/net/drafts/{draft}");
    let seen = keeper.get(&format!("{path}/comparison")).await.json();
    assert_eq!(seen["added"].as_array().unwrap().len(), 3);
    assert_eq!(seen["removed"].as_array().unwrap().len(), 3);
    assert_eq!(seen["changed"].as_array().unwrap().len(), 2, "{seen}");
    assert_eq!(seen["open_cases"], 4, "{}", seen["moves"]);
    assert_eq!(
        seen["appointments"], 4,
        "who worked the grid, or came to it, does so in both parts"
    );
    let first = town.city.communities[0];
    let codes: Vec<&str> = seen["added"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|g| g["code"].as_str())
        .collect();
    assert!(
        codes.contains(&format!("{first}1003").as_str()),
        "{codes:?}"
    );
    assert!(codes.contains(&format!("{first}1004").as_str()));
    let before = town.now();
    through(&town, &mut keeper, &draft, before.plus_s(3600)).await;
    assert_eq!(effect(&town).await, 0, "its date has not come");
    town.wait(61);
    let old = state(&town.app).await;
    assert_eq!(effect(&town).await, 1);
    assert_eq!(effect(&town).await, 0);
    // From west to east.
    let moved = |code: &str, what: &str| format!("{code}{what}");
    let first = first.to_string();
    for (receipt, code, regridded) in [
        (&west, moved(&first, "1003"), true),
        (&east, moved(&first, "1004"), true),
        (&school, town.city.dedicated.1.clone(), true),
        (
            &water,
            moved(&town.city.communities[1].to_string(), "1003"),
            true,
        ),
        (&border, town.city.grids[4].1.clone(), true),
        (&far, town.city.grids[6].1.clone(), false),
    ] {
        let (now, kinds) = lies(&town, receipt).await;
        assert_eq!(now, code);
        assert_eq!(
            kinds.iter().any(|k| k == "regridded"),
            regridded,
            "{kinds:?}"
        );
    }
    nobody_is_lost(&town).await;
    // Another server takes it up.
    divisions::drafts::jobs::catch_up(&net_of(&old))
        .await
        .unwrap();
    assert_eq!(old.net.current().number, town.city.net + 1);
    let mut keeper = town.signed_in("net.1").await;
    let page = keeper.get(&path).await.json();
    assert_eq!(page["draft"]["state"], "in_force");
    assert_eq!(page["draft"]["report"]["sums"]["open_cases"], 4, "{page}");
    let seats: i64 = sqlx::query_scalar(
        "select count(*) from appointments a join grids g on g.id = a.grid
         where a.person = $1 and a.valid_to is null and g.valid_to is null",
    )
    .bind(town.city.member("grid.1").person)
    .fetch_one(&town.db.pool)
    .await
    .unwrap();
    assert_eq!(seats, 2);
    was_and_is(&town, &mut keeper, before).await;
    town.sound().await;
}

async fn was_and_is(town: &Town, keeper: &mut Browser, before: Moment) {
    let first = town.city.communities[0].to_string();
    let then = format!("/api/locate?lon=120.001&lat=31.781&at={before}");
    let then = keeper.get(&then).await.json();
    assert_eq!(
        (then["net"].as_i64(), &then["grid"]["code"]),
        (Some(1), &json!(town.city.grids[0].1))
    );
    let now = keeper
        .get("/api/locate?lon=120.001&lat=31.781")
        .await
        .json();
    assert_eq!(now["grid"]["code"], json!(format!("{first}1003")));
    let none = keeper
        .get("/api/locate?lon=120.001&lat=31.781&at=2001-01-01T00:00:00Z")
        .await;
    assert_eq!(none.code(), "net.none_then");
    let history = keeper
        .get(&format!("/api/grids/{}/history", town.city.grids[0].1))
        .await
        .json();
    assert!(!history["valid_to"].is_null());
    assert_eq!(history["into"].as_array().unwrap().len(), 2);
    let history = keeper
        .get(&format!("/api/grids/{}/history", town.city.grids[4].1))
        .await
        .json();
    assert_eq!(
        history["versions"].as_array().unwrap().len(),
        2,
        "{history}"
    );
    for (when, count) in [(Some(before), 3), (None, 4)] {
        let at = when.map(|w| format!("&at={w}")).unwrap_or_default();
        let grids = keeper
            .get(&format!("/api/net/grids?area={first}{at}"))
            .await
            .json();
        assert_eq!(grids["grids"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn a_counter_draft_puts_everything_back() {
    let town = town().await;
    let west = at(&town, 120.001, 31.781).await;
    let border = at(&town, 120.025, 31.791).await;
    let mut keeper = town.signed_in("net.1").await;
    let draft = open(&mut keeper, &town, "调整").await;
    edit(
        &mut keeper,
        &draft,
        json!([split_of(&town), merge_of(&town), border_of(&town)]),
    )
    .await;
    through(&town, &mut keeper, &draft, town.now()).await;
    assert_eq!(effect(&town).await, 1);
    let counter = id();
    let undone = keeper
        .post(
            &format!("/api/net/drafts/{draft}/undo"),
            json!({"id": counter, "name": "撤销调整"}),
        )
        .await;
    assert_eq!(undone.status, 201, "{}", undone.json());
    let seen = keeper
        .get(&format!("/api/net/drafts/{counter}/comparison"))
        .await
        .json();
    assert_eq!(seen["faults"], json!([]));
    town.wait(1);
    through(&town, &mut keeper, &counter, town.now()).await;
    assert_eq!(effect(&town).await, 1);
    let first = town.city.communities[0].to_string();
    assert_eq!(
        lies(&town, &west).await.0,
        format!("{first}1005"),
        "no code is given twice"
    );
    assert_eq!(lies(&town, &border).await.0, town.city.grids[5].1);
    nobody_is_lost(&town).await;
    town.sound().await;
}

#[tokio::test]
async fn an_edit_of_what_somebody_else_has_changed_meanwhile_is_none() {
    let town = town().await;
    let mut keeper = town.signed_in("net.1").await;
    let draft = open(&mut keeper, &town, "一").await;
    let page = format!("/api/net/drafts/{draft}");
    let seen = keeper.get(&page).await.json()["draft"]["version"].clone();
    let first = json!({"id": id(), "edits": [split_of(&town)], "version": seen});
    let path = format!("{page}/edits");
    let done = keeper.post(&path, first.clone()).await;
    assert_eq!(done.status, 200, "{:?}", done.body);
    let version = done.json()["draft"]["version"].clone();
    assert_eq!(keeper.get(&page).await.json()["draft"]["version"], version);
    let late = json!({"id": id(), "edits": [merge_of(&town)], "version": seen});
    let undone = json!({"to": 0, "version": seen});
    for refused in [
        keeper.post(&path, late.clone()).await,
        keeper.post(&format!("{page}/cursor"), undone).await,
    ] {
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "net_draft.changed")
        );
    }
    // Sent again because no answer came: still the same command.
    assert_eq!(keeper.post(&path, first).await.json()["draft"]["cursor"], 1);
    let mut now = late;
    now["version"] = version;
    assert_eq!(keeper.post(&path, now).await.json()["draft"]["cursor"], 2);
}

#[tokio::test]
async fn a_draft_whose_communities_changed_is_laid_upon_todays_net_first() {
    let town = town().await;
    let mut keeper = town.signed_in("net.1").await;
    let one = open(&mut keeper, &town, "一").await;
    edit(&mut keeper, &one, json!([split_of(&town)])).await;
    let two = open(&mut keeper, &town, "二").await;
    edit(&mut keeper, &two, json!([split_of(&town)])).await;
    let three = open(&mut keeper, &town, "三").await;
    edit(&mut keeper, &three, json!([merge_of(&town)])).await;
    through(&town, &mut keeper, &two, town.now().plus_s(3600)).await;
    through(&town, &mut keeper, &one, town.now()).await;
    assert_eq!(effect(&town).await, 1);
    town.wait(61);
    assert_eq!(effect(&town).await, 0);
    let mut keeper = town.signed_in("net.1").await;
    let page = keeper.get(&format!("/api/net/drafts/{two}")).await.json();
    assert_eq!(
        (&page["draft"]["state"], &page["draft"]["held"]),
        (&json!("drawing"), &json!("net_draft.base_moved"))
    );
    assert_eq!(page["draft"]["base_moved"], true);
    let at = json!({"effect_at": town.now()});
    let refused = keeper
        .post(&format!("/api/net/drafts/{two}/submit"), at.clone())
        .await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "net_draft.base_moved")
    );
    keeper
        .post(&format!("/api/net/drafts/{two}/rebase"), json!({}))
        .await;
    let refused = keeper
        .post(&format!("/api/net/drafts/{two}/submit"), at)
        .await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "net_draft.faulty")
    );
    // Another community's draft is not touched by it.
    through(&town, &mut keeper, &three, town.now()).await;
    assert_eq!(effect(&town).await, 1);
}

#[tokio::test]
async fn faults_are_found_and_mended_by_what_is_offered() {
    let town = town().await;
    let mut keeper = town.signed_in("net.1").await;
    let draft = open(&mut keeper, &town, "画错").await;
    let square = json!({"type": "Polygon", "coordinates": [[[120.0, 31.78], [120.009, 31.78], [120.009, 31.79],
        [120.005, 31.792], [120.0, 31.79], [120.0, 31.78]]]});
    let redraw = json!({"kind": "redraw", "grid": town.city.grids[0].0, "polygon": square});
    let mut edited = edit(&mut keeper, &draft, json!([redraw])).await;
    let kinds: Vec<String> = faults(&edited)
        .iter()
        .map(|f| f["kind"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        kinds.contains(&"gap".to_owned()) && kinds.contains(&"overlap".to_owned()),
        "{kinds:?}"
    );
    assert!(
        faults(&edited)
            .iter()
            .all(|f| f["area_m2"].as_f64().unwrap() > 1_000.0)
    );
    let at = json!({"effect_at": town.now()});
    let refused = keeper
        .post(&format!("/api/net/drafts/{draft}/submit"), at.clone())
        .await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "net_draft.faulty")
    );
    for _ in 0..5 {
        let Some(fault) = faults(&edited).into_iter().next() else {
            break;
        };
        let offer = &fault["repairs"][0];
        let repair = json!({"kind": "repair", "community": fault["community"], "fault": fault["id"],
                            "how": offer["how"], "grid": offer["grid"]["id"]});
        edited = edit(&mut keeper, &draft, json!([repair])).await;
    }
    assert_eq!(faults(&edited), Vec::<Value>::new());
    let steps = edited["draft"]["steps"].as_i64().unwrap();
    assert!(steps >= 3);
    // Undone, it is at fault again; done again, it is not.
    let cursor = format!("/api/net/drafts/{draft}/cursor");
    keeper.post(&cursor, json!({"to": 1})).await;
    let refused = keeper
        .post(&format!("/api/net/drafts/{draft}/submit"), at.clone())
        .await;
    assert_eq!(refused.code(), "net_draft.faulty");
    keeper.post(&cursor, json!({"to": steps})).await;
    let none = keeper.post(&cursor, json!({"to": steps + 1})).await;
    assert_eq!(none.json()["fields"][0]["code"], "net_draft.no_such_step");
    let done = keeper
        .post(&format!("/api/net/drafts/{draft}/submit"), at)
        .await;
    assert_eq!(done.status, 200, "{}", done.json());
}

#[tokio::test]
async fn an_edit_sent_twice_is_one_and_a_bad_one_saves_nothing() {
    let town = town().await;
    let mut keeper = town.signed_in("net.1").await;
    let draft = open(&mut keeper, &town, "重发").await;
    let path = format!("/api/net/drafts/{draft}/edits");
    let form = json!({"id": id(), "edits": [split_of(&town)]});
    for _ in 0..2 {
        let answer = keeper.post(&path, form.clone()).await;
        assert_eq!(answer.json()["draft"]["steps"], 1, "{}", answer.json());
    }
    let mut other = form.clone();
    other["edits"] = json!([merge_of(&town)]);
    assert_eq!(keeper.post(&path, other).await.code(), "command.id_reused");
    let apart = json!({"kind": "merge", "grids": [town.city.grids[2].0, town.city.grids[4].0]});
    let bad = keeper
        .post(
            &path,
            json!({"id": id(), "edits": [merge_of(&town), apart]}),
        )
        .await;
    assert_eq!(
        bad.status,
        404,
        "the second names a grid that the first abolished: {}",
        bad.json()
    );
    let page = keeper.get(&format!("/api/net/drafts/{draft}")).await.json();
    assert_eq!(page["draft"]["steps"], 1);
    let fixed = json!({"kind": "move_vertex", "community": town.city.communities[1].to_string(), "grid_kind": "basic",
                       "from": [120.01, 31.78], "to": [120.011, 31.781]});
    let refused = keeper
        .post(&path, json!({"id": id(), "edits": [fixed]}))
        .await;
    assert_eq!(
        refused.json()["fields"][0]["code"],
        "reshape.community_border"
    );
    assert_eq!(refused.json()["fields"][0]["field"], "edits.0.from");
    // Out of area: nobody but who keeps all of it.
    let mut city = town.signed_in("admin.system").await;
    let form = json!({"id": id(), "name": "全市", "area": town.city.city.to_string()});
    assert_eq!(city.post("/api/net/drafts", form.clone()).await.status, 201);
    let mut refused = form;
    refused["id"] = json!(id());
    assert_eq!(
        keeper.post("/api/net/drafts", refused).await.code(),
        "net_draft.out_of_area"
    );
}

#[tokio::test]
async fn reports_racing_a_swap_lie_in_the_net_that_stands() {
    let town = town().await;
    let mut keeper = town.signed_in("net.1").await;
    let draft = open(&mut keeper, &town, "竞速").await;
    edit(
        &mut keeper,
        &draft,
        json!([split_of(&town), merge_of(&town), border_of(&town)]),
    )
    .await;
    through(&town, &mut keeper, &draft, town.now()).await;
    let servers = [state(&town.app).await, state(&town.app).await];
    let mut filing = Vec::new();
    for n in 0..60_u32 {
        let state = servers[n as usize % 2].clone();
        let (lon, lat) = (
            120.0005 + f64::from(n % 30) * 0.001,
            31.7805 + f64::from(n % 19) * 0.001,
        );
        filing.push(tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(u64::from(n) * 3)).await;
            let form = crate::desk::Report {
                id: Uuid::now_v7(),
                text: "路边堆土".to_owned(),
                matter: Some("M0102".to_owned()),
                lon: Some(lon),
                lat: Some(lat),
                ..crate::desk::Report::default()
            };
            let who =
                crate::desk::Bringer::Resident(crate::model::Source::Citizen, kernel::Lang::Zh);
            crate::desk::report(&state, &form, who).await
        }));
    }
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    let both = [net_of(&servers[0]), net_of(&servers[1])];
    let now = town.now();
    let (one, two) = tokio::join!(
        divisions::drafts::jobs::fire(&both[0], now),
        divisions::drafts::jobs::fire(&both[1], now)
    );
    assert_eq!(
        one.unwrap() + two.unwrap(),
        1,
        "once, by one of two servers"
    );
    for one in filing {
        one.await.unwrap().unwrap();
    }
    nobody_is_lost(&town).await;
    town.sound().await;
}

#[tokio::test]
async fn a_step_that_changes_nothing_or_lies_elsewhere_is_none() {
    let town = town().await;
    let mut keeper = town.signed_in("net.1").await;
    let draft = id();
    let form = json!({"id": draft, "name": "西镇", "area": town.city.towns[0].to_string()});
    assert_eq!(keeper.post("/api/net/drafts", form).await.status, 201);
    let path = format!("/api/net/drafts/{draft}/edits");
    let mend = |community: i64| json!({"id": id(), "edits": [{"kind": "mend", "community": community.to_string()}]});
    let elsewhere = keeper.post(&path, mend(town.city.communities[2])).await;
    assert_eq!(
        (elsewhere.status, elsewhere.code().as_str()),
        (403, "net_draft.out_of_area")
    );
    let nothing = keeper.post(&path, mend(town.city.communities[0])).await;
    assert_eq!(
        (nothing.status, nothing.code().as_str()),
        (409, "net_draft.changes_nothing")
    );
    let nowhere = json!({"id": id(), "name": "无", "area": "320402999999"});
    let refused = keeper.post("/api/net/drafts", nowhere).await;
    assert_eq!(
        refused.json()["fields"][0]["code"],
        "net_draft.area_unknown",
        "{}",
        refused.json()
    );
}
