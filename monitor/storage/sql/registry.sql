-- Registry of a hall: read as its files say it, and written row by row. '-infinity' is stored for "since ever".

-- name: lock_registry
-- One load of a registry at a time; readers and all other writers go on.
lock table hall in share row exclusive mode;

-- name: select_registry_hall_id
-- The id of the hall with a code.
select hall_id from hall where code = %(code)s;

-- name: select_registry_hall_codes
-- The codes of all halls, oldest first.
select code from hall order by hall_id;

-- name: select_registry_regions
-- All regions; they belong to no single hall.
select r.code, r.name_zh, r.name_en, r.level, parent.code as parent_code
from region r left join region parent on parent.region_id = r.parent_id;

-- name: select_registry_hall
-- The hall itself.
select h.code, h.name_zh, h.name_en, h.zone, h.demo, r.code as region_code, h.baseline_from, h.baseline_to
from hall h left join region r using (region_id)
where h.hall_id = %(hall_id)s;

-- name: select_registry_departments
-- All versions of all departments.
select v.code, d.position, nullif(v.valid_from, '-infinity') as valid_from, v.valid_to, v.name_zh, v.name_en, v.set_up,
    v.in_hall, v.mid_level_post, v.mid_level_filled, v.successors
from department_version v join department d using (hall_id, code)
where v.hall_id = %(hall_id)s;

-- name: select_registry_items
-- All versions of all items; limits as floating point, which holds the halves and quarters that limits come in.
select code, nullif(valid_from, '-infinity') as valid_from, valid_to, name_zh, name_en, department, kind, unit, counting,
    roll, promised::float8 as promised, statutory::float8 as statutory, acceptance::float8 as acceptance,
    delivery::float8 as delivery, steps, decision_steps, in_hall, accept_and_decide
from item_version
where hall_id = %(hall_id)s;

-- name: select_registry_windows
-- All versions of all windows.
select code, name_zh, name_en, department, nullif(valid_from, '-infinity') as valid_from, valid_to
from service_window
where hall_id = %(hall_id)s;

-- name: select_registry_handlers
-- All versions of all handlers, with the name while it is kept.
select h.code, h.department, p.name, nullif(h.valid_from, '-infinity') as valid_from, h.valid_to
from handler h left join handler_person p using (hall_id, code)
where h.hall_id = %(hall_id)s;

-- name: select_registry_authorisations
-- All authorisations.
select handler, item, power, letter_no, seal_no, nullif(valid_from, '-infinity') as valid_from, valid_to
from authorisation
where hall_id = %(hall_id)s;

-- name: select_registry_sources
-- All feeding systems of the hall.
select code, name_zh, name_en, zone, feed, departments
from source
where hall_id = %(hall_id)s;

-- name: select_sources_of_other_halls
-- Which of some source codes belong to another hall, and to which.
select s.code, h.code as hall
from source s join hall h using (hall_id)
where s.code = any(%(codes)s) and h.code <> %(hall)s;

-- name: upsert_region
-- A region below its parent, which must be there already.
insert into region (code, name_zh, name_en, level, parent_id)
values (%(code)s, %(name_zh)s, %(name_en)s, %(level)s, (select region_id from region where code = %(parent_code)s))
on conflict (code) do update
set name_zh = excluded.name_zh, name_en = excluded.name_en, level = excluded.level, parent_id = excluded.parent_id;

-- name: upsert_hall
-- The hall; its policy is not the registry's to change.
insert into hall (code, name_zh, name_en, zone, demo, region_id, baseline_from, baseline_to)
values (%(code)s, %(name_zh)s, %(name_en)s, %(zone)s, %(demo)s,
    (select region_id from region where code = %(region_code)s), %(baseline_from)s, %(baseline_to)s)
on conflict (code) do update
set name_zh = excluded.name_zh, name_en = excluded.name_en, zone = excluded.zone, demo = excluded.demo,
    region_id = excluded.region_id, baseline_from = excluded.baseline_from, baseline_to = excluded.baseline_to
returning hall_id;

-- name: upsert_department
-- A department's place on the wall.
insert into department (hall_id, code, position) values (%(hall_id)s, %(code)s, %(position)s)
on conflict (hall_id, code) do update set position = excluded.position;

-- name: upsert_department_version
-- A department for a stretch of time.
insert into department_version (hall_id, code, valid_from, valid_to, name_zh, name_en, set_up, in_hall, mid_level_post,
    mid_level_filled, successors)
values (%(hall_id)s, %(code)s, coalesce(%(valid_from)s::date, '-infinity'), %(valid_to)s, %(name_zh)s, %(name_en)s,
    %(set_up)s, %(in_hall)s, %(mid_level_post)s, %(mid_level_filled)s, %(successors)s)
