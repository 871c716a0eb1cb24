-- name: select_findings
-- Every finding of a hall's cases as it stands.
select s.code, f.case_no, a.code, a.event_id
from anomaly a
join case_file f using (case_id)
join source s using (source_id)
where f.hall_id = %(hall_id)s;

-- name: select_judged_until
-- Case time up to which a hall has been judged, null while committed batches wait to be folded.
select e.as_of
from engine_state e
where e.hall_id = %(hall_id)s
    and not exists (select from unfolded_batch u where u.hall_id = e.hall_id);
