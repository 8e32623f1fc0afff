"""Programs in JavaScript as tests start them: with the packages of web/node_modules, as the pages say."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "web" / "node_modules"


def run_node(*arguments: str | Path, folder: Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Run node in a folder that has the project's packages, and wait for its end."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(MODULES)
    return subprocess.run(
        ["node", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
