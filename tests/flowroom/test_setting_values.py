"""Settings that nothing could ever match are refused, and those that mean something are taken."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from collab_server.settings import Settings
from engine.settings import EngineSettings
from flowroom.addresses import AddressPolicy
from flowroom.setting_values import refusals, unknown

Kind = type[Settings] | type[EngineSettings]

ALLOWED = "10.0.0.0/8, 10.0.0.7/8,fd00::/8, [fd00::1], [fd00::1]:11434,10.0.0.7:80,ollama,my_ollama:11434,a.example."


def refused(kind: Kind, **said: Any) -> str:
    """What is said of a setting that can't be used."""
    with pytest.raises(ValidationError) as error:
        kind(**said)
    assert "pass-word" not in str(error.value)
    [told] = refusals(error.value)
    return told


@pytest.mark.parametrize(
    "entry",
    [
        "http://10.0.0.7",
        "10.0.0.7/64",
        "10.0.0.256",
        "10.0.0",
        "*.example.org",
        "*",
        "a b",
        "ollama:99999",
        "a:b",
        "a:0",
    ],
)
def test_a_list_of_what_may_be_reached_is_refused_with_what_was_expected(entry: str) -> None:
    """OPS-21."""
    for told in (
        refused(EngineSettings, http_allow=f"ollama,{entry}"),
        refused(Settings, webhook_allow=f"ollama,{entry}"),
        refused(Settings, allowed_hosts=f"ollama,{entry}"),
    ):
        assert told.startswith("The setting ") and "(FLOWROOM_" in told
        assert "expected a " in told and repr(entry) in told
        assert "Value error" not in told


def test_what_means_something_is_taken() -> None:
    """OPS-21."""
    engine = EngineSettings(http_allow=ALLOWED, server_url="https://flow.example.org:8443/")
    server = Settings(
        webhook_allow=ALLOWED,
        allowed_hosts="a.example,b.example:8443,10.0.0.7,[fd00::1]:8000",
        oidc_domains="example.org,sub.example.org",
        forwarded_allow_ips="127.0.0.1, 10.0.0.0/8,::1",
        public_url="https://flow.example.org/",
        redis_url="unix:///run/redis.sock",
    )

    assert len(engine.allowed_hosts) == len(server.webhook_allow) == 9
    assert Settings(redis_url="redis://:6379/0").redis_url == "redis://:6379/0"
    assert Settings(forwarded_allow_ips="*", redis_url="rediss://r:6379/0", public_url="").oidc_issuer == ""


def test_an_ipv6_address_is_allowed_with_its_port_alone() -> None:
    """RUN-21: in brackets, as addresses write it."""
    policy = AddressPolicy(["[fd00::1]:11434"])

    assert policy.names("[fd00::1]", 11434)
    assert not policy.names("[fd00::1]", 80)


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        (Settings, {"allowed_hosts": "10.0.0.0/8"}, "is a network"),
        (Settings, {"oidc_domains": "@example.org"}, "after the @"),
        (Settings, {"forwarded_allow_ips": "10.0.0.7/8"}, "10.0.0.0/8"),
        (Settings, {"forwarded_allow_ips": "localhost"}, "'localhost'"),
        (Settings, {"public_url": "flow.example.org"}, "https://"),
        (Settings, {"oidc_issuer": "id.example.org"}, "https://"),
        (Settings, {"redis_url": "localhost:6379"}, "redis://"),
        (EngineSettings, {"server_url": "localhost:8000"}, "http://"),
        (EngineSettings, {"log_level": "loud"}, "'debug'"),
        (EngineSettings, {"server_url": "http://flow:no-port"}, "http://"),
        (EngineSettings, {"smtp_url": "mail.example.org", "smtp_from": "flow@example.org"}, "smtp://"),
        (EngineSettings, {"smtp_url": "smtp://:587", "smtp_from": "flow@example.org"}, "and a host after it"),
        (EngineSettings, {"smtp_url": "smtp:///mail", "smtp_from": "flow@example.org"}, "and a host after it"),
        (EngineSettings, {"server_url": "http://:8000"}, "and a host after it"),
        (Settings, {"redis_url": "redis://"}, "and a host after it"),
        (EngineSettings, {"smtp_url": "smtp://mail.example.org"}, "one address that mail comes from"),
        (EngineSettings, {"smtp_from": "Flowroom"}, "mail addresses"),
        (EngineSettings, {"smtp_to": "example.org,ada@"}, "after the @"),
    ],
)
def test_what_can_mean_nothing_is_refused(kind: Kind, said: dict[str, str], expected: str) -> None:
    """OPS-21."""
    assert expected in refused(kind, **said)


