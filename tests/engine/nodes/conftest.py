"""A bench to run nodes on, and the servers they talk to."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from engine.expressions import Expressions
from engine.local_model import LocalModel
from tests.engine.nodes.contexts import Bench, a_client
from tests.engine.nodes.servers import FetchedServer, OllamaServer, OpenAIServer, served


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Nodes on this bench may reach this machine; the guard has tests of its own."""
    root = tmp_path / "files"
    root.mkdir()
    expressions, local_model = Expressions(workers=1), LocalModel()
    async with a_client("127.0.0.1") as client:
        yield Bench(client, expressions, local_model, root)
    await expressions.close()
    await local_model.close()


@pytest.fixture(scope="session")
def fetched() -> FetchedServer:
    return FetchedServer()


@pytest.fixture(scope="session")
def fetched_url(fetched: FetchedServer) -> Iterator[str]:
    with served(fetched.app) as url:
        yield url


@pytest.fixture(scope="session")
def ollama() -> OllamaServer:
    return OllamaServer()


@pytest.fixture(scope="session")
def ollama_url(ollama: OllamaServer) -> Iterator[str]:
    with served(ollama.app) as url:
        yield url


@pytest.fixture(scope="session")
def openai_server() -> OpenAIServer:
    return OpenAIServer()


@pytest.fixture(scope="session")
def openai_url(openai_server: OpenAIServer) -> Iterator[str]:
    with served(openai_server.app) as url:
        yield f"{url}/v1"
