"""Presence while clients move between workers and things fail, in time that is not waited for."""

import pytest

from tests.convergence.presence import scene
from tests.convergence.skipping import play

SEEDS = 150


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("workers", "clients", "loss"),
    [(1, 4, 0.0), (2, 2, 0.0), (3, 4, 0.0), (3, 4, 0.2), (5, 8, 0.05)],
    ids=["one worker", "two of each", "three workers", "a bus that loses", "many"],
)
def test_everyone_is_seen_as_they_are_soon_after_the_last_fault(workers: int, clients: int, loss: float) -> None:
    """FAN-23: and then nothing more is told."""
    wrong = {
        seed: said
        for seed in range(SEEDS)
        if (said := play(scene(seed, workers=workers, clients=clients, loss=loss))) is not None
    }
    assert not wrong
