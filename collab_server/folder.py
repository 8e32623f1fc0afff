"""The data folder as one server's own: a lock that ends with the process, a note of where that server listens, and
nothing in it that others on the machine may read.

The lock is the kernel's (flock), so that a killed server leaves none behind; the note `server.json` is only believed
while the lock is held. It holds the sign-in token, so only the folder's owner can read it.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from flowroom.errors import CantStart

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there two servers on one folder are not noticed
    fcntl = None  # type: ignore[assignment]

LOOKING = 0 if fcntl is None else fcntl.LOCK_SH | fcntl.LOCK_NB
"""How whoever looks whether a server runs takes the lock, for a moment: any number may at once."""
LOOK_SECONDS = 0.5
"""Longer than such a moment: what a server that starts waits for the lock before it believes that another has it."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that has a data folder open."""

    pid: int
    url: str
    token: str

    @property
    def address(self) -> str:
        """What a person opens: the page, signed in."""
        return f"{self.url}/?token={self.token}"


class FolderUnusable(CantStart):
    """The data folder can't be made, or can't be written."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"The data folder {folder} can't be used: {error.strerror or error}. It has to be a folder that this user "
            "may write to; choose another with --data."
        )
        self.folder = folder


class FolderTaken(CantStart):
    """Another server has the data folder open."""

    def __init__(self, folder: Path, server: RunningServer | None) -> None:
        where = f"at {server.url} (process {server.pid})" if server else "but has not started listening yet"
        super().__init__(
            f"The data folder {folder} is open already: a server runs {where}. Use that one, end it, or choose "
            "another folder with --data."
        )
        self.folder = folder
        self.server = server


OURS_ALONE = 0o077
"""The umask of what serves or runs graphs: they, who may sign in, and what was said lie in the files that it makes."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; what is made meanwhile, by its children too, nobody else on the machine may
    read. Raises FolderTaken or FolderUnusable.
    """
    before = os.umask(OURS_ALONE)
    try:
        with _held(folder):
            yield
    finally:
        os.umask(before)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FolderUnusable(folder, error) from error
    try:
        if fcntl is not None:
            try:
                _lock(descriptor)
            except BlockingIOError:
                raise FolderTaken(folder, _noted(folder)) from None
        _forget(folder)  # a killed server's note would be believed from now on
        try:
            yield
        finally:
            _forget(folder)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Take the lock for this process. Raises BlockingIOError when another keeps it."""
    deadline = time.monotonic() + LOOK_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.01)


def is_new(folder: Path) -> bool:
    """Whether nothing is kept in it yet."""
    try:
        return not any(folder.iterdir())
    except FileNotFoundError:
        return True
    except OSError:  # whoever opens it says what is wrong with it
        return False


def note(folder: Path, server: RunningServer) -> None:
    """Say where the server of this folder listens; whole or not at all, for whoever reads it meanwhile."""
    draft = folder / ".server.json"
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(server), file)
    draft.replace(folder / "server.json")


def _forget(folder: Path) -> None:
    with suppress(FileNotFoundError):
        (folder / "server.json").unlink()


def running(folder: Path) -> RunningServer | None:
    """The server that has this folder open and listens, if any."""
    if fcntl is None:
        return _noted(folder)
    try:
        descriptor = os.open(folder / "server.lock", os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, LOOKING)
    except BlockingIOError:
        return _noted(folder)
    else:
        return None
    finally:
        os.close(descriptor)


def _noted(folder: Path) -> RunningServer | None:
    try:
        return RunningServer(**json.loads((folder / "server.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
