"""The anomalies of one case: the code, the event it is about, and a short reason.

Which event a finding carries: a breach that of the clock's start; A02 and X10 the `accepted` (X10 also the
`step_started`); A03 the second request; A08 the `suspended`; A10 the `extended`; A11, A14, A17, X07 the `decided` (A11
for decision steps the event that brings the third handler); A12 the event out of order; A15 the event sent again; A21
the event of legal acceptance; A13, A22 and X02 to X09 the event itself; X01 the event that names the item, else the
first.
"""

from __future__ import annotations

from tests.support.day_by_day.case import Case
from tests.support.day_by_day.clock import Clock
from tests.support.day_by_day.events import Event
from tests.support.day_by_day.suspensions import formal_faults

Finding = tuple[Event, str, str]


def find_anomalies(case: Case) -> list[Finding]:
    """Return the findings in legal order of their events, then by code."""
    findings = [
        *find_breaches(case),
        *find_acceptance_faults(case),
        *find_suspension_faults(case),
        *find_extension_faults(case),
        *find_handler_faults(case),
        *find_disorder(case),
        *find_record_faults(case),
        *find_version_faults(case),
        *find_repetitions(case),
        *find_misplaced_events(case),
        *find_claimed_due_times(case),
    ]
    return sorted(findings, key=lambda finding: (finding[0].place, finding[1], finding[2]))


def find_breaches(case: Case) -> list[Finding]:
    """A01, A04, A05, A06, A07."""
    codes = {"acceptance": "A01", "step": "A04", "promise": "A05", "statutory": "A06", "delivery": "A07"}
    return [
        (clock.start, codes[family], f"{clock.name} breached")
        for clock in case.clocks()
        if (family := clock.name.split(":")[0]) in codes and clock.is_breached()
    ]


def find_acceptance_faults(case: Case) -> list[Finding]:
    """A02, A03."""
    findings: list[Finding] = []
    accepted, deemed = case.accepted, case.legal_acceptance if case.deemed else None
    if accepted and deemed and case.calendar.day(accepted.at) > case.calendar.day(deemed.at):
        findings.append((accepted, "A02", "accepted later than deemed"))
    requests = case.all_of("corrections_requested")
    if len(requests) > 1:
        findings.append((requests[1], "A03", "more than one request for corrections"))
    return findings


def find_suspension_faults(case: Case) -> list[Finding]:
    """A08, one finding per reason."""
    clocks = {clock.name: clock for clock in case.suspension_clocks}
    findings: list[Finding] = []
    for suspension in case.suspensions.considered:
        reasons = formal_faults(suspension.begun)
        if case.begun_after_due(suspension.begun):
            reasons.append("begun_after_due")
        clock = clocks.get(f"suspension:{suspension.number}")
        if clock is not None and clock.is_breached():
            reasons.append("longer_than_planned")
        findings.extend((suspension.begun, "A08", reason) for reason in reasons)
    return findings


def find_extension_faults(case: Case) -> list[Finding]:
    """A10, one finding per reason."""
    counted = case.counted_extensions()
    findings: list[Finding] = []
    earlier_counted = False
    for extended in case.all_of("extended"):
        reasons = []
        if extended.get("approver") is None:
            reasons.append("no_approver")
        if extended.get("notice_no") is None:
            reasons.append("no_notice")
        if extended.days > case.longest_extension():
            reasons.append("too_long")
        if extended.id in counted:
            earlier_counted = True
        else:
            reasons += why_uncounted(case, extended, earlier_counted, {"no_approver", "no_notice"} & set(reasons))
        findings.extend((extended, "A10", reason) for reason in reasons)
    return findings


def why_uncounted(case: Case, extended: Event, earlier_counted: bool, informal: set[str]) -> list[str]:
    """Name why an extension counts on neither clock."""
    if earlier_counted:
        return ["second"]
    dues = [clock.due_at() for clock in (case.promise, case.statutory) if clock is not None]
    if dues and all(due is not None and extended.at > due for due in dues):
        return ["after_due"]
    if case.strict_extensions and informal:
        return []
    return ["counts_on_no_clock"]


def find_handler_faults(case: Case) -> list[Finding]:
    """A11: one handler accepts and decides; more than two handlers in the item's decision steps."""
    findings: list[Finding] = []
    accepted, decided = case.accepted, case.decision
    if accepted and decided and accepted.get("handler") == decided.get("handler") is not None:
        findings.append((decided, "A11", "accepted and decided by one handler"))
    handlers: set[str] = set()
    for event in case.all_of("step_started", "step_finished"):
        handler = event.get("handler")
        if handler is None or event.get("step") not in case.version_for(event).decision_steps:
            continue
        handlers.add(handler)
        if len(handlers) == 3:
            findings.append((event, "A11", "more than two handlers in decision steps"))
            break
    return findings


