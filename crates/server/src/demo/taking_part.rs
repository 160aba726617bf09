//! Life in taking part: posts with applications at every stage, an allowance sheet, liaison with a meeting,
//! service points, volunteers with calls for help. Everybody in it is marked as a demonstration.

use anyhow::anyhow;
use kernel::vault::digest;
use kernel::{GridId, Moment, OrgId, PersonId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::boot::{City, told};

const DAY_S: i64 = 86_400;

/// The first town's people and grids, where the demo's known accounts work.
struct Stage {
    chief: PersonId,
    keepers: (PersonId, PersonId),
    area: i64,
    grids: Vec<GridId>,
    unit: OrgId,
}

/// Fills the pages of taking part.
///
/// # Errors
/// When the database fails, or the demo's known people are not there.
pub async fn enliven(city: &City, now: Moment) -> anyhow::Result<()> {
    let mut tx = city.app.db.begin().await?;
    let stage = stage(&mut tx).await?;
    posts(city, &mut tx, &stage, now).await?;
    liaison(&mut tx, &stage, now).await?;
    places(&mut tx, &stage, now).await?;
    volunteers(city, &mut tx, &stage, now).await?;
    let month = now
        .plus_s(-30 * DAY_S)
        .date(&city.app.city.zone)
        .strftime("%Y-%m")
        .to_string();
    let town = stage.area - stage.area % 1_000;
    let by = stage.keepers.0;
    trained(&mut tx, town, by, now.plus_s(-30 * DAY_S)).await?;
    participation::allowances::count(
        &mut tx,
        &city.participation,
        Uuid::now_v7(),
        (town, &month),
        by,
        now,
    )
    .await
    .map_err(told)?;
    tx.commit().await?;
    Ok(())
}

/// The town's part-time workers were trained `at`, so that the month's sheet has lines.
async fn trained(
    conn: &mut PgConnection,
    town: i64,
    by: PersonId,
    at: Moment,
) -> anyhow::Result<()> {
    sqlx::query(
        "insert into trainings (id, person, what, held_on, hours, made_by, made_at)
         select gen_random_uuid(), w.person, '入户走访与安全隐患识别', ($4 at time zone 'Asia/Shanghai')::date,
                2 + 2 * (row_number() over (order by w.code) % 2), $3, $4
         from (select a.person, min(g.code) as code from appointments a join grids g on g.id = a.grid
               where a.role = 'grid_worker' and a.kind = 'part_time' and a.valid_from < $4
                 and (a.valid_to is null or a.valid_to > $4) and g.community between $1 and $2
               group by a.person) w",
    )
    .bind(town)
    .bind(town + 999)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

async fn stage(conn: &mut PgConnection) -> anyhow::Result<Stage> {
    let person = |login: &'static str| {
        sqlx::query_scalar::<_, PersonId>("select person from accounts where login = $1")
            .bind(login)
    };
    let chief = person("chief.1").fetch_one(&mut *conn).await?;
    let first = person("town.keeper.1").fetch_one(&mut *conn).await?;
    let second = person("town.keeper.2").fetch_one(&mut *conn).await?;
    let (area, unit): (i64, OrgId) = sqlx::query_as(
        "select area, org from appointments where person = $1 and role = 'grid_chief' limit 1",
    )
    .bind(chief)
    .fetch_one(&mut *conn)
    .await?;
    let grids: Vec<GridId> = sqlx::query_scalar(
        "select id from grids where community = $1 and kind = 'basic' and valid_to is null order by code",
    )
    .bind(area)
    .fetch_all(conn)
    .await?;
    if grids.is_empty() {
        return Err(anyhow!("the first community has no grids"));
    }
    Ok(Stage {
        chief,
        keepers: (first, second),
        area,
        grids,
        unit,
    })
}

async fn posts(
    city: &City,
    conn: &mut PgConnection,
    stage: &Stage,
    now: Moment,
) -> anyhow::Result<()> {
    let all = [
        (
            "兼职网格员（晚间）",
            "Part-time grid worker, evenings",
            10,
            "open",
            2,
        ),
        (
            "兼职网格员（周末）",
            "Part-time grid worker, weekends",
            -12,
            "closed",
            1,
        ),
    ];
    for (n, (zh, en, days, state, places)) in (0_usize..).zip(all) {
        let post = Uuid::now_v7();
        let grids: Vec<Uuid> = stage.grids.iter().skip(n).take(2).map(|g| g.0).collect();
        sqlx::query(
            "insert into posts (id, title_zh, title_en, area, grids, places, duties, needs, allowance, apply_until,
                publish_days, state, made_by, made_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 5, $11, $12, $13)",
        )
        .bind(post)
        .bind(zh)
        .bind(en)
        .bind(stage.area)
        .bind(&grids)
        .bind(places)
        .bind("走访楼栋，发现并报告公共设施损坏和安全隐患，协助独居老人办理事务。")
        .bind("住在附近，每周有两个晚上或一个周末白天。")
        .bind("按办结并经核查的工作计发，标准公开。")
        .bind(now.plus_s(days * DAY_S))
        .bind(state)
        .bind(stage.chief)
        .bind(now.plus_s((days - 20) * DAY_S))
        .execute(&mut *conn)
        .await?;
        let states: &[&str] = if state == "open" {
            &["applied", "applied", "recommended", "published"]
        } else {
            &["declined", "published"]
        };
        for (m, at) in (1_usize..).zip(states) {
            apply(
                city,
                conn,
                stage,
                (post, GridId(grids[m % grids.len()])),
                (n * 10 + m, at),
                now,
            )
            .await?;
        }
    }
    Ok(())
}

