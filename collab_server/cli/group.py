"""All commands together: what goes wrong in any of them, and none can mend, is told in a sentence here."""

import errno
import io
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from collab_server.cli.common import fail

NOT_WRITTEN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""How a disk refuses what is written to it."""


class Commands(TyperGroup):
    """The commands. A letter that the output has no place for is written as its number."""

    def invoke(self, ctx: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except UnicodeEncodeError as error:
            odd = [word for word in sys.argv if word != word.encode(errors="ignore").decode()]
            if not odd:
                raise
            raise typer.BadParameter(f"{odd[0]!a} is no text: it has bytes that are not UTF-8.") from error
        except OSError as error:
            why = error.strerror or str(error)
            if error.filename is not None:
                fail(f"{error.filename} can't be used: {why}.", "--json" in sys.argv)
            if error.errno not in NOT_WRITTEN:
                raise
            _leave(sys.stdout)
            sys.stderr.write(f"The output can't be written: {why}.\n")
            raise typer.Exit(1) from error


def _leave(stream: Any) -> None:
    """Let what is still in the stream go nowhere: the interpreter would try to write it once more as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
