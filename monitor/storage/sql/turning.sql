-- Cases that are alike, moved together by time or a calendar while their files stay shut.

-- name: create_turning
-- `staged_alike`: the cases to be moved, each with the first of its kind; the others: what becomes of the first of a kind.
-- Emptied at every commit.
create temp table if not exists staged_alike (
    case_id bigint, representative bigint, accepted_event text
) on commit delete rows;
create temp table if not exists staged_turn (
    representative bigint primary key, light case_light, promise_due_at timestamptz, promise_state text,
    statutory_due_at timestamptz, statutory_state text, next_change_at timestamptz, calendar_version integer,
    cards_not_before timestamptz, ordinary boolean
) on commit delete rows;
create temp table if not exists staged_turned_clock (
    representative bigint, name text, due_at timestamptz, due_at_if_refused timestamptz, state text, provisional boolean,
    primary key (representative, name)
) on commit delete rows;
create temp table if not exists staged_turned_finding (
    representative bigint, position smallint, code text, detail text, primary key (representative, position)
) on commit delete rows;
create temp table if not exists staged_turned_card (
    representative bigint, clock text, level card_level, department text, item text, state card_state,
    expected_at timestamptz, due_at timestamptz, recipient text, reply_due_at timestamptz, reason text,
    primary key (representative, clock, level)
) on commit delete rows;

-- name: stage_alike
-- The ordinary ones of some cases that follow a calendar, each with the first of its kind: alike in everything that time and
-- calendar ask of facts and clocks (128 bits of hash). Of when a clock started that is the stretch of the day: `stretches` are
-- the moments at which one begins; before the first of them, and of a limit in hours, it is the very instant. Without those
-- that have a card which waits for the word of its source or was revoked; `uncarded`: without any card.
insert into staged_alike (case_id, representative, accepted_event)
select case_id, min(case_id) over (partition by facts, facts_again, clocks, clocks_again), accepted_event
from (
    select
        s.case_id, s.accepted_event, c.*,
        hash_record_extended(f, 0) as facts, hash_record_extended(f, 1) as facts_again
    from case_state s
    cross join lateral (
        select
            s.source_id, s.item, s.department, s.status, s.light, s.deemed, s.promise_due_at, s.promise_state,
            s.statutory_due_at, s.statutory_state, s.next_change_at, s.cards_not_before, s.accepted_event is null,
            s.decided_at is null, s.closed_at is null,
            coalesce(
                (%(stretches)s::timestamptz[])[nullif(width_bucket(s.accepted_at, %(stretches)s::timestamptz[]), 0)],
                s.accepted_at
            )
    ) as f
    cross join lateral (
        select
            bit_xor(hash_record_extended(k, 0)) as clocks, bit_xor(hash_record_extended(k, 1)) as clocks_again
        from (
            select
                c.position, c.name, c.unit, c.limit_value, c.extended, c.due_at, c.due_at_if_refused, c.ended, c.state,
                c.provisional, c.started_at = s.accepted_at,
                case
                    when c.unit = 'working_hours' then c.started_at
                    else coalesce(
                        (%(stretches)s::timestamptz[])[
                            nullif(width_bucket(c.started_at, %(stretches)s::timestamptz[]), 0)
                        ],
                        c.started_at
                    )
                end
            from clock c where c.case_id = s.case_id
        ) as k
    ) as c
    where s.case_id = any(%(case_ids)s::bigint[]) and s.ordinary and s.calendar_version = %(calendar_version)s
        and not exists (select from held_card h where h.case_id = s.case_id)
        and not exists (
            select from card known where known.case_id = s.case_id and (%(uncarded)s or known.state = 'revoked')
        )
) as told
order by case_id
returning case_id, representative;

-- name: leave_alike
-- Kinds whose files have to be opened.
delete from staged_alike where representative = any(%(representatives)s::bigint[]);

-- name: turn_case_states
-- What time or a calendar has moved; the files keep what they had.
update case_state s set
    light = t.light, promise_due_at = t.promise_due_at, promise_state = t.promise_state,
    statutory_due_at = t.statutory_due_at, statutory_state = t.statutory_state, next_change_at = t.next_change_at,
    calendar_version = t.calendar_version, cards_not_before = t.cards_not_before, ordinary = t.ordinary,
    file_behind = true
from staged_alike a join staged_turn t using (representative) where s.case_id = a.case_id;

-- name: turn_clocks
-- The same of their clocks.
update clock c set
    due_at = t.due_at, due_at_if_refused = t.due_at_if_refused, state = t.state, provisional = t.provisional
from staged_alike a join staged_turned_clock t using (representative) where c.case_id = a.case_id and c.name = t.name;

-- name: insert_turned_findings
-- What was found of them: each names the event that accepted its own case.
insert into anomaly (case_id, position, code, event_id, detail)
select a.case_id, t.position, t.code, a.accepted_event, t.detail
from staged_alike a join staged_turned_finding t using (representative);

-- name: issue_turned_cards
-- The cards they call for, each with its first step; one that stands already is not issued again.
with issued as (
    insert into card (
        hall_id, case_id, clock, level, generation, department, item, state, expected_at, issued_at, due_at, recipient,
        reply_due_at, reason
    )
    select
        %(hall_id)s, a.case_id, t.clock, t.level, 0, t.department, t.item, t.state, t.expected_at, %(issued_at)s, t.due_at,
        t.recipient, t.reply_due_at, t.reason
    from staged_alike a join staged_turned_card t using (representative)
    order by t.expected_at, a.case_id
    on conflict (case_id, clock, level, generation) do nothing
    returning card_id, state, expected_at, issued_at, reason
), steps as (
    insert into card_step (card_id, step_no, from_state, to_state, actor, reason, expected_at, observed_at)
    select card_id, 1, null, state, 'engine', reason, expected_at, issued_at from issued
)
select card_id, expected_at, reason from issued order by card_id;
