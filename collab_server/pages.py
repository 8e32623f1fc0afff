"""The pages the server writes itself: when there is no web app to show, and when someone could not be signed in."""

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Flowroom</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 17px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1.5rem; }}
pre {{ font: 0.9em/1.6 ui-monospace, monospace; background: #8882; padding: 0.75rem 1rem; border-radius: 8px; }}
</style>
</head>
<body><main><h1>{title}</h1>{body}</main></body>
</html>
"""


def not_built() -> str:
    """What to do when the server runs without a web app."""
    return _PAGE.format(
        title="The editor is not built yet",
        body=(
            "<p>The server is running, but it has no web app to show. In a checkout, one command builds it:</p>"
            "<pre>make setup</pre>"
            "<p>or, if Node and the packages are there already:</p>"
            "<pre>cd web &amp;&amp; npm ci &amp;&amp; npm run build</pre>"
            "<p>Then reload this page; the server need not be restarted. The programming interface works meanwhile: "
            '<a href="/api/docs">its reference</a>.</p>'
        ),
    )


def wrong_token() -> str:
    """What to do when an address holds a token of another server, or an old one."""
    return _PAGE.format(
        title="This address doesn’t open the door",
        body=(
            "<p>Its token is not one of this server: it may be from another server, or have been replaced.</p>"
            "<p>Whoever runs the server can see the current address with</p><pre>flowroom token</pre>"
        ),
    )


def not_signed_in(why: str) -> str:
    """Why coming back from another service did not sign someone in."""
    return _PAGE.format(
        title="You are not signed in",
        body=f'<p>{escape(why)}</p><p><a href="/">Back to the sign-in page</a></p>',
    )
