-- The cases, items and departments behind a figure, by key, never by offset. What a decision has fixed is moved no more: it is
-- read as it was judged.
-- `departments` null = the whole hall; the department '' stands for cases that name none.

-- name: select_figure_decided
-- Decided cases of a period behind (before_at, before_id), newest first; `k` is the clock the figure speaks of.
select c.case_id, c.decided_at as at, 0 as cohort_id
from judged_case c
left join judged_clock k on k.case_id = c.case_id and k.name = %(clock)s
where c.hall_id = %(hall_id)s and c.decided_at >= %(begin_at)s and c.decided_at <= %(before_at)s
    and (c.decided_at, c.case_id) < (%(before_at)s, %(before_id)s)
    and (%(departments)s::text[] is null or coalesce(c.department, '') = any(%(departments)s))
    -- A case expression: the planner would take the equality of two times for rare, and read everything to find few.
    and case
        when %(stopped)s and k.stopped_at is distinct from c.decided_at then false
        when %(early)s and (k.early and k.stopped_at = c.decided_at) is not true then false
        when %(not_late)s and k.state = 'breached' and k.stopped_at = c.decided_at then false
        when %(counted)s and c.used_days is null then false
        when %(limited)s and coalesce(c.statutory_days, 0) = 0 then false
        when %(same_day)s and (c.decided_at at time zone %(zone)s)::date
            is distinct from (c.accepted_at at time zone %(zone)s)::date then false
        else true
    end
order by c.decided_at desc, c.case_id desc
limit %(limit)s;

-- name: select_figure_late
-- The same for cases whose clock was stopped by the decision and is breached; few, with an index of their own.
select c.case_id, c.decided_at as at, 0 as cohort_id
from judged_case c
left join judged_clock k on k.case_id = c.case_id and k.name = %(clock)s
where c.hall_id = %(hall_id)s and c.decided_at >= %(begin_at)s and c.decided_at <= %(before_at)s
    and (c.decided_at, c.case_id) < (%(before_at)s, %(before_id)s)
    and (c.promise_state = 'breached' or c.statutory_state = 'breached')
    and (%(departments)s::text[] is null or coalesce(c.department, '') = any(%(departments)s))
    and case
        when k.stopped_at is distinct from c.decided_at or k.state <> 'breached' then false
        when %(counted)s and c.used_days is null then false
        when %(limited)s and coalesce(c.statutory_days, 0) = 0 then false
        else true
    end
order by c.decided_at desc, c.case_id desc
limit %(limit)s;

-- name: select_figure_accepted
-- Cases accepted in a period behind (before_at, before_id), newest first.
select case_id, accepted_at as at, 0 as cohort_id
from case_state
where hall_id = %(hall_id)s and accepted_at >= %(begin_at)s and accepted_at <= %(before_at)s
    and (accepted_at, case_id) < (%(before_at)s, %(before_id)s)
    and (%(departments)s::text[] is null or coalesce(department, '') = any(%(departments)s))
order by accepted_at desc, case_id desc
limit %(limit)s;

-- part: late_of_cohort
-- The first of a cohort's cases whose clock has not ended; of the cohort in which the page before ended, those
-- behind after_id.
cross join lateral (
        select c.case_id from judged_case c
        where c.cohort_id = k.cohort_id and c.case_id > case when k.cohort_id = %(after_cohort)s then %(after_id)s::bigint else 0 end
            and exists (select from judged_clock r where r.case_id = c.case_id and r.name = %(clock)s and not r.ended)
        order by c.case_id
        limit %(limit)s
    ) as late

-- part: promise_late
-- Of open cohorts `k`: the promise clock fell due before a moment, the longest overdue first.
k.hall_id = %(hall_id)s and k.is_open
        and (k.promise_due_at, k.cohort_id) >= (%(after_at)s, %(after_cohort)s::bigint) and k.promise_due_at < %(due_before)s
    order by k.promise_due_at, k.cohort_id, late.case_id
    limit %(limit)s

