"""The command line: what is said (commands.py, and by subject activity.py, people.py, webhooks.py), to which server
(remote.py), and how the answer looks (console.py).
"""

from collab_server.cli import people, webhooks
from collab_server.cli.activity import activity
from collab_server.cli.commands import app

app.command()(activity)
app.add_typer(people.app, name="people")
app.add_typer(webhooks.app, name="webhooks")

__all__ = ["app"]
