"""An OpenID provider of the tests' own: real HTTP, discovery, signed ID tokens, and a page that lets anyone in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.services.process import Server, free_port


class OidcProvider:
    """A provider on a free port of the loopback address."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.issuer = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=self.issuer, trust_env=False, timeout=10)
        self.server = Server(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "oidc_provider_mock",
                "--port",
                str(port),
                "--require-nonce",
                "true",
            ],
            log=folder / "oidc.log",
            ready=self._answers,
        )

    def knows(self, subject: str, **claims: object) -> str:
        """Let the provider know someone, with these claims; the subject again."""
        self._http.put(f"/users/{subject}", json=claims).raise_for_status()
        return subject

    def lets_in(self, page: str, subject: str) -> dict[str, str]:
        """What someone who signs in at the provider's page brings back: the query of the address it leads to."""
        answer = self._http.post(page, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def turns_away(self, page: str) -> dict[str, str]:
        """What someone brings back who changed their mind there."""
        answer = self._http.post(page, data={"action": "deny"})
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def close(self) -> None:
        """End it."""
        self._http.close()
        self.server.stop()

    def _answers(self) -> bool:
        try:
            return self._http.get("/.well-known/openid-configuration").is_success
        except httpx.TransportError:
            return False


@contextmanager
def oidc_provider(folder: Path) -> Iterator[OidcProvider]:
    """A running provider."""
    here = OidcProvider(folder)
    here.server.start()
    try:
        yield here
    finally:
        here.close()
