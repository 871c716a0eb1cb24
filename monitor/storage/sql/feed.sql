-- The live channel's feed: one row per engine transaction that changed something visible.

-- name: append_feed
-- Draw the hall's next sequence number, write the row under it and hint at it; the head's lock lasts until commit.
with head as (
    insert into feed_head as known (hall_id, seq)
    -- A feed begins at the real time in milliseconds: no client of an earlier database can take its number for ours.
    values (%(hall_id)s, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    on conflict (hall_id) do update set seq = known.seq + 1
    returning seq
)
insert into feed (hall_id, seq, produced_at, real_at, kind, body)
select %(hall_id)s, seq, %(produced_at)s, clock_timestamp(), %(kind)s, %(body)s::jsonb from head
returning seq, pg_notify('feed', hall_id::text);

-- name: begin_feed
-- Give a hall that has no feed yet the number at which it begins, so that its very first row follows a known one.
insert into feed_head (hall_id, seq)
values (%(hall_id)s, (extract(epoch from clock_timestamp()) * 1000)::bigint)
on conflict (hall_id) do nothing;

-- name: begin_feed_anew
-- Let every feed go on at the real time in milliseconds, after the newest number given out so far.
update feed_head set seq = greatest(seq + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint);

-- name: select_feed_since
-- The rows after a sequence number, in order, at most so many.
select seq, produced_at, kind, body::text
from feed
where hall_id = %(hall_id)s and seq > %(seq)s
order by seq
limit %(limit)s;

-- name: select_feed_head
-- The newest sequence number of a hall and the oldest one still kept; the latter null when none is.
select
    (select seq from feed_head where hall_id = %(hall_id)s) as seq,
    (select min(seq) from feed where hall_id = %(hall_id)s) as oldest;

-- name: select_feed_heads
-- The newest sequence number of each of some halls.
select hall_id, seq from feed_head where hall_id = any(%(hall_ids)s);

-- name: delete_feed_before
-- Forget a hall's rows from the front up to the newest one that is too old, so many at most; the rest has no holes.
delete from feed
where hall_id = %(hall_id)s and seq <= (
    select max(seq) from (
        select seq from feed
        where hall_id = %(hall_id)s
            and seq <= (
                -- by age, not by number: the newest of many kept rows would else be looked at one by one
                select seq from feed where hall_id = %(hall_id)s and real_at < %(before)s order by real_at desc limit 1
            )
        order by seq
        limit %(limit)s
    ) as too_old
);

-- name: begin_reading
-- Read one state of the database from here to the end of the transaction; its first statement.
set transaction isolation level repeatable read, read only;

-- name: listen_feed
-- Be told of new rows.
listen feed;

-- name: ask_whether_alive
-- Whether a connection still answers.
select 1;
