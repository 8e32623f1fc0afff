"""An OpenID provider over HTTP, through Authlib; its word is verified with joserfc.

Authorization code with PKCE, discovery, ID tokens signed by a key that only the provider has. Imported only where a
provider is set up. What is remembered between the two steps, and what comes out of them, is in oidc.py.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from collab_server.auth.oidc import Claims, Client, Ticket
from collab_server.auth.origin import LOOPBACK
from collab_server.auth.tokens import same
from collab_server.errors import NotReady, NotSignedIn

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key that only the provider has; never `none`, and never a secret that both know."""
NEEDED = "authorization_endpoint", "token_endpoint", "jwks_uri"
"""Of a provider's metadata."""
LEEWAY_SECONDS = 60
KEPT_SECONDS = 3600.0
ANSWER_SECONDS = 10.0


class OpenIdProvider:
    """One provider. Its metadata and keys are asked for when they are needed, and kept for an hour."""

    def __init__(self, client: Client, *, name: str) -> None:
        self._client = client
        self._metadata: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._until = 0.0
        self.name = name or urlsplit(client.issuer).hostname or client.issuer

    async def begin(self, ticket: Ticket, *, back: str) -> str:
        """The address of the provider's page; `back` is where it sends the browser afterwards. Raises NotReady."""
        async with self._http(back) as http:
            metadata, _ = await self._known(http)
            url, _state = http.create_authorization_url(
                metadata["authorization_endpoint"],
                state=ticket.state,
                nonce=ticket.nonce,
                code_verifier=ticket.verifier,
            )
        return str(url)

    async def finish(self, ticket: Ticket, answer: Mapping[str, str], *, back: str) -> Claims:
        """What the provider says after its page. Raises NotSignedIn, or NotReady when it doesn't answer."""
        if not same(answer.get("state", ""), ticket.state):
            raise not_proven("The answer belongs to another sign-in, or to one that took too long.")
        if "code" not in answer:
            raise not_proven("The other service did not let you in.")
        async with self._http(back) as http:
            metadata, keys = await self._known(http)
            token = await self._redeemed(http, metadata, answer["code"], ticket)
            claims = self._verified(str(token.get("id_token", "")), keys, ticket)
            if "email" not in claims and "userinfo_endpoint" in metadata:
                claims = await self._completed(http, metadata, claims)
        return _read(claims)

    async def _redeemed(
        self, http: AsyncOAuth2Client, metadata: Mapping[str, Any], code: str, ticket: Ticket
    ) -> Mapping[str, Any]:
        try:
            token: Mapping[str, Any] = await http.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=ticket.verifier,
            )
        except OAuthError as error:
            raise not_proven(f"The other service refused its own code ({error.error}).") from error
        except (httpx2.HTTPError, ValueError) as error:  # the last: an answer that is no JSON object
            raise not_reachable(self.name) from error
        return token

    def _verified(self, id_token: str, keys: KeySet, ticket: Ticket) -> dict[str, Any]:
        """The claims of an ID token that is the provider's, for us, fresh, and for this very sign-in."""
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._client.issuer},
            aud={"essential": True, "value": self._client.id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": ticket.nonce},
        )
        try:
            token = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            self._until = 0.0  # the provider may have new keys
            raise not_proven(f"The other service's word could not be verified ({type(error).__name__}).") from error
        if token.claims.get("azp", self._client.id) != self._client.id:
            raise not_proven("The other service's word is meant for somebody else.")
        return dict(token.claims)

    async def _completed(
        self, http: AsyncOAuth2Client, metadata: Mapping[str, Any], claims: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The claims with those that the provider tells only when asked. They count for the same subject only."""
        found = await self._asked(http, metadata["userinfo_endpoint"], withhold_token=False)
        if found.get("sub") != claims["sub"]:
            raise not_proven("The other service spoke of two different people.")
        return {**found, **claims}

    async def _known(self, http: AsyncOAuth2Client) -> tuple[dict[str, Any], KeySet]:
        """The provider's metadata and keys."""
        if self._metadata is None or self._keys is None or time.monotonic() > self._until:
            found = await self._asked(http, f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self._client.issuer:
                raise NotReady(
                    "The other service calls itself by another name than FLOWROOM_OIDC_ISSUER.",
                    expected=self._client.issuer,
                    received=found.get("issuer"),
                )
            if not all(isinstance(found.get(one), str) for one in NEEDED):
                raise not_reachable(self.name)
            try:
                keys = KeySet.import_key_set(await self._asked(http, found["jwks_uri"]))  # type: ignore[arg-type]
            except JoseError as error:
                raise not_reachable(self.name) from error
            self._keys = keys
            self._metadata, self._until = found, time.monotonic() + KEPT_SECONDS
        return self._metadata, self._keys

    async def _asked(self, http: AsyncOAuth2Client, url: str, *, withhold_token: bool = True) -> dict[str, Any]:
        try:
            answer = await http.request("GET", url, withhold_token=withhold_token)
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise not_reachable(self.name) from error
        if not isinstance(found, dict):
            raise not_reachable(self.name)
        return found

    @asynccontextmanager
    async def _http(self, back: str) -> AsyncIterator[AsyncOAuth2Client]:
        async with AsyncOAuth2Client(
            self._client.id,
            self._client.secret,
            token_endpoint_auth_method="client_secret_basic" if self._client.secret else "none",
            scope=self._client.scopes,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=ANSWER_SECONDS,
            trust_env=urlsplit(self._client.issuer).hostname not in LOOPBACK,
        ) as http:
            yield http


def not_proven(what: str) -> NotSignedIn:
    """Why someone is not signed in by another service."""
    return NotSignedIn(what, advice="Try again from the sign-in page.")


def not_reachable(name: str) -> NotReady:
    """Why nobody can be signed in by another service just now."""
    return NotReady(f"{name} does not answer as an OpenID provider just now.", advice="Try again in a moment.")


def _read(claims: Mapping[str, Any]) -> Claims:
    email, name = claims.get("email"), claims.get("name") or claims.get("preferred_username")
    return Claims(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) and email else None,
        email_verified=claims.get("email_verified") in (True, "true"),
        name=name if isinstance(name, str) else None,
    )
