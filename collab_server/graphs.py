"""The graphs of a workspace: made, listed, copied and deleted.

Contents are changed through rooms only, as every other peer does it, so that whoever has a graph open sees it; this
file knows what belongs to it besides: the row that lists it, and the files an import brought along.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, count
from typing import Any, NamedTuple

from anyio import to_thread

from collab_server.auth.identity import Identity
from collab_server.auth.rights import no_such_graph
from collab_server.auth.roles import Visibility
from collab_server.errors import Conflict, InvalidRequest, NotReady
from collab_server.files.attachments import GraphFiles
from collab_server.happenings import Happening, Happenings
from collab_server.rooms.budget import SMALL_EDIT_BYTES, require_room
from collab_server.rooms.gate import Gate
from collab_server.rooms.registry import Rooms
from collab_server.rooms.summary import shown_size, summarise
from collab_server.rooms.walker import Malformed
from collab_server.rooms.walker_pool import Undecided
from collab_server.settings import Settings
from collab_server.stores import documents
from collab_server.stores.database import Also, nothing
from collab_server.stores.documents import DocumentKey, Documents, Entry, NoSuchDocument
from collab_server.stores.graphs import GraphRow, GraphRows
from flowroom.errors import InvalidGraph
from flowroom.files.phase1 import ImportedGraph
from flowroom.model import Graph, Meta, Value
from flowroom.protocol import CloseCode
from flowroom.ydoc import GraphDocument, new_id, seeding

MAX_ID_CHARS = 64
EXAMPLE = "example"
"""The origin of graphs that are there before anybody comes: nobody did that."""
_COPY = re.compile(r" \(copy( \d+)?\)$")


class Summary(Value):
    """What a list shows of a graph. `preview` is {nodes: [[x, y, w, h, type]], edges: [[i, j]]}; times are seconds,
    `size` bytes, and `epoch` is raised by a restore.
    """

    id: str
    title: str
    description: str
    nodes: int
    edges: int
    created_at: float
    updated_at: float
    preview: dict[str, Any]
    size: int
    epoch: int
    visibility: Visibility


class Graphs:
    """All graphs of one workspace."""

    def __init__(
        self,
        rows: GraphRows,
        documents: Documents,
        rooms: Rooms,
        files: GraphFiles,
        happenings: Happenings,
        settings: Settings,
    ) -> None:
        self._happenings = happenings
        self._rows = rows
        self._documents = documents
        self._rooms = rooms
        self._files = files
        self._settings = settings

    async def page(
        self, words: str, cursor: str | None, limit: int, *, seen_by: Identity
    ) -> tuple[list[Summary], str | None]:
        """The caller's graphs that have all the words, the newest edit first, and the cursor of the next page."""
        rows, after = await self._rows.page(words, cursor, limit, seen_by=seen_by)
        return [_summary(row) for row in rows], after

    async def get(self, id: str) -> Summary:
        """One graph. Raises NotFound."""
        row = await self._rows.get(id)
        if row is None:
            raise no_such_graph(id)
        return _summary(row)

    async def require(self, id: str) -> None:
        """Raise NotFound unless there is such a graph."""
        await self.get(id)

    async def exists(self, id: str) -> bool:
        """Whether there is such a graph."""
        return await self._rows.get(id) is not None

    async def content(self, id: str) -> Graph:
        """The whole graph as it is now. Raises NotFound."""
        async with self._rooms.opened(DocumentKey("graph", id)) as room:
            return await room.graph()

    async def files(self, id: str) -> dict[str, bytes]:
        """The files that came with the graph, by relative path."""
        return await to_thread.run_sync(self._files.read, id)

    async def create(
        self,
        graph: Graph | None,
        *,
        title: str | None,
        by: Identity,
        id: str | None = None,
        origin: str = "rest",
        visibility: Visibility = "workspace",
    ) -> Summary:
        """Make a graph, empty or with content. Raises Conflict when the id is taken, InvalidGraph."""
        key = DocumentKey("graph", self._checked(id))
        content = self._titled(graph, title)
        made = Happening("graph.created", by=by, graph=key.id, facts={"title": content.meta.title})
        also = nothing if origin == EXAMPLE else self._noting(made)
        await self._create(key, await self._seed(content), by=by, origin=origin, visibility=visibility, also=also)
        return await self.get(key.id)

    async def _seed(self, content: Graph) -> "_Seed":
        """What an empty document is filled with. Raises TooLarge."""
        seed = await to_thread.run_sync(_seed_of, content)
        require_room("graph", 0, len(seed.update), self._settings.max_document_bytes)
        return seed

    async def _make_with_files(
        self,
        content: Graph,
        bring: Callable[[str], None],
        *,
        by: Identity,
        origin: str,
        visibility: Visibility = "workspace",
        told: str,
        facts: Mapping[str, str],
    ) -> Summary:
        """Make a graph, once `bring` has put its files where those of its id belong: both are there, or neither. The
        list of what was done has it as `told`, with its title and these facts.
        """
        key = DocumentKey("graph", new_id())
        made = Happening(told, by=by, graph=key.id, facts={"title": content.meta.title, **facts})
        seed = await self._seed(content)
        try:
            await to_thread.run_sync(self._files.begin, key.id)
            await to_thread.run_sync(bring, key.id)
            await self._create(key, seed, by=by, origin=origin, visibility=visibility, also=self._noting(made))
        except Exception:
            await to_thread.run_sync(self._files.forget, key.id)
            raise
        await to_thread.run_sync(self._files.finish, key.id)
        return await self.get(key.id)

    async def _create(
        self,
        key: DocumentKey,
        seed: "_Seed",
        *,
        by: Identity,
        origin: str,
        visibility: Visibility,
        also: Also,
    ) -> None:
        """Make a graph with all that is in it at once. Nobody has it open yet, so no room need be told."""
        try:
            await self._rooms.pool.admit(Gate(), seed.update)  # as is done when somebody opens it
        except Malformed as error:
            raise InvalidGraph(f"The graph can't be shared: {error}.") from error
        except Undecided as error:
            raise NotReady(str(error)) from error
        entry = Entry(seed.update, origin, by.id)
        await self._documents.create(
            key, owner=by.id, summary=seed.summary, visibility=visibility, entries=[entry], also=also
        )

    def _noting(self, happening: Happening) -> Also:
        return lambda connection: self._happenings.note(connection, happening)

    async def put(self, id: str, graph: Graph | None, *, title: str | None, by: Identity) -> tuple[Summary, bool]:
        """The graph of this id, and whether it was made now. Raises Conflict instead of overwriting content."""
        if await self._rows.get(id) is None:
            return await self.create(graph, title=title, by=by, id=id), True
        if graph is not None:
            content = self._titled(graph, title)
            adds = len((await self._seed(content)).update)
            await self._edit(id, lambda document: _fill_empty(id, document, content), by=by, adds=adds)
        elif title is not None:
            await self.change(id, {"title": title}, by=by)
        return await self.get(id), False

    async def change(self, id: str, fields: Mapping[str, Any], *, by: Identity) -> Summary:
        """Set title or description. Raises NotFound."""
        if fields:
            adds = SMALL_EDIT_BYTES + sum(len(str(value).encode()) for value in fields.values())
            await self._edit(id, lambda document: document.set_meta(**fields), by=by, adds=adds)
        return await self.get(id)

    async def duplicate(self, id: str, *, by: Identity) -> Summary:
        """Copy a graph as it is now, with its files, but without history and runs. Raises NotFound.

        The copy of a private graph is private, too; nobody but the one who made it has it yet.
        """
        graph, visibility = await self.content(id), (await self.get(id)).visibility  # that of the content, or of later
        meta = graph.meta.model_copy(update={"last_run": None, "created_from": id})
        title = await self._title_of_copy(meta.title, by)
        copy = self._titled(graph.model_copy(update={"meta": meta}), title)
        bring = partial(self._files.copy, id)
        return await self._make_with_files(
            copy, bring, by=by, origin="rest", visibility=visibility, told="graph.duplicated", facts={"from": id}
        )

    async def take(self, imported: ImportedGraph, *, by: Identity, file: str = "") -> Summary:
        """Make a graph of what an import found in a file, with the graph's own files. Raises TooLarge."""
        content = self._titled(imported.graph, imported.title)
        return await self._make_with_files(
            content,
            lambda id: self._files.write(id, imported.files),
            by=by,
            origin="import",
            told="graph.imported",
            facts={"file": file},
        )

    async def delete(self, id: str, *, by: Identity) -> None:
        """Delete a graph and close its rooms; its rows stay, so that it can be brought back. Raises NotFound."""
        title = (await self.get(id)).title
        deleted = Happening("graph.deleted", by=by, graph=id, facts={"title": title})
        if not await self._rows.delete(id, also=self._noting(deleted)):
            raise NoSuchDocument(DocumentKey("graph", id))
        for kind in ("graph", "discussion"):
            self._rooms.close(DocumentKey(kind, id), CloseCode.NO_SUCH_DOCUMENT)

    async def is_new(self) -> bool:
        """Whether there was never any graph here."""
        return await self._rows.is_empty()

    async def _edit(self, id: str, change: Any, *, by: Identity, adds: int) -> None:
        async with self._rooms.opened(DocumentKey("graph", id)) as room:
            await room.edit(change, by=by, origin="rest", adds=adds)

    async def _title_of_copy(self, title: str, by: Identity) -> str:
        """The title with "(copy)", or the first "(copy 2)" and so on that none of the caller's graphs has yet."""
        base = _COPY.sub("", title)[: max(1, self._settings.max_title_chars - len(" (copy 9999)"))]
        taken = await self._rows.titles(f"{base} (copy", seen_by=by)
        numbered = (f"{base} (copy {number})" for number in count(2))
        return next(name for name in chain((f"{base} (copy)",), numbered) if name not in taken)

    def _checked(self, id: str | None) -> str:
        if id is None:
            return new_id()
        if not may_be_id(id):
            raise InvalidRequest(
                "That can't be the id of a graph.",
                expected=f"1 to {MAX_ID_CHARS} letters, digits, '-', '_' or '.', not beginning with '.'",
                received=id[:80],
            )
        return id

    def _titled(self, graph: Graph | None, title: str | None) -> Graph:
        content = graph or Graph()
        found, most = len(content.nodes), self._settings.max_graph_nodes
        if found > most:
            raise InvalidGraph(f"A graph may have at most {most} nodes here, and this one has {found}.")
        chosen = (title or content.meta.title or Meta().title)[: self._settings.max_title_chars]
        return content.model_copy(update={"meta": content.meta.model_copy(update={"title": chosen})})


