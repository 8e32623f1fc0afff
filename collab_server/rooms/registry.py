"""The open rooms of this process: opened once, kept while anyone is in them, and put away a while after.

A room is entered by a socket (`serve`) or by the server itself (`opened`). Both count as using it. While a room is
open, what other workers say of its document is handed to it (`_heard`); what it does with that is in following.py.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import structlog
from pycrdt import Channel, Doc
from pycrdt.websocket import WebsocketServer

from collab_server import metrics
from collab_server.auth.identity import Identity
from collab_server.errors import NotReady
from collab_server.fanout.memory import MemoryFanout
from collab_server.fanout.port import (
    Asked,
    Close,
    EpochChanged,
    Fanout,
    Gone,
    Introduced,
    LogLevelSet,
    Message,
    Noticed,
    OfDocument,
    Present,
    Recheck,
    TrafficAsked,
    TrafficTold,
)
from collab_server.logging import logger
from collab_server.rooms.ledger import DiscussionLedger, DocumentLedger, Fill, Ledger, RunLedger
from collab_server.rooms.memory import estimated
from collab_server.rooms.peer import Peer
from collab_server.rooms.room import MakeDoc, Room
from collab_server.rooms.rounds import Rounds
from collab_server.rooms.states import Ended, ReadOnly
from collab_server.rooms.tasks import Tasks
from collab_server.rooms.upkeep import Turns
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.rooms.wall import Wall
from collab_server.settings import Settings
from collab_server.stores.documents import DocumentExists, DocumentKey, Documents, NoSuchDocument, Summary
from flowroom import tracing
from flowroom.model import Meta
from flowroom.protocol import CloseCode

log = logger("rooms")


@dataclass(slots=True)
class Use:
    """How many are in a room, and when it is put away if nobody comes."""

    room: Room
    users: int = 0
    eviction: asyncio.TimerHandle | None = None
    left_at: float = field(default_factory=time.monotonic)


class Rooms(WebsocketServer):
    """All open documents. Runs as an async context manager."""

    rooms: dict[str, Room]  # type: ignore[assignment]  # YRooms upstream; every one of ours is a Room

    def __init__(
        self,
        documents: Documents,
        settings: Settings,
        *,
        fill: Fill,
        fanout: Fanout | None = None,
        make_doc: MakeDoc = Doc,
    ) -> None:
        """Rooms of `documents`; `fill` gives the view of a run, or raises NotFound."""
        super().__init__(auto_clean_rooms=False)
        self.documents = documents
        self.settings = settings
        self._fill = fill
        self.fanout: Fanout = fanout or MemoryFanout()
        self.worker = self.fanout.worker
        self.recheck: Callable[[Recheck], None] = lambda _what: None
        """What is done when another worker says that rights have changed: whoever knows roles sets it."""
        self._listening: AbstractContextManager[None] | None = None
        self._make_doc = make_doc
        self._pool = WalkerPool()
        self._turns = Turns()
        self._tasks = Tasks("rooms")
        self._wall = Wall(documents.now)
        self._rounds = Rounds(documents, self.fanout, self.rooms, self._wall, seconds=settings.compare_seconds)
        self._uses: dict[str, Use] = {}
        self._draining = False

    async def __aenter__(self) -> "Rooms":
        await super().__aenter__()
        self._listening = self.fanout.listen(self._heard, self._rounds.tuned)
        self._listening.__enter__()
        await self._rounds.look_at_the_wall()
        self._tasks.start(self._rounds.beat)
        self._tasks.start(self._rounds.compare)
        return self

    async def __aexit__(self, *error: Any) -> Any:
        await self.drain()
        if self._listening is not None:
            self._listening.__exit__(None, None, None)
        await self._tasks.wait_closed()
        await self._pool.__aexit__(None, None, None)
        return await super().__aexit__(*error)  # type: ignore[no-untyped-call]

    @property
    def pool(self) -> WalkerPool:
        """Where large updates are looked into, for whoever has some from elsewhere."""
        return self._pool

    # Entering

    @asynccontextmanager
    async def opened(self, key: DocumentKey) -> AsyncIterator[Room]:
        """A document for the server's own use, with all in it that any worker has stored. Raises NoSuchDocument, or
        NotReady when it can't be loaded.
        """
        is_new = key.name not in self._uses
        with self._using(key) as room:
            await room.ready_event.wait()
            if not is_new:
                await self._rounds.catch_up(room)
            match room.state:
                case Ended(CloseCode.NO_SUCH_DOCUMENT):
                    raise NoSuchDocument(key)
                case Ended():
                    raise NotReady("This document can't be opened just now; try again in a moment.")
            yield room

    async def serve(self, websocket: Channel, key: DocumentKey | None = None, identity: Identity | None = None) -> None:
        """Serve a peer in the room of a document until it leaves; closes it with a code if that can't be."""
        peer = websocket
        assert isinstance(peer, Peer) and key is not None and identity is not None
        peer.can_write = may_write(key, identity)
        with peer.scope:
            try:
                with self._using(key) as room:
                    await room.serve(peer)
            except NotReady as error:
                peer.close(CloseCode.SERVICE_RESTART if self._draining else CloseCode.TRY_LATER, str(error))
        if peer.closing is not None:
            await peer.say_goodbye()
            metrics.CLOSES.labels(str(int(peer.closing))).inc()
            log.info("peer closed", room=key.name, user=identity.id, code=int(peer.closing))

    async def create(self, key: DocumentKey, *, owner: str) -> None:
        """Begin an empty document, unless there is one; who joins one that is there doesn't wait for a commit."""
        if await self.documents.exists(key):
            return
        try:
            await self.documents.create(key, owner=owner, summary=Summary(title=Meta().title))
        except DocumentExists:
            return

    # Leaving

    def close(self, key: DocumentKey, code: CloseCode) -> None:
        """Close the room of a document for everyone in it, on every worker."""
        self.fanout.publish(Close(self.worker, key, code))

    def restored(self, key: DocumentKey, epoch: int) -> None:
        """A document is another now: whoever has an older epoch of it open, on any worker, is sent away with 4409."""
        self.fanout.publish(EpochChanged(self.worker, key, epoch))

    async def drain(self) -> None:
        """Tell every peer to connect again elsewhere, store what is not stored, and open nothing any more.

        Ends within `shutdown_seconds`, whatever peers and storage do.
        """
        self._draining = True
        with anyio.move_on_after(self.settings.shutdown_seconds * 0.8, shield=True) as scope:
            async with anyio.create_task_group() as closing:
                for use in tuple(self._uses.values()):
                    closing.start_soon(self._put_away, use, CloseCode.SERVICE_RESTART)
        if scope.cancelled_caught:
            log.error("edits could not be stored in time", rooms=list(self._uses))
        for use in tuple(self._uses.values()):
            await use.room.stop()
        self.fanout.publish(Gone(self.worker))

    # What is said of them

    @property
    def memory(self) -> int:
        """About how many bytes of memory the open documents take."""
        return estimated(use.room.ledger for use in self._uses.values())

    @property
    def read_only(self) -> list[str]:
        """Names of rooms whose edits can't be stored just now."""
        return [name for name, use in self._uses.items() if isinstance(use.room.state, ReadOnly)]

    # What it is made of

    def _using(self, key: DocumentKey) -> "_Using":
        return _Using(self, key)

    def enter(self, key: DocumentKey) -> Use:
        """Count one more user of a room, which is opened if it isn't: nothing is awaited, so it is opened once."""
        use = self._uses.get(key.name)
        if use is None or isinstance(use.room.state, Ended):
            use = self._open(key)
        if use.eviction is not None:
            use.eviction.cancel()
            use.eviction = None
        use.users += 1
        return use

    def leave(self, use: Use) -> None:
        """Count one user less; the last one's leaving starts the room's time."""
        use.users -= 1
        use.left_at = time.monotonic()
        if use.users == 0:
            self._evict_later(use)

    def _evict_later(self, use: Use) -> None:
        if use.eviction is not None:
            use.eviction.cancel()
        if not self._draining:
            later = asyncio.get_running_loop().call_later
            use.eviction = later(self.settings.evict_seconds, self._tasks.start, self._evict, use)

    def _open(self, key: DocumentKey) -> Use:
        if self._draining or self._task_group is None:
            raise NotReady("The server is shutting down; connect again in a moment.")
        self._make_place()
        ledger = self._ledger(key)
        room = Room(
            key,
            ledger,
            self.settings,
            pool=self._pool,
            turns=self._turns,
            make_doc=self._make_doc,
            fanout=self.fanout,
            wall=self._wall,
        )
        use = self._uses[key.name] = Use(room)
        self.rooms[key.name] = room
        self.fanout.follow(key)
        self._tasks.start(self._run, use)
        metrics.ROOMS.labels(key.kind).inc()
        return use

    def _make_place(self) -> None:
        """Put away the rooms that were left longest ago, until one more may be open. Raises NotReady."""
        rooms, memory = len(self._uses) + 1 - self.settings.max_open_rooms, self.memory
        most = self.settings.max_documents_memory
        metrics.DOCUMENTS_MEMORY.set(memory)
        if rooms <= 0 and memory < most:
            return
        for use in sorted((use for use in self._uses.values() if use.users == 0), key=lambda use: use.left_at):
            self._tasks.start(self._evict, use)
            rooms, memory = rooms - 1, memory - estimated([use.room.ledger])
            if rooms <= 0 and memory < most:
                return
        what = "Too many documents are open" if rooms > 0 else "The open documents take all the memory they may have"
        raise NotReady(f"{what} just now; try again in a moment.")

    def _ledger(self, key: DocumentKey) -> Ledger:
        match key.kind:
            case "graph":
                return DocumentLedger(self.documents, key)
            case "discussion":
                return DiscussionLedger(self.documents, key)
            case "run":
                return RunLedger(key, self._fill)

    async def _run(self, use: Use) -> None:
        room = use.room
        tracing.current.set(None)  # a room is there for all who come, and not only for the one it was opened for
        structlog.contextvars.clear_contextvars()
        try:
            await room.start()
        except Exception as error:  # a defect; it may not take the other rooms with it
            log.exception("room failed", room=room.key.name, error=repr(error))
        finally:
            await room.stop()
            if self._uses.get(room.key.name) is use:
                del self._uses[room.key.name], self.rooms[room.key.name]
                self.fanout.unfollow(room.key)
            metrics.ROOMS.labels(room.key.kind).dec()

    async def _evict(self, use: Use) -> None:
        """Put a room away, unless someone came meanwhile, or it holds what can't be stored just now."""
        room = use.room
        if use.users == 0 and not isinstance(room.state, Ended):
            try:
                await room.upkeep.finish()
                if use.users == 0 and room.committer.is_settled:
                    await self._put_away(use, CloseCode.TRY_LATER)
            except Exception as error:  # whatever it is, the room is not left open for good
                log.error("room not put away", room=room.key.name, error=repr(error), exc_info=error)
            if use.users == 0 and not isinstance(room.state, Ended):
                self._evict_later(use)

    async def _put_away(self, use: Use, code: CloseCode) -> None:
        try:
            await use.room.close(code)
        except NotReady as error:
            log.error("edits not stored", room=use.room.key.name, error=str(error))
        await use.room.stop()

    # Other workers

    def _heard(self, message: Message) -> None:
        match message:
            case Close(key=key, code=code):
                if (use := self._uses.get(key.name)) is not None:
                    self._tasks.start(self._put_away, use, code)
            case Recheck(worker=worker):
                if worker != self.worker:
                    self.recheck(message)
            case Gone(worker=worker):
                for room in tuple(self.rooms.values()):
                    room.crowd.gone(worker)
            case Noticed() | LogLevelSet() | TrafficAsked() | TrafficTold():
                pass  # no room's business: see inbox.py and deployment.py
            case _ if message.worker != self.worker or isinstance(message, EpochChanged):
                if (use := self._uses.get(message.key.name)) is not None:
                    _tell(use.room, message)


def _tell(room: Room, message: OfDocument) -> None:
    """Hand a room what another worker says of its document or of the people in it."""
    match message:
        case Present() | Introduced():
            room.crowd.hear(message)
        case Asked():
            room.crowd.beat()
            room.following.hear(message)
        case Close():
            pass
        case _:
            room.following.hear(message)


class _Using:
    """Being in a room, as a context."""

    def __init__(self, rooms: Rooms, key: DocumentKey) -> None:
        self._rooms, self._key = rooms, key

    def __enter__(self) -> Room:
        self._use = self._rooms.enter(self._key)
        return self._use.room

    def __exit__(self, *error: object) -> None:
        self._rooms.leave(self._use)


def may_write(key: DocumentKey, identity: Identity) -> bool:
    """Who may edit which kind of document over a socket."""
    match key.kind:
        case "graph":
            return identity.may("editor")
        case "run":
            return identity.kind == "engine"
        case "discussion":
            return False
