"""HTTPRequest against a real server on this machine, and the guard that keeps other nodes from reaching it."""

import gzip
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from engine.nodes.errors import (
    InvalidParams,
    NodeError,
    RateLimited,
    Refused,
    ServiceError,
    TemporaryServiceError,
    Unreachable,
)
from flowroom import tracing
from flowroom.model import Json
from tests.engine.nodes.contexts import Bench, a_client, own_url_of
from tests.engine.nodes.servers import FetchedServer, served


async def test_json_comes_as_a_value_and_text_as_text(bench: Bench, fetched_url: str) -> None:
    outputs = await bench.run(bench.context("HTTPRequest", {"url": f"{fetched_url}/orders.json"}))
    assert outputs["output"] == [{"id": 17, "total": 250.0, "name": "Änna"}]
    assert outputs["status"] == 200
    assert outputs["headers"]["content-type"] == "application/json"
    text = await bench.run(bench.context("HTTPRequest", {"url": f"{fetched_url}/text"}))
    assert text["output"] == "grüße"


@pytest.mark.parametrize("called", ["nothing-known", "base64", "idna", "unicode_escape"])
async def test_text_in_a_charset_that_is_none_is_read_all_the_same(bench: Bench, fetched_url: str, called: str) -> None:
    """RUN-37: what Python would decode it to may be no text, or hold half a character."""
    outputs = await bench.run(bench.context("HTTPRequest", {"url": f"{fetched_url}/charset?called={called}"}))
    assert outputs["output"] == "grüße \\ud800"


async def test_url_query_headers_and_body_are_templates(bench: Bench, fetched: FetchedServer, fetched_url: str) -> None:
    params = {
        "method": "POST",
        "url": f"{fetched_url}/{{{{ input.where }}}}",
        "query": {"q": "{{ input.q }}", "n": 3},
        "headers": {"X-Who": "{{ input.who }}"},
        "body": '{"q": "{{ input.q }}"}',
    }
    outputs = await bench.run(bench.context("HTTPRequest", params), {"where": "echo", "q": "a b&c", "who": "me"})
    assert outputs["output"] == {"query": {"q": "a b&c", "n": "3"}, "method": "POST"}
    sent = fetched.seen["/echo"]
    assert (sent["x-who"], sent["content-type"]) == ("me", "application/json")
    assert sent["idempotency-key"] == "the-key"
    assert fetched.bodies["/echo"] == b'{"q": "a b&c"}'


@pytest.mark.parametrize("header", ["Content-Length", "transfer-encoding"])
async def test_how_long_a_body_is_follows_from_the_body(
    bench: Bench, fetched: FetchedServer, fetched_url: str, header: str
) -> None:
    params = {"method": "POST", "url": f"{fetched_url}/echo", "body": "abc", "headers": {header: "1"}}
    outputs = await bench.run(bench.context("HTTPRequest", params))
    assert (outputs["status"], fetched.bodies["/echo"]) == (200, b"abc")


async def test_who_is_asked_is_told_the_trace(bench: Bench, fetched: FetchedServer, fetched_url: str) -> None:
    """OPS-14: that of the run, unless the graph names another."""

    async def told(**headers: str) -> str | None:
        asked = {"method": "POST", "url": f"{fetched_url}/echo", "headers": headers}
        await bench.run(bench.context("HTTPRequest", asked))
        return fetched.seen["/echo"].get("traceparent")

    with tracing.inside() as trace:
        assert await told() == trace.header
        other = tracing.begun(None).header
        assert await told(Traceparent=other) == other
    assert await told() is None


async def test_a_cookie_that_one_request_got_is_sent_with_no_other(
    bench: Bench, fetched: FetchedServer, fetched_url: str
) -> None:
    """RUN-25: the client is that of all graphs of an engine."""
    await bench.run(bench.context("HTTPRequest", {"url": f"{fetched_url}/cookie"}))
    await bench.run(bench.context("HTTPRequest", {"method": "POST", "url": f"{fetched_url}/echo"}))
    assert "cookie" not in fetched.seen["/echo"]
    asked = {"method": "POST", "url": f"{fetched_url}/echo", "headers": {"Cookie": "mine=1"}}
    await bench.run(bench.context("HTTPRequest", asked))
    assert fetched.seen["/echo"]["cookie"] == "mine=1"


async def test_a_path_alone_goes_to_flowroom_itself(bench: Bench, fetched_url: str) -> None:
    ctx = bench.context("HTTPRequest", {"url": "/orders.json"})
    with pytest.raises(InvalidParams, match="own address"):
        await bench.run(ctx)
    with own_url_of(bench.http, fetched_url):
        assert (await bench.run(ctx))["output"][0]["id"] == 17


async def test_flowrooms_own_address_is_allowed_and_no_other_on_this_machine(fetched_url: str) -> None:
    async with a_client(own_url=fetched_url) as client:
        assert (await client.get("/orders.json")).status_code == 200
        with pytest.raises(Refused):
            await client.get("http://127.0.0.1:1/")


