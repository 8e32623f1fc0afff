"""The place that all of a house's people want to get into, and who they are."""

import httpx
import pytest

from tests.collab_server.access_house import House
from tests.collab_server.api.places import Place


@pytest.fixture(scope="module")
def place(house: House) -> Place:
    """The place that all of a house's people want to get into."""
    graph = house.graph(private=True)
    house.admin.put(f"/api/graphs/{graph}", json={"graph": {"nodes": {"log": {"type": "Log"}}}})
    return Place(graph, house.admin.post(f"/api/graphs/{graph}/runs", json={}).json()["id"])


@pytest.fixture(scope="module")
def everyone(house: House, place: Place) -> dict[str, httpx.Client]:
    """Someone with each role, by each of the ways to it; and those who have none."""
    found = {role: house.guest(place.graph, role) for role in ("viewer", "commenter", "runner", "editor", "admin")}
    member = house.person("matrix.member@example.org", "editor")
    granted = house.person("matrix.granted@example.org", None)
    house.give(place.graph, granted, "editor")
    return found | {
        "nobody": house.browser(),
        "guest of another graph": house.guest(house.graph(), "admin"),
        "editor of the workspace": member,
        "guest who was given it": granted,
        "admin of the workspace": house.person("matrix.admin@example.org", "admin"),
        "bot for it": house.bot("editor", graphs=[place.graph]),
        "bot for the workspace": house.bot("editor"),
        "engine": house.client((house.settings.data / "service-token").read_text().strip()),
    }
