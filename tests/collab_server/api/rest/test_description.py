"""The interface does what its OpenAPI description says, whatever it is sent: Schemathesis tries every operation.

Half of the calls go to graphs, runs and nodes that are there, or most would end at "not found". Each operation gets
what is at the bounds of its description, some 40 calls, and FLOWROOM_CALLS made-up ones (25 unless set) on SQLite, and
half as many others on PostgreSQL; the same ones every time unless FLOWROOM_SEED says otherwise.
"""

import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as trying
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from collab_server.api.rest import create_api
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from tests.services.postgres import Postgres

CALLS = int(os.environ.get("FLOWROOM_CALLS", "25"))
SEED = int(os.environ.get("FLOWROOM_SEED", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DESCRIPTION = create_api().openapi()
STREAMS = [path for path, operations in DESCRIPTION["paths"].items() if "text/event-stream" in repr(operations)]
"""They have no end, and tests of their own."""
schema = schemathesis.openapi.from_dict(DESCRIPTION).exclude(path=STREAMS)


@pytest.fixture(scope="module")
def settings(request: pytest.FixtureRequest, data: Path) -> Settings:
    """A server on a kind of database, for someone who comments once for each operation."""
    many = Settings(data=data, port=0, examples=False, max_comments_per_minute=100_000, max_runs_per_minute=100_000)
    if request.param == "sqlite":
        return many
    server: Postgres = request.getfixturevalue("postgres")
    url = server.database()
    return many.model_copy(update={"database_url": url, "runs_url": url})


@pytest.fixture
def there(admin: httpx.Client) -> Mapping[str, str]:
    """Path parameters that lead to something; made anew for each operation, since one of them deletes."""
    graph = {"nodes": {"a": {"type": "Log"}, "b": {"type": "Template", "params": {"template": "x"}}}, "edges": {}}
    made = admin.post("/api/graphs", json={"title": "Tried", "graph": graph}).raise_for_status().json()
    run = admin.post(f"/api/graphs/{made['id']}/runs", json={}).raise_for_status().json()
    said = {"anchor": {"type": "node", "node": "a"}, "body": "Is this right?"}
    thread = admin.post(f"/api/graphs/{made['id']}/threads", json=said).raise_for_status().json()
    ids = {"id": made["id"], "run": run["id"], "node": "a"}
    return ids | {"thread": thread["id"], "message": thread["messages"][0]["id"]}


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """A connection that is kept: thousands of calls go over it."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def token(admin: httpx.Client) -> str:
    """An admin's API token: unlike the sign-in token it stands for someone who can be renamed."""
    made: str = admin.post("/api/tokens", json={"name": "Schemathesis", "role": "admin"}).json()["token"]
    return made


@pytest.fixture
def call(
    server: RunningServer, session: requests.Session, token: str, there: Mapping[str, str]
) -> Callable[[Any], None]:
    """Makes a call, and compares what is answered with the description."""

    def made(case: Any) -> None:
        lead_somewhere(case.path_parameters, there)
        headers = {"authorization": f"Bearer {token}"}
        answer = case.call(base_url=f"{server.url}/api", session=session, headers=headers, timeout=20)
        case.validate_response(answer, checks=CHECKS)

    return made


def tried(on: str, *, calls: int, choice: int, bounds: bool) -> Callable[[Callable[..., None]], Any]:
    """A test that is run for each operation, with so many calls of this choice, on a kind of database.

    With `bounds` it is first tried with what lies at the bounds of the description, most of which no database hears of.
    """

    def decorated(test: Callable[..., None]) -> Any:
        # Hypothesis sees that `random` moved while it drew, and blames the strategy: it was another thread.
        ignored = pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
        on_database = pytest.mark.parametrize("settings", [on], indirect=True, scope="module")
        how = trying(
            max_examples=calls,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate] if bounds else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        return seed(choice)(how(schema.parametrize()(pytest.mark.timeout(300)(ignored(on_database(test))))))

    return decorated


@tried("sqlite", calls=CALLS, choice=SEED, bounds=True)
def test_no_call_is_answered_otherwise_than_described(case: Any, call: Callable[[Any], None]) -> None:
    """OPS-1: no 5xx, and no status, header, media type or shape that the description doesn't have."""
    call(case)


@tried("postgres", calls=CALLS // 2, choice=SEED + 1, bounds=False)
def test_nor_where_postgresql_holds_everything(case: Any, call: Callable[[Any], None]) -> None:
    """OPS-1."""
    call(case)


def lead_somewhere(parameters: dict[str, Any] | None, there: Mapping[str, str]) -> None:
    """Put ids that are there in place of every other made-up one; which ones depends on nothing but those."""
    for name, value in (parameters or {}).items():
        if parameters and name in there and zlib.crc32(repr(value).encode()) % 2:
            parameters[name] = there[name]