/// One application at the stage `at`; the person is called by number.
async fn apply(
    city: &City,
    conn: &mut PgConnection,
    stage: &Stage,
    (post, grid): (Uuid, GridId),
    (n, at): (usize, &str),
    now: Moment,
) -> anyhow::Result<()> {
    let id = Uuid::now_v7();
    let vault = &city.app.vault;
    let name = format!("报名人{n}（演示）");
    let phone = format!("100990{n:05}");
    let reviewed = (at != "applied").then_some(stage.chief);
    let confirmed = (at == "published").then_some(stage.keepers.0);
    sqlx::query(
        "insert into applications (id, post, grid, code_hash, name_sealed, name_masked, phone_sealed, phone_masked,
            phone_hash, about_sealed, state, applied_at, reviewed_by, reviewed_at, confirmed_by, confirmed_at,
            published_until, reason, erase_at)
         values ($1, $2, $3, $4, $5, '报**', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(id)
    .bind(post)
    .bind(grid)
    .bind(digest(vault.progress_code(id).as_bytes()))
    .bind(vault.seal(&name).map_err(told)?)
    .bind(vault.seal(&phone).map_err(told)?)
    .bind(staff::desk::masked_phone(&phone))
    .bind(vault.blind("phone", &phone))
    .bind(vault.seal("住在小区里，退休前做物业维修，晚上和周末有空。").map_err(told)?)
    .bind(at)
    .bind(now.plus_s(-6 * DAY_S))
    .bind(reviewed)
    .bind(reviewed.map(|_| now.plus_s(-4 * DAY_S)))
    .bind(confirmed)
    .bind(confirmed.map(|_| now.plus_s(-2 * DAY_S)))
    .bind(confirmed.map(|_| now.plus_s(3 * DAY_S)))
    .bind(if at == "declined" { "needs_unmet" } else { "" })
    .bind((at == "declined").then(|| now.plus_s(26 * DAY_S)))
    .execute(&mut *conn)
    .await?;
    let mut story = vec![("applied", 6, None)];
    if at != "applied" {
        let what = if at == "declined" {
            "declined"
        } else {
            "recommended"
        };
        story.push((what, 4, reviewed));
    }
    if at == "published" {
        story.push(("published", 2, confirmed));
    }
    for (what, days, by) in story {
        sqlx::query(
            "insert into application_events (id, application, at, by_person, what) values ($1, $2, $3, $4, $5)",
        )
        .bind(Uuid::now_v7())
        .bind(id)
        .bind(now.plus_s(-days * DAY_S))
        .bind(by)
        .bind(what)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn liaison(conn: &mut PgConnection, stage: &Stage, now: Moment) -> anyhow::Result<()> {
    // The town's second keeper comes to the first grid as its liaison officer.
    let officer = stage.keepers.1;
    let grid = stage.grids[0];
    sqlx::query(
        "insert into appointments (id, person, role, org, grid, valid_from, kind, made_by, made_at)
         values ($1, $2, 'liaison_officer', $3, $4, $5, 'full_time', $6, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(officer)
    .bind(stage.unit)
    .bind(grid)
    .bind(now.plus_s(-90 * DAY_S))
    .bind(stage.keepers.0)
    .execute(&mut *conn)
    .await?;
    for (days, kind, held) in [
        (-20, "visit", true),
        (-6, "office_hours", true),
        (-1, "visit", false),
        (8, "office_hours", false),
    ] {
        sqlx::query(
            "insert into liaison_hours (id, person, grid, area, kind, begins_at, ends_at, place, held_at, held_by, made_by, made_at)
             values ($1, $2, $3, $4, $5, $6, $7, '社区服务大厅', $8, $9, $2, $10)",
        )
        .bind(Uuid::now_v7())
        .bind(officer)
        .bind(grid)
        .bind(stage.area)
        .bind(kind)
        .bind(now.plus_s(days * DAY_S))
        .bind(now.plus_s(days * DAY_S + 7_200))
        .bind(held.then(|| now.plus_s(days * DAY_S + 9_000)))
        .bind(held.then_some(stage.chief))
        .bind(now.plus_s(-30 * DAY_S))
        .execute(&mut *conn)
        .await?;
    }
    let meeting = Uuid::now_v7();
    sqlx::query(
        "insert into meetings (id, area, title, held_on, place, state, convened_by, made_at)
         values ($1, $2, '停车与充电会办', $3, '社区会议室', 'called', $4, $5)",
    )
    .bind(meeting)
    .bind(stage.area)
    .bind(now.plus_s(2 * DAY_S))
    .bind(stage.chief)
    .bind(now.plus_s(-DAY_S))
    .execute(&mut *conn)
    .await?;
    sqlx::query("insert into meeting_orgs (meeting, org) values ($1, $2)")
        .bind(meeting)
        .bind(stage.unit)
        .execute(&mut *conn)
        .await?;
    let items = [
        ("北门电动车充电桩不够，晚上拉线充电", None),
        ("消防通道常被车辆占用，希望划线", None),
        ("公告栏玻璃破损", Some("物业已更换")),
    ];
    for (n, (text, answer)) in (1_i64..).zip(items) {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into liaison_items (id, grid, area, text, raised_by, raised_at, state, answer, answered_by, answered_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(id)
        .bind(grid)
        .bind(stage.area)
        .bind(text)
        .bind(officer)
        .bind(now.plus_s(-n * 3 * DAY_S))
        .bind(if answer.is_some() { "answered" } else { "open" })
        .bind(answer.unwrap_or_default())
        .bind(answer.map(|_| stage.chief))
        .bind(answer.map(|_| now.plus_s(-n * DAY_S)))
        .execute(&mut *conn)
        .await?;
        if answer.is_none() {
            sqlx::query("insert into meeting_items (meeting, item) values ($1, $2)")
                .bind(meeting)
                .bind(id)
                .execute(&mut *conn)
                .await?;
        }
    }
    sqlx::query(
        "insert into meeting_decisions (id, meeting, text, kind, org, due_on, made_by, made_at)
         values ($1, $2, '统计充电需求，报街道', 'task', $3, ($4::timestamptz + interval '10 days')::date, $5, $4)",
    )
    .bind(Uuid::now_v7())
    .bind(meeting)
    .bind(stage.unit)
    .bind(now)
    .bind(stage.chief)
    .execute(conn)
    .await?;
    Ok(())
}

async fn places(conn: &mut PgConnection, stage: &Stage, now: Moment) -> anyhow::Result<()> {
    let all = [
        (
            "branch",
            "第一网格党支部（示意）",
            "Branch of Grid 1 (schematic)",
            "1-5 09:00-17:30",
            vec!["enquiries"],
        ),
        (
            "service_point",
            "红色驿站（示意）",
            "Service point (schematic)",
            "1-7 08:00-20:00",
            vec!["rest", "reading", "mediation"],
        ),
    ];
    for (n, (kind, zh, en, hours, services)) in (0_usize..).zip(all) {
        let services: Vec<String> = services.into_iter().map(str::to_owned).collect();
        sqlx::query(
            "insert into party_places (id, kind, name_zh, name_en, grid, area, address, services, hours, phone, liaison, made_by, made_at)
             values ($1, $2, $3, $4, $5, $6, '社区中心一楼', $7, $8, '0519-00000000', $9, $10, $11)",
        )
        .bind(Uuid::now_v7())
        .bind(kind)
        .bind(zh)
        .bind(en)
        .bind(stage.grids[n % stage.grids.len()])
        .bind(stage.area)
        .bind(services)
        .bind(hours)
        .bind(stage.keepers.1)
        .bind(stage.keepers.0)
        .bind(now.plus_s(-60 * DAY_S))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn volunteers(
    city: &City,
    conn: &mut PgConnection,
    stage: &Stage,
    now: Moment,
) -> anyhow::Result<()> {
    let vault = &city.app.vault;
    let (lon, lat): (f64, f64) = sqlx::query_as("select round(lon::numeric, 2)::float8, round(lat::numeric, 2)::float8 from grids where id = $1")
        .bind(stage.grids[0])
        .fetch_one(&mut *conn)
        .await?;
    let mut calls = Vec::new();
    for (title, what, skill, days) in [
        ("陪伴读报", "每周陪一位老人读报一小时", "reading", 3),
        ("楼道清洁", "整理三单元楼道杂物", "cleaning", -5),
    ] {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into help_calls (id, title, what, skill, area, lon, lat, begins_at, ends_at, wanted, state, made_by, made_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 2, 'open', $10, $11)",
        )
        .bind(id)
        .bind(title)
        .bind(what)
        .bind(skill)
        .bind(stage.area)
        .bind(lon)
        .bind(lat)
        .bind(now.plus_s(days * DAY_S))
        .bind(now.plus_s(days * DAY_S + 7_200))
        .bind(stage.chief)
        .bind(now.plus_s(-8 * DAY_S))
        .execute(&mut *conn)
        .await?;
        calls.push(id);
    }
    for (n, state) in (1..).zip(["accepted", "accepted", "offered"]) {
        let id = Uuid::now_v7();
        let phone = format!("100991{n:05}");
        sqlx::query(
            "insert into volunteers (id, code_hash, name_sealed, name_masked, phone_sealed, phone_masked, phone_hash,
                skills, times, area, state, made_at, accepted_by, accepted_at)
             values ($1, $2, $3, '志**', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(id)
        .bind(digest(vault.progress_code(id).as_bytes()))
        .bind(vault.seal(&format!("志愿者{n}（演示）")).map_err(told)?)
        .bind(vault.seal(&phone).map_err(told)?)
        .bind(staff::desk::masked_phone(&phone))
        .bind(vault.blind("phone", &phone))
        .bind(vec!["reading".to_owned(), "cleaning".to_owned()])
        .bind(vec!["weekend_day".to_owned()])
        .bind(stage.area)
        .bind(state)
        .bind(now.plus_s(-20 * DAY_S))
        .bind((state == "accepted").then_some(stage.chief))
        .bind((state == "accepted").then(|| now.plus_s(-18 * DAY_S)))
        .execute(&mut *conn)
        .await?;
        if state == "accepted" {
            let done = n == 1;
            sqlx::query(
                "insert into help_given (id, call, volunteer, state, offered_at, hours, confirmed_by, confirmed_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(Uuid::now_v7())
            .bind(if done { calls[1] } else { calls[0] })
            .bind(id)
            .bind(if done { "confirmed" } else { "offered" })
            .bind(now.plus_s(-6 * DAY_S))
            .bind(done.then_some(2.0_f64))
            .bind(done.then_some(stage.chief))
            .bind(done.then(|| now.plus_s(-4 * DAY_S)))
            .execute(&mut *conn)
            .await?;
        }
    }
    Ok(())
}
