"""A mail server of the tests' own, from PyPI: it takes messages, and keeps them to be looked at."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.services.process import free_port


@dataclass
class MailServer:
    """What it was sent, newest last, and how it answers. `refuses` are addresses, and what it says of each."""

    port: int
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"
    breaks_off: bool = False
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """Called by the server for each recipient."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        """Called by the server with a message."""
        if self.breaks_off:
            server.transport.abort()
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients.append(envelope.rcpt_tos)
            self.encrypted.append(session.ssl is not None)
        return self.answer


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, name: bytes = b"", password: bytes = b"") -> Iterator[MailServer]:
    """A mail server in a thread; with a name and a password it takes mail from whoever knows them, in TLS only."""
    here = MailServer(free_port())

    def known(server: Any, session: Session, envelope: Envelope, mechanism: str, said: Any) -> AuthResult:
        assert isinstance(said, LoginPassword)
        return AuthResult(success=(said.login, said.password) == (name, password), handled=False)

    controller = Controller(
        here,
        hostname="127.0.0.1",
        port=here.port,
        tls_context=tls,
        authenticator=known if name else None,
        auth_required=bool(name),
    )
    controller.start()
    try:
        yield here
    finally:
        controller.stop()
