"""The command line: what is said (commands.py, people.py), to which server (remote.py), and how the answer looks
(console.py). What those who run a server need besides is in operating.py.
"""

from collab_server.cli import operating, people
from collab_server.cli.commands import app

app.add_typer(people.app, name="people")
for command in operating.COMMANDS:
    app.command()(command)

__all__ = ["app"]
