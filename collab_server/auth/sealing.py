"""Secrets that have to be read again, such as a webhook's: encrypted, with a key that is not in the database.

The key is the setting `secret_key`, or the file `secret-key` in the data folder. To replace it, put a new one before
the old: the first encrypts, all of them decrypt. A backup of the database alone is of no use to whoever finds it.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from collab_server.auth.tokens import kept_token
from collab_server.settings import Settings


class WrongKey(Exception):
    """A stored secret was encrypted with a key that is not among those given."""


class Seal:
    """Encrypts and decrypts texts (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, keys: list[str]) -> None:
        """Keys may be any text that can't be guessed; the first one encrypts."""
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def close(self, secret: str) -> str:
        """A text as it is stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, stored: str) -> str:
        """What was stored. Raises WrongKey."""
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken as error:
            raise WrongKey(
                "A stored secret can't be decrypted: the key is another one. Put the old key after the new one in "
                "FLOWROOM_SECRET_KEY, or in the file secret-key of the data folder."
            ) from error


def seal(settings: Settings) -> Seal:
    """The seal of a server: by its setting, or by the file in its data folder, which is made on first use."""
    given = settings.secret_key.get_secret_value() if settings.secret_key else kept_token(settings.data / "secret-key")
    return Seal(given.replace(",", " ").split())


def _fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"flowroom secrets " + key.encode()).digest())
