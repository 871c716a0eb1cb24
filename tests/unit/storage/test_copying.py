"""Arrays on their way to the database."""

from monitor.storage.copying import array_of


def test_numbers_are_written_as_postgresql_reads_an_array() -> None:
    assert array_of([3, -1, 9_000_000_000]) == "{3,-1,9000000000}"
    assert array_of([]) == "{}"
