-- name: select_existing_tables
-- Which of these tables exist in the schema in use.
select name from unnest(%(names)s::text[]) as wanted (name) where to_regclass(name) is not null;

-- name: select_database_size
-- Bytes this database takes on disk.
select pg_database_size(current_database());

-- name: select_durability_settings
-- The settings an acknowledged commit depends on.
select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name;

-- name: select_invalid_indexes
-- Indexes left unfinished by an interrupted concurrent creation.
select indexrelid::regclass::text as name from pg_index where not indisvalid order by 1;

-- name: select_hypertables
-- Every hypertable with its chunks and bytes.
select
    hypertable_name as name,
    num_chunks::integer as chunks,
    coalesce(hypertable_size(format('%I.%I', hypertable_schema, hypertable_name)::regclass), 0)::bigint as bytes
from timescaledb_information.hypertables
order by hypertable_name;

-- name: select_engine_progress
-- How far the engine has come in each hall.
select hall.code as hall, engine_state.folded_batch_no, engine_state.as_of
from hall join engine_state using (hall_id)
order by hall.code;

-- name: select_waiting_batches
-- Accepted batches that no engine has judged yet, and since when the oldest waits (real time).
select count(*)::integer as batches, min(received_at) as oldest_received_at
from unfolded_batch join intake_batch using (batch_no);

-- name: select_source_reports
-- What every live source said last: complete until when (case time), and when that came in.
select hall.code as hall, source.code, heartbeat.complete_until, heartbeat.received_at
from source
join hall using (hall_id)
left join heartbeat using (source_id)
where source.feed = 'live'
order by hall.code, source.code;

-- name: count_recent_refusals
-- Events kept aside since a moment (real time), by verdict.
select verdict, count(*)::integer as events from refused_event
where received_at >= %(since)s group by verdict order by verdict;

-- name: select_silent_source_reports
-- Every source that has an open feed card, since when it is silent (case time), and how many cards wait for its word.
select hall.code as hall, source.code, feed_card.state, feed_card.heard_until,
    (select count(*) from held_card where held_card.hall_id = hall.hall_id and held_card.source_id = source.source_id)
        ::integer as cards_held
from feed_card join source using (source_id) join hall on hall.hall_id = feed_card.hall_id
where feed_card.closed_at is null
order by hall.code, source.code;
