"""Small real servers on this machine: something to fetch, and something that speaks like Ollama or OpenAI."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an app in a thread; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)


class FetchedServer:
    """Answers with whatever was asked for, and remembers the last request's headers by path."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, str]] = {}
        self.bodies: dict[str, bytes] = {}
        self.app = Starlette(
            routes=[
                Route("/orders.json", self.orders),
                Route("/text", self.text),
                Route("/echo", self.echo, methods=["GET", "POST"]),
                Route("/big", self.big),
                Route("/cookie", self.cookie),
                Route("/status/{code:int}", self.status),
                Route("/to", self.redirect),
                Route("/loop", self.loop),
                Route("/slow", self.slow),
                Route("/endless", self.endless),
                Route("/charset", self.charset),
                Route("/no-json", self.no_json),
                Route("/packed", self.packed),
                Route("/told", self.told),
            ]
        )

    async def orders(self, request: Request) -> Response:
        return JSONResponse([{"id": 17, "total": 250.0, "name": "Änna"}])

    async def text(self, request: Request) -> Response:
        return PlainTextResponse("grüße")

    async def echo(self, request: Request) -> Response:
        self.seen["/echo"] = dict(request.headers)
        self.bodies["/echo"] = await request.body()
        return JSONResponse({"query": dict(request.query_params), "method": request.method})

    async def cookie(self, request: Request) -> Response:
        return PlainTextResponse("remember me", headers={"set-cookie": "session=theirs; Path=/"})

    async def big(self, request: Request) -> Response:
        return PlainTextResponse("x" * 100_000)

    async def status(self, request: Request) -> Response:
        code = request.path_params["code"]
        return PlainTextResponse("it went wrong", code, {"retry-after": "7"})

    async def redirect(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["url"])

    async def loop(self, request: Request) -> Response:
        return RedirectResponse("/loop")

    async def slow(self, request: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async def endless(self, request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"x"
                await asyncio.sleep(0.02)

        return StreamingResponse(pieces(), media_type="text/plain")

    async def charset(self, request: Request) -> Response:
        called = request.query_params["called"]
        return Response("grüße \\ud800".encode(), headers={"content-type": f"text/plain; charset={called}"})

    async def no_json(self, request: Request) -> Response:
        return Response("{oops", media_type="application/json")

    async def packed(self, request: Request) -> Response:
        self.seen["/packed"] = dict(request.headers)
        coding = request.query_params["coding"]
        return Response(self.bodies["/packed"], media_type="text/plain", headers={"content-encoding": coding})

    async def told(self, request: Request) -> Response:
        """Says what it was sent: in a header, in text or JSON, and so late that a short excerpt ends in it."""
        sent = request.headers.get("x-api-key") or request.headers["authorization"]
        headers = {"x-you-sent": sent}
        if code := request.query_params.get("code"):
            text = "x" * int(request.query_params["after"])
            return PlainTextResponse(f"{text}{sent} is wrong", int(code), headers)
        return JSONResponse({"headers": [{"value": sent}], sent: sent}, headers=headers)


class OllamaServer:
    """Speaks the two parts of Ollama's protocol that Flowroom uses: /api/chat in pieces, /api/generate at once."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.left_early = threading.Event()
        self.app = Starlette(
            routes=[
                Route("/api/chat", self.chat, methods=["POST"]),
                Route("/api/generate", self.generate, methods=["POST"]),
            ]
        )

    async def chat(self, request: Request) -> Response:
        asked = orjson.loads(await request.body())
        self.asked.append(asked)
        if asked["model"] == "missing":
            return JSONResponse({"error": 'model "missing" not found, try pulling it first'}, 404)
        if asked["model"] == "busy":
            return JSONResponse({"error": "server busy"}, 503, {"retry-after": "3"})
        return StreamingResponse(self.pieces(asked["model"]), media_type="application/x-ndjson")

    async def pieces(self, model: str) -> AsyncIterator[bytes]:
        try:
            for piece in ("Hel", "lo ", "wörld"):
                yield (orjson.dumps({"message": {"role": "assistant", "content": piece}, "done": False}) + b"\n")
            if model == "breaks":
                yield orjson.dumps({"error": "out of memory"}) + b"\n"
            if model.startswith("["):
                yield orjson.dumps(orjson.loads(model)[0]) + b"\n"
            if model == "cut":
                return
            if model == "endless":
                await asyncio.sleep(60)
            yield (
                orjson.dumps({"done": True, "done_reason": "length", "prompt_eval_count": 11, "eval_count": 3}) + b"\n"
            )
        except asyncio.CancelledError:
            self.left_early.set()
            raise

    async def generate(self, request: Request) -> Response:
        asked = orjson.loads(await request.body())
        self.asked.append(asked)
        if asked["model"] == "fails:1":
            return JSONResponse({"error": "boom"}, 500)
        return JSONResponse({"response": "OLLAMA"})


class OpenAIServer:
    """The wrong turns of an OpenAI-compatible service; its right ones are tested with the local model's server."""

    def __init__(self) -> None:
        self.keys: list[str | None] = []
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.complete, methods=["POST"])])

    async def complete(self, request: Request) -> Response:
        self.keys.append(request.headers.get("authorization"))
        model = orjson.loads(await request.body())["model"]
        if model == "limited":
            return JSONResponse({"error": {"message": "slow down"}}, 429, {"retry-after": "2.5"})
        if model == "refused":
            return JSONResponse({"error": {"message": "wrong key"}}, 401)
        if model == "talkative":
            return JSONResponse({"error": {"message": f"{'x' * 485}{self.keys[-1]} is wrong"}}, 404)
        if model == "echo":
            return StreamingResponse(self.echoed(), media_type="text/event-stream")
        if model == "overloaded":
            return JSONResponse({"error": {"message": "later"}}, 503)
        if model == "breaks":
            return StreamingResponse(self.broken(), media_type="text/event-stream")
        if model.startswith("data: "):
            return Response(f"{model}\n\n", media_type="text/event-stream")
        if model.startswith("<"):
            return Response(model, media_type="text/html")
        return JSONResponse({"error": {"message": "no such model"}}, 404)

    async def broken(self) -> AsyncIterator[bytes]:
        yield _event("half")
        raise ConnectionResetError

    async def echoed(self) -> AsyncIterator[bytes]:
        key = str(self.keys[-1])
        for piece in (key[:12], key[12:], "!"):
            yield _event(piece)
        yield b"data: [DONE]\n\n"


def _event(piece: str) -> bytes:
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    delta = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
    return b"data: " + orjson.dumps({**chunk, "choices": [delta]}) + b"\n\n"
