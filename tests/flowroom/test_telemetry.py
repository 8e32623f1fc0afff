"""Spans reach a collector of OpenTelemetry: the real SDK, OTLP over HTTP, and processes of their own."""

import sys
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest
import websockets
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from structlog.testing import capture_logs

from collab_server.rooms.commits import ONE_OF
from flowroom import telemetry, tracing
from tests.collab_server.rooms.conftest import Client, eventually
from tests.collab_server.webhooks.receiver import Receiver, receiving
from tests.flowroom.test_tracing import CALLERS
from tests.flowroom_up import flowroom_up

CALLERS_TRACE, CALLERS_SPAN = CALLERS.split("-")[1:3]
JOINERS_TRACE = "5eed" * 8
JOINERS = f"00-{JOINERS_TRACE}-{'b0b0' * 4}-01"
GRAPH = {"nodes": {"a": {"type": "Template", "params": {"template": "Hello"}}}}


class Collected:
    """What a collector was sent."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def all(self) -> list[tuple[str, Span]]:
        """Every span, with the name of its service."""
        found = []
        for got in tuple(self._receiver.got):
            if got.path == "/v1/traces":
                for part in ExportTraceServiceRequest.FromString(got.body).resource_spans:
                    names = {fact.key: fact.value.string_value for fact in part.resource.attributes}
                    found += [(names["service.name"], span) for scope in part.scope_spans for span in scope.spans]
        return found

    async def span(self, name: str, *, trace: str = "", **facts: str) -> Span:
        """The first span of a name with these attributes, of a trace if one is given, once it is there."""

        def matching() -> Iterable[Span]:
            named = (span for _, span in self.all() if span.name == name and facts.items() <= texts(span).items())
            return (span for span in named if trace in ("", span.trace_id.hex()))

        await eventually(lambda: any(matching()), f"no span {name!r} with {facts}", seconds=30)
        return next(iter(matching()))


def texts(span: Span) -> dict[str, str]:
    return {fact.key.replace(".", "_"): fact.value.string_value for fact in span.attributes}


@pytest.mark.timeout(120)
async def test_what_is_done_is_told_to_a_collector_by_server_and_engine(tmp_path: Path) -> None:
    """OPS-16: request, run and nodes are one trace; frames and the commit that stored them; webhooks."""
    with receiving() as receiver:
        collected = Collected(receiver)
        collector = f"http://127.0.0.1:{receiver.port}"
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        options = {**environment, "FLOWROOM_WEBHOOK_ALLOW": "127.0.0.1", "FLOWROOM_EXAMPLES": "false"}
        with flowroom_up(tmp_path / "data", **options) as address:
            url, _, token = address.partition("/?token=")
            bearer = {"authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=url, headers=bearer, trust_env=False, timeout=30) as api:
                hook = (await api.post("/api/webhooks", json={"url": receiver.url})).raise_for_status().json()
                id = (await api.post("/api/graphs", json={"graph": GRAPH})).raise_for_status().json()["id"]
                begun = await api.post(f"/api/graphs/{id}/runs", json={}, headers={"traceparent": CALLERS})
            socket = f"{url.replace('http', 'ws')}/sync/graphs/{id}?token={token}"
            joining = websockets.connect(socket, additional_headers={"traceparent": JOINERS})
            client = await Client(await joining).sync()
            for number in range(2 * ONE_OF):  # the engine edits, too; what comes together is told as one
                await client.saved(await client.edit("k", number))
            edit = await collected.span("edit", trace=JOINERS_TRACE, flowroom_room=f"graph:{id}")
            await client.close()

            request = await collected.span("POST /api/graphs/{id}/runs")
            run = await collected.span("run", flowroom_run=begun.json()["id"], flowroom_state="succeeded")
            node = await collected.span("node", flowroom_node="a")
            sent = await collected.span("webhook", flowroom_webhook=hook["id"])
            door = await collected.span("socket", trace=JOINERS_TRACE, url_path=f"/sync/graphs/{id}")
            commit = await collected.span("commit", flowroom_room=f"graph:{id}")

        services = {span.name: service for service, span in collected.all()}

    assert {one.trace_id.hex() for one in (request, run, node)} == {CALLERS_TRACE}
    assert request.parent_span_id.hex() == CALLERS_SPAN
    assert (run.parent_span_id, node.parent_span_id) == (request.span_id, run.span_id)
    assert commit.start_time_unix_nano <= commit.end_time_unix_nano
    assert request.kind == Span.SPAN_KIND_SERVER and run.kind == Span.SPAN_KIND_CONSUMER
    assert run.start_time_unix_nano <= node.start_time_unix_nano <= node.end_time_unix_nano
    assert edit.parent_span_id == door.span_id
    assert sent.kind == Span.SPAN_KIND_CLIENT and texts(sent)["server_address"] == "127.0.0.1"
    headers = {got.headers.get("traceparent", "") for got in receiver.got if got.path == "/hook"}
    assert f"00-{sent.trace_id.hex()}-{sent.span_id.hex()}-01" in headers
    assert services["run"] == services["node"] == "flowroom-engine"
    assert services["edit"] == services["webhook"] == services["socket"] == "flowroom-server"
    assert token not in str(collected.all())


async def test_a_failure_and_links_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-16."""
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.port}")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "ours")
        one, other = tracing.begun(None), tracing.begun(CALLERS)
        with telemetry.exported("theirs"):
            tracing.ended("commit", one, {"flowroom.edits": 2}, links=[other], error="disk full")
        ((service, span),) = Collected(receiver).all()
    assert service == "ours"
    assert span.status.code == span.status.STATUS_CODE_ERROR and span.status.message == "disk full"
    assert [link.trace_id.hex() for link in span.links] == [CALLERS_TRACE]
    assert span.parent_span_id == b""


def test_without_an_endpoint_nobody_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-16."""
    for name in telemetry.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    with telemetry.exported("flowroom-server"):
        assert not tracing.is_collected()


def test_without_the_packages_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-16."""
    monkeypatch.setenv(telemetry.ENDPOINTS[0], "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with capture_logs() as lines, telemetry.exported("flowroom-server"):
        assert not tracing.is_collected()
    assert ["flowroom[otel]" in line["advice"] for line in lines] == [True]


def test_a_collector_that_answers_nothing_delays_no_end_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-16: this one would answer when it is over."""
    monkeypatch.setattr(telemetry, "LAST_SECONDS", 0.05)
    with receiving() as receiver:
        receiver.stalled.add("/v1/traces")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.port}")
        with telemetry.exported("flowroom-server"):
            tracing.ended("edit", tracing.begun(None), {})
        assert not receiver.let_go.is_set()
