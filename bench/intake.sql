-- The ceiling of the intake: one report's rows in one transaction, one statement per table, by pgbench.
-- The tables stand in the schema `bench` with the columns, checks, indexes and foreign keys of the city's;
-- `gridwork bench` makes them and gives the variables values of cases that were just reported.
-- Ids are made as the product makes them: milliseconds first, so that they come in order of time.
\set a random(0, 9223372036854775806)
\set n random(1, 64)
begin;
insert into commands (id, body_hash, case_id, answer, at)
values (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    sha256(int8send(:a::bigint)),
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    :answer::jsonb, now());
insert into cases (id, number, matter, category, urgency, stage, source, external_number,
    lon, lat, place_text, net, grid, dedicated, area, lead, reported_at, updated_at,
    due_at, amber_at, whole_due_at, wake_at, open, asks, thumb, likeness, version, state, search)
values (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    to_char(nextval('numbers'), 'FM000000000000'),
    :matter, :category, :urgency, 'dispatched', :source, null,
    :lon::double precision, :lat::double precision, :place_text, :net::int,
    (:grids::uuid[])[:n::int], null, (:areas::bigint[])[:n::int], (:leads::uuid[])[:n::int], now(), now(),
    now() + interval '4 hours', now() + interval '3 hours', now() + interval '6 hours', now() + interval '30 minutes',
    true, array['sign'], null, null, 3, :state::jsonb, :search::tsvector);
insert into case_words (id, case_id, text, answers, at)
values (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    :words, null, now());
insert into case_events (id, case_id, version, at, kind, person, org, role, body)
values (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0001')::uuid,
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    1, now(), 'reported', :person::uuid, :org::uuid, 'call_taker', :first::jsonb
), (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0002')::uuid,
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    2, now(), 'accepted', null, null, 'rule', :second::jsonb
), (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0003')::uuid,
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    3, now(), 'dispatched', null, null, 'rule', :third::jsonb);
insert into case_reporters (id, case_id, kind, code_hash, name_sealed, phone_sealed, phone_hash,
    hide_phone, call_back, lang, made_at)
values (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    'reporter', sha256(int8send(:a::bigint)), :name::bytea, :phone::bytea, sha256(int8send(:n::bigint)),
    false, true, 'zh-CN', now());
insert into case_parties (case_id, org, part)
values (
    (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || lpad(to_hex(:a::bigint), 16, '0') || '0000')::uuid,
    (:leads::uuid[])[:n::int], 'lead');
end;
