"""`flowroom people` as an admin without the page uses it: real processes, a real server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from collab_server.settings import Settings
from tests.collab_server.access_house import PASSWORD, House, a_house, key_of
from tests.collab_server.cli.test_cli import as_json, flowroom


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that has its data folder open."""
    with a_house(Settings(data=tmp_path_factory.mktemp("home"), port=0, examples=False)) as found:
        yield found


def people(home: House, *words: str) -> Any:
    return as_json("people", *words, "--data", home.settings.data)


def joined(home: House, url: str, **who: str) -> httpx.Response:
    address = f"/api/invitations/by-token/{key_of(url)}/accept"
    return home.browser().post(address, json={"password": PASSWORD} | who)


def test_someone_is_invited_listed_promoted_shut_out_and_let_in_again(home: House) -> None:
    """ACCESS-11"""
    made = people(home, "invite", "ada@example.org", "--role", "runner", "--days", "2")
    assert made["url"].startswith(home.server.url)
    assert [one["email"] for one in people(home, "list")["invitations"]] == ["ada@example.org"]
    assert joined(home, made["url"], name="Ada").json()["me"]["role"] == "runner"

    assert people(home, "role", "ada@example.org", "editor")["role"] == "editor"
    assert people(home, "role", "Ada", "guest")["role"] is None
    assert people(home, "disable", "ADA@example.org")["disabled"] is True
    assert people(home, "disable", "Ada", "--undo")["disabled"] is False
    shown = flowroom("people", "list", "--data", home.settings.data).stdout
    assert "ada@example.org" in shown and "guest" in shown


def test_an_invitation_to_one_graph_is_listed_as_such(home: House) -> None:
    """Not as one to the workspace, with a role in all of it."""
    id = home.graph()
    people(home, "invite", "eve@example.org", "--graph", id)

    assert (
        f"eve@example.org as editor of the graph {id}, until"
        in flowroom("people", "list", "--data", home.settings.data).stdout
    )


def test_a_password_is_set_anew_by_a_one_time_address(home: House) -> None:
    """ACCESS-5"""
    joined(home, people(home, "invite", "bob@example.org")["url"], name="Bob")

    printed = flowroom("people", "reset-password", "Bob", "--data", home.settings.data)

    assert "opens once" in printed.stderr
    answer = joined(home, printed.stdout.strip(), password="another mild evening")
    assert answer.json()["me"]["email"] == "bob@example.org"


def test_an_invitation_may_be_to_one_graph_and_by_any_server_that_is_named(home: House) -> None:
    """ACCESS-11"""
    graph = home.graph("Only this one")

    words = ("people", "invite", "--graph", "Only this one", "--url", home.server.url, "--token", home.server.token)
    made = as_json(*words)

    assert (made["graph"], made["email"], made["role"]) == (graph, None, "editor")


def test_nobody_of_that_name_is_told_and_so_is_an_address_that_would_lead_nowhere(home: House, tmp_path: Path) -> None:
    nobody = flowroom("people", "disable", "nobody", "--data", home.settings.data, check=False)
    assert (nobody.returncode, "flowroom people list" in nobody.stderr) == (1, True)

    nowhere = flowroom("people", "invite", "--data", tmp_path / "empty", "--json", check=False)
    assert (nowhere.returncode, "FLOWROOM_PUBLIC_URL" in nowhere.stderr) == (1, True)
    assert "lead nowhere" in json.loads(nowhere.stdout)["error"]["detail"]

    told = flowroom("people", "list", "--data", tmp_path / "empty")
    assert "flowroom people invite" in told.stdout


def test_tokens_that_someone_leaves_are_named_and_revoked_in_the_same_step(home: House) -> None:
    """ACCESS-16"""
    boss = home.person("boss@example.org", "admin")
    made = boss.post("/api/tokens", json={"name": "Nightly"}).json()
    words = ("people", "role", "boss@example.org", "editor", "--data", home.settings.data)

    refused = flowroom(*words, check=False)
    assert (
        refused.returncode == 1
        and "Nightly" in refused.stderr
        and made["id"] in refused.stderr
        and "--tokens revoke" in refused.stderr
    )

    assert as_json(*words, "--tokens", "revoke")["role"] == "editor"
    assert home.client(made["token"]).get("/api/me").status_code == 401
