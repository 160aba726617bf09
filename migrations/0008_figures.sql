-- What stood in a community at the end of each hour of the last days, so that the overview can say how many
-- waited for dispatch and how many were overdue at the same moment last week: no row of a case tells it later.
create table figure_hours (
    at timestamptz primary key
);
create table figure_standing (
    at          timestamptz not null references figure_hours (at) on delete cascade,
    area        bigint not null,                -- community; the city, for what is not on the map yet
    to_dispatch int not null,
    overdue     int not null,
    primary key (at, area)
);
