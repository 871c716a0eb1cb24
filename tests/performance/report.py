"""bench.html: the table and the charts of a run in one file that needs nothing else, for light and dark."""

from __future__ import annotations

from html import escape
from pathlib import Path

from tests.performance.bench import Bench
from tests.performance.charts import draw_curve, draw_histogram
from tests.performance.rows import Row, machine, said

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5d6a7a; --paper: #fbfbf9; --grid: #e2e5e9; --line: #1f6fb2;
  --good: #1d7a46; --bad: #b3362c; --limit: #b97a10; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --dim: #98a4b3; --paper: #14181e; --grid: #2b323c;
  --line: #6cb3ee; --good: #57c98b; --bad: #ef7d73; --limit: #e3ae52; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .7rem .45rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
small { color: var(--dim); display: block; white-space: normal; min-width: 6rem; }
.yes { color: var(--good); } .no { color: var(--bad); }
svg { width: 100%; height: auto; margin: 2rem 0 0; } svg text { font: 12px system-ui, sans-serif; fill: var(--dim); }
svg .title { font-size: 15px; fill: var(--ink); } svg .value { fill: var(--ink); }
svg .grid { stroke: var(--grid); } svg .line { fill: none; stroke: var(--line); stroke-width: 2; }
svg .mark, svg .bar { fill: var(--line); } svg .limit { stroke: var(--limit); stroke-dasharray: 4 3; }
"""


def write_report(rows: list[Row], bench: Bench, path: Path) -> None:
    """Write the page."""
    charts = [draw_curve(title, "open cases", points) for title, points in bench.curves.items()]
    charts += [
        draw_histogram(title, "ms", values, [("p99", _p99(values))]) for title, values in bench.histograms.items()
    ]
    head = ("row", "ours", "limit or peer", "ratio", "goal", "met")
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Bench</title><style>{_STYLE}</style><h1>Bench, scale {escape(bench.scale.name)}</h1>",
        f"<p>{escape(machine())}</p><table><tr>{''.join(_head(name) for name in head)}</tr>",
        *map(_row, rows),
        "</table>",
        *charts,
        "</html>",
    ]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _head(name: str) -> str:
    kind = ' class="number"' if name in ("ours", "limit or peer", "ratio", "goal") else ""
    return f"<th{kind}>{name}</th>"


def _row(row: Row) -> str:
    notes = ", ".join(f"{name} {said(value)}" for name, value in row.notes.items())
    limit = "≤" if row.lower_is_better else "≥"
    met = "yes" if row.met else "no"
    cells = [
        f"<td>{escape(row.id)}<small>{escape(row.what)}</small><small>{escape(notes)}</small></td>",
        (
            f'<td class="number">{said(row.ours)} {escape(row.unit)}'
            f"<small>{said(row.spread[0])} … {said(row.spread[1])}</small></td>"
        ),
        f'<td class="number">{said(row.limit)}<small>{escape(row.limit_is)}</small></td>',
        f'<td class="number">{row.ratio:.2f}</td><td class="number">{limit} {row.goal:g}</td>',
        f'<td class="{met}">{met}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _p99(values: list[float]) -> float:
    return sorted(values)[max(0, -(-99 * len(values) // 100) - 1)]
