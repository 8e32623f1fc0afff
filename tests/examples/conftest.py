"""What the tests of the examples share: a Flowroom as a person starts it, and a workspace in it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from flowroom.client import Workspace, connect
from tests.flowroom_up import flowroom_up


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is, with the admin's token."""
    with flowroom_up(tmp_path_factory.mktemp("data"), "--no-examples") as address:
        yield address


@pytest.fixture
async def workspace(address: str) -> AsyncIterator[Workspace]:
    """The admin's."""
    async with connect(address) as workspace:
        yield workspace
