"""Messages and their signatures, next attempts, and addresses: all that is decided without I/O."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_server.activity.bursts import Person, Row
from collab_server.activity.edits import Named
from collab_server.errors import InvalidRequest
from collab_server.webhooks import messages
from collab_server.webhooks.addresses import check_url, host_of
from collab_server.webhooks.retries import LONGEST, Outcome, next_attempt
from flowroom.addresses import AddressPolicy

# The example of the specification of Standard Webhooks.
SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPEC_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SPEC_BODY = b'{"test": 2432232314}'
SPEC_TIME = 1614265330
SPEC_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signature_is_that_of_the_specification() -> None:
    """HOOK-2"""
    assert messages.signature(SPEC_SECRET, SPEC_ID, SPEC_TIME, SPEC_BODY) == SPEC_SIGNATURE


def test_two_secrets_make_two_signatures() -> None:
    """HOOK-2"""
    other = messages.new_secret()
    headers = messages.headers(SPEC_ID, SPEC_TIME, SPEC_BODY, [other, SPEC_SECRET])
    assert headers["webhook-id"] == SPEC_ID and headers["webhook-timestamp"] == str(SPEC_TIME)
    first, second = headers["webhook-signature"].split(" ")
    key = base64.b64decode(other.removeprefix("whsec_"))
    signed = hmac.new(key, f"{SPEC_ID}.{SPEC_TIME}.".encode() + SPEC_BODY, hashlib.sha256).digest()
    assert (first, second) == ("v1," + base64.b64encode(signed).decode(), SPEC_SIGNATURE)
    assert len(key) == 32


def test_a_message_says_what_was_done_by_whom_where_and_when() -> None:
    row = Row(
        "node.changed",
        1000.0,
        Person("p1", "Ada", "#112233", "person"),
        "g1",
        "Letters",
        (Named("a", "Summarise"),),
        "params.model",
        {"before": "gpt-4", "after": "local"},
        until=1002.5,
        count=2,
        id=7,
    )
    assert json.loads(messages.message(row)) == {
        "type": "node.changed",
        "timestamp": "1970-01-01T00:16:42.500Z",
        "data": {
            "id": 7,
            "text": "model of Summarise changed from “gpt-4” to “local”",
            "by": {"id": "p1", "name": "Ada", "kind": "person"},
            "graph": {"id": "g1", "title": "Letters"},
            "nodes": [{"id": "a", "name": "Summarise"}],
            "field": "params.model",
            "facts": {"before": "gpt-4", "after": "local"},
            "from": "1970-01-01T00:16:40.000Z",
            "until": "1970-01-01T00:16:42.500Z",
            "count": 2,
        },
    }


@given(st.integers(1, 60), st.floats(0, 1), st.none() | st.integers(100, 599).filter(lambda s: not 200 <= s < 300))
def test_waits_grow_and_vary_and_end_with_the_day(attempts: int, chance: float, status: int | None) -> None:
    """HOOK-5, HOOK-8"""
    due = next_attempt(
        Outcome(status), attempts=attempts, since=0.0, now=100.0, first=5.0, longest_hours=24, chance=lambda: chance
    )
    if status == 410:
        assert due is None
        return
    assert due is not None
    plain = min(5.0 * 4.0 ** (attempts - 1), LONGEST.total_seconds())
    assert 0.8 * plain <= due - 100.0 <= 1.2 * plain + 1e-6


def test_a_day_is_enough() -> None:
    """HOOK-5"""
    rest = {"attempts": 9, "since": 0.0, "first": 5.0, "longest_hours": 24.0, "chance": lambda: 0.5}
    assert next_attempt(Outcome(500), now=86_300.0, **rest) is None  # type: ignore[arg-type]
    assert next_attempt(Outcome(500), now=60_000.0, **rest) == 81_600.0  # type: ignore[arg-type]


def test_a_receiver_may_ask_for_more_time() -> None:
    """HOOK-5"""
    asked = Outcome(503, retry_after=900.0)
    now = 50.0
    due = next_attempt(asked, attempts=1, since=0, now=now, first=5, longest_hours=24, chance=lambda: 0.5)
    assert due == 950.0


ALLOWED = AddressPolicy(["127.0.0.1", "hooks.lan:8080", "10.1.0.0/16"])


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook?x=1",
        "https://93.184.216.34/",
        "http://127.0.0.1:9000/hook",
        "https://127.0.0.1/",
        "http://hooks.lan:8080/",
        "http://10.1.2.3/",
        "https://[2606:2800:220:1::1]/",
    ],
)
def test_an_address_that_a_webhook_may_have(url: str) -> None:
    """HOOK-7"""
    assert check_url(url, ALLOWED) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://localhost/",
        "https://api.localhost:8443/",
        "https://127.0.0.2/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.9]/",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.1.1/",
        "http://hooks.lan/",
        "https://me:secret@example.org/",
        "ftp://example.org/",
        "example.org",
        "https:///path",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\n",
        "https://" + "x" * 3000,
    ],
)
def test_an_address_that_a_webhook_may_not_have(url: str) -> None:
    """HOOK-7"""
    with pytest.raises(InvalidRequest):
        check_url(url, ALLOWED)


def test_only_the_host_of_an_address_is_told() -> None:
    assert host_of("https://hooks.example.org/services/T0/SECRET?key=1") == "hooks.example.org"
