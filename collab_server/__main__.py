"""`python -m collab_server` is `flowroom`."""

from collab_server.cli import app

app()
