-- Cards (预警 / 黄牌 / 红牌): one row a card, one row a step of its life.

create type card_level as enum ('reminder', 'yellow', 'red');
create type card_state as enum ('issued', 'acknowledged', 'answered', 'accepted', 'sent_back', 'appealed', 'upheld', 'revoked', 'closed');

create table card (
    card_id       bigint generated always as identity primary key,
    hall_id       integer not null,
    case_id       bigint not null references case_file,
    clock         text not null,
    level         card_level not null,
    generation    integer not null,                     -- number of earlier revocations of the same (case, clock, level)
    department    text,
    item          text,
    state         card_state not null,
    expected_at   timestamptz not null,                 -- the moment the rule names (case time)
    issued_at     timestamptz not null,                 -- when the engine knew (case time)
    due_at        timestamptz,                          -- of its clock
    recipient     text not null,                        -- handler, reviewer, department_head, bureau
    reply_due_at  timestamptz,
    reason        text not null,                        -- due, late_record, correction, calendar …
    revoked_at    timestamptz,
    revoke_reason text,
    unique (case_id, clock, level, generation)
) with (fillfactor = 80);
create index card_newest on card (hall_id, issued_at desc, card_id desc);
create index card_standing on card (hall_id, department, level) where state not in ('revoked', 'closed');

create table card_step (
    card_id      bigint not null references card,
    step_no      integer not null,
    from_state   card_state,
    to_state     card_state not null,
    actor        text not null,                         -- 'engine' or a person
    reason       text not null,
    expected_at  timestamptz not null,
    observed_at  timestamptz not null,
    primary key (card_id, step_no)
);