async def test_nobody_is_made_to_ask_flowroom_for_somebody_else(
    bench: Bench, fetched: FetchedServer, fetched_url: str
) -> None:
    """RUN-23: neither directly, nor by a redirect, nor by another name of this machine."""
    port = int(fetched_url.rpartition(":")[2])
    said = {
        "X-Forwarded-For": "10.0.0.1",
        "x-forwarded-proto": "https",
        "Forwarded": "for=10.0.0.1",
        "X-Real-IP": "::1",
    }

    async def heard(url: str) -> set[str]:
        await bench.run(bench.context("HTTPRequest", {"url": url, "headers": {**said, "X-Mine": "1"}}))
        assert fetched.seen["/echo"]["x-mine"] == "1"
        return {name.lower() for name in said} & set(fetched.seen["/echo"])

    with served(fetched.app) as other:
        bench.http = a_client(f"localhost:{port}", other.removeprefix("http://"), own_url=fetched_url)
        async with bench.http:
            assert await heard("/echo") == set()
            assert await heard(f"http://localhost:{port}/echo") == set()
            assert await heard(f"{other}/to?url={quote(fetched_url)}/echo") == set()
            assert len(await heard(f"{other}/echo")) == len(said)


async def test_a_credential_goes_by_name_and_not_to_another_host(
    bench: Bench, fetched: FetchedServer, fetched_url: str
) -> None:
    params = {"url": f"{fetched_url}/echo", "credential": "shop"}
    await bench.run(bench.context("HTTPRequest", params, secrets={"shop": "s3cret"}))
    assert fetched.seen["/echo"]["authorization"] == "Bearer s3cret"
    own_header = {**params, "credentialHeader": "X-Api-Key"}
    await bench.run(bench.context("HTTPRequest", own_header, secrets={"shop": "s3cret"}))
    assert fetched.seen["/echo"]["x-api-key"] == "s3cret"
    elsewhere = fetched_url.replace("127.0.0.1", "localhost") + "/echo"
    away = {**own_header, "url": f"{fetched_url}/to?url={quote(elsewhere)}"}
    bench.http = a_client("127.0.0.1", "localhost")
    async with bench.http:
        await bench.run(bench.context("HTTPRequest", away, secrets={"shop": "s3cret"}))
    assert "x-api-key" not in fetched.seen["/echo"]
    with pytest.raises(Refused, match="no secret"):
        await bench.run(bench.context("HTTPRequest", params))


async def test_a_secret_is_asked_for_the_address_it_goes_to(bench: Bench, fetched_url: str) -> None:
    """RUN-25: the whole one, and no other host may be named beside it."""
    params: dict[str, Any] = {"url": "/echo", "query": {"a": "b"}, "credential": "shop"}
    ctx = bench.context("HTTPRequest", params, secrets={"shop": "s3cret"})
    with own_url_of(bench.http, fetched_url):
        await bench.run(ctx)
        assert ctx.destinations == [f"{fetched_url}/echo?a=b"]
        other = {**params, "headers": {"Host": "evil.example"}}
        with pytest.raises(InvalidParams, match="leave the header Host out"):
            await bench.run(bench.context("HTTPRequest", other, secrets={"shop": "s3cret"}))


async def test_a_secret_that_is_cut_in_an_error_is_left_out_before(bench: Bench, fetched_url: str) -> None:
    """RUN-26."""
    for after in range(480, 500):
        params = {"url": f"{fetched_url}/told?code=401&after={after}", "credential": "shop"}
        with pytest.raises(ServiceError, match="x") as caught:
            await bench.run(bench.context("HTTPRequest", params, secrets={"shop": "the-s3cret"}))
        assert "the-" not in caught.value.message


@pytest.mark.parametrize(
    "header",
    [
        *("Host", "content-length", "Transfer-Encoding", "connection", "upgrade", "X-Request-Id", "traceparent"),
        *("tracestate", "X-Forwarded-For", "x-forwarded-anything", "Forwarded", "X-Real-IP", "User-Agent", "referer"),
        *("X Api Key", "X-Api-Key ", "x:", "naïve", "a\r\nb", " "),
    ],
)
async def test_a_secret_goes_into_no_header_that_others_read(
    bench: Bench, fetched: FetchedServer, fetched_url: str, header: str
) -> None:
    """RUN-25: nor into what is no header."""
    fetched.seen.pop("/echo", None)
    params = {"url": f"{fetched_url}/echo", "credential": "shop", "credentialHeader": header}
    with pytest.raises(InvalidParams, match="can't be sent in the header"):
        await bench.run(bench.context("HTTPRequest", params, secrets={"shop": "s3cret"}))
    assert "/echo" not in fetched.seen


@pytest.mark.parametrize(
    ("code", "error", "retryable"),
    [(429, RateLimited, True), (503, TemporaryServiceError, True), (404, ServiceError, False)],
)
async def test_an_error_status_fails_and_says_whether_to_try_again(
    bench: Bench, fetched_url: str, code: int, error: type[ServiceError], retryable: bool
) -> None:
    ctx = bench.context("HTTPRequest", {"url": f"{fetched_url}/status/{code}"})
    with pytest.raises(error, match="it went wrong") as caught:
        await bench.run(ctx)
    assert (caught.value.status, caught.value.retryable) == (code, retryable)
    assert caught.value.retry_after == (7 if retryable else None)
    assert caught.value.to_json()["status"] == code


