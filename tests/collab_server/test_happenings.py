"""Whoever listens hears of everything, in order, before whoever told goes on."""

from collab_server.happenings import Happening, Happenings


async def test_everyone_who_listens_hears_before_the_teller_goes_on() -> None:
    happenings, heard = Happenings(), list[tuple[str, str]]()

    async def first(happening: Happening) -> None:
        heard.append(("first", happening.kind))

    async def second(happening: Happening) -> None:
        heard.append(("second", happening.kind))

    happenings.listen(first)
    happenings.listen(second)
    await happenings.tell(Happening("graph.created", graph="g"))

    assert heard == [("first", "graph.created"), ("second", "graph.created")]
