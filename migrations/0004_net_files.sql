-- Files of areas taken in, other systems of grids beside the net, and city elements.

-- The same command id twice is one import.
create table net_imports (
    id     uuid primary key,
    target text not null check (target in ('divisions', 'grids', 'units', 'elements')),
    hash   bytea not null,                        -- SHA-256 of file and manner
    how    jsonb not null,
    rows   int not null,
    answer jsonb not null,
    person uuid,                                  -- null from the command line
    at     timestamptz not null
);

-- ── other systems of grids, side by side with the net ───────────────────────────────────────────
create table grid_systems (
    key     text primary key check (key ~ '^[a-z][a-z0-9_]{0,31}$'),
    name_zh text not null,
    name_en text not null,
    digits  int not null check (digits between 13 and 30),   -- of a code, the community's twelve first
    made_at timestamptz                            -- when its grids were last taken in
);
-- GB/T 30428.1: 6 county + 3 street + 3 community + 2 serial.
insert into grid_systems (key, name_zh, name_en, digits)
values ('city_management', '城市管理单元网格', 'City-management unit grid', 14);

create table unit_grids (
    id        uuid primary key,
    system    text not null references grid_systems (key),
    code      text not null,
    community bigint not null references divisions (code),
    name      text not null,
    geometry  bytea not null,                     -- WKB polygon, EPSG:4490
    lon       double precision not null,
    lat       double precision not null,
    area_m2   double precision not null check (area_m2 > 0),
    unique (system, code)
);
create index unit_grids_community on unit_grids (community);

-- Which grids of the net a unit grid lies over, and how much of each.
create table unit_overlaps (
    unit          uuid not null references unit_grids (id) on delete cascade,
    grid          uuid not null references grids (id),
    area_m2       double precision not null,
    share_of_unit double precision not null,      -- 0..1
    share_of_grid double precision not null,      -- 0..1
    primary key (unit, grid)
);
create index unit_overlaps_grid on unit_overlaps (grid);

-- ── city elements ───────────────────────────────────────────────────────────────────────────────
create table city_elements (
    id        uuid primary key,
    layer     text not null check (layer in ('premises', 'facility', 'service_point', 'gathering_place')),
    code      text not null,
    class     text not null default '',
    name      text not null,
    details   text not null default '',
    lon       double precision not null,
    lat       double precision not null,
    community bigint,                             -- null outside the city
    grid      uuid references grids (id),
    dedicated uuid references grids (id),
    at        timestamptz not null,
    unique (layer, code)
);
create index city_elements_grid on city_elements (grid, layer);
create index city_elements_dedicated on city_elements (dedicated, layer) where dedicated is not null;
create index city_elements_place on city_elements (layer, lon, lat);

-- With which net elements and other systems were last laid against one another.
create table net_followed (
    what text primary key check (what in ('elements', 'units')),
    net  int not null
);
