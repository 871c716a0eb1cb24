-- Cards as they are shown. Newest first means by issue, then by number; `before_at` and `before_id` are the last one seen.

-- name: select_cards_newest
-- A page of a hall's cards, newest first, with the filters given.
select
    c.card_id, s.code as source, f.case_no, c.item, c.department, c.clock, c.level::text, c.generation, c.state::text,
    c.expected_at, c.issued_at, c.due_at, c.reason, c.revoked_at, c.revoke_reason
from card c
join case_file f using (case_id)
join source s on s.source_id = f.source_id
where c.hall_id = %(hall_id)s
    and (%(before_at)s::timestamptz is null or (c.issued_at, c.card_id) < (%(before_at)s, %(before_id)s::bigint))
    and (%(departments)s::text[] is null or coalesce(c.department, '') = any(%(departments)s))
    and (%(levels)s::card_level[] is null or c.level = any(%(levels)s))
    and (%(states)s::card_state[] is null or c.state = any(%(states)s))
    and (%(reasons)s::text[] is null or c.reason = any(%(reasons)s))
    and (%(expected_after)s::timestamptz is null or c.expected_at > %(expected_after)s)
    and (%(expected_until)s::timestamptz is null or c.expected_at <= %(expected_until)s)
order by c.issued_at desc, c.card_id desc
limit %(limit)s;

-- name: sum_cards
-- How many cards of a hall there are, of these departments and levels and in these states, by their counters.
select coalesce(sum(cards), 0)::bigint
from department_cards
where hall_id = %(hall_id)s
    and (%(departments)s::text[] is null or department = any(%(departments)s))
    and (%(levels)s::card_level[] is null or level = any(%(levels)s))
    and (%(states)s::card_state[] is null or state = any(%(states)s));

-- name: count_cards
-- How many cards of a hall pass the filters given, where no counter knows.
select count(*)
from card c
where c.hall_id = %(hall_id)s
    and (%(departments)s::text[] is null or coalesce(c.department, '') = any(%(departments)s))
    and (%(levels)s::card_level[] is null or c.level = any(%(levels)s))
    and (%(states)s::card_state[] is null or c.state = any(%(states)s))
    and (%(reasons)s::text[] is null or c.reason = any(%(reasons)s))
    and (%(expected_after)s::timestamptz is null or c.expected_at > %(expected_after)s)
    and (%(expected_until)s::timestamptz is null or c.expected_at <= %(expected_until)s);

-- name: select_cards_by_id
-- Some cards by their numbers, in the order in which they were issued.
select
    c.card_id, s.code as source, f.case_no, c.item, c.department, c.clock, c.level::text, c.generation, c.state::text,
    c.expected_at, c.issued_at, c.due_at, c.reason, c.revoked_at, c.revoke_reason
from card c
join case_file f using (case_id)
join source s on s.source_id = f.source_id
where c.hall_id = %(hall_id)s and c.card_id = any(%(card_ids)s)
order by c.issued_at desc, c.card_id desc;

-- name: select_cards_of_case
-- All cards of one case, in the order in which they were issued.
select
    c.card_id, s.code as source, f.case_no, c.item, c.department, c.clock, c.level::text, c.generation, c.state::text,
    c.expected_at, c.issued_at, c.due_at, c.reason, c.revoked_at, c.revoke_reason
from card c
join case_file f using (case_id)
join source s on s.source_id = f.source_id
where c.case_id = %(case_id)s
order by c.issued_at, c.card_id;

-- name: select_card_steps
-- Every step in the life of some cards.
select card_id, step_no, from_state::text, to_state::text, actor, reason, expected_at, observed_at
from card_step
where card_id = any(%(card_ids)s)
order by card_id, step_no;
