with here as (
    -- The net must not be swapped while the case is filed: who begins a net holds its lock alone. The
    -- function looks after it has the lock, not as of the beginning of this statement.
    select 1 where net_stands($1)
), c as (
    insert into commands (id, body_hash, case_id, answer, at)
    select $2, $3, $4, $5, $57 from here
), k as (
    insert into cases (id, number, matter, category, urgency, stage, source, external_number,
        lon, lat, place_text, net, grid, dedicated, area, lead, reported_at, updated_at,
        due_at, amber_at, whole_due_at, wake_at, open, asks, thumb, likeness, version, state, search)
    select $4, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $1, $17, $18, $19, $20, $6, $57,
        $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31::tsvector
    from here
    returning id
), w as (
    insert into case_words (id, case_id, text, answers, at) select $32, $4, $33, $58, $6 from here
), e as (
    insert into case_events (id, case_id, version, at, kind, person, org, role, body)
    select e.id, $4, e.version, e.at, e.kind, e.person, e.org, e.role, e.body
    from here, unnest($34::uuid[], $35::int[], $36::timestamptz[], $37::text[], $38::uuid[],
        $39::uuid[], $40::text[], $41::jsonb[])
        as e (id, version, at, kind, person, org, role, body)
    order by e.version
), r as (
    insert into case_reporters (id, case_id, kind, code_hash, name_sealed, phone_sealed, phone_hash,
        hide_phone, call_back, lang, made_at)
    select $42::uuid, $4, $43::text, $44::bytea, $45::bytea, $46::bytea, $47::bytea, $48, $49, $50, $6
    from here where $42::uuid is not null
), m as (
    insert into case_media (case_id, media, purpose, event_id, version, by_kind)
    select $4, m.media, m.purpose, $53, 1, $54
    from here, unnest($51::uuid[], $52::text[]) as m (media, purpose)
), p as (
    insert into case_parties (case_id, org, part)
    select $4, p.org, p.part from here, unnest($55::uuid[], $56::text[]) as p (org, part)
)
select count(*) from k
