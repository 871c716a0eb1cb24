-- What is counted for Prometheus: the engine's own counts, what waits for it, open cases, the feed.

-- name: add_engine_measure
-- Add what one cycle has done; the arrays are added place by place.
insert into engine_measure as known (
    hall_id, cycles, cycle_seconds, batches, events, judged, fired, cards, lateness_seconds, lateness_counts
)
values (
    %(hall_id)s, 1, %(cycle_seconds)s, %(batches)s, %(events)s, %(judged)s, %(fired)s, %(cards)s, %(lateness_seconds)s,
    %(lateness_counts)s::bigint[]
)
on conflict (hall_id) do update set
    cycles = known.cycles + 1,
    cycle_seconds = known.cycle_seconds + excluded.cycle_seconds,
    batches = known.batches + excluded.batches,
    events = known.events + excluded.events,
    judged = known.judged + excluded.judged,
    fired = known.fired + excluded.fired,
    cards = known.cards + excluded.cards,
    lateness_seconds = known.lateness_seconds + excluded.lateness_seconds,
    lateness_counts = (
        select array_agg(coalesce(old, 0) + new order by place)
        from unnest(known.lateness_counts, excluded.lateness_counts) with ordinality as pair (old, new, place)
    );

-- name: select_engine_measure
-- What the engine of a hall has done since the beginning.
select cycles, cycle_seconds, batches, events, judged, fired, cards, lateness_seconds, lateness_counts
from engine_measure where hall_id = %(hall_id)s;

-- name: select_waiting_of_hall
-- Committed batches of a hall that wait to be judged, and when the oldest came in (real time).
select waiting.batches, intake_batch.received_at as oldest_received_at
from (
    select count(*)::integer as batches, min(batch_no) as batch_no from unfolded_batch where hall_id = %(hall_id)s
) waiting left join intake_batch using (batch_no);

-- name: select_open_by_department
-- Counters of open cases of each registered department; all others together under an empty code.
select
    coalesce(d.code, '') as department,
    sum(green)::bigint as green,
    sum(reminder)::bigint as reminder,
    sum(yellow)::bigint as yellow,
    sum(red)::bigint as red,
    sum(standing)::bigint as standing,
    sum(promise_breached_open)::bigint as promise_overdue,
    sum(statutory_breached_open)::bigint as statutory_overdue
from department_load l left join department d on d.hall_id = l.hall_id and d.code = l.department
where l.hall_id = %(hall_id)s
group by 1
order by 1;

-- name: select_feed_newest
-- The newest row of a hall's feed: its number, and when it was written (real time).
select head.seq, feed.real_at
from feed_head head left join feed using (hall_id, seq)
where head.hall_id = %(hall_id)s;
