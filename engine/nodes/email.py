"""Email: writes to people."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

import orjson

from engine.context import Context
from engine.nodes.definition import Definition, Params, param, read_params
from engine.nodes.errors import InvalidParams
from engine.nodes.values import as_text
from flowroom.mailboxes import mailboxes
from flowroom.model import Json
from flowroom.node_types import Port

FORMATS = {"text": "Text", "html": "HTML"}
MAX_RECIPIENTS = 50


class EmailParams(Params):
    """Who is written to, and what."""

    to: str = param(
        "",
        title="To",
        help="Addresses with a comma between, or a list of them; may be {{ … }}",
        placeholder="ada@example.org",
        needed=True,
    )
    subject: str = param("", title="Subject", help="May contain {{ … }}", needed=True)
    body: str = param("", title="Message", help="May contain {{ … }}", widget="code", language="template")
    format: str = param("text", title="Format", options=FORMATS, widget="select")
    cc: str = param("", title="Cc", help="Who gets a copy, for all to see", group="More people")
    bcc: str = param("", title="Bcc", help="Who gets a copy that nobody sees", group="More people")
    reply_to: str = param("", title="Reply to", help="Where answers go, if not to Flowroom", group="More people")


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Send the message when its turn has come. Raises InvalidParams, and what Mail.send raises."""
    params = read_params(EmailParams, ctx.params)
    to, cc, bcc = _people("To", params.to), _people("Cc", params.cc), _people("Bcc", params.bcc)
    people = tuple({address.addr_spec: address for address in (*to, *cc, *bcc)}.values())
    if not to:
        raise InvalidParams("'To' is empty, so there is nobody to write to.")
    if len(people) > MAX_RECIPIENTS:
        raise InvalidParams(f"A message goes to {MAX_RECIPIENTS} people at most, and this one would to {len(people)}.")
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{sha256(ctx.idempotency_key.encode()).hexdigest()[:32]}@{ctx.mail.domain}>"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's absence note answers (RFC 3834)
    message["Subject"] = " ".join(params.subject.split())
    _address(message, "To", to)
    _address(message, "Cc", cc)
    _address(message, "Reply-To", _people("Reply to", params.reply_to))
    message.set_content(params.body, subtype="html" if params.format == "html" else "plain")
    refused = await ctx.mail.send(message, people, run=ctx.run_id, wait=ctx.wait)
    for address, why in refused.items():
        ctx.log("warn", f"{address} was not taken: {why}")
    sent: list[Json] = [address.addr_spec for address in people if address.addr_spec not in refused]
    return {"output": {"messageId": message["Message-ID"], "sent": sent, "refused": dict(refused)}}


def _people(field: str, listed: str) -> tuple[Address, ...]:
    try:
        return mailboxes(_from_json(listed))
    except ValueError as error:
        raise InvalidParams(f"'{field}': {error}.") from error


def _from_json(listed: str) -> str:
    """A text, in which a list that a node gave stands as JSON."""
    try:
        found = orjson.loads(listed)
    except orjson.JSONDecodeError:
        return listed
    return ", ".join(map(as_text, found)) if isinstance(found, list) else listed


def _address(message: EmailMessage, header: str, people: tuple[Address, ...]) -> None:
    if people:
        message[header] = people


EMAIL = Definition(
    type="Email",
    title="Email",
    description="Writes to people by mail, through the mail server of this Flowroom.",
    category="Data",
    icon="mail",
    params=EmailParams,
    inputs=(Port(name="input", label="Values", type="any", arity="object"),),
    outputs=(Port(name="output", label="Sent", type="json"),),
    templated=frozenset({"to", "subject", "body", "cc", "bcc", "replyTo"}),
    effect="irreversible",
    run=run,
)
