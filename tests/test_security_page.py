"""docs/security.md names for each attack a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_each_attack_has_a_defence_and_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| (?!attack|asset|---)(.+) \| (.+) \| `(tests/\S+)::(test_\w+)` \|$", PAGE, re.MULTILINE)
    attacks = PAGE.partition("## Attacks and defences")[2].partition("\n## ")[0]
    lines = [line for line in attacks.splitlines() if line.startswith("| ") and not line.startswith("| attack")]
    assert len(rows) == len(lines) > 25
    missing = [f"{file}::{name}" for _, _, file, name in rows if f"def {name}(" not in (ROOT / file).read_text()]
    assert missing == []
