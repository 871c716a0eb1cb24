-- Roles of the database and their rights.

-- name: select_role_exists
-- Whether the server knows a role.
select 1 from pg_roles where rolname = %(name)s;

-- name: select_rights_given
-- Whether a role that exists may read something of this database.
select exists (
    select from pg_class, aclexplode(relacl) as given join pg_roles on pg_roles.oid = given.grantee
    where pg_class.oid = to_regclass('schema_migration') and rolname = %(name)s
);
