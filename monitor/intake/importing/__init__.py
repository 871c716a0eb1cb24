"""Import of the logs of other systems: readers, mapping profiles, and the way into the event log."""
