"""A server's graphs and runs, through its HTTP API, and the way into each of them as a peer."""

import mimetypes
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
from pycrdt import Doc
from pydantic import Field

from flowroom.client.connection import Connection, Patience, until_answered
from flowroom.client.graph import GraphClient
from flowroom.client.run import RunHandle
from flowroom.discussion import Notification
from flowroom.errors import ConnectionLost, NoSuchDocument, NotAllowed, NotSignedIn, RequestRefused
from flowroom.model import Graph, GraphId, Json, Value
from flowroom.node_types import NodeType
from flowroom.presence import User
from flowroom.protocol import CloseCode, Role, graph_path, parse_address, run_path
from flowroom.records import aliased
from flowroom.run_document import writer_id
from flowroom.runs import NodePath, RunId, is_reference
from flowroom.tls import trusted
from flowroom.ydoc import new_id


class Me(User):
    """Who the server takes one for. `role` is the one in the workspace; whoever has some graphs only has none there."""

    role: Role | None = None
    email: str | None = None


class GraphInfo(Value):
    """A graph as a list shows it."""

    id: GraphId
    title: str = "Untitled"
    description: str = ""
    nodes: int = 0
    edges: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ImportedGraph(Value):
    """A graph that an import made."""

    id: GraphId
    title: str
    nodes: int
    edges: int


class ImportProblem(Value):
    """What an import could not take as it was; `kept` says whether its data is still there."""

    file: str
    what: str
    kept: bool


class ImportResult(Value):
    """What an import made, and what it met on the way."""

    graphs: tuple[ImportedGraph, ...] = ()
    problems: tuple[ImportProblem, ...] = ()


class Actor(Value):
    """Who did something, as they were called then."""

    id: str
    name: str
    kind: str


class Activity(Value):
    """Something that was done in a graph, `count` times between `at` and `until`; `text` says what, in words."""

    id: int
    kind: str
    text: str
    by: Actor
    field: str = ""
    facts: dict[str, Json] = Field(default_factory=dict)
    at: datetime
    until: datetime
    count: int = 1


