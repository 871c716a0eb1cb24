"""Where the database lives: the server DATABASE_URL names, or the embedded one of a data folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.storage.database import DatabaseError
from monitor.storage.embedded import EmbeddedServer, find_running_url
from monitor.storage.embedded.apt_packages import Progress
from monitor.storage.embedded.problem import EmbeddedServerError
from monitor.storage.embedded.programs import print_progress

DATABASE_URL_VARIABLE = "DATABASE_URL"
DATABASE_URL_FILE_VARIABLE = "ESUPERVISION_DATABASE_URL_FILE"
DATA_FOLDER_VARIABLE = "ESUPERVISION_DATA"


@dataclass(frozen=True, slots=True)
class DatabaseHost:
    """A database ready for connections; `data_folder` is None where the server is somebody else's."""

    url: str
    data_folder: Path | None
    server: EmbeddedServer | None
    """The embedded server if this process runs it."""

    @property
    def is_embedded(self) -> bool:
        """Tell whether the embedded server serves it, run by this process or by another of this user."""
        return self.data_folder is not None


def choose_data_folder(given: Path | None = None) -> Path:
    """Choose the embedded server's data folder: as given, ESUPERVISION_DATA, or the user's own data folder."""
    if given is not None:
        return given
    named = os.environ.get(DATA_FOLDER_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(base) if base else Path.home() / ".local/share") / "e-supervision"
    except RuntimeError as error:
        raise EmbeddedServerError(
            f"This user has no home folder to keep a database in. Set {DATA_FOLDER_VARIABLE} to a folder it may write, "
            f"or {DATABASE_URL_VARIABLE} to a TimescaleDB server."
        ) from error


def find_database_url() -> str | None:
    """The server that the environment names, by its URL or by a file with it; None = the embedded one.

    Raises DatabaseError where the file cannot be used.
    """
    named, file = os.environ.get(DATABASE_URL_VARIABLE), os.environ.get(DATABASE_URL_FILE_VARIABLE)
    if named or not file:
        return named or None
    try:
        url = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DatabaseError(f"{DATABASE_URL_FILE_VARIABLE} names {file}, which cannot be read: {error}.") from error
    if not url:
        raise DatabaseError(f"{DATABASE_URL_FILE_VARIABLE} names {file}, which is empty: write the URL into it.")
    return url


@contextmanager
def host_database(
    data_folder: Path | None = None, *, url: str | None = None, progress: Progress = print_progress
) -> Iterator[DatabaseHost]:
    """Give a database for a block: at `url` or where the environment names one, else embedded in `data_folder`.

    The embedded server is started unless another process of this user already runs it there, and stopped again by
    whoever started it.
    """
    external = url or find_database_url()
    if external:
        yield DatabaseHost(external, None, None)
        return
    folder = choose_data_folder(data_folder)
    running = find_running_url(folder)
    if running is not None:
        yield DatabaseHost(running, folder, None)
        return
    with EmbeddedServer(folder, progress=progress) as server:
        yield DatabaseHost(server.url, folder, server)
