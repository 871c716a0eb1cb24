-- Lists of cases by key, never by offset; the rows behind a list; one case's working set.
-- `departments` names who is wanted; `unnamed` says whether cases without a department are.

-- part: case_filter
-- What `CaseFilter` asks of a row of case_state; null asks for nothing.
and (%(departments)s::text[] is null or coalesce(department, '') = any(%(departments)s))
and (%(lights)s::case_light[] is null or light = any(%(lights)s))
and (%(item)s::text is null or item = %(item)s)
and (%(statuses)s::case_status[] is null or status = any(%(statuses)s))
and (%(open)s::boolean is null or (closed_at is null) = %(open)s)
and (%(accepted_from)s::timestamptz is null or accepted_at >= %(accepted_from)s)
and (%(accepted_before)s::timestamptz is null or accepted_at < %(accepted_before)s)
and (%(decided_from)s::timestamptz is null or decided_at >= %(decided_from)s)
and (%(decided_before)s::timestamptz is null or decided_at < %(decided_before)s)

-- part: due_filter
-- The same of its promise's due time; a cohort is asked it once for all of its cases.
and (%(due_from)s::timestamptz is null or promise_state <> 'void' and promise_due_at >= %(due_from)s)
and (%(due_before)s::timestamptz is null or promise_due_at < %(due_before)s)

-- part: failing_due
-- Of open cohorts `k` of one light the cases behind (after_due, after_cohort, after_id), by promise due time and cohort.
k.hall_id = %(hall_id)s and k.is_open and k.light = %(light)s::case_light
            and (k.promise_due_at, k.cohort_id) >= (%(after_due)s, %(after_cohort)s::bigint)
        order by k.promise_due_at, k.cohort_id, few.case_id
        limit %(limit)s

-- part: few_of_cohort
-- The first of a cohort's cases; of the cohort in which the page before ended, those behind after_id.
cross join lateral (
            select c.case_id from judged_case c
            where c.cohort_id = k.cohort_id
                and c.case_id > case when k.cohort_id = %(after_cohort)s then %(after_id)s::bigint else 0 end
                and (%(item)s::text is null or c.item = %(item)s)
                and (%(statuses)s::case_status[] is null or c.status = any(%(statuses)s))
            order by c.case_id
            limit %(limit)s
        ) as few
-- name: select_case_departments
-- Departments that have or had open cases, with what is counted of them.
select department, open, reminder, yellow, red from department_load where hall_id = %(hall_id)s order by department;

-- name: select_failing_due
-- Open cases of one light behind (after_due, after_cohort, after_id), by promise due time: a few probes a department, then
-- merged.
with found as (
    select first.case_id, first.promise_due_at, first.cohort_id
    from unnest(%(departments)s::text[]) as wanted (code)
    cross join lateral (
        select few.case_id, k.promise_due_at, k.cohort_id
        from cohort k {few_of_cohort}
        where k.department = wanted.code and {failing_due}
    ) as first
    union all
    (
        select few.case_id, k.promise_due_at, k.cohort_id
        from cohort k {few_of_cohort}
        where %(unnamed)s and k.department is null and {failing_due}
    )
)
select case_id, promise_due_at, cohort_id from found order by promise_due_at, cohort_id, case_id limit %(limit)s;

-- part: failing_undue
-- Of open cohorts `k` of one light without a promise due time the cases behind (after_cohort, after_id).
k.hall_id = %(hall_id)s and k.is_open and k.light = %(light)s::case_light and k.promise_due_at is null
            and k.cohort_id >= %(after_cohort)s
        order by k.cohort_id, few.case_id
        limit %(limit)s

-- name: select_failing_undue
-- Open cases of one light that have no promise due time, by cohort, behind (after_cohort, after_id).
with found as (
    select first.case_id, first.cohort_id
    from unnest(%(departments)s::text[]) as wanted (code)
    cross join lateral (
        select few.case_id, k.cohort_id
        from cohort k {few_of_cohort}
        where k.department = wanted.code and {failing_undue}
    ) as first
    union all
    (
        select few.case_id, k.cohort_id
        from cohort k {few_of_cohort}
        where %(unnamed)s and k.department is null and {failing_undue}
    )
)
select case_id, null::timestamptz as promise_due_at, cohort_id from found order by cohort_id, case_id limit %(limit)s;

-- name: select_newest_cases
-- Cases in the order in which they were first heard of, newest first, behind before_id.
select case_id
from case_state
where hall_id = %(hall_id)s
    and (%(before_id)s::bigint is null or case_id < %(before_id)s)
    {case_filter}
    {due_filter}
order by case_id desc
limit %(limit)s;

-- name: select_newest_decided
-- Decided cases, the newest decision first, behind (behind_at, behind_id).
select case_id, decided_at, 0 as cohort_id
from case_state
where hall_id = %(hall_id)s and decided_at is not null
    and (%(behind_at)s::timestamptz is null or (decided_at, case_id) < (%(behind_at)s, %(behind_id)s::bigint))
    {case_filter}
    {due_filter}
order by decided_at desc, case_id desc
limit %(limit)s;

-- name: select_newest_accepted
-- Accepted cases, the newest acceptance first, behind (behind_at, behind_id).
select case_id, accepted_at, 0 as cohort_id
from case_state
where hall_id = %(hall_id)s and accepted_at is not null
    and (%(behind_at)s::timestamptz is null or (accepted_at, case_id) < (%(behind_at)s, %(behind_id)s::bigint))
    {case_filter}
    {due_filter}
