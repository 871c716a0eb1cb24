"""TimescaleDB without root and without Docker: fetched from Debian's archive, unpacked for one user, run as a child."""

from monitor.storage.embedded.problem import EmbeddedServerError
from monitor.storage.embedded.server import EmbeddedServer, find_running_url

__all__ = ["EmbeddedServer", "EmbeddedServerError", "find_running_url"]
