-- People and organisations: who is appointed, who is away and who stands in, who applied, what is paid,
-- who helps. What people tell of themselves is sealed (AES-256-GCM, key outside the database).

-- ── organisations and people ────────────────────────────────────────────────────────────────────
alter table orgs
    add column phone      text not null default '',  -- the office's, no person's
    add column address    text not null default '',
    add column duty_hours text not null default '',  -- `1-5 08:30-12:00,14:00-17:30; 6 09:00-12:00`
    add column updated_at timestamptz;
create index orgs_parent on orgs (parent);

alter table people
    add column staff_no     text unique check (staff_no <> ''),
    add column phone_sealed bytea,
    add column phone_masked text not null default '',
    add column phone_hash   bytea,                   -- keyed
    add column left_at      timestamptz;
create index people_org on people (org);

alter table appointments
    add column kind       text not null default 'full_time'
        check (kind in ('full_time', 'part_time', 'volunteer')),
    add column made_by    uuid references people (id),
    add column made_at    timestamptz,
    add column ended_by   uuid references people (id),
    add column end_reason text not null default '';

-- What was done with people, seats and units; no personal text. Written once.
create table staff_events (
    id        uuid primary key,
    at        timestamptz not null,
    by_person uuid,                                  -- null for the command line
    what      text not null,
    person    uuid,
    org       uuid,
    body      jsonb not null default '{}'
);
create index staff_events_person on staff_events (person, at desc);
create index staff_events_org on staff_events (org, at desc);

-- Away, and who stands in. While it runs the seats rest with the stand-in.
create table leaves (
    id            uuid primary key,
    person        uuid not null references people (id),
    stand_in      uuid references people (id) check (stand_in <> person),
    kind          text not null check (kind in ('annual', 'sick', 'training', 'family', 'other')),
    valid_from    timestamptz not null,
    valid_to      timestamptz not null check (valid_to > valid_from),
    made_by       uuid not null references people (id),
    made_at       timestamptz not null,
    called_off_at timestamptz
);
create index leaves_person on leaves (person, valid_to);
create index leaves_stand_in on leaves (stand_in, valid_to);

-- 交接单: what somebody leaves behind in a grid, as it stood when drawn up; signed by both.
create table handovers (
    id             uuid primary key,
    grid           uuid not null references grids (id),
    area           bigint not null,
    from_person    uuid not null references people (id),
    to_person      uuid not null references people (id) check (to_person <> from_person),
    notes          text not null default '',
    sheet          jsonb not null,                   -- open cases and sub-tasks by number
    made_by        uuid not null references people (id),
    made_at        timestamptz not null,
    signed_from_at timestamptz,
    signed_to_at   timestamptz
);
create index handovers_area on handovers (area, made_at desc);

alter table accounts add column must_change boolean not null default false;

-- A list of people with their numbers leaves the house only when another person has approved.
create table people_exports (
    id         uuid primary key,
    asked_by   uuid not null references people (id),
    asked_at   timestamptz not null,
    area       bigint not null,
    purpose    text not null,
    note       text not null default '',
    decided_by uuid references people (id) check (decided_by <> asked_by),
    decided_at timestamptz,
    approved   boolean,
    expires_at timestamptz,
    taken_at   timestamptz
);

-- ── part-time recruitment ───────────────────────────────────────────────────────────────────────
create table posts (
    id           uuid primary key,
    title_zh     text not null,
    title_en     text not null default '',
    area         bigint not null,                    -- the community that announces
    grids        uuid[] not null check (cardinality(grids) > 0),
    places       int not null check (places > 0),
    duties       text not null,
    needs        text not null default '',
    allowance    text not null default '',
    apply_until  timestamptz not null,
    publish_days smallint not null check (publish_days between 1 and 60),
    state        text not null check (state in ('open', 'closed')),
    made_by      uuid not null references people (id),
    made_at      timestamptz not null
);
create index posts_area on posts (area, made_at desc);

create table applications (
    id              uuid primary key,
    post            uuid not null references posts (id),
    grid            uuid not null references grids (id),
    code_hash       bytea not null unique,           -- SHA-256 of the progress code
    name_sealed     bytea,                           -- null once erased, as the others
    name_masked     text not null,
    phone_sealed    bytea,
    phone_masked    text not null,
    phone_hash      bytea,
    about_sealed    bytea,
    state           text not null check (state in
        ('applied', 'recommended', 'published', 'appointed', 'declined', 'withdrawn', 'ended')),
    applied_at      timestamptz not null,
    reviewed_by     uuid references people (id),
    reviewed_at     timestamptz,
    confirmed_by    uuid references people (id) check (confirmed_by <> reviewed_by),
    confirmed_at    timestamptz,
    published_until timestamptz,
    reason          text not null default '',        -- the class of a refusal, from the list
    person          uuid references people (id),
    erase_at        timestamptz,
    erased_at       timestamptz
);
create index applications_post on applications (post, applied_at);
create index applications_erase on applications (erase_at) where erase_at is not null and erased_at is null;
create unique index applications_once on applications (post, phone_hash)
    where phone_hash is not null and state not in ('withdrawn', 'declined');

