"""Tokens in files, and guesses at them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collab_server.auth.attempts import Attempts, Guesses
from collab_server.auth.tokens import kept_token, new_token
from collab_server.errors import NotFound, RateLimited


def test_a_kept_token_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "token"

    first = kept_token(path)

    assert kept_token(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(first) >= 43
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_others_could_read_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("chosen by hand\n")
    path.chmod(0o644)

    assert kept_token(path) == "chosen by hand"
    assert path.stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree_on_one_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(kept_token, [tmp_path / "token"] * 32))

    assert len(found) == 1


def test_an_empty_token_file_is_told_and_not_taken_for_no_token(tmp_path: Path) -> None:
    (tmp_path / "token").touch()

    with pytest.raises(ValueError, match="is empty"):
        kept_token(tmp_path / "token")


def test_tokens_differ_and_are_known_as_such() -> None:
    """ACCESS-6: none of them looks like an option to a command line."""
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(token.startswith("fr_") for token in made)


def test_wrong_tokens_are_counted_by_address_and_forgotten_after_a_minute() -> None:
    attempts = Attempts(limit=3)
    for _ in range(3):
        attempts.check("10.0.0.1", now=100)
        attempts.failed("10.0.0.1", now=100)

    with pytest.raises(RateLimited) as refused:
        attempts.check("10.0.0.1", now=130)
    assert refused.value.retry_after == 30
    attempts.check("10.0.0.2", now=130)
    attempts.check("10.0.0.1", now=161)


async def test_all_of_an_ipv6_network_count_as_one() -> None:
    """ACCESS-4"""
    guesses = Guesses(per_address=3, per_account=3)
    for host in range(3):
        with pytest.raises(NotFound):
            async with guesses.counted(f"2001:db8::{host}"):
                raise NotFound("Wrong.")
    with pytest.raises(RateLimited):
        async with guesses.counted("2001:db8::ffff"):
            pytest.fail("never compared")
    async with guesses.counted("2001:db8:0:1::1"):
        pass
