-- Cases by the due time of their promise, open or closed: the list behind "due today".

create index case_promise_due on case_state (hall_id, promise_due_at) where promise_due_at is not null;
