-- Silence and outages: sources that fell silent, cards that wait for their word, and when the engine itself was blind.

-- One row each time a source fell silent; open until it speaks again. A card of its own kind: no case, no level.
create table feed_card (
    feed_card_id  bigint generated always as identity primary key,
    hall_id       integer not null references hall,
    source_id     integer not null references source,
    state         text not null check (state in ('silent', 'silent_a_day', 'closed')),
    heard_until   timestamptz not null,                 -- case time up to which the source had said everything
    expected_at   timestamptz not null,                 -- when 30 working minutes without a word had passed
    issued_at     timestamptz not null,                 -- when the engine knew (case time)
    closed_at     timestamptz
);
create unique index feed_card_open on feed_card (source_id) where closed_at is null;
create index feed_card_newest on feed_card (hall_id, feed_card_id desc);

create table feed_card_step (
    feed_card_id  bigint not null references feed_card,
    step_no       integer not null,
    from_state    text,
    to_state      text not null,
    actor         text not null,                        -- 'engine'
    reason        text not null,                        -- no_heartbeat, one_working_day, heard_of, spoke_again
    expected_at   timestamptz not null,
    observed_at   timestamptz not null,
    primary key (feed_card_id, step_no)
);

-- Cards whose moment has come while their source says nothing: issued when it speaks, or after one working day.
create table held_card (
    case_id      bigint not null references case_file,
    hall_id      integer not null,
    source_id    integer not null,
    clock        text not null,
    level        card_level not null,
    expected_at  timestamptz not null,
    held_at      timestamptz not null,                  -- case time
    primary key (case_id, clock, level)
);
create index held_card_by_source on held_card (hall_id, source_id, expected_at);

-- When the supervision itself was blind: from the engine's own moment until it came back (case time).
create table outage (
    outage_id    bigint generated always as identity primary key,
    hall_id      integer not null references hall,
    blind_from   timestamptz not null,
    blind_until  timestamptz not null,
    reason       text not null check (reason in ('engine_down', 'database_lost')),
    cards_due    bigint not null default 0,             -- cards whose moment lies in it, issued since
    cards_held   bigint not null default 0,             -- … that wait for the word of their source
    is_over      boolean not null default false,        -- everything that fell due in it has been judged, and told
    unique (hall_id, blind_from)
);

-- What keeps a hall from being supervised as it should be; open until it is mended.
create table hall_warning (
    warning_id  bigint generated always as identity primary key,
    hall_id     integer not null references hall,
    code        text not null check (code in ('no_working_time', 'calendar_unusable')),
    detail      text not null,
    since       timestamptz not null,                   -- case time
    ended_at    timestamptz
);
create unique index hall_warning_open on hall_warning (hall_id, code) where ended_at is null;
