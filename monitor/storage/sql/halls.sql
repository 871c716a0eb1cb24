-- name: select_halls
-- Every hall, in the order in which they were registered.
select hall_id, code, name_zh, name_en, zone, demo, baseline_from, baseline_to from hall order by hall_id;

-- name: select_hall
-- One hall by its id.
select hall_id, code, name_zh, name_en, zone, demo, baseline_from, baseline_to from hall where hall_id = %(hall_id)s;

-- name: select_engine_as_of
-- Case time up to which the engine has judged everything in a hall.
select as_of from engine_state where hall_id = %(hall_id)s;

-- name: select_judging_at
-- Case time of the newest judgement in a hall: everything stored of its cases was true by then.
select greatest(as_of, judging_at) from engine_state where hall_id = %(hall_id)s;
