"""Which edits are durable, told from echoes: against a simulated server that merges, drops sockets and forgets."""

import os
import random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, merge_updates, read_message

from flowroom.client.protocol import MalformedFrame, Peer
from flowroom.errors import InvalidGraph
from flowroom.protocol import MessageType, SyncType
from flowroom.ydoc import GraphDocument


class SimulatedServer:
    """A room without sockets: what was applied is echoed on `flush`, several updates merged into one frame."""

    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc()
        self.updates: list[bytes] = []
        self.doc.observe(lambda event: self.updates.append(event.update))
        self.peers: list[Peer] = []

    def connect(self, peer: Peer) -> None:
        peer.opened()
        self.peers.append(peer)
        peer.receive(frame(SyncType.STEP1, self.doc.get_state()))

    def disconnect(self, peer: Peer) -> None:
        peer.dropped()
        self.peers.remove(peer)

    def take(self, peer: Peer) -> None:
        """Receive what a peer has to send."""
        for sent in peer.take():
            if sent[0] != MessageType.SYNC:
                continue
            payload = read_message(sent[2:])
            if sent[1] == SyncType.STEP1:
                peer.receive(frame(SyncType.STEP2, self.doc.get_update(payload)))
            else:
                self.doc.apply_update(payload)

    def flush(self) -> None:
        """Echo everything since the last time, in one frame, to everyone."""
        updates, self.updates = [update for update in self.updates if update != b"\x00\x00"], []
        if updates:
            echo = frame(SyncType.UPDATE, merge_updates(*updates) if len(updates) > 1 else updates[0])
            for peer in self.peers:
                peer.receive(echo)


def frame(kind: SyncType, payload: bytes) -> bytes:
    length, number = b"", len(payload)
    while number > 127:
        length += bytes([number & 127 | 128])
        number >>= 7
    return bytes([MessageType.SYNC, kind]) + length + bytes([number]) + payload


def edit(document: GraphDocument, rng: random.Random) -> None:
    ids = document.node_ids()
    some = rng.choice(ids) if ids else None
    try:
        match rng.randrange(7) if some else 0:
            case 0 | 1:
                document.add_node("X", params={"prompt": "text"})
            case 2:
                document.delete([some or ""])
            case 3:
                document.update_node(some or "", name=str(rng.randrange(3)))
            case 4:
                document.text(some or "", "prompt").set(rng.choice(["", "te", "text", "x😀"]))
            case 5:
                with document.transaction():
                    document.delete([document.add_node("Y")])
            case _:
                with document.transaction():
                    document.delete([some or "", document.add_node("Z")])
                    document.add_node("Z")
    except InvalidGraph:
        pass


steps = st.lists(st.tuples(st.sampled_from("eeeettffdco"), st.integers(0, 1), st.integers(0, 2**20)), max_size=60)


@settings(
    max_examples=int(os.environ.get("FLOWROOM_EXAMPLES", "60")),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(steps)
def test_saved_means_that_the_server_has_it_and_everything_is_saved_in_the_end(
    script: list[tuple[str, int, int]],
) -> None:
    """DOC-13: never too early, never never."""
    server = SimulatedServer()
    documents = [GraphDocument(Doc(client_id=n + 1)) for n in range(2)]
    peers = [Peer(document.doc) for document in documents]
    for act, who, seed in script:
        document, peer = documents[who], peers[who]
        is_connected = peer in server.peers
        match act:
            case "e":
                edit(document, random.Random(seed))
            case "t" if is_connected:
                server.take(peer)
            case "f":
                server.flush()
            case "d" if is_connected:
                server.disconnect(peer)
            case "c" | "o" if not is_connected:
                server.connect(peer)
        for peer, document in zip(peers, documents, strict=True):
            if peer.saved == peer.made and peer.synced:
                assert_held(server.doc, document.doc)
    for peer in peers:
        if peer not in server.peers:
            server.connect(peer)
    for _ in range(3):
        for peer in peers:
            server.take(peer)
        server.flush()

    assert [peer.made - peer.saved for peer in peers] == [0, 0]
    assert documents[0].graph() == documents[1].graph() == GraphDocument(server.doc).graph()


def assert_held(server: "Doc[Any]", client: "Doc[Any]") -> None:
    """Whatever the client has, the server has: nothing of the client's is news to it."""
    copy: Doc[Any] = Doc()
    copy.apply_update(server.get_update())
    before = GraphDocument(copy).raw()
    copy.apply_update(client.get_update(copy.get_state()))
    assert GraphDocument(copy).raw() == before


def test_a_server_that_does_not_ask_is_told_all_the_same() -> None:
    """A viewer is not asked for what it has; an edit of its must not wait for ever, but be refused."""
    server, document = SimulatedServer(), GraphDocument()
    peer = Peer(document.doc)
    document.add_node("X", id="early")
    peer.opened()
    server.peers.append(peer)
    server.take(peer)
    document.add_node("X", id="late")
    server.take(peer)
    server.flush()

    assert GraphDocument(server.doc).node_ids() == ["early", "late"]
    assert peer.saved == peer.made == 2


def test_a_frame_that_lies_about_its_length_is_malformed() -> None:

    peer = Peer(Doc())
    for bad in (b"", b"\x00", b"\x00\x00", b"\x00\x00\x05\x01", b"\x01\x7f", b"\x01" + b"\xff" * 12):
        with pytest.raises(MalformedFrame):
            peer.receive(bad)


def test_an_auth_message_and_an_unknown_one_are_passed_over_and_a_query_is_answered() -> None:
    peer = Peer(Doc())
    peer.take()
    peer.receive(b"\x02\x00\x02no")
    peer.receive(b"\x63\x00")
    assert peer.take() == []
    assert peer.epoch is None
    peer.receive(b"\x02\x01\x0212")
    assert peer.epoch == 12
    peer.receive(b"\x03")
    assert [sent[0] for sent in peer.take()] == [MessageType.AWARENESS]
