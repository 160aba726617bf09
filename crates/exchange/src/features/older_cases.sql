-- $1 matters that may be shown  $2 number  $3 open  $4 communities  $5, $6 reported from, to
-- $7..$10 boxes: the place is rounded before it is compared, so that no box finds it more exactly
-- $11, $12 key  $13 limit
select c.number, c.matter, c.stage, c.open, c.area, c.lon, c.lat, c.reported_at, c.closed_at
from cases c
where c.matter = any($1)
  and c.lon is not null
  and c.stage not in ('declined', 'merged', 'voided')
  and ($2::text is null or c.number = $2)
  and ($3::boolean is null or c.open = $3)
  and ($4::bigint[] is null or c.area = any($4))
  and ($5::timestamptz is null or c.reported_at >= $5)
  and ($6::timestamptz is null or c.reported_at <= $6)
  and ($7::float8[] is null or exists (
        select from unnest($7, $8::float8[], $9::float8[], $10::float8[]) as b (west, south, east, north)
        where round(round(c.lon / 0.0003::float8) * 0.0003::float8 * 1e4::float8) / 1e4::float8 between b.west and b.east
          and round(round(c.lat / 0.0003::float8) * 0.0003::float8 * 1e4::float8) / 1e4::float8 between b.south and b.north))
  and ($11::timestamptz is null or (c.reported_at, c.id) < ($11, $12::uuid))
order by c.reported_at desc, c.id desc
limit $13
