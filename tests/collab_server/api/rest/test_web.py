"""The web app's files as browsers get them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collab_server.cli.remote import started
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from tests.collab_server.api.rest.conftest import client_of


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built web app in miniature."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Flowroom</title>" + " " * 2000)
    (folder / "assets" / "index-a1b2c3.js").write_text("let x = 1;\n" * 500)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder.parent / "secret.txt").write_text("not for you")
    return folder


@pytest.fixture(scope="module")
def settings(data: Path, dist: Path) -> Settings:
    """A server of that web app."""
    return Settings(data=data, port=0, examples=False, web_dir=dist)


def test_any_page_of_the_app_gets_its_document_and_asks_anew_each_time(anyone: httpx.Client) -> None:
    for path in ("/", "/graphs/abc", "/graphs/a.b", "/x/y/z"):
        answer = anyone.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-cache"
        assert "<title>Flowroom</title>" in answer.text


def test_hashed_files_are_kept_for_ever_and_sent_compressed(anyone: httpx.Client) -> None:
    answer = anyone.get("/assets/index-a1b2c3.js", headers={"accept-encoding": "gzip"})

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert int(answer.headers["content-length"]) < 500
    assert answer.text.startswith("let x")
    assert "content-encoding" not in anyone.get("/assets/index-a1b2c3.js", headers={"accept-encoding": ""}).headers


def test_an_unchanged_file_is_not_sent_again_and_a_changed_one_is(anyone: httpx.Client, dist: Path) -> None:
    etag = anyone.get("/").headers["etag"]
    assert anyone.get("/", headers={"if-none-match": etag}).status_code == 304

    (dist / "index.html").write_text("<!doctype html><title>Flowroom</title>newer")

    assert anyone.get("/", headers={"if-none-match": etag}).text.endswith("newer")


def test_a_missing_asset_is_missing_and_not_the_page(anyone: httpx.Client) -> None:
    answer = anyone.get("/assets/index-old.js")

    assert answer.status_code == 404
    assert "Reload" in answer.json()["advice"]


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/..%2fsecret.txt", "//etc/passwd"]
)
def test_no_path_leads_out_of_the_folder(server: RunningServer, anyone: httpx.Client, path: str) -> None:
    answer = anyone.get(f"{server.url}{path}")

    assert "not for you" not in answer.text and "root:" not in answer.text


def test_a_server_without_a_web_app_says_how_to_build_it(tmp_path: Path) -> None:
    with (
        started(Settings(data=tmp_path, port=0, examples=False, web_dir=tmp_path / "nowhere")) as server,
        client_of(server, None) as client,
    ):
        answer = client.get("/")
        assert answer.status_code == 503
        assert "make setup" in answer.text
        assert client.get("/livez").status_code == 200


@pytest.fixture(autouse=True)
def _one_module_server(server: RunningServer) -> Iterator[None]:
    yield


@pytest.mark.parametrize("path", ["/%00", "/graphs/%00", "/" + "x" * 300, "/graphs/" + "x" * 5000])
def test_an_address_that_no_file_can_have_gets_the_page(anyone: httpx.Client, path: str) -> None:
    answer = anyone.get(path)

    assert answer.status_code == 200
    assert "<title>Flowroom</title>" in answer.text
