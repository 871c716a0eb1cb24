"""After an import the figures, stored and over HTTP, are those an independent script computes from the file."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from monitor.api.models import FigureList
from monitor.domain.figure_readings import Period
from monitor.domain.figures import FigureId
from monitor.storage.case_clock import set_case_time
from monitor.storage.figures import FigureScope, read_figures
from monitor.storage.halls import find_hall
from tests.support.asking import asking
from tests.support.independent_figures import FIGURES, LOGS
from tests.support.program_runs import run_program

COUNTS = """
    select count(*), count(received_at), count(accepted_at), count(decided_at) from case_state
"""
ALL_YEARS = Period(date(1990, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize("name", LOGS)
def test_figures_after_an_import_are_those_of_the_file(
    name: str, database_url: str, connection: Connection[Any], real_log: Callable[[str], Path]
) -> None:
    file, moment = LOGS[name]
    log, as_of = real_log(file), datetime.fromisoformat(moment)
    set_case_time(connection, as_of, 0.0, "the log's own present", effective_at=datetime.now(UTC))
    imported = run_program("import", log, "--profile", name, environment={"DATABASE_URL": database_url})
    assert imported.returncode == 0, imported.stderr
    computed = FIGURES[name](log, as_of)

    counted = connection.execute(COUNTS).fetchone()
    assert counted == (computed.cases, computed.received, computed.accepted, computed.decided)
    scope = FigureScope(find_hall(connection), ALL_YEARS, as_of)
    for directly in (False, True):
        stored = {
            reading.declaration.id: reading.measure for reading in read_figures(connection, scope, directly=directly)
        }
        for figure, (numerator, denominator) in computed.rates().items():
            measure = stored[FigureId(figure)]
            assert measure is not None
            assert (measure.numerator, measure.denominator) == (numerator, denominator), (figure, directly)
        speedup = stored[FigureId.SPEEDUP_ACTUAL]
        assert speedup is not None
        assert speedup.n == computed.speedup_cases

    with asking(database_url) as client:
        period = f"from={ALL_YEARS.begin}&to={ALL_YEARS.end}"
        answered = FigureList.model_validate(client.get(f"/api/v1/figures?{period}").json())
        behind = client.get(f"/api/v1/figures/on_time_rate/cases?part=numerator&{period}").json()["total"]
    assert answered.as_of == as_of
    shown = {figure.id: (figure.numerator, figure.denominator) for figure in answered.figures}
    for figure, (numerator, denominator) in computed.rates().items():
        # An empty population has no figure: neither 0 % nor 100 %.
        assert shown[figure] == ((numerator, denominator) if denominator else (None, None))
    assert behind == computed.promise_met
