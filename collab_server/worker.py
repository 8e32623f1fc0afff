"""One of the workers of `flowroom serve --workers N`: `python -m collab_server.worker LISTENER READY`.

Both are descriptors that the parent has opened (workers.py): the socket that all workers accept from, and a pipe that
is written to when this one does.
"""

import os
import socket
import sys

from flowroom import collector


def main(listener: int, ready: int) -> None:
    """Load, and serve until a signal."""
    collector.pause()
    from collab_server.app import create_app
    from collab_server.serving import SWITCH_SECONDS, deadline_of, served
    from collab_server.settings import Settings
    from flowroom import logging

    settings = Settings()
    logging.set_up(settings.log_level, settings.log_format)
    sys.setswitchinterval(SWITCH_SECONDS)
    deadline = deadline_of(settings)
    server = served(settings, create_app(settings), deadline, listening=lambda: _say_ready(ready))
    try:
        server.serve_on(socket.socket(fileno=listener))
    finally:
        deadline.end()


def _say_ready(ready: int) -> None:
    collector.resume()
    os.write(ready, b"1")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
