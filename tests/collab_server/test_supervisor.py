"""A child that keeps running, whatever keeps it from starting."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from collab_server.folder import RunningServer
from collab_server.serving import engine_beside
from collab_server.settings import Settings
from collab_server.supervisor import Supervisor, engine_environment
from engine.secrets import RESERVED, SECRET_PREFIX

SLEEPS = "#!/bin/sh\nexec sleep 60\n"


def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.01)


def a_program(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(path)


@contextmanager
def standard_error(stream: IO[str]) -> Iterator[None]:
    before, sys.stderr = sys.stderr, stream
    try:
        yield
    finally:
        sys.stderr = before


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    program = tmp_path / "child"
    a_program(program, SLEEPS)

    with Supervisor([str(program)], os.environ) as supervisor:
        until(lambda: supervisor.pid)
        first = supervisor.pid
        assert first is not None
        os.kill(first, 9)
        until(lambda: supervisor.pid not in (None, first))

    assert supervisor.starts == 2


def test_a_child_that_can_not_be_started_is_tried_again(tmp_path: Path) -> None:
    """No memory for a fork, a program that is just being replaced: both pass."""
    program = tmp_path / "child"

    with Supervisor([str(program)], os.environ) as supervisor:
        until(lambda: supervisor.starts >= 1)
        assert supervisor.pid is None
        a_program(program, SLEEPS)
        until(lambda: supervisor.pid)

    assert supervisor.pid is None


def test_a_child_lives_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    """`flowroom up 2>&1 | head`: the terminal's end of the pipe is closed, and the engine still has work."""
    program, said = tmp_path / "child", tmp_path / "said"
    a_program(program, f"#!/bin/sh\necho one\nsleep 0.2\necho two\necho all >{said}\nexec sleep 60\n")
    reading, writing = os.pipe()
    os.close(reading)

    with open(writing, "w", buffering=1) as deaf, standard_error(deaf):
        with Supervisor([str(program)], os.environ) as supervisor:
            until(said.exists)
            assert supervisor.pid is not None
            assert supervisor.starts == 1
        with pytest.raises(BrokenPipeError):
            deaf.write("nobody\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), deaf.fileno())


def test_an_engine_is_told_no_key_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """RUN-24: but for its own token, and the secrets that nodes call by name."""
    kept = ("FLOWROOM_SECRET_OPENAI", "FLOWROOM_HTTP_ALLOW", "PATH")
    for name in (*kept, "FLOWROOM_TOKEN", "FLOWROOM_SECRET_KEY", "flowroom_secret_key", "FLOWROOM_OIDC_CLIENT_SECRET"):
        monkeypatch.setenv(name, "old")
    for name in ("FLOWROOM_DATABASE_URL", "FLOWROOM_REDIS_URL", "FLOWROOM_SERVICE_TOKEN"):
        monkeypatch.setenv(name, "old")
    settings = Settings(database_url="", redis_url=None)

    told = engine_environment(settings, server_url="http://a", service_token="new")

    assert {name for name, value in told.items() if value == "old"} == set(kept)
    assert told["FLOWROOM_SERVICE_TOKEN"] == "new"


def test_an_engine_is_told_how_long_it_is_given_to_end(tmp_path: Path) -> None:
    """RUN-18: what it has to do until then comes before it is killed."""
    settings = Settings(data=tmp_path, shutdown_seconds=9)
    beside = engine_beside(settings, RunningServer(1, "http://a", "token"), "service")

    assert (beside._environment["FLOWROOM_SHUTDOWN_SECONDS"], beside._grace) == ("3.0", 3.0)


def test_no_setting_of_the_server_is_a_secret_of_nodes() -> None:
    """RUN-24: whatever settings there will be."""
    settings = {f"FLOWROOM_{name.upper()}" for name in Settings.model_fields}

    assert {name for name in settings if name.startswith(SECRET_PREFIX)} <= RESERVED
