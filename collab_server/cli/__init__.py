"""The command line: what is said (commands.py, people.py), to which server (remote.py), and how the answer looks
(console.py).
"""

from collab_server.cli import people
from collab_server.cli.commands import app

app.add_typer(people.app, name="people")

__all__ = ["app"]
