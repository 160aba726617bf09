//! A case's events as a person would tell them, in both languages.

use std::collections::HashMap;

use kernel::{OrgId, PersonId, WordsId};

use crate::model::{Case, ClockKind, Event, RequestKind, What, Why};
use crate::reasons;

/// What the telling looks names and words up in.
#[derive(Debug)]
pub struct Names<'a> {
    /// Units.
    pub units: &'a staff::Units,
    /// People.
    pub people: HashMap<PersonId, String>,
    /// Matters.
    pub shelf: &'a matters::Shelved,
    /// Divisions and grids.
    pub net: &'a divisions::CurrentNet,
    /// People's words that have not been erased.
    pub words: HashMap<WordsId, String>,
    /// Numbers of other cases an event speaks of.
    pub numbers: HashMap<kernel::CaseId, String>,
}

impl Names<'_> {
    /// A unit's name in both languages.
    #[must_use]
    pub fn org(&self, id: OrgId) -> (String, String) {
        self.units.get(id).map_or_else(
            || ("—".into(), "—".into()),
            |u| (u.name_zh.clone(), u.name_en.clone()),
        )
    }

    /// A matter's name in both languages.
    #[must_use]
    pub fn matter(&self, code: &str) -> (String, String) {
        self.shelf.matter(code).map_or_else(
            || (code.into(), code.into()),
            |m| (m.name.zh.clone(), m.name.en.clone()),
        )
    }

    /// A person's name.
    #[must_use]
    pub fn person(&self, id: PersonId) -> String {
        self.people.get(&id).cloned().unwrap_or_else(|| "—".into())
    }

    fn said(&self, words: Option<WordsId>) -> Option<String> {
        words.and_then(|w| self.words.get(&w).cloned())
    }
}

/// A labelled line below an event's title.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Detail {
    /// Chinese; empty for the words themselves.
    pub label_zh: String,
    /// English.
    pub label_en: String,
    /// The text.
    pub text: String,
    /// The text in English, where it is ours and not a person's.
    pub text_en: String,
}

fn detail(zh: &str, en: &str, text: impl Into<String>, text_en: impl Into<String>) -> Detail {
    Detail {
        label_zh: zh.into(),
        label_en: en.into(),
        text: text.into(),
        text_en: text_en.into(),
    }
}

/// One event, told.
#[derive(Debug, Clone)]
pub struct Told {
    /// Chinese.
    pub title_zh: String,
    /// English.
    pub title_en: String,
    /// Lines below.
    pub details: Vec<Detail>,
    /// Whether the reporter sees it.
    pub public: bool,
}

/// The name of a clock, Chinese and English.
#[must_use]
pub fn clock_name(kind: ClockKind) -> (&'static str, &'static str) {
    match kind {
        ClockKind::Accept => ("受理", "Acceptance"),
        ClockKind::Dispatch => ("派遣", "Dispatch"),
        ClockKind::Sign => ("签收", "Signing"),
        ClockKind::Handle => ("处置", "Handling"),
        ClockKind::MakeSafe => ("先行处置", "Making safe"),
        ClockKind::Ruling => ("裁定", "Ruling"),
        ClockKind::Verify => ("核查", "Verification"),
        ClockKind::Objection => ("异议期", "Objection window"),
        ClockKind::Reopen => ("重开期", "Reopening window"),
        ClockKind::Whole => ("全程", "The whole case"),
    }
}

fn request_name(kind: RequestKind) -> (&'static str, &'static str) {
    match kind {
        RequestKind::Suspend => ("挂账", "suspension"),
        RequestKind::Extend => ("延期", "an extension"),
        RequestKind::Void => ("作废", "voiding"),
        RequestKind::Exclude => ("剔除", "exclusion from figures"),
    }
}

fn request_list(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Suspend => "suspend",
        RequestKind::Extend => "extend",
        RequestKind::Void => "void",
        RequestKind::Exclude => "exclude",
    }
}

