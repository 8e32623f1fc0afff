"""Presence is bound to who introduced it, stamped with who that is, and gone when they are (GUARD-20 to GUARD-30)."""

import base64
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from collab_server.auth.identity import Identity
from collab_server.rooms.awareness import BURST, MAX_IDS_PER_PEER, MAX_REMEMBERED, Presences
from collab_server.rooms.entries import LAST_CLOCK, Entry, frame, read_entries
from collab_server.rooms.guard import AwarenessUpdate, Malformed, read_frame
from collab_server.rooms.seat import CLOCKS_SINCE, MAX_SAID
from collab_server.rooms.walker import write_varint
from tests.convergence.node_peers import NodePeers
from tests.convergence.wire import text
from tests.steps import steps

ADA = Identity("ada", "Ada", "#c00", "editor", session="ada-1")
BOB = Identity("bob", "Bob", "#0c0", "viewer", kind="bot", session="bob-1")


def entries(*told: tuple[int, int, Any]) -> bytes:
    """An awareness update with a client, a clock and a state each."""
    parts = [write_varint(client) + write_varint(clock) + text(json.dumps(state)) for client, clock, state in told]
    return write_varint(len(told)) + b"".join(parts)


def heard(frame: bytes | None) -> dict[int, tuple[int, Any]]:
    """Clock and state by client of a frame that was sent."""
    if frame is None:
        return {}
    message = read_frame(frame)
    assert isinstance(message, AwarenessUpdate)
    return {entry.client: (entry.clock, orjson.loads(entry.state)) for entry in read_entries(message.payload)}


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def presences(clock: Clock) -> Presences:
    return Presences(now=clock)


def test_a_state_is_told_with_the_identity_of_who_sent_it(presences: Presences) -> None:
    """GUARD-21: `user` is never a peer's own word; the rest is."""
    told = heard(presences.receive("a", ADA, entries((1, 1, {"user": {"id": "bob"}, "cursor": [1, 2]}))))

    assert told == {1: (1, {"user": ADA.user().model_dump(mode="json"), "cursor": [1, 2]})}
    assert heard(presences.everyone())[1][1]["user"]["name"] == "Ada"


@pytest.mark.parametrize("far", [MAX_SAID + 1, LAST_CLOCK - 1, LAST_CLOCK])
def test_who_comes_from_the_end_of_all_clocks_is_not_shown_and_nobody_is_told_a_clock_beyond(
    presences: Presences, far: int
) -> None:
    """GUARD-30: stock clients repeat to the server whatever they hear, and were closed with 4422 for it."""
    presences.receive("b", BOB, entries((2, 1, {})))

    assert presences.receive("a", ADA, entries((1, far, {"cursor": None}))) is None
    assert list(heard(presences.everyone())) == [2]
    assert heard(presences.receive("a", ADA, entries((1, 7, {"cursor": None}))))[1][0] == 7
    assert heard(presences.leave("a"))[1] == (8, None)


def test_the_server_counts_on_from_the_latest_clock_and_so_does_its_client(presences: Presences, clock: Clock) -> None:
    """GUARD-30."""
    assert heard(presences.receive("a", ADA, entries((1, MAX_SAID, {"cursor": 0}))))[1][0] == MAX_SAID
    (introduced, _) = heard(presences.everyone())[1]
    assert introduced == MAX_SAID + 1
    for n in range(1, 100):
        clock.seconds += 1
        assert heard(presences.receive("a", ADA, entries((1, introduced + n, {"cursor": n}))))[1][0] == introduced + n
    assert heard(presences.leave("a"))[1][0] > introduced + 99


def test_no_frame_has_a_clock_that_would_be_refused() -> None:
    """GUARD-30: whichever worker counted it."""
    assert heard(frame([Entry(1, LAST_CLOCK + 1, b"null"), Entry(2, 7, b"{}")])) == {1: (LAST_CLOCK, None), 2: (7, {})}


def test_nobody_speaks_for_someone_elses_client(presences: Presences) -> None:
    """GUARD-22: foreign entries are passed over, whether forged or repeated, and harm no one."""
    presences.receive("a", ADA, entries((1, 1, {"cursor": None})))
    presences.receive("b", BOB, entries((2, 1, {})))

    assert presences.receive("b", BOB, entries((1, 9, {"cursor": [6, 6]}))) is None
    assert presences.receive("b", BOB, entries((1, 9, None))) is None
    assert presences.receive("c", BOB, entries((1, 9, {}))) is None
    assert presences.refused == 3
    assert presences.states()[1]["cursor"] is None


