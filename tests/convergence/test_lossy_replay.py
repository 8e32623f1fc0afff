"""What honest clients lose on the way does not part the replicas: the lossy replay, and the control that can fail."""

from collections.abc import AsyncIterator

import pytest

from tests.convergence.lossy import replay
from tests.convergence.node_peers import NodePeers

SEEDS = range(1, 41)
POISONED_WITHOUT_GATE = 25
"""A seed whose frames make yrs 0.28 write poison when no gate stands before it."""


@pytest.fixture
async def node() -> AsyncIterator[NodePeers]:
    async with NodePeers() as node:
        yield node


async def test_lost_reordered_and_doubled_frames_part_nobody(node: NodePeers) -> None:
    """GUARD-10, GUARD-11: server, joiner and a peer fed by emitted updates hold the union of what the clients hold."""
    failed = {seed: wrong for seed in SEEDS if (wrong := (await replay(node, seed, gated=True))[0])}

    assert failed == {}


async def test_the_replay_trims_frames_so_it_does_test_the_gate(node: NodePeers) -> None:
    """Frames of a lossy session do have gaps."""
    assert sum([(await replay(node, seed, gated=True))[1] for seed in range(1, 6)]) > 10


async def test_without_the_gate_the_same_frames_poison_the_document(node: NodePeers) -> None:
    """The control: if this passes without the gate, the engine was mended; see test_upstream_defects.py."""
    wrong, _ = await replay(node, POISONED_WITHOUT_GATE, gated=False)

    assert wrong is not None
