-- Cohorts moved by time or a calendar while the files of their cases stay shut.

-- name: create_turning
-- What becomes of each cohort; emptied at every commit.
create temp table if not exists staged_turn (
    cohort_id bigint primary key, light case_light, promise_due_at timestamptz, promise_state text,
    statutory_due_at timestamptz, statutory_state text, next_change_at timestamptz, calendar_version integer,
    cards_not_before timestamptz, carded boolean
) on commit delete rows;
create temp table if not exists staged_turned_clock (
    cohort_id bigint, name text, due_at timestamptz, due_at_if_refused timestamptz, state text, provisional boolean,
    primary key (cohort_id, name)
) on commit delete rows;
create temp table if not exists staged_turned_finding (
    cohort_id bigint, position smallint, position_before smallint, code text, detail text, clock text,
    primary key (cohort_id, position)
) on commit delete rows;
create temp table if not exists staged_turned_card (
    cohort_id bigint, clock text, level card_level, department text, item text, state card_state,
    expected_at timestamptz, due_at timestamptz, recipient text, reply_due_at timestamptz, reason text,
    primary key (cohort_id, clock, level)
) on commit delete rows;

-- name: turn_cohorts
-- What time or a calendar has moved; the files of their cases keep what they had.
update cohort k set
    light = t.light, promise_due_at = t.promise_due_at, promise_state = t.promise_state,
    statutory_due_at = t.statutory_due_at, statutory_state = t.statutory_state, next_change_at = t.next_change_at,
    calendar_version = t.calendar_version, cards_not_before = t.cards_not_before, carded = k.carded or t.carded,
    moved = true, likeness = null
from staged_turn t where k.cohort_id = t.cohort_id;

-- name: turn_clocks
-- The same of their clocks.
insert into cohort_clock as k
select cohort_id, name, due_at, due_at_if_refused, state, provisional from staged_turned_clock
on conflict (cohort_id, name) do update set
    due_at = excluded.due_at, due_at_if_refused = excluded.due_at_if_refused, state = excluded.state,
    provisional = excluded.provisional;

-- name: move_turned_findings
-- The finding of a case that others come to stand before; of each case it is only one, so its new place is free.
update anomaly a set position = t.position
from staged_turned_finding t join judged_case c using (cohort_id)
where t.position_before is not null and a.case_id = c.case_id and a.position = t.position_before;

-- name: insert_turned_findings
-- What was found of their cases: each finding names the event that accepted its own case, or that started a clock of it.
insert into anomaly (case_id, position, code, event_id, detail)
select
    c.case_id, t.position, t.code,
    case when t.clock is null then c.accepted_event else (
        select e.event_id from judged_clock k join event e
            on e.source_id = c.source_id and e.case_no = c.case_no
            and e.occurred_at between k.started_at and k.started_at -- not "=": an index of times holds many of one instant
            and e.occurred_at between %(earliest)s and %(latest)s
        where k.case_id = c.case_id and k.name = t.clock
    ) end,
    t.detail
from staged_turned_finding t join judged_case c using (cohort_id)
where t.position_before is null;

-- name: select_unclear_starts
-- Cases of some cohorts of which the log does not plainly say which event of a kind started a clock: another is of the same
-- instant.
select c.case_id
from unnest(%(cohort_ids)s::bigint[], %(clocks)s::text[], %(kinds)s::text[]) as wanted (cohort_id, clock, kind)
join judged_case c on c.cohort_id = wanted.cohort_id
join judged_clock k on k.case_id = c.case_id and k.name = wanted.clock
where array[wanted.kind] is distinct from array(
    select e.kind::text from event e
    where e.source_id = c.source_id and e.case_no = c.case_no
        and e.occurred_at between k.started_at and k.started_at
        and e.occurred_at between %(earliest)s and %(latest)s
);

-- name: issue_turned_cards
-- The cards that they call for, each with its first step; one that stands already is not issued again.
with issued as (
    insert into card (
        hall_id, case_id, clock, level, generation, department, item, state, expected_at, issued_at, due_at, recipient,
        reply_due_at, reason
    )
    select
        %(hall_id)s, c.case_id, t.clock, t.level, 0, t.department, t.item, t.state, t.expected_at, %(issued_at)s, t.due_at,
        t.recipient, t.reply_due_at, t.reason
    from staged_turned_card t join judged_case c using (cohort_id)
    order by t.expected_at, c.case_id
    on conflict (case_id, clock, level, generation) do nothing
    returning card_id, state, expected_at, issued_at, reason
), steps as (
    insert into card_step (card_id, step_no, from_state, to_state, actor, reason, expected_at, observed_at)
    select card_id, 1, null, state, 'engine', reason, expected_at, issued_at from issued
)
select card_id, expected_at, reason from issued order by card_id;
