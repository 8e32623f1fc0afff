"""The command line: what is said (commands.py, and by subject activity.py, people.py, webhooks.py), to which server
(remote.py), and how the answer looks (console.py). What those who run a server need besides is in operating.py, and
what all of these have in common in common.py.
"""

from collab_server.cli import operating, people, webhooks
from collab_server.cli.activity import activity
from collab_server.cli.commands import app

app.command()(activity)
app.add_typer(people.app, name="people")
app.add_typer(webhooks.app, name="webhooks")
for command in operating.COMMANDS:
    app.command()(command)

__all__ = ["app"]
