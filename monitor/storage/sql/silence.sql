-- Sources that fall silent, their feed cards, and the cards that wait for their word.

-- name: select_listened_sources
-- The live sources of a hall that have ever sent a heartbeat, with their open feed card; whether any card is held.
select s.source_id, s.code, h.complete_until, h.received_at, f.feed_card_id, f.state,
       exists (select from held_card c where c.hall_id = %(hall_id)s) as holding
from source s
join heartbeat h using (source_id)
left join feed_card f on f.source_id = s.source_id and f.closed_at is null
where s.hall_id = %(hall_id)s and s.feed = 'live'
order by s.source_id;

-- name: select_silent_sources
-- The sources of a hall that have an open feed card, with what was last heard of them and whom they feed.
select s.code, h.complete_until, s.departments
from feed_card f join source s using (source_id) join heartbeat h using (source_id)
where f.hall_id = %(hall_id)s and f.closed_at is null;

-- name: insert_feed_card
-- A source has fallen silent.
insert into feed_card (hall_id, source_id, state, heard_until, expected_at, issued_at)
values (%(hall_id)s, %(source_id)s, %(state)s, %(heard_until)s, %(expected_at)s, %(observed_at)s)
returning feed_card_id;

-- name: update_feed_card
-- A feed card passes to another state.
update feed_card set state = %(state)s, closed_at = %(closed_at)s where feed_card_id = %(feed_card_id)s;

-- name: insert_feed_card_step
-- One row for each state change.
insert into feed_card_step (feed_card_id, step_no, from_state, to_state, actor, reason, expected_at, observed_at)
select %(feed_card_id)s, 1 + count(*), %(from_state)s, %(state)s, 'engine', %(reason)s, %(expected_at)s, %(observed_at)s
from feed_card_step where feed_card_id = %(feed_card_id)s;

-- name: select_feed_cards
-- Feed cards of a hall, newest first, behind `before_id`; only open ones where `open_only`.
select f.feed_card_id, s.code as source, s.name_zh, s.name_en, s.departments, f.state, f.heard_until, f.expected_at,
       f.issued_at, f.closed_at,
       case when f.closed_at is null
            then (select count(*) from held_card h where h.hall_id = f.hall_id and h.source_id = f.source_id) else 0 end as held
from feed_card f join source s using (source_id)
where f.hall_id = %(hall_id)s and (not %(open_only)s or f.closed_at is null)
    and (%(before_id)s::bigint is null or f.feed_card_id < %(before_id)s)
order by f.feed_card_id desc
limit %(limit)s;

-- name: select_feed_card_steps
-- Every step of some feed cards.
select feed_card_id, step_no, from_state, to_state, actor, reason, expected_at, observed_at
from feed_card_step where feed_card_id = any(%(feed_card_ids)s) order by feed_card_id, step_no;

-- name: count_feed_cards
-- How many feed cards a hall has had.
select count(*) from feed_card where hall_id = %(hall_id)s;

-- name: delete_held_cards
-- Cards of some cases that are about to be held anew, issued, or not called for any more.
delete from held_card where case_id = any(%(case_ids)s);

-- name: select_released_case_ids
-- Cases with a held card that nothing holds any more: its source is heard, or has told what happened up to its moment.
-- Source by source, so that cards which go on waiting are not looked at in every cycle.
with told (source_id, up_to) as (
    select * from unnest(%(source_ids)s::integer[], %(complete_untils)s::timestamptz[])
    union all
    select source_id, 'infinity' from source where hall_id = %(hall_id)s and source_id <> all(%(source_ids)s::integer[])
)
select distinct c.case_id
from told cross join lateral (
    select case_id from held_card
    where hall_id = %(hall_id)s and source_id = told.source_id and expected_at <= told.up_to
    order by expected_at offset 0 -- by itself: the planner would walk all cards in the order of their cases
) as c
order by c.case_id
limit %(cases)s;
