"""What a file is called is a stranger's choice too."""

import io
import zipfile

from collab_server.files.imports import read_upload
from collab_server.settings import Settings


def test_a_zip_with_a_name_that_no_folder_can_have_is_read_all_the_same() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("g.json", '{"nodes": {"a": {"type": "Log"}}}')
    buffer.seek(0)

    report = read_upload(buffer, "\U00020000" * 90 + ".zip", Settings())

    assert len(report.graphs) == 1