create table application_events (
    id          uuid primary key,
    application uuid not null references applications (id),
    at          timestamptz not null,
    by_person   uuid,                                -- null for the applicant and for the clock
    what        text not null,
    body        jsonb not null default '{}'
);
create index application_events_application on application_events (application, at);

-- Said by residents while a name is published; read by those who decide.
create table application_objections (
    id          uuid primary key,
    application uuid not null references applications (id),
    text_sealed bytea,
    made_at     timestamptz not null,
    upheld      boolean,
    answered_by uuid references people (id),
    answered_at timestamptz
);
create index application_objections_application on application_objections (application);

create table trainings (
    id      uuid primary key,
    person  uuid not null references people (id),
    what    text not null,
    held_on date not null,
    hours   double precision not null check (hours > 0 and hours <= 200),
    made_by uuid not null references people (id),
    made_at timestamptz not null
);
create index trainings_person on trainings (person, held_on desc);

-- ── allowance ───────────────────────────────────────────────────────────────────────────────────
-- What one piece of work that was done and checked is paid. Never a report.
create table allowance_rates (
    code       text primary key,
    name_zh    text not null,
    name_en    text not null,
    counted    text not null check (counted in ('handled_checked', 'sub_task_checked', 'visit', 'training_hour')),
    cents      int not null check (cents >= 0),
    most       int check (most > 0),                 -- pieces paid a month, null for all
    valid_from timestamptz not null,
    valid_to   timestamptz
);
insert into allowance_rates (code, name_zh, name_en, counted, cents, most, valid_from) values
    ('handled',  '办结并经核查通过的案件', 'Case handled and passed by a verifier', 'handled_checked', 1500, null, '2020-01-01Z'),
    ('sub_task', '完成并经核查通过的协办', 'Sub-task done in a case that passed',    'sub_task_checked', 800, null, '2020-01-01Z'),
    ('visit',    '到格联络走访',           'Visit to the grid on the agreed day',     'visit', 1000, 8, '2020-01-01Z'),
    ('training', '参加培训（小时）',       'Training attended, by the hour',          'training_hour', 2000, 8, '2020-01-01Z');

create table allowance_sheets (
    id          uuid primary key,
    area        bigint not null,
    month       date not null check (extract(day from month) = 1),
    state       text not null check (state in ('computed', 'proposed', 'approved')),
    computed_by uuid not null references people (id),
    computed_at timestamptz not null,
    proposed_by uuid references people (id),
    proposed_at timestamptz,
    approved_by uuid references people (id) check (approved_by <> proposed_by and approved_by <> computed_by),
    approved_at timestamptz,
    unique (area, month)
);
create table allowance_lines (
    id       uuid primary key,
    sheet    uuid not null references allowance_sheets (id) on delete cascade,
    person   uuid not null references people (id),
    rate     text not null references allowance_rates (code),
    pieces   double precision not null check (pieces >= 0),
    paid     double precision not null check (paid >= 0 and paid <= pieces),
    cents    int not null check (cents >= 0),        -- of one piece
    evidence jsonb not null,                         -- numbers of cases, days of visits
    unique (sheet, person, rate)
);
create index allowance_lines_person on allowance_lines (person);
create table allowance_objections (
    id          uuid primary key,
    line        uuid not null references allowance_lines (id) on delete cascade,
    text        text not null,
    made_by     uuid not null references people (id),
    made_at     timestamptz not null,
    answer      text,
    answered_by uuid references people (id) check (answered_by <> made_by),
    answered_at timestamptz
);
create index allowance_objections_line on allowance_objections (line);

-- ── liaison, meetings ───────────────────────────────────────────────────────────────────────────
create table liaison_hours (
    id        uuid primary key,
    person    uuid not null references people (id),
    grid      uuid not null references grids (id),
    area      bigint not null,
    kind      text not null check (kind in ('visit', 'office_hours')),
    begins_at timestamptz not null,
    ends_at   timestamptz not null check (ends_at > begins_at),
    place     text not null default '',
    held_at   timestamptz,                           -- confirmed by the grid's own people
    held_by   uuid references people (id) check (held_by <> person),
    made_by   uuid not null references people (id),
    made_at   timestamptz not null
);
create index liaison_hours_area on liaison_hours (area, begins_at desc);
create index liaison_hours_person on liaison_hours (person, begins_at desc);