def find_disorder(case: Case) -> list[Finding]:
    """A12, X07."""
    findings: list[Finding] = []
    decided = case.decision
    if decided is not None:
        if case.legal_acceptance is None or case.is_before(decided, case.legal_acceptance):
            findings.append((decided, "A12", "decided before or without acceptance"))
            findings.append((decided, "X07", "decided without acceptance"))
        steps = [e for e in case.all_of("step_started", "step_finished") if e.place < decided.place]
        if case.version_for(decided).steps and not steps:
            findings.append((decided, "A12", "decided with no step"))
    for kind, expected, reason in (
        ("delivered", decided, "delivered before decided"),
        ("resumed", case.first("suspended"), "resumed before suspended"),
    ):
        findings.extend((event, "A12", reason) for event in case.all_of(kind) if not case.is_before(expected, event))
    return findings


def find_record_faults(case: Case) -> list[Finding]:
    """A13, A14, A15, A22."""
    calendar = case.calendar
    findings: list[Finding] = []
    for event in case.judged:
        recorded = event.get("recorded_at")
        if recorded is not None:
            lag = calendar.working_days_between(calendar.day(event.at), calendar.day(calendar.read(recorded)))
            if lag > 1:
                findings.append((event, "A13", "recorded late"))
        if any(gone.kind == event.kind and gone.at != event.at for gone in case.log.voided):
            findings.append((event, "A15", "sent again with another time"))
        if event.kind in ("accepted", "decided") and event.get("window") is not None:
            day = calendar.day(event.at)
            if not calendar.is_working(day) or not calendar.opens(day) <= event.at <= calendar.closes(day):
                findings.append((event, "A22", f"{event.kind} outside opening hours"))
    accepted, decided = case.accepted, case.decision
    step_instants = {step.at for step in case.all_of("step_started", "step_finished")}
    if accepted and decided and accepted.at == decided.at and decided.at in step_instants:
        findings.append((decided, "A14", "accepted, a step and decided at one instant"))
    return findings


def find_version_faults(case: Case) -> list[Finding]:
    """A17, A21, X01."""
    findings: list[Finding] = []
    at_acceptance = case.version_at_acceptance()
    if at_acceptance is not None and case.legal_acceptance is not None:
        if case.decision is not None:
            at_decision = case.versions.on(case.calendar.day(case.decision.at))
            if at_decision.kind == "immediate" and at_acceptance.kind != "immediate":
                findings.append((case.decision, "A17", "decided as immediate"))
        if case.versions.on(case.calendar.day(case.as_of)).limits() != at_acceptance.limits():
            findings.append((case.legal_acceptance, "A21", "limits changed since acceptance"))
    if not case.versions.known:
        naming = next((event for event in case.judged if event.get("item") is not None), case.judged[0])
        findings.append((naming, "X01", "unknown item"))
    return findings


def find_repetitions(case: Case) -> list[Finding]:
    """X04."""
    findings: list[Finding] = []
    for kind in ("accepted", "received", "decided"):
        findings.extend((event, "X04", f"{kind} again") for event in case.all_of(kind)[1:])
    findings.extend((event, "X04", "step started again") for event in case.repeated_steps)
    return findings


def find_misplaced_events(case: Case) -> list[Finding]:
    """X02, X03, X05, X06, X08, X09."""
    findings: list[Finding] = []
    findings.extend((event, "X02", "suspended twice") for event in case.suspensions.swallowed)
    findings.extend((event, "X03", "resumed without suspension") for event in case.suspensions.resumed_without)
    findings.extend((event, "X05", "void of nothing") for event in case.log.void_of_nothing)
    findings.extend((event, "X06", "after withdrawal") for event in case.not_judged)
    refusals = [event for event in case.all_of("refused") if case.is_before(case.legal_acceptance, event)]
    findings.extend((event, "X08", "refused after acceptance") for event in refusals)
    findings.extend((event, "X09", "suspended after the end") for event in case.suspensions.unconsidered)
    return findings


def find_claimed_due_times(case: Case) -> list[Finding]:
    """X10: the date the applicant was told differs from due_at by a day or more."""
    told: list[tuple[Event | None, Clock | None]] = [(case.accepted, case.promise or case.statutory)]
    told += [(clock.start, clock) for clock in case.step_clocks]
    findings: list[Finding] = []
    for event, clock in told:
        if event is None or clock is None or event.get("due_claimed") is None:
            continue
        due = clock.due_at()
        claimed = case.calendar.read(event.get("due_claimed"))
        if due is not None and case.calendar.day(claimed) != case.calendar.day(due):
            findings.append((event, "X10", "claimed due time differs"))
    return findings
