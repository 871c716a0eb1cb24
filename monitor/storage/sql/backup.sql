-- Back-ups: what a copy holds, whether a database is empty, and TimescaleDB's own steps around a restore.

-- name: begin_backup
-- One state of the database for everything that is copied.
set transaction isolation level repeatable read, read only;

-- name: select_unsettled_halls
-- How many halls are in the middle of a cycle of their engine.
select count(*) from engine_state where judging_at is not null and judging_at <> as_of;

-- name: export_snapshot
-- A name under which other sessions see the same state.
select pg_export_snapshot();

-- name: select_backup_facts
-- What this state holds, to be compared after a restore.
select
    (select max(number) from schema_migration) as migration,
    (select extversion from pg_extension where extname = 'timescaledb') as timescaledb,
    current_setting('server_version') as postgresql,
    batch_no,
    encode(chain_hash, 'hex') as chain_hash,
    (select count(*) from event_identity) as events
from batch_chain;

-- name: select_tables_to_copy
-- Every table whose rows are copied, with its bytes: chunks one by one, a hypertable itself has none.
select format('%s.%s', nspname, relname) as name, pg_table_size(pg_class.oid)::bigint as bytes
from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind = 'r' and relpersistence = 'p' and nspname in ('public', '_timescaledb_internal')
order by 1;

-- name: insert_backup_record
-- Note a back-up that came to its end.
insert into backup_record (taken_at, place, bytes, batch_no)
values (%(taken_at)s, %(place)s, %(bytes)s, %(batch_no)s);

-- name: select_newest_backup
-- The newest back-up that came to its end.
select taken_at, place, bytes, batch_no from backup_record order by taken_at desc limit 1;

-- name: select_own_tables
-- Tables that do not belong to an extension, some of them: an empty database has none.
select c.oid::regclass::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname !~ '^(pg_|information_schema|_timescaledb|timescaledb)'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by 1
limit 3;

-- name: pre_restore
-- Stop TimescaleDB's background work and let its catalog be written.
select timescaledb_pre_restore();

-- name: post_restore
-- The catalog is whole again.
select timescaledb_post_restore();

-- name: analyze_everything
-- Statistics for the planner: a copy brings none.
analyze;

-- name: select_copied_facts
-- What a copy holds, in the terms of its manifest; the log itself is counted, not what proves it.
select batch_no, encode(chain_hash, 'hex') as chain_hash, (select count(*) from event) as events from batch_chain;
