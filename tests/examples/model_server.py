"""A language model for tests: a real HTTP server that speaks OpenAI's chat API and says what it is told to say."""

from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class ModelServer:
    """Gives its answers one after the other, the last again and again; `asked` are the bodies of the requests."""

    def __init__(self, *answers: str, status: int = 200) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self._answers = list(answers)
        self._status = status
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.complete, methods=["POST"])])

    async def complete(self, request: Request) -> Response:
        self.asked.append(orjson.loads(await request.body()))
        self.keys.append(request.headers.get("authorization"))
        if self._status != 200:
            return JSONResponse({"error": {"message": "no credit left"}}, self._status)
        said = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        message = {"role": "assistant", "content": said}
        return JSONResponse({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
