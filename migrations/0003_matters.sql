-- Matters that may be put on grids: routing and catalogue edited as drafts by two people, versions of matters,
-- admission (事项准入) and the burden that is kept count of.

-- ── routing as data ─────────────────────────────────────────────────────────────────────────────
-- A rule now names co-handlers and when it holds; a rule that ends stays, so that a case sent by it can say why.
alter table routing_rules
    add column co           uuid[] not null default '{}',      -- units that co-handle (协办), in order
    add column times        jsonb not null default '{}',       -- hours, weekdays, dates; empty: always
    add column over_rulings boolean not null default false,    -- goes before rulings older than itself
    add column since        timestamptz not null default '2000-01-01T00:00:00Z',
    add column retired_at   timestamptz;
alter table routing_rules drop constraint routing_rules_matter_area_org_key;
create unique index routing_rules_in_force on routing_rules (matter, area, org, times) where retired_at is null;

-- ── drafts, reviewed by a second person ─────────────────────────────────────────────────────────
create table matter_drafts (
    id             uuid primary key,
    kind           text not null check (kind in ('routing', 'catalogue')),
    title          text not null,
    note           text not null default '',
    state          text not null check (state in ('draft', 'in_review', 'approved', 'in_force', 'dropped')),
    base           int not null,                -- number of the book it was begun from or last tried on
    edits          int not null default 0,      -- counts changes, so that a trial is of this very draft
    made_by        uuid not null references people (id),
    made_at        timestamptz not null,
    submitted_by   uuid references people (id),
    submitted_at   timestamptz,
    decided_by     uuid references people (id),
    decided_at     timestamptz,
    reason         text not null default '',    -- of whoever sent it back
    effective_from timestamptz,                 -- null: as soon as it is approved
    in_force_at    timestamptz,
    number         int,                         -- of the book it became
    trial          jsonb                        -- what trying it on past cases gave
);
create index matter_drafts_state on matter_drafts (kind, state);

-- How often routing and catalogue changed; the greatest number of a kind is in force.
create table matter_books (
    kind   text not null check (kind in ('routing', 'catalogue')),
    number int not null,
    draft  uuid references matter_drafts (id),
    at     timestamptz not null,
    primary key (kind, number)
);
insert into matter_books (kind, number, at)
values ('routing', 1, '2000-01-01T00:00:00Z'), ('catalogue', 1, '2000-01-01T00:00:00Z');

create table routing_changes (
    id    uuid primary key,
    draft uuid not null references matter_drafts (id) on delete cascade,
    rule  int references routing_rules (id),   -- the rule it replaces or ends
    put   jsonb,                               -- the new rule; null ends `rule`
    by    uuid not null references people (id),
    at    timestamptz not null,
    check (rule is not null or put is not null)
);
create unique index routing_changes_rule on routing_changes (draft, rule) where rule is not null;
create index routing_changes_draft on routing_changes (draft, at);

-- ── versions of matters ─────────────────────────────────────────────────────────────────────────
alter table matters
    add column version int not null default 1,
    add column more    jsonb not null default '{}';  -- levels, legal basis, clocks by grade and the like

create table matter_versions (
    matter  text not null references matters (code),
    version int not null check (version > 0),
    body    jsonb not null,                     -- the whole matter
    ended   boolean not null default false,     -- the matter ended with this version
    since   timestamptz not null,
    draft   uuid references matter_drafts (id),
    primary key (matter, version)
);

create table matter_changes (
    draft  uuid not null references matter_drafts (id) on delete cascade,
    matter text not null,
    body   jsonb,                               -- the whole matter; null ends it
    base   int,                                 -- the version it was changed from; null: it is new
    by     uuid not null references people (id),
    at     timestamptz not null,
    primary key (draft, matter)
);

-- How a division counts where limits differ by area (GB/T 30428.8 区域等级): the narrowest area wins.
create table area_grades (
    area  bigint primary key,
    grade text not null check (grade in ('A', 'B', 'C')),
    at    timestamptz not null,
    by    uuid references people (id)
);

-- ── admission (事项准入) ─────────────────────────────────────────────────────────────────────────
create table admissions (
    id        uuid primary key,
    matter    text not null references matters (code),
    org       uuid not null references orgs (id),    -- the department that asks
    area      bigint not null,                       -- where the grids are
    state     text not null check (state in
        ('asked', 'refused_by_rule', 'refused', 'trial', 'tried', 'listed', 'lapsed', 'withdrawn')),
    form      jsonb not null,                        -- purpose, basis, how often, minutes, fields
    burden    jsonb not null,                        -- minutes per grid and month as computed when it was asked
    round     int not null default 1,                -- counts applications mended and sent anew
    made_by   uuid not null references people (id),
    made_at   timestamptz not null,
    trial_to  timestamptz,
    listed_at timestamptz,
    renew_by  timestamptz,
    reminded  timestamptz,
    ended_at  timestamptz,
    version   int not null default 1
);
create unique index admissions_running on admissions (matter, area)
    where state in ('asked', 'trial', 'tried', 'listed');
create index admissions_org on admissions (org, made_at desc);

create table admission_answers (
    admission uuid not null references admissions (id),
    round     int not null,
    area      bigint not null,                       -- the town, or the area of the centre
    centre    boolean not null,
    agrees    boolean not null,
    words     text not null default '',
    person    uuid not null references people (id),
    at        timestamptz not null,
    primary key (admission, round, area, centre)
);

create table admission_events (
    id        uuid primary key,
    admission uuid not null references admissions (id),
    at        timestamptz not null,
    kind      text not null,
    person    uuid references people (id),
    body      jsonb not null default '{}'
);
create index admission_events_of on admission_events (admission, at);

-- What may be put on grids, where and until when. Nothing else can be sent to a unit of the grids.
create table grid_listings (
    id        uuid primary key,
    matter    text not null references matters (code),
    area      bigint not null,
    from_at   timestamptz not null,
    to_at     timestamptz,
    admission uuid references admissions (id),
    basis     text not null default '',
    check (to_at is null or to_at >= from_at)
);
create index grid_listings_matter on grid_listings (matter, area);
-- What was in force before there was admission stays listed as it was.
insert into grid_listings (id, matter, area, from_at, basis)
select gen_random_uuid(), m.code, d.code, '2000-01-01T00:00:00Z', ''
from matters m cross join divisions d where m.valid_to is null and d.level = 'city';

-- ── what is asked of people's time ──────────────────────────────────────────────────────────────
-- Kept sums, one row per month and grid, community, department or matter: a year is read in milliseconds.
create table burden_sums (
    grain         text not null check (grain in ('grid', 'community', 'department', 'matter')),
    key           text not null,                -- grid id, community code, kind of department, matter code
    month         date not null,                -- its first day, in the city's zone
    area          bigint not null,              -- community, or the city
    cases         int not null default 0,
    forms         int not null default 0,
    fields        int not null default 0,
    photos        int not null default 0,
    notifications int not null default 0,
    seconds       bigint not null default 0,    -- of everybody's time
    grid_seconds  bigint not null default 0,    -- of the time of people of the grids
    saved_seconds bigint not null default 0,    -- spared by merging reports of one thing
    merged        int not null default 0,
    primary key (grain, month, key)
);
create index burden_sums_key on burden_sums (grain, key, month);
create index burden_sums_area on burden_sums (grain, area, month);

create table burden_cursor (
    one boolean primary key default true check (one),
    seq bigint not null
);
insert into burden_cursor (seq) values (0);
