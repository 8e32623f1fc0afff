"""Webhooks over real HTTP: what admins do with them, and a message on its way to a real receiver."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.settings import Settings
from collab_server.webhooks import messages
from tests.collab_server.api.rest.conftest import MakeClient
from tests.collab_server.webhooks.receiver import Receiver, receiving, wait_until


@pytest.fixture(scope="module")
def settings(data: Path) -> Settings:
    return Settings(data=data, port=0, examples=False, webhook_allow=("127.0.0.1",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def added(admin: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = admin.post("/api/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_webhooks_are_an_admins_business(admin: httpx.Client, as_role: MakeClient, receiver: Receiver) -> None:
    """HOOK-1"""
    hook = added(admin, url=receiver.url)["id"]
    editor = as_role("editor")
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("GET", f"/{hook}"),
        ("PATCH", f"/{hook}"),
        ("DELETE", f"/{hook}"),
        ("POST", f"/{hook}/secret"),
        ("POST", f"/{hook}/test"),
        ("GET", f"/{hook}/deliveries"),
        ("POST", f"/{hook}/deliveries/x/retry"),
    ):
        body = {"url": receiver.url} if path == "" else {}
        assert editor.request(method, f"/api/webhooks{path}", json=body).status_code == 403, (method, path)
    admin.delete(f"/api/webhooks/{hook}")


def test_the_secret_is_shown_once(admin: httpx.Client, receiver: Receiver, data: Path) -> None:
    """HOOK-1"""
    made = added(admin, url=receiver.url, events=["run.*"], description="to the chat")
    secret = made["secret"]
    one = admin.get(f"/api/webhooks/{made['id']}").text
    rotated = admin.post(f"/api/webhooks/{made['id']}/secret").json()
    everything = admin.get("/api/webhooks").text + one + admin.get("/api/activity").text
    assert secret.startswith("whsec_") and rotated["secret"] not in (secret, *everything)
    assert secret not in everything and rotated["secret"] not in everything
    assert secret.encode() not in (data / "flowroom.db").read_bytes()
    assert (data / "secret-key").stat().st_mode & 0o077 == 0
    assert rotated["oldSecretUntil"] is not None
    kinds = [item["kind"] for item in admin.get("/api/activity", params={"kind": "webhook.*"}).json()["items"]]
    assert kinds[:2] == ["webhook.rotated", "webhook.created"]
    admin.delete(f"/api/webhooks/{made['id']}")


def test_what_is_done_reaches_the_receiver(admin: httpx.Client, receiver: Receiver) -> None:
    """HOOK-2, HOOK-3"""
    made = added(admin, url=receiver.url, events=["graph.created"])
    graph = admin.post("/api/graphs", json={"title": "Letters"}).json()["id"]
    wait_until(lambda: receiver.got)
    (got,) = receiver.got
    assert got.message["data"]["graph"] == {"id": graph, "title": "Letters"}
    signed = messages.signature(made["secret"], got.id, int(got.headers["webhook-timestamp"]), got.body)
    assert got.headers["webhook-signature"] == signed
    path = f"/api/webhooks/{made['id']}/deliveries"
    wait_until(lambda: admin.get(path).json()["items"][0]["state"] == "delivered")
    (shown,) = admin.get(path).json()["items"]
    assert (shown["id"], shown["body"], shown["due"]) == (got.id, got.message, None)
    assert admin.post(f"{path}/{got.id}/retry").status_code == 202
    wait_until(lambda: len(receiver.got) == 2)
    assert receiver.got[1].id == got.id
    admin.delete(f"/api/webhooks/{made['id']}")
    assert admin.get(path).status_code == 404


def test_one_is_changed_switched_off_and_tried_out(admin: httpx.Client, receiver: Receiver) -> None:
    hook = added(admin, url=receiver.url)["id"]
    path = f"/api/webhooks/{hook}"
    changed = admin.patch(
        path, json={"events": ["run.*"], "graphs": ["g"], "enabled": False, "description": "x"}
    ).json()
    assert (changed["events"], changed["graphs"], changed["enabled"]) == (["run.*"], ["g"], False)
    assert admin.patch(path, json={}).json() == changed
    assert admin.post(f"{path}/test").json()["state"] == "delivered"
    assert receiver.types() == ["webhook.ping"]
    admin.delete(path)


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://example.org/"},
        {"url": "https://10.0.0.1/"},
        {"url": "https://xn--a/"},
        {"url": "https://example.org/", "events": ["Run Finished"]},
        {"url": "https://example.org/", "events": ["run"]},
        {"url": ""},
        {},
        {"url": "https://example.org/", "secret": "mine"},
    ],
)
def test_what_can_not_be_is_refused(admin: httpx.Client, body: dict[str, Any]) -> None:
    """HOOK-7"""
    assert admin.post("/api/webhooks", json=body).status_code == 422
    assert admin.get("/api/webhooks").json()["items"] == []


def test_what_is_not_there_is_not_found(admin: httpx.Client) -> None:
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/test")):
        assert admin.request(method, f"/api/webhooks/none{path}", json={}).status_code == 404
