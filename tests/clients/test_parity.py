"""KIT-1: docs/reference/clients.md lists both clients as they are: what either shows, and nothing else."""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

import flowroom.client
from tests.clients.node import ROOT, run_node

PAGE = (ROOT / "docs" / "reference" / "clients.md").read_text()
SECTIONS = re.findall(r"^## [^:\n]+: `([\w.]+)` and `([\w/@]+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
ERROR_FACTS = {"name", "message", "stack", "cause"}


@pytest.fixture(scope="module")
def typescript() -> dict[str, list[str] | None]:
    """Each export of the built package, a class with its members."""
    done = run_node(ROOT / "web" / "packages" / "client" / "exports.mjs", folder=ROOT / "web")
    shown: dict[str, list[str] | None] = json.loads(done.stdout)
    return shown


@pytest.mark.parametrize(("python", "text"), [(python, text) for python, _, text in SECTIONS])
def test_the_page_names_what_the_python_client_shows(python: str, text: str) -> None:
    assert sorted(named(text, column=1)) == sorted(shown_by(python))


@pytest.mark.parametrize(("name", "text"), [(name, text) for _, name, text in SECTIONS])
def test_the_page_names_what_the_typescript_client_shows(
    typescript: dict[str, list[str] | None], name: str, text: str
) -> None:
    shown = list(typescript) if name.startswith("@") else typescript[name]
    assert sorted(named(text, column=2)) == sorted(shown or [])


def test_every_line_without_a_counterpart_says_why() -> None:
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if "—" in cells[1:3]:
            assert cells[3], line


def test_both_have_the_same_errors(typescript: dict[str, list[str] | None]) -> None:
    facts = {name: set(members or []) - ERROR_FACTS for name, members in typescript.items() if name[0].isupper()}
    for name in ("ConnectionRefused", "RequestRefused", "NoSuchNode", "NoSuchEdge"):
        assert facts[name] == instance_attributes(getattr(flowroom.errors, name)), name


def named(text: str, *, column: int) -> Iterator[str]:
    """What a section's tables name in a column."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith(("| what |", "| ---")):
            yield from re.findall(r"`(\w+)`", line.strip("|").split("|")[column])


def shown_by(name: str) -> set[str]:
    """What a Python module exports, or a class of it shows."""
    if name == "flowroom.client":
        return set(flowroom.client.__all__)
    kind = getattr(flowroom.client, name)
    return {each for each in dir(kind) if not each.startswith("_")} | instance_attributes(kind)


def instance_attributes(kind: Any) -> set[str]:
    """The public attributes that instances are given as they are made."""
    made = [each.__dict__.get("__init__") for each in kind.__mro__]
    sources = [inspect.getsource(each) for each in made if inspect.isfunction(each)]
    return {name for source in sources for name in re.findall(r"self\.([a-z]\w*)(?:: [^=\n]+)? = ", source)}
