-- The net, the people, the catalogue, the cases. Runs inside the city's own schema.
-- No triggers (schema-based sharding refuses them); the schema is the last guard.

-- ── divisions and grids ─────────────────────────────────────────────────────────────────────────
create table divisions (
    code       bigint primary key check (code between 100000000000 and 999999999999),
    level      text not null check (level in ('city', 'county', 'town', 'village')),
    parent     bigint references divisions (code),
    name       text not null,
    geometry   bytea,                       -- WKB polygon, EPSG:4490, lon/lat degrees
    lon        double precision not null,   -- where the label stands
    lat        double precision not null,
    bounds     double precision[] not null  -- west, south, east, north
);
create index divisions_parent on divisions (parent);

-- Versions of the net as a whole. The current one is the greatest.
create table nets (
    number    int primary key,
    made_at   timestamptz not null,
    made_by   uuid,
    what      text not null
);

-- How grid codes are made: data, not code (GB/T 34300-2017 tails differ by city).
create table code_schemes (
    id       text primary key,
    pattern  text not null,      -- regular expression of a whole code
    parts    jsonb not null,     -- widths by name, in order
    current  boolean not null default false
);

create table grids (
    id             uuid primary key,
    code           text not null unique,    -- never used again after a grid is abolished
    kind           text not null check (kind in ('basic', 'dedicated')),
    dedicated_kind text check ((kind = 'dedicated') = (dedicated_kind is not null)),
    community      bigint not null references divisions (code),
    name           text not null,
    geometry       bytea not null,
    lon            double precision not null,
    lat            double precision not null,
    area_m2        double precision not null check (area_m2 > 0),
    valid_from     timestamptz not null,
    valid_to       timestamptz check (valid_to > valid_from),
    net_from       int not null references nets (number),
    net_to         int references nets (number)
);
create index grids_community on grids (community);
create index grids_current on grids (kind) where valid_to is null;

-- ── organisations, people, appointments ─────────────────────────────────────────────────────────
create table orgs (
    id           uuid primary key,
    key          text not null,              -- the kind of unit, e.g. `urban_management`
    kind         text not null,              -- department operator centre town community grid_station
    level        text not null check (level in ('city', 'county', 'town', 'village')),
    area         bigint not null,            -- the division it answers in
    parent       uuid references orgs (id),
    name_zh      text not null,
    name_en      text not null,
    valid_to     timestamptz,
    unique (key, area)
);
create index orgs_area on orgs (area);

create table people (
    id         uuid primary key,
    name       text not null,
    org        uuid references orgs (id),
    created_at timestamptz not null
);

create table appointments (
    id         uuid primary key,
    person     uuid not null references people (id),
    role       text not null,
    area       bigint,
    org        uuid references orgs (id),
    grid       uuid references grids (id),
    valid_from timestamptz not null,
    valid_to   timestamptz check (valid_to > valid_from),
    check (num_nonnulls(area, org, grid) >= 1)
);
create index appointments_person on appointments (person);
create index appointments_org on appointments (org);
create index appointments_grid on appointments (grid);

-- ── accounts, sessions, audit ───────────────────────────────────────────────────────────────────
create table accounts (
    id             uuid primary key,
    person         uuid not null unique references people (id),
    login          text not null unique check (login = lower(login)),
    password_hash  text not null,            -- argon2id, PHC string
    totp_secret    bytea,                    -- sealed; null until enrolled
    totp_pending   bytea,                    -- sealed; waiting for the first code
    totp_last_step bigint not null default 0,
    failed         int not null default 0,
    locked_until   timestamptz,
    disabled_at    timestamptz,
    created_at     timestamptz not null
);

create table sessions (
    id           uuid primary key,
    token_hash   bytea not null unique,      -- SHA-256 of the cookie
    account      uuid not null references accounts (id) on delete cascade,
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at   timestamptz not null,
    agent        text not null default ''
);
create index sessions_account on sessions (account);

-- Written in the transaction of the look itself; chained by the sealer. Never updated.
create table audit_log (
    n         bigint generated always as identity primary key,
    at        timestamptz not null,
    account   uuid,
    person    uuid,
    org       uuid,
    what      text not null,                 -- e.g. session.opened, reporter.seen, right.refused
    ok        boolean not null,
    subject   uuid,                          -- the case, account or media looked at
    purpose   text,
    fields    text[] not null default '{}',
    details   jsonb not null default '{}'
);
create index audit_log_subject on audit_log (subject);
create index audit_log_at on audit_log (at);

create table audit_chain (
    seq        bigint primary key,
    first_n    bigint not null,
    last_n     bigint not null,
    root       bytea not null,               -- Merkle root of the rows' hashes
    head       bytea not null,               -- SHA-256(previous head ‖ root ‖ first ‖ last ‖ at)
    sealed_at  timestamptz not null,
    rows       bigint[] not null             -- which rows, in order
);

