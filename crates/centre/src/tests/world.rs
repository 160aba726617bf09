//! A small city with cases in every state, pressed there through the product's own door.

use std::collections::BTreeMap;

use axum::Router;
use kernel::Moment;
use serde_json::{Value, json};
use testkit::{Browser, SmallCity, TestDb, behind_the_door, database, small_city};
use uuid::Uuid;

use crate::State;

/// Everything a test needs.
pub(crate) struct World {
    pub(crate) db: TestDb,
    pub(crate) city: SmallCity,
    pub(crate) state: State,
    people: BTreeMap<String, Browser>,
    nobody: Browser,
    dice: u64,
    idle_minutes: i64,
}

/// Matters whose evidence is words alone.
const MATTERS: [&str; 4] = ["M0604", "M0904", "M0509", "M0603"];
pub(crate) const MEMBERS: [&str; 20] = [
    "call.1",
    "accept.1",
    "accept.2",
    "dispatch.1",
    "dispatch.2",
    "shift.1",
    "shift.2",
    "verify.1",
    "verify.2",
    "accept.t2",
    "dispatch.t2",
    "handler.cg.1",
    "handler.cg.2",
    "lead.cg.1",
    "handler.hw.1",
    "lead.hw.1",
    "chief.1",
    "grid.1",
    "grid.2",
    "supervisor.1",
];

pub(crate) async fn world() -> World {
    let db = database().await;
    let city = small_city(&db.pool).await;
    let app = db.app();
    let cases = cases::State {
        net: divisions::Net::load(&app.db).await.unwrap(),
        shelf: matters::Shelf::load(&app.db).await.unwrap(),
        units: staff::Directory::load(&app.db).await.unwrap(),
        books: cases::Books::load(&app.db).await.unwrap(),
        app: app.clone(),
    };
    let state = State::new(cases.clone());
    let centre: Router = crate::routes().with_state(state.clone()).into();
    let of_cases: Router = cases::routes::routes().with_state(cases).into();
    let rules: Vec<_> = crate::RULES.iter().copied().chain([cases::RULES]).collect();
    let router = behind_the_door(&app, centre.merge(of_cases), &rules).await;
    World {
        db,
        city,
        state,
        people: BTreeMap::new(),
        nobody: Browser::new(router),
        dice: 0x9e37_79b9_7f4a_7c15,
        idle_minutes: 0,
    }
}

impl World {
    /// The browser of a member, signed in.
    pub(crate) async fn as_(&mut self, login: &str) -> &mut Browser {
        if !self.people.contains_key(login) {
            let browser = self.nobody.signed_in(login).await;
            self.people.insert(login.to_owned(), browser);
        }
        self.people.get_mut(login).unwrap()
    }

    pub(crate) async fn get(&mut self, login: &str, path: &str) -> Value {
        let answer = self.as_(login).await.get(path).await;
        assert_eq!(answer.status, 200, "{login} {path}: {:?}", answer.body);
        answer.json()
    }