create table liaison_items (
    id          uuid primary key,
    grid        uuid not null references grids (id),
    area        bigint not null,
    hours       uuid references liaison_hours (id),
    text        text not null,
    raised_by   uuid not null references people (id),
    raised_at   timestamptz not null,
    state       text not null check (state in ('open', 'answered')),
    answer      text not null default '',
    answered_by uuid references people (id),
    answered_at timestamptz
);
create index liaison_items_area on liaison_items (area, state, raised_at desc);

create table meetings (
    id          uuid primary key,
    area        bigint not null,
    title       text not null,
    held_on     timestamptz not null,
    place       text not null default '',
    state       text not null check (state in ('called', 'held')),
    convened_by uuid not null references people (id),
    made_at     timestamptz not null,
    closed_at   timestamptz
);
create index meetings_area on meetings (area, held_on desc);
create table meeting_items (
    meeting uuid not null references meetings (id),
    item    uuid not null references liaison_items (id),
    primary key (meeting, item)
);
create table meeting_orgs (
    meeting uuid not null references meetings (id),
    org     uuid not null references orgs (id),
    primary key (meeting, org)
);
create table meeting_decisions (
    id       uuid primary key,
    meeting  uuid not null references meetings (id),
    item     uuid references liaison_items (id),
    text     text not null,
    kind     text not null check (kind in ('case', 'task')),
    org      uuid references orgs (id),
    due_on   date not null,
    case_no  text,                                   -- of the case it became
    done_at  timestamptz,
    done_by  uuid references people (id),
    made_by  uuid not null references people (id),
    made_at  timestamptz not null
);
create index meeting_decisions_meeting on meeting_decisions (meeting);

-- ── party building in grids: places and their liaison, nobody's membership ──────────────────────
create table party_places (
    id       uuid primary key,
    kind     text not null check (kind in ('branch', 'service_point')),
    name_zh  text not null,
    name_en  text not null default '',
    grid     uuid not null references grids (id),
    area     bigint not null,
    address  text not null default '',
    services text[] not null default '{}',
    hours    text not null default '',               -- as orgs.duty_hours
    phone    text not null default '',
    liaison  uuid references people (id),            -- the officer who answers for the place
    made_by  uuid not null references people (id),
    made_at  timestamptz not null,
    valid_to timestamptz
);
create index party_places_area on party_places (area) where valid_to is null;

-- ── volunteers ──────────────────────────────────────────────────────────────────────────────────
create table volunteers (
    id           uuid primary key,
    code_hash    bytea not null unique,
    name_sealed  bytea,
    name_masked  text not null,
    phone_sealed bytea,
    phone_masked text not null,
    phone_hash   bytea,
    skills       text[] not null,
    times        text[] not null,
    area         bigint not null,                    -- community
    state        text not null check (state in ('offered', 'accepted', 'ended')),
    made_at      timestamptz not null,
    accepted_by  uuid references people (id),
    accepted_at  timestamptz,
    ended_at     timestamptz,
    erase_at     timestamptz,
    erased_at    timestamptz
);
create index volunteers_area on volunteers (area, state);
create unique index volunteers_once on volunteers (phone_hash) where phone_hash is not null and state <> 'ended';

create table help_calls (
    id        uuid primary key,
    title     text not null,
    what      text not null,
    skill     text not null,
    area      bigint not null,                       -- community: never a door
    lon       double precision not null,             -- rounded to some 300 m
    lat       double precision not null,
    begins_at timestamptz not null,
    ends_at   timestamptz not null check (ends_at > begins_at),
    wanted    int not null check (wanted > 0),
    state     text not null check (state in ('open', 'closed')),
    made_by   uuid not null references people (id),
    made_at   timestamptz not null
);
create index help_calls_area on help_calls (area, begins_at desc);

create table help_given (
    id           uuid primary key,
    call         uuid not null references help_calls (id),
    volunteer    uuid not null references volunteers (id),
    state        text not null check (state in ('offered', 'taken', 'declined', 'confirmed')),
    offered_at   timestamptz not null,
    hours        double precision check (hours > 0 and hours <= 24),
    confirmed_by uuid references people (id),
    confirmed_at timestamptz,
    unique (call, volunteer)
);
create index help_given_volunteer on help_given (volunteer);

-- Seats by who may use them: one's own, and while a leave runs those of the person one stands in for.
-- An administrator's seat is nobody else's, ever.
create view seats as
    select a.person, null::uuid as of_person, a.id, a.role, a.area, a.org, a.grid, a.valid_from, a.valid_to
    from appointments a
    union all
    select l.stand_in, l.person, a.id, a.role, a.area, a.org, a.grid,
           greatest(a.valid_from, l.valid_from), least(a.valid_to, l.valid_to, l.called_off_at)
    from leaves l join appointments a on a.person = l.person
    where l.stand_in is not null and a.role not in ('system_admin', 'security_admin', 'audit_admin');
