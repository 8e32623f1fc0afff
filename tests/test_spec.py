"""docs/spec.md and the tests agree: every rule is held by a test that cites it, and every cited rule is there."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPEC = (ROOT / "docs" / "spec.md").read_text()
SECTIONS = re.findall(r"^## ([A-Z]+):", SPEC, re.MULTILINE)
RULES = re.findall(r"^\* \*\*([A-Z]+-\d+)\*\* ", SPEC, re.MULTILINE)
CITATION = re.compile(rf"\b({'|'.join(SECTIONS)})-(\d+)(?: to (?:\1-)?(\d+))?")
TESTS = (
    "tests/**/*.py",
    "tests/**/*.ts",
    "tests/**/*.mjs",
    "web/src/**/*.test.ts",
    "web/src/**/*.test.tsx",
    "web/packages/*/test/*.test.ts",
)


def test_every_rule_is_cited_by_a_test() -> None:
    cited = {rule for path in cited_in() for rule in citations(path.read_text())}

    assert [rule for rule in RULES if rule not in cited] == []


def test_every_rule_that_a_test_cites_is_there() -> None:
    unknown = {
        path.relative_to(ROOT).as_posix(): sorted(missing)
        for path in cited_in()
        if (missing := set(citations(path.read_text())) - set(RULES))
    }

    assert unknown == {}


def test_rules_stand_in_their_section_each_once_and_in_order() -> None:
    for section, text in re.findall(r"^## ([A-Z]+):(.*?)(?=^## |\Z)", SPEC, re.MULTILINE | re.DOTALL):
        rules = re.findall(r"^\* \*\*([A-Z]+)-(\d+)\*\* ", text, re.MULTILINE)
        numbers = [int(number) for _, number in rules]
        assert {name for name, _ in rules} == {section}
        assert numbers == sorted(set(numbers)), section


def test_a_range_cites_all_of_its_rules() -> None:
    assert list(citations("ROOM-1, and ROOM-3 to ROOM-5.")) == ["ROOM-1", "ROOM-3", "ROOM-4", "ROOM-5"]


def cited_in() -> Iterator[Path]:
    """Every file with tests, but for this one."""
    for pattern in TESTS:
        for path in ROOT.glob(pattern):
            if "node_modules" not in path.parts and path != Path(__file__).resolve():
                yield path


def citations(text: str) -> Iterator[str]:
    """The rules that a text names, those of a range (`WEB-1 to WEB-6`) one by one."""
    for section, first, last in CITATION.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{section}-{number}"