    /// The ids of every page of a list, `limit` at a time.
    pub(crate) async fn all(&mut self, login: &str, query: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/cases?limit={limit}&{query}{after}");
            let page = self.get(login, &path).await;
            let cases = page["cases"].as_array().unwrap().clone();
            let last = page["next"].as_str().map(str::to_owned);
            assert!(cases.len() <= limit);
            assert!(
                last.is_none() || cases.len() == limit,
                "a full page but the last"
            );
            rows.extend(cases);
            let Some(last) = last else { return rows };
            after = format!("&after={last}");
        }
    }

    pub(crate) async fn numbers(&mut self, login: &str, query: &str) -> Vec<String> {
        let rows = self.all(login, query, 100).await;
        let mut numbers: Vec<String> = rows.iter().map(|r| text(r, "number")).collect();
        numbers.sort();
        numbers
    }

    /// A number below `n`, the same in every run.
    pub(crate) fn roll(&mut self, n: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        usize::try_from(self.dice % u64::try_from(n).unwrap()).unwrap()
    }

    /// Moves the clock of the server; who was idle for long signs in again.
    pub(crate) fn wait_minutes(&mut self, minutes: i64) {
        self.idle_minutes += minutes;
        if self.idle_minutes > 20 {
            self.people.clear();
            self.idle_minutes = 0;
        }
        let clock = &self.state.cases.app.clock;
        clock.set_offset_us(clock.offset_us() + minutes * 60_000_000);
    }

    pub(crate) fn now(&self) -> Moment {
        self.state.cases.app.clock.now()
    }

    /// Enters a report; answers its id and number.
    pub(crate) async fn report(&mut self, login: &str, form: Value) -> (String, String) {
        let mut body = json!({"id": Uuid::now_v7(), "text": "沿河步道堆了杂物", "source": "call"});
        body.as_object_mut()
            .unwrap()
            .extend(form.as_object().unwrap().clone());
        let answer = self.as_(login).await.post("/api/cases", body).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let receipt = answer.json();
        (text(&receipt, "case_id"), text(&receipt, "number"))
    }

    pub(crate) async fn command(
        &mut self,
        login: &str,
        case: &str,
        command: &str,
        body: Value,
    ) -> u16 {
        let path = format!("/api/cases/{case}/commands");
        let body = json!({"id": Uuid::now_v7(), "command": command, "body": body});
        self.as_(login).await.post(&path, body).await.status
    }

    /// Cases all over the city, each pressed on for some steps by whoever may.
    pub(crate) async fn many(&mut self, count: usize, steps: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for n in 0..count {
            let mut form = json!({"text": format!("第{n}件：窨井盖松动，{}", MATTERS[n % 4])});
            let put = |form: &mut Value, key: &str, value: Value| {
                form.as_object_mut().unwrap().insert(key.into(), value);
            };
            if n % 7 != 6 {
                let community = u8::try_from(self.roll(4)).unwrap();
                let row = u8::try_from(self.roll(2)).unwrap();
                let (lon, lat) = if n % 9 == 0 {
                    self.city.school()
                } else {
                    self.city.place(community, row)
                };
                put(&mut form, "lon", json!(lon));
                put(&mut form, "lat", json!(lat));
            }
            if n % 3 != 2 {
                put(&mut form, "matter", json!(MATTERS[self.roll(4)]));
            }
            put(&mut form, "source", json!(["call", "department"][n % 2]));
            ids.push(self.report("call.1", form).await.0);
            if n % 10 == 9 {
                self.wait_minutes(7);
            }
        }
        for _ in 0..steps {
            for id in ids.clone() {
                for _ in 0..4 {
                    let at = self.roll(MEMBERS.len());
                    if self.press(MEMBERS[at], &id).await {
                        break;
                    }
                }
            }
            self.wait_minutes(1);
        }
        ids
    }

    /// Presses one of the buttons the case shows to this member; answers whether it was let through.
    async fn press(&mut self, login: &str, case: &str) -> bool {
        let path = format!("/api/cases/{case}");
        let answer = self.as_(login).await.get(&path).await;
        if answer.status != 200 {
            return false;
        }
        let page = answer.json();
        let mut commands: Vec<String> = page["actions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|a| a["allowed"] == true)
            .map(|a| text(a, "command"))
            .filter(|c| !matches!(c.as_str(), "note" | "remind" | "set_matter" | "hand_over"))
            .collect();
        // What carries a case on is pressed more often than what ends it.
        commands.retain(|c| {
            !matches!(
                c.as_str(),
                "decline" | "request_void" | "merge" | "ask_reporter" | "whistle"
            ) || self.roll(6) == 0
        });
        if commands.is_empty() {
            return false;
        }
        let at = self.roll(commands.len());
        let command = commands[at].clone();
        let body = self.body(&command, &page["case"]);
        self.command(login, case, &command, body).await == 200
    }

    fn body(&mut self, command: &str, case: &Value) -> Value {
        let urban = self.city.org("district-urban", self.city.district);
        let sanitation = self.city.org("district-sanitation", self.city.district);
        let committee = self
            .city
            .org("community-committee", self.city.communities[0]);
        let orgs = [urban, sanitation, committee];
        let at = self.roll(3);
        let org = orgs[at];
        let of = |list: &str, state: &str| {
            case[list]
                .as_array()
                .into_iter()
                .flatten()
                .find(|r| r["state"] == state)
                .map_or(Value::Null, |r| r["id"].clone())
        };
        let kind = command.split('_').nth(1).unwrap_or_default();
        let request = case["requests"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|r| r["state"] == "open" && r["kind"] == kind)
            .map_or(Value::Null, |r| r["id"].clone());
        let whistle = case["whistles"]
            .as_array()
            .and_then(|w| w.last())
            .map_or(Value::Null, |w| w["id"].clone());
        let evidence = json!({"note": "已当面说明", "consent": "已征得同意"});
        match command {
            "accept" => json!({"matter": MATTERS[self.roll(4)]}),
            "decline" => json!({"reason": "no_facts", "note": "已核实"}),
            "ask_reporter" => json!({"text": "具体在哪个位置？"}),
            "dispatch" | "redispatch" => json!({"org": org, "note": "请尽快处理"}),
            "rule" => json!({"org": org, "clause": "第三条", "note": "由该单位负责"}),
            "return" => json!({"reason": "wrong_unit", "clause": "第五条", "note": "不属本单位"}),
            "dispute" => json!({"reason": "wrong_unit", "note": "请裁定"}),
            "request_suspend" => {
                json!({"reason": "season", "until": self.now().plus_s(86_400 * 3), "note": "雨季"})
            }
            "request_extend" => json!({"reason": "season", "hours": 4, "note": "雨季"}),
            "request_void" => json!({"reason": "test_entry", "note": "误录"}),
            "request_exclude" => json!({"reason": "force_majeure", "note": "台风"}),
            "handle" | "self_handle" => json!({"text": "已处置", "evidence": evidence}),
            "add_sub_task" => json!({"org": org, "what": "请协助清理", "hours": 2}),
            "finish_sub_task" | "decline_sub_task" => {
                json!({"sub_task": of("sub_tasks", "open"), "text": "已协助", "reason": "不属本单位"})
            }
            "whistle" => json!({"orgs": [urban, sanitation], "place_text": "社区门口",
                "arrive_by": self.now().plus_s(7_200), "what": "现场会商"}),
            "whistle_sign_in" | "whistle_conclude" => {
                json!({"whistle": whistle, "text": "一致同意清理"})
            }
            "place" => {
                let (lon, lat) = self.city.place(1, 1);
                json!({"lon": lon, "lat": lat})
            }
            "supervise" => json!({"text": "请抓紧", "level": 1}),
            "make_safe" | "pass" | "fail" => json!({"text": "现场查看", "method": "on_site"}),
            "merge" => json!({"into": null}),
            other if other.starts_with("approve") || other.starts_with("refuse") => {
                json!({"request": request, "note": "同意"})
            }
            _ => json!({"note": "继续", "text": "继续", "words": "继续"}),
        }
    }
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
