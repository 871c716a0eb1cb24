-- Regions, halls, departments, items, windows, handlers and feeding sources; every row belongs to a hall and is dated.

create table region (
    region_id  integer generated always as identity primary key,
    code       text not null unique,
    name_zh    text not null,
    name_en    text not null,
    level      text not null check (level in ('country', 'province', 'city', 'county')),
    parent_id  integer references region
);

create table hall (
    hall_id    integer generated always as identity primary key,
    code       text not null unique,
    name_zh    text not null,
    name_en    text not null,
    region_id  integer references region,
    zone       text not null default 'Asia/Shanghai',
    demo       boolean not null default false,          -- marked 演示数据 on every page
    policy     jsonb not null default '{}'              -- the P of `evaluate`; empty = defaults
);

create table department (
    hall_id    integer not null references hall,
    code       text not null collate "C",
    position   integer not null,                        -- registry order: the tile's place on the wall
    primary key (hall_id, code)
);

-- A change of name, set-up or presence is a new row; a merged or split department ends with its successors named.
create table department_version (
    hall_id           integer not null,
    code              text not null collate "C",
    valid_from        date not null,
    valid_to          date,                             -- first day on which it no longer exists
    name_zh           text not null,
    name_en           text not null,
    set_up            text check (set_up in ('stand_alone', 'co_located', 'delegated')),
    in_hall           boolean not null,
    mid_level_post    boolean not null default false,   -- a mid-level head must be present
    mid_level_filled  boolean not null default false,
    successors        text[] not null default '{}',
    primary key (hall_id, code, valid_from),
    foreign key (hall_id, code) references department
);

create table item (
    hall_id  integer not null references hall,
    code     text not null collate "C",
    primary key (hall_id, code)
);

create table item_version (
    hall_id            integer not null,
    code               text not null collate "C",
    valid_from         date not null,                   -- '-infinity' = since ever
    valid_to           date,
    name_zh            text not null,
    name_en            text not null default '',
    department         text not null collate "C",
    kind               text not null check (kind in ('immediate', 'promise', 'joint', 'reported_up')),
    unit               text not null check (unit in ('working_days', 'calendar_days', 'working_hours')),
    counting           text not null default 'start_excluded' check (counting in ('start_excluded', 'start_counted', 'clock')),
    roll               boolean not null default true,
    promised           numeric check (promised >= 0),
    statutory          numeric check (statutory >= 0),
    acceptance         numeric check (acceptance >= 0),
    delivery           numeric check (delivery >= 0),
    steps              jsonb not null default '{}',     -- step name → limit (or null), in the item's unit
    decision_steps     text[] not null default '{}',    -- steps that count as examining or approving (A11)
    in_hall            boolean not null default true,
    accept_and_decide  boolean not null default false,  -- 既受又理
    loaded_at          timestamptz not null default now(),
    primary key (hall_id, code, valid_from),
    foreign key (hall_id, code) references item
);

create table service_window (
    hall_id     integer not null references hall,
    code        text not null collate "C",
    name_zh     text not null,
    name_en     text not null default '',
    department  text not null collate "C",
    valid_from  date not null,
    valid_to    date,
    primary key (hall_id, code, valid_from)
);

create table handler (
    hall_id     integer not null references hall,
    code        text not null collate "C",
    department  text not null collate "C",
    valid_from  date not null,
    valid_to    date,
    primary key (hall_id, code, valid_from)
);

-- Personal field: kept apart, with a term of its own.
create table handler_person (
    hall_id     integer not null references hall,
    code        text not null collate "C",
    name        text not null,
    keep_until  date,
    primary key (hall_id, code)
);

-- 授权书: what a handler may do for an item, under which letter and seal.
create table authorisation (
    hall_id     integer not null references hall,
    handler     text not null collate "C",
    item        text not null collate "C",
    power       text not null check (power in ('examine', 'approve')),
    letter_no   text not null,
    seal_no     text,
    valid_from  date not null,
    valid_to    date,
    primary key (hall_id, handler, item, power, valid_from)
);

create table source (
    source_id    integer generated always as identity primary key,
    hall_id      integer not null references hall,
    code         text not null unique collate "C",
    name_zh      text not null,
    name_en      text not null default '',
    zone         text not null default 'Asia/Shanghai', -- of times sent without one
    feed         text not null default 'live' check (feed in ('live', 'archive')), -- an archive's recording times are no evidence of late entry
    departments  text[] not null default '{}',          -- whose cases it feeds
    code_maps    jsonb not null default '{}'
);

create table source_key (
    key_id      integer generated always as identity primary key,
    source_id   integer not null references source,
    key_hash    bytea not null unique,                  -- SHA-256 of the key; the key itself is shown once and kept nowhere
    hint        text not null,                          -- first characters, to tell keys apart
    created_at  timestamptz not null,
    expires_at  timestamptz,
    revoked_at  timestamptz
);

create table heartbeat (
    source_id       integer primary key references source,
    complete_until  timestamptz not null,               -- case time: all events up to here have been sent
    received_at     timestamptz not null,               -- case time of receipt
    last_event_at   timestamptz                         -- newest occurred_at seen
);

-- A published calendar of one layer (national → province → city → hall); each load is a new version.
create table calendar_version (
    calendar_version  integer generated always as identity primary key,
    layer             text not null check (layer in ('national', 'province', 'city', 'hall')),
    hall_id           integer references hall,          -- null: applies to every hall
    loaded_at         timestamptz not null,             -- case time
    loaded_by         text not null,
    notice            text not null,                    -- title, number and date of the notice
    content           jsonb not null,                   -- the C of `evaluate`, one layer of it, with names of the holidays
    superseded_at     timestamptz
);
