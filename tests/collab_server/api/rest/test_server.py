"""What every answer has, what probes and metrics say, and what the description of the interface promises."""

import gzip
import json
import re
from typing import Any

import httpx
import jsonschema
import pytest

from collab_server.folder import RunningServer
from tests.collab_server.api.rest.conftest import MakeClient


def test_probes_answer_without_a_token_under_any_name(anyone: httpx.Client) -> None:
    assert anyone.get("/livez", headers={"host": "10.0.0.9"}).json() == {"status": "alive"}
    ready = anyone.get("/readyz", headers={"host": "pod.internal"})
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"sql": "ok", "loop": "ok", "bus": "ok"}


def test_metrics_count_requests_by_route_and_not_by_path(anyone: httpx.Client, admin: httpx.Client) -> None:
    admin.get("/api/graphs/some-secret-id")

    text = anyone.get("/metrics").text

    assert 'flowroom_http_requests_total{method="GET",route="/api/graphs/{id}",status="404"}' in text
    assert "some-secret-id" not in text
    assert "flowroom_event_loop_lag_seconds" in text


def test_a_made_up_method_is_counted_without_its_name(anyone: httpx.Client) -> None:
    """Anyone can send any number of them, and every label value is kept for good."""
    for number in range(3):
        anyone.request(f"MADEUP{number}", "/")

    text = anyone.get("/metrics").text

    assert "MADEUP" not in text
    assert 'method="other"' in text


def test_the_sample_data_needs_no_token(anyone: httpx.Client) -> None:
    orders = anyone.get("/examples/orders.json").json()

    assert orders["total"] == sum(order["total"] for order in orders["orders"])


@pytest.mark.parametrize("path", ["/", "/api/me", "/api/docs", "/livez", "/nowhere/at/all", "/api/nowhere"])
def test_every_answer_has_the_security_headers(anyone: httpx.Client, path: str) -> None:
    headers = anyone.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy and "script-src 'self';" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])
    assert "server" not in headers


def test_a_request_id_of_the_caller_is_kept_if_it_is_plain(anyone: httpx.Client) -> None:
    assert anyone.get("/livez", headers={"x-request-id": "trace-42"}).headers["x-request-id"] == "trace-42"
    assert anyone.get("/livez", headers={"x-request-id": "a b;c"}).headers["x-request-id"] != "a b;c"