on conflict (hall_id, code, valid_from) do update
set valid_to = excluded.valid_to, name_zh = excluded.name_zh, name_en = excluded.name_en, set_up = excluded.set_up,
    in_hall = excluded.in_hall, mid_level_post = excluded.mid_level_post, mid_level_filled = excluded.mid_level_filled,
    successors = excluded.successors;

-- name: insert_item
-- The item itself, once.
insert into item (hall_id, code) values (%(hall_id)s, %(code)s) on conflict do nothing;

-- name: upsert_item_version
-- An item's limits for a stretch of time.
insert into item_version (hall_id, code, valid_from, valid_to, name_zh, name_en, department, kind, unit, counting, roll,
    promised, statutory, acceptance, delivery, steps, decision_steps, in_hall, accept_and_decide, loaded_at)
values (%(hall_id)s, %(code)s, coalesce(%(valid_from)s::date, '-infinity'), %(valid_to)s, %(name_zh)s, %(name_en)s,
    %(department)s, %(kind)s, %(unit)s, %(counting)s, %(roll)s, %(promised)s, %(statutory)s, %(acceptance)s,
    %(delivery)s, %(steps)s, %(decision_steps)s, %(in_hall)s, %(accept_and_decide)s, %(loaded_at)s)
on conflict (hall_id, code, valid_from) do update
set valid_to = excluded.valid_to, name_zh = excluded.name_zh, name_en = excluded.name_en,
    department = excluded.department, kind = excluded.kind, unit = excluded.unit, counting = excluded.counting,
    roll = excluded.roll, promised = excluded.promised, statutory = excluded.statutory,
    acceptance = excluded.acceptance, delivery = excluded.delivery, steps = excluded.steps,
    decision_steps = excluded.decision_steps, in_hall = excluded.in_hall,
    accept_and_decide = excluded.accept_and_decide, loaded_at = excluded.loaded_at;

-- name: upsert_window
-- A window for a stretch of time.
insert into service_window (hall_id, code, name_zh, name_en, department, valid_from, valid_to)
values (%(hall_id)s, %(code)s, %(name_zh)s, %(name_en)s, %(department)s, coalesce(%(valid_from)s::date, '-infinity'),
    %(valid_to)s)
on conflict (hall_id, code, valid_from) do update
set name_zh = excluded.name_zh, name_en = excluded.name_en, department = excluded.department,
    valid_to = excluded.valid_to;

-- name: upsert_handler
-- A handler in a department for a stretch of time.
insert into handler (hall_id, code, department, valid_from, valid_to)
values (%(hall_id)s, %(code)s, %(department)s, coalesce(%(valid_from)s::date, '-infinity'), %(valid_to)s)
on conflict (hall_id, code, valid_from) do update
set department = excluded.department, valid_to = excluded.valid_to;

-- name: upsert_handler_person
-- A handler's name.
insert into handler_person (hall_id, code, name) values (%(hall_id)s, %(code)s, %(name)s)
on conflict (hall_id, code) do update set name = excluded.name;

-- name: delete_handler_person
-- Forget a handler's name; the code stays.
delete from handler_person where hall_id = %(hall_id)s and code = %(code)s;

-- name: update_terms_of_handler_persons
-- Until when each name is kept: so many years after the handler's last version ended, open while one is in force.
update handler_person p
set keep_until = last.keep_until
from (
    select distinct on (code) code, (valid_to + make_interval(years => %(years)s))::date as keep_until
    from handler
    where hall_id = %(hall_id)s
    order by code, valid_from desc
) as last
where p.hall_id = %(hall_id)s and p.code = last.code and p.keep_until is distinct from last.keep_until;

-- name: upsert_authorisation
-- What a handler may do for an item.
insert into authorisation (hall_id, handler, item, power, letter_no, seal_no, valid_from, valid_to)
values (%(hall_id)s, %(handler)s, %(item)s, %(power)s, %(letter_no)s, %(seal_no)s,
    coalesce(%(valid_from)s::date, '-infinity'), %(valid_to)s)
on conflict (hall_id, handler, item, power, valid_from) do update
set letter_no = excluded.letter_no, seal_no = excluded.seal_no, valid_to = excluded.valid_to;

-- name: upsert_source
-- A feeding system; nothing is written when the code belongs to another hall.
insert into source (hall_id, code, name_zh, name_en, zone, feed, departments)
values (%(hall_id)s, %(code)s, %(name_zh)s, %(name_en)s, %(zone)s, %(feed)s, %(departments)s)
on conflict (code) do update
set name_zh = excluded.name_zh, name_en = excluded.name_en, zone = excluded.zone, feed = excluded.feed,
    departments = excluded.departments
where source.hall_id = excluded.hall_id;

-- name: notify_rules
-- Wake who waits for new rules; the version itself is what counts.
select pg_notify('rules', %(version)s::text);
