"""What is counted for Prometheus at GET /metrics; rooms and the writer add their own."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

REQUESTS = Counter("flowroom_http_requests_total", "HTTP requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "flowroom_http_request_seconds",
    "Time to answer an HTTP request",
    ["route"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
ROOMS = Gauge("flowroom_rooms", "Open rooms", ["kind"])
READ_ONLY_ROOMS = Gauge("flowroom_read_only_rooms", "Rooms whose edits can't be stored just now")
DOCUMENTS_MEMORY = Gauge("flowroom_documents_memory_bytes", "Memory that open documents take, as estimated")
PEERS = Gauge("flowroom_peers", "Sockets in rooms")
FRAMES_IN = Counter("flowroom_frames_received_total", "Frames of peers", ["type"])
UPDATES_IN, PRESENCE_IN, STEPS_IN = (FRAMES_IN.labels(type) for type in ("update", "presence", "sync"))
FRAMES_OUT = Counter("flowroom_frames_sent_total", "Frames handed to the sockets or outboxes of peers")
EDITS = Counter("flowroom_edits_total", "Updates that were stored")
CLOSES = Counter("flowroom_closes_total", "Sockets closed by the server", ["code"])
COMMIT_SECONDS = Histogram(
    "flowroom_commit_seconds",
    "Time until a room's edits were durable",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5),
)
RESYNCS = Counter("flowroom_outbox_resyncs_total", "Slow peers that were sent one update instead of many")
QUARANTINES = Counter("flowroom_quarantines_total", "Updates and states that were refused and kept aside", ["reason"])
REFUSED_ADDRESSES = Counter(
    "flowroom_addresses_refused_total",
    "Connections that one address had too many of, or that said or read nothing",
    ["what"],
)
BUS = Counter("flowroom_bus_messages_total", "Messages to and from other workers", ["direction"])
BUS_IN, BUS_OUT = (BUS.labels(direction) for direction in ("in", "out"))
BUS_DROPPED = Counter(
    "flowroom_bus_dropped_total", "Messages to other workers that made room for later ones while the bus took none"
)
BUS_FETCHES = Counter("flowroom_bus_fetches_total", "Times that edits of other workers were read from SQL")
LOOP_LAG = Gauge("flowroom_event_loop_lag_seconds", "How late the event loop ran its last timer")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request. `route` is the pattern, never the path, so that ids don't become label values.

    Nor do methods that somebody made up: every label value is kept for good, and anyone may send any number of them.
    """
    REQUESTS.labels(method if method in METHODS else "other", route, str(status)).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)


async def show(_request: Request) -> Response:
    """GET /metrics."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