/// Tells `event` of `case`.
#[must_use]
pub fn tell(case: &Case, event: &Event, names: &Names<'_>) -> Told {
    let (title_zh, title_en, public) = title(case, event, names);
    let mut details = details(case, event, names);
    if let Some(words) = names.said(words_of(&event.what)) {
        details.insert(0, detail("", "", words.clone(), words));
    }
    Told {
        title_zh,
        title_en,
        details,
        public,
    }
}

/// The words an event refers to.
#[must_use]
pub fn words_of(what: &What) -> Option<WordsId> {
    match what {
        What::Reported { words, .. }
        | What::Asked { words, .. }
        | What::Answered { words, .. }
        | What::WhistleConcluded { words, .. }
        | What::Noted { words, .. } => Some(*words),
        What::Declined { words, .. }
        | What::DeclineObjected { words }
        | What::Dispatched { words, .. }
        | What::Returned { words, .. }
        | What::Disputed { words, .. }
        | What::Ruled { words, .. }
        | What::RequestRefused { words, .. }
        | What::Resumed { words }
        | What::MadeSafe { words, .. }
        | What::Handled { words, .. }
        | What::SelfHandled { words, .. }
        | What::Passed { words, .. }
        | What::Failed { words, .. }
        | What::Objected { words, .. }
        | What::Reopened { words, .. }
        | What::Reminded { words }
        | What::Supervised { words, .. }
        | What::SubTaskDeclined { words, .. }
        | What::SubTaskDone { words, .. }
        | What::WhistleRated { words, .. } => *words,
        What::Requested { request } => request.words,
        What::SubTaskAdded { sub_task } => sub_task.words,
        What::Whistled { whistle } => whistle.words,
        _ => None,
    }
}

