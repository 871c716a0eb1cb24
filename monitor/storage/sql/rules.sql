-- name: select_rules_version
-- The version raised by every load of registry, calendar or policy.
select version from rules_version;

-- name: select_item_versions
-- Every version of every item of a hall, in the order in which later ones win.
select code, nullif(valid_from, '-infinity'), name_zh, department, kind, unit, counting, roll, promised::float8, statutory::float8,
       acceptance::float8, delivery::float8, steps, decision_steps
from item_version
where hall_id = %(hall_id)s
order by code, item_version.valid_from, loaded_at;

-- name: select_calendar_layers
-- The loads of calendars that apply to a hall up to a version, in the order in which later ones win.
select calendar_version, layer, content, notice
from calendar_version
where (hall_id is null or hall_id = %(hall_id)s) and calendar_version <= coalesce(%(up_to)s, 2147483647)
order by array_position(array['national', 'province', 'city', 'hall'], layer), calendar_version;

-- name: select_newest_calendar_version
-- The newest load of a calendar that applies to a hall; 0 = the built-in one.
select coalesce(max(calendar_version), 0) from calendar_version where hall_id is null or hall_id = %(hall_id)s;

-- name: select_hall_policy
-- Policy and zone of a hall.
select policy, zone from hall where hall_id = %(hall_id)s;

-- name: select_source_feeds
-- Code and kind of feed of every source of a hall.
select source_id, code, feed from source where hall_id = %(hall_id)s;

-- name: raise_rules_version
-- Tell every cache of rules that something was loaded.
update rules_version set version = version + 1 returning version;
