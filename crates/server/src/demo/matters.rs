//! The demo's matters at the desk: versions, drafts of routing and catalogue, admissions in several states,
//! grades of areas, and the burden of the year.

use std::collections::BTreeMap;

use anyhow::Context;
use kernel::{Moment, OrgId, PersonId};
use matters::admission::{Application, AskedField, Every, asked_by_matters, conflicts, known};
use matters::catalogue::{Bilingual, Datatype, Grade, Limits, Matter};
use matters::model::{Admission, AdmissionAnswer, AdmissionState, Draft, DraftKind, DraftState};
use matters::routing::table::{RuleBody, RuleChange, Times};
use matters::store::versions::MatterChange;
use matters::store::{admissions, drafts, routing, versions};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::boot::{City, told};

const DAY_S: i64 = 86_400;

/// Writes what the desk's pages of matters show, as of `now`.
///
/// # Errors
/// When the database fails.
pub async fn write(city: &City, now: Moment) -> anyhow::Result<()> {
    let mut tx = city.app.db.begin().await?;
    let people = people(&mut tx).await?;
    let desk = Desk { city, now, people };
    desk.catalogue(&mut tx).await?;
    desk.routing(&mut tx).await?;
    desk.admissions(&mut tx).await?;
    tx.commit().await?;
    city.cases.shelf.reload(&city.app.db).await.map_err(told)?;
    centre::sealer::seal_once(&city.centre)
        .await
        .map_err(told)?;
    centre::burden::catch_up(&city.centre).await.map_err(told)?;
    Ok(())
}

/// People by login.
async fn people(conn: &mut PgConnection) -> anyhow::Result<BTreeMap<String, PersonId>> {
    let logins = [
        "admin.system",
        "city.shift.1",
        "shift.1",
        "shift.2",
        "lead.urban.1",
        "lead.emergency.1",
        "lead.civil.1",
        "town.lead.office.1",
    ];
    let rows: Vec<(String, PersonId)> =
        sqlx::query_as("select login, person from accounts where login = any($1)")
            .bind(logins.as_slice())
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().collect())
}

/// Matter, unit and who asks for it, state, day, purpose, basis, times a month, fields.
type Plan<'a> = (
    &'a str,
    (&'a str, &'a str),
    AdmissionState,
    i64,
    &'a str,
    &'a str,
    u32,
    Vec<AskedField>,
);

struct Desk<'a> {
    city: &'a City,
    now: Moment,
    people: BTreeMap<String, PersonId>,
}