-- name: select_figure_running_promise
-- Open cases whose promise is late: a few probes for each department and light, then merged.
select few.case_id, few.promise_due_at as at, few.cohort_id
from unnest(%(departments)s::text[]) as wanted (code)
cross join (values ('yellow'::case_light), ('red')) as lit (light)
cross join lateral (
    select late.case_id, k.promise_due_at, k.cohort_id
    from cohort k {late_of_cohort}
    where k.department = wanted.code and k.light = lit.light and {promise_late}
) as few
union all
(
    select late.case_id, k.promise_due_at, k.cohort_id
    from cohort k {late_of_cohort}
    where '' = any(%(departments)s) and k.department is null and k.light in ('yellow', 'red') and {promise_late}
)
order by at, cohort_id, case_id
limit %(limit)s;

-- part: statutory_late
-- Of open cohorts `k`: the statutory clock fell due before a moment, the longest overdue first.
k.hall_id = %(hall_id)s and k.is_open
        and k.statutory_state = 'breached'
        and (k.statutory_due_at, k.cohort_id) >= (%(after_at)s, %(after_cohort)s::bigint) and k.statutory_due_at < %(due_before)s
    order by k.statutory_due_at, k.cohort_id, late.case_id
    limit %(limit)s

-- name: select_figure_running_statutory
-- Open cases whose statutory clock is late, department by department, then merged.
select few.case_id, few.statutory_due_at as at, few.cohort_id
from unnest(%(departments)s::text[]) as wanted (code)
cross join lateral (
    select late.case_id, k.statutory_due_at, k.cohort_id
    from cohort k {late_of_cohort}
    where k.department = wanted.code and {statutory_late}
) as few
union all
(
    select late.case_id, k.statutory_due_at, k.cohort_id
    from cohort k {late_of_cohort}
    where '' = any(%(departments)s) and k.department is null and {statutory_late}
)
order by at, cohort_id, case_id
limit %(limit)s;

-- name: select_figure_items
-- Items in force on a day behind a code, with the day's department, limits and marks, and the promise of an earlier day.
with now_in_force as (
    select distinct on (code) *
    from item_version
    where hall_id = %(hall_id)s and valid_from <= %(day)s
    order by code, valid_from desc
),
then_in_force as (
    select distinct on (code) code, valid_to, unit, promised
    from item_version
    where hall_id = %(hall_id)s and valid_from <= %(earlier_day)s::date
    order by code, valid_from desc
),
described as (
    select n.code, n.name_zh, n.name_en, n.department, n.unit, n.in_hall, n.accept_and_decide,
        n.promised::float8 as promised, n.statutory::float8 as statutory,
        case when t.valid_to is null or t.valid_to > %(earlier_day)s::date then t.promised::float8 end
            as promised_earlier,
        n.unit = 'working_days' and n.promised is not null and n.statutory is not null as has_limits,
        n.unit = 'working_days' and t.unit = 'working_days' and n.promised is not null and t.promised is not null
            and (t.valid_to is null or t.valid_to > %(earlier_day)s::date) as has_both_promises
    from now_in_force n left join then_in_force t using (code)
    where (n.valid_to is null or n.valid_to > %(day)s)
        and (%(departments)s::text[] is null or n.department = any(%(departments)s))
)
select code, name_zh, name_en, department, unit, in_hall, accept_and_decide, promised, statutory, promised_earlier
from described
where case %(among)s
    when 'limits' then has_limits
    when 'both_promises' then has_both_promises
    when 'in_hall' then in_hall
    when 'accept_and_decide' then in_hall and accept_and_decide
    else true
end
order by code collate "C";

-- name: select_figure_departments
-- Departments in force on a day in registry order, with their office and post.
with in_force as (
    select distinct on (code) *
    from department_version
    where hall_id = %(hall_id)s and valid_from <= %(day)s
    order by code, valid_from desc
)
select v.code, v.name_zh, v.name_en, d.position, v.in_hall, v.set_up, v.mid_level_post, v.mid_level_filled
from in_force v join department d using (hall_id, code)
where (v.valid_to is null or v.valid_to > %(day)s)
    and (%(departments)s::text[] is null or v.code = any(%(departments)s))
    and case %(among)s
        when 'in_hall' then v.in_hall
        when 'offices' then v.set_up is not null
        when 'stand_alone' then v.set_up = 'stand_alone'
        when 'co_located' then v.set_up = 'co_located'
        when 'delegated' then v.set_up = 'delegated'
        when 'posts' then v.mid_level_post
        when 'posts_filled' then v.mid_level_post and v.mid_level_filled
        else true
    end
order by d.position, v.code collate "C";
