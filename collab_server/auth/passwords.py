"""Passwords as OWASP ASVS level 2 asks: which are taken, and how they are kept.

Any 12 to 128 characters will do, spaces and all scripts included, unless they are among the first that a guesser
tries. They are kept as argon2id. Hashing takes a tenth of a second and 64 MB, so it is done in threads, two at once,
whatever a flood of sign-ins wants; where there is nothing to compare with, it is done all the same, so that the time
doesn't tell who has an account.
"""

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from collab_server.auth.common_passwords import COMMON
from collab_server.errors import InvalidRequest

MIN_CHARS, MAX_CHARS = 12, 128
AT_ONCE = 2
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$sIVkhxsmt2Yig1LO7YsWuA$ndycrk5WR5K8CzRQnzmXh4MGlDSbTrTedrocvSlp5n0"
"""What stands in for a stored password where there is none: of random bytes that nobody kept, at the same cost."""
LONGEST_UNIT = 4
RUNS = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)
"""What people write when they walk along the alphabet, the digits or the keyboard; backwards as well."""


def check_password(password: str, *, email: str = "", name: str = "") -> None:
    """Raise InvalidRequest for a password that is too short, too long, or easily guessed."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise InvalidRequest(
            "A password of that length is not taken.",
            expected=f"{MIN_CHARS} to {MAX_CHARS} characters, of any kind",
            received=f"{len(password)} characters",
            advice="A few words that have nothing to do with each other are easy to keep in mind.",
        )
    plain = password.casefold()
    personal = {email.casefold(), name.casefold()} - {""}
    if plain in COMMON or plain in personal or _is_repeated(plain) or _is_run(plain):
        raise InvalidRequest(
            "That password is among the first that a guesser tries.",
            expected="one that is not a known password, a name, a run of keys or a repetition",
            advice="A few words that have nothing to do with each other are easy to keep in mind.",
        )


def _is_repeated(text: str) -> bool:
    """Whether a text is a few characters over and over."""
    return any((text[:size] * len(text))[: len(text)] == text for size in range(1, LONGEST_UNIT + 1))


def _is_run(text: str) -> bool:
    return any(text in run or text in run[::-1] for run in RUNS)


class Passwords:
    """Making and comparing what is stored of passwords."""

    cost = Argon2Hasher()

    def __init__(self) -> None:
        self._hasher = PasswordHash((self.cost,))
        self._limiter = CapacityLimiter(AT_ONCE)

    async def hashed(self, password: str) -> str:
        """What to store of a password."""
        return await to_thread.run_sync(self._hasher.hash, password, limiter=self._limiter)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether a password is the one that was stored; takes as long when there is none."""
        known = stored or NOBODYS
        right = await to_thread.run_sync(self._hasher.verify, password[:MAX_CHARS], known, limiter=self._limiter)
        return right and stored is not None
