-- The engine's own statements: taking batches, loading and writing case files, facts, clocks, findings and counters.

-- name: hold_engine_lock
-- Only one engine a hall: held as long as the session lives.
select pg_try_advisory_lock(7310, %(hall_id)s);

-- name: hold_second_hand
-- Held by the second connection of a hall's engine as long as that is there (monitor.engine.hands); waits a while for one
-- that has been closed and has not ended yet.
select set_config('lock_timeout', '10s', true), pg_advisory_lock(7311, %(hall_id)s);

-- name: try_second_hand
-- Whether the engine before has left nobody behind.
select pg_try_advisory_lock(7311, %(hall_id)s);

-- name: release_second_hand
-- It was only asked for whether it is free.
select pg_advisory_unlock(7311, %(hall_id)s);

-- name: release_engine_lock
-- Leave a hall to another engine.
select pg_advisory_unlock(7310, %(hall_id)s);

-- name: prepare_engine_session
-- The engine touches few of many rows: it joins staged rows to their targets by index. What one transaction stages stays
-- in memory.
select set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),
       set_config('random_page_cost', '1.1', false), set_config('jit', 'off', false),
       set_config('temp_buffers', '64MB', false);

-- name: create_staging
-- Rows on their way into the tables of the same names, `piece` by piece of a transaction; emptied at every commit.
create temp table if not exists staged_file (
    piece integer, case_id bigint, added bytea, added_count integer, last_occurred_at timestamptz, judged bytea
) on commit delete rows;
create temp table if not exists staged_state (piece integer, like judged_case) on commit delete rows;
create temp table if not exists staged_clock (piece integer, like judged_clock) on commit delete rows;
create temp table if not exists staged_day (like department_day) on commit delete rows;
create temp table if not exists staged_load (like department_load) on commit delete rows;

-- name: select_last_unfolded
-- The newest batch of a hall that waits to be judged.
select max(batch_no) from unfolded_batch where hall_id = %(hall_id)s;

-- name: select_unfolded_batches
-- The next batches of a hall in commit order up to a batch, packed, up to a number of bytes.
select b.batch_no, b.source_id, q.packed
from (
    select batch_no, packed, sum(length(packed)) over (order by batch_no) - length(packed) as before
    from (
        select batch_no, packed from unfolded_batch
        where hall_id = %(hall_id)s and batch_no <= %(up_to)s
        order by batch_no limit %(batches)s
    ) q
) q join intake_batch b using (batch_no)
where before < %(bytes)s
order by b.batch_no;

-- name: delete_folded_batches
-- Batches that this transaction has judged.
delete from unfolded_batch where batch_no = any(%(batch_nos)s);

-- name: select_case_files_by_key
-- The working sets of cases named by source and number (a JSON array), and the cohorts of those that run.
select f.case_id, f.source_id, f.case_no, f.events, f.event_count, f.judged, j.cohort_id
from rows from (unnest(%(source_ids)s::integer[]), json_array_elements_text(%(case_nos)s::json))
    as wanted(source_id, case_no)
join case_file f on f.source_id = wanted.source_id and f.case_no = wanted.case_no
left join judged_case j on j.case_id = f.case_id;

-- name: select_case_files_by_id
-- The same of cases named by id.
select f.case_id, f.source_id, f.case_no, f.events, f.event_count, f.judged, j.cohort_id
from unnest(%(case_ids)s::bigint[]) as wanted(case_id) join case_file f using (case_id)
left join judged_case j using (case_id);

-- name: select_moved_cohorts
-- Those of some cohorts that have been moved since their cases were judged.
select cohort_id from cohort where cohort_id = any(%(cohort_ids)s::bigint[]) and moved;

-- name: select_open_case_ids
-- Cases with anything still running, after a case id, for a recalculation.
select case_id from judged_case
where hall_id = %(hall_id)s and case_id > %(after)s and cohort_id is not null
order by case_id
limit %(cases)s;

-- name: draw_case_ids
-- Ids for new cases; the sequence is looked up once.
select nextval(s.name) from (select pg_get_serial_sequence('case_file', 'case_id')::regclass as name offset 0) s,
    generate_series(1, %(cases)s);

-- name: update_case_files
-- Append what was staged to the working sets.
update case_file f
set events = f.events || s.added, event_count = f.event_count + s.added_count,
    last_occurred_at = greatest(f.last_occurred_at, s.last_occurred_at), judged = s.judged
from staged_file s where s.piece = %(piece)s and s.case_id = f.case_id;

-- name: update_case_states
-- The facts of judged cases that had some.
update judged_case c set
    item = s.item, department = s.department, status = s.status, light = s.light, received_at = s.received_at,
    accepted_at = s.accepted_at, accepted_claimed_at = s.accepted_claimed_at, deemed = s.deemed,
    decided_at = s.decided_at, result = s.result, closed_at = s.closed_at, promise_due_at = s.promise_due_at,
    promise_state = s.promise_state, statutory_due_at = s.statutory_due_at, statutory_state = s.statutory_state,
    used_days = s.used_days, statutory_days = s.statutory_days, suspended_days = s.suspended_days,
    next_change_at = s.next_change_at, calendar_version = s.calendar_version, cards_not_before = s.cards_not_before,
    first_event_at = s.first_event_at, ordinary = s.ordinary, accepted_event = s.accepted_event,
    cohort_id = s.cohort_id
from staged_state s where s.piece = %(piece)s and s.case_id = c.case_id;

