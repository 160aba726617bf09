with k as (
    update cases set matter = $3, category = coalesce($4, category), urgency = $5, stage = $6,
        lon = $7, lat = $8, place_text = coalesce($9, place_text), net = $10, grid = $11,
        dedicated = $12, area = $13, lead = $14, handler = $15, updated_at = $16, closed_at = $17,
        due_at = $18, amber_at = $19, whole_due_at = $20, wake_at = $21, open = $22,
        supervised = $23, reminders = $24, rework = $25, returns = $26, reporters = $27,
        merged_into = $28, excluded = $29, asks = $30, thumb = $31, version = $32, state = $33
    where id = $1 and version = $2
    returning id
), w as (
    insert into case_words (id, case_id, text, at)
    select $42::uuid, k.id, $43, $16 from k where $42::uuid is not null
    on conflict (id) do nothing
), e as (
    insert into case_events (id, case_id, version, at, kind, person, org, role, body)
    select e.id, k.id, e.version, e.at, e.kind, e.person, e.org, e.role, e.body
    from k, unnest($34::uuid[], $35::int[], $36::timestamptz[], $37::text[], $38::uuid[],
        $39::uuid[], $40::text[], $41::jsonb[])
        as e (id, version, at, kind, person, org, role, body)
    order by e.version
), m as (
    insert into case_media (case_id, media, purpose, event_id, version, by_kind)
    select k.id, m.media, m.purpose, $46, $32, $47
    from k, unnest($44::uuid[], $45::text[]) as m (media, purpose)
    on conflict do nothing
), gone as (
    -- Who holds it again is no former holder.
    delete from case_parties p using k
    where $50 and p.case_id = k.id
      and (p.part = 'lead' and p.org is distinct from $14 or p.part = 'former' and p.org = $14)
), p as (
    insert into case_parties (case_id, org, part, until_n)
    select k.id, p.org, p.part, case when p.part = 'former' then $32 end
    from k, unnest($48::uuid[], $49::text[]) as p (org, part)
    on conflict do nothing
)
select count(*) from k
