"""Options that several commands share: where the database is."""

from pathlib import Path
from typing import Annotated

import typer

DatabaseUrl = Annotated[
    str | None, typer.Option(envvar="DATABASE_URL", help="Server to use instead of the embedded one.")
]
DataFolder = Annotated[
    Path | None, typer.Option(envvar="ESUPERVISION_DATA", help="Data folder of the embedded server.")
]