-- name: update_clocks
-- The facts of judged clocks that had some.
update judged_clock c set
    position = s.position, started_at = s.started_at, unit = s.unit, limit_value = s.limit_value,
    extended = s.extended, due_at = s.due_at, due_at_if_refused = s.due_at_if_refused, stopped_at = s.stopped_at,
    ended = s.ended, state = s.state, early = s.early, used = s.used, suspended = s.suspended,
    provisional = s.provisional
from staged_clock s where s.piece = %(piece)s and s.case_id = c.case_id and s.name = c.name;

-- name: delete_clocks
-- Clocks that a correction took away.
delete from judged_clock c using unnest(%(case_ids)s::bigint[], %(names)s::text[]) as k(case_id, name)
where c.case_id = k.case_id and c.name = k.name;

-- name: delete_case_states
-- Cases with nothing left but voids: they have no judgement.
delete from judged_case where case_id = any(%(case_ids)s);

-- name: delete_anomalies
-- Findings that are about to be written anew.
delete from anomaly where case_id = any(%(case_ids)s);

-- name: add_department_days
-- Move the counters of days by what judgements changed.
insert into department_day as d select * from staged_day
on conflict (hall_id, department, day) do update set
    received = d.received + excluded.received, accepted = d.accepted + excluded.accepted,
    decided = d.decided + excluded.decided, same_day = d.same_day + excluded.same_day,
    promise_stopped = d.promise_stopped + excluded.promise_stopped, promise_met = d.promise_met + excluded.promise_met,
    promise_early = d.promise_early + excluded.promise_early,
    statutory_stopped = d.statutory_stopped + excluded.statutory_stopped,
    statutory_met = d.statutory_met + excluded.statutory_met, speedup_cases = d.speedup_cases + excluded.speedup_cases,
    used_days = d.used_days + excluded.used_days, statutory_days = d.statutory_days + excluded.statutory_days,
    promise_due = d.promise_due + excluded.promise_due,
    promise_due_open = d.promise_due_open + excluded.promise_due_open,
    statutory_due_open = d.statutory_due_open + excluded.statutory_due_open;

-- name: add_department_loads
-- Move the counters of open cases by what judgements changed.
insert into department_load as l select * from staged_load
on conflict (hall_id, department) do update set
    open = l.open + excluded.open, standing = l.standing + excluded.standing, green = l.green + excluded.green,
    reminder = l.reminder + excluded.reminder, yellow = l.yellow + excluded.yellow, red = l.red + excluded.red,
    promise_breached_open = l.promise_breached_open + excluded.promise_breached_open,
    statutory_breached_open = l.statutory_breached_open + excluded.statutory_breached_open;

-- name: select_engine_state
-- How far the engine of a hall has come.
select folded_batch_no, as_of, judging_at, rules_version from engine_state where hall_id = %(hall_id)s;

-- name: insert_engine_state
-- The engine's first step in a hall.
insert into engine_state (hall_id, as_of, judging_at, rules_version)
values (%(hall_id)s, %(as_of)s, %(as_of)s, (select version from rules_version))
on conflict do nothing;

-- name: update_engine_judging
-- A fold at a moment whose due changes are not all fired yet.
update engine_state set judging_at = %(as_of)s, folded_batch_no = greatest(folded_batch_no, %(batch_no)s)
where hall_id = %(hall_id)s;

-- name: update_engine_as_of
-- Every change due up to this moment has been fired.
update engine_state set as_of = %(as_of)s, judging_at = %(as_of)s where hall_id = %(hall_id)s;

-- name: update_engine_rules_version
-- Every open case has been judged by this version of the rules.
update engine_state set rules_version = %(rules_version)s where hall_id = %(hall_id)s;

-- name: select_cards_of_cases
-- Every card of some cases.
select card_id, case_id, clock, level::text, generation, state::text, expected_at, due_at
from card where case_id = any(%(case_ids)s::bigint[]) order by card_id;

-- name: draw_card_ids
-- Ids for new cards; the sequence is looked up once.
select nextval(s.name) from (select pg_get_serial_sequence('card', 'card_id')::regclass as name offset 0) s,
    generate_series(1, %(cards)s);

-- name: update_card_states
-- Pass cards to another state (revoked, closed, issued again), or move the moment the rule names.
update card c set state = u.state::card_state, expected_at = u.expected_at, due_at = u.due_at,
    revoked_at = u.revoked_at, revoke_reason = u.revoke_reason
from unnest(%(card_ids)s::bigint[], %(states)s::text[], %(expected_ats)s::timestamptz[], %(due_ats)s::timestamptz[],
            %(revoked_ats)s::timestamptz[], %(revoke_reasons)s::text[])
    as u(card_id, state, expected_at, due_at, revoked_at, revoke_reason)
where c.card_id = u.card_id;

-- name: insert_card_steps
-- One row for each state change; the number follows the card's last step.
insert into card_step (card_id, step_no, from_state, to_state, actor, reason, expected_at, observed_at)
select u.card_id, 1 + coalesce((select max(step_no) from card_step s where s.card_id = u.card_id), 0),
       u.from_state::card_state, u.to_state::card_state, 'engine', u.reason, u.expected_at, %(observed_at)s
from unnest(%(card_ids)s::bigint[], %(from_states)s::text[], %(to_states)s::text[], %(reasons)s::text[],
            %(expected_ats)s::timestamptz[]) as u(card_id, from_state, to_state, reason, expected_at);
