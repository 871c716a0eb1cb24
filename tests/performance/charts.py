"""Charts of a run as SVG, written by hand: a curve over a logarithmic axis, and a histogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 44, 48
BINS = 40
TICKS = 4
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0)


def draw_curve(title: str, unit: str, points: Sequence[tuple[float, float]]) -> str:
    """A line through (x, y), x on a logarithmic axis and y from 0: what is flat looks flat."""
    top, ticks = _scale(max(y for _, y in points))
    low, high = math.log10(min(x for x, _ in points)), math.log10(max(x for x, _ in points))

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((math.log10(x) - low) / (high - low) if high > low else 0.5)

    line = " ".join(f"{across(x):.1f},{_down(y, top):.1f}" for x, y in points)
    marks = [
        f'<circle class="mark" cx="{across(x):.1f}" cy="{_down(y, top):.1f}" r="4"/>'
        f'<text class="value" x="{across(x):.1f}" y="{_down(y, top) - 10:.1f}" text-anchor="{_anchor(x, points)}">'
        f"{_said(y)}</text>{_label(across(x), f'{x:,.0f}', _anchor(x, points))}"
        for x, y in points
    ]
    return _svg(title, unit, ticks, top, [f'<polyline class="line" points="{line}"/>', *marks])


def draw_histogram(title: str, unit: str, values: Sequence[float], marked: Sequence[tuple[str, float]]) -> str:
    """How often values fall into equal steps; `marked` are upright lines with a name, as a percentile."""
    right, _ = _scale(max(*values, *(value for _, value in marked)))
    counts = [0] * BINS
    for value in values:
        counts[min(BINS - 1, max(0, int(value / right * BINS)))] += 1
    top, ticks = _scale(max(counts))
    wide = (WIDTH - LEFT - RIGHT) / BINS
    bars = [
        f'<rect class="bar" x="{LEFT + place * wide + 1:.1f}" y="{_down(count, top):.1f}"'
        f' width="{wide - 2:.1f}" height="{HEIGHT - BOTTOM - _down(count, top):.1f}"/>'
        for place, count in enumerate(counts)
        if count
    ]
    lines = [part for name, value in marked for part in _mark(name, value, right)]
    labels = [_label(LEFT + (WIDTH - LEFT - RIGHT) * part / TICKS, _said(right * part / TICKS)) for part in range(5)]
    return _svg(title, unit, ticks, top, [*bars, *lines, *labels])


def _mark(name: str, value: float, right: float) -> list[str]:
    at = LEFT + (WIDTH - LEFT - RIGHT) * min(value / right, 1.0)
    anchor = "end" if at > WIDTH * 0.75 else "start"
    return [
        f'<line class="limit" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>',
        (
            f'<text class="value" x="{at + (-6 if anchor == "end" else 6):.1f}" y="{TOP + 12}"'
            f' text-anchor="{anchor}">{escape(name)} {_said(value)}</text>'
        ),
    ]


def _svg(title: str, unit: str, ticks: Sequence[float], top: float, parts: Sequence[str]) -> str:
    grid = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_down(y, top):.1f}" y2="{_down(y, top):.1f}"/>'
        f'<text class="axis" x="{LEFT - 8}" y="{_down(y, top) + 4:.1f}" text-anchor="end">{_said(y)}</text>'
        for y in ticks
    ]
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
            f'<text class="title" x="{LEFT}" y="18">{escape(title)}</text>',
            f'<text class="axis" x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{escape(unit)}</text>',
            *grid,
            *parts,
            "</svg>",
        ]
    )


def _label(at: float, text: str, anchor: str = "middle") -> str:
    return f'<text class="axis" x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="{anchor}">{text}</text>'


def _anchor(x: float, points: Sequence[tuple[float, float]]) -> str:
    """The last label ends at its point, so that it stays within the picture."""
    return "end" if len(points) > 1 and x == points[-1][0] else "middle"


def _down(y: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - y / top)


def _scale(greatest: float) -> tuple[float, list[float]]:
    """A round end of an axis from 0 that holds `greatest` and a little more, and its ticks."""
    rough = max(greatest, 1e-9) * 1.1 / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in _STEPS if power * factor >= rough)
    return step * TICKS, [step * place for place in range(TICKS + 1)]


def _said(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
