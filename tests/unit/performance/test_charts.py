"""The charts of a run: what is flat is drawn flat, every value falls into a bar, the page names every row."""

import re
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.performance.bench import Bench
from tests.performance.charts import RIGHT, WIDTH, draw_curve, draw_histogram
from tests.performance.report import write_report
from tests.performance.rows import Row, median_row
from tests.performance.scales import SCALES


def heights(svg: str) -> list[float]:
    return [float(bar.attrib["height"]) for bar in ElementTree.fromstring(svg).iter("rect")]


def test_equal_costs_are_drawn_at_one_height_and_a_dearer_one_above() -> None:
    points = [(10_000.0, 70.0), (100_000.0, 70.0), (1_000_000.0, 90.0)]
    marks = [mark.attrib for mark in ElementTree.fromstring(draw_curve("cost", "open cases", points)).iter("circle")]
    downs = [float(mark["cy"]) for mark in marks]
    assert downs[0] == downs[1] > downs[2]
    acrosses = [float(mark["cx"]) for mark in marks]
    assert acrosses[1] - acrosses[0] == pytest.approx(acrosses[2] - acrosses[1], abs=0.2)


def test_twice_as_many_values_make_a_bar_twice_as_high() -> None:
    svg = draw_histogram("lateness", "ms", [1.0] * 10 + [99.0] * 20, [("p99", 99.0)])
    low, high = heights(svg)
    assert high == pytest.approx(2 * low, rel=0.02)
    assert "p99 99" in svg


def test_the_greatest_value_has_its_place_within_the_picture() -> None:
    svg = draw_histogram("lateness", "ms", [0.0, 700.0, 1000.0], [])
    bars = [bar.attrib for bar in ElementTree.fromstring(svg).iter("rect")]
    assert len(bars) == 3
    assert float(bars[-1]["x"]) + float(bars[-1]["width"]) < WIDTH - RIGHT


def rows() -> list[Row]:
    named = {"unit": "s", "limit_is": "the goal", "goal": 1.0}
    return [
        median_row([4.0, 5.0, 9.0], [5.0], id="herd", what="cards <once>", lower_is_better=True, **named),
        median_row([4.0], [5.0], id="recalc", what="cases", **named),
    ]


def test_lower_is_better_where_a_row_says_so() -> None:
    herd, recalc = rows()
    assert (herd.ratio, herd.met, herd.spread) == (1.0, True, [4.0, 9.0])
    assert (recalc.ratio, recalc.met) == (0.8, False)


def test_the_page_stands_alone_and_names_every_row(tmp_path: Path) -> None:
    with ExitStack() as stack:
        bench = Bench(SCALES["small"], stack)
        bench.curves["cost"] = [(10.0, 1.0), (100.0, 2.0)]
        bench.histograms["lateness"] = [1.0, 2.0]
        write_report(rows(), bench, tmp_path / "bench.html")
    page = (tmp_path / "bench.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "cards &lt;once&gt;" in page
    assert re.findall(r'<td class="(yes|no)">', page) == ["yes", "no"]
    assert "http" not in page
