"""The built TypeScript package, as a program of someone else uses it: its example runs, its types are there."""

import json
import re
from pathlib import Path

import pytest

from tests.clients.node import MODULES, ROOT, run_node
from tests.flowroom_up import flowroom_up

PACKAGE = ROOT / "web" / "packages" / "client"
README = (PACKAGE / "README.md").read_text()

CONSUMER = """\
import { connect, type Change, type RunView } from '@flowroom/client'

const workspace = connect('http://127.0.0.1:1')
const graph = await workspace.open('g')
const name: string | undefined = graph.nodes[0]?.name
const states: AsyncIterable<RunView> = await graph.run({ message: 'Hello' })
for await (const change of graph.changes()) use(change)
// @ts-expect-error a role is a word, which it could not know if the types of the model were lost
const role: number = (await workspace.me()).role
// @ts-expect-error what belongs to the package is not shown
graph.line

function use(change: Change) {
  console.log(change.kind satisfies 'meta' | 'node' | 'edge' | 'breakpoint' | 'template', name, states, role)
}
"""


@pytest.mark.timeout(120)
def test_the_example_runs_as_printed(tmp_path: Path) -> None:
    (code,) = re.findall(r"```js\n(.*?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 15, "the README promises fifteen lines"
    (tmp_path / "bot.mjs").write_text(code)

    with flowroom_up(tmp_path / "data", "--no-examples") as address:
        bot = run_node("bot.mjs", address, folder=tmp_path)

    assert bot.stdout.splitlines()[-1:] == ["succeeded Hello from TypeScript"], bot.stderr


@pytest.mark.timeout(120)
def test_its_types_hold_in_a_project_that_resolves_as_node_does(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"type": "module"}))
    (tmp_path / "consumer.ts").write_text(CONSUMER)

    options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"]
    done = run_node(MODULES / "typescript/bin/tsc", *options, "consumer.ts", folder=tmp_path, seconds=100)

    assert done.returncode == 0, done.stdout


def test_it_holds_what_it_shares_with_the_editor_and_leaves_yjs_to_the_program() -> None:
    built = (PACKAGE / "dist" / "index.js").read_text()

    imported = set(re.findall(r'from "([^"]+)"', built)) | set(re.findall(r'import\("([^"]+)"\)', built))
    wanted = set(json.loads((PACKAGE / "package.json").read_text())["dependencies"])
    assert {name.split("/")[0] for name in imported} == wanted
    assert "indexeddb" not in built.lower()