async def test_an_error_status_may_be_a_result(bench: Bench, fetched_url: str) -> None:
    params = {"url": f"{fetched_url}/status/404", "failOnError": False}
    assert (await bench.run(bench.context("HTTPRequest", params)))["status"] == 404


@pytest.mark.parametrize(
    ("path", "params", "error", "words"),
    [
        ("/big", {"maxBytes": 1000}, ServiceError, "more than 1000 bytes"),
        ("/slow", {"timeout": 0.2}, Unreachable, "within 0.2 s"),
        ("/endless", {"timeout": 0.2}, Unreachable, "within 0.2 s"),  # a piece comes often enough, the end never
        ("/no-json", {}, ServiceError, "it is none"),
        ("/loop", {}, ServiceError, "redirects more than 10 times"),
        ("/to?url=ftp://x/", {}, Unreachable, "ftp"),
    ],
)
async def test_a_bad_answer_is_an_error_with_its_reason(
    bench: Bench, fetched_url: str, path: str, params: dict[str, object], error: type[NodeError], words: str
) -> None:
    """RUN-38, for one that never ends."""
    with pytest.raises(error, match=words):
        await bench.run(bench.context("HTTPRequest", {"url": f"{fetched_url}{path}", **params}))


async def test_packed_answers_are_read_and_bombs_are_not(
    bench: Bench, fetched: FetchedServer, fetched_url: str
) -> None:
    """RUN-22: the limit is one of unpacked bytes; what is packed twice is not read at all."""

    async def output(coding: str, body: bytes) -> dict[str, object]:
        fetched.bodies["/packed"] = body
        return await bench.run(bench.context("HTTPRequest", {"url": f"{fetched_url}/packed?coding={coding}"}))

    got = await output("gzip", gzip.compress("grüße".encode()))
    assert got["output"] == "grüße"
    assert fetched.seen["/packed"]["accept-encoding"] == "gzip"
    bomb = gzip.compress(bytes(20_000_000))
    with pytest.raises(ServiceError, match="more than 5000000 bytes"):
        await output("gzip", bomb)
    with pytest.raises(ServiceError, match="'gzip, gzip'"):
        await output("gzip, gzip", gzip.compress(bomb))


async def test_an_empty_url_is_called_so(bench: Bench) -> None:
    """As one is whose template gave nothing."""
    with pytest.raises(InvalidParams, match="The URL is empty"):
        await bench.run(bench.context("HTTPRequest", {"url": " "}))


@pytest.mark.parametrize("url", ["", "ftp://x/", "//x/", "file:///etc/passwd", "http://", "https://[", "x"])
async def test_what_is_no_web_address_is_refused_before_anything_is_sent(bench: Bench, url: str) -> None:
    with pytest.raises(NodeError):
        await bench.run(bench.context("HTTPRequest", {"url": url}))


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"headers": {"X-Name": "ä"}}, "can't be sent"),
        ({"headers": {"ä": "x"}}, "can't be sent"),
        ({"headers": {"X Name": "x"}}, "Illegal header name"),
        ({"headers": {"X-Name": "a\r\nB: c"}}, "Illegal header value"),
        ({"method": "BREW IT"}, "Illegal method"),
    ],
)
async def test_what_http_can_not_say_is_wrong_in_the_settings_and_not_tried_again(
    bench: Bench, fetched_url: str, params: dict[str, Json], said: str
) -> None:
    with pytest.raises(InvalidParams, match=said) as raised:
        await bench.run(bench.context("HTTPRequest", {"url": f"{fetched_url}/json", **params}))
    assert not raised.value.retryable


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0.0.0.0/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[fec0::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://user:pw@127.0.0.1/",
    ],
)
async def test_the_guard_refuses_every_way_to_write_a_private_ip_address(url: str) -> None:
    """RUN-21: whichever way it is written."""
    async with a_client() as client:
        with pytest.raises(Refused, match="FLOWROOM_HTTP_ALLOW"):
            await client.get(url)


async def test_the_guard_checks_every_redirect(bench: Bench, fetched_url: str) -> None:
    port = int(fetched_url.rpartition(":")[2])
    bench.http = a_client(f"127.0.0.1:{port}")
    async with bench.http:
        params = {"url": f"{fetched_url}/to?url=http://127.0.0.1:1/"}
        with pytest.raises(Refused):
            await bench.run(bench.context("HTTPRequest", params))


async def test_a_name_without_an_address_is_unreachable(bench: Bench) -> None:
    with pytest.raises(Unreachable, match=r"There is no address for 'nothing\.invalid': check the name"):
        await bench.run(bench.context("HTTPRequest", {"url": "http://nothing.invalid/"}))


async def test_a_host_that_does_not_listen_is_unreachable(bench: Bench) -> None:
    with pytest.raises(Unreachable):
        await bench.run(bench.context("HTTPRequest", {"url": "http://127.0.0.1:1/"}))


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    client = a_client()
    assert client.trust_env is False
    assert isinstance(client, httpx.AsyncClient)
