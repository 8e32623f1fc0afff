"""Signing in by another service with OpenID Connect: what is remembered on the way, and what comes out of it.

    browser ─▶ begin ─▶ the provider's page ─▶ callback ─▶ finish ─▶ claims

What has to be remembered between the two is derived from one secret in the browser's cookie: the state that ties the
answer to this browser, the nonce that ties the ID token to it, the verifier that ties the code to it. So any worker
may finish what another began. How the provider is asked is in oidc_provider.py; whom its claims lead to, in
by_provider.py.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from collab_server.errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one sign-in is recognised by, derived from a secret that only the browser's cookie holds."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def of(cls, secret: str) -> "Ticket":
        """The ticket of a cookie's secret. Raises NotSignedIn for none: such a ticket anybody could write."""
        if not secret:
            raise NotSignedIn(
                "This sign-in was not begun in this browser, or too long ago.",
                advice="Begin it again on the sign-in page.",
            )
        return cls(*(derived(secret, purpose) for purpose in ("state", "nonce", "verifier")))


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says someone is."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str | None


@dataclass(frozen=True, slots=True)
class Client:
    """How this server is known to the provider."""

    issuer: str
    id: str
    secret: str | None = field(repr=False)
    scopes: str = "openid email profile"


class Provider(Protocol):
    """One other service. The adapter is in oidc_provider.py."""

    @property
    def name(self) -> str:
        """What people call it."""

    async def begin(self, ticket: Ticket, *, back: str) -> str:
        """The address of the provider's page; `back` is where it sends the browser afterwards. Raises NotReady."""

    async def finish(self, ticket: Ticket, answer: Mapping[str, str], *, back: str) -> Claims:
        """What the provider says after its page. Raises NotSignedIn, or NotReady when it doesn't answer."""


def derived(secret: str, purpose: str) -> str:
    """One of a ticket's parts."""
    found = hmac.new(secret.encode(), b"flowroom oidc " + purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(found).decode().rstrip("=")
