-- name: select_case_clock
-- Every row of case time, oldest first; none = case time is real time.
select real_anchor, case_anchor, rate, reason from case_clock order by real_anchor;

-- name: lock_case_clock
-- Hold off other writers of case time until the end of this transaction; readers go on.
lock table case_clock in share row exclusive mode;

-- name: insert_case_clock
-- Make a row of case time; it is never changed afterwards.
insert into case_clock (real_anchor, case_anchor, rate, reason)
values (%(real_anchor)s, %(case_anchor)s, %(rate)s, %(reason)s);

-- name: announce_case_clock
-- Tell every process that listens; the payload is nothing, they read the table.
select pg_notify('case_clock', '');
