"""The README says what is true: its bot runs as printed, its commands are there, its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flowroom_up import flowroom_up

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.timeout(120)
def test_the_bot_runs_as_printed(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 16, "the README promises fifteen lines"
    (tmp_path / "bot.py").write_text(code)

    with flowroom_up(tmp_path / "data") as address:
        bot = subprocess.run(
            [sys.executable, tmp_path / "bot.py", address], capture_output=True, text=True, timeout=60, cwd=tmp_path
        )

    assert bot.stdout.splitlines() == ["succeeded Hello from a bot"], bot.stderr


def test_every_command_of_the_readme_is_a_target_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^\$ make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", prose):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
