"""The pages and pictures of the documentation that are made from the program, each with what makes it."""

from collections.abc import Callable
from pathlib import Path

from tests.support.reference.commands import commands_page
from tests.support.reference.interface import interface_page
from tests.support.reference.metrics import metrics_page
from tests.support.reference.pictures import picture_pages
from tests.support.reference.settings import settings_page
from tests.support.reference.tables import tables_page

FOLDER = Path(__file__).parents[3] / "docs" / "reference"
COMMAND = "make reference"
PAGES: dict[Path, Callable[[], str]] = {
    FOLDER / "api.md": interface_page,
    FOLDER / "commands.md": commands_page,
    FOLDER / "metrics.md": metrics_page,
    FOLDER / "settings.md": settings_page,
    FOLDER / "tables.md": tables_page,
    **picture_pages(),
}
