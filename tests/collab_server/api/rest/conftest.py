"""A real server on a free port, for all tests of a file, and clients of each role."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from collab_server.cli.remote import started
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from flowroom.protocol import Role
from flowroom.tls import trusted

MakeClient = Callable[[Role], httpx.Client]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's data folder."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    """What the server is set to; a test file overrides this to try another limit."""
    return Settings(data=data, port=0, examples=False)


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[RunningServer]:
    """The server."""
    with started(settings) as found:
        yield found


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Iterator[httpx.Client]:
    """A program with the sign-in token."""
    with client_of(server, server.token) as client:
        yield client


@pytest.fixture(scope="module")
def as_role(server: RunningServer, admin: httpx.Client) -> Iterator[MakeClient]:
    """Makes clients with API tokens of a role."""
    made: list[httpx.Client] = []

    def make(role: Role) -> httpx.Client:
        token = admin.post("/api/tokens", json={"name": f"a {role}", "role": role}).json()["token"]
        made.append(client_of(server, token))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def anyone(server: RunningServer) -> Iterator[httpx.Client]:
    """A client that shows nothing."""
    with client_of(server, None) as client:
        yield client


@pytest.fixture
def browser(server: RunningServer) -> Iterator[httpx.Client]:
    """A browser that opened the printed address: cookies, and the header that our page sends."""
    with client_of(server, None) as client:
        client.get(f"/?token={server.token}")
        client.headers["x-csrf-token"] = client.cookies["flowroom_csrf"]
        yield client


def client_of(server: RunningServer, token: str | None) -> httpx.Client:
    """A client of the server that shows this token."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=20, verify=trusted())
