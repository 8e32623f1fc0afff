"""One open document and the peers editing it.

A room owns the Yjs document while anyone is in it. An edit goes: frame, guard, gate, engine, batch, disk, and only
then to the peers, its sender included: the echo says that it is durable. Whatever a peer is sent, a joiner's first
state too, waits for the commit of what is in it (answers.py). The room knows nothing of HTTP, of user names or of runs:
see registry.py, auth/ and runs.py. What it does when nobody waits (snapshots, summaries, dangling edges) is in
upkeep.py, what it does when the engine failed in repair.py, and how it follows other workers in following.py.

    Loading ──▶ Live ◀──▶ ReadOnly     storage fails; tried again until it does not
                 ▲  ╲
                 │   ▶ Rebuilding      the engine failed: loaded anew from the log
                 ╰──────╯
    any ──▶ Ended                      with the code its peers are closed with

The rules are ROOM-1 to ROOM-29 in docs/spec.md.
"""

import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from anyio.abc import TaskStatus
from pycrdt import Channel, Doc
from pycrdt.websocket import YRoom

from collab_server import metrics
from collab_server.auth.identity import Identity
from collab_server.errors import NotFound, NotReady
from collab_server.fanout.memory import MemoryFanout
from collab_server.fanout.port import Fanout
from collab_server.logging import logger
from collab_server.rooms import commits, frames
from collab_server.rooms.answers import Answers
from collab_server.rooms.batch import Author, Batch
from collab_server.rooms.budget import SMALL_EDIT_BYTES, Budget
from collab_server.rooms.committer import Committer
from collab_server.rooms.crowd import Crowd
from collab_server.rooms.durable_view import DurableView
from collab_server.rooms.following import Following
from collab_server.rooms.gate import Gate
from collab_server.rooms.intake import Intake
from collab_server.rooms.ledger import Ledger
from collab_server.rooms.live_document import LiveDocument
from collab_server.rooms.mirroring import Mirroring
from collab_server.rooms.peer import Peer, PeerClosed
from collab_server.rooms.places import makes_place
from collab_server.rooms.repair import Repair
from collab_server.rooms.states import Ended, Live, Loading, ReadOnly, State
from collab_server.rooms.tasks import Tasks
from collab_server.rooms.upkeep import Turns, Upkeep
from collab_server.rooms.walker_pool import WalkerPool
from collab_server.settings import Settings
from collab_server.stores.documents import DocumentKey, EpochChanged, NoSuchDocument
from flowroom.model import Graph
from flowroom.protocol import CloseCode
from flowroom.ydoc import GraphDocument

log = logger("rooms")
T = TypeVar("T")
MakeDoc = Callable[[], Doc[Any]]


