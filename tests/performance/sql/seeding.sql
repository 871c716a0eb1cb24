-- Multiplying the cases that the service judged: copies under new numbers, as if each had come through intake.

-- name: prepare_seeding
-- Copies need no checks of keys and no waiting for the disk; the engine's and intake's own sessions keep both.
select set_config('session_replication_role', 'replica', false), set_config('synchronous_commit', 'off', false),
       set_config('work_mem', '128MB', false), set_config('jit', 'off', false);

-- name: heed_triggers
-- Until the end of the transaction: what triggers count of the counters is counted.
select set_config('session_replication_role', 'origin', true);

-- name: create_swap
-- A packed value with one case number put in the place of another of the same length.
create function seed.swap(packed bytea, old text, new text) returns bytea language sql immutable parallel safe
return decode(replace(encode(packed, 'hex'), encode(old::bytea, 'hex'), encode(new::bytea, 'hex')), 'hex');

-- name: select_case_tables
-- Every table that names cases.
select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
where table_schema = 'public' and column_name = 'case_id' and table_type = 'BASE TABLE' order by 1;

-- name: select_columns
-- The columns of a table with their types, without those that are computed.
select column_name, udt_name from information_schema.columns
where table_schema = 'public' and table_name = %(table)s and is_generated = 'NEVER' order by ordinal_position;

-- name: select_models
-- The packed events and the judged record of every case, and whether time has moved the case since.
select f.case_id, f.source_id, f.case_no, f.events, f.event_count, f.judged, coalesce(s.file_behind, false)
from case_file f left join case_state s using (case_id) order by case_id;

-- name: create_model
-- The cases to be copied: where each stands among the kinds of life of its source, and its events by their ids.
create unlogged table seed.model (
    case_id bigint primary key, source_id integer not null, place integer not null, turn integer not null,
    lives integer not null, case_no text collate "C" not null, events_by_id bytea not null, event_count integer not null
);

-- name: select_hall_of_models
-- The hall whose cases are copied.
select distinct hall_id from case_file;

-- name: take_case_numbers
-- Reserve ids for copies; gives the first.
select setval(pg_get_serial_sequence('case_file', 'case_id'), nextval(pg_get_serial_sequence('case_file', 'case_id')) + %(cases)s)
    - %(cases)s;

-- name: take_receipts
-- Reserve numbers of requests; gives the first.
select setval('receipt_number', nextval('receipt_number') + %(receipts)s) - %(receipts)s;

-- name: create_share
-- One worker's share of the copies, in the order of the indexes that will hold them.
create temp table share on commit drop as
select
    m.case_id as model_id, m.case_no as model_no, m.source_id, m.events_by_id, m.event_count,
    %(first_id)s + slot - %(first)s as case_id, 'B' || lpad(slot::text, 8, '0') as case_no,
    %(first_receipt)s + m.place as receipt_id, slot / %(places)s %% %(cohorts)s as part
from generate_series(%(first)s::integer, %(last)s::integer) as slot
join seed.model m on m.place = slot %% %(places)s and m.turn = slot / %(places)s %% m.lives
order by m.source_id, slot;

-- name: insert_batches_of_share
-- A request for each source of the share, its hash as intake makes it: the packed events ordered by id, as one array.
insert into seed.batch
select
    receipt_id, source_id, sum(event_count),
    sha256(
        case when sum(event_count) < 16 then set_byte('\x00', 0, 144 + sum(event_count)::integer)
            else '\xdc'::bytea || substring(int4send(sum(event_count)::integer) from 3) end
        || string_agg(seed.swap(events_by_id, model_no, case_no), ''::bytea order by case_no)
    )
from share group by receipt_id, source_id;

-- name: create_cohorts_of_share
-- Cohorts of some dozen cases each, as in a hall where items are asked for on many days: for each cohort of the models so many.
create temp table share_cohort on commit drop as
select model_cohort, part, nextval(pg_get_serial_sequence('cohort', 'cohort_id')) as cohort_id
from (
    select distinct j.cohort_id as model_cohort, c.part
    from share c join seed.judged_case j on j.case_id = c.model_id where j.cohort_id is not null
) as wanted;

