"""Lists that are read page by page while rows of them go, over real HTTP."""

from typing import Any

import httpx
import pytest

from tests.collab_server.access_house import House, id_of
from tests.collab_server.api.rest.talking import GRAPH, Person, done


def page(client: httpx.Client, path: str, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = done(client.get(path, params=query))
    return found


def ids(*pages: dict[str, Any]) -> list[str]:
    return [item["id"] for each in pages for item in each["items"]]


@pytest.fixture
def graph(house: House) -> str:
    id: str = done(house.admin.post("/api/graphs", json={"graph": GRAPH}), 201)["id"]
    return id


def test_threads_go_on_where_they_were_though_the_last_one_is_deleted(house: House, graph: str) -> None:
    """OPS-1: and do not begin again."""
    ada = Person(house.admin, graph)
    oldest, *_, last, newest = (ada.begin(str(n))["id"] for n in range(4))
    first = page(ada.http, ada.url, limit=2)
    assert ids(first) == [newest, last]

    assert ada.http.delete(f"{ada.url}/{last}").status_code == 204

    rest = page(ada.http, ada.url, limit=2, before=first["next"])
    assert len(ids(rest)) == 2 and ids(rest)[-1] == oldest and rest["next"] is None


def test_requests_go_on_where_they_were_though_the_last_one_is_withdrawn(house: House, graph: str) -> None:
    """OPS-1"""
    path, askers = f"/api/graphs/{graph}/access/requests", [house.bot("viewer") for _ in range(3)]
    made = [done(asker.post(path, json={"role": "editor"}), 201)["id"] for asker in askers]
    first = page(house.admin, path, limit=2)
    assert ids(first) == [made[2], made[1]]

    assert askers[1].delete(f"{path}/{made[1]}").status_code == 204

    assert ids(page(house.admin, path, limit=2, before=first["next"])) == [made[0]]


@pytest.mark.parametrize(
    "list", ["/api/graphs/{}/threads", "/api/graphs/{}/access/requests", "/api/webhooks/{}/deliveries"]
)
def test_what_is_no_place_in_a_list_is_refused(house: House, graph: str, list: str) -> None:
    """OPS-1: whoever mixes up two lists is told so, and doesn't read one for ever."""
    hook = done(house.admin.post("/api/webhooks", json={"url": "https://example.org/"}), 201)["id"]
    path = list.format(hook if "webhooks" in list else graph)

    refused = house.admin.get(path, params={"before": id_of(house.admin)})

    assert refused.status_code == 422 and "no page" in refused.json()["detail"]
    assert house.admin.delete(f"/api/webhooks/{hook}").status_code == 204