-- ── the catalogue ───────────────────────────────────────────────────────────────────────────────
create table matters (
    code                text primary key,
    category            text not null,
    category_zh         text not null,
    category_en         text not null,
    name_zh             text not null,
    name_en             text not null,
    department_zh       text not null,
    department_en       text not null,
    accept_minutes      int not null check (accept_minutes >= 0),
    handle_minutes      int not null check (handle_minutes > 0),
    make_safe_minutes   int check (make_safe_minutes > 0),
    urgency             text not null check (urgency in ('emergency', 'urgent', 'normal', 'low')),
    evidence            text[] not null,
    closing_rule_zh     text not null,
    closing_rule_en     text not null,
    verification        text not null check (verification in ('on_site', 'same_hour', 'call_back', 'sampling')),
    self_handle         boolean not null,
    public              boolean not null,
    shown               boolean not null,    -- may be shown to others than reporter and staff
    certain             boolean not null,    -- may be accepted by rule when place and matter are certain
    questions           jsonb not null default '[]',
    valid_to            timestamptz
);

create table matter_aliases (
    matter text not null references matters (code),
    alias  text not null,
    weight real not null default 1,
    primary key (matter, alias)
);

-- What was chosen for like words before: counts, never whole texts.
create table matter_memory (
    word   text not null,
    matter text not null references matters (code),
    count  int not null check (count > 0),
    primary key (word, matter)
);

-- matter × area → unit. The narrowest area wins, then the greater precedence.
create table routing_rules (
    id         int generated always as identity primary key,
    matter     text not null references matters (code),
    area       bigint not null,
    org        uuid not null references orgs (id),
    precedence int not null default 0,
    basis      text not null default '',
    unique (matter, area, org)
);
create index routing_rules_matter on routing_rules (matter, area);

-- ── media ───────────────────────────────────────────────────────────────────────────────────────
create table media (
    id          uuid primary key,
    kind        text not null check (kind in ('photo', 'document', 'video')),
    sha256      bytea not null,              -- of what is kept, not of what was sent
    bytes       bigint not null,
    width       int,
    height      int,
    likeness    bigint,                      -- 64-bit difference hash of a photo
    mime        text not null,
    file_name   text,                        -- documents and videos only, cleaned
    stored      text not null,               -- object name of the full thing
    thumb       text,
    taken_at    timestamptz,                 -- from the picture's own data, before it was stripped
    made_at     timestamptz not null,
    made_by     uuid,                        -- person, null for residents
    replaces    uuid references media (id),
    erased_at   timestamptz
);

-- ── cases ───────────────────────────────────────────────────────────────────────────────────────
create sequence case_number as int minvalue 1 maxvalue 99999 cycle cache 1;

create table cases (
    id              uuid primary key,
    number          text not null unique,
    matter          text references matters (code),
    category        text,
    urgency         text,
    stage           text not null,
    source          text not null,
    external_number text,
    lon             double precision,
    lat             double precision,
    place_text      text not null default '',
    net             int not null,
    grid            uuid references grids (id),
    dedicated       uuid references grids (id),
    area            bigint not null,         -- community when placed, else the city
    lead            uuid references orgs (id),
    handler         uuid references people (id),
    reported_at     timestamptz not null,
    updated_at      timestamptz not null,
    closed_at       timestamptz,
    due_at          timestamptz,             -- of the running stage clock
    amber_at        timestamptz,
    whole_due_at    timestamptz,
    wake_at         timestamptz,             -- when the next timer fires
    open            boolean not null,        -- neither closed, archived, declined, merged nor voided
    supervised      boolean not null default false,
    reminders       smallint not null default 0,
    rework          smallint not null default 0,
    returns         smallint not null default 0,
    reporters       int not null default 1,
    merged_into     uuid references cases (id),
    excluded        boolean not null default false,
    asks            text[] not null default '{}',  -- verbs waited for, e.g. dispatch, approve_extend
    thumb           uuid,
    likeness        bigint,
    version         int not null,
    state           jsonb not null,          -- the whole pure case; replaying its events gives it
    search          tsvector not null default '',
    -- Whether the whole was closed within its limit; null while it is not closed.
    on_time         boolean generated always as (case when closed_at is not null then
        jsonb_path_exists(state, '$.clocks[*] ? (@.kind == "whole" && @.met == true)') end) stored
);
create unique index cases_external on cases (source, external_number) where external_number is not null;
create index cases_wake on cases (wake_at) where wake_at is not null;
create index cases_reported on cases (reported_at desc, id desc) include (area);
create index cases_area_reported on cases (area, reported_at desc, id desc);
create index cases_open_due on cases (due_at, id) where open;
-- Covers what counts of open cases ask for, so that they read no rows.
create index cases_open_area on cases (area, stage)
    include (due_at, amber_at, asks, matter, source, urgency, lead, supervised, reported_at, id) where open;
