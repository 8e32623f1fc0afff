"""What is kept of requests: where they went, and never the keys that some addresses hold."""

from pathlib import Path

import pytest

from collab_server.cli.remote import started
from collab_server.doorman import shown
from collab_server.settings import Settings
from flowroom import tracing
from flowroom.tracing import Span
from tests.collab_server.api.rest.conftest import client_of
from tests.collab_server.conftest import Lines
from tests.flowroom.test_tracing import CALLERS

KEY = "Zx81-a-key-that-opens-something"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (f"/invite/{KEY}", "/invite/…"),
        (f"/s/{KEY}", "/s/…"),
        (f"/api/invitations/by-token/{KEY}/accept", "/api/invitations/by-token/…/accept"),
        (f"/api/links/by-token/{KEY}", "/api/links/by-token/…"),
        ("/api/graphs/oyxF7O1nqOnI/runs", "/api/graphs/oyxF7O1nqOnI/runs"),
        ("/sync/graphs/s", "/sync/graphs/s"),
    ],
)
def test_a_path_is_kept_without_its_key(path: str, kept: str) -> None:
    """OPS-17."""
    assert shown(path) == kept


def test_no_key_is_in_the_log_or_in_a_span(lines: Lines, tmp_path: Path) -> None:
    """OPS-17, on a real server: each line and span of a request says which trace it is of."""
    spans: list[Span] = []
    settings = Settings(data=tmp_path / "data", port=0, examples=False)
    with tracing.collected(spans.append), started(settings) as here, client_of(here, None) as api:
        api.get(f"/invite/{KEY}", headers={"traceparent": CALLERS})
        api.get(f"/api/links/by-token/{KEY}", headers={"traceparent": CALLERS})
        answer = api.post(f"/api/links/by-token/{KEY}/open", headers={"traceparent": CALLERS})

    assert answer.status_code in (403, 404)
    written = lines("request")
    assert len(written) >= 3 and KEY not in str(written)
    assert {line["trace"] for line in written if "…" in line["path"]} == {CALLERS.split("-")[1]}
    told = [span for span in spans if span.kind == "server"]
    assert len(told) >= 3 and KEY not in str(told)
    assert told[-1].trace.header == answer.headers["traceparent"]
