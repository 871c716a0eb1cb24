"""The pages that people look at."""

from __future__ import annotations

from pathlib import Path


def pages_folder() -> Path | None:
    """Return the folder of the built pages (index.html and assets/), or None where they have not been built.

    It lies beside this package in a checkout after `npm run build`, and in the wheel, which carries it.
    """
    folder = Path(__file__).parent / "live" / "dist"
    return folder if (folder / "index.html").is_file() else None
