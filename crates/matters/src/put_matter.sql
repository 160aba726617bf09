insert into matters (
    code, category, category_zh, category_en, name_zh, name_en, department_zh, department_en,
    accept_minutes, handle_minutes, make_safe_minutes, urgency, evidence, closing_rule_zh,
    closing_rule_en, verification, self_handle, public, shown, certain, questions, valid_to)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21, null)
on conflict (code) do update set
    category = excluded.category,
    category_zh = excluded.category_zh,
    category_en = excluded.category_en,
    name_zh = excluded.name_zh,
    name_en = excluded.name_en,
    department_zh = excluded.department_zh,
    department_en = excluded.department_en,
    accept_minutes = excluded.accept_minutes,
    handle_minutes = excluded.handle_minutes,
    make_safe_minutes = excluded.make_safe_minutes,
    urgency = excluded.urgency,
    evidence = excluded.evidence,
    closing_rule_zh = excluded.closing_rule_zh,
    closing_rule_en = excluded.closing_rule_en,
    verification = excluded.verification,
    self_handle = excluded.self_handle,
    public = excluded.public,
    shown = excluded.shown,
    certain = excluded.certain,
    questions = excluded.questions,
    valid_to = null
