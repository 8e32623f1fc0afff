"""What is written for those who run a server, and what is not."""

import logging

import pytest

from flowroom.logging import get_level, set_level, set_up

TOLD = (
    "GET /sync/graphs/g?token=abc123secret HTTP/1.1",
    "Authorization: Bearer abc123secret",
    "cookie: flowroom_session=abc123secret; other=x",
    '{"password": "abc123secret"}',
    "api_key='abc123secret'",
)


@pytest.mark.parametrize("text", TOLD)
def test_secrets_in_texts_of_libraries_are_left_out(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Our own code logs none; this is for what an exception of a library may hold."""
    before = logging.root.handlers, logging.root.level
    try:
        set_up("info", "json")
        logging.getLogger("some.library").warning("failed: %s", text)
    finally:
        logging.root.handlers = before[0]
        logging.root.setLevel(before[1])
    told = capsys.readouterr().err
    assert "failed" in told
    assert "abc123secret" not in told


def test_the_level_counts_from_now_on(capsys: pytest.CaptureFixture[str]) -> None:
    """OPS-10."""
    before, handlers = get_level(), logging.root.handlers
    try:
        set_up("info", "console")
        logging.getLogger("some.part").debug("too quiet")
        set_level("debug")
        logging.getLogger("some.part").debug("loud enough")
    finally:
        logging.root.handlers = handlers
        logging.root.setLevel(before.upper())
    told = capsys.readouterr().err
    assert "too quiet" not in told and "loud enough" in told
