"""Reading what was done, and telling other programs, from the shell."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collab_server.cli.test_cli import FLOWROOM, as_json, environment, flowroom, up
from tests.collab_server.webhooks.receiver import receiving, wait_until


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a running server with the examples in it."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    with up(folder, command="serve", FLOWROOM_WEBHOOK_ALLOW="127.0.0.1"):
        yield folder


def heed_interrupts() -> None:
    """Take SIGINT as a command in a terminal does; whoever started the tests may ignore it, and that is inherited."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_what_was_done_is_shown_followed_and_exported(data: Path, tmp_path: Path) -> None:
    """ACT-12"""
    graph = as_json("graphs", "--data", data)[0]
    with subprocess.Popen(
        [*FLOWROOM, "activity", "--follow", "--json", "--data", str(data)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(),
        preexec_fn=heed_interrupts,
    ) as following:  # fmt: skip
        try:
            flowroom("export", graph["id"], "-o", tmp_path / "graph.json", "--data", data)
            assert following.stdout
            line = json.loads(following.stdout.readline())
        finally:
            following.send_signal(signal.SIGINT)
    assert (line["kind"], line["graph"]) == ("graph.exported", graph["id"])

    shown = flowroom("activity", graph["title"], "--data", data).stdout
    assert f"Workspace token in {graph['title']}: exported the graph as flowroom" in shown
    rows = as_json("activity", graph["id"], "--kind", "graph.*", "--data", data)
    assert [row["kind"] for row in rows] == ["graph.exported"]
    for name, first in (("all.csv", b"id,at,until"), ("all.jsonl", b'{"id":')):
        flowroom("activity", graph["id"], "--export", tmp_path / name, "--data", data)
        assert (tmp_path / name).read_bytes().startswith(first)
    wrong = flowroom("activity", "--export", tmp_path / "all.xml", "--data", data, check=False)
    assert wrong.returncode == 2 and ".csv or .jsonl" in wrong.stderr


def test_webhooks_are_added_tried_out_listed_and_removed(data: Path) -> None:
    assert "There are no webhooks" in flowroom("webhooks", "list", "--data", data).stdout
    with receiving() as receiver:
        made = flowroom("webhooks", "add", receiver.url, "--event", "run.*", "--data", data)
        assert made.stdout.startswith("whsec_") and "not shown again" in made.stderr
        (hook,) = as_json("webhooks", "list", "--data", data)
        assert hook["events"] == ["run.*"] and "secret" not in hook
        assert "delivered" in flowroom("webhooks", "test", hook["id"], "--data", data).stdout
        wait_until(lambda: receiver.types() == ["webhook.ping"])
    away = flowroom("webhooks", "test", hook["id"], "--data", data, check=False)
    assert away.returncode == 1 and away.stdout.startswith("The ping failed after ")
    assert hook["id"] in flowroom("webhooks", "list", "--data", data).stdout
    assert "Removed" in flowroom("webhooks", "remove", hook["id"], "--data", data).stdout
    refused = flowroom("webhooks", "add", "http://example.org", "--data", data, check=False)
    assert refused.returncode == 1 and "TLS" in refused.stderr
