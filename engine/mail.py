"""Mail as nodes send it: through the one mail server that whoever runs Flowroom has chosen, and in its name.

A graph says to whom and what, never through which server or as whom. So nobody who may edit a graph learns the
password of the mail server or leads the engine elsewhere, and whoever runs Flowroom may say to whom nodes write at all.

A loop in a graph could write more than the mail server's own provider allows, which then takes nothing more from
anyone. So the runs of one engine write together to so many people in a minute. People are counted, not messages, as
providers do: complaints and wrong addresses come from people, and one message may go to many.
"""

import asyncio
import math
import ssl
import time
from collections.abc import Callable, Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP

from engine.nodes.errors import (
    InvalidParams,
    NodeError,
    RateLimited,
    Refused,
    ServiceError,
    TemporaryServiceError,
    Unreachable,
)
from engine.settings import EngineSettings
from engine.turns import Turns
from flowroom import tls
from flowroom.mailboxes import mailboxes
from flowroom.runs import RunId
from flowroom.setting_values import in_parts

ANYONE = "*"
"""Where addresses and domains are named that nodes may write to: all there are."""
MAX_AT_ONCE = 4
"""Connections to the mail server: most end those that open more than a few."""
TIMEOUT_SECONDS = 30.0
"""How long the mail server may take for each of its answers."""
MAX_BYTES = 10_000_000


class _Server(NamedTuple):
    """Where and how mail is handed over. `is_tls` means from the first byte on, and not after a STARTTLS."""

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str | None

    @property
    def name(self) -> str:
        """What people call it: without the password."""
        return f"The mail server {self.host}:{self.port}"


