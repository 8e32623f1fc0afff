"""docs/reference/webhooks.md says what is sent: its events are the code's, and its example verifies a real message."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.activity.bursts import Person, Row
from collab_server.activity.sentences import EDITS, KINDS
from collab_server.settings import Settings
from collab_server.webhooks import messages
from tests.collab_server.api.rest.conftest import admin as admin
from tests.collab_server.api.rest.conftest import data as data
from tests.collab_server.api.rest.conftest import server as server
from tests.collab_server.webhooks.receiver import receiving, wait_until

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "webhooks.md").read_text()


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    return Settings(data=data, port=0, examples=False, webhook_allow=("127.0.0.1",))


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_events_are_those_of_the_page() -> None:
    """HOOK-10"""
    told = dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (.*) \|$", PAGE, re.MULTILINE))
    assert told == KINDS
    assert list(told)[:13] == [kind for kind in KINDS if kind in EDITS] and len(EDITS) == 13


def test_the_message_of_the_page_has_the_fields_of_a_real_one() -> None:
    """HOOK-10"""
    shown: dict[str, Any] = json.loads(block("json"))
    real = json.loads(messages.message(Row("node.changed", time.time(), Person("p"), "g", id=1)))
    assert shown.keys() == real.keys() and shown["data"].keys() == real["data"].keys()
    assert shown["data"]["by"].keys() == real["data"]["by"].keys()
    assert shown["data"]["graph"].keys() == real["data"]["graph"].keys()


def test_the_example_verifies_a_real_message_and_no_other(admin: httpx.Client) -> None:
    """HOOK-10"""
    example: dict[str, Any] = {}
    exec(block("python"), example)
    verified = example["verified"]
    with receiving() as receiver:
        secret = admin.post("/api/webhooks", json={"url": receiver.url, "events": ["graph.*"]}).json()["secret"]
        admin.post("/api/graphs", json={"title": "Letters"})
        wait_until(lambda: receiver.got)
    (got,) = receiver.got
    assert verified(secret, got.headers, got.body)
    assert not verified(secret, got.headers, got.body + b" ")
    assert not verified(messages.new_secret(), got.headers, got.body)
    old = got.headers | {"webhook-timestamp": str(int(got.headers["webhook-timestamp"]) - 301)}
    assert not verified(secret, old, got.body)


MADE = r"\bHappening\(|_note\(connection,|_noting\(|\btold=|\bkind, \w+ ="
"""What stands before a kind in the code where a happening is made."""


def test_whatever_the_server_tells_is_on_the_page() -> None:
    """HOOK-10: each kind that stands in the code where a happening is made."""
    server = Path(__file__).resolve().parents[3] / "collab_server"
    told = {
        kind
        for path in server.rglob("*.py")
        for kind in re.findall(rf'(?:{MADE})\s*"([a-z]+\.[a-z]+)"', path.read_text())
        if path.name != "happenings.py"
    }
    assert len(told) > 34 and told <= KINDS.keys()