def test_a_peer_that_leaves_takes_its_states_along(presences: Presences) -> None:
    """GUARD-24: the others are told null under a clock of their own; a repeated old state brings no ghost back."""
    presences.receive("a", ADA, entries((1, 4, {"n": 1})))
    presences.receive("b", BOB, entries((2, 1, {})))

    gone = heard(presences.leave("a"))

    assert gone == {1: (5, None)}
    assert presences.leave("a") is None
    assert presences.receive("b", BOB, entries((1, 4, {"n": 1}), (2, 2, {}))) is not None
    assert set(presences.states()) == {2}


def test_a_client_that_comes_back_is_seen_at_once(presences: Presences) -> None:
    """GUARD-25: it counts on from its own clock, which others have seen pass; so it is told under a later one."""
    presences.receive("a", ADA, entries((1, 4, {"n": 1})))
    left_at = heard(presences.leave("a"))[1][0]

    told = heard(presences.receive("a2", ADA, entries((1, 4, {"n": 1}))))

    assert told[1][0] > left_at
    assert told[1][1]["n"] == 1


def test_a_client_takes_its_id_over_from_its_own_dead_socket(presences: Presences) -> None:
    """GUARD-25: same identity, same session, the first thing it says; the old socket's end then removes nothing."""
    presences.receive("old", ADA, entries((1, 4, {"n": 1})))

    presences.receive("new", ADA, entries((1, 4, {"n": 1})))

    assert presences.leave("old") is None
    assert presences.states()[1]["n"] == 1
    assert heard(presences.receive("new", ADA, entries((1, 5, {"n": 2}))))[1][1]["n"] == 2


def test_only_the_same_session_takes_an_id_over(presences: Presences) -> None:
    """GUARD-25: neither someone else, nor another session of the same person, nor a later word."""
    presences.receive("a", ADA, entries((1, 4, {})))

    assert presences.receive("b", BOB, entries((1, 5, {}))) is None
    assert presences.receive("other", replace(ADA, session="ada-2"), entries((1, 5, {}))) is None
    presences.receive("tab", ADA, entries((3, 1, {})))
    assert presences.receive("tab", ADA, entries((1, 5, {}))) is None
    assert presences.receive("many", ADA, entries((1, 5, {}), (4, 1, {}))) is not None
    assert heard(presences.leave("a")) == {1: (5, None)}


def test_nobody_else_gets_an_id_that_someone_left(presences: Presences) -> None:
    """GUARD-25: an id stays with its identity."""
    presences.receive("a", ADA, entries((1, 4, {})))
    presences.leave("a")

    assert presences.receive("b", BOB, entries((1, 99, {}))) is None
    assert presences.receive("a2", replace(ADA, session="ada-2"), entries((1, 1, {}))) is not None


def test_a_client_that_hears_its_own_clock_from_the_server_takes_it_over_quietly(presences: Presences) -> None:
    """GUARD-26: the echo of an echo is not told again, so that two sides never answer each other for ever."""
    presences.receive("a", ADA, entries((1, 4, {"n": 1})))
    presences.leave("a")
    clock, state = heard(presences.receive("a2", ADA, entries((1, 4, {"n": 1}))))[1]

    assert presences.receive("a2", ADA, entries((1, clock, state))) is None
    assert heard(presences.receive("a2", ADA, entries((1, clock + 1, state))))[1][0] == clock + 1


def test_an_unchanged_state_is_told_again_when_it_is_renewed(presences: Presences, clock: Clock) -> None:
    """GUARD-26: stock clients forget whoever is silent for 30 s."""
    presences.receive("a", ADA, entries((1, 4, {})))
    clock.seconds += 15

    assert heard(presences.receive("a", ADA, entries((1, 5, {}))))[1][0] == 5


def test_old_clocks_of_ones_own_are_passed_over(presences: Presences) -> None:
    """GUARD-23: a state never goes back."""
    presences.receive("a", ADA, entries((1, 4, {"n": 1})))

    assert presences.receive("a", ADA, entries((1, 3, {"n": 0}))) is None
    assert presences.receive("a", ADA, entries((1, 4, {"n": 0}))) is None
    assert heard(presences.receive("a", ADA, entries((1, 4, None)))) == {1: (5, None)}


def test_a_state_over_the_limit_changes_nothing(presences: Presences) -> None:
    """GUARD-27: 4 kB a state; the last one stays."""
    presences.receive("a", ADA, entries((1, 1, {"n": 1})))

    assert presences.receive("a", ADA, entries((1, 2, {"n": "x" * 4096}))) is None
    assert presences.states()[1]["n"] == 1
    assert presences.refused == 1


