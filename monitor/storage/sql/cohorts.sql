-- Cohorts: cases that are alike to time and calendar, found by their likeness, and counted when something is due.

-- name: select_cohorts_by_likeness
-- The cohorts that cases may join.
select likeness, cohort_id from cohort
where hall_id = %(hall_id)s and likeness = any(%(likenesses)b::bytea[]);

-- name: draw_cohort_ids
-- Ids for new cohorts; the sequence is looked up once.
select nextval(s.name) from (select pg_get_serial_sequence('cohort', 'cohort_id')::regclass as name offset 0) s,
    generate_series(1, %(cohorts)s);

-- name: select_due_cohorts
-- Cohorts whose next change is due, earliest first, each with the number of its cases.
select k.cohort_id, k.ordinary, k.carded, m.cases
from (
    select cohort_id, ordinary, carded, next_change_at from cohort
    where hall_id = %(hall_id)s and next_change_at <= %(as_of)s
    order by next_change_at
    limit %(cohorts)s
) k cross join lateral (select count(*) as cases from judged_case c where c.cohort_id = k.cohort_id) m
order by k.next_change_at, k.cohort_id;

-- name: select_cohorts_of_calendar
-- Cohorts that follow a calendar, after a cohort id, each with the number of its cases.
select k.cohort_id, k.ordinary, k.carded, m.cases
from (
    select cohort_id, ordinary, carded from cohort
    where hall_id = %(hall_id)s and cohort_id > %(after)s and calendar_version = %(calendar_version)s
    order by cohort_id
    limit %(cohorts)s
) k cross join lateral (select count(*) as cases from judged_case c where c.cohort_id = k.cohort_id) m
order by k.cohort_id;

-- name: select_examples
-- One case of each of some cohorts.
select k.cohort_id, c.case_id
from unnest(%(cohort_ids)s::bigint[]) as k (cohort_id)
cross join lateral (select case_id from judged_case c where c.cohort_id = k.cohort_id order by case_id limit 1) c;

-- name: select_cases_of_cohorts
-- All cases of some cohorts.
select case_id from judged_case where cohort_id = any(%(cohort_ids)s::bigint[]) order by case_id;

-- name: set_cases_apart
-- Cases of some cohorts that have a card which was revoked, or waits for the word of its source, and others that are named:
-- what becomes of them is a matter of each, so each gets a cohort of its own that says the same and is judged by itself.
with found as materialized (
    select c.case_id, c.cohort_id, nextval(pg_get_serial_sequence('cohort', 'cohort_id')) as own_id
    from judged_case c
    cross join lateral (
        (select from card where card.case_id = c.case_id and card.state = 'revoked' limit 1)
        union all
        (select from held_card h where h.case_id = c.case_id limit 1)
        union all
        (select where c.case_id = any(%(case_ids)s::bigint[]))
        limit 1
    ) as apart
    where c.cohort_id = any(%(cohort_ids)s::bigint[])
), own as (
    insert into cohort (
        cohort_id, hall_id, is_open, ordinary, carded, moved, department, light, promise_due_at, promise_state,
        statutory_due_at, statutory_state, next_change_at, calendar_version, cards_not_before
    ) overriding system value
    select f.own_id, k.hall_id, k.is_open, false, k.carded, k.moved, k.department, k.light, k.promise_due_at,
        k.promise_state, k.statutory_due_at, k.statutory_state, k.next_change_at, k.calendar_version, k.cards_not_before
    from found f join cohort k using (cohort_id)
), clocks as (
    insert into cohort_clock
    select f.own_id, m.name, m.due_at, m.due_at_if_refused, m.state, m.provisional
    from found f join cohort_clock m using (cohort_id)
)
update judged_case c set cohort_id = f.own_id from found f where c.case_id = f.case_id
returning c.case_id, f.cohort_id;

-- name: give_calendar_version
-- Another calendar for those of some cohorts that end before its first changed day: nothing stored is another but its number.
update cohort k set calendar_version = %(after)s, moved = true, likeness = null
from unnest(%(cohort_ids)s::bigint[]) as wanted (cohort_id)
cross join lateral (
    select case_id, status from judged_case c where c.cohort_id = wanted.cohort_id order by case_id limit 1
) as example
where k.cohort_id = wanted.cohort_id and (k.next_change_at is null or k.next_change_at < %(first_changed)s)
    and example.status in ('applied', 'received', 'correcting', 'accepted')
    and not exists (
        select from clock c where c.case_id = example.case_id and (c.due_at is null or c.due_at >= %(first_changed)s)
    )
returning k.cohort_id;

-- name: delete_cohorts
-- Cohorts that all their cases have left.
with clocks as (delete from cohort_clock where cohort_id = any(%(cohort_ids)s::bigint[]))
delete from cohort where cohort_id = any(%(cohort_ids)s::bigint[]);

-- name: select_deserted_cohorts
-- Cohorts without cases, after a cohort id.
select k.cohort_id from cohort k
where k.hall_id = %(hall_id)s and k.cohort_id > %(after)s
    and not exists (select from judged_case c where c.cohort_id = k.cohort_id)
order by k.cohort_id
limit %(cohorts)s;