@pytest.mark.parametrize("kind", [Settings, EngineSettings])
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("pass-word", "no such address"),
        (" postgresql://me:pass-word@h/x", "no such address"),
        ("mysql://me:pass-word@h/x", "not mysql:"),
        ("sqlite+pysqlcipher://:pass-word@/x.db", "not sqlite+pysqlcipher:"),
        ("sqlite://", "sqlite:////folder/name.db"),
        ("postgresql://me:pass-word@h:abc/x", "between 1 and 65535"),
        ("postgresql://me:pass-word@h:99999/x", "between 1 and 65535"),
        ("postgresql://me:pass-word/x", "%2F for /"),
        ("postgresql://me:99999/x", "%2F for /"),
        ("postgresql://me:secret@pass-word@h/x", "%40 for @"),
    ],
)
def test_where_no_database_can_be_is_refused_and_no_password_repeated(kind: Kind, url: str, expected: str) -> None:
    """OPS-23"""
    told = refused(kind, runs_url=url)

    assert expected in told and "expected " in told and "(FLOWROOM_RUNS_URL)" in told
    assert "word" not in told.replace("password", "") and "99999" not in told


def test_no_password_of_a_mail_server_is_repeated() -> None:
    """OPS-23"""
    for url in ("smtp://flow:pass-word@mail:587x", "http://flow:pass-word@mail", "smtp://flow:pass-word@:587"):
        assert "pass-word" not in refused(EngineSettings, smtp_url=url, smtp_from="flow@example.org")


@pytest.mark.parametrize(
    "url", ["", "sqlite:////x.db", "postgres://me:p%40ss@[::1]:5432/x", "postgresql+psycopg:///x?host=/run"]
)
def test_where_a_database_can_be_is_taken(url: str) -> None:
    """OPS-23"""
    assert Settings(database_url=url).database_url == EngineSettings(runs_url=url).runs_url == url


@pytest.mark.parametrize("kind", [Settings, EngineSettings])
@pytest.mark.parametrize("folder", [".", "data", "data/attachments", "link", "data/files/../.."])
def test_no_folder_that_graphs_may_read_has_the_data_folder_in_it(kind: Kind, folder: str, tmp_path: Path) -> None:
    """RUN-31: above it, the same, inside, and by a link."""
    (tmp_path / "data" / "files").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "data")

    assert "databases and tokens" in refused(kind, data=tmp_path / "data", files=tmp_path / folder)
    assert "databases and tokens" in refused(kind, data=tmp_path / "link", files=tmp_path / folder)


@pytest.mark.parametrize("folder", ["data/files", "data/files/shared", "link/files", "data2", "beside"])
def test_a_folder_beside_the_data_folder_or_its_files_may_be_read(folder: str, tmp_path: Path) -> None:
    """RUN-31."""
    (tmp_path / "data" / "files").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "data")

    assert EngineSettings(data=tmp_path / "data", files=tmp_path / folder).files == tmp_path / folder


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("FLOWROOM_MAX_GRAHP_NODES", [" Did you mean FLOWROOM_MAX_GRAPH_NODES?"]),
        ("flowroom_prot", [" Did you mean FLOWROOM_PORT?"]),
        ("FLOWROOM_KILLS", [""]),
        ("FLOWROOM_PORT", []),
        ("flowroom_port", []),
        ("PORT", []),
    ],
)
def test_what_looks_like_a_setting_and_is_none_is_named_with_the_nearest(name: str, said: list[str]) -> None:
    """OPS-22"""
    known = {"FLOWROOM_PORT", "FLOWROOM_HOST", "FLOWROOM_MAX_GRAPH_NODES", "FLOWROOM_MAX_PAGE"}
    beginning = f"There is no setting {name.upper()}, so it does nothing."
    assert unknown([name], known) == [beginning + hint for hint in said]
