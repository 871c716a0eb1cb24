-- name: select_source_by_code
-- A source for which a key is to be made.
select source_id from source where code = %(code)s;

-- name: select_source_codes
-- Every source there is.
select code from source order by code;

-- name: insert_source_key
-- Keep the hash of a new key; the key itself is kept nowhere.
insert into source_key (source_id, key_hash, hint, created_at)
values (%(source_id)s, %(key_hash)s, %(hint)s, %(created_at)s)
returning key_id;

-- name: lock_source_key
-- One key with its source, held until the end of the transaction.
select k.key_id, s.source_id, s.code as source, k.hint, k.created_at, k.expires_at, k.revoked_at
from source_key k join source s using (source_id)
where k.key_id = %(key_id)s
for update of k;

-- name: select_source_keys
-- The keys of one source, or of all.
select k.key_id, s.source_id, s.code as source, k.hint, k.created_at, k.expires_at, k.revoked_at
from source_key k join source s using (source_id)
where %(code)s::text is null or s.code = %(code)s
order by s.code, k.key_id;

-- name: limit_source_key
-- Let a key end at a moment, unless it ends earlier anyway.
update source_key set expires_at = least(expires_at, %(expires_at)s) where key_id = %(key_id)s returning expires_at;

-- name: revoke_source_key
-- Let a key end at once; the first revocation stands.
update source_key set revoked_at = coalesce(revoked_at, %(revoked_at)s) where key_id = %(key_id)s;

-- name: select_sender
-- Whose key this is, if it is valid at this real moment.
select s.source_id, s.code, s.hall_id, s.zone, s.feed, k.expires_at
from source_key k join source s using (source_id)
where k.key_hash = %(key_hash)s
    and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > %(real_now)s);
