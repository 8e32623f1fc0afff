"""The command line: what is said (commands.py, telling.py), to which server (remote.py), and how the answer looks
(console.py).
"""

from collab_server.cli.commands import app
from collab_server.cli.telling import activity, webhooks

app.command()(activity)
app.command()(webhooks)

__all__ = ["app"]