@pytest.mark.parametrize("path", ["/", "/api/graphs", "/metrics", "/api/openapi.json", "/assets/x.js"])
def test_a_foreign_host_name_is_refused_everywhere(anyone: httpx.Client, path: str) -> None:
    answer = anyone.get(path, headers={"host": "evil.example"})

    assert answer.status_code == 421
    assert answer.json()["received"] == "evil.example"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_a_foreign_page_is_refused_even_with_a_good_token(admin: httpx.Client, headers: dict[str, str]) -> None:
    answer = admin.post("/api/graphs", json={}, headers=headers)

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/foreign-origin"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("token", ["wrong", "Bearer", "é", "x" * 5000])
def test_a_wrong_token_is_told_how_to_get_a_right_one(anyone: httpx.Client, token: str) -> None:
    answer = anyone.get("/api/graphs", headers={b"authorization": f"Bearer {token}".encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "flowroom token" in answer.json()["advice"]
    assert "wrong" not in answer.text


def test_a_token_in_the_address_works_for_programs(anyone: httpx.Client, server: RunningServer) -> None:
    assert anyone.get("/api/me", params={"token": server.token}).json()["role"] == "admin"


def test_unknown_addresses_and_methods_are_problem_documents(admin: httpx.Client) -> None:
    for answer, status in ((admin.get("/api/nowhere"), 404), (admin.put("/api/graphs"), 405), (admin.post("/x"), 405)):
        assert answer.status_code == answer.json()["status"] == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["requestId"] == answer.headers["x-request-id"]


def test_json_is_compressed_when_it_is_worth_it(admin: httpx.Client) -> None:
    with admin.stream("GET", "/api/node-types", headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed))["items"]
    assert "content-encoding" not in admin.get("/api/me").headers


def test_node_types_describe_ports_and_params(admin: httpx.Client) -> None:
    types = {found["type"]: found for found in admin.get("/api/node-types").json()["items"]}

    assert {"Chat", "LLM", "Log", "Template", "HTTPRequest", "Switch", "Merge", "Code", "Group"} <= types.keys()
    for found in types.values():
        jsonschema.Draft202012Validator.check_schema(found["params"])


def test_the_log_level_changes_while_the_server_runs(admin: httpx.Client, as_role: MakeClient) -> None:
    try:
        assert admin.patch("/api/settings", json={"logLevel": "error"}).json()["logLevel"] == "error"
        assert as_role("viewer").get("/api/settings").json()["logLevel"] == "error"
        assert admin.patch("/api/settings", json={"logLevel": "loud"}).status_code == 422
        assert as_role("editor").patch("/api/settings", json={"logLevel": "debug"}).status_code == 403
    finally:
        admin.patch("/api/settings", json={"logLevel": "info"})


def test_settings_tell_limits_and_no_secrets(admin: httpx.Client, server: RunningServer) -> None:
    answer = admin.get("/api/settings")

    assert answer.json()["limits"]["maxUploadBytes"] == 50 * 2**20
    assert server.token not in answer.text


def description(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/openapi.json").json()
    return found


def test_the_description_is_openapi_whose_references_all_lead_somewhere(anyone: httpx.Client) -> None:
    found = description(anyone)

    assert found["openapi"].startswith("3.1")
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(found)))
    assert names <= found["components"]["schemas"].keys()
    for schema in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [operation["operationId"] for methods in found["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


def test_every_route_is_described_with_the_problems_it_may_answer(anyone: httpx.Client) -> None:
    for path, methods in description(anyone)["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            answers = operation["responses"]
            assert {"401", "403", "422", "500"} <= answers.keys(), (method, path)
            for status, answer in answers.items():
                if int(status) >= 400:
                    assert answer["content"].keys() == {"application/problem+json"}, (method, path, status)


def test_the_contract_of_routes_stands(anyone: httpx.Client) -> None:
    found = {f"{method.upper()} {path}" for path, methods in description(anyone)["paths"].items() for method in methods}

    assert found == {
        "GET /me", "PATCH /me", "PUT /me/password", "GET /me/sessions", "DELETE /me/sessions/{session}",
        "GET /session/methods", "POST /session", "DELETE /session", "GET /session/oidc", "GET /session/oidc/callback",
        "GET /members", "PATCH /members/{person}", "DELETE /members/{person}", "POST /members/{person}/password-link",
        "GET /invitations", "POST /invitations", "DELETE /invitations/{invitation}",
        "GET /invitations/by-token/{token}", "POST /invitations/by-token/{token}/accept",
        "GET /graphs/{id}/access", "PATCH /graphs/{id}/access", "PUT /graphs/{id}/access/people/{person}",
        "DELETE /graphs/{id}/access/people/{person}", "POST /graphs/{id}/links", "DELETE /graphs/{id}/links/{link}",
        "GET /graphs/{id}/access/requests", "POST /graphs/{id}/access/requests",
        "GET /graphs/{id}/access/requests/{request}", "PATCH /graphs/{id}/access/requests/{request}",
        "DELETE /graphs/{id}/access/requests/{request}",
        "GET /links/by-token/{token}", "POST /links/by-token/{token}/open",
        "GET /tokens", "POST /tokens", "DELETE /tokens/{id}",
        "GET /graphs", "POST /graphs", "GET /graphs/{id}", "PUT /graphs/{id}", "PATCH /graphs/{id}",
        "DELETE /graphs/{id}", "POST /graphs/{id}/duplicate", "GET /graphs/{id}/export", "POST /import",
        "POST /graphs/{id}/runs", "GET /graphs/{id}/runs", "GET /runs/{run}", "GET /runs/{run}/events",
        "POST /runs/{run}/cancel", "GET /runs/{run}/snapshot",
        "GET /graphs/{id}/nodes/{node}/history", "DELETE /graphs/{id}/nodes/{node}/history", "GET /blobs/{hash}",
        "GET /graphs/{id}/versions", "POST /graphs/{id}/versions", "GET /graphs/{id}/versions/{version}",
        "DELETE /graphs/{id}/versions/{version}", "GET /graphs/{id}/quarantine", "POST /graphs/{id}/restore",
        "GET /server/seen", "GET /server/rooms", "GET /server/log-level", "PUT /server/log-level",
        "GET /graphs/{id}/threads", "POST /graphs/{id}/threads",
        "GET /graphs/{id}/threads/unread", "PUT /graphs/{id}/threads/read",
        "GET /graphs/{id}/threads/{thread}", "PATCH /graphs/{id}/threads/{thread}",
        "DELETE /graphs/{id}/threads/{thread}", "POST /graphs/{id}/threads/{thread}/messages",
        "PATCH /graphs/{id}/threads/{thread}/messages/{message}",
        "DELETE /graphs/{id}/threads/{thread}/messages/{message}",
        "PUT /graphs/{id}/threads/{thread}/messages/{message}/reactions/{emoji}",
        "DELETE /graphs/{id}/threads/{thread}/messages/{message}/reactions/{emoji}",
        "GET /notifications", "GET /notifications/stream", "POST /notifications/read",
        "GET /graphs/{id}/activity", "GET /graphs/{id}/activity/people", "GET /newest-runs",
        "GET /graphs/{id}/activity/export", "GET /activity", "GET /activity/export",
        "GET /webhooks", "POST /webhooks", "GET /webhooks/{hook}", "PATCH /webhooks/{hook}", "DELETE /webhooks/{hook}",
        "POST /webhooks/{hook}/secret", "POST /webhooks/{hook}/test", "GET /webhooks/{hook}/deliveries",
        "POST /webhooks/{hook}/deliveries/{delivery}/retry",
        "GET /node-types", "GET /settings", "PATCH /settings",
    }  # fmt: skip


FOR_STRANGERS = {
    "get /session/methods": 200, "post /session": 422, "get /session/oidc": 404, "get /session/oidc/callback": 404,
    "get /invitations/by-token/{token}": 404, "post /invitations/by-token/{token}/accept": 422,
    "get /links/by-token/{token}": 404, "post /links/by-token/{token}/open": 404,
}  # fmt: skip
"""The few doors that anyone may knock at, and what a stranger without a key is told there."""


def test_nothing_but_the_description_and_the_ways_in_answers_without_a_token(anyone: httpx.Client) -> None:
    for path, methods in description(anyone)["paths"].items():
        for method in methods:
            filled = re.sub(r"\{\w+\}", "x", path)
            answer = anyone.request(method, f"/api{filled}", content=b"no JSON at all")
            assert answer.status_code == FOR_STRANGERS.get(f"{method} {path}", 401), (method, path)


def test_what_strangers_send_is_not_read(anyone: httpx.Client) -> None:
    """A body is read only once it is known who sends it; signing in may be small only."""
    assert anyone.post("/api/graphs", content=b"[" * 40_000_000).status_code == 401
    assert anyone.post("/api/session", content=b"[" * 20_000).status_code == 413


def test_a_large_body_is_read_only_where_it_is_needed(admin: httpx.Client) -> None:
    """ACCESS-14"""
    large = {f"k{number}": 1 for number in range(40_000)}
    assert admin.post("/api/notifications/read", json=large).status_code == 413
    assert admin.post("/api/graphs", json={"title": "x", "graph": {"meta": {"description": "x" * 10**6}}}).is_success


def test_a_large_body_is_read_only_from_those_who_may_do_something_with_it(
    admin: httpx.Client, as_role: MakeClient
) -> None:
    """ACCESS-14: whether they say how large it is or not."""
    graph = admin.post("/api/graphs", json={"title": "T"}).json()["id"]
    paths = ("/api/graphs", f"/api/graphs/{graph}/runs", f"/api/graphs/{graph}/versions", "/api/import")
    for path in paths:
        for body in (b"[" * 40_000_000, (b"[" * 100_000 for _ in range(400))):
            refused = as_role("commenter").post(path, content=body)
            assert (refused.status_code, refused.json()["expected"]) == (403, "runner"), path


def test_what_may_be_answered_everywhere_is_described_everywhere(admin: httpx.Client) -> None:
    """OPS-1: a body that is too large for any address, and storage that refuses."""
    large = b" " * 30_000_000
    for path, operations in admin.get("/api/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            assert "503" in operation["responses"], (method, path)
            if "requestBody" in operation and path != "/import":
                address = "/api" + re.sub(r"{\w+}", "x", path)
                answer = admin.request(method, address, content=large, headers={"content-type": "application/json"})
                assert str(answer.status_code) in operation["responses"], (method, path, answer.status_code)


def test_a_body_with_thousands_of_mistakes_is_told_as_one(admin: httpx.Client) -> None:
    """ACCESS-14"""
    refused = admin.post("/api/notifications/read", json={f"k{number}": 1 for number in range(5_000)})
    assert refused.status_code == 422
    assert [one["what"] for one in refused.json()["errors"]] == ["expected at most 100 fields, received 5000"]


AS_JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/session", {"email": "ab@b.c", "password": "\ud800aaaaaaaaaaaaaaa"}),
        ("PUT", "/me/password", {"old": "\ud800aaaaaaaaaaaaaaa", "new": "\ud800aaaaaaaaaaaaaaa"}),
    ],
)
def test_half_a_character_is_refused_whoever_sends_it(
    anyone: httpx.Client, admin: httpx.Client, method: str, path: str, body: dict[str, str]
) -> None:
    """OPS-1"""
    for client in (anyone, admin):
        refused = client.request(method, f"/api{path}", content=json.dumps(body), headers=AS_JSON)
        assert refused.status_code in (401, 422), refused.text


def test_the_reference_page_shows_every_route_and_loads_nothing(anyone: httpx.Client) -> None:
    page = anyone.get("/api/docs").text

    for path in description(anyone)["paths"]:
        assert f"<code>{path}</code>" in page
    assert "<script" not in page and "http://" not in page and "https://" not in page
