select c.state, c.place_text, c.likeness,
    (select w.text from case_words w where w.case_id = c.id order by w.at limit 1)
from cases c
where c.open and c.area = any($1)
  and c.lon between $2 and $4 and c.lat between $3 and $5
  and c.reported_at >= $6
order by c.reported_at desc
limit 200