create index cases_open_stage on cases (stage, due_at, id) where open;
create index cases_lead on cases (lead, reported_at desc, id desc) where lead is not null;
create index cases_open_lead on cases (lead, due_at, id) where open;
create index cases_stage_reported on cases (stage, reported_at desc, id desc);
create index cases_grid on cases (grid, reported_at desc, id desc);
create index cases_dedicated on cases (dedicated, reported_at desc, id desc) where dedicated is not null;
create index cases_source on cases (source, reported_at desc, id desc);
create index cases_supervised on cases (reported_at desc, id desc) where supervised;
create index cases_closed on cases (closed_at) include (area, stage, excluded, on_time) where closed_at is not null;
create index cases_gone on cases (updated_at) include (area) where stage = 'merged';
create index cases_matter on cases (matter, reported_at desc, id desc);
create index cases_asks on cases using gin (asks) where asks <> '{}';
create index cases_search on cases using gin (search) with (fastupdate = on);
create index cases_merged on cases (merged_into) where merged_into is not null;
create index cases_updated on cases (updated_at desc, id desc);

-- Units that lead, co-handle, were called, or once held a case (a former holder sees up to its part).
create table case_parties (
    case_id uuid not null references cases (id),
    org     uuid not null references orgs (id),
    part    text not null check (part in ('lead', 'co', 'called', 'former')),
    until_n int,                              -- a former holder sees events up to this version
    primary key (case_id, org, part)
);
create index case_parties_org on case_parties (org, case_id);
create index case_parties_beside on case_parties (org, case_id) where part <> 'lead';

-- History and outbox in one. Inserted once, never updated, no personal text.
create table case_events (
    n       bigint generated by default as identity primary key,
    id      uuid not null unique,
    case_id uuid not null references cases (id),
    version int not null,                     -- of the case after this event
    at      timestamptz not null,
    kind    text not null,
    person  uuid,
    org     uuid,
    role    text,
    body    jsonb not null,
    unique (case_id, version)
);

-- What a person finished today.
create index case_events_done on case_events (person, at)
    where kind in ('handled', 'self_handled', 'sub_task_done', 'passed', 'failed');

-- Order given after commit: every cursor reads seq.
create table sealed (
    seq       bigint primary key,
    n         bigint not null unique,
    sealed_at timestamptz not null
);

-- People's words: referred to by events, erasable.
create table case_words (
    id        uuid primary key,
    case_id   uuid not null references cases (id),
    text      text,                            -- null once erased
    answers   jsonb,                           -- to the matter's questions, with the report's words
    at        timestamptz not null,
    erased_at timestamptz
);
create index case_words_case on case_words (case_id);

create table case_reporters (
    id            uuid primary key,
    case_id       uuid not null references cases (id),
    kind          text not null check (kind in ('reporter', 'follower')),
    code_hash     bytea not null unique,        -- SHA-256 of the progress code
    name_sealed   bytea,
    phone_sealed  bytea,
    phone_hash    bytea,                        -- keyed
    hide_phone    boolean not null default false,
    call_back     boolean not null default false,
    lang          text not null default 'zh-CN',
    made_at       timestamptz not null
);
create index case_reporters_case on case_reporters (case_id);

create table case_media (
    case_id  uuid not null references cases (id),
    media    uuid not null references media (id),
    purpose  text not null,
    event_id uuid not null,
    version  int not null,
    by_kind  text not null check (by_kind in ('reporter', 'staff')),
    primary key (case_id, media)
);

-- Commands as their senders named them: the same id twice is the same command.
create table commands (
    id        uuid primary key,
    body_hash bytea not null,
    case_id   uuid,
    answer    jsonb not null,
    at        timestamptz not null
);

create table case_ratings (
    id       uuid primary key,
    case_id  uuid not null references cases (id),
    reporter uuid not null references case_reporters (id),
    stars    smallint not null check (stars between 1 and 5),
    reasons  text[] not null default '{}',
    words    uuid references case_words (id),
    at       timestamptz not null,
    unique (case_id, reporter)
);

-- A ruling: the next like case goes where it said.
create table precedents (
    id       uuid primary key,
    case_id  uuid not null references cases (id),
    matter   text not null references matters (code),
    area     bigint not null,                   -- the community (or wider) it binds
    org      uuid not null references orgs (id),
    clause   text not null default '',
    made_at  timestamptz not null,
    valid_to timestamptz
);
create index precedents_matter on precedents (matter, area);

create table saved_views (
    id      uuid primary key,
    person  uuid not null references people (id),
    name    text not null,
    query   text not null,
    shared  boolean not null default false,
    made_at timestamptz not null
);
create index saved_views_person on saved_views (person);

-- ── exchange ────────────────────────────────────────────────────────────────────────────────────
create table api_keys (
    id         uuid primary key,
    key_hash   bytea not null unique,
    name       text not null,
    may_post   boolean not null default true,
    created_at timestamptz not null,
    revoked_at timestamptz
);

create table open311_tokens (
    token      text primary key,
    case_id    uuid not null,
    made_at    timestamptz not null
);

-- ── the city's own settings, calendars and the like ─────────────────────────────────────────────
create table calendar_days (
    day     date primary key,
    kind    text not null check (kind in ('holiday', 'workday')),
    name_zh text not null default '',
    name_en text not null default ''
);

create table settings (
    key   text primary key,
    value jsonb not null
);

-- How often an address, person or account did something; for limits that hold over several servers.
create table limits (
    key       text not null,
    window_at timestamptz not null,
    count     int not null,
    primary key (key, window_at)
);
