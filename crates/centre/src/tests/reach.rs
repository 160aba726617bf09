//! The list, the counts and the case page say the same to every member.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{MEMBERS, text, world};

/// A case as its page shows it.
struct Seen {
    stage: String,
    level: String,
    ask: Option<String>,
    former: bool,
}

#[tokio::test]
async fn for_every_member_the_list_holds_what_the_case_pages_show_and_no_more() {
    let mut w = world().await;
    let ids = w.many(90, 16).await;
    let (mut asked, mut left, mut hidden) = (BTreeSet::new(), 0, 0);
    let mut stages = BTreeSet::new();
    for login in MEMBERS {
        let mut pages: BTreeMap<String, Seen> = BTreeMap::new();
        for id in &ids {
            let answer = w.as_(login).await.get(&format!("/api/cases/{id}")).await;
            if answer.status != 200 {
                assert_eq!(answer.status, 404);
                hidden += 1;
                continue;
            }
            let page = answer.json();
            let case = &page["case"];
            let seen = Seen {
                stage: text(case, "stage"),
                level: text(case, "level"),
                ask: case["ask"].as_str().map(str::to_owned),
                former: case["former"] == true,
            };
            left += usize::from(seen.former);
            asked.extend(seen.ask.clone());
            stages.insert(seen.stage.clone());
            pages.insert(id.clone(), seen);
        }
        for sort in ["due", "-reported_at", "-updated_at"] {
            let rows = w.all(login, &format!("sort={sort}"), 7).await;
            let found: BTreeSet<String> = rows.iter().map(|r| text(r, "id")).collect();
            assert_eq!(found.len(), rows.len(), "{login} {sort}: a row twice");
            let shown: BTreeSet<String> = pages.keys().cloned().collect();
            assert_eq!(found, shown, "{login} {sort}");
            for row in &rows {
                let page = &pages[&text(row, "id")];
                assert_eq!(text(row, "stage"), page.stage, "{login}: {row}");
                assert_eq!(row["ask"].as_str(), page.ask.as_deref(), "{login}: {row}");
            }
        }
        let waiting: BTreeSet<String> = pages
            .iter()
            .filter(|(_, s)| s.ask.is_some())
            .map(|(id, _)| id.clone())
            .collect();
        let mine: BTreeSet<String> = w
            .all(login, "mine=1", 9)
            .await
            .iter()
            .map(|r| text(r, "id"))
            .collect();
        assert_eq!(mine, waiting, "{login}: what waits");
        // Counts under the filter are those of the pages; a former holder counts what is now.
        let counts = w.get(login, "/api/cases/counts").await;
        assert_eq!(counts["total"], pages.len(), "{login}");
        assert_eq!(counts["total_more"], false);
        if pages.values().all(|s| !s.former) {
            let mut by_stage: BTreeMap<String, usize> = BTreeMap::new();
            let mut by_level: BTreeMap<String, usize> = BTreeMap::new();
            for seen in pages.values() {
                *by_stage.entry(seen.stage.clone()).or_default() += 1;
                *by_level.entry(seen.level.clone()).or_default() += 1;
            }
            assert_eq!(counts["by_stage"], serde_json::json!(by_stage), "{login}");
            assert_eq!(counts["by_level"], serde_json::json!(by_level), "{login}");
            for (level, n) in by_level {
                if level != "none" {
                    let rows = w.all(login, &format!("level={level}"), 50).await;
                    assert_eq!(rows.len(), n, "{login} {level}");
                }
            }
        }
        let counts = w.get(login, "/api/cases/counts?mine=1").await;
        assert_eq!(counts["total"], mine.len(), "{login}: what waits, counted");
    }
    // The world was wide enough for this to mean something.
    assert!(stages.len() >= 8, "{stages:?}");
    assert!(asked.len() >= 8, "{asked:?}");
    assert!(left > 0, "somebody once held a case");
    assert!(hidden > 0, "not everybody sees everything");
}
