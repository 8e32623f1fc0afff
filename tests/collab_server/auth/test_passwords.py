"""Which passwords are taken, and how they are compared."""

import asyncio

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from collab_server.auth.common_passwords import COMMON
from collab_server.auth.passwords import MAX_CHARS, MIN_CHARS, NOBODYS, Passwords, check_password
from collab_server.errors import InvalidRequest


@pytest.fixture(autouse=True)
def as_for_people(real_cost: Argon2Hasher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost what they cost people, unlike in all other tests."""
    monkeypatch.setattr(Passwords, "cost", real_cost)


@pytest.mark.parametrize(
    "password",
    [
        "a mild evening in november",
        "123456789 green bottles",
        "ünïcödé ïs fïne",
        "🦦🦦🦔🦦🦔🦦🦦🦔🦔🦦🦦🦦",
        "   spaces count   ",
        "lowercaseonlyisfine",
        "x1" * 3 + "!" * 6,
    ],
)
def test_any_characters_will_do(password: str) -> None:
    """ACCESS-3: there are no rules of composition."""
    check_password(password)


@pytest.mark.parametrize("length", [0, MIN_CHARS - 1, MAX_CHARS + 1, 10_000])
def test_too_short_and_too_long_are_refused_with_the_bounds(length: int) -> None:
    """ACCESS-3"""
    with pytest.raises(InvalidRequest) as refused:
        check_password(("a mild evening " * length)[:length])
    assert refused.value.facts["expected"] == "12 to 128 characters, of any kind"


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "PassWord1234", "correct horse battery staple", "qwertyuiopas", "lkjhgfdsapoi", "abcdefghijkl",
        "012345678901", "210987654321", "aaaaaaaaaaaa", "abababababab", "123412341234", "abcdabcdabcda",
        "ada@example.org", "Ada.Lovelace.of.Ockham",
    ],
)  # fmt: skip
def test_what_guessers_try_first_is_refused(password: str) -> None:
    """ACCESS-3"""
    with pytest.raises(InvalidRequest) as refused:
        check_password(password, email="Ada@example.org", name="ada.lovelace.of.ockham")
    assert password not in str(refused.value.facts) + str(refused.value)


def test_every_listed_password_could_be_chosen_otherwise() -> None:
    """ACCESS-3: shorter ones would only make the list longer."""
    assert [one for one in COMMON if not MIN_CHARS <= len(one) <= MAX_CHARS or one != one.casefold()] == []
    assert len(COMMON) >= 300


async def test_the_same_password_is_kept_as_another_argon2id_hash_each_time() -> None:
    """ACCESS-3"""
    passwords = Passwords()

    one, other = await asyncio.gather(*[passwords.hashed("a mild evening in november") for _ in range(2)])

    assert one != other
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.matches("a mild evening in november", one)
    assert not await passwords.matches("a mild evening in december", one)


async def test_where_nothing_is_stored_the_same_work_is_done_for_nothing() -> None:
    """ACCESS-4: what stands in for it costs what a new hash does."""
    passwords = Passwords()
    fresh = await passwords.hashed("a mild evening in november")

    assert not await passwords.matches("a mild evening in november", None)
    assert [len(part) for part in NOBODYS.split("$")] == [len(part) for part in fresh.split("$")]
    assert NOBODYS.split("$")[:4] == fresh.split("$")[:4]


async def test_the_loop_goes_on_while_passwords_are_compared() -> None:
    """ACCESS-3"""
    passwords = Passwords()
    stored = await passwords.hashed("a mild evening in november")
    comparing = [asyncio.ensure_future(passwords.matches("wrong", stored)) for _ in range(4)]
    turns = 0
    while not all(one.done() for one in comparing):
        await asyncio.sleep(0)
        turns += 1

    assert turns > 10
