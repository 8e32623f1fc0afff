"""What nobody has told is told, whatever state other discussions are in."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from collab_server import workspace
from collab_server.happenings import Happenings
from collab_server.stores.activity import Wanted
from collab_server.stores.tables import document_log
from flowroom.files import native
from tests.collab_server.test_discussion import ADA, ADMIN, BO, NODE, a_house
from tests.collab_server.test_untold import CALLED, SAID, begin, die, make_up, what_is_said


async def test_a_discussion_that_can_not_be_read_keeps_no_other_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TALK-20: of that it is told when it can be."""
    async with a_house(tmp_path, ADA, BO) as house:
        here = house.here
        await here.graphs.create(native.load(b'{"nodes": {"n": {"type": "LLM"}}}'), title="H", by=ADMIN, id="h")
        await die(
            monkeypatch, (Happenings, "tell"), here, lambda here: here.discussions.begin("h", NODE, CALLED, by=ADA)
        )
        await die(monkeypatch, (Happenings, "tell"), here, begin)
        of_h = document_log.c.kind == "discussion", document_log.c.document == "h"
        with here.engine.begin() as connection:
            whole = connection.scalars(select(document_log.c.bytes).where(*of_h)).one()
            connection.execute(update(document_log).where(*of_h).values(bytes=b"\xff"))
    async with workspace.opened(here.settings) as here:
        await make_up(here)
        assert (await what_is_said(here))[1] == ["comment.created", "thread.created"]

        with here.engine.begin() as connection:
            connection.execute(update(document_log).where(*of_h).values(bytes=whole))
        await make_up(here)
        rows = await here.activity.page(Wanted(graph="h", kinds=SAID), before=None, limit=10)
        assert len(rows) == 2