class _Seed(NamedTuple):
    """The content of a new graph, as an update and as lists show it."""

    update: bytes
    summary: documents.Summary


def _seed_of(content: Graph) -> _Seed:
    update = seeding(content)
    return _Seed(update, replace(summarise(content), size=shown_size(len(update))))


def may_be_id(id: str) -> bool:
    """Whether a new graph may have this id, by whichever door it comes."""
    return 0 < len(id) <= MAX_ID_CHARS and all(c.isalnum() or c in "-_." for c in id) and not id.startswith(".")


def _fill_empty(id: str, document: GraphDocument, content: Graph) -> None:
    """Seed a graph that has nothing in it yet: its content is never replaced behind the backs of those editing."""
    if document.node_ids() or document.edges:
        raise Conflict(
            f"The graph {id!r} has content already.",
            expected="an empty graph, or an id that is not taken",
            received=f"a graph with {len(document.node_ids())} nodes",
            advice="Delete it first, or create the content under another id with POST /api/graphs.",
        )
    with document.transaction():
        document.set_meta(**content.meta.model_dump(by_alias=False, exclude={"schema_version", "last_run"}))
        for node in content.nodes.values():
            document.add_node(**node.model_dump(by_alias=False))
        for edge in content.edges.values():
            document.connect(**edge.model_dump(by_alias=False))


def _summary(row: GraphRow) -> Summary:
    return Summary(**row._asdict())
