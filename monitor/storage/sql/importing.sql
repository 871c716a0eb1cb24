-- What an import needs to know and to make beside the registry: its source, and the rules of an archive's own hall.

-- name: select_import_source
-- A source by its code, with its hall.
select s.source_id, s.code, s.hall_id, h.code as hall_code, s.zone, s.feed
from source s join hall h using (hall_id)
where s.code = %(code)s;

-- name: update_import_hall_policy
-- Set the policy of a hall just registered.
update hall set policy = %(policy)s where hall_id = %(hall_id)s;

-- name: insert_import_calendar
-- Give a hall just registered a calendar in place of the national one.
insert into calendar_version (layer, hall_id, loaded_at, loaded_by, notice, content)
values ('national', %(hall_id)s, %(loaded_at)s, %(loaded_by)s, %(notice)s, %(content)s);
