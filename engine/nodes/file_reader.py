"""FileReader: reads a file, or one file after another from a folder, inside the files folder of this server."""

from engine.nodes.definition import Definition, Params, param
from flowroom.node_types import Port


class FileReaderParams(Params):
    """Which file, and whether its content comes along.

    `scannedFiles`, `cursorIndex`, `lastError` and `action` are how a Phase 1 graph remembers where it is in a folder.
    """

    mode: str = param("single", title="Read", options=("single", "directory"), widget="select")
    file_path: str = param("", title="File", help="Inside the files folder", placeholder="docs/readme.md")
    dir_path: str = param("", title="Folder", help="Inside the files folder")
    include_patterns: str = param(
        "*", title="Files to include", help="Patterns with *, one a line or with commas"
    )
    emit_content: bool = param(True, title="With content")
    encoded_as: str = param("text", title="Content as", options=("text", "base64", "none"), widget="select")
    max_file_size_bytes: int = param(512_000, title="Largest file", help="In bytes", ge=1, le=104_857_600)
    scanned_files: list[str] = param([], title="Scanned files", hidden=True)
    cursor_index: int = param(-1, title="Cursor", hidden=True, ge=-1)
    last_error: str | None = param(None, title="Last error", hidden=True)
    action: str | None = param(None, title="Action", hidden=True)


FILE_READER = Definition(
    type="FileReader",
    title="File Reader",
    description="Reads a text or binary file, or all matching files of a folder.",
    category="Data",
    icon="file-text",
    params=FileReaderParams,
    inputs=(Port(name="path", label="Path", type="text"),),
    outputs=(
        Port(name="file", label="File", type="file"),
        Port(name="content", label="Content", type="text"),
        Port(name="files", label="Files", type="list"),
    ),
    templated=frozenset({"filePath", "dirPath"}),
)