def test_a_peer_has_so_many_ids_and_no_more(presences: Presences) -> None:
    """GUARD-27: what is too much is passed over."""
    told = presences.receive("a", ADA, entries(*((client, 1, {}) for client in range(20))))

    assert len(heard(told)) == MAX_IDS_PER_PEER


def test_who_left_is_remembered_only_so_far(presences: Presences) -> None:
    """GUARD-27: memory is bounded."""
    for client in range(MAX_REMEMBERED + 10):
        presences.receive(client, ADA, entries((client, 1, {})))
        presences.leave(client)

    assert len(presences._left) == MAX_REMEMBERED


def test_a_peer_that_talks_too_fast_is_told_of_last(presences: Presences, clock: Clock) -> None:
    """GUARD-28: over its rate states wait, and of those that waited only the last is told."""
    told = [presences.receive("a", ADA, entries((1, at, {"n": at}))) for at in range(1, 1000)]

    assert sum(frame is not None for frame in told) == BURST
    assert presences.overdue() is None
    assert heard(presences.everyone())[1][1]["n"] == 999
    clock.seconds += 1
    assert heard(presences.overdue())[1][1]["n"] == 999
    assert presences.overdue() is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff" * 100_000,
        b"\xff\xff\xff\xff\x0f",
        b"\1\1\1",
        b"\1\1\1\5{}",
        b"\1\1\1\2{}\0",
        b"\1\1\1\2[]",
        b"\1\1\1\1{",
        b"\1\1\1\1\xff",
        b"\1\1\1\3NaN",
        b"\1\1\xff\xff\xff\xff\x0f\2{}",
        write_varint(1) + write_varint(2**53) + b"\1\2{}",
        entries((1, 1, {"deep": json.loads("[" * 40 + "]" * 40)})),
        entries((1, 1, None))[:-4] + text("[" * 100_000),
    ],
)
def test_hostile_presence_is_refused_in_linear_time(presences: Presences, payload: bytes) -> None:
    """GUARD-20: what costs a stock decoder seconds costs nothing here, and changes nothing."""

    def receive() -> None:
        with pytest.raises(Malformed):
            presences.receive("a", ADA, payload)

    assert steps(receive) < 3000 + len(payload)
    assert presences.states() == {}


def test_fuzzed_presence_is_taken_or_refused(presences: Presences) -> None:
    """GUARD-20: nothing but Malformed, whatever comes, and the table can always be told."""
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    for _ in range(3000):
        data = bytearray(entries(*((dice.randrange(9), dice.randrange(9), {"n": 1.5}) for _ in range(3))))
        data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            presences.receive(dice.randrange(4), dice.choice([ADA, BOB]), bytes(data))
        except Malformed:
            pass
        if dice.random() < 0.05:
            presences.leave(dice.randrange(4))
        assert heard(presences.everyone()).keys() == presences.states().keys(), f"seed {seed}"


@pytest.fixture
async def node() -> AsyncIterator[NodePeers]:
    async with NodePeers() as node:
        yield node


async def hear(node: NodePeers, name: str, frame: bytes | None) -> dict[str, Any]:
    message = read_frame(frame) if frame else AwarenessUpdate(b"\0")
    assert isinstance(message, AwarenessUpdate)
    states: dict[str, Any] = await node.call("hear", name=name, payload=base64.b64encode(message.payload).decode())
    return states


async def say(node: NodePeers, name: str, state: Any) -> bytes:
    return base64.b64decode(await node.call("say", name=name, state=state))


async def test_yjs_clients_understand_what_they_are_told(node: NodePeers, presences: Presences) -> None:
    """GUARD-29: y-protocols sees joiners, moves, leavers and those who come back, without waiting for a renewal."""
    await node.call("meet", name="ada", client=1)
    await node.call("meet", name="bob", client=2)

    first = presences.receive("a", ADA, await say(node, "ada", {"cursor": [1, 1]}))
    assert (await hear(node, "bob", first))["1"]["cursor"] == [1, 1]

    moved = presences.receive("a", ADA, await say(node, "ada", {"cursor": [2, 2]}))
    assert (await hear(node, "bob", moved))["1"]["cursor"] == [2, 2]

    await hear(node, "bob", presences.leave("a"))
    assert await hear(node, "bob", None) == {}
    again = base64.b64decode(await node.call("repeat", name="ada"))
    back = presences.receive("a2", ADA, again)
    assert (await hear(node, "bob", back))["1"]["user"]["name"] == "Ada"


