-- What the live page shows, from the registry and the counters. `departments` is null for the whole hall.

-- name: select_tiles
-- Every in-hall department of the registry, and whoever else has cases, with the counters of its open cases.
with today as (
    select (%(as_of)s::timestamptz at time zone zone)::date as day from hall where hall_id = %(hall_id)s
),
in_force as (
    select distinct on (v.code) v.code, v.name_zh, v.name_en, v.in_hall, v.valid_to is null or v.valid_to > today.day as exists
    from department_version v, today
    where v.hall_id = %(hall_id)s and v.valid_from <= today.day
    order by v.code, v.valid_from desc
),
registered as (
    select d.code, d.position, v.name_zh, v.name_en, v.in_hall and v.exists as in_hall
    from department d join in_force v using (code)
    where d.hall_id = %(hall_id)s
),
load as (
    select * from department_load where hall_id = %(hall_id)s and (department <> '' or open > 0)
),
tile as (
    select
        coalesce(r.code, l.department) as code,
        r.name_zh,
        r.name_en,
        -- Whoever is not in the registry stands behind it, by code.
        coalesce(r.position::bigint, (select coalesce(max(position), 0) from department where hall_id = %(hall_id)s)
            + row_number() over (partition by r.code is null order by l.department collate "C")) as position,
        coalesce(r.in_hall, false) as in_hall,
        coalesce(l.open, 0) as open,
        coalesce(l.standing, 0) as standing,
        coalesce(l.reminder, 0) as reminder,
        coalesce(l.yellow, 0) as yellow,
        coalesce(l.red, 0) as red
    from registered r full join load l on l.department = r.code
    where r.in_hall or l.department is not null
)
select code, name_zh, name_en, position, in_hall, open, standing, reminder, yellow, red
from tile
where %(departments)s::text[] is null or code = any(%(departments)s)
order by position, code collate "C";

-- name: select_sources
-- The feeding systems of a hall with what was last heard of them.
select s.code, s.name_zh, s.name_en, s.feed = 'archive' as archive, s.departments, h.complete_until, h.last_event_at,
    h.complete_until is null and exists (select from case_file f where f.source_id = s.source_id) as unconfirmed
from source s left join heartbeat h using (source_id)
where s.hall_id = %(hall_id)s
order by s.code;

-- name: select_load_sums
-- Sums of the counters of open cases.
select
    coalesce(sum(open), 0)::bigint as open,
    coalesce(sum(standing), 0)::bigint as standing,
    coalesce(sum(yellow), 0)::bigint as yellow,
    coalesce(sum(red), 0)::bigint as red
from department_load
where hall_id = %(hall_id)s and (%(departments)s::text[] is null or department = any(%(departments)s));

-- name: select_counted_departments
-- The departments that have counters of days: one index probe each, however many days there are.
with recursive known (department) as (
    (select department from department_day where hall_id = %(hall_id)s order by department limit 1)
    union all
    select (
        select d.department from department_day d
        where d.hall_id = %(hall_id)s and d.department > known.department order by d.department limit 1
    )
    from known where known.department is not null
)
select department from known where department is not null;

-- name: select_month_sums
-- Sums of today's counters, and of this month's up to today.
with today as (
    select (%(as_of)s::timestamptz at time zone zone)::date as day from hall where hall_id = %(hall_id)s
)
select
    (select day from today) as day,
    coalesce(sum(d.accepted) filter (where d.day = today.day), 0)::bigint as accepted_today,
    coalesce(sum(d.decided) filter (where d.day = today.day), 0)::bigint as decided_today,
    coalesce(sum(d.promise_early) filter (where d.day = today.day), 0)::bigint as early_today,
    coalesce(sum(d.promise_due) filter (where d.day = today.day), 0)::bigint as due_today,
    coalesce(sum(d.promise_due_open) filter (where d.day = today.day), 0)::bigint as due_today_open,
    coalesce(sum(d.decided), 0)::bigint as decided_month,
    coalesce(sum(d.speedup_cases), 0)::bigint as speedup_cases,
    coalesce(sum(d.used_days), 0)::double precision as used_days,
    coalesce(sum(d.statutory_days), 0)::double precision as statutory_days
from today
join department_day d on d.hall_id = %(hall_id)s and d.department = any(%(departments)s)
    and d.day between date_trunc('month', today.day)::date and today.day;

-- name: sum_cards_today
-- How many cards of each level were issued on the local day of `as_of`, by the counters of that day.
select d.level::text as level, sum(d.cards)::bigint as cards
from hall h join card_day d on d.hall_id = h.hall_id and d.day = (%(as_of)s::timestamptz at time zone h.zone)::date
where h.hall_id = %(hall_id)s and (%(departments)s::text[] is null or d.department = any(%(departments)s))
group by d.level;

-- name: select_due_days
-- Promise and statutory clocks of open cases that fall due on each of some days.
select
    wanted.day,
    coalesce(sum(d.promise_due_open), 0)::bigint as promise,
    coalesce(sum(d.statutory_due_open), 0)::bigint as statutory
from unnest(%(days)s::date[]) as wanted (day)
left join department_day d
    on d.hall_id = %(hall_id)s and d.department = any(%(departments)s) and d.day = wanted.day
group by wanted.day
order by wanted.day;

-- name: select_trend
-- Sums of used and statutory days of each month from the one that begins on `first_day` up to the one before `end_day`.
with sums as (
    select month, sum(speedup_cases) as speedup_cases, sum(used_days) as used_days, sum(statutory_days) as statutory_days
    from department_month
    where hall_id = %(hall_id)s and department = any(%(departments)s)
        and month >= %(first_day)s and month < %(end_day)s
    group by month
)
select to_char(first_day, 'YYYY-MM') as month, coalesce(sums.speedup_cases, 0)::bigint as speedup_cases,
    coalesce(sums.used_days, 0)::double precision as used_days,
    coalesce(sums.statutory_days, 0)::double precision as statutory_days
from generate_series(%(first_day)s::timestamp, %(end_day)s::timestamp - interval '1 day', interval '1 month') as first_day
left join sums on sums.month = first_day::date
order by first_day;
