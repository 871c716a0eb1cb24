-- Facts and clocks of cases whose file stays shut: read back, and moved by time or a calendar.

-- name: create_turning
-- Rows on their way; emptied at every commit.
create temp table if not exists staged_turn (
    case_id bigint, light case_light, promise_due_at timestamptz, promise_state text, statutory_due_at timestamptz,
    statutory_state text, next_change_at timestamptz, calendar_version integer, cards_not_before timestamptz,
    ordinary boolean
) on commit delete rows;
create temp table if not exists staged_turned_clock (
    case_id bigint, name text, due_at timestamptz, due_at_if_refused timestamptz, state text, provisional boolean
) on commit delete rows;

-- name: select_stored_facts
-- Facts of some cases: of all of them, or of the ordinary ones that follow a calendar and have no card that waits for the
-- word of its source; `uncarded`: and no card at all.
select
    s.case_id, s.source_id, s.calendar_version, s.cards_not_before, s.accepted_event,
    s.item, s.department, s.status::text, s.light::text, s.received_at, s.accepted_at, s.accepted_claimed_at, s.deemed,
    s.decided_at, s.result, s.closed_at, s.promise_due_at, s.promise_state, s.statutory_due_at, s.statutory_state,
    s.used_days, s.statutory_days, s.suspended_days, s.next_change_at, s.first_event_at
from case_state s
where s.case_id = any(%(case_ids)s::bigint[]) and (%(all)s or (
    s.ordinary and s.calendar_version = %(calendar_version)s
    and not exists (select from held_card h where h.case_id = s.case_id)
    and not (%(uncarded)s and exists (select from card c where c.case_id = s.case_id))
));

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

-- name: turn_case_states
-- What time or a calendar has moved; the files keep what they had.
update case_state s set
    light = t.light, promise_due_at = t.promise_due_at, promise_state = t.promise_state,
    statutory_due_at = t.statutory_due_at, statutory_state = t.statutory_state, next_change_at = t.next_change_at,
    calendar_version = t.calendar_version, cards_not_before = t.cards_not_before, ordinary = t.ordinary,
    file_behind = true
from staged_turn t where s.case_id = t.case_id;

-- name: turn_clocks
-- The same of their clocks.
update clock c set
    due_at = t.due_at, due_at_if_refused = t.due_at_if_refused, state = t.state, provisional = t.provisional
from staged_turned_clock t where c.case_id = t.case_id and c.name = t.name;

-- name: empty_turning
-- Rows that are written, out of the way of the next ones of the transaction.
with states as (delete from staged_turn)
delete from staged_turned_clock;

-- name: give_calendar_version
-- Another calendar for open cases that end before its first changed day: nothing stored is another but its number.
update case_state s set calendar_version = %(after)s, file_behind = true
where s.case_id = any(%(case_ids)s::bigint[]) and s.calendar_version = %(before)s
    and s.status in ('applied', 'received', 'correcting', 'accepted')
    and (s.next_change_at is null or s.next_change_at < %(first_changed)s)
    and not exists (
        select from clock c where c.case_id = s.case_id and (c.due_at is null or c.due_at >= %(first_changed)s)
    )
returning s.case_id;
