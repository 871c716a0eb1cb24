-- What is counted for the figures: from the counters, from the cases themselves (the same numbers, slower), from the registry.
-- `departments` null = the whole hall; the department '' stands for cases that name none.

-- name: sum_figure_counters
-- Sums of the counters of a period: its whole months, and the days before and behind them. `departments` names all that
-- are wanted, so that the counters are read by their key.
select
    coalesce(sum(accepted), 0)::bigint as accepted,
    coalesce(sum(decided), 0)::bigint as decided,
    coalesce(sum(same_day), 0)::bigint as same_day,
    coalesce(sum(promise_stopped), 0)::bigint as promise_stopped,
    coalesce(sum(promise_met), 0)::bigint as promise_met,
    coalesce(sum(promise_early), 0)::bigint as promise_early,
    coalesce(sum(statutory_stopped), 0)::bigint as statutory_stopped,
    coalesce(sum(statutory_met), 0)::bigint as statutory_met,
    coalesce(sum(speedup_cases), 0)::bigint as speedup_cases,
    coalesce(sum(used_days), 0)::float8 as used_days,
    coalesce(sum(statutory_days), 0)::float8 as statutory_days
from (
    select accepted, decided, same_day, promise_stopped, promise_met, promise_early, statutory_stopped, statutory_met,
        speedup_cases, used_days, statutory_days
    from department_month
    where hall_id = %(hall_id)s and department = any(%(departments)s)
        and month >= %(first_month)s and month < %(end_month)s
    union all
    select d.accepted, d.decided, d.same_day, d.promise_stopped, d.promise_met, d.promise_early, d.statutory_stopped,
        d.statutory_met, d.speedup_cases, d.used_days, d.statutory_days
    from (
        values (%(begin)s::date, least(%(first_month)s, %(end)s)), (greatest(%(first_month)s, %(end_month)s), %(end)s)
    ) as rest (first_day, end_day)
    join department_day d on d.hall_id = %(hall_id)s and d.department = any(%(departments)s)
        and d.day >= rest.first_day and d.day < rest.end_day
) as counted;

-- name: count_figure_cases
-- The same sums from the decided and accepted cases and their clocks: what `replay --check` holds the counters against.
with decided as (
    select case_id, decided_at, accepted_at, used_days, statutory_days
    from case_state
    where hall_id = %(hall_id)s and decided_at >= %(begin_at)s and decided_at < %(end_at)s
        and (%(departments)s::text[] is null or coalesce(department, '') = any(%(departments)s))
),
accepted as (
    select count(*) as accepted
    from case_state
    where hall_id = %(hall_id)s and accepted_at >= %(begin_at)s and accepted_at < %(end_at)s
        and (%(departments)s::text[] is null or coalesce(department, '') = any(%(departments)s))
)
select
    (select accepted from accepted) as accepted,
    count(*) as decided,
    count(*) filter (
        where (d.decided_at at time zone %(zone)s)::date = (d.accepted_at at time zone %(zone)s)::date
    ) as same_day,
    count(p.case_id) as promise_stopped,
    count(*) filter (where p.state = 'met') as promise_met,
    count(*) filter (where p.early) as promise_early,
    count(s.case_id) as statutory_stopped,
    count(*) filter (where s.state = 'met') as statutory_met,
    count(d.used_days) as speedup_cases,
    coalesce(sum(d.used_days), 0)::float8 as used_days,
    coalesce(sum(d.statutory_days), 0)::float8 as statutory_days
from decided d
left join clock p on p.case_id = d.case_id and p.name = 'promise' and p.stopped_at = d.decided_at
left join clock s on s.case_id = d.case_id and s.name = 'statutory' and s.stopped_at = d.decided_at;

-- name: sum_figure_ratios
-- Sum of the single ratios used ÷ limit, and how many there are: cases of one limit together, by their counters.
select coalesce(sum(used_days / statutory_days order by statutory_days), 0)::float8 as ratios,
    coalesce(sum(cases), 0)::bigint as ratio_cases
from (
    select statutory_days, sum(used_days) as used_days, sum(cases) as cases
    from department_speedup
    where hall_id = %(hall_id)s and department = any(%(departments)s) and day >= %(begin)s and day < %(end)s
    group by statutory_days
) as limits;

-- name: count_figure_ratios
-- The same from the cases themselves.
select coalesce(sum(used_days / statutory_days order by statutory_days), 0)::float8 as ratios,
    coalesce(sum(cases), 0)::bigint as ratio_cases
from (
    select statutory_days, sum(used_days) as used_days, count(*) as cases
    from case_state
    where hall_id = %(hall_id)s and decided_at >= %(begin_at)s and decided_at < %(end_at)s and statutory_days > 0
        and (%(departments)s::text[] is null or coalesce(department, '') = any(%(departments)s))
    group by statutory_days
) as limits;

