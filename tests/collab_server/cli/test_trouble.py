"""What the command line says when something is wrong: one sentence that helps, and no traceback."""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collab_server.cli.test_cli import DEADLINE, FLOWROOM, as_json, environment, flowroom, up


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trouble") / "data"


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[dict[str, str]]:
    with up(data, command="serve") as (_, found):
        yield found


@pytest.mark.parametrize(
    "words", [["export", "Orders of the day", "--output", "{}/no/x.json"], ["activity", "--export", "{}/no/x.csv"]]
)
def test_a_file_that_can_not_be_written_is_named(
    server: dict[str, str], data: Path, tmp_path: Path, words: list[str]
) -> None:
    refused = flowroom(*(word.format(tmp_path) for word in words), "--data", data, check=False)

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{tmp_path}/no/x.") and "No such file or directory" in refused.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("words", [["graphs"], ["graphs", "--json"], ["export", "Orders of the day"]])
def test_an_output_that_is_full_is_a_sentence(server: dict[str, str], data: Path, words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*FLOWROOM, *words, "--data", str(data)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE,
            env=environment(),
        )

    assert (done.returncode, done.stderr) == (1, "The output can't be written: No space left on device.\n")


def test_an_output_without_letters_of_the_world_gets_their_numbers(server: dict[str, str], data: Path) -> None:
    flowroom("keep", "Orders of the day", "Größe", "--data", data)

    told = flowroom("activity", "Orders of the day", "--data", data, PYTHONIOENCODING="ascii").stdout
    assert r"\u201cGr\xf6\xdfe\u201d" in told
    rows = flowroom("activity", "Orders of the day", "--json", "--data", data, PYTHONIOENCODING="ascii").stdout
    assert "“Größe”" in json.loads(rows)[-1]["text"]


def test_what_a_program_reads_is_neither_broken_nor_cut(server: dict[str, str], data: Path, tmp_path: Path) -> None:
    title = "A title that is " + "very " * 30 + "long"
    (tmp_path / "long.json").write_text(json.dumps({"meta": {"title": title}, "nodes": {}}))
    id = as_json("import", tmp_path / "long.json", "--data", data)["graphs"][0]["id"]

    piped = {name: value for name, value in environment().items() if name != "COLUMNS"}
    listed = subprocess.run([*FLOWROOM, "graphs", "--data", str(data)], capture_output=True, text=True, env=piped)
    assert any(line.startswith(id) and title in line for line in listed.stdout.splitlines())
    narrow = flowroom("graphs", "--data", data, COLUMNS="40").stdout
    assert id in narrow


def test_the_printed_address_is_all_that_leads_to_a_server(server: dict[str, str]) -> None:
    assert "Orders of the day" in flowroom("graphs", "--url", server["address"]).stdout


@pytest.mark.parametrize(
    ("command", "url"),
    [
        ("graphs", "nonsense"),
        ("graphs", "ftp://127.0.0.1"),
        ("graphs", "http://["),
        ("graphs", "http://a..b"),
        ("graphs", "http://127.0.0.1:port"),
        ("doctor", "http://["),
        ("engine", "nonsense"),
    ],
)
def test_an_address_that_is_none_is_told(command: str, url: str, tmp_path: Path) -> None:
    data = () if command == "graphs" else ("--data", tmp_path)
    refused = flowroom(command, "--url", url, *data, check=False, FLOWROOM_TOKEN="x")

    assert refused.returncode == 1
    assert refused.stderr == f"Expected a server's address as --url, such as http://127.0.0.1:8000, got {url!r}.\n"


@pytest.mark.parametrize(
    "words",
    [["token", "--create", "x", "--role", "boss"], ["people", "role", "ada", "boss"], ["log-level", "loud"]],
)
def test_a_word_that_is_none_of_the_choices_is_wrong_usage(words: list[str]) -> None:
    refused = flowroom(*words, "--url", "http://127.0.0.1:1", "--token", "x", check=False)

    assert refused.returncode == 2
    assert words[-1] in refused.stderr and ("viewer" in refused.stderr or "warning" in refused.stderr)


