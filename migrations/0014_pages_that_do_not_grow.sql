-- Lists in the whole order of their pages, and counters of months and cards: what a page reads does not grow with what is
-- stored.

-- Thousands of promises fall due in one instant, at closing time. An index that does not hold the case's number gives them
-- in any order: a page of fifty sorted them all.
drop index case_open;
create index case_open on case_state (hall_id, department, light desc, promise_due_at, case_id) where closed_at is null;
-- Only of promises that count, which the list of a day asks for and no other: a list of one department that the planner read
-- in this order would pass by the cases of all others.
drop index case_promise_due;
create index case_promise_due on case_state (hall_id, promise_due_at, case_id)
    where promise_due_at is not null and promise_state <> 'void';

-- Open cases whose statutory limit is breached, by its due time: the list behind the statutory overdue rate.
create index case_overdue_by_law on case_state (hall_id, department, statutory_due_at, case_id)
    where closed_at is null and statutory_state = 'breached';

-- The counters of days, summed by month: a figure of two years reads 24 of them a department, not 730.
create table department_month (
    hall_id            integer not null,
    department         text not null,                   -- '' = not known
    month              date not null,                   -- its first day
    received           bigint not null default 0,
    accepted           bigint not null default 0,
    decided            bigint not null default 0,
    same_day           bigint not null default 0,
    promise_stopped    bigint not null default 0,
    promise_met        bigint not null default 0,
    promise_early      bigint not null default 0,
    statutory_stopped  bigint not null default 0,
    statutory_met      bigint not null default 0,
    speedup_cases      bigint not null default 0,
    used_days          double precision not null default 0,
    statutory_days     double precision not null default 0,
    promise_due        bigint not null default 0,
    promise_due_open   bigint not null default 0,
    statutory_due_open bigint not null default 0,
    primary key (hall_id, department, month)
) with (fillfactor = 50);

-- Triggers move these counters, not the engine: while programs of two versions run together, whatever either writes counts.
-- No role may delete what they count.
create function count_months() returns trigger language plpgsql security definer set search_path = public as $$
declare
    columns  constant text[] := array['received', 'accepted', 'decided', 'same_day', 'promise_stopped', 'promise_met',
        'promise_early', 'statutory_stopped', 'statutory_met', 'speedup_cases', 'used_days', 'statutory_days',
        'promise_due', 'promise_due_open', 'statutory_due_open'];
    listed   constant text := array_to_string(columns, ', ');
    sums     constant text := (select string_agg('sum(times * ' || name || ')', ', ') from unnest(columns) as name);
    moves    constant text :=
        (select string_agg(name || ' = known.' || name || ' + excluded.' || name, ', ') from unnest(columns) as name);
    gained   constant text := 'select 1 as times, * from new_rows';
    lost     constant text := 'select -1 as times, * from old_rows';
begin
    if not exists (select from new_rows) then
        return null;
    end if;
    execute 'insert into department_month as known (hall_id, department, month, ' || listed || ')
        select hall_id, department, date_trunc(''month'', day::timestamp)::date as month, ' || sums || '
        from (' || case tg_op when 'INSERT' then gained else gained || ' union all ' || lost end || ') as moved
        group by 1, 2, 3 order by 1, 2, 3
        on conflict (hall_id, department, month) do update set ' || moves;
    return null;
end $$;
create trigger months_of_new_rows after insert on department_day
    referencing new table as new_rows for each statement execute function count_months();
create trigger months_of_changed_rows after update on department_day
    referencing old table as old_rows new table as new_rows for each statement execute function count_months();

insert into department_month
select hall_id, department, date_trunc('month', day::timestamp)::date, sum(received), sum(accepted), sum(decided),
    sum(same_day), sum(promise_stopped), sum(promise_met), sum(promise_early), sum(statutory_stopped),
    sum(statutory_met), sum(speedup_cases), sum(used_days), sum(statutory_days), sum(promise_due),
    sum(promise_due_open), sum(statutory_due_open)
from department_day group by 1, 2, 3;

-- Cards by where they stand, and by the local day of their issue.
create table department_cards (
    hall_id     integer not null,
    department  text not null,                          -- '' = not known
    level       card_level not null,
    state       card_state not null,
    cards       bigint not null,
    primary key (hall_id, department, level, state)
) with (fillfactor = 50);

create table card_day (
    hall_id     integer not null,
    day         date not null,
    department  text not null,                          -- '' = not known
    level       card_level not null,
    cards       bigint not null,                        -- issued that day, whatever became of them
    primary key (hall_id, day, department, level)
) with (fillfactor = 50);

create function count_cards() returns trigger language plpgsql security definer set search_path = public as $$
declare
    wanted constant text := 'select hall_id, coalesce(department, '''') as department, level, state, issued_at, ';
    gained constant text := wanted || '1 as times from new_rows';
    lost   constant text := wanted || '-1 as times from old_rows';
    moved  constant text := '(' || case tg_op when 'INSERT' then gained else gained || ' union all ' || lost end || ') as moved';
begin
    if not exists (select from new_rows) then
        return null;
    end if;
    execute 'insert into department_cards as known
        select hall_id, department, level, state, sum(times) from ' || moved || '
        group by 1, 2, 3, 4 having sum(times) <> 0 order by 1, 2, 3, 4
        on conflict (hall_id, department, level, state) do update set cards = known.cards + excluded.cards';
    execute 'insert into card_day as known
        select hall_id, (issued_at at time zone zone)::date as day, department, level, sum(times)
        from (select hall_id, department, level, issued_at, sum(times) as times from ' || moved || '
            group by 1, 2, 3, 4 having sum(times) <> 0) as shares join hall using (hall_id)
        group by 1, 2, 3, 4 having sum(times) <> 0 order by 1, 2, 3, 4
        on conflict (hall_id, day, department, level) do update set cards = known.cards + excluded.cards';
    return null;
end $$;
create trigger counts_of_new_cards after insert on card
    referencing new table as new_rows for each statement execute function count_cards();
create trigger counts_of_changed_cards after update on card
    referencing old table as old_rows new table as new_rows for each statement execute function count_cards();

insert into department_cards
select hall_id, coalesce(department, ''), level, state, count(*) from card group by 1, 2, 3, 4;
insert into card_day
select c.hall_id, (c.issued_at at time zone h.zone)::date, coalesce(c.department, ''), c.level, count(*)
from card c join hall h using (hall_id) group by 1, 2, 3, 4;
