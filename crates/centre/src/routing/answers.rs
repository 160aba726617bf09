//! Routing as the desk is told of it.

use std::collections::BTreeSet;

use kernel::{OrgId, PersonId};
use matters::routing::table::{RoutingRule, RuleBody};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::State;

/// Names for what rules speak of, as they stand now.
pub(crate) struct Names {
    pub(crate) guide: cases::Guide,
    net: std::sync::Arc<divisions::CurrentNet>,
}

impl Names {
    pub(crate) fn of(state: &State) -> Self {
        Self {
            guide: state.cases.guide(),
            net: state.cases.net.current(),
        }
    }

    /// A unit; one that is gone is told by its id alone.
    pub(crate) fn unit(&self, id: OrgId) -> Value {
        match self.guide.units.get(id) {
            Some(u) => json!({"id": id, "name_zh": u.name_zh, "name_en": u.name_en, "gone": false}),
            None => json!({"id": id, "name_zh": "", "name_en": "", "gone": true}),
        }
    }

    pub(crate) fn matter(&self, code: &str) -> Value {
        match self.guide.shelf.matter(code) {
            Some(m) => json!({"code": code, "name_zh": m.name.zh, "name_en": m.name.en}),
            None => json!({"code": code, "name_zh": code, "name_en": code}),
        }
    }

    pub(crate) fn area(&self, code: i64) -> Value {
        let (division, text) = (self.net.division(code), self.net.division_text(code));
        json!({
            "code": code.to_string(), "name": division.as_ref().map(|d| d.name.clone()),
            "text": text, "level": division.map(|d| d.level),
        })
    }

    pub(crate) fn body(&self, body: &RuleBody) -> Value {
        json!({
            "matter": self.matter(&body.matter), "area": self.area(body.area),
            "org": self.unit(body.org), "co": body.co.iter().map(|o| self.unit(*o)).collect::<Vec<_>>(),
            "precedence": body.precedence, "times": body.times, "over_rulings": body.over_rulings,
            "basis": body.basis,
        })
    }

    pub(crate) fn rule(&self, rule: &RoutingRule) -> Value {
        let mut told = self.body(&rule.body);
        told["id"] = json!(rule.id);
        told["since"] = json!(rule.since);
        told
    }
}

/// The names of these people, as `{id: name}`.
pub(crate) async fn people(
    conn: &mut PgConnection,
    ids: impl IntoIterator<Item = PersonId>,
) -> kernel::Result<Value> {
    let ids: Vec<PersonId> = ids
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let names = staff::store::names_of(conn, &ids).await?;
    let named = names
        .into_iter()
        .map(|(id, name)| (id.to_string(), json!(name)));
    Ok(Value::Object(named.collect()))
}
