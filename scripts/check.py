"""Run the project's checks, all or those named, and close with one line `N passed, N failed`.

    python scripts/check.py                 everything; goes on after a failure
    python scripts/check.py lint pytest     only these

The test runners come one after the other, for each of them takes all cores. What only reads takes what they leave of
those, and is told of after them. The runners leave JUnit files in build/, from which the closing line is counted; a
check without test cases counts as one. Before that line stands once more what failed, those together that failed alike:
whoever sees only the end of half an hour's output sees why.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
BUILD = ROOT / "build"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The tests start hundreds of programs, each of which would compile the project anew."""

REASON, REASONS, NAMED = 160, 12, 2
"""How many letters of a reason are told of, of how many reasons, with how many cases each."""


@dataclass(frozen=True)
class Check:
    """One command of the project's checks. `report` is the JUnit file it leaves, if it runs test cases."""

    name: str
    group: str
    command: tuple[str, ...]
    folder: Path = ROOT
    report: str | None = None


CHECKS = (
    Check("ruff", "lint", (str(BIN / "ruff"), "check", ".")),
    Check("ruff format", "lint", (str(BIN / "ruff"), "format", "--check", ".")),
    Check("eslint", "lint", ("npm", "run", "--silent", "lint"), ROOT / "web"),
    Check(
        "eslint examples", "lint",
        (str(ROOT / "web/node_modules/.bin/eslint"), "--config", "web/eslint.config.js", "examples/*.ts"),
    ),
    Check("mypy", "types", (str(BIN / "mypy"),)),
    Check("tsc", "types", ("npm", "run", "--silent", "types"), ROOT / "web"),
    Check("tsc client", "types", ("npm", "run", "--silent", "types", "--workspace", "@flowroom/client"), ROOT / "web"),
    Check("tsc examples", "types", (str(ROOT / "web/node_modules/.bin/tsc"), "--noEmit", "-p", "examples")),
    Check("tsc e2e", "types", (str(ROOT / "web/node_modules/.bin/tsc"), "--noEmit", "-p", "tests/e2e")),
    Check("generated types", "types", ("npm", "run", "--silent", "generate", "--", "--check"), ROOT / "web"),
    Check("import contracts", "contracts", (str(BIN / "lint-imports"), "--no-cache")),
    # Tests of one file share a process, and so a server. There are more processes than cores: many tests wait.
    Check(
        "pytest", "pytest",
        (str(BIN / "pytest"), "-q", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "--cov",
         "--cov-report=term", f"--junitxml={BUILD / 'pytest.xml'}"),
        report="pytest.xml",
    ),
    Check(
        "vitest", "vitest",
        ("npm", "run", "--silent", "test", "--", "--reporter=default", "--reporter=junit",
         f"--outputFile.junit={BUILD / 'vitest.xml'}"),
        ROOT / "web", report="vitest.xml",
    ),
    Check(
        "playwright", "e2e",
        (str(ROOT / "web/node_modules/.bin/playwright"), "test", "--config", "tests/e2e/playwright.config.ts"),
        report="e2e.xml",
    ),
)  # fmt: skip


def main(groups: list[str]) -> int:
    """Run the checks of these groups, or all; 0 when nothing failed."""
    known = {check.group for check in CHECKS}
    if unknown := set(groups) - known:
        print(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        return 2
    BUILD.mkdir(exist_ok=True)
    chosen = [check for check in CHECKS if not groups or check.group in groups]
    readers, runners = [c for c in chosen if c.report is None], [c for c in chosen if c.report is not None]
    with ThreadPoolExecutor(1 if runners else os.cpu_count()) as cores:
        reading = cores.map(read, readers)
        counts = [run_tests(check) for check in runners]
        for said, counted in reading:
            print(said, flush=True)
            counts.append(counted)
    print("\n".join(told(failures(runners))))
    passed, failed, skipped = (sum(each) for each in zip(*counts, strict=True))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


def read(check: Check) -> tuple[str, tuple[int, int, int]]:
    """Run a check without test cases, giving way to all else; what it said, and (passed, failed, skipped)."""
    started = time.monotonic()
    command = ("nice", "-n", "19", *check.command)
    done = subprocess.run(command, cwd=check.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = f"\n=== {check.name}\n{done.stdout}{closing(check, done.returncode, started)}"
    return said, ((1, 0, 0) if done.returncode == 0 else (0, 1, 0))


def run_tests(check: Check) -> tuple[int, int, int]:
    """Run a check with test cases, whose output is shown as it comes; (passed, failed, skipped)."""
    assert check.report is not None
    report = BUILD / check.report
    report.unlink(missing_ok=True)
    print(f"\n=== {check.name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(check.command, cwd=check.folder, env=ENVIRONMENT).returncode
    print(closing(check, code, started), flush=True)
    if not report.exists():
        return 0, 1, 0
    passed, failed, skipped = count(report)
    if code != 0 and failed == 0:  # such as coverage below the bound: no case failed, and still the check did
        failed = 1
    if passed + failed == 0:
        failed = 1
    return passed, failed, skipped


def closing(check: Check, code: int, started: float) -> str:
    """The line that says how a check ended, and how long it took."""
    return f"--- {check.name}: {'ok' if code == 0 else f'failed ({code})'} in {time.monotonic() - started:.0f} s"


def count(report: Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of a JUnit file."""
    cases = list(ET.parse(report).getroot().iter("testcase"))
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return len(cases) - failed - skipped, failed, skipped


def failures(checks: list[Check]) -> dict[str, list[str]]:
    """Why cases failed, in a line each, and which did."""
    by_reason = defaultdict(list)
    for check in checks:
        assert check.report is not None
        report = BUILD / check.report
        for case in ET.parse(report).getroot().iter("testcase") if report.exists() else ():
            found = next((each for each in case if each.tag in ("failure", "error")), None)
            if found is not None:
                reason = (found.get("message") or found.text or "").strip().split("\n")[0]
                by_reason[f"{check.name}: {reason[:REASON]}"].append(f"{case.get('classname')}::{case.get('name')}")
    return by_reason


def told(by_reason: dict[str, list[str]]) -> list[str]:
    """A line for each reason, the most frequent last, with the first cases that it felled."""
    return [
        f"{len(cases)} x {reason}  [{', '.join(cases[:NAMED])}{', …' if len(cases) > NAMED else ''}]"
        for reason, cases in sorted(by_reason.items(), key=lambda each: len(each[1]))[-REASONS:]
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