impl Desk<'_> {
    fn person(&self, login: &str) -> anyhow::Result<PersonId> {
        let found = self.people.get(login).copied();
        found.with_context(|| format!("nobody signs in as {login}"))
    }

    fn days(&self, days: i64) -> Moment {
        self.now.plus_s(days * DAY_S)
    }

    fn unit(&self, key: &str, area: i64) -> anyhow::Result<OrgId> {
        let found = self.city.cases.units.current().by_key_area(key, area);
        Ok(found
            .with_context(|| format!("no unit {key} in {area}"))?
            .id)
    }

    /// The first district and its first two towns.
    fn areas(&self) -> anyhow::Result<(i64, [i64; 2])> {
        let net = self.city.cases.net.current();
        let district = net.below(self.city.app.city.code);
        let district = district.first().context("the city has districts")?.code;
        let towns = net.below(district);
        match towns.as_slice() {
            [first, second, ..] => Ok((district, [first.code, second.code])),
            _ => anyhow::bail!("the first district has two towns"),
        }
    }

    async fn begin(
        &self,
        conn: &mut PgConnection,
        kind: DraftKind,
        title: &str,
        note: &str,
        at: Moment,
    ) -> anyhow::Result<Draft> {
        let base = drafts::number(conn, kind, false).await.map_err(told)?;
        let by = self.person("admin.system")?;
        let draft = Draft {
            note: note.to_owned(),
            ..Draft::new(Uuid::now_v7(), kind, title, base, by, at)
        };
        drafts::begin(conn, &draft).await.map_err(told)?;
        Ok(draft)
    }

    async fn submit(
        &self,
        conn: &mut PgConnection,
        draft: &Draft,
        at: Moment,
    ) -> anyhow::Result<()> {
        let by = self.person("admin.system")?;
        drafts::submitted(conn, draft.id, by, at)
            .await
            .map_err(told)
    }

    async fn approve(
        &self,
        conn: &mut PgConnection,
        draft: &Draft,
        at: Moment,
    ) -> anyhow::Result<()> {
        let by = self.person("city.shift.1")?;
        let state = DraftState::Approved;
        drafts::decided(conn, draft.id, state, "", by, at)
            .await
            .map_err(told)?;
        drafts::in_force(conn, draft, at)
            .await
            .map(drop)
            .map_err(told)
    }

    fn matter(&self, code: &str) -> anyhow::Result<Matter> {
        let shelf = self.city.cases.shelf.current();
        Ok(shelf
            .matter(code)
            .with_context(|| format!("no matter {code}"))?
            .clone())
    }

    fn change(&self, matter: Matter, at: Moment) -> anyhow::Result<MatterChange> {
        Ok(MatterChange {
            code: matter.code.clone(),
            base: i32::try_from(matter.version).ok(),
            body: Some(matter),
            by: self.person("admin.system")?,
            at,
        })
    }

    async fn catalogue(&self, conn: &mut PgConnection) -> anyhow::Result<()> {
        let (_, towns) = self.areas()?;
        for (town, grade) in towns.into_iter().zip([Grade::A, Grade::B]) {
            let at = self.days(-60);
            versions::set_grade(conn, town, Some(grade), None, at)
                .await
                .map_err(told)?;
        }
        // A year ago half of it was not yet there: legal bases, classes and limits by grade.
        let at = self.days(-41);
        let title = "补充法定依据与国标、热线分类，按区域分级定时限";
        let draft = self
            .begin(
                conn,
                DraftKind::Catalogue,
                title,
                "示意数据：分类为演示编码",
                at,
            )
            .await?;
        let mut bodies = Vec::new();
        for (code, basis_zh, basis_en, gb, hotline) in CLASSES {
            let mut matter = self.matter(code)?;
            matter.more.legal_basis = Some(Bilingual::new(*basis_zh, *basis_en));
            matter.more.gb_classes = vec![(*gb).to_owned()];
            matter.more.hotline_classes = vec![(*hotline).to_owned()];
            let limits = |share: u32| Limits {
                accept_minutes: (matter.accept_minutes / share).max(1),
                handle_minutes: (matter.handle_minutes / share).max(30),
            };
            matter.more.grades = [(Grade::A, limits(2)), (Grade::B, limits(1))].into();
            bodies.push(matter);
        }
        let changes = bodies.iter().map(|m| self.change(m.clone(), at));
        let changes = changes.collect::<anyhow::Result<Vec<_>>>()?;
        versions::put_changes(conn, draft.id, &changes)
            .await
            .map_err(told)?;
        self.submit(conn, &draft, self.days(-40)).await?;
        versions::put(conn, &bodies, self.days(-40), Some(draft.id))
            .await
            .map_err(told)?;
        self.approve(conn, &draft, self.days(-40)).await?;

        let at = self.days(-2);
        let draft = self
            .begin(
                conn,
                DraftKind::Catalogue,
                "人行道破损缩短处理时限",
                "冬季路滑",
                at,
            )
            .await?;
        let mut lamp = self.matter("M0204")?;
        lamp.handle_minutes = (lamp.handle_minutes / 2).max(60);
        let change = self.change(lamp, at)?;
        versions::put_changes(conn, draft.id, &[change])
            .await
            .map_err(told)?;
        self.submit(conn, &draft, self.days(-1)).await
    }

    async fn routing(&self, conn: &mut PgConnection) -> anyhow::Result<()> {
        let (district, towns) = self.areas()?;
        let sanitation = self.unit("district-sanitation", district)?;
        let urban = self.unit("district-urban", district)?;
        let body = |matter: &str, area: i64, org: OrgId, co: Vec<OrgId>, basis: &str| RuleBody {
            matter: matter.to_owned(),
            area,
            org,
            co,
            precedence: 120,
            times: Times::default(),
            over_rulings: false,
            basis: basis.to_owned(),
        };
        let night = RuleBody {
            times: Times {
                from_min: Some(20 * 60),
                to_min: Some(6 * 60),
                ..Times::default()
            },
            ..body(
                "M0104",
                district,
                sanitation,
                vec![urban],
                "夜间遗撒处置约定（演示）",
            )
        };
        let at = self.days(-20);
        let draft = self
            .begin(
                conn,
                DraftKind::Routing,
                "夜间道路遗撒由环卫先行处置",
                "20 时至次日 6 时",
                at,
            )
            .await?;
        let put = |body: RuleBody| RuleChange {
            id: Uuid::now_v7(),
            rule: None,
            put: Some(body),
        };
        let by = self.person("admin.system")?;
        let change = put(night);
        routing::put_change(conn, draft.id, &change, by, at)
            .await
            .map_err(told)?;
        self.submit(conn, &draft, self.days(-19)).await?;
        routing::put_in_force(conn, &[change], self.days(-19))
            .await
            .map_err(told)?;
        self.approve(conn, &draft, self.days(-19)).await?;

        let at = self.days(-1);
        let draft = self
            .begin(
                conn,
                DraftKind::Routing,
                "第一街道建筑垃圾改由环卫清运",
                "环卫一体化试点",
                at,
            )
            .await?;
        let [first, _] = towns;
        let rubble = body(
            "M0102",
            first,
            sanitation,
            vec![urban],
            "环卫一体化试点方案（演示）",
        );
        routing::put_change(conn, draft.id, &put(rubble), by, at)
            .await
            .map_err(told)?;
        drafts::edited(conn, draft.id).await.map_err(told)
    }

    async fn admissions(&self, conn: &mut PgConnection) -> anyhow::Result<()> {
        let (district, towns) = self.areas()?;
        let [town, _] = towns;
        let urban = ("district-urban", "lead.urban.1");
        let emergency = ("district-emergency", "lead.emergency.1");
        let civil = ("district-civil", "lead.civil.1");
        use AdmissionState as S;
        let field = |code: &str, zh: &str, en: &str| AskedField {
            code: code.into(),
            zh: zh.into(),
            en: en.into(),
            datatype: Datatype::String,
            reused: false,
        };
        let hose = field("hose_age", "胶管使用年限", "Age of the hose");
        let phone = field("phone", "联系电话", "Contact phone");
        let plans: [Plan<'_>; 6] = [
            (
                "M0203",
                urban,
                S::Listed,
                -340,
                "协助确认道路坑槽的位置与大小",
                "城市道路管理条例",
                1,
                Vec::new(),
            ),
            (
                "M0305",
                emergency,
                S::Trial,
                -12,
                "入户宣传燃气安全时顺带检查胶管",
                "城镇燃气管理条例",
                1,
                vec![hose],
            ),
            (
                "M0105",
                urban,
                S::Asked,
                -3,
                "公园绿地脏乱情况每周看一次",
                "城市市容和环境卫生管理条例",
                4,
                Vec::new(),
            ),
            (
                "M0401",
                civil,
                S::RefusedByRule,
                -6,
                "登记纠纷双方的联系方式",
                "人民调解法",
                2,
                vec![phone],
            ),
            (
                "M0307",
                emergency,
                S::Withdrawn,
                -200,
                "每周上报外墙隐患照片",
                "房屋使用安全管理规定（演示）",
                8,
                Vec::new(),
            ),
            (
                "M0106",
                urban,
                S::Refused,
                -90,
                "每日拍照上传小广告清理情况",
                "城市市容和环境卫生管理条例",
                30,
                Vec::new(),
            ),
        ];
        for (matter, (key, login), state, asked, purpose, basis, times, fields) in plans {
            if self.city.cases.shelf.current().matter(matter).is_none() {
                continue;
            }
            let form = Application {
                purpose: purpose.into(),
                legal_basis: basis.into(),
                times,
                every: Every::Month,
                minutes: 8,
                photos: 1,
                notifications: 1,
                fields,
                trial_days: 30,
            };
            let org = self.unit(key, district)?;
            let by = self.person(login)?;
            self.admission(conn, matter, (org, by), town, state, self.days(asked), form)
                .await?;
        }
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all that an application of the demo says"
    )]
    async fn admission(
        &self,
        conn: &mut PgConnection,
        matter: &str,
        (org, by): (OrgId, PersonId),
        town: i64,
        state: AdmissionState,
        at: Moment,
        form: Application,
    ) -> anyhow::Result<()> {
        use AdmissionState as S;
        let shelf = self.city.cases.shelf.current();
        let net = self.city.cases.net.current();
        let (first, last) = kernel::actor::code_range(town);
        let grids = net
            .grids()
            .filter(|g| (first..=last).contains(&g.community))
            .count();
        let cost = form.cost(u32::try_from(grids).unwrap_or_default(), 0.0);
        let day = |days: i64| at.plus_s(days * DAY_S);
        let listed = state == S::Listed;
        let ended = matches!(state, S::Withdrawn | S::Refused);
        let tried = matches!(state, S::Trial | S::Listed | S::Withdrawn);
        let a = Admission {
            id: Uuid::now_v7(),
            matter: matter.to_owned(),
            org,
            area: town,
            state,
            burden: cost,
            round: 1,
            made_by: by,
            made_at: at,
            trial_to: tried.then(|| day(35)),
            listed_at: listed.then(|| day(10)),
            renew_by: listed.then(|| day(375)),
            reminded: None,
            ended_at: ended.then(|| day(20)),
            form,
        };
        admissions::put(conn, &a).await.map_err(told)?;
        let mut sources = known();
        sources.extend(asked_by_matters(&shelf.catalogue, matter));
        let found = if state == S::RefusedByRule {
            conflicts(&a.form, &sources)
        } else {
            Vec::new()
        };
        let told_of: Vec<_> = found
            .iter()
            .map(|c| {
                json!({"at": c.at, "code": c.code, "seconds": c.seconds, "kind": c.source.kind,
                    "asked_zh": c.source.name.zh, "asked_en": c.source.name.en,
                    "place_zh": c.source.place.zh, "place_en": c.source.place.en})
            })
            .collect();
        let seconds: u32 = found.iter().map(|c| c.seconds).sum();
        let spared = a.form.per_month() * f64::from(seconds) / 60.0 * f64::from(cost.grids);
        let asked = json!({"burden": cost, "conflicts": told_of, "saved_minutes": spared});
        let kind = if state == S::RefusedByRule {
            "refused_by_rule"
        } else {
            "asked"
        };
        let record = |kind: &'static str, person, body, at| (kind, person, body, at);
        let mut lines = vec![record(kind, Some(by), asked, at)];
        let centre = self.person("shift.1")?;
        let office = self.person("town.lead.office.1")?;
        let minutes = json!({"saved_minutes": cost.hours_all * 60.0});
        if tried || state == S::Refused {
            for (area, of_centre, person, days) in
                [(town, true, centre, 2), (town, false, office, 4)]
            {
                let agrees = of_centre || state != S::Refused;
                let words = if agrees {
                    ""
                } else {
                    "频次过高，基层负担重"
                };
                let answer = AdmissionAnswer {
                    round: 1,
                    area,
                    centre: of_centre,
                    agrees,
                    words: words.to_owned(),
                    person,
                    at: day(days),
                };
                admissions::answer(conn, a.id, &answer)
                    .await
                    .map_err(told)?;
                let kind = if agrees { "agreed" } else { "disagreed" };
                lines.push(record(kind, Some(person), json!({}), day(days)));
            }
        }
        if state == S::Refused {
            lines.push(record("refused", None, minutes.clone(), day(4)));
        }
        if tried {
            lines.push(record("trial", None, json!({}), day(5)));
            let end = match state {
                S::Listed => a.renew_by,
                S::Withdrawn => a.ended_at,
                _ => a.trial_to,
            };
            admissions::list_by(conn, &a, day(5), end)
                .await
                .map_err(told)?;
        }
        if listed {
            lines.push(record(
                "listed",
                Some(self.person("shift.2")?),
                json!({}),
                day(10),
            ));
        }
        if state == S::Withdrawn {
            lines.push(record("withdrawn", Some(by), minutes, day(20)));
        }
        for (kind, person, body, at) in lines {
            admissions::record(conn, a.id, kind, person, &body, at)
                .await
                .map_err(told)?;
        }
        Ok(())
    }
}

/// Matters with what they rest on, and demo classes: not the official numbers.
const CLASSES: &[(&str, &str, &str, &str, &str)] = &[
    (
        "M0101",
        "城市市容和环境卫生管理条例",
        "Regulations on city appearance and sanitation",
        "GB-03-01",
        "HL-0301",
    ),
    (
        "M0102",
        "城市建筑垃圾管理规定",
        "Rules on construction waste in cities",
        "GB-03-02",
        "HL-0302",
    ),
    (
        "M0103",
        "城市市容和环境卫生管理条例",
        "Regulations on city appearance and sanitation",
        "GB-03-03",
        "HL-0301",
    ),
    (
        "M0104",
        "城市道路管理条例",
        "Regulations on city roads",
        "GB-03-04",
        "HL-0303",
    ),
    (
        "M0201",
        "城市道路管理条例",
        "Regulations on city roads",
        "GB-01-01",
        "HL-0101",
    ),
    (
        "M0205",
        "城市照明管理规定",
        "Rules on city lighting",
        "GB-01-05",
        "HL-0105",
    ),
];
