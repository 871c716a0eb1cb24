-- The supervision's own outages, and warnings of what keeps a hall from being supervised.

-- name: select_newest_outage
-- The newest outage of a hall.
select outage_id, blind_from, blind_until, reason, cards_due, cards_held, is_over
from outage where hall_id = %(hall_id)s order by blind_from desc limit 1;

-- name: upsert_outage
-- An outage was found; one that an engine found and did not get to the end of goes on.
insert into outage as o (hall_id, blind_from, blind_until, reason)
values (%(hall_id)s, %(blind_from)s, %(blind_until)s, %(reason)s)
on conflict (hall_id, blind_from) do update set blind_until = excluded.blind_until, is_over = false
returning outage_id, blind_from, blind_until, reason, cards_due, cards_held, is_over;

-- name: update_outage_cards
-- Count what fell due in an outage, issued and held, and note whether it is over; gives both counts.
update outage o
set cards_due = (
        select count(*) from card c
        where c.hall_id = o.hall_id and c.issued_at > o.blind_from and c.reason = 'due_while_blind'
            and c.expected_at > o.blind_from and c.expected_at <= o.blind_until
    ),
    cards_held = (
        select count(*) from held_card h
        where h.hall_id = o.hall_id and h.expected_at > o.blind_from and h.expected_at <= o.blind_until
    ),
    is_over = %(is_over)s
where outage_id = %(outage_id)s
returning cards_due, cards_held;

-- name: select_outages
-- Outages of a hall that are over, newest first, behind `before`, that ended after `since`.
select outage_id, blind_from, blind_until, reason, cards_due, cards_held
from outage
where hall_id = %(hall_id)s and is_over
    and (%(before)s::timestamptz is null or blind_from < %(before)s)
    and (%(since)s::timestamptz is null or blind_until > %(since)s)
order by blind_from desc
limit %(limit)s;

-- name: count_outages
-- How many outages of a hall are over.
select count(*) from outage where hall_id = %(hall_id)s and is_over;

-- name: select_open_warnings
-- What keeps a hall from being supervised as it should be, now.
select code, detail, since from hall_warning where hall_id = %(hall_id)s and ended_at is null order by code;

-- name: insert_warning
-- A warning that is open already only changes its words.
insert into hall_warning (hall_id, code, detail, since) values (%(hall_id)s, %(code)s, %(detail)s, %(as_of)s)
on conflict (hall_id, code) where ended_at is null do update set detail = excluded.detail;

-- name: end_warning
-- What was warned of is mended.
update hall_warning set ended_at = %(as_of)s where hall_id = %(hall_id)s and code = %(code)s and ended_at is null;
