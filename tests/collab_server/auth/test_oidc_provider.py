"""A provider that answers, and not as an OpenID provider does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc.jwk import ECKey

from collab_server.auth.oidc import Client, Ticket
from collab_server.auth.oidc_provider import OpenIdProvider
from collab_server.errors import NotReady

DISCOVERY = "/.well-known/openid-configuration"


class OddProvider(ThreadingHTTPServer):
    """Answers whatever it is told to, by path, and as a provider does besides."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        places = {"authorization_endpoint": "/page", "token_endpoint": "/token", "jwks_uri": "/keys"}
        self.metadata = {"issuer": self.issuer, **{name: self.issuer + path for name, path in places.items()}}
        keys = {"keys": [ECKey.generate_key(private=False).as_dict()]}
        self.answers: dict[str, Any] = {DISCOVERY: self.metadata, "/keys": keys, "/token": {"id_token": "none"}}


class _Page(BaseHTTPRequestHandler):
    server: OddProvider

    def do_GET(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps(self.server.answers[self.path]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def odd() -> Iterator[OddProvider]:
    with OddProvider() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (DISCOVERY, {"authorization_endpoint": None}),
        (DISCOVERY, {"token_endpoint": None}),
        (DISCOVERY, {"jwks_uri": 7}),
        ("/keys", {"keys": []}),
        ("/token", ["no object"]),
    ],
)
async def test_what_no_provider_answers_is_told_as_one_that_does_not_answer(
    odd: OddProvider, path: str, answer: Any
) -> None:
    """OPS-1: it is theirs to mend, and no error of ours."""
    odd.answers[path] = {**odd.metadata, **answer} if path == DISCOVERY else answer
    provider, ticket = OpenIdProvider(Client(odd.issuer, "flowroom", None), name=""), Ticket.of("a secret")

    with pytest.raises(NotReady, match="does not answer as an OpenID provider"):
        await provider.finish(ticket, {"state": ticket.state, "code": "a code"}, back="http://127.0.0.1/back")
