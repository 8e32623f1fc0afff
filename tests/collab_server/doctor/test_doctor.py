"""The doctor, on deployments that are really broken."""

import dataclasses
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from collab_server.cli.remote import started
from collab_server.doctor import Outside, examine, outside
from collab_server.doctor.finding import Finding
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from collab_server.stores.migrations import HISTORY
from flowroom.sql import create_engine
from tests.collab_server.cli.test_cli import flowroom, up
from tests.services.certificates import self_signed
from tests.services.postgres import Postgres
from tests.services.proxy import GOOD, nginx
from tests.services.redis import Redis
from tests.services.smtp import mail_server

ELSEWHERE = "flowroom.example"
"""A name that only tests know; it is made to lead here."""
PATIENT = 60.0
"""An event loop lag that no machine has, however busy: how well this one runs is not what is tested."""


def examined(settings: Settings, site: Outside | None = None) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(settings, site)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data = tmp_path_factory.mktemp("doctor") / "data"
    with started(Settings(data=data, port=0, examples=False, max_loop_lag=PATIENT)) as found:
        yield found


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a name that is not this machine's lead to it, for clients in this process."""
    real = socket.getaddrinfo

    def found(host: Any, *where: Any, **how: Any) -> Any:
        return real("127.0.0.1" if host in (ELSEWHERE, ELSEWHERE.encode()) else host, *where, **how)

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_a_setting_that_the_engine_refuses_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-21"""
    monkeypatch.setenv("FLOWROOM_HTTP_ALLOW", "10.0.0.0/33")
    found = examined(Settings(data=tmp_path))["settings"]

    assert found.state == "failed" and "FLOWROOM_HTTP_ALLOW" in found.found and "10.0.0.0/33" in found.found


def test_a_mail_server_is_greeted_and_sent_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-5"""
    assert examined(Settings(data=tmp_path))["mail"].state == "skipped"
    with mail_server() as server:
        monkeypatch.setenv("FLOWROOM_SMTP_FROM", "flow@example.org")
        monkeypatch.setenv("FLOWROOM_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
        assert examined(Settings(data=tmp_path))["mail"].state == "ok"
        assert server.messages == []

        monkeypatch.setenv("FLOWROOM_SMTP_URL", f"smtp://flow:p%40ss@127.0.0.1:{server.port}")
        found = examined(Settings(data=tmp_path))["mail"]
        assert found.state == "failed" and "STARTTLS" in found.found and "p@ss" not in found.found
    found = examined(Settings(data=tmp_path))["mail"]
    assert found.state == "failed" and f"127.0.0.1:{server.port} can't be reached" in found.found


def test_what_looks_like_a_setting_and_is_none_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-22: what clients, engines and secrets are called by is known."""
    for known in ("FLOWROOM_URL", "FLOWROOM_TOKEN", "FLOWROOM_LEASE_SECONDS", "FLOWROOM_SECRET_MY_TEAM"):
        monkeypatch.setenv(known, "10" * 16)
    assert examined(Settings(data=tmp_path))["settings"].state == "ok"
    monkeypatch.setenv("FLOWROOM_LEASE_SECOND", "10")
    found = examined(Settings(data=tmp_path))["settings"]

    assert found.state == "warning"
    assert "FLOWROOM_LEASE_SECOND," in found.found and "mean FLOWROOM_LEASE_SECONDS?" in found.found


def test_a_server_that_is_well_is_found_to_be(tmp_path: Path) -> None:
    """OPS-5: everything that `flowroom up` starts is ok, seen from inside and outside."""
    with up(tmp_path / "data", "--no-examples", FLOWROOM_MAX_LOOP_LAG=f"{PATIENT}") as (_, here):
        deadline = time.monotonic() + 30
        while True:
            told = flowroom("doctor", "--data", tmp_path / "data", "--json", check=False)
            found = {one["check"]: one for one in json.loads(told.stdout)}
            if found["engine"]["state"] == "ok" or time.monotonic() > deadline:
                break
        assert here["url"]
    states = {name: one["state"] for name, one in found.items()}
    assert set(states.values()) <= {"ok", "skipped", "warning"}, found
    for name in ("settings", "data folder", "database", "tables", "run log", "run log tables", "engine"):
        assert states[name] == "ok", found[name]
    for name in ("server", "readiness", "proxy", "WebSocket", "clock"):
        assert states[name] == "ok", found[name]
    assert told.returncode == 0
    assert states["Redis"] == states["TLS"] == "skipped"


def test_a_folder_that_is_none_and_a_database_that_is_none(tmp_path: Path) -> None:
    """OPS-5: what is broken is failed with advice, the exit code is 1, and nothing was made."""
    (tmp_path / "file").write_text("not a folder")
    told = flowroom("doctor", "--data", tmp_path / "file", check=False)
    assert told.returncode == 1
    assert "failed  data folder: there is no folder" in told.stdout
    assert "→" in told.stdout
    found = examined(Settings(data=tmp_path / "nothing"))
    assert found["data folder"].state == "failed"
    assert found["database"].state == "warning"
    assert found["engine"].state == "skipped"
    assert not (tmp_path / "nothing").exists()


def test_a_database_whose_folder_is_not_there_is_failed_as_a_start_would_be(tmp_path: Path) -> None:
    """OPS-5, OPS-23"""
    found = examined(Settings(data=tmp_path, runs_url=f"sqlite:///{tmp_path}/none/runs.db"))
    assert found["database"].state == "warning"
    assert found["run log"].state == "failed" and "there is no folder" in found["run log"].found
    assert "FLOWROOM_RUNS_URL" in found["run log"].advice


def test_a_damaged_database_and_open_secrets(tmp_path: Path) -> None:
    """OPS-5."""
    (tmp_path / "flowroom.db").write_bytes(b"this is no database" * 100)
    (tmp_path / "token").write_text("secret")
    (tmp_path / "token").chmod(0o644)
    found = examined(Settings(data=tmp_path))
    assert found["database"].state == "failed"
    assert found["data folder"].state == "warning"
    assert "chmod 600 token" in found["data folder"].advice


@pytest.mark.parametrize(
    ("folder", "file", "state"), [(0o755, 0o644, "warning"), (0o700, 0o644, "ok"), (0o755, 0o600, "ok")]
)
def test_databases_that_others_may_read(tmp_path: Path, folder: int, file: int, state: str) -> None:
    """OPS-24: as those are that an older version has made."""
    (tmp_path / "flowroom.db").touch()
    (tmp_path / "flowroom.db").chmod(file)
    tmp_path.chmod(folder)
    found = examined(Settings(data=tmp_path))["data folder"]
    assert found.state == state
    assert found.advice == (f"chmod 700 {tmp_path}." if state == "warning" else "")


def test_settings_that_do_not_go_together(tmp_path: Path) -> None:
    """OPS-5."""
    assert examined(Settings(data=tmp_path, workers=2))["settings"].state == "failed"
    assert examined(Settings(data=tmp_path, workers=2, redis_url="redis://x"))["settings"].state == "failed"
    assert examined(Settings(data=tmp_path, host="0.0.0.0"))["settings"].state == "warning"
    assert examined(Settings.model_validate({"data": tmp_path, "token": "abc"}))["settings"].state == "warning"


def test_tables_of_another_version(tmp_path: Path) -> None:
    """OPS-5: older ones will be mended by a start, newer ones won't."""
    settings = Settings(data=tmp_path)
    engine = create_engine(settings.documents_url)
    HISTORY.upgrade(engine)
    assert examined(settings)["tables"].state == "ok"
    HISTORY.downgrade(engine, "-1")
    assert examined(settings)["tables"].state == "warning"
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    assert examined(settings)["tables"].state == "failed"


def test_postgresql_that_does_not_keep_what_it_says_or_is_gone(tmp_path: Path, postgres: Postgres) -> None:
    """OPS-5."""
    url = postgres.database()
    server = url.rpartition("/")[0]
    settings = Settings(data=tmp_path, database_url=url, runs_url=url)
    found = examined(settings)
    assert found["database"].state == found["database clock"].state == "ok"
    with psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE forgetful")
        connection.execute("ALTER DATABASE forgetful SET synchronous_commit = off")
    forgetful = f"{server}/forgetful"
    found = examined(Settings(data=tmp_path, database_url=forgetful, runs_url=forgetful))
    assert "synchronous_commit is off" in found["database"].found
    gone = Settings(data=tmp_path, database_url=f"{server}/nothing")
    found = examined(gone)
    assert found["database"].state == found["database clock"].state == "failed"
    assert found["tables"].state == "skipped"


def test_redis_that_throws_keys_away_or_is_gone(tmp_path: Path, redis: Redis) -> None:
    """OPS-5."""
    settings = Settings(data=tmp_path, redis_url=redis.url)
    assert examined(settings)["Redis"].state == "ok"
    _set(redis, "100mb", "allkeys-lru")
    try:
        assert examined(settings)["Redis"].state == "warning"
    finally:
        _set(redis, "0", "noeviction")
    assert examined(Settings(data=tmp_path, redis_url="redis://127.0.0.1:1/0"))["Redis"].state == "failed"


def _set(server: Redis, memory: str, policy: str) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", memory)
        client.config_set("maxmemory-policy", policy)


def test_a_run_that_waits_for_an_engine_that_is_not_there(tmp_path: Path) -> None:
    """OPS-5."""
    import httpx

    with started(Settings(data=tmp_path / "data", port=0, examples=False)) as here:
        settings = Settings(data=tmp_path / "data")
        httpx.get(f"{here.url}/api/runs/none", headers={"authorization": f"Bearer {here.token}"})
        assert examined(settings)["engine"].state == "warning"
        api = httpx.Client(base_url=f"{here.url}/api", headers={"authorization": f"Bearer {here.token}"})
        with api:
            graph = api.post("/graphs", json={"graph": {"nodes": {"a": {"type": "Chat"}}}}).json()["id"]
            api.post(f"/graphs/{graph}/runs", json={}).raise_for_status()
    assert examined(settings)["engine"].state == "failed"


def test_a_proxy_that_is_set_up_well(tmp_path: Path, server: RunningServer) -> None:
    """OPS-5, through a real nginx."""
    with nginx(tmp_path / "nginx", server.url) as url:
        site = Outside(url, server.token)
        for check in (outside.reach, outside.ready, outside.proxy, outside.sockets, outside.clock):
            assert check(site).state == "ok", check(site)


def test_a_proxy_that_passes_no_sockets_on(tmp_path: Path, server: RunningServer) -> None:
    """OPS-5."""
    with nginx(tmp_path / "nginx", server.url, GOOD[3:]) as url:
        found = outside.sockets(Outside(url, server.token))
        assert found.state == "failed"
        assert "Upgrade" in found.advice


@pytest.mark.usefixtures("elsewhere")
def test_a_proxy_that_hides_who_people_are(tmp_path: Path) -> None:
    """OPS-5: their address, their name for the server, their TLS; or that lets them forge it."""
    settings = Settings(data=tmp_path / "data", port=0, examples=False, allowed_hosts=(ELSEWHERE,))
    with started(settings) as here:
        cases = {
            "limits per address": [*GOOD[:4], 'proxy_set_header X-Forwarded-For "";'],
            "forged": [*GOOD[:4]],
            "instead of": [*GOOD[:3], "proxy_set_header Host 127.0.0.1;", *GOOD[4:]],
        }
        for number, (said, how) in enumerate(cases.items()):
            with nginx(tmp_path / f"nginx{number}", here.url, tuple(how)) as url:
                site = Outside(url.replace("127.0.0.1", ELSEWHERE), here.token)
                found = outside.proxy(site)
                assert found.state in ("failed", "warning") and said in found.found, found
                assert outside.tls(site).state == "failed"
        mended = re.findall(r"proxy_set_header Host \S+(?=\))", found.advice)[0]
        with nginx(tmp_path / "mended", here.url, (*GOOD[:3], f"{mended};", *GOOD[4:])) as url:
            assert outside.proxy(Outside(url.replace("127.0.0.1", ELSEWHERE), here.token)).state == "ok"


def test_tls_that_ends_before_the_server_unseen_and_a_certificate_nobody_signed(
    tmp_path: Path, server: RunningServer
) -> None:
    """OPS-5."""
    certificate = self_signed(tmp_path)
    with nginx(tmp_path / "nginx", server.url, GOOD, certificate=certificate) as url:
        assert "TLS fails" in outside.tls(Outside(url, server.token)).found


def test_a_wrong_token_another_name_and_nobody_at_all(tmp_path: Path, server: RunningServer) -> None:
    """OPS-5."""
    assert "token" in outside.reach(Outside(server.url, "wrong")).found
    with nginx(tmp_path / "nginx", server.url, ("proxy_set_header Host evil.example;",)) as url:
        assert "does not answer to the name" in outside.reach(Outside(url, server.token)).found
    nobody = Outside("http://127.0.0.1:1", "x")
    for check in (outside.reach, outside.ready, outside.sockets):
        assert check(nobody).state == "failed"
    for check in (outside.proxy, outside.clock):
        assert check(nobody).state == "skipped"


def test_a_mistake_of_the_doctor_hides_nothing(tmp_path: Path) -> None:
    odd = Settings(data=tmp_path).model_copy(update={"database_url": "mysql://x/y"})
    found = examined(odd)
    assert found["database"].state == "failed" and "itself" in found["database"].found
    assert found["disk"].state in ("ok", "warning")
    assert dataclasses.asdict(found["disk"])["check"] == "disk"
    assert os.path.isdir(tmp_path)