async def test_a_yjs_client_that_reconnects_sees_everyone_at_once(node: NodePeers, presences: Presences) -> None:
    """GUARD-29: it forgot the others when its socket closed, but not their clocks."""
    await node.call("meet", name="ada", client=1)
    await node.call("meet", name="bob", client=2)
    told = presences.receive("a", ADA, await say(node, "ada", {"n": 1}))
    await hear(node, "bob", told)

    await node.call("hangUp", name="bob")
    assert (await hear(node, "bob", presences.everyone()))["1"]["n"] == 1

    told = presences.receive("a", ADA, await say(node, "ada", {"n": 2}))
    assert (await hear(node, "bob", told))["1"]["n"] == 2


async def test_a_yjs_client_and_the_server_settle_on_one_clock(node: NodePeers, presences: Presences) -> None:
    """GUARD-26: after a return the client hears itself, takes the clock over, and both fall silent."""
    await node.call("meet", name="ada", client=1)
    presences.receive("a", ADA, await say(node, "ada", {"n": 1}))
    presences.leave("a")

    told = presences.receive("a2", ADA, base64.b64decode(await node.call("repeat", name="ada")))
    assert told is not None
    await hear(node, "ada", told)
    assert presences.receive("a2", ADA, base64.b64decode(await node.call("repeat", name="ada"))) is None


def test_who_comes_back_again_and_again_sees_people_that_do_not_move(presences: Presences, clock: Clock) -> None:
    """GUARD-29: its second return within the 15 s in which clients renew their states, too."""
    presences.receive("p", ADA, entries((1, 0, {"n": 0})))
    known = heard(presences.everyone())[1][0]
    for _ in range(3):
        clock.seconds += 2
        told = heard(presences.renewed())
        assert told[1][0] > known or not told
        known = heard(presences.everyone())[1][0]
    assert known > 3


def test_who_moves_just_now_is_not_told_anew(presences: Presences, clock: Clock) -> None:
    """GUARD-29: its old state could overtake a newer one in the client whose state it is."""
    presences.receive("p", ADA, entries((1, 0, {"n": 0})))
    presences.everyone()
    assert presences.renewed() is None
    clock.seconds += 2
    assert heard(presences.renewed()) != {}


def test_who_moved_just_now_is_told_anew_when_quiet(presences: Presences, clock: Clock) -> None:
    """GUARD-29: a joiner came twice within a second, and whoever it missed doesn't move again."""
    presences.receive("p", ADA, entries((1, 0, {"n": 0})))
    presences.everyone()
    known = heard(presences.everyone())[1][0]
    assert presences.overdue() is None and presences.is_behind
    clock.seconds += 1
    assert heard(presences.overdue())[1][0] > known
    assert presences.overdue() is None and not presences.is_behind


def test_who_comes_is_told_anew_above_what_was_told_before_a_restart(clock: Clock) -> None:
    """GUARD-29: a joiner may know a clock that nobody here remembers."""
    today = Clock(CLOCKS_SINCE + 1_000_000)
    before = Presences(now=clock, wall=today)
    before.receive("p", ADA, entries((1, 3, {"n": 0})))
    clock.seconds += 1
    known = heard(before.overdue())[1][0]
    today.seconds += 1
    after = Presences(now=clock, wall=today)
    after.receive("p", ADA, entries((1, 3, {"n": 0})))
    clock.seconds += 1
    assert heard(after.overdue())[1][0] > known


async def test_a_yjs_client_whose_move_crosses_an_older_state_of_its_own_keeps_it(
    node: NodePeers, presences: Presences, clock: Clock
) -> None:
    """GUARD-26: it takes the older one over and tells it on, but that is an echo; else they'd be swapped for ever."""
    await node.call("meet", name="ada", client=1)
    await hear(node, "ada", presences.receive("a", ADA, await say(node, "ada", {"n": 1})))
    presences.everyone()
    clock.seconds += 1
    older = presences.renewed()
    newer = presences.receive("a", ADA, await say(node, "ada", {"n": 2}))

    assert (await hear(node, "ada", older))["1"]["n"] == 1
    assert presences.receive("a", ADA, base64.b64decode(await node.call("repeat", name="ada"))) is None
    assert (await hear(node, "ada", newer))["1"]["n"] == 2
    assert presences.receive("a", ADA, base64.b64decode(await node.call("repeat", name="ada"))) is None
    assert presences.states()[1]["n"] == 2
