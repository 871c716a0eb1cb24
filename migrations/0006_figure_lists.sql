-- Decided cases that missed a limit, by time of decision: the lists behind the figures begin with them.

create index case_decided_late on case_state (hall_id, decided_at)
    where decided_at is not null and (promise_state = 'breached' or statutory_state = 'breached');
