"""The command line: what is said (commands.py), to which server (remote.py), and how the answer looks (console.py)."""

from collab_server.cli.commands import app

__all__ = ["app"]
