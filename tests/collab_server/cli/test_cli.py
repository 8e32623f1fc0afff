"""The command line as a script uses it: real processes, a real server, exit codes and JSON."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from flowroom.client import connect
from tests.services.process import free_port

FLOWROOM = [sys.executable, "-m", "collab_server"]
DEADLINE = 40.0
GRAPH = {
    "meta": {"title": "Greeting"},
    "nodes": {
        "chat": {"type": "Chat", "name": "Ask"},
        "reply": {"type": "Template", "name": "Reply", "params": {"template": "Hello {{ input.input.who }}!"}},
        "log": {"type": "Log", "name": "Keep", "pos": [720, 0]},
    },
    "edges": {
        "a": {"source": "chat", "sourcePort": "message", "target": "reply", "varName": "who"},
        "b": {"source": "reply", "target": "log"},
    },
}


def environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLOWROOM_")}
    return inherited | {"COLUMNS": "200"} | more


def flowroom(*words: str | Path, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = subprocess.run(
        [*FLOWROOM, *map(str, words)], capture_output=True, text=True, timeout=DEADLINE, env=environment(**env)
    )
    assert not check or done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def as_json(*words: str | Path) -> Any:
    return json.loads(flowroom(*words, "--json").stdout)


@contextmanager
def up(
    data: Path, *words: str, command: str = "up", **env: str
) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`flowroom up` in the background: the process, and the line that it printed."""
    log = (data.parent / f"{data.name}.log").open("w")
    process = subprocess.Popen(
        [*FLOWROOM, command, "--port", "0", "--data", str(data), "--json", *words],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=environment(**env),
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline() or "{}")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(DEADLINE)
        if process.stdout is not None:
            process.stdout.close()
        log.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "data"


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[dict[str, str]]:
    with up(data) as (_, found):
        yield found


