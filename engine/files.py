"""The files that nodes may read, and nothing beside them: those that came with their graph, and a shared folder.

Every path is followed to its end, symbolic links included, before it is compared with the folder. A prefix test on
the text, as Phase 1 had it, would let `root-x` pass for `root` and a link point anywhere.
"""

import asyncio
import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from engine.context import FileInfo, Files
from engine.nodes.errors import FileProblem, Refused
from flowroom.errors import shortened
from flowroom.files.places import is_withheld

READ_LIMIT_BYTES = 100 * 2**20
MAX_NAMES = 100_000
ELSEWHERE = frozenset({"not_found", "dir_not_found", "path_outside_repo_root"})
"""What a folder says when another may have what it was asked for."""


class FilesFolder:
    """Reads inside one folder. Problems are FileProblem with the `code` that Phase 1 gave them."""

    def __init__(self, root: Path | None, *, data: Path | None = None) -> None:
        """Nothing of the `data` folder is read but its `files`, wherever links of the root lead."""
        self._root = root
        self._data = data

    async def stat(self, path: str) -> FileInfo:
        """Facts about one file."""
        return await asyncio.to_thread(self._stat, path)

    async def read(self, path: str, *, limit: int | None = None) -> bytes:
        """The bytes of a file; more than `limit` of them are a FileProblem `too_large`."""
        return await asyncio.to_thread(self._read, path, READ_LIMIT_BYTES if limit is None else limit)

    async def names(self, folder: str) -> list[str]:
        """The names of the files directly in a folder, sorted without regard to case."""
        return await asyncio.to_thread(self._names, folder)

    def _stat(self, path: str) -> FileInfo:
        facts = _facts(self._inside(path), path)
        if not stat.S_ISREG(facts.st_mode):
            raise FileProblem(f"{shortened(path)!r} is no file; choose a file in the files folder.", code="not_a_file")
        return FileInfo(path=clean(path), size=facts.st_size, modified=facts.st_mtime)

    def _read(self, path: str, limit: int) -> bytes:
        self._stat(path)
        # O_NOFOLLOW: the path is resolved, so a link here was put in its place a moment ago.
        descriptor = os.open(self._inside(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise FileProblem(
                f"{shortened(path)!r} has more than {limit} bytes; raise the limit of this node to read it.",
                code="too_large",
            )
        return content

    def _names(self, folder: str) -> list[str]:
        place = self._inside(folder)
        try:
            with os.scandir(place) as entries:
                names = [entry.name for entry in entries if entry.is_file()]
        except OSError as error:
            raise _no_folder(folder, error, is_root=place == self._inside(".")) from error
        return _sorted(names[:MAX_NAMES])

    def _inside(self, path: str) -> Path:
        if self._root is None:
            raise Refused("This server has no files folder; an admin sets one with FLOWROOM_FILES.")
        root = self._root.resolve()
        try:
            place = (root / path.replace("\\", "/")).resolve()
        except (ValueError, OSError, RuntimeError) as error:
            raise FileProblem(f"There is no file {shortened(path)!r} in the files folder.", code="not_found") from error
        if not place.is_relative_to(root) or (self._data is not None and is_withheld(place, self._data)):
            raise FileProblem(f"{shortened(path)!r} is outside the files folder.", code="path_outside_repo_root")
        return place


class FilesOfGraph:
    """What the nodes of one graph read: the files that came with it, and behind them those that all graphs share.

    The two are one folder to a node, in which a file of the graph hides a shared one of the same path.
    """

    def __init__(self, own: Files, shared: Files) -> None:
        self._own = own
        self._shared = shared

    async def stat(self, path: str) -> FileInfo:
        """Facts about one file."""
        try:
            return await self._own.stat(path)
        except FileProblem as problem:
            _require_elsewhere(problem)
        return await self._shared.stat(path)

    async def read(self, path: str, *, limit: int | None = None) -> bytes:
        """The bytes of a file; more than `limit` of them are a FileProblem `too_large`."""
        try:
            return await self._own.read(path, limit=limit)
        except FileProblem as problem:
            _require_elsewhere(problem)
        return await self._shared.read(path, limit=limit)

    async def names(self, folder: str) -> list[str]:
        """The names of the files directly in a folder, wherever they lie."""
        try:
            own = await self._own.names(folder)
        except FileProblem as problem:
            _require_elsewhere(problem)
            return await self._shared.names(folder)
        try:
            return _sorted({*own, *await self._shared.names(folder)})
        except (FileProblem, Refused):  # there is no such folder among the shared files, or none at all
            return own


def _require_elsewhere(problem: FileProblem) -> None:
    """Raise a problem again that no other folder can solve."""
    if problem.facts.get("code") not in ELSEWHERE:
        raise problem


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name.casefold(), name))


def clean(path: str) -> str:
    """A path as people read it: `/` between parts, no `./`."""
    return os.path.normpath(path.replace("\\", "/")).replace(os.sep, "/")


def _facts(place: Path, path: str) -> os.stat_result:
    try:
        return place.stat()
    except OSError as error:
        missing = error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
        what = "There is no file" if missing else "This server may not read the file"
        code = "not_found" if missing else "not_readable"
        raise FileProblem(f"{what} {shortened(path)!r} in the files folder.", code=code) from error


def _no_folder(folder: str, error: OSError, *, is_root: bool) -> FileProblem:
    named = repr(shortened(folder))
    match error.errno:
        case errno.ENOTDIR:
            return FileProblem(f"{named} is no folder.", code="not_a_directory")
        case errno.ENOENT | errno.ENAMETOOLONG if is_root:
            return FileProblem("The files folder is not there yet: nothing was put into it.", code="dir_not_found")
        case errno.ENOENT | errno.ENAMETOOLONG:
            return FileProblem(f"There is no folder {named} in the files folder.", code="dir_not_found")
        case _:
            return FileProblem(f"This server may not read the folder {named}.", code="not_readable")
