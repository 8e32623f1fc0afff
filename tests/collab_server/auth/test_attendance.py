"""Those who are in are kept to what they may: on being told, by the sweep, and not at all while storage fails."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import OperationalError

from collab_server.auth.accounts import Accounts
from collab_server.auth.attendance import Attendance, Recheck, Seat
from collab_server.auth.identity import ENGINE, SIGN_IN, Identity
from collab_server.auth.sessions import Sessions
from collab_server.auth.sharing import Sharing
from collab_server.errors import NotFound
from collab_server.happenings import Happenings
from collab_server.stores.database import Database
from collab_server.stores.documents import DocumentKey
from collab_server.stores.tables import document
from flowroom.protocol import CloseCode, Role
from tests.collab_server.rooms.conftest import eventually

T = TypeVar("T")


@dataclass(eq=False)
class SomeoneIn:
    """A peer that remembers how it was closed."""

    identity: Identity
    can_write: bool = False
    closed_with: CloseCode | None = None
    told: list[Role | None] = field(default_factory=list)

    def close(self, code: CloseCode) -> None:
        self.closed_with = self.closed_with or code

    def tell_role(self) -> None:
        self.told.append(self.identity.role)


class FailingDatabase(Database):
    """A database that answers as long as it is well."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.fails = False
        self.asked = 0

    async def read(self, ask: Callable[[Connection], T]) -> T:
        self.asked += 1
        if self.fails:
            raise OperationalError("SELECT", {}, Exception("the database is gone"))
        return await self._inner.read(ask)

    async def write(self, work: Callable[[Connection], T], *, locks: str = "", alone: bool = False) -> T:
        return await self._inner.write(work, locks=locks, alone=alone)


@dataclass
class Hall:
    """An attendance with what is behind it, and one graph."""

    database: FailingDatabase
    accounts: Accounts
    sharing: Sharing
    attendance: Attendance
    graph: str

    async def bot(self, role: Any = "editor", graphs: tuple[str, ...] = ()) -> Identity:
        """A new API token's identity."""
        return (await self.accounts.create_token("Bot", role, "bot", by=SIGN_IN, graphs=graphs))[1]

    async def came(self, identity: Identity, key: DocumentKey | None = None) -> tuple[SomeoneIn, Seat]:
        """Someone whom the door lets in."""
        admitted = await self.attendance.admit(identity, key or DocumentKey("graph", self.graph))
        assert admitted is not None
        return SomeoneIn(admitted[0]), admitted[1]


async def run_of_nothing(run: str) -> str:
    raise NotFound(f"There is no run {run!r}.")


@pytest.fixture
async def hall(sql: Database) -> Hall:
    failing, graph = FailingDatabase(sql), f"g-{uuid4().hex}"
    row = {"kind": "graph", "id": graph, "created_at": 1.0, "updated_at": 1.0, "visibility": "private"}
    await sql.write(lambda connection: connection.execute(insert(document).values(**row)) and None)
    sessions = Sessions(seconds=3600, idle_seconds=3600)
    accounts = Accounts(failing, sessions, Happenings(), sign_in="open-sesame", service="engine-key")
    sharing = Sharing(failing, sessions, Happenings())
    attendance = Attendance(failing, accounts, sharing, graph_of=run_of_nothing, seconds=0.05)
    return Hall(failing, accounts, sharing, attendance, graph)


async def test_who_lost_a_role_is_closed_and_who_gained_one_may_write(hall: Hall) -> None:
    """ACCESS-10"""
    falls, rises = await hall.bot("editor", (hall.graph,)), await hall.bot("viewer", (hall.graph,))
    (one, its_seat), (other, other_seat) = await hall.came(falls), await hall.came(rises)
    with (
        hall.attendance.seated(one, its_seat, since=hall.attendance.turn),
        hall.attendance.seated(other, other_seat, since=hall.attendance.turn),
    ):
        await hall.sharing.give(hall.graph, falls.id, "viewer", by=SIGN_IN)
        await hall.sharing.give(hall.graph, rises.id, "editor", by=SIGN_IN)
        await hall.attendance.changed(Recheck(graph=hall.graph))

        assert (one.closed_with, other.closed_with) == (CloseCode.NOT_ALLOWED, None)
        assert (other.identity.role, other.can_write) == ("editor", True)
        assert (one.told, other.told) == ([], ["editor"])


async def test_a_change_between_asking_and_sitting_down_is_not_missed(hall: Hall) -> None:
    """ACCESS-10"""
    bot = await hall.bot("editor", (hall.graph,))
    since = hall.attendance.turn
    someone, seat = await hall.came(bot)
    await hall.accounts.revoke_token(bot.id, by=SIGN_IN)
    hall.attendance.dismiss([bot.session])

    async with hall.attendance.kept():
        with hall.attendance.seated(someone, seat, since=since):
            await eventually(lambda: someone.closed_with == CloseCode.NOT_SIGNED_IN)


