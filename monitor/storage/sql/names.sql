-- name: select_item_names
-- Names of some items as of a local day: the version in force then, before the first version the first.
select distinct on (code) code, name_zh, name_en
from item_version
where hall_id = %(hall_id)s and code = any(%(codes)s)
order by code, valid_from <= %(day)s desc, case when valid_from <= %(day)s then valid_from end desc, valid_from;

-- name: select_department_names
-- Names of some departments as of a local day: the version in force then, before the first version the first.
select distinct on (code) code, name_zh, name_en
from department_version
where hall_id = %(hall_id)s and code = any(%(codes)s)
order by code, valid_from <= %(day)s desc, case when valid_from <= %(day)s then valid_from end desc, valid_from;
