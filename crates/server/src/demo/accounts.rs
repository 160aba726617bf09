//! The demo's way in: everybody of the demo city can sign in, these are worth knowing.

use serde_json::{Value, json};

/// The password of every demo account.
pub const PASSWORD: &str = "gridwork-demo-2026";
/// The Open311 key of the demo.
pub const API_KEY: &str = "gridwork-demo-key";
/// The Open311 jurisdiction of the demo.
const JURISDICTION: &str = "changzhou.demo";

/// Login, role, area in Chinese and English.
pub const KNOWN: &[(&str, &str, &str, &str)] = &[
    ("hotline.1", "call_taker", "常州市 12345", "Changzhou 12345"),
    ("call.1", "call_taker", "天宁区", "Tianning"),
    ("accept.1", "acceptor", "天宁区", "Tianning"),
    ("accept.2", "acceptor", "天宁区", "Tianning"),
    ("dispatch.1", "dispatcher", "天宁区", "Tianning"),
    ("dispatch.2", "dispatcher", "天宁区", "Tianning"),
    ("shift.1", "shift_supervisor", "天宁区", "Tianning"),
    ("shift.2", "shift_supervisor", "天宁区", "Tianning"),
    ("verify.1", "verifier", "天宁区", "Tianning"),
    ("verify.2", "verifier", "天宁区", "Tianning"),
    ("net.1", "net_keeper", "天宁区", "Tianning"),
    ("net.2", "net_keeper", "天宁区", "Tianning"),
    (
        "handler.urban.1",
        "handler",
        "天宁区城市管理局",
        "Urban Management Bureau, Tianning",
    ),
    (
        "handler.urban.2",
        "handler",
        "天宁区城市管理局",
        "Urban Management Bureau, Tianning",
    ),
    (
        "lead.urban.1",
        "unit_lead",
        "天宁区城市管理局",
        "Urban Management Bureau, Tianning",
    ),
    (
        "handler.sanitation.1",
        "handler",
        "天宁区环境卫生管理所",
        "Sanitation Office, Tianning",
    ),
    (
        "lead.sanitation.1",
        "unit_lead",
        "天宁区环境卫生管理所",
        "Sanitation Office, Tianning",
    ),
    (
        "handler.roads.1",
        "handler",
        "天宁区市政设施养护所",
        "Municipal Maintenance Office, Tianning",
    ),
    (
        "city.handler.drainage.1",
        "handler",
        "常州市排水管理处",
        "Drainage Office, Changzhou",
    ),
    (
        "city.handler.lighting.1",
        "handler",
        "常州市城市照明管理处",
        "Street Lighting Office, Changzhou",
    ),
    ("zhonglou.accept.1", "acceptor", "钟楼区", "Zhonglou"),
    ("zhonglou.dispatch.1", "dispatcher", "钟楼区", "Zhonglou"),
    (
        "zhonglou.handler.urban.1",
        "handler",
        "钟楼区城市管理局",
        "Urban Management Bureau, Zhonglou",
    ),
    (
        "town.handler.office.1",
        "handler",
        "天宁区第一个街道",
        "The first town of Tianning",
    ),
    (
        "chief.1",
        "grid_chief",
        "其第一个社区",
        "Its first community",
    ),
    (
        "town.keeper.1",
        "people_keeper",
        "天宁区第一个街道",
        "The first town of Tianning",
    ),
    (
        "town.keeper.2",
        "people_keeper",
        "天宁区第一个街道",
        "The first town of Tianning",
    ),
    (
        "grid.1",
        "grid_worker",
        "该社区第 1 网格",
        "Grid 1 of that community",
    ),
    (
        "grid.2",
        "grid_worker",
        "该社区第 2 网格",
        "Grid 2 of that community",
    ),
    ("city.dispatch.1", "dispatcher", "常州市", "Changzhou"),
    ("city.shift.1", "shift_supervisor", "常州市", "Changzhou"),
    ("city.verify.1", "verifier", "常州市", "Changzhou"),
    ("supervisor.1", "supervisor", "常州市", "Changzhou"),
    ("admin.system", "system_admin", "常州市", "Changzhou"),
    ("admin.security", "security_admin", "常州市", "Changzhou"),
    ("admin.audit", "audit_admin", "常州市", "Changzhou"),
];

/// The accounts and the Open311 key as JSON.
#[must_use]
pub fn json() -> Value {
    let accounts: Vec<Value> = KNOWN
        .iter()
        .map(|(login, role, area, area_en)| {
            json!({"login": login, "password": PASSWORD, "role": role, "area": area, "area_en": area_en})
        })
        .collect();
    json!({"accounts": accounts, "open311": {"api_key": API_KEY, "jurisdiction_id": JURISDICTION}})
}

/// A short table for the terminal.
#[must_use]
pub fn table() -> String {
    let shown = [
        "accept.1",
        "dispatch.1",
        "handler.sanitation.1",
        "verify.1",
        "shift.1",
        "grid.1",
        "supervisor.1",
    ];
    let mut out = format!("  演示账号 demo accounts (密码 password: {PASSWORD})\n");
    for (login, role, area, area_en) in KNOWN.iter().filter(|k| shown.contains(&k.0)) {
        out.push_str(&format!("    {login:<22} {role:<18} {area} / {area_en}\n"));
    }
    out.push_str("    全部 all: gridwork demo --accounts\n");
    out
}