order by accepted_at desc, case_id desc
limit %(limit)s;

-- name: select_cases_due
-- Cases whose promise counts, by its due time, behind (behind_at, behind_cohort, behind_id): those of which nothing runs
-- first, then cohorts.
with found as (
    (
        select case_id, promise_due_at, 0::bigint as cohort_id
        from judged_case
        where hall_id = %(hall_id)s and cohort_id is null and promise_due_at is not null and promise_state <> 'void'
            and (
                %(behind_at)s::timestamptz is null
                or (promise_due_at, case_id) > (
                    %(behind_at)s,
                    case when %(behind_cohort)s::bigint > 0 then 9223372036854775807 else %(behind_id)s::bigint end
                )
            )
            {case_filter}
            {due_filter}
        order by promise_due_at, case_id
        limit %(limit)s
    )
    union all
    (
        select few.case_id, k.promise_due_at, k.cohort_id
        from cohort k
        cross join lateral (
            select case_id
            from case_state
            where cohort_id = k.cohort_id
                and case_id > case when k.cohort_id = %(behind_cohort)s then %(behind_id)s::bigint else 0 end
                {case_filter}
            order by case_id
            limit %(limit)s
        ) as few
        where k.hall_id = %(hall_id)s and k.promise_due_at is not null and k.promise_state <> 'void'
            and (
                %(behind_at)s::timestamptz is null
                or (k.promise_due_at, k.cohort_id) >= (%(behind_at)s, %(behind_cohort)s::bigint)
            )
            and (%(due_from)s::timestamptz is null or k.promise_due_at >= %(due_from)s)
            and (%(due_before)s::timestamptz is null or k.promise_due_at < %(due_before)s)
        order by k.promise_due_at, k.cohort_id, few.case_id
        limit %(limit)s
    )
)
select case_id, promise_due_at, cohort_id from found order by promise_due_at, cohort_id, case_id limit %(limit)s;

-- name: select_cases_by_number
-- Cases whose number begins with a text, by source and number, behind (after_source, after_no).
select found.case_id, found.source_id, found.case_no
from source s
cross join lateral (
    select c.case_id, f.source_id, f.case_no
    from case_file f join case_state c using (case_id)
    where f.source_id = s.source_id
        and f.case_no >= %(first_no)s::text and f.case_no < %(last_no)s::text
        and (s.source_id > %(after_source)s or f.case_no > %(after_no)s::text)
        {case_filter}
        {due_filter}
    order by f.case_no
    limit %(limit)s
) as found
where s.hall_id = %(hall_id)s and s.source_id >= %(after_source)s
order by found.source_id, found.case_no
limit %(limit)s;

-- name: count_cases_by_number
-- How many cases have a number that begins with a text.
select count(*)
from source s join case_file f using (source_id) join case_state c using (case_id)
where s.hall_id = %(hall_id)s and f.case_no >= %(first_no)s::text and f.case_no < %(last_no)s::text
    {case_filter};

-- name: count_every_case
-- How many cases there are: open and decided ones by their counters, those that ended without a decision by their index.
select (
    select coalesce(sum(open), 0) from department_load
    where hall_id = %(hall_id)s and (%(departments)s::text[] is null or department = any(%(departments)s))
) + (
    select coalesce(sum(decided), 0) from department_month
    where hall_id = %(hall_id)s and (%(departments)s::text[] is null or department = any(%(departments)s))
) + (
    select count(*) from case_state
    where hall_id = %(hall_id)s and closed_at is not null and decided_at is null
        and (%(departments)s::text[] is null or coalesce(department, '') = any(%(departments)s))
);

-- name: count_listed_cases
-- How many cases pass the filters, where no counter knows.
select count(*)
from case_state
where hall_id = %(hall_id)s
    {case_filter};

-- name: count_cases_due
-- The same of those whose promise counts and falls due in a span of time: of which nothing runs, and cohorts.
select (
    select count(*) from judged_case
    where hall_id = %(hall_id)s and cohort_id is null and promise_due_at is not null and promise_state <> 'void'
        {case_filter}
        {due_filter}
) + (
    select count(*)
    from cohort k cross join lateral (select from case_state where cohort_id = k.cohort_id {case_filter}) as c
    where k.hall_id = %(hall_id)s and k.promise_due_at is not null and k.promise_state <> 'void'
        and (%(due_from)s::timestamptz is null or k.promise_due_at >= %(due_from)s)
        and (%(due_before)s::timestamptz is null or k.promise_due_at < %(due_before)s)
);

-- name: select_case_facts
-- Stored facts and packed events of some cases.
select c.case_id, s.code as source, c.case_no, c.item, c.department, c.status::text, c.light::text, c.accepted_at,
    c.promise_due_at, c.statutory_due_at, c.decided_at, c.closed_at, c.used_days, c.statutory_days, c.calendar_version,
    f.events, f.event_count
from case_state c
join case_file f using (case_id)
join source s on s.source_id = c.source_id
where c.case_id = any(%(case_ids)s);

-- name: select_case_file
-- The working set of one case.
select f.case_id, f.hall_id, s.code as source, f.case_no, f.events, f.event_count, c.calendar_version, c.closed_at
from source s
join case_file f using (source_id)
left join case_state c using (case_id)
where s.code = %(source)s and f.case_no = %(case_no)s;
