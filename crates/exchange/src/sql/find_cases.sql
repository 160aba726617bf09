-- $1 matters  $2 numbers  $3 open  $4, $5 reported from, to  $6, $7 told from, to
-- $8 lon  $9 lat  $10 metres  $11 limit  $12 offset
select c.state, c.place_text, w.text, w.answers, t.told_at, p.state as primary_state
from cases c
left join case_words w on w.id = c.id
left join cases p on p.id = c.merged_into
cross join lateral (
    select case
        when c.open then c.updated_at
        else coalesce(
            c.closed_at,
            (select max(e.at) from case_events e
             where e.case_id = c.id and e.kind in ('declined', 'voided', 'withdrawn', 'merged')),
            c.updated_at)
        end as told_at
) t
where c.matter = any($1)
  and ($2::text[] is null or c.number = any($2))
  and ($3::boolean is null or coalesce(p.open, c.open) = $3)
  and ($4::timestamptz is null or c.reported_at >= $4)
  and ($5::timestamptz is null or c.reported_at <= $5)
  and ($6::timestamptz is null or (c.updated_at >= $6 and t.told_at >= $6))
  and ($7::timestamptz is null or t.told_at <= $7)
  and ($10::float8 is null or (
        c.lat between $9 - $10 / 111000 and $9 + $10 / 111000
        and c.lon between $8 - $10 / (111000 * greatest(cos(radians($9)), 0.01))
                      and $8 + $10 / (111000 * greatest(cos(radians($9)), 0.01))
        and 2 * 6371008.8 * asin(sqrt(least(1,
              power(sin(radians(c.lat - $9) / 2), 2)
              + cos(radians($9)) * cos(radians(c.lat)) * power(sin(radians(c.lon - $8) / 2), 2)))) <= $10))
order by c.reported_at desc, c.id desc
limit $11 offset $12
