-- Which case a picture hangs at: asked at every attaching and every look.
create index case_media_media on case_media (media);

-- What is over is counted by stage, from the index alone, within an area, a unit's and a matter's cases.
create index cases_over_stage on cases (stage, area) include (id) where not open;
create index cases_over_lead on cases (lead, stage) include (id) where not open;
create index cases_over_matter on cases (matter, stage, area) include (id) where not open;

-- The newest of a matter or a stage within an area, likewise.
drop index cases_matter;
create index cases_matter on cases (matter, reported_at desc, id desc) include (area);
drop index cases_stage_reported;
create index cases_stage_reported on cases (stage, reported_at desc, id desc) include (area, due_at);
