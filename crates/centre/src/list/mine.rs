//! What waits for a person: for each verb, the cases on which the rules would let this person answer
//! it now. What is said here in SQL is what `cases::lifecycle::may` says of one case; a test compares.

use kernel::{Actor, Capability, Moment, OrgId};
use matters::catalogue::Verification;
use sqlx::{Postgres, QueryBuilder};

use super::reach::{Reach, push_one_of, units};
use crate::State;

/// Verbs that only the unit that leads answers, while the case is open.
const OF_LEAD: [&str; 2] = ["sign", "handle"];

/// A person's arms, one for each capability that answers a verb.
#[derive(Debug, Clone)]
pub struct Mine {
    /// The person and everybody the person stands in for.
    persons: Vec<String>,
    orgs: Vec<OrgId>,
    accept: Reach,
    dispatch: Reach,
    rule: Reach,
    verify: Reach,
    whistle: Reach,
    handle: Vec<OrgId>,
    same_hour: Vec<String>,
}

impl Mine {
    /// The arms of `actor`.
    #[must_use]
    pub fn of(state: &State, actor: &Actor) -> Self {
        let reach = |c| Reach::of(actor, c, state.cases.app.city.code);
        let shelf = state.cases.shelf.current();
        let same_hour = shelf
            .catalogue
            .matters()
            .iter()
            .filter(|m| m.verification == Verification::SameHour)
            .map(|m| m.code.clone())
            .collect();
        Self {
            persons: actor.persons().iter().map(|p| p.0.to_string()).collect(),
            orgs: actor.orgs(),
            accept: reach(Capability::AcceptCases),
            dispatch: reach(Capability::DispatchCases),
            rule: reach(Capability::RuleCases),
            verify: reach(Capability::VerifyCases),
            whistle: reach(Capability::Whistle),
            handle: reach(Capability::HandleCases).orgs,
            same_hour,
        }
    }

