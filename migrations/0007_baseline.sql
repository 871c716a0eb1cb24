-- The period before a reform (改革前) that a hall's figures are compared with, first day to first day after it.

alter table hall add column baseline_from date, add column baseline_to date,
    add constraint baseline_is_a_period check ((baseline_from is null) = (baseline_to is null) and baseline_from < baseline_to);
