-- Cases that are alike to time and calendar share one row, their cohort: what time or a calendar moves is moved there, once
-- for all of them. Whoever reads finds everything under its name: `case_state` and `clock` are views now.

alter table case_state rename to judged_case;
alter table clock rename to judged_clock;

-- Running cases that are alike to time and calendar, and what these move of them.
create table cohort (
    cohort_id         bigint generated always as identity primary key,
    hall_id           integer not null,
    likeness          bytea,                    -- digest of all that its cases agree in; null once moved: nobody joins it then
    is_open           boolean not null,         -- its cases are; what runs of the others is their delivery
    ordinary          boolean not null,         -- time and calendars move it here; else each of its cases is judged anew
    carded            boolean not null,         -- its cases have cards
    moved             boolean not null default false,   -- since its cases were judged: their files are behind
    department        text,
    light             case_light not null,
    promise_due_at    timestamptz,
    promise_state     text,
    statutory_due_at  timestamptz,
    statutory_state   text,
    next_change_at    timestamptz,              -- the next instant at which time alone changes a fact, light or card
    calendar_version  integer not null,
    cards_not_before  timestamptz               -- after a recalculation: no card for an earlier moment
) with (fillfactor = 80);
create unique index cohort_alike on cohort (hall_id, likeness) where likeness is not null;
create index cohort_due_for_change on cohort (hall_id, next_change_at) where next_change_at is not null;
create index cohort_by_light on cohort (hall_id, department, light desc, promise_due_at, cohort_id) where is_open;
create index cohort_by_promise on cohort (hall_id, promise_due_at, cohort_id)
    where promise_due_at is not null and promise_state <> 'void';
create index cohort_overdue_by_law on cohort (hall_id, department, statutory_due_at, cohort_id)
    where is_open and statutory_state = 'breached';

-- What has moved of the running clocks of a cohort; of the others, `judged_clock` says how they stand.
create table cohort_clock (
    cohort_id          bigint not null,
    name               text not null,
    due_at             timestamptz,
    due_at_if_refused  timestamptz,
    state              text not null,
    provisional        boolean not null,
    primary key (cohort_id, name)
);

alter table judged_case add column cohort_id bigint;     -- of every case of which anything runs
create index card_revoked on card (case_id) where state = 'revoked';
create index case_in_cohort on judged_case (cohort_id, case_id) where cohort_id is not null;

-- What runs now gets a cohort of its own; cases that are judged from now on find those that are alike.
insert into cohort (
    cohort_id, hall_id, is_open, ordinary, carded, moved, department, light, promise_due_at, promise_state,
    statutory_due_at, statutory_state, next_change_at, calendar_version, cards_not_before
) overriding system value
select case_id, hall_id, closed_at is null, coalesce(ordinary, false),
    exists (select from card where card.case_id = judged_case.case_id), coalesce(file_behind, false), department, light,
    promise_due_at, promise_state, statutory_due_at, statutory_state, next_change_at, calendar_version, cards_not_before
from judged_case where closed_at is null or next_change_at is not null;
update judged_case set cohort_id = case_id where closed_at is null or next_change_at is not null;
select setval(pg_get_serial_sequence('cohort', 'cohort_id'), 1 + (select coalesce(max(case_id), 0) from judged_case), false);

drop index case_due_for_change;
drop index case_open;
drop index case_overdue_by_law;
drop index case_promise_due;
create index case_promise_due on judged_case (hall_id, promise_due_at, case_id)
    where cohort_id is null and promise_due_at is not null and promise_state <> 'void';

-- How each case stands: as it was judged, with what time and calendars have moved since. A view, to be read as a table.
create view case_state as
select
    j.case_id, j.hall_id, j.source_id, j.case_no, j.item, j.department, j.status,
    case when k.cohort_id is null then j.light else k.light end as light,
    j.received_at, j.accepted_at, j.accepted_claimed_at, j.deemed, j.decided_at, j.result, j.closed_at,
    case when k.cohort_id is null then j.promise_due_at else k.promise_due_at end as promise_due_at,
    case when k.cohort_id is null then j.promise_state else k.promise_state end as promise_state,
    case when k.cohort_id is null then j.statutory_due_at else k.statutory_due_at end as statutory_due_at,
    case when k.cohort_id is null then j.statutory_state else k.statutory_state end as statutory_state,
    j.used_days, j.statutory_days, j.suspended_days,
    case when k.cohort_id is null then j.next_change_at else k.next_change_at end as next_change_at,
    case when k.cohort_id is null then j.calendar_version else k.calendar_version end as calendar_version,
    case when k.cohort_id is null then j.cards_not_before else k.cards_not_before end as cards_not_before,
    j.first_event_at,
    case when k.cohort_id is null then j.ordinary else k.ordinary end as ordinary,
    j.accepted_event, coalesce(k.moved, false) as file_behind, j.cohort_id
from judged_case j left join cohort k on k.cohort_id = j.cohort_id;

-- How each clock stands: as it was judged, with what time and calendars have moved since. A view, to be read as a table.
create view clock as
select
    c.case_id, c.position, c.name, c.started_at, c.unit, c.limit_value, c.extended,
    case when m.cohort_id is null then c.due_at else m.due_at end as due_at,
    case when m.cohort_id is null then c.due_at_if_refused else m.due_at_if_refused end as due_at_if_refused,
    c.stopped_at, c.ended,
    case when m.cohort_id is null then c.state else m.state end as state,
    c.early, c.used, c.suspended,
    case when m.cohort_id is null then c.provisional else m.provisional end as provisional
from judged_clock c
left join judged_case j on j.case_id = c.case_id
left join cohort_clock m on m.cohort_id = j.cohort_id and m.name = c.name and not c.ended;