    /// The verbs some seat of the person could ever answer.
    #[must_use]
    pub fn verbs(&self) -> Vec<&'static str> {
        let mut verbs = Vec::new();
        if !self.accept.is_empty() {
            verbs.push("accept");
        }
        if !self.dispatch.is_empty() {
            verbs.extend(["dispatch", "redispatch"]);
        }
        if !self.handle.is_empty() {
            verbs.extend(["sign", "handle", "sub_task"]);
        }
        if !self.verify.is_empty() {
            verbs.extend(["take", "verify"]);
        }
        if !self.rule.is_empty() {
            verbs.extend([
                "rule",
                "approve_suspend",
                "approve_extend",
                "approve_void",
                "approve_exclude",
            ]);
        }
        if !self.orgs.is_empty() {
            verbs.push("whistle");
        }
        verbs
    }

    /// The verbs of `only` (or all) that the person could answer, in groups that an index of its own finds
    /// each: what waits for a unit that leads, and everything else.
    #[must_use]
    pub fn groups(&self, only: &[&'static str]) -> Vec<Vec<&'static str>> {
        let mut verbs = self.verbs();
        verbs.retain(|v| only.is_empty() || only.contains(v));
        let (of_lead, others): (Vec<_>, Vec<_>) =
            verbs.into_iter().partition(|verb| OF_LEAD.contains(verb));
        let groups = [of_lead, others];
        groups.into_iter().filter(|g| !g.is_empty()).collect()
    }

    /// Writes the condition: the case waits for this person by one of the verbs, which are a group of
    /// [`Mine::groups`].
    pub fn push(&self, verbs: &[&'static str], now: Moment, sql: &mut QueryBuilder<Postgres>) {
        if verbs.iter().all(|verb| OF_LEAD.contains(verb)) {
            sql.push("c.open and ");
            push_one_of("c.lead", &units(&self.handle), sql);
            sql.push(" and ");
        }
        // The second condition is the index's own, which the planner does not infer.
        sql.push("c.asks && ")
            .push_bind(verbs.to_vec())
            .push(" and c.asks <> '{}' and (");
        for (n, verb) in verbs.iter().enumerate() {
            if n > 0 {
                sql.push(" or ");
            }
            sql.push("('").push(verb).push("' = any(c.asks) and ");
            self.push_verb(verb, now, sql);
            sql.push(")");
        }
        sql.push(")");
    }

    fn push_verb(&self, verb: &'static str, now: Moment, sql: &mut QueryBuilder<Postgres>) {
        match verb {
            "accept" => {
                self.accept.push_any(sql);
                // After an objection to a decline another person decides.
                sql.push(" and not ((c.state->>'decline_objected')::boolean and (coalesce(c.state->>'decided_by' = any(")
                    .push_bind(self.persons.clone())
                    .push("), false) or coalesce(c.state->>'decided_for' = any(")
                    .push_bind(self.persons.clone())
                    .push("), false)))");
            }
            "dispatch" => {
                sql.push("c.matter is not null and c.lon is not null and ");
                self.dispatch.push_any(sql);
            }
            "redispatch" => self.dispatch.push_any(sql),
            "sign" => self.push_lead(sql),
            "handle" => {
                sql.push("not 'sub_task' = any(c.asks) and ");
                self.push_lead(sql);
            }
            "sub_task" => self.push_sub_task(sql),
            "take" => {
                self.verify.push_any(sql);
                self.push_independent(sql);
            }
            "verify" => self.push_verify(now, sql),
            "rule" => {
                self.rule.push_any(sql);
                sql.push(" and not coalesce(c.state #>> '{dispatched_by,person}' = any(")
                    .push_bind(self.persons.clone())
                    .push("), false) and not coalesce(c.state #>> '{dispatched_by,of}' = any(")
                    .push_bind(self.persons.clone())
                    .push("), false)");
                self.push_independent(sql);
            }
            "whistle" => self.push_whistle(sql),
            request => self.push_request(request, sql),
        }
    }

    fn push_lead(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("c.lead = any(")
            .push_bind(units(&self.handle))
            .push(")");
    }

    fn push_sub_task(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(
            "c.stage in ('dispatched', 'handling', 'suspended') and exists \
             (select from jsonb_array_elements(c.state->'sub_tasks') t \
              where t->>'state' = 'open' and (t->>'org')::uuid = any(",
        )
        .push_bind(units(&self.handle))
        .push("))");
    }

    /// Neither a person nor a unit that had a hand in the case may judge it.
    fn push_independent(&self, sql: &mut QueryBuilder<Postgres>) {
        let orgs: Vec<String> = self.orgs.iter().map(|o| o.0.to_string()).collect();
        sql.push(" and not (c.state->'hands' ?| ")
            .push_bind(self.persons.clone())
            .push(") and not (c.state->'units' ?| ")
            .push_bind(orgs)
            .push(")");
    }

    fn push_verify(&self, now: Moment, sql: &mut QueryBuilder<Postgres>) {
        self.verify.push_any(sql);
        sql.push(" and c.state->>'verifier' = any(")
            .push_bind(self.persons.clone())
            .push(")");
        self.push_independent(sql);
        if self.same_hour.is_empty() {
            return;
        }
        let day = "mod(mod(trunc(extract(epoch from ";
        sql.push(" and (c.matter is null or c.matter <> all(")
            .push_bind(self.same_hour.clone())
            .push(") or not (")
            .push(day)
            .push_bind(now)
            .push(" - c.reported_at))::bigint, 86400) + 86400, 86400) between 3601 and 82799))");
    }

    fn push_request(&self, verb: &'static str, sql: &mut QueryBuilder<Postgres>) {
        let kind = verb.trim_start_matches("approve_");
        match kind {
            "suspend" | "extend" => {
                sql.push("c.stage = 'handling' and ");
            }
            "void" => {
                sql.push(
                    "c.stage not in ('declined', 'closed', 'archived', 'merged', 'voided') and ",
                );
            }
            _ => {}
        }
        self.rule.push_any(sql);
        sql.push(
            " and exists (select from jsonb_array_elements(c.state->'requests') r \
             where r->>'state' = 'open' and r->>'kind' = ",
        )
        .push_bind(kind)
        .push(" and r->>'person' <> all(")
        .push_bind(self.persons.clone())
        .push(") and (r->>'of' is null or r->>'of' <> all(")
        .push_bind(self.persons.clone())
        .push(")))");
        self.push_independent(sql);
    }

    /// Called and not yet signed in, or the caller who has still to sign in or conclude.
    fn push_whistle(&self, sql: &mut QueryBuilder<Postgres>) {
        let orgs: Vec<String> = self.orgs.iter().map(|o| o.0.to_string()).collect();
        sql.push(
            "exists (select from jsonb_array_elements(c.state->'whistles') w \
             where w->>'conclusion' is null and (w->>'caller' = any(",
        )
        .push_bind(orgs.clone())
        .push(") and (w->>'caller_signed_at' is null or ");
        if self.whistle.is_empty() {
            sql.push("false");
        } else {
            self.whistle.push_any(sql);
        }
        sql.push(
            ") or exists (select from jsonb_each(w->'called') u \
             where u.value = 'null'::jsonb and u.key = any(",
        )
        .push_bind(orgs)
        .push("))))");
    }
}
