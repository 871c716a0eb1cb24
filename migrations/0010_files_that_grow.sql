-- Writing of judged cases at the speed of their events.

-- The engine of a hall alone writes these rows, never before their case's file, and a file is never deleted. To prove it
-- for every row, its file was looked up and locked: half of what a new case cost the database.
alter table case_state drop constraint case_state_case_id_fkey;
alter table clock drop constraint clock_case_id_fkey;
alter table anomaly drop constraint anomaly_case_id_fkey;

-- A file doubles in the life of its case: with half a page kept free it grows where it lies, and its two indexes rest.
alter table case_file set (fillfactor = 50);
