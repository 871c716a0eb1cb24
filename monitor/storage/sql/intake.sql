-- name: draw_receipt
-- A number for a request; it names the request and orders nothing.
select nextval('receipt_number');

-- name: select_identities_known
-- Which of these ids the source has used already, with the 16 bytes of the content that stands for each.
select event_id, uuid_send(content_hash)
from event_identity
where source_id = %(source_id)s and event_id = any(%(event_ids)s);

-- name: insert_identities
-- Enter ids that are new, in the order given (sorted, so that two requests never wait for each other in a ring).
insert into event_identity (source_id, event_id, content_hash)
select %(source_id)s, sent.event_id, sent.content_hash
from unnest(%(event_ids)s::text[], %(content_hashes)s::uuid[]) with ordinality
    as sent (event_id, content_hash, place)
order by sent.place
on conflict do nothing
returning event_id;

-- name: insert_refusals
-- Keep what was not applied, for its sender to list.
insert into refused_event (source_id, receipt_id, received_at, line, verdict, event_id, reason, detail, body)
select %(source_id)s, %(receipt_id)s, %(received_at)s, refused.*
from unnest(
    %(lines)s::integer[], %(verdicts)s::text[], %(event_ids)s::text[], %(reasons)s::text[], %(details)s::text[],
    %(bodies)s::bytea[]
) as refused;

-- name: advance_last_event
-- Remember the newest time a source has spoken of.
update heartbeat set last_event_at = %(occurred_at)s
where source_id = %(source_id)s and (last_event_at is null or last_event_at < %(occurred_at)s);

-- name: append_intake_batch
-- The last statement of an acceptance: take the chain's head, number the batch in commit order, hand it to the engine.
with chain as (
    update batch_chain
    set batch_no = batch_no + 1, previous_hash = chain_hash, chain_hash = sha256(chain_hash || %(body_hash)b)
    returning batch_no, previous_hash
), batch as (
    insert into intake_batch (
        batch_no, receipt_id, hall_id, source_id, received_at, recorded_at, accepted, duplicate, conflicting, rejected,
        body_hash, previous_hash
    )
    select
        batch_no, %(receipt_id)s, %(hall_id)s, %(source_id)s, %(received_at)s, %(recorded_at)s, %(accepted)s,
        %(duplicate)s, %(conflicting)s, %(rejected)s, %(body_hash)b, previous_hash
    from chain
    returning batch_no
), waiting as (
    insert into unfolded_batch (batch_no, hall_id, packed) select batch_no, %(hall_id)s, %(packed)b from batch
)
select batch_no, pg_notify('intake', %(hall_id)s::text) from batch;

-- name: select_chain_breaks
-- Batches whose number or previous hash does not continue the batch before, and a head that is not the last batch.
with linked as (
    select
        batch_no, previous_hash, sha256(previous_hash || body_hash) as chain_hash,
        lag(batch_no, 1, 0::bigint) over by_number as batch_before,
        lag(sha256(previous_hash || body_hash), 1, ''::bytea) over by_number as hash_before
    from intake_batch
    window by_number as (order by batch_no)
), last_batch as (
    select batch_no, chain_hash from linked
    union all
    select 0, ''::bytea
    order by batch_no desc
    limit 1
)
select
    batch_no,
    case
        when batch_no <> batch_before + 1 then 'a batch before it is missing'
        else 'it does not continue the batch before'
    end as what
from linked
where batch_no <> batch_before + 1 or previous_hash <> hash_before
union all
select head.batch_no, 'the head of the chain is not the last batch'
from batch_chain head, last_batch
where (head.batch_no, head.chain_hash) <> (last_batch.batch_no, last_batch.chain_hash)
order by batch_no;

-- name: select_refusals
-- What was not applied of one source, oldest first, after a cursor.
select refused_id, receipt_id, received_at, line, verdict, event_id, reason, detail
from refused_event
where source_id = %(source_id)s and refused_id > %(after)s
order by refused_id
limit %(limit)s;

-- name: select_refusals_of_receipt
-- What was not applied of one request of one source, oldest first, after a cursor.
select refused_id, receipt_id, received_at, line, verdict, event_id, reason, detail
from refused_event
where receipt_id = %(receipt_id)s and source_id = %(source_id)s and refused_id > %(after)s
order by refused_id
limit %(limit)s;

-- name: upsert_heartbeat
-- A source says up to when everything has been sent; what it said before is never taken back.
insert into heartbeat (source_id, complete_until, received_at)
values (%(source_id)s, %(complete_until)s, %(received_at)s)
on conflict (source_id) do update
set complete_until = greatest(heartbeat.complete_until, excluded.complete_until),
    received_at = greatest(heartbeat.received_at, excluded.received_at)
returning complete_until, received_at, last_event_at;

-- name: find_last_event
-- The newest time a source has spoken of, for one that sent events before its first heartbeat. The first probe goes by
-- source, so that for one without events nobody walks through all others' times in search of it.
update heartbeat set last_event_at = (
    select occurred_at from event where source_id = %(source_id)s order by occurred_at desc limit 1
)
where source_id = %(source_id)s and last_event_at is null and (
    select source_id from event where source_id >= %(source_id)s order by source_id, case_no, occurred_at limit 1
) = %(source_id)s
returning complete_until, received_at, last_event_at;

-- name: announce_heartbeat
-- Tell the engine that a source has spoken.
select pg_notify('heartbeat', %(source_id)s::text);
