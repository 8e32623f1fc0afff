"""The REST interface from outside, for the command line: a running server, or one started for the command.

with reached(url=None, token=None, data=Path("data")) as server:
    server.get("/graphs")
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from collab_server import folder
from collab_server.cli.console import tell_of_new
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from flowroom.protocol import parse_address
from flowroom.tls import trusted

START_SECONDS = 30.0
ANSWER_SECONDS = 60.0
AWAY_SECONDS = 30.0
AGAIN_SECONDS = 0.5
AWAY = frozenset({502, 503, 504})
"""What a server says that is not ready, and a proxy of one that is away."""


class Refused(Exception):
    """The server refused, or can't be reached; the message is what a person should read."""

    def __init__(self, message: str, *, problem: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.problem = problem or {"detail": message}


class Away(Refused):
    """No server answers, or none that can do anything yet: it may be starting again."""


class Remote:
    """A server's REST interface."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.is_patient = False
        """Whether what is asked may be asked again, for as long as a server may take to start again."""
        self._client = httpx.Client(
            base_url=f"{self.url}/api",
            headers={b"authorization": f"Bearer {token}".encode(errors="surrogateescape")},  # as it was typed
            timeout=ANSWER_SECONDS,
            verify=trusted(),
            trust_env=False,  # a proxy of the environment can't know a server on this machine
        )

    def get(self, path: str, **query: Any) -> Any:
        """GET, as JSON. Raises Refused."""
        return self.send("GET", path, params={k: v for k, v in query.items() if v is not None}).json()

    def post(self, path: str, body: object) -> Any:
        """POST of JSON, answered as JSON. Raises Refused."""
        return self.send("POST", path, json=body).json()

    def send(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Any request. Raises Refused."""
        end = time.monotonic() + (AWAY_SECONDS if self.is_patient else 0)
        while True:
            try:
                return self._send_once(method, path, **how)
            except Away:
                if time.monotonic() >= end:
                    raise
            time.sleep(AGAIN_SECONDS)

    def _send_once(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **how)
        except httpx.HTTPError as error:
            raise Away(
                f"No server answers at {self.url} ({error}). Is it running? `flowroom up` starts one."
            ) from error
        if answer.is_error:
            raise _refusal(answer)
        return answer

    def stream(self, path: str, **query: Any) -> Iterator[bytes]:
        """GET, a part at a time. Raises Refused."""
        try:
            with self._client.stream("GET", path, params={k: v for k, v in query.items() if v is not None}) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                yield from answer.iter_bytes()
        except httpx.HTTPError as error:
            raise Refused(f"The answer of {self.url} broke off ({error}).") from error

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


@contextmanager
def reached(*, url: str | None, token: str | None, data: Path, with_engine: bool = False) -> Iterator[Remote]:
    """The server at `url`; else the one that has the data folder open; else one started for as long as needed."""
    with _address(url, token, data, with_engine) as (base, secret):
        remote = Remote(base, secret)
        try:
            yield remote
        finally:
            remote.close()


def chosen(url: str, token: str | None) -> tuple[str, str | None]:
    """A server and a token as options say them. Raises Refused for what is no address.

    The address that `flowroom up` prints has both in it. A token that was given beside it is the one that counts.
    """
    try:
        base, printed = parse_address(url)
    except ValueError:
        raise Refused(f"Expected a server's address as --url, such as http://127.0.0.1:8000, got {url!r}.") from None
    return base, token or printed


@contextmanager
def _address(url: str | None, token: str | None, data: Path, with_engine: bool) -> Iterator[tuple[str, str]]:
    if url is not None:
        base, secret = chosen(url, token)
        if secret is None:
            raise Refused("A server's --url needs its --token (or FLOWROOM_TOKEN); `flowroom token` shows it.")
        yield base, secret
        return
    if found := folder.running(data):
        yield found.url, token or found.token
        return
    is_new = folder.is_new(data)
    with started(Settings(data=data, host="127.0.0.1", port=0), with_engine=with_engine) as own:
        if is_new:
            tell_of_new(data)
        yield own.url, own.token


@contextmanager
def started(settings: Settings, *, with_engine: bool = False) -> Iterator[RunningServer]:
    """A server in a thread of this process. Raises Refused when it doesn't start."""
    from collab_server.serving import Server, serve

    listening = threading.Event()
    found: list[RunningServer] = []
    servers: list[Server] = []
    failures: list[BaseException] = []

    def announce(server: RunningServer) -> None:
        found.append(server)
        listening.set()

    def work() -> None:
        alone = settings.model_copy(update={"workers": 1})
        try:
            serve(alone, with_engine=with_engine, announce=announce, made=servers.append)
        except BaseException as error:  # handed to whoever waits for the start
            failures.append(error)
        finally:
            listening.set()

    thread = threading.Thread(target=work, name="server", daemon=True)
    thread.start()
    listening.wait(START_SECONDS)
    try:
        if not found:
            raise Refused(f"The server did not start: {failures[0] if failures else 'it took too long'}")
        yield found[0]
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(settings.shutdown_seconds)


def _refusal(answer: httpx.Response) -> Refused:
    kind = Away if answer.status_code in AWAY else Refused
    try:
        problem = answer.json()
        detail = problem.get("detail") or problem.get("title") or answer.reason_phrase
    except (ValueError, AttributeError):
        return kind(f"The server answered {answer.status_code} {answer.reason_phrase}.")
    if wrong := problem.get("errors"):  # of what the command sent, which has no other names here
        return Refused("; ".join(f"{one['where'].rpartition('.')[2]}: {one['what']}" for one in wrong), problem=problem)
    facts = [f"{name.title()}: {problem[name]}." for name in ("expected", "received") if name in problem]
    told = [detail, *facts, *filter(None, [problem.get("advice")])]
    return kind(" ".join(told), problem=problem)
