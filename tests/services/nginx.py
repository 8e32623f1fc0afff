"""An nginx of the tests' own, which hands connections to servers by turns."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.services.process import Server, free_port, program

_CONFIG = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    upstream flowroom {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://flowroom;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 1s;
            proxy_read_timeout 1h;
            proxy_buffering off;
        }}
    }}
}}
"""


class Nginx:
    """A reverse proxy on a free port of the loopback address: round robin, nothing sticky."""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.port = free_port()
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in ports)
        user = "user root;" if os.geteuid() == 0 else ""
        config = folder / "nginx.conf"
        config.write_text(_CONFIG.format(folder=folder, servers=servers, port=self.port, user=user))
        self.server = Server(
            [program("nginx"), "-p", str(folder), "-c", str(config)], log=folder / "nginx.log", ready=self._answers
        )

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def nginx_server(folder: Path, ports: Sequence[int]) -> Iterator[Nginx]:
    """A running nginx in front of servers on these ports."""
    here = Nginx(folder, ports)
    here.server.start()
    try:
        yield here
    finally:
        here.server.stop()
