-- name: select_server
-- What the server is: versions of PostgreSQL and TimescaleDB (offered, installed here), its licence, this database.
select
    current_setting('server_version') as server_version,
    (select default_version from pg_available_extensions where name = 'timescaledb') as offered_version,
    (select extversion from pg_extension where extname = 'timescaledb') as installed_version,
    current_setting('timescaledb.license', true) as license,
    current_database() as database_name;

-- name: create_timescaledb
-- Bring TimescaleDB into this database; a database that has it already is left as it is.
create extension if not exists timescaledb;
