"""The examples as people start them: `python examples/…` beside a running server."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from flowroom.client import GraphClient, Workspace

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TSX = ROOT / "web" / "node_modules" / ".bin" / "tsx"


def command(example: str, *arguments: str) -> list[str]:
    """How an example is started."""
    return [str(TSX) if example.endswith(".ts") else sys.executable, str(EXAMPLES / example), *arguments]


@asynccontextmanager
async def started(example: str, *arguments: str) -> AsyncIterator[Process]:
    """A program that runs as long as the block takes, unless it ends before."""
    process = await asyncio.create_subprocess_exec(*command(example, *arguments), stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def said(example: str, *arguments: str) -> str:
    """All that a program says until it ends well."""
    async with started(example, *arguments) as process:
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode()


async def said_in_vain(example: str, *arguments: str) -> str:
    """What a program says as it gives up."""
    async with started(example, *arguments) as process:
        _, err = await process.communicate()
        assert process.returncode == 1, err.decode()
        return err.decode()


async def token_for(workspace: Workspace, name: str, role: str, kind: str = "bot") -> str:
    """A token for a program with a role."""
    made = await workspace.request("POST", "/api/tokens", json={"name": name, "role": role, "kind": kind})
    return str(made["token"])


async def here(g: GraphClient, name: str) -> None:
    """Until someone of this name has shown that they are here."""
    async with asyncio.timeout(60):
        while name not in [other.user.name for other in g.presence.others]:
            await g.presence.changed()
