-- name: create_schema_migration
-- The ledger of applied migrations.
create table if not exists schema_migration (
    number      integer primary key,
    name        text not null,
    sha256      text not null,
    edition     text not null,
    applied_at  timestamptz not null default clock_timestamp()  -- real time, for people; no judgement reads it
);

-- name: select_schema_migration_exists
-- Whether the ledger exists in the schema in use.
select to_regclass('schema_migration') is not null;

-- name: select_applied_migrations
-- The ledger, in order.
select number, name, sha256, edition, applied_at from schema_migration order by number;

-- name: insert_applied_migration
-- Note a migration as applied.
insert into schema_migration (number, name, sha256, edition)
values (%(number)s, %(name)s, %(sha256)s, %(edition)s);

-- name: try_migration_lock
-- Take the lock of migrations for this session if it is free; never wait inside the server for it.
select pg_try_advisory_lock(%(key)s);

-- name: release_migration_lock
-- Give the lock of migrations back.
select pg_advisory_unlock(%(key)s);
