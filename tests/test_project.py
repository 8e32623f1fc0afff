"""The project as a whole: what every file must keep to, whatever it is about."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAX_LINES = 400
SOURCES = {".py", ".ts", ".tsx", ".css", ".mjs"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of the project's files")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_a_long_file_has_a_sentence_that_says_why() -> None:
    why = (ROOT / "docs" / "why.md").read_text()
    long = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix in SOURCES and ".gen." not in path.name and len(path.read_text().splitlines()) > MAX_LINES
    ]

    assert [name for name in long if name not in why] == []


def test_lock_files_pin_by_hash_and_name_no_address() -> None:
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text()
        assert "://" not in text, path.name
        pins = re.findall(r"^[A-Za-z0-9._-]+==\S+", text, re.MULTILINE)
        assert pins, path.name
        assert text.count("--hash=sha256:") >= len(pins), path.name
    for path in tracked():
        if path.name == "package-lock.json":
            assert '"resolved": "http' not in path.read_text(), path


def test_the_three_packages_import_one_way() -> None:
    """What import-linter checks as a whole, said once more for the rule that is easiest to break."""
    for path in (ROOT / "engine").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) (pycrdt|collab_server)\b", path.read_text(), re.MULTILINE), path


@pytest.mark.timeout(180)
def test_the_wheel_holds_the_web_app(tmp_path: Path) -> None:
    """`pip install` of the wheel and `flowroom up` work without Node."""
    if not (ROOT / "web" / "dist" / "index.html").exists():
        pytest.fail("the web app is not built: run `make setup` first")
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT], check=True, cwd=tmp_path)

    (wheel,) = tmp_path.glob("flowroom-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "collab_server/web/index.html" in names
    assert any(name.startswith("collab_server/web/assets/") for name in names)
    assert not any(name.startswith("tests/") for name in names)
