"""What all nodes of an engine share."""

import httpx
import pytest

from engine.nodes.errors import Refused
from engine.services import Services
from engine.settings import EngineSettings


async def test_ollama_on_this_machine_is_for_nodes_that_ask_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """RUN-21: no other node looks around there unless a setting names it."""
    monkeypatch.setattr("engine.services.OLLAMA", ("127.0.0.1:1",))
    async with Services() as services:
        with pytest.raises(httpx.ConnectError):
            await services.model_http.get("http://127.0.0.1:1/")
        with pytest.raises(Refused):
            await services.http.get("http://127.0.0.1:1/")
    async with Services(EngineSettings(http_allow="127.0.0.1:1")) as services:
        with pytest.raises(httpx.ConnectError):
            await services.http.get("http://127.0.0.1:1/")