class Room(YRoom):
    """A document in memory. Runs by `start`, which ends when the room has."""

    clients: set[Peer]  # type: ignore[assignment]  # a set of Channel upstream; every one of ours is a Peer

    def __init__(
        self,
        key: DocumentKey,
        ledger: Ledger,
        settings: Settings,
        *,
        pool: WalkerPool,
        turns: Turns,
        make_doc: MakeDoc = Doc,
        fanout: Fanout | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """A room that is still to be loaded. `fanout` is what it hears of other workers by, if there may be any, and
        `wall` tells the seconds since 1970, as it does for all of them.
        """
        super().__init__(ready=False, ydoc=make_doc())
        self.key, self.ledger, self.settings = key, ledger, settings
        self.state: State = Loading()
        fanout = fanout or MemoryFanout()
        self.crowd = Crowd(key, self.clients, fanout, limit=settings.max_presence_bytes, wall=wall)
        self.committer = Committer(
            ledger, stored=self._release, failing=self._turn_read_only, max_seconds=settings.max_commit_seconds
        )
        self.view = DurableView(ledger, self.committer, spawn=self.spawn)
        self.live: LiveDocument | None = None
        self.log_ids = log.bind(room=key.name)
        self.pool = pool
        self._tasks = Tasks(key.name)
        self._make_doc = make_doc
        self.budget = Budget(settings, lambda: ledger.size)
        self.upkeep = Upkeep(self, turns)
        self.repair = Repair(self)
        self.answers = Answers(self)
        self.intake = Intake(self)
        self.following = Mirroring(self, fanout) if key.kind == "run" else Following(self, fanout)

    # Life

    async def _start(self, task_status: TaskStatus[None]) -> None:
        """What YRoom runs in its task group: load, then store and fan out until stopped."""
        task_status.started()
        self.started.set()
        assert self._task_group is not None
        self._task_group.start_soon(self._run)

    async def _run(self) -> None:
        try:
            self.open(*await self.load())
            await self.following.begin()
        except Exception as error:  # whatever it is, joiners must hear of it
            self.log_ids.warning("room not loaded", error=repr(error))
            self.end(CloseCode.NO_SUCH_DOCUMENT if isinstance(error, NotFound) else CloseCode.NOT_READY)
            return
        self.become(Live())
        self.ready = True
        self.spawn(self.upkeep.run)
        self.spawn(self.following.run)
        self.following.wake()
        await self._store()

    async def stop(self) -> None:
        """End the room's tasks, and forget the document; see `close` for the polite way."""
        self.end(CloseCode.NOT_READY)
        await self._tasks.wait_closed()
        self._let_go()
        # A room and its parts are a circle, which is there until Python next looks for those; a document is large.
        self.ydoc = Doc()
        self.view.close()
        self.ledger.close()

    async def close(self, code: CloseCode) -> None:
        """Close every peer with a code, and store what is not yet stored, if that can be done."""
        for peer in tuple(self.clients):
            peer.close(code)
        await self.committer.settled()
        self.end(code)

    def end(self, code: CloseCode) -> None:
        """Close every peer with a code, and run no more."""
        self.become(Ended(code))
        for peer in tuple(self.clients):
            peer.close(code)
        self.committer.give_up("The room was closed before the edit was stored.")
        self.crowd.close()
        self.ready = True
        self._tasks.close()
        if self._task_group is not None:
            self._task_group.cancel_scope.cancel()

    @property
    def is_live(self) -> bool:
        """Whether edits are taken."""
        return isinstance(self.state, Live)

    def become(self, state: State) -> None:
        """Be something else; an end is for good."""
        if isinstance(self.state, Ended):
            return
        metrics.READ_ONLY_ROOMS.inc(isinstance(state, ReadOnly) - isinstance(self.state, ReadOnly))
        self.state = state

    async def load(self, *, wary: bool = False) -> tuple[Doc[Any], Gate]:
        """A new document with what is on disk, and its gate; `wary` as for `replay`."""
        doc = self._make_doc()
        return doc, await self.ledger.fill(doc, self.pool, wary=wary)

    def open(self, doc: Doc[Any], gate: Gate) -> None:
        """Use a loaded document from now on."""
        self._let_go()
        self.ydoc = doc
        self.live = LiveDocument(doc, gate, self.committer, changed=self.view.changed)
        self.view.open(doc, gate.clocks)

    def _let_go(self) -> None:
        if self.live is not None:
            self.live.close()
            self.live = None

    def spawn(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Run a task that ends with the room."""
        self._tasks.start(work, *args)

    def send_server_awareness(self, type: str, changes: Any) -> None:
        """Nothing: the server is nobody's neighbour; presence is in awareness.py."""

    # Peers

    async def serve(self, channel: Channel) -> None:
        """Serve a peer until it leaves or breaks a rule; a peer that fails leaves alone."""
        assert isinstance(channel, Peer)
        await self.ready_event.wait()
        try:
            self._join(channel)
            await channel.listen(self.intake.take)
        except Exception as error:  # whatever it is, it is this peer's
            self.intake.turn_away(channel, error)
        finally:
            self._leave(channel)

    def _join(self, peer: Peer) -> None:
        if isinstance(self.state, Ended):
            raise PeerClosed(self.state.code)
        if peer.epoch not in (None, self.ledger.epoch):
            raise PeerClosed(CloseCode.EPOCH_CHANGED)
        if len(self.clients) >= self.settings.max_peers_per_room:
            self._make_place(peer)
        peer.attach(self)
        self.clients.add(peer)
        metrics.PEERS.inc()
        peer.push(frames.epoch(self.ledger.epoch))
        if peer.can_write:
            self.answers.ask(peer)
        if isinstance(self.state, ReadOnly):
            peer.push(frames.notice(ReadOnly.NOTICE))
        self.budget.greet(peer)
        self.crowd.introduce(peer)

    def _make_place(self, comer: Peer) -> None:
        leaver = makes_place(self.clients, comer)
        if leaver is None:
            raise PeerClosed(CloseCode.TRY_LATER)
        leaver.close(CloseCode.TRY_LATER)
        self._leave(leaver)

    def _leave(self, peer: Peer) -> None:
        if peer in self.clients:
            self.clients.remove(peer)
            self.budget.forget(peer)
            metrics.PEERS.dec()
            self.crowd.leave(peer)
            self.upkeep.weigh()  # it may have been full for this peer only

    def revive(self) -> None:
        """Take edits again, and ask for those that were ignored meanwhile."""
        self.become(Live())
        self.following.wake()
        for peer in self.clients:
            if peer.owes:
                self.answers.ask(peer)

    # Edits of the server

    async def edit(
        self,
        change: Callable[[GraphDocument], T],
        *,
        by: Identity | None,
        origin: str,
        adds: int = SMALL_EDIT_BYTES,
        listed: bool = True,
    ) -> T:
        """Change the graph as the server, as `write` does; if wanted, returns only once lists show it."""
        result = await self.write(lambda _doc: change(self.document.graph), by=by, origin=origin, adds=adds)
        if listed:
            await self.upkeep.show()
        return result

    async def write(
        self, change: Callable[[Doc[Any]], T], *, by: Identity | None, origin: str, adds: int = SMALL_EDIT_BYTES
    ) -> T:
        """Change the document, of whatever kind, as the server; returns once that is durable. What `change` did before
        it raised is kept, as a peer's half-done gesture would be. Raises TooLarge when there is no room for what it
        adds, about; and NotReady while edits can't be stored: what was applied already is stored as soon as they can.
        """
        await self.ready_event.wait()
        if not self.is_live:
            raise NotReady("This document can't be edited just now; try again in a moment.")
        self.budget.require(self.key.kind, adds)
        author = Author(origin, by.id if by else "")
        with self.repair.mending(author):
            result = self.document.change(change, author)
        await self.committer.settled()
        return result

    async def graph(self) -> Graph:
        """The graph as it is now. Raises NewerSchema, EngineFailed."""
        return await self.document.read()

    @property
    def document(self) -> LiveDocument:
        """The document, as the engine has it. Raises NotReady when it is not open any more."""
        if self.live is None:
            raise NotReady("This document is not open any more; try again in a moment.")
        return self.live

    # Storing and telling

    async def _store(self) -> None:
        try:
            await self.committer.run()
        except NoSuchDocument:
            self.end(CloseCode.NO_SUCH_DOCUMENT)
        except EpochChanged:
            self.end(CloseCode.EPOCH_CHANGED)

    def _turn_read_only(self, error: Exception) -> None:
        self.view.give_from_disk()
        if self.is_live:
            self.log_ids.error("room turned read-only", error=repr(error), **commits.named(self.committer.unsettled()))
            self.become(ReadOnly(time.time(), repr(error)))
            self.crowd.tell(frames.notice(ReadOnly.NOTICE))

    def _release(self, batch: Batch) -> float:
        """A batch is durable: send what waited for that. Answers how long the next one should gather."""
        if batch.edits and isinstance(self.state, ReadOnly):
            self.log_ids.warning("room can store again", seconds=round(time.time() - self.state.since, 1))
            self.revive()
        for answer in batch.answers:
            answer.give(answer.whole)
        if batch.edits:
            self.following.stored(self.crowd.tell_edits(batch.edits), batch)
            commits.tell(self.log_ids, self.key.name, batch)
            self.upkeep.touch()
        for echo in batch.echoes:
            echo.peer.push(echo.frame)
        self.view.stored(edit.clocks for edit in batch.edits)
        return self.crowd.pause(len(batch.edits))

    def tell(self, update: bytes) -> None:
        """Tell every peer of what is durable and was not told yet."""
        if update != frames.EMPTY_UPDATE:
            self.crowd.tell_update(frames.update(update))

    # The document's state for one peer

    @property
    def sent_vector(self) -> bytes:
        """The state of the document that every peer was sent, or has waiting."""
        return self.view.vector

    async def catch_up(self, peer: Peer, vector: bytes) -> None:
        """See Attachment.catch_up."""
        await self.answers.catch_up(peer, vector)
