"""One contract for everything that carries messages between workers: memory, Redis, and Redis in a cluster."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from collab_server.fanout.memory import MemoryBus, MemoryFanout
from collab_server.fanout.port import (
    Asked,
    Close,
    Edited,
    EpochChanged,
    Fanout,
    Gone,
    Introduced,
    LogLevelSet,
    Message,
    Noticed,
    Person,
    Present,
    Recheck,
    Shown,
    ShownSoFar,
    Snapshotted,
    ToAll,
    TrafficAsked,
    TrafficTold,
)
from collab_server.fanout.redis import RedisFanout
from collab_server.fanout.wire import KINDS, decode, encode
from collab_server.stores.documents import DocumentKey
from flowroom.protocol import CloseCode
from tests.collab_server.fanout.workers import Ear, listening
from tests.collab_server.rooms.conftest import eventually
from tests.services.redis import Redis

KEY, OTHER = DocumentKey("graph", "g"), DocumentKey("graph", "other")
MakeEar = Callable[[], Awaitable[Ear]]
ADA = Person(1, 7, b'{"cursor":[1,2]}', "ada#1", 1700000000.5)

MESSAGES: list[Message] = [
    Edited("w", KEY, 1, 3, 4, b"\x00\n\xff"),
    Edited("w", KEY, 1, 3, 4, None),
    Snapshotted("w", KEY),
    EpochChanged("w", KEY, 2),
    Shown("w", DocumentKey("run", "r:1"), 5, b""),
    ShownSoFar("w", DocumentKey("run", "r:1"), "asker", 5, b"\x01"),
    Asked("w", DocumentKey("discussion", "g"), b"\x00"),
    Present("w", KEY, True, (ADA, Person(2, 1, b"null", "", 0))),
    Introduced("w", KEY),
    Close("w", KEY, CloseCode.NO_SUCH_DOCUMENT),
    Recheck("w", ("s1", "s2"), ("ada",), None),
    Noticed("w", ("ada", "bo")),
    Gone("w"),
    LogLevelSet("w", "debug", "ada"),
    TrafficAsked("w", "question", "bytes", 20),
    TrafficTold("w", "question", b"{}\n"),
]


@pytest.fixture(params=["memory", "redis"])
async def make_ear(request: pytest.FixtureRequest) -> AsyncIterator[MakeEar]:
    """Makes workers of one deployment."""
    bus = MemoryBus()
    async with AsyncExitStack() as stack:

        async def make() -> Ear:
            if request.param == "memory":
                return await stack.enter_async_context(listening(MemoryFanout(bus)))
            server: Redis = request.getfixturevalue("redis")
            fanout = await stack.enter_async_context(RedisFanout(server.url))
            await eventually(lambda: fanout.trouble is None, "not connected")
            return await stack.enter_async_context(listening(fanout))

        yield make


def edited(fanout: Fanout, key: DocumentKey = KEY, last: int = 1, update: bytes | None = b"u") -> Edited:
    return Edited(fanout.worker, key, 1, last, last, update)


async def test_who_follows_a_document_hears_of_it_and_of_no_other(make_ear: MakeEar) -> None:
    """FAN-1"""
    one, two = await make_ear(), await make_ear()
    await two.follow(KEY)

    one.fanout.publish(edited(one.fanout, OTHER))
    one.fanout.publish(edited(one.fanout, KEY))

    await two.hears(edited(one.fanout, KEY))
    assert two.heard == [edited(one.fanout, KEY)]


async def test_messages_of_a_worker_come_in_the_order_they_were_sent(make_ear: MakeEar) -> None:
    """FAN-1"""
    one, two = await make_ear(), await make_ear()
    await two.follow(KEY)
    sent = [edited(one.fanout, last=last, update=bytes(last)) for last in range(1, 500)]

    for message in sent:
        one.fanout.publish(message)

    await two.hears(sent[-1])
    assert two.heard == sent


async def test_a_worker_hears_what_it_says_itself_once_and_at_once(make_ear: MakeEar) -> None:
    """FAN-1"""
    one, two = await make_ear(), await make_ear()
    await one.follow(KEY)
    await two.follow(KEY)

    one.fanout.publish(Close(one.fanout.worker, KEY, CloseCode.TRY_LATER))
    assert len(one.heard) == 1
    two.fanout.publish(edited(two.fanout))
    await one.hears(edited(two.fanout))

    assert len(one.heard) == 2


async def test_what_concerns_everyone_needs_no_following(make_ear: MakeEar) -> None:
    """FAN-1"""
    one, two = await make_ear(), await make_ear()
    order = Recheck(one.fanout.worker, ("session",), (), None)

    one.fanout.publish(order)

    await two.hears(order)


async def test_who_follows_no_more_hears_no_more(make_ear: MakeEar) -> None:
    """FAN-1"""
    one, two = await make_ear(), await make_ear()
    await two.follow(KEY)
    await two.follow(OTHER)
    two.fanout.unfollow(KEY)
    await two.follow(DocumentKey("graph", "third"))  # the end of the line has passed the order to unfollow

    one.fanout.publish(edited(one.fanout, KEY))
    one.fanout.publish(edited(one.fanout, OTHER))

    await two.hears(edited(one.fanout, OTHER))
    assert edited(one.fanout, KEY) not in two.heard


async def test_who_follows_again_is_told_that_it_hears(make_ear: MakeEar) -> None:
    """FAN-2"""
    ear = await make_ear()
    await ear.follow(KEY)
    await ear.follow(KEY)
    ear.fanout.unfollow(KEY)
    await ear.follow(KEY)


async def test_it_is_known_how_many_others_follow_a_document(make_ear: MakeEar) -> None:
    one, two = await make_ear(), await make_ear()
    await one.follow(KEY)
    assert await one.fanout.others(KEY) == 0
    await two.follow(KEY)
    assert await one.fanout.others(KEY) == 1
    assert await one.fanout.others(None) >= 1
    assert not one.fanout.alone


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
async def test_every_message_arrives_as_it_was_sent(make_ear: MakeEar, message: Message) -> None:
    """FAN-1"""
    one, two = await make_ear(), await make_ear()
    if not isinstance(message, ToAll):
        await two.follow(message.key)

    one.fanout.publish(message)

    await two.hears(message)


def test_every_kind_of_message_is_tried() -> None:
    assert {type(message).__name__ for message in MESSAGES} == set(KINDS)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_is_the_same_after_the_wire(message: Message) -> None:
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"[]\n",
        b'["Unheard of",{},false]\n',
        b'["Edited",{"worker":"w"},true]\nx',
        b'["Close",{"worker":"w","key":"graph:g","code":1},false]\n',
        b'{"not":"ours"}\n',
        b"\xff\n",
        b'[["Gone"],{},false]\n',
        b'["Gone",[],false]\n',
        b'["Gone",{"worker":7},false]\n',
        b'["Close",{"worker":"w","key":null,"code":4404},false]\n',
        b'["Close",{"worker":"w","key":"letter:g","code":4404},false]\n',
        b'["Edited",{"worker":"w","key":"graph:g","epoch":1,"first":"7","last":8},true]\nx',
        b'["Edited",{"worker":"w","key":"graph:g","epoch":1,"first":7,"last":null},true]\nx',
        b'["Edited",{"worker":"w","key":"graph:g","epoch":1,"first":-7,"last":8},true]\nx',
        b'["Edited",{"worker":"w","key":"graph:g","epoch":true,"first":7,"last":8},true]\nx',
        b'["Shown",{"worker":"w","key":"run:r","number":1},false]\n',
        b'["Noticed",{"worker":"w","people":"ada"},false]\n',
        b'["Noticed",{"worker":"w","people":[1]},false]\n',
        b'["Present",{"worker":"w","key":"graph:g","whole":1,"people":[]},false]\n',
        b'["Present",{"worker":"w","key":"graph:g","whole":true,"people":[7]},false]\n',
        b'["Present",{"worker":"w","key":"graph:g","whole":true,"people":[[1,2,null,"h",0]]},false]\n',
        b'["Present",{"worker":"w","key":"graph:g","whole":true,"people":[[1,2,"{}","h","now"]]},false]\n',
        b'["Present",{"worker":"w","key":"graph:g","whole":true,"people":[["1",2,"{}","h",0]]},false]\n',
    ],
)
def test_what_this_version_does_not_know_is_nothing(data: bytes) -> None:
    """FAN-3: workers of two versions talk to each other during a rolling restart. So is what is no message."""
    assert decode(data) is None


def test_fields_that_a_later_version_added_are_passed_over() -> None:
    """FAN-3"""
    assert decode(b'["Gone",{"worker":"w","why":"tired"},false]\n') == Gone("w")
