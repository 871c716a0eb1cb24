-- Loads of calendars and the recalculations they cause.

-- name: select_open_recalculations
-- Recalculations that the engine has not finished, oldest first.
select recalculation_id, loaded_at, cause from recalculation
where hall_id = %(hall_id)s and done_at is null order by recalculation_id;

-- name: select_last_unfolded_before
-- The newest batch of a hall that waits to be judged and was recorded before a load.
select max(u.batch_no) from unfolded_batch u join intake_batch b using (batch_no)
where u.hall_id = %(hall_id)s and b.recorded_at < %(loaded_at)s;

-- name: select_calendar_version_at
-- The newest calendar of a hall that had been loaded before a moment, or at it; 0 = the built-in one.
select coalesce(max(calendar_version), 0) from calendar_version
where (hall_id is null or hall_id = %(hall_id)s)
  and (loaded_at < %(loaded_at)s or %(is_included)s and loaded_at = %(loaded_at)s);

-- name: finish_recalculations
-- Every running case has been judged by what was loaded.
update recalculation set done_at = %(done_at)s where recalculation_id = any(%(recalculation_ids)s);

-- name: insert_recalculation
-- Note what was loaded, by whom, and what it was said to move.
insert into recalculation (hall_id, loaded_at, loaded_by, cause, cause_detail, preview)
values (%(hall_id)s, %(loaded_at)s, %(loaded_by)s, %(cause)s, %(cause_detail)s, %(preview)s);

-- name: insert_calendar_version
-- A load of one layer of the working calendar.
insert into calendar_version (layer, hall_id, loaded_at, loaded_by, notice, content)
values (%(layer)s, %(hall_id)s, %(loaded_at)s, %(loaded_by)s, %(notice)s, %(content)s)
returning calendar_version;

-- name: select_calendar_versions
-- Every load, newest first.
select c.calendar_version, c.layer, h.code as hall, c.loaded_at, c.loaded_by, c.notice,
       coalesce((select string_agg(y, ' ' order by y) from jsonb_object_keys(c.content -> 'years') y), '') as years
from calendar_version c left join hall h using (hall_id)
order by c.calendar_version desc;
