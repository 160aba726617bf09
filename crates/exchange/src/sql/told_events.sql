-- $1 matters  $2 kinds  $3 kinds that change where a case stands  $4, $5 from, to  $6 limit  $7 cases
select e.id, e.body, c.state, s.body as standing, w.text as said
from case_events e
join cases c on c.id = e.case_id
left join case_words w on w.id = (e.body -> 'what' ->> 'words')::uuid
left join lateral (
    select b.body from case_events b
    where b.case_id = e.case_id and b.version <= e.version and b.kind = any($3)
    order by b.version desc limit 1
) s on true
where c.matter = any($1)
  and e.kind = any($2)
  and ($7::uuid[] is null or c.id = any($7))
  and ($4::timestamptz is null or (c.updated_at >= $4 and e.at >= $4))
  and ($5::timestamptz is null or e.at <= $5)
order by e.at, e.n
limit $6
