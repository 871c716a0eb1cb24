"""Writes the reference pages anew."""

from tests.support.reference.pages import PAGES

for path, render in PAGES.items():
    path.write_text(render(), encoding="utf-8")
