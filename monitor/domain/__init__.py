"""The pure rules: events, items, calendars, the judge, figures. No I/O, no clock: `as_of` is always a parameter."""
