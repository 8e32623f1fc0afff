"""Texts in bodies that a database has no place for are refused, and say where, on each kind of database."""

from typing import Any

import pytest

from tests.collab_server.access_house import House

NUL = "a\0b"
HOOK = {"url": "https://example.org/"}


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/api/tokens", {"name": "x", "graphs": [NUL]}, "body.graphs.0"),
        ("/api/invitations", {"graph": NUL}, "body.graph"),
        ("/api/webhooks", {**HOOK, "description": NUL}, "body.description"),
        ("/api/webhooks", {**HOOK, "graphs": [NUL]}, "body.graphs.0"),
        ("/api/graphs/{}/restore", {"version": NUL}, "body.version"),
        ("/api/graphs/{}/access/requests", {"role": "admin", "reason": NUL}, "body.reason"),
    ],
)
def test_nul_is_refused_where_it_is_looked_up_or_stored(
    house: House, path: str, body: dict[str, Any], where: str
) -> None:
    """OPS-1, OPS-2"""
    refused = house.admin.post(path.format(house.graph()), json=body)

    assert refused.status_code == 422, refused.text
    assert [one["where"] for one in refused.json()["errors"]] == [where]


def test_nul_is_kept_where_people_write(house: House) -> None:
    """OPS-2: in a graph, and in what is said about it."""
    graph = house.graph("a\0b")
    thread = {"anchor": {"type": "canvas", "at": [0, 0]}, "body": NUL}
    assert house.admin.post(f"/api/graphs/{graph}/threads", json=thread).json()["messages"][0]["body"] == NUL
    assert house.admin.get(f"/api/graphs/{graph}").status_code == 200
