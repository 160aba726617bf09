-- What departments ask within a community: so that the board of a town shows whose matters ask its people's time.
alter table burden_sums drop constraint burden_sums_grain_check;
alter table burden_sums add constraint burden_sums_grain_check
    check (grain in ('grid', 'community', 'department', 'matter', 'department_in'));
comment on column burden_sums.key is
    'grid id, community code, kind of department, matter code, or community|department';