class Mail:
    """Hands messages to the mail server of the settings."""

    def __init__(self, settings: EngineSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = _server(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
        self._sender = settings.smtp_from
        self._allowed = frozenset(entry.lower() for entry in in_parts(settings.smtp_to)) or {self.domain.lower()}
        self._places = asyncio.Semaphore(MAX_AT_ONCE)
        self._per_minute = settings.smtp_recipients_per_minute
        self._clock = clock
        self._turns = Turns(self._per_minute, clock())

    async def send(
        self, message: EmailMessage, to: Sequence[Address], *, run: RunId, wait: Callable[[float], None]
    ) -> dict[str, str]:
        """Send a message, which says nothing of its sender; those the server did not take it for, and why.

        It is sent to none of them if one may not be written to. If its turn comes later, `wait` is called with the
        seconds, to raise what ends this call: the next one with this `Message-ID` has that turn. Raises Refused where
        the settings don't allow it, RateLimited where they don't allow it yet and `wait` returns, Unreachable where it
        surely was not sent, ServiceError where the server doesn't take it, or broke off too late for anyone to know.
        """
        if self._server is None:
            raise Refused(
                "This Flowroom sends no mail: set FLOWROOM_SMTP_URL and FLOWROOM_SMTP_FROM where it is started."
            )
        for address in to:
            self._check(address)
        message["From"] = self._sender
        size = len(message.as_bytes(policy=POLICY))
        if size > MAX_BYTES:
            raise InvalidParams(
                f"A message has {MAX_BYTES:,} bytes at most, and this one has {size:,}: send a link instead."
            )
        self._take_turn(message["Message-ID"], len(to), run, wait)
        async with self._places:
            return await _handed_over(self._server, message, [address.addr_spec for address in to])

    async def greet(self) -> str | None:
        """Connect and sign in, and send nothing: which server took us, or None when there is none. Raises what `send`
        raises of a server that doesn't.
        """
        if self._server is None:
            return None
        async with await _connected(self._server):
            return f"{self._server.host}:{self._server.port}"

    @property
    def domain(self) -> str:
        """Whose mail it is: what ends the ids of messages, and whom nodes may write to unless a setting says more."""
        return mailboxes(self._sender)[0].domain if self._sender else "localhost"

    def give_up(self, run: RunId) -> None:
        """Keep no turn for a run that has ended: it was cancelled while it waited."""
        self._turns.give_up(run)

    def _take_turn(self, key: str, recipients: int, run: RunId, wait: Callable[[float], None]) -> None:
        """Every try counts, so that a server which is down, or refuses them all, is not pressed harder."""
        left = self._turns.take(key, recipients, self._clock(), run=run)
        if left > 0:
            seconds = math.ceil(left)
            wait(seconds)
            raise RateLimited(
                f"Nodes write to {self._per_minute:,} people in a minute at most, so nothing was sent. Try again in "
                f"{seconds} s, or set FLOWROOM_SMTP_RECIPIENTS_PER_MINUTE higher where Flowroom is started.",
                retry_after=seconds,
            )

    def _check(self, address: Address) -> None:
        known = {address.addr_spec.lower(), address.domain.lower(), ANYONE}
        if not known & self._allowed:
            raise Refused(
                f"Nodes may not write to {address.addr_spec}, so nothing was sent. If they should, name the address "
                "or its domain in FLOWROOM_SMTP_TO where Flowroom is started.",
                address=address.addr_spec,
            )


async def _connected(server: _Server) -> SMTP:
    """A connection that is signed in. Without a password it is in TLS if the server offers it."""
    client = SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.is_tls,
        start_tls=False if server.is_tls else True if server.user is not None else None,
        username=server.user,
        password=server.password,
        timeout=TIMEOUT_SECONDS,
        tls_context=tls.trusted(),
    )
    try:
        await client.connect()
    except aiosmtplib.SMTPException as error:
        raise _before_it(server, error) from error
    except ssl.SSLError as error:
        client.close()
        raise ServiceError(
            f"{server.name} can't be trusted: {error}. Mend its certificate, or name in SSL_CERT_FILE who signed it."
        ) from error
    return client


async def _handed_over(server: _Server, message: EmailMessage, to: list[str]) -> dict[str, str]:
    async with await _connected(server) as client:
        try:
            refused, _ = await client.send_message(message, recipients=to)
        except aiosmtplib.SMTPException as error:
            raise _of_it(server, error) from error
        except (MessageError, UnicodeError) as error:
            raise InvalidParams(f"This can't be sent by mail: {error}.") from error
    return {address: f"{why.code} {why.message}" for address, why in refused.items()}


def _before_it(server: _Server, error: aiosmtplib.SMTPException) -> NodeError:
    """What is said of an error from before the message was handed over: it was not sent."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return Refused(f"{server.name} refuses the name or the password in FLOWROOM_SMTP_URL: {_told(error)}.")
        case aiosmtplib.SMTPConnectError() | aiosmtplib.SMTPServerDisconnected() | aiosmtplib.SMTPTimeoutError():
            return Unreachable(f"{server.name} can't be reached: {_told(error)}.")
        case _:
            return _by_code(server, error)


def _of_it(server: _Server, error: aiosmtplib.SMTPException) -> NodeError:
    """What is said of an error while the message was handed over. After a connection broke nobody can know, and to
    send it again might be to send it twice.
    """
    match error:
        case aiosmtplib.SMTPServerDisconnected() | aiosmtplib.SMTPTimeoutError():
            return ServiceError(f"{server.name} broke off, and may have sent the message: {_told(error)}.")
        case aiosmtplib.SMTPRecipientsRefused():
            said = "; ".join(f"{one.recipient}: {_told(one)}" for one in error.recipients)
            kind = TemporaryServiceError if all(400 <= one.code < 500 for one in error.recipients) else ServiceError
            return kind(f"{server.name} takes mail for none of the addresses. {said}.")
        case _:
            return _by_code(server, error)


def _by_code(server: _Server, error: aiosmtplib.SMTPException) -> NodeError:
    """Codes from 400 to 499 mean that it may be taken later (RFC 5321, section 4.2.1)."""
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
    kind = TemporaryServiceError if code is not None and 400 <= code < 500 else ServiceError
    return kind(f"{server.name} does not take the message: {_told(error)}.", status=code)


def _told(error: aiosmtplib.SMTPException) -> str:
    told = " ".join(error.message.split()).removesuffix(".")
    return f"{error.code} {told}" if isinstance(error, aiosmtplib.SMTPResponseException) else told


def _server(url: str) -> _Server:
    split = urlsplit(url)
    is_tls = split.scheme == "smtps"
    user = None if split.username is None else unquote(split.username)
    password = None if split.password is None else unquote(split.password)
    return _Server(split.hostname or "", split.port or (465 if is_tls else 587), is_tls, user, password)
