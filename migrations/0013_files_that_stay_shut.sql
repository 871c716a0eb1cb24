-- What time or a calendar does to an ordinary case is known from its facts and clocks: its file stays shut.

alter table case_state
    add column ordinary boolean,        -- only ordinary events, no due day was told: its clocks follow from start and limit
    add column accepted_event text,     -- the event that started promise and statutory clock: what a breach names
    add column file_behind boolean;     -- time or a calendar has moved these facts since the file's judgement was packed

-- As with facts and clocks (0010): a card is written by the engine of its hall alone, after its case's file, its first step
-- with it; neither is ever deleted. To prove it for every row, file and card were looked up and locked.
alter table card drop constraint card_case_id_fkey;
alter table card_step drop constraint card_step_card_id_fkey;

-- A herd or a calendar touches many rows of a page: with half of it kept free each finds room where it lies.
alter table clock set (fillfactor = 50);
alter table case_state set (fillfactor = 50);
