"""A pool of expression children: CEL, jq and templates never run inside the engine.

Those languages can loop for ever, fill the memory, hold the interpreter lock and read the environment. So each
evaluation goes to a child process that can do none of that for long (child.py), and a child that misbehaves is
ended and replaced; only the call it was serving fails.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Self, get_args

import orjson

from engine.expressions import references
from engine.expressions.errors import (
    ExpressionCrashed,
    ExpressionError,
    ExpressionFailed,
    ExpressionTimeout,
    InvalidExpression,
)
from engine.expressions.needed import needed
from engine.expressions.worker import Worker, WorkerDied
from flowroom.errors import shortened
from flowroom.model import Json

Language = Literal["cel", "jq", "template"]
CONDITION_SECONDS = 0.2
TRANSFORM_SECONDS = 1.0
MAX_CALLS_PER_WORKER = 10_000
MAX_REQUEST_BYTES = 64 * 2**20

_KINDS: dict[str, type[ExpressionError]] = {
    "syntax": InvalidExpression,
    "failed": ExpressionFailed,
    "memory": ExpressionCrashed,
}


class Expressions:
    """Evaluates expressions in children. Children start on first use, or by `warm()`; close with `close()`."""

    def __init__(self, *, workers: int = 2, max_calls_per_worker: int = MAX_CALLS_PER_WORKER) -> None:
        self._idle: deque[Worker] = deque()
        self._busy: set[Worker] = set()
        self._slots = asyncio.Semaphore(workers)
        self._size = workers
        self._max_calls = max_calls_per_worker
        self._replacements: set[asyncio.Task[None]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.warm()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def warm(self) -> None:
        """Start children now, so that the first expression doesn't wait for one."""
        missing = self._size - len(self._idle)
        self._idle.extend(await asyncio.gather(*(Worker.start() for _ in range(missing))))

    async def evaluate(
        self,
        language: Language,
        source: str,
        variables: Mapping[str, Json],
        *,
        deadline: float = TRANSFORM_SECONDS,
    ) -> Json:
        """The value of an expression over these variables, within `deadline` seconds of processor time.

        Raises an ExpressionError: InvalidExpression, ExpressionFailed, ExpressionTimeout or ExpressionCrashed.
        """
        if language not in get_args(Language):
            raise InvalidExpression(f"Unknown language {language!r}; known are {', '.join(get_args(Language))}.")
        request = _encoded(language, source, variables, deadline)
        try:
            answer = await self._ask(request, deadline)
        except WorkerDied as died:
            raise _ended(died, source, deadline) from None
        result: dict[str, Any] = orjson.loads(answer)
        if error := result.get("error"):
            kind = _KINDS[error["kind"]]
            raise kind(error["message"], source=source, line=error.get("line"), column=error.get("column"))
        return result["value"]

    async def condition(self, source: str, variables: Mapping[str, Json]) -> bool:
        """Whether a CEL condition holds; it must give true or false."""
        if not source.strip():
            raise InvalidExpression("The condition is empty: write one, such as value == 1.", source=source)
        value = await self.evaluate("cel", source, variables, deadline=CONDITION_SECONDS)
        if not isinstance(value, bool):
            given = shortened(orjson.dumps(value).decode())
            raise ExpressionFailed(f"A condition must give true or false; this one gave {given}.", source=source)
        return value

    async def render(self, template: str, variables: Mapping[str, Json]) -> str:
        """The text of a template. One with nothing but plain references never leaves this process."""
        parts = references.parse(template)
        if parts is not None:
            return references.render(parts, variables)
        text = await self.evaluate("template", template, variables)
        return str(text)

    @property
    def pids(self) -> set[int]:
        """The process ids of the children that wait for work."""
        return {worker.pid for worker in self._idle}

    @property
    def all_pids(self) -> set[int]:
        """The process ids of all children, busy ones too."""
        return self.pids | {worker.pid for worker in self._busy}

    async def close(self) -> None:
        """End all children."""
        self._closed = True
        for task in self._replacements:
            task.cancel()
        await asyncio.gather(*self._replacements, return_exceptions=True)
        await asyncio.gather(*(worker.kill() for worker in self._idle))
        self._idle.clear()

    async def _ask(self, request: bytes, deadline: float) -> bytes:
        async with self._slots:
            worker = self._idle.popleft() if self._idle else await Worker.start()
            self._busy.add(worker)
            try:
                answer = await worker.call(request, seconds=deadline)
            except BaseException:
                self._replace()
                raise
            finally:
                self._busy.discard(worker)
            await self._put_back(worker)
            return answer

    async def _put_back(self, worker: Worker) -> None:
        if self._closed or worker.calls >= self._max_calls:
            await worker.kill()
            self._replace()
        elif len(self._idle) >= self._size:
            await worker.kill()
        else:
            self._idle.appendleft(worker)

    def _replace(self) -> None:
        """Start another child in the background, so that the next call needn't wait for it."""
        if self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._start_another())
        self._replacements.add(task)
        task.add_done_callback(self._replacements.discard)

    async def _start_another(self) -> None:
        worker = await Worker.start()
        if self._closed or len(self._idle) + len(self._busy) >= self._size:
            await worker.kill()
        else:
            self._idle.append(worker)


def _encoded(language: str, source: str, variables: Mapping[str, Json], deadline: float) -> bytes:
    request = {
        "language": language,
        "source": source,
        "variables": needed(language, source, variables),
        "seconds": deadline,
    }
    try:
        data = orjson.dumps(request, default=str)
    except TypeError as error:
        raise ExpressionFailed(f"A value is no JSON: {error}.", source=source) from error
    if len(data) > MAX_REQUEST_BYTES:
        raise ExpressionFailed(
            f"An expression takes {MAX_REQUEST_BYTES // 2**20} MB at most, and what it names has {len(data):,} bytes: "
            "name less, or make the values smaller before.",
            source=source,
        )
    return data


def _ended(died: WorkerDied, source: str, deadline: float) -> ExpressionError:
    if died.timed_out:
        return ExpressionTimeout(
            f"The expression took longer than {deadline:g} s and was ended; make it simpler.", source=source
        )
    return ExpressionCrashed(
        "The expression's process ended, most likely for the memory it took (512 MB are allowed).",
        source=source,
    )
