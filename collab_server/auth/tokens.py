"""Secrets that let someone in: making them, comparing them, and the two that live in the data folder.

The sign-in token is what `flowroom up` prints and what a person opens the page with; the service token is the
engine's. Every other token is stored as its hash only (stores/accounts.py).
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path


def new_token() -> str:
    """A token nobody can guess: 256 random bits, safe in an address.

    What it begins with lets people and secret scanners see whose it is. It begins with no `-`, which a command line
    would take for an option.
    """
    return f"fr_{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What is stored of a token. One SHA-256 is enough, since a token is random and long, unlike a password."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that doesn't tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


def csrf_token(session_token: str) -> str:
    """The CSRF token of a session: derived, so that no cookie planted by a neighbouring host fits it."""
    return hmac.new(session_token.encode(), b"flowroom csrf", hashlib.sha256).hexdigest()


def kept_token(path: Path) -> str:
    """The token in a file that only its owner can read; made on first use, by whichever process is first."""
    try:
        return _read(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(new_token() + "\n")
    try:
        os.link(draft, path)  # unlike rename, fails when another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)


def _read(path: Path) -> str:
    token = path.read_text().strip()
    if not token:
        raise ValueError(f"{path} is empty; delete it to get a new token.")
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return token
