"""A server as a process runs it: a port that is really ours, the app on it, an engine beside it, an orderly end."""

import os
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from collab_server import folder
from collab_server.folder import RunningServer
from collab_server.logging import logger
from collab_server.settings import Settings
from flowroom import collector
from flowroom.deadline import Deadline
from flowroom.errors import CantStart
from flowroom.preflight import check_database

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from collab_server.supervisor import Supervisor

log = logger("serving")

SWITCH_SECONDS = 0.001
"""How long one thread may keep the others from the interpreter: the writer asks for it several times in a commit, and
everyone who edits waits for that."""


class PortTaken(CantStart):
    """Somebody else listens there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Can't listen on {host}:{port}: {reason}. Another program has this port, or the address is not one of "
            "this machine. Choose another with --port (0 takes a free one) or --host."
        )
        self.host = host
        self.port = port


class CantScaleOut(CantStart):
    """Several workers were asked for, and nothing would connect them."""


class StoppedByItself(Exception):
    """What the app works on was closed though nobody asked for it."""

    def __init__(self) -> None:
        super().__init__("The server stopped though nobody told it to: its log says why. Start it again.")


class Server(uvicorn.Server):
    """uvicorn, told when it listens, and ended by signals without being killed by them afterwards.

    It ends with what its app works on, too: uvicorn would go on, take connections and call itself alive.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        listening: Callable[[], None],
        ending: Callable[[], None],
        is_over: Callable[[], bool],
    ) -> None:
        """`is_over` says whether what the app works on is closed, or is being closed."""
        super().__init__(config)
        self._listening = listening
        self._ending = ending
        self._is_over = is_over
        self._stopped_by_itself = False

    def serve_on(self, listener: socket.socket) -> None:
        """Serve until told to end. Blocking. Raises StoppedByItself, so that the process doesn't seem to end well."""
        self.run([listener])
        if self._stopped_by_itself:
            raise StoppedByItself

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()
        collector.tend()
        collector.give_back()

    async def on_tick(self, counter: int) -> bool:
        self._stopped_by_itself = self._is_over()
        return self._stopped_by_itself or await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()  # uvicorn would raise them again, and the process would look killed


def serve(
    settings: Settings,
    *,
    with_engine: bool,
    announce: Callable[[RunningServer], None],
    made: Callable[[Server], None] = lambda server: None,
) -> None:
    """Serve until a signal, or until someone sets `should_exit` of the server handed to `made`. Blocking.

    `announce` is called once, when pages are served. Raises CantStart, and StoppedByItself.
    """
    check_workers(settings)
    if settings.workers > 1:
        from collab_server.workers import keep

        keep(settings, with_engine=with_engine, announce=announce)
        return
    sys.setswitchinterval(SWITCH_SECONDS)
    with folder.claimed(settings.data), bound(settings) as listener:
        check_databases(settings)
        from collab_server.app import create_app  # after the cheap refusals: it takes a second to import
        from collab_server.workspace import service_token, sign_in_token

        here = RunningServer(os.getpid(), url_of(settings, listener), sign_in_token(settings))
        engine = engine_beside(settings, here, service_token(settings)) if with_engine else None
        deadline = deadline_of(settings)
        app = create_app(settings)

        def listening() -> None:
            folder.note(settings.data, here)
            if engine is not None:
                engine.start()
            announce(here)

        server = served(settings, app, deadline, listening=listening)
        made(server)
        try:
            server.serve_on(listener)
        finally:
            deadline.begin()
            if engine is not None:
                engine.stop()
            deadline.end()


def check_databases(settings: Settings) -> None:
    """Raise CantStart for what of the databases shows at first sight. Writes nothing."""
    check_database("FLOWROOM_DATABASE_URL", settings.documents_url)
    check_database("FLOWROOM_RUNS_URL", settings.run_log_url)


def check_workers(settings: Settings) -> None:
    """Raise CantScaleOut for several workers that nothing connects: each would show people a different graph."""
    if settings.workers > 1 and settings.redis_url is None:
        raise CantScaleOut(
            f"{settings.workers} workers need Redis to see each other's edits, and FLOWROOM_REDIS_URL is not set: "
            "people on different workers would edit different graphs. Set it, or use one worker."
        )


def served(settings: Settings, app: "Starlette", deadline: Deadline, *, listening: Callable[[], None]) -> Server:
    """The app on uvicorn. `listening` is called when pages are served; when it ends, the deadline begins."""

    def ending() -> None:
        deadline.begin()
        app.state.end_streams()

    return Server(_config(settings, app), listening=listening, ending=ending, is_over=lambda: app.state.is_over)


def _config(settings: Settings, app: "Starlette") -> uvicorn.Config:
    from collab_server.api.sync import socket_limit
    from collab_server.connections import connection_protocol
    from collab_server.sockets import SocketProtocol

    return uvicorn.Config(
        app,
        ws=SocketProtocol,
        ws_max_size=socket_limit(settings),
        ws_per_message_deflate=False,  # updates are small and dense: it would cost more than it saves
        http=connection_protocol(settings),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds / 3)),
    )


@contextmanager
def bound(settings: Settings) -> Generator[socket.socket, None, None]:
    """A listening socket of our own, so that a taken port is known before anything else happens."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(2048)
        except OSError as error:
            raise PortTaken(settings.host, settings.port, error.strerror or str(error)) from error
        listener.set_inheritable(False)
        yield listener
    finally:
        listener.close()


def url_of(settings: Settings, listener: socket.socket) -> str:
    """Where this machine reaches what listens there."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "") else "::1" if settings.host == "::" else settings.host
    return f"http://[{host}]:{_port(listener)}" if ":" in host else f"http://{host}:{_port(listener)}"


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def engine_beside(settings: Settings, here: RunningServer, service: str) -> "Supervisor":
    """An engine for a server, not started yet."""
    from collab_server.supervisor import ENGINE, Supervisor, engine_environment

    environment = engine_environment(settings, server_url=here.url, service_token=service)
    grace = settings.shutdown_seconds / 3
    return Supervisor(ENGINE, environment | {"FLOWROOM_SHUTDOWN_SECONDS": str(grace)}, grace=grace)


def deadline_of(settings: Settings) -> Deadline:
    """When a server that was told to end is ended."""
    return Deadline(
        settings.shutdown_seconds,
        lambda: log.error("did not end in time and stops at once; every acknowledged edit is stored"),
    )
