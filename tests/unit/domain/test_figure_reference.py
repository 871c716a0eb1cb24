"""The reference page of the figures says what the declarations say."""

from pathlib import Path

from monitor.domain.figure_declarations import FIGURES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "figures.md"
HEAD = """\
# Figures · 指标

At `GET /api/v1/figures` (`from`, `to` exclusive, `department`, `earlier_from`, `earlier_to`, `earlier_day`), the cases
behind each at `/api/v1/figures/{id}/cases`, for figures of the registry the items or departments at
`/api/v1/figures/{id}/members` (`part` = numerator or denominator). Shares are rounded half up, for display only; an
empty population is null, never 0 % or 100 %; n and what was left out stand beside every value; a change is in
percentage points. Period = time of decision, unless the figure says otherwise; limits include extensions, except in the
speed-up. How they are counted: [decision](../decisions/how-figures-are-counted.md).

"""


def render() -> str:
    """The page as it should be."""
    rows = ["| id | 名称 | name | 公式 | formula |", "|---|---|---|---|---|"]
    for figure, declared in FIGURES.items():
        formula = declared.formula_text
        rows.append(f"| `{figure}` | {declared.name.zh} | {declared.name.en} | {formula.zh} | {formula.en} |")
    return HEAD + "\n".join(rows) + "\n"


def test_the_reference_page_is_what_is_declared() -> None:
    assert PAGE.read_text(encoding="utf-8") == render()
