"""An nginx of the tests' own, before a server: with TLS or without, well or badly set up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.process import Server, free_port, program

GOOD = (
    "proxy_http_version 1.1;",
    "proxy_set_header Upgrade $http_upgrade;",
    'proxy_set_header Connection "upgrade";',
    "proxy_set_header Host $http_host;",
    "proxy_set_header X-Forwarded-For $remote_addr;",
    "proxy_set_header X-Forwarded-Proto $scheme;",
)
"""How a proxy should pass requests on."""

_CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    client_max_body_size 60m;
    server {{
        listen 127.0.0.1:{port}{ssl};
        {certificate}
        location / {{ proxy_pass {upstream}; {how} }}
    }}
}}
"""


@contextmanager
def nginx(
    folder: Path, upstream: str, how: tuple[str, ...] = GOOD, *, certificate: tuple[Path, Path] | None = None
) -> Iterator[str]:
    """Run it as long as the block lasts; gives its URL. `certificate` is the files of a certificate and its key."""
    folder.mkdir()
    port = free_port()
    files = "" if certificate is None else f"ssl_certificate {certificate[0]}; ssl_certificate_key {certificate[1]};"
    written = _CONFIG.format(
        folder=folder, port=port, upstream=upstream, how="\n".join(how), certificate=files, ssl=" ssl" if files else ""
    )
    (folder / "nginx.conf").write_text(written)
    command = [program("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]
    server = Server(command, log=folder / "nginx.log", ready=lambda: _listens(port))
    server.start()
    try:
        yield f"{'https' if files else 'http'}://127.0.0.1:{port}"
    finally:
        server.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
