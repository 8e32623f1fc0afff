"""Asking for a higher role on a graph, and deciding what others ask for."""

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from flowroom.errors import ConnectionLost, NotAllowed, RequestRefused
from flowroom.model import GraphId, Value
from flowroom.presence import User
from flowroom.protocol import CloseCode, Role

if TYPE_CHECKING:
    from flowroom.client.workspace import Workspace

WAIT_SECONDS = 20
CONFLICT = 409


class AccessRequest(Value):
    """Someone asks for a role on a graph. `given` and `note` are the answer. Times are seconds since 1970."""

    id: str
    asker: User
    role: Role
    reason: str = ""
    at: float = 0
    state: Literal["open", "granted", "declined"] = "open"
    decider: User | None = None
    decided_at: float | None = None
    given: Role | None = None
    note: str = ""


class Access:
    """The access to one graph, for a client that has it open."""

    def __init__(self, graph: GraphId, workspace: "Workspace") -> None:
        self._path = f"/api/graphs/{graph}/access"
        self._workspace = workspace

    async def ask(self, role: Role, reason: str) -> Role:
        """Ask, and wait until it is decided. Raises NotAllowed when it is declined, NoSuchDocument when withdrawn."""
        try:
            made = await self._request("POST", "/requests", json={"role": role, "reason": reason})
        except RequestRefused as error:
            if error.status != CONFLICT:
                raise
            mine: Role = (await self._request("GET", ""))["mine"]
            return mine
        request = AccessRequest.model_validate(made)
        attempt = 0
        while request.state == "open":
            try:
                answer = await self._request("GET", f"/requests/{request.id}", params={"wait": WAIT_SECONDS})
                request, attempt = AccessRequest.model_validate(answer), 0
            except ConnectionLost:
                await asyncio.sleep(self._workspace.patience.wait(attempt))
                attempt += 1
        if request.given is None:
            raise NotAllowed(CloseCode.NOT_ALLOWED, declined(request))
        return request.given

    async def requests(self) -> list[AccessRequest]:
        """What waits for a decision, the newest first: to admins all of it, to others their own."""
        page = await self._request("GET", "/requests", params={"state": "open"})
        return [AccessRequest.model_validate(item) for item in page["items"]]

    async def decide(
        self, request: str | AccessRequest, state: Literal["granted", "declined"], role: Role | None, note: str
    ) -> None:
        """Answer a request. Raises NotAllowed, NoSuchDocument, or RequestRefused when it was decided."""
        answer = {"state": state, "note": note, **({"role": role} if role else {})}
        id = request if isinstance(request, str) else request.id
        await self._request("PATCH", f"/requests/{id}", json=answer)

    async def _request(self, method: str, path: str, **arguments: Any) -> Any:
        return await self._workspace.request(method, f"{self._path}{path}", **arguments)


def declined(request: AccessRequest) -> str:
    """What a declined request is told as."""
    who = request.decider.name if request.decider else "An admin"
    return f"{who} declined the role {request.role}" + (f": {request.note}" if request.note else ".")
