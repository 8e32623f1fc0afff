"""One database as the server's parts ask it: questions in a thread, works through the one that writes."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from flowroom import sql
from flowroom.writer import Writer

T = TypeVar("T")
Also = Callable[[Connection], None]
"""What is done in the transaction of something else, after it: that it was done is noted."""


def nothing(_: Connection) -> None:
    """What else is done where nothing is to be noted."""


class Database:
    """An engine and its writer."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer

    async def read(self, ask: Callable[[Connection], T]) -> T:
        """The answer to a question, asked in a thread."""
        return await sql.ask(self._engine, ask)

    async def write(self, work: Callable[[Connection], T], *, locks: str = "", alone: bool = False) -> T:
        """The result of a work, once it is durable. It may be run twice: see flowroom.writer.Writer. One that notes
        what it does is `alone`, since the list of what was done has one lock for all servers.
        """
        return await self._writer.write(work, locks=locks, alone=alone)
