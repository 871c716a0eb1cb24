"""Everything that comes in from outside: events, heartbeats, keys, imports, registry files."""

from monitor.native import prefer_compiled

prefer_compiled(__name__, __path__)