-- name: sum_breached_loads
-- Main clocks that run and are breached, as of the engine's newest judgement.
select
    coalesce(sum(promise_breached_open), 0)::bigint as promise_running,
    coalesce(sum(statutory_breached_open), 0)::bigint as statutory_running
from department_load
where hall_id = %(hall_id)s and (%(departments)s::text[] is null or department = any(%(departments)s));

-- name: sum_breached_days
-- Main clocks that run and fell due on a day before `end`: whole months by their counters, then the days of the last one.
select
    coalesce(sum(promise_due_open), 0)::bigint as promise_running,
    coalesce(sum(statutory_due_open), 0)::bigint as statutory_running
from (
    select promise_due_open, statutory_due_open
    from department_month
    where hall_id = %(hall_id)s and department = any(%(departments)s)
        and month < date_trunc('month', %(end)s::timestamp)::date
    union all
    select promise_due_open, statutory_due_open
    from department_day
    where hall_id = %(hall_id)s and department = any(%(departments)s)
        and day >= date_trunc('month', %(end)s::timestamp)::date and day < %(end)s
) as counted;

-- name: count_running_breaches
-- Main clocks that run and fell due before a moment: every open case, every clock, for checking.
select
    count(*) filter (where k.name = 'promise') as promise_running,
    count(*) filter (where k.name = 'statutory') as statutory_running
from case_state c join clock k using (case_id)
where c.hall_id = %(hall_id)s and c.closed_at is null and k.name in ('promise', 'statutory')
    and not k.ended and k.due_at < %(due_before)s
    and (%(departments)s::text[] is null or coalesce(c.department, '') = any(%(departments)s));

-- name: count_registry
-- What the registry holds on a day: departments, their offices and posts, items and their limits.
with departments_in_force as (
    select in_hall, set_up, mid_level_post, mid_level_filled
    from (
        select distinct on (code) code, valid_to, in_hall, set_up, mid_level_post, mid_level_filled
        from department_version
        where hall_id = %(hall_id)s and valid_from <= %(day)s
        order by code, valid_from desc
    ) as newest
    where (valid_to is null or valid_to > %(day)s)
        and (%(departments)s::text[] is null or code = any(%(departments)s))
),
items_in_force as (
    select in_hall, accept_and_decide,
        case when unit = 'working_days' and promised is not null and statutory is not null then promised end as promised,
        case when unit = 'working_days' and promised is not null and statutory is not null then statutory end as statutory
    from (
        select distinct on (code) code, valid_to, department, in_hall, accept_and_decide, unit, promised, statutory
        from item_version
        where hall_id = %(hall_id)s and valid_from <= %(day)s
        order by code, valid_from desc
    ) as newest
    where (valid_to is null or valid_to > %(day)s)
        and (%(departments)s::text[] is null or department = any(%(departments)s))
),
department_counts as (
    select count(*) as departments,
        count(*) filter (where in_hall) as departments_in_hall,
        count(set_up) as offices,
        count(*) filter (where set_up = 'stand_alone') as stand_alone,
        count(*) filter (where set_up = 'co_located') as co_located,
        count(*) filter (where set_up = 'delegated') as delegated,
        count(*) filter (where mid_level_post) as posts,
        count(*) filter (where mid_level_post and mid_level_filled) as posts_filled
    from departments_in_force
),
item_counts as (
    select count(*) as items,
        count(*) filter (where in_hall) as items_in_hall,
        count(*) filter (where in_hall and accept_and_decide) as accept_and_decide,
        count(promised) as items_with_limits,
        coalesce(sum(promised), 0)::float8 as promised_days,
        coalesce(sum(statutory), 0)::float8 as statutory_days
    from items_in_force
)
select * from department_counts, item_counts;

-- name: sum_promise_cut
-- Promised limits now and at an earlier date, over items in force on both with a promise in working days on both.
with now_in_force as (
    select distinct on (code) code, valid_to, department, unit, promised
    from item_version
    where hall_id = %(hall_id)s and valid_from <= %(day)s
    order by code, valid_from desc
),
then_in_force as (
    select distinct on (code) code, valid_to, unit, promised
    from item_version
    where hall_id = %(hall_id)s and valid_from <= %(earlier_day)s
    order by code, valid_from desc
)
select
    count(*) filter (where t.promised is not null and n.promised is not null) as items,
    count(*) as items_now,
    coalesce(sum(n.promised) filter (where t.promised is not null), 0)::float8 as promised_now,
    coalesce(sum(t.promised) filter (where n.promised is not null), 0)::float8 as promised_then
from (
    select code, case when unit = 'working_days' then promised end as promised
    from now_in_force
    where (valid_to is null or valid_to > %(day)s)
        and (%(departments)s::text[] is null or department = any(%(departments)s))
) as n
left join (
    select code, case when unit = 'working_days' then promised end as promised
    from then_in_force
    where valid_to is null or valid_to > %(earlier_day)s
) as t using (code);