async def test_the_sweep_finds_what_nobody_told(hall: Hall) -> None:
    """ACCESS-10: a message of another worker that was lost."""
    bot = await hall.bot("editor", (hall.graph,))
    someone, seat = await hall.came(bot)
    async with hall.attendance.kept():
        with hall.attendance.seated(someone, seat, since=hall.attendance.turn):
            await hall.accounts.revoke_token(bot.id, by=SIGN_IN)
            await eventually(lambda: someone.closed_with == CloseCode.NOT_SIGNED_IN)


async def test_while_storage_fails_nobody_is_shut_out_and_afterwards_the_sweep_goes_on(hall: Hall) -> None:
    """ACCESS-10"""
    bot = await hall.bot("editor", (hall.graph,))
    someone, seat = await hall.came(bot)
    async with hall.attendance.kept():
        with hall.attendance.seated(someone, seat, since=hall.attendance.turn):
            hall.database.fails = True
            asked = hall.database.asked
            await eventually(lambda: hall.database.asked > asked + 2)
            assert someone.closed_with is None

            await hall.accounts.revoke_token(bot.id, by=SIGN_IN)
            hall.database.fails = False
            await eventually(lambda: someone.closed_with == CloseCode.NOT_SIGNED_IN)


async def test_one_sweep_is_one_question_however_many_are_in(hall: Hall) -> None:
    """ACCESS-10"""
    bots = [await hall.bot("viewer", (hall.graph,)) for _ in range(5)]
    came = [await hall.came(bot) for bot in bots]
    asked = hall.database.asked
    with ExitStack() as stack:
        for someone, seat in came:
            stack.enter_context(hall.attendance.seated(someone, seat, since=hall.attendance.turn))
        await hall.attendance.recheck(Recheck())

    assert hall.database.asked == asked + 1


async def test_those_who_are_not_concerned_are_not_looked_up(hall: Hall) -> None:
    """ACCESS-10"""
    bot = await hall.bot("viewer", (hall.graph,))
    someone, seat = await hall.came(bot)
    with hall.attendance.seated(someone, seat, since=hall.attendance.turn):
        asked = hall.database.asked
        await hall.attendance.recheck(Recheck(people=("somebody else",)))
        await hall.attendance.recheck(Recheck(sessions=("another",)))
        await hall.attendance.recheck(Recheck(people=(bot.id,), graph="another"))

    assert hall.database.asked == asked


async def test_the_other_workers_are_told_whom_to_look_up(hall: Hall) -> None:
    """ACCESS-10"""
    told: list[Recheck] = []
    hall.attendance.spread = told.append

    await hall.attendance.changed(Recheck(people=("ada",)))
    hall.attendance.dismiss(["s-1", None])
    hall.attendance.dismiss([None])
    await hall.attendance.recheck(Recheck(graph="g"))

    assert told == [Recheck(people=("ada",)), Recheck(sessions=("s-1",))]


async def test_what_another_worker_says_is_looked_up_here(hall: Hall) -> None:
    """ACCESS-10"""
    bot = await hall.bot("editor", (hall.graph,))
    someone, seat = await hall.came(bot)
    with hall.attendance.seated(someone, seat, since=hall.attendance.turn):
        await hall.accounts.revoke_token(bot.id, by=SIGN_IN)
        hall.attendance.heard(Recheck(people=(bot.id,), graph=hall.graph))
        await eventually(lambda: someone.closed_with == CloseCode.NOT_SIGNED_IN)


async def test_the_engine_is_let_in_everywhere_and_never_looked_up(hall: Hall) -> None:
    """ACCESS-9"""
    someone, seat = await hall.came(ENGINE, DocumentKey("run", "r"))
    with hall.attendance.seated(someone, seat, since=hall.attendance.turn):
        await hall.attendance.recheck(Recheck())

    assert someone.closed_with is None
    assert await hall.attendance.admit(SIGN_IN, DocumentKey("run", "never was")) is None


async def test_whose_graph_is_deleted_meanwhile_is_told_so(hall: Hall) -> None:
    """ROOM-22"""
    someone, seat = await hall.came(SIGN_IN)
    gone = document.update().where(document.c.id == hall.graph).values(deleted_at=1.0)
    await hall.database.write(lambda connection: connection.execute(gone) and None)
    with hall.attendance.seated(someone, seat, since=hall.attendance.turn):
        await hall.attendance.recheck(Recheck())

    assert someone.closed_with == CloseCode.NO_SUCH_DOCUMENT
