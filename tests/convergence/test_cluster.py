"""A few seeds of the churn over three workers; `python -m tests.convergence.cluster` plays as many as wanted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.convergence.cluster import churn
from tests.convergence.node_peers import NodePeers
from tests.convergence.workers import deployed
from tests.services.postgres import Postgres

SEEDS = (3, 13)


@pytest.fixture
async def node() -> AsyncIterator[NodePeers]:
    async with NodePeers() as node:
        yield node


@pytest.mark.timeout(240)
async def test_everyone_agrees_whatever_happens_to_redis_and_to_workers(
    node: NodePeers, tmp_path: Path, postgres: Postgres
) -> None:
    """FAN-22, and FAN-4, FAN-6, FAN-14 to FAN-17 over a real balancer."""
    async with deployed(tmp_path, postgres) as here:
        for seed in SEEDS:
            told: list[str] = []
            assert await churn(node, here, seed, told) is None, f"seed {seed}: {told}"
