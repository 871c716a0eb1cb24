-- The fold of the log: a case's working set, its judged facts, its clocks and findings, and the counters of the board.

-- Case time for all processes: the newest row already in force counts; case time = case_anchor + (now − real_anchor) · rate.
create table case_clock (
    real_anchor  timestamptz primary key,               -- in force from here; a row is fixed once made
    case_anchor  timestamptz not null,
    rate         double precision not null check (rate >= 0),
    reason       text not null
);

create table engine_state (
    hall_id          integer primary key references hall,
    folded_batch_no  bigint not null default 0,
    as_of            timestamptz not null,              -- case time up to which every due change has been fired
    judging_at       timestamptz,                       -- case time of the newest judgement; as_of follows when all due changes are fired
    rules_version    bigint not null default 0
);

-- Raised by every load of registry, calendar or policy; whoever caches rules compares it.
create table rules_version (
    only_row  boolean primary key default true check (only_row),
    version   bigint not null
);
insert into rules_version values (true, 1);

-- Working set of one case: all its events, packed, so that judging it touches one row and no chunk of the log.
create table case_file (
    case_id         bigint generated always as identity primary key,
    hall_id         integer not null,
    source_id       integer not null,
    case_no         text not null collate "C",
    events          bytea not null,                     -- MessagePack records, concatenated in order of arrival
    event_count     integer not null,
    last_occurred_at timestamptz not null,
    judged          bytea,                              -- what is stored of the last judgement, packed (monitor.engine.record)
    unique (source_id, case_no)
) with (fillfactor = 75);

create type case_status as enum ('applied', 'received', 'correcting', 'refused', 'accepted', 'suspended', 'decided', 'delivered', 'withdrawn');
create type case_light as enum ('none', 'green', 'reminder', 'yellow', 'red');

create table case_state (
    case_id              bigint primary key references case_file,
    hall_id              integer not null,
    source_id            integer not null,
    case_no              text not null collate "C",
    item                 text,
    department           text,
    status               case_status not null,
    light                case_light not null,           -- as of the last change; the engine fires the next one at next_change_at
    received_at          timestamptz,
    accepted_at          timestamptz,
    accepted_claimed_at  timestamptz,
    deemed               boolean not null,
    decided_at           timestamptz,
    result               text,
    closed_at            timestamptz,                   -- decided, refused or withdrawn; null while open
    promise_due_at       timestamptz,
    promise_state        text,                          -- facts of the two main clocks, repeated here for the board's indexes
    statutory_due_at     timestamptz,
    statutory_state      text,
    used_days            double precision,              -- of the statutory clock, when decided in working days
    statutory_days       double precision,              -- its limit without extension
    suspended_days       double precision,
    next_change_at       timestamptz,                   -- the next instant at which time alone changes a fact, light or card
    calendar_version     integer not null,
    cards_not_before     timestamptz,                   -- after a recalculation: no card for an earlier moment
    first_event_at       timestamptz not null
) with (fillfactor = 80);
create index case_due_for_change on case_state (hall_id, next_change_at) where next_change_at is not null;
create index case_open on case_state (hall_id, department, light desc, promise_due_at) where closed_at is null;
create index case_decided on case_state (hall_id, decided_at) where decided_at is not null;
create index case_accepted on case_state (hall_id, accepted_at) where accepted_at is not null;

create table clock (
    case_id            bigint not null references case_file,
    position           smallint not null,
    name               text not null,
    started_at         timestamptz not null,
    unit               text not null,
    limit_value        double precision not null,
    extended           double precision not null,
    due_at             timestamptz,
    due_at_if_refused  timestamptz,
    stopped_at         timestamptz,
    ended              boolean not null,                -- stopped, or ended by refusal or withdrawal
    state              text not null check (state in ('running', 'standing', 'met', 'breached', 'void')),
    early              boolean not null,
    used               double precision,                -- only when ended; derived from the calendar while it runs
    suspended          double precision,
    provisional        boolean not null,
    primary key (case_id, name)
) with (fillfactor = 85);

create table anomaly (
    case_id   bigint not null references case_file,
    position  smallint not null,
    code      text not null,
    event_id  text,
    detail    text not null,
    primary key (case_id, position)
);
create index anomaly_by_code on anomaly (code, case_id);

-- Counters moved by the difference a judgement makes, in the same transaction (monitor.domain.tally).
create table department_day (
    hall_id           integer not null,
    department        text not null,                    -- '' = not known
    day               date not null,
    received          bigint not null default 0,
    accepted          bigint not null default 0,
    decided           bigint not null default 0,
    same_day          bigint not null default 0,
    promise_stopped   bigint not null default 0,        -- promise clocks stopped by a decision, by day of decision
    promise_met       bigint not null default 0,
    promise_early     bigint not null default 0,
    statutory_stopped bigint not null default 0,
    statutory_met     bigint not null default 0,
    speedup_cases     bigint not null default 0,        -- n of speedup_actual
    used_days         double precision not null default 0,
    statutory_days    double precision not null default 0,
    promise_due       bigint not null default 0,        -- promise clocks falling due that day, by day of due_at
    promise_due_open  bigint not null default 0,        -- … of them not yet ended
    statutory_due_open bigint not null default 0,
    primary key (hall_id, department, day)
) with (fillfactor = 50);

create table department_load (
    hall_id                  integer not null,
    department               text not null,
    open                     bigint not null default 0,
    standing                 bigint not null default 0,
    green                    bigint not null default 0,
    reminder                 bigint not null default 0,
    yellow                   bigint not null default 0,
    red                      bigint not null default 0,
    promise_breached_open    bigint not null default 0,
    statutory_breached_open  bigint not null default 0,
    primary key (hall_id, department)
) with (fillfactor = 50);

-- One record of each recalculation: what was loaded, who, and what moved.
create table recalculation (
    recalculation_id  integer generated always as identity primary key,
    hall_id           integer not null references hall,
    loaded_at         timestamptz not null,             -- case time
    loaded_by         text not null,
    cause             text not null check (cause in ('calendar', 'items', 'policy')),
    cause_detail      text not null,
    preview           jsonb not null,                   -- cases judged, due times earlier, later, cards to issue, to revoke
    done_at           timestamptz
);