def test_what_the_server_finds_wrong_is_told_without_its_own_words(server: dict[str, str], data: Path) -> None:
    refused = flowroom("people", "invite", "nobody", "--data", data, check=False)

    assert refused.returncode == 1
    assert refused.stderr == "email: expected an email address, as ada@example.org\n"


NO_TEXT = os.fsdecode(b"\xff\xfe")
"""An argument as a shell hands it over that was told bytes which are not UTF-8."""


@pytest.mark.parametrize("words", [["graphs", NO_TEXT], ["token", "--create", NO_TEXT]])
def test_a_word_that_is_no_text_is_wrong_usage(server: dict[str, str], data: Path, words: list[str]) -> None:
    refused = flowroom(*words, "--data", data, check=False)

    assert refused.returncode == 2
    assert r"'\udcff\udcfe' is no text" in refused.stderr


@pytest.mark.parametrize("token", ["ä", NO_TEXT])
def test_a_token_that_none_can_be_is_refused_by_the_server(server: dict[str, str], token: str) -> None:
    refused = flowroom("graphs", "--url", server["url"], "--token", token, check=False)

    assert refused.returncode == 1
    assert "token" in refused.stderr


def test_a_file_whose_name_is_no_text_is_imported(server: dict[str, str], data: Path, tmp_path: Path) -> None:
    file = tmp_path / f"{NO_TEXT}.json"
    file.write_text('{"meta": {"title": "Odd name"}, "nodes": {}}')

    assert as_json("import", file, "--data", data)["graphs"][0]["title"] == "Odd name"


def test_a_new_workspace_is_told_with_its_place_and_an_old_one_is_not(tmp_path: Path) -> None:
    """Whoever starts in the wrong folder would look for their graphs in vain."""
    (tmp_path / "elsewhere").mkdir()
    first, again = (
        subprocess.run(
            [*FLOWROOM, "graphs"], cwd=tmp_path / "elsewhere", env=environment(), capture_output=True, text=True
        )
        for _ in range(2)
    )
    place = f"Nothing was in the data folder {tmp_path / 'elsewhere' / 'data'}: a new workspace begins there."
    assert place in first.stderr and "Orders of the day" in first.stdout
    assert again.stderr == ""


def test_a_server_tells_which_folder_it_made(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with up(tmp_path / "new" / "data", "--no-examples", command="serve") as (_, found):
        assert found["data"] == str(tmp_path / "new" / "data")
        assert f"Nothing was in the data folder {found['data']}" in (tmp_path / "new" / "data.log").read_text()


def test_the_version_is_told() -> None:
    from flowroom import __version__

    assert flowroom("--version").stdout == f"Flowroom {__version__}\n"


# --- Databases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["nonsense", "mysql://me:pass-word@127.0.0.1/x"])
@pytest.mark.parametrize(
    ("command", "setting"),
    [("serve", "FLOWROOM_DATABASE_URL"), ("engine", "FLOWROOM_RUNS_URL"), ("doctor", "FLOWROOM_RUNS_URL")],
)
def test_a_database_url_that_is_none_is_told_with_its_setting(
    tmp_path: Path, command: str, setting: str, url: str
) -> None:
    """OPS-23"""
    refused = flowroom(command, "--data", tmp_path, check=False, **{setting: url})

    assert refused.returncode == 2
    assert f"({setting}) can't be used: expected postgresql://user" in refused.stderr
    assert "pass-word" not in refused.stderr and len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["up", "engine"])
@pytest.mark.parametrize("setting", ["FLOWROOM_HTTP_ALLOW=http://10.0.0.7", "FLOWROOM_FILES=/"])
def test_a_setting_of_the_engine_that_can_mean_nothing_is_told_before_anything_starts(
    command: str, setting: str, tmp_path: Path
) -> None:
    """OPS-21 and RUN-31: once, and not by an engine that is started again and again."""
    name, value = setting.split("=")
    refused = flowroom(command, "--data", tmp_path, check=False, **{name: value})

    assert refused.returncode in (1, 2)
    assert refused.stderr.startswith("The setting ") and f"({name}) can't be used: expected a " in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["up", "engine"])
