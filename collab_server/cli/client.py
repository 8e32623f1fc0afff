"""Commands that ask a server through the Python client, as any other program does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from collab_server.cli.remote import Refused, Remote
from flowroom.client import Workspace, connect
from flowroom.client.connection import until_answered
from flowroom.errors import FlowroomError

T = TypeVar("T")


def by_client(server: Remote, ask: Callable[[Workspace], Awaitable[T]]) -> T:
    """What is asked, and asked again for as long as a server may take to start again. Raises Refused."""

    async def asked() -> T:
        async with connect(server.url, server.token) as workspace:
            return await until_answered(lambda: ask(workspace), workspace.patience)

    try:
        return asyncio.run(asked())
    except FlowroomError as error:
        raise Refused(str(error)) from error
