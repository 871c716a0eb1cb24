-- What operating needs: the log cannot be emptied, the engine counts its own work, back-ups are known.

create trigger event_identity_is_not_emptied before truncate on event_identity
    for each statement execute function refuse_change();
create trigger intake_batch_is_not_emptied before truncate on intake_batch
    for each statement execute function refuse_change();

-- What the engine of a hall has done since the beginning: counters for Prometheus, from whichever process is asked.
create table engine_measure (
    hall_id            integer primary key references hall,
    cycles             bigint not null,                 -- those that had something to do
    cycle_seconds      double precision not null,       -- real time they took, in all
    batches            bigint not null,                 -- folded
    events             bigint not null,                 -- folded
    judged             bigint not null,                 -- cases judged, whatever the reason
    fired              bigint not null,                 -- cases whose next change had come
    cards              bigint not null,                 -- cards whose moment came under the engine's eyes
    lateness_seconds   double precision not null,       -- real time from that moment until the card was committed, in all
    lateness_counts    bigint[] not null                -- cards by monitor.engine.measure.LATENESS_BOUNDS, not cumulative
) with (fillfactor = 50);

-- Back-ups that came to their end, so that `doctor` can say how old the newest is.
create table backup_record (
    backup_id  integer generated always as identity primary key,
    taken_at   timestamptz not null,                    -- real time of the state it holds
    place      text not null,                           -- folder and machine
    bytes      bigint not null,
    batch_no   bigint not null                          -- last committed batch in it
);
