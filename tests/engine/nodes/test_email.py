"""Email: what reaches a real mail server, and what is said when it doesn't."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from engine.mail import Mail
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
from engine.worker import Worker
from flowroom import tls
from flowroom.model import Json
from tests.engine.graphs import graph, node
from tests.engine.nodes.contexts import Bench, RecordedContext
from tests.engine.test_waiting import put_aside
from tests.engine.test_worker import House, serving
from tests.services.certificates import self_signed
from tests.services.process import free_port
from tests.services.smtp import MailServer, mail_server

ONE: dict[str, Json] = {"to": "ada@example.org", "subject": "Hello", "body": "World"}


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture(autouse=True)
def as_new(request: pytest.FixtureRequest) -> None:
    """The server as it began."""
    if "server" in request.fixturenames:
        made: MailServer = request.getfixturevalue("server")
        fresh = MailServer(made.port)
        vars(made).update(vars(fresh))


def writing(bench: Bench, port: int, params: dict[str, Json], *, sign_in: str = "", to: str = "*") -> RecordedContext:
    """An Email node of an engine that sends through a server on this machine."""
    url = f"smtp://{sign_in}127.0.0.1:{port}"
    settings = EngineSettings(smtp_url=url, smtp_from="Flowroom <flow@room.example>", smtp_to=to)
    return bench.context("Email", params, mail=Mail(settings))


async def test_a_message_reaches_everyone_it_is_to(bench: Bench, server: MailServer) -> None:
    """RUN-34."""
    params: dict[str, Json] = {
        "to": "Ada Lovelace <ada@example.org>, bo@müller.example",
        "cc": "{{ input.more }}",
        "bcc": "dan@example.org, ada@example.org",
        "replyTo": "team@example.org",
        "subject": "Grüße,\n{{ input.who }}",
        "body": "Total: {{ input.total }}\nÄ",
    }
    ctx = writing(bench, server.port, params)
    values: dict[str, Json] = {"more": ["cleo@example.org"], "who": "Ada", "total": 12}

    outputs = await bench.run(ctx, values)

    [message], [recipients] = server.messages, server.recipients
    everyone = ["ada@example.org", "bo@xn--mller-kva.example", "cleo@example.org", "dan@example.org"]
    assert recipients == everyone
    assert outputs["output"] == {"messageId": message["Message-ID"], "sent": everyone, "refused": {}}
    assert message["From"] == "Flowroom <flow@room.example>"
    assert message["To"] == "Ada Lovelace <ada@example.org>, bo@xn--mller-kva.example"
    assert (message["Cc"], message["Bcc"], message["Reply-To"]) == ("cleo@example.org", None, "team@example.org")
    assert (message["Subject"], message.get_content_type()) == ("Grüße, Ada", "text/plain")
    assert message.get_content().split() == ["Total:", "12", "Ä"]
    assert message["Auto-Submitted"] == "auto-generated"


async def test_a_message_may_be_html_and_has_the_same_id_on_every_try(bench: Bench, server: MailServer) -> None:
    """RUN-34."""
    for _ in range(2):
        await bench.run(writing(bench, server.port, {**ONE, "format": "html", "body": "<b>World</b>"}))

    one, two = server.messages
    assert (one.get_content_type(), one.get_content().strip()) == ("text/html", "<b>World</b>")
    assert one["Message-ID"] == two["Message-ID"]
    assert one["Message-ID"].endswith("@room.example>")


async def test_those_whom_the_server_does_not_take_are_named(bench: Bench, server: MailServer) -> None:
    """RUN-34."""
    server.refuses = {"bo@example.org": "550 no such user"}
    ctx = writing(bench, server.port, {**ONE, "to": "ada@example.org, bo@example.org"})

    output = (await bench.run(ctx))["output"]

    assert output["sent"] == ["ada@example.org"]
    assert output["refused"] == {"bo@example.org": "550 no such user"}
    assert ctx.logs == [("warn", "bo@example.org was not taken: 550 no such user")]


@pytest.mark.parametrize(
    ("said", "answer", "kind"),
    [
        ("550 no such user", "250 OK", ServiceError),
        ("451 later", "250 OK", TemporaryServiceError),
        ("", "554 looks like spam", ServiceError),
        ("", "452 disk full", TemporaryServiceError),
    ],
)
async def test_what_the_server_may_take_later_can_be_tried_again(
    bench: Bench, server: MailServer, said: str, answer: str, kind: type[NodeError]
) -> None:
    """RUN-34."""
    server.refuses, server.answer = {"ada@example.org": said} if said else {}, answer
    with pytest.raises(ServiceError, match=(said or answer)) as raised:
        await bench.run(writing(bench, server.port, ONE))
    assert type(raised.value) is kind
    assert server.messages == []


async def test_a_message_that_may_have_been_sent_is_not_sent_again(bench: Bench, server: MailServer) -> None:
    """RUN-34."""
    server.breaks_off = True
    with pytest.raises(ServiceError, match="may have sent the message") as raised:
        await bench.run(writing(bench, server.port, ONE))
    assert not raised.value.retryable


async def test_a_server_that_is_not_there_can_be_asked_again(bench: Bench) -> None:
    """RUN-34."""
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+ can't be reached"):
        await bench.run(writing(bench, free_port(), ONE))


async def test_nodes_write_only_to_whom_the_settings_name(bench: Bench, server: MailServer) -> None:
    """RUN-34: to nobody, if one of them is not among those; to those of its own domain where none is named."""
    params: dict[str, Json] = {**ONE, "to": "ada@Example.org", "bcc": "Bo@other.example"}
    await bench.run(writing(bench, server.port, params, to="example.org, bo@other.example"))
    assert len(server.messages) == 1

    with pytest.raises(Refused, match="FLOWROOM_SMTP_TO"):
        await bench.run(writing(bench, server.port, {**params, "cc": "eve@other.example"}, to="example.org"))
    with pytest.raises(Refused, match=r"may not write to ada@example\.org"):
        await bench.run(writing(bench, server.port, ONE, to=""))
    assert len(server.messages) == 1

    await bench.run(writing(bench, server.port, {**ONE, "to": "ada@room.example"}, to=""))
    assert len(server.messages) == 2


async def test_all_runs_together_write_to_so_many_people_in_a_minute(bench: Bench, server: MailServer) -> None:
    """RUN-35: what the server did not take counts, too, and what was refused here does not."""
    now = 100.0
    url, sender = f"smtp://127.0.0.1:{server.port}", "flow@room.example"
    settings = EngineSettings(smtp_url=url, smtp_from=sender, smtp_to="example.org", smtp_recipients_per_minute=3)
    mail = Mail(settings, clock=lambda: now)

    async def write(**params: Json) -> None:
        await bench.run(bench.context("Email", {**ONE, **params}, mail=mail))

    with pytest.raises(Refused):
        await write(to="eve@other.example")
    server.answer = "452 disk full"
    with pytest.raises(TemporaryServiceError):
        await write()
    server.answer = "250 OK"
    with pytest.raises(RateLimited, match=r"3 people .* in 20 s, .* FLOWROOM_SMTP_RECIPIENTS_PER_MINUTE") as raised:
        await write(cc="bo@example.org", bcc="cleo@example.org")
    assert (raised.value.retryable, raised.value.retry_after) == (True, 20)
    assert server.messages == []

    now += 20
    await write(cc="bo@example.org", bcc="cleo@example.org")
    assert len(server.messages) == 1
    with pytest.raises(RateLimited):
        await write()


async def test_what_is_over_it_waits_for_its_turn_and_needs_no_other_try(tmp_path: Path, server: MailServer) -> None:
    """RUN-39: in the order in which they came; one that is cancelled meanwhile ends at once, is not sent, and keeps
    nobody waiting who comes then.
    """
    house = House(tmp_path)
    house.settings = house.settings.model_copy(
        update={
            "smtp_url": SecretStr(f"smtp://127.0.0.1:{server.port}"),
            "smtp_from": "flow@room.example",
            "smtp_to": "*",
            "smtp_recipients_per_minute": 50,
        }
    )
    many = ", ".join(f"p{number}@example.org" for number in range(50))
    nodes = [node(to, "Email", params={**ONE, "to": f"{to}@example.org"}) for to in "abc"]
    async with Worker(house.settings) as worker, serving(house, worker):
        assert (await house.run(graph([node("all", "Email", params={**ONE, "to": many})]))).status == "succeeded"
        view = await house.run(graph(nodes))
        cancelled = await house.runs.start("g1", graph([node("z", "Email", params={**ONE, "to": many})]), by="ada")
        await put_aside(house, cancelled.id)
        await house.runs.cancel(cancelled.id, by="ada")
        assert (await house.finished(cancelled.id)).state == "cancelled"
        later = await house.run(graph([node("d", "Email", params={**ONE, "to": "d@example.org"})]))
        waited = [event.node for event in await house.events(view.id) if event.type == "node.waiting"]
        ended = [event.node for event in await house.events(view.id) if event.type == "node.succeeded"]

    assert view.status == later.status == "succeeded"
    assert [node for node in ended if node in waited] == waited
    assert [len(to) for to in server.recipients] == [50, 1, 1, 1, 1]


async def test_without_a_mail_server_a_node_says_what_to_set(bench: Bench) -> None:
    """RUN-34."""
    with pytest.raises(Refused, match="FLOWROOM_SMTP_URL"):
        await bench.run(bench.context("Email", ONE, mail=Mail(EngineSettings())))


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"to": " "}, "'To' is empty"),
        ({"to": "ada"}, "'To': expected mail addresses such as ada@example.org, with a comma between, not 'ada'"),
        ({"to": "ada@example.org bo@example.org"}, "'To': expected mail addresses"),
        ({"cc": "ada@"}, "'Cc'"),
        ({"bcc": "a@b..c"}, "'Bcc'"),
        ({"replyTo": "<@example.org>"}, "'Reply to'"),
        ({"to": ", ".join(f"p{number}@example.org" for number in range(51))}, "50 people at most"),
        ({"body": "x" * 11_000_000}, "10,000,000 bytes at most"),
    ],
)
async def test_what_can_not_be_sent_is_said_before_anything_is(
    bench: Bench, server: MailServer, params: dict[str, Json], said: str
) -> None:
    """RUN-34."""
    with pytest.raises(InvalidParams, match=said):
        await bench.run(writing(bench, server.port, {**ONE, **params}))
    assert server.messages == []


async def test_no_value_becomes_a_header(bench: Bench, server: MailServer) -> None:
    """RUN-34."""
    evil = "x\r\nBcc: eve@example.org"
    await bench.run(writing(bench, server.port, {**ONE, "subject": "{{ input.evil }}"}), {"evil": evil})
    assert server.messages[0]["Subject"] == "x Bcc: eve@example.org"
    assert server.recipients == [["ada@example.org"]]

    with pytest.raises(InvalidParams):
        await bench.run(writing(bench, server.port, {**ONE, "to": "ada@example.org\r\nBcc: eve@example.org"}))


async def test_a_password_is_sent_in_tls_alone(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RUN-34."""
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    tls.trusted.cache_clear()
    try:
        with mail_server(serving_as(certificate), name=b"flow", password=b"p@ss/word") as server:
            await bench.run(writing(bench, server.port, ONE, sign_in="flow:p%40ss%2Fword@"))
            assert server.encrypted == [True]

            with pytest.raises(Refused, match="refuses the name or the password in FLOWROOM_SMTP_URL") as raised:
                await bench.run(writing(bench, server.port, ONE, sign_in="flow:wrong@"))
            assert "wrong" not in str(raised.value)
        with mail_server() as server:
            with pytest.raises(ServiceError, match="STARTTLS"):
                await bench.run(writing(bench, server.port, ONE, sign_in="flow:p%40ss%2Fword@"))
            assert server.messages == []
    finally:
        tls.trusted.cache_clear()


@pytest.mark.parametrize("sign_in", ["", "flow:p%40ss@"])
async def test_a_mail_server_whose_certificate_nobody_signed_is_sent_nothing(
    bench: Bench, tmp_path: Path, sign_in: str
) -> None:
    """RUN-34."""
    with mail_server(serving_as(self_signed(tmp_path))) as server:
        with pytest.raises(ServiceError, match=r"can't be trusted: .*self-signed.* SSL_CERT_FILE"):
            await bench.run(writing(bench, server.port, ONE, sign_in=sign_in))
        assert server.messages == []


def serving_as(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context