def until(what: Any, seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def greeting(server: dict[str, str], data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("files") / "greeting.json"
    file.write_text(json.dumps(GRAPH))
    report = as_json("import", file, "--data", data)
    id: str = report["graphs"][0]["id"]
    return id


def test_the_first_start_shows_three_examples_and_the_next_ones_leave_them_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    titles = [graph["title"] for graph in as_json("graphs", "--data", data)]
    assert titles == ["Chat with a local model", "Orders of the day", "A Phase 1 workspace"]

    assert len(as_json("graphs", "--data", data)) == 3


def test_the_examples_can_be_left_out(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--no-examples", command="serve"):
        assert as_json("graphs", "--data", tmp_path / "data") == []


def test_the_address_opens_the_page_signed_in(server: dict[str, str]) -> None:
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        browser.get(server["address"])
        assert browser.get(f"{server['url']}/api/me").json()["kind"] == "person"


def test_a_chosen_token_is_the_sign_in_token_and_is_written_nowhere_but_the_note(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--no-examples", command="serve", FLOWROOM_TOKEN="my-own-token") as (_, found):
        assert found["address"].endswith("/?token=my-own-token")
        holding = [
            path.name
            for path in (tmp_path / "data").iterdir()
            if path.is_file() and b"my-own-token" in path.read_bytes()
        ]
        assert holding == ["server.json"]
        assert (tmp_path / "data" / "server.json").stat().st_mode & 0o077 == 0


def test_token_shows_the_address_of_the_running_server(server: dict[str, str], data: Path) -> None:
    assert flowroom("token", "--data", data).stdout.strip() == server["address"]
    assert (data / "token").read_text().strip() == server["token"]
    assert (data / "token").stat().st_mode & 0o077 == 0


def test_token_makes_an_api_token(server: dict[str, str], data: Path) -> None:
    made = as_json("token", "--create", "CI", "--role", "viewer", "--data", data)

    assert as_json("graphs", "--url", server["url"], "--token", made["token"])
    refused = flowroom("import", data.parent, "--url", server["url"], "--token", made["token"], check=False)
    assert refused.returncode == 1
    assert "needs the role editor" in refused.stderr


def test_a_second_server_on_the_folder_says_where_the_first_is(server: dict[str, str], data: Path) -> None:
    second = flowroom("up", "--port", "0", "--data", data, check=False)

    assert second.returncode == 1
    assert server["url"] in second.stderr


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = flowroom("up", "--port", port, "--data", tmp_path, check=False)

    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr and "--port" in refused.stderr


def test_several_workers_without_redis_are_refused_with_the_reason(tmp_path: Path) -> None:
    refused = flowroom("serve", "--workers", "2", "--data", tmp_path, check=False)

    assert refused.returncode == 1
    assert "FLOWROOM_REDIS_URL" in refused.stderr


def test_what_is_imported_can_be_exported(greeting: str, data: Path, tmp_path: Path) -> None:
    by_title = flowroom("export", "Greeting", "--data", data).stdout
    assert json.loads(by_title)["nodes"].keys() == GRAPH["nodes"].keys()  # type: ignore[attr-defined]

    written = as_json("export", greeting, "--phase1", "-o", tmp_path / "out.zip", "--data", data)
    assert (tmp_path / "out.zip").read_bytes()[:2] == b"PK"
    assert written["bytes"] == (tmp_path / "out.zip").stat().st_size

    again = as_json("import", tmp_path / "out.zip", "--data", data)
    assert again["graphs"][0]["nodes"] == 3


def test_a_folder_of_graphs_is_imported_with_a_report(data: Path, server: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(GRAPH))
    (tmp_path / "two.json").write_text("{ broken")

    report = as_json("import", tmp_path, "--data", data)

    assert [graph["nodes"] for graph in report["graphs"]] == [3]
    assert report["problems"][0]["file"] == "two.json"
    assert "two.json" in flowroom("import", tmp_path, "--data", data).stdout


@pytest.mark.parametrize("words", [["export", "no such graph"], ["run", "no such graph"]])
def test_an_unknown_graph_is_told(server: dict[str, str], data: Path, words: list[str]) -> None:
    refused = flowroom(*words, "--data", data, check=False)

    assert refused.returncode == 1
    assert "flowroom graphs" in refused.stderr


def test_no_server_at_the_address_is_told() -> None:
    refused = flowroom("graphs", "--url", "http://127.0.0.1:1", "--token", "x", check=False)

    assert refused.returncode == 1
    assert "flowroom up" in refused.stderr


def test_a_run_ends_with_states_and_outputs(greeting: str, data: Path) -> None:
    run = as_json("run", greeting, "--message", "Ada", "--data", data)

    assert run["state"] == "succeeded"
    assert {path: node["status"] for path, node in run["view"]["nodes"].items()} == dict.fromkeys(
        ("chat", "reply", "log"), "succeeded"
    )
    assert run["outputs"]["reply"] == {"output": "Hello Ada!"}
    shown = flowroom("run", greeting, "--node", "chat", "--input", 'chat="Bob"', "--data", data, check=False)
    assert "Hello Bob!" in shown.stdout, shown.stdout + shown.stderr


async def test_what_a_run_gave_is_told_whole(data: Path, server: dict[str, str], tmp_path: Path) -> None:
    """RUN-13: also what its log keeps apart for its size, to the command and to the client."""
    file, text = tmp_path / "large.json", "Grüße " * 1000
    nodes = {"code": {"type": "Code", "params": {"source": text}}, "all": {"type": "Merge"}, "few": {"type": "Code"}}
    file.write_text(json.dumps({"nodes": nodes, "edges": {"a": {"source": "code", "target": "all"}}}))
    id = as_json("import", file, "--data", data)["graphs"][0]["id"]

    run = as_json("run", id, "--data", data)
    assert run["outputs"] == {"code": {"output": text}, "all": {"output": [text]}, "few": {"output": ""}}
    async with connect(server["address"]) as workspace:
        assert await workspace.run_outputs(run["id"]) == run["outputs"]


def test_a_failing_run_ends_with_an_exit_code(data: Path, server: dict[str, str], tmp_path: Path) -> None:
    graph = {"nodes": {"x": {"type": "HTTPRequest", "name": "Ask", "params": {"url": "http://127.0.0.1:9/"}}}}
    (tmp_path / "failing.json").write_text(json.dumps(graph))
    id = as_json("import", tmp_path / "failing.json", "--data", data)["graphs"][0]["id"]

    done = flowroom("run", id, "--data", data, check=False)

    assert done.returncode == 1
    assert "failed" in done.stdout


def test_without_a_server_one_is_started_for_the_command(tmp_path: Path) -> None:
    (tmp_path / "g.json").write_text(json.dumps(GRAPH))
    data = tmp_path / "data"
    id = as_json("import", tmp_path / "g.json", "--data", data)["graphs"][0]["id"]

    run = as_json("run", id, "--message", "Eve", "--data", data)

    assert run["outputs"]["reply"] == {"output": "Hello Eve!"}
    assert not (data / "server.json").exists()


def test_a_run_is_followed_though_the_server_is_started_again(tmp_path: Path) -> None:
    """RUN-14: the run goes on, and so does whoever waits for it."""
    port = str(free_port())
    retry = {"attempts": 2, "delay": 3, "jitter": False, "retryOn": ["ServiceError"]}
    asks = {"type": "HTTPRequest", "params": {"url": "/api/nowhere"}, "retry": retry, "onError": "port"}
    edges = {"a": {"source": "asks", "sourcePort": "error", "target": "log"}}
    (tmp_path / "g.json").write_text(json.dumps({"nodes": {"asks": asks, "log": {"type": "Log"}}, "edges": edges}))
    data = tmp_path / "data"

    with up(data, "--no-examples", "--port", port) as (process, found):
        id = as_json("import", tmp_path / "g.json", "--data", data)["graphs"][0]["id"]
        running = subprocess.Popen(
            [*FLOWROOM, "run", id, "--url", found["address"], "--json"], stdout=subprocess.PIPE, env=environment()
        )
        with httpx.Client(trust_env=False, headers={"authorization": f"Bearer {found['token']}"}) as client:
            until(lambda: client.get(f"{found['url']}/api/graphs/{id}/runs").json()["items"])
        process.kill()
        process.wait(DEADLINE)
    with up(data, "--port", port):
        assert json.loads(running.communicate(timeout=DEADLINE)[0])["state"] == "succeeded"
    assert running.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_server_and_engine_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with up(tmp_path / "data", "--no-examples") as (process, _):
        children = until(lambda: psutil.Process(process.pid).children(recursive=True))
        process.send_signal(number)
        assert process.wait(12) == 0

    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert not (tmp_path / "data" / "server.json").exists()


def test_a_killed_engine_is_started_again_and_a_killed_server_takes_it_along(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--no-examples") as (process, _):
        server = psutil.Process(process.pid)
        (first,) = until(server.children)
        first.kill()
        (second,) = until(lambda: [child for child in server.children() if child.pid != first.pid])
        process.kill()
        process.wait(DEADLINE)
        until(lambda: not second.is_running() or second.status() == psutil.STATUS_ZOMBIE)


def test_secrets_are_in_no_log_line(tmp_path: Path) -> None:
    """Whatever comes in, by header, address, cookie or body, and whatever goes wrong with it."""
    data = tmp_path / "data"
    env = {"FLOWROOM_LOG_LEVEL": "debug", "FLOWROOM_SERVICE_TOKEN": "engine-secret-1"}
    with up(data, "--no-examples", **env) as (_, found), httpx.Client(base_url=found["url"], trust_env=False) as client:
        client.get(f"/?token={found['token']}")
        cookie = client.cookies["flowroom_session"]
        client.get("/?token=guess-secret-2")
        client.post("/api/session", json={"token": "guess-secret-3"})
        client.post("/api/session", content=b'{"token": "guess-secret-4"', headers={"content-type": "application/json"})
        client.get("/api/graphs?token=guess-secret-5", headers={"authorization": "Bearer guess-secret-6"})
        client.patch("/api/settings", json={"logLevel": "debug"}, headers={"x-csrf-token": "guess-secret-7"})
        admin = {"authorization": f"Bearer {found['token']}"}
        made = client.post("/api/tokens", json={"name": "x"}, headers=admin).json()["token"]
        client.get("/api/nowhere", params={"token": made})
        log = data.parent / f"{data.name}.log"
        until(lambda: "/api/nowhere" in log.read_text())

    written = log.read_text()
    for secret in (found["token"], cookie, made, "-secret-"):
        assert secret not in written
