-- The live channel's feed: sequence numbers in commit order, because the head row is updated last before commit.

create table feed_head (
    hall_id  integer primary key references hall,
    seq      bigint not null
);
create table feed (
    hall_id      integer not null,
    seq          bigint not null,
    produced_at  timestamptz not null,                  -- case time
    real_at      timestamptz not null default now(),    -- real time: only retention reads it
    kind         text not null,                         -- tiles, figures, cards, sources, clock, notice
    body         jsonb not null,
    primary key (hall_id, seq)
);
create index feed_by_age on feed (real_at);