class Workspace:
    """A server to work with. Made by `connect`; its graphs and runs are opened as `async with`."""

    def __init__(self, url: str, token: str | None, http: httpx.AsyncClient, patience: Patience) -> None:
        self.url = url
        self._token = token
        self._http = http
        self.patience = patience
        self._types: list[NodeType] | None = None

    async def node_types(self) -> list[NodeType]:
        """The node types that the server knows, with their ports and parameters; asked for once."""
        if self._types is None:
            page = await self.request("GET", "/api/node-types")
            self._types = [NodeType.model_validate(item) for item in page["items"]]
        return self._types

    async def notifications(self, *, unread: bool = False) -> list[Notification]:
        """What one was told, the newest first and at most a page of it; with `unread`, only what one has not read."""
        page = await self.request("GET", "/api/notifications", params={"unread": unread})
        return [Notification.model_validate(item) for item in page["items"]]

    async def read_notifications(self, ids: Iterable[int] | None = None) -> None:
        """Call some of what one was told read, or all of it."""
        await self.request("POST", "/api/notifications/read", json={} if ids is None else {"ids": list(ids)})

    async def me(self) -> Me:
        """Who the server takes this client for. Raises NotSignedIn."""
        return Me.model_validate(await self.request("GET", "/api/me"))

    async def role(self, graph: str) -> Role:
        """One's role on a graph, as it is now. Raises NoSuchDocument where one has none."""
        found: Role = (await self.request("GET", f"/api/graphs/{graph}"))["role"]
        return found

    async def graphs(self, query: str = "") -> list[GraphInfo]:
        """All graphs, or those that match a search; pages are fetched until there are no more."""
        found: list[GraphInfo] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.request("GET", "/api/graphs", params=_present(query=query, cursor=cursor))
            found += [GraphInfo.model_validate(item) for item in page["items"]]
            cursor = page.get("next") or None
        return found

    async def create_graph(self, title: str = "Untitled", graph: Graph | None = None) -> GraphInfo:
        """Make a graph, empty or with this content. Raises NotAllowed, RequestRefused."""
        content = graph.model_dump(mode="json", by_alias=True) if graph else None
        made = await self.request("POST", "/api/graphs", json=_present(title=title, graph=content))
        return GraphInfo.model_validate(made)

    async def delete_graph(self, id: str) -> None:
        """Delete a graph. Raises NoSuchDocument, NotAllowed."""
        await self.request("DELETE", f"/api/graphs/{id}")

    async def import_(self, data: bytes, name: str) -> ImportResult:
        """Import a native file (`.json`), or a zip of such files or of a Phase 1 workspace; `name` tells which."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        made = await self.request("POST", "/api/import", files={"file": (name, data, kind)})
        return ImportResult.model_validate(made)

    async def start_run(
        self,
        graph: str,
        *,
        start: str | None = None,
        inputs: Mapping[str, Json] | None = None,
        message: str | None = None,
    ) -> RunId:
        """Start a run of a graph and return its id; `GraphClient.run` does so and watches it. It is started once,
        however often that has to be sent.
        """
        wanted = _present(start=start, inputs=dict(inputs or {}) or None, message=message, key=new_id())
        start_it = partial(self.request, "POST", f"/api/graphs/{graph}/runs", json=wanted)
        made = await until_answered(start_it, self.patience)
        return RunId(made["id"])

    async def activity(self, graph: str, *, limit: int = 50, **wanted: str | None) -> list[Activity]:
        """The newest of what was done in a graph, the last first. Chosen by `node`, `person`, both ids, and `kind`,
        which may be `run.*` or `graph.edited`.
        """
        page = await self.request("GET", f"/api/graphs/{graph}/activity", params=_present(limit=limit, **wanted))
        return [Activity.model_validate(item) for item in page["items"]]

    async def run_outputs(self, run: str) -> dict[NodePath, dict[str, Json]]:
        """What each node of a run gave last, by path and port, whole: what is watched of it are previews."""
        given: dict[NodePath, dict[str, Json]] = {}
        after: int | None = 0
        while after is not None:
            page = await self.request("GET", f"/api/runs/{run}/events", params={"after": after})
            for event in page["items"]:
                if event["type"] == "node.succeeded":
                    given[event["node"]] = (event["payload"] or {}).get("outputs", {})
            after = page["next"]
        return {
            path: {port: await self._whole(value) for port, value in outputs.items()} for path, outputs in given.items()
        }

    async def _whole(self, value: Json) -> Json:
        return await self.request("GET", f"/api/blobs/{value['$blob']}") if is_reference(value) else value

    async def cancel_run(self, run: str) -> None:
        """Ask for a run to stop; it ends as cancelled unless it ends otherwise first."""
        await self.request("POST", f"/api/runs/{run}/cancel")

    @asynccontextmanager
    async def open(self, graph: str | GraphInfo) -> AsyncIterator[GraphClient]:
        """Join a graph. Leaving waits until every edit is saved.

        Raises NotSignedIn, NotAllowed, NoSuchDocument, or ConnectionLost when the server does not answer.
        """
        id = GraphId(graph if isinstance(graph, str) else graph.id)
        async with GraphClient(id, self.connection(graph_path(id)), self) as client:
            yield client

    @asynccontextmanager
    async def open_run(self, run: str, writable: bool = False) -> AsyncIterator[RunHandle]:
        """Watch a run, or, with the engine's token, write what others watch. Raises as `open` does."""
        connection = self.connection(run_path(run), Doc(client_id=writer_id()) if writable else None)
        cancel = partial(self.cancel_run, run)
        async with RunHandle(RunId(run), connection, cancel=cancel, writable=writable) as handle:
            yield handle

    async def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Call the HTTP API and return the JSON, or the text, of its answer; None for an empty one.

        Raises NotSignedIn, NotAllowed, NoSuchDocument, RequestRefused, or ConnectionLost when nothing answers.
        """
        try:
            response = await self._http.request(method, path.lstrip("/"), **arguments)
        except httpx.RequestError as error:
            why = str(error) or type(error).__name__
            raise ConnectionLost(f"{self.url} does not answer ({why}); is it running?") from error
        if not response.is_success:
            raise _refusal(response)
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/html") and path.startswith("/api/"):
            raise _not_flowroom(response, "a page")
        if kind.startswith("text/"):
            return response.text
        try:
            return response.json() if response.content else None
        except ValueError:
            raise _not_flowroom(response, "something that is no JSON") from None

    def connection(self, path: str, doc: Doc[Any] | None = None) -> Connection:
        """A connection, not opened yet, to a door of flowroom/protocol.py."""
        scheme, rest = self.url.split("://", 1)
        return Connection(
            f"{'wss' if scheme == 'https' else 'ws'}://{rest}{path}",
            self._token,
            Doc() if doc is None else doc,
            self.patience,
        )


@asynccontextmanager
async def connect(url: str, token: str | None = None, *, patience: Patience | None = None) -> AsyncIterator[Workspace]:
    """Work with the server at `url`. The address that `flowroom up` prints has a token in it, and will do.

    `token` says who one is; `patience` how long to try. Nothing is sent before the first call. Raises ValueError where
    `url` is no address.
    """
    base, printed = parse_address(url)
    token = token or printed
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    is_local = urlsplit(base).hostname in ("127.0.0.1", "::1", "localhost")
    async with httpx.AsyncClient(
        base_url=base, headers=headers, timeout=30, trust_env=not is_local, verify=trusted()
    ) as http:
        yield Workspace(base, token, http, patience or Patience())


def _present(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in aliased(fields).items() if value not in (None, "")}


def _not_flowroom(response: httpx.Response, what: str) -> RequestRefused:
    said = f"{response.url} answered with {what}, which Flowroom does not: is the address right?"
    return RequestRefused(response.status_code, said, {})


def _refusal(response: httpx.Response) -> Exception:
    if response.has_redirect_location:
        there = response.headers["location"]
        what = f"{response.url} sends on to {there}: connect to the address that this begins with."
        return RequestRefused(response.status_code, what, {})
    problem = _problem(response)
    what = str(problem.get("detail") or problem.get("title") or response.reason_phrase)
    match response.status_code:
        case 401:
            return NotSignedIn(CloseCode.NOT_SIGNED_IN, what)
        case 403:
            return NotAllowed(CloseCode.NOT_ALLOWED, what)
        case 404:
            return NoSuchDocument(CloseCode.NO_SUCH_DOCUMENT, what)
        case status:
            return RequestRefused(status, what, problem)


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