-- name: insert_cohorts_of_share
-- What was true of a cohort of models is true of each of these.
insert into cohort (
    cohort_id, hall_id, is_open, ordinary, carded, department, light, promise_due_at, promise_state, statutory_due_at,
    statutory_state, next_change_at, calendar_version, cards_not_before
) overriding system value
select s.cohort_id, hall_id, is_open, ordinary, carded, department, light, promise_due_at, promise_state, statutory_due_at,
    statutory_state, next_change_at, calendar_version, cards_not_before
from share_cohort s join seed.cohort k on k.cohort_id = s.model_cohort;

-- name: insert_share_of_log
-- The events of the share, in the log's order.
insert into event ({columns})
select {values} from {model} t join share c on c.model_id = t.model_id order by t.occurred_at;

-- name: insert_share_of_identities
-- Their ids. The hash of a copy's content stands for content that nobody sends again: any will do.
insert into event_identity (source_id, event_id, content_hash)
select c.source_id, replace(t.event_id, c.model_no, c.case_no) as event_id, md5(c.case_no || t.event_id)::uuid
from {model} t join share c on c.model_id = t.model_id order by 1, 2;

-- name: insert_share
-- A table's rows of the share.
insert into {table} ({columns}) overriding system value
select {values} from {model} t join share c on c.model_id = t.case_id;

-- name: select_batches
-- The requests of all shares, to be chained.
select receipt_id, source_id, accepted, body_hash from seed.batch order by receipt_id;

-- name: select_chain_head
-- Where the chain of batches stands.
select batch_no, chain_hash from batch_chain;

-- name: select_newest_receipt_times
-- When the newest batch came: what copies say of themselves.
select received_at, recorded_at from intake_batch order by batch_no desc limit 1;

-- name: move_chain
-- The head of the chain after the copies.
update batch_chain set batch_no = %(batch_no)s, chain_hash = %(chain_hash)b, previous_hash = %(previous_hash)b;

-- name: clear_batches
-- Chained now.
truncate seed.batch;

-- name: analyze_cases
-- Plans for the new volume.
analyze case_file, judged_case, judged_clock, cohort, event, event_identity, intake_batch, department_day, department_load,
    department_month, department_speedup;

-- name: create_history_model
-- Decided cases as they stand: what cases of earlier weeks are copied from.
create unlogged table seed.old_model as
select row_number() over (order by case_id) - 1 as turn, s.case_id, s.source_id, f.case_no, f.event_count, f.judged,
       count(*) over () as models, f.events as events_by_id
from case_state s join case_file f using (case_id, source_id, case_no)
where s.closed_at is not null and not s.file_behind
    and not exists (select from card where card.case_id = s.case_id)
order by case_id limit %(models)s;

-- name: select_history_models
-- Their records, in turn.
select judged, event_count, models from seed.old_model order by turn;

-- name: create_history_share
-- One worker's share of the history: the models in turn, so many weeks earlier.
create temp table share on commit drop as
select
    m.case_id as model_id, m.case_no as model_no, m.source_id, m.events_by_id, m.event_count,
    %(first_id)s + number - %(first)s as case_id, 'H' || lpad(number::text, 8, '0') as case_no,
    %(first_receipt)s + 0 * m.turn as receipt_id, make_interval(weeks => %(weeks)s) as earlier
from generate_series(%(first)s::integer, %(last)s::integer) as number
join seed.old_model m on m.turn = number %% %(models)s
order by m.source_id, number;

-- name: insert_history_batch
-- One request for all of a share: its hash stands for packed events that nobody will prove.
insert into seed.batch select receipt_id, min(source_id), sum(event_count), sha256(receipt_id::text::bytea)
from share group by receipt_id;

-- name: count_speedups_anew
-- Copies go past the trigger that counts them.
insert into department_speedup
select c.hall_id, coalesce(c.department, ''), (c.decided_at at time zone h.zone)::date, c.statutory_days, count(*),
    sum(c.used_days)
from case_state c join hall h using (hall_id) where c.statutory_days > 0 group by 1, 2, 3, 4;