fn title(case: &Case, event: &Event, names: &Names<'_>) -> (String, String, bool) {
    let own = |zh: &str, en: &str, public: bool| (zh.to_owned(), en.to_owned(), public);
    let unit = |org: OrgId, zh: &str, en: &str, public: bool| {
        let (name_zh, name_en) = names.org(org);
        (format!("{zh}{name_zh}"), format!("{en} {name_en}"), public)
    };
    match &event.what {
        What::Reported { .. } => own("上报", "Reported", true),
        What::Asked { .. } => own("请上报人补充", "Asked the reporter", true),
        What::Answered { .. } => own("上报人补充", "The reporter answered", true),
        What::StayedSilent => own(
            "补充期满，继续受理",
            "No answer in time; acceptance runs on",
            false,
        ),
        What::Accepted { matter, .. } => {
            let (zh, en) = names.matter(matter);
            (
                format!("受理为「{zh}」"),
                format!("Accepted as “{en}”"),
                true,
            )
        }
        What::Declined { .. } => own("不予受理", "Declined", true),
        What::DeclineObjected { .. } => own(
            "上报人对不予受理提出异议",
            "The reporter objected to the decline",
            true,
        ),
        What::Dispatched { org, .. } => unit(*org, "派给", "Dispatched to", true),
        What::Signed { handler: None } => own("到时自动签收", "Signed automatically", false),
        What::Signed { .. } => own("签收", "Signed", true),
        What::Returned { .. } => own("退回", "Returned", false),
        What::Disputed { .. } => own("提请裁定", "Disputed, a ruling is asked for", false),
        What::Ruled { org, .. } => unit(*org, "裁定由", "Ruled: to be handled by", true),
        What::Requested { request } => {
            let (zh, en) = request_name(request.kind);
            (format!("申请{zh}"), format!("Asked for {en}"), false)
        }
        What::RequestRefused { request, .. } => {
            let (zh, en) = case
                .request(*request)
                .map_or(("", ""), |r| request_name(r.kind));
            (format!("不同意{zh}"), format!("Refused {en}"), false)
        }
        What::Suspended { .. } => own("挂账，暂停计时", "Suspended; the clocks stand still", true),
        What::Resumed { .. } => own("恢复办理", "Resumed", true),
        What::Extended { .. } => own("同意延期", "Extension granted", true),
        What::MadeSafe { .. } => own("先行处置，现场已安全", "The place was made safe", true),
        What::Handled { .. } => own("处置完毕", "Handled", true),
        What::SelfHandled { .. } => own("网格员自行处置", "Put right on the spot", true),
        What::Taken => own("开始核查", "Verification began", false),
        What::NotDrawn => own(
            "未抽中核查，待上报人确认",
            "Not drawn for verification; waits for the reporter",
            true,
        ),
        What::Passed { .. } => own("核查通过", "Verified", true),
        What::Failed { .. } => own(
            "核查不通过，返工",
            "Verification failed; to be done again",
            true,
        ),
        What::Confirmed => own("上报人确认已解决", "The reporter confirmed", true),
        What::SilenceConfirmed => own("异议期满，结案", "No objection in time; closed", true),
        What::Objected { .. } => own(
            "上报人反映未解决，返工",
            "The reporter says it is not solved; to be done again",
            true,
        ),
        What::Reopened { .. } => own("重新办理", "Reopened", true),
        What::Archived => own("归档", "Archived", true),
        What::Merged { into } => {
            let number = names.numbers.get(into).cloned().unwrap_or_default();
            (
                format!("并入 {number}"),
                format!("Merged into {number}"),
                true,
            )
        }
        What::Unmerged => own("取消合并", "Taken out of the merge", true),
        What::CameBack => own(
            "主案撤销，恢复为待受理",
            "Its primary case fell away; it stands for itself again",
            true,
        ),
        What::Joined { case, .. } => {
            let number = names.numbers.get(case).cloned().unwrap_or_default();
            (
                format!("{number} 并入本案"),
                format!("{number} was merged into this case"),
                true,
            )
        }
        What::Left { case, .. } => {
            let number = names.numbers.get(case).cloned().unwrap_or_default();
            (
                format!("{number} 从本案拆出"),
                format!("{number} was taken out of this case"),
                true,
            )
        }
        What::Withdrawn => own("上报人撤回", "Withdrawn by the reporter", true),
        What::Voided { .. } => own("作废", "Voided", true),
        What::Excluded { .. } => own("从考核数字中剔除", "Excluded from figures", false),
        What::Reminded { .. } => own("催办", "Reminded", false),
        What::Supervised { .. } => own("督办", "Under supervision", false),
        What::TurnedAmber { clock } => {
            let (zh, en) = clock_name(*clock);
            (
                format!("{zh}时限将到"),
                format!("{en}: three quarters of the time are spent"),
                false,
            )
        }
        What::RanOut { clock } => {
            let (zh, en) = clock_name(*clock);
            (
                format!("{zh}超时，已提请上级关注"),
                format!("{en}: overdue, the level above is told"),
                false,
            )
        }
        What::SubTaskAdded { sub_task } => unit(sub_task.org, "请协办：", "Asked to help:", false),
        What::SubTaskDeclined { .. } => own("谢绝协办", "Declined to help", false),
        What::SubTaskDone { .. } => own("协办完成", "Helped", false),
        What::Whistled { .. } => own("吹哨", "Departments were called to the place", false),
        What::WhistleSignedIn { org, .. } => unit(*org, "到场签到：", "Signed in on site:", false),
        What::WhistleConcluded { .. } => own("现场会商结论", "Conclusion on site", false),
        What::WhistleRated { org, .. } => unit(*org, "评价到场单位：", "Rated", false),
        What::HandedOver { person } => {
            let name = names.person(*person);
            (
                format!("交给 {name}"),
                format!("Handed over to {name}"),
                false,
            )
        }
        What::Placed { .. } => own("标定位置", "Put on the map", false),
        What::Regridded { name, .. } => (
            format!("网格调整，划入{name}"),
            format!("The net changed: now in {name}"),
            false,
        ),
        What::MatterSet { matter, .. } => {
            let (zh, en) = names.matter(matter);
            (format!("改为「{zh}」"), format!("Changed to “{en}”"), false)
        }
        What::Noted { public: true, .. } => {
            own("说明（上报人可见）", "Note (seen by the reporter)", true)
        }
        What::Noted { .. } => own("内部说明", "Internal note", false),
        What::Followed { .. } => own("又有一位居民关注", "One more resident follows", true),
        What::Rated { .. } => own("上报人评价", "The reporter rated", true),
        What::Recounted => own(
            "日历更新，时限重新计算",
            "Deadlines counted again after a calendar import",
            false,
        ),
        What::Blurred { .. } => own("图片已遮挡", "A picture was blurred", false),
    }
}

