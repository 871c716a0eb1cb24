-- Reading the log and what is stored of it, to hold one against the other.

-- name: declare_log_cursor
-- The whole log of a hall, case by case, in a server-side cursor.
declare replayed_log no scroll cursor for
select e.source_id, s.code, e.event_id, e.case_no, e.kind::text, e.occurred_at, e.recorded_at, e.item, e.department,
       e.window_no, e.handler, e.step, e.reason, e.days, e.legal_basis, e.notice_no, e.approver, e.result, e.voids,
       e.due_claimed, e.applicant_ref
from event e join source s using (source_id)
where e.hall_id = %(hall_id)s and not exists (
    select from unfolded_batch q join intake_batch b using (batch_no)
    where q.hall_id = %(hall_id)s and b.receipt_id = e.receipt_id
)
order by e.source_id, e.case_no, e.receipt_id;

-- name: fetch_log_rows
-- The next rows of the log.
fetch forward 20000 from replayed_log;

-- name: count_log
-- How many events a hall's log, its identities and its batches hold.
select (select count(*) from event where hall_id = %(hall_id)s),
       (select count(*) from event_identity join source using (source_id) where hall_id = %(hall_id)s),
       (select coalesce(sum(accepted), 0) from intake_batch where hall_id = %(hall_id)s);

-- name: count_due_cases
-- How many cases wait to be judged at a moment: none when the engine is settled.
select count(*) from cohort join judged_case using (cohort_id, hall_id)
where hall_id = %(hall_id)s and cohort.next_change_at <= %(as_of)s;

-- name: select_stored_states
-- The stored facts of some cases, and whether each that runs is in a cohort of which the same is true.
select source_id, case_no, case_id, item, department, status::text, light::text, received_at, accepted_at,
       accepted_claimed_at, deemed, decided_at, result, closed_at, promise_due_at, promise_state, statutory_due_at,
       statutory_state, used_days, statutory_days, suspended_days, next_change_at, first_event_at, calendar_version,
       cards_not_before,
       case
           when cohort_id is null then closed_at is not null and next_change_at is null
           else exists (
               select from cohort k
               where k.cohort_id = case_state.cohort_id and k.hall_id = case_state.hall_id
                   and k.is_open = (closed_at is null) and k.department is not distinct from case_state.department
           )
       end as is_in_its_cohort
from unnest(%(source_ids)s::integer[], %(case_nos)s::text[]) as k(source_id, case_no)
join case_file using (source_id, case_no) join case_state using (case_id, hall_id, source_id, case_no);

-- name: select_stored_clocks
-- The stored clocks of some cases.
select case_id, position, name, started_at, unit, limit_value, extended, due_at, due_at_if_refused, stopped_at, ended,
       state, early, used, suspended, provisional
from clock where case_id = any(%(case_ids)s) order by case_id, position;

-- name: select_stored_anomalies
-- The stored findings of some cases.
select case_id, code, event_id, detail from anomaly where case_id = any(%(case_ids)s) order by case_id, position;

-- name: select_standing_cards
-- The cards of some cases that are not revoked.
select case_id, clock, level::text, expected_at from card
where case_id = any(%(case_ids)s) and state <> 'revoked' order by case_id, clock, level;

-- name: select_held_cards
-- The cards of some cases that wait for the word of their source.
select case_id, clock, level::text, expected_at from held_card where case_id = any(%(case_ids)s);

-- name: select_stored_files
-- The packed working sets of some cases.
select source_id, case_no, events, event_count
from unnest(%(source_ids)s::integer[], %(case_nos)s::text[]) as k(source_id, case_no)
join case_file using (source_id, case_no);

-- name: count_case_states
-- How many cases a hall has facts of.
select count(*) from case_state where hall_id = %(hall_id)s;

-- name: select_department_days
-- The counters of days.
select * from department_day where hall_id = %(hall_id)s;

-- name: select_department_loads
-- The counters of open cases.
select * from department_load where hall_id = %(hall_id)s;

-- name: select_speedups
-- The counters of decided cases by limit, each beside what the facts of the cases add up to.
with counted as (
    select coalesce(c.department, '') as department, (c.decided_at at time zone h.zone)::date as day, c.statutory_days,
        count(*) as cases, sum(c.used_days) as used_days
    from case_state c join hall h using (hall_id)
    where c.hall_id = %(hall_id)s and c.statutory_days > 0
    group by 1, 2, 3
)
select department, day, statutory_days, coalesce(d.cases, 0) as cases, coalesce(d.used_days, 0) as used_days,
    coalesce(counted.cases, 0) as cases_counted, coalesce(counted.used_days, 0) as used_days_counted
from (select * from department_speedup where hall_id = %(hall_id)s) as d
full join counted using (department, day, statutory_days);

-- name: select_counted_cards
-- Where cards stand, and on which local day they were issued: what is kept of it, each beside the cards themselves.
with cards as (
    select coalesce(c.department, '') as department, c.level::text as level, c.state::text as state,
        (c.issued_at at time zone h.zone)::date as day
    from card c join hall h using (hall_id) where c.hall_id = %(hall_id)s
), kept as (
    select 'department_cards' as counter, department, level::text as level, state::text as what, cards
    from department_cards where hall_id = %(hall_id)s
    union all
    select 'card_day', department, level::text, day::text, cards from card_day where hall_id = %(hall_id)s
), counted as (
    select 'department_cards' as counter, department, level, state as what, count(*) as cards
    from cards group by department, level, state
    union all
    select 'card_day', department, level, day::text, count(*) from cards group by department, level, day
)
select counter, department, level, what, coalesce(kept.cards, 0) as kept, coalesce(counted.cards, 0) as counted
from kept full join counted using (counter, department, level, what);

-- name: select_department_months
-- The counters of months.
select * from department_month where hall_id = %(hall_id)s;
