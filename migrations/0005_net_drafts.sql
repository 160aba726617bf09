-- Drafts of the net, how grids were before, and what they came from.

-- A grid keeps its id and code while its border or name changes; what it was before stands in
-- grid_versions. Null: as it is since valid_from, net_from.
alter table grids add column shape_from timestamptz;
alter table grids add column shape_net  int references nets (number);

create table grid_versions (
    grid       uuid not null references grids (id),
    net_from   int not null references nets (number),
    net_to     int not null references nets (number),   -- the first net in which it was otherwise
    valid_from timestamptz not null,
    valid_to   timestamptz not null check (valid_to >= valid_from),
    name       text not null,
    geometry   bytea not null,
    lon        double precision not null,
    lat        double precision not null,
    area_m2    double precision not null check (area_m2 > 0),
    primary key (grid, net_from)
);

-- What a new grid was made of: split, merged or drawn anew.
create table grid_lineage (
    old     uuid not null references grids (id),
    new     uuid not null references grids (id),
    net     int not null references nets (number),
    area_m2 double precision not null,                  -- of the old grid's ground that the new one has
    share   double precision not null,                  -- of the old grid's area, 0..1
    primary key (old, new)
);
create index grid_lineage_new on grid_lineage (new);

create table net_drafts (
    id           uuid primary key,
    name         text not null,
    what         text not null default '',
    area         bigint not null,                       -- the division it is about: its codes from
    area_last    bigint not null,                       -- and to
    communities  bigint[] not null default '{}',        -- whose grids its edits touch
    base         int not null references nets (number), -- the net it was last compared with
    state        text not null check (state in
                   ('drawing', 'submitted', 'approved', 'in_force', 'withdrawn')),
    steps        int not null default 0,                -- made, undone ones among them
    cursor       int not null default 0 check (cursor between 0 and steps),
    version      int not null default 1,
    effect_at    timestamptz,
    made_by      uuid not null,
    made_at      timestamptz not null,
    editors      uuid[] not null default '{}',          -- everybody who ever edited
    submitted_by uuid,
    submitted_at timestamptz,
    decided_by   uuid,
    decided_at   timestamptz,
    refused      boolean not null default false,        -- the last decision was a refusal
    decision     text not null default '',              -- in words
    held         text,                                  -- why it did not take effect: a code
    net          int references nets (number),          -- the net it made
    undoes       uuid references net_drafts (id),
    report       jsonb,                                 -- what moved when it took effect
    updated_at   timestamptz not null
);
create index net_drafts_due on net_drafts (effect_at) where state = 'approved';
create index net_drafts_updated on net_drafts (updated_at desc, id desc);

-- One row per command: the edits as told, and what they change.
create table net_draft_steps (
    draft   uuid not null references net_drafts (id),
    n       int not null check (n > 0),
    edits   jsonb not null,
    changes jsonb not null,
    person  uuid not null,
    at      timestamptz not null,
    primary key (draft, n)
);

-- The same command id twice is one command.
create table net_draft_commands (
    id        uuid primary key,
    draft     uuid not null,
    body_hash bytea not null,
    person    uuid not null,
    at        timestamptz not null
);

-- Whether n is the current net, which then stands until the transaction ends; false while it is being
-- swapped. Volatile, so that what follows the lock is looked at after it was taken: within one statement
-- the number could be read as of before a swap that ended just before the lock was asked for.
create function net_stands(n int) returns boolean language plpgsql volatile as $$
begin
    if not pg_try_advisory_xact_lock_shared(hashtextextended(current_schema() || '/net', 0)) then
        return false;
    end if;
    return (select coalesce(max(number), 0) from nets) = n;
end
$$;
