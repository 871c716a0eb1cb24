-- The append-only event log, who sent what when, what was refused, and the chain of committed batches.

create type event_kind as enum (
    'applied', 'received', 'corrections_requested', 'corrections_supplied', 'refused', 'accepted', 'step_started',
    'step_finished', 'suspended', 'resumed', 'extended', 'reported_up', 'decided', 'delivered', 'withdrawn', 'rated', 'voided'
);

create table event (
    occurred_at    timestamptz not null,                -- as claimed
    recorded_at    timestamptz not null,                -- when stored, case time
    hall_id        integer not null,
    source_id      integer not null,
    receipt_id     bigint not null,
    event_id       text not null collate "C",
    case_no        text not null collate "C",
    kind           event_kind not null,
    item           text, department text, window_no text, handler text, step text, reason text,
    days           double precision,
    legal_basis    text, notice_no text, approver text, result text, voids text,
    due_claimed    timestamptz,
    applicant_ref  text                                 -- keyed hash, never a name
);
select create_hypertable('event', by_range('occurred_at', interval '30 days'), create_default_indexes => false);
create index event_by_time on event (occurred_at);      -- ascending: batches arrive sorted, at the index's right edge
create index event_by_case on event (source_id, case_no, occurred_at);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the event log is append-only: % on % is refused', tg_op, tg_table_name
        using errcode = 'insufficient_privilege', hint = 'send an event of kind voided instead';
end $$;
create trigger event_is_append_only before update or delete on event for each row execute function refuse_change();
create trigger event_is_not_emptied before truncate on event for each statement execute function refuse_change();

-- A unique index on a hypertable must contain its time; this ordinary table decides which rows go to the log.
create table event_identity (
    source_id     integer not null,
    event_id      text not null collate "C",
    content_hash  uuid not null,
    primary key (source_id, event_id)
);
create trigger event_identity_is_append_only before update or delete on event_identity
    for each row execute function refuse_change();

-- One accepted request. receipt_id is drawn early and orders nothing; batch_no is given last, in commit order.
create sequence receipt_number;
create table intake_batch (
    batch_no       bigint primary key,
    receipt_id     bigint not null unique,
    hall_id        integer not null,
    source_id      integer not null,
    received_at    timestamptz not null,                -- real time
    recorded_at    timestamptz not null,                -- case time
    accepted       integer not null,
    duplicate      integer not null,
    conflicting    integer not null,
    rejected       integer not null,
    body_hash      bytea not null,                      -- SHA-256 of the packed events, ordered by event_id
    previous_hash  bytea not null                       -- chain hash of the batch before
);
create trigger intake_batch_is_append_only before update or delete on intake_batch
    for each row execute function refuse_change();
create table batch_chain (
    only_row    boolean primary key default true check (only_row),
    batch_no    bigint not null,
    chain_hash  bytea not null,                         -- SHA-256(previous chain hash ‖ body hash)
    previous_hash bytea not null                        -- the chain hash before, so that one update gives both
);
insert into batch_chain values (true, 0, '\x', '\x');

-- The events of a committed batch on their way to the engine, packed; deleted by the fold that judges them.
create table unfolded_batch (
    batch_no  bigint primary key references intake_batch,
    hall_id   integer not null,
    packed    bytea not null
);
alter table unfolded_batch alter column packed set storage external;

-- What was not applied, for its sender to list: nothing vanishes.
create table refused_event (
    refused_id   bigint generated always as identity primary key,
    source_id    integer not null,
    receipt_id   bigint not null,
    received_at  timestamptz not null,
    line         integer not null,                      -- 1-based line (NDJSON) or element (array) of the request
    verdict      text not null check (verdict in ('conflicting', 'rejected')),
    event_id     text collate "C",
    reason       text not null,                         -- stable code
    detail       text not null,                         -- what, where, what to do
    body         bytea not null                         -- the line as sent
);
create index refused_event_by_source on refused_event (source_id, refused_id);
create index refused_event_by_receipt on refused_event (receipt_id, refused_id);
