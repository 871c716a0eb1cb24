-- Facts and clocks of cases whose file stays shut, read back.

-- name: select_stored_facts
-- The facts of some cases.
select
    s.case_id, s.source_id, s.calendar_version, s.cards_not_before, s.accepted_event,
    s.item, s.department, s.status::text, s.light::text, s.received_at, s.accepted_at, s.accepted_claimed_at, s.deemed,
    s.decided_at, s.result, s.closed_at, s.promise_due_at, s.promise_state, s.statutory_due_at, s.statutory_state,
    s.used_days, s.statutory_days, s.suspended_days, s.next_change_at, s.first_event_at
from case_state s where s.case_id = any(%(case_ids)s::bigint[]);

-- name: select_clocks_by_id
-- Clocks of some cases, each case's in the order of its judgement.
select
    c.case_id, c.position, c.name, c.started_at, c.unit, c.limit_value, c.extended, c.due_at, c.due_at_if_refused,
    c.stopped_at, c.ended, c.state, c.early, c.used, c.suspended, c.provisional
from clock c where c.case_id = any(%(case_ids)s::bigint[]) order by c.case_id, c.position;

-- name: select_stored_findings
-- Findings of some cases in their order.
select case_id, code, event_id, detail from anomaly
where case_id = any(%(case_ids)s::bigint[]) order by case_id, position;

-- name: select_called_for
-- Cards of some cases that stand, were closed, or wait for the word of their source.
select case_id, clock, level::text, expected_at from card
where case_id = any(%(case_ids)s::bigint[]) and state <> 'revoked'
union all
select case_id, clock, level::text, expected_at from held_card where case_id = any(%(case_ids)s::bigint[]);
