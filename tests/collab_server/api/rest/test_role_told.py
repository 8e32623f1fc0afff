"""A role that rises is told to those it concerns, on the socket they have."""

from websockets.sync.client import connect

from collab_server.rooms import frames
from tests.collab_server.access_house import House, socket_headers


def test_who_gets_a_higher_role_is_told_on_the_open_socket(house: House) -> None:
    """ACCESS-10"""
    graph = house.graph(private=True)
    guest = house.guest(graph, "viewer")
    with connect(
        f"ws{house.server.url[4:]}/sync/graphs/{graph}", additional_headers=socket_headers(guest), proxy=None
    ) as socket:
        socket.send(frames.step1(frames.EMPTY_VECTOR))
        told = socket.recv(timeout=5)  # we are in the room

        house.give(graph, guest, "runner")

        while told != frames.role("runner"):
            told = socket.recv(timeout=5)


def test_the_list_says_what_one_may_do_with_each_graph(house: House) -> None:
    """ACCESS-7"""
    member = house.person("roles@example.org", "runner")
    seen, own = house.graph("Theirs"), house.graph("Given", private=True)
    house.give(own, member, "editor")

    items = member.get("/api/graphs", params={"limit": 200}).json()["items"]

    assert {item["id"]: item["role"] for item in items if item["id"] in (seen, own)} == {seen: "runner", own: "editor"}
