"""What is written for those who run a server, and what is not."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from flowroom.logging import LogLevel, get_level, set_level, set_up

TOLD = (
    "GET /sync/graphs/g?token=abc123secret HTTP/1.1",
    "Authorization: Bearer abc123secret",
    "cookie: flowroom_session=abc123secret; other=x",
    '{"password": "abc123secret"}',
    "api_key='abc123secret'",
)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What is written elsewhere stays what it was."""
    level, handlers, before = get_level(), logging.root.handlers, structlog.get_config()
    yield
    logging.root.handlers = handlers
    set_level(level)
    structlog.configure(**before)


@pytest.mark.parametrize("text", TOLD)
def test_secrets_in_texts_of_libraries_are_left_out(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Our own code logs none; this is for what an exception of a library may hold."""
    set_up("info", "json")
    logging.getLogger("some.library").warning("failed: %s", text)
    told = capsys.readouterr().err
    assert "failed" in told
    assert "abc123secret" not in told


def test_the_level_counts_from_now_on(capsys: pytest.CaptureFixture[str]) -> None:
    """OPS-10."""
    set_up("info", "console")
    logging.getLogger("flowroom.part").debug("too quiet")
    set_level("debug")
    logging.getLogger("flowroom.part").debug("loud enough")
    logging.getLogger("engine.part").debug("as loud")
    told = capsys.readouterr().err
    assert "too quiet" not in told and "loud enough" in told and "as loud" in told


@pytest.mark.parametrize("level", ["debug", "info"])
def test_no_library_tells_what_it_does(level: LogLevel, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever there are: a client of the web writes each address that it asks, with what is secret in it."""
    set_up(level, "json")
    logging.getLogger("httpx2").info("GET https://example.org/?key=abc123secret")
    assert capsys.readouterr().err == ""
    set_level("error")
    logging.getLogger("some.library").warning("failed")
    assert capsys.readouterr().err == ""