def test_what_looks_like_a_setting_and_is_none_is_told_at_the_start(command: str, tmp_path: Path) -> None:
    """OPS-22: it may be another version's, so it is no reason to refuse."""
    other = {"FLOWROOM_MAX_GRAHP_NODES": "7", "FLOWROOM_HTTP_ALLOW": "10.0.0.0/33"}
    ended = flowroom(command, "--data", tmp_path, check=False, **other)

    assert "There is no setting FLOWROOM_MAX_GRAHP_NODES, so it does nothing." in ended.stderr
    assert "Did you mean FLOWROOM_MAX_GRAPH_NODES?" in ended.stderr


def test_a_database_server_that_is_away_is_told_in_one_sentence(tmp_path: Path) -> None:
    url = "postgresql+psycopg://me:pass-word@127.0.0.1:1/x"
    refused = flowroom("serve", "--port", "0", "--data", tmp_path, check=False, FLOWROOM_DATABASE_URL=url)

    assert refused.returncode == 1
    assert "can't be opened" in refused.stderr and "Connection refused" in refused.stderr
    assert "pass-word" not in refused.stderr and len(refused.stderr.splitlines()) == 1


# --- Backups ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(server: dict[str, str], data: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("backup") / "backup.tar.gz"
    flowroom("backup", file, "--data", data)
    return file.read_bytes()


def cut(archive: bytes) -> bytes:
    return archive[: len(archive) // 2]


def changed(archive: bytes) -> bytes:
    """With a header of the tar in the middle that says nothing any more, as a bad disk leaves it."""
    plain = bytearray(gzip.decompress(archive))
    at = plain.index(b"runs.db\0")
    packed = bytearray(gzip.compress(bytes(plain), mtime=0))
    plain[at : at + 512] = bytes(512)
    return gzip.compress(bytes(plain), mtime=0)[:-8] + bytes(packed[-8:])


def other(archive: bytes) -> bytes:
    """An archive that is whole, and of something else."""
    import io
    import tarfile

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("photo.jpg"))
    return made.getvalue()


@pytest.mark.parametrize("damage", [cut, changed, other])
def test_a_damaged_backup_makes_no_data_folder(archive: bytes, tmp_path: Path, damage: object) -> None:
    """OPS-12: whatever is missing of it, or was changed."""
    assert callable(damage)
    (tmp_path / "backup.tar.gz").write_bytes(damage(archive))
    (tmp_path / "new").mkdir()

    refused = flowroom("recover", tmp_path / "backup.tar.gz", "--data", tmp_path / "new", check=False)
    assert refused.returncode == 1
    assert "no backup" in refused.stderr
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_that_can_not_be_made_is_not_the_backups_fault(archive: bytes, tmp_path: Path) -> None:
    (tmp_path / "backup.tar.gz").write_bytes(archive)
    (tmp_path / "file").touch()

    refused = flowroom("recover", tmp_path / "backup.tar.gz", "--data", tmp_path / "file" / "data", check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"The data folder {tmp_path}/file/data can't be used")


def test_a_backup_replaces_no_device(server: dict[str, str], data: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused = flowroom("backup", tmp_path / "pipe", "--data", data, check=False)

    assert refused.returncode == 1
    assert (tmp_path / "pipe").is_fifo()
    assert "is there and no file" in refused.stderr


# --- Engines ---------------------------------------------------------------------------------------------------------


def test_an_engine_says_what_it_works_on_as_the_server_logs(tmp_path: Path) -> None:
    """A JSON line where no terminal is, and nothing below the level that was chosen. OPS-24: its log is its owner's."""
    told = first_line_of_an_engine(tmp_path, FLOWROOM_LOG_LEVEL="info")
    assert (tmp_path / "runs.db").stat().st_mode & 0o077 == 0

    assert json.loads(told) == json.loads(told) | {
        "event": "engine works",
        "run_log": f"sqlite:///{tmp_path}/runs.db",
        "server": "http://127.0.0.1:1",
        "level": "info",
    }


def first_line_of_an_engine(data: Path, **env: str) -> str:
    process = subprocess.Popen(
        [*FLOWROOM, "engine", "--data", str(data), "--url", "http://127.0.0.1:1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**env),
    )
    try:
        assert process.stderr is not None
        return process.stderr.readline()
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE)
