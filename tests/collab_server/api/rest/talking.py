"""Someone who talks about a graph over REST, for tests."""

from typing import Any
from urllib.parse import quote

import httpx

GRAPH: dict[str, Any] = {
    "nodes": {"n": {"type": "LLM", "name": "Summarise"}, "m": {"type": "Log"}},
    "edges": {"e": {"source": "n", "target": "m"}},
}
NODE = {"type": "node", "node": "n"}


class Person:
    """Someone who talks about one graph."""

    def __init__(self, http: httpx.Client, graph: str) -> None:
        self.http = http
        self.url = f"/api/graphs/{graph}/threads"
        self.id = http.get("/api/me").json()["id"]

    def begin(self, body: str = "Why?", **more: Any) -> Any:
        return done(self.http.post(self.url, json={"anchor": NODE, "body": body, **more}), 201)

    def reply(self, thread: dict[str, Any], body: str = "Because.", **more: Any) -> Any:
        return done(self.http.post(f"{self.url}/{thread['id']}/messages", json={"body": body, **more}), 201)

    def thread(self, id: str) -> Any:
        return done(self.http.get(f"{self.url}/{id}"))

    def threads(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = done(self.http.get(self.url, params=query))["items"]
        return found

    def settle(self, thread: dict[str, Any], state: str = "resolved") -> Any:
        return done(self.http.patch(f"{self.url}/{thread['id']}", json={"state": state}))

    def message(self, thread: dict[str, Any], message: dict[str, Any], more: str = "") -> str:
        return f"{self.url}/{thread['id']}/messages/{message['id']}{more}"

    def reaction(self, thread: dict[str, Any], message: dict[str, Any], emoji: str = "👍") -> str:
        return self.message(thread, message, f"/reactions/{quote(emoji)}")

    def unread(self) -> dict[str, int]:
        found = done(self.http.get(f"{self.url}/unread"))
        counts = {item["thread"]: item["unread"] for item in found["items"]}
        assert found["total"] == sum(counts.values())
        return counts

    def read(self, seen: dict[str, str] | None = None) -> None:
        body = {} if seen is None else {"threads": seen}
        assert self.http.put(f"{self.url}/read", json=body).status_code == 204


def done(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()
