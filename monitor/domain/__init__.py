"""The pure rules: events, items, calendars, the judge, figures. No I/O, no clock: `as_of` is always a parameter."""

from monitor.native import prefer_compiled

prefer_compiled(__name__, __path__)
