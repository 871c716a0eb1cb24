"""Brings the programs ahead of their first use: `python -m monitor.storage.embedded`."""

import os
import sys

from monitor.storage.embedded.problem import EmbeddedServerError
from monitor.storage.embedded.programs import bring_programs


def main() -> None:
    """Fetch and unpack TimescaleDB for this user, unless DATABASE_URL names a server."""
    if os.environ.get("DATABASE_URL"):
        return
    try:
        bring_programs()
    except EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
