"""Requests for a role, on SQLite and on PostgreSQL, when something fails or several servers are asked at once."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import OperationalError

from collab_server import workspace
from collab_server.auth.identity import Identity
from collab_server.settings import Settings
from collab_server.stores import access_requests as store
from collab_server.stores import inbox as inbox_store
from collab_server.stores.access_requests import RequestRow
from collab_server.stores.people import PersonRow, add_person
from collab_server.stores.tables import document
from flowroom.writer import Writer
from tests.collab_server.activity.conftest import opened

ADMIN = Identity("root", "Root", "#000000", "admin")
BO = Identity("bo", "Bo", "#223344", "viewer")


def request(id: str) -> RequestRow:
    return RequestRow(id, "g", BO.user(), "editor", "please", 1.0, "open", None, None, None, "")


async def test_a_request_is_stored_with_what_its_deciders_are_told(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KIT-4: one of which they could not be told is asked anew, and they hear of it once."""
    async with workspace.opened(Settings(data=tmp_path, database_url=database)) as here:
        await here.graphs.create(None, title="G", by=ADMIN, id="g")
        with here.engine.begin() as connection:
            add_person(connection, PersonRow("root", None, "Root", "#000000", None, "admin", 0.0, None, None))

        def full(*_arguments: Any, **_named: Any) -> None:
            raise OperationalError("INSERT", {}, Exception("disk full"))

        with monkeypatch.context() as broken:
            broken.setattr(inbox_store, "put", full)
            with pytest.raises(OperationalError):
                await here.requests.ask("g", "editor", "please", by=BO)

        with here.inbox.listening(ADMIN) as changed:
            asked, is_new = await here.requests.ask("g", "editor", "please", by=BO)
            assert is_new and changed.is_set()
        assert await here.requests.ask("g", "editor", "please", by=BO) == (asked, False)
        (notice,) = await here.inbox.page(ADMIN, unread=True, before=None, limit=10)
        assert (notice.kind, notice.quote, notice.excerpt, notice.by) == ("access.asked", "editor", "please", BO.user())


def test_of_two_servers_that_one_asks_at_once_one_has_the_request(database: str) -> None:
    """KIT-4: one person has one open request on a graph, and its admins are told of one."""
    with opened(database) as first, Writer(first.engine) as second:
        graph = {"kind": "graph", "id": "g", "created_at": 0.0, "updated_at": 0.0}
        first.write(lambda connection: connection.execute(insert(document).values(graph)).close())
        asked, answered = Event(), Event()

        def slowly(connection: Connection) -> tuple[RequestRow, bool]:
            done = store.put(connection, request("q-1"))
            asked.set()
            answered.wait(0.3)  # long enough for whoever does not wait for this transaction
            return done

        one = first.writer.submit(slowly)
        assert asked.wait(10)
        other = second.submit(lambda connection: store.put(connection, request("q-2")))
        other.add_done_callback(lambda _: answered.set())
        assert (one.result(10)[1], other.result(10)[1]) == (True, False)
        assert other.result() == (one.result()[0], False)