fn details(case: &Case, event: &Event, names: &Names<'_>) -> Vec<Detail> {
    let reason = |list: &str, code: &str| {
        let (zh, en) = reasons::name(list, code);
        detail("理由", "Reason", zh, en)
    };
    match &event.what {
        What::Declined { reason: code, .. } => vec![reason("decline", code)],
        What::Dispatched { why, .. } => vec![why_detail(why, names)],
        What::Returned {
            reason: code,
            clause,
            suggested,
            ..
        } => {
            let mut lines = vec![
                reason("return", code),
                detail("依据", "Clause", clause, clause),
            ];
            if let Some(org) = suggested {
                let (zh, en) = names.org(*org);
                lines.push(detail("认为应由", "Should go to", zh, en));
            }
            let left = format!("{}/1", case.returns.min(1));
            lines.push(detail("退回次数", "Returns used", left.clone(), left));
            lines
        }
        What::Disputed { reason: code, .. } => vec![reason("return", code)],
        What::Ruled { clause, .. } if !clause.is_empty() => {
            vec![detail("依据", "Clause", clause, clause)]
        }
        What::Requested { request } => {
            let mut lines = vec![reason(request_list(request.kind), &request.reason)];
            if let Some(until) = request.until {
                lines.push(detail("至", "Until", until.to_string(), until.to_string()));
            }
            lines
        }
        What::Voided { reason: code, .. } => vec![reason("void", code)],
        What::Excluded { reason: code, .. } => vec![reason("exclude", code)],
        What::Suspended { until, .. } => {
            vec![detail("至", "Until", until.to_string(), until.to_string())]
        }
        What::Supervised { level, .. } => {
            let (zh, en) = match level {
                1 => ("街道", "Town"),
                2 => ("区", "District"),
                _ => ("市", "City"),
            };
            vec![detail("层级", "Level", zh, en)]
        }
        What::WhistleRated { stars, .. } => {
            vec![detail(
                "评分",
                "Stars",
                stars.to_string(),
                stars.to_string(),
            )]
        }
        _ => Vec::new(),
    }
}

fn why_detail(why: &Why, names: &Names<'_>) -> Detail {
    let (zh, en) = why_text(why, names);
    detail("为什么", "Why here", zh, en)
}

/// Why a case was sent where it was, in a sentence.
#[must_use]
pub fn why_text(why: &Why, names: &Names<'_>) -> (String, String) {
    match why {
        Why::Route { rule, area, basis } => {
            let place = names.net.division_text(*area);
            let basis_zh = if basis.is_empty() {
                String::new()
            } else {
                format!("：{basis}")
            };
            (
                format!("路由表第 {rule} 条（{place}）{basis_zh}"),
                format!("Line {rule} of the routing table ({place}){basis_zh}"),
            )
        }
        Why::Precedent { number, .. } => (
            format!("依 {number} 号案的裁定，同类事项由该单位办理"),
            format!("A ruling on case {number} sends like cases to this unit"),
        ),
        Why::Hand => ("派遣员指定".into(), "Chosen by the dispatcher".into()),
    }
}
