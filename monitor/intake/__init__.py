"""Everything that comes in from outside: events, heartbeats, keys, imports, registry files."""
