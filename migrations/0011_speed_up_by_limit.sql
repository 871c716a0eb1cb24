-- Speed-up counted by statutory limit, and an index of the cases that no counter knows: figures and totals are read
-- without reading the cases behind them.

-- Decided cases that count for the speed-up, by local day of decision and limit: their single ratios add up from it.
create table department_speedup (
    hall_id         integer not null,
    department      text not null,                      -- '' = not known
    day             date not null,
    statutory_days  double precision not null,          -- the limit without extension
    cases           bigint not null,
    used_days       double precision not null,          -- of all of them together
    primary key (hall_id, department, day, statutory_days)
) with (fillfactor = 50);

-- A trigger moves it, not the engine: while programs of two versions run together, whatever either of them writes counts.
create function count_speedups() returns trigger language plpgsql security definer set search_path = public as $$
declare
    wanted constant text := 'select hall_id, department, decided_at, statutory_days, used_days, ';
    gained constant text := wanted || '1 as times from new_rows where statutory_days > 0';
    lost   constant text := wanted || '-1 as times from old_rows where statutory_days > 0';
begin
    execute 'insert into department_speedup as known
        select hall_id, coalesce(department, ''''), (decided_at at time zone zone)::date as day, statutory_days,
            sum(times), sum(times * used_days)
        from (' -- most rows that change keep their share: they fall out before anything is made of them
            || wanted || 'sum(times) as times from ('
            || case tg_op when 'INSERT' then gained when 'DELETE' then lost else gained || ' union all ' || lost end
            || ') as shares group by hall_id, department, decided_at, statutory_days, used_days having sum(times) <> 0
        ) as moved join hall using (hall_id)
        group by 1, 2, 3, 4 having sum(times) <> 0 or sum(times * used_days) <> 0
        order by 1, 2, 3, 4
        on conflict (hall_id, department, day, statutory_days) do update
        set cases = known.cases + excluded.cases, used_days = known.used_days + excluded.used_days';
    return null;
end $$;
create trigger speedups_of_new_rows after insert on case_state
    referencing new table as new_rows for each statement execute function count_speedups();
create trigger speedups_of_changed_rows after update on case_state
    referencing old table as old_rows new table as new_rows for each statement execute function count_speedups();
create trigger speedups_of_gone_rows after delete on case_state
    referencing old table as old_rows for each statement execute function count_speedups();

insert into department_speedup
select c.hall_id, coalesce(c.department, ''), (c.decided_at at time zone h.zone)::date, c.statutory_days, count(*),
    sum(c.used_days)
from case_state c join hall h using (hall_id) where c.statutory_days > 0 group by 1, 2, 3, 4;

-- Refused and withdrawn cases: open and decided ones are counted.
create index case_ended_undecided on case_state (hall_id) where closed_at is not null and decided_at is null;
