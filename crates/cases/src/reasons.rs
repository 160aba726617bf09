//! The lists reasons are chosen from, with their names in both languages.

/// One reason: list, code, Chinese, English, and for ratings whether it is praise.
pub type Reason = (&'static str, &'static str, &'static str, &'static str, bool);

/// All lists, in the order shown.
pub const REASONS: &[Reason] = &[
    (
        "decline",
        "not_in_catalogue",
        "不在事项目录内",
        "Not in the catalogue",
        false,
    ),
    (
        "decline",
        "not_in_city",
        "不在本市范围",
        "Not in this city",
        false,
    ),
    (
        "decline",
        "duplicate_closed",
        "同一问题已办结",
        "The same matter is closed already",
        false,
    ),
    (
        "decline",
        "no_facts",
        "经核实情况不存在",
        "Not found on checking",
        false,
    ),
    (
        "decline",
        "private_matter",
        "属私人事务，已告知途径",
        "A private matter; told where to turn",
        false,
    ),
    ("return", "wrong_area", "属地不符", "Wrong area", false),
    (
        "return",
        "wrong_unit",
        "权属不清或权属不符",
        "Owned by another",
        false,
    ),
    ("return", "wrong_matter", "事项不符", "Wrong matter", false),
    (
        "return",
        "overlapping_duty",
        "职责交叉",
        "Overlapping duties",
        false,
    ),
    (
        "suspend",
        "season",
        "季节或天气原因",
        "Season or weather",
        false,
    ),
    (
        "suspend",
        "needs_funds",
        "需落实资金",
        "Needs funding",
        false,
    ),
    (
        "suspend",
        "needs_design",
        "需设计或审批",
        "Needs design or permits",
        false,
    ),
    ("suspend", "court", "司法程序中", "Before a court", false),
    ("void", "test_entry", "测试数据", "Test entry", false),
    (
        "void",
        "mistaken_entry",
        "误录",
        "Entered by mistake",
        false,
    ),
    (
        "void",
        "malicious",
        "恶意或虚假",
        "Malicious or false",
        false,
    ),
    (
        "exclude",
        "force_majeure",
        "不可抗力",
        "Force majeure",
        false,
    ),
    (
        "exclude",
        "law_forbids",
        "法律法规不允许",
        "The law forbids it",
        false,
    ),
    (
        "exclude",
        "reporter_refuses",
        "诉求人拒绝配合",
        "The reporter refuses",
        false,
    ),
    ("rating", "quick", "处理及时", "Quick", true),
    ("rating", "polite", "态度好", "Friendly", true),
    ("rating", "solved", "问题解决", "Solved", true),
    ("rating", "explained", "说明清楚", "Well explained", true),
    ("rating", "slow", "太慢", "Slow", false),
    ("rating", "not_solved", "没有解决", "Not solved", false),
    ("rating", "rude", "态度差", "Unfriendly", false),
    (
        "rating",
        "no_contact",
        "没人联系",
        "Nobody got in touch",
        false,
    ),
    ("rating", "came_back", "问题反复", "It came back", false),
];

/// Whether `list` has `code`.
#[must_use]
pub fn known(list: &str, code: &str) -> bool {
    REASONS.iter().any(|r| r.0 == list && r.1 == code)
}

/// The names of `code` in `list`, Chinese and English; the code itself when it is not there.
#[must_use]
pub fn name<'a>(list: &str, code: &'a str) -> (&'a str, &'a str) {
    REASONS
        .iter()
        .find(|r| r.0 == list && r.1 == code)
        .map_or((code, code), |r| (r.2, r.3))
}
